"""What residents ask a moderator to look at."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id


class Report(Base):
    """A resident's reason why a post or a comment breaks a rule. Open until a moderator decides."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(post_id IS NULL) <> (comment_id IS NULL)", name="one_subject"),
        CheckConstraint("outcome IN ('open', 'kept', 'removed')", name="outcome"),
        UniqueConstraint("post_id", "reporter_id"),
        UniqueConstraint("comment_id", "reporter_id", name="uq_report_comment_id_reporter"),
        Index("ix_report_open", "reported_at", sqlite_where=text("outcome = 'open'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    reporter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    rule: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(8), default="open")
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)

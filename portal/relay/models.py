"""Two residents who both want to talk, and what they say: text, inside the town, until either of them ends it."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

# asked: no answer yet · declined: the asker is not told · open: both consented · ended: by either, for good
STATES = ("asked", "declined", "open", "ended")


class RelayConsent(Base):
    """A resident who lets others ask. Without a row nobody can, and the resident cannot either."""

    __tablename__ = "relay_consent"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class RelayThread(Base):
    """One conversation, about one post. Each side is called as it was there: its alias, as in Post.

    `ended_by` is kept for the record and shown to nobody. A report ends the thread and opens it to moderators until
    `decided_at`; `decided_rule` is the rule that they found broken, if any.
    """

    __tablename__ = "relay_thread"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("asker_id <> other_id", name="two_people"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ends_once"),
        CheckConstraint("reported_at IS NULL OR state = 'ended'", name="a_report_ends_it"),
        UniqueConstraint("post_id", "asker_id", "other_id"),
        Index("ix_relay_thread_reported", "reported_at", sqlite_where=text("decided_at IS NULL")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    asker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    asker_alias: Mapped[str | None] = mapped_column(String(120))
    other_alias: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(8), default="asked")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reported_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    report_reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_rule: Mapped[str | None] = mapped_column(String(3))


class RelayMessage(Base):
    """Words of one of the two; never a file."""

    __tablename__ = "relay_message"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("relay_thread.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)

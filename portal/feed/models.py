"""What neighbours tell each other: posts, their pictures and videos, and comments."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, UTCDateTime, new_id
from portal.jobs import Job

CATEGORIES = ("safety", "suspicious", "crime", "pet", "visitor", "good")
AUDIENCES = ("neighbours", "everyone")
# preparing: its media are being encoded · attention: a file was refused, the author decides · held: its words wait for
# a moderator before anybody sees them · visible · hidden: reported by several, until a moderator has looked · removed:
# by a moderator, citing a rule · deleted: by its author
STATES = ("preparing", "attention", "held", "visible", "hidden", "removed", "deleted")
VISIBLE = text("state = 'visible'")


class Post(Base):
    """A neighbour's post. It gets `published_seq` at the moment it becomes visible, never before.

    `cell9`, `cell8` and `cell7` are the cell of its (blurred) place and that cell's parents; the shown place is
    `place` in words and `shown_cell`, which holds at least ten homes. `ended_at` is when it was deleted or removed,
    and `ended_rule` the rule that a moderator cited. `findings` are the words for which it is held: which rule, where.
    """

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint(f"category IN {CATEGORIES}", name="category"),
        CheckConstraint(f"audience IN {AUDIENCES}", name="audience"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("state <> 'visible' OR published_seq IS NOT NULL", name="visible_has_a_number"),
        *(
            Index(f"ix_post_{cell}", cell, text("published_seq DESC"), sqlite_where=VISIBLE, postgresql_where=VISIBLE)
            for cell in ("cell9", "cell8", "cell7")
        ),
        Index("ix_post_everyone", "audience", text("published_seq DESC"), sqlite_where=VISIBLE),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    category: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(120))
    shown_cell: Mapped[str] = mapped_column(String(16))
    cell9: Mapped[str] = mapped_column(String(16))
    cell8: Mapped[str] = mapped_column(String(16))
    cell7: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_seq: Mapped[int | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_rule: Mapped[str | None] = mapped_column(String(3))
    comment_count: Mapped[int] = mapped_column(default=0)
    media: Mapped[list["Media"]] = relationship(order_by="Media.position", lazy="raise")


class Media(Job, Base):
    """A picture or video of a post. While it waits or is worked on, `source` names the raw upload; that file is
    erased as soon as the encoded ones stand. `from_camera`: it comes from a doorbell or camera."""

    __tablename__ = "media"
    __table_args__ = (CheckConstraint("kind IN ('picture', 'video')", name="kind"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    from_camera: Mapped[bool]
    alt: Mapped[str] = mapped_column(String(500))
    source: Mapped[str | None] = mapped_column(String(100), unique=True)
    original: Mapped[str] = mapped_column(String(200))
    progress: Mapped[int] = mapped_column(default=0)
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    renditions: Mapped[list["Rendition"]] = relationship(order_by="Rendition.width", lazy="raise")


class Rendition(Base):
    """One encoded file of a medium: the video, or a picture or poster in one width (pixels)."""

    __tablename__ = "rendition"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    media_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(100), unique=True)
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]


class Comment(Base):
    """Words under a post; never a file."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("state IN ('visible', 'removed', 'deleted')", name="state"),
        Index("ix_comment_post", "post_id", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="visible")
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)

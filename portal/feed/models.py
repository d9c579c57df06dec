"""What neighbours tell each other: posts, their pictures and videos, and comments."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, UTCDateTime, new_id
from portal.jobs import Job

CATEGORIES = ("safety", "suspicious", "crime", "pet", "visitor", "good")
AUDIENCES = ("neighbours", "everyone")
# preparing: its media are being encoded · attention: a file was refused, the author decides · held: its words wait for
# a moderator before anybody sees them · visible · hidden: reported by several, until a moderator has looked · removed:
# by a moderator, citing a rule · deleted: by its author
STATES = ("preparing", "attention", "held", "visible", "hidden", "removed", "deleted")
# An index that says so is used only for a query that says so in the same words: `Post.state == IS_VISIBLE`.
VISIBLE = text("state = 'visible'")
IS_VISIBLE = literal_column("'visible'")
UNFINISHED = text("state NOT IN ('visible', 'deleted')")
CELLS = ("cell9", "cell8", "cell7")


class Post(Base):
    """A neighbour's post. It gets `published_seq` at the moment it becomes visible, never before.

    `cell9`, `cell8` and `cell7` are the cell of its (blurred) place and that cell's parents; the shown place is
    `place` in words (a street; `near`: the one nearest to the shown cell), the neighbourhood (`area`, or "") and
    `shown_cell`, which holds at least ten homes. `ended_at` is when it was deleted or removed,
    and `ended_rule` the rule that a moderator cited. `findings` are the words for which it is held: which rule, where.

    `alias` is None under the author's own name; else what stands in its place: the name of a street or neighbourhood
    with at least ten homes, or "" for "a neighbour". `revision` goes up whenever what a reader sees of it changes.
    `files_gone_at`: when pictures and videos of it were erased because their time was over.
    """

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint(f"category IN {CATEGORIES}", name="category"),
        CheckConstraint(f"audience IN {AUDIENCES}", name="audience"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("state <> 'visible' OR published_seq IS NOT NULL", name="visible_has_a_number"),
        # A page of the feed reads the newest of each cell, of all categories or of one, from the index alone.
        *(
            Index(
                f"ix_post_{name}{'_category' if category else ''}",
                name,
                *(("category",) if category else ()),
                "published_seq",  # read from its end; Alembic would not see an index that says DESC
                sqlite_where=VISIBLE,
                postgresql_where=VISIBLE,
            )
            for name in (*CELLS, "audience")
            for category in (False, True)
        ),
        Index("ix_post_unfinished", "author_id", "written_at", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    category: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(120))
    near: Mapped[bool] = mapped_column(default=False, server_default="0")
    area: Mapped[str] = mapped_column(String(80), default="", server_default="")
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
    alias: Mapped[str | None] = mapped_column(String(120))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    files_gone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    comment_count: Mapped[int] = mapped_column(default=0)
    thanks_count: Mapped[int] = mapped_column(default=0, server_default="0")
    media: Mapped[list["Media"]] = relationship(
        order_by="Media.position",
        lazy="raise",
        primaryjoin="and_(Media.post_id == Post.id, Media.removed_at.is_(None))",
        viewonly=True,
    )


class PostRevision(Base):
    """Earlier words of a post, as its readers saw them; no files. What was never in the feed is not kept."""

    __tablename__ = "post_revision"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Media(Job, Base):
    """A picture or video of a post. While it waits or is worked on, `source` names the raw upload; that file is
    erased as soon as the encoded ones stand. `from_camera`: it comes from a doorbell or camera.

    `expires_at`: when its files are erased, unless the author renews it. `removed_at`: the author took it out; nobody
    sees it from then on, and it can be put back until its files are erased.
    """

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint("kind IN ('picture', 'video')", name="kind"),
        Index("ix_media_removed", "removed_at", sqlite_where=text("removed_at IS NOT NULL")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    from_camera: Mapped[bool]
    keep_sound: Mapped[bool] = mapped_column(default=False, server_default="0")  # by its author's own wish
    alt: Mapped[str] = mapped_column(String(500))
    source: Mapped[str | None] = mapped_column(String(100), unique=True)
    original: Mapped[str] = mapped_column(String(200))
    progress: Mapped[int] = mapped_column(default=0)
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
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
    """Words under a post; never a file. `reply_to` is a comment that is no reply itself. `alias` as in Post: the author
    of a post under an alias keeps it in the comments there."""

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("state IN ('visible', 'hidden', 'removed', 'deleted')", name="state"),
        Index("ix_comment_post", "post_id", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    reply_to: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    alias: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    thanks_count: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default="visible")
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PostThanks(Base):
    """That somebody thanked for a post. Only how many is ever shown."""

    __tablename__ = "post_thanks"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)


class CommentThanks(Base):
    """That somebody thanked for a comment. Only how many is ever shown."""

    __tablename__ = "comment_thanks"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    comment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)


class SavedPost(Base):
    """A post that somebody keeps to find again. `number` grows with every post that is saved in the town."""

    __tablename__ = "saved_post"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)


class Mute(Base):
    """Somebody whose named posts and comments `account_id` does not want to see."""

    __tablename__ = "mute"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    muted_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    muted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class HiddenPost(Base):
    """One post under an alias that `account_id` does not want to see. The post and not its author: whoever could mute
    the author would see by what else vanishes who that is."""

    __tablename__ = "hidden_post"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    muted_at: Mapped[datetime] = mapped_column(UTCDateTime)

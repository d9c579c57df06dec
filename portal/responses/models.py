"""What residents answer to agencies: words under a post, whom they follow, what was useful, and how many come.

Comments are for everybody. Who follows, who comes and who found a tip useful is nobody's to know: of these only numbers
are ever shown.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

# held: an agency's answer, before anybody saw it (R1, R5) · removed: by two moderators, citing a rule; or an answer
# that never went out · deleted: a resident's, by its author · withdrawn: an agency's answer. There is no state for
# "hidden": what residents write under an agency's post never hides itself.
STATES = ("held", "visible", "removed", "deleted", "withdrawn")


class AgencyComment(Base):
    """Words under an agency's post; never a file. A resident's, or an answer of the agency itself: then `agency_id`
    says which, and a trigger refuses any other than the post's own.

    `reply_to` is a comment that is no reply itself. `alias` is None under the author's own name; else what stands in
    its place: the name of a street or neighbourhood with at least ten homes, or "" for "a neighbour". `spans`: findings
    of the linter in an answer, each with its rule. `published_at`: when it became visible first. `ended_at`: when it
    was deleted, withdrawn or removed; `ended_rule` the rule that moderators cited.
    """

    __tablename__ = "agency_comment"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("agency_id IS NULL OR alias IS NULL", name="agencies_speak_by_name"),
        CheckConstraint("agency_id IS NOT NULL OR state NOT IN ('held', 'withdrawn')", name="states_of_answers"),
        CheckConstraint("agency_id IS NULL OR state <> 'deleted'", name="answers_are_not_deleted"),
        CheckConstraint("state <> 'visible' OR published_at IS NOT NULL", name="visible_since"),
        Index("ix_agency_comment_post", "post_id", "id"),
        Index("ix_agency_comment_held", "written_at", sqlite_where=text("state = 'held'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    reply_to: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency_comment.id"), index=True)
    alias: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_rule: Mapped[str | None] = mapped_column(String(3))


class AgencyAnswerRevision(Base):
    """What an agency's answer said before an edit, for everybody to read: an agency's words are public records."""

    __tablename__ = "agency_answer_revision"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    comment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_comment.id"), index=True)
    editor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AgencyFollow(Base):
    """A resident who wants to be told what an agency publishes."""

    __tablename__ = "agency_follow"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class UsefulTip(Base):
    """That a resident found a tip useful. Only how many is ever shown."""

    __tablename__ = "useful_tip"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), primary_key=True, index=True)


class Attendance(Base):
    """How many residents come to an event. `salt`: what the tokens of those who come are made with; it is gone when the
    event is over, and they with it, and only `count` is left."""

    __tablename__ = "attendance"
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    count: Mapped[int] = mapped_column(default=0)


class AttendanceToken(Base):
    """Somebody who comes to an event that is still ahead: a token that stands for one account at one event."""

    __tablename__ = "attendance_token"
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class PostReach(Base):
    """How many residents had an agency's post on their screen in its first days, about: `people` is an estimate from
    `sketch` (HyperLogLog), which tells two people apart and names nobody. `salt` and `sketch` are gone when those days
    are over, and only the number is left."""

    __tablename__ = "post_reach"
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sketch: Mapped[bytes | None] = mapped_column(LargeBinary(1024))
    people: Mapped[int] = mapped_column(default=0)

"""Police, fire and local government: who they are, whom they may reach, what they told the town.

Nothing here can hold a request: a post is a tip, an update or an event, and the database knows no other kind.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

KINDS = ("police", "fire", "government")
POST_KINDS = ("tip", "update", "event")
STATES = ("visible", "held", "withdrawn")


class Agency(Base):
    __tablename__ = "agency"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", name="kind"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(320))
    phone: Mapped[str] = mapped_column(String(40))
    mail_domain: Mapped[str] = mapped_column(String(253), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Jurisdiction(Base):
    """A cell (H3, resolution 7) that an agency serves: residents at home there see its posts."""

    __tablename__ = "jurisdiction"
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    cell7: Mapped[str] = mapped_column(String(16), primary_key=True, index=True)


class Membership(Base):
    """A named person who speaks for an agency, from when to when."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_current",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AgencyPost(Base):
    """A tip, an update or an event. Public once visible; `held` says which words a moderator has to look at."""

    __tablename__ = "agency_post"
    __table_args__ = (
        CheckConstraint(f"kind IN {POST_KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(kind = 'event') = (starts_at IS NOT NULL)", name="events_have_a_time"),
        Index("ix_agency_post_feed", "agency_id", "published_seq"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(140))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(140))
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10))
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_seq: Mapped[int | None] = mapped_column(unique=True)

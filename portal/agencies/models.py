"""Police, fire and local government: who they are, who answers for that, who speaks for them, whom they may reach."""

import uuid
from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

KINDS = ("police", "fire", "government")
# proposed: somebody says that it is one · confirmed: its official address answered · verified: a second person
# approved · lapsed: not renewed within a year, or its address changed
STATES = ("proposed", "confirmed", "verified", "lapsed")
AGREEMENT_KINDS = ("task-force", "287g", "other")


class Agency(Base):
    """An agency. `number` is its place in search; `place` and `region` say where it is, in words ("Cedar County",
    "Indiana"). `whole_town`: it serves wherever the town is; others have a `JurisdictionShape`, or no jurisdiction.

    Who answers for it: `proposed_by` attested on `attested_at` to the words in `attestation`; the official address
    answered on `confirmed_at`; `approved_by` is somebody else. The ids are those of their accounts, where they have
    one. Verification ends at `verified_until`; `asked_at`: when a letter
    asked about another year. Whoever has left (`left_on`) keeps its page and publishes nothing.
    """

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="left_after_it_joined"),
        CheckConstraint("(proposed_by <> '') = (attested_at IS NOT NULL)", name="attested_by_somebody"),
        CheckConstraint("state NOT IN ('confirmed', 'verified') OR confirmed_at IS NOT NULL", name="address_answered"),
        CheckConstraint(
            "state <> 'verified' OR (approved_by <> '' AND verified_until IS NOT NULL)", name="verified_by_somebody"
        ),
        CheckConstraint(
            "approved_by = '' OR (proposed_by <> '' AND lower(approved_by) <> lower(proposed_by)"
            " AND (approved_by_id IS NULL OR proposed_by_id IS NULL OR approved_by_id <> proposed_by_id))",
            name="two_persons",
        ),
        Index("ix_agency_name", "name", "number"),
        Index("ix_agency_kind", "kind", "name", "number"),
        Index("ix_agency_region", "region", "name", "number"),
        Index("ix_agency_until", "verified_until", sqlite_where=text("state = 'verified'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(320))
    phone: Mapped[str] = mapped_column(String(40))
    mail_domain: Mapped[str] = mapped_column(String(253), unique=True)
    address: Mapped[str] = mapped_column(String(200), default="", server_default="")
    website: Mapped[str] = mapped_column(String(200), default="", server_default="")
    place: Mapped[str] = mapped_column(String(80), default="", server_default="")
    region: Mapped[str] = mapped_column(String(80), default="", server_default="")
    whole_town: Mapped[bool] = mapped_column(default=False, server_default="0")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(12))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verified_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    proposed_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    proposed_title: Mapped[str] = mapped_column(String(80), default="", server_default="")
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    attestation: Mapped[str] = mapped_column(Text, default="", server_default="")
    attested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Jurisdiction(Base):
    """A cell (H3, resolution 7) that an agency serves: residents at home there see its posts."""

    __tablename__ = "jurisdiction"
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    cell7: Mapped[str] = mapped_column(String(16), primary_key=True, index=True)


class JurisdictionShape(Base):
    """Where an agency is responsible, as drawn: the coordinates of a GeoJSON MultiPolygon (degrees, WGS 84). Apart from
    the agency, so that no list has to read it."""

    __tablename__ = "jurisdiction_shape"
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    polygons: Mapped[list[list[list[list[float]]]]] = mapped_column(JSON)


class Agreement(Base):
    """What an agency has agreed with a federal one: residents may know. It stays on its page after its end."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(f"kind IN {AGREEMENT_KINDS}", name="kind"),
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_began"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    with_whom: Mapped[str] = mapped_column(String(120))
    since: Mapped[date]
    until: Mapped[date | None]
    link: Mapped[str] = mapped_column(String(300))


class AgencyLink(Base):
    """A one-time link in a letter to an official address: whoever reads mail there confirms. Only its digest is
    kept."""

    __tablename__ = "agency_link"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), unique=True)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


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

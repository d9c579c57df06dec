"""Requests for footage, as history: only those that are closed, within the limits that public requests had.

Nothing here can hold an open one. There is no state that could say so; the last day on which a request can have been
posted, answered or closed is a constant; and triggers (`portal.db`) refuse to change a row. A whole file leaves the
archive when the public ledger says so, and only then.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.agencies.models import KINDS as AGENCY_KINDS
from portal.db import Base, UTCDateTime, new_id

FIRST_POSTED, LAST_POSTED, LAST_CLOSED = date(2021, 6, 7), date(2024, 1, 31), date(2024, 2, 29)
SHORTEST, LONGEST = 15, 12 * 60  # minutes of a request's time window
SMALLEST, LARGEST = 0.025, 0.5  # square miles of its area
LEAST_OFFSET, MOST_OFFSET = -12 * 60, 14 * 60  # minutes from UTC to a town's clocks


def _said(*columns: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"trim({column}) <> ''", name=f"{column}_said") for column in columns]


def _real_time(column: str, or_none: str = "") -> CheckConstraint:
    """The column holds an instant to the second, as `UTCDateTime` writes it, and no other text or number."""
    return CheckConstraint(
        f"{or_none}{column} IS datetime({column}, '+0 days') || '.000000'", name=f"{column}_is_a_time"
    )


class ArchiveImport(Base):
    """A file that was read into the archive, by its SHA-256 in hex. `town` and `eras` are as the file tells them; its
    entry in the ledger comes first, in the same transaction."""

    __tablename__ = "archive_import"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    town: Mapped[dict[str, Any]] = mapped_column(JSON)
    eras: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ArchiveAgency(Base):
    """An agency that asked, as a file tells of it. It need not be in the directory of today."""

    __tablename__ = "archive_agency"
    __table_args__ = (
        CheckConstraint(f"kind IN {AGENCY_KINDS}", name="kind"),
        Index("uq_archive_agency_slug", "import_id", "slug", unique=True),
        *_said("slug", "name", "contact_name", "contact_title"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("archive_import.id", ondelete="CASCADE"))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_title: Mapped[str] = mapped_column(String(80))
    contact_email: Mapped[str | None] = mapped_column(String(320))
    contact_phone: Mapped[str | None] = mapped_column(String(40))


class ArchivedRequest(Base):
    """A closed request. `id` counts up in the order of its file and is never used again.

    `utc_offset_minutes`: the town's clocks at the time, from which come `posted_on` and all times that a page shows.
    `area` is a GeoJSON polygon (longitude first, WGS 84) of `square_miles`; the contact is a person of the agency.
    """

    __tablename__ = "archived_request"
    __table_args__ = (
        CheckConstraint("id > 0", name="id_counts_up"),
        CheckConstraint("era = 'public'", name="era"),
        *_said("case_number", "incident_type", "contact_name", "contact_title", "text"),
        CheckConstraint("contact_email IS NOT NULL OR contact_phone IS NOT NULL", name="contact_can_be_reached"),
        CheckConstraint(
            f"typeof(utc_offset_minutes) = 'integer' AND utc_offset_minutes BETWEEN {LEAST_OFFSET} AND {MOST_OFFSET}",
            name="utc_offset",
        ),
        _real_time("posted_at"),
        _real_time("window_from"),
        _real_time("window_until"),
        _real_time("last_reply_at", "last_reply_at IS NULL OR "),
        CheckConstraint("posted_on IS date(posted_at, utc_offset_minutes || ' minutes')", name="posted_on_its_day"),
        CheckConstraint(f"posted_on BETWEEN '{FIRST_POSTED}' AND '{LAST_POSTED}'", name="posted_in_its_era"),
        CheckConstraint(
            "round((julianday(window_until) - julianday(window_from)) * 86400)"
            f" BETWEEN {SHORTEST * 60} AND {LONGEST * 60}",
            name="window_length",
        ),
        CheckConstraint("window_until <= posted_at", name="window_was_over"),
        CheckConstraint("json_valid(area) AND json_extract(area, '$.type') IS 'Polygon'", name="area_is_a_polygon"),
        CheckConstraint(f"square_miles BETWEEN {SMALLEST} AND {LARGEST}", name="area_size"),
        CheckConstraint("typeof(replies) = 'integer' AND replies >= 0", name="replies"),
        CheckConstraint("(replies = 0) = (last_reply_at IS NULL)", name="replies_have_a_last"),
        CheckConstraint("last_reply_at IS NULL OR last_reply_at > posted_at", name="replies_follow"),
        CheckConstraint(
            "last_reply_at IS NULL OR date(last_reply_at, utc_offset_minutes || ' minutes') <= closed_on",
            name="closed_after_replies",
        ),
        CheckConstraint("closed_on IS date(closed_on, '+0 days')", name="closed_on_a_day"),
        CheckConstraint(f"closed_on BETWEEN posted_on AND '{LAST_CLOSED}'", name="closed"),
        Index("ix_archived_request_posted", "posted_at", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("archive_import.id", ondelete="CASCADE"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("archive_agency.id"), index=True)
    era: Mapped[str] = mapped_column(String(6))
    case_number: Mapped[str] = mapped_column(String(40), unique=True)
    incident_type: Mapped[str] = mapped_column(String(80))
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_title: Mapped[str] = mapped_column(String(80))
    contact_email: Mapped[str | None] = mapped_column(String(320))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    utc_offset_minutes: Mapped[int]
    posted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    posted_on: Mapped[date]
    window_from: Mapped[datetime] = mapped_column(UTCDateTime)
    window_until: Mapped[datetime] = mapped_column(UTCDateTime)
    area: Mapped[dict[str, Any]] = mapped_column(JSON)
    square_miles: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    replies: Mapped[int]
    last_reply_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_on: Mapped[date]

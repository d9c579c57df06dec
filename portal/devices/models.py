"""Doorbells and cameras, the keys they seal to, and what they saw happen."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

RETENTION_DAYS = (1, 180)
KINDS = ("ring", "motion", "person", "package", "tamper")


class ClipKey(Base):
    """A resident's key for clips: the public age recipient, and the identity sealed under the clip passphrase.

    The passphrase and the open identity exist in the owner's browser only.
    """

    __tablename__ = "clip_key"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(62), unique=True)
    sealed_identity: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Device(Base):
    """One doorbell. `token_hash` is kept after removal, so that the device can be told that it was removed.

    `recipients` are those it was paired with and seals to; they change only by pairing again.
    `skew_ms` is how far its clock was ahead of ours when it last spoke.
    """

    __tablename__ = "device"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(60))
    model: Mapped[str] = mapped_column(String(60))
    serial: Mapped[str] = mapped_column(String(60), index=True)
    firmware: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_used: Mapped[bool] = mapped_column(default=False)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    privacy_zones: Mapped[list[list[list[float]]]] = mapped_column(JSON)
    audio: Mapped[bool] = mapped_column(default=False)
    status_seconds: Mapped[int] = mapped_column(default=300)
    settings_version: Mapped[int] = mapped_column(default=1)
    paired_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen: Mapped[datetime | None] = mapped_column(UTCDateTime)
    battery: Mapped[int | None]
    rssi: Mapped[int | None]
    skew_ms: Mapped[int] = mapped_column(default=0)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PairingCode(Base):
    """Eight characters that bring one device into one household, once, within ten minutes. Only the digest is kept."""

    __tablename__ = "pairing_code"
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"), index=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(60))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("device.id"))
    used_serial: Mapped[str | None] = mapped_column(String(60))


class Storage(Base):
    """What a household keeps: for how many days (None: the town's default), and how many sealed bytes by now."""

    __tablename__ = "storage"
    __table_args__ = (
        CheckConstraint(f"retention_days BETWEEN {RETENTION_DAYS[0]} AND {RETENTION_DAYS[1]}", name="retention_days"),
        CheckConstraint("kept_bytes >= 0", name="kept_bytes"),
    )
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"), primary_key=True)
    retention_days: Mapped[int | None]
    kept_bytes: Mapped[int] = mapped_column(BigInteger, default=0)


class Event(Base):
    """Something a device noticed. `started_at` is corrected by the device's clock skew; `digest` is of what it sent.

    `clip_bytes` is what the device announced, None when that is not taken; `has_clip` and `has_poster` say what has
    arrived. `received_seq` counts arrivals, for open pages that wait for what is new.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("device_id", "event_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_event_timeline", "household_id", "started_at", "id"),
        Index("ix_event_arrival", "household_id", "received_seq"),
        Index("ix_event_expiry", "expires_at"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("device.id"))
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"))
    event_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    zones: Mapped[list[str]] = mapped_column(JSON)
    clip_bytes: Mapped[int | None]
    clip_seconds: Mapped[float | None]
    has_clip: Mapped[bool] = mapped_column(default=False)
    has_poster: Mapped[bool] = mapped_column(default=False)
    skew_ms: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    received_seq: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

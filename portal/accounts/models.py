"""People who sign in, their passkeys, the households that residents belong to, and the links that mail carries once."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

KINDS = ("resident", "agency", "moderator", "operator", "legal", "auditor")


class Household(Base):
    """One address, and the residents who live there. Its cameras belong to all of them."""

    __tablename__ = "household"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Account(Base):
    """One person in one role. The kind is for life: a trigger refuses to change it.

    `session_key` is what a session cookie names; a new one ends every session there is. Until `suspended_until` a
    resident may read, and not post, comment or report.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("(kind = 'resident') = (household_id IS NOT NULL)", name="residents_have_households"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(43), unique=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    guidelines_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    suspended_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Invitation(Base):
    """A code on paper that lets the people of one household join. Only its digest is kept."""

    __tablename__ = "invitation"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("household.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uses_left: Mapped[int]


class OneTimeLink(Base):
    """A link sent by mail: `confirm` an address, or choose a password (`reset`, `welcome`, `anew`). Only its digest is
    kept."""

    __tablename__ = "one_time_link"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Passkey(Base):
    """A WebAuthn credential: the second factor of one account. The secret half never leaves its device.

    `sign_count` is the device's own count of its uses, or always 0 when it keeps none. `backed_up` says that its maker
    copies it to the person's other devices. `transports` is how a browser may reach it (`internal`, `usb`, …).
    """

    __tablename__ = "passkey"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    transports: Mapped[list[str]] = mapped_column(JSON)
    backed_up: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PasskeyChallenge(Base):
    """What a passkey has to sign, once and soon. `holder` is the digest of what the asking browser's session holds."""

    __tablename__ = "passkey_challenge"
    holder: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    purpose: Mapped[str] = mapped_column(String(12))
    challenge: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReservedDomain(Base):
    """A mail domain whose addresses open no resident's or moderator's account: an agency's own."""

    __tablename__ = "reserved_domain"
    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    police: Mapped[bool]

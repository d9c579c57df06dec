"""A household's devices, their events, and the keys they seal to."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_

from portal import codes
from portal.accounts.models import Account
from portal.db import Act
from portal.devices.models import ClipKey, Device, Event, PairingCode, Storage


def clip_key(act: Act, account_id: uuid.UUID) -> ClipKey | None:
    return act.session.get(ClipKey, account_id)


def recipient_is_taken(act: Act, recipient: str) -> bool:
    """Whether it is somebody's key already."""
    return act.session.scalar(select(ClipKey.account_id).where(ClipKey.recipient == recipient)) is not None


def household_recipients(act: Act, household_id: uuid.UUID) -> list[str]:
    """The recipients that a device of this household seals to: one of each member who has made a key."""
    query = (
        select(ClipKey.recipient)
        .join(Account, Account.id == ClipKey.account_id)
        .where(Account.household_id == household_id, Account.confirmed_at.is_not(None))
        .order_by(ClipKey.recipient)
    )
    return list(act.session.scalars(query))


def devices(act: Act, household_id: uuid.UUID) -> Sequence[Device]:
    query = select(Device).where(Device.household_id == household_id, Device.removed_at.is_(None))
    return act.session.scalars(query.order_by(Device.paired_at, Device.id)).all()


def device(act: Act, device_id: uuid.UUID, household_id: uuid.UUID | None) -> Device | None:
    return act.session.scalar(
        select(Device).where(Device.id == device_id, Device.household_id == household_id, Device.removed_at.is_(None))
    )


def device_by_token(act: Act, token: str) -> Device | None:
    """Also a removed one: the caller tells it so."""
    return act.session.scalar(select(Device).where(Device.token_hash == codes.digest(token)))


def device_by_serial(act: Act, household_id: uuid.UUID, serial: str) -> Device | None:
    return act.session.scalar(
        select(Device).where(Device.household_id == household_id, Device.serial == serial, Device.removed_at.is_(None))
    )


def pairing_code(act: Act, code: str) -> PairingCode | None:
    return act.session.scalar(
        select(PairingCode).where(
            PairingCode.code_hash == codes.digest(codes.normalise(code)), PairingCode.expires_at > act.now
        )
    )


def paired_with(act: Act, household_id: uuid.UUID, until: int) -> uuid.UUID | None:
    """The device that used the household's code which ends at `until` (milliseconds since 1970)."""
    query = select(PairingCode).where(PairingCode.household_id == household_id, PairingCode.used_by.is_not(None))
    used = act.session.scalars(query)
    return next((code.used_by for code in used if int(code.expires_at.timestamp() * 1000) == until), None)


def storage(act: Act, household_id: uuid.UUID) -> Storage:
    """How long and how much a household keeps; an empty one, not in the database, until there is anything to say."""
    return act.session.get(Storage, household_id) or Storage(household_id=household_id, kept_bytes=0)


def older_than(act: Act, household_id: uuid.UUID, began: datetime) -> tuple[int, int]:
    """How many of a household's events began at `began` or before, and how many of them have a clip."""
    query = select(func.count(), func.coalesce(func.sum(Event.has_clip), 0)).where(
        Event.household_id == household_id, Event.started_at <= began, Event.expires_at > act.now
    )
    events, clips = act.session.execute(query).one()
    return events, int(clips)


def timeline(
    act: Act,
    household_id: uuid.UUID,
    limit: int,
    before: tuple[datetime, uuid.UUID] | None = None,
    device_id: uuid.UUID | None = None,
) -> Sequence[tuple[Event, str]]:
    """A household's events with their device's names, newest first by (corrected start, id)."""
    query = (
        select(Event, Device.name)
        .join(Device, Device.id == Event.device_id)
        .where(Event.household_id == household_id, Event.expires_at > act.now)
        .order_by(Event.started_at.desc(), Event.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(Event.started_at, Event.id) < before)
    if device_id is not None:
        query = query.where(Event.device_id == device_id)
    return [tuple(row) for row in act.session.execute(query)]  # type: ignore[misc]


def arrived_since(act: Act, household_id: uuid.UUID, seq: int, limit: int) -> Sequence[tuple[Event, str]]:
    """The `limit` events that arrived next after number `seq`, newest first, with their device's names.

    The next ones, not the newest: a backlog of more than `limit` comes in to its last event, a part at each call.
    """
    query = (
        select(Event, Device.name)
        .join(Device, Device.id == Event.device_id)
        .where(Event.household_id == household_id, Event.received_seq > seq, Event.expires_at > act.now)
        .order_by(Event.received_seq)
        .limit(limit)
    )
    rows: list[tuple[Event, str]] = [tuple(row) for row in act.session.execute(query)]  # type: ignore[misc]
    return sorted(rows, key=lambda row: (row[0].started_at, row[0].id), reverse=True)


def newest_arrival(act: Act, household_id: uuid.UUID) -> int:
    query = select(func.max(Event.received_seq)).where(Event.household_id == household_id)
    return act.session.scalar(query) or 0


def event(act: Act, event_id: uuid.UUID, household_id: uuid.UUID | None) -> tuple[Event, Device] | None:
    row = act.session.execute(
        select(Event, Device)
        .join(Device, Device.id == Event.device_id)
        .where(Event.id == event_id, Event.household_id == household_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def device_event(act: Act, device_id: uuid.UUID, event_id: uuid.UUID) -> Event | None:
    """An event by the id that its device gave it."""
    return act.session.scalar(select(Event).where(Event.device_id == device_id, Event.event_id == event_id))

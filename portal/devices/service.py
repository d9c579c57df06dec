"""Keys, pairing, settings, events and status of devices."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update

from portal import codes
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id, next_number, stored_ids, stored_time
from portal.devices import access, queries, rules
from portal.devices.models import RETENTION_DAYS, ClipKey, Device, Event, PairingCode, Storage


def keep_clip_key(act: Act, recipient: str, sealed_identity: str, reseal: bool) -> ClipKey:
    """Keep what the owner's browser made: the public recipient and the sealed identity.

    A passphrase change reseals the same identity, so `recipient` stays. Raises Refusal: key-malformed, key-exists,
    key-differs.
    """
    rules.check_clip_key(recipient, sealed_identity)
    assert act.actor.id is not None
    key = queries.clip_key(act, act.actor.id)
    if key is None:
        if reseal or queries.recipient_is_taken(act, recipient):
            raise Refusal("key-differs", "recipient")
        key = ClipKey(account_id=act.actor.id, recipient=recipient, sealed_identity=sealed_identity, created_at=act.now)
        act.session.add(key)
        record(act, "clip-key.made")
    elif not reseal:
        raise Refusal("key-exists", "recipient")
    elif key.recipient != recipient:
        raise Refusal("key-differs", "recipient")
    else:
        key.sealed_identity, key.resealed_at = sealed_identity, act.now
        record(act, "clip-key.resealed")
    return key


def start_over(act: Act) -> None:
    """Give up the clip key, when passphrase and recovery sheet are lost: what is sealed to it stays sealed for good.
    Devices go on sealing to the old key until they are paired again."""
    assert act.actor.id is not None
    key = queries.clip_key(act, act.actor.id)
    if key is None:
        raise NotFound
    act.session.delete(key)
    record(act, "clip-key.given-up")


def make_pairing_code(act: Act, name: str, place: str) -> tuple[str, list[str], datetime]:
    """A one-time code for one device, the recipients that it will seal to, and when the code ends.

    Raises Refusal("key-missing") while nobody of the household has made a clip key.
    """
    household_id = access.household(act)
    recipients = queries.household_recipients(act, household_id)
    if not recipients:
        raise Refusal("key-missing")
    code = codes.new_code(rules.CODE_LENGTH)
    expires_at = act.now + timedelta(minutes=rules.CODE_MINUTES)
    act.session.execute(delete(PairingCode).where(PairingCode.expires_at < act.now - timedelta(days=1)))
    act.session.add(
        PairingCode(
            code_hash=codes.digest(code),
            household_id=household_id,
            account_id=act.actor.id,
            name=name,
            place=place,
            recipients=recipients,
            expires_at=expires_at,
        )
    )
    record(act, "pairing-code.made")
    return code, recipients, expires_at


def pair(act: Act, request: rules.PairingRequest) -> tuple[Device, str]:
    """Consume a code and give the device its token, in one transaction.

    The same code and serial before the token's first use give a fresh token and revoke the earlier one: an answer
    that was lost strands nobody. A serial that the household has already is paired again, as the same device.
    Raises Refusal("code-unusable").
    """
    code = queries.pairing_code(act, request.code)
    if code is None:
        raise Refusal("code-unusable", "code")
    if code.used_by is not None:
        device = act.session.get_one(Device, code.used_by)
        if code.used_serial != request.serial or device.token_used or device.removed_at is not None:
            raise Refusal("code-unusable", "code")
    else:
        found = queries.device_by_serial(act, code.household_id, request.serial)
        device = found or Device(
            id=new_id(), household_id=code.household_id, privacy_zones=rules.DEFAULT_ZONES, paired_at=act.now
        )
        act.session.add(device)
        device.name, device.place, device.serial = code.name, code.place, request.serial
        device.recipients = code.recipients
        record(act, "device.paired-again" if found else "device.paired", device)
    token = codes.new_token()
    device.model, device.firmware = request.model, request.firmware
    device.token_hash, device.token_used = codes.digest(token), False
    act.session.flush()
    code.used_by, code.used_serial = device.id, request.serial
    return device, token


def describe(act: Act, device_id: uuid.UUID, name: str, place: str) -> Device:
    device = access.own_device(act, device_id)
    device.name, device.place = name, place
    record(act, "device.renamed", device)
    return device


def change_settings(act: Act, device_id: uuid.UUID, audio: bool, zones: list[list[list[float]]]) -> Device:
    """The owner's own choice about sound and privacy zones (R7); the device takes it at its next status."""
    device = access.own_device(act, device_id)
    if (device.audio, device.privacy_zones) != (audio, zones):
        device.audio, device.privacy_zones = audio, zones
        device.settings_version += 1
        record(act, "device.settings-changed", device)
    return device


def remove(act: Act, device_id: uuid.UUID) -> str:
    """End a device, and return its name. Its events and clips stay until their retention; its token answers 410."""
    device = access.own_device(act, device_id)
    device.removed_at = act.now
    record(act, "device.removed", device)
    return device.name


def put_back(act: Act, device_id: uuid.UUID) -> Device:
    """Undo a removal, within a day. Raises NotFound."""
    device = act.session.scalar(
        select(Device).where(Device.id == device_id, Device.household_id == access.household(act))
    )
    if device is None or device.removed_at is None or device.removed_at < act.now - timedelta(days=1):
        raise NotFound
    device.removed_at = None
    record(act, "device.put-back", device)
    return device


def settings_of(device: Device) -> dict[str, Any]:
    return {
        "privacy_zones": device.privacy_zones,
        "audio": device.audio,
        "status_seconds": device.status_seconds,
        "version": device.settings_version,
    }


@dataclass(frozen=True)
class Limits:
    """What this town takes: bytes of one sealed file, bytes of a household's files, and the days that are kept at
    first."""

    clip_bytes: int
    quota_bytes: int
    retention_days: int


# A batch in one statement: its events travel as one JSON array of arrays, and those come back that were new. What is
# the same for all of them travels once. This is as fast as `executemany`, and needs no look at what is there already.
_TAKE = text(
    "INSERT INTO event (id, event_id, kind, started_at, ended_at, zones, clip_bytes, clip_seconds, digest,"
    " received_seq, expires_at, device_id, household_id, has_clip, has_poster, skew_ms, received_at)"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,"
    " value ->> 8, :seq + key, value ->> 9, :device, :household, false, false, :skew_ms, :now"
    " FROM json_each(:events) WHERE true ON CONFLICT (device_id, event_id) DO NOTHING RETURNING event_id"
)
_EARLIER = text(
    "SELECT event_id, digest, clip_bytes IS NOT NULL FROM event"
    " WHERE device_id = :device AND event_id IN (SELECT value FROM json_each(:ids))"
)


def ingest(
    act: Act,
    device: Device,
    items: Sequence[rules.DeviceEvent | dict[str, Any]],
    device_clock: datetime | None,
    limits: Limits,
) -> list[dict[str, Any]]:
    """Take a batch of events, each once; an item that is not yet known to be one is checked by itself. Returns one
    result for each item, in input order.

    A constant number of statements whatever the batch. An id that came before is `duplicate` with the same content,
    else `rejected` as `id-reused`.
    """
    skew = rules.skew(device_clock, act.now)
    kept = queries.storage(act, device.household_id)
    retention = timedelta(days=kept.retention_days or limits.retention_days)
    room = min(limits.clip_bytes, limits.quota_bytes - kept.kept_bytes)
    results: list[dict[str, Any]] = []
    read: list[tuple[dict[str, Any], str, str, bool]] = []  # result, id, digest, whether a clip was announced
    first: dict[str, tuple[str, bool]] = {}  # id -> digest, whether its clip is taken
    rows: list[tuple[Any, ...]] = []
    for (index, item), row_id in zip(enumerate(items), stored_ids(len(items)), strict=True):
        sent_id = item.get("id") if isinstance(item, dict) else item.id
        result = {"index": index, "id": sent_id if isinstance(sent_id, str) else None}
        results.append(result)
        try:
            event = rules.check_item(item) if isinstance(item, dict) else item
            told = rules.read_event(event, act.now, skew, retention)
        except Refusal as refusal:
            result |= {"status": "rejected", "reason": refusal.code}
            if refusal.field is not None:
                result["pointer"] = refusal.field
            if refusal.params:
                result["detail"] = refusal.params["detail"]
            continue
        clip = told.event.clip
        read.append((result, told.id, told.digest, clip is not None))
        if told.id in first:
            continue
        taken = clip is not None and clip.bytes <= room
        first[told.id] = (told.digest, taken)
        rows.append(
            (
                row_id,
                told.id,
                told.event.kind,
                stored_time(told.started_at),
                stored_time(told.ended_at) if told.ended_at else None,
                told.event.zones,
                clip.bytes if clip and taken else None,
                clip.seconds if clip else None,
                told.digest,
                stored_time(told.started_at + retention),
            )
        )
    fresh: set[str] = set()
    if rows:
        values = {
            "seq": next_number(act.session, "event", len(rows)),
            "device": device.id.hex,
            "household": device.household_id.hex,
            "skew_ms": round(skew.total_seconds() * 1000),
            "now": stored_time(act.now),
            "events": json.dumps(rows),
        }
        fresh.update(act.session.scalars(_TAKE, values))
    if len(fresh) < len(rows):
        ids = json.dumps([event_id for event_id in first if event_id not in fresh])
        for event_id, digest, taken in act.session.execute(_EARLIER, {"device": device.id.hex, "ids": ids}):
            first[event_id] = (digest, bool(taken))
    for result, event_id, digest, with_clip in read:
        earlier, taken = first[event_id]
        if event_id in fresh:
            fresh.remove(event_id)
            result["status"] = "accepted"
        elif earlier == digest:
            result["status"] = "duplicate"
        else:
            result |= {"status": "rejected", "reason": "id-reused"}
            continue
        if with_clip:
            result["clip"] = "send" if taken else "refused"
    saw(act, device, skew)
    return results


def saw(act: Act, device: Device, skew: timedelta = timedelta(0)) -> None:
    """Note that a device spoke, as it stood when it showed its token; a write only when that says something new."""
    skew_ms = round(skew.total_seconds() * 1000)
    heard = device.last_seen is not None and (act.now - device.last_seen).total_seconds() < device.status_seconds
    # `Date` counts whole seconds, so that even a steady clock seems to jump about.
    steady = abs(device.skew_ms - skew_ms) < rules.SKEW_COUNTS.total_seconds() * 1000
    if heard and device.token_used and steady:
        return
    values = {"skew_ms": skew_ms, "token_used": True} | ({} if heard else {"last_seen": act.now})
    same = (Device.id == device.id, Device.token_hash == device.token_hash)  # and not paired anew meanwhile
    act.session.execute(update(Device).where(*same).values(values))


def needs_write(device: Device, report: rules.StatusReport, now: datetime) -> bool:
    """Whether a status says anything that the row does not say yet."""
    heard = device.last_seen is not None and (now - device.last_seen).total_seconds() < device.status_seconds
    same = (device.battery, device.firmware) == (report.battery, report.firmware)
    return not (heard and same and device.token_used)


def take_status(act: Act, device: Device, report: rules.StatusReport) -> None:
    row = act.session.get_one(Device, device.id)
    row.battery, row.rssi, row.firmware = report.battery, report.rssi, report.firmware
    row.last_seen, row.token_used = act.now, True


def file_arrived(act: Act, event: Event, kind: str, size: int) -> None:
    """Note that an event's sealed clip or poster of `size` bytes is here, and counts for its household."""
    if kind == "clip":
        event.has_clip = True
    else:
        event.has_poster = True
    _storage(act, event.household_id).kept_bytes += size


def files_went(act: Act, household_id: uuid.UUID, size: int) -> None:
    """Note that sealed files of `size` bytes in all were let go of."""
    if size:
        _storage(act, household_id).kept_bytes -= size


def _storage(act: Act, household_id: uuid.UUID) -> Storage:
    """The household's row, made when there is none."""
    row = queries.storage(act, household_id)
    act.session.add(row)
    return row


def change_retention(act: Act, days: int, default: int) -> None:
    """How many days the household of the one who acts keeps what comes from now on; `default` is the town's number.
    What is there already gets no more time than that, and what had its time is over at once.

    Raises Refusal("retention-out-of-bounds").
    """
    if not RETENTION_DAYS[0] <= days <= RETENTION_DAYS[1]:
        raise Refusal("retention-out-of-bounds", "days")
    household_id = access.household(act)
    row = _storage(act, household_id)
    if days == (row.retention_days or default):
        return
    row.retention_days = days
    ends = func.strftime("%Y-%m-%d %H:%M:%f000", Event.started_at, f"+{days} days")
    act.session.execute(
        update(Event)
        .where(Event.household_id == household_id, Event.expires_at > ends)
        .values(expires_at=ends)
        .execution_options(synchronize_session=False)
    )
    record(act, "retention.changed")

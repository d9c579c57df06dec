"""Keys, pairing, settings, events and status of devices."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from portal import codes
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id, next_number
from portal.devices import access, queries, rules
from portal.devices.models import ClipKey, Device, Event, PairingCode


def keep_clip_key(act: Act, recipient: str, sealed_identity: str, reseal: bool) -> ClipKey:
    """Keep what the owner's browser made: the public recipient and the sealed identity.

    A passphrase change reseals the same identity, so `recipient` stays. Raises Refusal: key-malformed, key-exists,
    key-differs.
    """
    rules.check_clip_key(recipient, sealed_identity)
    assert act.actor.id is not None
    key = queries.clip_key(act, act.actor.id)
    if key is None:
        if queries.recipient_is_taken(act, recipient):
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
    clip_bytes: int
    retention: timedelta


def ingest(
    act: Act, device: Device, items: Sequence[Mapping[str, Any]], device_clock: datetime | None, limits: Limits
) -> list[dict[str, Any]]:
    """Take a batch of events, each once. Returns one result for each item, in input order.

    A constant number of statements whatever the batch: the rows of this device that have one of the ids, and one
    insert. An id that came before is `duplicate` with the same content, else `rejected` as `id-reused`.
    """
    skew = rules.skew(device_clock, act.now)
    results: list[dict[str, Any]] = []
    fresh: dict[uuid.UUID, tuple[int, rules.DeviceEvent, datetime, bytes]] = {}
    read: list[tuple[int, rules.DeviceEvent, datetime, bytes]] = []
    for index, item in enumerate(items):
        sent_id = item.get("id")
        result = {"index": index, "id": sent_id if isinstance(sent_id, str) else None}
        results.append(result)
        try:
            event, started_at = rules.read_event(dict(item), act.now, skew)
        except Refusal as refusal:
            result |= {"status": "rejected", "reason": refusal.code}
            if refusal.field is not None:
                result["pointer"] = refusal.field
            if refusal.params:
                result["detail"] = refusal.params["detail"]
            continue
        read.append((index, event, started_at, rules.digest(event)))

    stored = dict(
        (row.event_id, row.digest)
        for row in act.session.execute(
            select(Event.event_id, Event.digest).where(
                Event.device_id == device.id, Event.event_id.in_({event.id for _i, event, _s, _d in read})
            )
        )
    )
    for index, event, started_at, digest in read:
        earlier = stored.get(event.id) or (fresh[event.id][3] if event.id in fresh else None)
        if earlier is None:
            fresh[event.id] = (index, event, started_at, digest)
            results[index] |= {"status": "accepted"}
        elif earlier == digest:
            results[index] |= {"status": "duplicate"}
        else:
            results[index] |= {"status": "rejected", "reason": "id-reused"}
            continue
        if event.clip is not None:
            results[index]["clip"] = "send" if event.clip.bytes <= limits.clip_bytes else "refused"

    if fresh:
        seq = next_number(act.session, "event", len(fresh))
        rows = [
            {
                "id": new_id(),
                "device_id": device.id,
                "household_id": device.household_id,
                "event_id": event.id,
                "kind": event.kind,
                "started_at": started_at,
                "ended_at": (event.ended_at - skew).astimezone(UTC) if event.ended_at else None,
                "zones": event.zones,
                "clip_bytes": event.clip.bytes if event.clip and event.clip.bytes <= limits.clip_bytes else None,
                "clip_seconds": event.clip.seconds if event.clip else None,
                "has_clip": False,
                "has_poster": False,
                "skew_ms": round(skew.total_seconds() * 1000),
                "digest": digest,
                "received_seq": seq + place,
                "received_at": act.now,
                "expires_at": started_at + limits.retention,
            }
            for place, (_index, event, started_at, digest) in enumerate(fresh.values())
        ]
        act.session.execute(insert(Event), rows)
    saw(act, device, skew)
    return results


def saw(act: Act, device: Device, skew: timedelta = timedelta(0)) -> None:
    """Note that a device spoke; a write only when its last one is older than an interval."""
    row = act.session.get_one(Device, device.id)
    row.token_used = True
    row.skew_ms = round(skew.total_seconds() * 1000)
    if row.last_seen is None or (act.now - row.last_seen).total_seconds() >= row.status_seconds:
        row.last_seen = act.now


def needs_write(device: Device, report: rules.StatusReport, now: datetime) -> bool:
    """Whether a status says anything that the row does not say yet."""
    heard = device.last_seen is not None and (now - device.last_seen).total_seconds() < device.status_seconds
    same = (device.battery, device.firmware) == (report.battery, report.firmware)
    return not (heard and same and device.token_used)


def take_status(act: Act, device: Device, report: rules.StatusReport) -> None:
    row = act.session.get_one(Device, device.id)
    row.battery, row.rssi, row.firmware = report.battery, report.rssi, report.firmware
    row.last_seen, row.token_used = act.now, True


def file_arrived(act: Act, event: Event, kind: str) -> None:
    """Note that an event's sealed clip or poster is here."""
    if kind == "clip":
        event.has_clip = True
    else:
        event.has_poster = True

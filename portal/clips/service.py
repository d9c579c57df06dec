"""Keeping sealed clips, and letting them go when their time is over."""

import uuid

from sqlalchemy import delete

from portal.audit.service import record
from portal.clips import queries
from portal.clips.models import SealedFile
from portal.db import Act, Refusal
from portal.devices import queries as device_queries
from portal.devices import service as device_service
from portal.devices.models import Device, Event
from portal.store import Staged

EXPIRE_AT_ONCE = 500


def expects(act: Act, device: Device, event_id: uuid.UUID, kind: str, size: int | None, quota: int) -> Event:
    """The event that a device sends a file for. `size` in bytes, None when the request does not say; `quota`: the bytes
    that a household may keep.

    Raises Refusal: event-unknown, clip-expired, clip-refused, quota.
    """
    event = device_queries.device_event(act, device.id, event_id)
    if event is None:
        raise Refusal("event-unknown")
    if event.expires_at <= act.now:
        raise Refusal("clip-expired")
    if event.clip_bytes is None:
        raise Refusal("clip-refused", detail="This event announced no clip that could be taken.")
    if kind == "clip" and size is not None and size != event.clip_bytes:
        raise Refusal("clip-refused", detail=f"{event.clip_bytes} bytes were announced, and {size} came.")
    room = quota - device_queries.storage(act, device.household_id).kept_bytes
    if room < (size or 1) and queries.of_event(act, event.id, kind) is None:
        raise Refusal("quota", detail=f"This household has room for {max(room, 0)} more bytes.")
    return event


def keep(act: Act, device: Device, event_id: uuid.UUID, kind: str, name: str, staged: Staged, quota: int) -> bool:
    """Commit the row of a file that is in its place already. True when it is new, False when the same bytes were
    there: then the caller erases the file `name`, as it does when this raises.

    Raises Refusal: as `expects`, and clip-differs.
    """
    event = expects(act, device, event_id, kind, staged.size, quota)
    there = queries.of_event(act, event.id, kind)
    if there is not None:
        if there.sha256 != staged.sha256:
            raise Refusal("clip-differs")
        return False
    act.session.add(
        SealedFile(
            event_id=event.id,
            kind=kind,
            name=name,
            size=staged.size,
            sha256=staged.sha256,
            received_at=act.now,
        )
    )
    device_service.file_arrived(act, event, kind, staged.size)
    return True


def expire(act: Act) -> tuple[int, list[str]]:
    """Delete events past their retention, at most EXPIRE_AT_ONCE; returns how many, and the files to erase.

    What stays is a count in the ledger: event times show when a home is empty.
    """
    rows = queries.expired(act, EXPIRE_AT_ONCE)
    events = {event_id for event_id, *_rest in rows}
    if not events:
        return 0, []
    names = [name for _id, _household, name, _size in rows if name is not None]
    for household_id in {household_id for _id, household_id, *_rest in rows}:
        freed = sum(size for _id, of, _name, size in rows if of == household_id)
        device_service.files_went(act, household_id, freed)
    act.session.execute(delete(SealedFile).where(SealedFile.event_id.in_(events)))
    act.session.execute(delete(Event).where(Event.id.in_(events)))
    record(act, "events.expired", public_facts={"events": len(events), "files": len(names)})
    return len(events), names

"""Whose devices and events these are. "Not yours" and "not there" are the same answer."""

import uuid

from portal.db import Act, NotFound
from portal.devices import queries
from portal.devices.models import Device, Event


def household(act: Act) -> uuid.UUID:
    if act.actor.kind != "resident" or act.actor.household_id is None:
        raise NotFound
    return act.actor.household_id


def own_device(act: Act, device_id: uuid.UUID) -> Device:
    found = queries.device(act, device_id, household(act))
    if found is None:
        raise NotFound
    return found


def own_event(act: Act, event_id: uuid.UUID) -> tuple[Event, Device]:
    found = queries.event(act, event_id, household(act))
    if found is None:
        raise NotFound
    return found

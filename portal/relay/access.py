"""Whose thread it is. "Not yours" and "not there" are the same answer."""

import uuid

from portal.db import Act, NotFound
from portal.relay import queries
from portal.relay.models import RelayThread
from portal.relay.queries import Talk


def talk(act: Act, thread_id: uuid.UUID) -> Talk:
    found = queries.talks(act, thread_id) if act.actor.kind == "resident" else []
    if not found:
        raise NotFound
    return found[0]


def open_talk(act: Act, thread_id: uuid.UUID) -> Talk:
    found = talk(act, thread_id)
    if found.state != "open":
        raise NotFound
    return found


def asked_of_me(act: Act, thread_id: uuid.UUID) -> Talk:
    found = talk(act, thread_id)
    if found.asked_by_me or found.thread.state != "asked":
        raise NotFound
    return found


def reported(act: Act, thread_id: uuid.UUID) -> RelayThread:
    found = queries.reported(act, thread_id) if act.actor.kind == "moderator" else []
    if not found:
        raise NotFound
    return found[0]

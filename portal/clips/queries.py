"""Sealed files by their event, and by their name in the store."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from portal.clips.models import SealedFile
from portal.db import Act
from portal.devices.models import Event


def of_event(act: Act, event_id: uuid.UUID, kind: str) -> SealedFile | None:
    return act.session.scalar(select(SealedFile).where(SealedFile.event_id == event_id, SealedFile.kind == kind))


def known_names(act: Act, names: Sequence[str]) -> set[str]:
    return set(act.session.scalars(select(SealedFile.name).where(SealedFile.name.in_(names))))


def expired(act: Act, limit: int) -> Sequence[tuple[uuid.UUID, uuid.UUID, str | None, int]]:
    """(event id, household id, file name or None, its bytes) of events past their retention; an event with two files
    stands twice."""
    gone = select(Event.id).where(Event.expires_at <= act.now).order_by(Event.expires_at).limit(limit)
    query = (
        select(Event.id, Event.household_id, SealedFile.name, func.coalesce(SealedFile.size, 0))
        .outerjoin(SealedFile, SealedFile.event_id == Event.id)
        .where(Event.id.in_(gone))
    )
    return [(row[0], row[1], row[2], row[3]) for row in act.session.execute(query)]

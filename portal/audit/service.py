"""Appending to the ledger. The entry is written in the act's own transaction: both stand, or neither."""

import uuid
from typing import Any, Protocol

from portal.audit.models import LedgerEntry
from portal.db import Act


class Subject(Protocol):
    __tablename__: str
    id: Any


def record(act: Act, kind: str, subject: Subject | None = None, public_facts: dict[str, Any] | None = None) -> None:
    """Append that `act.actor` did `kind` to `subject`.

    With `public_facts` anyone may read the entry, so they hold nothing of a resident's. Without, it stays
    among the entries that only say who did what to which row.
    """
    subject_id = subject.id if subject is not None and isinstance(subject.id, uuid.UUID) else None
    act.session.add(
        LedgerEntry(
            at=act.now,
            kind=kind,
            actor_kind=act.actor.kind,
            actor_id=act.actor.id,
            subject_kind=subject.__tablename__ if subject is not None else "",
            subject_id=subject_id,
            public=public_facts is not None,
            facts=public_facts or {},
        )
    )

"""What can be read of the ledger without an account."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.audit.models import LedgerEntry
from portal.db import Act


def public_entries(act: Act, before: int | None, limit: int, kinds: Sequence[str] = ()) -> Sequence[LedgerEntry]:
    """Public entries, newest first, older than the entry numbered `before`; of `kinds` only, if any are named."""
    query = select(LedgerEntry).where(LedgerEntry.public).order_by(LedgerEntry.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(LedgerEntry.seq < before)
    if kinds:
        query = query.where(LedgerEntry.kind.in_(kinds))
    return act.session.scalars(query).all()

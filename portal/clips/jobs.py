"""Letting go of what is over, and of files that no row names."""

from typing import TYPE_CHECKING

from portal.clips import queries, service
from portal.db import SYSTEM
from portal.jobs import Chore

if TYPE_CHECKING:
    from portal.web.context import Porchlight


def expire(here: "Porchlight") -> None:
    """Let go of all whose time is over, in short acts."""
    while True:
        with here.database.write(SYSTEM, here.clock) as act:
            found, names = service.expire(act)
        for name in names:
            here.store.erase(name)
        if not found:
            return


def _sweep(here: "Porchlight") -> None:
    def known(names: list[str]) -> set[str]:
        with here.database.read(SYSTEM, here.clock) as act:
            return queries.known_names(act, names)

    for folder in ("clips", "posters"):
        here.store.sweep(folder, known)


CHORES = (Chore("expire events", 600, expire), Chore("sweep clips", 3600, _sweep))

"""Who had which post on the screen, noted in passing and written in the background; and what is forgotten."""

import threading
import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from portal.db import SYSTEM, Busy
from portal.jobs import Chore
from portal.responses import service

if TYPE_CHECKING:
    from portal.web.context import Porchlight

log = structlog.get_logger()
SECONDS = 20.0  # between two writes; what was noted since the last is lost with the process
ROOM = 100_000  # pairs of a post and an account


class Seen:
    """What was noted and is not yet written: post -> accounts. In memory alone, and never for longer than SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posts: dict[uuid.UUID, set[uuid.UUID]] = {}
        self._count = 0

    def note(self, account_id: uuid.UUID, post_ids: Iterable[uuid.UUID]) -> None:
        with self._lock:
            for post_id in post_ids:
                if self._count < ROOM:
                    accounts = self._posts.setdefault(post_id, set())
                    before = len(accounts)
                    accounts.add(account_id)
                    self._count += len(accounts) - before

    def take(self) -> dict[uuid.UUID, set[uuid.UUID]]:
        with self._lock:
            taken, self._posts, self._count = self._posts, {}, 0
        return taken


def write_seen(here: "Porchlight", seen: Seen) -> None:
    """Write what was noted so far. A database that is busy is given another try with the next."""
    taken = seen.take()
    if not taken:
        return
    try:
        with here.database.write(SYSTEM, here.clock) as act:
            service.count_reach(act, taken, here.settings.secret_key)
    except Busy:
        for post_id, accounts in taken.items():
            for account_id in accounts:
                seen.note(account_id, [post_id])


def keep_writing(here: "Porchlight", seen: Seen) -> None:
    """For as long as the process lives: in a thread of its own, beside those that answer."""
    while True:
        time.sleep(SECONDS)
        try:
            write_seen(here, seen)
        except Exception:
            log.exception("reach was not written")


def _forget(here: "Porchlight") -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        service.forget(act)


CHORES = (Chore("forget who came and who saw", 600, _forget),)

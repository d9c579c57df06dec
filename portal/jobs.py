"""Work that outlives a request. The domain row *is* the queue: what is to be done is committed together with the
act that asked for it, so no job is forgotten when a process is killed. No Flask here.

A worker claims a row for a lease, renews it while it works, and ends it in one short transaction. A row whose lease
ran out is anyone's again: a worker that got `kill -9` leaves nothing but a wait behind.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import structlog
from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import SYSTEM, Act, UTCDateTime

if TYPE_CHECKING:
    from portal.web.context import Porchlight

log = structlog.get_logger()
MAX_ATTEMPTS = 4
POLL_SECONDS = 0.5


class Job:
    """Columns of a row that waits for work. `lease_until` is also "not before", for a retry that should wait."""

    id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    OPEN: ClassVar = ("waiting", "working")


def claim(act: Act, model: type[Job], lease: timedelta) -> uuid.UUID | None:
    """Claim the job that has waited longest and is due. Returns its id, or None when nothing is due."""
    due = (
        select(model.id)
        .where(model.state.in_(Job.OPEN), model.lease_until <= act.now)
        .order_by(model.lease_until)
        .limit(1)
        .scalar_subquery()
    )
    return act.session.scalar(
        update(model)
        .where(model.id == due)
        .values(state="working", attempts=model.attempts + 1, lease_until=act.now + lease)
        .returning(model.id)
    )


def renew(act: Act, model: type[Job], job_id: uuid.UUID, attempt: int, lease: timedelta) -> bool:
    """Go on holding a claimed job. False when another worker holds it by now: then stop, and write nothing."""
    held = update(model).where(model.id == job_id, model.state == "working", model.attempts == attempt)
    return act.session.execute(held.values(lease_until=act.now + lease)).rowcount == 1


@dataclass(frozen=True)
class Kind:
    """One kind of job: the rows, what to do with one, and what to do when it cannot be done."""

    name: str
    model: type[Job]
    work: Callable[["Porchlight", uuid.UUID], None]
    give_up: Callable[["Porchlight", uuid.UUID], None]


@dataclass(frozen=True)
class Chore:
    """Something done at start-up and then every `every` seconds: expiry, sweeps."""

    name: str
    every: float
    work: Callable[["Porchlight"], None]


class Worker:
    """Does jobs one after the other, kind by kind, and chores when they are due."""

    def __init__(self, porchlight: "Porchlight", kinds: Sequence[Kind], chores: Sequence[Chore] = ()) -> None:
        self.porchlight = porchlight
        self.kinds = kinds
        self.chores = chores
        self._next = {chore.name: 0.0 for chore in chores}

    def run_one(self) -> bool:
        """Do one job of each kind that has one due. Whether there was any."""
        found = [self._run_kind(kind) for kind in self.kinds]
        return any(found)

    def drain(self) -> None:
        """Do all that is due now: what tests and the demo's seed call in place of a running worker."""
        while self.run_one():
            pass

    def run_chores(self) -> None:
        for chore in self.chores:
            if time.monotonic() >= self._next[chore.name]:
                self._next[chore.name] = time.monotonic() + chore.every
                try:
                    chore.work(self.porchlight)
                except Exception:
                    log.exception("chore failed", chore=chore.name)

    def run(self, stop: threading.Event, with_chores: bool = True) -> None:
        while not stop.is_set():
            try:
                if with_chores:
                    self.run_chores()
                busy = self.run_one()
            except Exception:  # the database was busy, the disk full: the rows are still there, so try again
                log.exception("worker will try again")
                busy = False
            if not busy:
                stop.wait(POLL_SECONDS)

    def _run_kind(self, kind: Kind) -> bool:
        here = self.porchlight
        lease = timedelta(seconds=here.settings.job_lease_seconds)
        with here.database.read(SYSTEM, here.clock) as act:  # looking costs no write lock
            due = select(kind.model.id).where(kind.model.state.in_(Job.OPEN), kind.model.lease_until <= act.now)
            if act.session.scalar(due.limit(1)) is None:
                return False
        with here.database.write(SYSTEM, here.clock) as act:
            job_id = claim(act, kind.model, lease)
            attempts = act.session.scalar(select(kind.model.attempts).where(kind.model.id == job_id))
        if job_id is None or attempts is None:
            return False
        if attempts > MAX_ATTEMPTS:
            log.error("job given up", kind=kind.name, id=str(job_id), attempts=attempts)
            kind.give_up(here, job_id)
            return True
        try:
            kind.work(here, job_id)
        except Exception:
            log.exception("job failed, will be tried again", kind=kind.name, id=str(job_id), attempt=attempts)
            with here.database.write(SYSTEM, here.clock) as act:
                retry = act.now + timedelta(seconds=10 * 4 ** (attempts - 1))
                act.session.execute(
                    update(kind.model)
                    .where(kind.model.id == job_id, kind.model.state == "working", kind.model.attempts == attempts)
                    .values(state="waiting", lease_until=retry)
                )
        return True

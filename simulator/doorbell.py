"""One device of a fleet, small enough to have ten thousand, and the dispatcher that gives them turns.

A device is no task. It has queues and does one call at a time in `step`; the `Dispatcher` has a few workers, as many
as there are connections, and calls `step` of those that have something to do.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator import faults
from simulator.client import (
    MOST_EVENTS,
    BadAnswer,
    Client,
    Problem,
    Result,
    Sealed,
    Stopped,
    Unreachable,
    utc_now,
)
from simulator.report import Tally
from simulator.street import Planned, Porch
from simulator.wire import CONNECTIONS

FIRMWARE = "2.4.1"
PAIRING_TRIES = 8


@dataclass(frozen=True, slots=True)
class Setup:
    """One device of a pairings file. lat, lon: degrees. clips: past clips, None for the run's default."""

    home: str
    name: str
    model: str
    serial: str
    code: str
    fingerprint: str
    lat: float
    lon: float
    utc_offset_hours: float
    clips: int | None = None

    @property
    def porch(self) -> Porch:
        return Porch(self.serial, self.home, self.name, self.lat, self.lon, self.utc_offset_hours)


@dataclass(eq=False, slots=True)
class Outgoing:
    """An event as it goes over the wire, and the sealed bytes that follow.

    event: its JSON, which begins with the id. clip_at: when filming is over. over: delivered, refused or dropped.
    """

    event: bytes
    clip: Sealed | None = None
    poster: Sealed | None = None
    clip_at: datetime | None = None
    sent: bool = False
    acknowledged: bool = False
    clip_sent: bool = False
    clip_stored: bool = False
    poster_stored: bool = False
    restarted: bool = False
    over: bool = False

    @property
    def id(self) -> str:
        return id_of(self.event)


def id_of(event: bytes) -> str:
    """The id of an event in the JSON of `worded`."""
    return event[7:43].decode()


def worded(planned: Planned, skew: timedelta, clip: Sealed | None = None, ended: bool = True) -> bytes:
    """A planned event in the contract's words, by a clock that is `skew` ahead."""
    parts = [f'{{"id":"{planned.id}","kind":"{planned.kind}","started_at":"{_iso(planned.started_at + skew)}"']
    if ended:
        parts.append(f'"ended_at":"{_iso(planned.ended_at + skew)}"')
    if clip:
        parts.append(f'"clip":{{"bytes":{len(clip.body)},"seconds":{planned.incident.seconds}}}')
    return (",".join(parts) + "}").encode()


class Doorbell:
    """One device: its queues, its clock, and what it knows to be acknowledged.

    paired_or_not: told when pairing is over, with what went wrong. shelf: where all devices put delivered clips of
    which the bytes are kept, so that they can be asked for again. live: report the status again and again.
    """

    __slots__ = (
        "_acknowledged", "_battery", "_booted", "_checks", "_clips", "_clock", "_events", "_in_flight", "_network",
        "_paired_or_not", "_profile", "_rechecks", "_rng", "_rssi", "_status_due", "_tally", "_tries", "away", "busy",
        "client", "dispatcher", "films", "live", "not_before", "over", "paired", "pending", "porch", "queued", "setup",
        "shelf", "skew", "timer",
    )  # fmt: skip

    def __init__(
        self,
        setup: Setup,
        client: Client,
        tally: Tally,
        profile: faults.Profile,
        rng: random.Random,
        skew: timedelta,
        dispatcher: "Dispatcher",
        paired_or_not: Callable[["Doorbell", Exception | None], None],
        shelf: deque[tuple["Doorbell", Outgoing]],
        network: faults.Network | None = None,
        live: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ):
        self.setup, self.porch, self.client, self.skew, self.live = setup, setup.porch, client, skew, live
        self.dispatcher, self.shelf = dispatcher, shelf
        self._tally, self._profile, self._rng, self._clock, self._network = tally, profile, rng, clock, network
        self._paired_or_not = paired_or_not
        self._events: deque[Outgoing] = deque()
        self._clips: list[Outgoing] = []
        self._acknowledged: list[bytes] = []
        self._checks = 0  # how many of the acknowledged events have to be asked for again
        self._rechecks: list[Outgoing] = []  # clips likewise
        self.films: list[Planned] = []  # past visits that may still be filmed, the newest last
        self.away = False  # offline in the past that is being sent
        self._in_flight = 0  # how many of the first events are in a call just now
        self._tries = 0
        self.paired = self.over = False
        self._status_due = True
        self._booted = clock()
        self._battery, self._rssi = rng.uniform(60, 100), rng.uniform(-75, -45)
        # The dispatcher's.
        self.pending = self.queued = self.busy = False
        self.timer: asyncio.TimerHandle | None = None
        self.not_before = 0.0  # of the loop's clock: what a back-off asks for

    def add(self, outgoing: Iterable[Outgoing], bounded: bool = False) -> None:
        """Put events into the queue. bounded: as a real device, which drops the oldest when it is full.

        A device that is over takes nothing more. One that is away keeps it until `come_back`.
        """
        if self.over:
            return
        for item in outgoing:
            if bounded and len(self._events) - self._in_flight >= self._profile.queue:
                self._drop(self._events[self._in_flight])
                del self._events[self._in_flight]
            self._events.append(item)
            self._tally.backlog += 1
        if not self.away:
            self.dispatcher.wake(self)

    def _drop(self, item: Outgoing) -> None:
        """There is no room for it any more. What was acknowledged before and is sent again is no loss."""
        item.over = True
        self._tally.dropped += not item.acknowledged
        self._tally.in_doubt += item.sent and not item.acknowledged
        self._tally.backlog -= 1

    def come_back(self) -> None:
        """The network is there again."""
        self.away = False
        if self._events:
            self.dispatcher.wake(self)

    def check(self) -> None:
        """Ask for everything that was acknowledged once more: it must be known."""
        self._checks = len(self._acknowledged)
        if self._checks and not self.over:
            self.dispatcher.wake(self)

    def check_clip(self, item: Outgoing) -> None:
        if not self.over:
            self._rechecks.append(item)
            self.dispatcher.wake(self)

    @property
    def waiting(self) -> int:
        """Events that are still in the queue."""
        return len(self._events)

    def pause(self) -> float | None:
        """Seconds until there is something to do; None when there is nothing."""
        if self.over:
            return None
        now = self.dispatcher.now()
        ready = not self.paired or self._status_due or self._checks or self._rechecks
        if ready or (self._events and not self.away):
            return max(0.0, self.not_before - now)
        if not self._clips:
            return None
        at = self._clips[0].clip_at
        wait = 0.0 if at is None else (at - self._clock()).total_seconds()
        return max(0.0, wait, self.not_before - now)

    async def step(self) -> None:
        """One call: the most urgent. Whatever cannot be delivered now stays in its queue."""
        try:
            if not self.paired:
                await self._pair()
            elif self._status_due:
                await self._report_status()
            elif self._events and not self.away:
                await self._send()
            elif self._clips:
                await self._upload(self._clips[0])
            elif self._checks:
                await self._check_events()
            elif self._rechecks:
                await self._check_clip()
        except Unreachable as error:
            self._tally.retries += 1
            self.not_before = self.dispatcher.now() + error.pause
        except Stopped:
            self._stop("")
        except (Problem, BadAnswer) as error:
            self._stop(str(error))

    def _stop(self, why: str) -> None:
        self._tally.stopped += 1
        if why:
            self._tally.reasons[f"stopped by: {why}"] += 1
        self.end()

    def end(self) -> None:
        """Nothing more comes from this device. What waits stays, and is counted as undelivered."""
        self.over = True
        self._tally.backlog -= len(self._events)

    async def _pair(self) -> None:
        setup, client = self.setup, self.client
        try:
            with self._tally.timing("pairing"):
                await client.pair(
                    setup.code, setup.fingerprint, model=setup.model, serial=setup.serial, firmware=FIRMWARE
                )
            if self._network and self._profile.revoked and not self._network.old_token:
                self._network.old_token = client.token  # asking again revokes it
                return
        except Unreachable as error:
            self._tries += 1
            if self._tries < PAIRING_TRIES:
                raise
            self.over = True
            self._paired_or_not(self, error)
        except (Stopped, Problem, BadAnswer) as error:
            self.over = True
            self._paired_or_not(self, error)
        else:
            self.paired = True
            self._paired_or_not(self, None)

    async def _report_status(self) -> None:
        self._battery = max(5.0, self._battery - self._rng.uniform(0, 0.05))
        self._rssi = min(-40.0, max(-90.0, self._rssi + self._rng.uniform(-2, 2)))
        uptime = int((self._clock() - self._booted).total_seconds())
        try:
            with self._tally.timing("status"):
                await self.client.send_status(
                    battery=round(self._battery), rssi=round(self._rssi), firmware=FIRMWARE, uptime=uptime
                )
            self._tally.statuses += 1
        except (Unreachable, Problem, BadAnswer) as error:
            # A status is worth no second try: the next one says more.
            self.not_before = self.dispatcher.now() + getattr(error, "pause", 0.0)
        self._status_due = False
        if self.live:
            self.dispatcher.later(
                max(5.0, self.client.settings.status_seconds) * self._rng.uniform(0.9, 1), self._status_again
            )

    def _status_again(self) -> None:
        self._status_due = True
        self.dispatcher.wake(self)

    async def _send(self) -> None:
        batch = [self._events[index] for index in range(min(MOST_EVENTS, len(self._events)))]
        order = list(batch)
        if self._profile.reorder:
            self._rng.shuffle(order)
        for item in batch:
            self._tally.sent += not item.sent
            item.sent = True
        self._in_flight = len(batch)
        try:
            with self._tally.timing("events"):
                results = await self.client.send_encoded([item.id for item in order], [item.event for item in order])
            for _ in batch:  # nothing was put before them meanwhile
                self._events.popleft()
            self._tally.backlog -= len(batch)
        finally:
            self._in_flight = 0
        for item, result in zip(order, results, strict=True):
            self._answered(item, result)
        if self._rng.random() < self._profile.restart:
            self._restart(batch)

    def _answered(self, item: Outgoing, result: Result) -> None:
        tally = self._tally
        if item.acknowledged and result.status != "duplicate":
            self._denied(item.id)
            item.over = True
            return
        if result.status == "rejected":
            tally.rejected += 1
            tally.reasons[result.reason or "no reason given"] += 1
            item.over = True
            return
        tally.accepted += result.status == "accepted"
        tally.duplicate += result.status == "duplicate"
        if not item.acknowledged:
            item.acknowledged = True
            tally.acknowledged += 1
            self._acknowledged.append(item.event)
        if not item.clip or item.over:
            item.over = True
        elif result.clip == "refused":
            tally.clips_refused += 1
            item.over = True
        elif item not in self._clips:
            self._clips.append(item)
            if item.clip_at and len(self._clips) > self._profile.clip_queue:
                self._clips.pop(0).over = True
                tally.clips_dropped += 1

    def _restart(self, forgotten: Sequence[Outgoing]) -> None:
        """The power fails after an answer and before it is written down: the device will send all that again.

        Queues, and with them the sealed bytes, are kept in flash.
        """
        self._tally.restarts += 1
        self._booted = self._clock()
        again = [item for item in forgotten if item.acknowledged and item.id not in self._tally.lost_ids]
        self._events.extendleft(reversed(again))
        self._tally.backlog += len(again)

    def _denied(self, event_id: str) -> None:
        """The portal disowns an event that it has acknowledged. Counts each once."""
        if event_id not in self._tally.lost_ids:
            self._tally.lost_ids.add(event_id)
            self._tally.lost += 1

    async def _upload(self, item: Outgoing) -> None:
        tally, client = self._tally, self.client
        if item.clip_at and item.clip_at > self._clock():
            return
        tally.clips_sent += not item.clip_sent
        item.clip_sent = True
        restart = bool(self._network) and not item.restarted and self._rng.random() < self._profile.restart_upload
        if restart:
            self._network.cut_next = item.restarted = True
        try:
            with tally.timing("clip"):
                stored = await client.put_clip(item.id, item.clip)
            if stored and not item.clip_stored:
                item.clip_stored = True
                tally.clips_stored += 1
                self.shelf.append((self, item))
            if stored and item.poster and await client.put_poster(item.id, item.poster):
                tally.posters_stored += not item.poster_stored
                item.poster_stored = True
        except Unreachable:
            if restart:
                self._restart([item])
            raise
        except Problem as problem:
            if problem.status == 404:
                self._denied(item.id)
            tally.clips_refused += 1
            tally.reasons[f"clip: {problem.status} {problem.title}"] += 1
        else:
            if not stored:
                tally.reasons["clip: the portal holds other bytes"] += 1
                tally.clips_refused += 1
        item.over = True
        if item in self._clips:  # a full queue may have dropped it meanwhile
            self._clips.remove(item)

    async def _check_events(self) -> None:
        batch = self._acknowledged[max(0, self._checks - MOST_EVENTS) : self._checks]
        ids = [id_of(event) for event in batch]
        with self._tally.timing("check"):
            results = await self.client.send_encoded(ids, batch)
        self._checks -= len(batch)
        for event_id, result in zip(ids, results, strict=True):
            self._tally.verified += 1
            if result.status != "duplicate":
                self._denied(event_id)

    async def _check_clip(self) -> None:
        item = self._rechecks[-1]
        try:
            known = await self.client.holds_clip(item.id, item.clip)
        except Problem:
            known = False
        self._rechecks.pop()
        self._tally.clips_verified += 1
        self._tally.clips_lost += not known


class Dispatcher:
    """Gives turns to devices that have something to do. fault: told what a device should never raise."""

    def __init__(self, fault: Callable[[Exception], None], workers: int = CONNECTIONS):
        self.workers = workers
        self._fault = fault
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Queue[Doorbell] = asyncio.Queue()
        self._unfinished = 0
        self.drained = asyncio.Event()  # nobody has anything to do
        self.drained.set()

    def now(self) -> float:
        return self._loop.time()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self._loop.call_later(seconds, act)

    def wake(self, doorbell: Doorbell) -> None:
        """Somebody gave the device something to do."""
        if doorbell.over:
            return
        if not doorbell.pending:
            doorbell.pending = True
            self._unfinished += 1
            self.drained.clear()
        if not doorbell.queued and not doorbell.busy:
            self._next(doorbell)

    async def work(self) -> None:
        """One worker; runs until cancelled."""
        while True:
            doorbell = await self._ready.get()
            doorbell.queued, doorbell.busy = False, True
            try:
                await doorbell.step()
            except Exception as error:  # one device's fault must not end the others
                doorbell.end()
                self._fault(error)
            finally:
                doorbell.busy = False
            self._next(doorbell)

    def _next(self, doorbell: Doorbell) -> None:
        if doorbell.timer:
            doorbell.timer.cancel()
            doorbell.timer = None
        pause = doorbell.pause()
        if pause is None:
            doorbell.pending = False
            self._unfinished -= 1
            if not self._unfinished:
                self.drained.set()
        elif pause > 0:
            doorbell.timer = self._loop.call_later(pause, self._due, doorbell)
        else:
            doorbell.queued = True
            self._ready.put_nowait(doorbell)

    def _due(self, doorbell: Doorbell) -> None:
        doorbell.timer = None
        if not doorbell.queued and not doorbell.busy:
            self._next(doorbell)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

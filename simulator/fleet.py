"""A fleet of doorbells: pairs them, sends their past, films for them, and goes on live.

Each `Doorbell` holds two queues, events and clips, and one task of its own empties them, events first. The
`Fleet` only decides what happens when; the `Studio` draws clips, the most urgent first.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from simulator import faults, street
from simulator.client import (
    MOST_EVENTS,
    BadAnswer,
    Client,
    Problem,
    Sealed,
    Stopped,
    Unreachable,
    Zone,
    seal,
    utc_now,
)
from simulator.incident import Incident, Look
from simulator.report import Screen, Tally
from simulator.street import Planned, Porch

if TYPE_CHECKING:
    from simulator.camera import Clip

FIRMWARE = "2.4.1"
RECENT = timedelta(minutes=2)  # the past ends this long ago, so that all of it is over
CHUNK = timedelta(minutes=10)  # live visits are planned in pieces of this length
LEAD = timedelta(seconds=20)  # and filmed this long before they happen
HANDS = 2  # clips drawn at once
BUSY = 6  # live drawings waiting: beyond this, live events go out without a clip
CONNECTIONS = 12
PATIENCE = 30.0  # seconds that a finished run waits for the last deliveries

Draw = Callable[[Look, Incident, tuple[Zone, ...], float], "Clip"]


@dataclass(frozen=True)
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


_WORDS = ("home", "name", "model", "serial", "code", "fingerprint")
_NUMBERS = ("lat", "lon", "utc_offset_hours")


def read_pairings(path: Path) -> tuple[str, list[Setup]]:
    """(the town's seed, devices) of a pairings file. Raises OSError or a ValueError that tells."""
    body = json.loads(path.read_text(encoding="utf-8"))
    try:
        setups = []
        for item in body["devices"]:
            words = {key: str(item[key]) for key in _WORDS}
            places = {key: float(item[key]) for key in _NUMBERS}
            clips = item.get("clips")
            setups.append(Setup(**words, **places, clips=None if clips is None else int(clips)))
        town = str(body.get("town", "maple"))
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    if len({setup.serial for setup in setups}) != len(setups):
        raise ValueError(f"{path}: two devices share a serial")
    return town, setups


@dataclass(frozen=True)
class Options:
    """How a run goes.

    days of the past to send; speed: how many times faster than it happened (None: at once). live: go on in
    real time, with `pace` times as many visits, for `minutes` (None: until stopped). clips: past clips per
    device. pause: seconds of a device's first back-off.
    """

    portal: str
    town: str = "maple"
    days: float = 6.0
    speed: float | None = None
    live: bool = True
    pace: float = 1.0
    minutes: float | None = None
    clips: int = 3
    profile: faults.Profile = faults.PROFILES["none"]
    pause: float = 0.5


def draw(look: Look, incident: Incident, zones: tuple[Zone, ...], utc_offset_hours: float) -> "Clip":
    """Draws one clip. Runs in a process of its own, which is why the camera is imported only here."""
    from simulator.camera import draw_clip

    return draw_clip(look, incident, zones, utc_offset_hours)


def processes() -> ProcessPoolExecutor:
    """Where clips are drawn: two polite processes that end with this one, however it ends."""
    return ProcessPoolExecutor(HANDS, mp_context=get_context("spawn"), initializer=_settle)


def _settle() -> None:
    """A drawing process: yields to everybody else, leaves Ctrl-C to its parent, and does not outlive it."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


class Studio:
    """Draws clips in an executor, HANDS at a time; of those that wait, the smallest urgency first."""

    def __init__(self, executor: Executor, draw: Draw = draw):
        self._executor, self._draw = executor, draw
        self._waiting: asyncio.PriorityQueue = asyncio.PriorityQueue()
        self._order = itertools.count()
        self.live_waiting = 0

    async def film(
        self, urgency: int, look: Look, incident: Incident, zones: tuple[Zone, ...], offset: float
    ) -> "Clip":
        """urgency: 0 for live, more for the past. offset: hours from UTC. Raises what drawing raises."""
        answer: asyncio.Future = asyncio.get_running_loop().create_future()
        self.live_waiting += urgency == 0
        try:
            await self._waiting.put((urgency, next(self._order), (look, incident, zones, offset), answer))
            return await answer
        finally:
            self.live_waiting -= urgency == 0

    async def work(self) -> None:
        """One hand; runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            *_, job, answer = await self._waiting.get()
            if answer.done():
                continue
            try:
                clip = await loop.run_in_executor(self._executor, self._draw, *job)
            except Exception as error:  # handed to whoever asked
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(clip)


@dataclass(eq=False)
class Outgoing:
    """An event as it goes over the wire, and the sealed bytes that follow. clip_at: when filming is over."""

    event: dict[str, Any]
    clip: Sealed | None = None
    poster: Sealed | None = None
    clip_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.event["id"]


class Doorbell:
    """One device: its queues, its clock, and what it knows to be acknowledged."""

    def __init__(
        self,
        setup: Setup,
        client: Client,
        tally: Tally,
        profile: faults.Profile,
        rng: random.Random,
        skew: timedelta,
        clock: Callable[[], datetime] = utc_now,
    ):
        self.setup, self.porch, self.client = setup, setup.porch, client
        self._tally, self._profile, self._rng, self._skew, self._clock = tally, profile, rng, skew, clock
        self._events: deque[Outgoing] = deque()
        self._clips: deque[Outgoing] = deque()
        self._acknowledged: dict[str, dict[str, Any]] = {}
        self._sent: set[str] = set()  # this and the next two: ids, so that each is counted once
        self._stored: set[str] = set()
        self._lost: set[str] = set()
        self._in_flight = 0  # how many of the first events are in a call just now
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self.over = False
        self._booted = clock()
        self._battery, self._rssi = rng.uniform(60, 100), rng.uniform(-75, -45)

    async def pair(self) -> None:
        """Raises what Client.pair raises."""
        setup = self.setup
        with self._tally.timing("pairing"):
            await self.client.pair(
                setup.code, setup.fingerprint, model=setup.model, serial=setup.serial, firmware=FIRMWARE
            )

    def word(self, planned: Planned, clip: Sealed | None = None, ended: bool = True) -> dict[str, Any]:
        """A planned event in the contract's words, by the device's own clock."""
        event = {"id": planned.id, "kind": planned.kind, "started_at": _iso(planned.started_at + self._skew)}
        if ended:
            event["ended_at"] = _iso(planned.ended_at + self._skew)
        if clip:
            event["clip"] = {"bytes": len(clip.body), "seconds": planned.incident.seconds}
        return event

    def add(self, outgoing: Iterable[Outgoing], bounded: bool = False) -> None:
        """Put events into the queue. bounded: as a real device, which drops the oldest when it is full.

        A device that is over takes nothing more.
        """
        if self.over:
            return
        for item in outgoing:
            if bounded and len(self._events) - self._in_flight >= self._profile.queue:
                del self._events[self._in_flight]
                self._tally.dropped += 1
            self._events.append(item)
        self._idle.clear()
        self._changed.set()

    async def deliver(self) -> None:
        """Empty the queues, events before clips; runs until cancelled or Stopped."""
        try:
            while True:
                self._changed.clear()
                if not self._events and not self._clips:
                    self._idle.set()
                    await self._changed.wait()
                try:
                    await self._deliver_some()
                except Unreachable:
                    continue  # everything is still in the queues; the client has waited long enough
        except Stopped:
            self._tally.stopped += 1
        except (Problem, BadAnswer) as error:
            self._tally.stopped += 1
            self._tally.reasons[f"stopped by: {error}"] += 1
        finally:
            self.over = True
            self._idle.set()

    def holds(self, item: Outgoing) -> bool:
        """Whether an event, or its clip, is still on its way."""
        return not self.over and (item in self._events or item in self._clips)

    async def _deliver_some(self) -> None:
        if self._events:
            batch = [self._events[index] for index in range(min(MOST_EVENTS, len(self._events)))]
            if self._profile.reorder:
                self._rng.shuffle(batch)
            await self._send(batch)
            return
        item = self._clips[0]
        wait = 0.0 if item.clip_at is None else (item.clip_at - self._clock()).total_seconds()
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            return
        await self._upload(item)
        with contextlib.suppress(ValueError):  # a full queue may have dropped it meanwhile
            self._clips.remove(item)

    async def _send(self, batch: list[Outgoing]) -> None:
        for item in batch:
            self._tally.sent += item.id not in self._sent
            self._sent.add(item.id)
        self._in_flight = len(batch)
        try:
            with self._tally.timing("events"):
                results = await self.client.send_events([item.event for item in batch])
        finally:
            self._in_flight = 0
        done = {id(item) for item in batch}
        self._events = deque(item for item in self._events if id(item) not in done)
        for item, result in zip(batch, results, strict=True):
            if self._denied(item.id, result.status):
                continue
            if result.status == "rejected":
                self._tally.rejected += 1
                self._tally.reasons[result.reason or "no reason given"] += 1
                continue
            self._tally.accepted += result.status == "accepted"
            self._tally.duplicate += result.status == "duplicate"
            self._tally.acknowledged += item.id not in self._acknowledged
            self._acknowledged[item.id] = item.event
            if item.clip and result.clip == "refused":
                self._tally.clips_refused += 1
            elif item.clip:
                self._clips.append(item)
                if item.clip_at and len(self._clips) > self._profile.clip_queue:
                    self._clips.popleft()
                    self._tally.clips_dropped += 1
        if self._rng.random() < self._profile.restart:
            self._restart(batch)

    def _restart(self, batch: Sequence[Outgoing]) -> None:
        """The power fails after an answer and before it is written down: the device will send all that again.

        Queues, and with them the sealed bytes, are kept in flash.
        """
        self._tally.restarts += 1
        self._booted = self._clock()
        again = [item for item in batch if item.id in self._acknowledged and item.id not in self._lost]
        self._events.extendleft(reversed(again))

    def _denied(self, event_id: str, status: str) -> bool:
        """Whether the portal now disowns an event that it has acknowledged. Counts each once."""
        if event_id not in self._acknowledged or status == "duplicate":
            return False
        if event_id not in self._lost:
            self._lost.add(event_id)
            self._tally.lost += 1
        return True

    async def _upload(self, item: Outgoing) -> None:
        self._tally.clips_sent += f"{item.id}/clip" not in self._sent
        self._sent.add(f"{item.id}/clip")
        try:
            with self._tally.timing("clip"):
                stored = await self.client.put_clip(item.id, item.clip)
            if stored and item.id not in self._stored:
                self._stored.add(item.id)
                self._tally.clips_stored += 1
            if stored and item.poster and await self.client.put_poster(item.id, item.poster):
                self._tally.posters_stored += f"{item.id}/poster" not in self._stored
                self._stored.add(f"{item.id}/poster")
        except Problem as problem:
            if problem.status == 404:
                self._denied(item.id, "unknown")
            self._tally.clips_refused += 1
            self._tally.reasons[f"clip: {problem.status} {problem.title}"] += 1
        else:
            if not stored:
                self._tally.reasons["clip: the portal holds other bytes"] += 1
                self._tally.clips_refused += 1

    async def report_status(self) -> None:
        """Send the status at the pace that the settings ask for; runs until cancelled or Stopped."""
        with contextlib.suppress(Stopped):
            while True:
                self._battery = max(5.0, self._battery - self._rng.uniform(0, 0.05))
                self._rssi = min(-40.0, max(-90.0, self._rssi + self._rng.uniform(-2, 2)))
                uptime = int((self._clock() - self._booted).total_seconds())
                with contextlib.suppress(Unreachable, Problem, BadAnswer):
                    await self.client.send_status(
                        battery=round(self._battery), rssi=round(self._rssi), firmware=FIRMWARE, uptime=uptime
                    )
                    self._tally.statuses += 1
                await asyncio.sleep(max(5.0, self.client.settings.status_seconds) * self._rng.uniform(0.9, 1))

    async def idle(self) -> None:
        """Wait until both queues are empty, or the device has stopped."""
        await self._idle.wait()

    async def verify(self) -> None:
        """Send all acknowledged events once more: each must be known."""
        events = list(self._acknowledged.values())
        for start in range(0, len(events), MOST_EVENTS):
            batch = events[start : start + MOST_EVENTS]
            for event, result in zip(batch, await self.client.send_events(batch), strict=True):
                self._tally.verified += 1
                self._denied(event["id"], result.status)


class Fleet:
    """A run from pairing to report. studio draws; screen shows progress."""

    def __init__(self, options: Options, setups: Sequence[Setup], studio: Studio, screen: Screen):
        self.options, self.tally = options, Tally()
        self._setups, self._studio, self._screen = setups, studio, screen
        self._doorbells: dict[str, Doorbell] = {}
        self._tasks: set[asyncio.Task] = set()

    async def run(self, stop: asyncio.Event) -> Tally:
        """The whole run; ends early, and in order, when `stop` is set."""
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with httpx.AsyncHTTPTransport(limits=limits) as wire:
            work, halt = asyncio.create_task(self._work(wire)), asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({work, halt}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            finally:
                ending = {work, halt, *self._tasks}
                for task in ending:
                    task.cancel()
                await asyncio.gather(*ending, return_exceptions=True)
        self.tally.retries = sum(doorbell.client.retries for doorbell in self._doorbells.values())
        return self.tally

    def _start(self, coroutine: Awaitable) -> asyncio.Task:
        """A task that ends with the run."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.tally.reasons[f"a fault of the simulator: {error!r}"] += 1
            self._screen.say(f"A fault of the simulator: {error!r}")

    async def _work(self, wire: httpx.AsyncBaseTransport) -> None:
        await self._pair(wire)
        if not self._doorbells:
            return
        for _ in range(HANDS):
            self._start(self._studio.work())
        for doorbell in self._doorbells.values():
            self._start(doorbell.deliver())
            self._start(doorbell.report_status())
        filmed = await self._send_past(utc_now() - RECENT)
        past_clips = self._start(self._send_past_clips(filmed))
        if self.options.live:
            await self._live()
        else:
            await past_clips
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all(Doorbell.idle), PATIENCE)
            await asyncio.wait_for(self._all(Doorbell.verify), PATIENCE)

    async def _all(self, act: Callable[[Doorbell], Awaitable[None]]) -> None:
        """Do it with every doorbell; one that cannot does not disturb the others."""
        answers = await asyncio.gather(
            *(act(doorbell) for doorbell in self._doorbells.values()), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, Exception) and not isinstance(answer, Stopped | Unreachable):
                self.tally.reasons[f"at the end: {answer}"] += 1

    def _doorbell(self, setup: Setup, wire: httpx.AsyncBaseTransport) -> Doorbell:
        options, profile = self.options, self.options.profile
        rng = random.Random(f"{options.town}|faults|{setup.serial}")
        skew = timedelta(seconds=rng.uniform(-profile.skew_seconds, profile.skew_seconds))
        now = utc_now()
        offline = []
        if options.live:
            until = now + timedelta(minutes=options.minutes or 7 * 24 * 60)
            start = now + timedelta(minutes=1) / options.pace
            offline = faults.spells(profile, rng, start, until, options.pace)
        network = faults.Network(wire, profile, rng, utc_now, offline)
        http = httpx.AsyncClient(
            base_url=options.portal, transport=network, timeout=httpx.Timeout(30, pool=None)
        )
        client = Client(http, clock=lambda: utc_now() + skew, rng=rng, pause=options.pause)
        return Doorbell(setup, client, self.tally, profile, rng, skew)

    async def _pair(self, wire: httpx.AsyncBaseTransport) -> None:
        with self._screen.step("Pairing doorbells", len(self._setups)) as step:

            async def one(setup: Setup) -> None:
                doorbell = self._doorbell(setup, wire)
                try:
                    await doorbell.pair()
                except (Stopped, Problem, Unreachable, BadAnswer) as error:
                    self.tally.not_paired += 1
                    self._screen.say(f"{setup.home}, {setup.name}: not paired: {error}")
                else:
                    self.tally.paired += 1
                    self._doorbells[setup.serial] = doorbell
                step.advance()

            await asyncio.gather(*map(one, self._setups))

    async def _send_past(self, until: datetime) -> list[tuple[Doorbell, Planned]]:
        """Send what has no clip, and give back what has one, in the order in which it should be drawn."""
        options, profile = self.options, self.options.profile
        porches = [doorbell.porch for doorbell in self._doorbells.values()]
        start = until - timedelta(days=options.days)
        planned = await asyncio.to_thread(street.plan, options.town, porches, start, until)
        quiet: dict[str, list[Planned]] = {key: [] for key in self._doorbells}
        filmed: list[tuple[int, datetime, Doorbell, Planned]] = []
        for key, doorbell in self._doorbells.items():
            rng = random.Random(f"{options.town}|spells|{key}")
            own = [item for item in planned if item.device == key]
            kept = faults.survivors(
                own, lambda item: item.started_at, faults.spells(profile, rng, start, until), profile.queue
            )
            self.tally.dropped += len(own) - len(kept)
            wanted = options.clips if doorbell.setup.clips is None else doorbell.setup.clips
            newest = [item for item in reversed(kept) if item.clip][:wanted]
            filmed += [(rank, item.started_at, doorbell, item) for rank, item in enumerate(newest)]
            with_clip = {item.id for item in newest}
            quiet[key] = [item for item in kept if item.id not in with_clip]
        with self._screen.step("Sending past events, doorbell by doorbell", len(self._doorbells)) as step:
            await asyncio.gather(
                *(self._replay(self._doorbells[key], items, start, step) for key, items in quiet.items())
            )
        # Fair: everybody's newest clip first, then everybody's second, and in each round the newest first.
        filmed.sort(key=lambda entry: (entry[0], -entry[1].timestamp()))
        return [(doorbell, item) for _, _, doorbell, item in filmed]

    async def _replay(self, doorbell: Doorbell, items: Sequence[Planned], start: datetime, step) -> None:
        speed = self.options.speed
        if speed is None:
            doorbell.add([Outgoing(doorbell.word(item)) for item in items])
        else:
            began = utc_now()
            for item in items:
                await _until(began + (item.started_at - start) / speed)
                doorbell.add([Outgoing(doorbell.word(item))])
        await doorbell.idle()
        step.advance()

    async def _send_past_clips(self, filmed: Sequence[tuple[Doorbell, Planned]]) -> None:
        if not filmed:
            return
        with self._screen.step("Filming past visits", len(filmed)) as step:

            async def one(rank: int, doorbell: Doorbell, item: Planned) -> None:
                async with room:
                    if not doorbell.over:
                        outgoing = await self._film(1 + rank, doorbell, item)
                        doorbell.add([outgoing])
                        while doorbell.holds(outgoing):
                            await asyncio.sleep(0.1)
                step.advance()

            # A few at a time, so that drawn clips do not pile up in memory when the portal is slow.
            room = asyncio.Semaphore(4 * HANDS)
            await asyncio.gather(*(one(rank, *entry) for rank, entry in enumerate(filmed)))

    async def _film(self, urgency: int, doorbell: Doorbell, item: Planned, live: bool = False) -> Outgoing:
        """Draw and seal a clip, and announce it; without a clip when it cannot be drawn."""
        look = street.look(self.options.town, doorbell.porch)
        zones, offset = doorbell.client.settings.privacy_zones, doorbell.porch.utc_offset_hours
        ended = not (live and item.kind == "ring")
        try:
            drawn = await self._studio.film(urgency, look, item.incident, zones, offset)
        except Exception as error:  # a clip is a comfort, the event is not
            self.tally.undrawn += 1
            self.tally.reasons[f"not drawn: {error!r}"] += 1
            return Outgoing(doorbell.word(item, ended=ended))
        recipients = doorbell.client.recipients
        clip, poster = seal(drawn.mp4, recipients), seal(drawn.poster, recipients)
        filmed_at = item.ended_at if live else None
        return Outgoing(doorbell.word(item, clip, ended), clip, poster, filmed_at)

    async def _live(self) -> None:
        options = self.options
        porches = [doorbell.porch for doorbell in self._doorbells.values()]
        start = utc_now()
        end = None if options.minutes is None else start + timedelta(minutes=options.minutes)
        self._screen.say(f"Live, with {options.pace:g} times the visits of a quiet town")
        self._start(self._tell())
        happening: set[asyncio.Task] = set()
        while end is None or start < end:
            until = start + CHUNK if end is None else min(start + CHUNK, end)
            plan = await asyncio.to_thread(street.plan, options.town, porches, start, until, options.pace)
            for item in plan:
                await _until(item.started_at - LEAD)
                task = self._start(self._happen(item))
                happening.add(task)
                task.add_done_callback(happening.discard)
            await _until(until if until == end else until - LEAD)
            start = until
        if happening:
            await asyncio.wait(happening, timeout=PATIENCE)

    async def _tell(self) -> None:
        """A sign of life every minute."""
        for minute in itertools.count(1):
            await asyncio.sleep(60)
            told = self.tally
            counts = f"{told.acknowledged} events, {told.clips_stored} clips in all"
            self._screen.say(f"Live for {minute} min: {counts}")

    async def _happen(self, item: Planned) -> None:
        """One live event: filmed ahead of its time, so that it can be sent the moment it happens.

        A ring leaves at once, while the visitor still stands there, and so has no end; its clip follows.
        """
        doorbell = self._doorbells[item.device]
        live_ring = item.kind == "ring"
        if item.clip and self._studio.live_waiting < BUSY:
            outgoing = await self._film(0, doorbell, item, live=True)
        else:
            self.tally.undrawn += item.clip
            outgoing = Outgoing(doorbell.word(item, ended=not live_ring))
        await _until(item.started_at if live_ring else item.ended_at)
        await asyncio.sleep(random.Random(item.id).uniform(0.1, 0.8))  # a short way through the air
        doorbell.add([outgoing], bounded=True)
        where = f"{doorbell.setup.home}, {doorbell.setup.name}"
        self._screen.event(f"{item.incident.at:%H:%M:%S}  {where}: {item.kind}")


async def run(
    options: Options,
    setups: Sequence[Setup],
    *,
    executor: Executor | None = None,
    draw: Draw = draw,
    screen: Screen | None = None,
) -> Tally:
    """Run a fleet until it is done, or SIGINT or SIGTERM asks it to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread
            loop.add_signal_handler(number, stop.set)
    pool = executor or processes()
    try:
        return await Fleet(options, setups, Studio(pool, draw), screen or Screen()).run(stop)
    finally:
        await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


async def _until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - utc_now()).total_seconds()))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

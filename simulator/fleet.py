"""A fleet of doorbells: pairs them, sends their past, films for them, and goes on live.

The `Fleet` only decides what happens when. Each `Doorbell` holds its queues, a `Dispatcher` gives turns to those that
have something to do, all of them share one `Wire`, and the `Studio` draws clips, the most urgent first.
"""

import asyncio
import contextlib
import json
import random
import signal
import time
from collections import deque
from collections.abc import Awaitable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulator import faults, street
from simulator.client import Client, seal, utc_now
from simulator.doorbell import Dispatcher, Doorbell, Outgoing, Setup, worded
from simulator.report import Screen, Step, Tally
from simulator.scenario import Scenario
from simulator.street import Planned
from simulator.studio import HANDS, Draw, Studio, draw, processes
from simulator.wire import Line, Wire

RECENT = timedelta(minutes=2)  # the past ends this long ago, so that all of it is over
CHUNK = timedelta(minutes=10)  # live visits are planned in pieces of this length
LEAD = timedelta(seconds=20)  # and filmed this long before they happen
HOUR = timedelta(hours=1)
BUSY = 6  # live drawings waiting: beyond this, live events go out without a clip
BACKLOG = 50_000  # events that wait in all devices: beyond this, the past waits for the portal
PATIENCE = 30.0  # seconds without any progress that a finished run waits for the last deliveries
SHELF = 32  # clips of which the bytes are kept, to ask for them again
GLANCE = 200  # events between two looks at everybody else


_WORDS = ("home", "name", "model", "serial", "code", "fingerprint")
_NUMBERS = ("lat", "lon", "utc_offset_hours")


def read_pairings(path: Path, homes: int | None = None) -> tuple[str, list[Setup]]:
    """(the town's seed, devices) of a pairings file, of its first `homes` homes if told.

    Raises OSError or a ValueError that tells.
    """
    body = json.loads(path.read_text(encoding="utf-8"))
    try:
        setups = []
        taken: set[str] = set()
        for item in body["devices"]:
            words = {key: str(item[key]) for key in _WORDS}
            places = {key: float(item[key]) for key in _NUMBERS}
            clips = item.get("clips")
            taken.add(words["home"])
            if homes is not None and len(taken) > homes:
                taken.discard(words["home"])
                continue
            setups.append(Setup(**words, **places, clips=None if clips is None else int(clips)))
        town = str(body.get("town", "maple"))
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    if len({setup.serial for setup in setups}) != len(setups):
        raise ValueError(f"{path}: two devices share a serial")
    if homes is not None and len(taken) < homes:
        raise ValueError(f"{path}: it holds {len(taken)} homes, not {homes}")
    return town, setups


@dataclass(frozen=True)
class Options:
    """How a run goes.

    days of the past to send; speed: how many times faster than it happened (None: at once). live: go on in
    real time, with `pace` times as many visits, for `minutes` (None: until stopped). clips: past clips per
    device. pause: seconds of a device's first back-off. log: events to send in place of a past of one's own.
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
    scenario: Scenario | None = None
    log: Sequence[Planned] | None = None


class Fleet:
    """A run from pairing to report. studio draws; screen shows progress."""

    def __init__(self, options: Options, setups: Sequence[Setup], studio: Studio, screen: Screen):
        self.options, self.tally = options, Tally()
        self._setups, self._studio, self._screen = setups, studio, screen
        self._doorbells: dict[str, Doorbell] = {}
        self._dispatcher = Dispatcher(self._fault)
        self._shelf: deque[tuple[Doorbell, Outgoing]] = deque(maxlen=SHELF)
        self._tasks: set[asyncio.Task] = set()
        self._started = utc_now()
        self._begin = self._started - RECENT - timedelta(days=options.days)  # of the scenario

    async def run(self, stop: asyncio.Event) -> Tally:
        """The whole run; ends early, and in order, when `stop` is set."""
        began = time.monotonic()
        async with Wire() as wire:
            work, halt = asyncio.create_task(self._work(wire)), asyncio.create_task(stop.wait())
            self._start(self._measure(began))
            try:
                await asyncio.wait({work, halt}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            finally:
                ending = {work, halt, *self._tasks}
                for task in ending:
                    task.cancel()
                await asyncio.gather(*ending, return_exceptions=True)
        self.tally.undelivered = sum(doorbell.waiting for doorbell in self._doorbells.values())
        self.tally.seconds = time.monotonic() - began
        self.tally.course.tick(self.tally.seconds, self.tally.acknowledged, self.tally.backlog)
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
            self._fault(error)

    def _fault(self, error: BaseException) -> None:
        self.tally.reasons[f"a fault of the simulator: {error!r}"] += 1
        self._screen.say(f"A fault of the simulator: {error!r}")

    async def _measure(self, began: float) -> None:
        """The course of the run, row by row."""
        course = self.tally.course
        while True:
            await asyncio.sleep(course.interval)
            course.tick(time.monotonic() - began, self.tally.acknowledged, self.tally.backlog)

    async def _work(self, wire: Wire) -> None:
        for _ in range(self._dispatcher.workers):
            self._start(self._dispatcher.work())
        await self._pair(wire)
        if not self._doorbells:
            return
        for _ in range(HANDS):
            self._start(self._studio.work())
        filmed = await self._send_past()
        past_clips = self._start(self._send_past_clips(filmed))
        if self.options.live:
            await self._live()
        else:
            await past_clips
        await self._settled()
        for doorbell in self._doorbells.values():
            doorbell.check()
        for doorbell, item in self._shelf:
            doorbell.check_clip(item)
        await self._settled()

    async def _settled(self) -> None:
        """Wait until nobody has anything to do, or nothing moves any more."""
        while not self._dispatcher.drained.is_set():
            before = self._moved()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dispatcher.drained.wait(), PATIENCE)
            if self._moved() == before:
                break

    def _moved(self) -> tuple[int, ...]:
        told = self.tally
        return told.acknowledged, told.duplicate, told.clips_stored, told.verified, told.clips_verified, told.rejected

    def _doorbell(self, setup: Setup, wire: Wire, outages: Sequence[faults.Spell]) -> Doorbell:
        options, profile = self.options, self.options.profile
        rng = random.Random(f"{options.town}|faults|{setup.serial}")
        skew = timedelta(seconds=rng.uniform(-profile.skew_seconds, profile.skew_seconds))
        offline: list[faults.Spell] = []
        if options.live:
            now = utc_now()
            until = now + timedelta(minutes=options.minutes or 7 * 24 * 60)
            start = now + timedelta(minutes=1) / options.pace
            offline = faults.spells(profile, rng, start, until, options.pace)
            offline += [spell for spell in outages if spell[1] > now]
        network = None
        if offline or profile != faults.PROFILES["none"]:
            network = faults.Network(wire, profile, rng, utc_now, offline, self.tally.probes)
        client = Client(
            Line(options.portal, network or wire),
            clock=(lambda: utc_now() + skew) if skew else utc_now,
            rng=rng,
            attempts=1,
            pause=options.pause,
        )
        return Doorbell(
            setup, client, self.tally, profile, rng, skew, self._dispatcher, self._paired_or_not, self._shelf, network,
            options.live,
        )  # fmt: skip

    async def _pair(self, wire: Wire) -> None:
        porches = [setup.porch for setup in self._setups]
        outages = street.offline(self.options.town, porches, self.options.scenario, self._begin)
        with self._screen.step("Pairing doorbells", len(self._setups), self.tally) as step:
            self._step: Step = step
            for setup in self._setups:
                self._dispatcher.wake(self._doorbell(setup, wire, outages.get(setup.serial, ())))
            await self._all_paired(step)

    async def _all_paired(self, step: Step) -> None:
        while step.done < step.total:
            await asyncio.sleep(0.02)

    def _paired_or_not(self, doorbell: Doorbell, error: Exception | None) -> None:
        setup = doorbell.setup
        if error is None:
            self.tally.paired += 1
            self._doorbells[setup.serial] = doorbell
        else:
            self.tally.not_paired += 1
            if self.tally.not_paired <= 20:
                self._screen.say(f"{setup.home}, {setup.name}: not paired: {error}")
        self._step.advance()

    async def _send_past(self) -> list[tuple[Doorbell, Planned]]:
        """Send what has no clip, and give back what has one, in the order in which it should be drawn."""
        options = self.options
        until = utc_now() - RECENT
        start = until - timedelta(days=options.days)
        if options.log is None:
            porches = [doorbell.porch for doorbell in self._doorbells.values()]
            pieces = street.stream(options.town, porches, start, until, 1.0, options.scenario, self._begin)
        else:
            known = [item for item in options.log if item.device in self._doorbells]
            pieces = _by_hour(known)
            if known:
                start, until = known[0].started_at, known[-1].started_at
        away = self._spells(start, until)
        with self._screen.step("Sending past events", max(1, round((until - start) / HOUR)), self.tally) as step:
            await self._replay(pieces, start, away, step)
            for doorbell in self._doorbells.values():
                if doorbell.away:
                    doorbell.come_back()
            while not self._dispatcher.drained.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._dispatcher.drained.wait(), 0.5)
                step.refresh()
            while step.done < step.total:
                step.advance()
        # Fair: everybody's newest clip first, then everybody's second, and in each round the newest first.
        filmed = [
            (rank, item.started_at, doorbell, item)
            for doorbell in self._doorbells.values()
            for rank, item in enumerate(reversed(doorbell.films))
        ]
        filmed.sort(key=lambda entry: (entry[0], -entry[1].timestamp()))
        return [(doorbell, item) for _, _, doorbell, item in filmed]

    def _spells(self, start: datetime, until: datetime) -> list[tuple[datetime, bool, Doorbell]]:
        """When devices go offline (True) and come back (False) in the past, in order."""
        options, found = self.options, []
        porches = [doorbell.porch for doorbell in self._doorbells.values()]
        outages = street.offline(options.town, porches, options.scenario, self._begin)
        for key, doorbell in self._doorbells.items():
            rng = random.Random(f"{options.town}|spells|{key}")
            spells = faults.spells(options.profile, rng, start, until) + outages.get(key, [])
            for begin, end in faults.merged([spell for spell in spells if spell[0] < until]):
                found += [(begin, True, doorbell), (end, False, doorbell)]
        return sorted(found, key=lambda edge: edge[:2])

    async def _replay(
        self,
        pieces: Iterator[list[Planned]],
        start: datetime,
        away: list[tuple[datetime, bool, Doorbell]],
        step: Step,
    ) -> None:
        """Let the past happen again, at the speed of the options. away: from `_spells`."""
        speed, began, edges = self.options.speed, utc_now(), deque(away)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            for number, item in enumerate(piece):
                while edges and edges[0][0] <= item.started_at:
                    _, offline, doorbell = edges.popleft()
                    if offline:
                        doorbell.away = True
                    else:
                        doorbell.come_back()
                if speed is not None:
                    due = (began + (item.started_at - start) / speed - utc_now()).total_seconds()
                    if due > 0.001:
                        await asyncio.sleep(due)
                if number % GLANCE == 0:
                    await asyncio.sleep(0)
                self._happened(self._doorbells[item.device], item)
            if step.done < step.total - 1:
                step.advance()
            while self.tally.backlog > BACKLOG and self.tally.backlog > sum(self._away_backlog()):
                await asyncio.sleep(0.05)
                step.refresh()

    def _away_backlog(self) -> Iterator[int]:
        return (doorbell.waiting for doorbell in self._doorbells.values() if doorbell.away)

    def _happened(self, doorbell: Doorbell, item: Planned) -> None:
        """One past event: kept back while it may be among the newest that are filmed, else sent."""
        wanted = self.options.clips if doorbell.setup.clips is None else doorbell.setup.clips
        if item.clip and wanted:
            doorbell.films.append(item)
            if len(doorbell.films) <= wanted:
                return
            item = doorbell.films.pop(0)
        doorbell.add([Outgoing(worded(item, doorbell.skew))], bounded=doorbell.away)

    async def _send_past_clips(self, filmed: Sequence[tuple[Doorbell, Planned]]) -> None:
        if not filmed:
            return
        rest = iter(enumerate(filmed))
        with self._screen.step("Filming past visits", len(filmed)) as step:

            async def some() -> None:
                for rank, (doorbell, item) in rest:
                    if not doorbell.over:
                        outgoing = await self._film(1 + rank, doorbell, item)
                        doorbell.add([outgoing])
                        while not outgoing.over and not doorbell.over:
                            await asyncio.sleep(0.1)
                    step.advance()

            # A few at a time, so that drawn clips do not pile up in memory when the portal is slow.
            await asyncio.gather(*(some() for _ in range(4 * HANDS)))

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
            return Outgoing(worded(item, doorbell.skew, ended=ended))
        recipients = doorbell.client.recipients
        clip, poster = seal(drawn.mp4, recipients), seal(drawn.poster, recipients)
        filmed_at = item.ended_at if live else None
        return Outgoing(worded(item, doorbell.skew, clip, ended), clip, poster, filmed_at)

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
            plan = await asyncio.to_thread(
                street.plan, options.town, porches, start, until, options.pace, options.scenario, self._begin
            )
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
        minute = 0
        while True:
            await asyncio.sleep(60)
            minute += 1
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
            outgoing = Outgoing(worded(item, doorbell.skew, ended=not live_ring))
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


def _by_hour(items: Sequence[Planned]) -> Iterator[list[Planned]]:
    """Sorted events in pieces of an hour."""
    piece: list[Planned] = []
    for item in items:
        if piece and item.started_at >= piece[0].started_at + HOUR:
            yield piece
            piece = []
        piece.append(item)
    if piece:
        yield piece


async def _until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - utc_now()).total_seconds()))

"""Who comes by which porch, and when.

Visits follow an inhomogeneous Poisson process: within an hour they fall evenly, and how many an hour brings
depends on the hour, the weekday and the weather. Every (porch, hour) draws from a generator of its own, so a
porch's Tuesday at nine is the same however long the window is that one asks for, and two windows side by side
hold what one long window holds. A scenario multiplies these rates, and adds stories that several porches see.
"""

import hashlib
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, cached_property, lru_cache

import uuid6

from simulator import scenario as scenarios
from simulator.incident import Incident, Look
from simulator.scenario import Scenario, Story

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOST_DOG_PORCHES = 3


@dataclass(frozen=True)
class Porch:
    """What one camera watches. key: stable and unique (the serial). lat, lon: degrees."""

    key: str
    home: str
    name: str
    lat: float
    lon: float
    utc_offset_hours: float

    @cached_property
    def has_bell(self) -> bool:
        return re.search(r"\bdoor(bell)?\b", self.name, re.IGNORECASE) is not None

    @property
    def street(self) -> str:
        """The address without its number."""
        return self.home.partition(" ")[2] or self.home

    @cached_property
    def zone(self) -> timezone:
        return _zone(self.utc_offset_hours)

    @cached_property
    def odd(self) -> bool:
        """Which side of its street it lies on, by the house number. The odd side looks north."""
        number = re.match(r"\d+", self.home)
        return number is not None and int(number[0]) % 2 == 1


@cache
def _zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


@dataclass(frozen=True, slots=True)
class Planned:
    """One event that a device will report. Times are aware, in UTC, to the millisecond.

    id: UUIDv7 made from started_at. device: a Porch.key. kind: "ring" | "motion" | "person" | "package" |
    "tamper". clip: whether the camera films it.
    """

    id: str
    device: str
    kind: str
    started_at: datetime
    ended_at: datetime
    incident: Incident
    clip: bool


# Visits a day, and how they spread: one digit for each local hour, 0 to 23.
VISITS = {
    "visitor": (0.6, "000000001223322344665310"),
    "parcel": (0.7, "000000000123346777642000"),
    "passer-by": (4.0, "100001379643344456787532"),
    "van": (1.2, "000000124556666666532100"),
    "cat": (0.8, "887765310000000000013578"),
    "wind": (0.6, "666665432222222222334566"),
    "tamper": (0.01, "222211000000000000001122"),
}
WALKS = (0.9, "000001588632223245787320")  # dog walks that one home sees a day
LOST_DOGS = (0.7, "000000013555555555420000")  # in the whole town
# Kinds of home: how many of a hundred, and how many times as often somebody comes, by day (8 to 17) and else.
HOMES: dict[str, tuple[int, dict[str, tuple[float, float]]]] = {
    "family": (35, {"visitor": (0.8, 1.5), "parcel": (1.2, 1.2)}),
    "commuters": (30, {"visitor": (0.3, 1.3), "parcel": (1.3, 1.3), "van": (0.8, 1.0)}),
    "retired": (25, {"visitor": (1.8, 0.6), "parcel": (0.6, 0.6)}),
    "corner": (10, {"passer-by": (2.0, 2.0), "van": (1.7, 1.7), "tamper": (1.5, 1.5)}),
}
SKIES = {  # how many times as often, by weather
    "visitor": {"rain": 0.8, "snow": 0.8},
    "passer-by": {"rain": 0.5, "snow": 0.6},
    "dog-walk": {"rain": 0.7, "snow": 0.8},
    "cat": {"rain": 0.3, "snow": 0.5},
    "wind": {"clear": 0.5, "rain": 2.5, "snow": 2.0},
}
_AT_A_DOOR = ("visitor", "parcel", "taken")
_EVENT = {
    "visitor": "ring", "parcel": "package", "taken": "person", "passer-by": "person", "dog-walk": "person",
    "searcher": "person", "carrier": "person", "group": "person", "tamper": "tamper",
}  # fmt: skip
_SECONDS = {
    "visitor": (8, 12), "parcel": (8, 12), "taken": (8, 10), "passer-by": (6, 9), "dog-walk": (6, 9),
    "searcher": (8, 10), "carrier": (6, 8), "group": (7, 10), "dog": (6, 9), "branch": (5, 7),
}  # fmt: skip
_FILMED = {"van": 0.5, "cat": 0.7, "wind": 0.15, "dog": 0.7, "branch": 0.1, "group": 0.5}
_MOST_IN_A_WALK = 5
_SEEN_ACROSS = 0.3  # the chance that a camera wakes up for somebody on the other side of the street


def plan(
    seed: str,
    porches: Sequence[Porch],
    start: datetime,
    end: datetime,
    density: float = 1.0,
    scenario: Scenario | None = None,
    begin: datetime | None = None,
) -> list[Planned]:
    """Everything that starts in [start, end), by (started_at, device, id). See `stream`."""
    return [item for hour in stream(seed, porches, start, end, density, scenario, begin) for item in hour]


def stream(
    seed: str,
    porches: Sequence[Porch],
    start: datetime,
    end: datetime,
    density: float = 1.0,
    scenario: Scenario | None = None,
    begin: datetime | None = None,
) -> Iterator[list[Planned]]:
    """What `plan` gives, in pieces of an hour and with the memory of an hour.

    density multiplies how often everything happens. begin: when the scenario's first day begins; else `start`.
    Raises ValueError for naive times, for a density that is not positive and for porches that share a key.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end must be aware times")
    if not density > 0:
        raise ValueError(f"density must be positive, not {density}")
    if len({porch.key for porch in porches}) != len(porches):
        raise ValueError("two porches share a key")
    life = Life(seed, porches, scenario, begin or start, density)
    return _pieces(life, start, end)


def _pieces(life: "Life", start: datetime, end: datetime) -> Iterator[list[Planned]]:
    waiting = [item for item in life.told if start <= item.started_at < end]
    for hour in _hours(start - HOUR, end):  # a walk that began in the hour before may still be going on
        waiting += (item for item in life.hour(hour) if start <= item.started_at < end)
        ready = [item for item in waiting if item.started_at < hour + HOUR]
        waiting = [item for item in waiting if item.started_at >= hour + HOUR]
        yield sorted(ready, key=_order)
    yield sorted(waiting, key=_order)


def _order(item: Planned) -> tuple[datetime, str, str]:
    return item.started_at, item.device, item.id


def rate(kind: str, local: datetime, weather: str = "clear", home: str | None = None) -> float:
    """Visits an hour of one of VISITS at one porch of a kind of HOMES, in the hour that `local` lies in."""
    return _rate(kind, local.hour, local.weekday(), weather, home)


@cache
def _rate(kind: str, hour: int, weekday: int, weather: str, home: str | None) -> float:
    per_hour = _hourly(*(WALKS if kind == "dog-walk" else VISITS[kind]))[hour]
    if kind == "visitor" and weekday >= 5:
        per_hour *= 1.5
    if kind == "parcel" and weekday == 6:
        per_hour *= 0.3
    if home is not None:
        per_hour *= HOMES[home][1].get(kind, (1.0, 1.0))[0 if 8 <= hour < 17 else 1]
    return per_hour * SKIES.get(kind, {}).get(weather, 1.0)


def weather(seed: str, local: datetime) -> str:
    """The weather in the quarter of a day that `local` lies in; snow falls from December to February."""
    return _weather(seed, local.date(), local.hour // 6)


@lru_cache(maxsize=1000)
def _weather(seed: str, day: date, quarter: int) -> str:
    rng = random.Random(f"{seed}|weather|{day}|{quarter}")
    kinds = ("clear", "cloudy", "snow" if day.month in (12, 1, 2) else "rain", "rain")
    return rng.choices(kinds, weights=(45, 30, 20, 5))[0]


def look(seed: str, porch: Porch) -> Look:
    """How the porch of a device looks: the same for ever."""
    number = int.from_bytes(hashlib.sha256(f"{seed}|look|{porch.key}".encode()).digest()[:4], "big")
    return Look(number, (0.0 if porch.odd else 180.0) + number % 31 - 15)


def kind_of_home(seed: str, porch: Porch) -> str:
    """One of HOMES, the same for all cameras of a home."""
    number = hashlib.sha256(f"{seed}|home|{porch.home}".encode()).digest()[0] * 100 // 256
    for kind, (share, _) in HOMES.items():
        number -= share
        if number < 0:
            return kind
    return "corner"


def offline(
    seed: str, porches: Sequence[Porch], scenario: Scenario | None, begin: datetime
) -> dict[str, list[tuple[datetime, datetime]]]:
    """The spells without network that a scenario imposes, by the key of a porch; those without any are left out."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for number, outage in enumerate(scenario.outages if scenario else ()):
        groups: dict[str, dict[str, list[Porch]]] = defaultdict(lambda: defaultdict(list))
        for porch in porches:
            groups[porch.street if outage.of == "street" else ""][porch.home].append(porch)
        for group, homes in groups.items():
            order = sorted(homes, key=lambda home: _hash(f"{seed}|outage|{number}|{group}|{home}"))
            for home in order[: math.ceil(outage.share * len(order))]:
                for porch in homes[home]:
                    first = scenario.first_day(begin, porch.zone)
                    start = scenarios.moment(first, porch.zone, outage.day, outage.at)
                    found[porch.key].append((start, start + timedelta(hours=outage.hours)))
    return {key: sorted(spells) for key, spells in found.items()}


@cache
def _hourly(per_day: float, shape: str) -> tuple[float, ...]:
    weights = [int(digit) for digit in shape]
    return tuple(per_day * weight / sum(weights) for weight in weights)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour
        hour += HOUR


class Life:
    """One town's visits under one scenario. told: what its stories bring, in any order."""

    def __init__(
        self, seed: str, porches: Sequence[Porch], scenario: Scenario | None, begin: datetime, density: float = 1.0
    ):
        self._seed, self._porches, self._density = seed, porches, density
        self._scenario, self._begin = scenario, begin
        self._kinds = {porch.key: kind_of_home(seed, porch) for porch in porches}
        first: dict[str, Porch] = {}  # of each home the camera at its door, or another
        for porch in porches:
            if porch.home not in first or (porch.has_bell and not first[porch.home].has_bell):
                first[porch.home] = porch
        self._homes = sorted(first.values(), key=lambda porch: porch.key)
        streets: dict[str, list[Porch]] = defaultdict(list)
        for porch in self._homes:
            streets[porch.street].append(porch)
        self._streets = {name: _in_a_row(street) for name, street in streets.items()}
        self._headings = {name: _heading(street) for name, street in streets.items()}
        self._crowds: list[set[str]] = []
        for number, crowd in enumerate(scenario.crowds if scenario else ()):
            order = sorted(porches, key=lambda porch: _hash(f"{seed}|crowd|{number}|{porch.key}"))
            self._crowds.append({porch.key for porch in order[: math.ceil(crowd.share * len(order))]})
        self.told = [item for story in (scenario.stories if scenario else ()) for item in self._tell(story)]

    def sky(self, local: datetime) -> str:
        imposed = self._scenario and self._scenario.sky(self._begin, local)
        return imposed or weather(self._seed, local)

    def hour(self, hour: datetime) -> Iterator[Planned]:
        """Everything that begins in an hour, in no order; the end of a walk may lie in the next."""
        stamp = f"{hour:%Y%m%d%H}|{self._density:g}"
        for porch in self._porches:
            rng = random.Random(f"{self._seed}|{porch.key}|{stamp}")
            yield from self._own(rng, porch, hour)
        for street, row in self._streets.items():
            rng = random.Random(f"{self._seed}|street|{street}|{stamp}")
            yield from self._walks(rng, row, hour)
        rng = random.Random(f"{self._seed}|town|{stamp}")
        yield from self._lost_dogs(rng, hour)
        for number, keys in enumerate(self._crowds):
            for porch in self._porches:
                if porch.key in keys:
                    rng = random.Random(f"{self._seed}|crowd|{number}|{porch.key}|{stamp}")
                    yield from self._crowd(rng, number, porch, hour)

    def _often(self, rng: random.Random, what: str, hour: datetime, per_hour: float, zone: timezone) -> list[datetime]:
        """When something happens within an hour: a Poisson process, thinned to what the scenario says."""
        if self._scenario is None:
            return _moments(rng, hour, self._density * per_hour)
        most = self._scenario.most(what)
        return [
            moment
            for moment in _moments(rng, hour, self._density * per_hour * most)
            if rng.random() * most < self._scenario.factor(what, self._begin, moment.astimezone(zone))
        ]

    def _own(self, rng: random.Random, porch: Porch, hour: datetime) -> Iterator[Planned]:
        """What happens at one porch alone."""
        local = hour.astimezone(porch.zone)
        sky, home, hour_, weekday = self.sky(local), self._kinds[porch.key], local.hour, local.weekday()
        for kind in VISITS:
            if kind in _AT_A_DOOR and not porch.has_bell:
                continue
            for moment in self._often(rng, kind, hour, _rate(kind, hour_, weekday, sky, home), porch.zone):
                shared = rng.getrandbits(32)
                yield self._planned(rng, porch, kind, shared, moment)
                if kind == "parcel" and rng.random() < 0.5:  # half of the couriers ring, too
                    rung = moment + timedelta(seconds=rng.uniform(1, 4))
                    yield self._planned(rng, porch, kind, shared, rung, event="ring", filmed=0)

    def _crowd(self, rng: random.Random, number: int, porch: Porch, hour: datetime) -> Iterator[Planned]:
        crowd = self._scenario.crowds[number]
        first = self._scenario.first_day(self._begin, porch.zone)
        for moment in _moments(rng, hour, self._density * crowd.per_hour):
            if crowd.span.covers(first, moment.astimezone(porch.zone)):
                yield self._planned(rng, porch, crowd.what, rng.getrandbits(32), moment)

    def _walks(self, rng: random.Random, row: Sequence[Porch], hour: datetime) -> Iterator[Planned]:
        """Somebody walks a dog along one side of a street. The homes on that side see it pass one after another,
        at the pace of the walker; some of the other side see it, too, farther away and the other way round."""
        local = hour.astimezone(row[0].zone)
        per_home = _rate("dog-walk", local.hour, local.weekday(), self.sky(local), None)
        mean = (2 + _MOST_IN_A_WALK) / 2
        for moment in self._often(rng, "dog-walk", hour, len(row) / mean * per_home, row[0].zone):
            shared = rng.getrandbits(32)
            first = rng.randrange(len(row))
            passed = row[first : first + rng.randint(2, _MOST_IN_A_WALK)]
            odd = passed[0].odd
            if rng.random() < 0.5:
                passed = passed[::-1]
            pace = rng.uniform(1.0, 1.5)
            for porch in passed:
                there = moment + timedelta(seconds=_along(passed[0], porch, self._headings[porch.street]) / pace)
                far = porch.odd != odd
                if not far or rng.random() < _SEEN_ACROSS:
                    way = _across(passed[0], passed[-1], porch)
                    yield self._planned(rng, porch, "dog-walk", shared, there, way=way, far=far)

    def _lost_dogs(self, rng: random.Random, hour: datetime) -> Iterator[Planned]:
        """A dog without its people crosses three porches, each time on to the nearest it has not yet seen."""
        if not self._homes:
            return
        local = hour.astimezone(self._homes[0].zone)
        per_hour = _hourly(*LOST_DOGS)[local.hour]
        for moment in self._often(rng, "lost-dog", hour, per_hour, self._homes[0].zone):
            dog = rng.getrandbits(32)
            route = _nearest(rng.choice(self._homes), self._homes, LOST_DOG_PORCHES)
            for number, porch in enumerate(route):
                way = _across(*_leg(route, number), porch)
                yield self._planned(rng, porch, "dog", dog, moment, filmed=1, way=way)
                moment += timedelta(seconds=rng.uniform(40, 120))

    def _tell(self, story: Story) -> Iterator[Planned]:
        """Every step of a story, on every porch that it passes; each time elsewhere."""
        for time in range(story.times if self._homes else 0):
            rng = random.Random(f"{self._seed}|story|{story.name}|{time}|{len(self._homes)}")
            shared, route = rng.getrandbits(32), self._route(rng, story.porches)
            for step in story.steps:
                way = {"there": route, "back": route[::-1], "first": route[:1], "last": route[-1:]}[step.route]
                first = self._scenario.first_day(self._begin, way[0].zone)
                moment = scenarios.moment(first, way[0].zone, step.day, step.at).astimezone(UTC)
                moment += timedelta(seconds=rng.uniform(0, 50))
                for number, porch in enumerate(way):
                    if number:
                        gone = _metres(way[number - 1], porch) / step.pace
                        moment += timedelta(seconds=(step.linger + gone) * rng.uniform(0.9, 1.1))
                    if step.what not in _AT_A_DOOR or porch.has_bell:
                        across = _across(*_leg(way, number), porch) if len(way) > 1 else 0
                        yield self._planned(rng, porch, step.what, shared, moment, filmed=1, way=across)

    def _route(self, rng: random.Random, count: int) -> list[Porch]:
        """Homes next to each other on one side of a street; in a town too small for that, the nearest ones."""
        rows = [
            side
            for row in self._streets.values()
            for side in ([p for p in row if p.odd], [p for p in row if not p.odd])
            if len(side) >= count
        ]
        if not rows:
            return _nearest(rng.choice(self._homes), self._homes, count)
        row = rng.choice(rows)
        first = rng.randint(0, len(row) - count)
        route = row[first : first + count]
        return route if rng.random() < 0.5 else route[::-1]

    def _planned(
        self,
        rng: random.Random,
        porch: Porch,
        kind: str,
        shared: int,
        moment: datetime,
        event: str | None = None,
        filmed: float | None = None,
        way: int = 0,
        far: bool = False,
    ) -> Planned:
        """shared: the seed of the incident. filmed: the chance of a clip."""
        started_at = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        milliseconds = (started_at - EPOCH) // timedelta(milliseconds=1)
        seconds = rng.randint(*(2 * edge for edge in _SECONDS.get(kind, (6, 8)))) / 2
        local = started_at.astimezone(porch.zone)
        chance = _FILMED.get(kind, 1.0) if filmed is None else filmed
        return Planned(
            id=str(uuid6.UUID(int=milliseconds << 80 | rng.getrandbits(76), version=7)),
            device=porch.key,
            kind=event or _EVENT.get(kind, "motion"),
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=seconds),
            incident=Incident(kind, shared, local, self.sky(local), seconds, way, far),
            clip=rng.random() < chance,
        )


def _in_a_row(homes: Sequence[Porch]) -> list[Porch]:
    """The homes of a street from west to east, by where their doors are along it."""
    x, y = _heading(homes)
    first = homes[0]

    def along(porch: Porch) -> float:
        east, north = _offset(first, porch)
        return x * east + y * north

    return sorted(homes, key=lambda porch: (along(porch), porch.key))


def _heading(homes: Sequence[Porch]) -> tuple[float, float]:
    """Which way a street goes, as a vector (east, north) of length 1."""
    ends = [pick(homes, key=lambda porch: (porch.lon, porch.lat, porch.key)) for pick in (min, max)]
    x, y = _offset(*ends)
    long = math.hypot(x, y) or 1.0
    return x / long, y / long


def _nearest(first: Porch, homes: Sequence[Porch], count: int) -> list[Porch]:
    """A way from porch to porch, each time on to the nearest that was not yet passed."""
    route, left = [first], [porch for porch in homes if porch is not first]
    while left and len(route) < count:
        here = route[-1]
        route.append(min(left, key=lambda porch: (_metres(here, porch), porch.key)))
        left.remove(route[-1])
    return route


def _leg(route: Sequence[Porch], number: int) -> tuple[Porch, Porch]:
    """Where somebody who passes porch `number` comes from, and goes to."""
    last = len(route) - 1
    return route[max(0, min(number, last - 1))], route[min(last, number + 1)]


def _across(came: Porch, goes: Porch, seen_from: Porch) -> int:
    """The direction in the picture of one porch: 1 from left to right, -1 from right to left, 0 if it stays."""
    east = goes.lon - came.lon
    if came.key == goes.key or not east:
        return 0
    return 1 if (east > 0) == seen_from.odd else -1  # the odd side looks north, and so has the east on its right


def _along(one: Porch, other: Porch, heading: tuple[float, float]) -> float:
    """Metres between two homes, measured along their street."""
    x, y = _offset(one, other)
    return abs(x * heading[0] + y * heading[1])


def _moments(rng: random.Random, hour: datetime, per_hour: float) -> list[datetime]:
    """A Poisson process of constant rate over one hour: exponential gaps."""
    moments = []
    passed = 0.0
    while per_hour > 0:
        passed += rng.expovariate(per_hour)
        if passed >= 1:
            break
        moments.append(hour + passed * HOUR)
    return moments


def _offset(one: Porch, other: Porch) -> tuple[float, float]:
    """Metres east and north from one porch to another, over flat ground."""
    east = (other.lon - one.lon) * 111_320 * math.cos(math.radians(one.lat))
    return east, (other.lat - one.lat) * 110_574


def _metres(one: Porch, other: Porch) -> float:
    return math.hypot(*_offset(one, other))

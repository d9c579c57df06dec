"""Who comes by which porch, and when.

Visits follow an inhomogeneous Poisson process: within an hour they fall evenly, and how many an hour brings
depends on the hour, the weekday and the weather. Every (porch, hour) draws from a generator of its own, so a
porch's Tuesday at nine is the same however long the window is that one asks for, and two windows side by side
hold what one long window holds.
"""

import hashlib
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, cached_property, lru_cache

import uuid6

from simulator.incident import Incident, Look

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
        return timezone(timedelta(hours=self.utc_offset_hours))


@dataclass(frozen=True)
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
_AT_A_DOOR = ("visitor", "parcel")
_EVENT = {"visitor": "ring", "parcel": "package", "passer-by": "person", "tamper": "tamper"}
_SECONDS = {"visitor": (8, 12), "parcel": (8, 12), "passer-by": (6, 9), "dog": (6, 9)}
_FILMED = {"van": 0.5, "cat": 0.7, "wind": 0.15, "dog": 0.7}
_MOST_IN_A_WALK = 5


def plan(
    seed: str, porches: Sequence[Porch], start: datetime, end: datetime, density: float = 1.0
) -> list[Planned]:
    """Everything that starts in [start, end), by (started_at, device, id).

    density multiplies how often everything happens. Raises ValueError for naive times, for a density that is
    not positive and for porches that share a key.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end must be aware times")
    if not density > 0:
        raise ValueError(f"density must be positive, not {density}")
    if len({porch.key for porch in porches}) != len(porches):
        raise ValueError("two porches share a key")
    homes = sorted({porch.home: porch for porch in reversed(porches)}.values(), key=lambda porch: porch.key)
    streets = defaultdict(list)  # one porch of each home, in a row
    for porch in sorted(homes, key=lambda porch: (porch.lon, porch.lat, porch.key)):
        streets[porch.street].append(porch)
    found = [
        planned
        for hour in _hours(start - HOUR, end)  # a walk that began in the hour before may still be going on
        for planned in _in_hour(seed, porches, homes, streets, hour, density)
        if start <= planned.started_at < end
    ]
    return sorted(found, key=lambda planned: (planned.started_at, planned.device, planned.id))


def rate(kind: str, local: datetime, weather: str = "clear") -> float:
    """Visits an hour of one of VISITS at one porch, in the hour that `local` lies in."""
    per_hour = _per_hour(VISITS[kind], local)
    if kind == "visitor" and local.weekday() >= 5:
        return per_hour * 1.5
    if kind == "parcel" and local.weekday() == 6:
        return per_hour * 0.3
    if kind == "wind":
        return per_hour * {"clear": 0.5, "cloudy": 1.0, "rain": 2.5, "snow": 2.0}[weather]
    return per_hour


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
    return Look(int.from_bytes(hashlib.sha256(f"{seed}|look|{porch.key}".encode()).digest()[:4], "big"))


def _per_hour(visits: tuple[float, str], local: datetime) -> float:
    return _hourly(*visits)[local.hour]


@cache
def _hourly(per_day: float, shape: str) -> tuple[float, ...]:
    weights = [int(digit) for digit in shape]
    return tuple(per_day * weight / sum(weights) for weight in weights)


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour
        hour += HOUR


def _in_hour(
    seed: str,
    porches: Sequence[Porch],
    homes: Sequence[Porch],
    streets: Mapping[str, Sequence[Porch]],
    hour: datetime,
    density: float,
) -> Iterator[Planned]:
    """homes: one porch of each. streets: those by street, in a row."""
    stamp = f"{hour:%Y%m%d%H}|{density:g}"
    for porch in porches:
        rng = random.Random(f"{seed}|{porch.key}|{stamp}")
        yield from _own(rng, seed, porch, hour, density)
    for street, row in streets.items():
        rng = random.Random(f"{seed}|street|{street}|{stamp}")
        yield from _walks(rng, seed, row, hour, density)
    rng = random.Random(f"{seed}|town|{stamp}")
    yield from _lost_dogs(rng, seed, homes, hour, density)


def _own(rng: random.Random, seed: str, porch: Porch, hour: datetime, density: float) -> Iterator[Planned]:
    """What happens at one porch alone."""
    local = hour.astimezone(porch.zone)
    sky = weather(seed, local)
    for kind in VISITS:
        if kind in _AT_A_DOOR and not porch.has_bell:
            continue
        for moment in _moments(rng, hour, density * rate(kind, local, sky)):
            shared = rng.getrandbits(32)
            yield _planned(rng, seed, porch, kind, shared, moment)
            if kind == "parcel" and rng.random() < 0.5:  # half of the couriers ring, too
                rung = moment + timedelta(seconds=rng.uniform(1, 4))
                yield _planned(rng, seed, porch, kind, shared, rung, event="ring", filmed=0)


def _walks(
    rng: random.Random, seed: str, row: Sequence[Porch], hour: datetime, density: float
) -> Iterator[Planned]:
    """Somebody walks a dog along a street: some homes in a row see the same dog, one after another."""
    local = hour.astimezone(row[0].zone)
    mean = (2 + _MOST_IN_A_WALK) / 2
    for moment in _moments(rng, hour, density * len(row) / mean * _per_hour(WALKS, local)):
        dog = rng.getrandbits(32)
        first = rng.randrange(len(row))
        passed = row[first : first + rng.randint(2, _MOST_IN_A_WALK)]
        yield from _along(rng, seed, passed if rng.random() < 0.5 else passed[::-1], dog, moment, (15, 40))


def _lost_dogs(
    rng: random.Random, seed: str, homes: Sequence[Porch], hour: datetime, density: float
) -> Iterator[Planned]:
    """A dog without its people crosses three porches, each time on to the nearest it has not yet seen."""
    if not homes:
        return
    local = hour.astimezone(homes[0].zone)
    for moment in _moments(rng, hour, density * _per_hour(LOST_DOGS, local)):
        dog = rng.getrandbits(32)
        route = [rng.choice(homes)]
        left = [porch for porch in homes if porch is not route[0]]
        while left and len(route) < LOST_DOG_PORCHES:
            here = route[-1]
            route.append(min(left, key=lambda porch: (_metres(here, porch), porch.key)))
            left.remove(route[-1])
        yield from _along(rng, seed, route, dog, moment, (40, 120), filmed=1)


def _along(
    rng: random.Random,
    seed: str,
    route: Iterable[Porch],
    dog: int,
    moment: datetime,
    gap: tuple[float, float],
    filmed: float = _FILMED["dog"],
) -> Iterator[Planned]:
    """gap: seconds from one porch to the next, at least and at most."""
    for porch in route:
        yield _planned(rng, seed, porch, "dog", dog, moment, filmed=filmed)
        moment += timedelta(seconds=rng.uniform(*gap))


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


def _planned(
    rng: random.Random,
    seed: str,
    porch: Porch,
    kind: str,
    shared: int,
    moment: datetime,
    event: str | None = None,
    filmed: float | None = None,
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
        incident=Incident(kind, shared, local, weather(seed, local), seconds),
        clip=rng.random() < chance,
    )


def _metres(one: Porch, other: Porch) -> float:
    """The distance of two porches of one town, over flat ground."""
    east = (one.lon - other.lon) * 111_320 * math.cos(math.radians(one.lat))
    return math.hypot(east, (one.lat - other.lat) * 110_574)

"""Scenarios: small TOML files that say how life in a town differs from a quiet week.

`read` refuses a wrong file with the line and the reason. docs/scenarios.md describes the format.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from simulator.incident import KINDS, WEATHERS

BUILT_IN = Path(__file__).parent / "scenarios"
DAY = timedelta(days=1)
MINUTES = 24 * 60
LIFE = ("visitor", "parcel", "passer-by", "dog-walk", "lost-dog", "van", "cat", "wind", "tamper")
CROWD = ("group", "passer-by", "dog-walk", "branch", "wind", "van", "cat")  # what a crowd can consist of
STEPS = tuple(kind for kind in KINDS if kind != "nothing")
ROUTES = ("there", "back", "first", "last")
LAST_POSTED, LAST_REPLY = date(2024, 1, 31), date(2024, 2, 29)  # when requests ended
FIRST_PUBLIC = date(2021, 6, 7)


class WrongScenario(ValueError):
    """A file that is no scenario. The message names the file, the line and the reason."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day. day: 1 for the scenario's first day, None for every day. begin, until: minutes after midnight,
    local; where until is not after begin it lies on the next morning."""

    day: int | None
    begin: int
    until: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=(self.until - self.begin) % MINUTES or MINUTES)

    def covers(self, first: date, local: datetime) -> bool:
        """Whether a local moment lies in it. first: the scenario's first day."""
        if self.day is not None:
            begin = moment(first, local.tzinfo, self.day, self.begin)
            return begin <= local < begin + self.length
        minute = local.hour * 60 + local.minute
        return (minute - self.begin) % MINUTES < self.length / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Weather:
    span: Span
    sky: str


@dataclass(frozen=True, slots=True)
class Busy:
    """A time when something is more, or less, frequent: `factor` times as often."""

    span: Span
    what: str
    factor: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Something that a quiet week does not have: `per_hour` at each of `share` of the cameras."""

    span: Span
    what: str
    per_hour: float
    share: float


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a story. at: minutes after midnight. route: one of ROUTES, over the story's porches.
    pace: metres per second. linger: seconds in front of each porch."""

    what: str
    day: int
    at: int
    route: str
    pace: float
    linger: float


@dataclass(frozen=True, slots=True)
class Story:
    """Something that several porches in a row see. times: how often it happens, each time elsewhere."""

    name: str
    porches: int
    times: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Outage:
    """share of the homes of each street (or of the town) without a network. at: minutes after midnight."""

    day: int
    at: int
    hours: float
    share: float
    of: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The closed requests of a town that had them. first, last: days of posting."""

    requests: int
    first: date
    last: date
    agencies: tuple[str, ...]


@dataclass(frozen=True)
class Scenario:
    """What differs from a quiet week. life: factors by kind of visit, 1.0 where it says nothing."""

    name: str
    title: str
    about: str
    days: float = 1.0
    life: Mapping[str, float] = field(default_factory=dict)
    weather: tuple[Weather, ...] = ()
    busy: tuple[Busy, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    stories: tuple[Story, ...] = ()
    outages: tuple[Outage, ...] = ()
    archive: Archive | None = None

    @cached_property
    def earliest(self) -> int:
        """Minutes after midnight of the first thing that it does on its first day; MINUTES when there is none."""
        spans = (item.span for item in (*self.weather, *self.busy, *self.crowds))
        times = [span.begin for span in spans if span.day == 1]
        times += [step.at for story in self.stories for step in story.steps if step.day == 1]
        times += [outage.at for outage in self.outages if outage.day == 1]
        return min(times, default=MINUTES)

    def first_day(self, start: datetime, zone: tzinfo | None) -> date:
        """The day, by local clocks, that is its day 1 when it starts at `start`: that one, or the next when what it
        does first would be over already. So it happens in its order, whenever one starts it."""
        return _first_day(self.earliest, start, zone)

    def sky(self, start: datetime, local: datetime) -> str | None:
        """The weather that it imposes, the last of several; None where it leaves the town's own."""
        if not self.weather:
            return None
        first = self.first_day(start, local.tzinfo)
        return next((item.sky for item in reversed(self.weather) if item.span.covers(first, local)), None)

    def most(self, what: str) -> float:
        """The highest factor that a kind of visit may have at any time."""
        top = self.life.get(what, 1.0)
        for item in self.busy:
            if item.what == what and item.factor > 1:
                top *= item.factor
        return top

    def factor(self, what: str, start: datetime, local: datetime) -> float:
        found = self.life.get(what, 1.0)
        if self.busy:
            first = self.first_day(start, local.tzinfo)
            for item in self.busy:
                if item.what == what and item.span.covers(first, local):
                    found *= item.factor
        return found


@lru_cache(maxsize=100)
def _first_day(earliest: int, start: datetime, zone: tzinfo | None) -> date:
    local = start.astimezone(zone)
    return local.date() + (DAY if local.hour * 60 + local.minute > earliest else timedelta())


def moment(first: date, zone: tzinfo | None, day: int, minute: int) -> datetime:
    """When it is `minute` after midnight on a scenario's `day`; aware, local."""
    return datetime.combine(first, time(), zone) + timedelta(days=day - 1, minutes=minute)


def names() -> list[str]:
    """The scenarios that come with the simulator."""
    return sorted(path.stem for path in BUILT_IN.glob("*.toml"))


def find(name: str) -> Path:
    """The file of a scenario: one that comes with the simulator, or a path. Raises WrongScenario."""
    path = BUILT_IN / f"{name}.toml" if re.fullmatch(r"[a-z0-9-]+", name) else Path(name)
    if not path.is_file():
        raise WrongScenario(f"there is no scenario {name!r}: choose one of {', '.join(names())}, or give a file")
    return path


def load(name: str) -> Scenario:
    """By name or path. Raises WrongScenario."""
    path = find(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongScenario(f"{path}: {error}") from error
    return read(text, path.stem, str(path))


def read(text: str, name: str, file: str = "scenario") -> Scenario:
    """Raises WrongScenario."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        number = line.group(1) if line else str(text.count("\n") + 1)
        raise WrongScenario(f"{file}, line {number}: {reason}") from error
    return _Reader(file, _lines(text)).scenario(name, body)


_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")
Path_ = tuple[str | int, ...]


def _lines(text: str) -> dict[Path_, int]:
    """Line numbers by place, e.g. ("story", 0, "step", 1, "at"). Good enough for tables and plain keys."""
    found: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    here: Path_ = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            place: Path_ = ()
            parts = header.group(2).split(".")
            for part in parts[:-1]:
                place += (part,)
                if place in counts:
                    place += (counts[place] - 1,)
            place += (parts[-1],)
            found.setdefault(place, number)
            if header.group(1) == "[[":
                counts[place] = counts.get(place, 0) + 1
                for below in [old for old in counts if old[: len(place)] == place and old != place]:
                    del counts[below]
                place += (counts[place] - 1,)
            found[place] = number
            here = place
        elif key := _KEY.match(line):
            found.setdefault((*here, key.group(1)), number)
    return found


class _Reader:
    """Turns what TOML gave into a Scenario, and says which line was wrong."""

    def __init__(self, file: str, lines: dict[Path_, int]):
        self._file, self._lines = file, lines

    def wrong(self, place: Path_, reason: str) -> WrongScenario:
        near = place
        while near and near not in self._lines:
            near = near[:-1]
        return WrongScenario(f"{self._file}, line {self._lines.get(near, 1)}: {reason}")

    def scenario(self, name: str, body: dict[str, Any]) -> Scenario:
        self.known((), body, "title", "about", "days", "life", "weather", "busy", "crowd", "story", "outage", "archive")
        life = self.table(("life",), body.get("life", {}))
        self.known(("life",), life, *LIFE)
        return Scenario(
            name=name,
            title=self.words((), body, "title"),
            about=self.words((), body, "about"),
            days=self.number((), body, "days", 1.0, least=0.01, most=366),
            life={key: self.number(("life",), life, key, least=0, most=1000) for key in life},
            weather=self.tables(body, "weather", self.weather),
            busy=self.tables(body, "busy", self.busy),
            crowds=self.tables(body, "crowd", self.crowd),
            stories=self.tables(body, "story", self.story),
            outages=self.tables(body, "outage", self.outage),
            archive=self.archive(self.table(("archive",), body["archive"])) if "archive" in body else None,
        )

    def weather(self, place: Path_, item: dict[str, Any]) -> Weather:
        self.known(place, item, "day", "from", "until", "sky")
        return Weather(self.span(place, item), self.one_of(place, item, "sky", WEATHERS))

    def busy(self, place: Path_, item: dict[str, Any]) -> Busy:
        self.known(place, item, "day", "from", "until", "what", "factor")
        factor = self.number(place, item, "factor", least=0, most=1000)
        return Busy(self.span(place, item), self.one_of(place, item, "what", LIFE), factor)

    def crowd(self, place: Path_, item: dict[str, Any]) -> Crowd:
        self.known(place, item, "day", "from", "until", "what", "per_hour", "share")
        return Crowd(
            self.span(place, item),
            self.one_of(place, item, "what", CROWD),
            self.number(place, item, "per_hour", least=0, most=240),
            self.number(place, item, "share", 1.0, least=0, most=1),
        )

    def story(self, place: Path_, item: dict[str, Any]) -> Story:
        self.known(place, item, "name", "porches", "times", "step")
        steps = item.get("step")
        if not isinstance(steps, list) or not steps:
            raise self.wrong(place, "a story needs at least one [[story.step]]")
        return Story(
            self.words(place, item, "name"),
            self.whole(place, item, "porches", 1, most=50),
            self.whole(place, item, "times", 1, most=1000),
            tuple(
                self.step((*place, "step", n), self.table((*place, "step", n), step)) for n, step in enumerate(steps)
            ),
        )

    def step(self, place: Path_, item: dict[str, Any]) -> Step:
        self.known(place, item, "what", "day", "at", "route", "pace", "linger")
        return Step(
            self.one_of(place, item, "what", STEPS),
            self.whole(place, item, "day", 1, most=366),
            self.time(place, item, "at"),
            self.one_of(place, item, "route", ROUTES, "there"),
            self.number(place, item, "pace", 1.3, least=0.1, most=20),
            self.number(place, item, "linger", 0.0, least=0, most=3600),
        )

    def outage(self, place: Path_, item: dict[str, Any]) -> Outage:
        self.known(place, item, "day", "at", "hours", "share", "of")
        return Outage(
            self.whole(place, item, "day", 1, most=366),
            self.time(place, item, "at"),
            self.number(place, item, "hours", least=0.01, most=160),
            self.number(place, item, "share", 1.0, least=0, most=1),
            self.one_of(place, item, "of", ("street", "town"), "town"),
        )

    def archive(self, item: dict[str, Any]) -> Archive:
        place: Path_ = ("archive",)
        self.known(place, item, "requests", "from", "until", "agencies")
        first, last = self.day(place, item, "from"), self.day(place, item, "until")
        if not FIRST_PUBLIC <= first <= last <= LAST_POSTED:
            raise self.wrong(
                (*place, "from"), f"public requests were posted from {FIRST_PUBLIC} to {LAST_POSTED}, in that order"
            )
        agencies = item.get("agencies")
        if not isinstance(agencies, list) or not agencies or not all(agencies) or not _all_text(agencies):
            raise self.wrong((*place, "agencies"), "agencies: a list of at least one name")
        return Archive(self.whole(place, item, "requests", most=100_000), first, last, tuple(agencies))

    def span(self, place: Path_, item: dict[str, Any]) -> Span:
        day = self.whole(place, item, "day", most=366) if "day" in item else None
        whole = "from" not in item and "until" not in item
        begin = 0 if whole else self.time(place, item, "from")
        return Span(day, begin, begin if whole else self.time(place, item, "until"))

    def tables(self, body: dict[str, Any], key: str, make: Callable) -> tuple:
        items = body.get(key, [])
        if not isinstance(items, list):
            raise self.wrong((key,), f"write [[{key}]] with two brackets: there may be several")
        return tuple(make((key, n), self.table((key, n), item)) for n, item in enumerate(items))

    def table(self, place: Path_, item: object) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise self.wrong(place, f"{place[0]} must be a table")
        return item

    def known(self, place: Path_, item: dict[str, Any], *keys: str) -> None:
        for key in item:
            if key not in keys:
                raise self.wrong((*place, key), f"{key!r} is not known here; known are {', '.join(keys)}")

    def need(self, place: Path_, item: dict[str, Any], key: str, default: Any = None) -> Any:
        value = item.get(key, default)
        if value is None:
            raise self.wrong(place, f"{key!r} is missing")
        return value

    def words(self, place: Path_, item: dict[str, Any], key: str) -> str:
        value = self.need(place, item, key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong((*place, key), f"{key}: some words in quotes")
        return value.strip()

    def one_of(
        self, place: Path_, item: dict[str, Any], key: str, choices: tuple[str, ...], default: str | None = None
    ) -> str:
        value = self.need(place, item, key, default)
        if value not in choices:
            raise self.wrong((*place, key), f"{key}: {value!r} is none of {', '.join(choices)}")
        return value

    def number(
        self, place: Path_, item: dict[str, Any], key: str, default: float | None = None, *, least: float, most: float
    ) -> float:
        value = self.need(place, item, key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong((*place, key), f"{key}: a number from {least:g} to {most:g}, not {value!r}")
        return float(value)

    def whole(self, place: Path_, item: dict[str, Any], key: str, default: int | None = None, *, most: int) -> int:
        value = self.need(place, item, key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.wrong((*place, key), f"{key}: a whole number from 1 to {most}, not {value!r}")
        return value

    def time(self, place: Path_, item: dict[str, Any], key: str) -> int:
        """Minutes after midnight."""
        value = self.need(place, item, key)
        match = re.fullmatch(r"(\d{1,2}):(\d{2})", value) if isinstance(value, str) else None
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            raise self.wrong((*place, key), f'{key}: a time of day in quotes, such as "17:05", not {value!r}')
        return int(match[1]) * 60 + int(match[2])

    def day(self, place: Path_, item: dict[str, Any], key: str) -> date:
        value = self.need(place, item, key)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong((*place, key), f"{key}: a day without quotes, such as 2023-05-01, not {value!r}")
        return value


def _all_text(items: list[Any]) -> bool:
    return all(isinstance(item, str) for item in items)

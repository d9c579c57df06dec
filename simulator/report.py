"""What a run did: counts and latencies for the final report, its course over time, and progress while it lasts."""

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

_KEPT = 20_000  # latencies of each kind; older ones are forgotten
_ROWS = 600  # of the course; beyond, two become one


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, share from 0 to 1; None when there are no values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _latencies() -> deque[float]:
    return deque(maxlen=_KEPT)


@dataclass(slots=True)
class Row:
    """One interval of a run. seconds: its end, since the run began. events: acknowledged in it. calls: answered in
    it. backlog: events that wait in devices at its end. p50, p95, p99: milliseconds, None without a call."""

    seconds: float
    events: int
    calls: int
    backlog: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Course:
    """A run over time, in at most _ROWS rows of equal length: when there are more, two become one."""

    def __init__(self) -> None:
        self.interval = 1.0  # seconds
        self.rows: list[Row] = []
        self._events = 0
        self._recent: list[float] = []

    def answered(self, seconds: float) -> None:
        self._recent.append(seconds)

    def tick(self, seconds: float, acknowledged: int, backlog: int) -> None:
        """End a row. acknowledged: events so far."""
        row = Row(round(seconds, 2), acknowledged - self._events, len(self._recent), backlog)
        if self._recent:
            row.p50, row.p95, row.p99 = (
                round(1000 * (percentile(self._recent, share) or 0), 1) for share in (0.5, 0.95, 0.99)
            )
        self._events, self._recent = acknowledged, []
        self.rows.append(row)
        if len(self.rows) >= _ROWS:
            self.interval *= 2
            self.rows = [_joined(*self.rows[at : at + 2]) for at in range(0, len(self.rows), 2)]


def _joined(one: Row, other: Row | None = None) -> Row:
    """Two rows as one; of percentiles the higher, which hides nothing."""
    if other is None:
        return one

    def higher(a: float | None, b: float | None) -> float | None:
        return max((value for value in (a, b) if value is not None), default=None)

    return Row(
        other.seconds,
        one.events + other.events,
        one.calls + other.calls,
        max(one.backlog, other.backlog),
        higher(one.p50, other.p50),
        higher(one.p95, other.p95),
        higher(one.p99, other.p99),
    )


@dataclass
class Tally:
    """One run's counts.

    Events, each counted once: `sent` is the distinct events put on the wire; of them the portal
    `acknowledged` or `rejected` some (why: `reasons`). `accepted` and `duplicate` count its answers.
    `dropped` and `clips_dropped` fell out of a full queue; of the dropped events those
    `in_doubt` had been sent, but no answer came: the portal may have them; `undelivered` still waited at the end;
    `undrawn` events went out without their clip. `lost` and `clips_lost` were acknowledged and later denied: the
    portal answered as if it had never seen them. `verified` and `clips_verified` were asked for again at the end.
    probes: what the portal answered to requests that it had to refuse.
    latencies: seconds by kind of call that was answered.
    """

    paired: int = 0
    not_paired: int = 0
    stopped: int = 0
    sent: int = 0
    acknowledged: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    dropped: int = 0
    in_doubt: int = 0
    undelivered: int = 0
    clips_sent: int = 0
    clips_stored: int = 0
    clips_refused: int = 0
    clips_dropped: int = 0
    posters_stored: int = 0
    undrawn: int = 0
    statuses: int = 0
    restarts: int = 0
    retries: int = 0
    verified: int = 0
    clips_verified: int = 0
    lost: int = 0
    clips_lost: int = 0
    seconds: float = 0.0
    backlog: int = 0  # events that wait just now
    reasons: Counter[str] = field(default_factory=Counter)
    probes: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(_latencies))
    course: Course = field(default_factory=Course)
    lost_ids: set[str] = field(default_factory=set)

    @property
    def taken(self) -> int:
        """Requests that the portal had to refuse and did not."""
        return sum(count for answer, count in self.probes.items() if answer.startswith("taken"))

    @contextmanager
    def timing(self, kind: str) -> Iterator[None]:
        """Measure a call that succeeds."""
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        self.latencies[kind].append(took)
        self.course.answered(took)

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in vars(self).items() if isinstance(value, int) and name != "backlog"}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every count by its name, latencies in milliseconds, the course row by row."""
        latencies = {
            kind: {
                "calls": len(values),
                **{f"p{share}_ms": round(1000 * (percentile(values, share / 100) or 0), 1) for share in (50, 95, 99)},
            }
            for kind, values in sorted(self.latencies.items())
        }
        names = Row.__slots__
        return self.counts() | {
            "seconds": round(self.seconds, 2),
            "reasons": dict(sorted(self.reasons.items())),
            "probes": dict(sorted(self.probes.items())),
            "latencies": latencies,
            "course": [{name: getattr(row, name) for name in names} for row in self.course.rows],
        }

    def note(self) -> str:
        """Where the run stands, in a few words."""
        last = self.course.rows[-1] if self.course.rows else None
        rate = f"{last.events / self.course.interval:.0f}/s, " if last else ""
        slow = f", p95 {last.p95:.0f} ms" if last and last.p95 is not None else ""
        return f"{rate}{self.acknowledged} acknowledged, {self.backlog} waiting{slow}"


class Screen:
    """Progress for people: bars on a terminal, else a plain line for a step's start and each quarter."""

    def __init__(self, console: Console | None = None):
        self._console = console or Console(highlight=False)

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def event(self, line: str) -> None:
        """One thing of many: shown on a terminal, left out of a log."""
        if self._console.is_terminal:
            self.say(line)

    @contextmanager
    def step(self, name: str, total: int, tally: Tally | None = None) -> Iterator["Step"]:
        """A step of `total` parts. Parts are reported with `Step.advance`. tally: shown beside the progress."""
        if not self._console.is_terminal:
            self.say(f"{name}: {total} to do")
            yield Step(name, total, self, tally)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(name, total=total, note="")

            def tick(done: int) -> None:
                progress.update(task, completed=done, note=tally.note() if tally else f"{done} of {total}")

            step = Step(name, total, None, tally, tick)
            yield step
        self.say(f"{name}: {step.done} of {total}")

    def show(self, tally: Tally) -> None:
        """The final report."""
        report = tally.as_dict()
        rows = [(name.replace("_", " "), str(value)) for name, value in tally.counts().items()]
        rows += [(f"rejected: {reason}", str(count)) for reason, count in report["reasons"].items()]
        rows += [(answer, str(count)) for answer, count in report["probes"].items()]
        rows += [
            (f"{kind}, p50 / p95", f"{times['p50_ms']:g} / {times['p95_ms']:g} ms")
            for kind, times in report["latencies"].items()
        ]
        rows.append(("seconds", f"{tally.seconds:.1f}"))
        if not self._console.is_terminal:
            for name, value in rows:
                self.say(f"{name}: {value}")
            return
        table = Table("What", "How many", title="Doorbells")
        for name, value in rows:
            table.add_row(name, value)
        self._console.print(table)


class Step:
    """A step that is under way."""

    def __init__(
        self, name: str, total: int, screen: Screen | None, tally: Tally | None = None, tick=lambda done: None
    ):
        self.name, self.total, self.done = name, total, 0
        self._screen, self._tally, self._tick = screen, tally, tick

    def advance(self) -> None:
        """One part is done."""
        before, self.done = self.done, self.done + 1
        self.refresh()
        if self._screen and 4 * before // self.total != 4 * self.done // self.total:
            note = f" ({self._tally.note()})" if self._tally else ""
            self._screen.say(f"{self.name}: {self.done} of {self.total}{note}")

    def refresh(self) -> None:
        """Show how things stand, though no part was done."""
        self._tick(self.done)

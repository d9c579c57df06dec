"""What a run did: counts and latencies for the final report, and progress while it lasts."""

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

_KEPT = 20_000  # latencies of each kind; older ones are forgotten


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, share from 0 to 1; None when there are no values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _latencies() -> deque[float]:
    return deque(maxlen=_KEPT)


@dataclass
class Tally:
    """One run's counts.

    Events, each counted once: `sent` is the distinct events put on the wire; of them the portal
    `acknowledged` or `rejected` some (why: `reasons`). `accepted` and `duplicate` count its answers.
    `dropped` and `clips_dropped` fell out of a full queue; `undrawn` events went out without their clip.
    `lost` was acknowledged and later denied: the portal answered as if it had never seen it.
    latencies: seconds by kind of call, retries and back-off included.
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
    lost: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(_latencies))

    @contextmanager
    def timing(self, kind: str) -> Iterator[None]:
        """Measure a call that succeeds."""
        began = time.monotonic()
        yield
        self.latencies[kind].append(time.monotonic() - began)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every count by its name, latencies in milliseconds."""
        counts = {name: value for name, value in vars(self).items() if isinstance(value, int)}
        latencies = {
            kind: {
                "calls": len(values),
                "p50_ms": round(1000 * (percentile(values, 0.5) or 0), 1),
                "p95_ms": round(1000 * (percentile(values, 0.95) or 0), 1),
            }
            for kind, values in sorted(self.latencies.items())
        }
        return counts | {"reasons": dict(sorted(self.reasons.items())), "latencies": latencies}


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
    def step(self, name: str, total: int) -> Iterator["Step"]:
        """A step of `total` parts. Parts are reported with `Step.advance`."""
        if not self._console.is_terminal:
            self.say(f"{name}: {total} to do")
            yield Step(name, total, self)
            return
        with Progress(console=self._console, transient=True) as progress:
            task = progress.add_task(name, total=total)
            step = Step(name, total, None, lambda: progress.advance(task))
            yield step
        self.say(f"{name}: {step.done} of {total}")

    def show(self, tally: Tally) -> None:
        """The final report."""
        report = tally.as_dict()
        reasons, latencies = report.pop("reasons"), report.pop("latencies")
        rows = [(name.replace("_", " "), str(value)) for name, value in report.items()]
        rows += [(f"rejected: {reason}", str(count)) for reason, count in reasons.items()]
        rows += [
            (f"{kind}, p50 / p95", f"{times['p50_ms']:g} / {times['p95_ms']:g} ms")
            for kind, times in latencies.items()
        ]
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

    def __init__(self, name: str, total: int, screen: Screen | None, tick=lambda: None):
        self.name, self.total, self.done = name, total, 0
        self._screen, self._tick = screen, tick

    def advance(self) -> None:
        """One part is done."""
        before, self.done = self.done, self.done + 1
        self._tick()
        if self._screen and 4 * before // self.total != 4 * self.done // self.total:
            self._screen.say(f"{self.name}: {self.done} of {self.total}")

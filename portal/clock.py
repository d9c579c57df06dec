"""The time, as something that is handed in: rules and services never ask the machine for it."""

from dataclasses import dataclass
from datetime import UTC, datetime


class Clock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock(Clock):
    """A clock that stands where it is put: for tests, and for making a demo's past."""

    at: datetime

    def now(self) -> datetime:
        return self.at

"""What a public request had to keep to, and when requests began and ended."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shapely import Polygon

from portal.archive import models
from portal.db import Refusal

# (name, first day, last day): where footage was asked for, and when.
ERAS: tuple[tuple[str, date | None, date | None], ...] = (
    ("e-mail", None, models.FIRST_POSTED - timedelta(days=1)),
    ("public", models.FIRST_POSTED, models.LAST_POSTED),
    ("ended", models.LAST_POSTED + timedelta(days=1), None),
)
MOST_CORNERS = 500
SQUARE_MILE = 1609.344**2  # square metres


@dataclass(frozen=True)
class PastContact:
    name: str
    title: str
    email: str | None
    phone: str | None


@dataclass(frozen=True)
class PastAgency:
    line: int
    slug: str
    name: str
    kind: str
    contact: PastContact


@dataclass(frozen=True)
class PastRequest:
    """A request as a file tells of it, from `line` on. Instants are in UTC; `offset` is the town's clocks at the time
    of posting; `area` is a GeoJSON polygon."""

    line: int
    agency: str
    case_number: str
    incident_type: str
    active_investigation: bool
    contact: PastContact
    posted_at: datetime
    window_from: datetime
    window_until: datetime
    area: dict[str, Any]
    text: str
    replies: int
    last_reply_at: datetime | None
    closed_on: date
    offset: timedelta

    def on(self, moment: datetime) -> date:
        """The day of an instant by the town's clocks."""
        return (moment + self.offset).date()

    @property
    def square_miles(self) -> float:
        return square_miles(self.area["coordinates"][0])


def square_miles(ring: Sequence[Sequence[float]]) -> float:
    """The area within a ring of [longitude, latitude] (degrees, WGS 84), to four decimals, on ground that is as flat
    as a part of a town."""
    middle = math.radians(sum(latitude for _longitude, latitude in ring) / len(ring))
    # Metres a degree at this latitude, on the WGS 84 ellipsoid: the usual series.
    north = 111132.92 - 559.82 * math.cos(2 * middle) + 1.175 * math.cos(4 * middle)
    east = 111412.84 * math.cos(middle) - 93.5 * math.cos(3 * middle) + 0.118 * math.cos(5 * middle)
    west, south = ring[0]
    flat = Polygon([((longitude - west) * east, (latitude - south) * north) for longitude, latitude in ring])
    return round(flat.area / SQUARE_MILE, 4)


def ring_fault(ring: Sequence[Sequence[float]]) -> Refusal | None:
    """What is wrong with the outline of an area: area-corners (`most`), area-not-on-earth, area-not-closed,
    area-crossing."""
    if not 4 <= len(ring) <= MOST_CORNERS:
        return Refusal("area-corners", "area", most=MOST_CORNERS)
    if not all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in ring):
        return Refusal("area-not-on-earth", "area")
    if list(ring[0]) != list(ring[-1]):
        return Refusal("area-not-closed", "area")
    if not Polygon(ring).is_valid:
        return Refusal("area-crossing", "area")
    return None


def faults(request: PastRequest) -> Iterator[Refusal]:
    """Every limit of the public era that a request does not keep, and all that would leave it open."""
    if not request.active_investigation:
        yield Refusal("not-active", "active_investigation")
    posted = request.on(request.posted_at)
    if not models.FIRST_POSTED <= posted <= models.LAST_POSTED:
        yield Refusal("not-in-era", "posted_at", day=posted, first=models.FIRST_POSTED, last=models.LAST_POSTED)
    minutes = (request.window_until - request.window_from) / timedelta(minutes=1)
    if not models.SHORTEST <= minutes <= models.LONGEST:
        yield Refusal("window-length", "window", minutes=round(minutes, 2))
    if request.window_until > request.posted_at:
        yield Refusal("window-not-over", "window")
    wrong_ring = ring_fault(request.area["coordinates"][0])
    if wrong_ring is not None:
        yield wrong_ring
    elif not models.SMALLEST <= request.square_miles <= models.LARGEST:
        yield Refusal("area-size", "area", miles=request.square_miles)
    if request.replies < 0:
        yield Refusal("negative", "replies")
    elif (request.replies == 0) != (request.last_reply_at is None):
        yield Refusal("replies-and-last", "last_reply_at", replies=request.replies)
    if request.last_reply_at is not None:
        replied = request.on(request.last_reply_at)
        if request.last_reply_at <= request.posted_at:
            yield Refusal("reply-before-posting", "last_reply_at")
        if replied > models.LAST_CLOSED:
            yield Refusal("reply-too-late", "last_reply_at", day=replied, last=models.LAST_CLOSED)
        elif replied > request.closed_on:
            yield Refusal("closed-before-reply", "closed_on", day=replied)
    if request.closed_on > models.LAST_CLOSED:
        yield Refusal("closed-too-late", "closed_on", last=models.LAST_CLOSED)
    if request.closed_on < posted:
        yield Refusal("closed-before-posting", "closed_on", day=posted)


def instant(words: str) -> datetime:
    """An instant in UTC, to the second. Raises ValueError."""
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None or moment.microsecond or not 2000 <= moment.year <= 2100:
        raise ValueError(words)
    return moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """The same in the archive's own form: 2023-03-04T15:12:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_seconds(seconds: int) -> datetime:
    """An instant by its seconds since 1970; the nearest that there can be for a number that is none."""
    return datetime.fromtimestamp(min(max(seconds, 0), 2**32), UTC)

"""What every format shares: addresses, texts that any program can read, and the outline of what an agency serves."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import h3
from shapely import MultiPolygon, Polygon, get_num_coordinates, unary_union
from shapely.geometry import shape
from shapely.geometry.polygon import orient

from portal.bulletins.models import AgencyPost

DECIMALS = 5  # of a degree: about a metre
NEWEST, MOST_NEWEST = 20, 100  # posts in a feed
MOST_EVENTS, MOST_ALERTS, MOST_PLACES = 500, 100, 500
PAST_EVENTS = timedelta(days=90)  # how long an event stays in calendars after it began
LONGEST_ALERT = timedelta(hours=72)  # when nobody said when an urgent update fades
# What XML 1.0 (2.2) forbids, and the other control characters (RFC 5545, 3.1), which no text of ours needs.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WIDER = (0.002, 0.005, 0.01, 0.02, 0.05)  # degrees


@dataclass(frozen=True)
class Town:
    """What all that goes out says of the town. `base`: its address, without a slash at the end."""

    name: str
    base: str
    zone: ZoneInfo
    language: str
    demo: bool

    def agency(self, slug: str) -> str:
        return f"{self.base}/agencies/{slug}"

    def post(self, slug: str, post_id: uuid.UUID) -> str:
        return f"{self.base}/agencies/{slug}/posts/{post_id}"

    def alert(self, slug: str, post_id: uuid.UUID) -> str:
        return f"{self.post(slug, post_id)}.cap"


def plain(text: str) -> str:
    """The text without control characters, its lines ended in one way."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """The text on one line, and never empty."""
    return " ".join(plain(text).split()) or "…"


def changed(post: AgencyPost) -> datetime:
    """When a post last became what it says now."""
    return max(at for at in (post.written_at, post.published_at, post.edited_at, post.withdrawn_at) if at)


def to_the_second(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(microsecond=0)


@lru_cache(maxsize=256)
def outline(cells: frozenset[str]) -> MultiPolygon:
    """All the cells as polygons of (longitude, latitude): outer rings counter-clockwise, holes clockwise (RFC 7946,
    3.1.6)."""
    return _rounded(shape(h3.cells_to_geo(cells)))


def drawn(polygons: Any) -> MultiPolygon:
    """The coordinates of a GeoJSON MultiPolygon as a shape, its rings turned as RFC 7946 wants them."""
    return _rounded(shape({"type": "MultiPolygon", "coordinates": polygons}))


def simple_outline(area: MultiPolygon, most: int) -> MultiPolygon:
    """An area of at most `most` points that leaves out nothing: without holes, and wider where it has to be."""
    filled = _rounded(unary_union([Polygon(part.exterior) for part in area.geoms]))
    if get_num_coordinates(filled) <= most:
        return filled
    for degrees in _WIDER:
        wider = unary_union(filled.buffer(2 * degrees, join_style="mitre").simplify(degrees))
        simple = _rounded(unary_union([Polygon(part.exterior) for part in _parts(wider)]))
        if get_num_coordinates(simple) <= most:
            return simple
    return _rounded(filled.envelope)


def _parts(area: Polygon | MultiPolygon) -> Iterable[Polygon]:
    return area.geoms if isinstance(area, MultiPolygon) else [area]


def _rounded(area: Polygon | MultiPolygon) -> MultiPolygon:
    return MultiPolygon(
        [
            orient(
                Polygon(
                    [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in part.exterior.coords],
                    [[(round(x, DECIMALS), round(y, DECIMALS)) for x, y in hole.coords] for hole in part.interiors],
                )
            )
            for part in _parts(area)
            if not part.is_empty
        ]
    )

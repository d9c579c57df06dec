"""Reach and blur, in H3 cells. Distances are between the middles of cells, never between exact points, so that
nobody can find a home by measuring from several places."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import h3
from shapely import MultiLineString, Point

from portal.db import Refusal

HOME_RESOLUTION = 9
MILES = (0.5, 1.0, 2.0, 5.0)  # what a reader may choose; the last is also the limit of `neighbours`
DEFAULT_MILES = 0.5
NEIGHBOUR_MILES = 5.0
LEAST_HOMES = 10  # a shown cell, and the place in an alias, hold at least so many
KM_PER_MILE = 1.609344
MOST_CELLS = 10_000  # of all neighbourhoods together: about 1,000 square kilometres
MOST_STREET_KM = 5.0  # a home is not further from the middle of its street: else its numbers are mixed up
STEP = 0.001  # degrees between two looks along a line: less than half a cell
_RESOLUTION = {0.5: 9, 1.0: 8, 2.0: 8, 5.0: 7}  # fine enough for the radius, few enough cells


def alias(places: Sequence[tuple[str, int]]) -> str:
    """What an author without a name is called after: the first of (place, homes in it), from near to far, that enough
    homes share; "" when none does."""
    return next((name for name, homes in places if name and homes >= LEAST_HOMES), "")


def cell(latitude: float, longitude: float) -> str:
    """The cell of a point given in degrees (WGS 84), at HOME_RESOLUTION."""
    return h3.latlng_to_cell(latitude, longitude, HOME_RESOLUTION)


def snapped(name: str) -> str | None:
    """The cell at HOME_RESOLUTION that somebody names, also by a smaller one in it; None for anything else."""
    if not h3.is_valid_cell(name) or h3.get_resolution(name) < HOME_RESOLUTION:
        return None
    return h3.cell_to_parent(name, HOME_RESOLUTION)


def parents(cell9: str) -> tuple[str, str, str]:
    """The cell itself and the cells it lies in at resolutions 8 and 7."""
    return cell9, h3.cell_to_parent(cell9, 8), h3.cell_to_parent(cell9, 7)


def middle_of(cell: str) -> tuple[float, float]:
    """Latitude and longitude, in degrees, of a cell's middle."""
    return h3.cell_to_latlng(cell)


@lru_cache(maxsize=1024)
def outline(cell: str) -> list[list[float]]:
    """The edge of all the cells at HOME_RESOLUTION that belong to a cell, as [longitude, latitude] in degrees; its
    first point stands again at the end. A large cell's own corners would leave out some of its small ones."""
    around = h3.cells_to_h3shape(h3.cell_to_children(cell, HOME_RESOLUTION)).outer
    corners = [[round(longitude, 5), round(latitude, 5)] for latitude, longitude in around]
    return [*corners, corners[0]]


def area_km2(cell: str) -> float:
    return h3.cell_area(cell, unit="km^2")


def distance_km(one: str, other: str) -> float:
    """Between the middles of two cells."""
    return h3.great_circle_distance(middle_of(one), middle_of(other), unit="km")


def away(lines: Iterable[Any], cell: str) -> float:
    """How far lines of [longitude, latitude] pass a cell's middle, in degrees of latitude: to compare, not to tell."""
    latitude, longitude = middle_of(cell)
    narrow = math.cos(math.radians(latitude))
    flat = MultiLineString([[(x * narrow, y) for x, y in line] for line in lines])
    return flat.distance(Point(longitude * narrow, latitude))


def along(lines: Iterable[Iterable[Any]]) -> set[str]:
    """The cells that lines of [longitude, latitude] pass through, and those beside them."""
    touched: set[str] = set()
    for line in lines:
        points = list(line)
        for (west, south), (east, north) in zip(points, points[1:], strict=False):
            steps = int(max(abs(east - west), abs(north - south)) / STEP) + 1
            touched |= {
                cell(south + (north - south) * step / steps, west + (east - west) * step / steps)
                for step in range(steps + 1)
            }
    return {near for one in touched for near in h3.grid_disk(one, 1)}


def cells_of(polygons: Any) -> set[str]:
    """The cells at HOME_RESOLUTION whose middle lies in a MultiPolygon; for a very small one, that of its corner."""
    found = set(h3.geo_to_cells({"type": "MultiPolygon", "coordinates": polygons}, HOME_RESOLUTION))
    longitude, latitude = polygons[0][0][0]
    return found or {cell(latitude, longitude)}


def areas(shapes: Mapping[Any, Any]) -> dict[str, Any]:
    """cell -> the key of the neighbourhood that it belongs to, for cells at resolutions 9, 8 and 7.

    `shapes` are MultiPolygons by key. A cell in several belongs to the smallest; a large cell to the one that holds
    at least half of its small ones. Raises Refusal("too-many-cells").
    """
    whole = {key: cells_of(polygons) for key, polygons in shapes.items()}
    if sum(map(len, whole.values())) > MOST_CELLS:
        raise Refusal("too-many-cells", "shapes")
    found: dict[str, Any] = {}
    for key in sorted(whole, key=lambda key: (-len(whole[key]), str(key))):
        found.update(dict.fromkeys(whole[key], key))
    for resolution in (8, 7):
        held: dict[str, Counter[Any]] = {}
        for small, key in found.items():
            if h3.get_resolution(small) == HOME_RESOLUTION:
                held.setdefault(h3.cell_to_parent(small, resolution), Counter())[key] += 1
        for large, counts in held.items():
            key, count = counts.most_common(1)[0]
            if 2 * count >= h3.cell_to_children_size(large, HOME_RESOLUTION):
                found[large] = key
    return found


@lru_cache(maxsize=4096)
def reach(home_cell: str, miles: float) -> tuple[int, frozenset[str]]:
    """The cells whose middle is within `miles` of the middle of the home's own cell, all at one resolution.

    Returns the resolution and the cells; the home's own is always among them. `miles` is one of MILES.
    """
    resolution = _RESOLUTION[miles]
    centre = h3.cell_to_parent(home_cell, resolution) if resolution < HOME_RESOLUTION else home_cell
    middle, limit = h3.cell_to_latlng(centre), miles * KM_PER_MILE
    spacing = h3.average_hexagon_edge_length(resolution, unit="km")  # rings are more than an edge apart
    rings = int(limit / spacing) + 1
    near = (
        other
        for other in h3.grid_disk(centre, rings)
        if h3.great_circle_distance(middle, h3.cell_to_latlng(other), unit="km") <= limit
    )
    return resolution, frozenset(near) | {centre}

"""Neighbourhoods as GeoJSON (RFC 7946): read whole, or refused whole with the feature that is wrong."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely import MultiPolygon, Polygon

from portal.db import Refusal

MOST_SHAPES = 200
MOST_POINTS = 5000  # of one neighbourhood
MOST_DEGREES = 0.3  # how far one reaches: about 33 km from north to south
MOST_NAME = 80
DECIMALS = 5  # of a degree: about a metre
KIND = "neighbourhood"

Ring = list[list[float]]


@dataclass(frozen=True)
class Shape:
    """A neighbourhood's name and the coordinates of its MultiPolygon."""

    name: str
    polygons: list[list[Ring]]


def read(text: str | bytes, name: str = "") -> list[Shape]:
    """The polygons of a FeatureCollection, a Feature or a bare geometry; `name` is for one that tells none itself.

    Raises Refusal: not-json, not-geojson, no-shapes; and with the feature's `number`, from 1: no-name, long-name
    (`most`), same-name (`name`), broken, too-many-points (`most`), not-on-earth, too-large, crossing, too-many-shapes
    (`most`).
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("not-json", "shapes") from None
    if isinstance(body, dict) and body.get("type") in ("Polygon", "MultiPolygon"):
        body = {"type": "Feature", "properties": {}, "geometry": body}
    if isinstance(body, dict) and body.get("type") == "Feature":
        body = {"type": "FeatureCollection", "features": [body]}
    if (
        not isinstance(body, dict)
        or body.get("type") != "FeatureCollection"
        or not isinstance(body.get("features"), list)
    ):
        raise Refusal("not-geojson", "shapes")
    found: list[Shape] = []
    for number, feature in enumerate(body["features"], 1):
        shape = of_feature(feature, number, name)
        if shape is not None:
            found.append(shape)
            check_last(found, number)
    if not found:
        raise Refusal("no-shapes", "shapes")
    return found


def of_feature(feature: Any, number: int, name: str = "") -> Shape | None:
    """The neighbourhood that a feature draws; None for a point, a line, or a polygon of another `kind`."""
    try:
        geometry, told = feature["geometry"], feature.get("properties") or {}
        shape, kind = geometry["type"], told.get("kind", KIND)
        if shape not in ("Polygon", "MultiPolygon") or kind != KIND:
            return None
        polygons = [geometry["coordinates"]] if shape == "Polygon" else list(geometry["coordinates"])
        told_name = told.get("name") or name
    except (LookupError, TypeError, AttributeError):
        raise Refusal("broken", "shapes", number=number) from None
    if not isinstance(told_name, str) or not told_name.strip():
        raise Refusal("no-name", "shapes", number=number)
    told_name = " ".join(told_name.split())
    if len(told_name) > MOST_NAME:
        raise Refusal("long-name", "shapes", number=number, most=MOST_NAME)
    return Shape(told_name, _checked(polygons, number))


def check_last(shapes: Sequence[Shape], number: int) -> None:
    """Whether the last of them, feature `number`, can stand with the others. Raises Refusal: too-many-shapes,
    same-name."""
    if len(shapes) > MOST_SHAPES:
        raise Refusal("too-many-shapes", "shapes", number=number, most=MOST_SHAPES)
    name = shapes[-1].name
    if any(other.name.casefold() == name.casefold() for other in shapes[:-1]):
        raise Refusal("same-name", "shapes", number=number, name=name)


def _checked(polygons: Any, number: int) -> list[list[Ring]]:
    try:
        if sum(len(ring) for polygon in polygons for ring in polygon) > MOST_POINTS:
            raise Refusal("too-many-points", "shapes", number=number, most=MOST_POINTS)
        rings = [[_ring(ring, number) for ring in polygon] for polygon in polygons]
        drawn = MultiPolygon([Polygon(polygon[0], polygon[1:]) for polygon in rings])
    except (LookupError, TypeError, ValueError, OverflowError):
        raise Refusal("broken", "shapes", number=number) from None
    if drawn.is_empty:
        raise Refusal("broken", "shapes", number=number)
    west, south, east, north = drawn.bounds
    if east - west > MOST_DEGREES or north - south > MOST_DEGREES:
        raise Refusal("too-large", "shapes", number=number)
    if not drawn.is_valid:
        raise Refusal("crossing", "shapes", number=number)
    return rings


def _ring(points: Any, number: int) -> Ring:
    ring = [[round(float(point[0]), DECIMALS), round(float(point[1]), DECIMALS)] for point in points]
    if not all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in ring):
        raise Refusal("not-on-earth", "shapes", number=number)
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    if len({tuple(point) for point in ring}) < 3:
        raise Refusal("broken", "shapes", number=number)
    return ring

"""A town's map as a GeoJSON file (RFC 7946): streets as lines, homes as points, neighbourhoods as polygons. Read whole,
or refused whole."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.db import Refusal
from portal.neighbourhoods import shapes
from portal.neighbourhoods.shapes import Shape

MOST_DEGREES = 0.5  # how far a street reaches
# The command line's words for what `shapes` refuses.
_SHAPE_WORDS = {
    "no-name": "its property 'name' is missing",
    "long-name": "its name has more than %(most)d characters",
    "same-name": "the neighbourhood %(name)r stands twice",
    "broken": "it is no polygon: rings of at least three different points, longitude first",
    "too-many-points": "it has more than %(most)d points: simplify it",
    "not-on-earth": "its place is not on Earth: longitude first, then latitude, in degrees",
    "too-large": "it is larger than a town",
    "crossing": "its outline crosses itself",
    "too-many-shapes": "there are more than %(most)d neighbourhoods",
}


class TownFileError(Exception):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True)
class StreetLine:
    """A street, the middle of its longest line, and all its lines as [longitude, latitude], in degrees (WGS 84)."""

    name: str
    latitude: float
    longitude: float
    lines: list[list[list[float]]]


@dataclass(frozen=True)
class HomePoint:
    """A home in degrees (WGS 84). `properties` are all that the file says of it."""

    address: str
    street: str
    latitude: float
    longitude: float
    properties: dict[str, Any]


@dataclass(frozen=True)
class TownFile:
    streets: tuple[StreetLine, ...]
    homes: tuple[HomePoint, ...]
    neighbourhoods: tuple[Shape, ...]
    properties: dict[str, Any]


def read(path: Path) -> TownFile:
    """Raises TownFileError, naming the feature that is wrong (counted from 1)."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TownFileError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise TownFileError(f"{path} is not JSON: {error}") from error
    if (
        not isinstance(body, dict)
        or body.get("type") != "FeatureCollection"
        or not isinstance(body.get("features"), list)
    ):
        raise TownFileError(f"{path} is not a GeoJSON FeatureCollection")
    lines: dict[str, list[list[list[float]]]] = {}
    areas: list[Shape] = []
    homes: dict[str, HomePoint] = {}
    for number, feature in enumerate(body["features"], 1):
        try:
            shape, coordinates, told = _parts(feature)
            if shape == "LineString" and told.get("kind", "street") == "street":
                lines.setdefault(_text(told, "name"), []).append(_line(coordinates))
            elif shape == "Point":
                longitude, latitude = _position(coordinates)
                address = _text(told, "address")
                if address in homes:
                    raise ValueError(f"the address {address!r} stands twice")
                homes[address] = HomePoint(address, _text(told, "street"), latitude, longitude, told)
            elif (area := shapes.of_feature(feature, number)) is not None:
                areas.append(area)
                shapes.check_last(areas, number)
        except Refusal as refusal:
            raise TownFileError(f"{path}: feature {number}: {_SHAPE_WORDS[refusal.code] % refusal.params}") from None
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise TownFileError(f"{path}: feature {number}: {error}") from error
    for home in homes.values():
        if home.street not in lines:
            raise TownFileError(f"{path}: {home.address}: there is no street {home.street!r} in this file")
    properties = {key: value for key, value in body.items() if key not in ("type", "features")}
    streets = tuple(_street(name, drawn) for name, drawn in lines.items())
    return TownFile(streets, tuple(homes.values()), tuple(areas), properties)


def _parts(feature: Any) -> tuple[str, Any, dict[str, Any]]:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise ValueError("it has no geometry")
    told = feature.get("properties") or {}
    if not isinstance(told, dict):
        raise ValueError("its properties are not an object")
    return feature["geometry"]["type"], feature["geometry"]["coordinates"], told


def _text(properties: dict[str, Any], name: str) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its property {name!r} is missing")
    return value.strip()


def _position(value: Any) -> tuple[float, float]:
    longitude, latitude = float(value[0]), float(value[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError("its place is not on Earth: longitude first, then latitude, in degrees")
    return longitude, latitude


def _line(points: Any) -> list[list[float]]:
    if not isinstance(points, list) or len(points) < 2:
        raise ValueError("a line has at least two points")
    line = [[round(degrees, 6) for degrees in _position(point)] for point in points]
    if any(max(degrees) - min(degrees) > MOST_DEGREES for degrees in zip(*line, strict=True)):
        raise ValueError("the street is longer than a town")
    return line


def _street(name: str, lines: list[list[list[float]]]) -> StreetLine:
    longest = max(lines, key=len)
    longitude, latitude = longest[len(longest) // 2]
    return StreetLine(name, latitude, longitude, lines)

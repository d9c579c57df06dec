"""A town's map as a GeoJSON file (RFC 7946): streets as lines, homes as points. Read whole, or refused whole."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class TownFileError(Exception):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True)
class StreetLine:
    """A street and the middle of its line, in degrees (WGS 84)."""

    name: str
    latitude: float
    longitude: float


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
    streets: dict[str, StreetLine] = {}
    homes: dict[str, HomePoint] = {}
    for number, feature in enumerate(body["features"], 1):
        try:
            shape, coordinates, told = _parts(feature)
            if shape == "LineString" and told.get("kind", "street") == "street":
                longitude, latitude = _middle(coordinates)
                name = _text(told, "name")
                streets[name] = StreetLine(name, latitude, longitude)
            elif shape == "Point":
                longitude, latitude = _position(coordinates)
                address = _text(told, "address")
                if address in homes:
                    raise ValueError(f"the address {address!r} stands twice")
                homes[address] = HomePoint(address, _text(told, "street"), latitude, longitude, told)
        except (KeyError, TypeError, ValueError) as error:
            raise TownFileError(f"{path}: feature {number}: {error}") from error
    for home in homes.values():
        if home.street not in streets:
            raise TownFileError(f"{path}: {home.address}: there is no street {home.street!r} in this file")
    properties = {key: value for key, value in body.items() if key not in ("type", "features")}
    return TownFile(tuple(streets.values()), tuple(homes.values()), properties)


def _parts(feature: Any) -> tuple[str, Any, dict[str, Any]]:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise ValueError("it has no geometry")
    return feature["geometry"]["type"], feature["geometry"]["coordinates"], feature.get("properties") or {}


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


def _middle(line: Any) -> tuple[float, float]:
    points: list[tuple[float, float]] = [_position(point) for point in _listed(line)]
    return points[len(points) // 2]


def _listed(line: Any) -> Iterator[Any]:
    if not isinstance(line, list) or len(line) < 2:
        raise ValueError("a line has at least two points")
    yield from line

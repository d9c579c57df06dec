"""A town that does not exist: its streets, homes and people, all from one seed.

The map grows without changing: home number n of a seed is the same whether the town has 10 homes or 1,000.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from faker import Faker

from simulator.street import Porch

LOTS = 40  # homes on one street, half of them on each side
STREETS = 6  # streets in a quarter
QUARTERS_WIDE = 8
LOT_METRES = 22.0
BLOCK_METRES = 90.0
SETBACK_METRES = 14.0  # from the middle of the street to a front door
AVENUE_METRES = 60.0

_TREES = (
    "Maple",
    "Oak",
    "Elm",
    "Birch",
    "Cedar",
    "Willow",
    "Chestnut",
    "Hawthorn",
    "Juniper",
    "Linden",
    "Magnolia",
    "Poplar",
    "Rowan",
    "Spruce",
    "Sycamore",
    "Walnut",
    "Alder",
    "Aspen",
    "Beech",
    "Cherry",
    "Dogwood",
    "Hazel",
    "Hickory",
    "Holly",
    "Larch",
    "Laurel",
    "Locust",
    "Mulberry",
    "Orchard",
    "Pear",
    "Pine",
    "Plum",
    "Redbud",
    "Sumac",
    "Tamarack",
    "Meadow",
    "Brook",
    "Mill",
    "Church",
    "Chapel",
)
_WAYS = ("Street", "Lane", "Avenue", "Road")
_SIDES = ("", "North ", "South ", "East ", "West ", "Upper ", "Lower ")
_BELLS = ("Lantern 2", "Lantern Mini", "Lantern Pro")
_CAMERA = "Stoop Cam 4K"
_EXTRAS = ("Driveway", "Side gate", "Back garden", "Garage")
MOST_HOMES = len(_SIDES) * len(_TREES) * len(_WAYS) * LOTS


@dataclass(frozen=True)
class Camera:
    """One device as it comes out of its box. name: where it hangs, e.g. "Front door"."""

    name: str
    model: str
    serial: str


@dataclass(frozen=True)
class Home:
    """One home. lat, lon: degrees (WGS 84). people: full names, at least one. cameras: at least one."""

    number: int
    street: str
    lat: float
    lon: float
    people: tuple[str, ...]
    cameras: tuple[Camera, ...]

    @property
    def address(self) -> str:
        return f"{self.number} {self.street}"


@dataclass(frozen=True)
class Road:
    """A street as a line of (lon, lat) points in degrees. homes: whether anybody lives on it."""

    name: str
    line: tuple[tuple[float, float], ...]
    homes: bool


@dataclass(frozen=True)
class Town:
    """seed: what it was made from. centre: (lat, lon) in degrees. utc_offset_hours: the same all year."""

    seed: str
    name: str
    centre: tuple[float, float]
    utc_offset_hours: float
    roads: tuple[Road, ...]
    homes: tuple[Home, ...]

    def porches(self) -> list[Porch]:
        """Every camera of every home, as the visitors of `street` find them."""
        return [
            Porch(camera.serial, home.address, camera.name, home.lat, home.lon, self.utc_offset_hours)
            for home in self.homes
            for camera in home.cameras
        ]

    def geojson(self, with_people: bool = False) -> dict[str, Any]:
        """The map as a GeoJSON FeatureCollection (RFC 7946): roads as lines, homes as points.

        with_people: homes also tell who lives there and which cameras hang there, for a portal's demo.
        """
        roads = [
            _feature("LineString", road.line, kind="street" if road.homes else "avenue", name=road.name)
            for road in self.roads
        ]
        homes = []
        for home in self.homes:
            more = {}
            if with_people:
                more = {"people": home.people, "cameras": [asdict(camera) for camera in home.cameras]}
            place = (home.lon, home.lat)
            homes.append(_feature("Point", place, kind="home", address=home.address, street=home.street, **more))
        return {
            "type": "FeatureCollection",
            "seed": self.seed,
            "name": self.name,
            "centre": self.centre,
            "utc_offset_hours": self.utc_offset_hours,
            "features": roads + homes,
        }


def build_town(seed: str, homes: int) -> Town:
    """The town of a seed with its first `homes` homes. Raises ValueError outside 1 to MOST_HOMES."""
    if not 1 <= homes <= MOST_HOMES:
        raise ValueError(f"a town has 1 to {MOST_HOMES} homes, not {homes}")
    ground = _Ground(seed)
    faker = Faker("en_US")
    lots = [_lot(n) for n in range(homes)]
    return Town(
        seed=seed,
        name=f"{seed.replace('-', ' ').title()} {ground.ending}",
        centre=(ground.lat, ground.lon),
        utc_offset_hours=-5.0 if ground.lon > -87 else -6.0,
        roads=tuple(_roads(ground, 1 + max(street for street, _ in lots))),
        homes=tuple(_home(ground, faker, street, lot) for street, lot in lots),
    )


class _Ground:
    """Where a town lies and how its streets bend: turns metres east and north of its centre into degrees."""

    def __init__(self, seed: str):
        rng = random.Random(f"{seed}|ground")
        self.seed = seed
        self.lat = round(rng.uniform(39.5, 41.3), 5)  # an invented spot in the Midwest, on dry land
        self.lon = round(rng.uniform(-97.0, -81.5), 5)
        self.turn = rng.uniform(-0.35, 0.35)  # radians
        self.bend = rng.uniform(6.0, 16.0)  # metres
        self.ending = rng.choice(("Falls", "Hollow", "Grove", "Springs", "Crossing"))
        names = [f"{tree} {way}" for tree in _TREES for way in _WAYS]
        rng.shuffle(names)
        self.names = [side + name for side in _SIDES for name in names]

    def at(self, east: float, north: float) -> tuple[float, float]:
        """(lon, lat) in degrees of a point given in metres along and across the streets."""
        north += self.bend * math.sin(east / 130 + north / 400)
        x = east * math.cos(self.turn) - north * math.sin(self.turn)
        y = east * math.sin(self.turn) + north * math.cos(self.turn)
        lon = self.lon + x / (111_320 * math.cos(math.radians(self.lat)))
        return round(lon, 6), round(self.lat + y / 110_574, 6)


_LENGTH = LOTS / 2 * LOT_METRES


def _corner(street: int) -> tuple[float, float]:
    """Metres (east, north) of a street's western end."""
    quarter, row = divmod(street, STREETS)
    down, right = divmod(quarter, QUARTERS_WIDE)
    return right * (_LENGTH + AVENUE_METRES), -(down * STREETS + row) * BLOCK_METRES


def _lot(n: int) -> tuple[int, int]:
    """(street, lot) of home n: a quarter's streets fill side by side, so that a small town is a place."""
    quarter, rest = divmod(n, LOTS * STREETS)
    lot, row = divmod(rest, STREETS)
    return quarter * STREETS + row, lot


def _roads(ground: _Ground, streets: int) -> Iterator[Road]:
    for street in range(streets):
        east, north = _corner(street)
        stops = [east + _LENGTH * part / 10 for part in range(11)]
        yield Road(ground.names[street], tuple(ground.at(stop, north) for stop in stops), homes=True)
    for quarter in range(math.ceil(streets / STREETS)):
        east, north = _corner(quarter * STREETS)
        stops = [north - BLOCK_METRES * (row - 0.5) for row in range(STREETS + 1)]
        line = tuple(ground.at(east - AVENUE_METRES / 2, stop) for stop in stops)
        yield Road(_ordinal(quarter + 1) + " Avenue", line, homes=False)


def _home(ground: _Ground, faker: Faker, street: int, lot: int) -> Home:
    rng = random.Random(f"{ground.seed}|home|{street}|{lot}")
    east, north = _corner(street)
    pair, side = divmod(lot, 2)
    along = east + (pair + 0.5 + rng.uniform(-0.2, 0.2)) * LOT_METRES
    setback = SETBACK_METRES + rng.uniform(-2, 3)
    lon, lat = ground.at(along, north + (setback if side else -setback))
    faker.seed_instance(rng.getrandbits(32))
    family = faker.last_name()
    given = dict.fromkeys(faker.first_name() for _ in range(rng.choice((1, 2, 2, 2, 3, 4))))
    people = tuple(f"{name} {family}" for name in given)
    names = ["Front door"] + ([rng.choice(_EXTRAS)] if rng.random() < 0.45 else [])
    cameras = tuple(
        Camera(name, rng.choice(_BELLS) if name == names[0] else _CAMERA, f"PL{rng.getrandbits(40):010X}")
        for name in names
    )
    return Home(lot + 1, ground.names[street], lat, lon, people, cameras)


def _feature(shape: str, coordinates: tuple, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": coordinates},
        "properties": properties,
    }


@cache
def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"

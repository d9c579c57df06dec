"""A town's closed public requests, invented, as the file that `porchlight import` reads (docs/scenarios.md).

Nothing here can make an open request: every one has a last reply and a closing day, both in the past.
"""

import json
import math
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from faker import Faker

from simulator.scenario import LAST_REPLY, Archive
from simulator.town import Home, Town

FORMAT = "porchlight-archive-1"
SQUARE_MILE = 2_589_988.11  # square metres
SMALLEST, LARGEST = 0.025, 0.5  # square miles
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=12)
ERAS = (
    ("e-mail", None, "2021-06-06", "The maker of the cameras sent requests of the police by private e-mail."),
    ("public", "2021-06-07", "2024-01-31", "Requests were public posts, with a case, a time window and an area."),
    ("ended", "2024-02-01", None, "No new request could be posted; the last reply came on 2024-02-29."),
)
_KINDS = {
    "Burglary": "a burglary at a home",
    "Theft from a vehicle": "things taken out of parked cars",
    "Vehicle theft": "a car that was taken from a driveway",
    "Theft of a parcel": "parcels taken from porches",
    "Hit and run": "a collision after which a driver did not stop",
    "Vandalism": "broken windows and paint on fences",
    "Arson": "a fire that was set to a shed",
    "Missing person": "a person who had not come home",
    "Trespass": "somebody who walked through back gardens at night",
}
_KIND_WEIGHTS = (16, 18, 9, 20, 8, 9, 2, 6, 12)


def build(town: Town, archive: Archive) -> dict[str, Any]:
    """The file's content. The same town and archive give the same."""
    rng = random.Random(f"{town.seed}|archive")
    faker = Faker("en_US")
    faker.seed_instance(rng.getrandbits(32))
    agencies = [_agency(town, name, faker) for name in archive.agencies]
    days = (archive.last - archive.first).days
    dates = (archive.first + timedelta(days=rng.randint(0, days)) for _ in range(archive.requests))
    posted = sorted(datetime.combine(day, time(rng.randint(8, 18), rng.randint(0, 59)), UTC) for day in dates)
    count: dict[tuple[str, int], int] = {}
    return {
        "format": FORMAT,
        "town": {"name": town.name, "seed": town.seed, "utc_offset_hours": town.utc_offset_hours},
        "eras": [{"era": era, "from": first, "until": last, "about": about} for era, first, last, about in ERAS],
        "agencies": agencies,
        "requests": [_request(town, rng, rng.choice(agencies), local, count) for local in posted],
    }


def text(body: dict[str, Any]) -> str:
    """As JSON, each agency and each request on a line of its own, so that a reader can name the line of a fault."""
    lists = ("agencies", "requests")
    head = ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in body.items() if key not in lists)
    tail = ",\n".join(
        f"{json.dumps(key)}: [\n" + ",\n".join(_json(item) for item in body[key]) + "\n]" for key in lists
    )
    return "{\n" + head + ",\n" + tail + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _agency(town: Town, name: str, faker: Faker) -> dict[str, Any]:
    slug = "-".join(filter(None, (_short(town.seed)[:30], _short(name))))[:60].strip("-")
    return {
        "slug": slug,
        "name": f"{town.name} {name}",
        "kind": "police",
        "contact": {
            "name": faker.name(),
            "title": faker.random_element(("Detective", "Sergeant", "Community officer", "Deputy")),
            "email": f"contact@{slug}.example",
            "phone": f"(555) 010-{faker.random_int(100, 199):04d}",
        },
    }


def _short(words: str) -> str:
    """Lower-case letters and digits with single dashes between them."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _request(
    town: Town, rng: random.Random, agency: dict[str, Any], local: datetime, count: dict[tuple[str, int], int]
) -> dict[str, Any]:
    """local: when it was posted, by the town's clocks. count: requests so far, by agency and year."""
    zone_hours = timedelta(hours=town.utc_offset_hours)
    day = local.date()
    number = count[agency["slug"], day.year] = count.get((agency["slug"], day.year), 0) + 1
    kind = rng.choices(list(_KINDS), _KIND_WEIGHTS)[0]
    home = rng.choice(town.homes)
    posted = local - zone_hours
    long = min(LONGEST, max(SHORTEST, timedelta(minutes=15 * round(rng.lognormvariate(2.2, 0.8)))))
    begin = (posted - timedelta(hours=rng.uniform(16, 90))).replace(minute=15 * rng.randint(0, 3), second=0)
    begin = begin.replace(microsecond=0)
    end = begin + long
    last_reply = min(
        posted + timedelta(hours=rng.uniform(2, 24 * 20)),
        datetime.combine(LAST_REPLY, time(23, 0), UTC),
    ).replace(microsecond=0)
    replies = min(60, int(rng.expovariate(1 / 5)))
    closed = min(last_reply.date() + timedelta(days=rng.randint(0, 5)), LAST_REPLY)
    said = (begin + zone_hours, end + zone_hours)
    words = (
        f"We are investigating {_KINDS[kind]} near {home.street} on {said[0]:%B} {said[0].day}, {said[0].year}, "
        f"between {_clock(said[0])} and {_clock(said[1])} If you have footage of that time that you wish to share, "
        "you may reply. You do not have to."
    )
    return {
        "era": "public",
        "agency": agency["slug"],
        "case_number": f"{day.year % 100:02d}-{''.join(word[0] for word in agency['name'].split())}-{number:05d}",
        "incident_type": kind,
        "active_investigation": True,
        "contact": agency["contact"],
        "posted_at": _iso(posted),
        "window": {"from": _iso(begin), "until": _iso(end)},
        "area": _area(rng, home),
        "text": words,
        "replies": replies,
        "last_reply_at": _iso(last_reply) if replies else None,
        "closed_on": closed.isoformat(),
    }


def _area(rng: random.Random, home: Home) -> dict[str, Any]:
    """A polygon (GeoJSON) around a home, of a size that was allowed, and not centred on it."""
    size = math.exp(rng.uniform(math.log(SMALLEST * 1.2), math.log(LARGEST * 0.9))) * SQUARE_MILE
    corners = [(angle * math.tau / 8, rng.uniform(0.8, 1.2)) for angle in range(8)]
    flat = [(math.cos(angle) * far, math.sin(angle) * far) for angle, far in corners]
    scale = math.sqrt(size / shoelace(flat))
    middle = (rng.uniform(-0.3, 0.3) * scale, rng.uniform(-0.3, 0.3) * scale)
    per_lon = 111_320 * math.cos(math.radians(home.lat))
    ring = [
        [round(home.lon + (x * scale + middle[0]) / per_lon, 6), round(home.lat + (y * scale + middle[1]) / 110_574, 6)]
        for x, y in flat
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def square_miles(polygon: dict[str, Any]) -> float:
    """The area of a GeoJSON polygon without holes, over ground that is flat enough."""
    ring = polygon["coordinates"][0]
    per_lon = 111_320 * math.cos(math.radians(ring[0][1]))
    return shoelace([(lon * per_lon, lat * 110_574) for lon, lat in ring]) / SQUARE_MILE


def shoelace(points: Sequence[tuple[float, float]]) -> float:
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'a.m.' if moment.hour < 12 else 'p.m.'}"

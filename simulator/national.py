"""A country that does not exist: thousands of agencies in invented states, for a directory that has to stay fast.

A seed decides all of it. Every name is put together from syllables and common words, every mail domain ends in
`.example`; none of it is a real place or agency. How many joined when follows a curve that begins slowly in 2018, is
steepest in the third year, and is flat by 2023.
"""

import csv
import io
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

COLUMNS = (
    "slug", "kind", "name", "place", "region", "address", "email", "phone", "website", "about", "joined_on", "left_on",
    "jurisdiction", "agreements",
)  # fmt: skip
COUNTS = {"police": 2512, "fire": 574, "government": 12}  # agencies that are members at the end
LEFT = {"police": 46, "fire": 11, "government": 1}  # and those that joined and left
FIRST, LAST = date(2018, 3, 1), date(2023, 4, 30)
STATES = (
    "Avaloka", "Belmira", "Cardova", "Dunmarch", "Elowen", "Farrow", "Galdina", "Harrowmark", "Iverra", "Jorvale",
    "Kestria", "Lorrain Hills", "Marenna", "Norvane", "Ostrava Plains", "Pellamar", "Quillan", "Rosmere", "Sundara",
    "Tamsin", "Ulmara", "Verrick", "Westeria", "Yarrowen",
)  # fmt: skip
# The states as a grid in the open Pacific: no real place lies under them.
CORNER, COLUMN_DEGREES, ROW_DEGREES, PER_ROW = (18.0, -172.0), 4.0, 3.0, 6
_FIRSTS = (
    "Al", "Ash", "Bar", "Bel", "Bram", "Cal", "Cor", "Dal", "Dun", "Ed", "Elm", "Fen", "Gar", "Gren", "Hal", "Har",
    "Ing", "Kel", "Kin", "Lan", "Lin", "Mar", "Mel", "Nor", "Oak", "Or", "Pem", "Quar", "Ral", "Ros", "Sel", "Stan",
    "Tal", "Thorn", "Ul", "Ver", "Wal", "Wen", "Wil", "Yar",
)  # fmt: skip
_LASTS = (
    "bourne", "bridge", "bury", "combe", "dale", "den", "field", "ford", "gate", "grove", "ham", "haven", "holt",
    "hurst", "land", "leigh", "ley", "low", "mere", "mont", "more", "pool", "port", "ridge", "shire", "stead", "stoke",
    "thorpe", "ton", "vale", "wick", "wold", "wood", "worth",
)  # fmt: skip
_POLICE = ("{place} Police Department", "{place} Police", "{place} Township Police", "Village of {place} Police")
_FIRE = ("{place} Fire Department", "{place} Fire Rescue", "{place} Volunteer Fire Company", "{place} Fire District")
_STREETS = ("Main Street", "Station Road", "Court Square", "Mill Lane", "Church Street", "Depot Avenue")
_ABOUT = {
    "police": "Safety tips and what happened, for the people of {place}.",
    "fire": "Smoke alarms, open days and warnings for {place}.",
    "government": "Streets, water, parks and meetings of {place}.",
}
_TASK_FORCES = ("Regional Narcotics Task Force", "Violent Crime Task Force", "Internet Crimes Task Force")


@dataclass(frozen=True)
class County:
    name: str
    region: str
    latitude: float
    longitude: float


def counties(rng: random.Random) -> list[County]:
    """Some 30 to each state, on a grid inside of it."""
    found = []
    for number, region in enumerate(STATES):
        south = CORNER[0] + ROW_DEGREES * (number // PER_ROW)
        west = CORNER[1] + COLUMN_DEGREES * (number % PER_ROW)
        taken: set[str] = set()
        for cell in range(30):
            name = _place(rng, taken)
            latitude = south + ROW_DEGREES * (cell // 6 + 0.5) / 5 * 0.9
            longitude = west + COLUMN_DEGREES * (cell % 6 + 0.5) / 6 * 0.9
            found.append(County(f"{name} County", region, latitude, longitude))
    return found


def _place(rng: random.Random, taken: set[str]) -> str:
    while True:
        name = rng.choice(_FIRSTS) + rng.choice(_LASTS)
        if name not in taken:
            taken.add(name)
            return name


def agencies(seed: str) -> Iterator[dict[str, str]]:
    """Each agency as a row of the table, by its slug."""
    rng = random.Random(f"national {seed}")
    places: dict[str, set[str]] = {}
    rows, slugs = [], set()
    grounds = counties(rng)
    for kind, count in COUNTS.items():
        for number in range(count + LEFT[kind]):
            county = grounds[rng.randrange(len(grounds))]
            sheriff = kind == "police" and rng.random() < 0.12
            place = _place(rng, places.setdefault(f"{kind} {county.region}", set()))
            row = _agency(rng, kind, place, county, sheriff)
            while row["slug"] in slugs:  # two places of one name in two states
                row["slug"] += f"-{rng.randrange(2, 99)}"
            slugs.add(row["slug"])
            row |= _addresses(rng, row["slug"], place)
            joined = _joined(rng)
            row["joined_on"] = joined.isoformat()
            if number >= count:
                row["left_on"] = _after(rng, joined).isoformat()
            rows.append(row)
    return iter(sorted(rows, key=lambda row: row["slug"]))


def _agency(rng: random.Random, kind: str, place: str, county: County, sheriff: bool) -> dict[str, str]:
    if sheriff:
        name = f"{place} County Sheriff's Office"
    elif kind == "government":
        name = rng.choice(("City of {place}", "Town of {place}", "{place} County Government")).format(place=place)
    else:
        name = rng.choice(_POLICE if kind == "police" else _FIRE).format(place=place)
    slug = "-".join("".join(sign for sign in word.lower() if sign.isalnum()) for word in name.split())
    radius = rng.uniform(3.0, 6.0) if sheriff else rng.uniform(1.2, 3.2)  # kilometres
    row = dict.fromkeys(COLUMNS, "")
    return row | {
        "slug": slug,
        "kind": kind,
        "name": name,
        "place": county.name,
        "region": county.region,
        "about": _ABOUT[kind].format(place=place),
        "jurisdiction": _round(rng, county, radius),
        "agreements": _agreement(rng, kind),
    }


def _addresses(rng: random.Random, slug: str, place: str) -> dict[str, str]:
    domain = f"{slug}.example"
    return {
        "email": f"contact@{domain}",
        "website": f"https://www.{domain}/" if rng.random() < 0.7 else "",
        "address": f"{rng.randrange(1, 900)} {rng.choice(_STREETS)}, {place}",
        "phone": f"(555) 01{rng.randrange(10)}-{rng.randrange(10000):04d}",
    }


def _agreement(rng: random.Random, kind: str) -> str:
    if kind != "police" or rng.random() > 0.06:
        return ""
    since = FIRST + timedelta(days=rng.randrange(1200))
    if rng.random() < 0.35:
        told = {"kind": "287g", "with": "Immigration and Customs Enforcement", "since": since.isoformat()}
    else:
        told = {"kind": "task-force", "with": rng.choice(_TASK_FORCES), "since": since.isoformat()}
    return json.dumps([told])


def _joined(rng: random.Random) -> date:
    """A day of the curve: a logistic one, whose middle is three fifths of the way."""
    days = (LAST - FIRST).days
    while True:
        share = 0.6 + 0.11 * math.log((chance := rng.uniform(0.01, 0.99)) / (1 - chance))
        if 0 <= share <= 1:
            return FIRST + timedelta(days=round(share * days))


def _after(rng: random.Random, joined: date) -> date:
    return min(joined + timedelta(days=rng.randrange(60, 900)), LAST + timedelta(days=240))


def _round(rng: random.Random, county: County, radius: float) -> str:
    """A ring of twelve corners around a place in the county, as GeoJSON."""
    latitude = county.latitude + rng.uniform(-0.2, 0.2)
    longitude = county.longitude + rng.uniform(-0.2, 0.2)
    high, wide = radius / 111.2, radius / (111.2 * math.cos(math.radians(latitude)))
    ring = [
        [round(longitude + wide * math.cos(turn), 4), round(latitude + high * math.sin(turn), 4)]
        for turn in (2 * math.pi * corner / 12 for corner in range(12))
    ]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, separators=(",", ":"))


def table(rows: Sequence[dict[str, str]]) -> str:
    """The rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()

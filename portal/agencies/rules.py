"""What an agency must be like to stand in the directory. Plain functions: no database, no Flask."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import h3
from shapely import MultiPolygon, Polygon

from portal.accounts.rules import canonical, domains
from portal.agencies.federal import Federal
from portal.agencies.models import AGREEMENT_KINDS, KINDS
from portal.db import Refusal
from portal.wording import check

MOST = {
    "slug": 60, "name": 120, "about": 1000, "email": 254, "phone": 40, "address": 200, "website": 200, "place": 80,
    "region": 80, "title": 80, "with_whom": 120, "link": 300,
}  # characters  # fmt: skip
RESERVED = ("mine", "confirm", "embed", "share", "new", "import", "approve")  # what pages are called
VERIFIED_DAYS = 365
RENEW_DAYS = 30  # before its end the official address is asked
LINK_DAYS = 30  # how long a letter's link works
MOST_POINTS = 500  # of a jurisdiction
MOST_DEGREES = 1.5  # how far one reaches: about 165 km from north to south
MOST_AGREEMENTS = 20
RESOLUTION = 7
FIRST_DAY = date(1990, 1, 1)
DECIMALS = 5  # of a degree: about a metre
SQUARE_MILE = 2.589988  # square kilometres
SQUARE_DEGREE = 12364.0  # square kilometres, at the equator

Polygons = list[list[list[list[float]]]]
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True)
class Agreed:
    """A task-force, a 287(g) or another agreement with a federal agency."""

    kind: str
    with_whom: str
    since: date
    until: date | None = None
    link: str = ""


@dataclass(frozen=True)
class Proposal:
    """An agency as somebody describes it. `polygons` is its jurisdiction, unless it serves the `whole_town`."""

    slug: str
    kind: str
    name: str
    email: str
    joined_on: date
    left_on: date | None = None
    about: str = ""
    phone: str = ""
    address: str = ""
    website: str = ""
    place: str = ""
    region: str = ""
    whole_town: bool = False
    polygons: Polygons | None = None
    agreements: tuple[Agreed, ...] = ()


@dataclass(frozen=True)
class Attestation:
    """Who says, in which office and words, that an agency is none of the federal government's. `by` is left out by
    somebody who is signed in."""

    title: str
    words: str
    by: str = ""


@dataclass(frozen=True)
class Profile:
    """What an agency's members may change of its page."""

    about: str
    phone: str
    website: str


# What an attestation says, when nobody writes their own words.
ATTESTATION = (
    "I know this agency. It is a local law enforcement agency, fire department or government, it answers to the people"
    " who live there, and it is no agency of the federal government or of the armed forces. I have told every"
    " task-force and 287(g) agreement that I know of."
)
PUBLIC_WORDS = ("name", "about", "phone", "address", "website", "place", "region")


def problems(proposal: Proposal, federal: Federal, today: date) -> Iterator[Refusal]:
    """Everything for which a proposal cannot stand, each with its field: missing, too-long (`most`), unseen,
    slug-shape, slug-reserved (`slug`), kind-unknown, email-shape, website-shape, federal-name (`found`), federal-domain
    (`found`), asks-for-footage (`words`), not-a-day, left-before, too-many-agreements (`most`), and what
    `agreement_problems` names."""
    for name in ("slug", "kind", "name", "email"):
        if not getattr(proposal, name):
            yield Refusal("missing", name)
    yield from text_problems({name: getattr(proposal, name) for name in (*PUBLIC_WORDS, "slug", "email")})
    if proposal.slug and not _SLUG.fullmatch(proposal.slug):
        yield Refusal("slug-shape", "slug")
    if proposal.slug in RESERVED:
        yield Refusal("slug-reserved", "slug", slug=proposal.slug)
    if proposal.kind and proposal.kind not in KINDS:
        yield Refusal("kind-unknown", "kind")
    yield from email_problems(proposal.email, federal)
    yield from link_problems("website", proposal.website, federal)
    if found := federal.in_name(proposal.name):
        yield Refusal("federal-name", "name", found=found)
    for name, day in (("joined_on", proposal.joined_on), ("left_on", proposal.left_on)):
        if day is not None and not FIRST_DAY <= day <= today:
            yield Refusal("not-a-day", name)
    if proposal.left_on is not None and proposal.left_on < proposal.joined_on:
        yield Refusal("left-before", "left_on")
    if len(proposal.agreements) > MOST_AGREEMENTS:
        yield Refusal("too-many-agreements", "agreements", most=MOST_AGREEMENTS)
    for agreed in proposal.agreements:
        yield from agreement_problems(agreed, "agreements")


def tidy(proposal: Proposal) -> Proposal:
    """The same with one kind of space, and its address as addresses are compared."""
    one_line = ("slug", "kind", "name", "phone", "address", "website", "place", "region")
    plain = {name: " ".join(getattr(proposal, name).split()) for name in one_line}
    about = proposal.about.replace("\r\n", "\n").strip()
    return replace(proposal, **plain, about=about, email=canonical(proposal.email))


def text_problems(texts: Mapping[str, str]) -> Iterator[Refusal]:
    """Texts by the name of their field: too-long (`most`), unseen, asks-for-footage (`words`)."""
    for name, text in texts.items():
        if len(text) > MOST[name]:
            yield Refusal("too-long", name, most=MOST[name])
        if _UNSEEN.search(text):
            yield Refusal("unseen", name)
        if asked := _asked(text):
            yield Refusal("asks-for-footage", name, words=asked)


@lru_cache(maxsize=4096)
def _asked(text: str) -> str:
    """The words of a text that ask for footage; "" when none do. Kept: a table says the same place a hundred times."""
    return next((span.words for span in check("R1", text).spans), "")


def email_problems(email: str, federal: Federal) -> Iterator[Refusal]:
    if email and not _EMAIL.fullmatch(email):
        yield Refusal("email-shape", "email")
    elif found := federal.in_email(email):
        yield Refusal("federal-domain", "email", found=found)


def link_problems(name: str, link: str, federal: Federal | None = None) -> Iterator[Refusal]:
    """`federal` is left out for links that may lead to a federal page: those to an agreement."""
    if not link:
        return
    try:
        parts = urlsplit(link)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or re.search(r"\s", link):
        yield Refusal("website-shape", name)
    elif federal is not None and (found := federal.in_link(link)):
        yield Refusal("federal-domain", name, found=found)


def agreement_problems(agreed: Agreed, field: str = "") -> Iterator[Refusal]:
    """missing, too-long (`most`), unseen, asks-for-footage (`words`), website-shape, agreement-kind, agreement-until.

    `field` is where all of them are told, for a table that has one column for agreements."""
    for refusal in (
        *text_problems({"with_whom": agreed.with_whom, "link": agreed.link}),
        *link_problems("link", agreed.link),
        *([] if agreed.with_whom else [Refusal("missing", "with_whom")]),
        *([] if agreed.kind in AGREEMENT_KINDS else [Refusal("agreement-kind", "kind")]),
        *([Refusal("agreement-until", "until")] if agreed.until and agreed.until < agreed.since else []),
    ):
        yield Refusal(refusal.code, field or refusal.field, **refusal.params)


def first(found: Iterator[Refusal]) -> None:
    """Raise the first of the problems, if there is any."""
    for refusal in found:
        raise refusal


def official(email: str, mail_domain: str) -> bool:
    """Whether an address is on an agency's own domain, or below it."""
    return mail_domain in domains(email)


def mail_domain(email: str) -> str:
    return canonical(email).rpartition("@")[2]


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, as far as names tell."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


# — Jurisdictions —


def polygons(geometry: Any) -> Polygons:
    """The coordinates of a GeoJSON Polygon or MultiPolygon (also in a Feature, or a FeatureCollection of one), checked.

    Raises Refusal: not-geojson, broken, too-many-points (`most`), not-on-earth, too-large, crossing.
    """
    try:
        if geometry["type"] == "FeatureCollection":
            (geometry,) = geometry["features"]
        if geometry["type"] == "Feature":
            geometry = geometry["geometry"]
        shape, drawn = geometry["type"], geometry["coordinates"]
    except (LookupError, TypeError, ValueError):
        raise Refusal("not-geojson", "jurisdiction") from None
    if shape not in ("Polygon", "MultiPolygon"):
        raise Refusal("not-geojson", "jurisdiction")
    try:
        found = [[_ring(ring) for ring in polygon] for polygon in ([drawn] if shape == "Polygon" else drawn)]
        if sum(len(ring) for polygon in found for ring in polygon) > MOST_POINTS:
            raise Refusal("too-many-points", "jurisdiction", most=MOST_POINTS)
        whole = MultiPolygon([Polygon(polygon[0], polygon[1:]) for polygon in found])
    except (LookupError, TypeError, ValueError, OverflowError):
        raise Refusal("broken", "jurisdiction") from None
    if whole.is_empty:
        raise Refusal("broken", "jurisdiction")
    west, south, east, north = whole.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise Refusal("not-on-earth", "jurisdiction")
    if east - west > MOST_DEGREES or north - south > MOST_DEGREES:
        raise Refusal("too-large", "jurisdiction")
    if not whole.is_valid:
        raise Refusal("crossing", "jurisdiction")
    return found


def _ring(points: Any) -> list[list[float]]:
    ring = [[round(float(point[0]), DECIMALS), round(float(point[1]), DECIMALS)] for point in points]
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    if len({tuple(point) for point in ring}) < 3 or not all(
        math.isfinite(degrees) for point in ring for degrees in point
    ):
        raise ValueError("no ring")
    return ring


def cells_of(polygons: Polygons) -> set[str]:
    """The cells (H3, resolution 7) that a jurisdiction touches: nobody who lives at its edge is left out."""
    shape = h3.geo_to_h3shape({"type": "MultiPolygon", "coordinates": polygons})
    return set(h3.h3shape_to_cells_experimental(shape, RESOLUTION, contain="overlap"))


def square_miles(polygons: Polygons) -> float:
    """About how large a jurisdiction is."""
    whole = MultiPolygon([Polygon(polygon[0], polygon[1:]) for polygon in polygons])
    return float(whole.area * SQUARE_DEGREE * math.cos(math.radians(whole.centroid.y)) / SQUARE_MILE)


# — A year of being verified —


def verified_until(now: datetime) -> datetime:
    return now + timedelta(days=VERIFIED_DAYS)


def may_renew(state: str, confirmed_at: datetime | None, until: datetime | None) -> bool:
    """Whether the official address has answered for another year."""
    return (
        state in ("verified", "lapsed")
        and until is not None
        and confirmed_at is not None
        and confirmed_at >= until - timedelta(days=RENEW_DAYS)
    )


# — Tallies —


@dataclass(frozen=True)
class Tally:
    """How many agencies of one kind there were at the end of each of `months` (their first days)."""

    kind: str
    counts: tuple[int, ...] = field(default=())

    @property
    def now(self) -> int:
        return self.counts[-1] if self.counts else 0


def tallies(
    joined: Sequence[tuple[str, str, int]], left: Sequence[tuple[str, str, int]], today: date
) -> tuple[tuple[date, ...], tuple[Tally, ...]]:
    """Months from the first to this one, and for each kind how many were members at their ends.

    `joined` and `left` are (kind, month as 2021-05, how many).
    """
    if not joined:
        return (), tuple(Tally(kind) for kind in KINDS)
    first_month = min(month for _kind, month, _count in joined)
    month, months = date.fromisoformat(f"{first_month}-01"), []
    while month <= today:
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    change: dict[tuple[str, str], int] = {}
    for rows, sign in ((joined, 1), (left, -1)):
        for kind, when, count in rows:
            change[kind, when] = change.get((kind, when), 0) + sign * count
    found = []
    for kind in KINDS:
        total, counts = 0, []
        for month in months:
            total += change.get((kind, f"{month:%Y-%m}"), 0)
            counts.append(total)
        found.append(Tally(kind, tuple(counts)))
    return tuple(months), tuple(found)

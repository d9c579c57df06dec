"""A town's closed requests as a JSON file (docs/archive.md): read whole, or refused whole with each line that is wrong.

The format is strict. What it does not know is refused, not passed over: a field that says "open" would else get lost.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.archive import models, rules
from portal.archive.rules import PastAgency, PastContact, PastRequest

FORMAT = "porchlight-archive-1"
MOST_BYTES = 20_000_000
MOST_REQUESTS = 10_000
MOST_AGENCIES = 200
MOST_FAULTS = 50
MOST_REPLIES = 1_000_000
_MARK = b'"porchlight-archive-'
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # letters that turn the text around
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPACE = re.compile(r"[ \t\r\n]*")

# What was wrong and what to do, by the code of a fault.
WORDS = {
    "not-a-file": "%(why)s",
    "too-large": "the file has more than %(most)d bytes. Split it by year",
    "not-utf8": "the file is not text in UTF-8. Save it in that encoding",
    "not-json": "this is not JSON: %(why)s",
    "not-a-number": "%(value)s is no number. Write a number, or null",
    "twice": "the field %(name)s stands twice. Keep one of them",
    "other-format": "the format is %(value)s. This program reads " + FORMAT,
    "unknown-field": "there is no such field in this format. Take it out",
    "missing": "it is missing. Add it",
    "not-an-object": "it has to be an object, as in {…}",
    "not-a-list": "it has to be a list, as in […]",
    "not-text": "it has to be text in quotes",
    "blank": "it is empty. Say it in words",
    "long": "it has %(count)d characters. %(most)d are the most",
    "control": "it holds a character that is no letter, sign or space (U+%(point)s). Take it out",
    "not-a-slug": "it has to be lower-case letters, digits and single dashes, such as maple-police",
    "not-a-kind": "it has to be police, fire or government",
    "no-address": "a contact has an email, a phone, or both. Add one",
    "not-a-clock": "say the town's clock as utc_offset_hours, such as -5 (quarters of an hour, -12 to 14), or as"
    " timezone, such as America/New_York, and not both",
    "eras-differ": "the eras are e-mail (to 2021-06-06), public (2021-06-07 to 2024-01-31) and ended (from 2024-02-01),"
    " each with these days and an about",
    "too-many": "there are more than %(most)d. Split the file",
    "none": "there is none. An archive holds at least one",
    "agency-twice": "the agency on line %(first)d has this slug already. Give each its own",
    "agency-unknown": "there is no agency %(value)s in this file. Add it to agencies, or correct the slug",
    "case-twice": "the request on line %(first)d has this case number already. A case was asked about once",
    "not-public": "the era is always public: of the private e-mails towns have no list, and since 2024-02-01 there are"
    " no requests",
    "not-true-or-false": "it has to be true",
    "not-a-time": "it has to be a time to the second with its zone, such as 2023-03-04T15:12:00Z",
    "not-a-day": "it has to be a day, such as 2023-03-11. A request that is not closed has no place here",
    "not-a-count": "it has to be a whole number from 0 to %(most)d",
    "not-a-polygon": "it has to be a GeoJSON polygon with one ring of [longitude, latitude] pairs",
    "not-active": "requests were for active investigations only. Leave the request out",
    "not-in-era": "posted on %(day)s. Public requests were posted from %(first)s to %(last)s. Correct it, or leave the"
    " request out",
    "window-length": "it is %(minutes)s minutes long. A request was about 15 minutes to 12 hours",
    "window-not-over": "it ends after the request was posted. A request was about a time that had passed",
    "area-corners": "its ring has at least four points, the last the same as the first, and at most %(most)d",
    "area-not-on-earth": "it is not on Earth. Longitude comes first, then latitude, in degrees",
    "area-not-closed": "its ring is not closed. Repeat the first point at the end",
    "area-crossing": "its outline crosses or touches itself. Draw it without crossings",
    "area-size": "it has %(miles)s square miles. A request was about 0.025 to 0.5",
    "negative": "there cannot be fewer than none",
    "replies-and-last": "it has to be null when there were no replies, and a time when there were some"
    " (replies: %(replies)d)",
    "reply-before-posting": "the last reply came before the request was posted",
    "reply-too-late": "the last reply came on %(day)s. After %(last)s nobody could reply",
    "closed-before-reply": "it was closed before its last reply, which came on %(day)s",
    "closed-too-late": "it is open or was closed too late. All requests were closed by %(last)s",
    "closed-before-posting": "it was closed before it was posted, on %(day)s",
    "other-town": "the archive is of another town or clock: %(name)s. One archive is of one town",
    "agency-differs": "the archive has this agency with another name, kind or contact. Write it as it stands there",
    "case-known": "the archive has this case number already, in request %(number)d",
    "same-file": "this very file is in the archive already",
}


@dataclass(frozen=True)
class Fault:
    """What is wrong at a line of the file. `item` names the agency or request, `field` the field; both may be empty."""

    line: int
    item: str
    field: str
    code: str
    params: dict[str, Any]

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}", self.item, self.field) if part)
        return f"{place}: {WORDS[self.code] % self.params}"


class ArchiveFileError(Exception):
    """The file cannot be used; the text says where and why, a line for each fault."""

    def __init__(self, path: Path | str, faults: list[Fault]) -> None:
        self.faults = faults
        lines = [f"{path}, {fault}." for fault in faults[:MOST_FAULTS]]
        if len(faults) > MOST_FAULTS:
            lines.append(f"There is more that is wrong; these are the first {MOST_FAULTS}.")
        super().__init__("\n".join([*lines, "Nothing was imported."]))


@dataclass(frozen=True)
class ArchiveFile:
    """`path` for what has to be said of it, `sha256` of its bytes in hex, `town` and `eras` as the file has them."""

    path: Path
    sha256: str
    town: dict[str, Any]
    eras: list[dict[str, Any]]
    agencies: tuple[PastAgency, ...]
    requests: tuple[PastRequest, ...]


def is_one(data: bytes) -> bool:
    """Whether this is meant to be an archive, as far as one can tell without reading it."""
    return _MARK in data


def read(path: Path) -> ArchiveFile:
    """Raises ArchiveFileError with up to MOST_FAULTS faults, and says when there are more."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ArchiveFileError(path, [Fault(1, "", "", "not-a-file", {"why": error.strerror})]) from error
    if len(data) > MOST_BYTES:
        raise ArchiveFileError(path, [Fault(1, "", "", "too-large", {"most": MOST_BYTES})])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ArchiveFileError(path, [Fault(line, "", "", "not-utf8", {})]) from error
    reader = _Reader()
    try:
        town, eras, agencies, requests = reader.body(_Scanner(text))
    except _Stop as stop:
        raise ArchiveFileError(path, [*reader.faults, stop.fault]) from stop.__cause__
    if reader.faults:
        raise ArchiveFileError(path, sorted(reader.faults, key=lambda fault: fault.line))
    return ArchiveFile(path, hashlib.sha256(data).hexdigest(), town, eras, agencies, requests)


# — JSON, with the line of each item —


class _Stop(Exception):
    """Nothing after this can be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Odd(ValueError):
    """JSON that Python would take and this format does not."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Odd("twice", name=name[:40])
        found[name] = value
    return found


def _no_number(words: str) -> Any:
    raise _Odd("not-a-number", value=words[:40])


def _finite(words: str) -> float:
    value = float(words)
    return value if abs(value) < 1e300 else _no_number(words)


def _whole(words: str) -> int:
    return int(words) if len(words) <= 18 else _no_number(words)


class _Scanner:
    """Reads a JSON object one value after the other, and knows on which line each begins."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line, self._counted = text, 0, 1, 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )

    @property
    def line(self) -> int:
        """Of what comes next."""
        self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def fault(self, code: str, **params: Any) -> _Stop:
        return _Stop(Fault(self.line, "", "", code, params))

    def next_is(self, sign: str) -> bool:
        """Whether `sign` comes next; if so it is passed."""
        self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def expect(self, sign: str) -> None:
        if not self.next_is(sign):
            raise self.fault("not-json", why=f"{sign} is expected here")

    def value(self) -> Any:
        line = self.line
        try:
            value, self._at = self._decoder.raw_decode(self._text, self._at)
        except _Odd as odd:
            raise _Stop(Fault(line, "", "", odd.code, odd.params)) from odd
        except json.JSONDecodeError as error:
            raise _Stop(Fault(error.lineno, "", "", "not-json", {"why": error.msg})) from error
        except (ValueError, RecursionError) as error:
            raise _Stop(Fault(line, "", "", "not-json", {"why": "it is nested too deep"})) from error
        return value

    def fields(self) -> Iterator[str]:
        """The names of the object that comes next. Whoever asks reads each one's value before going on."""
        self.expect("{")
        if self.next_is("}"):
            return
        while True:
            line, name = self.line, self.value()
            if not isinstance(name, str):
                raise _Stop(Fault(line, "", "", "not-json", {"why": "a name in quotes is expected here"}))
            self.expect(":")
            yield name
            if not self.next_is(","):
                self.expect("}")
                return

    def items(self) -> Iterator[tuple[int, Any]]:
        """(line, value) of each item of the list that comes next."""
        self.expect("[")
        if self.next_is("]"):
            return
        while True:
            yield self.line, self.value()
            if not self.next_is(","):
                self.expect("]")
                return

    def end(self) -> None:
        line = self.line
        if self._at != len(self._text):
            raise _Stop(Fault(line, "", "", "not-json", {"why": "something stands after its end"}))


# — What the values have to be —


class _Reader:
    """Collects what is wrong, and goes on as long as something else can be looked at."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, line: int, item: str, field: str, code: str, **params: Any) -> None:
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append(Fault(line, item, field, code, params))

    def body(
        self, scanner: _Scanner
    ) -> tuple[dict[str, Any], list[dict[str, Any]], tuple[PastAgency, ...], tuple[PastRequest, ...]]:
        found: dict[str, tuple[int, Any]] = {}
        for name in scanner.fields():
            line = scanner.line
            if name in found:
                raise _Stop(Fault(line, "", "", "twice", {"name": name[:40]}))
            found[name] = line, list(scanner.items()) if name in ("agencies", "requests") else scanner.value()
        scanner.end()
        for name in ("format", "town", "eras", "agencies", "requests"):
            if name not in found:
                self.add(1, "", name, "missing")
                found[name] = (1, [] if name in ("agencies", "requests") else None)
            elif name == "format" and found[name][1] != FORMAT:
                self.add(found[name][0], "", name, "other-format", value=json.dumps(found[name][1])[:40])
        for name in found.keys() - {"format", "town", "eras", "agencies", "requests"}:
            self.add(found[name][0], "", name[:40], "unknown-field")
        town, clock = self.town(*found["town"])
        agencies = self.agencies(*found["agencies"])
        requests = self.requests(*found["requests"], agencies, clock)
        return town, self.eras(*found["eras"]), tuple(agencies.values()), requests

    def town(self, line: int, body: Any) -> tuple[dict[str, Any], "Clock"]:
        item = _Item(self, line, "town", body, ("name",), ("seed", "utc_offset_hours", "timezone"))
        item.text("name", 120)
        item.text("seed", 120, optional=True)
        clock = clock_of(item.body)
        if clock is None and isinstance(body, dict):
            item.fault("", "not-a-clock")
        # In one order, so that the same town is written in one way.
        return {name: item.body[name] for name in item.known if name in item.body}, clock or _UTC

    def eras(self, line: int, body: Any) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = body if isinstance(body, list) else []
        for number, era in enumerate(told):
            item = _Item(self, line, f"era {number + 1}", era, ("era", "from", "until", "about"))
            item.text("about", 1000)
        days = [(era, first and first.isoformat(), last and last.isoformat()) for era, first, last in rules.ERAS]
        if [isinstance(era, dict) and (era.get("era"), era.get("from"), era.get("until")) for era in told] != days:
            self.add(line, "", "eras", "eras-differ")
        return [{name: era.get(name) for name in ("era", "from", "until", "about")} for era in told if _is_object(era)]

    def agencies(self, line: int, items: list[tuple[int, Any]]) -> dict[str, PastAgency]:
        self._count(line, items, "agencies", MOST_AGENCIES)
        found: dict[str, PastAgency] = {}
        for at, body in items[:MOST_AGENCIES]:
            name = body.get("slug") if _is_object(body) else None
            item = _Item(self, at, f"agency {_short(name)}", body, ("slug", "name", "kind", "contact"))
            slug = item.text("slug", 60)
            if slug and not _SLUG.fullmatch(slug):
                item.fault("slug", "not-a-slug")
            elif slug in found:
                item.fault("slug", "agency-twice", first=found[slug].line)
            kind = item.text("kind", 12)
            if kind and kind not in models.AGENCY_KINDS:
                item.fault("kind", "not-a-kind")
            agency = PastAgency(at, slug, item.text("name", 120), kind, item.contact())
            found.setdefault(slug, agency)
        return found

    def requests(
        self, line: int, items: list[tuple[int, Any]], agencies: dict[str, PastAgency], clock: "Clock"
    ) -> tuple[PastRequest, ...]:
        self._count(line, items, "requests", MOST_REQUESTS)
        cases: dict[str, int] = {}
        found = []
        for at, body in items[:MOST_REQUESTS]:
            name = body.get("case_number") if _is_object(body) else None
            item = _Item(self, at, f"request {_short(name)}", body, REQUEST_FIELDS)
            request = item.request(clock)
            if item.body.get("era", "public") != "public":
                item.fault("era", "not-public")
            case, agency = item.body.get("case_number"), item.body.get("agency")
            if isinstance(agency, str) and agency and agency not in agencies:
                item.fault("agency", "agency-unknown", value=_short(agency))
            if isinstance(case, str) and case in cases:
                item.fault("case_number", "case-twice", first=cases[case])
            elif isinstance(case, str):
                cases[case] = at
            if request is not None:
                for refusal in rules.faults(request):
                    item.fault(refusal.field or "", refusal.code, **refusal.params)
                found.append(request)
        return tuple(found)

    def _count(self, line: int, items: list[Any], name: str, most: int) -> None:
        if len(items) > most:
            self.add(line, "", name, "too-many", most=most)
        elif not items:
            self.add(line, "", name, "none")


REQUEST_FIELDS = (
    *("era", "agency", "case_number", "incident_type", "active_investigation", "contact", "posted_at"),
    *("window", "area", "text", "replies", "last_reply_at", "closed_on"),
)


class _Item:
    """One object of the file, at `line`: `known` fields and no others, those that are `needed` among them."""

    def __init__(
        self,
        reader: _Reader,
        line: int,
        name: str,
        body: Any,
        needed: tuple[str, ...],
        optional: tuple[str, ...] = (),
        within: str = "",
    ) -> None:
        self.reader, self.line, self.name, self.within = reader, line, name, within
        self.known = (*needed, *optional)
        self.body: dict[str, Any] = body if _is_object(body) else {}
        self.good = True
        if not _is_object(body):
            self.fault("", "not-an-object")
            return
        for field in body.keys() - set(self.known):
            self.fault(_short(field), "unknown-field")
        for field in needed:
            if field not in body:
                self.fault(field, "missing")

    def fault(self, field: str, code: str, **params: Any) -> None:
        self.good = False
        place = f"{self.within}.{field}" if self.within and field else field or self.within
        self.reader.add(self.line, self.name, place, code, **params)

    def text(self, field: str, most: int, optional: bool = False, lines: bool = False) -> str:
        """A field's words; "" when there are none, with a fault for it unless it is `optional`."""
        value = self.body.get(field)
        if field not in self.body or (optional and value is None):
            return ""
        if not isinstance(value, str):
            self.fault(field, "not-text")
        elif not value.strip():
            self.fault(field, "blank")
        elif len(value) > most:
            self.fault(field, "long", count=len(value), most=most)
        elif (odd := _control(value, lines)) is not None:
            self.fault(field, "control", point=f"{ord(odd):04X}")
        else:
            return value
        return ""

    def inner(self, field: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> "_Item":
        """The object in a field. What is wrong with it is wrong with this one as well."""
        if field not in self.body:
            return _Item(self.reader, self.line, self.name, {}, (), (*needed, *optional), field)
        found = _Item(self.reader, self.line, self.name, self.body[field], needed, optional, field)
        self.good &= found.good
        return found

    def contact(self) -> PastContact:
        item = self.inner("contact", ("name", "title"), ("email", "phone"))
        name, title = item.text("name", 120), item.text("title", 80)
        email, phone = item.text("email", 320, optional=True), item.text("phone", 40, optional=True)
        if item.body and item.body.get("email") is None and item.body.get("phone") is None:
            item.fault("", "no-address")
        self.good &= item.good
        return PastContact(name, title, email or None, phone or None)

    def time(self, field: str) -> datetime | None:
        value = self.body.get(field)
        if field not in self.body:
            return None
        try:
            return rules.instant(value)
        except (TypeError, ValueError, OverflowError):
            self.fault(field, "not-a-time")
            return None

    def day(self, field: str) -> date | None:
        value = self.body.get(field)
        if field not in self.body:
            return None
        try:
            found = date.fromisoformat(value)
        except (TypeError, ValueError):
            found = None
        if found is None or found.isoformat() != value or not 2000 <= found.year <= 2100:
            self.fault(field, "not-a-day")
            return None
        return found

    def count(self, field: str) -> int:
        value = self.body.get(field, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_REPLIES:
            self.fault(field, "not-a-count", most=MOST_REPLIES)
            return 0
        return value

    def area(self) -> dict[str, Any]:
        item = self.inner("area", ("type", "coordinates"))
        rings = item.body.get("coordinates")
        if item.good and item.body and (item.body["type"] != "Polygon" or not _is_one_ring(rings)):
            item.fault("", "not-a-polygon")
        self.good &= item.good
        return {"type": "Polygon", "coordinates": rings}

    def request(self, clock: "Clock") -> PastRequest | None:
        """The request, if every field is at least of its kind."""
        words = [self.text("agency", 60), self.text("case_number", 40), self.text("incident_type", 80)]
        self.text("era", 20)
        active = self.body.get("active_investigation", True)
        if not isinstance(active, bool):
            self.fault("active_investigation", "not-true-or-false")
        contact, area, text = self.contact(), self.area(), self.text("text", 5000, lines=True)
        window = self.inner("window", ("from", "until"))
        posted, begins, ends = self.time("posted_at"), window.time("from"), window.time("until")
        last = self.time("last_reply_at") if self.body.get("last_reply_at") is not None else None
        replies, closed = self.count("replies"), self.day("closed_on")
        if not (self.good and window.good and posted and begins and ends and closed):
            return None
        return PastRequest(
            self.line, *words, active, contact, posted, begins, ends, area, text, replies, last, closed, clock(posted)
        )


Clock = Callable[[datetime], timedelta]  # an instant -> how far the town's clocks were from UTC


def clock_of(town: dict[str, Any]) -> Clock | None:
    """What a town's clocks showed; None when it says nothing that can be used, or both."""
    hours, zone = town.get("utc_offset_hours"), town.get("timezone")
    if zone is None and isinstance(hours, int | float) and not isinstance(hours, bool):
        minutes = hours * 60
        if models.LEAST_OFFSET <= minutes <= models.MOST_OFFSET and minutes % 15 == 0:
            return lambda _at: timedelta(minutes=minutes)
    if hours is None and isinstance(zone, str):
        try:
            found = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            return None
        return lambda at: at.astimezone(found).utcoffset() or timedelta()
    return None


def _UTC(_at: datetime) -> timedelta:  # noqa: N802  (stands in for a clock that could not be read)
    return timedelta()


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_one_ring(rings: Any) -> bool:
    return (
        isinstance(rings, list)
        and len(rings) == 1
        and isinstance(rings[0], list)
        and all(isinstance(point, list) and len(point) == 2 and all(map(_is_number, point)) for point in rings[0])
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _control(value: str, lines: bool) -> str | None:
    """The first character that no reader could see: controls, halves of characters, and what turns text around."""
    for sign in value:
        if (unicodedata.category(sign) in ("Cc", "Cs") and not (lines and sign == "\n")) or sign in _TURNS:
            return sign
    return None


def _short(value: Any) -> str:
    """A name for a message: on one line, without what could change a terminal."""
    words = value if isinstance(value, str) else "without a name"
    return "".join(sign for sign in words[:40] if sign.isprintable())

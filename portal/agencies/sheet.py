"""The directory as a table: CSV (RFC 4180) in UTF-8, read whole or refused whole, with every cell that is wrong.

Cells that a spreadsheet would take for a formula are written with an apostrophe before them, and read without it.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.agencies import rules
from portal.agencies.federal import Federal
from portal.agencies.rules import Agreed, Polygons, Proposal
from portal.db import Refusal

COLUMNS = (
    "slug", "kind", "name", "place", "region", "address", "email", "phone", "website", "about", "joined_on", "left_on",
    "jurisdiction", "agreements",
)  # fmt: skip
NEEDED = ("slug", "kind", "name", "email")
# Written and never read: no file says of an agency that it is verified.
TOLD = ("state", "verified_until")
MOST_BYTES = 5_000_000
MOST_ROWS = 10_000
MOST_BAD = 200  # cells of a report; their number is told in full
WHOLE_TOWN = "town"
KINDS = {
    "law enforcement": "police",
    "law-enforcement": "police",
    "fire department": "fire",
    "local government": "government",
}

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class Bad:
    """A cell that is wrong: its line in the file and its column (both from 1; 0: the whole file, the whole line), what
    stands in it, and why."""

    line: int
    column: int
    name: str
    value: str
    why: Refusal


class SheetError(Exception):
    """The file was not taken. `bad` are the first MOST_BAD of `count` wrong cells, in their order."""

    def __init__(self, bad: Sequence[Bad]) -> None:
        super().__init__(f"{len(bad)} wrong cells")
        self.bad = tuple(sorted(bad, key=lambda one: (one.line, one.column)))[:MOST_BAD]
        self.count = len(bad)


@dataclass(frozen=True)
class Row:
    """A line of the file: the agency that it describes, and the cells (H3, resolution 7) that it serves."""

    line: int
    proposal: Proposal
    cells: set[str]


@dataclass(frozen=True)
class Sheet:
    """A file that can be taken, if the directory has room for it. `columns` are the file's, in its order."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def refused(self, found: Iterable[tuple[int, Refusal]]) -> SheetError:
        """What the directory says of rows (by their place from 0), as a report about the file."""
        told = []
        for place, why in found:
            name = why.field or "slug"
            value = getattr(self.rows[place].proposal, name, "")
            told.append(Bad(self.rows[place].line, _number(self.columns, name), name, _short(str(value)), why))
        return SheetError(told)


def is_one(data: bytes) -> bool:
    """Whether a file is a table of agencies, by its first line."""
    first = data[:4096].decode("utf-8-sig", errors="replace").lstrip().partition("\n")[0]
    names = {name.strip().strip('"').lower() for name in re.split("[,;\t]", first)}
    return {"slug", "kind", "name"} <= names


def read(data: bytes, federal: Federal, today: date) -> Sheet:
    """Raises SheetError."""
    lines = _lines(_text(data))
    line, header = next(lines, (1, []))
    columns = _columns(line, header)
    bad: list[Bad] = []
    rows: list[Row] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in lines:
        if len(rows) >= MOST_ROWS:
            raise SheetError([Bad(line, 0, "", "", Refusal("too-many-rows", most=MOST_ROWS))])
        if len(cells) != len(columns):
            why = Refusal("cell-count", found=len(cells), wanted=len(columns))
            bad.append(Bad(line, 0, "", _short(",".join(cells)), why))
            continue
        told = {name: _plain(cell) for name, cell in zip(columns, cells, strict=True)}
        proposal, wrong = _proposal(told, today)
        unread = {why.field for why in wrong}
        wrong += [why for why in rules.problems(proposal, federal, today) if why.field not in unread]
        fields = {why.field for why in wrong}
        for name, value in (("slug", proposal.slug), ("email", rules.mail_domain(proposal.email))):
            if name not in fields and (earlier := seen.setdefault((name, value), line)) != line:
                wrong.append(Refusal("twice", name, line=earlier))
        bad += [
            Bad(line, _number(columns, why.field), why.field or "", _short(told.get(why.field or "", "")), why)
            for why in wrong
        ]
        if not wrong:
            polygons = proposal.polygons
            rows.append(Row(line, proposal, rules.cells_of(polygons) if polygons is not None and not bad else set()))
    if bad:
        raise SheetError(bad)
    if not rows:
        raise SheetError([Bad(0, 0, "", "", Refusal("no-rows"))])
    return Sheet(columns, tuple(rows))


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise SheetError([Bad(0, 0, "", "", Refusal("file-too-large", most=MOST_BYTES // 1_000_000))])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError([Bad(1, 0, "", "", Refusal("not-utf8"))])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        around = data[max(0, error.start - 20) : error.start + 20].decode("cp1252", errors="replace")
        line = before.count(b"\n") + 1
        raise SheetError([Bad(line, 0, "", _short(around), Refusal("not-utf8"))]) from None


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(its first line in the file, cells) of each row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise SheetError([Bad(line, 0, "", "", Refusal("quotes"))]) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(line: int, header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in header)
    if len(names) == 1 and re.search("[;\t]", names[0]):
        raise SheetError([Bad(line, 0, "", _short(names[0]), Refusal("separator"))])
    bad = [
        Bad(line, place, name, _short(name), Refusal("column-unknown", columns=", ".join(COLUMNS)))
        for place, name in enumerate(names, 1)
        if name not in COLUMNS + TOLD
    ]
    bad += [
        Bad(line, place, name, name, Refusal("column-twice"))
        for place, name in enumerate(names, 1)
        if name in names[: place - 1]
    ]
    bad += [Bad(line, 0, name, "", Refusal("column-missing", column=name)) for name in NEEDED if name not in names]
    if bad:
        raise SheetError(bad)
    return names


def _number(columns: Sequence[str], name: str | None) -> int:
    return columns.index(name) + 1 if name in columns else 0


def _short(value: str) -> str:
    value = " ".join(value.split())
    return value if len(value) <= 60 else value[:59] + "…"


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _safe(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _proposal(told: dict[str, str], today: date) -> tuple[Proposal, list[Refusal]]:
    """What a row says, and what of it cannot be read; such cells count as left out."""
    wrong: list[Refusal] = []

    def take(name: str, parse: Any) -> Any:
        text = told.get(name, "").strip()
        try:
            return parse(text) if text else None
        except Refusal as refusal:
            wrong.append(Refusal(refusal.code, name, **refusal.params))
            return None

    drawn = take("jurisdiction", _jurisdiction)
    texts = ("slug", "name", "email", "about", "phone", "address", "website", "place", "region")
    proposal = Proposal(
        kind=KINDS.get(told.get("kind", "").strip().lower(), told.get("kind", "").strip().lower()),
        joined_on=take("joined_on", _day) or today,
        left_on=take("left_on", _day),
        whole_town=drawn == WHOLE_TOWN,
        polygons=None if drawn == WHOLE_TOWN else drawn,
        agreements=take("agreements", _agreements) or (),
        **{name: told.get(name, "") for name in texts},
    )
    return rules.tidy(proposal), wrong


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("day-shape") from None


def _jurisdiction(text: str) -> Polygons | str:
    if text.lower() == WHOLE_TOWN:
        return WHOLE_TOWN
    try:
        return rules.polygons(json.loads(text))
    except (ValueError, RecursionError):
        raise Refusal("not-geojson") from None


def _agreements(text: str) -> tuple[Agreed, ...]:
    try:
        found = json.loads(text)
        return tuple(
            Agreed(
                str(one["kind"]),
                str(one["with"]),
                date.fromisoformat(one["since"]),
                date.fromisoformat(one["until"]) if one.get("until") else None,
                str(one.get("link") or ""),
            )
            for one in found
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Refusal("agreements-shape") from None


def write(rows: Iterable[tuple[Proposal, str, date | None]]) -> str:
    """Agencies with the state of each and the day on which its verification ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS + TOLD)
    for proposal, state, until in rows:
        cells = asdict(proposal) | {
            "jurisdiction": WHOLE_TOWN if proposal.whole_town else _drawn(proposal.polygons),
            "agreements": _agreed(proposal.agreements),
            "state": state,
            "verified_until": until,
        }
        writer.writerow(
            [_safe("" if cells[name] is None else str(cells[name])) for name in COLUMNS + TOLD],
        )
    return out.getvalue()


def _drawn(polygons: Polygons | None) -> str:
    if polygons is None:
        return ""
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons}, separators=(",", ":"))


def _agreed(agreements: Sequence[Agreed]) -> str:
    found = [
        {"kind": one.kind, "with": one.with_whom, "since": one.since.isoformat()}
        | ({"until": one.until.isoformat()} if one.until else {})
        | ({"link": one.link} if one.link else {})
        for one in agreements
    ]
    return json.dumps(found, ensure_ascii=False) if found else ""

"""The whole archive as files for machines. The same archive gives the same bytes, whoever asks and whenever, so that a
copy can be checked against the digest that stands beside it; the JSON is a file that `porchlight import` reads."""

import csv
import hashlib
import io
import json
import threading
from dataclasses import dataclass
from typing import Any

from portal.archive import queries, rules
from portal.archive.archivefile import FORMAT
from portal.archive.queries import Past
from portal.archive.rules import PastContact, written
from portal.db import Act
from portal.web.spreadsheet import cell

MANIFEST = "porchlight-archive-manifest-1"
COLUMNS = (
    *("case_number", "agency", "agency_name", "incident_type", "posted_at", "window_from", "window_until"),
    *("window_minutes", "square_miles", "area", "text", "replies", "last_reply_at", "closed_on"),
    *("contact_name", "contact_title", "contact_email", "contact_phone"),
)


@dataclass(frozen=True)
class Export:
    """One file: its bytes, their SHA-256 in hex, and how many requests it holds."""

    name: str
    mimetype: str
    data: bytes
    sha256: str
    rows: int


@dataclass(frozen=True)
class Exports:
    csv: Export
    json: Export
    manifest: Export

    @property
    def tables(self) -> tuple[Export, Export]:
        return self.csv, self.json


_lock = threading.Lock()
_kept: dict[tuple[str, ...], Exports] = {}  # by the digests of the files that they came from; the latest alone


def of_the_archive(act: Act) -> Exports:
    """Made once for each state of the archive: its files, in their order, decide every byte."""
    key = tuple(made.sha256 for made in queries.imports(act))
    with _lock:
        if key not in _kept:
            _kept.clear()
            _kept[key] = _made(act, key)
        return _kept[key]


def _made(act: Act, digests: tuple[str, ...]) -> Exports:
    past = queries.everything(act)
    table = _export("requests.csv", "text/csv", _csv(past), len(past))
    whole = _export("requests.json", "application/json", _json(act, past), len(past))
    manifest = {
        "format": MANIFEST,
        "requests": len(past),
        "imports": list(digests),
        "files": [
            {"name": file.name, "rows": file.rows, "bytes": len(file.data), "sha256": file.sha256}
            for file in (table, whole)
        ],
    }
    text = json.dumps(manifest, indent=2) + "\n"
    return Exports(table, whole, _export("manifest.json", "application/json", text, len(past)))


def _export(name: str, mimetype: str, text: str, rows: int) -> Export:
    data = text.encode()
    return Export(name, mimetype, data, hashlib.sha256(data).hexdigest(), rows)


def _csv(past: list[Past]) -> str:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    for one in past:
        request, contact = one.request, queries.contact(one.request)
        values = {
            "case_number": request.case_number,
            "agency": one.agency.slug,
            "agency_name": one.agency.name,
            "incident_type": request.incident_type,
            "posted_at": written(request.posted_at),
            "window_from": written(request.window_from),
            "window_until": written(request.window_until),
            "window_minutes": one.minutes,
            "square_miles": request.square_miles,
            "area": json.dumps(request.area),
            "text": request.text,
            "replies": request.replies,
            "last_reply_at": written(request.last_reply_at) if request.last_reply_at else "",
            "closed_on": request.closed_on.isoformat(),
            **{f"contact_{name}": value for name, value in vars(contact).items()},
        }
        write.writerow([cell(values[name]) for name in COLUMNS])
    return out.getvalue()


def _json(act: Act, past: list[Past]) -> str:
    """In the form that docs/archive.md describes: each agency and each request on a line of its own."""
    made = queries.imports(act)
    days = [
        {"era": era, "from": first and first.isoformat(), "until": last and last.isoformat()}
        for era, first, last in rules.ERAS
    ]
    head = {"format": FORMAT, "town": made[0].town if made else None, "eras": made[0].eras if made else days}
    lines = [f"{json.dumps(name)}: {_line(value)}" for name, value in head.items()]
    agencies = [
        {"slug": row.slug, "name": row.name, "kind": row.kind, "contact": _contact(queries.contact(row))}
        for row in queries.agencies(act)
    ]
    for name, items in (("agencies", agencies), ("requests", [_request(one) for one in past])):
        lines.append(f"{json.dumps(name)}: [\n" + ",\n".join(map(_line, items)) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _request(one: Past) -> dict[str, Any]:
    request = one.request
    return {
        "era": request.era,
        "agency": one.agency.slug,
        "case_number": request.case_number,
        "incident_type": request.incident_type,
        "active_investigation": True,
        "contact": _contact(queries.contact(request)),
        "posted_at": written(request.posted_at),
        "window": {"from": written(request.window_from), "until": written(request.window_until)},
        "area": request.area,
        "text": request.text,
        "replies": request.replies,
        "last_reply_at": written(request.last_reply_at) if request.last_reply_at else None,
        "closed_on": request.closed_on.isoformat(),
    }


def _contact(contact: PastContact) -> dict[str, str]:
    return {name: value for name, value in vars(contact).items() if value is not None}

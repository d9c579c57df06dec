"""A small archive as the file that a town would import, and ways to get one thing in it wrong."""

import copy
import json
from pathlib import Path
from typing import Any

from portal.archive import archivefile, service
from portal.archive.models import ArchiveImport
from tests.helpers import Town

# 0.01 degrees of longitude by 0.005 of latitude at 40° north: about 0.183 square miles.
RING = [[-85.005, 40.0], [-84.995, 40.0], [-84.995, 40.005], [-85.005, 40.005], [-85.005, 40.0]]
CONTACT = {"name": "Dana Whitfield", "title": "Sergeant", "email": "desk@pd.example", "phone": "(555) 010-0142"}
AGENCY = {"slug": "maple-police", "name": "Maple Police", "kind": "police", "contact": CONTACT}
ERAS = [
    {"era": "e-mail", "from": None, "until": "2021-06-06", "about": "Private e-mails."},
    {"era": "public", "from": "2021-06-07", "until": "2024-01-31", "about": "Public posts."},
    {"era": "ended", "from": "2024-02-01", "until": None, "about": "No requests."},
]
REQUEST: dict[str, Any] = {
    "era": "public",
    "agency": "maple-police",
    "case_number": "23-MP-00007",
    "incident_type": "Theft of a parcel",
    "active_investigation": True,
    "contact": CONTACT,
    "posted_at": "2023-03-04T15:12:00Z",
    "window": {"from": "2023-03-02T18:15:00Z", "until": "2023-03-02T20:30:00Z"},
    "area": {"type": "Polygon", "coordinates": [RING]},
    "text": "We are investigating parcels taken from porches near Maple Street. You do not have to reply.",
    "replies": 4,
    "last_reply_at": "2023-03-09T08:10:44Z",
    "closed_on": "2023-03-11",
}


def request(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(REQUEST) | changes


def body(*requests: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An archive of these requests; of one good one, when none is given."""
    return {
        "format": "porchlight-archive-1",
        "town": {"name": "Maple", "utc_offset_hours": -5.0},
        "eras": copy.deepcopy(ERAS),
        "agencies": [copy.deepcopy(AGENCY)],
        "requests": list(requests) or [request()],
    } | changes


def text(content: dict[str, Any]) -> str:
    """As JSON with each field of the file on a line of its own, and each agency and request."""
    parts = []
    for name, value in content.items():
        if name in ("agencies", "requests") and isinstance(value, list):
            inner = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"{json.dumps(name)}: [\n{inner}\n]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def written(folder: Path, content: dict[str, Any] | str | bytes, name: str = "past.json") -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else text(content), encoding="utf-8")
    return path


def bring_in(town: Town, folder: Path, content: dict[str, Any] | str, name: str = "past.json") -> ArchiveImport:
    file = archivefile.read(written(folder, content, name))
    with town.acting() as act:
        return service.bring_in(act, file)

"""Bringing a file of closed requests into the archive, and taking a whole file out of it again. Nothing else."""

import uuid
from typing import Any

from sqlalchemy import delete, insert

from portal.archive import queries
from portal.archive.archivefile import ArchiveFile, ArchiveFileError, Fault
from portal.archive.models import ArchiveAgency, ArchivedRequest, ArchiveImport
from portal.archive.rules import PastContact, PastRequest
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id

LEAST_REASON, MOST_REASON = 10, 500


def bring_in(act: Act, file: ArchiveFile) -> ArchiveImport:
    """All of a file's requests, or none: raises ArchiveFileError with every line that does not go with what the archive
    holds already."""
    faults = _clashes(act, file)
    if faults:
        raise ArchiveFileError(file.path, faults)
    made = ArchiveImport(id=new_id(), sha256=file.sha256, town=file.town, eras=file.eras, imported_at=act.now)
    facts = {"requests": len(file.requests), "agencies": len(file.agencies), "sha256": file.sha256}
    record(act, "archive.imported", made, facts)
    act.session.flush()  # the ledger first: without its entry the database takes no import
    act.session.add(made)
    act.session.flush()
    agencies = {agency.slug: new_id() for agency in file.agencies}
    act.session.execute(
        insert(ArchiveAgency),
        [
            {
                "id": agencies[agency.slug],
                "import_id": made.id,
                "position": position,
                "slug": agency.slug,
                "name": agency.name,
                "kind": agency.kind,
                **_contact(agency.contact),
            }
            for position, agency in enumerate(file.agencies)
        ],
    )
    rows = [_row(request, made.id, agencies[request.agency]) for request in file.requests]
    act.session.execute(insert(ArchivedRequest), rows)
    return made


def _row(request: PastRequest, import_id: uuid.UUID, agency_id: uuid.UUID) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "agency_id": agency_id,
        "era": "public",
        "case_number": request.case_number,
        "incident_type": request.incident_type,
        **_contact(request.contact),
        "utc_offset_minutes": round(request.offset.total_seconds() / 60),
        "posted_at": request.posted_at,
        "posted_on": request.on(request.posted_at),
        "window_from": request.window_from,
        "window_until": request.window_until,
        "area": request.area,
        "square_miles": request.square_miles,
        "text": request.text,
        "replies": request.replies,
        "last_reply_at": request.last_reply_at,
        "closed_on": request.closed_on,
    }


def _contact(contact: PastContact) -> dict[str, str | None]:
    return {f"contact_{name}": value for name, value in vars(contact).items()}


def _clashes(act: Act, file: ArchiveFile) -> list[Fault]:
    """What cannot stand beside what was imported before."""
    if queries.import_by_digest(act, file.sha256) is not None:
        return [Fault(1, "", "", "same-file", {})]
    faults = []
    before = queries.imports(act)
    if before and before[0].town != file.town:
        faults.append(Fault(1, "", "town", "other-town", {"name": before[0].town["name"]}))
    known = {agency.slug: agency for agency in queries.agencies(act)}
    for agency in file.agencies:
        there = known.get(agency.slug)
        if there is not None and (there.name, there.kind, queries.contact(there)) != (
            agency.name,
            agency.kind,
            agency.contact,
        ):
            faults.append(Fault(agency.line, f"agency {agency.slug}", "", "agency-differs", {}))
    cases = queries.numbers_of_cases(act)
    faults += [
        Fault(request.line, f"request {request.case_number}", "case_number", "case-known", {"number": number})
        for request in file.requests
        if (number := cases.get(request.case_number)) is not None
    ]
    return faults


def withdraw(act: Act, sha256: str, reason: str) -> int:
    """Take a file out of the archive, whole, because it was wrong or held what should not be public. The ledger says so
    and why, for good. Returns how many requests went.

    Raises NotFound; Refusal: reason-short (`least`), reason-long (`most`).
    """
    made = queries.import_by_digest(act, sha256)
    if made is None:
        raise NotFound
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Refusal("reason-short", "reason", least=LEAST_REASON)
    if len(reason) > MOST_REASON:
        raise Refusal("reason-long", "reason", most=MOST_REASON)
    count = queries.count_of(act, made)
    record(act, "archive.withdrawn", made, {"requests": count, "sha256": made.sha256, "reason": reason})
    act.session.flush()  # the ledger first: without its entry the database lets nothing go
    act.session.execute(delete(ArchiveImport).where(ArchiveImport.id == made.id))
    return count

"""Reading the archive: everybody may, so nothing here asks who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from shapely import MultiLineString
from shapely.geometry import shape
from sqlalchemy import Select, column, func, or_, select, table, tuple_

from portal.agencies.models import Agency
from portal.archive.models import ArchiveAgency, ArchivedRequest, ArchiveImport
from portal.archive.rules import PastContact
from portal.audit import queries as audit
from portal.audit.models import LedgerEntry
from portal.db import Act
from portal.fulltext import search_expression
from portal.neighbourhoods import queries as places

ARCHIVE_TEXT = table("archive_text", column("rowid"), column("archive_text"))


def imports(act: Act) -> Sequence[ArchiveImport]:
    """The files that the archive is made of, in the order in which they came."""
    return act.session.scalars(select(ArchiveImport).order_by(ArchiveImport.id)).all()


def import_by_digest(act: Act, sha256: str) -> ArchiveImport | None:
    return act.session.scalar(select(ArchiveImport).where(ArchiveImport.sha256 == sha256))


def entries(act: Act, limit: int) -> Sequence[LedgerEntry]:
    """The newest entries of the ledger about what came into the archive and what was taken out."""
    return audit.public_entries(act, None, limit, ("archive.imported", "archive.withdrawn"))


def count_of(act: Act, made: ArchiveImport) -> int:
    return act.session.scalar(select(func.count()).where(ArchivedRequest.import_id == made.id)) or 0


def agencies(act: Act) -> list[ArchiveAgency]:
    """Each agency that asked, once, in the order of the files."""
    query = select(ArchiveAgency).order_by(ArchiveAgency.import_id, ArchiveAgency.position)
    found: dict[str, ArchiveAgency] = {}
    for agency in act.session.scalars(query):
        found.setdefault(agency.slug, agency)
    return list(found.values())


def contact(row: ArchiveAgency | ArchivedRequest) -> PastContact:
    return PastContact(row.contact_name, row.contact_title, row.contact_email, row.contact_phone)


def numbers_of_cases(act: Act) -> dict[str, int]:
    """case number -> the number of its request."""
    query = select(ArchivedRequest.case_number, ArchivedRequest.id)
    return {case: number for case, number in act.session.execute(query)}


@dataclass(frozen=True)
class Wish:
    """What somebody looks for: `terms` of a search, an agency's slug, a year by the town's clock, an incident type."""

    terms: tuple[str, ...] = ()
    agency: str = ""
    year: int | None = None
    incident_type: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms or self.agency or self.year or self.incident_type)


@dataclass(frozen=True)
class Past:
    """A request and the agency that made it."""

    request: ArchivedRequest
    agency: ArchiveAgency

    @property
    def minutes(self) -> int:
        """The length of the time that it was about."""
        return round((self.request.window_until - self.request.window_from).total_seconds() / 60)

    def local(self, moment: datetime) -> datetime:
        """An instant by the town's clocks of then."""
        return moment.astimezone(timezone(timedelta(minutes=self.request.utc_offset_minutes)))


def _wanted(wish: Wish, *columns: Any) -> Select[Any]:
    query = select(*columns).select_from(ArchivedRequest)
    query = query.join(ArchiveAgency, ArchiveAgency.id == ArchivedRequest.agency_id)
    if wish.terms:
        query = query.join(ARCHIVE_TEXT, ARCHIVE_TEXT.c.rowid == ArchivedRequest.id)
        query = query.where(ARCHIVE_TEXT.c.archive_text.op("MATCH")(search_expression(wish.terms)))
    if wish.agency:
        query = query.where(ArchiveAgency.slug == wish.agency)
    if wish.year:
        query = query.where(func.substr(ArchivedRequest.posted_on, 1, 4) == f"{wish.year:04d}")
    if wish.incident_type:
        query = query.where(ArchivedRequest.incident_type == wish.incident_type)
    return query


def requests(act: Act, limit: int, wish: Wish = Wish(), before: tuple[datetime, int] | None = None) -> list[Past]:
    """Requests, the last posted first: those after `before`, the (time of posting, number) of another."""
    query = _wanted(wish, ArchivedRequest, ArchiveAgency)
    if before is not None:
        query = query.where(tuple_(ArchivedRequest.posted_at, ArchivedRequest.id) < before)
    query = query.order_by(ArchivedRequest.posted_at.desc(), ArchivedRequest.id.desc()).limit(limit)
    return [Past(*row) for row in act.session.execute(query)]


def count(act: Act, wish: Wish = Wish()) -> int:
    return act.session.scalar(_wanted(wish, func.count())) or 0


def request(act: Act, number: int) -> Past | None:
    query = _wanted(Wish(), ArchivedRequest, ArchiveAgency).where(ArchivedRequest.id == number)
    row = act.session.execute(query).one_or_none()
    return Past(*row) if row is not None else None


def everything(act: Act) -> list[Past]:
    """Every request, in the order of the files."""
    query = _wanted(Wish(), ArchivedRequest, ArchiveAgency).order_by(ArchivedRequest.id)
    return [Past(*row) for row in act.session.execute(query)]


@dataclass(frozen=True)
class Totals:
    """Of the whole archive: requests in each month ("2023-03"), of each type and of each agency (slug); replies."""

    months: dict[str, int]
    incident_types: dict[str, int]
    agencies: dict[str, int]
    replies: int
    unanswered: int

    @property
    def requests(self) -> int:
        return sum(self.months.values())

    @property
    def years(self) -> list[int]:
        return sorted({int(month[:4]) for month in self.months}, reverse=True)


def totals(act: Act) -> Totals:
    month = func.substr(ArchivedRequest.posted_on, 1, 7)

    def counts(key: Any) -> dict[str, int]:
        query = _wanted(Wish(), key, func.count()).group_by(key).order_by(key)
        return {value: number for value, number in act.session.execute(query)}

    answered = _wanted(Wish(), func.total(ArchivedRequest.replies), func.total(ArchivedRequest.replies == 0))
    replies, unanswered = act.session.execute(answered).one()
    return Totals(
        counts(month), counts(ArchivedRequest.incident_type), counts(ArchiveAgency.slug), int(replies), int(unanswered)
    )


def slug_of(act: Act, agency: Agency) -> str:
    """The short name, in the archive, of an agency of today's directory: the same short name, or the same name. "" when
    it has no past there."""
    query = select(ArchiveAgency.slug).where(
        or_(ArchiveAgency.slug == agency.slug, func.lower(ArchiveAgency.name) == agency.name.lower())
    )
    return act.session.scalar(query.order_by(ArchiveAgency.slug != agency.slug).limit(1)) or ""


def today(act: Act, agency: ArchiveAgency) -> Agency | None:
    """The same the other way round."""
    query = select(Agency).where(or_(Agency.slug == agency.slug, func.lower(Agency.name) == agency.name.lower()))
    return act.session.scalar(query.order_by(Agency.slug != agency.slug).limit(1))


def streets_in(act: Act, request: ArchivedRequest) -> list[str]:
    """The streets of today's map that lead through a request's area: what the map shows, in words."""
    area = shape(request.area)
    return [
        street.name for street in places.streets(act) if street.lines and MultiLineString(street.lines).intersects(area)
    ]

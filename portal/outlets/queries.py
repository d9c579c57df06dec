"""Which posts go out, and to where. All of them come from the two gates in `portal.bulletins.queries`."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shapely import MultiPolygon
from sqlalchemy import ColumnElement, and_, or_, select

from portal.agencies.models import Jurisdiction, JurisdictionShape
from portal.bulletins.models import AgencyPost, AgencyPostRevision
from portal.bulletins.queries import Published, over, public, public_or_taken_back
from portal.db import Act
from portal.outlets import rules


def newest(act: Act, limit: int, agency_id: uuid.UUID | None = None, kind: str | None = None) -> list[Published]:
    """The newest posts, those that have faded among them: they leave as newer ones come."""
    query = public().order_by(AgencyPost.published_seq.desc()).limit(limit)
    return _found(act, query.where(*_given(agency_id, kind)))


def current(act: Act, limit: int, agency_id: uuid.UUID | None = None, kind: str | None = None) -> list[Published]:
    """Posts that still hold (no faded update, no event that is over): urgent ones first, then the newest."""
    order = (AgencyPost.urgency.is_(None), AgencyPost.published_seq.desc())
    query = public().where(~over(act.now)).order_by(*order).limit(limit)
    return _found(act, query.where(*_given(agency_id, kind)))


def placed(act: Act) -> list[Published]:
    """Posts that still hold and say where, the newest first."""
    query = public().where(~over(act.now), AgencyPost.lat.is_not(None))
    return _found(act, query.order_by(AgencyPost.published_seq.desc()).limit(rules.MOST_PLACES))


def events(act: Act, agency_id: uuid.UUID | None = None) -> list[Published]:
    """Events by their time, from PAST_EVENTS ago on; also those that an agency took back."""
    query = public_or_taken_back().where(
        AgencyPost.kind == "event", AgencyPost.starts_at > act.now - rules.PAST_EVENTS, *_given(agency_id)
    )
    latest = _found(act, query.order_by(AgencyPost.starts_at.desc(), AgencyPost.id).limit(rules.MOST_EVENTS))
    return latest[::-1]


@dataclass(frozen=True)
class Alert:
    """An urgent update and when each of its messages went out: the first, its edits, and that it was taken back."""

    found: Published
    sent: tuple[datetime, ...]

    @property
    def cancelled(self) -> bool:
        return self.found.post.state == "withdrawn"

    @property
    def expires(self) -> datetime:
        return self.found.post.fades_at or self.sent[0] + rules.LONGEST_ALERT


def alerts(act: Act) -> list[Alert]:
    """Urgent updates of all agencies that have not expired, the newest first; also those that were taken back."""
    in_force = or_(
        AgencyPost.fades_at > act.now,
        and_(AgencyPost.fades_at.is_(None), AgencyPost.published_at > act.now - rules.LONGEST_ALERT),
    )
    query = public_or_taken_back().where(AgencyPost.urgency.is_not(None), in_force)
    return _alerts(act, _found(act, query.order_by(AgencyPost.published_seq.desc()).limit(rules.MOST_ALERTS)))


def alert(act: Act, post_id: uuid.UUID) -> Alert | None:
    """An urgent update, also after it has expired; one that was taken back only until then."""
    query = public_or_taken_back().where(AgencyPost.urgency.is_not(None), AgencyPost.id == post_id)
    for alert in _alerts(act, _found(act, query)):
        if not alert.cancelled or alert.expires > act.now:
            return alert
    return None


def areas(act: Act, agency_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, MultiPolygon]:
    """Where each of these agencies serves: as it was drawn, else the cells of the whole town. None for who serves
    nowhere."""
    wanted = set(agency_ids)
    drawn = select(JurisdictionShape.agency_id, JurisdictionShape.polygons)
    found = {
        agency_id: rules.drawn(polygons)
        for agency_id, polygons in act.session.execute(drawn.where(JurisdictionShape.agency_id.in_(wanted)))
    }
    query = select(Jurisdiction.agency_id, Jurisdiction.cell7).where(Jurisdiction.agency_id.in_(wanted - set(found)))
    cells: dict[uuid.UUID, set[str]] = {}
    for agency_id, cell in act.session.execute(query):
        cells.setdefault(agency_id, set()).add(cell)
    return found | {agency_id: rules.outline(frozenset(held)) for agency_id, held in cells.items()}


def _found(act: Act, query: Any) -> list[Published]:
    return [Published(*row) for row in act.session.execute(query)]


def _given(agency_id: uuid.UUID | None, kind: str | None = None) -> list[ColumnElement[bool]]:
    wishes = ((AgencyPost.agency_id, agency_id), (AgencyPost.kind, kind))
    return [column == value for column, value in wishes if value is not None]


def _alerts(act: Act, rows: list[Published]) -> list[Alert]:
    query = (
        select(AgencyPostRevision.post_id, AgencyPostRevision.replaced_at)
        .where(AgencyPostRevision.post_id.in_([row.post.id for row in rows]))
        .order_by(AgencyPostRevision.revision)
    )
    edits: dict[uuid.UUID, list[datetime]] = {}
    for post_id, at in act.session.execute(query):
        edits.setdefault(post_id, []).append(at)
    return [
        Alert(row, tuple(filter(None, (row.post.published_at, *edits.get(row.post.id, ()), row.post.withdrawn_at))))
        for row in rows
    ]

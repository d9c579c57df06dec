"""What agencies say, for other programs: feed readers, calendars, warning systems, maps. Without any account."""

import uuid
from datetime import UTC, datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies import access as agency_access
from portal.agencies import queries as agencies
from portal.agencies.models import Agency
from portal.bulletins.queries import last_change
from portal.db import Act, NotFound
from portal.outlets import atom, cap, geojson, ics, queries, rules
from portal.outlets.answers import KINDS, for_programs, town, wished_kind, wished_number
from portal.web.access import EVERYBODY, allow
from portal.web.context import reading
from portal.web.filters import exact

blueprint = Blueprint("outlets_api", __name__)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # of a list in a town that has no agency yet

EVENTS = {
    "Geo": _l("Ground movement"),
    "Met": _l("Weather"),
    "Safety": _l("Public safety"),
    "Fire": _l("Fire"),
    "Health": _l("Public health"),
    "Env": _l("Environment"),
    "Transport": _l("Traffic"),
    "Infra": _l("Utilities"),
    "Other": _l("Public notice"),
}


@blueprint.get("/agencies.atom")
@blueprint.get("/agencies/<slug>.atom")
@allow(*EVERYBODY, alike=True)
def news(slug: str | None = None) -> ResponseReturnValue:
    """`limit`: how many posts, at most 100. `kind`: only tips, updates or events."""
    kind, limit = wished_kind(), wished_number(rules.NEWEST, rules.MOST_NEWEST)
    act, here = reading(), town()
    agency = agency_access.agency(act, slug) if slug else None
    found = queries.newest(act, limit, agency.id if agency else None, kind)
    changed = _last_change(act, agency)
    with force_locale(here.language):
        title = agency.name if agency else _("Agencies of %(town)s", town=here.name)
        page = here.agency(slug) if slug else f"{here.base}/agencies"
        words = atom.Words({name: str(word) for name, word in KINDS.items()}, exact, _("Source: %(source)s"))
        head = atom.Head(title, f"{page}.atom", page, changed)
        body = atom.posts(here, head, words, found)
    return for_programs(body, atom.MEDIA_TYPE, changed)


@blueprint.get("/agencies.ics")
@blueprint.get("/agencies/<slug>.ics")
@allow(*EVERYBODY, alike=True)
def calendar(slug: str | None = None) -> ResponseReturnValue:
    act, here = reading(), town()
    agency = agency_access.agency(act, slug) if slug else None
    found = queries.events(act, agency.id if agency else None)
    with force_locale(here.language):
        title = _("Events: %(name)s", name=agency.name if agency else here.name)
    page = here.agency(slug) if slug else f"{here.base}/agencies"
    body = ics.calendar(here, title, f"{page}.ics", page, found)
    return for_programs(body, ics.MEDIA_TYPE, _last_change(act, agency))


@blueprint.get("/agencies.cap")
@allow(*EVERYBODY, alike=True)
def alerts() -> ResponseReturnValue:
    """The alerts in force, as an Atom feed that leads to each."""
    act, here = reading(), town()
    with force_locale(here.language):
        title = _("Urgent updates of %(town)s", town=here.name)
    head = atom.Head(title, f"{here.base}/agencies.cap", f"{here.base}/agencies", _last_change(act, None))
    return for_programs(atom.alerts(here, head, queries.alerts(act)), atom.MEDIA_TYPE)


@blueprint.get("/agencies/<slug>/posts/<uuid:post_id>.cap")
@allow(*EVERYBODY, alike=True)
def alert(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    act, here = reading(), town()
    found = queries.alert(act, post_id)
    if found is None or found.found.agency.slug != slug:
        raise NotFound
    agency = found.found.agency
    area = queries.areas(act, [agency.id]).get(agency.id)
    with force_locale(here.language):
        words = cap.Words(
            {name: str(word) for name, word in EVENTS.items()},
            _("No longer in force, %(agency)s: %(title)s"),
            _("A demonstration with an invented town. Nothing of it is real."),
        )
    body = cap.message(here, words, found, area)
    return for_programs(body, cap.MEDIA_TYPE)


@blueprint.get("/agencies.geojson")
@allow(*EVERYBODY, alike=True)
def places() -> ResponseReturnValue:
    act = reading()
    every = agencies.agencies(act)
    areas = queries.areas(act, [agency.id for agency in every])
    return for_programs(geojson.collection(town(), every, areas, queries.placed(act)), geojson.MEDIA_TYPE)


def _last_change(act: Act, agency: Agency | None) -> datetime:
    """Also of a list that is empty."""
    since = agency.created_at if agency else BEGINNING
    return max(since, last_change(act, agency.id if agency else None) or since)

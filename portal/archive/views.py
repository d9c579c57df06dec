"""The archive of closed requests for footage: how it was, for everybody to read. Nothing here can be answered."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.models import Agency
from portal.archive import exports, models, queries, rules
from portal.archive.exports import Export
from portal.archive.queries import Past, Wish
from portal.db import NotFound
from portal.fulltext import search_terms
from portal.web import hx, limits
from portal.web.access import EVERYBODY, allow
from portal.web.context import reading
from portal.web.pagination import LARGEST, decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("archive", __name__)
PAGE = 20
MOST_QUERY = 200  # characters
MOST_AREAS = 500  # on the map
MOST_ENTRIES = 20  # of the ledger, on the page

# Where footage was asked for, in which years, and how that was.
ERA_WORDS: dict[str, tuple[Any, Any]] = {
    "e-mail": (
        _l("Private e-mails"),
        _l(
            "The maker of the cameras sent e-mails to their owners on behalf of the police. Nobody else could read"
            " them, and no town has a list of them."
        ),
    ),
    "public": (
        _l("Public posts"),
        _l(
            "Requests were posts that everybody could read: for an active investigation with a case number and a"
            " contact, about a time of 15 minutes to 12 hours and an area of 0.025 to 0.5 square miles."
        ),
    ),
    "ended": (
        _l("Ended"),
        _l("No new request could be posted. The last replies came by 29 February 2024; then all of them were closed."),
    ),
}


@blueprint.get("/requests")
@limits.when_asked(limits.SEARCH, lambda: bool(request.args.get("q")))
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    act, wish = reading(), _wish()
    key = decode(request.args.get("before"), int, int)
    before = (rules.from_seconds(key[0]), key[1]) if key else None
    rows = queries.requests(act, PAGE + 1, wish, before)
    found = page_of(rows, PAGE, lambda past: (int(past.request.posted_at.timestamp()), past.request.id))
    context = {"found": found, "asked": _asked(wish)}
    if hx.asked() and key:
        return hx.fragment(render_template("archive/_rows.html", **context))
    totals = queries.totals(act)
    return render_template(
        "archive/index.html",
        wish=wish,
        count=queries.count(act, wish) if wish else totals.requests,
        totals=totals,
        agencies=queries.agencies(act),
        eras=[(*ERA_WORDS[era], first, last) for era, first, last in rules.ERAS],
        months=_months(totals.months),
        files=exports.of_the_archive(act),
        entries=queries.entries(act, MOST_ENTRIES),
        most_areas=MOST_AREAS,
        **context,
    )


def _wish() -> Wish:
    year = request.args.get("year", type=int)
    return Wish(
        terms=tuple(search_terms(request.args.get("q", "")[:MOST_QUERY])),
        agency=request.args.get("agency", ""),
        year=year if year is not None and 1 <= year <= 9999 else None,
        incident_type=request.args.get("type", ""),
    )


def _asked(wish: Wish) -> dict[str, Any]:
    """The wish as the parts of an address, those that say something."""
    parts = {"agency": wish.agency, "year": wish.year, "type": wish.incident_type}
    parts["q"] = request.args.get("q", "")[:MOST_QUERY].strip()
    return {name: value for name, value in parts.items() if value}


def _months(counts: dict[str, int]) -> list[tuple[date, int]]:
    """(first day, requests) of each month of the public era, also of those without any."""
    first, last = models.FIRST_POSTED, models.LAST_POSTED
    span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    days = [date(number // 12, number % 12 + 1, 1) for number in span]
    return [(day, counts.get(f"{day:%Y-%m}", 0)) for day in days]


@blueprint.get("/requests/<int:number>")
@allow(*EVERYBODY)
def show(number: int) -> ResponseReturnValue:
    act = reading()
    past = queries.request(act, number) if number <= LARGEST else None
    if past is None:
        raise NotFound
    return render_template(
        "archive/show.html",
        past=past,
        today=queries.today(act, past.agency),
        streets=queries.streets_in(act, past.request),
        areas=_areas([past]),
    )


@blueprint.get("/requests.geojson")
@allow(*EVERYBODY, alike=True)
def areas() -> ResponseReturnValue:
    """The areas of the newest MOST_AREAS requests that somebody looks for."""
    response = jsonify(_areas(queries.requests(reading(), MOST_AREAS, _wish())))
    response.mimetype = "application/geo+json"
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _areas(found: list[Past]) -> dict[str, Any]:
    """GeoJSON: the largest first, so that a map draws the smaller ones over them."""
    features = [
        {
            "type": "Feature",
            "id": past.request.id,
            "properties": {
                "kind": "past-request",
                "title": f"{past.request.incident_type}, {past.local(past.request.window_from).date()}",
                "case_number": past.request.case_number,
                "closed_on": past.request.closed_on.isoformat(),
                "page": f"/requests/{past.request.id}",
            },
            "geometry": past.request.area,
        }
        for past in sorted(found, key=lambda past: -past.request.square_miles)
    ]
    return {"type": "FeatureCollection", "features": features}


@blueprint.get("/requests.csv")
@allow(*EVERYBODY, alike=True)
def as_csv() -> ResponseReturnValue:
    return _file(exports.of_the_archive(reading()).csv)


@blueprint.get("/requests.json")
@allow(*EVERYBODY, alike=True)
def as_json() -> ResponseReturnValue:
    return _file(exports.of_the_archive(reading()).json)


@blueprint.get("/requests/manifest.json")
@allow(*EVERYBODY, alike=True)
def manifest() -> ResponseReturnValue:
    """Name, size and SHA-256 of the other two."""
    return _file(exports.of_the_archive(reading()).manifest)


def _file(file: Export) -> ResponseReturnValue:
    response = make_response(file.data)
    response.content_type = f"{file.mimetype}; charset=utf-8"
    response.headers["Content-Disposition"] = f"attachment; filename={file.name}"
    response.headers["Cache-Control"] = "public, no-cache"  # kept, and asked about: what is withdrawn is gone at once
    response.set_etag(file.sha256)
    return response.make_conditional(request)


# — Words —


def past_time(past: Past, moment: datetime) -> str:
    """By the town's clocks of then."""
    return format_datetime(past.local(moment).replace(tzinfo=None), "EEE d MMM y, HH:mm", rebase=False)


def past_day(past: Past, moment: datetime) -> str:
    return plain_day(past.local(moment).date())


def plain_day(value: date) -> str:
    return format_date(value, "d MMM y")


def plain_month(value: date) -> str:
    return format_date(value, "MMMM y")


def span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min", minutes=rest)
    return _("%(hours)d h %(minutes)d min", hours=hours, minutes=rest) if rest else _("%(hours)d h", hours=hours)


for function in (past_time, past_day, plain_day, plain_month, span):
    blueprint.add_app_template_filter(function)


@blueprint.app_context_processor
def _past_of_agencies() -> dict[str, Any]:
    """For an agency's page, which does not know of the archive: its short name there, or ""."""

    def past_requests_of(agency: Agency) -> str:
        return queries.slug_of(reading(), agency)

    return {"past_requests_of": past_requests_of}

"""The directory of agencies for everybody, an agency's own words about itself, and the link in its letter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from portal import fulltext
from portal.agencies import access, federal, queries, rules, service, sheet
from portal.agencies.models import Agency
from portal.agencies.queries import Wish
from portal.agencies.rules import MOST, Profile
from portal.db import Act, NotFound, Refusal
from portal.web import hx, limits
from portal.web.access import AGENCY, AGENCY_KINDS, EVERYBODY, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, page, strip
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("agencies", __name__)
PAGE = 24
Made = TypeVar("Made")

WORDS: dict[str, Any] = {
    "missing": _l("This is missing."),
    "too-long": _l("At most %(most)d characters, please."),
    "unseen": _l("There are characters in it that cannot be seen. Type it anew."),
    "slug-shape": _l("Lower-case letters, digits and dashes, like maple-police."),
    "slug-reserved": _l("“%(slug)s” is an address of Porchlight's own. Choose another one."),
    "slug-taken": _l("There is an agency at this address already. Choose another one."),
    "slug-differs": _l(
        "It is in the directory already, with other words. Change it on its page, or leave this row out."
    ),
    "domain-taken": _l("Another agency has the mail domain %(domain)s."),
    "domain-has-residents": _l(
        "People have accounts on this mail domain who may not: %(count)d. They must change their address first."
    ),
    "kind-unknown": _l("One of: police (any law enforcement), fire, government (local)."),
    "email-shape": _l("This does not look like an e-mail address: name@example.org"),
    "website-shape": _l("An address that begins with https:// or http://, please."),
    "federal-name": _l(
        "“%(found)s” is on the list of what is federal. Federal agencies and the armed forces cannot join. If this is a"
        " local agency, whoever runs this server can change the list."
    ),
    "federal-domain": _l(
        "%(found)s is on the list of what is federal. Federal agencies and the armed forces cannot join. If this is a"
        " local agency, whoever runs this server can change the list."
    ),
    "asks-for-footage": _l(
        "“%(words)s” seems to ask residents for footage, which no agency may do here (R1). Say it without that."
    ),
    "not-a-day": _l("A day between 1990 and today, please."),
    "left-before": _l("It cannot have left before it joined."),
    "agreement-kind": _l("One of: task-force, 287g, other."),
    "agreement-until": _l("An agreement ends on or after the day it began, and not in the future."),
    "too-many-agreements": _l("At most %(most)d agreements, please."),
    "not-geojson": _l("This is no GeoJSON Polygon or MultiPolygon."),
    "broken": _l("This is no outline: at least three different points, longitude first."),
    "too-many-points": _l("The outline has more than %(most)d points. Simplify it."),
    "not-on-earth": _l("This is not on Earth: longitude first, then latitude, in degrees."),
    "too-large": _l("The outline is larger than any county."),
    "crossing": _l("The outline crosses itself."),
    "two-jurisdictions": _l("You chose the whole town and gave an outline: only one of them, please."),
    "nothing-drawn": _l("Draw an outline, paste GeoJSON or choose a file; or choose another answer above."),
    "attested": _l("Somebody has attested already."),
    "by-missing": _l("Say who attests or approves."),
    "approved": _l("It is approved already."),
    "not-attested": _l("Nobody has attested yet that %(name)s is no federal agency."),
    "not-confirmed": _l("The official address of %(name)s has not confirmed yet. Write to it again."),
    "same-person": _l("%(by)s proposed %(name)s: it takes somebody else to approve it."),
    "not-answered": _l("Its official address has not answered for another year yet. Write to it again."),
    "not-approved": _l("Nobody has approved it yet: decline the proposal instead."),
    "has-left": _l("This agency has left."),
    "not-official": _l("This address is not on the agency's own mail domain, %(domain)s."),
    "link-unusable": _l("This link has been used or is too old, or a newer letter was sent."),
    "nothing-chosen": _l("Choose at least one agency."),
    # Of tables
    "file-too-large": _l("The file is too large: %(most)d MB at most. Part it in two."),
    "not-utf8": _l("This is not UTF-8. Save the table as “CSV UTF-8” and try again."),
    "separator": _l("The columns are not parted by commas. Save the table as CSV with commas."),
    "quotes": _l("A quote is opened and not closed, or stands in the middle of a cell. Write a quote in a cell twice."),
    "column-unknown": _l("There is no such column. These are: %(columns)s."),
    "column-twice": _l("This column stands twice. Leave one out."),
    "column-missing": _l("The column “%(column)s” is missing. Add it."),
    "cell-count": _l("%(found)d cells instead of %(wanted)d. Put cells with commas into quotes."),
    "twice": _l("It stands in line %(line)d already. Leave one out."),
    "too-many-rows": _l("At most %(most)d agencies in a file. Part it in two."),
    "no-rows": _l("There is no agency in it."),
    "day-shape": _l("A day like 2021-05-31, please."),
    "agreements-shape": _l(
        'A list in JSON, please, like [{"kind": "task-force", "with": "Whom", "since": "2021-05-31"}].'
    ),
}


def words(refusal: Refusal) -> str:
    """Why something about an agency was refused, and what to do. Also for the command line."""
    text = WORDS.get(refusal.code)
    if text is None:
        return refusal.code
    return str(text % refusal.params if refusal.params else text)


def barred() -> federal.Federal:
    return federal.read(porchlight().settings.federal_list)


class ProfileForm(Form):
    about = TextAreaField(
        _l("About the agency"),
        [at_most(MOST["about"])],
        [strip],
        description=_l("A sentence or two for its page."),
        render_kw={"rows": 4},
    )
    phone = StringField(
        _l("Telephone"),
        [at_most(MOST["phone"])],
        [strip],
        description=_l("For everything that is no emergency."),
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    website = StringField(
        _l("Web site"), [at_most(MOST["website"])], [strip], render_kw={"inputmode": "url", "autocomplete": "off"}
    )


# — Reading —


@blueprint.get("/agencies")
@limits.when_asked(limits.SEARCH)
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    act, asked = reading(), request.args
    query, kind, region = (asked.get(name, "").strip()[:200] for name in ("q", "kind", "region"))
    where = asked.get("where", "")
    figures = of_directory("directory_figures", act, _figures)
    wish = Wish(
        terms=tuple(fulltext.search_terms(query)),
        kind=kind if kind in AGENCY_KINDS else "",
        region=region if region in figures.regions else "",
        here=where == "town" or not (where or query or region),
        former=asked.get("state") == "former",
    )
    key = decode(asked.get("after"), str, int)
    rows = queries.directory(act, PAGE + 1, wish, (key[0], key[1]) if key else None)
    nobody_here = wish.here and not where and not rows and not (kind or wish.former or key)
    if nobody_here:
        wish = Wish(wish.terms)
        rows = queries.directory(act, PAGE + 1, wish)
    found = page_of(rows, PAGE, lambda row: (row.name, row.number))
    given = {name: asked[name] for name in ("q", "kind", "region", "where", "state") if asked.get(name)}
    if nobody_here:
        given["where"] = "all"
    values = {"found": found, "wish": wish, "query": query, "given": given}
    if hx.asked() and key:
        return hx.fragment(render_template("agencies/_rows.html", **values))
    return render_template("agencies/index.html", figures=figures, version=figures.key, **values)


@dataclass(frozen=True)
class Chart:
    """A tally as a picture: paths in a field of WIDTH by HEIGHT, and the years below it as (place, year)."""

    tally: rules.Tally
    most: int
    line: str
    area: str
    years: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Figures:
    """What is counted of the directory. `by_year` is (the day, counts by kind in the order of AGENCY_KINDS)."""

    key: tuple[int, date]
    regions: tuple[str, ...]
    charts: tuple[Chart, ...]
    by_year: tuple[tuple[date, tuple[int, ...]], ...]


WIDTH, HEIGHT, BASE = 300.0, 96.0, 78.0  # of a chart; its foot


def of_directory(name: str, act: Act, make: Callable[[Act], Made]) -> Made:
    """What `make` says of the directory, made anew after the directory changed and on another day."""
    key = _version(act)
    kept = current_app.extensions.get(name)
    if kept is None or kept[0] != key:
        kept = current_app.extensions[name] = (key, make(act))
    return kept[1]


def _version(act: Act) -> tuple[int, date]:
    return queries.version(act), act.now.date()


def _figures(act: Act) -> Figures:
    months, tallies = queries.tallies(act)
    ends = [place for place, month in enumerate(months) if month.month == 12 or place == len(months) - 1]
    return Figures(
        _version(act),
        tuple(queries.regions(act)),
        tuple(_chart(tally, months) for tally in tallies),
        tuple((months[place], tuple(tally.counts[place] for tally in tallies)) for place in reversed(ends)),
    )


def _chart(tally: rules.Tally, months: tuple[date, ...]) -> Chart:
    most = max(tally.counts, default=0)
    step = WIDTH / max(len(months) - 1, 1)
    points = [
        f"{place * step:.1f} {BASE - (BASE - 6) * count / max(most, 1):.1f}" for place, count in enumerate(tally.counts)
    ]
    line = f"M{' L'.join(points)}" if len(points) > 1 else ""
    years = [(place * step, month.year) for place, month in enumerate(months) if month.month == 1]
    every = -(-len(years) // 6) or 1  # as many as there is room for
    shown = tuple((place, year) for place, year in years[::every] if 12 <= place <= WIDTH - 12)
    return Chart(tally, most, line, f"{line} L{WIDTH:.1f} {BASE} L0 {BASE} Z" if line else "", shown)


@blueprint.get("/agencies.csv")
@allow(*EVERYBODY, alike=True)
def table() -> ResponseReturnValue:
    """The directory as a file that `porchlight import` reads."""
    response = Response(of_directory("directory_table", reading(), _table), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="agencies.csv"'
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _table(act: Act) -> bytes:
    found = queries.described(act)
    lines = ((told, row.state, row.verified_until.date() if row.verified_until else None) for row, told in found)
    return sheet.write(lines).encode()


def jurisdiction_words(agency: Agency, polygons: rules.Polygons | None) -> str:
    """Where an agency is responsible, for those who see no map."""
    where = ", ".join(part for part in (agency.place, agency.region) if part)
    if agency.whole_town:
        return _("The whole town of %(town)s.", town=porchlight().settings.town_name)
    if polygons is None:
        return where
    size = format_decimal(max(round(rules.square_miles(polygons), 1), 0.1))
    if where:
        return _("About %(size)s square miles in %(where)s.", size=size, where=where)
    return _("About %(size)s square miles.", size=size)


blueprint.add_app_template_global(jurisdiction_words, "jurisdiction_words")


# — An agency's own —


@blueprint.get("/agencies/mine")
@allow(AGENCY)
def mine() -> ResponseReturnValue:
    agency_id = actor().agency_id
    agency = queries.agency(reading(), agency_id) if agency_id else None
    if agency is None:
        raise NotFound
    return redirect(url_for("bulletins.show", slug=agency.slug))


@blueprint.route("/agencies/<slug>/profile", methods=["GET", "POST"])
@allow(AGENCY)
def profile(slug: str) -> ResponseReturnValue:
    """What an agency says of itself. Its name, its address and where it serves are the operator's to change."""
    agency = access.own_agency(reading(), slug)
    form = ProfileForm(obj=agency)
    if form.validate_on_submit():
        told = Profile(form.about.data or "", form.phone.data or "", form.website.data or "")
        try:
            with writing() as act:
                service.edit_profile(act, slug, told, barred())
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Your page says so now."), "success")
            return redirect(url_for("bulletins.show", slug=slug), 303)
    return page("agencies/profile.html", form, agency=agency)


@blueprint.route("/agencies/confirm/<token>", methods=["GET", "POST"])
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(*EVERYBODY)
def confirm(token: str) -> ResponseReturnValue:
    """A link in mail is opened by scanners too, so opening it changes nothing: the button does."""
    form = Form()
    agency = None
    try:
        if form.validate_on_submit():
            with writing() as act:
                agency = service.confirm(act, token)
            return render_template("agencies/confirmed.html", agency=agency)
        agency = access.link(reading(), token)[1]
    except Refusal as refusal:
        form.refuse(refusal, WORDS)
    return page("agencies/confirm.html", form, agency=agency)

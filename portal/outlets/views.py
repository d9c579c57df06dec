"""A block of news for the town's own web site, and the page that tells where all outlets are."""

from typing import Any

from flask import Blueprint, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal.agencies import access as agency_access
from portal.outlets import queries
from portal.outlets.answers import KINDS, kept_a_minute, town, wished, wished_kind, wished_number
from portal.web.access import EVERYBODY, allow
from portal.web.context import porchlight, reading
from portal.web.headers import let_the_town_frame

blueprint = Blueprint("outlets", __name__)
SHOWN, MOST_SHOWN = 5, 20
THEMES = ("light", "dark")


@blueprint.get("/agencies/embed")
@blueprint.get("/agencies/<slug>/embed")
@allow(*EVERYBODY, alike=True)
def embed(slug: str | None = None) -> ResponseReturnValue:
    """`limit`: how many posts, at most 20. `kind`: only tips, updates or events. `theme`: light or dark, whatever the
    reader's system prefers."""
    kind, limit, theme = wished_kind(), wished_number(SHOWN, MOST_SHOWN), wished("theme", THEMES)
    act = reading()
    agency = agency_access.agency(act, slug) if slug else None
    posts = queries.current(act, limit, agency.id if agency else None, kind)
    let_the_town_frame()
    response = make_response(
        render_template("outlets/embed.html", agency=agency, posts=posts, kinds=KINDS, theme=theme, outlet=town())
    )
    response.vary.add("Accept-Language")
    return kept_a_minute(response)


@blueprint.get("/agencies/share")
@blueprint.get("/agencies/<slug>/share")
@allow(*EVERYBODY)
def share(slug: str | None = None) -> ResponseReturnValue:
    agency = agency_access.agency(reading(), slug) if slug else None
    outlet, settings = addresses(slug), porchlight().settings
    name = agency.name if agency else _("Agencies of %(town)s", town=settings.town_name)
    frame = Markup('<iframe src="{}" title="{}" width="100%" height="480" loading="lazy"></iframe>')
    return render_template(
        "outlets/share.html",
        agency=agency,
        name=name,
        outlet=outlet,
        snippet=str(frame.format(outlet["block"], name)),
        sites=settings.town_sites,
    )


@blueprint.app_template_global("outlet_addresses")
def addresses(slug: str | None = None) -> dict[str, Any]:
    """Where one agency's outlets are, or those of all: whole addresses, to be copied into another program."""
    base = town().base
    calendar = base + url_for("outlets_api.calendar", slug=slug)
    return {
        "atom": base + url_for("outlets_api.news", slug=slug),
        "calendar": calendar,
        "webcal": f"webcal:{calendar.partition(':')[2]}",
        "alerts": base + url_for("outlets_api.alerts"),
        "map": base + url_for("outlets_api.places"),
        "block": base + url_for("outlets.embed", slug=slug),
    }

"""The town's map for everybody, a household's own home, and what the operator puts on the map."""

import uuid
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import FloatField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.accounts import queries as accounts
from portal.db import NotFound, Refusal
from portal.neighbourhoods import queries, rules, service, shapes
from portal.web.access import EVERYBODY, OPERATOR, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pages import next_page

blueprint = Blueprint("neighbourhoods", __name__)
MOST_FILE = 5_000_000  # bytes of a GeoJSON file
MOST_WORDS = 500

WORDS: dict[str, Any] = {
    "not-json": _l("This is not JSON. Export the neighbourhoods as GeoJSON and try again."),
    "not-geojson": _l("This is not GeoJSON: a FeatureCollection, a Feature, a Polygon or a MultiPolygon."),
    "no-shapes": _l("There is no neighbourhood in it: a Polygon or MultiPolygon with a name."),
    "too-many-shapes": _l("At most %(most)d neighbourhoods, please."),
    "too-many-cells": _l("Together they are larger than a town. Leave some out."),
    "no-name": _l("Feature %(number)d has no name."),
    "long-name": _l("Feature %(number)d: at most %(most)d characters in a name, please."),
    "same-name": _l("Feature %(number)d: “%(name)s” stands twice."),
    "broken": _l("Feature %(number)d is no polygon: rings of at least three different points, longitude first."),
    "too-many-points": _l("Feature %(number)d has more than %(most)d points. Simplify it and try again."),
    "not-on-earth": _l("Feature %(number)d is not on Earth: longitude first, then latitude, in degrees."),
    "too-large": _l("Feature %(number)d is larger than a town."),
    "crossing": _l("Feature %(number)d: its outline crosses itself."),
    "name-missing": _l("Please give it a name."),
    "name-long": _l("At most %(most)d characters, please."),
    "name-taken": _l("There is a neighbourhood of this name already."),
    "nothing": _l("Choose a file, paste GeoJSON, or draw an outline first."),
    "file-too-large": _l("This file is too large: 5 MB at most."),
    "street-unknown": _l("Choose the street from the list."),
    "home-not-on-earth": _l("Latitudes go from -90 to 90, longitudes from -180 to 180."),
    "far-from-street": _l("This is far from the street. Are latitude and longitude mixed up?"),
}


class ShapesForm(Form):
    name = StringField(
        _l("Name"),
        [at_most(shapes.MOST_NAME)],
        [strip],
        description=_l("For an outline that tells no name itself."),
    )
    file = FileField(_l("A GeoJSON file"), render_kw={"accept": ".geojson,.json,application/geo+json"})
    shapes = TextAreaField(
        _l("Or the GeoJSON itself"),
        filters=[strip],
        description=_l("Drawing on the map fills this in."),
        render_kw={"rows": 4, "spellcheck": "false", "autocomplete": "off"},
    )


class NameForm(Form):
    name = StringField(_l("Name"), [required()], [strip])


class HomeForm(Form):
    street = SelectField(_l("Street"), [required()])
    latitude = FloatField(
        _l("Latitude"), [InputRequired(_l("A number in degrees, please."))], render_kw={"inputmode": "decimal"}
    )
    longitude = FloatField(
        _l("Longitude"), [InputRequired(_l("A number in degrees, please."))], render_kw={"inputmode": "decimal"}
    )


class WrongForm(Form):
    words = TextAreaField(
        _l("What is wrong?"),
        [required(), at_most(MOST_WORDS)],
        [strip],
        description=_l("Where it should be, as you would tell a visitor. The operator reads this."),
        render_kw={"rows": 3},
    )


def place_words(place: Any) -> str:
    """Where something is: of a post, or of anything with the same `place`, `near` and `area`."""
    street = _("near %(street)s", street=place.place) if place.near else place.place
    return _("%(street)s, %(area)s", street=street, area=place.area) if place.area else str(street)


blueprint.add_app_template_filter(place_words, "place_words")


@blueprint.app_context_processor
def _map_tiles() -> dict[str, Any]:
    """The operator's tiles, for maps that show nobody's home."""
    settings = porchlight().settings
    return {"tile_url": settings.tile_url, "tile_credit": settings.tile_credit}


# — The map that everybody may see —


@blueprint.get("/map.geojson")
@allow(*EVERYBODY)
def town_map() -> ResponseReturnValue:
    """Streets and neighbourhoods, which are public knowledge; nothing of homes, posts or people."""
    act = reading()
    features = [
        _feature("MultiLineString", street.lines, kind="street", name=street.name)
        for street in queries.streets(act)
        if street.lines
    ]
    features += [
        _feature("MultiPolygon", area.shape, kind=shapes.KIND, name=area.name) for area in queries.neighbourhoods(act)
    ]
    response = jsonify({"type": "FeatureCollection", "features": features})
    response.mimetype = "application/geo+json"
    response.headers["Cache-Control"] = "public, no-cache"  # kept, and asked about: who draws sees it at once
    response.add_etag()
    return response.make_conditional(request)


def _feature(shape: str, coordinates: Any, **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }


@blueprint.get("/map/cells.json")
@allow(RESIDENT)
def cells() -> ResponseReturnValue:
    """The cells that a post can be placed in, with their middles: a browser takes the nearest to where somebody
    points, and forgets the point."""
    found = sorted(queries.street_cells(reading()))
    response = jsonify([[cell, *(round(degrees, 5) for degrees in rules.middle_of(cell))] for cell in found])
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


# — A reader's own —


@blueprint.post("/account/radius")
@allow(RESIDENT)
def radius() -> ResponseReturnValue:
    try:
        with writing() as act:
            service.keep_radius(act, request.form.get("miles", 0.0, float))
    except Refusal:
        abort(400)
    return redirect(next_page(url_for("feed.index")), 303)


@blueprint.get("/account/home")
@allow(RESIDENT)
def home() -> ResponseReturnValue:
    return _home(WrongForm())


def _home(form: WrongForm) -> ResponseReturnValue:
    act, household = reading(), actor().household_id
    found = queries.home(act, household) if household else None
    return page(
        "neighbourhoods/home.html",
        form,
        home=found,
        address=accounts.household_address(act, household) if household else "",
        street=queries.home_street(act, household) if household else None,
        area=queries.area_of(act, found.cell9) if found else "",
        report=queries.open_report(act, household) if household else None,
    )


@blueprint.post("/account/home/wrong")
@allow(RESIDENT)
def home_is_wrong() -> ResponseReturnValue:
    form = WrongForm()
    if not form.validate_on_submit():
        return _home(form)
    with writing() as act:
        service.report_home(act, form.words.data or "")
    flash(_("The operator has been told, and puts your home where it belongs."), "success")
    return redirect(url_for("neighbourhoods.home"), 303)


# — The operator's —


@blueprint.route("/operator/neighbourhoods", methods=["GET", "POST"])
@allow(OPERATOR)
def index() -> ResponseReturnValue:
    form = ShapesForm()
    if form.validate_on_submit():
        try:
            found = shapes.read(_given(form), form.name.data or "")
            with writing() as act:
                service.draw_neighbourhoods(act, found)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            names = ", ".join(shape.name for shape in found)
            flash(_("On the map now: %(names)s", names=names), "success")
            return redirect(url_for("neighbourhoods.index"), 303)
    return page("neighbourhoods/index.html", form, areas=queries.neighbourhoods(reading()))


def _given(form: ShapesForm) -> str | bytes:
    """The file's bytes, else the pasted text. Raises Refusal: file-too-large, nothing."""
    if form.file.data:
        data = form.file.data.stream.read(MOST_FILE + 1)
        if len(data) > MOST_FILE:
            raise Refusal("file-too-large", "file")
        return bytes(data)
    if not form.shapes.data:
        raise Refusal("nothing", "shapes")
    return str(form.shapes.data)


@blueprint.route("/operator/neighbourhoods/<uuid:neighbourhood_id>/rename", methods=["GET", "POST"])
@allow(OPERATOR)
def rename(neighbourhood_id: uuid.UUID) -> ResponseReturnValue:
    area = queries.neighbourhood(reading(), neighbourhood_id)
    if area is None:
        raise NotFound
    form = NameForm(obj=area)
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.rename_neighbourhood(act, neighbourhood_id, form.name.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("It is called %(name)s now.", name=form.name.data), "success")
            return redirect(url_for("neighbourhoods.index"), 303)
    return page("neighbourhoods/rename.html", form, area=area)


@blueprint.post("/operator/neighbourhoods/<uuid:neighbourhood_id>/remove")
@allow(OPERATOR)
def remove(neighbourhood_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        name = service.remove_neighbourhood(act, neighbourhood_id)
    flash(_("%(name)s is off the map.", name=name), "success")
    return redirect(url_for("neighbourhoods.index"), 303)


@blueprint.get("/operator/homes")
@allow(OPERATOR)
def homes() -> ResponseReturnValue:
    """Which households have a place on the map, and never where it is."""
    return render_template("neighbourhoods/homes.html", placements=queries.placements(reading()))


@blueprint.route("/operator/homes/<uuid:household_id>", methods=["GET", "POST"])
@allow(OPERATOR)
def place_home(household_id: uuid.UUID) -> ResponseReturnValue:
    """Takes a new point for a household's home, and shows none."""
    act = reading()
    found = queries.placements(act, household_id)
    if not found:
        raise NotFound
    form = HomeForm()
    form.street.choices = choices({str(street.id): street.name for street in queries.streets(act)})
    if request.method == "GET":
        street = queries.home_street(act, household_id)
        form.street.data = str(street.id) if street else None
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.place_home_by_hand(
                    act,
                    household_id,
                    uuid.UUID(form.street.data),
                    form.latitude.data or 0.0,
                    form.longitude.data or 0.0,
                )
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("%(address)s is on the map.", address=found[0].address), "success")
            return redirect(url_for("neighbourhoods.homes"), 303)
    return page("neighbourhoods/place_home.html", form, placement=found[0])

"""The directory of agencies."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.agencies import queries
from portal.db import NotFound
from portal.web.access import AGENCY, AGENCY_KINDS, EVERYBODY, allow
from portal.web.context import actor, reading

blueprint = Blueprint("agencies", __name__)


@blueprint.get("/agencies")
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    found = sorted(queries.agencies(reading()), key=lambda row: (AGENCY_KINDS.index(row.kind), row.name))
    return render_template("agencies/index.html", agencies=found)


@blueprint.get("/agencies/mine")
@allow(AGENCY)
def mine() -> ResponseReturnValue:
    agency_id = actor().agency_id
    agency = queries.agency(reading(), agency_id) if agency_id else None
    if agency is None:
        raise NotFound
    return redirect(url_for("bulletins.show", slug=agency.slug))

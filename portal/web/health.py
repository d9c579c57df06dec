"""For the machine that watches this one: is the process alive, and can it do its work?"""

import shutil

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.extensions import limiter
from portal.web.access import EVERYBODY, allow
from portal.web.context import porchlight, reading

blueprint = Blueprint("health", __name__)
limiter.exempt(blueprint)
LEAST_FREE_BYTES = 200 * 2**20


@blueprint.get("/healthz")
@allow(*EVERYBODY)
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@allow(*EVERYBODY)
def ready() -> ResponseReturnValue:
    """200 when the database is at this version and the disk has room; else 503 with the checks that failed."""
    from portal.schema import is_current

    checks = {
        "database": is_current(reading().session.connection()),
        "disk": shutil.disk_usage(porchlight().settings.data).free > LEAST_FREE_BYTES,
    }
    good = all(checks.values())
    return jsonify(status="ready" if good else "not ready", checks=checks), 200 if good else 503

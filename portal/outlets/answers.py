"""How outlets answer: in the town's language, with parameters that are checked, kept by caches for a minute."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, request
from flask_babel import lazy_gettext as _l

from portal.bulletins.models import POST_KINDS
from portal.outlets.rules import Town
from portal.web.context import porchlight

KINDS: Mapping[str, str] = {"tip": _l("Safety tip"), "update": _l("Update"), "event": _l("Community event")}
SECONDS = 60


def town() -> Town:
    settings = porchlight().settings
    return Town(
        settings.town_name,
        settings.address,
        ZoneInfo(settings.timezone),
        current_app.config["BABEL_DEFAULT_LOCALE"],
        settings.demo,
    )


def wished(name: str, allowed: tuple[str, ...]) -> str | None:
    """A parameter that is one of these, or None. Anything else is answered with 400."""
    value = request.args.get(name)
    if value is not None and value not in allowed:
        abort(400, name)
    return value


def wished_kind() -> str | None:
    return wished("kind", POST_KINDS)


def wished_number(otherwise: int, most: int) -> int:
    """How many posts are asked for, 1 to `most`. Anything else is answered with 400."""
    value = request.args.get("limit", str(otherwise))
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= most):
        abort(400, "limit")
    return int(value)


def kept_a_minute(response: Response, changed: datetime | None = None) -> Response:
    """The answer, or 304 for who has it already. `changed`: since when it says what it says, where that is known; what
    passes by itself, like an alert, has its digest alone."""
    response.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    if changed is not None:
        response.last_modified = changed
    return response.make_conditional(request)


def for_programs(body: bytes, media_type: str, changed: datetime | None = None) -> Response:
    """The same, and the scripts of any page may read it: it holds what everybody may know."""
    response = Response(body, mimetype=media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return kept_a_minute(response, changed)

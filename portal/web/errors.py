"""Error pages for people and problems for machines. The pages hold nothing that depends on who asks or for what:
the answer for "no" and the answer for "not there" are the same bytes."""

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)

from portal.db import Busy
from portal.db import NotFound as NoSuchThing
from portal.web.problems import Problem

log = structlog.get_logger()
RETRY_AFTER = "2"

_SLUGS = {400: "malformed", 401: "unauthorised", 404: "not-found", 405: "method", 410: "device-removed"}
_SLUGS |= {413: "too-large", 415: "media-type", 422: "invalid", 429: "too-many", 503: "busy"}


def _words(code: int) -> tuple[str, str]:
    """What happened, and what to do next."""
    return {
        400: (_("That request could not be read"), _("Go back, reload the page and try again.")),
        401: (
            _("Please sign in"),
            _("Your session has ended. Sign in and try again; what you typed is in the form you came from."),
        ),
        403: (_("That is not yours to do"), _("Go back to the page you came from.")),
        404: (
            _("There is nothing here"),
            _("It may have been removed, its time may be over, or the address has a typing mistake."),
        ),
        405: (_("That does not work here"), _("Go back to the page you came from.")),
        410: (_("This is gone"), _("It was kept for the time its owner chose, and then deleted.")),
        413: (_("That is too large"), _("Choose a smaller file, or a shorter video, and try again.")),
        429: (_("Too many tries"), _("Please wait a few minutes and try again.")),
        503: (_("Busy for a moment"), _("Nothing was lost or half done. Please try again in a few seconds.")),
    }.get(code, (_("Something went wrong here"), _("It has been noted. Please try again in a moment.")))


def _page(code: int) -> ResponseReturnValue:
    title, advice = _words(code)
    return render_template("error.html", code=code, title=title, advice=advice), code


def init_app(app: Flask) -> None:
    def is_api() -> bool:
        return request.path.startswith("/api/")

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> ResponseReturnValue:
        return problem.response()

    @app.errorhandler(NoSuchThing)
    def _not_found(_error: NoSuchThing) -> ResponseReturnValue:
        return _http(NotFound())

    @app.errorhandler(Busy)
    def _busy(error: Busy) -> ResponseReturnValue:
        log.warning("busy", endpoint=request.endpoint, cause=repr(error.__cause__))
        return _http(ServiceUnavailable())

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> ResponseReturnValue:
        title = _("This page was open for too long")
        advice = _("Go back, reload the page and send the form again. Nothing was changed.")
        return render_template("error.html", code=400, title=title, advice=advice), 400

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:
            return error
        if is_api():
            slug = _SLUGS.get(code, "internal")
            response = Problem(slug, retry_after=int(RETRY_AFTER) if code == 503 else None).response()
        else:
            response = app.make_response(_page(code))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        if code == 503 or (isinstance(error, TooManyRequests) and "Retry-After" not in response.headers):
            response.headers["Retry-After"] = RETRY_AFTER if code == 503 else "60"
        return response

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> ResponseReturnValue:
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        log.exception("request failed", endpoint=request.endpoint, method=request.method)
        return _http(InternalServerError())

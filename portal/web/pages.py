"""The town's front page, and small things that several views need."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.web.access import EVERYBODY, RESIDENT, allow
from portal.web.context import actor

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@allow(*EVERYBODY)
def home() -> ResponseReturnValue:
    if actor().kind == RESIDENT:
        return redirect(url_for("feed.index"))
    return render_template("web/home.html")


def back(otherwise: str) -> str:
    """The page of ours that the asker came from, as browsers say; else `otherwise`."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return otherwise
    return parts.path + (f"?{parts.query}" if parts.query else "")


def next_page(otherwise: str) -> str:
    """Where the asker wanted to go, if that is a page of ours; else `otherwise`."""
    target = request.values.get("next", "")
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if ours and not parts.scheme and not parts.netloc else otherwise

"""The one place that knows how htmx asks and what it understands as an answer."""

from typing import cast
from urllib.parse import urlsplit

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx
from htmx_flask import make_response as htmx_response

htmx = Htmx()


def asked() -> bool:
    """Whether htmx asks, and wants a fragment."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def from_page() -> str:
    """The path of the page that htmx asks from."""
    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def redirect(target: str) -> Response:
    """Send the whole page elsewhere: htmx would else put the other page inside this one."""
    return cast(Response, htmx_response("", redirect=target))


def fragment(html: ResponseReturnValue, trigger: str | None = None) -> Response:
    """A part of a page, and the event to raise in the browser once it stands."""
    return cast(Response, htmx_response(html, trigger=trigger) if trigger else make_response(html))

"""Who may call which route. Default is deny: a route that declares no rule stops start-up.

A rule names kinds of asker. Whether *this* asker may see *this* thing is decided by the feature's `access` module,
which answers with `NotFound` for both "no" and "not there".
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from portal.db import VISITOR as NOBODY
from portal.db import Actor, NotFound
from portal.web import hx
from portal.web.context import actor, end_reading

RESIDENT, AGENCY, MODERATOR, OPERATOR, LEGAL, AUDITOR = (
    "resident",
    "agency",
    "moderator",
    "operator",
    "legal",
    "auditor",
)
VISITOR, DEVICE = "visitor", "device"
ACCOUNTS = (RESIDENT, AGENCY, MODERATOR, OPERATOR, LEGAL, AUDITOR)
EVERYBODY = (*ACCOUNTS, VISITOR)
AGENCY_KINDS = ("police", "fire", "government")

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class UndeclaredRoute(Exception):
    """A route has no access rule. Put `@allow(...)` under its `@blueprint.route(...)`."""


def allow(*kinds: str, alike: bool = False) -> Callable[[View], View]:
    """Declare which kinds of asker a view is for. Goes directly above the function, below the route.

    `alike`: everybody gets the same answer. The asker is a visitor whatever they show, and no cookie is read or set, so
    that caches on the way may keep it and other programs may come often.
    """

    def declare(view: View) -> View:
        view.allowed_kinds = frozenset(kinds)  # type: ignore[attr-defined]
        view.alike = alike  # type: ignore[attr-defined]
        return view

    return declare


def rules(app: Flask) -> dict[str, frozenset[str]]:
    """Endpoint -> the kinds it is for."""
    return {name: getattr(view, "allowed_kinds", frozenset()) for name, view in app.view_functions.items()}


def init_app(app: Flask, load_actor: Callable[[], Actor]) -> None:
    """Check every route's rule now and enforce it at every request. `load_actor` says who is asking."""
    undeclared = sorted(name for name, kinds in rules(app).items() if not kinds)
    if undeclared:
        raise UndeclaredRoute(f"no access rule for: {', '.join(undeclared)}")

    def _enforce() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # no such route: answered as not found
        view = app.view_functions[request.endpoint]
        allowed = view.allowed_kinds  # type: ignore[attr-defined]
        g.alike = view.alike  # type: ignore[attr-defined]
        g.actor = NOBODY if g.alike else load_actor()
        if actor().kind in allowed:
            if request.method in ("POST", "PUT"):
                end_reading()  # the body has not been read yet
            return None
        if actor().kind == VISITOR and allowed == {DEVICE}:
            raise g.pop("refused", None) or Unauthorized()
        if actor().kind == VISITOR and allowed & set(ACCOUNTS):
            if request.method not in ("GET", "HEAD"):
                # A form that script sent leads back to its own page, where a draft of it waits.
                if hx.asked():
                    return hx.redirect(url_for("accounts.sign_in", next=hx.from_page()))
                abort(401)
            target = url_for("accounts.sign_in", next=request.full_path.rstrip("?"))
            return hx.redirect(target) if hx.asked() else redirect(target)
        raise NotFound

    # Before everything else: nobody's body is read, and no token checked, who may not ask at all.
    app.before_request_funcs.setdefault(None, []).insert(0, _enforce)

"""Default deny: what says nothing of who may call it does not even start."""

import pytest
from flask import Flask

from portal.db import VISITOR, Actor
from portal.web import access
from portal.web.access import EVERYBODY, MODERATOR, allow
from tests import people
from tests.helpers import Town


def test_a_route_without_a_rule_stops_start_up_and_is_named() -> None:
    app = Flask("portal", static_folder=None)

    @app.get("/open")
    @allow(*EVERYBODY)
    def open_to_all() -> str:
        return "open"

    @app.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    with pytest.raises(access.UndeclaredRoute, match="forgotten"):
        access.init_app(app, lambda: VISITOR)


def test_a_rule_for_nobody_is_no_rule() -> None:
    app = Flask("portal", static_folder=None)

    @app.get("/nobody")
    @allow()
    def nobody() -> str:
        return "?"

    with pytest.raises(access.UndeclaredRoute, match="nobody"):
        access.init_app(app, lambda: VISITOR)


def test_every_route_of_the_portal_has_its_rule(town: Town) -> None:
    rules = access.rules(town.app)
    assert {rule.endpoint for rule in town.app.url_map.iter_rules()} <= set(rules)
    assert all(rules.values())


def test_who_may_not_ask_is_turned_away_before_anything_is_read(town: Town) -> None:
    cast = people.everybody(town)
    browser = town.browser(cast.officer)
    bad = {"data": b"\xff" * 100, "content_type": "multipart/form-data; boundary=nothing"}
    assert browser.client.post("/posts/new", **bad).status_code == 404, "neither token nor body come first"


def test_a_visitor_is_asked_to_sign_in_and_brought_back(town: Town) -> None:
    page = town.browser().get("/devices?before=abc")
    assert page.status == 302
    assert page.location == "/sign-in?next=/devices?before%3Dabc"


def test_a_visitor_who_sends_a_form_is_told_that_the_session_ended(town: Town) -> None:
    page = town.browser().post("/posts/new", {"body": "Hello"})
    assert page.status == 401
    assert "session has ended" in page.words


def test_an_actor_of_an_unknown_kind_may_nothing(town: Town) -> None:
    app = Flask("portal", static_folder=None)

    @app.get("/work")
    @allow(MODERATOR)
    def work() -> str:
        return "work"

    app.errorhandler(access.NotFound)(lambda _error: ("", 404))
    access.init_app(app, lambda: Actor("superuser"))
    assert app.test_client().get("/work").status_code == 404

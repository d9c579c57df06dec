"""A form counts only from our own page, and a cookie counts for nothing at the device door."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.feed.models import Post
from tests import factories, people
from tests.helpers import PASSWORD, Town

FORMS: dict[str, dict[str, str]] = {
    "/posts/new": {"body": "Hello", "category": "safety", "audience": "neighbours"},
    "/account/sessions/end": {},
    "/sign-out": {},
    "/guidelines": {},
}


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": ""}, {"X-CSRFToken": "forged"}])
def test_a_post_without_our_token_is_refused_and_changes_nothing(town: Town, headers: dict[str, str]) -> None:
    rosa = factories.resident(town, "Rosa", guidelines=False)
    browser = town.browser(rosa)
    for path, data in FORMS.items():
        answer = browser.client.post(path, data=data, headers=headers)
        assert answer.status_code == 400, path
        assert "Nothing was changed" in answer.text
    with town.reading() as act:
        now = act.session.get_one(Account, rosa.id)
        assert (now.session_key, now.guidelines_at) == (rosa.session_key, None)
        assert act.session.scalars(select(Post)).all() == []
    assert browser.get("/account").status == 200, "still signed in"


def test_the_token_of_another_session_does_not_count(town: Town) -> None:
    cast = people.everybody(town)
    stolen = town.browser(cast.ben).token()
    answer = town.browser(cast.rosa).client.post("/account/sessions/end", headers={"X-CSRFToken": stolen})
    assert answer.status_code == 400


def test_even_signing_in_needs_a_token(town: Town) -> None:
    """Else a stranger's page could sign somebody in to an account that the stranger watches."""
    cast = people.everybody(town)
    answer = town.app.test_client().post("/sign-in", data={"email": cast.rosa.email, "password": PASSWORD})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers or "_user_id" not in answer.headers["Set-Cookie"]


def test_the_token_works_from_the_form_alone_without_script(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    browser = town.browser(rosa)
    token = browser.get("/account").soup.find("input", {"name": "csrf_token"})["value"]
    assert browser.client.post("/account/sessions/end", data={"csrf_token": token}).status_code == 303


def test_a_cookie_counts_for_nothing_at_the_device_door(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    browser = town.browser(rosa)
    for answer in (
        browser.client.post("/api/v1/events", json={"events": []}),
        browser.client.post("/api/v1/status", json={}),
        browser.client.put("/api/v1/clips/0190b1c2-7d3e-7abc-8def-0123456789ab", data=b"x"),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json["type"] == "/api/v1/problems#unauthorised"


def test_a_device_needs_no_form_token_and_gets_no_cookie(town: Town) -> None:
    owner = factories.Owner(town, factories.resident(town, "Rosa"))
    _device, token = factories.device(town, owner.account)
    answer = town.device(token).post("events", {"events": [factories.event(town.clock.now())]})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_device_token_opens_no_page(town: Town) -> None:
    owner = factories.Owner(town, factories.resident(town, "Rosa"))
    device, token = factories.device(town, owner.account)
    answer = town.app.test_client().get(f"/devices/{device.id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]

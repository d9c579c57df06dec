"""What somebody is told when it does not work, and what an error never gives away."""

import io
import uuid
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests import factories, people
from tests.helpers import PASSWORD, Town


def whole(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a client sees of an answer, but for the hour on it."""
    headers = [(name, value) for name, value in answer.headers if name not in ("Date", "Set-Cookie")]
    return answer.status_code, answer.data, headers


@pytest.fixture
def broken_town(town: Town) -> Town:
    """A town that keeps its exceptions to itself, as it does for real people."""
    town.app.config["PROPAGATE_EXCEPTIONS"] = False
    town.app.testing = False
    return town


def test_not_yours_and_not_there_are_the_same_bytes(town: Town) -> None:
    cast = people.everybody(town)
    owner = factories.Owner(town, cast.rosa)
    device, token = factories.device(town, cast.rosa)
    event_id = factories.delivered_clip(town, owner, token)
    post = factories.post(town, cast.rosa, uploads=[factories.upload(town, factories.jpeg())])
    town.work()
    picture = town.browser(cast.rosa).get(f"/posts/{post.id}").soup.select_one("article img")["src"]
    held = factories.agency_post(town, cast.officer, "maple-police", title="Please send us your doorbell video")
    nothing = str(uuid.uuid4())
    outsiders: list[tuple[Any, list[str]]] = [
        (cast.ben, [f"/devices/{device.id}", f"/events/{event_id}", f"/events/{event_id}/clip"]),
        (cast.faye, [f"/posts/{post.id}", picture, f"/posts/{post.id}/report", f"/posts/{post.id}/progress"]),
        (cast.officer, [f"/posts/{post.id}", picture, f"/events/{event_id}", f"/devices/{device.id}"]),
        (cast.captain, [f"/agencies/maple-police/posts/{held.id}", f"/agencies/maple-police/posts/{held.id}/edit"]),
        (cast.mod, [f"/posts/{post.id}", picture, f"/moderation{picture}"]),
        (cast.operator, [f"/posts/{post.id}", f"/events/{event_id}", f"/agencies/maple-police/posts/{held.id}"]),
        (None, [f"/posts/{post.id}", picture, f"/agencies/maple-police/posts/{held.id}"]),
    ]
    for who, paths in outsiders:
        client = town.browser(who).client
        for path in paths:
            there = next(part for part in path.split("/") if len(part) == 36)
            yes, no = client.get(path), client.get(path.replace(there, nothing))
            assert yes.status_code == 404, (who and who.name, path)
            assert whole(yes) == whole(no), (who and who.name, path)


def test_changing_what_is_not_yours_and_what_is_not_there_are_the_same_too(town: Town) -> None:
    cast = people.everybody(town)
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.rosa, post)
    browser = town.browser(cast.ben)
    for path in (f"/posts/{post.id}/delete", f"/posts/{post.id}/put-back", f"/comments/{comment.id}/delete"):
        there = next(part for part in path.split("/") if len(part) == 36)
        yes, no = browser.post(path), browser.post(path.replace(there, str(uuid.uuid4())))
        assert yes.status == 404
        assert whole(yes.response) == whole(no.response)


def test_an_error_page_holds_nothing_of_who_asks(town: Town) -> None:
    cast = people.everybody(town)
    pages = {town.browser(who).get("/nothing-here").text for who in (None, cast.rosa, cast.officer, cast.mod)}
    assert len(pages) == 1


def test_a_method_that_does_not_fit_is_told_which_would(town: Town) -> None:
    page = town.browser().get("/sign-out")
    assert page.status == 405
    assert "POST" in page.response.headers["Allow"]
    answer = town.app.test_client().get("/api/v1/events")
    assert answer.status_code == 405
    assert answer.json["type"] == "/api/v1/problems#method"
    assert "POST" in answer.headers["Allow"]


def test_too_much_is_refused_and_nothing_is_kept(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    town.app.config["MAX_CONTENT_LENGTH"] = 10_000
    browser = town.browser(rosa)
    page = browser.post("/posts/new", {"body": "Look", "media": (io.BytesIO(b"x" * 20_000), "film.mp4")})
    assert page.status == 413
    assert "too large" in page.words
    assert town.files() == []


def test_too_much_for_a_device_is_a_problem(town: Town) -> None:
    owner = factories.Owner(town, factories.resident(town, "Rosa"))
    _device, token = factories.device(town, owner.account)
    answer = town.device(token).post("events", {"events": [{"id": "x" * 2**21}]})
    assert answer.status_code == 413
    assert answer.json["type"] == "/api/v1/problems#too-large"


@pytest.mark.parametrize("path", ["/broken", "/api/v1/broken"])
def test_our_own_mistake_is_said_without_its_inside(broken_town: Town, path: str) -> None:
    password = "a very secret word"

    def broken() -> str:
        typed = password
        raise RuntimeError(f"the inside: {typed}")

    from portal.web.access import DEVICE, EVERYBODY, allow

    allow(*EVERYBODY, DEVICE)(broken)
    broken_town.app.add_url_rule(path, "broken", broken)
    answer = broken_town.app.test_client().get(path)
    assert answer.status_code == 500
    for word in (password, "Traceback", "RuntimeError", "the inside", ".py"):
        assert word not in answer.text
    assert "Something went wrong" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_comes_back_with_422_and_with_what_was_typed_but_no_password(town: Town) -> None:
    page = town.browser().post("/sign-in", {"email": "rosa@maple.example", "password": PASSWORD + "!"})
    assert page.status == 422
    assert page.soup.find("input", {"name": "email"})["value"] == "rosa@maple.example"
    assert not page.soup.find("input", {"name": "password"}).get("value")
    assert PASSWORD not in page.text


@pytest.mark.parametrize(
    "path", ["/posts/not-a-uuid", "/posts/1", "/agencies/none", "/agencies/a/posts/b", "/%00", "/é"]
)
def test_an_address_that_means_nothing_is_not_there(town: Town, path: str) -> None:
    assert town.browser().get(path).status == 404

"""Rule R5 in the feed: a post whose words break it waits unseen, and its author is told which words, why and what to
do; a comment comes back to be said otherwise."""

from typing import Any

import pytest

from portal.feed import service
from portal.feed.models import Comment, Post
from tests import factories, people
from tests.devices.tools import count
from tests.feed.composing import stored
from tests.helpers import Browser, Town

BAD = "A black man tried the door of my car."
GOOD = "A tall person in a red jacket tried three car doors."


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.rosa)


def change(post: Post, body: str) -> service.Changes:
    return service.Changes(category=post.category, body=body, audience=post.audience)


def edit(town: Town, cast: people.Cast, post: Post, body: str) -> Post:
    with town.acting(cast.rosa) as act:
        return service.edit_post(act, post.id, change(post, body))


def test_what_was_done_is_published_at_once(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, GOOD, category="suspicious")
    assert (post.state, post.findings) == ("visible", [])


def test_a_post_that_describes_a_person_is_held_before_anybody_sees_it(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, BAD, category="suspicious")
    assert (post.state, post.published_seq) == ("held", None)
    (found,) = post.findings
    assert found == {"rule": "R5", "field": "body", "start": 2, "end": 11, "words": "black man", "reason": "race"}
    ben = town.browser(cast.ben)
    assert ben.get(f"/posts/{post.id}").status == 404 and BAD not in ben.get("/feed").words


def test_the_author_reads_which_words_why_and_what_to_do(town: Town, cast: people.Cast, rosa: Browser) -> None:
    post = factories.post(town, cast.rosa, BAD)
    page = rosa.get(f"/posts/{post.id}")
    assert "Only you see this yet" in page.words
    assert page.soup.select_one(".found q").get_text() == "black man"
    assert "Leave out skin colour" in page.words
    assert page.soup.select_one(f'a[href="/posts/{post.id}/edit"]')
    assert page.soup.select_one(f'form[action="/posts/{post.id}/delete"]')
    assert "waits for a moderator" in rosa.get("/feed").words


def test_changed_words_go_out_without_a_moderator(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, BAD)
    changed = edit(town, cast, post, GOOD)
    assert (changed.state, changed.findings) == ("visible", [])
    assert town.browser(cast.ben).get(f"/posts/{post.id}").status == 200


def test_a_published_post_does_not_come_to_break_the_rule_by_an_edit(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, GOOD)
    number = post.published_seq
    assert edit(town, cast, post, BAD).state == "held"
    assert town.browser(cast.ben).get(f"/posts/{post.id}").status == 404
    again = edit(town, cast, post, GOOD)
    assert (again.state, again.published_seq) == ("visible", number)


def test_a_held_post_can_be_deleted_and_comes_back_held(town: Town, cast: people.Cast, rosa: Browser) -> None:
    post = factories.post(town, cast.rosa, BAD)
    assert rosa.post(f"/posts/{post.id}/delete").status == 303
    assert stored(town, post.id).state == "deleted"
    assert rosa.post(f"/posts/{post.id}/put-back").status == 303
    assert stored(town, post.id).state == "held"


def test_an_edited_post_that_was_held_is_no_way_around_either(town: Town, cast: people.Cast, rosa: Browser) -> None:
    post = factories.post(town, cast.rosa, GOOD)
    edit(town, cast, post, BAD)
    rosa.post(f"/posts/{post.id}/delete")
    rosa.post(f"/posts/{post.id}/put-back")
    assert stored(town, post.id).state == "held"


def test_the_description_of_a_picture_is_read_as_well(town: Town, cast: people.Cast) -> None:
    upload = factories.upload(town, factories.jpeg())
    described = service.Upload(upload.name, upload.kind, upload.original, False, alt="The plate HRT-5539")
    post = factories.post(town, cast.rosa, GOOD, uploads=[described])
    assert post.state == "preparing"
    assert [(found["field"], found["reason"]) for found in post.findings] == [("alt", "plate")]
    with town.acting(cast.rosa) as act:
        (medium,) = service.queries.files(act, post.id)
        medium.state, medium.attempts = "working", 1
        service.media_prepared(act, medium.id, 1, 10, 10, None, [])
    assert stored(town, post.id).state == "held"


def test_a_street_may_be_called_as_it_likes(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, "Somebody tried car doors on Indian Creek Road.")
    assert post.state == "visible"


def test_a_moderator_who_finds_nothing_lets_it_out(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, BAD)
    with town.acting(cast.mod) as act:
        service.release(act, act.session.get_one(Post, post.id))
    assert (stored(town, post.id).state, stored(town, post.id).findings) == ("visible", [])


@pytest.mark.parametrize("htmx", [False, True])
def test_a_comment_comes_back_with_the_words_named_and_is_not_written(
    town: Town, cast: people.Cast, htmx: bool
) -> None:
    post = factories.post(town, cast.rosa, GOOD)
    body: dict[str, Any] = {"body": "I know him, he lives at 14 Oak Lane."}
    page = town.browser(cast.ben).post(f"/posts/{post.id}/comments", body, htmx=htmx)
    assert page.status == 422 and ("<html" in page.text) != htmx
    assert "lives at 14 Oak Lane”: Leave out where a person lives." in page.words
    field = page.soup.find("textarea", {"name": "body"})
    assert field["aria-invalid"] == "true" and field.get_text().strip() == body["body"]
    assert count(town, Comment) == 0


def test_the_composer_asks_what_was_done_where_and_when(rosa: Browser) -> None:
    page = rosa.get("/posts/new")
    for category in ("suspicious", "crime", "visitor"):
        choice = page.soup.select_one(f'input[name="category"][value="{category}"]')
        assert choice.find_parent("label").select_one(".choice__hint").get_text().strip()
    assert "Say what was done, where and when." in page.words

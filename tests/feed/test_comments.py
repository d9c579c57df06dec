"""Comments: words under a post, by residents who can see it, and by nobody else."""

import io
import uuid
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.feed import rules, service
from portal.feed.models import Comment, Media, Post
from tests import factories, people
from tests.devices.tools import count, everything
from tests.feed.composing import stored
from tests.helpers import Browser, Page, Town


@pytest.fixture
def post(town: Town, cast: people.Cast) -> Post:
    return factories.post(town, cast.rosa)


@pytest.fixture
def ben(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.ben)


def say(browser: Browser, post: Post, body: str = "Thank you.", htmx: bool = False, **other: Any) -> Page:
    return browser.post(f"/posts/{post.id}/comments", {"body": body} | other, htmx=htmx)


def words_under(browser: Browser, post: Post) -> str:
    page = browser.get(f"/posts/{post.id}")
    return " ".join(page.soup.find(id="comment-list").get_text(" ").split())


def test_a_comment_stands_under_its_post_with_its_authors_name(town: Town, ben: Browser, post: Post) -> None:
    answer = say(ben, post)
    assert (answer.status, answer.location) == (303, f"/posts/{post.id}#comments")
    assert "Ben" in words_under(ben, post) and "Thank you." in words_under(ben, post)
    assert stored(town, post.id).comment_count == 1
    assert "comment.written" in "\n".join(everything(town)["ledger"])
    assert "Thank you." not in "\n".join(everything(town)["ledger"])


def test_with_script_only_the_new_comment_and_an_empty_form_come_back(ben: Browser, post: Post) -> None:
    answer = say(ben, post, "With script.", htmx=True)
    assert answer.status == 200 and "<html" not in answer.text
    added = answer.soup.find(id="comment-list")
    assert added["hx-swap-oob"] == "beforeend" and "With script." in added.get_text()
    assert answer.soup.find("textarea", {"name": "body"}).get_text().strip() == ""
    assert "With script." in words_under(ben, post), "and it stands there without script too"


@pytest.mark.parametrize("body", ["", "   \n ", "x" * (rules.MOST_COMMENT + 1)])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_comment_that_cannot_be_comes_back_with_what_was_typed(
    town: Town, ben: Browser, post: Post, body: str, htmx: bool
) -> None:
    before = everything(town)
    page = say(ben, post, body, htmx=htmx)
    assert page.status == 422
    assert ("<html" in page.text) != htmx
    field = page.soup.find("textarea", {"name": "body"})
    assert field["aria-invalid"] == "true" and field.get_text().strip() == body.strip()
    assert everything(town) == before


def test_a_comment_of_the_greatest_length_is_taken(town: Town, ben: Browser, post: Post) -> None:
    say(ben, post, "x" * rules.MOST_COMMENT)
    assert count(town, Comment) == 1


def test_a_comment_is_text_and_never_html(ben: Browser, post: Post) -> None:
    say(ben, post, "<img src=x onerror=alert(1)>")
    page = ben.get(f"/posts/{post.id}")
    assert "<img src=x onerror=alert(1)>" in page.words
    assert not page.soup.select(".comments img")


def test_a_comment_carries_no_file(town: Town, ben: Browser, post: Post) -> None:
    page = ben.get(f"/posts/{post.id}")
    assert not page.soup.select("#comments input[type=file]")
    say(ben, post, "Look.", media=(io.BytesIO(factories.jpeg()), "gate.jpg"), clip=(io.BytesIO(b"x"), "clip.mp4"))
    assert count(town, Comment) == 1 and count(town, Media) == 0 and town.files() == []


def test_comments_stand_in_the_order_in_which_they_were_written(town: Town, cast: people.Cast, post: Post) -> None:
    for number in range(5):
        factories.comment(town, cast.ben if number % 2 else cast.rosa, post, f"Comment {number}.")
    words = words_under(town.browser(cast.ben), post)
    assert [words.index(f"Comment {number}.") for number in range(5)] == sorted(
        words.index(f"Comment {number}.") for number in range(5)
    )
    assert stored(town, post.id).comment_count == 5
    assert "5 comments" in town.browser(cast.ben).get("/feed").words


# — Guidelines first —


def test_nobody_comments_before_they_have_read_the_guidelines(town: Town, post: Post) -> None:
    nora = town.browser(factories.resident(town, "Nora", guidelines=False))
    page = nora.get(f"/posts/{post.id}")
    assert "Before your first comment" in page.words and not page.soup.select("#comments textarea")
    answer = say(nora, post)
    assert (answer.status, answer.location) == (303, f"/guidelines?next=/posts/{post.id}")
    assert count(town, Comment) == 0


def test_with_script_the_whole_page_goes_to_the_guidelines(town: Town, post: Post) -> None:
    nora = town.browser(factories.resident(town, "Nora", guidelines=False))
    answer = say(nora, post, htmx=True)
    assert answer.response.headers["HX-Redirect"] == f"/guidelines?next=/posts/{post.id}"
    assert count(town, Comment) == 0


# — Who may —


@pytest.mark.parametrize("who", ["faye", "officer", "captain", "clerk", "mod", "operator", "legal", "auditor"])
def test_who_cannot_see_a_post_cannot_comment_on_it_nor_read_what_others_said(
    town: Town, cast: people.Cast, post: Post, who: str
) -> None:
    factories.comment(town, cast.ben, post, "For neighbours.")
    browser = town.browser(cast.accounts()[who])
    assert say(browser, post).status == 404
    assert browser.get(f"/posts/{post.id}").status == 404
    assert count(town, Comment) == 1


@pytest.mark.parametrize("who", ["officer", "captain", "clerk", "mod", "operator", "legal", "auditor"])
def test_under_a_residents_post_for_everyone_only_residents_speak(town: Town, cast: people.Cast, who: str) -> None:
    post = factories.post(town, cast.rosa, audience="everyone")
    browser = town.browser(cast.accounts()[who])
    page = browser.get(f"/posts/{post.id}")
    assert page.status == 200 and not page.soup.select("textarea, main form")
    assert say(browser, post).status == 404
    assert count(town, Comment) == 0


def test_a_resident_from_further_away_may_comment_on_what_is_for_everyone(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, audience="everyone")
    assert say(town.browser(cast.faye), post).status == 303


def test_a_visitor_reads_comments_on_a_post_for_everyone_and_writes_none(town: Town, cast: people.Cast) -> None:
    post = factories.post(town, cast.rosa, audience="everyone")
    factories.comment(town, cast.ben, post, "For everyone.")
    visitor = town.browser()
    assert "For everyone." in words_under(visitor, post)
    assert say(visitor, post).status == 401


def test_nobody_comments_on_what_is_not_in_the_feed_not_even_its_author(town: Town, cast: people.Cast) -> None:
    raw = factories.upload(town, factories.jpeg())
    preparing = factories.post(town, cast.rosa, uploads=[raw])
    assert say(town.browser(cast.rosa), preparing).status == 404
    removed = factories.post(town, cast.rosa)
    with town.acting() as act:
        service.remove_post(act, act.session.get_one(Post, removed.id), "R5")
    assert say(town.browser(cast.rosa), removed).status == 404
    assert count(town, Comment) == 0


# — Deleting —


def delete(town: Town, account: Account, comment_id: uuid.UUID) -> Page:
    return town.browser(account).post(f"/comments/{comment_id}/delete")


def test_one_deletes_ones_own_comment(town: Town, cast: people.Cast, ben: Browser, post: Post) -> None:
    written = factories.comment(town, cast.ben, post, "I should not have said that.")
    page = ben.get(f"/posts/{post.id}")
    assert page.soup.select_one(f'button[form=act][formaction="/comments/{written.id}/delete"]')
    answer = delete(town, cast.ben, written.id)
    assert (answer.status, answer.location) == (303, f"/posts/{post.id}#comments")
    assert "should not have said" not in words_under(ben, post)
    assert stored(town, post.id).comment_count == 0
    assert delete(town, cast.ben, written.id).status == 404, "once"
    assert stored(town, post.id).comment_count == 0


@pytest.mark.parametrize("who", ["rosa", "faye", "officer", "mod", "operator", "legal", "auditor"])
def test_nobody_deletes_anothers_comment_not_even_under_their_own_post(
    town: Town, cast: people.Cast, post: Post, who: str
) -> None:
    written = factories.comment(town, cast.ben, post)
    account = cast.accounts()[who]
    assert not town.browser(account).get(f"/posts/{post.id}").soup.select(f'[formaction*="{written.id}/delete"]')
    assert delete(town, account, written.id).status == 404
    assert stored(town, post.id).comment_count == 1


def test_a_comment_that_a_moderator_removed_leaves_a_note_and_not_its_words(
    town: Town, cast: people.Cast, ben: Browser, post: Post
) -> None:
    written = factories.comment(town, cast.ben, post, "Words that broke a rule.")
    with town.acting() as act:
        service.remove_comment(act, act.session.get_one(Comment, written.id))
    for browser in (ben, town.browser(cast.rosa)):
        page = browser.get(f"/posts/{post.id}")
        assert "A moderator removed this comment." in page.words and "Words that broke" not in page.text
    assert stored(town, post.id).comment_count == 0
    assert delete(town, cast.ben, written.id).status == 404


def test_comments_go_with_their_post(town: Town, cast: people.Cast, ben: Browser, post: Post) -> None:
    written = factories.comment(town, cast.ben, post)
    town.browser(cast.rosa).post(f"/posts/{post.id}/delete")
    assert ben.get(f"/posts/{post.id}").status == 404
    assert delete(town, cast.ben, written.id).status == 404

"""Thanks, replies, saved posts and muted people: small things that readers do, which tell nobody who they are."""

import uuid
from typing import Any

import pytest

from portal.feed.models import Comment, CommentThanks, Post, PostThanks, SavedPost
from tests import factories, people
from tests.devices.tools import count, statements
from tests.feed.composing import older, shown, stored
from tests.helpers import Browser, Town


@pytest.fixture
def post(town: Town, cast: people.Cast) -> Post:
    return factories.post(town, cast.rosa, "A lost dog.")


@pytest.fixture
def ben(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.ben)


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.rosa)


# — Thanks —


def test_thanks_are_counted_once_each_and_can_be_taken_back(
    town: Town, ben: Browser, rosa: Browser, post: Post
) -> None:
    nora = town.browser(factories.resident(town, "Nora"))
    for _time in range(2):
        ben.post(f"/posts/{post.id}/thanks", {"on": "1"})
    nora.post(f"/posts/{post.id}/thanks", {"on": "1"})
    assert stored(town, post.id).thanks_count == 2
    assert "2 thanks" in rosa.get("/feed").words
    for _time in range(2):
        ben.post(f"/posts/{post.id}/thanks", {"on": "0"})
    assert stored(town, post.id).thanks_count == 1 == count(town, PostThanks)


def test_nobody_learns_who_thanked(town: Town, ben: Browser, rosa: Browser, post: Post) -> None:
    ben.post(f"/posts/{post.id}/thanks", {"on": "1"})
    for page in (rosa.get(f"/posts/{post.id}"), rosa.get("/feed")):
        assert "1 thanks" in page.words and "Ben" not in page.text


def test_a_click_with_script_changes_the_button_alone(ben: Browser, post: Post) -> None:
    answer = ben.post(f"/posts/{post.id}/thanks", {"on": "1"}, htmx=True)
    button = answer.soup.find("button")
    assert answer.status == 200 and "<html" not in answer.text
    assert (button["aria-pressed"], button["value"]) == ("true", "0") and "1 thanks" in answer.words


def test_comments_are_thanked_for_too(town: Town, cast: people.Cast, rosa: Browser, ben: Browser, post: Post) -> None:
    written = factories.comment(town, cast.ben, post)
    assert ben.post(f"/comments/{written.id}/thanks", {"on": "1"}).status == 404, "not one's own"
    rosa.post(f"/comments/{written.id}/thanks", {"on": "1"})
    assert count(town, CommentThanks) == 1
    assert "1 thanks" in ben.get(f"/posts/{post.id}").words


def test_ones_own_post_and_what_one_cannot_see_are_not_thanked_for(
    town: Town, cast: people.Cast, rosa: Browser, post: Post
) -> None:
    assert rosa.post(f"/posts/{post.id}/thanks", {"on": "1"}).status == 404
    for name, account in cast.accounts().items():
        if name not in ("rosa", "ben"):
            assert town.browser(account).post(f"/posts/{post.id}/thanks", {"on": "1"}).status == 404, name
    assert count(town, PostThanks) == 0


# — Replies —


def say(browser: Browser, post: Post, body: str, **other: Any) -> None:
    assert browser.post(f"/posts/{post.id}/comments", {"body": body} | other).status == 303


def comment_ids(town: Town) -> list[uuid.UUID]:
    with town.reading() as act:
        return [row.id for row in act.session.query(Comment).order_by(Comment.id)]


def test_a_reply_stands_under_what_it_answers_and_replies_are_one_level_deep(
    town: Town, ben: Browser, rosa: Browser, post: Post
) -> None:
    say(ben, post, "First.")
    say(ben, post, "Second.")
    first, second = comment_ids(town)
    page = rosa.get(f"/posts/{post.id}?reply={first}")
    assert "You answer Ben." in page.words
    assert page.soup.select_one("#comment-form input[name=reply_to]")["value"] == str(first)
    say(rosa, post, "To the first.", reply_to=str(first))
    reply = comment_ids(town)[-1]
    say(ben, post, "To the reply.", reply_to=str(reply))
    soup = ben.get(f"/posts/{post.id}").soup
    under = soup.select_one(f"#replies-{first}").get_text(" ")
    assert "To the first." in under and "To the reply." in under
    assert not soup.select_one(f"#replies-{second}").get_text(strip=True)
    assert not soup.select(".comments--replies .comments--replies")
    assert stored(town, post.id).comment_count == 4


def test_a_reply_sent_by_script_is_put_under_what_it_answers(town: Town, ben: Browser, post: Post) -> None:
    say(ben, post, "First.")
    [first] = comment_ids(town)
    body = {"body": "A reply.", "reply_to": str(first)}
    answer = ben.post(f"/posts/{post.id}/comments", body, htmx=True)
    assert answer.soup.find(id=f"replies-{first}")["hx-swap-oob"] == "beforeend"


@pytest.mark.parametrize("wrong", ["nonsense", "5f0c1c36-2d5c-4b6f-9b1c-3f1f0d1f7a11", "elsewhere"])
def test_a_reply_to_what_is_not_there_is_refused(
    town: Town, cast: people.Cast, ben: Browser, post: Post, wrong: str
) -> None:
    if wrong == "elsewhere":
        wrong = str(factories.comment(town, cast.ben, factories.post(town, cast.rosa)).id)
    before = count(town, Comment)
    assert ben.post(f"/posts/{post.id}/comments", {"body": "Hello.", "reply_to": wrong}).status == 404
    assert count(town, Comment) == before


def test_what_was_answered_and_then_deleted_leaves_a_note_and_no_words(
    town: Town, ben: Browser, rosa: Browser, post: Post
) -> None:
    say(ben, post, "I regret this.")
    [first] = comment_ids(town)
    say(rosa, post, "An answer.", reply_to=str(first))
    ben.post(f"/comments/{first}/delete")
    words = ben.get(f"/posts/{post.id}").words
    assert "I regret this." not in words and "Its author deleted this comment." in words and "An answer." in words


# — Saved —


def test_a_saved_post_is_found_again_by_its_reader_alone(
    town: Town, cast: people.Cast, ben: Browser, post: Post
) -> None:
    other = factories.post(town, cast.rosa, "Another.")
    for saved in (other, post):
        ben.post(f"/posts/{saved.id}/save", {"on": "1"})
    assert shown(ben.get("/feed/saved")) == [str(post.id), str(other.id)], "the latest saved first"
    assert shown(town.browser(cast.rosa).get("/feed/saved")) == []
    ben.post(f"/posts/{post.id}/save", {"on": "0"})
    assert shown(ben.get("/feed/saved")) == [str(other.id)]
    assert count(town, SavedPost) == 1


def test_saving_gives_no_right_to_see(town: Town, cast: people.Cast, ben: Browser, rosa: Browser, post: Post) -> None:
    ben.post(f"/posts/{post.id}/save", {"on": "1"})
    rosa.post(f"/posts/{post.id}/delete")
    assert shown(ben.get("/feed/saved")) == []
    assert town.browser(cast.faye).post(f"/posts/{post.id}/save", {"on": "1"}).status == 404


def test_saved_posts_have_pages(town: Town, cast: people.Cast, ben: Browser) -> None:
    made = [factories.post(town, cast.rosa, f"Post {n}.").id for n in range(23)]
    for post_id in made:
        ben.post(f"/posts/{post_id}/save", {"on": "1"})
    first = ben.get("/feed/saved")
    second = ben.get(older(first), htmx=True)
    assert shown(first) + shown(second) == [str(post_id) for post_id in reversed(made)]


# — Muted —


def test_who_is_muted_vanishes_for_one_reader_and_does_not_learn_it(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser, post: Post
) -> None:
    nora = factories.resident(town, "Nora")
    other = factories.post(town, nora, "Something else.")
    factories.comment(town, cast.rosa, other, "Rosa says this.")
    before = rosa.get(f"/posts/{post.id}").words
    assert ben.post(f"/posts/{post.id}/mute").status == 303
    assert shown(ben.get("/feed")) == shown(ben.get("/feed?category=safety")) == [str(other.id)]
    assert "Rosa says this." not in ben.get(f"/posts/{other.id}").text
    assert shown(ben.get("/feed/search?q=dog")) == []
    assert str(post.id) in shown(town.browser(nora).get("/feed")), "for nobody else"
    assert rosa.get(f"/posts/{post.id}").words == before
    live = ben.get("/feed").soup.find(id="live")["hx-get"]
    factories.post(town, cast.rosa, "And again.")
    assert ben.get(live, htmx=True).status == 204
    assert ben.get(f"/posts/{post.id}").status == 200, "a wish, and no permission"


def test_a_comment_mutes_as_well_and_the_list_takes_it_back(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser, post: Post
) -> None:
    written = factories.comment(town, cast.ben, post)
    assert ben.post(f"/comments/{written.id}/mute").status == 404, "nobody mutes themselves"
    rosa.post(f"/comments/{written.id}/mute")
    assert "Thank you for telling us." not in rosa.get(f"/posts/{post.id}").text
    page = rosa.get("/account/muted")
    form = page.soup.select_one('form[action^="/account/muted/"]')
    assert "Ben" in page.words and str(cast.ben.id) in form["action"]
    rosa.post(form["action"])
    assert "Thank you for telling us." in rosa.get(f"/posts/{post.id}").text
    assert "Nobody is muted" in rosa.get("/account/muted").words


def test_pages_hold_their_full_number_beside_somebody_muted(town: Town, cast: people.Cast, ben: Browser) -> None:
    nora = factories.resident(town, "Nora")
    for number in range(30):
        factories.post(town, cast.rosa if number % 2 else nora, f"Post {number}.")
    ben.post(f"/posts/{factories.post(town, cast.rosa).id}/mute")
    page = ben.get("/feed")
    assert len(shown(page)) == 15 and older(page) is None
    assert "Rosa" not in page.text


def test_marks_cost_no_statement_more_for_twice_the_posts(town: Town, cast: people.Cast, ben: Browser) -> None:
    def more() -> None:
        for number in range(4):
            made = factories.post(town, cast.rosa, f"Post {number}.")
            ben.post(f"/posts/{made.id}/save", {"on": "1"})
            ben.post(f"/posts/{made.id}/thanks", {"on": "1"})

    def cost(address: str) -> int:
        ben.get(address)
        with statements(town) as seen:
            ben.get(address)
        return len(seen)

    more()
    first = [cost(address) for address in ("/feed", "/feed/saved", "/feed/search?q=post")]
    more()
    assert [cost(address) for address in ("/feed", "/feed/saved", "/feed/search?q=post")] == first

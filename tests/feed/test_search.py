"""Finding posts by their words, places and comments; and finding nobody, nor anything one may not see."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal import fulltext
from portal.feed import service
from portal.feed.cards import marked
from portal.feed.models import Post
from tests import factories, people
from tests.feed.composing import Composer, older, shown
from tests.helpers import Browser, Town


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Composer:
    return Composer.of(town, cast.rosa)


@pytest.fixture
def ben(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.ben)


def found(browser: Browser, query: str, **wishes: str) -> list[str]:
    wish = "".join(f"&{name}={value}" for name, value in wishes.items())
    page = browser.get(f"/feed/search?q={query}{wish}")
    assert page.status == 200
    return shown(page)


def test_all_words_are_looked_for_in_any_order_and_by_their_beginning(rosa: Composer, ben: Browser) -> None:
    dog = str(rosa.posted("A brown dog with a red collar ran down the street."))
    cat = str(rosa.posted("A grey cat sits on my roof."))
    assert found(ben, "dog") == found(ben, "collar brown") == found(ben, "BROWN") == found(ben, "coll") == [dog]
    assert found(ben, "a") == [cat, dog], "the newest first"
    assert found(ben, "dog roof") == found(ben, "unicorn") == []
    assert found(ben, '"red collar"') == [dog] and found(ben, '"collar red"') == []


def test_accents_are_one_letter_with_and_without(rosa: Composer, ben: Browser) -> None:
    post_id = str(rosa.posted("Mañana habrá una reunión."))
    assert found(ben, "manana") == found(ben, "REUNIÓN") == [post_id]


def test_a_place_and_a_comment_are_found_too(town: Town, cast: people.Cast, rosa: Composer, ben: Browser) -> None:
    elm = factories.street(town, "Elm Street", (40.002, -85.0))
    post_id = rosa.posted("A gate.", street=str(elm.id))
    with town.reading() as act:
        post = act.session.get_one(Post, post_id)
    written = factories.comment(town, cast.ben, post, "It squeaks terribly.")
    assert found(ben, "elm") == found(ben, "squeaks") == [str(post_id)]
    ben.post(f"/comments/{written.id}/delete")
    assert found(ben, "squeaks") == []


def test_what_changed_is_found_by_its_words_of_now(rosa: Composer, ben: Browser) -> None:
    post_id = rosa.posted("A brown dog.")
    rosa.browser.post(f"/posts/{post_id}/edit", {"category": "pet", "body": "A black cat.", "audience": "neighbours"})
    assert found(ben, "dog") == [] and found(ben, "cat") == [str(post_id)]


@pytest.mark.parametrize("end", ["deleted", "removed", "hidden"])
def test_what_left_the_feed_is_found_no_more_and_what_came_back_is(rosa: Composer, ben: Browser, end: str) -> None:
    post_id = rosa.posted("A brown dog.")
    if end == "deleted":
        rosa.browser.post(f"/posts/{post_id}/delete")
    with rosa.town.acting() as act:
        post = act.session.get_one(Post, post_id)
        if end == "removed":
            service.remove_post(act, post, "R5")
        if end == "hidden":
            service.hide(act, post)
    assert found(ben, "dog") == []
    if end == "deleted":
        rosa.browser.post(f"/posts/{post_id}/put-back")
        assert found(ben, "dog") == [str(post_id)]


def test_each_finds_only_what_they_may_see(rosa: Composer, cast: people.Cast) -> None:
    near = str(rosa.posted("A brown dog for neighbours."))
    public = str(rosa.posted("A brown dog for everyone.", audience="everyone"))
    for name, account in (cast.accounts() | {"visitor": None}).items():
        expected = [public, near] if name in ("rosa", "ben") else [public]
        browser = rosa.town.browser(account)
        assert found(browser, "dog") == expected, name
        assert near not in browser.get("/feed/search?q=brown").text or name in ("rosa", "ben")


def test_nobody_is_found_by_name(rosa: Composer, ben: Browser, cast: people.Cast) -> None:
    rosa.posted("A dog.")
    assert found(ben, "Rosa") == found(ben, "rosa@maple.example") == []


def test_filters_narrow_what_is_found(town: Town, rosa: Composer, ben: Browser) -> None:
    elm = factories.street(town, "Elm Street", (40.002, -85.0))
    old = str(rosa.posted("A dog.", category="pet"))
    town.later(days=3)
    new = str(rosa.posted("A dog.", category="good", street=str(elm.id)))
    assert found(ben, "dog", category="pet") == [old]
    assert found(ben, "dog", street="Elm+Street") == found(ben, "dog", since="day") == [new]
    assert found(ben, "dog", since="week") == [new, old]
    assert found(ben, "dog", category="x", street="Nowhere", since="x") == [new, old], (
        "what is no filter filters nothing"
    )


def test_what_is_found_has_pages(rosa: Composer, ben: Browser) -> None:
    made = [str(rosa.posted(f"Dog {number}.")) for number in range(23)]
    first = ben.get("/feed/search?q=dog&since=week")
    second = ben.get(older(first), htmx=True)
    assert shown(first) + shown(second) == made[::-1] and "<html" not in second.text


def test_words_that_were_found_are_marked(rosa: Composer, ben: Browser) -> None:
    rosa.posted("A brown dog & two <dogs>.")
    soup = ben.get("/feed/search?q=dog").soup
    assert [mark.get_text() for mark in soup.select(".post__body mark")] == ["dog", "dogs"]
    assert "A brown dog & two <dogs>." in soup.select_one(".post__body").get_text()


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_search_or_nothing(query: str) -> None:
    terms = fulltext.search_terms(query)
    assert len(terms) <= fulltext.MOST_TERMS and all(term.replace(" ", "") for term in terms)
    assert '"' not in "".join(terms)


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        "*",
        "AND",
        "NOT",
        "a OR",
        "NEAR(",
        "body:x",
        "^",
        "-",
        "(",
        "%00",
        "x" * 5000,
        "'; DROP TABLE post",
        "%",
    ],
)
def test_no_sign_breaks_a_search(rosa: Composer, ben: Browser, query: str) -> None:
    rosa.posted("A dog.")
    page = ben.get(f"/feed/search?q={query}")
    assert page.status == 200


@given(st.text(alphabet="ab &<>;amplt", max_size=30), st.sampled_from(["a", "amp", "lt", "a b"]))
def test_marking_changes_no_letter(text: str, term: str) -> None:
    piece = Markup('<p>x</p><div class="post__body"><p>{}</p></div><p>amp</p>').format(text)
    assert marked(piece, [term]).replace("<mark>", "").replace("</mark>", "") == piece


def test_a_database_that_is_upgraded_finds_what_was_there_before(town: Town, rosa: Composer, ben: Browser) -> None:
    from portal import schema

    post_id = rosa.posted("A brown dog.")
    with town.here.database.engine.execution_options(porchlight_write=True).begin() as connection:
        connection.exec_driver_sql("DELETE FROM post_text")
    assert found(ben, "dog") == []
    schema.upgrade(town.here.database)
    assert found(ben, "dog") == [str(post_id)] and uuid.UUID(found(ben, "brown")[0]) == post_id

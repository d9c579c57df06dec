"""Posting without one's name: what stands in its place, and that nothing anywhere gives the name away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.feed import queries, service
from portal.feed.models import Comment, HiddenPost, Mute, Post
from portal.neighbourhoods import rules
from tests import factories, people
from tests.devices.tools import count
from tests.feed.composing import Composer, shown
from tests.helpers import Town


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Composer:
    return Composer.of(town, cast.rosa)


def crowded(town: Town, street: str = "Maple Street", homes: int = rules.LEAST_HOMES) -> None:
    """As many homes on that street, Rosa's and Ben's among them."""
    for number in range(homes - 2):
        factories.resident(town, f"N{number}", street)


PLACES = st.lists(st.tuples(st.text(max_size=8), st.integers(0, 40)), max_size=4)


@given(PLACES)
def test_an_alias_names_the_nearest_place_with_enough_homes_or_none(places: list[tuple[str, int]]) -> None:
    alias = rules.alias(places)
    if alias:
        index = next(number for number, (name, homes) in enumerate(places) if name == alias and homes >= 10)
        assert all(not name or homes < 10 for name, homes in places[:index])
    else:
        assert all(not name or homes < 10 for name, homes in places)


@pytest.mark.parametrize(("homes", "words"), [(9, "A neighbour"), (10, "A neighbour on Maple Street")])
def test_a_street_is_named_only_when_ten_homes_share_it(
    town: Town, rosa: Composer, cast: people.Cast, homes: int, words: str
) -> None:
    crowded(town, homes=homes)
    form = rosa.browser.get("/posts/new").words
    assert f"Shown as “{words}”" in form
    post_id = rosa.posted(as_neighbour="y")
    for browser in (town.browser(cast.ben), rosa.browser):
        author = browser.get(f"/posts/{post_id}").soup.select_one(".post__author").get_text(strip=True)
        assert author == words


def test_a_small_street_grows_to_its_neighbourhood(town: Town, rosa: Composer, cast: people.Cast) -> None:
    factories.neighbourhood(town, "Riverside")
    for number in range(9):
        factories.resident(town, f"N{number}", f"Lane {number}")
    post_id = rosa.posted(as_neighbour="y")
    assert "A neighbour on Riverside" in town.browser(cast.ben).get(f"/posts/{post_id}").words


def test_it_is_the_authors_own_street_and_not_that_of_the_post(town: Town, rosa: Composer, cast: people.Cast) -> None:
    crowded(town)
    elm = factories.street(town, "Elm Street", (40.002, -85.0))
    post_id = rosa.posted(as_neighbour="y", street=str(elm.id))
    page = town.browser(cast.ben).get(f"/posts/{post_id}").words
    assert "A neighbour on Maple Street" in page and "Elm Street" in page


def test_nothing_that_anybody_can_open_gives_the_name(town: Town, rosa: Composer, cast: people.Cast) -> None:
    crowded(town)
    post_id = rosa.posted("The gate is open.", as_neighbour="y", audience="everyone")
    with town.reading() as act:
        post = act.session.get_one(Post, post_id)
    factories.comment(town, cast.rosa, post, "It is still open.")
    factories.comment(town, cast.ben, post, "I shut it.")
    with town.acting(cast.rosa) as act:
        service.edit_post(act, post_id, service.Changes("safety", "The gate was open.", "everyone"))
    with town.acting(cast.ben) as act:
        from portal.moderation import service as moderation

        moderation.report_post(act, post_id, "R5", "It names somebody.")
    paths = (
        "/feed",
        "/feed?view=map",
        "/feed/search?q=gate",
        "/feed/search?q=rosa",
        f"/posts/{post_id}",
        f"/posts/{post_id}/history",
        f"/posts/{post_id}/report",
        "/ledger",
        "/moderation",
        "/moderation/log",
    )
    for name, account in (cast.accounts() | {"visitor": None}).items():
        if name == "rosa":
            continue
        browser = town.browser(account)
        for path in paths:
            text = browser.get(path).text
            assert "Rosa" not in text and str(cast.rosa.id) not in text and cast.rosa.id.hex not in text, (name, path)
    page = town.browser(cast.ben).get(f"/posts/{post_id}")
    comment = page.soup.find("li", id=True, string=None)
    assert "A neighbour on Maple Street" in comment.get_text(" ") and "Author" in comment.get_text(" ")


def test_queries_give_no_name_to_anybody_so_that_no_page_can_show_it(
    town: Town, rosa: Composer, cast: people.Cast
) -> None:
    post_id = rosa.posted(as_neighbour="y")
    for account in (cast.ben, cast.rosa):
        with town.reading(account) as act:
            assert queries.post(act, post_id)[1] == ""
            assert [card.author for card in queries.newest(act, 5, 5.0)] == [""]


def test_under_ones_own_name_one_comments_elsewhere(town: Town, rosa: Composer, cast: people.Cast) -> None:
    rosa.posted(as_neighbour="y")
    other = factories.post(town, cast.ben, "Another.")
    factories.comment(town, cast.rosa, other, "In my own name.")
    with town.reading() as act:
        assert act.session.query(Comment).one().alias is None
    assert "Rosa" in town.browser(cast.ben).get(f"/posts/{other.id}").words


def test_to_hide_such_a_post_tells_nothing_of_its_author(town: Town, rosa: Composer, cast: people.Cast) -> None:
    """Else Ben could mute a name and see which posts without one go with it, or the other way round."""
    first, second, named = rosa.posted("1", as_neighbour="y"), rosa.posted("2", as_neighbour="y"), rosa.posted("3")
    ben = town.browser(cast.ben)
    ben.post(f"/posts/{first}/mute")
    assert shown(ben.get("/feed")) == [str(named), str(second)]
    assert (count(town, Mute), count(town, HiddenPost)) == (0, 1)
    listed = ben.get("/account/muted")
    assert "A neighbour" in listed.words and "Rosa" not in listed.text
    ben.post(listed.soup.select_one('form[action*="/posts/"]')["action"])
    ben.post(f"/posts/{named}/mute")
    assert shown(ben.get("/feed")) == [str(second), str(first)]


def test_the_author_still_finds_and_changes_what_they_wrote(town: Town, rosa: Composer) -> None:
    post_id = rosa.posted(as_neighbour="y")
    page = rosa.page(post_id)
    assert page.soup.select_one(f'a[href="/posts/{post_id}/edit"]')
    assert rosa.browser.post(f"/posts/{post_id}/delete").status == 303

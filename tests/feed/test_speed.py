"""What a page of the feed costs: the same for a hundred times the posts. And cards that are kept are never wrong."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from sqlalchemy import func, insert, select, update

from bench.crowd import fill
from portal.accounts.models import Account
from portal.alerts.jobs import make_notices
from portal.bulletins import queries as bulletins
from portal.bulletins.models import AgencyPost
from portal.db import Act, new_id
from portal.feed import queries
from portal.neighbourhoods import rules as places
from portal.web import filters
from portal.web.lru import Lru
from portal.web.templating import ROOM
from tests import factories
from tests.helpers import NOON, Town, steps_of

FEW = 400


@pytest.fixture
def ben(town: Town) -> Account:
    for number in range(5):
        factories.resident(town, f"N{number}")
    return factories.resident(town, "Ben")


def steps(town: Town, account: Account, **wishes: Any) -> int:
    """How many steps SQLite takes for one page of the feed."""
    return counted(town, account, lambda act: queries.newest(act, 21, **wishes))


def counted(town: Town, account: Account, look: Callable[[Act], Sequence[Any]]) -> int:
    """How many steps SQLite takes for `look`, which has to find a page and one more."""
    with town.reading(account) as act:
        found: list[Any] = []
        taken = steps_of(act, lambda: found.extend(look(act)))
        assert len(found) == 21
        return taken


EVERYTHING = ({"miles": 0.5}, {"miles": 2.0}, {"miles": 5.0}, {"miles": 2.0, "unresolved": True})
ONE_CATEGORY = {"miles": 2.0, "category": "pet"}


def test_a_page_of_the_feed_costs_the_same_for_a_hundred_times_the_posts(town: Town, ben: Account) -> None:
    like = factories.post(town, ben)
    # A dozen cells, each of which holds more than a page already.
    fill(town.here.database, FEW, like.id, factories.MAPLE, rings=1)
    before = [steps(town, ben, **wishes) for wishes in EVERYTHING]
    fill(town.here.database, 99 * FEW, like.id, factories.MAPLE, rings=1)
    after = [steps(town, ben, **wishes) for wishes in EVERYTHING]
    for first, second in zip(before, after, strict=True):
        assert abs(second - first) < 0.05 * first, (before, after)
    rare = steps(town, ben, **ONE_CATEGORY)
    fill(town.here.database, 2 * FEW, like.id, factories.MAPLE, rings=1)
    assert abs(steps(town, ben, **ONE_CATEGORY) - rare) < 0.05 * rare, "one category does not look through the others"


def test_an_agency_that_told_a_hundred_times_as_much_costs_no_more(town: Town, ben: Account) -> None:
    police = factories.agency(town, "maple-police", "police", "Maple Police")
    officer = factories.member(town, police, "officer@police.maple.example", "Dana Whitfield", "Sergeant")
    first = factories.agency_post(town, officer, "maple-police")
    home7 = places.parents(places.cell(*factories.MAPLE))[2]

    def told(count: int) -> list[int]:
        with town.acting() as act:
            last = act.session.scalar(select(func.max(AgencyPost.published_seq)))
            row = {column.name: getattr(first, column.name) for column in AgencyPost.__table__.columns}
            more = [row | {"id": new_id(), "published_seq": last + number} for number in range(1, count + 1)]
            act.session.execute(insert(AgencyPost), more)
        looks = (lambda act: bulletins.newest(act, 21, cell7=home7), lambda act: bulletins.newest(act, 21))
        return [counted(town, ben, look) for look in looks]

    for before, after in zip(told(40), told(4000), strict=True):
        assert abs(after - before) < 0.05 * before


# — What is kept —


def test_a_page_that_is_kept_is_the_page_that_would_be_made(town: Town) -> None:
    """Whatever changes for a reader, the feed's page is as if nothing had been kept."""
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    rosas, bens = town.browser(rosa), town.browser(ben)

    def same(address: str) -> str:
        readers = (rosas, bens, rosas)
        warm = [_without_tokens(browser.get(address).text) for browser in readers]
        town.app.extensions["kept_parts"] = Lru(ROOM)
        assert warm == [_without_tokens(browser.get(address).text) for browser in readers]
        return warm[0]

    seen = [same("/feed")]

    def changed(address: str = "/feed") -> None:
        seen.append(same(address))
        assert seen[-1] not in seen[:-1], "and the change is seen"

    post = factories.post(town, rosa, "The first one.")
    changed()
    bens.post(f"/posts/{post.id}/comments", {"body": "Good to know."})
    changed()
    make_notices(town.here)
    changed()
    rosas.post("/account/radius", {"miles": "2.0"})
    changed()
    changed("/feed?category=pet")
    changed("/feed?unresolved=1")
    changed("/devices/feed")
    factories.post(town, rosa, uploads=[factories.upload(town, factories.jpeg())])
    changed()
    town.work()
    changed()
    with town.acting() as act:
        act.session.execute(update(Account).where(Account.id == rosa.id).values(name="Rosa Maria"))
    changed()
    for number in range(20):
        factories.post(town, rosa, f"One more: {number}")
    changed()


def test_a_flash_is_said_once_and_to_one(town: Town) -> None:
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    rosas, bens = town.browser(rosa), town.browser(ben)
    rosas.get("/feed")
    post = factories.post(town, rosa)
    rosas.post(f"/posts/{post.id}/delete")
    said = rosas.get("/feed").soup.select_one(".flashes").get_text(strip=True)
    assert said
    for browser in (rosas, bens):
        assert said not in browser.get("/feed").words


def test_no_page_that_is_kept_holds_a_token(town: Town) -> None:
    browser = town.browser(factories.resident(town, "Rosa"))
    tokens = {field["value"] for field in browser.get("/feed").soup.select("[name=csrf_token]")}
    pages = [page for page in town.app.extensions["kept_parts"]._pieces.values() if "<html" in page]
    assert tokens and len(pages) == 1
    assert not [token for token in tokens if token in pages[0]]


def _without_tokens(page: str) -> str:
    return re.sub(r'(?<=csrf_token" value=")[^"]+|(?<="X-CSRFToken": ")[^"]+', "", page)


def test_a_card_that_is_kept_shows_nobody_elses_marks(town: Town) -> None:
    rosa, ben, nora = (factories.resident(town, name) for name in ("Rosa", "Ben", "Nora"))
    post = factories.post(town, rosa)
    bens, noras, rosas, visitors = (town.browser(who) for who in (ben, nora, rosa, None))
    bens.get("/feed")
    bens.post(f"/posts/{post.id}/thanks", {"on": "1"})
    bens.post(f"/posts/{post.id}/save", {"on": "1"})

    def pressed(browser: Any) -> list[str]:
        return [button["aria-pressed"] for button in browser.get("/feed").soup.select("article [aria-pressed]")]

    for _time in range(2):
        assert pressed(bens) == ["true"] and pressed(noras) == ["false"] and pressed(rosas) == []
        assert "Saved: take it out" in bens.get("/feed").words and "Saved:" not in noras.get("/feed").words
        assert rosas.get("/feed").soup.select_one(f'a[href="/posts/{post.id}/edit"]')
        assert not bens.get("/feed").soup.select(f'a[href="/posts/{post.id}/edit"]')
        assert "gate open" not in visitors.get("/feed").words


def test_no_card_that_is_kept_holds_a_token(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    factories.post(town, rosa)
    browser = town.browser(rosa)
    token = browser.token()
    browser.get("/feed")
    pieces = town.app.extensions["feed_cards"]._pieces
    assert pieces and not [piece for piece in pieces.values() if token in piece or "csrf" in piece]


def test_a_card_says_how_long_ago_it_was_at_every_time(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    factories.post(town, rosa)
    browser = town.browser(rosa)
    for minutes, words in ((0, "just now"), (5, "5 min ago"), (60, "1 hour ago"), (60 * 30, "1 day ago")):
        town.clock.at = NOON + timedelta(minutes=minutes)
        assert words in browser.get("/feed").words


@pytest.fixture(scope="module")
def any_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("any"))


@given(first=st.integers(0, 8 * 86_400), later=st.integers(0, 4_000))
def test_as_long_as_the_age_is_the_same_so_are_its_words(any_town: Town, first: int, later: int) -> None:
    then = NOON - timedelta(days=20)
    with any_town.app.test_request_context():
        said = []
        for passed in (first, first + later):
            any_town.clock.at = then + timedelta(seconds=passed)
            said.append((filters.age(then, any_town.clock.at), filters.ago(then)))
    (one, words), (other, words_later) = said
    assert one != other or words == words_later


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60))
def test_what_is_kept_never_takes_more_room_than_there_is(pieces: list[tuple[int, int]]) -> None:
    kept, latest = Lru(100), {}
    for key, size in pieces:
        kept.put(key, Markup("x" * size))
        latest[key] = size
        assert kept.used == sum(len(piece) for piece in kept._pieces.values()) <= 100
        assert kept.get(key) == "x" * size
    for key, size in latest.items():
        assert kept.get(key) in (None, Markup("x" * size))


def test_what_was_looked_at_last_stays_longest() -> None:
    kept = Lru(2)
    kept.put("a", Markup("a"))
    kept.put("b", Markup("b"))
    kept.get("a")
    kept.put("c", Markup("c"))
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("a", None, "c")

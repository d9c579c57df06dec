"""Reading the feed: its order, its pages, its filters, what is new, what agencies add, and what it costs."""

import uuid
from typing import Any

import pytest

from portal.feed.cards import ROOM
from portal.feed.models import CATEGORIES
from portal.web.lru import Lru
from tests import factories
from tests.devices.tools import statements
from tests.feed.composing import Composer, older, shown, stored
from tests.helpers import Page, Town

MILE = 1 / 53.06  # degrees of longitude, at the town's latitude


@pytest.fixture
def rosa(town: Town) -> Composer:
    return Composer.of(town, factories.resident(town, "Rosa"))


@pytest.fixture
def ben(town: Town) -> Composer:
    return Composer.of(town, factories.resident(town, "Ben"))


def all_pages(composer: Composer, address: str = "/feed") -> list[Page]:
    """Every page of the feed; every second one as htmx would fetch it."""
    pages = [composer.browser.get(address)]
    while (target := older(pages[-1])) is not None:
        pages.append(composer.browser.get(target, htmx=len(pages) % 2 == 1))
    return pages


def entries(pages: list[Page]) -> list[str]:
    return [post_id for page in pages for post_id in shown(page)]


# — Order and pages —


def test_the_feed_stands_in_the_order_in_which_posts_became_visible(rosa: Composer, ben: Composer, film: bytes) -> None:
    slow = rosa.posted("A video that takes its time.", ("porch.mp4", film))
    words = rosa.posted("Words that are there at once.")
    assert shown(ben.browser.get("/feed")) == [str(words)]
    rosa.town.work()
    assert shown(ben.browser.get("/feed")) == [str(slow), str(words)]
    assert stored(rosa.town, slow).published_seq > stored(rosa.town, words).published_seq


def test_a_reader_who_waits_is_told_of_a_post_that_was_written_before_and_ready_after(
    rosa: Composer, ben: Composer, film: bytes
) -> None:
    rosa.posted("A video that takes its time.", ("porch.mp4", film))
    rosa.posted("Words.")
    live = ben.browser.get("/feed").soup.find(id="live")["hx-get"]
    assert ben.browser.get(live, htmx=True).status == 204
    rosa.town.work()
    answer = ben.browser.get(live, htmx=True)
    assert answer.status == 200 and "1 new post" in answer.words
    link = answer.soup.select_one("a.live__banner")["href"]
    assert "A video that takes its time." in ben.browser.get(link).words


def test_pages_hold_every_post_once_while_new_ones_arrive(rosa: Composer, ben: Composer) -> None:
    before = [str(factories.post(rosa.town, rosa.account, f"Post {n}.").id) for n in range(45)]
    page = ben.browser.get("/feed")
    seen, turn = shown(page), 0
    while (target := older(page)) is not None:
        factories.post(rosa.town, rosa.account, "And another.")
        page, turn = ben.browser.get(target, htmx=turn % 2 == 0), turn + 1
        seen += shown(page)
    assert seen == before[::-1]
    assert turn == 2


def test_a_post_that_goes_while_one_reads_takes_none_with_it(rosa: Composer, ben: Composer) -> None:
    posts = [factories.post(rosa.town, rosa.account, f"Post {n}.").id for n in range(25)]
    first = ben.browser.get("/feed")
    rosa.browser.post(f"/posts/{posts[5]}/delete")
    rosa.browser.post(f"/posts/{posts[2]}/delete")
    second = ben.browser.get(older(first))
    assert shown(second) == [str(posts[n]) for n in (4, 3, 1, 0)]


def test_a_page_fetched_by_script_is_rows_alone(rosa: Composer, ben: Composer) -> None:
    for number in range(21):
        factories.post(rosa.town, rosa.account, f"Post {number}.")
    answer = ben.browser.get(older(ben.browser.get("/feed")), htmx=True)
    assert answer.status == 200 and "<html" not in answer.text and len(shown(answer)) == 1


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4Il0", "W10", "bnVsbA", "WzEsMl0"])
def test_a_cursor_that_the_portal_did_not_write_is_a_bad_request(ben: Composer, cursor: str) -> None:
    assert ben.browser.get(f"/feed?before={cursor}").status == 400


def test_both_doors_lead_to_the_same_feed(rosa: Composer, ben: Composer) -> None:
    for number in range(23):
        factories.post(rosa.town, rosa.account, f"Post {number}.")
    assert entries(all_pages(ben)) == entries(all_pages(ben, "/devices/feed"))


def test_an_empty_feed_says_what_to_do(ben: Composer) -> None:
    page = ben.browser.get("/feed")
    assert "It is quiet here" in page.words and page.soup.select_one('main a[href="/posts/new"]')


# — Filters —


def test_a_category_shows_its_own_posts_only(rosa: Composer, ben: Composer) -> None:
    made = {category: str(rosa.posted(f"About {category}.", category=category)) for category in CATEGORIES}
    for category, post_id in made.items():
        page = ben.browser.get(f"/feed?category={category}")
        assert shown(page) == [post_id]
    assert len(shown(ben.browser.get("/feed?category=nonsense"))) == len(CATEGORIES)


def test_what_is_new_is_counted_for_the_category_that_is_open(rosa: Composer, ben: Composer) -> None:
    rosa.posted("A dog.", category="pet")
    live = ben.browser.get("/feed?category=pet").soup.find(id="live")["hx-get"]
    rosa.posted("A gate.", category="safety")
    assert ben.browser.get(live, htmx=True).status == 204
    rosa.posted("A cat.", category="pet")
    assert "1 new post" in ben.browser.get(live, htmx=True).words


@pytest.fixture
def around(rosa: Composer) -> dict[float, str]:
    """Miles from Maple Street -> a post on a street there."""
    made = {}
    for miles in (0.0, 1.3, 3.5):
        at = (factories.MAPLE[0], factories.MAPLE[1] + miles * MILE)
        there = factories.street(rosa.town, f"Street {miles}", at)
        made[miles] = str(rosa.posted(f"At {miles} miles.", street=str(there.id)))
    return made


@pytest.mark.parametrize(("wish", "reached"), [("0.5", {0.0}), ("2", {0.0, 1.3}), ("5", {0.0, 1.3, 3.5})])
def test_the_reader_chooses_how_far_to_look(
    ben: Composer, around: dict[float, str], wish: str, reached: set[float]
) -> None:
    assert set(shown(ben.browser.get(f"/feed?miles={wish}"))) == {around[miles] for miles in reached}


@pytest.mark.parametrize("wish", ["", "nan", "inf", "-1", "100", "x", "5.1"])
def test_a_wish_beyond_the_choices_is_the_nearest_radius(ben: Composer, around: dict[float, str], wish: str) -> None:
    assert shown(ben.browser.get(f"/feed?miles={wish}")) == [around[0.0]]


def test_how_far_one_looks_is_a_wish_and_never_a_permission(town: Town, around: dict[float, str]) -> None:
    faye = Composer.of(town, factories.resident(town, "Faye", "Far Lane", factories.FAR))
    for wish in ("0.5", "5", "100"):
        assert shown(faye.browser.get(f"/feed?miles={wish}")) == []
    ben = Composer.of(town, factories.resident(town, "Ben"))
    assert ben.page(uuid.UUID(around[3.5])).status == 200, "and what one may see opens at any wish"


def test_pages_keep_the_readers_wishes(rosa: Composer, ben: Composer) -> None:
    for number in range(22):
        factories.post(rosa.town, rosa.account, f"Dog {number}.", category="pet")
        factories.post(rosa.town, rosa.account, f"Gate {number}.")
    pages = all_pages(ben, "/feed?miles=2&category=pet")
    assert len(entries(pages)) == 22
    assert all("Gate" not in page.words for page in pages)


# — Agencies —


@pytest.fixture
def officer(town: Town, rosa: Composer) -> Any:
    """A sergeant of a police department that serves the middle of the town only."""
    factories.street(town)
    around = factories.square(factories.MAPLE, 0.0005)
    made = factories.agency(town, "maple-police", "police", "Maple Police", polygons=around)
    return factories.member(town, made, "officer@police.maple.example", "Dana Whitfield", "Sergeant")


def test_an_agencys_post_stands_in_the_feed_of_those_it_serves_and_says_whose_it_is(
    rosa: Composer, officer: Any
) -> None:
    rosa.posted("A neighbour's words.")
    factories.agency_post(rosa.town, officer, "maple-police")
    page = rosa.browser.get("/feed")
    first, second = page.soup.select("article")
    label = " ".join(first.get_text(" ").split())
    assert "Lock your doors" in label and "Maple Police" in label and "Law enforcement" in label
    assert "A neighbour's words." in second.get_text()
    assert "Maple Police" not in second.get_text()


def test_an_agencys_post_is_not_in_the_feed_of_those_it_does_not_serve(rosa: Composer, officer: Any) -> None:
    faye = Composer.of(rosa.town, factories.resident(rosa.town, "Faye", "Far Lane", factories.FAR))
    factories.agency_post(rosa.town, officer, "maple-police")
    assert "Lock your doors" not in faye.browser.get("/feed?miles=5").words
    assert faye.browser.get("/feed/live?after=0", htmx=True).status == 204
    assert "Lock your doors" in faye.browser.get("/agencies/maple-police").words, "where everybody can read it"


def test_an_agencys_post_has_no_place_for_a_file(rosa: Composer, officer: Any) -> None:
    post = factories.agency_post(rosa.town, officer, "maple-police")
    page = rosa.browser.get(f"/agencies/maple-police/posts/{post.id}")
    assert page.status == 200 and not page.soup.select("main input[type=file]")
    assert not rosa.browser.get("/feed").soup.select("main textarea")
    assert rosa.browser.get(f"/posts/{post.id}").status == 404, "it is no neighbour's post"


def test_neighbours_and_agencies_posts_share_one_order_and_one_set_of_pages(rosa: Composer, officer: Any) -> None:
    expected = []
    for number in range(24):
        if number % 3:
            expected.append(f"post-{factories.post(rosa.town, rosa.account, f'Post {number}.').id}")
        else:
            factories.agency_post(rosa.town, officer, "maple-police", f"Tip {number}")
            expected.append(f"Tip {number}")
    seen = []
    for page in all_pages(rosa):
        for article in page.soup.select("article"):
            own = article.get("id", "").startswith("post-") and "Maple Police" not in article.get_text()
            seen.append(article["id"] if own else article.find(["h2", "h3"]).get_text(strip=True))
    assert seen == expected[::-1]


def test_an_agency_reads_what_is_for_everyone_and_is_told_so(rosa: Composer, officer: Any) -> None:
    rosa.posted("For neighbours.")
    public = rosa.posted("For everyone.", audience="everyone")
    page = rosa.town.browser(officer).get("/feed")
    assert shown(page) == [str(public)]
    assert "is not shown to agencies" in page.words
    assert not page.soup.select('main a[href="/posts/new"], main form, main a[href$="/report"]')


# — Cost —


def test_the_feed_costs_the_same_number_of_statements_for_twice_the_posts(rosa: Composer, officer: Any) -> None:
    town = rosa.town

    def more() -> None:
        for number in range(4):
            raw = factories.upload(town, factories.jpeg(64, 48))
            post = factories.post(town, rosa.account, f"Post {number}.", uploads=[raw])
            town.work()
            factories.comment(town, rosa.account, post)
            factories.agency_post(town, officer, "maple-police", f"Tip {number}")

    def cost() -> tuple[int, int]:
        """Of a page whose cards have to be made, and of one whose cards are kept."""
        town.app.extensions["feed_cards"] = Lru(ROOM)
        found = []
        for _time in range(2):
            with statements(town) as seen:
                assert rosa.browser.get("/feed").status == 200
            found.append(len(seen))
        return found[0], found[1]

    more()
    first = cost()
    more()
    assert cost() == first and first[1] < first[0]


def test_a_post_costs_the_same_number_of_statements_for_twice_the_comments(rosa: Composer) -> None:
    post = factories.post(rosa.town, rosa.account)

    def cost() -> int:
        with statements(rosa.town) as seen:
            assert rosa.page(post.id).status == 200
        return len(seen)

    for _n in range(3):
        factories.comment(rosa.town, rosa.account, post)
    first = cost()
    for _n in range(3):
        factories.comment(rosa.town, rosa.account, post)
    assert cost() == first


def test_looking_writes_nothing(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("Words.")
    with statements(rosa.town) as seen:
        for address in ("/feed", f"/posts/{post_id}", "/feed/live?after=0", "/devices", "/posts/new", "/guidelines"):
            ben.browser.get(address)
    assert not [line for line in seen if line.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE"))]

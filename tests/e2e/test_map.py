"""Maps in a real browser: the feed's cells, a place that is chosen, a home, and an outline that is drawn."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from portal.feed.models import Post
from portal.neighbourhoods import queries, rules, service
from tests import factories as make
from tests.e2e.live import served
from tests.e2e.looks import DESK, PHONE, look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.neighbourhoods.test_places import settle
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser
LINE = [[-85.01, 40.0], [-85.0, 40.0], [-84.99, 40.0]]


class World:
    def __init__(self, town: Town) -> None:
        self.town, self.url = town, ""
        self.cast: Cast = everybody(town)
        with town.acting() as act:
            queries.streets(act)[1].lines = [LINE]
            service.add_street(act, "Oak Lane", 40.004, -85.0, [[[-85.01, 40.004], [-84.99, 40.004]]])
        make.neighbourhood(town, "Riverside", half=0.011)
        street = make.street(town)
        settle(town, street, street.cell9, 12)
        for kind, body in (("safety", "The street light is out."), ("pet", "A grey cat came to our porch.")):
            make.post(town, self.cast.rosa, body, category=kind)
        make.post(town, self.cast.rosa, "Thank you, whoever fixed the bench.", category="good", cell=self.beside())

    def beside(self) -> str:
        return rules.cell(40.004, -85.008)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("map"), empty_database, World, "serve", "--no-worker") as made:
        yield made


def open_page(page: Page, world: World, who: str, path: str) -> Locator:
    """Signed in and on that page; its map, once it is drawn."""
    sign_in(page, world.url, getattr(world.cast, who).email, PASSWORD)
    page.goto(world.url + path)
    drawn = page.locator("[data-map][data-ready]")
    expect(drawn).to_be_visible()
    return drawn


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_cell_that_is_clicked_lists_its_posts(world: World, page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    drawn = open_page(page, world, "ben", "/feed?view=map")
    cell = drawn.get_by_role("button", name=re.compile("Around Maple Street, Riverside: 2 posts"))
    cell.click()
    expect(page.get_by_role("heading", name="Around Maple Street, Riverside")).to_be_focused()
    expect(page.locator("#cell-posts article")).to_have_count(2)
    expect(page.locator("#cell-posts")).to_contain_text("A grey cat came to our porch.")
    expect(drawn.locator(".map-cell.is-chosen")).to_have_count(1)


def test_the_map_is_worked_by_keyboard_and_can_be_skipped(world: World, page: Page) -> None:
    drawn = open_page(page, world, "ben", "/devices/feed?view=map")
    skip = page.get_by_role("link", name="Skip the map")
    skip.focus()
    expect(skip).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#cell-posts$"))
    cell = drawn.get_by_role("button", name=re.compile("2 posts. Lost"))
    for _press in range(12):
        page.keyboard.press("Shift+Tab")
        if cell.evaluate("element => element === document.activeElement"):
            break
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#cell-posts article")).to_have_count(2)


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        ("ben", ["/feed?view=map", "/posts/new", "/account/home"]),
        ("officer", ["/feed?view=map"]),
        ("operator", ["/operator/homes", "/operator/homes/{household}", "/operator/neighbourhoods"]),
    ],
)
def test_every_page_with_a_map_is_fit_for_everybody(world: World, page: Page, who: str, paths: list[str]) -> None:
    sign_in(page, world.url, getattr(world.cast, who).email, PASSWORD)
    for path in paths:
        page.goto(world.url + path.format(household=world.cast.ben.household_id))
        if path != "/operator/homes":
            expect(page.locator("[data-map][data-ready]")).to_be_visible()
        look_in_every_way(page)


def test_nothing_is_asked_of_another_host_and_no_point_is_sent(world: World, page: Page) -> None:
    """A click becomes a cell in the browser: what leaves it holds no coordinates."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    drawn = open_page(page, world, "ben", "/posts/new")
    expect(page.locator("#reach")).to_contain_text("Others see “Maple Street, Riverside”")
    page.mouse.move(0, 0)
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.4)
    expect(page.get_by_text("Chosen on the map.")).to_be_visible()
    expect(page.locator("#reach")).to_contain_text(re.compile("Others see “near (Maple Street|Oak Lane), Riverside”"))
    chosen = page.locator("input[name=cell]").input_value()
    assert rules.snapped(chosen) == chosen
    page.get_by_label("What happened?").fill("A branch lies across the way.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile("/posts/[0-9a-f-]{36}$"))
    expect(page.locator("article")).to_contain_text(re.compile("near (Maple Street|Oak Lane), Riverside"))
    with world.town.reading() as act:
        post = act.session.scalars(select(Post).where(Post.body == "A branch lies across the way.")).one()
    assert post.cell9 == chosen
    assert all(url.startswith(world.url) for url in asked)
    assert not [url for url in asked if re.search(r"-8[45]\.\d|40\.0\d", url)]
    with world.town.acting(world.cast.ben) as act:
        from portal.feed import service as feed

        feed.delete_post(act, post.id)


def test_the_street_can_be_taken_back_and_the_keyboard_takes_the_middle(world: World, page: Page) -> None:
    open_page(page, world, "ben", "/posts/new")
    page.get_by_role("button", name="Take the middle of the map").press("Enter")
    expect(page.locator("#reach")).to_contain_text("Others see “near")
    page.get_by_role("button", name="Use the street instead").click()
    expect(page.locator("#reach")).to_contain_text("Others see “Maple Street, Riverside”")
    assert page.locator("input[name=cell]").input_value() == ""


def test_an_outline_is_drawn_with_the_pointer(world: World, page: Page) -> None:
    drawn = open_page(page, world, "operator", "/operator/neighbourhoods")
    page.get_by_role("button", name="Draw an outline").click()
    box = drawn.bounding_box()
    for right, down in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.9), (0.7, 0.7), (0.3, 0.7)):
        page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)
        if down == 0.9:
            page.get_by_role("button", name="Last point back").click()
    page.get_by_role("button", name="Close the outline").click()
    (ring,) = json.loads(page.get_by_label("Or the GeoJSON itself").input_value())["coordinates"]
    assert len(ring) == 5
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("The Green")
    page.get_by_role("button", name="Put on the map").click()
    expect(page.get_by_text("On the map now: The Green")).to_be_visible()
    expect(page.locator(".map-label--area", has_text="The Green")).to_be_visible()
    page.get_by_role("row", name=re.compile("The Green")).get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The Green is off the map.")).to_be_visible()


def test_the_operator_places_a_home_with_a_click(world: World, page: Page) -> None:
    drawn = open_page(page, world, "operator", f"/operator/homes/{world.cast.faye.household_id}")
    page.get_by_label("Street").select_option("Maple Street")
    drawn.click()
    assert abs(float(page.get_by_label("Latitude").input_value()) - 40.0) < 0.02
    expect(drawn.get_by_text("The new place")).to_be_visible()
    page.get_by_role("button", name="Put it there").click()
    expect(page.get_by_text("is on the map.")).to_be_visible()
    with world.town.reading() as act:
        assert queries.home_street(act, world.cast.faye.household_id).name == "Maple Street"


def test_an_operator_draws_where_an_agency_is_responsible_and_its_page_shows_it(world: World, page: Page) -> None:
    drawn = open_page(page, world, "operator", "/operator/agencies/new")
    drawn.scroll_into_view_if_needed()
    page.get_by_role("button", name="Draw an outline").click()
    for right, down in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.8)):
        box = drawn.bounding_box()
        page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)
    page.get_by_role("button", name="Close the outline").click()
    outline = page.get_by_label("Or the GeoJSON itself")
    expect(outline).to_be_focused()
    (ring,) = json.loads(outline.input_value())["coordinates"]
    assert len(ring) == 4
    page.get_by_label("A part of it, or another place").check()
    page.get_by_label("Fire department").check()
    page.get_by_label("Name", exact=True).fill("Green Fire")
    page.get_by_label("Its page's address").fill("green-fire")
    page.get_by_label("Official address", exact=True).fill("desk@green.example")
    page.get_by_label("I attest this").check()
    page.get_by_label("Your office").fill("Operator")
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_text("Green Fire is proposed")).to_be_visible()
    expect(page.locator("[data-map][data-ready] path.map-shown")).to_have_count(1)
    expect(page.get_by_text(re.compile("About .* square miles"))).to_be_visible()
    look_in_every_way(page)

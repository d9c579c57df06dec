"""The town's map, what the operator draws on it, and places chosen on it: blurred before anything is kept."""

import io
import json

import h3
import pytest
from sqlalchemy import select

from portal.feed.models import Post
from portal.neighbourhoods import queries, rules, service, shapes
from portal.neighbourhoods.models import NeighbourhoodCell, Street
from portal.neighbourhoods.townfile import TownFileError
from portal.settings import SettingsError, load
from portal.web import headers
from tests import factories
from tests.feed.composing import Composer, stored
from tests.helpers import SECRET, Browser, Page, Town
from tests.neighbourhoods.test_places import others, settle
from tests.neighbourhoods.test_shapes import GOOD, HERE, area, polygon, ring
from tests.neighbourhoods.test_town_file import GOOD as TOWN_FILE
from tests.neighbourhoods.test_town_file import import_file, line, refusal, written
from tests.people import Cast

WIDE = (-85.05, 39.97, -84.95, 40.03)


def draw(town: Town, name: str, *boxes: tuple[float, float, float, float]) -> None:
    with town.acting() as act:
        service.draw_neighbourhoods(act, shapes.read(json.dumps(area(name, *boxes))))


# — What the operator does —


def send(browser: Browser, *features: object, name: str = "", file: bool = False) -> Page:
    text = json.dumps({"type": "FeatureCollection", "features": list(features)})
    data = {"name": name, "shapes": "" if file else text}
    if file:
        data["file"] = (io.BytesIO(text.encode()), "areas.geojson")
    return browser.post("/operator/neighbourhoods", data)


def names(page: Page) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.soup.select("tbody th")]


@pytest.mark.parametrize("file", [True, False])
def test_an_operator_puts_neighbourhoods_on_the_map(town: Town, cast: Cast, file: bool) -> None:
    browser = town.browser(cast.operator)
    assert send(browser, GOOD, area("Riverside", (-85.03, 39.99, -85.02, 40.01)), file=file).status == 303
    assert names(browser.get("/operator/neighbourhoods")) == ["Old Town", "Riverside"]
    assert "drew the neighbourhood “Old Town” on the map" in town.browser().get("/ledger").words
    drawn = town.browser().client.get("/map.geojson").get_json()["features"]
    outlines = {one["properties"]["name"]: one["geometry"] for one in drawn if one["properties"]["kind"] != "street"}
    assert outlines["Old Town"] == {"type": "MultiPolygon", "coordinates": [[ring(*HERE)]]}


def test_one_drawn_outline_takes_its_name_from_the_form(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.operator)
    drawn = json.dumps({"type": "Polygon", "coordinates": [ring(*HERE)]})
    nameless = browser.post("/operator/neighbourhoods", {"shapes": drawn})
    assert (nameless.status, "Feature 1 has no name." in nameless.words) == (422, True)
    assert "-85.01" in nameless.soup.select_one("textarea").text, "the outline is still there"
    assert browser.post("/operator/neighbourhoods", {"shapes": drawn, "name": "Riverside"}).status == 303
    assert names(browser.get("/operator/neighbourhoods")) == ["Riverside"]


def test_all_are_taken_or_none(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.operator)
    page = send(browser, GOOD, polygon([[-85.01, 39.99], [-85.0, 40.01], [-85.0, 39.99], [-85.01, 40.01]]))
    assert page.status == 422 and "Feature 2: its outline crosses itself." in page.words
    assert names(browser.get("/operator/neighbourhoods")) == []
    assert "drew the neighbourhood" not in town.browser().get("/ledger").words
    nothing = browser.post("/operator/neighbourhoods", {"shapes": " "})
    assert (nothing.status, "draw an outline first" in nothing.words) == (422, True)


def test_a_name_that_is_there_already_gets_the_new_outline(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.operator)
    send(browser, GOOD)
    send(browser, area("old town", (-85.2, 39.99, -85.19, 40.01)))
    assert names(browser.get("/operator/neighbourhoods")) == ["Old Town"]
    with town.reading() as act:
        assert queries.area_of(act, rules.cell(40.0, -85.005)) == ""
        assert queries.area_of(act, rules.cell(40.0, -85.195)) == "Old Town"


def test_renaming_and_removing(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.operator)
    send(browser, GOOD, area("Town", WIDE))
    page = browser.get("/operator/neighbourhoods")
    renames = {link["aria-label"]: link["href"] for link in page.soup.select("tbody a")}
    old = renames["Rename Old Town"]
    assert browser.post(old, {"name": "TOWN"}).status == 422
    assert browser.post(old, {"name": " "}).status == 422
    assert browser.post(old, {"name": "x" * 81}).status == 422
    assert browser.post(old, {"name": "Older  Town"}).status == 303
    with town.reading() as act:
        assert queries.area_of(act, rules.cell(40.0, -85.005)) == "Older Town"
    assert browser.post(old.replace("rename", "remove")).status == 303
    assert names(browser.get("/operator/neighbourhoods")) == ["Town"]
    with town.reading() as act:
        assert queries.area_of(act, rules.cell(40.0, -85.005)) == "Town", "it falls to the one around it"
    assert browser.post(renames["Rename Town"].replace("rename", "remove")).status == 303
    with town.reading() as act:
        assert act.session.scalars(select(NeighbourhoodCell)).all() == []
    assert browser.get(old).status == 404
    assert browser.post(old.replace("rename", "remove")).status == 404
    ledger = town.browser().get("/ledger").words
    assert "renamed the neighbourhood “Old Town”: it is “Older Town” now" in ledger
    assert "took the neighbourhood “Town” off the map" in ledger


def test_a_town_file_brings_its_neighbourhoods_and_the_lines_of_its_streets(town: Town, tmp_path) -> None:
    body = {
        **TOWN_FILE,
        "features": [*TOWN_FILE["features"], area("Old Town", WIDE), line("Oak Lane", [-85, 40], [-85, 40.002])],
    }
    import_file(town, written(tmp_path, body))
    with town.reading() as act:
        assert [found.name for found in queries.neighbourhoods(act)] == ["Old Town", "Park"]
        streets = {street.name: street.lines for street in act.session.scalars(select(Street))}
    assert streets["Oak Lane"] == [[[-85.0, 40.01], [-85.0, 40.02]], [[-85.0, 40.0], [-85.0, 40.002]]]
    body["features"].append(area("old town", HERE))
    assert "feature 10: the neighbourhood 'old town' stands twice" in refusal(tmp_path, body)
    body["features"][-1] = polygon([[0, 0], [1, 1]])
    assert "feature 10: it is no polygon" in refusal(tmp_path, body)
    body["features"][-1] = line("Long Road", [-85, 40], [-84, 40])
    assert "feature 10: the street is longer than a town" in refusal(tmp_path, body)
    with pytest.raises(TownFileError):
        import_file(town, written(tmp_path, body))


def test_the_map_is_everybodys_and_holds_nothing_of_people(town: Town, cast: Cast) -> None:
    with town.acting() as act:
        service.add_street(act, "Oak Lane", 40.0, -85.0, [[[-85.01, 40.0], [-84.99, 40.0]]])
    draw(town, "Old Town", WIDE)
    answer = town.browser().client.get("/map.geojson")
    assert answer.mimetype == "application/geo+json"
    features = answer.get_json()["features"]
    assert [one["properties"] for one in features] == [
        {"kind": "street", "name": "Oak Lane"},
        {"kind": "neighbourhood", "name": "Old Town"},
    ], "a street without a line is not drawn"
    again = town.browser(cast.rosa).client.get("/map.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304, "the same for everybody, and fetched once"


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https:///{z}/{x}/{y}.png",
        "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
    ],
)
def test_tiles_come_from_one_named_place_or_from_none(url: str) -> None:
    with pytest.raises(SettingsError, match="PORCHLIGHT_TILE_URL: is not an address of map tiles"):
        load({"PORCHLIGHT_SECRET_KEY": SECRET, "PORCHLIGHT_TILE_URL": url})
    assert "img-src 'self' blob: data:;" in headers.policy("")
    assert "img-src 'self' blob: data: https://t.example;" in headers.policy("https://t.example")


# — Places of posts —


def preview(composer: Composer, **wanted: str) -> Page:
    return composer.browser.get(
        "/posts/reach?" + "&".join(f"{key}={value}" for key, value in wanted.items()), htmx=True
    )


def outline(page: Page) -> list[list[float]]:
    return json.loads(page.soup.select_one("[data-outline]")["data-outline"])


def test_a_post_says_the_neighbourhood_beside_its_street(town: Town, cast: Cast) -> None:
    draw(town, "Riverside", WIDE)
    rosa = Composer.of(town, cast.rosa)
    post = rosa.posted()
    assert "Maple Street, Riverside" in rosa.page(post).words
    assert "Maple Street, Riverside" in town.browser(cast.ben).get("/feed").words
    assert "Around Maple Street, Riverside" in town.browser(cast.ben).get("/feed?view=map").words


@pytest.mark.parametrize(("homes", "resolution"), [(10, 9), (0, 7)])
def test_the_preview_is_exactly_what_is_kept_and_shown(town: Town, cast: Cast, homes: int, resolution: int) -> None:
    draw(town, "Riverside", WIDE)
    street = factories.street(town)
    beside = next(cell for cell in h3.grid_ring(street.cell9, 1))
    settle(town, street, beside, homes)
    rosa = Composer.of(town, cast.rosa)
    seen = preview(rosa, cell=beside, street=str(street.id), audience="neighbours")
    post = stored(town, rosa.posted(cell=beside))
    assert h3.get_resolution(post.shown_cell) == resolution
    assert outline(seen) == rules.outline(post.shown_cell)
    assert (post.place, post.near, post.area, post.cell9) == ("Maple Street", True, "Riverside", beside)
    assert "“near Maple Street, Riverside”" in seen.words
    assert "near Maple Street, Riverside" in town.browser(cast.ben).get(f"/posts/{post.id}").words
    cells = json.loads(town.browser(cast.ben).get("/feed?view=map").soup.select_one("[data-cells]")["data-cells"])
    assert [cell["outline"] for cell in cells] == [outline(seen)]


def test_the_words_of_a_place_tell_no_more_than_its_shown_cell(town: Town, cast: Cast) -> None:
    """Two places whose shown cell is one cannot be told apart by anything that others get."""
    street = factories.street(town)
    here = street.cell9
    there = others(here, rules.parents(here)[1])
    with town.acting() as act:
        for number, cell in enumerate((here, there)):
            latitude, longitude = rules.middle_of(cell)
            service.add_street(act, f"Lane {number}", latitude, longitude)
    for number, cell in enumerate((here, there)):
        west, south = (min(corner[axis] for corner in rules.outline(cell)) for axis in (0, 1))
        draw(town, f"Corner {number}", (west, south, west + 0.004, south + 0.004))
    with town.reading() as act:
        one, other = queries.map_place(act, here), queries.map_place(act, there)
    assert one.shown_cell == other.shown_cell != here
    assert (one.place, one.near, one.area) == (other.place, other.near, other.area)


def test_a_finer_place_than_a_cell_is_never_kept(town: Town, cast: Cast) -> None:
    exact = h3.latlng_to_cell(40.0003, -85.0004, 15)  # half a metre
    rosa = Composer.of(town, cast.rosa)
    post = stored(town, rosa.posted(cell=exact))
    assert post.cell9 == rules.cell(40.0003, -85.0004)
    with town.here.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert exact not in dump


@pytest.mark.parametrize(
    "cell", ["x", "8", "ffffffffffffffff", rules.cell(41.0, -85.0), h3.latlng_to_cell(*factories.MAPLE, 8), "40,-85"]
)
def test_a_place_away_from_the_towns_streets_is_refused(town: Town, cast: Cast, cell: str) -> None:
    rosa = Composer.of(town, cast.rosa)
    page = rosa.send(cell=cell)
    assert page.status == 422 and "There is no street of the town at this place." in page.words
    assert not preview(rosa, cell=cell).soup.select("[data-outline]")
    with town.reading() as act:
        assert act.session.scalars(select(Post.id)).all() == []


def test_the_cells_to_choose_from_follow_the_streets_and_tell_of_no_home(town: Town, cast: Cast) -> None:
    with town.acting() as act:
        service.add_street(act, "Oak Lane", 40.0, -85.0, [[[-85.02, 40.0], [-84.98, 40.0]]])
    before = town.browser(cast.rosa).client.get("/map/cells.json").get_json()
    cells = {cell for cell, _latitude, _longitude in before}
    assert rules.cell(40.0, -85.02) in cells and rules.cell(40.0, -84.98) in cells
    for step in range(401):
        assert rules.cell(40.0, -85.02 + step / 10_000) in cells, "no gap along the street"
    settle(town, factories.street(town), rules.cell(40.05, -85.0), 12)
    assert town.browser(cast.rosa).client.get("/map/cells.json").get_json() == before


def test_without_script_the_street_is_enough(town: Town, cast: Cast) -> None:
    page = town.browser(cast.rosa).get("/posts/new")
    assert page.soup.select_one("[data-map-frame]").has_attr("hidden")
    assert page.soup.select_one("[data-place-tools]").has_attr("hidden")
    assert "Others see “Maple Street”" in page.words


# — The feed's map —


def test_the_map_and_its_list_say_the_same_behind_both_doors(town: Town, cast: Cast) -> None:
    posts = [factories.post(town, cast.rosa, category=kind) for kind in ("safety", "safety", "pet")]
    for door in ("/feed", "/devices/feed"):
        page = town.browser(cast.ben).get(f"{door}?view=map")
        (cell,) = json.loads(page.soup.select_one("[data-cells]")["data-cells"])
        assert (cell["count"], cell["category"]) == (3, "safety")
        assert cell["words"] == "Around Maple Street: 3 posts. Safety: 2, Lost & found pet: 1"
        link = page.soup.select_one(".spots a")
        assert link["href"] == cell["href"] and link.get_text() == "Around Maple Street"
        whole = town.browser(cast.ben).get(link["href"])
        part = town.browser(cast.ben).get(link["href"], htmx=True)
        assert "<html" not in part.text
        for found in (whole, part):
            assert [tag["id"] for tag in found.soup.select("article")] == [f"post-{post.id}" for post in posts[::-1]]
    one = town.browser(cast.ben).get("/feed?view=map&category=pet")
    (cell,) = json.loads(one.soup.select_one("[data-cells]")["data-cells"])
    assert (cell["count"], cell["category"]) == (1, "pet")


def test_a_cell_with_many_posts_is_read_page_by_page(town: Town, cast: Cast) -> None:
    posts = [str(factories.post(town, cast.rosa, f"Number {number}").id) for number in range(23)]
    browser, seen = town.browser(cast.ben), []
    page = browser.get(browser.get("/feed?view=map").soup.select_one(".spots a")["href"], htmx=True)
    while page:
        seen += [tag["id"].removeprefix("post-") for tag in page.soup.select("article[id^=post-]")]
        link = page.soup.select_one("a[rel=next]")
        page = browser.get(link["href"], htmx=True) if link else None
    assert seen == posts[::-1]


def test_a_cell_that_shows_nothing_says_so(town: Town, cast: Cast) -> None:
    part = town.browser(cast.ben).get(f"/feed?view=map&cell={factories.street(town).cell9}", htmx=True)
    assert part.status == 200 and "There is nothing here any more" in part.words and "<html" not in part.text
    assert "There are no posts on this part of the map." in town.browser(cast.ben).get("/feed?view=map").words

"""Reach, against distances on the globe worked out by hand, and as people meet it: at the edge, beyond, and wider."""

import math

import h3
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Account
from portal.neighbourhoods import rules
from tests import factories
from tests.feed.composing import shown
from tests.helpers import Town
from tests.people import everybody

EARTH_KM = 6371.0088
radii = st.sampled_from(rules.MILES)


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points given as (latitude, longitude) in degrees."""
    (south, west), (north, east) = (tuple(map(math.radians, point)) for point in (one, other))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def moved(point: tuple[float, float], km: float, bearing: float) -> tuple[float, float]:
    """Where one is after `km` from a point, setting out at a bearing in radians."""
    latitude, longitude, angle = math.radians(point[0]), math.radians(point[1]), km / EARTH_KM
    north = math.asin(math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing))
    east = longitude + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(north),
    )
    return math.degrees(north), (math.degrees(east) + 540) % 360 - 180


def blur(cell: str) -> float:
    """How far a point of a cell can be from its middle, in kilometres."""
    return max(haversine(rules.middle_of(cell), corner) for corner in h3.cell_to_boundary(cell))


@settings(max_examples=300)
@given(st.floats(-80, 80), st.floats(-180, 179.9), radii, st.floats(0, 14), st.floats(0, 2 * math.pi))
def test_reach_is_distance_but_for_the_size_of_a_cell(
    latitude: float, longitude: float, miles: float, km: float, bearing: float
) -> None:
    """Nearer than the radius by two half cells: in reach, wherever in their cells both are. Further by as much: not."""
    here = (latitude, longitude)
    there = moved(here, km, bearing)
    home, place = rules.cell(*here), rules.cell(*there)
    resolution, cells = rules.reach(home, miles)
    mine, theirs = (rules.parents(cell)[9 - resolution] for cell in (home, place))
    # A point lies in its cell at 9, whose parent it may be just outside of: three half cells of slack in all.
    slack = blur(mine) + blur(theirs) + blur(home) + blur(place)
    limit = miles * rules.KM_PER_MILE
    distance = haversine(here, there)
    assume(abs(distance - limit) > slack)
    assert (theirs in cells) == (distance < limit)


@given(st.floats(-80, 80), st.floats(-180, 179.9), st.floats(0.001, 14), st.floats(0, 2 * math.pi))
def test_our_own_haversine_measures_what_was_walked(
    latitude: float, longitude: float, km: float, bearing: float
) -> None:
    assert haversine((latitude, longitude), moved((latitude, longitude), km, bearing)) == pytest.approx(km, rel=1e-6)


# — As people meet it —

# Radius in miles, and how far from the post: a cell's width inside the edge, and one beyond it.
EDGES = [(0.5, 0.3, 0.75), (1.0, 0.6, 1.6), (2.0, 1.6, 2.6), (5.0, 4.0, 6.5)]


def at(town: Town, name: str, miles: float) -> Account:
    place = moved(factories.MAPLE, miles * rules.KM_PER_MILE, math.pi / 2)
    return factories.resident(town, name, f"{name} Street", place)


@pytest.mark.parametrize(("radius", "inside", "beyond"), EDGES)
def test_at_the_edge_one_sees_a_post_and_beyond_it_not(town: Town, radius: float, inside: float, beyond: float) -> None:
    cast = everybody(town)
    post = str(factories.post(town, cast.rosa).id)
    near, far = at(town, "Nina", inside), at(town, "Fred", beyond)
    for view in ("", "&view=map"):
        found = {who: town.browser(who).get(f"/feed?miles={radius}{view}") for who in (near, far)}
        if view:
            assert [
                '"count": 1' in found[who].soup.select_one("[data-cells]")["data-cells"] for who in (near, far)
            ] == [
                True,
                False,
            ]
        else:
            assert [post in shown(found[who]) for who in (near, far)] == [True, False]


def test_widening_the_radius_brings_it_and_is_remembered_for_that_account_alone(town: Town) -> None:
    cast = everybody(town)
    post = str(factories.post(town, cast.rosa).id)
    nina, other = at(town, "Nina", 1.6), at(town, "Otto", 1.6)
    browser = town.browser(nina)
    assert shown(browser.get("/feed")) == []
    chosen = browser.post("/account/radius", {"miles": "2.0", "next": "/feed?category=safety"})
    assert (chosen.status, chosen.location) == (303, "/feed?category=safety")
    assert shown(browser.get("/feed")) == [post]
    page = town.browser(nina).get("/feed")  # on another device
    assert shown(page) == [post]
    assert page.soup.select_one("button[aria-current=true]").get_text(strip=True) == "2 miles"
    assert shown(town.browser(other).get("/feed")) == []
    browser.post("/account/radius", {"miles": "0.5"})
    assert shown(browser.get("/feed")) == []
    assert shown(browser.get("/feed?miles=2")) == [post], "an address that says a radius is a look, and changes nothing"
    assert shown(browser.get("/feed")) == []


@pytest.mark.parametrize("miles", ["25", "0", "-1", "nan", "inf", "far", ""])
def test_there_is_no_other_radius(town: Town, miles: str) -> None:
    cast = everybody(town)
    factories.post(town, cast.rosa)
    browser = town.browser(cast.faye)
    assert browser.post("/account/radius", {"miles": miles}).status == 400
    assert shown(browser.get(f"/feed?miles={miles}")) == []


def test_the_officer_sees_neither_by_page_map_nor_count(town: Town) -> None:
    cast = everybody(town)
    secret = factories.post(town, cast.rosa, "A line for neighbours alone.")
    said = factories.post(town, cast.ben, "Found: a set of keys.", audience="everyone", category="good")
    for who in (cast.officer, cast.captain, cast.clerk, None):
        browser = town.browser(who)
        for address in ("/feed?miles=5", "/feed?view=map&miles=5", "/map.geojson", "/feed/live?after=0&miles=5"):
            text = browser.get(address).text
            assert str(secret.id) not in text and "A line for neighbours alone." not in text, address
            assert "2 posts" not in text and "2 new posts" not in text, address
        cells = browser.get("/feed?view=map&miles=5").soup.select_one("[data-cells]")["data-cells"]
        assert '"count": 1' in cells
        inside = browser.get(f"/feed?view=map&miles=5&cell={said.shown_cell}", htmx=True)
        assert str(said.id) in inside.text and str(secret.id) not in inside.text
        assert browser.get("/map/cells.json").status in (302, 404)

"""Reach and blur: who counts as near, and what of a place is shown."""

import h3
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from portal.neighbourhoods import rules

points = st.tuples(st.floats(-85, 85), st.floats(-180, 180))
near = st.tuples(st.floats(-0.08, 0.08), st.floats(-0.08, 0.08))  # degrees: some miles
radii = st.sampled_from(rules.MILES)


def in_reach(home: str, other: str, miles: float) -> bool:
    resolution, cells = rules.reach(home, miles)
    return rules.parents(other)[9 - resolution] in cells


@settings(max_examples=200)
@given(points, near, radii)
def test_who_reaches_me_is_reached_by_me(here: tuple[float, float], step: tuple[float, float], miles: float) -> None:
    assume(abs(here[0] + step[0]) < 90)
    mine, theirs = rules.cell(*here), rules.cell(here[0] + step[0], here[1] + step[1])
    assert in_reach(mine, theirs, miles) == in_reach(theirs, mine, miles)


@given(points, radii)
def test_home_is_always_in_its_own_reach(here: tuple[float, float], miles: float) -> None:
    home = rules.cell(*here)
    assert in_reach(home, home, miles)


@given(points, radii)
def test_all_that_is_near_enough_is_found_and_nothing_else(here: tuple[float, float], miles: float) -> None:
    """No cell is missed for where it lies in the grid: those a ring further out are compared too."""
    home = rules.cell(*here)
    resolution, cells = rules.reach(home, miles)
    centre = rules.parents(home)[9 - resolution]
    middle, limit = h3.cell_to_latlng(centre), miles * rules.KM_PER_MILE
    rings = max(h3.grid_distance(centre, cell) for cell in cells) + 2
    for cell in h3.grid_disk(centre, rings):
        distance = h3.great_circle_distance(middle, h3.cell_to_latlng(cell), unit="km")
        assert (cell in cells) == (distance <= limit or cell == centre)


@given(points)
def test_a_wider_wish_never_shows_less_of_the_neighbourhood(here: tuple[float, float]) -> None:
    """In whole cells: a smaller radius may reach into a cell whose middle is too far, never beyond the next."""
    home = rules.cell(*here)
    sizes = [len(rules.reach(home, miles)[1]) * 7 ** (9 - rules.reach(home, miles)[0]) for miles in rules.MILES]
    assert sizes == sorted(sizes)


@given(points, points, radii)
def test_two_homes_in_one_cell_have_the_same_reach(
    here: tuple[float, float], inside: tuple[float, float], miles: float
) -> None:
    """Reach is told by cells, so it gives no exact point away."""
    home = rules.cell(*here)
    boundary = h3.cell_to_boundary(home)
    middle, corner = h3.cell_to_latlng(home), boundary[int(abs(inside[0])) % len(boundary)]
    assume(abs(middle[1] - corner[1]) < 90)
    neighbour = rules.cell(middle[0] * 0.6 + corner[0] * 0.4, middle[1] * 0.6 + corner[1] * 0.4)
    assert neighbour == home
    assert rules.reach(neighbour, miles) == rules.reach(home, miles)


@given(points)
def test_parents_hold_their_children(here: tuple[float, float]) -> None:
    cell9, cell8, cell7 = rules.parents(rules.cell(*here))
    assert [h3.get_resolution(cell) for cell in (cell9, cell8, cell7)] == [9, 8, 7]
    assert cell9 in h3.cell_to_children(cell8, 9)
    assert cell8 in h3.cell_to_children(cell7, 8)


@given(points, st.sampled_from([7, 8, 9]))
def test_a_drawn_cell_holds_every_place_that_it_is_shown_for(here: tuple[float, float], resolution: int) -> None:
    home = rules.cell(*here)
    outline = rules.outline(rules.parents(home)[9 - resolution])
    assume(all(abs(corner[0] - here[1]) < 90 for corner in outline))  # not across the 180th meridian
    latitude, longitude = rules.middle_of(home)
    assert Polygon(outline).contains(Point(longitude, latitude))
    assert len(outline) <= {7: 70, 8: 26, 9: 11}[resolution]


def test_only_the_four_radii_exist() -> None:
    home = rules.cell(40.0, -85.0)
    with pytest.raises(KeyError):
        rules.reach(home, 25.0)
    assert max(rules.MILES) == rules.NEIGHBOUR_MILES, "no wish reads further than the limit of `neighbours`"

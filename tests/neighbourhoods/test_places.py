"""What is shown of a place holds at least ten homes, and reach counts whole homes."""

import uuid

import h3
import pytest
from sqlalchemy import func, select

from portal.accounts import service as accounts
from portal.neighbourhoods import queries, rules, service
from portal.neighbourhoods.models import Home, Street
from tests import factories
from tests.helpers import Town


def settle(town: Town, street: Street, cell: str, count: int) -> None:
    """`count` homes in the middle of a cell."""
    latitude, longitude = h3.cell_to_latlng(cell)
    with town.acting() as act:
        for _ in range(count):
            household = accounts.add_household(act, f"{uuid.uuid4().hex} Street")
            act.session.flush()
            service.place_home(act, household.id, street, latitude, longitude)


@pytest.fixture
def street(town: Town) -> Street:
    return factories.street(town)


def others(cell9: str, parent: str) -> str:
    """Another cell below the same parent."""
    return next(cell for cell in h3.cell_to_children(parent, 9) if cell != cell9)


@pytest.mark.parametrize(
    ("here", "next_door", "resolution"),
    [(0, 0, 7), (9, 0, 7), (9, 10, 7), (10, 0, 9), (40, 0, 9), (9, 1, 8), (1, 9, 8), (4, 5, 7)],
)
def test_a_shown_cell_grows_until_it_holds_ten_homes(
    town: Town, street: Street, here: int, next_door: int, resolution: int
) -> None:
    home = rules.cell(*factories.MAPLE)
    settle(town, street, home, here)
    settle(town, street, others(home, rules.parents(home)[1]), next_door)
    with town.reading() as act:
        shown = queries.shown_cell(act, home)
        inside = act.session.scalar(
            select(func.count()).where({9: Home.cell9, 8: Home.cell8, 7: Home.cell7}[resolution] == shown)
        )
    assert h3.get_resolution(shown) == resolution
    assert shown in rules.parents(home)
    assert resolution == 7 or inside >= rules.LEAST_HOMES


def test_homes_in_reach_are_those_within_five_miles(town: Town, street: Street) -> None:
    here, far = rules.cell(*factories.MAPLE), rules.cell(*factories.FAR)
    settle(town, street, here, 3)
    settle(town, street, far, 2)
    with town.reading() as act:
        assert queries.homes_in_reach(act, here) == 3
        assert queries.homes_in_reach(act, far) == 2


def test_a_home_that_moves_is_in_one_place(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    far = factories.street(town, "Far Lane", factories.FAR)
    with town.acting() as act:
        service.place_home(act, rosa.household_id, far, *factories.FAR)
    with town.reading() as act:
        assert queries.home_cell(act, rosa.household_id) == rules.cell(*factories.FAR)
        assert queries.home_street(act, rosa.household_id).name == "Far Lane"
        assert act.session.scalar(select(func.count()).select_from(Home)) == 1


def test_no_page_of_others_shows_where_a_home_is(town: Town) -> None:
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    post = factories.post(town, rosa)
    with town.reading() as act:
        home = queries.home(act, rosa.household_id)
        address = act.session.execute(select(Home.latitude, Home.longitude)).first()
    for path in ("/feed", f"/posts/{post.id}", "/ledger"):
        text = town.browser(ben).get(path).text
        for secret in (home.cell9, home.cell8, str(rosa.household_id), f"{address[0]:.3f}", f"{address[1]:.3f}"):
            assert secret not in text, path

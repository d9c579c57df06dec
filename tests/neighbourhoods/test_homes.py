"""A home's point is its household's own. Its people say when it is wrong; the operator moves it, and that is public."""

import re

import pytest
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.audit.models import LedgerEntry
from portal.neighbourhoods import queries, rules, service
from portal.neighbourhoods.models import HomeReport
from tests import factories
from tests.feed.composing import shown
from tests.helpers import Browser, Town
from tests.people import everybody

AT = (40.0137531, -85.0081642)  # Rosa's own door: digits that stand nowhere else
DIGITS = re.compile(r"40\.01375|85\.00816")


@pytest.fixture
def home(town: Town):
    """The cast, with Rosa's home at AT."""
    cast = everybody(town)
    with town.acting() as act:
        service.place_home(act, cast.rosa.household_id, queries.streets(act)[1], *AT)
    return cast


def test_one_sees_the_point_of_ones_own_household_and_of_no_other(town: Town, home) -> None:
    own = town.browser(home.rosa).get("/account/home")
    assert own.soup.select_one("[data-home]")["data-home"] == f"[{AT[0]}, {AT[1]}]"
    assert "Your home stands on Maple Street." in own.words
    housemate = factories.resident(town, "Ruth", household_id=home.rosa.household_id)
    assert DIGITS.search(town.browser(housemate).get("/account/home").text)
    assert not DIGITS.search(town.browser(home.ben).get("/account/home").text)


def test_the_page_with_ones_home_loads_no_tiles_of_others(tmp_path, empty_database) -> None:
    import shutil

    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    town = Town(tmp_path, tile_url="https://tiles.maple.example/{z}/{x}/{y}.png", tile_credit="© Maple")
    cast = everybody(town)
    assert not town.browser(cast.rosa).get("/account/home").soup.select("[data-tiles]")
    feed = town.browser(cast.rosa).get("/feed?view=map")
    assert feed.soup.select_one("[data-tiles]")["data-tile-credit"] == "© Maple"
    policy = feed.response.headers["Content-Security-Policy"]
    assert "img-src 'self' blob: data: https://tiles.maple.example;" in policy
    assert policy.count("maple.example") == 1, "pictures alone come from there"
    town.here.database.engine.dispose()


def test_nobody_else_is_ever_sent_a_digit_of_it(town: Town, home) -> None:
    post = factories.post(town, home.rosa)
    factories.post(town, home.rosa, "To all", audience="everyone")
    town.browser(home.rosa).post("/account/home/wrong", {"words": "It is the blue house."})
    pages = [
        "/feed?miles=5",
        "/feed?view=map&miles=5",
        f"/feed?view=map&miles=5&cell={post.shown_cell}",
        f"/posts/{post.id}",
        "/map.geojson",
        "/map/cells.json",
        "/posts/new",
        "/posts/reach?street=" + str(factories.street(town).id),
        "/posts/reach?cell=" + rules.cell(*AT),
        "/account",
        "/account/home",
        "/ledger",
        "/operator/homes",
        f"/operator/homes/{home.rosa.household_id}",
        "/operator/invitations",
        "/operator/neighbourhoods",
    ]
    people = [account for name, account in home.accounts().items() if name != "rosa"]
    for who in [*people, None]:
        browser = town.browser(who)
        for address in pages:
            answer = browser.client.get(address)
            assert not DIGITS.search(answer.get_data(as_text=True)), f"{who and who.email} at {address}"
    # and what Rosa's own pages for posting and reading carry
    for address in (address for address in pages if address != "/account/home"):
        assert not DIGITS.search(town.browser(home.rosa).client.get(address).get_data(as_text=True)), address


def placing(browser: Browser, household, street, latitude: float | str, longitude: float | str):
    data = {"street": str(street.id), "latitude": str(latitude), "longitude": str(longitude)}
    return browser.post(f"/operator/homes/{household}", data)


def test_a_resident_says_it_is_wrong_and_the_operator_moves_it(town: Town, home) -> None:
    rosas, operators = town.browser(home.rosa), town.browser(home.operator)
    assert rosas.post("/account/home/wrong", {"words": ""}).status == 422
    assert rosas.post("/account/home/wrong", {"words": "We live on Far Lane."}).status == 303
    assert rosas.post("/account/home/wrong", {"words": "We live on Far Lane, at the end."}).status == 303
    assert "We live on Far Lane, at the end." in rosas.get("/account/home").words
    listed = operators.get("/operator/homes")
    assert "We live on Far Lane, at the end." in listed.words and "We live on Far Lane. " not in listed.words
    assert "We live on Far Lane, at the end." in operators.get(f"/operator/homes/{home.rosa.household_id}").words
    with town.reading() as act:
        far = next(street for street in queries.streets(act) if street.name == "Far Lane")
    assert placing(operators, home.rosa.household_id, far, *factories.FAR).location == "/operator/homes"
    assert "Your home stands on Far Lane." in rosas.get("/account/home").words
    assert "The operator has your words" not in rosas.get("/account/home").words
    assert "at the end" not in operators.get("/operator/homes").words
    with town.reading() as act:
        assert act.session.scalars(select(HomeReport.closed_at)).one() == town.clock.at
        kinds = list(act.session.scalars(select(LedgerEntry.kind).where(LedgerEntry.kind.startswith("home."))))
    assert kinds.count("home.reported") == 2 and kinds.count("home.moved") == 2
    public = town.browser().get("/ledger").words
    assert public.count("moved a household's home to another place on the map") == 1, "the operator's own act"
    assert "Far Lane" not in public


def test_moving_a_home_changes_what_its_people_read(town: Town, home) -> None:
    post = str(factories.post(town, home.faye).id)
    rosas = town.browser(home.rosa)
    assert shown(rosas.get("/feed?miles=5")) == []
    with town.reading() as act:
        far = next(street for street in queries.streets(act) if street.name == "Far Lane")
    placing(town.browser(home.operator), home.rosa.household_id, far, *factories.FAR)
    assert shown(rosas.get("/feed")) == [post]


@pytest.mark.parametrize(
    ("latitude", "longitude", "words"),
    [
        ("91", "-85", "Latitudes go from"),
        ("40", "-181", "Latitudes go from"),
        ("nan", "-85", "Latitudes go from"),
        ("inf", "-85", "Latitudes go from"),
        ("-85", "40", "far from the street"),
        ("41", "-85", "far from the street"),
        ("north", "-85", "Not a valid float value."),
        ("", "", "A number in degrees, please."),
    ],
)
def test_a_home_that_cannot_be_there_is_refused(town: Town, home, latitude: str, longitude: str, words: str) -> None:
    page = placing(town.browser(home.operator), home.ben.household_id, factories.street(town), latitude, longitude)
    assert page.status == 422 and words in page.words
    with town.reading() as act:
        assert queries.home_cell(act, home.ben.household_id) == rules.cell(*factories.MAPLE)


def test_who_has_no_place_yet_is_told_so_everywhere(town: Town, home) -> None:
    with town.acting() as act:
        household = accounts.add_household(act, "1 Nowhere Yet").id
    nora = factories.resident(town, "Nora", household_id=household)
    factories.post(town, home.rosa, "For neighbours")
    factories.post(town, home.rosa, "For all", audience="everyone")
    browser = town.browser(nora)
    for address in ("/feed", "/feed?view=map", "/devices/feed", "/devices/feed?view=map", "/account/home"):
        page = browser.get(address)
        assert "Your home is not on the map yet" in page.words, address
        assert "How far around your home" not in page.words
        assert "For neighbours" not in page.words
    assert not browser.get("/account/home").soup.select("[data-map]")
    assert "Not yet" in town.browser(home.operator).get("/operator/homes").words
    placing(town.browser(home.operator), household, factories.street(town), *factories.MAPLE)
    assert "For neighbours" in browser.get("/feed").words
    assert "put a household's home on the map" in town.browser().get("/ledger").words


def test_a_household_that_is_not_there_is_not_found(town: Town, home) -> None:
    browser = town.browser(home.operator)
    unknown = "01985d8e-0000-7000-8000-000000000000"
    assert browser.get(f"/operator/homes/{unknown}").status == 404
    assert placing(browser, unknown, factories.street(town), *factories.MAPLE).status == 404

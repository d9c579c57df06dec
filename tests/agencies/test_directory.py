"""The directory as everybody sees it: found by name and place, counted in pictures and numbers, fast with thousands."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from portal.accounts.models import Account
from portal.agencies import queries, rules, service, sheet
from portal.agencies.federal import read as federal_list
from portal.agencies.queries import Wish
from portal.agencies.rules import Attestation
from simulator import national
from tests import factories as make
from tests.helpers import Town, steps_of
from tests.people import Cast

COUNTRY = list(national.agencies("maple"))


def take(town: Town, rows: list[dict[str, str]]) -> None:
    found = sheet.read(national.table(rows).encode(), federal_list(), town.clock.now().date())
    with town.acting() as act:
        by = Attestation("Registrar", "None is federal.", by="Ada Lind")
        cells = [row.cells for row in found.rows]
        _made, letters = service.import_agencies(act, [row.proposal for row in found.rows], by, cells)
    with town.acting() as act:
        service.confirm_many(act, [letter.token for letter in letters])
        service.approve_many(act, queries.waiting(act, "confirmed", len(letters)), by="Bo Lind")


@pytest.fixture
def country(town: Town, cast: Cast) -> Town:
    take(town, COUNTRY[::40])
    return town


def names(town: Town, url: str) -> list[str]:
    """The names on all pages from this one on."""
    found: list[str] = []
    while url:
        page = town.browser().get(url)
        found += [tag.get_text(strip=True) for tag in page.soup.select(".agency-card h2")]
        more = page.soup.find("a", rel="next")
        url = str(more["href"]) if more else ""
    return found


def expected(**wanted: str) -> list[str]:
    rows = [row for row in COUNTRY[::40] if not row["left_on"]]
    return sorted(row["name"] for row in rows if all(row[name] == value for name, value in wanted.items()))


# — Finding —


def test_the_towns_own_agencies_stand_first_and_everywhere_is_a_click(country: Town) -> None:
    page = country.browser().get("/agencies")
    own = ["Maple Fire", "Maple Police", "Town of Maple"]
    assert [tag.get_text(strip=True) for tag in page.soup.select(".agency-card h2")] == own
    assert names(country, "/agencies?where=all") == sorted([*own, *expected()])


def test_kinds_and_states_narrow_it_and_pages_together_are_all_of_it(country: Town) -> None:
    assert names(country, "/agencies?where=all&kind=fire") == sorted(["Maple Fire", *expected(kind="fire")])
    region = COUNTRY[0]["region"]
    assert names(country, f"/agencies?region={region}") == expected(region=region)
    assert names(country, f"/agencies?region={region}&kind=fire") == expected(region=region, kind="fire")
    assert len(names(country, "/agencies?where=all")) > 3 * 24


def test_a_name_a_place_and_their_beginnings_are_found_whatever_their_accents(country: Town) -> None:
    make.agency(country, "cafe", "fire", "Café Point Fire", email="a@cafe.example", place="Élan County", region="Ohio")
    for query in ("cafe", "CAFÉ", "caf point", "elan", "ohio fire", '"café point"'):
        assert names(country, f"/agencies?q={query}") == ["Café Point Fire"], query
    row = COUNTRY[0]
    assert row["name"] in names(country, f"/agencies?q={row['name'].split()[0][:5]}")
    with country.acting() as act:
        told = rules.replace(dict_of(act, "cafe"), name="Tea Point Fire", email="a@cafe.example")
        service.edit(act, queries.by_slug(act, "cafe"), told)
    assert names(country, "/agencies?q=cafe") == []
    assert names(country, "/agencies?q=tea") == ["Tea Point Fire"]


def dict_of(act: Any, slug: str) -> rules.Proposal:
    return queries.description(queries.by_slug(act, slug), None)


@pytest.mark.parametrize("query", ["zzz", "' OR 1=1 --", '"', "*", "NEAR(", "a AND", "%", "x" * 500])
def test_a_search_that_finds_nothing_says_what_to_try(country: Town, query: str) -> None:
    page = country.browser().get("/agencies", query_string={"q": query, "where": "all", "kind": "government"})
    assert page.status == 200
    assert "No agency like this" in page.words or names(country, "/agencies?where=all&kind=government")


def test_the_next_page_comes_alone_to_script(country: Town) -> None:
    page = country.browser().get("/agencies?where=all")
    more = page.soup.find("a", rel="next")["href"]
    part = country.browser().get(more, htmx=True)
    assert "<html" not in part.text and len(part.soup.select(".agency-card")) == 24
    assert country.browser().get("/agencies?after=nonsense").status == 400


def test_those_that_left_are_found_apart_with_their_dates(town: Town, cast: Cast) -> None:
    with town.acting() as act:
        service.leave(act, queries.by_slug(act, "maple-fire"), town.clock.now().date())
    assert "Maple Fire" not in names(town, "/agencies?where=all")
    assert names(town, "/agencies?where=all&state=former") == ["Maple Fire"]
    page = town.browser().get("/agencies/maple-fire")
    assert "Member from 14 May 2026 to 14 May 2026" in page.words
    assert "Who spoke here before" in page.words and "Reuben Hale" in page.words


# — Counting —


def counts(town: Town) -> dict[str, int]:
    page = town.browser().get("/agencies")
    return {
        str(tag["class"][-1]).removeprefix("tally--"): int(tag.select_one(".tally__number").get_text())
        for tag in page.soup.select(".tally")
    }


def test_tallies_are_pictures_as_well_as_numbers_and_a_table(country: Town) -> None:
    page = country.browser().get("/agencies")
    assert sum(counts(country).values()) == len(expected()) + 3
    for chart in page.soup.select(".tally svg"):
        assert chart["role"] == "img" and re.search(r"from \d+ members in 20\d\d to \d+ now", chart["aria-label"])
        assert chart.select_one("path.tally__line")["d"].startswith("M")
    rows = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in page.soup.select("tbody tr")]
    assert rows[0][0] == "2026 (now)"
    assert [int(cell) for cell in rows[0][1:]] == list(counts(country).values())
    by_2020 = [row for row in COUNTRY[::40] if row["joined_on"] < "2021" and not "" < row["left_on"] < "2021"]
    row_2020 = next(row for row in rows if row[0] == "2020")
    assert sum(map(int, row_2020[1:])) == len(by_2020)


def test_tallies_follow_what_happens(town: Town, cast: Cast) -> None:
    assert counts(town) == {"police": 1, "fire": 1, "government": 1}
    make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    make.proposed_agency(town, "elm-fire", "fire", "Elm Fire", email="desk@elm.example")
    assert counts(town)["fire"] == 2, "what is only proposed is not counted"
    with town.acting() as act:
        service.leave(act, queries.by_slug(act, "maple-fire"), town.clock.now().date())
    assert counts(town)["fire"] == 1


def test_months_are_counted_at_their_ends() -> None:
    joined = [("fire", "2020-11", 2), ("fire", "2021-01", 1), ("police", "2021-01", 1)]
    months, found = rules.tallies(joined, [("fire", "2021-02", 1)], date(2021, 3, 15))
    assert [str(month) for month in months] == ["2020-11-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01"]
    assert {tally.kind: tally.counts for tally in found} == {
        "police": (0, 0, 1, 1, 1),
        "fire": (2, 2, 3, 2, 2),
        "government": (0, 0, 0, 0, 0),
    }
    assert rules.tallies([], [], date(2021, 3, 15))[0] == ()


# — An agency's page —


def test_an_agencys_page_tells_who_answers_where_and_what_was_agreed(town: Town, cast: Cast) -> None:
    make.agency(
        town,
        "oak-fire",
        "fire",
        "Oak Fire",
        email="desk@oak.example",
        polygons=make.square(half=0.03),
        place="Cedar County",
        region="Indiana",
        address="3 Engine Lane",
        website="https://oak.example/",
        agreements=(rules.Agreed("287g", "Immigration and Customs Enforcement", date(2025, 3, 1)),),
    )
    page = town.browser().get("/agencies/oak-fire")
    for told in (
        "3 Engine Lane",
        "square miles in Cedar County, Indiana",
        "287(g) agreement",
        "Immigration and Customs Enforcement",
        "since 1 Mar 2025",
        "Pat Proposer, Town clerk, attested on 14 May 2026",
        "Avery Approver approved it",
        "Verified until 14 May 2027",
    ):
        assert told in page.words
    assert page.soup.find("a", href="https://oak.example/")
    assert page.soup.select_one("[data-map][data-jurisdiction]")["data-jurisdiction"].startswith("[[[[")
    other = town.browser().get("/agencies/maple-police").words
    assert "None that it or the town's operators told of" in other
    assert "The whole town of Maple" in other
    assert "Dana Whitfield" in other and "since 14 May 2026" in other


def test_members_change_what_their_page_says_and_a_request_comes_back_with_its_words(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.officer)
    told = {"about": "We walk the beat.", "phone": "(555) 010-0111", "website": "https://police.maple.example/"}
    assert browser.post("/agencies/maple-police/profile", told).status == 303
    assert "We walk the beat." in browser.get("/agencies/maple-police").words
    refused = browser.post("/agencies/maple-police/profile", told | {"about": "Please send us your doorbell video."})
    assert refused.status == 422
    assert "“send us your doorbell video” seems to ask residents for footage" in refused.words
    assert refused.soup.find(id="about").get_text().strip() == "Please send us your doorbell video."
    assert "changed what the directory says of Maple Police" in town.browser().get("/ledger").words


# — Operators —


@pytest.fixture
def sylvie(town: Town) -> Account:
    return make.work_account(town, "operator", "operator2@maple.example", "Sylvie Marsh")


NEW = {
    "slug": "oak-fire",
    "kind": "fire",
    "name": "Oak Fire",
    "email": "desk@oak.example",
    "joined_on": "2026-05-01",
    "where": "drawn",
    "jurisdiction": '{"type": "Polygon", "coordinates": [[[-85, 40], [-84.9, 40], [-84.9, 40.1]]]}',
    "agreement": "task-force",
    "agreement_with": "Regional Task Force",
    "agreement_since": "2024-01-01",
    "title": "Town operator",
    "attest": "y",
}


def test_from_a_form_to_a_verified_agency_with_a_person_who_speaks(town: Town, cast: Cast, sylvie: Account) -> None:
    owen = town.browser(cast.operator)
    made = owen.post("/operator/agencies/new", NEW)
    assert (made.status, made.location) == (303, "/operator/agencies/oak-fire")
    assert "it takes another operator" not in owen.get(made.location).words
    (letter,) = town.letters("desk@oak.example")
    link = "/agencies/confirm/" + letter.body.split("/agencies/confirm/")[1].split()[0]
    assert "Oak Fire" in town.browser().get(link).words
    assert town.browser().get("/agencies/oak-fire").status == 404, "looking confirms nothing"
    assert "is confirmed" in town.browser().post(link).words
    assert "it takes another operator" in owen.get("/operator/agencies/oak-fire").words
    assert owen.post("/operator/agencies/oak-fire/approve").status == 422
    other = town.browser(sylvie)
    assert "Oak Fire" in other.get("/operator/agencies").words
    assert other.post("/operator/agencies/oak-fire/approve").status == 303
    shown = town.browser().get("/agencies/oak-fire").words
    assert "Regional Task Force" in shown and "Owen Pratt, Town operator, attested" in shown
    person = {"member-name": "Olga Reyes", "member-email": "chief@oak.example", "member-title": "Fire chief"}
    assert other.post("/operator/agencies/oak-fire/members", person).status == 303
    assert len(town.letters("chief@oak.example")) == 1
    assert "Olga Reyes" in town.browser().get("/agencies/oak-fire").words
    wrong = other.post("/operator/agencies/oak-fire/members", person | {"member-email": "chief@gmail.example"})
    assert wrong.status == 422 and "not on the agency's own mail domain" in wrong.words
    ledger = town.browser().get("/ledger").words
    assert "approved Oak Fire until 2027-05-14: proposed by Owen Pratt, approved by Sylvie Marsh" in ledger


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attest": None}, "Without this nobody can be proposed"),
        ({"where": "town"}, "only one of them"),
        ({"jurisdiction": ""}, "Draw an outline"),
        ({"jurisdiction": "{"}, "no GeoJSON"),
        ({"slug": "mine"}, "an address of Porchlight's own"),
        ({"agreement_since": ""}, "This is missing"),
        ({"kind": "federal"}, "Not a valid choice"),
        ({"email": "desk@police.maple.example"}, "Another agency has the mail domain"),
    ],
    ids=range(8),
)
def test_a_proposal_that_is_wrong_comes_back_as_it_was_typed(
    town: Town, cast: Cast, changes: dict[str, Any], words: str
) -> None:
    typed = {name: value for name, value in (NEW | changes).items() if value is not None}
    page = town.browser(cast.operator).post("/operator/agencies/new", typed)
    assert page.status == 422
    assert words in page.words
    assert page.soup.find(id="name")["value"] == "Oak Fire"
    with town.reading() as act:
        assert queries.by_slug(act, "oak-fire") is None


def test_no_slug_hides_a_page_of_porchlights_own(town: Town) -> None:
    first = {
        str(rule).split("/")[2]
        for rule in town.app.url_map.iter_rules()
        if str(rule).startswith("/agencies/") and "<" not in str(rule).split("/")[2]
    }
    second = {
        str(rule).split("/")[3]
        for rule in town.app.url_map.iter_rules()
        if str(rule).startswith("/operator/agencies/") and "<" not in str(rule).split("/")[3]
    }
    assert first | second <= set(rules.RESERVED)


def test_a_town_with_one_operator_is_told_how_to_find_a_second(town: Town, cast: Cast, sylvie: Account) -> None:
    assert "porchlight account add --kind operator" not in town.browser(sylvie).get("/operator/agencies").words
    with town.acting() as act:
        act.session.get(Account, sylvie.id).confirmed_at = None
    assert "porchlight account add --kind operator" in town.browser(cast.operator).get("/operator/agencies").words


# — Speed —


def asked(town: Town, url: str) -> int:
    """How many statements a page takes, after it was asked for once."""
    browser = town.browser()
    browser.get(url)
    found = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    engine = town.here.database.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert browser.get(url).status == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(found)


def steps(town: Town, wish: Wish) -> int:
    """How many steps SQLite takes for a page of the directory."""
    with town.reading() as act:
        return steps_of(act, lambda: queries.directory(act, 25, wish))


def test_a_page_of_the_directory_takes_as_many_statements_for_ten_times_the_agencies(town: Town, cast: Cast) -> None:
    take(town, COUNTRY[::40])
    urls = ("/agencies", "/agencies?where=all", "/agencies?where=all&kind=fire&q=fire")
    before = [asked(town, url) for url in urls]
    wishes = (Wish(), Wish(kind="police"), Wish(here=True))
    few = [steps(town, wish) for wish in wishes]
    take(town, COUNTRY[1::5])
    assert [asked(town, url) for url in urls] == before
    for wish, before_that in zip(wishes, few, strict=True):
        assert steps(town, wish) < 1.2 * before_that, wish
    assert max(before) < 12

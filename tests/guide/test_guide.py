"""The guide: everybody reads what is promised and what is not, and prints their rights."""

from tests import people
from tests.helpers import Town


def test_everybody_reads_what_is_guaranteed_and_what_is_not(town: Town) -> None:
    cast = people.everybody(town)
    for who in (None, cast.rosa, cast.officer, cast.operator):
        words = town.browser(who).get("/guarantee").words
        for number in range(1, 9):
            assert f"R{number} " in words
        for limit in (
            "film the screen",
            "false resident",
            "alter them",
            "dishonest camera",
            "warrant",
            "knock on your door",
        ):
            assert limit in words.partition("What is not")[2]
        assert "docs/access.md" in words and "lint-text --rule R1" in words


def test_every_page_leads_to_the_guarantee(town: Town) -> None:
    people.everybody(town)
    for page in ("/", "/feed", "/agencies/maple-police", "/requests"):
        assert town.browser().get(page).soup.find("a", href="/guarantee"), page


def test_the_guide_says_how_to_ask_and_asks_for_nothing(town: Town) -> None:
    page = town.browser().get("/guide/asking")
    for word in ("Search warrant", "Subpoena", "says may, and not must", "January 2024", "no legal advice"):
        assert word in page.words
    assert not page.soup.main.find_all("form")


def test_the_leaflet_is_for_the_people_at_the_door(town: Town) -> None:
    people.everybody(town)
    english, spanish = (
        town.browser().get(f"/guide/leaflet?lang={lang}").soup.select_one("[lang] > .sheet") for lang in ("en", "es")
    )
    assert english.parent["lang"] == "en" and "You may say no." in english.text and "warrant" in english.text
    assert spanish.parent["lang"] == "es" and "Puede decir que no." in spanish.text and "orden judicial" in spanish.text
    for sheet in (english, spanish):
        assert len(sheet.select(".write-line")) == 4 and "/guarantee" in sheet.text and sheet.select_one("svg.qr__svg")
    assert town.browser().get("/guide/leaflet?lang=xx").status == 200, "a language that it does not have"


def test_an_agency_hands_out_its_name_and_number(town: Town) -> None:
    cast = people.everybody(town)
    leaflet = town.browser(cast.officer).get(f"/guide/leaflet?agency={cast.police.slug}").soup.select_one(".sheet").text
    assert "Maple Police" in leaflet
    assert town.browser().get("/guide/leaflet?agency=no-such").status == 404
    assert (
        town.browser(cast.officer)
        .get("/agencies/maple-police")
        .soup.find("a", href="/guide/leaflet?agency=maple-police")
    )

"""The block for the town's web site, and the page that says where everything is."""

from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests import factories as make
from tests.helpers import NOON, Town
from tests.outlets.tools import get
from tests.people import Cast


def framed_by(answer: object) -> list[str]:
    policy = answer.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    parts = [part.split() for part in policy.split(";")]
    return next(words[1:] for words in parts if words[0] == "frame-ancestors")


def block(town: Town, path: str = "/agencies/embed") -> BeautifulSoup:
    return town.browser().get(path).soup


def titles(soup: BeautifulSoup) -> list[str]:
    return [tag.get_text(strip=True) for tag in soup.find_all("h2")]


def test_only_the_towns_sites_may_frame_the_block_and_nobody_anything_else(tmp_path: Path, town: Town) -> None:
    make.agency(town, "maple-police", "police", "Maple Police")
    sites = ("www.maple.example", "library.maple.example:8443")
    ours = Town(town.here.settings.data, town_sites=sites)
    for path in ("/agencies/embed", "/agencies/maple-police/embed"):
        assert framed_by(get(ours, path)) == list(sites)
        assert framed_by(get(town, path)) == ["'none'"], "no site was named"
    for path in ("/", "/agencies", "/agencies/maple-police", "/agencies/maple-police/share", "/agencies.atom"):
        assert framed_by(get(ours, path)) == ["'none'"], path
    assert framed_by(get(ours, "/agencies/no-such/embed")) == ["'none'"]
    ours.here.database.engine.dispose()


def test_the_block_stands_alone(town: Town, cast: Cast) -> None:
    make.agency_post(town, cast.officer, "maple-police", "Lock <your> doors")
    soup = block(town, "/agencies/maple-police/embed")
    assert titles(soup) == ["Lock <your> doors"]
    assert not soup.find_all(["script", "form", "input", "iframe", "style"])
    for link in soup.find_all("a"):
        assert link["target"] == "_blank"
        assert "noopener" in link["rel"]
        assert link["href"].startswith("http://127.0.0.1:8000/"), "a whole address: it stands on another site"
    assert "Dana Whitfield" not in soup.get_text()


def test_the_block_shows_what_still_holds(town: Town, cast: Cast) -> None:
    make.urgent_update(town, cast.officer, "maple-police", "Boil your water")
    make.agency_post(
        town, cast.clerk, "town-of-maple", "Fair", kind="event", starts_at=NOON + timedelta(hours=5), place="Green"
    )
    make.agency_post(town, cast.captain, "maple-fire", "Test your alarm")
    assert titles(block(town)) == ["Boil your water", "Test your alarm", "Fair"], "what is urgent first"
    assert titles(block(town, "/agencies/embed?kind=event")) == ["Fair"]
    assert titles(block(town, "/agencies/embed?limit=1")) == ["Boil your water"]
    town.later(days=1)
    assert titles(block(town)) == ["Test your alarm"]
    assert "Nothing new at the moment" in block(town, "/agencies/maple-police/embed").get_text()


def test_the_block_is_light_or_dark_as_the_site_wishes(town: Town) -> None:
    assert "data-theme" not in block(town).html.attrs
    assert block(town, "/agencies/embed?theme=dark").html["data-theme"] == "dark"
    assert block(town, "/agencies/embed?theme=light").html["data-theme"] == "light"


@pytest.mark.parametrize("query", ["theme=pink", "limit=21", "limit=0", "kind=post"])
def test_the_block_takes_nothing_else(town: Town, query: str) -> None:
    assert get(town, f"/agencies/embed?{query}").status_code == 400


def test_the_page_gives_whole_addresses_and_a_frame_to_copy(town: Town, cast: Cast) -> None:
    for slug, name in (("/maple-police", "Maple Police"), ("", "Agencies of Maple")):
        soup = town.browser().get(f"/agencies{slug}/share").soup
        codes = [tag.get_text() for tag in soup.find_all("code")]
        base = "http://127.0.0.1:8000/agencies"
        assert codes[:4] == [f"{base}{slug}.atom", f"{base}{slug}.ics", f"{base}.cap", f"{base}.geojson"]
        frame = BeautifulSoup(codes[4], "html.parser").iframe
        assert frame["src"] == f"{base}{slug}/embed"
        assert frame["title"] == name
        assert soup.find("a", href=f"webcal://127.0.0.1:8000/agencies{slug}.ics")
        assert "It shows nowhere yet" in soup.get_text()
    named = Town(town.here.settings.data, town_sites=("www.maple.example",))
    assert "www.maple.example" in named.browser().get("/agencies/share").words
    named.here.database.engine.dispose()


def test_an_agencys_page_tells_programs_and_people_where_to_follow(town: Town, cast: Cast) -> None:
    soup = town.browser().get("/agencies/maple-police").soup
    assert soup.head.find("link", rel="alternate", type="application/atom+xml", href="/agencies/maple-police.atom")
    for href in ("/agencies/maple-police.atom", "/agencies/maple-police.ics", "/agencies/maple-police/share"):
        assert soup.find("a", href=href)
        assert get(town, href).status_code == 200
    assert soup.find("a", href="webcal://127.0.0.1:8000/agencies/maple-police.ics")
    assert town.browser().get("/agencies").soup.head.find("link", rel="alternate", href="/agencies.atom")

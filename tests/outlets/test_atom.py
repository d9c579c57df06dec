"""Atom: every MUST of RFC 4287, section 4, for whatever agencies write."""

import html
import re
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from portal.bulletins.queries import Published
from portal.outlets import atom
from portal.outlets.queries import Alert
from tests import factories as make
from tests.helpers import NOON, Town
from tests.outlets.tools import TOWN, change, get, published, urgent, withdraw, xml
from tests.people import Cast

ATOM = "{http://www.w3.org/2005/Atom}"
WORDS = atom.Words({"tip": "Safety tip", "update": "Update", "event": "Event"}, str, "Source: %(source)s")
HEAD = atom.Head("News", "https://maple.example/agencies.atom", "https://maple.example/agencies", NOON)
# RFC 4287, 4.1.1 and 4.1.2: what may stand in a feed and in an entry, and how often ("*": any number of times).
FEED = {"id": 1, "title": 1, "updated": 1, "generator": "?", "link": "*", "author": "*", "entry": "*"}
ENTRY = {
    "id": 1,
    "title": 1,
    "updated": 1,
    "published": "?",
    "content": "?",
    "summary": "?",
    "author": "*",
    "category": "*",
    "link": "*",
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")  # RFC 3339, upper case (3.3)


def check(feed: etree._Element) -> None:
    assert feed.tag == ATOM + "feed"
    _children(feed, FEED)
    links = feed.findall(ATOM + "link")
    assert [link for link in links if link.get("rel") == "self"], "a feed SHOULD say where it is"
    _links(links)
    entries = feed.findall(ATOM + "entry")
    keys = [(entry.findtext(ATOM + "id"), entry.findtext(ATOM + "updated")) for entry in entries]
    assert len(set(keys)) == len(keys), "no two entries of one id and one time (4.1.1)"
    for entry in entries:
        _children(entry, ENTRY)
        _links(entry.findall(ATOM + "link"))
        content = entry.find(ATOM + "content")
        if content is None:
            assert [link for link in entry.findall(ATOM + "link") if link.get("rel") == "alternate"]
            assert entry.find(ATOM + "summary") is not None
        else:
            assert content.get("type") == "html"
            assert len(content) == 0, "text only (3.1.1.2)"
            BeautifulSoup(content.text or "", "html.parser")
        for author in entry.findall(ATOM + "author"):
            assert author.findtext(ATOM + "name")
            _iri(author.findtext(ATOM + "uri"))
        assert entry.findall(ATOM + "author") or feed.findall(ATOM + "author"), "somebody speaks (4.1.2)"
        assert all(category.get("term") for category in entry.findall(ATOM + "category"))


def _children(element: etree._Element, allowed: dict[str, object]) -> None:
    names = [child.tag.removeprefix(ATOM) for child in element]
    assert set(names) <= set(allowed)
    for name, often in allowed.items():
        if often == 1:
            assert names.count(name) == 1, name
        elif often == "?":
            assert names.count(name) <= 1, name
    _iri(element.findtext(ATOM + "id"))
    assert element.findtext(ATOM + "title")
    for name in ("updated", "published"):
        for found in element.findall(ATOM + name):
            assert DATE.fullmatch(found.text or ""), found.text
            datetime.fromisoformat(found.text or "")


def _links(links: list[etree._Element]) -> None:
    for link in links:
        _iri(link.get("href"))
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
    assert len(set(alternates)) == len(alternates), "one alternate of each type (4.1.1, 4.1.2)"


def _iri(text: str | None) -> None:
    assert text
    assert not re.search(r"\s", text)
    assert urlsplit(text).scheme in ("http", "https", "urn")


def titles(feed: etree._Element) -> list[str | None]:
    return [entry.findtext(ATOM + "title") for entry in feed.findall(ATOM + "entry")]


def test_the_newest_posts_of_an_agency_and_of_all(town: Town, cast: Cast) -> None:
    make.agency_post(town, cast.officer, "maple-police", "Lock your doors")
    town.later(hours=1)
    make.agency_post(town, cast.captain, "maple-fire", "Test your alarm")
    for path, expected in {
        "/agencies.atom": ["Test your alarm", "Lock your doors"],
        "/agencies/maple-police.atom": ["Lock your doors"],
        "/agencies/town-of-maple.atom": [],
    }.items():
        answer = get(town, path)
        assert answer.content_type == "application/atom+xml; charset=utf-8"
        feed = etree.fromstring(answer.data)
        check(feed)
        assert titles(feed) == expected, path
        assert feed.find(ATOM + "link[@rel='self']").get("href") == f"http://127.0.0.1:8000{path}"
    assert xml(town, "/agencies.atom").findtext(ATOM + "updated") == "2026-05-14T13:00:00-04:00"
    assert get(town, "/agencies/no-such.atom").status_code == 404


def test_an_entry_says_what_its_page_says_and_keeps_its_id(town: Town, cast: Cast) -> None:
    fields = {
        "kind": "event",
        "starts_at": NOON,
        "place": "Village Green",
        "body": "Come <all>.\nBring a pie.\n\n& sing",
    }
    post = make.agency_post(town, cast.clerk, "town-of-maple", "Fair", **fields)
    town.later(hours=1)
    change(town, post, title="Fair & market")
    entry = xml(town, "/agencies.atom").find(ATOM + "entry")
    assert entry.findtext(ATOM + "id") == f"urn:uuid:{post.id}"
    assert entry.findtext(ATOM + "title") == "Fair & market"
    assert entry.findtext(ATOM + "published") == "2026-05-14T12:00:00-04:00"
    assert entry.findtext(ATOM + "updated") == "2026-05-14T13:00:00-04:00"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Town of Maple"
    assert entry.find(ATOM + "category").attrib == {"term": "event", "label": "Community event"}
    assert entry.findtext(ATOM + "content") == (
        "<p>Thu 14 May 2026, 12:00 · Village Green</p><p>Come &lt;all&gt;.<br>Bring a pie.</p><p>&amp; sing</p>"
    )
    page = urlsplit(entry.find(ATOM + "link").get("href")).path
    assert "Fair & market" in html.unescape(get(town, page).text)


def test_a_faded_update_leaves_as_newer_posts_come(town: Town, cast: Cast) -> None:
    make.urgent_update(town, cast.officer, "maple-police", "Old news")
    town.later(days=2)
    assert titles(xml(town, "/agencies.atom")) == ["Old news"]
    for number in range(20):
        make.agency_post(town, cast.officer, "maple-police", f"Tip {number}")
    assert "Old news" not in titles(xml(town, "/agencies.atom"))
    assert "Old news" in titles(xml(town, "/agencies.atom?limit=21"))


def test_what_was_taken_back_is_gone(town: Town, cast: Cast) -> None:
    post = make.agency_post(town, cast.officer, "maple-police")
    withdraw(town, cast.officer, "maple-police", post)
    assert titles(xml(town, "/agencies.atom")) == []


def test_a_reader_may_ask_for_one_kind_and_for_how_many(town: Town, cast: Cast) -> None:
    make.agency_post(town, cast.officer, "maple-police", "A tip")
    make.agency_post(town, cast.officer, "maple-police", "An event", kind="event", starts_at=NOON)
    make.agency_post(town, cast.officer, "maple-police", "Another tip")
    assert titles(xml(town, "/agencies.atom?kind=event")) == ["An event"]
    assert titles(xml(town, "/agencies/maple-police.atom?kind=tip&limit=1")) == ["Another tip"]


@pytest.mark.parametrize(
    "query",
    ["kind=alert", "kind=", "limit=0", "limit=101", "limit=-1", "limit=ten", "limit=%D9%A3", "limit=1e2", "limit="],
)
def test_what_cannot_be_asked_for_is_refused(town: Town, cast: Cast, query: str) -> None:
    assert get(town, f"/agencies.atom?{query}").status_code == 400
    assert get(town, f"/agencies/maple-police.atom?{query}").status_code == 400


@settings(max_examples=150, deadline=None)
@given(st.lists(published(source=st.just("") | st.just("Maple Water")), max_size=4), st.lists(urgent(), max_size=3))
def test_whatever_agencies_write_the_feeds_are_valid(rows: list[Published], alerts: list[Alert]) -> None:
    for body, count in (
        (atom.posts(TOWN, HEAD, WORDS, rows), len(rows)),
        (atom.alerts(TOWN, HEAD, alerts), len(alerts)),
    ):
        feed = etree.fromstring(body)
        check(feed)
        assert len(feed.findall(ATOM + "entry")) == count


def test_the_index_of_alerts_is_valid_too(town: Town, cast: Cast) -> None:
    post = make.urgent_update(town, cast.officer, "maple-police")
    answer = get(town, "/agencies.cap")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.data)
    check(feed)
    links = {link.get("rel"): (link.get("type"), urlsplit(link.get("href")).path) for link in feed.iter(ATOM + "link")}
    assert links["alternate"] == ("application/cap+xml", f"/agencies/maple-police/posts/{post.id}.cap")
    assert links["related"] == ("text/html", f"/agencies/maple-police/posts/{post.id}")
    for _type, path in links.values():
        assert get(town, path).status_code == 200

"""Every link and every form that the session of an officer, a fire captain and a town clerk can reach: none of them is
a request, none answers with anything of a neighbour's, and no request typed into any field reaches a reader."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.agencies import queries as agencies
from portal.bulletins.models import AgencyPost
from portal.web import access, routes
from tests.proof.crawler import TEXTS, Crawler, Offer, offers, plausible
from tests.proof.secrets import Eyes
from tests.test_access import AGENCY_SLUGS, OTHER, World, fill, rows

ASKS = "If your doorbell caught the red truck on Elm, e-mail the clip to us"
TRACE = b"caught the red truck on elm"
# What a form that asks for footage would speak of.
ASKING = re.compile(r"footage|video|\bclip|camera|doorbell|recording|request\b|requests\b|surveillance", re.IGNORECASE)
ALIKE = 8  # how many of the pages and forms that differ in an id alone are looked at
MOST_TRIES = 100  # of one form


def tries(world: World, offer: Offer, every_choice: bool) -> Iterator[dict[str, Any]]:
    """A form, filled in: once innocently, and once with a file; then the sentence in each field alone, also where a
    browser would let nobody write; then in all of them, for each thing that can be chosen (`every_choice`)."""
    filled = {one.name: plausible(world.town, one) for one in offer.fields}
    files = [one.name for one in offer.fields if one.kind == "file"]
    # What is said of a file (alt-0 of picture-0) goes with it, and without it is left empty.
    said = {name: "" for name in filled for file in files if name.partition("-")[2] == file.partition("-")[2] != ""}
    usual = {name: value for name, value in (filled | said).items() if name not in files}
    yield usual
    if files:
        of_first = {name for name in said if name.partition("-")[2] == files[0].partition("-")[2]}
        usual_with = usual | {name: filled[name] for name in {files[0], *of_first}}
        yield usual_with
        for name in sorted(of_first):
            yield usual_with | {name: ASKS}
    for one in offer.fields:
        if one.kind != "file":
            yield usual | {one.name: ASKS}
    texts = [one for one in offer.fields if one.kind in TEXTS and one.kind != "hidden"]
    for one in offer.fields if every_choice else ():
        for option in set(one.options):
            chosen = usual | {one.name: option}
            yield chosen | {text.name: ASKS for text in texts}
            for text in texts:
                yield chosen | {text.name: ASKS}
    yield {one.name: ASKS for one in texts}


@dataclass
class Crawl:
    """What a session came to: all that it asked for, the forms that it was offered, and how often it sent one."""

    eyes: Eyes
    asked: list[str] = field(default_factory=list)
    forms: dict[Any, Offer] = field(default_factory=dict)
    sent: int = 0
    broken: list[str] = field(default_factory=list)

    def look(self, asked: str, response: TestResponse) -> None:
        self.eyes.look(asked, response)
        self.asked.append(asked)
        if response.status_code >= 500:
            self.broken.append(f"{asked}: {response.status}")


def plain_addresses(world: World) -> list[Offer]:
    """Every address without an id in it."""
    found = {route.path for route in routes.routes(world.town.app) if "GET" in route.methods and "<" not in route.path}
    return [Offer("GET", path) for path in sorted(found)]


def crawl(world: World, person: str) -> Crawl:
    made = Crawl(Eyes(world.town))
    crawler = Crawler(world.town, getattr(world.cast, person), made.look)
    waiting = deque([Offer("GET", "/"), *plain_addresses(world)])
    seen, alike, last = set(), Counter(), []
    while waiting or last:
        offer = waiting.popleft() if waiting else last.pop()
        if offer in seen or alike[offer.shape] >= ALIKE:
            continue
        if offer.url == "/sign-out" and waiting:
            last = [offer]
            continue
        seen.add(offer)
        alike[offer.shape] += 1
        first = alike[offer.shape] == 1
        for page in pages(world, crawler, offer, made, first, every_choice=person == "officer"):
            if page.mimetype in ("text/html", "application/xhtml+xml"):
                waiting += offers(page.text, page.request.full_path.rstrip("?"))
    return made


def pages(
    world: World, crawler: Crawler, offer: Offer, made: Crawl, first: bool, every_choice: bool
) -> Iterator[TestResponse]:
    """Everything that comes of an offer. Agencies share their forms: one of them makes every choice."""
    if offer.fields or offer.method != "GET":
        made.forms[offer.shape] = offer
    if not offer.fields:
        yield crawler.get(offer.url, offer.htmx) if offer.method == "GET" else crawler.send(offer, {})
        return
    # A password is looked at slowly, on purpose.
    most = 4 if any(one.kind == "password" for one in offer.fields) else MOST_TRIES if first else 1
    for values in islice(tries(world, offer, every_choice), most):
        made.sent += 1
        yield crawler.send(offer, values)


@dataclass
class Crawled:
    world: World
    by: dict[str, Crawl]
    told: list[str]  # where readers came upon the request


@pytest.fixture(scope="module")
def crawled(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """All three sessions, one after the other; then days pass, what was to go out has gone out, and everybody reads."""
    own = world.copied(tmp_path_factory.mktemp("crawl"))
    by = {person: crawl(own, person) for person in AGENCY_SLUGS}
    told: list[str] = []
    for days in (0, 4):
        own.town.later(days=days)
        own.town.chores()
        own.town.work()
        for reader in ("visitor", "ben"):
            told += read_all(own, reader)
    yield Crawled(own, by, told)
    own.town.here.database.engine.dispose()


def read_all(world: World, reader: str) -> list[str]:
    """Where `reader` meets the sentence, on every page that can be reached by links, and on every address of a feed."""
    found: list[str] = []

    def look(asked: str, response: TestResponse) -> None:
        plain = re.sub(rb"\r?\n[ \t]|\\", b"", response.get_data()).lower()  # calendars fold lines and escape commas
        if TRACE in plain or TRACE in str(response.headers).lower().encode():
            found.append(f"{reader}: {asked}")

    crawler = Crawler(world.town, getattr(world.cast, reader, None), look)
    told = [fill(row.path, world.names, slug) for row in rows() if row.method == "GET" for slug in OTHER]
    waiting, seen = deque([*plain_addresses(world), *(Offer("GET", path) for path in told)]), set()
    while waiting:
        offer = waiting.popleft()
        if offer.method == "GET" and not offer.fields and offer.url not in seen:
            seen.add(offer.url)
            assert len(seen) < 3000, "the town has no end"
            page = crawler.get(offer.url, offer.htmx)
            if page.mimetype == "text/html":
                waiting += offers(page.text, page.request.full_path.rstrip("?"))
    return found


def test_no_answer_holds_anything_of_a_neighbours(crawled: Crawled) -> None:
    for person, made in crawled.by.items():
        assert made.eyes.found == [], person
        assert made.broken == [], person


def test_none_of_the_forms_is_a_request(crawled: Crawled) -> None:
    for person, made in crawled.by.items():
        found = {shape: words[0] for shape, form in made.forms.items() if (words := ASKING.search(form.names))}
        # The archive's own search speaks of the requests that it looks through. It only shows, whatever is typed.
        found.pop(("GET", "/requests", (), ("q", "agency", "year", "type"), False), None)
        assert found == {}
        assert any(form.method == "POST" for form in made.forms.values()), person


def test_a_request_typed_into_any_field_reaches_no_reader(crawled: Crawled) -> None:
    assert crawled.told == []


def test_the_sessions_came_to_everything_that_agencies_may_do(crawled: Crawled) -> None:
    """Else the tests above would prove little: a page that no link leads to, a form that refuses all that was typed."""
    adapter = crawled.world.town.app.url_map.bind("localhost")
    declared = {
        (route.endpoint, method)
        for route in routes.routes(crawled.world.town.app)
        for method in route.methods
        # Letters lead to tokens, and a device of one's own answers where passkeys are.
        if access.AGENCY in route.kinds and "<token>" not in route.path and "/passkey" not in route.path
    }
    for person, made in crawled.by.items():
        came_to = set()
        for asked in made.asked:
            method, _, url = asked.partition(" ")
            came_to.add((adapter.match(url.partition("?")[0], method=method)[0], method))
        assert declared - came_to == set(), person
    with crawled.world.town.reading() as act:
        for slug in OTHER:
            agency = agencies.by_slug(act, slug)
            posts = act.session.scalars(select(AgencyPost).where(AgencyPost.agency_id == agency.id)).all()
            asking = [post for post in posts if ASKS in (post.title, post.body, post.place)]
            assert len(asking) > 5 and all(post.state in ("held", "withdrawn") for post in asking)
            assert [post for post in posts if post.published_at is not None and "Ordinary words" in post.title]

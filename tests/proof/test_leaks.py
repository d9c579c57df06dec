"""Every way by which something could leave that is no page: letters, digests, push messages, counts, search, caches,
logs, exports. One town is looked at before and after its neighbours did everything that they can do in secret."""

import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from portal import logs
from portal.mail import Mail
from tests import factories as make
from tests.helpers import Browser, Page, Town, form_data
from tests.proof import secrets
from tests.proof.crawler import ID
from tests.proof.secrets import WORD, Eyes, Neighbours
from tests.proof.tools import ask
from tests.test_access import AGENCY_SLUGS, World, fill, rows

TOKEN = re.compile(rb"[\w-]{40,}\.[\w-]{6}\.[\w-]{20,}")  # another one on each page
OUTSIDERS = [*AGENCY_SLUGS, "visitor"]


@dataclass
class Scene:
    """The table's town, in which neighbours have moved in."""

    world: World
    who: Neighbours

    @property
    def town(self) -> Town:
        return self.world.town

    def browser(self, person: str) -> Browser:
        return self.town.browser(getattr(self.world.cast, person, None))

    def everywhere(self, person: str) -> Iterator[tuple[str, Page]]:
        """Every address of the table, as a page and as htmx asks for it."""
        browser, slug = self.browser(person), AGENCY_SLUGS.get(person, "maple-police")
        for path in [fill(row.path, self.world.names, slug) for row in rows() if row.method == "GET"]:
            yield path, browser.get(path)
            yield f"htmx {path}", browser.get(path, htmx=True)


@pytest.fixture(scope="module")
def template(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    own = world.copied(tmp_path_factory.mktemp("leaks"))
    who = secrets.move_in(own.town, random.Random(7))
    secrets.in_public(own.town, who)
    own.save()
    yield Scene(own, who)
    own.town.here.database.engine.dispose()


@pytest.fixture
def scene(template: Scene) -> Iterator[Scene]:
    """Before anybody did anything in secret."""
    began = template.town.clock.at
    yield template
    template.town.clock.at = began
    template.world.put_back()


def plain(page: Page) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name, value) for name, value in page.response.headers if name not in ("Date", "Expires", "Set-Cookie")]
    return page.status, headers, TOKEN.sub(b"token", page.response.get_data())


@pytest.mark.parametrize("person", OUTSIDERS)
def test_what_neighbours_do_in_secret_changes_no_byte_of_any_answer(scene: Scene, person: str) -> None:
    """Pages, feeds, counts, maps, logs, exports, ETags: all the same before and after."""
    before = {path: plain(page) for path, page in scene.everywhere(person)}
    secrets.in_secret(scene.town, scene.who)
    after = {path: plain(page) for path, page in scene.everywhere(person)}
    assert len(before) > 100
    assert [path for path in before if before[path] != after[path]] == []


def test_neighbours_would_have_noticed(scene: Scene) -> None:
    """The same comparison, by somebody who may see it: else the one above would prove nothing."""
    before = {path: plain(page) for path, page in scene.everywhere("ben")}
    secrets.in_secret(scene.town, scene.who)
    changed = {path for path, page in scene.everywhere("ben") if before[path] != plain(page)}
    assert {"/feed", "/feed?view=map", "/feed/live"} <= changed


@pytest.mark.parametrize("person", OUTSIDERS)
def test_search_finds_and_counts_nothing_of_neighbours(scene: Scene, person: str) -> None:
    """A word that neighbours used is searched for like a word that nobody used: the same page, by the same work."""
    secrets.in_secret(scene.town, scene.who)
    with scene.town.reading() as act:
        told = " ".join(act.session.scalars(text("SELECT body FROM post UNION ALL SELECT body FROM comment")))
    used = sorted({match[0].decode() for match in WORD.finditer(told.encode())})
    unused, browser = secrets.word(), scene.browser(person)

    def search(words: str, more: str) -> tuple[Any, ...]:
        got = ask(scene.town, browser, "GET", f"/feed/search?q={words}{more}")
        return got.status, got.statements, TOKEN.sub(b"token", got.body).replace(words.encode(), b"words")

    assert len(used) > 10
    for more in ("", "&street=Wicket+Row", "&category=safety&since=week"):
        nothing = search(unused, more)
        assert [words for words in used if search(words, more) != nothing] == []


@pytest.mark.parametrize("person", [*OUTSIDERS, "faye"])
def test_a_cache_tag_or_a_date_or_a_range_confirms_nothing(scene: Scene, person: str) -> None:
    """Who somehow has the right ETag of a file gets 404 like for any other, not 304, 206 or 412."""
    secrets.in_secret(scene.town, scene.who)
    files = """SELECT r.id, 'media' FROM rendition r JOIN media m ON m.id = r.media_id JOIN post p ON p.id = m.post_id
        WHERE p.author_id = :anna UNION ALL SELECT id, 'event' FROM event WHERE household_id = :home"""
    whose = {"anna": scene.who.anna.id.hex, "home": scene.who.anna.household_id.hex}
    with scene.town.reading() as act:
        found = [(uuid.UUID(one), kind) for one, kind in act.session.execute(text(files), whose)]
    addresses = [f"/media/{one}" for one, kind in found if kind == "media"]
    addresses += [f"/events/{one}/{part}" for one, kind in found if kind == "event" for part in ("clip", "poster")]
    assert len(addresses) > 4
    owner, outsider, nothing = scene.town.browser(scene.who.anna), scene.browser(person), str(uuid.UUID(int=0))
    for _visit in range(2):  # the first two answers of a session set its cookie
        outsider.get("/guidelines")
    for path in addresses:
        good = owner.client.get(path)
        assert good.status_code == 200 and good.headers["ETag"], path
        for headers in (
            {"If-None-Match": good.headers["ETag"]},
            {"If-Modified-Since": good.headers["Last-Modified"]},
            {"If-Match": good.headers["ETag"]},
            {"Range": "bytes=0-9"},
            {"Range": "bytes=0-9", "If-Range": good.headers["ETag"]},
        ):
            for method in ("GET", "HEAD"):
                there = ask(scene.town, outsider, method, path, headers=headers)
                absent = ask(scene.town, outsider, method, ID.sub(nothing, path), headers=headers)
                assert there.status in (404, 302), (path, headers)
                assert ID.sub(nothing, str(there)) == str(absent), (path, headers)


def letters(town: Town) -> list[Mail]:
    with town.reading() as act:
        return list(act.session.scalars(select(Mail)))


def test_letters_and_digests_and_push_messages_reach_no_agency_with_anything_of_a_neighbours(scene: Scene) -> None:
    """Everything that a day of work sends off, read whole: in the table, and as it lies in the outbox."""
    town, cast = scene.town, scene.world.cast
    told = secrets.in_secret(town, scene.who)
    decide(scene, "reported", told.id, "It is not for us to judge.")
    held = make.agency_post(town, cast.officer, "maple-police", body="Please send us your doorbell video.")
    decide(scene, "agency", held.id, "It asks for footage.")
    eyes = Eyes(town)
    for _half_day in range(3):
        written = letters(town)
        town.chores()
        town.work()
        written += letters(town)
        for letter in written:
            if not letter.recipient.startswith("zq"):
                whole = f"{letter.recipient}\n{letter.subject}\n{letter.headers}\n{letter.body}".encode()
                assert [found for found in eyes.secrets_in(whole) if letter.recipient not in found] == []
        town.later(hours=12)
    outbox = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in posted(town)]
    domains = ("police.maple.example", "fire.maple.example", "town.maple.example")
    to_agencies = [letter for letter in outbox if letter["To"].endswith(domains)]
    assert to_agencies, "a decision is told by letter"
    for letter in to_agencies:
        assert eyes.secrets_in(letter.as_bytes()) == []
    assert any(letter["To"].startswith("zq") for letter in outbox), "neighbours were written to"
    with town.reading() as act:
        tables = ("notice", "delivery", "push_subscription", "alert_rule", "digest_state")
        owners = " UNION ".join(f"SELECT account_id FROM {table}" for table in tables)
        kinds = set(act.session.scalars(text(f"SELECT kind FROM account WHERE id IN ({owners})")))
    assert kinds == {"resident"}


def posted(town: Town) -> list[Path]:
    return sorted((town.here.settings.data / "outbox").rglob("*.eml"))


def decide(scene: Scene, why: str, subject: Any, reason: str) -> None:
    """A moderator takes something down, through the pages."""
    mod = scene.browser("mod")
    mod.post(f"/moderation/cases/{why}/{subject}/claim")
    page = mod.get(f"/moderation/cases/{why}/{subject}")
    words = page.soup.find("input", {"name": "words"})["value"]
    rule = "R1" if why == "agency" else "R5"
    sent = form_data(page) | {"outcome": "remove", "rule": rule, "reason": reason, "words": words, "days": "0"}
    assert mod.post(f"/moderation/cases/{why}/{subject}/decide", sent).status in (302, 303)


@pytest.mark.parametrize("person", OUTSIDERS)
def test_decisions_about_neighbours_are_public_and_what_they_are_about_is_not(scene: Scene, person: str) -> None:
    """The ledger, the log and its export, after moderators have decided."""
    told = secrets.in_secret(scene.town, scene.who)
    decide(scene, "reported", told.id, "It is not for us to judge.")
    eyes = Eyes(scene.town)
    for path, page in scene.everywhere(person):
        eyes.look(path, page.response)
    assert eyes.found == []
    export = scene.browser(person).get("/moderation/log.csv").text
    assert "It is not for us to judge." in export


@pytest.mark.parametrize("style", ["console", "json"])
def test_the_log_holds_no_word_of_neighbours(
    scene: Scene, style: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All lines of a day on which neighbours did everything, read their pages, and made mistakes."""
    town = scene.town
    logs.configure(style)
    told = secrets.in_secret(town, scene.who)
    make.post(town, scene.who.anna, f"Look {secrets.word()}", uploads=[make.upload(town, b"\xff\xd8\xff broken")])
    for account in vars(scene.who).values():
        browser = town.browser(account)
        for path in (
            "/feed",
            "/devices",
            "/alerts",
            "/contacts",
            f"/posts/{told.id}",
            f"/feed/search?q={secrets.word()}",
        ):
            browser.get(path)
        browser.post(f"/posts/{told.id}/comments", {"body": f"{secrets.word()} 555-010-4477"})
        browser.post("/posts/new", {"body": secrets.word()})
    town.browser().post("/sign-in", {"email": scene.who.anna.email, "password": secrets.word()})
    town.chores()
    town.work()
    heard = "".join(capsys.readouterr())
    assert "file refused" in heard
    assert WORD.findall(heard.encode()) == []


def test_a_mistake_of_ours_tells_an_agency_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that fails in the middle of somebody's secrets shows the same words to all, and the log no values."""
    from portal.feed import queries

    secrets.in_secret(scene.town, scene.who)
    eyes = Eyes(scene.town)

    def broken(act: Any, *_args: Any, **_more: Any) -> Any:
        rows = act.session.execute(text("SELECT body, id FROM post")).all()
        raise RuntimeError(len(rows))

    monkeypatch.setattr(queries, "newest", broken)
    monkeypatch.setitem(scene.town.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(scene.town.app, "testing", False)
    with capture_logs() as lines:
        page = scene.browser("officer").get("/feed")
    assert page.status == 500
    eyes.look("/feed", page.response)
    assert eyes.found == []
    assert lines and WORD.findall(str(lines).encode()) == []

"""Getting in touch: only when both want it, only in words, only inside, and only for as long as both want it."""

import uuid

import pytest

from portal.relay import rules, service
from portal.relay.models import RelayMessage, RelayThread
from tests import factories, people
from tests.devices.tools import count, everything
from tests.helpers import Browser, Page, Town


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.rosa)


@pytest.fixture
def ben(town: Town, cast: people.Cast) -> Browser:
    return town.browser(cast.ben)


def on(*browsers: Browser) -> None:
    for browser in browsers:
        browser.post("/contacts/switch", {"on": "1"})


def thread(town: Town) -> RelayThread:
    with town.reading() as act:
        return act.session.query(RelayThread).one()


def opened(town: Town, cast: people.Cast, ben: Browser, rosa: Browser) -> uuid.UUID:
    """Ben and Rosa talk."""
    asked = factories.talk(town, cast.ben, cast.rosa, factories.post(town, cast.rosa))
    assert rosa.post(f"/contacts/{asked.id}/accept").status == 303
    return asked.id


def write(browser: Browser, thread_id: uuid.UUID, body: str = "Shall we meet at the gate?") -> Page:
    return browser.post(f"/contacts/{thread_id}", {"body": body})


def test_two_neighbours_who_both_want_to_talk_can(town: Town, cast: people.Cast, ben: Browser, rosa: Browser) -> None:
    post = factories.post(town, cast.rosa)
    on(ben, rosa)
    assert ben.get(f"/posts/{post.id}").soup.select_one(f'a[href="/posts/{post.id}/contact"]')
    assert ben.post(f"/posts/{post.id}/contact").location == "/contacts"
    talk = thread(town)
    assert "A neighbour asks to get in touch" in rosa.get("/feed").words
    assert write(ben, talk.id).status == write(rosa, talk.id).status == 404, "not before both consent"
    assert "asks to get in touch with you" in rosa.get("/contacts").words
    rosa.post(f"/contacts/{talk.id}/accept")
    assert write(ben, talk.id).status == write(rosa, talk.id, "At six, then.").status == 303
    for browser, other in ((ben, "With Rosa"), (rosa, "With Ben")):
        page = browser.get(f"/contacts/{talk.id}")
        assert other in page.words and "At six, then." in page.words
        assert "@maple.example" not in page.text
        assert not page.soup.select("main input[type=file]")


def test_it_is_off_until_one_wants_it_and_works_both_ways(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    post = factories.post(town, cast.rosa)
    assert "Switch it on" in ben.get("/contacts").words
    page = ben.post(f"/posts/{post.id}/contact")
    assert page.status == 422 and "Let others ask you first" in page.words
    assert count(town, RelayThread) == 0


def test_nobody_finds_out_by_asking_whether_somebody_lets_others_ask_or_said_no(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    nora = factories.resident(town, "Nora")
    on(ben, town.browser(nora))
    for author in (cast.rosa, nora):
        post = factories.post(town, author)
        assert ben.post(f"/posts/{post.id}/contact").status == 303
    assert "asks to get in touch" not in rosa.get("/contacts").words + rosa.get("/feed").words
    declined = town.browser(nora).get("/contacts").soup.select_one('form[action$="/decline"]')["action"]
    town.browser(nora).post(declined)
    cards = [card.get_text(" ", strip=True) for card in ben.get("/contacts").soup.select("main section.card")[1:]]
    assert len(cards) == 2
    assert {card.replace("Nora", "").replace("Rosa", "").strip() for card in cards} == {
        "Asked just now. If they want to talk, they will say so."
    }


def test_one_asks_once_about_a_post(town: Town, cast: people.Cast, ben: Browser, rosa: Browser) -> None:
    on(ben, rosa)
    post = factories.post(town, cast.rosa)
    written = factories.comment(town, cast.ben, post)
    ben.post(f"/posts/{post.id}/contact")
    for browser, path in ((ben, f"/posts/{post.id}/contact"), (rosa, f"/comments/{written.id}/contact")):
        page = browser.post(path)
        assert page.status == 422 and "one of you has asked already" in page.words


def test_under_an_alias_one_is_called_so_on_both_sides(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    on(ben, rosa)
    asked, asking = (factories.post(town, cast.rosa, as_neighbour=True) for _time in range(2))
    ben.post(f"/posts/{asked.id}/contact")
    written = factories.comment(town, cast.ben, asking)
    rosa.post(f"/comments/{written.id}/contact")
    for browser in (ben,):
        page = browser.get("/contacts")
        assert page.words.count("A neighbour") == 2 and "Rosa" not in page.text
    accepted = ben.get("/contacts").soup.select_one('form[action$="/accept"]')["action"]
    ben.post(accepted)
    talk = accepted.removesuffix("/accept")
    write(rosa, uuid.UUID(talk.removeprefix("/contacts/")), "It was me.")
    ben.post(f"{talk}/report", {"reason": "Strange."})
    for browser, path in ((ben, talk), (town.browser(cast.mod), "/moderation/contacts")):
        page = browser.get(path)
        assert "It was me." in page.words and "Rosa" not in page.text


def test_who_is_muted_cannot_knock(town: Town, cast: people.Cast, ben: Browser, rosa: Browser) -> None:
    bens = factories.post(town, cast.ben)
    rosa.post(f"/posts/{bens.id}/mute")
    factories.talk(town, cast.ben, cast.rosa, factories.post(town, cast.rosa))
    assert "asks to get in touch" not in rosa.get("/contacts").words
    assert rosa.post(f"/contacts/{thread(town).id}/accept").status == 404


@pytest.mark.parametrize("who", ["ben", "rosa"])
def test_either_ends_it_for_good(town: Town, cast: people.Cast, ben: Browser, rosa: Browser, who: str) -> None:
    talk = opened(town, cast, ben, rosa)
    assert {"ben": ben, "rosa": rosa}[who].post(f"/contacts/{talk}/end").status == 303
    for browser in (ben, rosa):
        assert write(browser, talk).status == 404
        assert "It has ended." in browser.get(f"/contacts/{talk}").words
        assert browser.post(f"/contacts/{talk}/accept").status == browser.post(f"/contacts/{talk}/end").status == 404


def test_nobody_else_reads_or_writes_and_moderators_only_what_was_reported(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    talk = opened(town, cast, ben, rosa)
    write(ben, talk, "Between us.")
    for name, account in (cast.accounts() | {"visitor": None}).items():
        if name in ("ben", "rosa"):
            continue
        browser = town.browser(account)
        assert browser.get(f"/contacts/{talk}").status in (302, 404), name
        assert write(browser, talk).status in (401, 404), name
    mod = town.browser(cast.mod)
    assert "Between us." not in mod.get("/moderation/contacts").text
    rosa.post(f"/contacts/{talk}/report", {"reason": "They insist."})
    page = mod.get("/moderation/contacts")
    assert "Between us." in page.words and "They insist." in page.words
    assert write(ben, talk).status == 404, "a report ends it"
    mod.post(f"/moderation/contacts/{talk}/decide", {"rule": "R5"})
    assert "Between us." not in mod.get("/moderation/contacts").text
    for browser in (ben, rosa):
        assert "found that rule R5 was broken" in browser.get(f"/contacts/{talk}").words
    assert "read what two neighbours wrote" in town.browser().get("/ledger").words


def test_a_moderator_who_is_or_lives_with_one_of_the_two_does_not_decide(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    talk = opened(town, cast, ben, rosa)
    rosa.post(f"/contacts/{talk}/report", {"reason": "They insist."})
    other = town.browser(factories.work_account(town, "moderator", "mod2@maple.example", "Ben"))
    page = other.post(f"/moderation/contacts/{talk}/decide", {"rule": "R5"})
    assert page.status == 303 and thread(town).decided_at is None


def test_what_was_said_is_erased_a_month_after_its_end_unless_somebody_has_to_look(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser
) -> None:
    talk = opened(town, cast, ben, rosa)
    write(ben, talk)
    rosa.post(f"/contacts/{talk}/report", {"reason": "They insist."})
    town.later(days=rules.KEPT_DAYS + 1)
    town.chores()
    assert count(town, RelayMessage) == 1
    with town.acting(cast.mod) as act:
        service.decide(act, talk, None)
    town.chores()
    assert count(town, RelayMessage) == 0
    assert "Shall we meet" not in "\n".join(everything(town)["ledger"])


@pytest.mark.parametrize("body", ["", "  ", "x" * (rules.MOST_MESSAGE + 1)])
def test_a_message_that_cannot_be_comes_back(
    town: Town, cast: people.Cast, ben: Browser, rosa: Browser, body: str
) -> None:
    page = write(ben, opened(town, cast, ben, rosa), body)
    assert page.status == 422 and page.soup.find("textarea").get_text().strip() == body.strip()
    assert count(town, RelayMessage) == 0

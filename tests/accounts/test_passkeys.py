"""Passkeys: the second step of signing in, and everything that is not one."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal import cli
from portal.accounts import queries, rules, service
from portal.accounts.models import Account, Passkey, PasskeyChallenge
from portal.agencies import service as agencies
from portal.audit.models import LedgerEntry
from portal.web import access
from tests import factories, people
from tests.accounts.authenticator import Authenticator, raw, text
from tests.accounts.test_passwords import choose, link_in
from tests.helpers import PASSWORD, SECRET, Browser, Page, Town

ASSERT, ENROL = "/sign-in/passkey", "/account/passkeys/new"
NEW = "four other plain words"


def shows_password(town: Town, account: Account, password: str = PASSWORD) -> Browser:
    """A browser that is half signed in, if this account has a second step."""
    browser = town.browser()
    assert browser.post("/sign-in", {"email": account.email, "password": password}).status == 303
    return browser


def options(browser: Browser, page: str) -> dict[str, Any]:
    """What the page's script is told to ask a device."""
    answer = browser.post(f"{page}/challenge")
    assert answer.status == 200, answer.words
    return json.loads(answer.text)


def enrol(browser: Browser, device: Authenticator, name: str = "My key") -> Page:
    return browser.post(ENROL, {"answer": device.create(options(browser, ENROL)), "name": name})


def answer(browser: Browser, device: Authenticator, page: str = ASSERT) -> Page:
    return browser.post(page, {"answer": device.get(options(browser, ASSERT))})


def with_passkey(town: Town, account: Account) -> Authenticator:
    """The device of an account that has just added its first passkey, and has closed that browser."""
    browser, device = shows_password(town, account), Authenticator()
    if not rules.must_have_passkey(account.kind):
        assert is_signed_in(browser)
    assert enrol(browser, device).status == 303
    return device


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status == 200


def passkeys(town: Town, account: Account) -> list[Passkey]:
    with town.reading() as act:
        return list(queries.passkeys(act, account.id))


def entries(town: Town, kind: str) -> list[LedgerEntry]:
    with town.reading() as act:
        return list(act.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == kind)))


# — The first passkey —


def test_who_speaks_for_an_agency_makes_a_passkey_right_after_the_first_password(town: Town, cast: people.Cast) -> None:
    browser = town.browser()
    page = browser.post("/sign-in", {"email": cast.officer.email, "password": PASSWORD})
    assert (page.status, page.location) == (303, ENROL)
    assert not is_signed_in(browser)
    assert "Add your first passkey" in browser.get(ENROL).words
    page = enrol(browser, Authenticator(), "Work phone")
    assert (page.status, page.location) == (303, "/account/passkeys")
    assert is_signed_in(browser)
    (passkey,) = passkeys(town, cast.officer)
    assert (passkey.name, passkey.transports, passkey.backed_up) == ("Work phone", ["usb"], False)
    assert "Add a second one" in browser.get("/account/passkeys").words
    (entry,) = entries(town, "passkey.added")
    assert (entry.actor_id, entry.subject_id, entry.public) == (cast.officer.id, passkey.id, False)


def test_a_welcome_letter_leads_to_a_password_and_then_to_a_passkey(town: Town) -> None:
    police = factories.agency(town, "maple-police", "police", "Maple Police")
    with town.acting() as act:
        account, letter = service.open_account(
            act, "agency", "new@police.maple.example", "N. Ew", "nobody knows", purpose="welcome"
        )
        agencies.add_member(act, police, account, "Officer")
    assert choose(town, f"/password/reset/{letter.token}").status == 303
    browser = shows_password(town, account, NEW)
    assert not is_signed_in(browser)
    assert enrol(browser, Authenticator()).status == 303
    assert is_signed_in(browser)


def test_everybody_else_signs_in_by_password_and_may_add_a_passkey(town: Town, cast: people.Cast) -> None:
    for account in (cast.rosa, cast.mod, cast.operator, cast.legal, cast.auditor):
        browser = shows_password(town, account)
        assert is_signed_in(browser)
        assert "No passkey yet" in browser.get("/account/passkeys").words
        device = Authenticator()
        assert enrol(browser, device).status == 303
        assert is_signed_in(browser)
        other = shows_password(town, account)
        assert not is_signed_in(other), "once there is one, it is asked for"
        assert answer(other, device).status == 303
        assert is_signed_in(other)


def test_a_first_passkey_ends_the_sessions_that_were_opened_without(town: Town, cast: people.Cast) -> None:
    elsewhere = shows_password(town, cast.mod)
    here = shows_password(town, cast.mod)
    assert enrol(here, Authenticator()).status == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


# — Signing in —


def test_password_and_passkey_together_open_a_session(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = town.browser()
    page = browser.post(
        "/sign-in", {"email": cast.officer.email, "password": PASSWORD, "next": "/agencies/maple-police/posts/new"}
    )
    assert page.location == "/sign-in/passkey?next=/agencies/maple-police/posts/new"
    assert not is_signed_in(browser)
    asked = options(browser, ASSERT)
    assert asked["rpId"] == "localhost"
    assert asked["userVerification"] == "required"
    assert [one["id"] for one in asked["allowCredentials"]] == [text(device.credential_id)]
    shown = browser.get(page.location)
    target = shown.soup.find("input", {"name": "next"})["value"]
    page = browser.post(ASSERT, {"answer": device.get(asked), "next": target})
    assert (page.status, page.location) == (303, "/agencies/maple-police/posts/new")
    assert is_signed_in(browser)
    (passkey,) = passkeys(town, cast.officer)
    assert (passkey.sign_count, passkey.last_used_at) == (device.count, town.clock.now())


def test_a_device_that_keeps_no_count_signs_in_again_and_again(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    for _ in range(2):
        device.count = -1
        assert answer(shows_password(town, cast.officer), device).status == 303


def test_every_new_answer_says_whether_the_passkey_is_copied_to_other_devices(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    device.backed_up = True
    answer(shows_password(town, cast.officer), device)
    assert passkeys(town, cast.officer)[0].backed_up


def refused(town: Town, account: Account, browser: Browser, page: Page, words: str) -> None:
    assert page.status == 422
    assert words in page.words
    assert not is_signed_in(browser)


def test_no_answer_is_no_passkey(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    refused(town, cast.officer, browser, browser.post(ASSERT, {}), "no answer of a passkey")


def test_an_answer_counts_once(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    before = browser.client.get_cookie("porchlight")
    said = device.get(options(browser, ASSERT))
    asked = browser.client.get_cookie("porchlight")
    assert browser.post(ASSERT, {"answer": said}).status == 303
    for cookie in (before, asked):  # who copied the cookie can show it again, and the answer with it
        thief = town.browser()
        thief.client.set_cookie("porchlight", cookie.value)
        refused(town, cast.officer, thief, thief.post(ASSERT, {"answer": said}), "sent twice")
    again = shows_password(town, cast.officer)
    options(again, ASSERT)
    refused(town, cast.officer, again, again.post(ASSERT, {"answer": said}), "could not be accepted")


def test_a_wrong_answer_uses_its_challenge_up(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    asked = options(browser, ASSERT)
    refused(town, cast.officer, browser, browser.post(ASSERT, {"answer": "nonsense"}), "could not be accepted")
    refused(town, cast.officer, browser, browser.post(ASSERT, {"answer": device.get(asked)}), "sent twice")


def test_a_challenge_is_for_five_minutes(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.mod)
    browser = shows_password(town, cast.mod)
    town.later(seconds=10)
    said = device.get(options(browser, ASSERT))
    town.later(minutes=4, seconds=49)
    assert browser.post(ASSERT, {"answer": said}).status == 303
    town.later(minutes=20)
    asked = options(browser, ASSERT)  # signed in, and asked once more
    town.later(minutes=5)
    page = browser.post("/sign-in/again", {"answer": device.get(asked)})
    assert page.status == 422
    assert "too long" in page.words


def test_challenges_that_nobody_answered_are_forgotten(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    for _ in range(3):
        options(shows_password(town, cast.officer), ASSERT)
    town.later(minutes=5)
    options(shows_password(town, cast.officer), ASSERT)
    with town.reading() as act:
        assert len(act.session.scalars(select(PasskeyChallenge)).all()) == 1


def test_a_challenge_is_for_the_session_that_asked(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    first, second = shows_password(town, cast.officer), shows_password(town, cast.officer)
    said = device.get(options(first, ASSERT))
    refused(town, cast.officer, second, second.post(ASSERT, {"answer": said}), "sent twice")
    said = device.get(options(first, ASSERT))
    options(second, ASSERT)
    refused(town, cast.officer, second, second.post(ASSERT, {"answer": said}), "could not be accepted")


def test_a_challenge_for_one_thing_is_none_for_another(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.mod)
    browser = shows_password(town, cast.mod)
    answer(browser, device)
    said = device.get(options(browser, ENROL))
    assert browser.post("/sign-in/again", {"answer": said}).status == 422
    asked = options(browser, ASSERT)
    page = browser.post(ENROL, {"answer": Authenticator().create(asked), "name": "Other"})
    assert page.status == 422
    assert len(passkeys(town, cast.mod)) == 1


def test_another_persons_passkey_opens_nothing(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    captains = with_passkey(town, cast.captain)
    browser = shows_password(town, cast.officer)
    refused(town, cast.officer, browser, answer(browser, captains), "does not belong to this account")


WRONG: dict[str, tuple[Callable[[Authenticator], object], str]] = {
    "from another site": (lambda it: setattr(it, "origin", "https://maple.example.evil"), "could not be accepted"),
    "from another port": (lambda it: setattr(it, "origin", "http://localhost:8001"), "could not be accepted"),
    "from the address as a number": (lambda it: setattr(it, "origin", "http://127.0.0.1:8000"), "could not"),
    "for another host": (lambda it: setattr(it, "host", "maple.example"), "could not be accepted"),
    "of a user who was not verified": (lambda it: setattr(it, "verifies", False), "PIN, your fingerprint"),
}


@pytest.mark.parametrize("how", WRONG)
def test_an_officer_does_not_sign_in_by_an_answer(town: Town, cast: people.Cast, how: str) -> None:
    device = with_passkey(town, cast.officer)
    change, words = WRONG[how]
    change(device)
    browser = shows_password(town, cast.officer)
    refused(town, cast.officer, browser, answer(browser, device), words)


@pytest.mark.parametrize("how", WRONG)
def test_no_passkey_is_made_by_an_answer(town: Town, cast: people.Cast, how: str) -> None:
    device = Authenticator()
    change, words = WRONG[how]
    change(device)
    browser = shows_password(town, cast.officer)
    refused(town, cast.officer, browser, enrol(browser, device), words)
    assert passkeys(town, cast.officer) == []


def test_who_chose_a_passkey_freely_need_not_be_verified_by_it(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.mod)
    device.verifies = False
    assert answer(shows_password(town, cast.mod), device).status == 303


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
def test_one_changed_bit_is_enough_to_be_refused(town: Town, cast: people.Cast, part: str) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    said = json.loads(device.get(options(browser, ASSERT)))
    value = bytearray(raw(said["response"][part]))
    value[-1] ^= 1
    said["response"][part] = text(bytes(value))
    page = browser.post(ASSERT, {"answer": json.dumps(said)})
    refused(town, cast.officer, browser, page, "could not be accepted")


def test_an_answer_of_another_kind_is_refused(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    said = device.get(options(browser, ASSERT), kind="webauthn.create")
    refused(town, cast.officer, browser, browser.post(ASSERT, {"answer": said}), "could not be accepted")


@pytest.mark.parametrize(
    "said", ["{}", "[]", "null", '{"id": 7}', '{"id": "AA", "rawId": "AA", "type": "x", "response": {}}', "{" * 5000]
)
def test_nonsense_is_refused_and_breaks_nothing(town: Town, cast: people.Cast, said: str) -> None:
    with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    options(browser, ASSERT)
    assert browser.post(ASSERT, {"answer": said}).status == 422
    other = shows_password(town, cast.captain)
    options(other, ENROL)
    page = other.post(ENROL, {"answer": said, "name": "x"})
    refused(town, cast.captain, other, page, "could not be accepted")


def test_a_count_that_went_back_tells_of_a_copy(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    answer(shows_password(town, cast.officer), device)
    answer(shows_password(town, cast.officer), device)
    for count in (device.count - 1, 0, -1):
        device.count = count
        browser = shows_password(town, cast.officer)
        refused(town, cast.officer, browser, answer(browser, device), "may have been copied")
    found = entries(town, "passkey.count-went-back")
    assert [(entry.actor_id, entry.public) for entry in found] == [(cast.officer.id, False)] * 3
    assert passkeys(town, cast.officer)[0].sign_count == 2


def test_a_removed_passkey_opens_nothing(town: Town, cast: people.Cast) -> None:
    old = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    answer(browser, old)
    new = Authenticator()
    enrol(browser, new, "New")
    waiting = shows_password(town, cast.officer)
    said = old.get(options(waiting, ASSERT))
    assert browser.post(f"/account/passkeys/{passkeys(town, cast.officer)[0].id}/remove").status == 303
    assert waiting.post(ASSERT, {"answer": said}).status == 303
    assert not is_signed_in(waiting), "its half session ended with the others"
    other = shows_password(town, cast.officer)
    refused(town, cast.officer, other, answer(other, old), "does not belong to this account")
    assert answer(other, new).status == 303


# — Between the password and the passkey —


def pages(town: Town) -> list[str]:
    """Every page of the program, with something in each place of its path."""
    found = []
    for rule in town.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            path = re.sub(r"<uuid:\w+>", "0190f000-0000-7000-8000-000000000000", rule.rule)
            found.append(re.sub(r"<[^>]+>", "maple-police", path))
    return sorted(found)


OWN_PAGES = {ASSERT, ENROL}


@pytest.mark.parametrize("has_one", [True, False], ids=["with a passkey", "before the first"])
def test_half_a_sign_in_opens_nothing(town: Town, cast: people.Cast, has_one: bool) -> None:
    if has_one:
        with_passkey(town, cast.officer)
    half, nobody = shows_password(town, cast.officer), town.browser()

    def said(page: Page) -> tuple[int, str, bool]:
        return page.status, page.location, cast.officer.name in page.text

    walked = pages(town)
    assert len(walked) > 60
    for path in walked:
        got, wanted = (said(browser.get(path)) for browser in (half, nobody))
        if path in OWN_PAGES:
            assert got[0] in (200, 302, 303)
        else:
            assert got == wanted, path
    declared = access.rules(town.app)
    for rule in town.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and "visitor" not in declared[rule.endpoint] and "<" not in rule.rule:
            assert half.post(rule.rule).status == 401, rule.rule
    assert not is_signed_in(half)


def test_half_a_sign_in_lasts_five_minutes(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser, other = shows_password(town, cast.officer), shows_password(town, cast.captain)
    town.later(minutes=4, seconds=59)
    assert browser.get(ASSERT).status == 200
    assert other.get(ENROL).status == 200
    said = device.get(options(browser, ASSERT))
    town.later(seconds=1)
    for half, path in ((browser, ASSERT), (other, ENROL)):
        assert half.get(path).location.startswith("/sign-in")
        assert half.post(f"{path}/challenge").status == 401
    assert browser.post(ASSERT, {"answer": said}).location == "/sign-in"
    assert not is_signed_in(browser)
    assert "longer than five minutes" in browser.get("/sign-in").words


def test_half_a_sign_in_adds_no_passkey_where_one_is(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    half = shows_password(town, cast.officer)
    assert half.get(ENROL).status == 302
    assert half.post(f"{ENROL}/challenge").status == 401
    assert half.post(ENROL, {"answer": "x", "name": "x"}).status == 303
    assert half.post("/sign-in/again", {"password": PASSWORD}).status == 401


def test_of_two_who_make_the_first_passkey_at_once_one_does(town: Town, cast: people.Cast) -> None:
    first, second = shows_password(town, cast.officer), shows_password(town, cast.officer)
    late = Authenticator().create(options(second, ENROL))
    assert enrol(first, Authenticator()).status == 303
    assert second.post(ENROL, {"answer": late, "name": "x"}).status == 303
    assert not is_signed_in(second)
    assert len(passkeys(town, cast.officer)) == 1


def test_half_a_sign_in_ends_a_session_that_was_there(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    browser = shows_password(town, cast.rosa)
    browser.post("/sign-in", {"email": cast.officer.email, "password": PASSWORD})
    assert not is_signed_in(browser)


def test_signing_out_ends_half_a_sign_in(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    browser.post("/sign-out")
    assert browser.get(ASSERT).location == "/sign-in"


def test_a_new_password_by_mail_is_no_way_around_the_passkey(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    half = shows_password(town, cast.officer)
    town.browser().post("/password/forgotten", {"email": cast.officer.email})
    assert choose(town, link_in(town, cast.officer.email)).status == 303
    assert half.get(ASSERT).status == 302, "half a session ends as a whole one does"
    browser = shows_password(town, cast.officer, NEW)
    assert not is_signed_in(browser)
    assert browser.get(ENROL).status == 302
    assert answer(browser, device).status == 303


# — A demonstration —


def test_in_a_demonstration_anybody_goes_on_without_a_passkey(town: Town, cast: people.Cast) -> None:
    demo = Town(town.here.settings.data, demo=True)
    for has_one in (False, True):
        if has_one:
            with_passkey(town, cast.officer)
        browser = shows_password(demo, cast.officer)
        page = browser.get(ASSERT if has_one else ENROL)
        assert "only in this demonstration" in page.words
        assert not is_signed_in(browser)
        page = browser.post("/sign-in/passkey/without", {"next": "/agencies/mine"})
        assert (page.status, page.location) == (303, "/agencies/mine")
        assert is_signed_in(browser)
    assert demo.browser().post("/sign-in/passkey/without").location == "/sign-in"
    demo.here.database.engine.dispose()


def test_outside_a_demonstration_nobody_does(town: Town, cast: people.Cast) -> None:
    for has_one in (False, True):
        if has_one:
            with_passkey(town, cast.officer)
        browser = shows_password(town, cast.officer)
        page = browser.get(ASSERT if has_one else ENROL)
        assert page.status == 200
        assert "demonstration" not in page.words
        assert browser.post("/sign-in/passkey/without").status == 404
        assert not is_signed_in(browser)


# — Looking after them —


def test_passkeys_are_listed_renamed_added_and_removed(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    browser = town.browser()
    assert browser.get("/account/passkeys").status == 302
    browser = shows_password(town, cast.captain)
    first, second = Authenticator(), Authenticator(backed_up=True)
    enrol(browser, first, "Phone")
    assert enrol(browser, second, "Key <in> drawer").status == 303
    page = browser.get("/account/passkeys")
    assert [tag.get_text() for tag in page.soup.select(".card__title")] == ["Phone", "Key <in> drawer"]
    assert "Copied to your devices" in page.words and "On this one device" in page.words
    assert "Add a second one" not in page.words
    phone, key = passkeys(town, cast.captain)
    assert browser.post(f"/account/passkeys/{phone.id}/rename", {"name": " Work phone "}).status == 303
    assert passkeys(town, cast.captain)[0].name == "Work phone"
    for bad, words in (("", "fill this in"), ("x" * 61, "At most 60")):
        page = browser.post(f"/account/passkeys/{phone.id}/rename", {"name": bad})
        assert page.status == 422
        assert words in page.words
    assert browser.post(f"/account/passkeys/{key.id}/remove").status == 303
    assert [one.id for one in passkeys(town, cast.captain)] == [phone.id]
    assert "Work phone" in browser.get("/account/passkeys").words
    for kind in ("passkey.renamed", "passkey.removed"):
        (entry,) = entries(town, kind)
        assert (entry.actor_id, entry.public) == (cast.captain.id, False)


def test_a_passkey_of_somebody_else_is_not_there(town: Town, cast: people.Cast) -> None:
    with_passkey(town, cast.officer)
    (theirs,) = passkeys(town, cast.officer)
    browser = shows_password(town, cast.rosa)
    for act in ("rename", "remove"):
        assert browser.post(f"/account/passkeys/{theirs.id}/{act}", {"name": "x"}).status == 404
    assert passkeys(town, cast.officer)[0].name == "My key"


def test_the_last_passkey_of_who_speaks_for_an_agency_stays(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    answer(browser, device)
    (only,) = passkeys(town, cast.officer)
    assert "Remove" not in browser.get("/account/passkeys").words
    page = browser.post(f"/account/passkeys/{only.id}/remove")
    assert page.status == 422
    assert "Add another first" in page.words
    assert len(passkeys(town, cast.officer)) == 1
    assert is_signed_in(browser)


def test_everybody_else_may_go_back_to_the_password_alone(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.mod)
    browser = shows_password(town, cast.mod)
    answer(browser, device)
    assert browser.post(f"/account/passkeys/{passkeys(town, cast.mod)[0].id}/remove").status == 303
    assert is_signed_in(shows_password(town, cast.mod))


def test_removing_a_passkey_ends_all_other_sessions(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    here, elsewhere = shows_password(town, cast.officer), shows_password(town, cast.officer)
    for browser in (here, elsewhere):
        answer(browser, device)
    enrol(here, Authenticator(), "Other")
    assert is_signed_in(elsewhere), "one more ends nothing"
    here.post(f"/account/passkeys/{passkeys(town, cast.officer)[0].id}/remove")
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_the_same_device_is_not_added_twice_and_nobody_elses(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    answer(browser, device)
    assert [one["id"] for one in options(browser, ENROL)["excludeCredentials"]] == [text(device.credential_id)]
    for person in (browser, shows_password(town, cast.captain)):
        page = enrol(person, device)
        assert page.status == 422
        assert "in use already" in page.words
    assert passkeys(town, cast.captain) == []


def test_there_are_ten_passkeys_at_most(town: Town, cast: people.Cast) -> None:
    browser = shows_password(town, cast.officer)
    for _ in range(rules.PASSKEYS_MOST):
        assert enrol(browser, Authenticator()).status == 303
    assert "Add another" not in browser.get("/account/passkeys").words
    page = enrol(browser, Authenticator())
    assert page.status == 422
    assert "10 passkeys" in page.words


def test_passkeys_change_only_soon_after_their_person_was_there(town: Town, cast: people.Cast) -> None:
    device = with_passkey(town, cast.officer)
    browser = shows_password(town, cast.officer)
    answer(browser, device)
    enrol(browser, Authenticator(), "Other")
    first, _second = passkeys(town, cast.officer)
    town.later(minutes=9, seconds=59)
    assert browser.get(ENROL).status == 200
    town.later(seconds=1)
    page = browser.get(ENROL)
    assert (page.status, page.location) == (303, f"/sign-in/again?next={ENROL}")
    assert browser.post(f"{ENROL}/challenge").status == 401
    assert browser.post(ENROL, {"answer": "x", "name": "x"}).location.startswith("/sign-in/again")
    assert browser.post(f"/account/passkeys/{first.id}/remove").location.startswith("/sign-in/again")
    assert len(passkeys(town, cast.officer)) == 2
    page = browser.post("/sign-in/again", {"password": PASSWORD})
    assert page.status == 422, "who has a passkey shows it: the password alone is no proof any more"
    said = device.get(options(browser, ASSERT))
    page = browser.post("/sign-in/again", {"answer": said, "next": ENROL})
    assert (page.status, page.location) == (303, ENROL)
    assert browser.get(ENROL).status == 200
    assert browser.post(f"/account/passkeys/{first.id}/remove").status == 303
    assert len(passkeys(town, cast.officer)) == 1


def test_who_has_no_passkey_yet_shows_the_password_once_more(town: Town, cast: people.Cast) -> None:
    browser = shows_password(town, cast.mod)
    town.later(hours=1)
    assert browser.get(ENROL).location == f"/sign-in/again?next={ENROL}"
    page = browser.post("/sign-in/again", {"password": "wrong", "next": ENROL})
    assert page.status == 422
    assert browser.get(ENROL).status == 303
    assert browser.post("/sign-in/again", {"password": PASSWORD, "next": ENROL}).location == ENROL
    assert browser.get(ENROL).status == 200


# — When all are lost —


def reset(town: Town, monkeypatch: pytest.MonkeyPatch, email: str, reason: str = "Lost her phone") -> Any:
    monkeypatch.setenv("PORCHLIGHT_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORCHLIGHT_DATA", str(town.here.settings.data))
    return CliRunner().invoke(cli.porchlight, ["account", "reset-passkeys", "--email", email, "--reason", reason])


def test_an_operator_lets_an_officer_begin_anew(town: Town, cast: people.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = with_passkey(town, cast.officer)
    session, half = shows_password(town, cast.officer), shows_password(town, cast.officer)
    answer(session, lost)
    done = reset(town, monkeypatch, f" {cast.officer.email.upper()} ")
    assert done.exit_code == 0, done.output
    assert passkeys(town, cast.officer) == []
    assert not is_signed_in(session)
    assert half.get(ASSERT).status == 302
    assert town.browser().post("/sign-in", {"email": cast.officer.email, "password": PASSWORD}).status == 422, (
        "the old password would now be enough to add a passkey"
    )
    (letter,) = town.letters(cast.officer.email)
    assert "taken away your passkeys" in letter.body
    assert choose(town, link_in(town, cast.officer.email)).status == 303
    browser = shows_password(town, cast.officer, NEW)
    assert not is_signed_in(browser)
    assert enrol(browser, Authenticator()).status == 303
    (entry,) = entries(town, "passkeys.reset")
    assert entry.facts == {"name": cast.officer.name, "reason": "Lost her phone"}
    ledger = town.browser().get("/ledger").words
    assert f"took away the passkeys of {cast.officer.name}" in ledger and "Lost her phone" in ledger


def test_the_ledger_names_no_neighbour_who_begins_anew(
    town: Town, cast: people.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in (cast.rosa, cast.mod):
        with_passkey(town, account)
        assert reset(town, monkeypatch, account.email).exit_code == 0
    theirs, works = entries(town, "passkeys.reset-unnamed")
    assert (theirs.public, theirs.facts) == (False, {})
    assert (works.public, works.facts) == (True, {"kind": "moderator", "reason": "Lost her phone"})


def test_a_reset_that_cannot_be_says_why(town: Town, cast: people.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    done = reset(town, monkeypatch, cast.officer.email, "  ")
    assert done.exit_code != 0 and "--reason" in done.output
    done = reset(town, monkeypatch, "nobody@maple.example")
    assert done.exit_code != 0
    assert entries(town, "passkeys.reset") == []
    assert entries(town, "passkeys.reset-unnamed") == []

"""Signing in and out, and what a session is."""

import re

from portal.accounts import service
from portal.accounts.models import Account
from tests import factories, people
from tests.factories import _hash
from tests.helpers import PASSWORD, Browser, Page, Town

NEW = "four other plain words"


def sign_in(browser: Browser, email: str, password: str = PASSWORD) -> Page:
    return browser.post("/sign-in", {"email": email, "password": password})


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status == 200


def test_every_kind_of_account_signs_in_and_out(town: Town) -> None:
    cast = people.everybody(town)
    one_of_each = (cast.rosa, cast.officer, cast.mod, cast.operator, cast.legal, cast.auditor)
    assert len({account.kind for account in one_of_each}) == 6
    for account in one_of_each:
        browser = town.browser()
        assert sign_in(browser, account.email).status == 303
        if account.kind == "agency":  # the password is half of it: tests/accounts/test_passkeys.py
            assert not is_signed_in(browser)
            browser = town.browser(account)
        assert account.name in browser.get("/account").words
        page = browser.post("/sign-out")
        assert (page.status, page.location) == (303, "/")
        assert not is_signed_in(browser)


def test_case_and_spaces_in_an_address_do_not_matter(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    assert sign_in(town.browser(), f"  {rosa.email.upper()} ").status == 303


def test_who_has_not_confirmed_the_address_is_told_so_and_stays_out(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    with town.acting() as act:
        service.open_account(act, "resident", "new@maple.example", "New", _hash, rosa.household_id)
    browser = town.browser()
    page = sign_in(browser, "new@maple.example")
    assert page.status == 422
    assert "confirm your address first" in page.words
    assert not is_signed_in(browser)
    assert "confirm your address" not in sign_in(browser, "new@maple.example", "wrong password").words


def test_a_wrong_password_and_an_unknown_address_look_the_same(town: Town) -> None:
    factories.resident(town, "Rosa")
    pages = []
    for email in ("rosa@maple.example", "nobody@maple.example"):
        browser = town.browser()
        page = sign_in(browser, email, "wrong password")
        assert page.status == 422
        assert "do not match" in page.words
        assert not is_signed_in(browser)
        text = re.sub(r'(csrf_token" type="hidden" value|X-CSRFToken": )[="]+[^"]+', "", page.text)
        pages.append(text.replace(email, "ADDRESS"))
    assert pages[0] == pages[1]


def test_an_empty_form_asks_for_both(town: Town) -> None:
    page = sign_in(town.browser(), "", "")
    assert page.status == 422
    assert page.words.count("Please fill this in") >= 2


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    here, elsewhere = town.browser(), town.browser()
    for browser in (here, elsewhere):
        sign_in(browser, rosa.email)
    page = here.post("/account/password", {"old": PASSWORD, "password": NEW, "again": NEW})
    assert page.status == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert sign_in(town.browser(), rosa.email).status == 422
    assert sign_in(town.browser(), rosa.email, NEW).status == 303


def test_a_password_change_that_cannot_be_says_why_and_changes_nothing(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    browser = town.browser(rosa)
    wrong = [
        ({"old": "wrong", "password": NEW, "again": NEW}, "not your present password"),
        ({"old": PASSWORD, "password": NEW, "again": NEW + "!"}, "two passwords differ"),
        ({"old": PASSWORD, "password": "short", "again": "short"}, "At least 10 characters"),
        ({"old": PASSWORD, "password": "rosa" * 3, "again": "rosa" * 3}, "too easy to guess"),
        ({"old": "", "password": NEW, "again": NEW}, "fill this in"),
    ]
    for typed, words in wrong:
        page = browser.post("/account/password", typed)
        assert page.status == 422
        assert words in page.words
    assert is_signed_in(browser)
    with town.reading() as act:
        now = act.session.get_one(Account, rosa.id)
        assert (now.password_hash, now.session_key) == (rosa.password_hash, rosa.session_key)


def test_all_other_sessions_can_be_ended_at_once(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    here, elsewhere = town.browser(rosa), town.browser(rosa)
    assert here.post("/account/sessions/end").status == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_what_is_stored_is_an_argon2id_hash(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    assert rosa.password_hash.startswith("$argon2id$")
    assert PASSWORD not in rosa.password_hash


def test_a_session_cookie_is_for_this_site_and_for_no_script(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")

    def cookie(of: Town, base_url: str) -> str:
        client = of.app.test_client()
        page = client.get("/sign-in", base_url=base_url).text
        token = re.search(r'"X-CSRFToken": "([^"]+)"', page)
        answer = client.post(
            "/sign-in",
            data={"email": rosa.email, "password": PASSWORD, "csrf_token": token[1] if token else ""},
            base_url=base_url,
            headers={"Referer": f"{base_url}/sign-in"},
        )
        assert answer.status_code == 303
        return answer.headers["Set-Cookie"]

    plain = cookie(town, "http://127.0.0.1:8000")
    assert plain.startswith("porchlight=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    secure = Town(town.here.settings.data, base_url="https://maple.example")
    assert "Secure" in cookie(secure, "https://maple.example")
    secure.here.database.engine.dispose()


def test_a_forged_cookie_opens_nothing(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    client = town.app.test_client()
    client.set_cookie("porchlight", "eyJfdXNlcl9pZCI6ICIxIn0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert client.get("/account").status_code == 302
    client.set_cookie("porchlight", rosa.session_key)
    assert client.get("/account").status_code == 302


def test_nobody_signs_in_twice_under_another_name_without_signing_out_of_the_first(town: Town) -> None:
    cast = people.everybody(town)
    browser = town.browser(cast.rosa)
    sign_in(browser, cast.ben.email)
    assert "Ben" in browser.get("/account").words
    assert "rosa@" not in browser.get("/account").text

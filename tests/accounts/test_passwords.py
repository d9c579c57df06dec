"""A forgotten password, and a work account's first one: one letter, one link, once."""

from urllib.parse import urlsplit

from portal.accounts import service
from portal.accounts.models import Account
from tests import factories
from tests.helpers import PASSWORD, Page, Town

NEW = "four other plain words"


def ask(town: Town, email: str) -> Page:
    return town.browser().post("/password/forgotten", {"email": email})


def link_in(town: Town, email: str) -> str:
    (link,) = [word for word in town.letters(email)[-1].body.split() if word.startswith("http")]
    return urlsplit(link).path


def choose(town: Town, link: str, password: str = NEW) -> Page:
    return town.browser().post(link, {"password": password, "again": password})


def signs_in(town: Town, email: str, password: str) -> bool:
    return town.browser().post("/sign-in", {"email": email, "password": password}).status == 303


def test_a_forgotten_password_is_replaced_by_a_link_that_ends_all_sessions(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    elsewhere = town.browser(rosa)
    ask(town, rosa.email)
    page = choose(town, link_in(town, rosa.email))
    assert (page.status, page.location) == (303, "/sign-in")
    assert elsewhere.get("/account").status == 302
    assert not signs_in(town, rosa.email, PASSWORD)
    assert signs_in(town, rosa.email, NEW)


def test_the_page_is_the_same_for_an_unknown_address(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    with town.acting() as act:
        service.open_account(act, "resident", "new@maple.example", "New", "hash", rosa.household_id)
    said = {
        ask(town, email).words.replace(email, "X") for email in (rosa.email, "no@maple.example", "new@maple.example")
    }
    assert len(said) == 1
    assert town.letters("no@maple.example") == []
    assert town.letters("new@maple.example") == [], "an unconfirmed address is confirmed first"
    assert len(town.letters(rosa.email)) == 1


def test_the_link_works_once(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    link = link_in(town, rosa.email)
    assert choose(town, link).status == 303
    for page in (choose(town, link, "yet another password"), town.browser().get(link)):
        assert page.status == 422
        assert "has been used or is too old" in page.words
    assert signs_in(town, rosa.email, NEW)


def test_the_link_lasts_an_hour(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    link = link_in(town, rosa.email)
    town.later(minutes=59)
    assert town.browser().get(link).status == 200
    town.later(minutes=1)
    assert choose(town, link).status == 422
    assert signs_in(town, rosa.email, PASSWORD)


def test_opening_the_link_changes_nothing(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    browser = town.browser(rosa)
    for _ in range(3):
        assert town.browser().get(link_in(town, rosa.email)).status == 200
    assert browser.get("/account").status == 200
    assert choose(town, link_in(town, rosa.email)).status == 303


def test_the_newest_link_alone_works(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    first = link_in(town, rosa.email)
    town.later(minutes=1)
    ask(town, rosa.email)
    assert choose(town, first).status == 422
    assert choose(town, link_in(town, rosa.email)).status == 303


def test_a_changed_password_makes_the_link_in_an_old_letter_useless(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    link = link_in(town, rosa.email)
    town.browser(rosa).post("/account/password", {"old": PASSWORD, "password": NEW, "again": NEW})
    assert choose(town, link, "the finder's own words").status == 422


def test_a_weak_password_is_refused_and_the_link_still_works(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    link = link_in(town, rosa.email)
    for weak, words in (("short", "At least 10"), ("rosa" * 3, "too easy to guess"), ("x" * 201, "At most 200")):
        page = choose(town, link, weak)
        assert page.status == 422
        assert words in page.words
    assert choose(town, link).status == 303


def test_a_confirmation_link_sets_no_password_and_a_reset_link_confirms_nothing_else(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    token = link_in(town, rosa.email).rsplit("/", 1)[1]
    assert town.browser().post(f"/confirm/{token}").status == 422
    with town.acting() as act:
        _account, letter = service.open_account(act, "resident", "new@maple.example", "New", "hash", rosa.household_id)
    assert choose(town, f"/password/reset/{letter.token}").status == 422


def test_a_work_account_begins_with_a_letter_good_for_seven_days(town: Town) -> None:
    with town.acting() as act:
        account, letter = service.open_account(
            act, "moderator", "m@maple.example", "M", "nobody knows", purpose="welcome"
        )
    town.later(days=6, hours=23)
    assert choose(town, f"/password/reset/{letter.token}").status == 303
    assert signs_in(town, "m@maple.example", NEW)
    with town.reading() as act:
        assert act.session.get_one(Account, account.id).confirmed_at == town.clock.now(), "the link came by mail"


def test_a_letter_says_nothing_in_its_subject_and_nothing_after_it_was_sent(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    ask(town, rosa.email)
    (letter,) = town.letters(rosa.email)
    assert "Rosa" not in letter.subject
    assert "/password/reset/" in letter.body
    town.work()
    (sent,) = town.letters(rosa.email)
    assert (sent.state, sent.body) == ("done", "")
    (file,) = (town.here.settings.data / "outbox").iterdir()
    assert "/password/reset/" in file.read_text().replace("=\n", "")

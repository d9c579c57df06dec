"""Letters about alerts, the daily digest, quiet hours, and the ways to stop them."""

import email
import email.policy
import re
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from portal.alerts.models import AlertRule
from portal.feed.models import CATEGORIES
from portal.mail import Mail
from tests import factories as make
from tests.alerts.tools import letters, tell, wish
from tests.helpers import Town
from tests.people import Cast


def parsed(letter: str) -> EmailMessage:
    return email.message_from_string(letter, policy=email.policy.default)  # type: ignore[return-value]


def stop_link(letter: str) -> str:
    """The path in a letter's List-Unsubscribe header."""
    found = re.search(r"^List-Unsubscribe: <http://127\.0\.0\.1:8000(/alerts/unsubscribe/\S+)>$", letter, re.MULTILINE)
    assert found, "in one piece, as mail programs read it"
    return found[1]


def mail_rules(town: Town, cast: Cast) -> list[bool]:
    with town.reading() as act:
        query = select(AlertRule).where(AlertRule.account_id == cast.ben.id, AlertRule.miles == 5.0)
        return [rule.by_mail for rule in act.session.scalars(query)]


# — Letters —


def test_a_letter_says_that_something_is_new_and_where_to_look(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    make.post(town, cast.rosa)
    tell(town)
    (letter,) = letters(town, cast.ben)
    message = parsed(letter)
    assert message["Subject"] == "There is something new near you · Maple"
    assert message["To"] == "ben@maple.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] is None
    body = message.get_content()
    assert body.startswith("Hello Ben,\n")
    for path in ("/alerts", "/alerts/settings", stop_link(letter)):
        assert f"http://127.0.0.1:8000{path}\n" in body
        assert town.browser(cast.ben).get(path).status == 200, "and each of its links leads somewhere"


def test_what_is_due_together_leaves_as_one_letter(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True, quiet=("11:00", "13:00"))
    for _ in range(4):
        make.post(town, cast.rosa)
        tell(town)
    assert not letters(town, cast.ben)
    town.later(minutes=59)
    town.work()
    assert not letters(town, cast.ben), "quiet until one o'clock"
    town.later(minutes=1)
    town.work()
    assert len(letters(town, cast.ben)) == 1


def test_quiet_hours_hold_nothing_back_from_the_inbox(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True, quiet=("11:00", "13:00"))
    make.post(town, cast.rosa)
    tell(town)
    assert "New near you: Safety" in town.browser(cast.ben).get("/alerts").words


def test_a_letter_that_has_left_keeps_no_key_in_the_database(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    make.post(town, cast.rosa)
    tell(town)
    with town.reading() as act:
        row = act.session.scalars(select(Mail).where(Mail.recipient == cast.ben.email)).one()
        assert (row.state, row.body, row.headers) == ("done", "", {})


def test_answers_have_a_subject_of_their_own(town: Town, cast: Cast) -> None:
    wish(town, cast.rosa, "answers", by_mail=True)
    make.comment(town, cast.ben, make.post(town, cast.rosa))
    tell(town)
    (letter,) = letters(town, cast.rosa)
    assert parsed(letter)["Subject"] == "There is an answer for you · Maple"


# — Stopping them (RFC 2369, RFC 8058) —


def test_a_mail_programs_own_button_stops_letters_without_session_or_token(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True, in_digest=True)
    make.post(town, cast.rosa)
    tell(town)
    (letter,) = letters(town, cast.ben)
    assert parsed(letter)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _again in range(2):
        answer = town.app.test_client().post(stop_link(letter), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "You get no more alerts by mail." in answer.text
        assert mail_rules(town, cast) == [False]
    make.post(town, cast.rosa)
    tell(town)
    assert len(letters(town, cast.ben)) == 1
    with town.reading() as act:
        rules = act.session.scalars(select(AlertRule).where(AlertRule.account_id == cast.ben.id, AlertRule.in_digest))
        assert rules.all(), "the digest is a kind of its own"


def test_opening_the_link_changes_nothing_and_its_button_does(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    make.post(town, cast.rosa)
    tell(town)
    link = stop_link(letters(town, cast.ben)[0])
    for account in (None, cast.ben, cast.officer):
        page = town.browser(account).get(link)
        assert page.status == 200 and page.soup.find("main").find("button"), "also for who is not signed in"
    assert mail_rules(town, cast) == [True]
    assert "Done" in town.browser().post(link).words
    assert mail_rules(town, cast) == [False]


def test_a_link_that_is_not_ours_stops_nothing(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    for method in ("get", "post"):
        page = getattr(town.browser(), method)("/alerts/unsubscribe/made-up")
        assert page.status == 422 and "not complete" in page.words
    assert mail_rules(town, cast) == [True]


# — The daily digest —


@pytest.fixture
def digest(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, in_digest=True)


def at(town: Town, hours: float) -> None:
    town.later(hours=hours)
    town.chores()
    town.work()


def test_a_digest_counts_and_tells_nothing_else(town: Town, cast: Cast, digest: None) -> None:
    for category in ("pet", "pet", "crime"):
        make.post(town, cast.rosa, "Three car doors", category=category)
    tell(town)
    at(town, 5)
    assert not letters(town, cast.ben), "its hour is six in the evening"
    at(town, 1)
    (letter,) = letters(town, cast.ben)
    message = parsed(letter)
    assert message["Subject"] == "Your day in the neighbourhood · Maple"
    body = message.get_content()
    assert "3 new posts near you:" in body and "Crime: 1" in body and "Lost & found pet: 2" in body
    assert "Safety" not in body and "car doors" not in letter and "Maple Street" not in letter
    link = stop_link(letter)
    town.app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
    assert "You get no more daily digests." in town.browser().post(link).words


def test_it_comes_once_a_day_and_tells_nothing_twice(town: Town, cast: Cast, digest: None) -> None:
    make.post(town, cast.rosa)
    tell(town)
    for _ in range(3):
        at(town, 6)
    assert len(letters(town, cast.ben)) == 1
    at(town, 12)
    assert len(letters(town, cast.ben)) == 1, "nothing was new"
    make.post(town, cast.rosa)
    tell(town)
    at(town, 24)
    assert len(letters(town, cast.ben)) == 2


def test_it_comes_at_the_hour_that_its_reader_chose(town: Town, cast: Cast, digest: None) -> None:
    page = town.browser(cast.ben).post("/alerts/digest", {"hour": "20"})
    assert page.status == 303
    make.post(town, cast.rosa)
    tell(town)
    at(town, 7.9)
    assert not letters(town, cast.ben)
    at(town, 0.1)
    assert len(letters(town, cast.ben)) == 1


def test_who_asks_after_its_hour_gets_it_tomorrow(town: Town, cast: Cast) -> None:
    town.later(hours=7)
    wish(town, cast.ben, in_digest=True)
    make.post(town, cast.rosa)
    tell(town)
    at(town, 1)
    assert not letters(town, cast.ben)
    at(town, 22)
    assert len(letters(town, cast.ben)) == 1


def test_the_digest_leaves_out_what_is_gone_by_then(town: Town, cast: Cast, digest: None) -> None:
    from portal.feed import service as feed

    post = make.post(town, cast.rosa)
    tell(town)
    with town.acting(cast.rosa) as act:
        feed.delete_post(act, post.id)
    at(town, 6)
    assert not letters(town, cast.ben)


def test_each_category_has_its_words_in_a_digest() -> None:
    from portal.alerts.jobs import _counted

    assert len(_counted(dict.fromkeys(CATEGORIES, 1))) == len(CATEGORIES) + 2

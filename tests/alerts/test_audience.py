"""Who is told of a neighbours' post: by no way anybody who may not read it, and no agency by any way at all."""

import json
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.alerts.models import Delivery, Notice
from portal.db import NotFound
from portal.feed import service as feed
from portal.mail import Mail
from portal.neighbourhoods import service as places
from tests import factories as make
from tests.alerts.tools import BrowserKeys, PushService, inbox, letters, notices, subscribe, tell, wish
from tests.helpers import Town
from tests.people import Cast, everybody

WORDS = "Somebody tried three car doors"
RESIDENTS = ("rosa", "ben", "faye")
WORKERS = ("officer", "captain", "clerk", "mod", "operator", "legal", "auditor")


def everything_on(town: Town, cast: Cast, pushes: PushService) -> dict[str, BrowserKeys]:
    """Every resident wants to know everything by every way."""
    keys = {}
    for name in RESIDENTS:
        account = getattr(cast, name)
        keys[name] = BrowserKeys()
        subscribe(town, account, pushes, keys[name], name)
        for about in ("posts", "answers"):
            wish(town, account, about, by_mail=True, by_push=True, in_digest=about == "posts")
        wish(town, account, "devices", kinds=("ring",), by_mail=True, by_push=True)
    return keys


def told(town: Town, cast: Cast, pushes: PushService) -> dict[str, set[str]]:
    """Way -> the names of those who were told by it, all that leaves having left, the digest too."""
    tell(town)
    ways: dict[str, set[str]] = {
        "inbox": {name for name, account in cast.accounts().items() if notices(town, account)},
        "push": {path.rpartition("/")[2] for path, _headers, _body in pushes.got},
        "mail": {name for name, account in cast.accounts().items() if letters(town, account)},
    }
    seen = {name: len(letters(town, account)) for name, account in cast.accounts().items()}
    town.later(hours=9)
    town.chores()
    town.work()
    ways["digest"] = {name for name, account in cast.accounts().items() if len(letters(town, account)) > seen[name]}
    return ways


def test_a_neighbours_post_is_told_to_residents_in_reach_alone(push_town: Town, pushes: PushService) -> None:
    cast = everybody(push_town)
    everything_on(push_town, cast, pushes)
    make.post(push_town, cast.rosa, WORDS)
    assert told(push_town, cast, pushes) == {
        "inbox": {"ben"},
        "push": {"ben"},
        "mail": {"ben"},
        "digest": {"ben"},
    }


def test_a_post_for_everyone_is_no_reason_either_to_write_to_an_agency(push_town: Town, pushes: PushService) -> None:
    cast = everybody(push_town)
    everything_on(push_town, cast, pushes)
    make.post(push_town, cast.rosa, WORDS, audience="everyone")
    for people in told(push_town, cast, pushes).values():
        assert people == {"ben"}, "within the miles that somebody wished, and nobody who works here"


def test_no_letter_is_ever_addressed_to_anybody_but_a_resident(push_town: Town, pushes: PushService) -> None:
    cast = everybody(push_town)
    everything_on(push_town, cast, pushes)
    post = make.post(push_town, cast.rosa, WORDS)
    make.comment(push_town, cast.ben, post, "I saw that too")
    make.agency_post(push_town, cast.officer, "maple-police")
    told(push_town, cast, pushes)
    with push_town.reading() as act:
        written = set(act.session.scalars(select(Mail.recipient)))
    assert written == {getattr(cast, name).email for name in ("rosa", "ben")}
    for name in WORKERS:
        assert not letters(push_town, getattr(cast, name))


@pytest.mark.parametrize("table", ["alert_rule", "notice", "push_subscription", "delivery"])
def test_the_database_itself_holds_alerts_of_residents_only(town: Town, cast: Cast, table: str) -> None:
    values: dict[str, Any] = {
        "alert_rule": {"about": "answers", "kinds": "[]", "by_mail": 1, "by_push": 0, "in_digest": 0},
        "notice": {"seq": 1, "kind": "post", "source": "x", "in_digest": 0, "made_at": "2026-05-14"},
        "push_subscription": {"endpoint": "x", "p256dh": "x", "auth": "x", "made_at": "2026-05-14"},
        "delivery": {"channel": "mail", "state": "waiting", "attempts": 0, "lease_until": "2026-05-14"},
    }[table] | {"id": "0" * 32}
    if table == "alert_rule":
        values |= {"quiet_from": "00:00", "quiet_until": "00:00", "made_at": "2026-05-14"}

    def insert(account_id: str) -> None:
        names = ", ".join(values)
        with town.acting() as act:
            act.session.execute(
                text(
                    f"INSERT INTO {table} (account_id, {names}) VALUES (:account, {', '.join(f':{n}' for n in values)})"
                ),
                values | {"account": account_id},
            )

    insert(cast.ben.id.hex)
    for who in WORKERS:
        account = getattr(cast, who)
        with pytest.raises(IntegrityError, match="residents only"):
            insert(account.id.hex)
        with pytest.raises(IntegrityError, match="residents only"), town.acting() as act:
            act.session.execute(text(f"UPDATE {table} SET account_id = :id"), {"id": account.id.hex})


# — What happens between —


def hide(town: Town, cast: Cast, post: Any) -> None:
    with town.acting() as act:
        feed.hide(act, act.session.get_one(type(post), post.id))


def remove(town: Town, cast: Cast, post: Any) -> None:
    with town.acting() as act:
        feed.remove_post(act, act.session.get_one(type(post), post.id), "R5")


def delete(town: Town, cast: Cast, post: Any) -> None:
    with town.acting(cast.rosa) as act:
        feed.delete_post(act, post.id)


def move_away(town: Town, cast: Cast, post: Any) -> None:
    far = make.street(town, "Far Lane", make.FAR)
    with town.acting() as act:
        places.place_home(act, cast.ben.household_id, far, *make.FAR)


@pytest.mark.parametrize("happens", [hide, remove, delete, move_away])
def test_what_is_out_of_sight_before_it_leaves_does_not_leave_and_its_notice_says_nothing(
    push_town: Town, pushes: PushService, happens: Any
) -> None:
    town, cast = push_town, everybody(push_town)
    subscribe(town, cast.ben, pushes, BrowserKeys())
    wish(town, cast.ben, by_mail=True, by_push=True, in_digest=True, quiet=("11:00", "13:00"), category="crime")
    post = make.post(town, cast.rosa, WORDS, category="crime")
    tell(town)
    assert len(notices(town, cast.ben)) == 1 and not letters(town, cast.ben) and not pushes.got
    happens(town, cast, post)
    town.later(hours=9)
    town.chores()
    town.work()
    assert not letters(town, cast.ben) and not pushes.got
    page = town.browser(cast.ben).get("/alerts")
    assert "no longer there" in page.words
    for hint in (WORDS, "Crime", "Maple Street", "Rosa", str(post.id)):
        assert hint not in str(page.soup.find("main")), hint
    with town.reading() as act:
        assert act.session.scalars(select(Delivery)).all() == []


def test_what_was_read_in_the_page_does_not_come_by_mail_as_well(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True, quiet=("11:00", "13:00"))
    make.post(town, cast.rosa)
    tell(town)
    browser = town.browser(cast.ben)
    browser.post(f"/alerts/{notices(town, cast.ben)[0].id}/read")
    town.later(hours=2)
    town.work()
    assert not letters(town, cast.ben)


def test_who_withdraws_the_wish_gets_nothing_that_waited_for_it(town: Town, cast: Cast) -> None:
    rule = wish(town, cast.ben, by_mail=True, quiet=("11:00", "13:00"))
    make.post(town, cast.rosa)
    tell(town)
    town.browser(cast.ben).post(f"/alerts/rules/{rule}/remove")
    town.later(hours=2)
    town.work()
    assert not letters(town, cast.ben)


def test_an_inbox_shows_its_owners_lines_alone(town: Town, cast: Cast) -> None:
    make.post(town, cast.rosa)
    tell(town)
    (notice,) = notices(town, cast.ben)
    assert not inbox(town, cast.rosa)
    assert town.browser(cast.rosa).post(f"/alerts/{notice.id}/read").status == 404
    with town.reading(cast.rosa) as act, pytest.raises(NotFound):
        from portal.alerts import access

        access.own_notice(act, notice.id)


# — What leaves says nothing —


def test_no_letter_and_no_push_message_holds_words_place_or_author(push_town: Town, pushes: PushService) -> None:
    """Searched for in all that left: the post's words, its place, its author and the comment's, by every way."""
    town, cast = push_town, everybody(push_town)
    keys = everything_on(town, cast, pushes)
    post = make.post(town, cast.rosa, WORDS, category="crime")
    make.comment(town, cast.ben, post, "A white van, I think")
    told(town, cast, pushes)
    secrets = (WORDS, "car doors", "Maple Street", "white van", str(post.id), post.id.hex, post.shown_cell)
    for name, author in (("rosa", "Ben"), ("ben", "Rosa")):
        sent = letters(town, getattr(cast, name))
        assert sent
        for letter in sent:
            assert not [secret for secret in (*secrets, author) if secret in letter]
    assert {path.rpartition("/")[2] for path, _headers, _body in pushes.got} == {"rosa", "ben"}
    for path, headers, body in pushes.got:
        message = keys[path.rpartition("/")[2]].open(body).decode()
        assert not [secret for secret in (*secrets, "Rosa", "Ben", "Crime") if secret in message + json.dumps(headers)]
        assert json.loads(message)["url"] == "/alerts"


def test_a_notice_itself_holds_nothing_of_a_post(town: Town, cast: Cast) -> None:
    make.post(town, cast.rosa, WORDS)
    tell(town)
    with town.reading() as act:
        rows = act.session.execute(select(Notice.__table__)).all()
    assert rows and WORDS not in str(rows) and "Maple Street" not in str(rows)

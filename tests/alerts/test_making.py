"""Notices are made once for each thing that is new, whatever is killed when; of what, and for whom."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from portal.alerts import jobs, rules
from portal.alerts.models import AlertCursor, AlertRule, Delivery, Notice
from portal.alerts.views import DECISIONS, EVENTS
from portal.devices.models import KINDS as EVENT_KINDS
from portal.devices.models import Event
from portal.feed import service as feed
from portal.feed.models import HiddenPost, Mute
from portal.work import CHORES, KINDS, workers
from tests import factories as make
from tests.alerts.tools import letters, notices, tell, wish
from tests.e2e.live import town_of_today
from tests.helpers import SECRET, Town
from tests.moderation import tools as moderation
from tests.people import Cast, everybody


def kinds(town: Town, account: Any) -> list[str]:
    return [notice.kind for notice in notices(town, account)]


# — Without asking —


def test_a_new_resident_is_told_of_posts_close_by_and_of_rings_in_the_page_alone(town: Town, cast: Cast) -> None:
    jobs.make_notices(town.here)
    with town.reading() as act:
        rules = act.session.scalars(select(AlertRule).where(AlertRule.account_id == cast.ben.id)).all()
        assert {(rule.about, rule.miles, tuple(rule.kinds)) for rule in rules} == {
            ("posts", 0.5, ()),
            ("devices", None, ("ring",)),
        }
        assert not any(rule.by_mail or rule.by_push or rule.in_digest for rule in rules)
    make.post(town, cast.rosa)
    tell(town)
    assert kinds(town, cast.ben) == ["post"]
    assert not letters(town, cast.ben)


def test_who_removes_the_first_rules_is_not_given_them_again(town: Town, cast: Cast) -> None:
    jobs.make_notices(town.here)
    browser = town.browser(cast.ben)
    with town.reading(cast.ben) as act:
        from portal.alerts import queries

        own = [rule.id for rule in queries.own_rules(act)]
    for rule in own:
        browser.post(f"/alerts/rules/{rule}/remove")
    make.post(town, cast.rosa)
    tell(town)
    assert notices(town, cast.ben) == []
    assert "No alerts" in browser.get("/alerts/settings").words


# — Once —


def test_looking_again_tells_nothing_twice(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    wish(town, cast.ben, by_mail=True, miles=0.5, category="safety")
    for _ in range(3):
        make.post(town, cast.rosa)
        tell(town)
        tell(town)
    assert kinds(town, cast.ben) == ["post"] * 3, "once, also when two rules catch it"
    assert len(letters(town, cast.ben)) == 3


def test_a_post_that_was_hidden_and_comes_back_is_not_told_again(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    tell(town)
    for step in (feed.hide, feed.release):
        with town.acting() as act:
            step(act, act.session.get_one(type(post), post.id))
        tell(town)
    assert kinds(town, cast.ben) == ["post"]


def test_workers_side_by_side_tell_it_once(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    for _ in range(5):
        make.post(town, cast.rosa)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: jobs.make_notices(town.here), range(8)))
    assert kinds(town, cast.ben) == ["post"] * 5
    with town.reading() as act:
        assert len(act.session.scalars(select(Delivery)).all()) == 5


KILLED = """
import os, signal, sys
from pathlib import Path
from zoneinfo import ZoneInfo
from portal.alerts import jobs, queries, service
from portal.db import SYSTEM
from tests.helpers import Town

town = Town(Path(sys.argv[1]))
newest, drafts_of = jobs.SOURCES["posts"]
with town.here.database.read(SYSTEM, town.clock) as act:
    last = newest(act)
    drafts = drafts_of(act, 0, last, ZoneInfo("America/New_York"))
assert drafts
with town.here.database.write(SYSTEM, town.clock) as act:
    assert service.keep_notices(act, "posts", 0, last, drafts)
    act.session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_killed_between_its_rows_and_its_cursor_leaves_neither(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, by_mail=True)
    make.post(town, cast.rosa)
    done = subprocess.run([sys.executable, "-c", KILLED, str(town.here.settings.data)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    with town.reading() as act:
        for model in (Notice, Delivery, AlertCursor):
            assert act.session.scalars(select(model)).all() == []
    tell(town)
    assert kinds(town, cast.ben) == ["post"]
    assert len(letters(town, cast.ben)) == 1


def test_a_real_worker_that_is_killed_again_and_again_tells_everything_once(town: Town) -> None:
    town = town_of_today(town.here.settings.data)
    cast = everybody(town)
    wish(town, cast.ben, by_mail=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")} | {
        "PORCHLIGHT_SECRET_KEY": SECRET,
        "PORCHLIGHT_DATA": str(town.here.settings.data),
    }
    posts = 0
    for _kill in range(2):
        worker = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "worker"], env=env, stderr=subprocess.DEVNULL, start_new_session=True
        )
        before, deadline = len(notices(town, cast.ben)), time.monotonic() + 40
        while len(notices(town, cast.ben)) < before + 3 and time.monotonic() < deadline:
            make.post(town, cast.rosa)
            posts += 1
            time.sleep(0.02)
        worker.kill()
        worker.wait()
    town.later(minutes=5)  # the leases of the dead run out
    tell(town)
    assert posts >= 6
    assert kinds(town, cast.ben) == ["post"] * posts
    assert len({notice.post_id for notice in notices(town, cast.ben)}) == posts
    with town.reading() as act:
        assert act.session.scalars(select(Delivery)).all() == []
    town.here.database.engine.dispose()


def test_every_kind_of_work_has_one_worker_and_they_work_side_by_side(town: Town, cast: Cast) -> None:
    running = workers(town.here)
    assert sorted(kind.name for one in running for kind in one.kinds) == sorted(kind.name for kind in KINDS)
    assert sorted(chore.name for one in running for chore in one.chores) == sorted(chore.name for chore in CHORES)
    wish(town, cast.ben, by_mail=True)
    make.post(town, cast.rosa, uploads=[make.upload(town, make.jpeg())])
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in running]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 40
    while not letters(town, cast.ben) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert kinds(town, cast.ben) == ["post"] and len(letters(town, cast.ben)) == 1


def test_news_that_is_a_day_old_makes_no_notice(town: Town, cast: Cast) -> None:
    """The worker was away, or a demo's past was made: nobody is flooded."""
    make.post(town, cast.rosa)
    town.later(hours=25)
    make.post(town, cast.rosa, "And this is new.")
    tell(town)
    assert len(notices(town, cast.ben)) == 1


def test_old_notices_are_let_go(town: Town, cast: Cast) -> None:
    make.post(town, cast.rosa)
    tell(town)
    town.later(days=91)
    town.chores()
    assert notices(town, cast.ben) == []


# — By area, category, and whom one does not want to hear —


@pytest.mark.parametrize(("miles", "is_told"), [(0.5, False), (2.0, True), (5.0, True)])
def test_a_wish_reaches_as_far_as_it_says(town: Town, cast: Cast, miles: float, is_told: bool) -> None:
    jobs.make_notices(town.here)
    near = make.resident(town, "Ned", "Oak Street", (40.0, -85.0 + 0.0185))  # a mile east
    wish(town, near, miles=miles, by_mail=True)
    make.post(town, cast.rosa)
    tell(town)
    assert bool(notices(town, near)) == bool(letters(town, near)) == is_told


def test_a_wish_for_one_category_catches_no_other(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, category="pet", by_mail=True)
    make.post(town, cast.rosa, category="crime")
    tell(town)
    assert kinds(town, cast.ben) == ["post"] and not letters(town, cast.ben), "the first rule puts it in the inbox"
    make.post(town, cast.rosa, category="pet")
    tell(town)
    assert len(letters(town, cast.ben)) == 1


def test_one_is_not_told_of_ones_own_post(town: Town, cast: Cast) -> None:
    wish(town, cast.rosa, by_mail=True)
    make.post(town, cast.rosa)
    tell(town)
    assert notices(town, cast.rosa) == []


def test_who_is_muted_is_not_heard_of(town: Town, cast: Cast) -> None:
    with town.acting(cast.ben) as act:
        act.session.add(Mute(account_id=cast.ben.id, muted_id=cast.rosa.id, muted_at=act.now))
    own = make.post(town, cast.ben)
    make.post(town, cast.rosa)
    make.comment(town, cast.rosa, own)
    tell(town)
    assert notices(town, cast.ben) == []


def test_a_post_that_somebody_put_away_sends_them_no_answers(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    make.comment(town, cast.ben, post)
    tell(town)
    before = len(notices(town, cast.ben))
    with town.acting(cast.ben) as act:
        act.session.add(HiddenPost(account_id=cast.ben.id, post_id=post.id, muted_at=act.now))
    make.comment(town, cast.rosa, post, "Thank you.")
    tell(town)
    assert len(notices(town, cast.ben)) == before


# — Own doorbells —


def ring(town: Town, token: str, kind: str = "ring", ago: float = 0, **fields: Any) -> None:
    from datetime import timedelta

    sent = make.event(town.clock.now() - timedelta(minutes=ago), kind, **fields)
    answer = town.device(token).post("events", {"events": [sent]})
    assert answer.json["results"][0]["status"] == "accepted"


@pytest.fixture
def bell(town: Town, cast: Cast) -> str:
    make.Owner(town, cast.rosa)
    return make.device(town, cast.rosa, "Side gate")[1]


def test_a_ring_is_told_to_everybody_of_the_household_and_says_which_doorbell(
    town: Town, cast: Cast, bell: str
) -> None:
    mate = make.resident(town, "Rafael", household_id=cast.rosa.household_id)
    jobs.make_notices(town.here)
    ring(town, bell)
    tell(town)
    for account in (cast.rosa, mate):
        words = town.browser(account).get("/alerts").soup.find("main").get_text(" ")
        assert "Someone rang" in words and "Side gate" in words
    assert notices(town, cast.ben) == []


def test_movement_is_told_to_those_who_ask(town: Town, cast: Cast, bell: str) -> None:
    ring(town, bell, "motion")
    tell(town)
    assert notices(town, cast.rosa) == []
    wish(town, cast.rosa, "devices", kinds=("motion", "package"), by_mail=True)
    ring(town, bell, "motion")
    tell(town)
    assert kinds(town, cast.rosa) == ["event"]
    (letter,) = letters(town, cast.rosa)
    assert "One of your doorbells noticed something" in letter and "Side gate" not in letter


def test_nobody_is_called_for_what_happened_hours_ago(town: Town, cast: Cast, bell: str) -> None:
    """A doorbell that was offline tells late: the inbox has it, and no phone wakes."""
    wish(town, cast.rosa, "devices", kinds=("ring",), by_mail=True)
    ring(town, bell, ago=90)
    tell(town)
    assert kinds(town, cast.rosa) == ["event"] and not letters(town, cast.rosa)


def test_when_an_event_expires_its_notice_goes_with_it(town: Town, cast: Cast, bell: str) -> None:
    """Event times show when a home is empty, so that no copy of them stays."""
    ring(town, bell)
    tell(town)
    assert kinds(town, cast.rosa) == ["event"]
    town.later(days=31)
    assert "Its time is over" in town.browser(cast.rosa).get("/alerts").words
    town.chores()
    with town.reading() as act:
        assert act.session.scalars(select(Event)).all() == []
    assert notices(town, cast.rosa) == []


# — Answers —


def test_an_answer_is_told_to_the_author_and_to_who_answered_before(town: Town, cast: Cast) -> None:
    amy = make.resident(town, "Amy")
    post = make.post(town, cast.rosa)
    make.comment(town, cast.ben, post)
    tell(town)
    assert kinds(town, cast.rosa) == ["reply"]
    assert "Somebody commented on your post" in town.browser(cast.rosa).get("/alerts").words
    make.comment(town, amy, post)
    tell(town)
    assert kinds(town, cast.rosa) == ["reply", "reply"]
    assert kinds(town, cast.ben) == ["post", "reply"], "who wrote before"
    assert "reply" not in kinds(town, amy), "and not who writes"


def test_a_comment_that_is_gone_is_not_told(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    first, second = (make.comment(town, cast.ben, post, words) for words in ("One", "Two"))
    with town.acting(cast.ben) as act:
        feed.delete_comment(act, first.id)
    tell(town)
    assert len(notices(town, cast.rosa)) == 1
    with town.acting(cast.ben) as act:
        feed.delete_comment(act, second.id)
    assert "no longer there" in town.browser(cast.rosa).get("/alerts").words


def test_a_post_under_an_alias_keeps_its_author_hidden_in_every_notice(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    with town.acting() as act:
        act.session.get_one(type(post), post.id).alias = "Maple Street"
    make.comment(town, cast.ben, post)
    make.comment(town, cast.rosa, post)
    tell(town)
    assert "Rosa" not in str(town.browser(cast.ben).get("/alerts").soup.find("main"))


# — Decisions —


def test_an_author_is_told_what_was_decided_and_by_which_rule(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa, "A man in a red hat.")
    moderation.report(town, cast.ben, post)
    moderation.decide(town, cast.mod, post, "remove", "R5")
    tell(town)
    assert kinds(town, cast.rosa) == ["decision"]
    line = town.browser(cast.rosa).get("/alerts").soup.find("li", class_="inbox__line")
    assert "A moderator removed your post: rule R5" in line.get_text(" ")
    answer = town.browser(cast.rosa).post(f"/alerts/{notices(town, cast.rosa)[0].id}/read", {"open": "1"})
    assert answer.location == "/decisions"
    assert "decision" not in kinds(town, cast.ben), "and who reported it is not the author"
    moderation.appeal(town, cast.rosa, post)
    other = make.moderator(town, "mod2@maple.example", "Ada Oyelaran")
    moderation.decide(town, other, post, "overturned", why="appeal")
    tell(town)
    assert kinds(town, cast.rosa) == ["decision", "decision"]
    assert "was taken back" in town.browser(cast.rosa).get("/alerts").words


def test_an_author_is_told_that_a_post_or_comment_is_hidden_and_that_it_is_back(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    comment = make.comment(town, cast.rosa, post)
    people = moderation.crowd(town, 3)
    for what in (post, comment):
        for person in people:
            moderation.report(town, person, what)
        tell(town)
        moderation.decide(town, cast.mod, what, "leave")
        tell(town)
    words = town.browser(cast.rosa).get("/alerts").words
    assert kinds(town, cast.rosa).count("decision") == 4
    for said in (
        "Your post is hidden until a moderator has looked at it",
        "A moderator looked at your post: it keeps to the rules",
        "Your comment is hidden until a moderator has looked at it",
        "A moderator looked at your comment: it keeps to the rules",
    ):
        assert said in words


def test_that_somebody_reported_what_was_never_touched_is_nobodys_to_know(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    moderation.report(town, cast.ben, post)
    moderation.decide(town, cast.mod, post, "leave")
    tell(town)
    assert notices(town, cast.rosa) == []


def test_a_suspension_and_a_warning_are_told(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    moderation.report(town, cast.ben, post)
    moderation.decide(town, cast.mod, post, "warn", "R5", days=7)
    tell(town)
    words = town.browser(cast.rosa).get("/alerts").words
    assert "A moderator warned you about your post: rule R5" in words
    assert "You can read, and not write, for 7 days: rule R5" in words


def test_a_decision_comes_by_one_letter_and_not_by_two(town: Town, cast: Cast) -> None:
    """Moderation writes to authors itself, with the reason."""
    wish(town, cast.rosa, "answers", by_mail=True)
    post = make.post(town, cast.rosa)
    moderation.report(town, cast.ben, post)
    moderation.decide(town, cast.mod, post, "remove", "R5")
    tell(town)
    assert kinds(town, cast.rosa) == ["decision"] and not letters(town, cast.rosa)


def test_every_decision_that_is_told_has_its_words(town: Town) -> None:
    said = {kind for words in DECISIONS.values() for kind in words}
    assert said == set(rules.DECISIONS)
    assert set(EVENTS) == set(EVENT_KINDS)

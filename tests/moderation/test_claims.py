"""One queue; two moderators never decide the same case."""

import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.accounts.models import Account
from portal.db import NotFound, Refusal
from portal.moderation import queries, rules, service
from portal.moderation.models import Case
from portal.moderation.service import Verdict
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import ASKS, BODY, cases, claim, decide, hold, path, report, state_of
from tests.people import Cast, everybody


def test_everything_that_waits_stands_in_one_queue_the_longest_first(town: Town, cast: Cast) -> None:
    held = hold(town, cast.rosa)
    town.later(minutes=1)
    post = factories.post(town, cast.rosa, body="Second")
    comment = factories.comment(town, cast.ben, post)
    report(town, cast.ben, post)
    town.later(minutes=1)
    report(town, cast.rosa, comment)
    town.later(minutes=1)
    text = factories.agency_post(town, cast.officer, "maple-police", body=ASKS)
    page = town.browser(cast.mod).get("/moderation")
    links = [link["href"] for link in page.soup.select("#queue a")]
    assert links == [path(held, "held"), path(post), path(comment), path(text, "agency")]
    assert "An agency's text, held before it went out" in page.words
    assert BODY not in page.words, "the queue says what waits; what it says stands on the case's own page"
    for link in links:
        assert town.browser(cast.mod).get(link).status == 200


def test_a_queue_without_work_says_so(town: Town, cast: Cast) -> None:
    assert "Nothing waits" in town.browser(cast.mod).get("/moderation").words


def test_who_claims_first_has_it_and_the_other_sees_by_whom_and_until_when(
    town: Town, cast: Cast, second: Account
) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    assert claim(town, cast.mod, post).status == 303
    other = town.browser(second)
    for page in (other.get("/moderation"), other.get(path(post))):
        assert "Claimed by Marisol Vega, until 12:05" in page.words
    assert "Claim it" not in other.get(path(post)).words
    other.post(f"{path(post)}/claim")
    assert "Marisol Vega has claimed this already." in other.get("/moderation").words
    assert decide(town, second, post, "remove", "R5").status == 422
    assert state_of(town, post) == "visible"
    assert "Claimed by" not in town.browser(cast.mod).get(path(post)).words


def test_a_claim_is_seen_without_reloading(town: Town, cast: Cast, second: Account) -> None:
    """What the page asks every two seconds: 204 while nothing has changed."""
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    other = town.browser(second)
    queue = other.get("/moderation").soup.find(id="queue")["hx-get"]
    live = other.get(path(post)).soup.find(id="claim")["hx-get"]
    assert other.get(queue, htmx=True).status == other.get(live, htmx=True).status == 204
    claim(town, cast.mod, post)
    assert "Claimed by Marisol Vega" in other.get(queue, htmx=True).words
    assert "Claimed by Marisol Vega" in other.get(live, htmx=True).words
    decide(town, cast.mod, post, "leave")
    assert "Nothing waits" in other.get(queue, htmx=True).words
    assert "This case is closed" in other.get(live, htmx=True).words


def test_a_claim_falls_back_by_itself_and_is_renewed_while_its_page_is_open(
    town: Town, cast: Cast, second: Account
) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    claim(town, cast.mod, post)
    town.later(minutes=4)
    page = town.browser(cast.mod).get(path(post))
    renew = page.soup.select_one("[hx-trigger='every 60s']")["hx-post"]
    assert town.browser(cast.mod).post(renew, htmx=True).status == 204
    town.later(minutes=4)
    assert "Claimed by" in town.browser(second).get(path(post)).words
    town.later(minutes=2)
    assert "Claim it" in town.browser(second).get(path(post)).words
    assert claim(town, second, post).status == 303
    town.browser(cast.mod).post(renew, htmx=True)
    assert "Claimed by Theo Lang" in town.browser(cast.mod).get(path(post)).words, "what was lost is not renewed"


def test_a_claim_that_ran_out_keeps_what_was_typed(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    claim(town, cast.mod, post)
    browser = town.browser(cast.mod)
    words = browser.get(path(post)).soup.find("input", {"name": "words"})["value"]
    town.later(minutes=6)
    typed = {"outcome": "remove", "rule": "R5", "reason": "Long thought about.", "words": words, "days": "0"}
    page = browser.post(f"{path(post)}/decide", typed)
    assert page.status == 422
    assert "Your claim has ended" in page.words and "Long thought about." in page.text
    claim(town, cast.mod, post)
    assert browser.post(f"{path(post)}/decide", typed).status == 303


def test_a_case_is_given_back(town: Town, cast: Cast, second: Account) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    assert town.browser(cast.mod).post(f"{path(post)}/give-back").status == 404, "what one has not claimed"
    claim(town, cast.mod, post)
    assert town.browser(second).post(f"{path(post)}/give-back").status == 404
    assert town.browser(cast.mod).post(f"{path(post)}/give-back").status == 303
    assert "Claim it" in town.browser(second).get(path(post)).words


def test_two_who_claim_at_the_same_moment_are_one_who_has_it(town: Town, cast: Cast, second: Account) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    start, answers = threading.Barrier(2), []

    def try_it(who: Account) -> None:
        start.wait()
        try:
            with town.acting(who) as act:
                service.claim(act, "reported", post.id)
            answers.append("has it")
        except Refusal as refusal:
            answers.append(refusal.code)

    threads = [threading.Thread(target=try_it, args=(who,)) for who in (cast.mod, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["claimed", "has it"]


def test_a_decision_is_about_the_words_that_were_read(town: Town, cast: Cast) -> None:
    post = hold(town, cast.rosa)
    claim(town, cast.mod, post, "held")
    browser = town.browser(cast.mod)
    words = browser.get(path(post, "held")).soup.find("input", {"name": "words"})["value"]
    with town.acting() as act:
        act.session.get_one(type(post), post.id).body = "Something worse."
    typed = {"outcome": "leave", "reason": "Fine.", "words": words, "days": "0"}
    page = browser.post(f"{path(post, 'held')}/decide", typed)
    assert page.status == 422
    assert "has changed the words" in page.words and "Something worse." in page.words
    assert state_of(town, post) == "held"


# — The states, by all the ways there are through them —


class Cases(RuleBasedStateMachine):
    """Three moderators, three cases, and time that passes. Against a model of who holds what until when."""

    folder: Path
    empty: Path
    runs = 0

    @initialize()
    def begin(self) -> None:
        type(self).runs += 1
        data = self.folder / str(self.runs)
        data.mkdir()
        shutil.copy(self.empty, data / "porchlight.sqlite")
        self.town = Town(data)
        cast = everybody(self.town)
        others = [
            factories.moderator(self.town, f"m{number}@maple.example", f"Moderator {name}")
            for number, name in enumerate(("Two", "Three"))
        ]
        self.moderators = [cast.mod, *others]
        self.posts = [factories.post(self.town, cast.rosa, f"Text {number}") for number in range(3)]
        for post in self.posts:
            report(self.town, cast.ben, post)
        self.held: dict[int, tuple[int, object]] = {}
        self.decided: dict[int, int] = {}

    who = st.integers(0, 2)
    what = st.integers(0, 2)

    def holder(self, what: int) -> int | None:
        by, until = self.held.get(what, (None, None))
        return by if by is not None and until > self.town.clock.at else None  # type: ignore[operator]

    @rule(who=who, what=what)
    def claim(self, who: int, what: int) -> None:
        try:
            with self.town.acting(self.moderators[who]) as act:
                service.claim(act, "reported", self.posts[what].id)
        except Refusal as refusal:
            assert refusal.code == "claimed" and self.holder(what) not in (None, who)
        except NotFound:
            assert what in self.decided
        else:
            assert what not in self.decided and self.holder(what) in (None, who)
            self.held[what] = (who, self.town.clock.at + rules.LEASE)

    @rule(who=who, what=what)
    def renew(self, who: int, what: int) -> None:
        with self.town.acting(self.moderators[who]) as act:
            renewed = service.renew(act, "reported", self.posts[what].id)
        mine = what not in self.decided and self.held.get(what, (None,))[0] == who
        assert renewed == mine
        if renewed:
            self.held[what] = (who, self.town.clock.at + rules.LEASE)

    @rule(who=who, what=what)
    def give_back(self, who: int, what: int) -> None:
        try:
            with self.town.acting(self.moderators[who]) as act:
                service.give_back(act, "reported", self.posts[what].id)
        except NotFound:
            assert what in self.decided or self.held.get(what, (None,))[0] != who
        else:
            assert self.held.pop(what)[0] == who

    @precondition(lambda self: len(self.decided) < 3)
    @rule(who=who, what=what, outcome=st.sampled_from(["leave", "warn", "remove"]))
    def decide(self, who: int, what: int, outcome: str) -> None:
        post = self.posts[what]
        verdict = Verdict(outcome, "For everybody.", rules.digest(f"Text {what}"), "R5")
        try:
            with self.town.acting(self.moderators[who]) as act:
                service.decide(act, "reported", post.id, verdict)
        except Refusal as refusal:
            assert refusal.code == "not-claimed" and self.holder(what) != who
        except NotFound:
            assert what in self.decided
        else:
            assert self.holder(what) == who and what not in self.decided, "decided once, by the one who held it"
            self.decided[what] = who
            del self.held[what]
            assert state_of(self.town, post) == ("removed" if outcome == "remove" else "visible")

    @rule(minutes=st.integers(1, 7))
    def time_passes(self, minutes: int) -> None:
        self.town.later(minutes=minutes)

    @invariant()
    def the_database_says_the_same(self) -> None:
        if not hasattr(self, "town"):
            return
        with self.town.reading(self.moderators[0]) as act:
            for number, post in enumerate(self.posts):
                rows = [case for case in cases(self.town) if case.subject_id == post.id]
                assert len(rows) == 1
                assert (rows[0].state == "decided") == (number in self.decided)
                item = queries.item(act, "reported", post.id)
                assert (item is None) == (number in self.decided)
                if item is not None:
                    by = self.holder(number)
                    assert item.claim(act) == ("free" if by is None else "mine" if by == 0 else "other")

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.here.database.engine.dispose()


def test_whatever_moderators_do_a_case_is_decided_once_by_the_one_who_holds_it(
    tmp_path: Path, empty_database: Path
) -> None:
    machine = type("Cases", (Cases,), {"folder": tmp_path, "empty": empty_database})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=checks)
    )


@pytest.mark.parametrize("state", ["claimed", "decided"])
def test_the_database_holds_no_case_that_is_half_claimed_or_half_decided(town: Town, cast: Cast, state: str) -> None:
    from sqlalchemy.exc import IntegrityError

    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    (case,) = cases(town)
    with pytest.raises(IntegrityError), town.acting() as act:
        act.session.get_one(Case, case.id).state = state

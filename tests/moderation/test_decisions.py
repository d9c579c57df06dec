"""Decisions: each cites a rule, tells the author, and stands in the public log with nothing of anybody."""

import uuid

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit.models import LedgerEntry
from portal.feed.models import Post
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import (
    BODY,
    REASON,
    cases,
    claim,
    comment_count,
    decide,
    hold,
    path,
    pictures,
    report,
    reports,
    state_of,
    with_picture,
)
from tests.people import Cast


def test_a_removal_cites_a_rule_and_its_author_is_told(town: Town, cast: Cast) -> None:
    post = with_picture(town, cast.rosa)
    picture = pictures(town.browser(cast.ben).get(f"/posts/{post.id}"))[0]
    report(town, cast.ben, post)
    assert decide(town, cast.mod, post, "remove", "R5", reason="It describes a person.").status == 303
    with town.reading() as act:
        removed = act.session.get_one(Post, post.id)
        assert (removed.state, removed.ended_rule) == ("removed", "R5")
    assert [made.outcome for made in reports(town)] == ["removed"]

    (letter,) = town.letters(cast.rosa.email)
    for words in ("rule: R5", "what somebody looks like", "It describes a person.", "you can appeal until 13 June"):
        assert words in letter.body
    for secret in (BODY, "Maple Street", "Ben", REASON, "Marisol", str(post.id)):
        assert secret not in letter.subject + letter.body

    own = town.browser(cast.rosa).get(f"/posts/{post.id}")
    assert own.soup.find("a", href="/guidelines#R5")
    assert BODY in own.words and "It describes a person." in own.words, "what it was, and why it went"
    assert own.soup.select("a[href^='/decisions#decision-']")

    for who in (None, *(account for name, account in cast.accounts().items() if name != "rosa")):
        assert town.browser(who).get(f"/posts/{post.id}").status == 404
        assert town.browser(who).client.get(picture).status_code == 404
        assert BODY not in town.browser(who).get("/feed?miles=5").text
    assert town.browser(cast.mod).client.get(picture.replace("/media/", "/moderation/media/")).status_code == 404


def test_a_removed_comment_leaves_a_note_and_its_author_gets_mail(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.ben, post, BODY)
    report(town, cast.rosa, comment)
    assert decide(town, cast.mod, comment, "remove", "R5").status == 303
    page = town.browser(cast.rosa).get(f"/posts/{post.id}")
    assert BODY not in page.text
    assert "A moderator removed this comment" in page.words
    assert comment_count(town, post) == 0
    (letter,) = town.letters(cast.ben.email)
    assert "rule: R5" in letter.body and BODY not in letter.body
    own = town.browser(cast.ben).get("/decisions")
    assert BODY in own.words and "Your comment: removed" in own.words
    assert report(town, factories.resident(town, "Nora"), comment).status == 404


def test_a_warning_leaves_what_it_is_about_where_it_is(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    assert decide(town, cast.mod, post, "warn", "R5").status == 303
    assert state_of(town, post) == "visible"
    (letter,) = town.letters(cast.rosa.email)
    assert "warns you" in letter.body and "R5" in letter.body and "appeal" in letter.body
    assert "Your post: a warning" in town.browser(cast.rosa).get("/decisions").words
    assert [made.outcome for made in reports(town)] == ["warned"]


def test_who_was_never_touched_does_not_hear_that_somebody_reported_them(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    assert decide(town, cast.mod, post, "leave").status == 303
    assert state_of(town, post) == "visible"
    assert town.letters(cast.rosa.email) == town.letters(cast.ben.email) == []
    assert "No decisions" in town.browser(cast.rosa).get("/decisions").words
    assert report(town, factories.resident(town, "Nora"), post).status == 303, "somebody else may still report it"
    assert BODY in town.browser(cast.mod).get(path(post)).words


def test_a_held_text_goes_out_or_stays_in_and_its_author_hears_of_both(town: Town, cast: Cast) -> None:
    first, other = hold(town, cast.rosa), hold(town, cast.rosa, "A woman with a pram.")
    page = town.browser(cast.mod).get(path(first, "held"))
    assert "red hat" in [tag.get_text() for tag in page.soup.find_all("q")], "it says which words"
    assert decide(town, cast.mod, first, "warn", "R5", why="held").status == 422, "what nobody saw is not warned about"
    assert decide(town, cast.mod, first, "leave", why="held").status == 303
    assert decide(town, cast.mod, other, "remove", "R5", why="held").status == 303
    assert (state_of(town, first), state_of(town, other)) == ("visible", "removed")
    assert BODY in town.browser(cast.ben).get("/feed").words
    assert ["keeps to the rules" in letter.body for letter in town.letters(cast.rosa.email)] == [True, False]


def test_nothing_is_decided_against_somebody_without_a_rule_that_it_can_break(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    for outcome in ("remove", "warn"):
        for rule in ("", "R4", "R6", "R8", "R99", "because"):
            page = decide(town, cast.mod, post, outcome, rule, reason="Typed with care.")
            assert page.status == 422, rule
            assert "Choose the rule" in page.words and "Typed with care." in page.text
    for outcome in ("", "hide", "upheld", "suspend"):
        assert decide(town, cast.mod, post, outcome, "R5").status == 422, outcome
    for reason in ("", "   ", "x" * 501):
        assert decide(town, cast.mod, post, "leave", reason=reason).status == 422
    assert state_of(town, post) == "visible"
    assert cases(town)[0].state == "claimed"


def test_a_public_reason_names_nobody_and_quotes_nothing(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body="Somebody took the red bicycle from the porch at noon.")
    report(town, cast.ben, post)
    for reason in (
        "Rosa did not mean it.",
        "Ben was right to report it.",
        "Nobody on maple street needs this.",
        "It says “somebody took the red bicycle from”.",
    ):
        page = decide(town, cast.mod, post, "remove", "R5", reason=reason)
        assert page.status == 422, reason
        assert "Everybody reads this reason" in page.words
    assert decide(town, cast.mod, post, "remove", "R5", reason="It names a bicycle's owner.").status == 303


def test_a_case_is_decided_once(town: Town, cast: Cast, second: Account) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    assert decide(town, cast.mod, post, "leave").status == 303
    for who in (cast.mod, second):
        assert decide(town, who, post, "remove", "R5").status == 404
        assert claim(town, who, post).status == 404
    assert state_of(town, post) == "visible"
    assert decide(town, cast.mod, uuid.uuid4(), "remove", "R5").status == 404


def test_nobody_but_a_moderator_claims_or_decides(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    for name, who in cast.accounts().items():
        if name != "mod":
            assert claim(town, who, post).status == 404, name
            assert decide(town, who, post, "remove", "R5").status == 404, name
    assert state_of(town, post) == "visible" and cases(town)[0].state == "open"


def test_the_ledger_tells_everybody_of_a_decision_and_nothing_of_anybody(town: Town, cast: Cast) -> None:
    first, other = factories.post(town, cast.rosa, body=BODY), factories.post(town, cast.rosa, body="Second text")
    comment = factories.comment(town, cast.ben, other, "A bad comment")
    for what, outcome, by in ((first, "remove", cast.ben), (comment, "remove", cast.rosa), (other, "leave", cast.ben)):
        report(town, by, what)
        decide(town, cast.mod, what, outcome, "R5" if outcome == "remove" else "")
    page = town.browser().get("/ledger")
    for words in ("removed something that a neighbour wrote", "found that it keeps to the rules", "Rule R5"):
        assert words in page.words
    main = page.soup.main.get_text(" ")
    secrets = [BODY, "bad comment", REASON, "Rosa", "Ben", "Maple Street", "Marisol", str(first.id), str(comment.id)]
    assert [secret for secret in secrets if secret in main] == []
    ids = {first.id, other.id, comment.id, cast.rosa.id, cast.ben.id}
    with town.reading() as act:
        public = act.session.scalars(select(LedgerEntry).where(LedgerEntry.public)).all()
    assert not [entry.kind for entry in public if entry.subject_id in ids], (
        "no public entry leads to what a neighbour wrote"
    )
    assert not [entry.kind for entry in public if any(str(one) in str(entry.facts) for one in ids)]


# — What was removed —


def test_the_files_of_a_removed_post_are_kept_unseen_for_as_long_as_the_decision_can_be_taken_back(
    town: Town, cast: Cast
) -> None:
    post = with_picture(town, cast.rosa)
    report(town, cast.ben, post)
    decide(town, cast.mod, post, "remove", "R5")
    town.later(days=59)
    town.chores()
    assert town.files()
    town.later(days=2)
    town.chores()
    assert town.files() == []


# — Suspensions —


def test_somebody_suspended_reads_everything_and_writes_nothing_until_it_ends_by_itself(town: Town, cast: Cast) -> None:
    post, other = factories.post(town, cast.rosa, body=BODY), factories.post(town, cast.ben, body="Of Ben")
    factories.comment(town, cast.ben, other, "Of Ben too")
    report(town, cast.ben, post)
    assert decide(town, cast.mod, post, "remove", "R5", days=7).status == 303
    rosa = town.browser(cast.rosa)
    page = rosa.get("/decisions")
    for words in (
        "You are suspended until Thu 21 May 2026, 12:00",
        "it ends by itself",
        "R5",
        "A reason for everybody.",
    ):
        assert words in page.words
    assert ["not post, comment or report" in letter.body for letter in town.letters(cast.rosa.email)] == [False, True]

    assert "Of Ben" in rosa.get("/feed").words
    shown = rosa.get(f"/posts/{other.id}")
    assert "You are suspended until" in shown.words and shown.soup.find("textarea") is None
    assert rosa.get("/posts/new").location == rosa.get(f"/posts/{other.id}/report").location == "/decisions"
    assert rosa.post(f"/posts/{other.id}/comments", {"body": "Still here"}).location == "/decisions"
    report(town, cast.rosa, other)
    from portal.db import Refusal

    with pytest.raises(Refusal, match="suspended"):
        factories.post(town, cast.rosa)
    assert comment_count(town, other) == 1 and len(reports(town)) == 1

    town.later(days=7, seconds=1)
    assert factories.post(town, cast.rosa).state == "visible"
    assert "You are suspended" not in rosa.get("/decisions").words


def test_of_two_suspensions_the_later_end_counts(town: Town, cast: Cast) -> None:
    posts = [factories.post(town, cast.rosa, body=f"Text {number}") for number in range(2)]
    for post, days in zip(posts, (30, 1), strict=True):
        report(town, cast.ben, post)
        decide(town, cast.mod, post, "warn", "R5", days=days)
    with town.reading() as act:
        until = act.session.get_one(Account, cast.rosa.id).suspended_until
    assert until is not None and (until - town.clock.at).days == 30


def test_nobody_is_suspended_without_a_breach_or_for_another_time(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    for outcome, days in (("leave", 7), ("remove", 3), ("warn", 365)):
        assert decide(town, cast.mod, post, outcome, "R5", days=days).status == 422
    decide(town, cast.mod, post, "remove", "R5", days=-1)
    with town.reading() as act:
        assert act.session.get_one(Account, cast.rosa.id).suspended_until is None

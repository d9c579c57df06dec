"""R6: an appeal goes to a different person, once, and can take everything back."""

import pytest

from portal.accounts.models import Account
from portal.db import Refusal
from portal.moderation import queries, service
from portal.moderation.service import Verdict
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import (
    BODY,
    appeal,
    cases,
    claim,
    comment_count,
    decide,
    decision_id,
    hold,
    path,
    pictures,
    report,
    state_of,
    with_picture,
)
from tests.people import Cast

TEXT = "I said what was done, and nobody can be recognised."


def removed(town: Town, cast: Cast, by: Account | None = None, **fields: object):
    post = with_picture(town, cast.rosa)
    report(town, cast.ben, post)
    decide(town, by or cast.mod, post, "remove", "R5", **fields)
    return post


def test_an_appeal_is_read_by_a_different_person_and_can_take_a_removal_back(
    town: Town, cast: Cast, second: Account
) -> None:
    post = removed(town, cast)
    page = town.browser(cast.rosa).get("/decisions")
    assert "A different person decides then" in page.words, "who is asked next"
    assert page.soup.find("a", href=f"/decisions/{decision_id(town, cast.rosa, post)}/appeal")
    assert appeal(town, cast.rosa, post, TEXT).status == 303
    assert "A moderator who did not decide before looks at it" in town.browser(cast.rosa).get("/decisions").words

    first = town.browser(cast.mod)
    for url in ("/moderation", path(post, "appeal")):
        page = first.get(url)
        assert "You decided about it before" in page.words and TEXT not in page.text
    assert decide(town, cast.mod, post, "upheld", why="appeal").status == 422
    assert state_of(town, post) == "removed"

    page = town.browser(second).get(path(post, "appeal"))
    assert TEXT in page.words and BODY in page.words and "A reason for everybody." in page.words
    assert town.browser(second).client.get(pictures(page)[0]).status_code == 200
    assert decide(town, second, post, "overturned", why="appeal", reason="It is about an act.").status == 303
    assert state_of(town, post) == "visible"
    assert BODY in town.browser(cast.ben).get("/feed").words
    assert town.browser(second).get(path(post, "appeal")).status == 404
    letter = town.letters(cast.rosa.email)[-1]
    assert "took the decision back" in letter.body and "It is about an act." in letter.body
    page = town.browser(cast.rosa).get("/decisions")
    assert "Appeal: the decision was taken back" in page.words and "It is about an act." in page.words


def test_an_appeal_that_changes_nothing_says_why(town: Town, cast: Cast, second: Account) -> None:
    post = removed(town, cast)
    appeal(town, cast.rosa, post)
    assert decide(town, second, post, "upheld", why="appeal", reason="A hat is a look.").status == 303
    assert state_of(town, post) == "removed"
    assert "found that the decision stands" in town.letters(cast.rosa.email)[-1].body
    assert "A hat is a look." in town.browser(cast.rosa).get("/decisions").words
    assert appeal(town, cast.rosa, post).status == 422, "once is once"


def test_the_service_itself_refuses_the_one_who_decided(town: Town, cast: Cast) -> None:
    post = removed(town, cast)
    appeal(town, cast.rosa, post)
    for act_on in (
        lambda act: service.claim(act, "appeal", post.id),
        lambda act: service.decide(act, "appeal", post.id, Verdict("upheld", "Because.", "")),
    ):
        with pytest.raises(Refusal) as refused, town.acting(cast.mod) as act:
            act_on(act)
        assert (refused.value.code, refused.value.params) == ("conflict", {"because": "decided-before"})


def test_with_one_moderator_an_appeal_waits_and_the_operator_is_told(town: Town, cast: Cast) -> None:
    post = removed(town, cast)
    appeal(town, cast.rosa, post)
    factories.moderator(town, "again@maple.example", "Marisol Vega")
    again = town.browser(cast.operator).get("/operator/moderators").words
    assert "A second moderator is needed" in again and "Appeals 1" in again
    with town.reading(cast.mod) as act:
        (item,) = queries.queue(act)
        assert service.conflict(act, item) == "decided-before"
    town.later(days=90)
    with town.reading(cast.mod) as act:
        assert len(queries.queue(act)) == 1, "it does not go away by waiting"


def test_a_comment_comes_back(town: Town, cast: Cast, second: Account) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.ben, post, BODY)
    report(town, cast.rosa, comment)
    decide(town, cast.mod, comment, "remove", "R5")
    appeal(town, cast.ben, comment)
    assert decide(town, second, comment, "overturned", why="appeal").status == 303
    assert BODY in town.browser(cast.rosa).get(f"/posts/{post.id}").words
    assert comment_count(town, post) == 1


def test_a_held_text_that_was_refused_goes_out(town: Town, cast: Cast, second: Account) -> None:
    post = hold(town, cast.rosa)
    decide(town, cast.mod, post, "remove", "R5", why="held")
    appeal(town, cast.rosa, post)
    assert decide(town, second, post, "overturned", why="appeal").status == 303
    assert state_of(town, post) == "visible"
    assert BODY in town.browser(cast.ben).get("/feed").words


def test_a_warning_can_be_taken_back(town: Town, cast: Cast, second: Account) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    decide(town, cast.mod, post, "warn", "R5")
    appeal(town, cast.rosa, post)
    assert decide(town, second, post, "overturned", why="appeal").status == 303
    assert state_of(town, post) == "visible"


def test_a_suspension_is_appealed_on_its_own_and_ends_when_it_is_taken_back(
    town: Town, cast: Cast, second: Account
) -> None:
    post = removed(town, cast, days=30)
    assert appeal(town, cast.rosa, cast.rosa.id, TEXT).status == 303
    page = town.browser(second).get(path(cast.rosa.id, "appeal"))
    assert BODY in page.words and TEXT in page.words and "30 days" in page.words, "and what it was for"
    assert town.browser(second).client.get(pictures(page)[0]).status_code == 200
    assert decide(town, second, cast.rosa.id, "overturned", why="appeal").status == 303
    assert factories.post(town, cast.rosa).state == "visible"
    assert state_of(town, post) == "removed", "the removal is another decision"
    assert town.browser(second).client.get(pictures(page)[0]).status_code == 404


def test_taking_one_suspension_back_leaves_the_other(town: Town, cast: Cast, second: Account) -> None:
    removed(town, cast, days=30)
    other = factories.comment(town, cast.ben, factories.post(town, cast.ben), "x")
    assert other
    short = with_picture_of(town, cast)
    decide(town, cast.mod, short, "warn", "R5", days=1)
    appeal(town, cast.rosa, cast.rosa.id)
    (waiting,) = [case for case in cases(town) if case.why == "appeal"]
    (against,) = [case for case in cases(town) if case.id == waiting.appeal_of]
    decide(town, second, cast.rosa.id, "overturned", why="appeal")
    with town.reading() as act:
        until = act.session.get_one(Account, cast.rosa.id).suspended_until
    assert until is not None and (until - town.clock.at).days == (1 if against.days == 30 else 30)


def with_picture_of(town: Town, cast: Cast):
    """A post from before she was suspended, reported now."""
    with town.acting() as act:
        account = act.session.get_one(Account, cast.rosa.id)
        until, account.suspended_until = account.suspended_until, None
    post = factories.post(town, cast.rosa, body="Another one")
    with town.acting() as act:
        act.session.get_one(Account, cast.rosa.id).suspended_until = until
    report(town, cast.ben, post)
    return post


def test_an_appeal_has_thirty_days_and_only_its_author_makes_it(town: Town, cast: Cast) -> None:
    post = removed(town, cast)
    place = f"/decisions/{decision_id(town, cast.rosa, post)}/appeal"
    for name, who in cast.accounts().items():
        if name != "rosa":
            assert town.browser(who).get(place).status == 404, name
            assert town.browser(who).post(place, {"text": TEXT}).status == 404, name
    rosa = town.browser(cast.rosa)
    assert rosa.post(place, {"text": ""}).status == 422
    assert rosa.post(place, {"text": "x" * 1501}).status == 422
    town.later(days=30)
    page = rosa.post(place, {"text": TEXT})
    assert page.status == 422 and "30 days for an appeal are over" in page.words and TEXT in page.text
    assert not rosa.get("/decisions").soup.find("a", href=place)


def test_what_was_released_is_nothing_to_appeal_against(town: Town, cast: Cast) -> None:
    post = hold(town, cast.rosa)
    decide(town, cast.mod, post, "leave", why="held")
    assert appeal(town, cast.rosa, post).status == 404


def test_who_appeals_while_suspended_is_heard(town: Town, cast: Cast) -> None:
    post = removed(town, cast, days=7)
    assert appeal(town, cast.rosa, post).status == 303
    assert claim(town, cast.mod, post, "appeal").status == 303
    assert [case.state for case in cases(town) if case.why == "appeal"] == ["open"]

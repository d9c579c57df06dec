"""An agency's held text goes out when two people find that it is no request; one is enough to keep it in."""

import pytest

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from portal.db import NotFound
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import ASKS, appeal, cases, claim, decide, path, state_of
from tests.people import Cast

REASON = "It quotes a scam that it warns of."


@pytest.fixture
def held(town: Town, cast: Cast) -> AgencyPost:
    return factories.agency_post(town, cast.officer, "maple-police", title="A scam by phone", body=ASKS)


def test_it_goes_out_when_a_second_person_agrees(town: Town, cast: Cast, second: Account, held: AgencyPost) -> None:
    page = town.browser(cast.mod).get(path(held, "agency"))
    assert "send us the footage" in page.words and "R1" in page.words
    assert decide(town, cast.mod, held, "leave", why="agency", reason=REASON).status == 303
    assert state_of(town, held) == "held"
    queue = town.browser(second).get("/moderation").words
    assert "waits for a second person" in queue
    assert "You were the first" in town.browser(cast.mod).get("/moderation").words
    assert decide(town, cast.mod, held, "leave", why="agency").status == 422
    assert state_of(town, held) == "held", "nobody is two people"
    assert REASON not in town.browser().get("/moderation/log").text, "nothing is public before it is decided"

    assert REASON in town.browser(second).get(path(held, "agency")).words
    assert decide(town, second, held, "leave", why="agency", reason="It is a warning.").status == 303
    assert state_of(town, held) == "visible"
    log = town.browser().get("/moderation/log").words
    for words in ("Maple Police", "A scam by phone", ASKS, REASON, "It is a warning."):
        assert words in log, "text and both reasons are public"
    assert "found to be no request" in town.browser().get("/ledger").words
    (letter,) = town.letters(cast.officer.email)
    assert "keeps to the rules" in letter.body and ASKS not in letter.body


def test_a_second_account_of_the_same_person_is_no_second_person(town: Town, cast: Cast, held: AgencyPost) -> None:
    again = factories.moderator(town, "again@maple.example", "marisol vega")
    decide(town, cast.mod, held, "leave", why="agency")
    assert decide(town, again, held, "leave", why="agency").status == 422
    assert state_of(town, held) == "held"


@pytest.mark.parametrize("after_a_finding", [False, True])
def test_one_person_is_enough_to_keep_it_in(
    town: Town, cast: Cast, second: Account, held: AgencyPost, after_a_finding: bool
) -> None:
    if after_a_finding:
        decide(town, cast.mod, held, "leave", why="agency")
    assert decide(town, second, held, "remove", "R1", why="agency", reason="It asks for clips.").status == 303
    assert state_of(town, held) == "withdrawn"
    log = town.browser().get("/moderation/log").words
    assert "It asks for clips." in log and "R1" in log
    assert ASKS not in log and "A scam by phone" not in log, "what never was public does not become so by being refused"
    assert claim(town, cast.mod, held, "agency").status == 404
    for who in (None, cast.officer, cast.mod, cast.rosa):
        assert town.browser(who).get(f"/agencies/maple-police/posts/{held.id}").status == 404


def test_other_words_need_two_new_findings(town: Town, cast: Cast, second: Account, held: AgencyPost) -> None:
    decide(town, cast.mod, held, "leave", why="agency", reason=REASON)
    words = {"title": "Now", "body": "All doorbell owners: send us your clips today."}
    town.browser(cast.officer).post(f"/agencies/maple-police/posts/{held.id}/edit", words)
    assert "waits for a second person" not in town.browser(second).get("/moderation").words
    decide(town, second, held, "leave", why="agency")
    assert state_of(town, held) == "held", "the first finding was about other words"
    assert decide(town, cast.mod, held, "leave", why="agency").status == 303
    assert state_of(town, held) == "visible"


def test_an_appeal_of_an_agency_still_takes_two_who_did_not_refuse_it(
    town: Town, cast: Cast, second: Account, third: Account, held: AgencyPost
) -> None:
    decide(town, cast.mod, held, "remove", "R1", why="agency")
    page = town.browser(cast.officer).get("/decisions")
    assert "Your agency's text: removed" in page.words
    assert appeal(town, cast.officer, held).status == 303
    assert decide(town, second, held, "overturned", why="appeal", reason=REASON).status == 303
    assert state_of(town, held) == "held"
    assert "waits for a second person" in town.browser(third).get("/moderation").words
    for who in (cast.mod, second):
        assert decide(town, who, held, "leave", why="agency").status == 422
    assert state_of(town, held) == "held"
    assert decide(town, third, held, "leave", why="agency").status == 303
    assert state_of(town, held) == "visible"


def test_what_describes_a_person_may_go_out_by_one_decision(town: Town, cast: Cast, held: AgencyPost) -> None:
    """Held by R5 alone, for a missing person say: a moderator releases it, with a reason for everybody."""
    with town.acting() as act:
        act.session.get_one(AgencyPost, held.id).spans = [{"rule": "R5", "words": "grey hair"}]
    page = town.browser(cast.mod).get(path(held, "agency"))
    assert "grey hair" in page.words
    assert decide(town, cast.mod, held, "leave", why="agency", reason="A missing person, found by it.").status == 303
    assert state_of(town, held) == "visible"
    assert "A missing person, found by it." in town.browser().get("/moderation/log").words


def test_no_agency_account_comes_near_the_queue(town: Town, cast: Cast, held: AgencyPost) -> None:
    for who in (cast.officer, cast.captain, cast.clerk):
        browser = town.browser(who)
        assert browser.get(path(held, "agency")).status == 404
        assert claim(town, who, held, "agency").status == 404
        assert decide(town, who, held, "leave", why="agency").status == 404
    assert cases(town) == []


def test_a_text_that_was_never_held_or_was_published_has_nothing_to_decide(town: Town, cast: Cast) -> None:
    post = factories.agency_post(town, cast.officer, "maple-police")
    assert claim(town, cast.mod, post, "agency").status == 404
    with pytest.raises(NotFound), town.acting(cast.mod) as act:
        from portal.bulletins import service

        service.hold_again(act, post.id)


def test_rule_r5_holds_for_agencies_too_and_their_telephone_is_no_private_one(town: Town, cast: Cast) -> None:
    looks = "Two Hispanic men tried the doors of cars. Call the desk at (555) 010-0123."
    held = factories.agency_post(town, cast.officer, "maple-police", body=looks)
    assert (held.state, {span["rule"] for span in held.spans}) == ("held", {"R5"})
    assert "Held by rule R5" in town.browser(cast.officer).get(f"/agencies/maple-police/posts/{held.id}").words
    told = "Somebody tried the doors of cars at two in the morning. Call the desk at (555) 010-0123."
    assert factories.agency_post(town, cast.officer, "maple-police", body=told).state == "visible"

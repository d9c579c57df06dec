"""What residents write under an agency's post: no crowd hides it, no one person removes it, no view is a reason."""

import pytest

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from portal.db import NotFound
from portal.moderation import rules
from portal.moderation import service as moderation
from portal.responses.models import AgencyComment
from tests import factories
from tests.helpers import Page, Town
from tests.moderation.test_viewpoint import PAIRS
from tests.moderation.tools import appeal, cases, claim, crowd, decide, reports
from tests.moderation.tools import path as case_path
from tests.people import Cast
from tests.responses.tools import ASKS, path, say, stored, under

WORDS = "The man at the corner shop did it."


@pytest.fixture
def written(town: Town, cast: Cast, tip: AgencyPost) -> AgencyComment:
    return factories.under_agency(town, cast.ben, tip, WORDS)


def report(town: Town, by: Account, what: AgencyComment, rule: str = "R5", reason: str = "A private person.") -> Page:
    return town.browser(by).post(f"/agency-comments/{what.id}/report", {"rule": rule, "reason": reason})


def test_a_resident_reports_it_with_a_rule(town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment) -> None:
    form = town.browser(cast.rosa).get(f"/agency-comments/{written.id}/report")
    assert WORDS in form.words and "a private person" in form.words
    assert report(town, cast.rosa, written).location == f"{path(tip)}#comments"
    (made,) = reports(town)
    assert (made.agency_comment_id, made.post_id, made.comment_id, made.rule) == (written.id, None, None, "R5")
    assert report(town, cast.rosa, written).status == 422, "once"
    assert report(town, cast.ben, written).status == 422, "and not one's own"
    assert report(town, cast.faye, written, "R8").status == 422, "by a rule that it can break"
    for who in (cast.officer, cast.captain, cast.mod, cast.operator):
        assert report(town, who, written).status == 404


def test_however_many_report_it_it_stays_in_sight(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment
) -> None:
    for who in (cast.rosa, cast.faye, *crowd(town, 6)):
        assert report(town, who, written).status == 303
    assert WORDS in under(town.browser(), tip)
    (case,) = cases(town)
    assert (case.was_hidden, case.state) == (False, "open")
    assert "8 reports" in town.browser(cast.mod).get("/moderation").words
    households = [who.household_id for who in (cast.rosa, cast.ben, cast.faye)]
    assert rules.hides(households) and not rules.hides(households, on_agencys_page=True)


def test_it_is_removed_when_two_moderators_agree_on_the_rule(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment, second: Account
) -> None:
    report(town, cast.rosa, written)
    assert decide(town, cast.mod, written, "remove", "R5", reason="A private person is accused.").status == 303
    assert WORDS in under(town.browser(), tip), "one person removes nothing"
    assert town.letters(cast.ben.email) == [] and "accused" not in town.browser().get("/moderation/log").text
    assert "You were the first to decide this" in town.browser(cast.mod).get("/moderation").words
    assert decide(town, cast.mod, written, "remove", "R5").status == 422
    page = town.browser(second).get(case_path(written))
    assert "A first moderator wants to remove it by rule R5" in page.words and "is accused" in page.words
    assert decide(town, second, written, "remove", "R5", reason="So it is.").status == 303
    shown = under(town.browser(), tip)
    assert WORDS not in shown and "Two moderators removed this, by rule R5." in shown
    log = town.browser().get("/moderation/log").words
    for words in ("A comment under an agency's post", "A private person is accused.", "So it is.", "R5"):
        assert words in log
    assert WORDS not in log and "Ben" not in log
    (letter,) = town.letters(cast.ben.email)
    assert "two moderators agreed" in letter.body and "R5" in letter.body and "appeal" in letter.body
    assert WORDS not in letter.body


def test_who_names_another_rule_does_not_agree(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment, second: Account, third: Account
) -> None:
    report(town, cast.rosa, written)
    decide(town, cast.mod, written, "remove", "R5")
    decide(town, second, written, "remove", "R7")
    assert stored(town, written).state == "visible"
    decide(town, third, written, "remove", "R7")
    assert (stored(town, written).state, stored(town, written).ended_rule) == ("removed", "R7")


def test_one_person_is_enough_to_leave_it_and_its_author_hears_nothing(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment, second: Account
) -> None:
    report(town, cast.rosa, written)
    decide(town, cast.mod, written, "remove", "R5", reason="A first reason.")
    assert decide(town, second, written, "leave", reason="It names nobody.").status == 303
    assert WORDS in under(town.browser(), tip) and town.letters(cast.ben.email) == []
    log = town.browser().get("/moderation/log").words
    assert "It names nobody." in log and "A first reason." not in log
    assert {made.outcome for made in reports(town)} == {"kept"}


def test_the_author_appeals_to_a_third_person(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment, second: Account, third: Account
) -> None:
    report(town, cast.rosa, written)
    decide(town, cast.mod, written, "remove", "R5")
    decide(town, second, written, "remove", "R5")
    decisions = town.browser(cast.ben).get("/decisions").words
    assert "Your comment under an agency's post: removed" in decisions and WORDS in decisions
    assert "private person" in decisions
    assert appeal(town, cast.ben, written, "It is a public shop.").status == 303
    for who in (cast.mod, second):
        assert decide(town, who, written, "overturned", why="appeal").status == 422
    assert decide(town, third, written, "overturned", why="appeal", reason="No private data.").status == 303
    assert WORDS in under(town.browser(), tip)


def test_neither_a_warning_nor_a_suspension_comes_of_it(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment, second: Account
) -> None:
    """What somebody wrote to a government does not keep them from writing."""
    report(town, cast.rosa, written)
    claim(town, cast.mod, written)
    form = town.browser(cast.mod).get(case_path(written)).soup
    assert {field["value"] for field in form.select("input[name=outcome]")} == {"leave", "remove"}
    assert not form.select("[name=days]")
    assert decide(town, cast.mod, written, "warn", "R5").status == 422
    assert decide(town, cast.mod, written, "remove", "R5", days=7).status == 422
    assert stored(town, written).state == "visible"


def test_no_rule_that_can_be_cited_is_about_what_somebody_thinks() -> None:
    assert set(rules.CITABLE_UNDER_AGENCIES) == {"R1", "R2", "R3", "R5", "R7"}
    assert rules.citable("agency_comment") == rules.CITABLE_UNDER_AGENCIES
    assert rules.citable("agency_answer") == rules.CITABLE_FOR_AGENCIES


def test_both_sides_of_a_pair_get_one_answer(town: Town, cast: Cast, tip: AgencyPost) -> None:
    for pair in PAIRS:
        answers = [say(town.browser(cast.ben), tip, text) for text in pair]
        assert answers[0].status == answers[1].status, pair


def test_who_reported_it_or_wrote_it_does_not_decide(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment
) -> None:
    report(town, cast.rosa, written)
    for name in ("Ben", "Rosa"):
        again = factories.moderator(town, f"{name.lower()}.mod@maple.example", name)
        assert decide(town, again, written, "leave").status == 422


def test_what_its_author_deleted_waits_for_nobody(
    town: Town, cast: Cast, tip: AgencyPost, written: AgencyComment
) -> None:
    report(town, cast.rosa, written)
    town.browser(cast.ben).post(f"/agency-comments/{written.id}/delete")
    assert town.browser(cast.mod).get(case_path(written)).status == 404
    town.browser(cast.ben).post(f"/agency-comments/{written.id}/put-back")
    assert town.browser(cast.mod).get(case_path(written)).status == 200


# — Answers of agencies —


def test_an_answer_that_asks_for_footage_is_held_and_goes_out_when_two_agree(
    town: Town, cast: Cast, tip: AgencyPost, second: Account
) -> None:
    say(town.browser(cast.officer), tip, ASKS)
    page = town.browser(cast.officer).get(path(tip))
    assert "Held: only your agency sees this yet" in page.words
    for who in (None, cast.rosa, cast.captain, cast.mod):
        assert ASKS not in town.browser(who).get(path(tip)).text
    assert "an answer of Maple Police was held" in town.browser().get("/ledger").words
    assert ASKS not in town.browser().get("/ledger").text
    (held,) = held_answers(town)
    assert "An agency's answer" in town.browser(cast.mod).get("/moderation").words
    assert ASKS in town.browser(cast.mod).get(case_path(held, "agency")).words
    decide(town, cast.mod, held, "leave", why="agency", reason="It quotes a scam.")
    assert stored(town, held).state == "held"
    decide(town, second, held, "leave", why="agency", reason="A warning.")
    assert ASKS in under(town.browser(), tip)
    log = town.browser().get("/moderation/log").words
    for words in (ASKS, "It quotes a scam.", "A warning.", "Maple Police"):
        assert words in log


def held_answers(town: Town) -> list[AgencyComment]:
    from portal.responses import queries

    with town.reading() as act:
        return list(queries.held_answers(act))


def test_one_person_keeps_an_answer_in_and_its_agency_can_appeal(
    town: Town, cast: Cast, tip: AgencyPost, second: Account, third: Account
) -> None:
    held = factories.under_agency(town, cast.officer, tip, ASKS)
    assert decide(town, cast.mod, held, "remove", "R1", why="agency", reason="It asks for clips.").status == 303
    assert stored(town, held).state == "removed" and ASKS not in town.browser().get("/moderation/log").text
    assert "removed" not in under(town.browser(), tip), "what never was public leaves no trace"
    assert "Your agency's answer: removed" in town.browser(cast.officer).get("/decisions").words
    assert appeal(town, cast.officer, held).status == 303
    assert decide(town, second, held, "overturned", why="appeal").status == 303
    assert stored(town, held).state == "held", "R1 still takes two who did not refuse it"
    for who in (cast.mod, second):
        assert decide(town, who, held, "leave", why="agency").status == 422
    assert decide(town, third, held, "leave", why="agency").status == 303
    assert ASKS in under(town.browser(), tip)


def test_an_answer_that_says_what_somebody_looks_like_is_held_and_one_person_lets_it_out(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    held = factories.under_agency(town, cast.officer, tip, "Two Hispanic men. Call the desk at (555) 010-0123.")
    assert (held.state, {span["rule"] for span in held.spans}) == ("held", {"R5"})
    assert decide(town, cast.mod, held, "leave", why="agency", reason="A missing person.").status == 303
    assert stored(town, held).state == "visible"
    plain = factories.under_agency(town, cast.officer, tip, "Call (555) 010-0123, or write to desk@maple.example.")
    assert plain.state == "visible", "an agency's own telephone is no private one"


def test_an_edited_answer_is_read_again_and_its_earlier_words_stay_readable(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    answer = factories.under_agency(town, cast.officer, tip, "We are open until six.")
    officer = town.browser(cast.officer)
    assert town.browser().get(f"/agency-comments/{answer.id}/history").status == 404
    officer.post(f"/agency-comments/{answer.id}/edit", {"body": "We are open until seven."})
    page = town.browser().get(f"/agency-comments/{answer.id}/history")
    assert "until six" in page.words and "until seven" in page.words
    assert "changed an answer" in town.browser().get("/ledger").words
    officer.post(f"/agency-comments/{answer.id}/edit", {"body": ASKS})
    assert stored(town, answer).state == "held" and ASKS not in town.browser().get(path(tip)).text
    assert town.browser().get(f"/agency-comments/{answer.id}/history").status == 404
    assert town.browser(cast.captain).post(f"/agency-comments/{answer.id}/edit", {"body": "x"}).status == 404


def test_a_reported_answer_is_removed_by_two(town: Town, cast: Cast, tip: AgencyPost, second: Account) -> None:
    answer = factories.under_agency(town, cast.officer, tip, "You know what we would like to see.")
    assert report(town, cast.rosa, answer, "R1", "It means clips.").status == 303
    decide(town, cast.mod, answer, "remove", "R1", reason="It is a request.")
    assert stored(town, answer).state == "visible"
    decide(town, second, answer, "remove", "R1", reason="It is.")
    assert stored(town, answer).state == "removed"
    assert "removed an answer of Maple Police" in town.browser().get("/ledger").words
    assert "Moderators removed this answer, by rule R1." in under(town.browser(), tip)


def test_no_agency_account_reports_or_decides_even_by_the_services(
    town: Town, cast: Cast, written: AgencyComment
) -> None:
    for who in (cast.officer, cast.captain, cast.clerk, cast.operator):
        with pytest.raises(NotFound), town.acting(who) as act:
            moderation.report_under_agency(act, written.id, "R5", "x")

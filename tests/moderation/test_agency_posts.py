"""An agency's public post that asks for footage after all: residents report it, and two moderators take it away."""

import pytest

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from tests import factories
from tests.helpers import Page, Town
from tests.moderation.tools import appeal, cases, claim, crowd, decide, path, reports
from tests.people import Cast

BODY = "Did your front door see Tuesday night? Sergeant Whitfield is at the desk until ten."


@pytest.fixture
def asking(town: Town, cast: Cast) -> AgencyPost:
    """Words that no list knew."""
    made = factories.agency_post(town, cast.officer, "maple-police", "A white van", body=BODY)
    assert made.state == "visible"
    return made


def page_of(post: AgencyPost) -> str:
    return f"/agencies/maple-police/posts/{post.id}"


def report(town: Town, by: Account | None, post: AgencyPost, rule: str = "R1", reason: str = "It asks.") -> Page:
    return town.browser(by).post(f"{page_of(post)}/report", {"rule": rule, "reason": reason})


def removed(town: Town, cast: Cast, second: Account, post: AgencyPost) -> None:
    report(town, cast.rosa, post)
    for who in (cast.mod, second):
        assert decide(town, who, post, "remove", "R1", reason="It asks for what a camera saw.").status == 303


def state_of(town: Town, post: AgencyPost) -> str:
    with town.reading() as act:
        return act.session.get_one(AgencyPost, post.id).state


def test_a_resident_reports_it_from_its_page_with_a_rule(town: Town, cast: Cast, asking: AgencyPost) -> None:
    rosa = town.browser(cast.rosa)
    link = rosa.get(page_of(asking)).soup.find("a", href=f"{page_of(asking)}/report")
    form = rosa.get(link["href"])
    assert BODY in form.words
    assert [one["value"] for one in form.soup.select("input[name=rule]")] == ["R1", "R5", "R8"]
    assert form.soup.select_one("input[name=rule][checked]")["value"] == "R1", "it is what one comes for"
    assert report(town, cast.rosa, asking, reason="").status == 422
    assert report(town, cast.rosa, asking, "R7").status == 422, "by a rule that it can break"
    assert report(town, cast.rosa, asking).location == page_of(asking)
    (made,) = reports(town)
    assert (made.agency_post_id, made.post_id, made.agency_comment_id, made.rule) == (asking.id, None, None, "R1")
    assert report(town, cast.rosa, asking).status == 422, "once"


def test_nobody_but_residents_reports_and_no_page_of_an_agency_tells_of_it(
    town: Town, cast: Cast, asking: AgencyPost
) -> None:
    before = town.browser(cast.officer).get(page_of(asking)).words
    report(town, cast.rosa, asking, reason="A reason of Rosa's.")
    assert town.browser(cast.officer).get(page_of(asking)).words == before
    assert "/report" not in town.browser(cast.officer).get(page_of(asking)).text
    for who in (cast.officer, cast.captain, cast.clerk, cast.mod, cast.operator):
        assert report(town, who, asking).status == 404
    assert report(town, None, asking).status == 401


def test_what_is_not_public_cannot_be_reported(town: Town, cast: Cast) -> None:
    held = factories.agency_post(town, cast.officer, "maple-police", body="Please send us your doorbell footage.")
    assert held.state == "held" and report(town, cast.rosa, held).status == 404
    public = factories.agency_post(town, cast.officer, "maple-police")
    wrong = f"/agencies/maple-fire/posts/{public.id}/report"
    assert town.browser(cast.rosa).get(wrong).status == 404


def test_however_many_report_it_it_stays_until_two_moderators_agree(
    town: Town, cast: Cast, asking: AgencyPost, second: Account
) -> None:
    for who in (cast.rosa, cast.ben, *crowd(town, 4)):
        assert report(town, who, asking).status == 303
    assert state_of(town, asking) == "visible"
    assert decide(town, cast.mod, asking, "remove", "R1", reason="It asks for what a camera saw.").status == 303
    assert BODY in town.browser().get(page_of(asking)).words, "one person removes nothing"
    assert town.letters(cast.officer.email) == []
    assert decide(town, cast.mod, asking, "remove", "R1").status == 422
    claim(town, second, asking)
    page = town.browser(second).get(path(asking))
    assert "It asks for what a camera saw." in page.words and not page.soup.select("[name=days]")
    assert decide(town, second, asking, "remove", "R1", reason="So it does.").status == 303
    assert state_of(town, asking) == "withdrawn"


def test_what_was_removed_is_nowhere_and_its_page_says_why(
    town: Town, cast: Cast, asking: AgencyPost, second: Account
) -> None:
    removed(town, cast, second, asking)
    gone = town.browser().get(page_of(asking))
    assert gone.status == 410 and BODY not in gone.text
    assert "two moderators agreed that it breaks rule R1" in gone.words
    for address in ("/agencies/maple-police", "/agencies/maple-police.atom", "/feed", "/agencies/embed"):
        assert BODY not in town.browser(cast.ben).get(address).text, address
    log = town.browser().get("/moderation/log").words
    assert "An agency's text (Maple Police): Removed" in log and "It asks for what a camera saw." in log
    assert BODY not in log and "Rosa" not in log
    assert "removed a post of Maple Police: two moderators agreed" in town.browser().get("/ledger").words
    (letter,) = town.letters(cast.officer.email)
    assert "two moderators agreed" in letter.body and "R1" in letter.body and "appeal" in letter.body
    assert {made.outcome for made in reports(town)} == {"removed"}
    assert report(town, cast.ben, asking).status == 404


def test_an_agency_can_appeal_to_a_third_person_and_the_post_comes_back(
    town: Town, cast: Cast, asking: AgencyPost, second: Account
) -> None:
    removed(town, cast, second, asking)
    assert appeal(town, cast.officer, asking, "It asks for nothing.").status == 303
    third = factories.moderator(town, "third@maple.example", "Uma Reyes")
    for who in (cast.mod, second):
        assert decide(town, who, asking, "overturned", why="appeal").status == 422
    assert decide(town, third, asking, "overturned", why="appeal", reason="It tells whom to call.").status == 303
    page = town.browser().get(page_of(asking))
    assert page.status == 200 and BODY in page.words
    assert "put a removed post of Maple Police back" in town.browser().get("/ledger").words


def test_one_person_is_enough_to_leave_it_and_its_agency_hears_nothing(
    town: Town, cast: Cast, asking: AgencyPost
) -> None:
    report(town, cast.rosa, asking)
    assert decide(town, cast.mod, asking, "leave", reason="It asks for nothing.").status == 303
    assert BODY in town.browser().get(page_of(asking)).words
    assert town.letters(cast.officer.email) == []
    assert "It asks for nothing." in town.browser().get("/moderation/log").words
    assert {made.outcome for made in reports(town)} == {"kept"}
    assert report(town, cast.ben, asking).status == 303, "somebody else may see it in another way"
    assert len(cases(town)) == 2


def test_an_urgent_update_that_is_removed_is_cancelled_where_warnings_are_read(
    town: Town, cast: Cast, second: Account
) -> None:
    made = factories.urgent_update(town, cast.officer, "maple-police", "Boil your water")
    removed(town, cast, second, made)
    assert "<msgType>Cancel</msgType>" in town.browser().get(f"{page_of(made)}.cap").text.replace("cap:", "")

"""What agencies publish is told to the residents who follow them, and what was replied under their posts to those who
wrote there. What leaves names no agency and no word of it."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account
from portal.alerts import jobs
from portal.bulletins import service as bulletins
from portal.bulletins.models import AgencyPost
from tests import factories as make
from tests.alerts.tools import inbox, letters, notices, tell, wish
from tests.helpers import Town
from tests.people import Cast

NIGHT = ("22:00", "07:00")
STORM = {"category": "Met", "urgency": "Immediate", "severity": "Severe", "certainty": "Likely"}


def follow(town: Town, who: Account, slug: str = "maple-fire", on: bool = True) -> None:
    assert town.browser(who).post(f"/agencies/{slug}/follow", {"on": "1" if on else "0"}).status == 303


def publish(town: Town, cast: Cast, title: str = "Open burning ends", **fields: str) -> AgencyPost:
    post = make.agency_post(town, cast.captain, "maple-fire", title=title, kind="update")
    if fields:
        with town.acting() as act:
            row = act.session.get_one(AgencyPost, post.id)
            for name, value in fields.items():
                setattr(row, name, value)
    return post


def test_followers_are_told_and_nobody_else(town: Town, cast: Cast) -> None:
    follow(town, cast.ben)
    publish(town, cast)
    tell(town)
    tell(town)
    assert [notice.kind for notice in notices(town, cast.ben)] == ["agency"]
    for who in (cast.rosa, cast.faye, cast.officer, cast.captain, cast.mod):
        assert notices(town, who) == []
    page = town.browser(cast.ben).get("/alerts")
    assert "Maple Fire published an update" in page.words and "Open burning ends" in page.words
    assert "Open burning ends" in town.browser(cast.rosa).get("/feed").words, "who does not follow reads it in the feed"
    follow(town, cast.ben, on=False)
    publish(town, cast, "Another")
    tell(town)
    assert len(notices(town, cast.ben)) == 1


def test_another_agencys_post_is_not_told(town: Town, cast: Cast) -> None:
    follow(town, cast.ben)
    make.agency_post(town, cast.officer, "maple-police")
    tell(town)
    assert notices(town, cast.ben) == []


def test_a_held_post_is_told_when_it_goes_out(town: Town, cast: Cast) -> None:
    follow(town, cast.ben)
    held = make.agency_post(town, cast.captain, "maple-fire", body="Send us your doorbell footage.")
    tell(town)
    assert notices(town, cast.ben) == []
    with town.acting(cast.mod) as act:
        bulletins.release(act, held.id, {})
    tell(town)
    assert len(notices(town, cast.ben)) == 1


def test_it_leaves_by_mail_for_those_who_ask_and_the_letter_holds_nothing_of_it(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, "agencies", by_mail=True)
    publish(town, cast)
    tell(town)
    assert letters(town, cast.ben) == [], "a wish without following is none"
    follow(town, cast.ben)
    follow(town, cast.rosa)
    publish(town, cast)
    tell(town)
    (letter,) = letters(town, cast.ben)
    assert "An agency that you follow published something" in letter
    assert "burning" not in letter and "Maple Fire" not in letter and "Reply-To" not in letter
    assert letters(town, cast.rosa) == [], "following alone fills the inbox"


@pytest.mark.parametrize(("urgent", "at_once", "leaves"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_an_urgent_update_comes_in_quiet_hours_only_where_its_reader_said_so(
    town: Town, cast: Cast, urgent: bool, at_once: bool, leaves: int
) -> None:
    town.later(hours=14)  # two in the morning, in the town
    wish(town, cast.ben, "agencies", by_mail=True, quiet=NIGHT, urgent_at_once=at_once)
    follow(town, cast.ben)
    publish(town, cast, **(STORM if urgent else {}))
    tell(town)
    assert len(letters(town, cast.ben)) == leaves
    town.later(hours=6)
    tell(town)
    assert len(letters(town, cast.ben)) == 1, "and all else when they end"


def test_only_a_wish_about_agencies_can_be_urgent(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    form = browser.get("/alerts/rules/new?about=agencies")
    assert "Urgent updates may come in quiet hours" in form.words
    assert "Urgent updates" not in browser.get("/alerts/rules/new?about=posts").words
    data = {"by_mail": "y", "quiet_from": "22:00", "quiet_until": "07:00", "urgent_at_once": "y", "in_digest": "y"}
    assert browser.post("/alerts/rules/new?about=agencies", data).status == 303
    page = browser.get("/alerts/settings").words
    assert "What agencies that you follow publish" in page and "urgent ones at once" in page


def test_the_digest_counts_them(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, "agencies", in_digest=True)
    follow(town, cast.ben)
    publish(town, cast)
    gone = publish(town, cast, "Gone again")
    tell(town)
    town.browser(cast.captain).post(f"/agencies/maple-fire/posts/{gone.id}/withdraw")
    town.later(hours=7)
    jobs.send_digests(town.here)
    town.work()
    (letter,) = letters(town, cast.ben)
    assert "1 of agencies that you follow" in letter and "burning" not in letter


def test_a_withdrawn_post_is_told_no_more(town: Town, cast: Cast) -> None:
    wish(town, cast.ben, "agencies", by_mail=True)
    follow(town, cast.ben)
    post = publish(town, cast)
    jobs.make_notices(town.here)
    town.browser(cast.captain).post(f"/agencies/maple-fire/posts/{post.id}/withdraw")
    town.work()
    assert letters(town, cast.ben) == []
    assert "Something that an agency published, and withdrew." in town.browser(cast.ben).get("/alerts").words


def test_an_answer_is_told_to_whom_it_answers(town: Town, cast: Cast) -> None:
    tip = make.agency_post(town, cast.officer, "maple-police")
    asked = make.under_agency(town, cast.ben, tip, "When are you open?")
    make.under_agency(town, cast.rosa, tip, "I wonder too.", reply_to=asked.id)
    make.under_agency(town, cast.faye, tip, "Something else.")
    tell(town)
    assert [notice.kind for notice in notices(town, cast.ben)] == ["answer"]
    make.under_agency(town, cast.officer, tip, "Until six.", reply_to=asked.id)
    tell(town)
    assert len(notices(town, cast.ben)) == 2 and len(notices(town, cast.rosa)) == 1
    assert notices(town, cast.faye) == [] and notices(town, cast.officer) == []
    words = town.browser(cast.ben).get("/alerts").words
    assert "Maple Police answered you" in words and "Somebody answered you at Maple Police" in words
    assert "Rosa" not in words


def test_the_inbox_costs_the_same_for_more_lines(town: Town, cast: Cast) -> None:
    from tests.devices.tools import statements

    follow(town, cast.ben)
    counts = []
    for _ in range(2):
        for number in range(3):
            publish(town, cast, f"Update {number}")
            town.clock.at += timedelta(seconds=1)
        tell(town)
        with statements(town) as seen:
            inbox(town, cast.ben)
        counts.append(len(seen))
    assert counts[0] == counts[1]

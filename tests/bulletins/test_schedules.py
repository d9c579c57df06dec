"""What is scheduled goes out at its time, once, and read again; what is over leaves the feed and stays readable."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.agencies.models import Agency, Membership
from portal.audit.models import LedgerEntry
from portal.bulletins import jobs, service
from portal.bulletins.models import AgencyPost
from portal.db import SYSTEM, NotFound, Refusal
from tests import factories
from tests.helpers import Town
from tests.people import Cast


def schedule(town: Town, cast: Cast, **fields: object) -> AgencyPost:
    due_at = town.clock.at + timedelta(hours=2)
    return factories.agency_post(town, cast.officer, "maple-police", "A later tip", due_at=due_at, **fields)


def now(town: Town, post: AgencyPost) -> AgencyPost:
    with town.reading() as act:
        return act.session.get_one(AgencyPost, post.id)


def path(post: AgencyPost) -> str:
    return f"/agencies/maple-police/posts/{post.id}"


def test_it_is_seen_by_its_agency_alone_until_its_time(town: Town, cast: Cast) -> None:
    post = schedule(town, cast)
    town.chores()
    for who in (None, cast.rosa, cast.captain, cast.mod):
        assert town.browser(who).get(path(post)).status == 404
        assert "A later tip" not in town.browser(who).get("/agencies/maple-police").words
    assert "A later tip" in town.browser(cast.officer).get("/agencies/maple-police").words
    town.later(hours=2)
    town.chores()
    assert now(town, post).state == "visible"
    assert "A later tip" in town.browser(cast.rosa).get("/feed").words


def test_two_workers_let_it_out_once(town: Town, cast: Cast) -> None:
    post = schedule(town, cast)
    town.later(hours=3)
    for _worker in range(2):
        with town.here.database.write(SYSTEM, town.clock) as act:
            service.publish_due(act, post.id)
    with town.reading() as act:
        kinds = list(act.session.scalars(select(LedgerEntry.kind).where(LedgerEntry.subject_id == post.id)))
    assert kinds.count("agency-post.published") == 1


def test_it_is_read_again_when_it_is_due(town: Town, cast: Cast) -> None:
    """As if the lists of words had grown meanwhile: the row says what they would hold now."""
    post = schedule(town, cast)
    with town.acting() as act:
        act.session.get_one(AgencyPost, post.id).body = "Please check your doorbell and send us the footage."
    town.later(hours=3)
    jobs.publish_due(town.here)
    held = now(town, post)
    assert (held.state, held.spans[0]["rule"]) == ("held", "R1")
    (letter,) = town.letters("desk@police.maple.example")[-1:]
    assert "waits for a moderator" in letter.body and "footage" not in letter.body
    assert town.browser().get(path(post)).status == 404


def test_nothing_goes_out_under_the_name_of_who_has_left(town: Town, cast: Cast) -> None:
    post = schedule(town, cast)
    with town.acting() as act:
        act.session.execute(update(Membership).where(Membership.account_id == cast.officer.id).values(ended_at=act.now))
    colleague = factories.member(town, cast.police, "lee@police.maple.example", "Lee Park", "Officer")
    town.later(hours=3)
    town.chores()
    town.chores()
    assert (now(town, post).state, now(town, post).stopped) == ("scheduled", "author-left")
    assert "speaks for your agency no more" in town.letters("desk@police.maple.example")[-1].body
    assert (
        "Dana Whitfield speaks for your agency no more" in town.browser(colleague).get("/agencies/maple-police").words
    )
    assert town.browser(colleague).post(f"{path(post)}/publish").status == 303
    assert "Lee Park, Officer" in town.browser().get(path(post)).words


def test_nothing_goes_out_for_an_agency_that_may_publish_no_more(town: Town, cast: Cast) -> None:
    post = schedule(town, cast)
    with town.acting() as act:
        act.session.execute(update(Agency).where(Agency.id == cast.police.id).values(state="lapsed"))
    town.later(hours=3)
    town.chores()
    assert (now(town, post).state, now(town, post).stopped) == ("scheduled", "agency-closed")
    assert "not verified" in town.letters("desk@police.maple.example")[-1].body


def test_it_can_be_called_off_changed_and_published_at_once(town: Town, cast: Cast) -> None:
    first, second, third = (schedule(town, cast) for _number in range(3))
    town.browser(cast.officer).post(f"{path(first)}/withdraw")
    assert now(town, first).state == "withdrawn"
    assert town.browser().get(path(first)).status == 404, "it never was public"
    factories.change_agency_post(town, cast.officer, "maple-police", second, title="Another title")
    town.browser(cast.officer).post(f"{path(third)}/publish")
    assert now(town, third).state == "visible"
    assert "Another title" in town.browser().get(path(second)).words
    assert town.browser().get(f"{path(second)}/history").status == 404, "what was not public has no history"


def test_a_time_that_is_over_is_refused(town: Town, cast: Cast) -> None:
    with pytest.raises(Refusal, match="due-past"):
        factories.agency_post(town, cast.officer, "maple-police", due_at=town.clock.at)


def test_another_agency_comes_near_nothing_of_it(town: Town, cast: Cast) -> None:
    post = schedule(town, cast)
    for slug in ("maple-police", "maple-fire"):
        with pytest.raises(NotFound), town.acting(cast.captain) as act:
            service.publish_now(act, slug, post.id)
        with pytest.raises(NotFound), town.acting(cast.captain) as act:
            said = {name: getattr(post, name) for name in service.SAID}
            service.edit(act, slug, post.id, said | {"title": "By the wrong hand"})


def test_an_update_says_its_source_fades_and_stays_readable(town: Town, cast: Cast) -> None:
    post = factories.agency_post(town, cast.clerk, "town-of-maple", "Boil it", kind="update", source="Water works")
    here = f"/agencies/town-of-maple/posts/{post.id}"
    assert "Source: Water works" in town.browser().get(here).words
    assert post.fades_at == town.clock.at + timedelta(days=7)
    town.later(days=7, minutes=-1)
    assert "Boil it" in town.browser(cast.rosa).get("/feed").words
    town.later(minutes=1)
    assert "Boil it" not in town.browser(cast.rosa).get("/feed").words, "before any chore has run"
    town.chores()
    assert not now(town, post).in_feed
    assert "This update is over since" in town.browser().get(here).words
    page = town.browser().get("/agencies/town-of-maple")
    assert "Boil it" in page.soup.select_one("#earlier").get_text()
    assert page.soup.select_one("#current") is None


def test_an_agencys_page_puts_what_is_urgent_first_and_the_next_event_before_later_ones(town: Town, cast: Cast) -> None:
    urgent = {"urgent": ("Health", "Immediate", "Severe", "Observed")}
    factories.agency_post(town, cast.officer, "maple-police", "Boil it", kind="update", **urgent)
    factories.agency_post(town, cast.officer, "maple-police", "Newer", kind="update")
    for days in (9, 2, -2):
        starts_at = town.clock.at + timedelta(days=days)
        factories.agency_post(town, cast.officer, "maple-police", f"In {days}", kind="event", starts_at=starts_at)
    factories.agency_post(town, cast.officer, "maple-police", "A tip")
    page = town.browser().get("/agencies/maple-police")

    def titles(section: str) -> list[str]:
        return [tag.get_text(strip=True) for tag in page.soup.select(f"#{section} .post__title")]

    assert titles("current") == ["Boil it", "Newer"]
    assert titles("upcoming") == ["In 2", "In 9"]
    assert titles("tips") == ["A tip"]
    assert titles("earlier") == ["In -2"]

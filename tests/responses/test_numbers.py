"""Following, coming, useful, reach: numbers for everybody, and nobody's name on any page, for anybody."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from portal.responses import jobs, queries, rules, service
from portal.responses.jobs import Seen
from portal.responses.models import AgencyFollow, Attendance, AttendanceToken, PostReach, UsefulTip
from tests import factories
from tests.devices.tools import count, everything, statements
from tests.helpers import Page, Town
from tests.moderation.tools import appeal, decide
from tests.people import Cast
from tests.responses.tools import outsiders, path


def press(town: Town, who: Account | None, url: str, on: bool = True, htmx: bool = False) -> Page:
    return town.browser(who).post(url, {"on": "1" if on else "0"}, htmx=htmx)


# — Following —


def test_a_resident_follows_an_agency_that_serves_their_home_and_stops(town: Town, cast: Cast) -> None:
    page = town.browser(cast.ben).get("/agencies/maple-fire")
    button = page.soup.find("form", action="/agencies/maple-fire/follow").find("button", type="submit")
    assert button.get_text(strip=True) == "Follow" and button["aria-pressed"] == "false"
    assert press(town, cast.ben, "/agencies/maple-fire/follow").status == 303
    assert "Following" in town.browser(cast.ben).get("/agencies/maple-fire").words
    press(town, cast.ben, "/agencies/maple-fire/follow")
    assert count(town, AgencyFollow) == 1, "a second click undoes nothing"
    fragment = press(town, cast.ben, "/agencies/maple-fire/follow", on=False, htmx=True)
    assert "<html" not in fragment.text and fragment.soup.find("button")["aria-pressed"] == "false"
    assert count(town, AgencyFollow) == 0


def test_nobody_follows_an_agency_that_does_not_serve_their_home(town: Town, cast: Cast) -> None:
    nora = factories.resident(town, "Nora", "Distant Road", (41.0, -85.0))  # after the agencies were added
    assert not town.browser(nora).get("/agencies/maple-fire").soup.select("form[action$=follow]")
    assert press(town, nora, "/agencies/maple-fire/follow").status == 404
    assert press(town, nora, "/agencies/no-such-agency/follow").status == 404
    for who in outsiders(cast):
        assert not town.browser(who).get("/agencies/maple-fire").soup.select("form[action$=follow]")


@pytest.mark.parametrize("page", ["/alerts/settings", "/agencies"])
def test_all_agencies_of_ones_area_stand_where_one_looks_for_them(town: Town, cast: Cast, page: str) -> None:
    press(town, cast.ben, "/agencies/maple-fire/follow")
    near = town.browser(cast.ben).get(page).soup.find(id="near")
    pressed = {form["action"]: form.find("button", type="submit")["aria-pressed"] for form in near.select("form")}
    assert pressed == {
        "/agencies/maple-fire/follow": "true",
        "/agencies/maple-police/follow": "false",
        "/agencies/town-of-maple/follow": "false",
    }
    nora = factories.resident(town, "Nora", "Distant Road", (41.0, -85.0))
    assert town.browser(nora).get(page).soup.find(id="near") is None


# — Coming —


def test_residents_say_that_they_come_and_take_it_back(town: Town, cast: Cast, event: AgencyPost) -> None:
    url = f"{path(event, 'maple-fire')}/coming"
    assert "Nobody has said yet that they come" in town.browser().get(path(event, "maple-fire")).words
    assert press(town, cast.ben, url).status == 303
    press(town, cast.ben, url)
    assert "You are coming" in town.browser(cast.ben).get(path(event, "maple-fire")).words
    assert "I am coming" in town.browser(cast.rosa).get(path(event, "maple-fire")).words
    with town.reading() as act:
        assert act.session.get_one(Attendance, event.id).count == 1
    press(town, cast.ben, url, on=False)
    press(town, cast.ben, url, on=False)
    with town.reading() as act:
        assert act.session.get_one(Attendance, event.id).count == 0


def test_so_few_that_one_could_be_meant_are_a_few(town: Town, cast: Cast, event: AgencyPost) -> None:
    url, seen = f"{path(event, 'maple-fire')}/coming", []
    for number in range(6):
        press(town, factories.resident(town, f"N{number}"), url)
        page = town.browser(cast.captain).get(path(event, "maple-fire"))
        seen.append(page.soup.select_one("#coming [role=status]").get_text(strip=True))
    assert seen[:4] == ["A few neighbours are coming"] * 4
    assert seen[4:] == ["5 neighbours are coming", "6 neighbours are coming"]


def test_no_page_and_no_row_says_who_comes(town: Town, cast: Cast, event: AgencyPost) -> None:
    before = everything(town)["ledger"]
    press(town, cast.ben, f"{path(event, 'maple-fire')}/coming")
    after = everything(town)
    assert after["ledger"] == before, "nor does the ledger"
    rows = "\n".join(after["attendance"] + after["attendance_token"])
    for told in (str(cast.ben.id), cast.ben.id.hex, repr(cast.ben.id.bytes), "Ben", str(cast.ben.household_id)):
        assert told not in rows
    for who in (None, cast.rosa, cast.officer, cast.captain, cast.mod, cast.operator, cast.auditor):
        for url in (path(event, "maple-fire"), "/agencies/maple-fire", "/agencies/maple-fire/figures", "/ledger"):
            text = town.browser(who).get(url).text
            assert "Ben" not in text and str(cast.ben.id) not in text


def test_without_the_towns_secret_and_the_events_salt_a_token_stands_for_nobody(
    town: Town, cast: Cast, event: AgencyPost
) -> None:
    press(town, cast.ben, f"{path(event, 'maple-fire')}/coming")
    with town.reading() as act:
        salt = act.session.get_one(Attendance, event.id).salt
        (token,) = act.session.scalars(select(AttendanceToken.token))
    assert token == rules.token(town.here.settings.secret_key, salt, cast.ben.id)
    assert token != rules.token("another secret of this length", salt, cast.ben.id)
    assert token != rules.token(town.here.settings.secret_key, b"another salt", cast.ben.id)


def test_when_the_event_is_over_only_the_number_is_left(town: Town, cast: Cast, event: AgencyPost) -> None:
    url = f"{path(event, 'maple-fire')}/coming"
    for number in range(5):
        press(town, factories.resident(town, f"N{number}"), url)
    town.later(days=3, hours=1)
    town.chores()
    assert count(town, AttendanceToken) == 5, "it has begun, and is not over"
    town.later(hours=rules.EVENT_HOURS)
    town.chores()
    with town.reading() as act:
        row = act.session.get_one(Attendance, event.id)
        assert (row.count, row.salt) == (5, None)
    assert count(town, AttendanceToken) == 0
    assert "5 neighbours said that they come" in town.browser().get(path(event, "maple-fire")).words
    assert press(town, cast.ben, url).status == 404


def test_who_comes_to_an_event_that_is_withdrawn_is_forgotten_at_once(
    town: Town, cast: Cast, event: AgencyPost
) -> None:
    press(town, cast.ben, f"{path(event, 'maple-fire')}/coming")
    town.browser(cast.captain).post(f"{path(event, 'maple-fire')}/withdraw")
    town.chores()
    assert count(town, AttendanceToken) == 0


def test_who_comes_to_an_event_that_moderators_removed_still_comes_once_an_appeal_was_right(
    town: Town, cast: Cast, event: AgencyPost, second: Account, third: Account
) -> None:
    press(town, cast.ben, f"{path(event, 'maple-fire')}/coming")
    town.browser(cast.rosa).post(f"{path(event, 'maple-fire')}/report", {"rule": "R1", "reason": "It asks."})
    for who in (cast.mod, second):
        decide(town, who, event, "remove", "R1")
    town.chores()
    assert count(town, AttendanceToken) == 1
    assert press(town, cast.rosa, f"{path(event, 'maple-fire')}/coming").status == 404, "nobody can while it is gone"
    appeal(town, cast.captain, event)
    decide(town, third, event, "overturned", why="appeal")
    assert "You are coming" in town.browser(cast.ben).get(path(event, "maple-fire")).words
    assert press(town, cast.rosa, f"{path(event, 'maple-fire')}/coming").status == 303
    town.later(days=5)
    town.chores()
    assert count(town, AttendanceToken) == 0


def test_an_event_has_no_field_for_a_question(town: Town, cast: Cast, event: AgencyPost) -> None:
    page = town.browser(cast.ben).get(path(event, "maple-fire"))
    form = page.soup.find("form", action=f"{path(event, 'maple-fire')}/coming")
    assert {field.get("name") for field in form.find_all(["input", "button", "textarea"])} == {"csrf_token", "on"}
    officer = town.browser(cast.officer).get("/agencies/maple-police/posts/new")
    assert not [f for f in officer.soup.find_all(["input", "textarea"]) if "question" in (f.get("name") or "")]


# — Useful —


def test_residents_say_that_a_tip_was_useful_and_everybody_sees_how_many(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    for who in (cast.ben, cast.rosa, cast.ben):
        assert press(town, who, f"{path(tip)}/useful").status == 303
    for who in (None, cast.officer, cast.faye):
        assert "2 neighbours found it useful" in town.browser(who).get(path(tip)).words
    fragment = press(town, cast.ben, f"{path(tip)}/useful", on=False, htmx=True)
    assert "1 neighbour found it useful" in fragment.words and "<html" not in fragment.text
    assert "Rosa" not in town.browser(cast.officer).get(path(tip)).text


def test_triggers_refuse_followers_and_marks_of_anybody_but_residents(town: Town, cast: Cast, tip: AgencyPost) -> None:
    for who in (cast.officer, cast.mod, cast.operator):
        for row in (
            UsefulTip(account_id=who.id, post_id=tip.id),
            AgencyFollow(account_id=who.id, agency_id=cast.fire.id, since=town.clock.at),
        ):
            with pytest.raises(IntegrityError), town.acting() as act:
                act.session.add(row)


# — Reach —


def show(town: Town, post: AgencyPost, accounts: list[uuid.UUID]) -> None:
    with town.acting() as act:
        service.count_reach(act, {post.id: accounts}, town.here.settings.secret_key)


def reach_of(town: Town, slug: str = "maple-police") -> str:
    return town.browser().get(f"/agencies/{slug}/figures").soup.select("tbody td")[1].get_text(" ", strip=True)


@pytest.mark.parametrize(
    ("people", "words"),
    [(0, "fewer than 20"), (19, "fewer than 20"), (28, "20 to 49"), (40, "20 to 49"), (65, "50 to 99")],
)
def test_reach_is_told_from_twenty_people_on_and_in_ranges(
    town: Town, cast: Cast, tip: AgencyPost, people: int, words: str
) -> None:
    accounts = [uuid.UUID(int=number) for number in range(1, people + 1)]
    show(town, tip, accounts)
    show(town, tip, accounts[:10])
    assert reach_of(town) == f"{words} so far", "the same people again are no more people"


@given(st.integers(0, 3000))
def test_the_estimate_is_close(people: int) -> None:
    salt = people.to_bytes(32)
    tokens = [rules.token("secret", salt, uuid.UUID(int=number)) for number in range(people)]
    found = rules.people(rules.sketch(None, tokens))
    assert abs(found - people) <= max(4, people * 0.2)
    low, high = rules.reach(people)
    assert low <= people and (high is None or people <= high)


def test_opening_the_feed_or_the_post_counts_once_for_a_resident_and_writes_nothing_then(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    before = everything(town)
    seen: Seen = town.app.extensions["responses_seen"]
    for url in ("/feed", path(tip), "/feed", "/devices/feed"):
        town.browser(cast.ben).get(url)
    for who in outsiders(cast) + [cast.officer]:
        town.browser(who).get(path(tip))
    assert everything(town) == before, "looking writes nothing"
    jobs.write_seen(town.here, seen)
    with town.reading() as act:
        row = act.session.get_one(PostReach, tip.id)
        assert row.people == 1
        assert cast.ben.id.bytes not in (row.sketch or b"") and cast.ben.id.bytes != row.salt
    jobs.write_seen(town.here, seen)
    with town.reading() as act:
        assert act.session.get_one(PostReach, tip.id).people == 1


def test_counting_ends_after_a_week_and_only_the_number_is_left(town: Town, cast: Cast, tip: AgencyPost) -> None:
    show(town, tip, [uuid.UUID(int=number) for number in range(30)])
    town.later(days=rules.REACH_DAYS, minutes=1)
    show(town, tip, [uuid.UUID(int=number) for number in range(30, 90)])
    town.chores()
    with town.reading() as act:
        row = act.session.get_one(PostReach, tip.id)
        assert row.people in range(26, 33) and (row.salt, row.sketch) == (None, None), "thirty, about"
    assert reach_of(town) == "20 to 49"


@given(st.integers(0, 19), st.binary(min_size=4, max_size=4))
def test_fewer_than_twenty_people_are_never_a_figure(people: int, salt: bytes) -> None:
    tokens = [rules.token("secret", salt, uuid.UUID(int=number)) for number in range(people)]
    assert rules.reach(rules.people(rules.sketch(None, tokens))) == (0, 19)


# — Figures —


def test_figures_are_the_same_for_everybody_and_name_nobody(
    town: Town, cast: Cast, tip: AgencyPost, event: AgencyPost
) -> None:
    press(town, cast.ben, f"{path(tip)}/useful")
    press(town, cast.ben, f"{path(event, 'maple-fire')}/coming")
    press(town, cast.ben, "/agencies/maple-police/follow")
    factories.under_agency(town, cast.ben, tip)
    factories.under_agency(town, cast.officer, tip, "Thank you.")
    pages = {
        " ".join(town.browser(who).get("/agencies/maple-police/figures").soup.main.get_text(" ").split())
        for who in (None, cast.rosa, cast.officer, cast.captain, cast.mod, cast.auditor)
    }
    assert len(pages) == 1
    (words,) = pages
    assert "Residents who follow fewer than 20" in words and "Ben" not in words
    row = town.browser().get("/agencies/maple-police/figures").soup.select("tbody td")
    assert [cell.get_text(" ", strip=True) for cell in row[2:]] == ["1", "–", "1", "1"]
    row = town.browser().get("/agencies/maple-fire/figures").soup.select("tbody td")
    assert row[3].get_text(strip=True) == "a few"


def test_figures_cost_the_same_number_of_statements_for_more_posts(town: Town, cast: Cast) -> None:
    counts = []
    for more in (2, 6):
        for number in range(more):
            factories.agency_post(town, cast.officer, "maple-police", title=f"Tip {more} {number}")
        with statements(town) as seen, town.reading() as act:
            queries.figures(act, cast.police.id, 20)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_pages_of_figures_go_on(town: Town, cast: Cast) -> None:
    for number in range(22):
        factories.agency_post(town, cast.officer, "maple-police", title=f"Tip {number}")
        town.clock.at += timedelta(seconds=1)
    first = town.browser().get("/agencies/maple-police/figures")
    more = first.soup.select_one("a[rel=next]")["href"]
    assert "Tip 21" in first.words and "Tip 1 " in town.browser().get(more).words

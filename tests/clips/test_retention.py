"""How long a household keeps what its doorbells send, and how much: the owner decides, and is told before anything
goes."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.audit.models import LedgerEntry
from portal.clips.models import SealedFile
from portal.devices import queries, rules
from portal.devices.models import Event, Storage
from tests import factories
from tests.devices.tools import Porch, count, problem
from tests.factories import delivered_clip, digest, seal
from tests.helpers import Page, Town, form_data

PAGE = "/devices/retention"


def keep_for(porch: Porch, days: Any, confirm: bool = True) -> Page:
    browser = porch.town.browser(porch.rosa)
    page = browser.post(PAGE, {"days": str(days)})
    return browser.post(PAGE, form_data(page)) if confirm and page.status == 200 else page


def accounted(town: Town) -> dict[Any, int]:
    with town.reading() as act:
        return {row.household_id: row.kept_bytes for row in act.session.scalars(select(Storage))}


def really_kept(town: Town) -> dict[Any, int]:
    """By household, what the files on the disk add up to."""
    with town.reading() as act:
        query = select(Event.household_id, SealedFile.name).join(SealedFile, SealedFile.event_id == Event.id)
        found: dict[Any, int] = {}
        for household_id, name in act.session.execute(query):
            size = town.here.store.path(name).stat().st_size
            found[household_id] = found.get(household_id, 0) + size
        return found


def older(porch: Porch, days: float, clip: bytes | None = None) -> dict[str, Any]:
    return factories.event(porch.town.clock.now() - timedelta(days=days), clip=clip)


# — How long —


def test_until_the_owner_says_otherwise_the_towns_default_counts(porch: Porch) -> None:
    page = porch.town.browser(porch.rosa).get(PAGE)
    assert page.soup.find(id="days")["value"] == "30"
    porch.send(older(porch, 0))
    [event] = porch.events()
    assert event.expires_at == event.started_at + timedelta(days=30)


def test_more_days_count_for_what_comes_from_now_on(porch: Porch) -> None:
    porch.send(older(porch, 1))
    assert keep_for(porch, 90).status == 303
    porch.send(older(porch, 1))
    first, second = porch.events()
    assert first.expires_at == first.started_at + timedelta(days=30)
    assert second.expires_at == second.started_at + timedelta(days=90)


def test_before_anything_goes_the_owner_is_told_how_much_and_nothing_has_gone_yet(porch: Porch) -> None:
    delivered_clip(porch.town, porch.owner, porch.token)
    porch.town.later(days=5)
    porch.send(older(porch, 4), older(porch, 1))
    page = keep_for(porch, 3, confirm=False)
    assert page.status == 200
    assert "2 events of your household go now. 1 of them has a clip." in page.words
    assert count(porch.town, Event) == 3 and len(porch.town.files()) == 1
    assert porch.town.browser(porch.rosa).get(PAGE).soup.find(id="days")["value"] == "30"


def test_fewer_days_count_at_once_for_events_clips_and_room(porch: Porch) -> None:
    town = porch.town
    gone = delivered_clip(town, porch.owner, porch.token)
    town.later(days=5)
    stays = delivered_clip(town, porch.owner, porch.token)
    assert keep_for(porch, 3).status == 303
    assert count(town, Event) == 1 and len(town.files()) == 1
    browser = town.browser(porch.rosa)
    assert browser.get(f"/events/{gone}").status == 404
    assert browser.get(f"/events/{stays}/clip").status == 200
    [event] = porch.events()
    assert event.expires_at == event.started_at + timedelta(days=3)
    assert accounted(town) == really_kept(town)
    with town.reading() as act:
        expired = act.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "events.expired")).all()
    assert [entry.facts for entry in expired] == [{"events": 1, "files": 1}]


def test_fewer_days_that_reach_nothing_need_no_second_question(porch: Porch) -> None:
    porch.send(older(porch, 1))
    assert keep_for(porch, 7, confirm=False).status == 303
    [event] = porch.events()
    assert event.expires_at == event.started_at + timedelta(days=7)


def test_a_confirmation_of_another_number_is_none(porch: Porch) -> None:
    porch.send(older(porch, 5))
    page = porch.town.browser(porch.rosa).post(PAGE, {"days": "2", "confirmed": "4"})
    assert page.status == 200 and count(porch.town, Event) == 1


def test_it_is_the_households_own(porch: Porch) -> None:
    town = porch.town
    ben = Porch.built(town, "Ben")
    ben.send(older(porch, 5))
    porch.send(older(porch, 5))
    keep_for(porch, 2)
    assert len(ben.events()) == 1 and porch.events() == []
    assert town.browser(ben.rosa).get(PAGE).soup.find(id="days")["value"] == "30"
    paul = factories.resident(town, "Paul", household_id=porch.rosa.household_id)
    assert town.browser(paul).get(PAGE).soup.find(id="days")["value"] == "2", "all members decide about it"


@pytest.mark.parametrize("days", ["0", "181", "-3", "7.5", "soon", ""])
def test_only_whole_days_within_bounds(porch: Porch, days: str) -> None:
    page = keep_for(porch, days, confirm=False)
    assert page.status == 422
    assert page.soup.find(id="days")["value"] == days
    with porch.town.reading() as act:
        assert queries.storage(act, porch.rosa.household_id).retention_days is None


def test_an_event_that_came_back_after_its_time_is_not_taken_again(porch: Porch) -> None:
    sent = older(porch, 3)
    assert porch.send(sent)[0]["status"] == "accepted"
    keep_for(porch, 2)
    [again] = porch.send(sent)
    assert (again["status"], again["reason"]) == ("rejected", "too-late")
    assert porch.events() == []


# — How much —


@pytest.fixture
def tight(porch: Porch) -> Porch:
    """Room for 10 kB a household."""
    porch.town.here.settings = porch.town.here.settings.model_copy(update={"quota_bytes": 10_000})
    return porch


def film(porch: Porch, size: int) -> bytes:
    """A sealed film of exactly `size` bytes. (Its end is cut off: sealing adds grease of a random length.)"""
    return seal(b"x" * size, porch.owner.recipient)[:size]


def send_clip(porch: Porch, sealed: bytes) -> tuple[str, Any]:
    event = older(porch, 0, sealed)
    [result] = porch.send(event)
    return result["clip"], porch.door.put(f"clips/{event['id']}", sealed, **digest(sealed))


def test_what_is_kept_is_counted_and_shown(porch: Porch) -> None:
    delivered_clip(porch.town, porch.owner, porch.token, b"x" * 2_000_000, poster=True)
    assert accounted(porch.town) == really_kept(porch.town)
    words = porch.town.browser(porch.rosa).get("/devices").words
    assert "2.0 MB of 5.4 GB" in words and "Kept for 30 days." in words


def test_a_clip_without_room_is_refused_before_it_is_sent_and_its_event_is_kept(tight: Porch) -> None:
    assert send_clip(tight, film(tight, 6000))[1].status_code == 201
    clip, answer = send_clip(tight, film(tight, 4001))
    assert clip == "refused"
    problem(answer, 422, "clip-refused")
    clip, answer = send_clip(tight, film(tight, 4000))
    assert (clip, answer.status_code) == ("send", 201)
    assert len(tight.events()) == 3
    assert accounted(tight.town) == really_kept(tight.town)


def test_a_refused_clip_stays_refused_when_its_event_is_repeated(tight: Porch) -> None:
    sealed = film(tight, 10_001)
    event = older(tight, 0, sealed)
    assert tight.send(event)[0] == {"index": 0, "id": event["id"], "status": "accepted", "clip": "refused"}
    assert tight.send(event)[0] == {"index": 0, "id": event["id"], "status": "duplicate", "clip": "refused"}
    page = tight.town.browser(tight.rosa).get(f"/events/{tight.page_id(event)}")
    assert "Its clip was not taken" in page.words


@pytest.mark.parametrize("kind", ["clip", "poster"])
def test_room_that_was_used_up_since_the_event_is_a_problem_of_its_own(tight: Porch, kind: str) -> None:
    first, second = film(tight, 6000), film(tight, 6000)
    events = [older(tight, 0, sealed) for sealed in (first, second)]
    assert [result["clip"] for result in tight.send(*events)] == ["send", "send"]
    assert tight.door.put(f"clips/{events[0]['id']}", first, **digest(first)).status_code == 201
    path = f"clips/{events[1]['id']}" + ("/poster" if kind == "poster" else "")
    problem(tight.door.put(path, second, **digest(second)), 422, "quota")
    assert len(tight.town.files()) == 1 and accounted(tight.town) == really_kept(tight.town)
    assert tight.door.put(f"clips/{events[0]['id']}", first, **digest(first)).status_code == 200, "this one is kept"


def test_what_expires_makes_room_again(tight: Porch) -> None:
    send_clip(tight, film(tight, 9000))
    assert send_clip(tight, film(tight, 9000))[0] == "refused"
    tight.town.later(days=30)
    tight.town.chores()
    assert accounted(tight.town) == {tight.rosa.household_id: 0}
    assert send_clip(tight, film(tight, 9000))[1].status_code == 201


def test_the_owner_is_warned_when_it_fills_and_when_it_is_full(tight: Porch) -> None:
    def words() -> str:
        return tight.town.browser(tight.rosa).get("/devices").words

    send_clip(tight, film(tight, 7999))
    assert "nearly full" not in words()
    send_clip(tight, film(tight, 1000))
    assert "Your room for clips is nearly full" in words()
    send_clip(tight, film(tight, 1001))
    assert "There is no room for more clips" in words()


@given(st.integers(0, 20_000), st.integers(1, 10_000))
def test_full_is_never_called_fine(kept: int, quota: int) -> None:
    told = rules.fullness(kept, quota)
    assert (told == "full") == (kept >= quota)
    assert (told == "fine") == (kept < 0.8 * quota)

"""Retention and sweeping: what is over goes, with its files; what has a row stays; what has none goes after an hour."""

import os
from datetime import timedelta

import pytest

from portal.audit.models import LedgerEntry
from portal.clips import service
from portal.clips.models import SealedFile
from portal.devices.models import Device, Event
from tests import factories
from tests.devices.tools import Porch, count, everything
from tests.factories import delivered_clip
from tests.helpers import Town


def expired_facts(town: Town) -> list[dict[str, int]]:
    with town.reading() as act:
        query = act.session.query(LedgerEntry).where(LedgerEntry.kind == "events.expired")
        return [entry.facts for entry in query.order_by(LedgerEntry.seq)]


def test_when_their_time_is_over_events_and_clips_are_erased_and_counts_stay(porch: Porch) -> None:
    town = porch.town
    delivered_clip(town, porch.owner, porch.token)
    delivered_clip(town, porch.owner, porch.token)
    porch.send(factories.event(town.clock.now()))
    assert len(town.files()) == 2
    town.clock.at += timedelta(days=30)
    town.chores()
    assert count(town, Event) == count(town, SealedFile) == 0
    assert town.files() == []
    assert count(town, Device) == 1, "the doorbell stays"
    assert expired_facts(town) == [{"events": 3, "files": 2}]


def test_the_public_ledger_holds_the_counts_and_nothing_of_when_or_who(porch: Porch) -> None:
    delivered_clip(porch.town, porch.owner, porch.token)
    porch.town.clock.at += timedelta(days=30)
    porch.town.chores()
    with porch.town.reading() as act:
        [entry] = act.session.query(LedgerEntry).where(LedgerEntry.kind == "events.expired")
    assert entry.public
    assert (entry.actor_kind, entry.subject_id) == ("system", None)
    assert set(entry.facts) == {"events", "files"}


def test_what_still_has_time_stays(porch: Porch) -> None:
    town = porch.town
    old = factories.event(town.clock.now() - timedelta(days=2))
    porch.send(old)
    delivered_clip(town, porch.owner, porch.token)
    town.clock.at += timedelta(days=28)
    town.chores()
    assert count(town, Event) == 1 and count(town, SealedFile) == 1 and len(town.files()) == 1
    assert expired_facts(town) == [{"events": 1, "files": 0}]


def test_nothing_to_do_leaves_nothing_in_the_ledger(porch: Porch) -> None:
    porch.town.chores()  # the first round gives new residents their alerts
    porch.town.chores()  # what was new is told
    before = everything(porch.town)
    porch.town.chores()
    assert everything(porch.town) == before


def test_more_than_one_helping_goes_in_one_round(porch: Porch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "EXPIRE_AT_ONCE", 4)  # a number, so that nobody has to wait for 500
    porch.send(*(factories.event(porch.town.clock.now()) for _n in range(9)))
    delivered_clip(porch.town, porch.owner, porch.token)
    porch.town.clock.at += timedelta(days=30)
    porch.town.chores()
    assert count(porch.town, Event) == 0 and porch.town.files() == []
    facts = expired_facts(porch.town)
    assert sum(fact["events"] for fact in facts) == 10 and sum(fact["files"] for fact in facts) == 1
    assert max(fact["events"] for fact in facts) == 4


def age_by_two_hours(town: Town, name: str) -> None:
    path = town.here.store.path(name)
    then = path.stat().st_mtime - 7200
    os.utime(path, (then, then))


@pytest.mark.parametrize("folder", ["clips", "posters"])
def test_a_file_without_a_row_goes_after_an_hour_and_one_with_a_row_never(porch: Porch, folder: str) -> None:
    town = porch.town
    delivered_clip(town, porch.owner, porch.token)
    [mine] = town.files()
    store, now = town.here.store, town.clock.now()
    orphan = store.keep(store.stage([b"whose row never came"], 100), folder, "orphan", ".age", now)
    young = store.keep(store.stage([b"whose row may still come"], 100), folder, "young", ".age", now)
    for name in (mine, orphan):
        age_by_two_hours(town, name)
    town.chores()
    assert town.files() == sorted([mine, young])


def test_what_was_staged_and_never_kept_goes_after_an_hour(porch: Porch) -> None:
    town = porch.town
    cut_off = town.here.store.stage([b"half a clip"], 100)
    fresh = town.here.store.stage([b"still coming in"], 100)
    then = cut_off.path.stat().st_mtime - 7200
    os.utime(cut_off.path, (then, then))
    town.chores()
    assert not cut_off.path.exists() and fresh.path.exists()


def test_the_owner_can_still_open_what_the_sweep_went_by(porch: Porch) -> None:
    town = porch.town
    event_id = delivered_clip(town, porch.owner, porch.token, b"a film")
    [name] = town.files()
    age_by_two_hours(town, name)
    town.chores()
    sealed = town.browser(porch.rosa).get(f"/events/{event_id}/clip").response.data
    assert porch.owner.open(sealed) == b"a film"

"""Faults are real faults, and the client lives with them."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.client import Client, Unreachable, seal, utc_now
from simulator.faults import PROFILES, Network, Profile, spells
from tests.simulator.portal import Portal
from tests.simulator.test_client import EVENT_ID, RECIPIENTS, Waits, event, join

START = datetime(2025, 5, 5, tzinfo=UTC)


@pytest.fixture
def portal():
    with Portal() as portal:
        yield portal


class Sometimes(random.Random):
    """Chances that come true in turn: True for the first draw, False for the next, and so on as told."""

    def __init__(self, *turns: bool):
        super().__init__(1)
        self._turns = list(turns)

    def random(self) -> float:
        return 0.0 if self._turns and self._turns.pop(0) else 0.999


def through(portal: Portal, profile: Profile, rng: random.Random, act, offline=()):
    """Pair over a good network, then `act(client)` over a bad one."""

    async def go():
        async with httpx.AsyncHTTPTransport() as wire:
            network = Network(wire, Profile(), rng, utc_now, offline=[])
            http = httpx.AsyncClient(base_url=portal.url, transport=network)
            client = Client(http, sleep=Waits(), rng=random.Random(1))
            await join(client, *portal.invite(*RECIPIENTS))
            network._profile, network.offline = profile, list(offline)
            return await act(client)

    return asyncio.run(go())


def test_duplicates_arrive_twice_and_count_once(portal):
    answer = through(portal, Profile(duplicate=1), random.Random(1), lambda client: client.send_events([event()]))
    assert len(portal.bodies("POST", "/api/v1/events")) == 2
    assert answer[0].status == "duplicate"


def test_a_lost_answer_is_asked_for_again(portal):
    rng = Sometimes(True)

    async def act(client):
        return await client.send_events([event()])

    answer = through(portal, Profile(lose_answer=0.5), rng, act)
    assert [result.status for result in answer] == ["duplicate"]
    assert len(portal.bodies("POST", "/api/v1/events")) == 2


@pytest.mark.parametrize("fault", ["cut", "garble"])
def test_a_damaged_upload_is_never_stored_and_heals(portal, fault):
    rng = Sometimes()

    async def act(client):
        sealed = seal(b"film" * 9999, client.recipients)
        await client.send_events([event(clip={"bytes": len(sealed.body), "seconds": 8})])
        rng._turns = [True]
        assert await client.put_clip(EVENT_ID, sealed)
        assert client.retries == 1
        return sealed

    sealed = through(portal, Profile(**{fault: 0.5}), rng, act)
    assert portal.device("S1").clips == {EVENT_ID: sealed.body}
    arrived = portal.bodies("PUT", f"/api/v1/clips/{EVENT_ID}")
    assert arrived[-1] == sealed.body
    assert sealed.body not in arrived[:-1]
    assert portal.violations == []


def test_offline_nothing_passes(portal):
    forever = (utc_now(), utc_now() + timedelta(hours=1))

    async def act(client):
        with pytest.raises(Unreachable):
            await client.send_events([event()])

    through(portal, Profile(), random.Random(1), act, offline=[forever])
    assert portal.bodies("POST", "/api/v1/events") == []


def test_afterwards_everything_passes_again(portal):
    over = (utc_now() - timedelta(hours=1), utc_now())

    async def act(client):
        return await client.send_events([event()])

    assert through(portal, Profile(), random.Random(1), act, offline=[over])[0].status == "accepted"


def test_the_profile_none_is_a_perfect_network(portal):
    async def act(client):
        for _ in range(20):
            await client.send_events([event()])
        return client.retries

    assert through(portal, PROFILES["none"], random.Random(1), act) == 0
    assert len(portal.bodies("POST", "/api/v1/events")) == 20


@given(seed=st.integers(), profile=st.sampled_from(["mild", "harsh"]), pace=st.sampled_from([1, 60]))
def test_spells_are_in_order_apart_and_within_the_window(seed, profile, pace):
    end = START + timedelta(days=6)
    found = spells(PROFILES[profile], random.Random(seed), START, end, pace)
    assert found == spells(PROFILES[profile], random.Random(seed), START, end, pace)
    edges = [edge for spell in found for edge in spell]
    assert edges == sorted(edges) and all(START <= edge <= end for edge in edges)


def test_pace_makes_spells_more_and_shorter():
    end = START + timedelta(days=60)
    slow = spells(PROFILES["harsh"], random.Random(1), START, end)
    fast = spells(PROFILES["harsh"], random.Random(1), START, end, pace=10)
    assert 5 < len(fast) / len(slow) < 20
    shares = [sum((b - a for a, b in found), timedelta()) / (end - START) for found in (slow, fast)]
    assert all(0.05 < share < 0.2 for share in shares)
    assert spells(PROFILES["none"], random.Random(1), START, end) == []

"""Who comes by when: deterministic, Poisson, and like life."""

import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.street import HOMES, VISITS, Porch, kind_of_home, look, plan, rate, stream, weather
from simulator.town import build_town

START = datetime(2025, 5, 5, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def porches(count: int = 12) -> list[Porch]:
    return build_town("maple", count).porches()


def test_command_prints_the_same_bytes_whatever_python_hashes_to():
    command = [sys.executable, "-m", "simulator", "plan", "--town", "maple", "--homes", "8", "--days", "2"]
    one, other = (subprocess.check_output(command, env={**os.environ, "PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert one == other
    assert len([json.loads(line) for line in one.splitlines()]) > 50


def test_two_seeds_differ():
    one, other = (plan(seed, porches(), START, START + DAY) for seed in ("maple", "birch"))
    assert one and other
    assert not {item.id for item in one} & {item.id for item in other}
    assert not {item.started_at for item in one} & {item.started_at for item in other}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.text(max_size=8),
    first=st.integers(0, 48 * 60),
    second=st.integers(0, 48 * 60),
    density=st.sampled_from((0.5, 1.0, 3.0)),
)
def test_two_windows_side_by_side_hold_what_one_long_window_holds(seed, first, second, density):
    few = porches(5)
    middle = START + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = plan(seed, few, START, end, density)
    assert whole == plan(seed, few, START, middle, density) + plan(seed, few, middle, end, density)
    assert all(START <= item.started_at < end for item in whole)
    assert whole == sorted(whole, key=lambda item: (item.started_at, item.device, item.id))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9), density=st.sampled_from((1.0, 2.0)))
def test_visits_come_as_often_as_their_rate_says(seed, density):
    """Within 6 standard deviations of a Poisson count, for every kind."""
    seed, town, days = str(seed), porches(30), 4
    seen = Counter(
        item.incident.kind
        for item in plan(seed, town, START, START + days * DAY, density)
        if not (item.kind == "ring" and item.incident.kind == "parcel")
    )
    expected: dict[str, float] = defaultdict(float)
    for porch in town:
        for hour in range(24 * days):
            local = (START + timedelta(hours=hour)).astimezone(porch.zone)
            for kind in VISITS:
                if porch.has_bell or kind not in ("visitor", "parcel"):
                    expected[kind] += density * rate(kind, local, weather(seed, local), kind_of_home(seed, porch))
    for kind, count in expected.items():
        assert abs(seen[kind] - count) <= max(6, 6 * math.sqrt(count)), kind


def test_hours_vary_as_poisson_counts_do():
    """The variance of an hour's count is its mean: no clumps, and no clockwork."""
    town = porches(60)
    counts = Counter(
        (item.device, item.started_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        for item in plan("maple", town, START, START + 14 * DAY)
        if item.incident.kind == "passer-by"
    )
    cells = [
        (
            counts[porch.key, START + timedelta(hours=hour)],
            rate("passer-by", local, weather("maple", local), kind_of_home("maple", porch)),
        )
        for porch in town
        for hour in range(24 * 14)
        if rate("passer-by", local := (START + timedelta(hours=hour)).astimezone(porch.zone))
    ]
    dispersion = sum((count - mean) ** 2 / mean for count, mean in cells) / len(cells)
    assert 0.93 < dispersion < 1.07


def test_life_follows_the_clock():
    hours = defaultdict(Counter)
    for item in plan("maple", porches(40), START, START + 14 * DAY):
        hours[item.incident.kind][item.incident.at.hour] += 1
    afternoon = sum(hours["parcel"][hour] for hour in range(12, 19))
    assert afternoon > 0.7 * hours["parcel"].total()
    assert not any(hours["parcel"][hour] for hour in range(0, 8))
    night = sum(hours["cat"][hour] for hour in (*range(0, 6), *range(20, 24)))
    assert night > 0.9 * hours["cat"].total()
    assert {item for kind in hours for item in hours[kind]} == set(range(24))


def test_kinds_fit_the_contract_and_only_doors_ring():
    town = porches(60)
    bells = {porch.key: porch.has_bell for porch in town}
    seen = plan("maple", town, START, START + 7 * DAY)
    assert {item.kind for item in seen} == {"ring", "motion", "person", "package", "tamper"}
    assert all(bells[item.device] for item in seen if item.kind in ("ring", "package"))
    assert not all(bells.values())
    assert all(item.started_at < item.ended_at <= item.started_at + timedelta(seconds=12) for item in seen)
    assert {item.clip for item in seen} == {True, False}


def test_ids_are_unique_version_7_and_tell_the_start():
    seen = plan("maple", porches(30), START, START + 7 * DAY)
    ids = [UUID(item.id) for item in seen]
    assert len(set(ids)) == len(ids)
    assert {item.version for item in ids} == {7}
    for item, id_ in zip(seen, ids, strict=True):
        assert id_.int >> 80 == round(item.started_at.timestamp() * 1000)


def test_a_lost_dog_crosses_three_neighbouring_porches_in_turn():
    town = porches(20)
    homes = {porch.key: porch.home for porch in town}
    dogs = defaultdict(list)
    for item in plan("maple", town, START, START + 14 * DAY):
        if item.incident.kind == "dog":
            dogs[item.incident.seed].append(item)
    assert len(dogs) >= 2
    for items in dogs.values():
        assert len({homes[item.device] for item in items}) == len(items) == 3
        gaps = [(b.started_at - a.started_at).total_seconds() for a, b in zip(items, items[1:], strict=False)]
        assert all(39 < gap < 121 for gap in gaps)
        assert all(item.clip for item in items)


def test_who_walks_a_dog_passes_homes_in_their_order_at_a_walking_pace_and_from_their_angle():
    town = {porch.key: porch for porch in porches(240)}  # whole streets
    walks = defaultdict(list)
    for item in plan("maple", list(town.values()), START, START + 2 * DAY):
        if item.incident.kind == "dog-walk":
            walks[item.incident.seed].append(item)
    checked = 0
    for items in walks.values():
        near = [(town[item.device], item) for item in items if not item.incident.far]
        if len(near) < 3:
            continue
        checked += 1
        east = [b.lon - a.lon for (a, _), (b, _) in zip(near, near[1:], strict=False)]
        assert all(step > 0 for step in east) or all(step < 0 for step in east)
        (first, began), (last, ended) = near[0], near[-1]
        whole = math.hypot((last.lon - first.lon) * 84_000, (last.lat - first.lat) * 110_574)
        assert 0.9 < whole / (ended.started_at - began.started_at).total_seconds() < 1.7  # metres a second
        for item in items:
            porch = town[item.device]
            assert item.incident.way == (1 if (east[0] > 0) == porch.odd else -1)  # the odd side looks north
            assert (porch.odd == first.odd) != item.incident.far
    assert checked > 10


def test_kinds_of_home_differ_and_cameras_of_one_home_do_not():
    town = porches(200)
    kinds = defaultdict(set)
    for porch in town:
        kinds[porch.home].add(kind_of_home("maple", porch))
    assert all(len(found) == 1 for found in kinds.values())
    shares = Counter(found.pop() for found in kinds.values())
    assert set(shares) == set(HOMES)
    assert abs(shares["family"] - 70) < 30
    noon = START.replace(hour=12)
    assert rate("visitor", noon, "clear", "retired") > 3 * rate("visitor", noon, "clear", "commuters")
    assert rate("passer-by", noon, "rain") < rate("passer-by", noon, "clear")


def test_a_stream_holds_what_a_plan_holds_hour_by_hour():
    some = porches(20)
    pieces = list(stream("maple", some, START, START + DAY))
    assert [item for piece in pieces for item in piece] == plan("maple", some, START, START + DAY)
    assert all(piece[-1].started_at - piece[0].started_at <= timedelta(hours=1) for piece in pieces if piece)


def test_weather_is_shared_by_the_town_and_snow_keeps_to_winter():
    summer = [weather("maple", START + timedelta(hours=6 * step)) for step in range(400)]
    winter = [weather("maple", START + timedelta(days=240, hours=6 * step)) for step in range(200)]
    assert "snow" not in summer and {"clear", "cloudy", "rain"} == set(summer)
    assert "snow" in winter


def test_a_porch_looks_the_same_for_ever_and_unlike_the_others():
    looks = [look("maple", porch) for porch in porches(30)]
    assert looks == [look("maple", porch) for porch in porches(30)]
    assert len(set(looks)) == len(looks)


def test_nonsense_is_refused():
    some = porches(2)
    with pytest.raises(ValueError):
        plan("maple", some, START.replace(tzinfo=None), START)
    with pytest.raises(ValueError):
        plan("maple", some, START, START + DAY, density=0)
    with pytest.raises(ValueError):
        plan("maple", some * 2, START, START + DAY)
    assert plan("maple", [], START, START + DAY) == []


@pytest.mark.parametrize(
    ("name", "bell"), [("Front door", True), ("Doorbell", True), ("Outdoor camera", False), ("Garage", False)]
)
def test_a_camera_with_a_bell_is_one_at_a_door(name, bell):
    assert Porch("x", "1 Elm Lane", name, 40, -86, -5).has_bell is bell

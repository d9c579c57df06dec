"""Scenarios: what their files may say, how a wrong one is refused, and what they do to a town."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import scenario, street
from simulator.scenario import Scenario, WrongScenario, moment, read
from simulator.street import Porch
from simulator.town import build_town

END = datetime(2025, 5, 14, 22, tzinfo=UTC)
START = END - timedelta(days=1)
HEAD = 'title = "Mine"\nabout = "A try."\n'


def town(homes: int = 60) -> dict[str, Porch]:
    return {porch.key: porch for porch in build_town("maple", homes).porches()}


def life(name: str, homes: int = 60, seed: str = "maple") -> list[street.Planned]:
    """All that happens in the first two days of a scenario, or in all of a shorter one."""
    found = scenario.load(name)
    days = timedelta(days=min(2, found.days))
    return street.plan(seed, list(town(homes).values()), START, START + days, 1.0, found)


# The files


def test_all_that_come_with_the_simulator_can_be_read():
    assert scenario.names() == [
        "false-alarms", "festival", "legacy-2023", "lost-dog", "porch-parcel", "quiet-week", "storm",
    ]  # fmt: skip
    for name in scenario.names():
        assert scenario.load(name).title


def test_a_file_of_ones_own_is_a_scenario(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + '[life]\nparcel = 3\n[[busy]]\nfrom = "22:00"\nuntil = "02:00"\nwhat = "cat"\nfactor = 4\n')
    found = scenario.load(str(path))
    assert (found.title, found.name, found.days) == ("Mine", "mine", 1.0)
    assert found.factor("parcel", START, START) == 3 and found.factor("visitor", START, START) == 1
    hours = [hour for hour in range(24) if found.factor("cat", START, START.replace(hour=hour)) == 4]
    assert hours == [0, 1, 22, 23]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('title = "x"\nabout = \n', 2, "Invalid value"),
        ('title = "x"\ntitle = "y"\n', 2, "Cannot overwrite"),
        ("days = 3\n", 1, "'title' is missing"),
        ('title = ""\nabout = "x"\n', 1, "title: some words"),
        (HEAD + "\ndays = -1\n", 4, "days: a number from 0.01 to 366, not -1"),
        (HEAD + "days = true\n", 3, "days: a number"),
        (HEAD + 'colour = "red"\n', 3, "'colour' is not known here"),
        (HEAD + "[life]\nvisitor = 1\ndragon = 2\n", 5, "'dragon' is not known here"),
        (HEAD + '[life]\nvisitor = "often"\n', 4, "visitor: a number"),
        (HEAD + '[weather]\nsky = "rain"\n', 3, "[[weather]] with two brackets"),
        (HEAD + '[[weather]]\nsky = "hail"\n', 4, "'hail' is none of clear, cloudy, rain, snow"),
        (HEAD + '[[weather]]\nsky = "rain"\nfrom = "25:00"\nuntil = "09:00"\n', 5, "from: a time of day"),
        (HEAD + '[[weather]]\nsky = "rain"\nfrom = "08:00"\n', 3, "'until' is missing"),
        (HEAD + '[[weather]]\nsky = "rain"\n[[weather]]\nsky = "fog"\n', 6, "'fog' is none of"),
        (HEAD + '[[crowd]]\nwhat = "group"\nper_hour = 2\nshare = 7\n', 6, "share: a number from 0 to 1"),
        (HEAD + '[[story]]\nname = "a"\n', 3, "at least one [[story.step]]"),
        (
            HEAD + '[[story]]\nname = "a"\n[[story.step]]\nwhat = "dog"\nat = "08:00"\n[[story.step]]\nwhat = "dog"\n',
            8,
            "'at' is missing",
        ),
        (
            HEAD + '[[story]]\nname = "a"\n[[story.step]]\nwhat = "dog"\nat = "08:00"\n'
            '[[story]]\nname = "b"\n[[story.step]]\nwhat = "cow"\nat = "08:00"\n',
            11,
            "'cow' is none of",
        ),
        (HEAD + '[[outage]]\nat = "08:00"\n', 3, "'hours' is missing"),
        (HEAD + "[[outage]]\nat = 8\nhours = 2\n", 4, 'such as "17:05", not 8'),
        (
            HEAD + '[archive]\nrequests = 3\nfrom = 2023-01-01\nuntil = 2024-03-01\nagencies = ["P"]\n',
            5,
            "from 2021-06-07 to 2024-01-31",
        ),
        (HEAD + '[archive]\nrequests = 3\nfrom = "2023"\nuntil = 2024-01-01\n', 5, "a day without quotes"),
        (HEAD + "[archive]\nrequests = 3\nfrom = 2023-01-01\nuntil = 2024-01-01\nagencies = []\n", 7, "agencies"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line_and_the_reason(text, line, reason):
    with pytest.raises(WrongScenario) as caught:
        read(text, "mine", "mine.toml")
    assert str(caught.value).startswith(f"mine.toml, line {line}: ")
    assert reason in str(caught.value)


def test_what_is_not_there_is_named():
    with pytest.raises(WrongScenario, match="no scenario 'quiet': choose one of false-alarms"):
        scenario.load("quiet")


@given(start=st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)))
@pytest.mark.parametrize("name", ["storm", "lost-dog", "porch-parcel"])
def test_whenever_it_is_started_it_happens_in_its_order_and_within_a_day(name, start):
    found, zone = scenario.load(name), town(1).popitem()[1].zone
    first = found.first_day(start, zone)
    times = [step.at for story in found.stories for step in story.steps] + [item.at for item in found.outages]
    times += [item.span.begin for item in (*found.busy, *found.weather) if item.span.day == 1]
    moments = [moment(first, zone, 1, minute) for minute in times]
    assert start - timedelta(minutes=1) < min(moments) <= start + timedelta(days=1)
    assert {item.date() for item in moments} == {first}


# What they do


@pytest.mark.parametrize("name", scenario.names())
def test_the_same_seed_gives_the_same_life_and_two_windows_hold_what_one_holds(name):
    porches, found = list(town(12).values()), scenario.load(name)
    middle = START + timedelta(hours=9, minutes=40)
    whole = street.plan("maple", porches, START, END, 1.0, found)
    assert whole == street.plan("maple", porches, START, END, 1.0, found)
    halves = street.plan("maple", porches, START, middle, 1.0, found, START)
    halves += street.plan("maple", porches, middle, END, 1.0, found, START)
    assert whole == halves
    other = street.plan("birch", porches, START, END, 1.0, found)
    assert not {item.id for item in whole} & {item.id for item in other}


def test_one_lost_dog_is_seen_from_porch_to_porch_and_its_owner_after_it():
    porches = town()
    seen = [item for item in life("lost-dog") if item.incident.kind in ("dog", "searcher")]
    dogs, owners = ([item for item in seen if item.incident.kind == kind] for kind in ("dog", "searcher"))
    assert len({item.incident.seed for item in seen}) == 1
    assert [item.device for item in dogs] == [item.device for item in owners]
    assert len({porches[item.device].home for item in dogs}) == 5
    assert dogs[-1].started_at < owners[0].started_at and all(item.clip for item in seen)
    last = [item for item in life("lost-dog") if item.incident.seed == dogs[0].incident.seed][-5:]
    assert [item.incident.kind for item in last] == ["dog-walk"] * 5
    assert [item.device for item in last] == [item.device for item in dogs][::-1]  # home again
    assert [item.incident.way for item in last] == [-item.incident.way for item in dogs][::-1]


def test_a_story_goes_along_one_side_of_a_street_as_fast_as_it_says():
    text = HEAD + (
        '[[story]]\nname = "a"\nporches = 6\ntimes = 5\n'
        '[[story.step]]\nwhat = "carrier"\nat = "12:00"\npace = 1.5\n'
        '[[story.step]]\nwhat = "carrier"\nat = "13:00"\nroute = "back"\npace = 3\n'
    )
    porches = town(240)
    told = street.Life("maple", list(porches.values()), read(text, "a"), START).told
    stories = defaultdict(list)
    for item in sorted(told, key=lambda item: item.started_at):
        stories[item.incident.seed].append(item)
    assert len(stories) == 5
    for items in stories.values():
        there, back = items[:6], items[6:]
        seen = [porches[item.device] for item in there]
        assert [porches[item.device] for item in back] == seen[::-1]
        assert len({(porch.street, porch.odd) for porch in seen}) == 1
        assert len({item.incident.way for item in there}) == 1 and there[0].incident.way != 0
        took = [(walk[-1].started_at - walk[0].started_at).total_seconds() for walk in (there, back)]
        assert 1.6 < took[0] / took[1] < 2.4  # twice the pace, give or take a tenth at each porch
        assert 5 * 22 / 1.5 * 0.7 < took[0] < 5 * 22 / 1.5 * 1.4


def test_a_small_town_has_its_stories_too():
    for homes in (1, 2, 5):
        dogs = [item for item in life("lost-dog", homes) if item.incident.kind == "dog"]
        assert len(dogs) == min(homes, 5)


def test_a_storm_takes_half_of_every_street_offline_and_rains():
    porches, found = town(240), scenario.load("storm")
    away = street.offline("maple", list(porches.values()), found, START)
    homes, gone = Counter(), Counter()
    for home, name in {(porch.home, porch.street) for porch in porches.values()}:
        homes[name] += 1
        gone[name] += any(porch.home == home and porch.key in away for porch in porches.values())
    assert all(gone[name] == math.ceil(count / 2) for name, count in homes.items())
    for spells in away.values():
        ((begin, until),) = spells
        assert until - begin == timedelta(hours=6)
        assert begin.astimezone(next(iter(porches.values())).zone).strftime("%H:%M") == "16:30"
    by_home = defaultdict(set)
    for porch in porches.values():
        by_home[porch.home].add(porch.key in away)
    assert all(len(found) == 1 for found in by_home.values())  # a home is offline with all its cameras
    evening = [item for item in life("storm") if 17 <= item.incident.at.hour < 23 and item.incident.at.day == 14]
    assert evening and {item.incident.weather for item in evening} == {"rain"}


def test_a_festival_fills_the_street_and_empties_the_road():
    busy, quiet = (Counter(item.incident.kind for item in life(name)) for name in ("festival", "legacy-2023"))
    assert busy["group"] > 20 * quiet["group"] and busy["group"] > 1000
    assert busy["visitor"] > 2 * quiet["visitor"] and busy["van"] < quiet["van"] / 2
    hours = {item.incident.at.hour for item in life("festival") if item.incident.kind == "group"}
    assert hours == set(range(14, 24))


def test_a_tree_alarms_a_few_homes_all_night_and_no_others():
    trees = [item for item in life("false-alarms") if item.incident.kind == "branch"]
    devices = {item.device for item in trees}
    assert len(devices) == math.ceil(0.08 * len(town()))
    assert all(item.kind == "motion" for item in trees)
    assert {item.incident.at.hour for item in trees} == {21, 22, 23, 0, 1, 2, 3, 4, 5}
    nights = {(item.device, item.incident.at.hour) for item in trees}
    assert len(nights) == 9 * len(devices)


def test_a_parcel_that_is_taken_is_the_one_that_was_brought():
    parcel = [item for item in life("porch-parcel") if item.incident.kind == "taken"]
    ((taken),) = parcel
    same = [item for item in life("porch-parcel") if item.incident.seed == taken.incident.seed]
    assert [item.incident.kind for item in same] == ["parcel", "taken", *["carrier"] * 4]
    assert len({item.device for item in same[:3]}) == 1


@pytest.mark.parametrize("factor", [0, 0.25, 1, 5])
def test_a_factor_changes_how_often_one_thing_happens_and_nothing_else(factor):
    porches = list(town(80).values())
    plain = Counter(item.incident.kind for item in street.plan("maple", porches, START, END, 1.0, read(HEAD, "a")))
    text = HEAD + f"[life]\npasser-by = {factor}\n"
    changed = Counter(item.incident.kind for item in street.plan("maple", porches, START, END, 1.0, read(text, "a")))
    expected = plain["passer-by"] * factor
    assert abs(changed["passer-by"] - expected) <= 6 * math.sqrt(expected + 1)
    for kind in ("visitor", "parcel", "cat", "dog-walk"):
        assert abs(changed[kind] - plain[kind]) <= 7 * math.sqrt(plain[kind] + 1), kind


def test_a_scenario_that_changes_nothing_names_nothing():
    assert Scenario("a", "A", "b").most("visitor") == 1 and Scenario("a", "A", "b").sky(START, START) is None

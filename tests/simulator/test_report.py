"""The report: the course of a run in few rows, and a page that needs nothing else."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import faults, plots, scenario
from simulator.__main__ import main
from simulator.report import Course, Tally


@given(counts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=1500))
def test_a_long_run_has_few_rows_that_hold_all_of_it(counts):
    course, whole = Course(), 0
    for number, (events, calls) in enumerate(counts, 1):
        for _ in range(calls):
            course.answered(0.01 * calls)
        whole += events
        course.tick(float(number), whole, backlog=events)
    assert len(course.rows) < 600
    assert sum(row.events for row in course.rows) == whole
    assert sum(row.calls for row in course.rows) == sum(calls for _, calls in counts)
    assert max((row.backlog for row in course.rows), default=0) == max((events for events, _ in counts), default=0)
    assert [row.seconds for row in course.rows] == sorted(row.seconds for row in course.rows)
    for row in course.rows:
        assert (row.p50 is None) == (row.calls == 0)
        assert row.p50 is None or row.p50 <= row.p95 <= row.p99


def a_run(**changes) -> Tally:
    tally = Tally(paired=3, sent=30, acknowledged=30, accepted=30, verified=30, seconds=3.0)
    for second in range(1, 4):
        with tally.timing("events"):
            pass
        tally.course.tick(float(second), 10 * second, 30 - 10 * second)
    for name, value in changes.items():
        setattr(tally, name, value)
    return tally


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_page_has_its_plots_and_no_outside():
    page = plots.page(a_run().as_dict(), "A run", {"portal": "http://127.0.0.1:8000", "faults": "<none>"})
    tags = Tags()
    tags.feed(page)
    assert not tags.open and not tags.links and "script" not in tags.seen
    assert "url(" not in page and "@import" not in page
    assert page.count('role="img"') == 4  # events, calls, latency, backlog
    assert "&lt;none&gt;" in page and "Nothing that was acknowledged was lost" in page
    numbers = [float(number) for path in re.findall(r' d="(M[^"]*)"', page) for number in re.findall(r"[\d.]+", path)]
    assert numbers and all(0 <= number <= 860 for number in numbers)


@pytest.mark.parametrize("changes", [{"lost": 1}, {"clips_lost": 1}, {"probes": {"taken: plaintext": 1}}])
def test_a_page_says_what_is_wrong(changes):
    page = plots.page(a_run(**changes).as_dict(), "A run", {})
    assert "Something acknowledged is not there" in page and "Nothing that was acknowledged" not in page


def test_a_run_without_a_call_has_a_page(tmp_path):
    assert "<svg" not in plots.page(Tally().as_dict(), "Nothing", {})


def test_switches_add_to_a_profile():
    harsh = faults.PROFILES["harsh"]
    found = faults.switched(harsh, ["plaintext", "delay=0.2", "reorder"])
    assert (found.plaintext, found.delay_seconds, found.reorder, found.cut) == (0.5, 0.2, True, harsh.cut)
    for name, (changes, _) in faults.SWITCHES.items():
        on = faults.words(faults.switched(faults.PROFILES["none"], [name]))
        assert set(changes) & set(on), name
    assert faults.words(faults.PROFILES["none"]) == {}


@pytest.mark.parametrize(
    ("switch", "says"),
    [
        ("gremlins", "no such fault: 'gremlins'; there are duplicate,"),
        ("reorder=2", "takes no number"),
        ("duplicate=often", "'often' is no number"),
        ("duplicate=2", "above 0 and up to 1"),
        ("skew=-3", "above 0"),
        ("skew=nan", "above 0"),
    ],
)
def test_a_wrong_switch_is_named(switch, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        faults.switched(faults.PROFILES["none"], [switch])


# What the docs say


def page(name: str) -> str:
    return (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")


def test_the_docs_name_every_command_fault_profile_and_scenario():
    simulator, scenarios = page("simulator.md"), page("scenarios.md")
    rows = set(re.findall(r"^\| `([a-z0-9-]+)` \|", simulator, re.MULTILINE))
    assert rows == {*main.commands, *faults.SWITCHES, *faults.PROFILES}
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \| [a-z]", scenarios, re.MULTILINE)) >= set(scenario.names())
    for word in (*scenario.LIFE, *scenario.CROWD, *scenario.STEPS, *scenario.ROUTES):
        assert f"`{word}`" in scenarios, word


def test_the_example_in_the_docs_is_a_scenario():
    blocks = re.findall(r"```toml\n(.*?)```", page("scenarios.md"), re.DOTALL)
    example = scenario.read(blocks[0], "example")
    assert example.title == "A lost cat" and len(example.stories) == len(example.crowds) == 1
    assert scenario.read('title = "x"\nabout = "y"\n' + blocks[1], "archive").archive.requests == 64

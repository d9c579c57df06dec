"""The event log: read as it was written, moved in time, and refused with the line."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from simulator import eventlog, scenario, street
from simulator.eventlog import WrongLog
from simulator.town import build_town

END = datetime(2025, 5, 14, 22, tzinfo=UTC)
PORCHES = {porch.key: porch for porch in build_town("maple", 6).porches()}


def planned() -> list[street.Planned]:
    return street.plan("maple", list(PORCHES.values()), END - timedelta(days=1), END, 1.0, scenario.load("lost-dog"))


def lines() -> list[str]:
    return [eventlog.line(item, PORCHES[item.device]) for item in planned()]


def test_a_log_is_read_as_it_was_written():
    found = eventlog.read([*lines(), "", "  \n"])
    assert [eventlog.line(item, PORCHES[item.device]) for item in found] == lines()
    assert [(item.id, item.started_at, item.clip) for item in found] == [
        (item.id, item.started_at, item.clip) for item in planned()
    ]
    assert eventlog.read(reversed(lines())) == found  # in the order of time


def test_a_moved_event_has_an_id_of_its_new_time_and_the_same_for_the_same_move():
    by = timedelta(days=200, seconds=1.5)
    for item in eventlog.read(lines()):
        moved = eventlog.moved(item, by)
        assert moved == eventlog.moved(item, by)
        assert moved.started_at - item.started_at == by and moved.ended_at - moved.started_at == (
            item.ended_at - item.started_at
        )
        id_ = UUID(moved.id)
        assert id_.version == 7 and id_.int >> 80 == round(moved.started_at.timestamp() * 1000)
        assert moved.id != item.id and moved.id != eventlog.moved(item, by + timedelta(seconds=1)).id


def changed(**changes) -> str:
    return json.dumps(json.loads(lines()[0]) | changes)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "'started_at' is missing"),
        (changed(kind="bark"), "kind: 'bark' is none of ring"),
        (changed(id="7"), "badly formed"),
        (changed(id="2f3f1c5e-0000-4abc-8def-0123456789ab"), "no UUIDv7"),
        (changed(started_at="2025-05-14T09:30:00"), "a time with its offset"),
        (changed(ended_at="2025-05-14T00:00:00+00:00", started_at="2025-05-14T09:30:00+00:00"), "ended_at"),
        (changed(incident={"kind": "dragon", "weather": "rain", "seconds": 8, "seed": 1}), "kind or weather"),
        (changed(incident={"kind": "dog", "weather": "rain", "seconds": 0, "seed": 1}), "seconds from 0"),
    ],
)
def test_a_wrong_line_is_named(line, reason):
    with pytest.raises(WrongLog) as caught:
        eventlog.read([lines()[1], line])
    assert str(caught.value).startswith("line 2: ") and reason in str(caught.value)


def test_the_same_event_twice_is_named():
    with pytest.raises(WrongLog, match="line 3: this device sent"):
        eventlog.read([lines()[0], lines()[1], lines()[0]])

"""When an alert may leave and when a digest is due, at any hour of any year, whatever the clocks do."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.alerts.rules import Quiet, digest_day, earliest, leaves_at, read_token, unsubscribe_token
from portal.db import Refusal

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "America/New_York",
            "America/Phoenix",
            "America/St_Johns",
            "Europe/Dublin",
            "Australia/Lord_Howe",  # its clocks move by half an hour
            "America/Havana",  # at midnight
            "Asia/Kathmandu",
            "UTC",
        )
    ]
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = Quiet(time(22), time(7))


@given(INSTANTS, st.builds(Quiet, TIMES, TIMES), ZONES)
# Clocks are put forward over the end of the quiet hours, and back over it.
@example(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), Quiet(time(22), time(2, 30)), NEW_YORK)
@example(datetime(2026, 11, 1, 6, 10, tzinfo=UTC), Quiet(time(22), time(1, 30)), NEW_YORK)
@example(datetime(2026, 11, 1, 5, 10, tzinfo=UTC), Quiet(time(22), time(1, 30)), NEW_YORK)
@example(datetime(2026, 3, 8, 4, 30, tzinfo=UTC), Quiet(time(23, 30), time(0, 30)), ZoneInfo("America/Havana"))
def test_nothing_leaves_in_quiet_hours_and_nothing_waits_longer_than_they_last(
    now: datetime, quiet: Quiet, zone: ZoneInfo
) -> None:
    at = leaves_at(now, quiet, zone)
    assert at >= now
    assert not quiet.holds(at.astimezone(zone).time())
    if not quiet.holds(now.astimezone(zone).time()):
        assert at == now
    assert at - now <= timedelta(hours=25)
    # Every minute until then is quiet, but for the hour that the clocks leave out or say twice.
    missed = [minute for minute in minutes(now, at) if not quiet.holds(minute.astimezone(zone).time())]
    assert len(missed) <= 60


def minutes(start: datetime, end: datetime) -> list[datetime]:
    return [start + timedelta(minutes=count) for count in range(int((end - start) / timedelta(minutes=1)))]


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-05-14T21:59", "2026-05-14T21:59"),
        ("2026-05-14T22:00", "2026-05-15T07:00"),
        ("2026-05-15T00:00", "2026-05-15T07:00"),
        ("2026-05-15T06:59", "2026-05-15T07:00"),
        ("2026-05-15T07:00", "2026-05-15T07:00"),
        ("2026-03-07T23:00", "2026-03-08T07:00"),  # an hour is left out that night
        ("2026-10-31T23:00", "2026-11-01T07:00"),  # and one comes twice
    ],
)
def test_a_night_ends_in_the_morning(now: str, leaves: str) -> None:
    there = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    assert leaves_at(there.astimezone(UTC), NIGHT, NEW_YORK) == datetime.fromisoformat(leaves).replace(tzinfo=NEW_YORK)


def test_equal_times_are_never_quiet() -> None:
    now = datetime(2026, 5, 14, 16, tzinfo=UTC)
    assert leaves_at(now, Quiet(time(0), time(0)), NEW_YORK) == now


def test_of_several_wishes_the_first_that_may_leave_counts() -> None:
    now = datetime(2026, 5, 15, 3, tzinfo=UTC)  # eleven at night in the town
    assert earliest(now, [NIGHT, Quiet(time(0), time(0))], NEW_YORK) == now
    assert earliest(now, [], NEW_YORK) is None


@given(st.integers(0, 23), ZONES, st.dates(date(2025, 1, 1), date(2027, 12, 20)), st.integers(5, 90))
@example(2, NEW_YORK, date(2026, 3, 7), 20)  # the hour that is left out
@example(1, NEW_YORK, date(2026, 10, 31), 20)  # the hour that comes twice
@example(0, ZoneInfo("America/Havana"), date(2026, 3, 7), 20)  # a day without a midnight
def test_every_day_has_one_digest_whatever_the_clocks_do(hour: int, zone: ZoneInfo, first: date, step: int) -> None:
    """A worker that looks every `step` minutes, over five days."""
    now = datetime.combine(first, time(0), zone).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=5), time(0), zone).astimezone(UTC)
    sent_on, sent = None, Counter()
    while now < end:
        day = digest_day(now, hour, sent_on, zone)
        if day is not None:
            assert now.astimezone(zone).hour >= hour
            sent_on = day
            sent[day] += 1
        now += timedelta(minutes=step)
    late = 24 - step / 60 < hour  # so late that a look may come after midnight
    days = {first + timedelta(days=count) for count in range(5)}
    assert set(sent.values()) == {1}
    assert set(sent) == days or (late and set(sent) < days)


def test_a_digest_that_was_missed_is_not_sent_twice_for_it() -> None:
    now = datetime(2026, 5, 14, 23, tzinfo=UTC)  # seven in the evening
    assert digest_day(now, 18, date(2026, 5, 10), NEW_YORK) == date(2026, 5, 14)
    assert digest_day(now, 18, date(2026, 5, 14), NEW_YORK) is None
    assert digest_day(now, 20, None, NEW_YORK) is None


def test_the_key_in_a_letter_names_one_resident_and_one_kind_of_letter() -> None:
    someone = uuid.uuid4()
    token = unsubscribe_token("a secret of the town", someone, "mail")
    assert read_token("a secret of the town", token) == (someone, "mail")


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: t.swapcase()])
def test_a_changed_key_opens_nothing(change) -> None:
    token = unsubscribe_token("a secret of the town", uuid.uuid4(), "mail")
    with pytest.raises(Refusal, match="link-unusable"):
        read_token("a secret of the town", change(token))
    with pytest.raises(Refusal, match="link-unusable"):
        read_token("another secret", token)

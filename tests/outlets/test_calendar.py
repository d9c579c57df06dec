"""iCalendar: a standard parser reads it back, and the MUSTs of RFC 5545 hold whatever agencies write."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from portal.bulletins.queries import Published
from portal.outlets import ics, rules
from tests import factories as make
from tests.helpers import NOON, Town
from tests.outlets.tools import TIMES, TOWN, change, get, place, published, withdraw
from tests.people import Cast

FAIR = datetime(2026, 5, 16, 22, 30, tzinfo=UTC)  # half past six in the town
LINE = re.compile(
    r"[A-Za-z0-9-]+(;[A-Za-z0-9-]+=(\"[^\"\x00-\x08\x0a-\x1f\x7f]*\"|[^\";:,\x00-\x08\x0a-\x1f\x7f]*))*:.*"
)


def check(data: bytes) -> list[str]:
    """RFC 5545, 3.1 (lines), 3.4 and 3.6 (what has to stand where). Returns the content lines, unfolded."""
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    physical = data.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, physical)) <= 75, "octets of a line, without its end"
    assert all(physical), "no empty line"
    for part in physical:
        part.decode()  # folded between characters, not inside of one
    lines = data.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    for line in lines:
        assert LINE.fullmatch(line), line
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", line), "no control characters (3.1)"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    head = [line.partition(":")[0].partition(";")[0] for line in lines[: lines.index("END:VCALENDAR")]]
    for name in ("VERSION", "PRODID", "METHOD"):
        assert head.count(name) == 1, name
    zones = set(re.findall(r"^TZID:(.*)$", "\n".join(lines), re.MULTILINE))
    assert set(re.findall(r";TZID=([^:;]*)", "\n".join(lines))) <= zones, "every zone is explained (3.2.19)"
    for event in _components(lines, "VEVENT"):
        names = [line.partition(":")[0].partition(";")[0] for line in event]
        for name in ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "STATUS", "ORGANIZER"):  # RFC 5546, 3.2.1 too
            assert names.count(name) == 1, name
        for name in ("DTEND", "LOCATION", "GEO", "URL", "DESCRIPTION", "CREATED", "LAST-MODIFIED", "TRANSP"):
            assert names.count(name) <= 1, name
        for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            assert re.fullmatch(rf"{name}:\d{{8}}T\d{{6}}Z", next(line for line in event if line.startswith(name)))
    return lines


def _components(lines: list[str], name: str) -> list[list[str]]:
    found, inside = [], None
    for line in lines:
        if line == f"BEGIN:{name}":
            inside = []
        elif line == f"END:{name}" and inside is not None:
            found.append(inside)
            inside = None
        elif inside is not None:
            inside.append(line)
    return found


def events(town: Town, path: str = "/agencies.ics") -> list[Any]:
    answer = get(town, path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    check(answer.data)
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def fair(town: Town, cast: Cast, title: str = "Fair", **fields: Any) -> Any:
    values = {"kind": "event", "starts_at": FAIR, "place": "Village Green", "body": "Pies; cider, music."} | fields
    return make.agency_post(town, cast.clerk, "town-of-maple", title, **values)


def test_an_event_stands_in_the_calendar_in_the_towns_own_time(town: Town, cast: Cast) -> None:
    post = fair(town, cast)
    place(town, post, 40.01, -85.02, ends_at=FAIR + timedelta(hours=2))
    (event,) = events(town)
    assert event["DTSTART"].dt == FAIR
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event["DTEND"].dt == FAIR + timedelta(hours=2)
    assert event["DTSTART"].dt.utcoffset() == timedelta(hours=-4)
    assert str(event["SUMMARY"]) == "Fair"
    assert str(event["DESCRIPTION"]) == "Pies; cider, music."
    assert str(event["LOCATION"]) == "Village Green"
    assert event["GEO"].to_ical() == "40.01;-85.02"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event["SEQUENCE"] == 0
    assert str(event["URL"]) == f"http://127.0.0.1:8000/agencies/town-of-maple/posts/{post.id}"
    assert str(event["ORGANIZER"]) == "mailto:desk@town.maple.example"
    assert event["ORGANIZER"].params["CN"] == "Town of Maple"


def test_the_zone_is_explained_on_both_sides_of_the_year(town: Town, cast: Cast) -> None:
    winter = datetime(2026, 12, 20, 23, tzinfo=UTC)
    fair(town, cast)
    fair(town, cast, "Carols", starts_at=winter)
    calendar = Calendar.from_ical(get(town, "/agencies.ics").data)
    (zone,) = calendar.walk("VTIMEZONE")
    explained = zone.to_tz()
    for at in (FAIR, winter):
        local = at.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
        assert local.replace(tzinfo=explained).astimezone(UTC) == at


def test_in_the_hour_that_comes_twice_an_event_keeps_its_time(town: Town, cast: Cast) -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    for hours in (0, 1):  # half past one, and half past one again
        fair(town, cast, f"Dance {hours}", starts_at=first + timedelta(hours=hours))
    found = {str(event["SUMMARY"]): event["DTSTART"].dt.astimezone(UTC) for event in events(town)}
    assert found == {"Dance 0": first, "Dance 1": first + timedelta(hours=1)}


def test_a_change_has_the_same_uid_and_a_higher_sequence(town: Town, cast: Cast) -> None:
    post = fair(town, cast)
    (before,) = events(town)
    town.later(hours=1)
    change(town, post, starts_at=FAIR + timedelta(hours=1))
    (after,) = events(town)
    assert before["UID"] == after["UID"] == str(post.id)
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LAST-MODIFIED"].dt == NOON + timedelta(hours=1)
    assert after["DTSTART"].dt == FAIR + timedelta(hours=1)


def test_an_event_that_was_taken_back_is_cancelled_in_every_calendar(town: Town, cast: Cast) -> None:
    post = fair(town, cast)
    change(town, post, title="The fair")
    (before,) = events(town)
    town.later(hours=1)
    withdraw(town, cast.clerk, "town-of-maple", post)
    (after,) = events(town)
    assert str(after["STATUS"]) == "CANCELLED"
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTAMP"].dt == NOON + timedelta(hours=1)
    assert str(after["SUMMARY"]) == "The fair"
    assert not {"DESCRIPTION", "LOCATION", "URL", "GEO"} & set(after), "of its words, the title alone"


def test_what_never_was_public_is_not_cancelled_but_absent(town: Town, cast: Cast) -> None:
    held = fair(town, cast, body="Please check your doorbell cameras and send us any video.")
    assert held.state == "held"
    assert events(town) == []
    withdraw(town, cast.clerk, "town-of-maple", held)
    assert events(town) == []


def test_only_events_and_none_that_are_long_past(town: Town, cast: Cast) -> None:
    make.agency_post(town, cast.clerk, "town-of-maple")
    fair(town, cast, "Long past", starts_at=NOON - timedelta(days=91))
    fair(town, cast, "Next year", starts_at=NOON + timedelta(days=365))
    fair(town, cast, "Last week", starts_at=NOON - timedelta(days=7))
    assert [str(event["SUMMARY"]) for event in events(town)] == ["Last week", "Next year"]
    assert events(town, "/agencies/maple-police.ics") == []
    assert get(town, "/agencies/no-such.ics").status_code == 404


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Phoenix"])
def test_a_town_anywhere_has_its_own_time(town: Town, cast: Cast, zone: str) -> None:
    fair(town, cast)
    elsewhere = Town(town.here.settings.data, timezone=zone)
    elsewhere.clock.at = town.clock.at
    (event,) = events(elsewhere)
    assert event["DTSTART"].dt == FAIR
    assert event["DTSTART"].dt.utcoffset() == FAIR.astimezone(ZoneInfo(zone)).utcoffset()
    elsewhere.here.database.engine.dispose()


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        published(
            kind=st.just("event"),
            starts_at=TIMES,
            state=st.sampled_from(["visible", "withdrawn"]),
            lat=st.floats(-90, 90),
            lon=st.floats(-180, 180),
        ),
        max_size=3,
        unique_by=lambda row: row.post.id,
    )
)
def test_whatever_agencies_write_the_calendar_can_be_read_back(rows: list[Published]) -> None:
    data = ics.calendar(TOWN, "Events", "https://maple.example/a.ics", "https://maple.example/a", rows)
    check(data)
    read = {str(event["UID"]): event for event in Calendar.from_ical(data).walk("VEVENT")}
    assert len(read) == len(rows)
    for row in rows:
        event = read[str(row.post.id)]
        assert event["DTSTART"].dt.astimezone(UTC) == row.post.starts_at.replace(microsecond=0)
        assert str(event["SUMMARY"]) == rules.line(row.post.title)
        if row.post.state == "visible":
            assert str(event["DESCRIPTION"]) == rules.plain(row.post.body)

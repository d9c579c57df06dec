"""CAP 1.2: what a warning system gets passes the standard's own schema, and says what its prose asks for."""

import hashlib
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import h3
import pytest
from hypothesis import given, settings
from lxml import etree
from shapely import Point, Polygon, box, union_all

from portal.outlets import cap, rules
from portal.outlets.api import EVENTS
from portal.outlets.queries import Alert
from tests import factories as make
from tests.helpers import Town
from tests.outlets.tools import TOWN, alert_path, change, get, urgent, withdraw, xml
from tests.people import Cast

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "cap-1.2" / "CAP-v1.2.xsd"
SCHEMA = etree.XMLSchema(etree.parse(FILE))
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
WORDS = cap.Words(
    {name: str(word) for name, word in EVENTS.items()}, "No longer in force, %(agency)s: %(title)s", "A demo."
)


def text(root: etree._Element, path: str) -> str | None:
    return root.findtext("/".join(CAP + name for name in path.split("/")))


def check(root: etree._Element) -> None:
    """The schema, and those rules of section 3.2 that a schema cannot say."""
    SCHEMA.assertValid(root)
    for name in ("identifier", "sender"):
        assert re.fullmatch(r"[^\s,<&]+", text(root, name) or ""), name
    if text(root, "msgType") in ("Update", "Cancel"):
        for reference in (text(root, "references") or "").split(" "):
            sender, identifier, sent = reference.split(",")
            assert sender == text(root, "sender")
            assert identifier != text(root, "identifier")
            assert datetime.fromisoformat(sent) <= datetime.fromisoformat(text(root, "sent") or "")
    else:
        assert text(root, "references") is None
    for polygon in root.iter(CAP + "polygon"):
        pairs = [tuple(map(float, pair.split(","))) for pair in (polygon.text or "").split(" ")]
        assert len(pairs) >= 4
        assert pairs[0] == pairs[-1]
        assert all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in pairs)


def test_the_schema_is_the_one_that_the_readme_names() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in (DATA / "README.md").read_text()


def test_an_urgent_update_is_an_alert(town: Town, cast: Cast) -> None:
    post = make.urgent_update(town, cast.officer, "maple-police", source="Maple Water", place="Mill Lane")
    answer = get(town, alert_path(post))
    assert answer.content_type == "application/cap+xml; charset=utf-8"
    root = etree.fromstring(answer.data)
    check(root)
    said = {
        "identifier": f"{post.id}.0",
        "sender": "http://127.0.0.1:8000/agencies/maple-police",
        "sent": "2026-05-14T12:00:00-04:00",
        "status": "Actual",
        "msgType": "Alert",
        "source": "Maple Water",
        "scope": "Public",
        "info/category": "Health",
        "info/event": "Public health",
        "info/urgency": "Immediate",
        "info/severity": "Severe",
        "info/certainty": "Observed",
        "info/expires": "2026-05-14T18:00:00-04:00",
        "info/senderName": "Maple Police",
        "info/headline": "Boil your water",
        "info/description": "Mill Lane\n\nA main broke in Mill Lane. Boil water until noon.",
        "info/web": f"http://127.0.0.1:8000/agencies/maple-police/posts/{post.id}",
        "info/contact": "desk@police.maple.example",
        "info/area/areaDesc": "Maple",
    }
    assert {path: text(root, path) for path in said} == said


def test_its_area_is_what_the_agency_serves(town: Town, cast: Cast) -> None:
    root = xml(town, alert_path(make.urgent_update(town, cast.officer, "maple-police")))
    parts = []
    for polygon in root.iter(CAP + "polygon"):
        pairs = [tuple(map(float, pair.split(","))) for pair in polygon.text.split(" ")]
        parts.append(Polygon([(longitude, latitude) for latitude, longitude in pairs]))
    area = union_all(parts)
    for latitude, longitude in (make.MAPLE, make.FAR):
        assert area.contains(Point(longitude, latitude))
    assert not area.contains(Point(-84.9, 40.0)), "nobody lives between the two"


def test_an_edit_updates_the_alert_and_names_every_message_before_it(town: Town, cast: Cast) -> None:
    post = make.urgent_update(town, cast.officer, "maple-police")
    first = xml(town, alert_path(post))
    town.later(minutes=10)
    change(town, post, body="Boil water until three.")
    second = xml(town, alert_path(post))
    town.later(minutes=10)
    change(town, post, title="Boil your water still")
    third = xml(town, alert_path(post))
    for root in (first, second, third):
        check(root)
    assert [text(root, "msgType") for root in (first, second, third)] == ["Alert", "Update", "Update"]
    names = [",".join(text(root, part) for part in ("sender", "identifier", "sent")) for root in (first, second)]
    assert text(second, "references") == names[0]
    assert text(third, "references") == " ".join(names)
    assert text(third, "info/headline") == "Boil your water still"


def test_one_that_was_taken_back_is_cancelled_without_its_words(town: Town, cast: Cast) -> None:
    post = make.urgent_update(town, cast.officer, "maple-police")
    town.later(minutes=10)
    withdraw(town, cast.officer, "maple-police", post)
    answer = get(town, alert_path(post))
    root = etree.fromstring(answer.data)
    check(root)
    assert text(root, "msgType") == "Cancel"
    assert text(root, "sent") == "2026-05-14T12:10:00-04:00"
    assert text(root, "note") == "No longer in force, Maple Police: Boil your water"
    assert f"{post.id}.0" in text(root, "references")
    assert "Mill Lane" not in answer.text
    assert alert_path(post) in get(town, "/agencies.cap").text
    town.later(hours=6)
    assert alert_path(post) not in get(town, "/agencies.cap").text
    assert get(town, alert_path(post)).status_code == 404


def test_it_leaves_the_index_when_it_expires(town: Town, cast: Cast) -> None:
    ends = make.urgent_update(town, cast.officer, "maple-police")
    never = make.urgent_update(town, cast.captain, "maple-fire", "No end was given", fades_at=None)
    town.later(hours=5, minutes=59)
    assert {str(ends.id), str(never.id)} <= set(re.findall(r"posts/([0-9a-f-]+)\.cap", get(town, "/agencies.cap").text))
    town.later(minutes=1)
    index = get(town, "/agencies.cap").text
    assert str(ends.id) not in index
    assert str(never.id) in index
    root = xml(town, alert_path(ends))
    check(root)
    assert datetime.fromisoformat(text(root, "info/expires")) <= town.clock.now(), "it says itself that it is over"
    town.later(days=3)
    assert "<entry>" not in get(town, "/agencies.cap").text


def test_only_urgent_updates_are_alerts(town: Town, cast: Cast) -> None:
    tip = make.agency_post(town, cast.officer, "maple-police")
    update = make.agency_post(town, cast.officer, "maple-police", kind="update")
    for post in (tip, update):
        assert get(town, alert_path(post)).status_code == 404
    alert = make.urgent_update(town, cast.officer, "maple-police")
    assert get(town, alert_path(alert, "maple-fire")).status_code == 404
    index = get(town, "/agencies.cap").text
    assert index.count("<entry>") == 1


def test_a_demonstration_is_an_exercise_for_every_receiver(town: Town, cast: Cast) -> None:
    post = make.urgent_update(town, cast.officer, "maple-police")
    demo = Town(town.here.settings.data, demo=True)
    demo.clock.at = town.clock.at
    root = xml(demo, alert_path(post))
    check(root)
    assert text(root, "status") == "Exercise"
    assert "demonstration" in text(root, "note")
    demo.here.database.engine.dispose()


@settings(max_examples=150, deadline=None)
@given(urgent())
def test_whatever_an_agency_writes_the_message_passes_the_schema(alert: Alert) -> None:
    for demo in (False, True):
        names = rules.Town(TOWN.name, TOWN.base, TOWN.zone, TOWN.language, demo)
        root = etree.fromstring(cap.message(names, WORDS, alert, rules.outline(frozenset({"872664c1effffff"}))))
        if alert.cancelled and len(alert.sent) == 1:
            continue  # no such row: what was taken back has been sent before
        check(root)


def test_utc_is_written_as_the_standard_wants_it() -> None:
    utc = rules.Town("Maple", "https://maple.example", ZoneInfo("UTC"), "en", demo=False)
    assert cap._time(utc, datetime.fromisoformat("2026-01-01T00:00:00+00:00")) == "2026-01-01T00:00:00-00:00"


@pytest.mark.parametrize("rings", [1, 4, 12, 25])
def test_a_large_area_is_drawn_with_few_points_and_leaves_nobody_out(rings: int) -> None:
    middle = h3.latlng_to_cell(*make.MAPLE, 7)
    cells = {cell for number, cell in enumerate(h3.grid_disk(middle, rings)) if rings < 4 or number % 7}
    whole = rules.outline(frozenset(cells))
    drawn = rules.simple_outline(whole, cap.MOST_POINTS)
    assert sum(len(part.exterior.coords) for part in drawn.geoms) <= cap.MOST_POINTS
    assert drawn.is_valid
    assert whole.difference(drawn).area < 1e-9
    for cell in cells:
        latitude, longitude = h3.cell_to_latlng(cell)
        assert drawn.covers(Point(longitude, latitude)), cell


def test_scattered_places_become_one_frame_when_there_are_too_many() -> None:
    parts = [box(x / 10, y / 10, x / 10 + 0.001, y / 10 + 0.001) for x in range(12) for y in range(12)]
    drawn = rules.simple_outline(union_all(parts), cap.MOST_POINTS)
    assert sum(len(part.exterior.coords) for part in drawn.geoms) <= cap.MOST_POINTS
    assert drawn.covers(union_all(parts))


def test_the_index_is_read_without_an_alert_too(town: Town) -> None:
    assert "<entry>" not in get(town, "/agencies.cap").text

"""POST /api/v1/events, and the owner's timeline that it fills: every event once, in whatever way it comes."""

import json
import random
import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import uuid6
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.devices import rules
from portal.devices.models import KINDS, Event
from tests import factories, people
from tests.devices.tools import Porch, count, everything, pairing_code, pointers, problem, statements
from tests.helpers import NOON, Page, Town

LIMIT = 64 * 2**20  # bytes of a sealed clip


def event(porch: Porch, ago: timedelta = timedelta(0), **fields: Any) -> dict[str, Any]:
    return factories.event(porch.town.clock.now() - ago) | fields


def clip(size: int) -> dict[str, Any]:
    return {"clip": {"bytes": size, "seconds": 8.0}}


# — One batch —


def test_every_kind_of_event_is_accepted_and_kept_as_it_was_told(porch: Porch) -> None:
    at = porch.town.clock.now()
    sent = [event(porch, kind=kind, zones=["path"], ended_at=(at + timedelta(seconds=9)).isoformat()) for kind in KINDS]
    results = porch.send(*sent)
    assert results == [{"index": n, "id": item["id"], "status": "accepted"} for n, item in enumerate(sent)]
    kept = porch.events()
    assert [row.kind for row in kept] == list(KINDS)
    assert all(row.zones == ["path"] and row.started_at == at for row in kept)
    assert all(row.ended_at == at + timedelta(seconds=9) and row.received_at == at for row in kept)


@pytest.mark.parametrize("size", [1, rules.MOST_EVENTS])
def test_a_batch_holds_one_to_five_hundred_events(porch: Porch, size: int) -> None:
    results = porch.send(*(event(porch) for _n in range(size)))
    assert [result["status"] for result in results] == ["accepted"] * size
    assert [result["index"] for result in results] == list(range(size))
    assert count(porch.town, Event) == size


@pytest.mark.parametrize("size", [0, rules.MOST_EVENTS + 1])
def test_a_batch_of_another_size_is_invalid_and_nothing_of_it_is_stored(porch: Porch, size: int) -> None:
    before = everything(porch.town)
    answer = porch.door.post("events", {"events": [event(porch) for _n in range(size)]})
    assert pointers(problem(answer, 422, "invalid")) == {"/events"}
    assert everything(porch.town) == before


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/events"),
        ({"events": None}, "/events"),
        ({"events": {"0": {}}}, "/events"),
        ({"events": ["ring"]}, "/events/0"),
        ({"events": [{}, 7]}, "/events/1"),
        ({"events": [{}], "more": 1}, "/more"),
        ([], ""),
    ],
)
def test_a_bad_envelope_is_invalid_and_nothing_of_it_is_stored(porch: Porch, body: Any, where: str) -> None:
    before = everything(porch.town)
    assert where in pointers(problem(porch.door.post("events", body), 422, "invalid"))
    assert everything(porch.town) == before


def test_a_bad_item_does_not_stop_the_others_and_results_stand_in_input_order(porch: Porch) -> None:
    first, last, twice = event(porch), event(porch), event(porch)
    results = porch.send(first, {"id": "nonsense"}, twice, twice, twice | {"kind": "tamper"}, {}, last)
    assert [(result["index"], result["status"]) for result in results] == [
        (0, "accepted"),
        (1, "rejected"),
        (2, "accepted"),
        (3, "duplicate"),
        (4, "rejected"),
        (5, "rejected"),
        (6, "accepted"),
    ]
    assert results[1]["id"] == "nonsense" and results[5]["id"] is None
    assert results[4]["reason"] == "id-reused"
    assert [str(row.event_id) for row in porch.events()] == [first["id"], twice["id"], last["id"]]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"id": "no uuid"}, "/id"),
        ({"id": 7}, "/id"),
        ({"id": None}, "/id"),
        ({"id": str(uuid.uuid4())}, "/id"),
        ({"id": str(uuid.UUID(int=uuid6.uuid7().int)).replace("-", "")}, "/id"),
        ({"kind": "face"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"started_at": "yesterday"}, "/started_at"),
        ({"started_at": "2026-05-14T16:00:00"}, "/started_at"),  # where on earth?
        ({"started_at": "2026-05-14"}, "/started_at"),
        ({"started_at": 1778774400}, "/started_at"),
        ({"started_at": "1778774400"}, "/started_at"),  # a number in quotes is no RFC 3339 either
        ({"started_at": None}, "/started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "/started_at"),
        ({"ended_at": "2026-05-14T15:59:59Z"}, "/ended_at"),  # before it began
        ({"ended_at": "2026-05-14T17:00:01Z"}, "/ended_at"),  # an hour later
        ({"ended_at": "9999-12-31T23:59:59-14:00"}, "/ended_at"),
        ({"zones": "path"}, "/zones"),
        ({"zones": [""]}, "/zones/0"),
        ({"zones": ["x" * 61]}, "/zones/0"),
        ({"zones": ["x"] * 17}, "/zones"),
        ({"clip": {"bytes": 0, "seconds": 1}}, "/clip/bytes"),
        ({"clip": {"bytes": 1.5, "seconds": 1}}, "/clip/bytes"),
        ({"clip": {"bytes": 10, "seconds": 601}}, "/clip/seconds"),
        ({"clip": {"bytes": 10, "seconds": 0}}, "/clip/seconds"),
        ({"clip": {"bytes": 10}}, "/clip/seconds"),
        ({"clip": 10}, "/clip"),
        ({"person": "a tall man"}, "/person"),  # what an event may say is all that it may say
        ({"question": "can we have this?"}, "/question"),
    ],
)
def test_an_invalid_item_is_rejected_with_a_pointer_to_what_is_wrong(
    porch: Porch, wrong: dict[str, Any], where: str
) -> None:
    before = count(porch.town, Event)
    [result] = porch.send(event(porch) | wrong)
    assert (result["status"], result["reason"], result["pointer"]) == ("rejected", "invalid", where)
    assert result["detail"]
    assert count(porch.town, Event) == before


@pytest.mark.parametrize(
    "written",
    ["2026-05-14T16:00:00Z", "2026-05-14T16:00:00.250z", "2026-05-14t12:00:00-04:00", "2026-05-14T21:30:00.0+05:30"],
)
def test_a_time_may_be_written_in_every_way_of_rfc_3339(porch: Porch, written: str) -> None:
    [result] = porch.send(event(porch, started_at=written))
    assert result["status"] == "accepted"
    assert abs(porch.events()[0].started_at - NOON) < timedelta(seconds=1)


def test_an_event_may_be_a_week_late_and_five_minutes_early(porch: Porch) -> None:
    week, minutes = timedelta(days=7), timedelta(minutes=-5)
    results = porch.send(
        event(porch, week), event(porch, week + timedelta(seconds=1)),
        event(porch, minutes), event(porch, minutes - timedelta(seconds=1)),
    )  # fmt: skip
    assert [(result["status"], result.get("reason")) for result in results] == [
        ("accepted", None), ("rejected", "too-late"), ("accepted", None), ("rejected", "in-the-future"),
    ]  # fmt: skip
    assert all(result["pointer"] == "/started_at" for result in results if result["status"] == "rejected")


# — The same event again —


def test_an_event_that_comes_again_is_a_duplicate_and_is_kept_once(porch: Porch) -> None:
    sent = event(porch)
    assert [porch.send(sent)[0]["status"] for _time in range(3)] == ["accepted", "duplicate", "duplicate"]
    assert count(porch.town, Event) == 1


def test_the_same_event_written_in_another_way_is_the_same_event(porch: Porch) -> None:
    sent = event(porch, started_at="2026-05-14T16:00:00Z")
    porch.send(sent)
    other = sent | {"started_at": "2026-05-14T16:00:00.000Z", "id": sent["id"].upper(), "zones": []}
    assert porch.send(other)[0]["status"] == "duplicate"
    assert count(porch.town, Event) == 1


def test_an_id_that_comes_with_other_content_is_rejected_and_the_first_is_kept(porch: Porch) -> None:
    sent = event(porch, kind="ring")
    porch.send(sent)
    [result] = porch.send(sent | {"kind": "motion"})
    assert (result["status"], result["reason"]) == ("rejected", "id-reused")
    assert [row.kind for row in porch.events()] == ["ring"]


def test_two_devices_may_use_the_same_id(porch: Porch) -> None:
    _device, other = porch.another()
    sent = event(porch)
    assert porch.send(sent)[0]["status"] == "accepted"
    assert other.post("events", {"events": [sent]}).json["results"][0]["status"] == "accepted"
    assert count(porch.town, Event) == 2


def test_pages_name_an_event_by_the_servers_own_id(porch: Porch) -> None:
    sent = event(porch)
    porch.send(sent)
    browser = porch.town.browser(porch.rosa)
    assert browser.get(f"/events/{sent['id']}").status == 404
    assert browser.get(f"/events/{porch.page_id(sent)}").status == 200


# — Announcing a clip —


def test_the_device_is_told_whether_to_send_the_clip_it_announced(porch: Porch) -> None:
    results = porch.send(
        event(porch), event(porch, **clip(1)), event(porch, **clip(LIMIT)), event(porch, **clip(LIMIT + 1))
    )
    assert [result.get("clip") for result in results] == [None, "send", "send", "refused"]
    assert {result["status"] for result in results} == {"accepted"}, "the event itself is welcome"
    assert [row.clip_bytes for row in porch.events()] == [None, 1, LIMIT, None]


def test_a_duplicate_is_told_about_its_clip_again(porch: Porch) -> None:
    sent = event(porch, **clip(500))
    porch.send(sent)
    assert porch.send(sent)[0] == {"index": 0, "id": sent["id"], "status": "duplicate", "clip": "send"}


# — Clocks —


def date(at: datetime) -> dict[str, str]:
    return {"Date": format_datetime(at.astimezone(UTC), usegmt=True)}


@pytest.mark.parametrize("wrong", [timedelta(hours=3), timedelta(hours=-3), timedelta(seconds=90)])
def test_a_clock_that_is_wrong_is_noticed_recorded_and_corrected(porch: Porch, wrong: timedelta) -> None:
    really = porch.town.clock.now() - timedelta(minutes=2)
    sent = factories.event(really + wrong, ended_at=(really + wrong + timedelta(seconds=8)).isoformat())
    [result] = porch.send(sent, **date(porch.town.clock.now() + wrong))
    assert result["status"] == "accepted"
    [kept] = porch.events()
    assert (kept.started_at, kept.ended_at) == (really, really + timedelta(seconds=8))
    assert kept.skew_ms == porch.now_known().skew_ms == wrong.total_seconds() * 1000


def test_a_few_seconds_are_the_network_and_not_the_clock(porch: Porch) -> None:
    sent = event(porch)
    porch.send(sent, **date(porch.town.clock.now() + timedelta(seconds=4)))
    assert porch.events()[0].started_at == porch.town.clock.now()
    assert porch.now_known().skew_ms == 0


def test_a_clock_that_was_set_right_corrects_nothing_any_more(porch: Porch) -> None:
    porch.send(event(porch), **date(porch.town.clock.now() + timedelta(hours=1)))
    porch.send(event(porch), **date(porch.town.clock.now()))
    assert porch.now_known().skew_ms == 0
    assert porch.events()[1].started_at == porch.town.clock.now()


def test_an_event_that_comes_again_after_the_clock_was_set_is_still_a_duplicate(porch: Porch) -> None:
    sent = event(porch)
    porch.send(sent, **date(porch.town.clock.now() + timedelta(hours=1)))
    assert porch.send(sent)[0]["status"] == "duplicate"


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "soon",
        "Thu, 14 May 2026",
        "Thu, 99 May 2026 16:00:00 GMT",
        "Thu, 14 May 99999999999999999999 16:00:00 GMT",
        "Thu, 14 May 2026 16:00:00 +99999999999999999999",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Mon, 01 Jan 1990 00:00:00 GMT",
    ],
)
def test_a_clock_that_says_nonsense_is_not_believed(porch: Porch, nonsense: str) -> None:
    [result] = porch.send(event(porch), Date=nonsense)
    assert result["status"] == "accepted"
    assert porch.events()[0].started_at == porch.town.clock.now()


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_date_header_whatever_it_says_breaks_a_batch(lasting_porch: Porch, said: str) -> None:
    assert lasting_porch.send(event(lasting_porch), Date=said)[0]["status"] == "accepted"


# — Who speaks —


def test_without_a_known_token_nobody_is_heard(porch: Porch) -> None:
    before, body = everything(porch.town), {"events": [event(porch)]}
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Basic {porch.token}"}):
        answer = porch.town.app.test_client().post("/api/v1/events", json=body, headers=headers)
        problem(answer, 401, "unauthorised")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert everything(porch.town) == before


def test_the_word_bearer_may_be_written_in_any_case(porch: Porch) -> None:
    answer = porch.town.app.test_client().post(
        "/api/v1/events", json={"events": [event(porch)]}, headers={"Authorization": f"bearer {porch.token}"}
    )
    assert answer.status_code == 200


def test_a_session_cookie_counts_for_nothing_at_the_device_door(porch: Porch) -> None:
    client = porch.town.browser(porch.rosa).client
    assert client.get("/devices").status_code == 200
    problem(client.post("/api/v1/events", json={"events": [event(porch)]}), 401, "unauthorised")
    status = {"firmware": "1", "uptime": 1, "settings_version": 1}
    problem(client.post("/api/v1/status", json=status), 401, "unauthorised")


def test_a_token_opens_no_page(porch: Porch) -> None:
    client = porch.town.app.test_client()
    for path in ("/devices", f"/devices/{porch.device.id}", "/account"):
        answer = client.get(path, headers={"Authorization": f"Bearer {porch.token}"})
        assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]


def test_a_removed_device_is_told_so_and_stores_nothing(porch: Porch) -> None:
    porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/remove")
    before = everything(porch.town)
    problem(porch.door.post("events", {"events": [event(porch)]}), 410, "device-removed")
    assert everything(porch.town) == before


@pytest.mark.parametrize("path", ["events", "status", "pairings"])
def test_the_door_takes_its_own_methods_only(porch: Porch, path: str) -> None:
    answer = porch.town.app.test_client().get(f"/api/v1/{path}", headers=porch.door.headers)
    problem(answer, 405, "method")
    assert "POST" in answer.headers["Allow"]


def test_an_address_that_is_not_there_is_a_problem_too(porch: Porch) -> None:
    problem(porch.door.post("clips", {}), 404, "not-found")


# — Cost —


def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(porch: Porch) -> None:
    def cost(size: int) -> int:
        body = {"events": [event(porch, **clip(900)) for _n in range(size)]}
        with statements(porch.town) as seen:
            porch.door.post("events", body)
            porch.door.post("events", body)
        return len(seen)

    cost(1)  # the device's first word writes more
    assert cost(4) == cost(40) == cost(400)


def test_that_a_device_was_seen_is_written_once_in_an_interval(porch: Porch) -> None:
    began = porch.town.clock.now()
    porch.send(event(porch))
    assert porch.now_known().last_seen == began
    porch.town.later(seconds=299)
    with statements(porch.town) as seen:
        porch.send(event(porch))
    assert not [statement for statement in seen if statement.startswith("UPDATE device")]
    assert porch.now_known().last_seen == began
    porch.town.later(seconds=1)
    porch.send(event(porch))
    assert porch.now_known().last_seen == porch.town.clock.now()


# — Rules for every input —

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_times = st.sampled_from(
    [NOON.isoformat(), (NOON - timedelta(days=6)).isoformat(), "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", ""]
)


def _perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, strategy, strategy, _json)


_nearly_events = st.fixed_dictionaries(
    {"id": _perhaps(st.builds(lambda: str(uuid.UUID(int=uuid6.uuid7().int)))), "kind": _perhaps(st.sampled_from(KINDS))}
    | {"started_at": _perhaps(_times)},
    optional={
        "ended_at": _perhaps(_times),
        "zones": _perhaps(st.lists(st.text(max_size=5), max_size=3)),
        "clip": _perhaps(
            st.fixed_dictionaries({"bytes": _perhaps(st.integers(0, 2**70)), "seconds": _perhaps(st.floats())})
        ),
    },
)


@given(st.one_of(_json, st.fixed_dictionaries({"events": st.lists(_perhaps(_nearly_events), max_size=5)})))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_json_breaks_the_door_and_none_is_stored_by_half(lasting_porch: Porch, body: Any) -> None:
    before = len(lasting_porch.events())
    answer = lasting_porch.town.app.test_client().post(
        "/api/v1/events", data=json.dumps(body), content_type="application/json", headers=lasting_porch.door.headers
    )
    stored = len(lasting_porch.events()) - before
    if answer.status_code == 200:
        results = answer.json["results"]
        assert [result["index"] for result in results] == list(range(len(body["events"])))
        assert stored == sum(result["status"] == "accepted" for result in results)
    else:
        assert answer.status_code in (400, 413, 422), answer.text
        assert stored == 0


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_break_the_door(lasting_porch: Porch, body: bytes) -> None:
    for path in ("events", "status", "pairings"):
        answer = lasting_porch.town.app.test_client().post(
            f"/api/v1/{path}", data=body, content_type="application/json", headers=lasting_porch.door.headers
        )
        assert answer.status_code in (400, 410, 422), answer.text


@given(st.integers(1, 7), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_any_batches_in_any_order_any_number_of_times_end_in_the_same_events(
    lasting_porch: Porch, size: int, chance: random.Random
) -> None:
    _device, door = lasting_porch.another()
    events = [event(lasting_porch, timedelta(minutes=chance.randrange(9000))) for _n in range(size)]
    accepted: list[str] = []
    rounds = [chance.choices(events, k=chance.randrange(1, 12)) for _n in range(chance.randrange(1, 5))] + [events]
    for batch in rounds:
        results = door.post("events", {"events": batch}).json["results"]
        assert {result["status"] for result in results} <= {"accepted", "duplicate"}
        accepted += [result["id"] for result in results if result["status"] == "accepted"]
    assert sorted(accepted) == sorted(item["id"] for item in events), "each is accepted exactly once"
    with lasting_porch.town.reading() as act:
        kept = {
            (str(row.event_id), row.started_at) for row in act.session.query(Event).where(Event.device_id == _device.id)
        }
    assert kept == {(item["id"], datetime.fromisoformat(item["started_at"])) for item in events}


# — The owner's timeline —


def shown(page: Page) -> list[str]:
    """The events on a page, in its order."""
    return [link["href"].removeprefix("/events/") for link in page.soup.select('a[href^="/events/"]')]


def older(page: Page) -> str | None:
    link = page.soup.select_one('a[rel="next"]')
    return link["href"] if link else None


def test_the_timeline_holds_every_event_once_newest_first_however_they_came(porch: Porch) -> None:
    sent = [event(porch, timedelta(minutes=7 * n)) for n in range(65)]
    mixed = random.Random(5).sample(sent, len(sent))
    porch.send(*mixed[:40])
    porch.send(*mixed[40:])
    ids = {str(row.event_id): str(row.id) for row in porch.events()}
    browser = porch.town.browser(porch.rosa)
    page, seen, pages = browser.get("/devices"), [], 0
    while True:
        seen, pages = seen + shown(page), pages + 1
        target = older(page)
        if target is None:
            break
        page = browser.get(target, htmx=pages % 2 == 0)
    assert pages == 3
    assert seen == [ids[item["id"]] for item in sent]


def test_events_of_the_same_moment_are_all_shown(porch: Porch) -> None:
    porch.send(*(event(porch) for _n in range(45)))
    browser = porch.town.browser(porch.rosa)
    first = browser.get("/devices")
    second = browser.get(older(first))
    assert len(set(shown(first)) | set(shown(second))) == 45


def test_what_arrives_while_one_reads_pushes_nothing_onto_the_next_page_twice(porch: Porch) -> None:
    porch.send(*(event(porch, timedelta(minutes=n)) for n in range(1, 41)))
    browser = porch.town.browser(porch.rosa)
    first = browser.get("/devices")
    porch.send(event(porch), event(porch))
    second = browser.get(older(first))
    assert len(shown(first)) == 30 and len(shown(second)) == 10
    assert not set(shown(first)) & set(shown(second))


def test_the_timeline_sorts_by_the_corrected_time(porch: Porch) -> None:
    _device, slow = porch.another()  # its clock is an hour behind
    now = porch.town.clock.now()
    first = factories.event(now - timedelta(minutes=10))
    last = factories.event(now - timedelta(minutes=5) - timedelta(hours=1), kind="package")
    porch.send(first)
    slow.post("events", {"events": [last]}, **date(now - timedelta(hours=1)))
    with porch.town.reading() as act:
        ids = {str(row.event_id): str(row.id) for row in act.session.query(Event)}
    page = porch.town.browser(porch.rosa).get("/devices")
    assert shown(page) == [ids[last["id"]], ids[first["id"]]]


@pytest.mark.parametrize(
    "cursor", ["nonsense", "WyJ4IiwieSJd", "WyIyMDI2LTA1LTE0VDE2OjAwOjAwKzAwOjAwIiwieSJd", "WzEsMl0", "bnVsbA", "Ww"]
)
def test_a_cursor_that_the_portal_did_not_write_is_a_bad_request(porch: Porch, cursor: str) -> None:
    assert porch.town.browser(porch.rosa).get(f"/devices?before={cursor}").status == 400


def test_the_timeline_costs_the_same_number_of_statements_for_twice_the_events(porch: Porch) -> None:
    browser = porch.town.browser(porch.rosa)

    def cost() -> int:
        with statements(porch.town) as seen:
            assert browser.get("/devices").status == 200
        return len(seen)

    porch.send(*(event(porch) for _n in range(10)))
    first = cost()
    porch.send(*(event(porch) for _n in range(10)))
    assert cost() == first


# — Live —


def live_address(page: Page) -> str:
    return page.soup.find(id="live")["hx-get"]


def test_an_open_page_is_told_of_what_arrives_and_of_nothing_else(porch: Porch) -> None:
    porch.send(event(porch))
    browser = porch.town.browser(porch.rosa)
    address = live_address(browser.get("/devices"))
    assert browser.get(address, htmx=True).status == 204
    late = event(porch, timedelta(days=2), kind="package")  # an old event that arrives only now
    porch.send(late)
    answer = browser.get(address, htmx=True)
    assert answer.status == 200
    assert shown(answer) == [porch.page_id(late)]
    assert "1 new event" in answer.words
    assert browser.get(live_address(answer), htmx=True).status == 204


def test_a_duplicate_is_no_news(porch: Porch) -> None:
    sent = event(porch)
    porch.send(sent)
    browser = porch.town.browser(porch.rosa)
    address = live_address(browser.get("/devices"))
    porch.send(sent)
    assert browser.get(address, htmx=True).status == 204


def test_a_backlog_that_arrives_at_once_comes_in_to_its_last_event(porch: Porch) -> None:
    browser = porch.town.browser(porch.rosa)
    address = live_address(browser.get("/devices"))
    sent = [event(porch, timedelta(minutes=75 - n)) for n in range(75)]  # after an outage, in the order of the day
    porch.send(*sent)
    seen: list[str] = []
    while (answer := browser.get(address, htmx=True)).status == 200:
        seen += shown(answer)
        address = live_address(answer)
    assert sorted(seen) == sorted(str(row.id) for row in porch.events())


@pytest.mark.parametrize("after", ["", "x", "-5", "1" * 40])
def test_a_live_cursor_that_is_nonsense_breaks_nothing(porch: Porch, after: str) -> None:
    porch.send(event(porch))
    assert porch.town.browser(porch.rosa).get(f"/devices/live?after={after}", htmx=True).status in (200, 204, 400)


# — Whose they are —


def test_another_household_sees_nothing_of_it_and_is_answered_as_if_it_were_not_there(town: Town) -> None:
    cast = people.everybody(town)
    owner = factories.Owner(town, cast.rosa)
    device, token = factories.device(town, cast.rosa, "Rosa's own doorbell")
    porch = Porch(town, cast.rosa, owner, device, token, town.device(token))
    sent = event(porch)
    porch.send(sent)
    addresses = {
        f"/events/{porch.page_id(sent)}": f"/events/{uuid.uuid4()}",
        f"/devices/{device.id}": f"/devices/{uuid.uuid4()}",
        f"/devices/{device.id}/edit": f"/devices/{uuid.uuid4()}/edit",
        f"/devices/{device.id}/settings": f"/devices/{uuid.uuid4()}/settings",
    }
    for address in addresses:
        assert town.browser(cast.rosa).get(address).status == 200
    for name, account in cast.accounts().items():
        if name == "rosa":
            continue
        browser = town.browser(account)
        for address, missing in addresses.items():
            answer, nothing = browser.get(address), browser.get(missing)
            assert answer.status == nothing.status == 404, (name, address)
            assert answer.text == nothing.text, (name, address)
        for address in ("/devices", "/devices/live?after=0", "/feed", "/account"):
            page = browser.get(address)
            assert "Rosa's own doorbell" not in page.text.replace("&#39;", "'"), (name, address)
            assert porch.page_id(sent) not in page.text, (name, address)
    for address in addresses:
        answer = town.browser().get(address)
        assert answer.status == 302 and "/sign-in" in answer.location


def test_a_neighbours_page_is_not_told_of_anothers_events(porch: Porch) -> None:
    ben = porch.town.browser(factories.resident(porch.town, "Ben"))
    porch.send(event(porch))
    assert ben.get("/devices/live?after=0", htmx=True).status == 204
    assert shown(ben.get("/devices")) == []


def test_events_are_hidden_from_the_moment_their_time_is_over(porch: Porch) -> None:
    porch.send(event(porch, timedelta(days=3)), event(porch))
    browser = porch.town.browser(porch.rosa)
    porch.town.later(days=26, hours=23)
    assert len(shown(browser.get("/devices"))) == 2
    porch.town.later(hours=1)
    assert len(shown(browser.get("/devices"))) == 1
    porch.town.later(days=3)
    assert shown(browser.get("/devices")) == []
    assert browser.get("/devices/live?after=0", htmx=True).status == 204
    assert shown(browser.get(f"/devices/{porch.device.id}")) == []


def test_the_operator_chooses_how_long_events_are_kept_at_first(tmp_path: Any, empty_database: Any) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    porch = Porch.built(Town(tmp_path, retention_days=2))
    porch.send(event(porch))
    assert porch.events()[0].expires_at == porch.town.clock.now() + timedelta(days=2)
    porch.town.here.database.engine.dispose()


def test_what_a_device_told_before_it_was_paired_again_stays_on_the_timeline(porch: Porch) -> None:
    porch.send(event(porch))
    code = pairing_code(porch.town, porch.rosa)
    body = {"code": code, "model": "Lantern 2", "serial": porch.device.serial, "firmware": "2.4.1"}
    assert porch.town.device(None).post("pairings", body).status_code == 201
    assert len(shown(porch.town.browser(porch.rosa).get("/devices"))) == 1


def test_the_timeline_says_what_happened_where_and_when(porch: Porch) -> None:
    porch.send(event(porch, timedelta(minutes=12), kind="package"), event(porch, kind="ring", **clip(4000)))
    words = porch.town.browser(porch.rosa).get("/devices").words
    assert re.search(r"clip on its way", words)
    assert "12 min ago" in words and "Front door" in words and "8 s clip" in words

"""POST /api/v1/status: a device says how it is, and takes over what its owner has changed."""

from typing import Any

import pytest

from portal.devices import rules
from tests.devices.tools import Porch, everything, pointers, problem, statements

WELL = {"battery": 87, "rssi": -61, "firmware": "2.4.1", "uptime": 86_400, "settings_version": 1}


def report(porch: Porch, **other: Any) -> dict[str, Any]:
    answer = porch.door.post("status", WELL | other)
    assert answer.status_code == 200, answer.text
    return answer.json


def page_words(porch: Porch) -> str:
    return porch.town.browser(porch.rosa).get(f"/devices/{porch.device.id}").words


def test_a_status_is_kept_and_shown_to_the_owner(porch: Porch) -> None:
    assert report(porch, firmware="2.5.0") == {}
    known = porch.now_known()
    assert (known.battery, known.rssi, known.firmware) == (87, -61, "2.5.0")
    assert known.last_seen == porch.town.clock.now()
    assert "Online" in page_words(porch) and "87 %" in page_words(porch) and "2.5.0" in page_words(porch)


def test_a_device_with_a_wire_has_no_battery_and_one_with_a_cable_no_signal(porch: Porch) -> None:
    report(porch, battery=None, rssi=None)
    assert (porch.now_known().battery, porch.now_known().rssi) == (None, None)


def test_a_device_that_has_the_newest_settings_gets_none(porch: Porch) -> None:
    assert report(porch) == {}


@pytest.mark.parametrize("version", [0, 7])
def test_a_device_with_other_settings_than_the_owners_gets_the_owners(porch: Porch, version: int) -> None:
    settings = report(porch, settings_version=version)["settings"]
    assert settings == {
        "privacy_zones": rules.DEFAULT_ZONES,
        "audio": False,
        "status_seconds": 300,
        "version": 1,
    }


def test_what_the_owner_chose_reaches_the_device_at_its_next_status(porch: Porch) -> None:
    report(porch)
    porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/settings", {"hidden_top": "none", "audio": "y"})
    assert report(porch)["settings"] == {"privacy_zones": [], "audio": True, "status_seconds": 300, "version": 2}
    assert report(porch, settings_version=2) == {}


def test_a_status_that_says_nothing_new_writes_nothing_within_an_interval(porch: Porch) -> None:
    report(porch)
    before = everything(porch.town)
    porch.town.later(seconds=299)
    with statements(porch.town) as seen:
        report(porch, uptime=86_700, rssi=-70)
    assert not [statement for statement in seen if statement.startswith(("BEGIN IMMEDIATE", "UPDATE", "INSERT"))]
    assert everything(porch.town) == before
    porch.town.later(seconds=1)
    report(porch)
    assert porch.now_known().last_seen == porch.town.clock.now()


@pytest.mark.parametrize("news", [{"battery": 12}, {"firmware": "3.0"}])
def test_news_is_written_at_once(porch: Porch, news: dict[str, Any]) -> None:
    report(porch)
    porch.town.later(seconds=10)
    report(porch, **news)
    [(field, value)] = news.items()
    assert getattr(porch.now_known(), field) == value


def test_a_device_that_is_silent_for_three_intervals_is_shown_offline(porch: Porch) -> None:
    assert "Not seen yet" in page_words(porch)
    report(porch)
    porch.town.later(seconds=900)
    assert "Online" in page_words(porch)
    porch.town.later(seconds=1)
    assert "Offline" in page_words(porch)
    report(porch)
    assert "Online" in page_words(porch)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"battery": 101}, {"/battery"}),
        ({"battery": -1}, {"/battery"}),
        ({"battery": "87"}, {"/battery"}),
        ({"battery": True}, {"/battery"}),
        ({"rssi": 1}, {"/rssi"}),
        ({"rssi": -151}, {"/rssi"}),
        ({"firmware": ""}, {"/firmware"}),
        ({"uptime": -1, "settings_version": None}, {"/uptime", "/settings_version"}),
        ({"latitude": 40.0}, {"/latitude"}),  # a device does not tell where it is
    ],
)
def test_an_invalid_status_is_refused_with_pointers_and_stores_nothing(
    porch: Porch, wrong: dict[str, Any], where: set[str]
) -> None:
    before = everything(porch.town)
    answer = porch.door.post("status", WELL | wrong)
    assert pointers(problem(answer, 422, "invalid")) == where
    assert everything(porch.town) == before


def test_an_uptime_of_any_length_is_fine(porch: Porch) -> None:
    assert report(porch, uptime=10**30) == {}


def test_a_settings_version_of_any_size_is_answered_with_the_owners_settings(porch: Porch) -> None:
    assert report(porch, settings_version=10**30)["settings"]["version"] == 1


def test_an_unknown_token_is_refused(porch: Porch) -> None:
    answer = porch.town.device("nonsense").post("status", WELL)
    problem(answer, 401, "unauthorised")
    assert "WWW-Authenticate" in answer.headers


def test_a_removed_device_is_told_so(porch: Porch) -> None:
    porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/remove")
    problem(porch.door.post("status", WELL), 410, "device-removed")

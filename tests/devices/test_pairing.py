"""POST /api/v1/pairings: a code that a person typed brings one device into one household, once."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal import codes
from portal.devices import rules
from portal.devices.models import Device, Event
from portal.web import limits
from tests import factories
from tests.devices.tools import Porch, count, everything, pairing_code, pointers, problem, raw_database, token_device
from tests.factories import Owner
from tests.helpers import Town

OWN = {"model": "Lantern 2", "serial": "SN-0001", "firmware": "2.4.1"}


def ask(town: Town, code: str, **other: Any) -> TestResponse:
    return town.device(None).post("pairings", OWN | {"code": code} | other)


@pytest.fixture
def rosa(town: Town) -> Owner:
    return Owner(town, factories.resident(town, "Rosa"))


@pytest.fixture
def code(town: Town, rosa: Owner) -> str:
    return pairing_code(town, rosa.account)


def test_a_code_gives_the_device_its_token_the_owners_keys_and_its_privacy_settings(
    town: Town, rosa: Owner, code: str
) -> None:
    answer = ask(town, code)
    assert answer.status_code == 201
    assert set(answer.json) == {"device_id", "token", "recipients", "settings"}
    assert answer.json["recipients"] == [rosa.recipient]
    assert answer.json["settings"] == {
        "privacy_zones": rules.DEFAULT_ZONES,
        "audio": False,
        "status_seconds": 300,
        "version": 1,
    }
    device = token_device(town, answer.json["token"])
    assert str(device.id) == answer.json["device_id"]
    assert device.household_id == rosa.account.household_id
    assert (device.name, device.place) == ("Front door", "beside the door"), "what the owner wrote on the page"
    assert (device.model, device.serial, device.firmware) == ("Lantern 2", "SN-0001", "2.4.1")


def test_a_new_device_leaves_the_street_out_and_hears_nothing_until_its_owner_changes_that(
    town: Town, code: str
) -> None:
    settings = ask(town, code).json["settings"]
    assert settings["audio"] is False
    [zone] = settings["privacy_zones"]
    assert zone[0] == [0.0, 0.0] and zone[2][1] > 0.2, "the top of the picture, where the street is"


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: f"{code[:4]}-{code[4:]}",
        lambda code: f"  {code[:4]} {code[4:]} ",
        lambda code: "-".join(code.lower()),
    ],
)
def test_however_people_type_the_code_it_is_understood(town: Town, code: str, typed: Callable[[str], str]) -> None:
    assert ask(town, typed(code)).status_code == 201


@pytest.mark.parametrize(("sign", "lookalike"), [("0", "O"), ("0", "o"), ("1", "I"), ("1", "l"), ("V", "u")])
def test_a_sign_that_looks_like_the_right_one_is_understood(town: Town, rosa: Owner, sign: str, lookalike: str) -> None:
    code = pairing_code(town, rosa.account)
    while sign not in code:
        code = pairing_code(town, rosa.account)
    assert ask(town, code.replace(sign, lookalike)).status_code == 201


def test_a_code_works_for_one_device_only(town: Town, code: str) -> None:
    assert ask(town, code).status_code == 201
    before = everything(town)
    problem(ask(town, code, serial="SN-0002"), 410, "code-unusable")
    assert everything(town) == before


def test_a_code_works_within_ten_minutes(town: Town, code: str) -> None:
    town.later(minutes=9, seconds=59)
    assert ask(town, code).status_code == 201


def test_a_code_is_over_after_ten_minutes(town: Town, code: str) -> None:
    town.later(minutes=10)
    before = everything(town)
    problem(ask(town, code), 410, "code-unusable")
    assert everything(town) == before


def test_a_used_code_is_over_after_ten_minutes_too(town: Town, code: str) -> None:
    assert ask(town, code).status_code == 201
    town.later(minutes=10)
    problem(ask(town, code), 410, "code-unusable")


def test_an_unknown_code_gives_the_same_answer_as_a_used_and_an_old_one(town: Town, rosa: Owner, code: str) -> None:
    ask(town, code)
    used = ask(town, code, serial="SN-0002")
    old = pairing_code(town, rosa.account)
    town.later(minutes=11)
    answers = {used.data, ask(town, old).data, ask(town, "ZZZZ-ZZZZ").data}
    assert len(answers) == 1


def test_a_lost_answer_strands_nobody_the_same_device_asks_again_and_gets_a_fresh_token(town: Town, code: str) -> None:
    lost = ask(town, code).json
    found = ask(town, code).json
    assert found["device_id"] == lost["device_id"] and found["token"] != lost["token"]
    assert count(town, Device) == 1
    at = town.clock.now()
    problem(town.device(lost["token"]).post("events", {"events": [factories.event(at)]}), 401, "unauthorised")
    assert town.device(found["token"]).post("events", {"events": [factories.event(at)]}).status_code == 200


@pytest.mark.parametrize("first_use", ["events", "status"])
def test_once_the_token_was_used_the_code_is_over_for_the_same_device_too(
    town: Town, code: str, first_use: str
) -> None:
    device = town.device(ask(town, code).json["token"])
    status = {"battery": 90, "rssi": -60, "firmware": "2.4.1", "uptime": 5, "settings_version": 1}
    body = {"events": [factories.event(town.clock.now())]} if first_use == "events" else status
    assert device.post(first_use, body).status_code == 200
    problem(ask(town, code), 410, "code-unusable")
    assert device.post(first_use, body).status_code == 200, "and the token goes on working"


def test_a_code_whose_device_was_removed_again_brings_nothing_back(town: Town, rosa: Owner, code: str) -> None:
    device_id = ask(town, code).json["device_id"]
    town.browser(rosa.account).post(f"/devices/{device_id}/remove")
    problem(ask(town, code), 410, "code-unusable")


def test_pairing_a_known_serial_again_keeps_the_device_its_settings_and_its_events(porch: Porch) -> None:
    sent = factories.event(porch.town.clock.now())
    porch.send(sent)
    porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/settings", {"hidden_top": "third", "audio": "y"})
    code = pairing_code(porch.town, porch.rosa, "Garden gate", "at the gate")
    answer = ask(porch.town, code, serial=porch.device.serial, firmware="3.0")
    assert answer.json["device_id"] == str(porch.device.id)
    assert answer.json["settings"] == {
        "privacy_zones": rules.top_zone("third"),
        "audio": True,
        "status_seconds": 300,
        "version": 2,
    }
    assert count(porch.town, Device) == 1
    assert [str(row.event_id) for row in porch.events()] == [sent["id"]]
    known = porch.now_known()
    assert (known.name, known.firmware) == ("Garden gate", "3.0")
    problem(porch.door.post("events", {"events": [sent]}), 401, "unauthorised")
    again = porch.town.device(answer.json["token"]).post("events", {"events": [sent]})
    assert again.json["results"][0]["status"] == "duplicate"


def test_the_same_serial_in_another_household_is_another_device(porch: Porch) -> None:
    ben = Owner(porch.town, factories.resident(porch.town, "Ben"))
    answer = ask(porch.town, pairing_code(porch.town, ben.account), serial=porch.device.serial)
    assert answer.json["device_id"] != str(porch.device.id)
    assert answer.json["recipients"] == [ben.recipient]
    assert porch.door.post("events", {"events": [factories.event(porch.town.clock.now())]}).status_code == 200


def test_a_device_seals_to_everybody_of_the_household_who_has_a_key(town: Town, rosa: Owner) -> None:
    partner = Owner(town, factories.resident(town, "Paul", household_id=rosa.account.household_id))
    factories.resident(town, "Nora", household_id=rosa.account.household_id)  # has made no key yet
    answer = ask(town, pairing_code(town, rosa.account))
    assert answer.json["recipients"] == sorted([rosa.recipient, partner.recipient])


def test_a_new_member_is_sealed_to_only_when_the_device_is_paired_again(porch: Porch) -> None:
    Owner(porch.town, factories.resident(porch.town, "Paul", household_id=porch.rosa.household_id))
    assert porch.now_known().recipients == [porch.owner.recipient]
    code = pairing_code(porch.town, porch.rosa)
    assert len(ask(porch.town, code, serial=porch.device.serial).json["recipients"]) == 2


def test_guessing_codes_is_limited(tmp_path: Path, empty_database: Path) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    town = Town(tmp_path, rate_limits=True)
    tries = int(limits.PAIRING.split()[0])
    for _guess in range(tries):
        problem(ask(town, "ZZZZ-ZZZZ"), 410, "code-unusable")
    answer = ask(town, "ZZZZ-ZZZZ")
    problem(answer, 429, "too-many")
    assert int(answer.headers["Retry-After"]) > 0
    town.here.database.engine.dispose()


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b'{"code": "AAAA"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_malformed(town: Town, code: str, body: bytes) -> None:
    before = everything(town)
    answer = town.app.test_client().post("/api/v1/pairings", data=body, content_type="application/json")
    problem(answer, 400, "malformed")
    assert everything(town) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_media_type_is_refused(town: Town, code: str, kind: str) -> None:
    answer = town.app.test_client().post("/api/v1/pairings", data=b'{"code": "x"}', content_type=kind)
    problem(answer, 415, "media-type")


def test_a_body_that_is_too_large_is_refused(town: Town) -> None:
    answer = town.app.test_client().post("/api/v1/pairings", data=b" " * (2**21 + 1), content_type="application/json")
    problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"code": 12345678}, {"/code"}),
        ({"code": ""}, {"/code"}),
        ({"code": "A" * 21}, {"/code"}),
        ({"model": None}, {"/model"}),
        ({"serial": "   "}, {"/serial"}),
        ({"serial": "S" * 61}, {"/serial"}),
        ({"firmware": "F" * 41, "model": 5}, {"/firmware", "/model"}),
        ({"colour": "white"}, {"/colour"}),
        ({"a/b~c": 1}, {"/a~1b~0c"}),
    ],
)
def test_what_is_invalid_is_said_with_a_pointer_to_it_and_stores_nothing(
    town: Town, code: str, wrong: dict[str, Any], where: set[str]
) -> None:
    before = everything(town)
    found = problem(ask(town, **({"code": code} | wrong)), 422, "invalid")
    assert pointers(found) == where
    assert all(error["detail"] for error in found["errors"])
    assert everything(town) == before
    assert ask(town, code).status_code == 201, "and the code is still good"


@pytest.mark.parametrize("body", [None, [], "code", 5, True])
def test_json_that_is_no_object_is_invalid(town: Town, body: Any) -> None:
    client = town.app.test_client()
    answer = client.post("/api/v1/pairings", data=json.dumps(body), content_type="application/json")
    assert pointers(problem(answer, 422, "invalid")) == {""}


def test_missing_fields_are_all_named(town: Town) -> None:
    found = problem(town.device(None).post("pairings", {}), 422, "invalid")
    assert pointers(found) == {"/code", "/model", "/serial", "/firmware"}


def together(*acts: Callable[[], TestResponse]) -> list[TestResponse]:
    """Do all of it at the same time."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        answers[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers  # type: ignore[return-value]


def test_two_devices_with_one_code_at_the_same_moment_one_is_paired(town: Town, code: str) -> None:
    answers = together(
        lambda: ask(town, code, serial="SN-0001"),
        lambda: ask(town, code, serial="SN-0002"),
        lambda: ask(town, code, serial="SN-0003"),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410]
    assert count(town, Device) == 1


def test_one_device_that_asks_twice_at_the_same_moment_is_one_device_with_one_good_token(town: Town, code: str) -> None:
    answers = together(lambda: ask(town, code), lambda: ask(town, code))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert count(town, Device) == 1
    assert sum(token_device(town, answer.json["token"]) is not None for answer in answers) == 1


def test_neither_code_nor_token_stand_in_the_database(town: Town, code: str) -> None:
    token = ask(town, code).json["token"]
    kept = raw_database(town)
    assert b"SN-0001" in kept, "this looks at the right bytes"
    assert code.encode() not in kept and token.encode() not in kept
    assert codes.digest(token) in kept and codes.digest(code) in kept


def test_tokens_have_256_bits_and_share_none(town: Town, rosa: Owner) -> None:
    tokens = [ask(town, pairing_code(town, rosa.account), serial=f"SN-{n}").json["token"] for n in range(4)]
    assert all(len(token) >= 43 for token in tokens)
    assert len({token[:4] for token in tokens}) == 4


def test_pairing_is_in_the_ledger_without_naming_anybody_in_public(town: Town, code: str) -> None:
    ask(town, code)
    entries = everything(town)["ledger"]
    assert any("'device.paired'" in entry for entry in entries)
    page = town.browser().get("/ledger")
    assert "SN-0001" not in page.text and "Front door" not in page.text


def test_pairing_alone_makes_no_event(town: Town, code: str) -> None:
    ask(town, code)
    assert count(town, Event) == 0

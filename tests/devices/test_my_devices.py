"""My devices: making a clip key, pairing, naming, privacy, removing. All of it is the household's own business."""

import base64
import re
import uuid
from typing import Any

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.db import Refusal
from portal.devices import rules
from portal.devices.models import ClipKey, Device, PairingCode
from tests import factories
from tests.devices.tools import Porch, count, everything, fingerprint, problem, raw_database
from tests.factories import SEALED_IDENTITY, Owner
from tests.helpers import Browser, Page, Town


@pytest.fixture
def rosa(town: Town) -> Any:
    return factories.resident(town, "Rosa")


def recipient() -> str:
    return str(pyrage.x25519.Identity.generate().to_public())


# — The clip key —


def test_the_first_thing_on_the_page_is_to_make_a_key(town: Town, rosa: Any) -> None:
    page = town.browser(rosa).get("/devices")
    assert "Make your clip key" in page.words
    assert page.soup.select_one('main a[href^="/devices/key"]')


def test_a_key_is_made_in_the_browser_and_its_public_half_and_sealed_half_are_kept(town: Town, rosa: Any) -> None:
    made = recipient()
    browser = town.browser(rosa)
    assert browser.get("/devices/key").status == 200
    answer = browser.post("/devices/key", {"recipient": made, "sealed_identity": SEALED_IDENTITY})
    assert (answer.status, answer.location) == (303, "/devices")
    with town.reading() as act:
        key = act.session.get(ClipKey, rosa.id)
    assert (key.recipient, key.sealed_identity) == (made, SEALED_IDENTITY.strip())
    page = browser.get("/devices/key")
    assert page.soup.select_one("[data-recipient]")["data-recipient"] == made


def test_after_the_key_one_goes_on_to_where_one_wanted_to_go_if_that_is_here(town: Town, rosa: Any) -> None:
    form = {"recipient": recipient(), "sealed_identity": SEALED_IDENTITY}
    assert town.browser(rosa).post("/devices/key", form | {"next": "/devices/new"}).location == "/devices/new"
    ben = factories.resident(town, "Ben")
    elsewhere = {"recipient": recipient(), "next": "https://evil.example/"}
    assert town.browser(ben).post("/devices/key", form | elsewhere).location == "/devices"


def test_a_second_key_is_refused_because_it_would_lock_the_old_clips_for_ever(town: Town, rosa: Any) -> None:
    Owner(town, rosa)
    before = everything(town)
    answer = town.browser(rosa).post("/devices/key", {"recipient": recipient(), "sealed_identity": SEALED_IDENTITY})
    assert answer.status == 422 and "You have a clip key already" in answer.words
    assert everything(town) == before


def test_a_new_passphrase_seals_the_same_key_anew(town: Town, rosa: Any) -> None:
    owner = Owner(town, rosa)
    other = SEALED_IDENTITY.replace("eHh4", "eXl5", 1)
    assert other != SEALED_IDENTITY
    answer = town.browser(rosa).post("/devices/key/reseal", {"recipient": owner.recipient, "sealed_identity": other})
    assert answer.status == 303
    with town.reading() as act:
        key = act.session.get(ClipKey, rosa.id)
    assert (key.recipient, key.sealed_identity) == (owner.recipient, other.strip())
    assert key.resealed_at == town.clock.now()


def test_a_new_passphrase_cannot_bring_another_key(town: Town, rosa: Any) -> None:
    Owner(town, rosa)
    before = everything(town)
    answer = town.browser(rosa).post(
        "/devices/key/reseal", {"recipient": recipient(), "sealed_identity": SEALED_IDENTITY}
    )
    assert answer.status == 422 and "another key than yours" in answer.words
    assert everything(town) == before


def test_nobody_can_take_the_key_of_somebody_else_for_their_own(town: Town, rosa: Any) -> None:
    owner = Owner(town, rosa)
    ben = factories.resident(town, "Ben", household_id=rosa.household_id)  # who sees it in the pairing's QR code
    before = everything(town)
    answer = town.browser(ben).post("/devices/key", {"recipient": owner.recipient, "sealed_identity": SEALED_IDENTITY})
    assert answer.status == 422 and "another key than yours" in answer.words
    assert everything(town) == before


def test_who_lost_passphrase_and_sheet_can_start_over_and_devices_keep_to_the_old_key_until_paired_again(
    porch: Porch,
) -> None:
    browser = porch.town.browser(porch.rosa)
    assert browser.post("/devices/key/start-over").location == "/devices/key"
    with porch.town.reading() as act:
        assert act.session.get(ClipKey, porch.rosa.id) is None
    new = Owner(porch.town, porch.rosa)
    assert porch.now_known().recipients == [porch.owner.recipient]
    paired = pair(porch.town, shown_code(new_device(browser)), porch.device.serial)
    assert paired["recipients"] == [new.recipient]


def test_there_is_nothing_to_start_over_without_a_key(town: Town, rosa: Any) -> None:
    before = everything(town)
    assert town.browser(rosa).post("/devices/key/start-over").status == 404
    assert everything(town) == before


def _armored(content: bytes) -> str:
    lines = base64.b64encode(content).decode()
    return f"{rules.ARMOR_BEGIN}\n{lines}\n{rules.ARMOR_END}\n"


OPEN = pyrage.x25519.Identity.generate()


UNSEALED = {
    "open": str(OPEN),
    "in small letters": str(OPEN).lower(),
    "a key file": f"# created: today\n{OPEN}\n",
    "in armor": _armored(str(OPEN).encode()),
    "sealed to a key": _armored(pyrage.encrypt(str(OPEN).encode(), [OPEN.to_public()])),
    "before a sealed one": f"{OPEN}\n{SEALED_IDENTITY}",
    "after a sealed one": f"{SEALED_IDENTITY}\n{OPEN}",
    "inside of a sealed one": SEALED_IDENTITY.replace("\n-----END", f"\n{OPEN}\n-----END"),
    "too long": SEALED_IDENTITY.replace("-----END", f"{'A' * 5000}\n-----END"),
    "another armor": SEALED_IDENTITY.replace("END AGE", "END PGP"),
    "a passphrase": "passphrase: three plain words",
    "nothing": "",
    "spaces": "   ",
}


@pytest.mark.parametrize("sealed", UNSEALED.values(), ids=UNSEALED)
def test_an_identity_that_came_unsealed_or_broken_is_refused_and_stands_nowhere(
    town: Town, rosa: Any, sealed: str
) -> None:
    before = everything(town)
    answer = town.browser(rosa).post("/devices/key", {"recipient": str(OPEN.to_public()), "sealed_identity": sealed})
    assert answer.status == 422
    assert everything(town) == before
    secret = str(OPEN).removeprefix("AGE-SECRET-KEY-1")
    assert secret.encode() not in raw_database(town) and secret.lower().encode() not in raw_database(town)
    assert secret not in answer.text and secret.lower() not in answer.text, "and it is not sent back either"


NOT_PUBLIC = {
    "secret": str(OPEN),
    "nonsense": "age1nonsense",
    "nothing": "",
    "ssh": "ssh-ed25519 AAAA",
    "cut": str(OPEN.to_public())[:-1],
    "mistyped": "age1" + "q" * 58,
}


@pytest.mark.parametrize("public", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_what_is_no_public_key_is_refused(town: Town, rosa: Any, public: str) -> None:
    before = everything(town)
    answer = town.browser(rosa).post("/devices/key", {"recipient": public, "sealed_identity": SEALED_IDENTITY})
    assert answer.status == 422
    assert everything(town) == before


@given(st.text(max_size=80), st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_is_taken_for_a_key(public: str, sealed: str) -> None:
    for pair in ((public, sealed), (str(OPEN.to_public()), sealed), (public, SEALED_IDENTITY)):
        with pytest.raises(Refusal, match="key-malformed"):
            rules.check_clip_key(*pair)


def test_an_identity_that_age_itself_sealed_under_a_passphrase_is_kept() -> None:
    rules.check_clip_key(str(OPEN.to_public()), _armored(pyrage.passphrase.encrypt(str(OPEN).encode(), "five words")))


# — Pairing —


def new_device(browser: Browser, name: str = "Front door", place: str = "beside the door") -> Page:
    return browser.post("/devices/new", {"name": name, "place": place})


def shown_code(page: Page) -> str:
    return page.soup.find(id="code").get_text("", strip=True).replace(" ", "")


def pair(town: Town, code: str, serial: str = "SN-1") -> Any:
    body = {"code": code, "model": "Lantern 2", "serial": serial, "firmware": "2.4.1"}
    answer = town.device(None).post("pairings", body)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_device_needs_a_key_first(town: Town, rosa: Any) -> None:
    browser = town.browser(rosa)
    for answer in (browser.get("/devices/new"), new_device(browser)):
        assert answer.status == 302
        assert answer.location == "/devices/key?next=/devices/new"
    assert count(town, PairingCode) == 0


def test_the_pairing_page_shows_the_code_the_keys_fingerprint_and_both_as_a_picture(town: Town, rosa: Any) -> None:
    owner = Owner(town, rosa)
    page = new_device(town.browser(rosa), "Garden gate")
    assert page.status == 200
    code = shown_code(page)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", code)
    assert page.soup.find(id="fingerprint").get_text("", strip=True) == fingerprint(owner.recipient)
    assert page.soup.select_one("svg.qr__svg path")
    assert "within 10 minutes" in page.words and "Garden gate" in page.words
    assert page.response.headers["Cache-Control"] == "private, no-store"


def test_a_code_is_shown_once(town: Town, rosa: Any) -> None:
    Owner(town, rosa)
    browser = town.browser(rosa)
    code = shown_code(new_device(browser))
    for address in ("/devices/new", "/devices", "/account"):
        assert code not in browser.get(address).words.replace(" ", "")
    assert shown_code(new_device(browser)) != code, "and asked for again it is another one"
    assert code.encode() not in raw_database(town)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"place": " "}, {"name": "N" * 61}])
def test_a_device_has_a_name_and_a_place(town: Town, rosa: Any, wrong: dict[str, str]) -> None:
    Owner(town, rosa)
    page = town.browser(rosa).post("/devices/new", {"name": "Porch", "place": "left"} | wrong)
    assert page.status == 422
    assert page.soup.select_one("[aria-invalid=true]")
    assert count(town, PairingCode) == 0


def waiting(page: Page) -> str:
    return page.soup.select_one('[hx-get^="/devices/new/waiting"]')["hx-get"]


def test_the_page_waits_and_goes_on_to_the_device_when_it_has_come(town: Town, rosa: Any) -> None:
    Owner(town, rosa)
    browser = town.browser(rosa)
    page = new_device(browser)
    assert browser.get(waiting(page), htmx=True).status == 204
    device_id = pair(town, shown_code(page))["device_id"]
    answer = browser.get(waiting(page), htmx=True)
    assert answer.response.headers["HX-Redirect"] == f"/devices/{device_id}"
    assert "The doorbell is paired." in browser.get(f"/devices/{device_id}").words


def test_nobody_elses_page_goes_on_and_nonsense_waits_for_ever(town: Town, rosa: Any) -> None:
    Owner(town, rosa)
    page = new_device(town.browser(rosa))
    pair(town, shown_code(page))
    ben = town.browser(factories.resident(town, "Ben"))
    assert ben.get(waiting(page), htmx=True).status == 204
    for until in ("", "x", "0", "-1", "9" * 40):
        assert town.browser(rosa).get(f"/devices/new/waiting?until={until}", htmx=True).status == 204


# — A device's own page —


def test_a_device_can_be_renamed_and_moved(porch: Porch) -> None:
    browser = porch.town.browser(porch.rosa)
    form = browser.get(f"/devices/{porch.device.id}/edit")
    assert form.soup.find("input", {"name": "name"})["value"] == "Front door"
    answer = browser.post(f"/devices/{porch.device.id}/edit", {"name": "<b>Side</b> door", "place": "by the bins"})
    assert (answer.status, answer.location) == (303, f"/devices/{porch.device.id}")
    page = browser.get(f"/devices/{porch.device.id}")
    assert "<b>Side</b> door" in page.words and not page.soup.select("h1 b")
    assert "<b>Side</b> door" in browser.get("/devices").words
    assert porch.now_known().place == "by the bins"


def test_a_name_that_cannot_be_comes_back_with_what_was_typed(porch: Porch) -> None:
    page = porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/edit", {"name": "N" * 61, "place": "left"})
    assert page.status == 422
    assert page.soup.find("input", {"name": "name"})["value"] == "N" * 61
    assert porch.now_known().name == "Front door"


def status(porch: Porch, version: int) -> dict[str, Any]:
    body = {"firmware": "2.4.1", "uptime": 9, "settings_version": version}
    return porch.door.post("status", body).json


@pytest.mark.parametrize("choice", rules.HIDDEN_TOPS)
@pytest.mark.parametrize("audio", [True, False])
def test_a_privacy_choice_counts_the_settings_up_and_reaches_the_device(porch: Porch, choice: str, audio: bool) -> None:
    browser = porch.town.browser(porch.rosa)
    address = f"/devices/{porch.device.id}/settings"
    checked = browser.get(address).soup.select_one("input[name=hidden_top][checked]")
    assert checked["value"] == "street", "the street is left out until its owner chooses something else"
    assert browser.post(address, {"hidden_top": choice} | ({"audio": "y"} if audio else {})).status == 303
    unchanged = choice == "street" and not audio
    assert porch.now_known().settings_version == (1 if unchanged else 2)
    told = status(porch, 1)
    if unchanged:
        assert told == {}
    else:
        assert (told["settings"]["audio"], told["settings"]["version"]) == (audio, 2)
        assert told["settings"]["privacy_zones"] == rules.top_zone(choice)
    words = browser.get(f"/devices/{porch.device.id}").words
    assert ("Sound is recorded." in words) == audio


def test_a_privacy_choice_that_does_not_exist_changes_nothing(porch: Porch) -> None:
    before = porch.now_known().settings_version
    form = {"hidden_top": "everything", "audio": "y"}
    assert porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/settings", form).status == 422
    assert porch.now_known().settings_version == before
    assert porch.now_known().audio is False


# — Removing —


def remove(porch: Porch) -> None:
    answer = porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/remove")
    assert (answer.status, answer.location) == (303, "/devices")


def put_back(porch: Porch) -> Page:
    return porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/put-back")


def test_a_removed_device_is_gone_from_the_page_and_its_events_stay_until_their_time_is_over(porch: Porch) -> None:
    sent = factories.event(porch.town.clock.now())
    porch.send(sent)
    browser = porch.town.browser(porch.rosa)
    browser.post(f"/devices/{porch.device.id}/remove")
    page = browser.get("/devices")
    assert "Front door is removed." in page.words
    assert page.soup.select_one(f'form[action="/devices/{porch.device.id}/put-back"]'), "with the way back beside it"
    assert not page.soup.select("article.device")
    assert browser.get(f"/devices/{porch.device.id}").status == 404
    assert browser.get(f"/events/{porch.page_id(sent)}").status == 200
    problem(porch.door.post("events", {"events": [sent]}), 410, "device-removed")
    problem(porch.door.post("status", {}), 410, "device-removed")
    problem(porch.door.put(f"clips/{sent['id']}", b""), 410, "device-removed")


def test_removing_can_be_undone_and_the_device_goes_on_with_its_token(porch: Porch) -> None:
    remove(porch)
    porch.town.later(hours=24)
    answer = put_back(porch)
    assert (answer.status, answer.location) == (303, f"/devices/{porch.device.id}")
    assert porch.send(factories.event(porch.town.clock.now()))[0]["status"] == "accepted"


def test_removing_can_be_undone_within_a_day_only(porch: Porch) -> None:
    remove(porch)
    porch.town.later(hours=24, seconds=1)
    assert put_back(porch).status == 404
    problem(porch.door.post("status", {}), 410, "device-removed")


def test_what_was_not_removed_cannot_be_put_back(porch: Porch) -> None:
    assert put_back(porch).status == 404


def test_a_removed_doorbell_may_be_paired_anew_as_a_new_device(porch: Porch) -> None:
    remove(porch)
    browser = porch.town.browser(porch.rosa)
    found = pair(porch.town, shown_code(new_device(browser)), porch.device.serial)
    assert found["device_id"] != str(porch.device.id)
    problem(porch.door.post("status", {}), 410, "device-removed")


# — The household —


def test_everybody_of_a_household_shares_its_devices(porch: Porch) -> None:
    sent = factories.event(porch.town.clock.now())
    porch.send(sent)
    paul = factories.resident(porch.town, "Paul", household_id=porch.rosa.household_id)
    browser = porch.town.browser(paul)
    assert "Front door" in browser.get("/devices").words
    assert browser.get(f"/events/{porch.page_id(sent)}").status == 200
    assert browser.post(f"/devices/{porch.device.id}/edit", {"name": "Porch", "place": "left"}).status == 303
    assert browser.post(f"/devices/{porch.device.id}/settings", {"hidden_top": "third"}).status == 303
    assert browser.post(f"/devices/{porch.device.id}/remove").status == 303
    assert browser.post(f"/devices/{porch.device.id}/put-back").status == 303


def test_nobody_else_can_change_a_device(porch: Porch) -> None:
    town = porch.town
    others = [
        factories.resident(town, "Ben"),
        factories.work_account(town, "operator", "operator@maple.example", "Owen Pratt"),
        factories.work_account(town, "moderator", "mod@maple.example", "Marisol Vega"),
    ]
    before = everything(town)
    for account in others:
        browser = town.browser(account)
        for act, form in (
            ("edit", {"name": "Mine", "place": "now"}),
            ("settings", {"hidden_top": "none", "audio": "y"}),
            ("remove", {}),
            ("put-back", {}),
        ):
            answer = browser.post(f"/devices/{porch.device.id}/{act}", form)
            missing = browser.post(f"/devices/{uuid.uuid4()}/{act}", form)
            assert answer.status == missing.status == 404
            assert answer.text == missing.text
    assert everything(town) == before


def test_changing_a_device_needs_the_forms_token(porch: Porch) -> None:
    client = porch.town.browser(porch.rosa).client
    before = everything(porch.town)
    for act in ("edit", "settings", "remove"):
        assert client.post(f"/devices/{porch.device.id}/{act}", data={"name": "x", "place": "y"}).status_code in (
            400,
            422,
        )
    assert everything(porch.town) == before
    assert count(porch.town, Device) == 1

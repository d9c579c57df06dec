"""Who may fetch a sealed clip: its household. Everybody else gets the answer for a thing that is not there."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest

from portal.clips.models import SealedFile
from tests import factories, people
from tests.devices.tools import Porch, count
from tests.factories import Owner, delivered_clip, digest, seal
from tests.helpers import Browser, Page, Town

FILM = b"a film of a porch" * 50


@dataclass
class Scene:
    """Rosa's doorbell has delivered a clip and a poster; the whole town is there."""

    cast: people.Cast
    porch: Porch
    event_id: str


@pytest.fixture
def scene(town: Town) -> Scene:
    cast = people.everybody(town)
    owner = Owner(town, cast.rosa)
    device, token = factories.device(town, cast.rosa)
    porch = Porch(town, cast.rosa, owner, device, token, town.device(token))
    event_id = str(delivered_clip(town, owner, token, FILM))
    [sent] = porch.events()
    picture = seal(b"a still picture", owner.recipient)
    assert porch.door.put(f"clips/{sent.event_id}/poster", picture, **digest(picture)).status_code == 201
    return Scene(cast, porch, event_id)


def addresses(event_id: object) -> list[str]:
    return [f"/events/{event_id}", f"/events/{event_id}/clip", f"/events/{event_id}/poster"]


def test_the_owner_watches_and_only_her_own_key_opens_it(scene: Scene) -> None:
    browser = scene.porch.town.browser(scene.cast.rosa)
    page, clip, poster = (browser.get(address) for address in addresses(scene.event_id))
    assert (page.status, clip.status, poster.status) == (200, 200, 200)
    assert scene.porch.owner.open(clip.response.data) == FILM
    assert scene.porch.owner.open(poster.response.data) == b"a still picture"
    assert page.soup.select_one("[data-clip-url]")["data-clip-url"] == f"/events/{scene.event_id}/clip"
    assert page.soup.select_one(f'a[href="/posts/new?event={scene.event_id}"]')


def test_a_sealed_clip_is_cached_by_its_owners_browser_only(scene: Scene) -> None:
    browser = scene.porch.town.browser(scene.cast.rosa)
    answer = browser.get(f"/events/{scene.event_id}/clip").response
    assert "private" in answer.headers["Cache-Control"] and "public" not in answer.headers["Cache-Control"]
    again = browser.client.get(f"/events/{scene.event_id}/clip", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def _headers(page: Page) -> dict[str, str]:
    """All but the session's cookie, which the first answer of a browser renews."""
    return {name: value for name, value in page.response.headers if name != "Set-Cookie"}


def same_as_missing(browser: Browser, event_id: str) -> None:
    for address, missing in zip(addresses(event_id), addresses(uuid.uuid4()), strict=True):
        answer, nothing = browser.get(address), browser.get(missing)
        assert answer.status == nothing.status == 404, address
        assert answer.text == nothing.text, address
        assert _headers(answer) == _headers(nothing), address


@pytest.mark.parametrize("who", ["ben", "faye", "officer", "captain", "clerk", "mod", "operator", "legal", "auditor"])
def test_to_everybody_else_it_is_as_if_it_were_not_there(scene: Scene, who: str) -> None:
    same_as_missing(scene.porch.town.browser(scene.cast.accounts()[who]), scene.event_id)


def test_a_visitor_is_asked_to_sign_in_whether_it_is_there_or_not(scene: Scene) -> None:
    browser = scene.porch.town.browser()
    for address in [*addresses(scene.event_id), *addresses(uuid.uuid4())]:
        answer = browser.get(address)
        assert answer.status == 302 and answer.location.startswith("/sign-in?next=")


def test_a_devices_token_opens_no_clip_not_even_its_own(scene: Scene) -> None:
    client = scene.porch.town.app.test_client()
    for address in addresses(scene.event_id):
        assert client.get(address, headers=scene.porch.door.headers).status_code == 302


def test_no_page_of_anybody_else_names_the_event(scene: Scene) -> None:
    for name, account in (scene.cast.accounts() | {"visitor": None}).items():
        if name == "rosa":
            continue
        browser = scene.porch.town.browser(account)
        for address in ("/", "/feed", "/devices", "/ledger", "/agencies", "/account"):
            assert scene.event_id not in browser.get(address).text, (name, address)


def test_a_member_of_the_household_without_the_key_is_told_that_it_is_sealed_to_another(scene: Scene) -> None:
    town = scene.porch.town
    paul = factories.resident(town, "Paul", household_id=scene.cast.rosa.household_id)
    Owner(town, paul)
    page = town.browser(paul).get(f"/events/{scene.event_id}")
    assert page.status == 200
    assert "sealed to another key" in page.words
    assert not page.soup.select("[data-clip-url]")


@pytest.mark.parametrize(("arrived", "words"), [("nothing", "There is no clip"), ("announced", "on its way")])
def test_the_page_says_what_there_is_of_a_clip(town: Town, arrived: str, words: str) -> None:
    porch = Porch.built(town)
    sent = factories.event(town.clock.now(), clip=b"x" * 500 if arrived == "announced" else None)
    porch.send(sent)
    browser = town.browser(porch.rosa)
    page = browser.get(f"/events/{porch.page_id(sent)}")
    assert words in page.words
    for part in ("clip", "poster"):
        assert browser.get(f"/events/{porch.page_id(sent)}/{part}").status == 404


def test_when_its_time_is_over_the_owner_is_told_so_and_nobody_gets_it(scene: Scene) -> None:
    town = scene.porch.town
    town.clock.at += timedelta(days=30)
    browser = town.browser(scene.cast.rosa)
    page, clip, poster = (browser.get(address) for address in addresses(scene.event_id))
    assert (page.status, clip.status, poster.status) == (200, 410, 410)
    assert "expired" in page.words
    assert count(town, SealedFile) == 2, "though the chore has not come by yet"
    for who in ("ben", "officer"):
        same_as_missing(town.browser(scene.cast.accounts()[who]), scene.event_id)


def test_when_it_was_erased_it_is_not_there_for_its_owner_either(scene: Scene) -> None:
    town = scene.porch.town
    town.clock.at += timedelta(days=30)
    town.chores()
    same_as_missing(town.browser(scene.cast.rosa), scene.event_id)

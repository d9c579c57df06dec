"""Every page, looked at on a phone and on a desk, in light and in dark: axe finds nothing, nothing is wider than the
screen, no script complains."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Page, expect

from portal.agencies import service as agencies
from portal.agencies.rules import Agreed
from portal.bulletins import service as bulletins
from portal.demotown.sealing import seal_identity
from portal.devices import service as devices
from portal.moderation import service as moderation
from portal.relay import service as relay
from tests import factories as make
from tests.archive.files import body, bring_in
from tests.e2e.live import served
from tests.e2e.looks import look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser


class World:
    """A town with something of everything, served for all tests of this file."""

    def __init__(self, town: Town) -> None:
        self.url = ""
        self.cast: Cast = everybody(town)
        cast = self.cast
        identity = pyrage.x25519.Identity.generate()
        with town.acting(cast.rosa) as act:
            sealed = seal_identity(str(identity), "five plain words are enough")
            devices.keep_clip_key(act, str(identity.to_public()), sealed, reseal=False)
        device, token = make.device(town, cast.rosa)
        door = town.device(token)
        clip = make.seal(b"not a film", str(identity.to_public()))
        event = make.event(town.clock.now(), clip=clip)
        door.post("events", {"events": [event, make.event(town.clock.now(), "motion")]})
        door.put(f"clips/{event['id']}", clip, **make.digest(clip))
        neighbours = make.post(
            town, cast.rosa, "Somebody left the gate open.", uploads=[make.upload(town, make.jpeg())]
        )
        everyone = make.post(town, cast.ben, "Found: a set of keys.", audience="everyone", category="good")
        attention = make.post(town, cast.rosa, "With a file", uploads=[make.upload(town, b"\xff\xd8\xff broken")])
        town.work()
        comment = make.comment(town, cast.ben, neighbours)
        with town.acting(cast.ben) as act:
            moderation.report_post(act, neighbours.id, "R5", "It names somebody.")
        talk = make.talk(town, cast.ben, cast.rosa, neighbours)
        with town.acting(cast.rosa) as act:
            relay.answer(act, talk.id, consent=True)
            relay.write(act, talk.id, "Shall we meet at the gate?")
        agreed = (Agreed("task-force", "Regional Task Force", date(2024, 1, 1), link="https://oak.example/agreed"),)
        drawn = {"polygons": make.square(half=0.02), "agreements": agreed, "address": "3 Engine Lane", "region": "Ohio"}
        oak = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example", **drawn)
        make.member(town, oak, "chief@oak.example", "Olga Reyes", "Fire chief")
        _elm, letter = make.proposed_agency(town, "elm-fire", "fire", "Elm Fire", email="desk@elm.example")
        _ash, other = make.proposed_agency(town, "ash-fire", "fire", "Ash Fire", email="desk@ash.example")
        with town.acting() as act:
            agencies.confirm(act, other.token)
        bring_in(town, town.here.settings.data, body())
        tip = make.agency_post(town, cast.officer, "maple-police")
        asks = "Please check your cameras and send us video."
        held = make.agency_post(town, cast.officer, "maple-police", body=asks)
        changed, withdrawn = (make.agency_post(town, cast.officer, "maple-police") for _number in range(2))
        make.change_agency_post(town, cast.officer, "maple-police", changed, title="Lock your windows")
        make.change_agency_post(town, cast.officer, "maple-police", changed, body=asks)
        with town.acting(cast.officer) as act:
            bulletins.withdraw(act, "maple-police", withdrawn.id)
        due_at = town.clock.now() + timedelta(days=2)
        make.agency_post(town, cast.officer, "maple-police", due_at=due_at)
        picture = make.agency_picture(town, cast.officer, "maple-police", make.jpeg())
        with town.reading(cast.rosa) as act:
            from portal.devices import queries

            event_id = queries.timeline(act, cast.rosa.household_id, 5)[-1][0].id
        self.paths = {
            "visitor": [
                "/",
                "/sign-in",
                "/join",
                "/confirm",
                "/confirm/no-such-link",
                "/password/forgotten",
                "/password/reset/no-such-link",
                "/feed",
                "/guidelines",
                "/agencies",
                "/agencies?where=all&kind=fire",
                "/agencies?q=nothing-like-this",
                "/agencies/oak-fire",
                "/agencies/confirm/no-such-link",
                f"/agencies/confirm/{letter.token}",
                "/guide",
                "/guarantee",
                "/guide/asking",
                "/guide/leaflet",
                "/guide/leaflet?lang=es&agency=maple-police",
                "/agencies/maple-police",
                f"/agencies/maple-police/posts/{tip.id}",
                f"/agencies/maple-police/posts/{changed.id}/history",
                f"/agencies/maple-police/posts/{withdrawn.id}",
                "/agencies/maple-police?kind=tip",
                f"/agencies/maple-police/posts/{tip.id}/comments",
                "/agencies/maple-police/figures",
                "/ledger",
                "/requests",
                "/requests?q=nothing+like+it",
                "/requests/1",
                f"/posts/{everyone.id}",
                "/api/v1/problems",
                "/no-such-page",
            ],
            "rosa": [
                "/feed",
                "/feed?category=crime",
                "/devices",
                "/devices/feed",
                "/devices/key",
                "/devices/new",
                "/devices/retention",
                f"/devices/{device.id}",
                f"/devices/{device.id}/edit",
                f"/devices/{device.id}/settings",
                f"/events/{event_id}",
                "/posts/new",
                f"/posts/{neighbours.id}",
                f"/posts/{attention.id}",
                f"/posts/{attention.id}/edit",
                "/feed/search?q=gate",
                "/feed/saved",
                "/account/muted",
                f"/posts/{everyone.id}/contact",
                "/contacts",
                f"/contacts/{talk.id}",
                f"/contacts/{talk.id}/report",
                f"/comments/{comment.id}/report",
                "/guidelines",
                "/account",
                "/account/password",
            ],
            "ben": ["/devices", "/devices/key", f"/posts/{neighbours.id}/report"],
            "officer": [
                "/",
                "/feed",
                "/agencies/maple-police",
                "/agencies/maple-police/profile",
                "/agencies/maple-police/posts/new",
                f"/agencies/maple-police/posts/{held.id}",
                f"/agencies/maple-police/posts/{held.id}/edit",
                f"/agencies/maple-police/posts/{changed.id}",
                f"/agencies/maple-police/posts/{changed.id}/edit",
                "/agencies/maple-police/posts/new?template=boil-water",
            ],
            "mod": [
                "/moderation/contacts",
                "/moderation",
                f"/moderation/cases/reported/{neighbours.id}",
                f"/moderation/cases/agency/{picture.id}",
            ],
            "operator": [
                "/operator/invitations",
                "/account/passkeys",
                "/sign-in/again",
                "/operator/agencies",
                "/operator/agencies/new",
                "/operator/agencies/import",
                "/operator/agencies/approve",
                "/operator/agencies/oak-fire",
                "/operator/agencies/elm-fire",
                "/operator/agencies/ash-fire/edit",
            ],
            "legal": ["/"],
            "auditor": ["/", "/account"],
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("pages"), empty_database, World) as made:
        yield made


WHO = ("visitor", "rosa", "ben", "officer", "mod", "operator", "legal", "auditor")


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_fit_for_everybody(world: World, page: Page, who: str) -> None:
    if who != "visitor":
        sign_in(page, world.url, getattr(world.cast, who).email, PASSWORD)
    for path in world.paths[who]:
        page.goto(world.url + path)
        look_in_every_way(page)


def test_a_form_that_was_wrong_is_fit_for_everybody_too(world: World, page: Page) -> None:
    page.goto(f"{world.url}/join")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Please fill this in.")
    look_in_every_way(page)


def test_letters_to_print_and_the_pairing_page_are_fit_for_everybody(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.operator.email, PASSWORD)
    page.goto(f"{world.url}/operator/invitations")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Make letters to print").click()
    expect(page.get_by_text("Your household's code")).to_be_visible()
    look_in_every_way(page)
    page.get_by_text("Owen Pratt").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, world.url, world.cast.rosa.email, PASSWORD)
    page.goto(f"{world.url}/devices/new")
    page.get_by_role("button", name="Show the pairing code").click()
    expect(page.get_by_text("Waiting for the doorbell")).to_be_visible()
    look_in_every_way(page)


def test_menus_and_dialogs_work_by_keyboard(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.rosa.email, PASSWORD)
    page.goto(f"{world.url}/feed")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    menu = page.locator("article details.menu").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.locator("ul")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.locator("ul")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    edits = next(path for path in world.paths["rosa"] if path.startswith("/devices/") and path.endswith("/edit"))
    page.goto(world.url + edits.removesuffix("/edit"))
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    look_in_every_way(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_feed_works_without_script(world: World, chromium, page: Page) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, world.url, world.cast.ben.email, PASSWORD)
    plain.goto(f"{world.url}/posts/new")
    plain.get_by_label("What happened?").fill("Written without any script.")
    plain.get_by_role("button", name="Publish").click()
    expect(plain.get_by_text("Your post is in the feed.")).to_be_visible()
    expect(plain.get_by_text("Written without any script.")).to_be_visible()
    plain.get_by_label("Your comment").fill("And a comment.")
    plain.get_by_role("button", name="Comment", exact=True).click()
    expect(plain.locator("#comment-list")).to_contain_text("And a comment.")
    context.close()

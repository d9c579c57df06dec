"""Moderation in real browsers: two moderators, one case; and its pages, looked at in every way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.accounts.models import Account
from portal.feed.models import Post
from tests import factories as make
from tests.e2e.live import served
from tests.e2e.looks import PHONE, look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.moderation.tools import ASKS, appeal, decide, hold, report
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser


class World:
    def __init__(self, town: Town) -> None:
        self.url = ""
        self.cast: Cast = everybody(town)
        cast = self.cast
        self.second: Account = make.moderator(town, "second@maple.example", "Theo Lang")
        with town.reading() as act:
            from portal.accounts import queries

            home = queries.household_address(act, cast.ben.household_id)
        self.near: Account = make.moderator(town, "near@maple.example", "Vera Holm", home)
        picture = [make.upload(town, make.jpeg())]
        self.reported: Post = make.post(town, cast.rosa, "Somebody tried the gate twice.", uploads=picture)
        town.work()
        comment = make.comment(town, cast.ben, self.reported, "That was surely the man from number 12.")
        self.comment = comment
        report(town, cast.ben, self.reported)
        report(town, cast.rosa, comment)
        self.held: Post = hold(town, cast.rosa)
        self.text = make.agency_post(town, cast.officer, "maple-police", title="A scam by phone", body=ASKS)
        removed = make.post(town, cast.rosa, "A man in a green coat walked by.")
        report(town, cast.ben, removed)
        decide(town, cast.mod, removed, "remove", "R5", reason="A coat is no deed.", days=1)
        self.removed = removed
        appeal(town, cast.rosa, removed, "It was about the gate.")
        warned = make.post(town, cast.ben, "A warning to all.")
        report(town, make.resident(town, "Nora"), warned)
        decide(town, cast.mod, warned, "warn", "R7", reason="It shows somebody's garden.")
        self.fresh = make.work_account(town, "moderator", "fresh@maple.example", "Wim Post")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("moderation"), empty_database, World) as made:
        yield made


def test_one_claims_and_the_other_sees_it_claimed_without_reloading(
    world: World, page: Page, chromium: Browser
) -> None:
    context = chromium.new_context(viewport=PHONE)  # type: ignore[arg-type]
    other = context.new_page()
    sign_in(page, world.url, world.cast.mod.email, PASSWORD)
    sign_in(other, world.url, world.second.email, PASSWORD)
    place = f"{world.url}/moderation/cases/reported/{world.reported.id}"
    queue = context.new_page()
    queue.goto(f"{world.url}/moderation")
    other.goto(place)
    expect(other.get_by_role("button", name="Claim it")).to_be_visible()

    page.goto(f"{world.url}/moderation")
    page.locator(f"#case-reported-{world.reported.id}").get_by_role("link", name="Look at it").click()
    page.get_by_role("button", name="Claim it").click()
    expect(page.get_by_text("You have claimed this")).to_be_visible()

    expect(other.get_by_text("Claimed by Marisol Vega, until")).to_be_visible(timeout=10_000)
    expect(other.get_by_role("button", name="Claim it")).to_have_count(0)
    queue.bring_to_front()
    row = queue.locator(f"#case-reported-{world.reported.id}")
    expect(row).to_contain_text("Claimed by Marisol Vega", timeout=10_000)

    page.get_by_label("Warn the author, and leave it").check()
    page.get_by_label("Which rule does it break?").select_option("R7")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("alert")).to_contain_text("Please fill this in.")
    look_in_every_way(page)
    page.get_by_label("Why, for everybody to read").fill("It shows private ground.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("It is decided, and stands in the public log.")).to_be_visible()
    other.bring_to_front()
    expect(other.get_by_text("This case is closed")).to_be_visible(timeout=10_000)
    queue.bring_to_front()
    expect(row).to_have_count(0, timeout=10_000)
    context.close()


def test_a_case_is_decided_without_script(world: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, world.url, world.second.email, PASSWORD)
    plain.goto(f"{world.url}/moderation/cases/held/{world.held.id}")
    plain.get_by_role("button", name="Claim it").click()
    plain.get_by_label("It keeps to the rules: let it out").check()
    plain.get_by_label("Why, for everybody to read").fill("It says what was done.")
    plain.get_by_role("button", name="Decide").click()
    expect(plain.get_by_text("It is decided, and stands in the public log.")).to_be_visible()
    context.close()


PAGES = {
    "mod": ["/moderation", "/moderation/home", "/moderation/cases/appeal/{removed}"],
    "second": [
        "/moderation/cases/appeal/{removed}",
        "/moderation/cases/agency/{text}",
        "/moderation/cases/reported/{comment}",
    ],
    "near": ["/moderation", "/moderation/cases/reported/{comment}"],
    "fresh": ["/moderation/home"],
    "rosa": ["/decisions", "/posts/{removed}"],
    "ben": ["/decisions", "/guidelines"],
    "officer": ["/decisions"],
    "operator": ["/operator/moderators"],
    "visitor": ["/moderation/log"],
}


@pytest.mark.parametrize("who", PAGES)
def test_every_page_of_moderation_is_fit_for_everybody(world: World, page: Page, who: str) -> None:
    if who != "visitor":
        sign_in(page, world.url, (getattr(world, who, None) or getattr(world.cast, who)).email, PASSWORD)
    names = {"removed": world.removed.id, "text": world.text.id, "comment": world.comment.id}
    for path in PAGES[who]:
        page.goto(world.url + path.format(**names))
        expect(page.locator("h1")).to_be_attached()
        look_in_every_way(page)


def test_an_author_appeals_from_the_list_of_decisions(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/decisions")
    page.get_by_role("link", name="Appeal").click()
    look_in_every_way(page)
    page.get_by_label("Why should somebody look at it again?").fill("That is my own garden.")
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("A moderator who did not decide before looks at it.").first).to_be_visible()

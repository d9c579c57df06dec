"""Residents and agencies under a post, in real browsers: a comment with script and without, an answer, who comes, what
was useful; and the pages, looked at in every way."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.accounts.models import Account
from portal.moderation import service as moderation
from portal.responses import service as responses
from tests import factories as make
from tests.e2e.live import served
from tests.e2e.looks import PHONE, look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody
from tests.responses.tools import ASKS

pytestmark = pytest.mark.browser


class World:
    def __init__(self, town: Town) -> None:
        self.url = ""
        self.cast: Cast = everybody(town)
        cast = self.cast
        self.second: Account = make.moderator(town, "second@maple.example", "Theo Lang")
        self.tip = make.agency_post(town, cast.officer, "maple-police")
        self.event = make.agency_post(
            town,
            cast.captain,
            "maple-fire",
            title="Open house",
            kind="event",
            starts_at=town.clock.at + timedelta(days=3),
            place="Station 1",
        )
        self.quiet = make.agency_post(town, cast.officer, "maple-police", title="A word of thanks")
        asked = make.under_agency(town, cast.rosa, self.quiet, "When are you open?", show_name=True)
        self.answer = make.under_agency(town, cast.officer, self.quiet, "Until six.", reply_to=asked.id)
        with town.acting(cast.officer) as act:
            responses.edit_answer(act, self.answer.id, "Until seven.")
        self.held = make.under_agency(town, cast.officer, self.quiet, ASKS)
        self.reported = make.under_agency(town, cast.ben, self.quiet, "The man at the corner shop did it.")
        with town.acting(cast.rosa) as act:
            moderation.report_under_agency(act, self.reported.id, "R5", "A private person.")
            moderation.report_agency_post(act, "maple-police", self.quiet.id, "R1", "It may ask for more than thanks.")
        self.gone = make.agency_post(town, cast.officer, "maple-police", title="Taken back")
        make.under_agency(town, cast.ben, self.gone, "You got this wrong.")
        town.browser(cast.officer).post(f"/agencies/maple-police/posts/{self.gone.id}/withdraw")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("responses"), empty_database, World) as made:
        yield made


def test_a_resident_comments_an_agency_answers_and_the_resident_reads_it(
    world: World, page: Page, chromium: Browser
) -> None:
    place = f"{world.url}/agencies/maple-police/posts/{world.tip.id}"
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(place)
    expect(page.get_by_label("Your comment")).to_have_accessible_description(
        "Everyone can read this, the agency too. Do not post footage or links to it."
    )
    page.get_by_label("Your comment").fill("It is all at www.videos.example/porch")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comment-form")).to_contain_text("no links here")
    expect(page.get_by_label("Your comment")).to_have_value("It is all at www.videos.example/porch")
    look_in_every_way(page)
    page.get_by_label("Your comment").fill("Does this hold for sheds, too?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comment-list")).to_contain_text("Does this hold for sheds, too?")
    expect(page.get_by_label("Your comment")).to_have_value("")

    context = chromium.new_context(viewport=PHONE)  # type: ignore[arg-type]
    officer = context.new_page()
    sign_in(officer, world.url, world.cast.officer.email, PASSWORD)
    officer.goto(place)
    comment = officer.locator("#comment-list > li", has_text="sheds")
    expect(comment).to_contain_text("A neighbour")
    expect(comment.get_by_role("button")).to_have_count(0)
    comment.get_by_role("link", name="Answer").click()
    expect(officer.locator("#comment-form")).to_contain_text("You answer A neighbour")
    officer.get_by_label("Your answer").fill("It does, and for garages.")
    officer.get_by_role("button", name="Answer").click()
    expect(comment.locator("ol")).to_contain_text("It does, and for garages.")
    expect(comment.locator("ol")).to_contain_text("Dana Whitfield, Sergeant · Maple Police")
    look_in_every_way(officer)
    context.close()

    page.goto(place)
    expect(page.locator("#comment-list")).to_contain_text("It does, and for garages.")
    page.get_by_role("button", name="This was useful").click()
    expect(page.locator("#useful")).to_contain_text("1 neighbour found it useful")
    expect(page.get_by_role("button", name="You found this useful")).to_be_visible()
    own = page.locator("#comment-list > li", has_text="sheds")
    own.locator("details.menu").first.locator("summary").click()
    own.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your comment is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#comment-list")).to_contain_text("Does this hold for sheds, too?")


def test_all_of_it_works_without_script(world: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, world.url, world.cast.rosa.email, PASSWORD)
    plain.goto(f"{world.url}/agencies/maple-fire")
    plain.get_by_role("button", name="Follow").click()
    expect(plain.get_by_text("You follow Maple Fire.")).to_be_visible()
    plain.goto(f"{world.url}/agencies/maple-fire/posts/{world.event.id}")
    expect(plain.get_by_text("Nobody has said yet that they come")).to_be_visible()
    plain.get_by_role("button", name="I am coming").click()
    expect(plain.get_by_text("A few neighbours are coming")).to_be_visible()
    plain.get_by_role("button", name="You are coming: take it back").click()
    expect(plain.get_by_text("Nobody has said yet that they come")).to_be_visible()
    plain.get_by_label("Your comment").fill("Two Hispanic men were there.")
    plain.get_by_role("button", name="Comment", exact=True).click()
    expect(plain.locator(".found")).to_contain_text("Say what was done")
    plain.get_by_label("Your comment").fill("Is there soup again?")
    plain.get_by_label("Show my name").check()
    plain.get_by_role("button", name="Comment", exact=True).click()
    expect(plain.locator("#comment-list")).to_contain_text("Is there soup again?")
    expect(plain.locator("#comment-list")).to_contain_text("Rosa")
    plain.locator("#comment-list > li").get_by_role("link", name="Reply").click()
    expect(plain.get_by_text("You answer Rosa.")).to_be_visible()
    context.close()


def paths(world: World) -> dict[str, list[str]]:
    police, quiet = "/agencies/maple-police", f"/agencies/maple-police/posts/{world.quiet.id}"
    return {
        "visitor": [
            quiet,
            f"{quiet}/comments",
            f"{police}/posts/{world.gone.id}/comments",
            f"{police}/figures",
            f"/agency-comments/{world.answer.id}/history",
            f"/agencies/maple-fire/posts/{world.event.id}",
        ],
        "rosa": [
            quiet,
            police,
            f"{quiet}/comments/new?reply={world.answer.id}",
            f"/agency-comments/{world.reported.id}/report",
            f"{quiet}/report",
            f"/agencies/maple-fire/posts/{world.event.id}",
            "/alerts/rules/new?about=agencies",
            "/alerts/settings",
            "/agencies",
            "/alerts",
        ],
        "officer": [
            quiet,
            f"{quiet}/comments/new",
            f"/agency-comments/{world.answer.id}/edit",
            f"/agency-comments/{world.held.id}/edit",
            f"{police}/figures",
        ],
        "mod": [
            "/moderation",
            f"/moderation/cases/agency/{world.held.id}",
            f"/moderation/cases/reported/{world.reported.id}",
            f"/moderation/cases/reported/{world.quiet.id}",
        ],
    }


@pytest.mark.parametrize("who", ["visitor", "rosa", "officer", "mod"])
def test_every_page_is_fit_for_everybody(world: World, page: Page, who: str) -> None:
    if who != "visitor":
        sign_in(page, world.url, getattr(world.cast, who).email, PASSWORD)
    for path in paths(world)[who]:
        page.goto(world.url + path)
        look_in_every_way(page)

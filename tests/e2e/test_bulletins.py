"""An agency writes an event from a template, looks at it, schedules it, lets it out; its picture waits for a moderator,
and a resident sees both."""

import io
import shutil
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from tests.e2e.live import running, town_of_today
from tests.e2e.looks import look_at, look_in_every_way, sign_in
from tests.helpers import PASSWORD
from tests.people import everybody

pytestmark = pytest.mark.browser


def test_an_event_from_a_template_with_a_picture_comes_to_a_resident(
    tmp_path: Path, empty_database: Path, chromium: Browser, page: Page
) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    town = town_of_today(tmp_path)
    cast = everybody(town)
    code = io.BytesIO()
    segno.make("https://fire.maple.example/house").save(code, kind="png", scale=8)
    with running(tmp_path) as url:
        sign_in(page, url, cast.captain.email, PASSWORD)
        page.goto(f"{url}/agencies/maple-fire/posts/new")
        page.get_by_text("Begin with a template").click()
        page.get_by_role("link", name="Open house").click()
        expect(page.get_by_label("Title", exact=True)).to_have_value("Open house at [place]")
        expect(page.get_by_label("Where does it come from?")).to_be_hidden()
        page.get_by_label("Title", exact=True).fill("Open house at Station 1")
        page.get_by_label("Text", exact=True).fill("Soup for everybody. If your doorbell caught us, send us the clip.")
        page.locator("#starts_at").fill("2031-05-20T18:30")
        page.locator("#place").fill("Mill Road")
        page.get_by_text("Pictures, up to four").click()
        page.get_by_label("File").first.set_input_files(
            {"name": "house.png", "mimeType": "image/png", "buffer": code.getvalue()}
        )
        page.get_by_label("What does it show?").first.fill("A code for our page")
        page.get_by_label("There are no words in it").first.check()
        page.locator("#due_at").fill("2031-01-01T09:00")

        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview .post__title")).to_have_text("Open house at Station 1")
        expect(page.locator("#found-body")).to_contain_text("Rule R1")
        look_in_every_way(page)
        page.get_by_label("Text", exact=True).fill("Soup for everybody.")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview")).to_contain_text("Nothing in it has to be held")
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_text("It is scheduled.")).to_be_visible()
        place = page.url

        page.goto(f"{url}/agencies/maple-fire")
        expect(page.locator("#scheduled")).to_contain_text("Open house at Station 1")
        look_in_every_way(page)
        page.get_by_role("button", name="Publish now").click()
        expect(page.get_by_text("It is published.")).to_be_visible()
        expect(page.locator("#picture-states")).to_contain_text("a moderator will look at it first", timeout=10000)

        moderator = chromium.new_context().new_page()
        sign_in(moderator, url, cast.mod.email, PASSWORD)
        moderator.goto(f"{url}/moderation")
        expect(moderator.get_by_role("heading", name="An agency's picture")).to_be_visible(timeout=15000)
        moderator.get_by_role("link", name="Look at it").first.click()
        expect(moderator.get_by_text("https://fire.maple.example/house")).to_be_visible()
        moderator.get_by_role("button", name="Claim it").click()
        look_at(moderator)
        moderator.get_by_label("It keeps to the rules: let it out").check()
        moderator.get_by_label("Why, for everybody to read").fill("A code that leads to the agency's own page.")
        moderator.get_by_role("button", name="Decide").click()
        expect(moderator.get_by_text("It is decided")).to_be_visible()

        resident = chromium.new_context().new_page()
        sign_in(resident, url, cast.rosa.email, PASSWORD)
        resident.goto(f"{url}/feed")
        card = resident.locator(".post", has_text="Open house at Station 1")
        expect(card.get_by_role("img", name="A code for our page")).to_be_visible()
        resident.goto(place)
        look_in_every_way(resident)
    town.here.database.engine.dispose()

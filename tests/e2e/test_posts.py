"""Writing with a real browser: a description for each file, drafts that survive, and cards that are pressed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.e2e.live import served
from tests.e2e.looks import look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser


class World:
    def __init__(self, town: Town) -> None:
        self.town, self.url = town, ""
        self.cast: Cast = everybody(town)
        self.post = make.post(town, self.cast.rosa, "A lost dog.", category="pet", audience="everyone")
        make.comment(town, self.cast.ben, self.post)

    def session_ends(self, who: str) -> None:
        """As after a month, or after "sign out everywhere else"."""
        from portal import codes
        from portal.accounts.models import Account

        with self.town.acting() as act:
            act.session.get_one(Account, getattr(self.cast, who).id).session_key = codes.new_token()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("posts"), empty_database, World) as made:
        yield made


def picture(name: str, colour: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": make.jpeg(320, 240, colour)}


def test_each_file_is_asked_for_its_own_description_once_and_never_held_for_it(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.rosa.email, PASSWORD)
    page.goto(f"{world.url}/posts/new")
    page.get_by_label("What happened?").fill("Two gates.")
    page.locator("#media").set_input_files([picture("one.jpg", "#a33"), picture("two.jpg", "#3a3")])
    fields = page.locator("input[name=alts]")
    expect(fields).to_have_count(2)
    fields.nth(0).fill("A red gate")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#composer-feedback")).to_contain_text("Say in a few words what your files show")
    expect(fields.nth(0)).to_have_value("A red gate")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"))
    expect(page.locator("article img").first).to_be_visible(timeout=30_000)
    assert page.locator("article img").evaluate_all("all => all.map(one => one.alt)") == [
        "A red gate",
        "A picture without a description",
    ]
    page.goto(page.url + "/edit")
    look_in_every_way(page)


def test_what_was_typed_comes_back_after_the_page_was_left_and_can_be_discarded(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/posts/new")
    page.get_by_label("What happened?").fill("Half a thought.")
    page.get_by_label("Good neighbour").check()
    page.goto(f"{world.url}/feed")
    page.goto(f"{world.url}/posts/new")
    expect(page.get_by_label("What happened?")).to_have_value("Half a thought.")
    expect(page.get_by_label("Good neighbour")).to_be_checked()
    look_in_every_way(page)
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("What happened?")).to_have_value("")
    page.goto(f"{world.url}/posts/new")
    expect(page.get_by_label("What happened?")).to_have_value("")


def test_a_session_that_ran_out_leads_to_sign_in_and_back_to_the_draft_which_goes_once_it_is_sent(
    world: World, page: Page
) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    for path, field, button in (
        ("/posts/new", "What happened?", "Publish"),
        (f"/posts/{world.post.id}", "Your comment", "Comment"),
    ):
        page.goto(world.url + path)
        page.get_by_label(field).fill("Long and careful words.")
        world.session_ends("ben")
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_url(re.compile(r"/sign-in\?next="))
        page.get_by_label("E-mail address").fill(world.cast.ben.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{world.url}{path}")
        expect(page.get_by_label(field)).to_have_value("Long and careful words.")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("article, #comment-list", has_text="Long and careful words.")).to_be_visible()
        page.goto(world.url + path)
        expect(page.get_by_label(field)).to_have_value("")


def test_a_lost_connection_loses_no_words_and_signing_out_leaves_none_behind(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/posts/new")
    page.get_by_label("What happened?").fill("Words on a train.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("It was not sent.")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("What happened?")).to_have_value("Words on a train.")
    assert page.evaluate("Object.keys(localStorage).some(key => key.startsWith('porchlight-draft:'))")
    page.goto(f"{world.url}/feed")
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/(sign-in)?$"))
    assert not page.evaluate("Object.keys(localStorage).some(key => key.startsWith('porchlight-draft:'))")


def test_thanks_and_replies_work_in_place(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/posts/{world.post.id}")
    button = page.locator("article [aria-pressed]")
    button.click()
    expect(page.locator("article [aria-pressed=true]")).to_contain_text("1 thanks")
    page.get_by_role("link", name="Reply").first.click()
    expect(page.locator("#comment-form")).to_contain_text("You answer")
    page.get_by_label("Your comment").fill("An answer.")
    page.locator("#comment-form").get_by_role("button", name="Reply").click()
    expect(page.locator(".comments--replies").first).to_contain_text("An answer.")
    look_in_every_way(page)


def test_pages_around_posts_are_fit_for_everybody_and_nothing_moves_while_they_load(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/feed")
    page.locator("article details.menu").first.locator("summary").click()
    page.get_by_role("button", name="Save", exact=True).first.click()
    for path in ("/feed", "/feed/saved", "/feed/search?q=dog", "/account/muted"):
        page.goto(world.url + path)
        look_in_every_way(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => { if (!entry.hadRecentInput) window.moved += entry.value; }"
        ")).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(f"{world.url}/feed")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.moved") < 0.02

"""An officer's second step: made at the first sign-in, asked for at the next, looked after on a page of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import people
from tests.e2e.live import running, town_of_today
from tests.e2e.looks import look_in_every_way, security_key
from tests.helpers import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[tuple[str, people.Cast]]:
    data = tmp_path_factory.mktemp("town")
    (data / "porchlight.sqlite").write_bytes(empty_database.read_bytes())
    cast = people.everybody(town_of_today(data))
    with running(data) as url:
        yield url, cast


def with_password(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: not address.endswith("/sign-in"))


def test_an_officer_makes_uses_renames_and_removes_passkeys(chromium: Browser, served: tuple[str, people.Cast]) -> None:
    url, cast = served
    page = chromium.new_context().new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    with_password(page, url, cast.officer.email)
    expect(page).to_have_url(f"{url}/account/passkeys/new")
    look_in_every_way(page)
    page.goto(f"{url}/agencies/mine")
    expect(page).to_have_url(f"{url}/sign-in?next=/agencies/mine")  # half signed in opens nothing else

    with_password(page, url, cast.officer.email)
    held = security_key(page)
    page.get_by_label("A name for it").fill("Blue key")
    page.locator("[data-passkey-button] button").click()
    expect(page.get_by_text("Your passkey “Blue key” is added.")).to_be_visible()
    expect(page).to_have_url(f"{url}/account/passkeys")
    look_in_every_way(page)
    assert len(held()) == 1

    page.goto(url)
    page.locator(".account-menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/")
    with_password(page, url, cast.officer.email)
    expect(page).to_have_url(f"{url}/sign-in/passkey")
    look_in_every_way(page)
    page.locator("[data-passkey-button] button").click()
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/agencies/mine")
    expect(page).to_have_url(f"{url}/agencies/maple-police")

    page.goto(f"{url}/account/passkeys")
    page.get_by_text("Rename").click()
    page.get_by_label("Name").fill("Blue key in the drawer")
    page.get_by_role("button", name="Keep the name").click()
    expect(page.get_by_text("It is called “Blue key in the drawer” now.")).to_be_visible()
    page.goto(f"{url}/account/passkeys/new")
    page.locator("[data-passkey-button] button").click()
    expect(page.get_by_text("This device has a passkey of yours already")).to_be_visible()
    look_in_every_way(page)

    security_key(page, transport="usb")  # a second one, in the same machine
    page.get_by_label("A name for it").fill("My phone")
    page.locator("[data-passkey-button] button").click()
    expect(page.get_by_text("Your passkey “My phone” is added.")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Blue key in the drawer", "My phone"])
    expect(page.get_by_text("Add a second one")).to_have_count(0)
    page.get_by_role("button", name="Remove Blue key in the drawer").click()
    look_in_every_way(page)
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey “Blue key in the drawer” is removed")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(["My phone"])
    expect(page.get_by_text("Add a second one")).to_be_visible()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    look_in_every_way(page)
    page.goto(f"{url}/sign-in/again?next=/account/passkeys/new")
    look_in_every_way(page)
    page.locator("[data-passkey-button] button").click()
    page.wait_for_url(f"{url}/account/passkeys/new")
    page.context.close()
    assert wrong == []


def test_an_officer_whose_device_says_no_can_try_again(page: Page, served: tuple[str, people.Cast]) -> None:
    url, cast = served
    with_password(page, url, cast.captain.email)
    security_key(page, isUserVerified=False)
    button = page.locator("[data-passkey-button] button")
    button.click()
    expect(page.get_by_text("It was cancelled")).to_be_visible()
    expect(page.get_by_text("Your device asks you now")).to_have_count(0)
    look_in_every_way(page)
    page.get_by_label("A name for it").fill("")
    button.click()
    expect(page.get_by_label("A name for it")).to_be_focused()  # nobody's finger is asked for in vain


def test_an_address_that_passkeys_do_not_work_at_leads_to_the_one_that_they_do(
    page: Page, served: tuple[str, people.Cast]
) -> None:
    url, cast = served
    with_password(page, url.replace("localhost", "127.0.0.1"), cast.captain.email)
    expect(page.locator("[data-passkey-button]")).to_be_hidden()
    expect(page.get_by_role("link", name=url)).to_have_attribute("href", f"{url}/sign-in")
    look_in_every_way(page)


def test_who_has_no_passkey_at_hand_is_told_what_to_do(chromium: Browser, served: tuple[str, people.Cast]) -> None:
    url, cast = served
    page = chromium.new_context(java_script_enabled=False).new_page()
    with_password(page, url, cast.clerk.email)
    expect(page.locator("main noscript .notice")).to_be_visible()

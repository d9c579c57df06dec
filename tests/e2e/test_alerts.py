"""Alerts in a real browser: an open page hears of a neighbour's post and of a ring by itself, and push is asked for
when somebody presses the button and never before."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.alerts.jobs import make_notices
from tests import factories as make
from tests.e2e.live import served
from tests.e2e.looks import look_in_every_way, sign_in
from tests.e2e.test_whole_flow import ring_now
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser


class World:
    """A served town. Ben has a line of every kind in his inbox, read and unread, and rules of every kind."""

    def __init__(self, town: Town) -> None:
        self.url = ""
        self.cast: Cast = everybody(town)
        ben, rosa = self.cast.ben, self.cast.rosa
        make.Owner(town, ben)
        _device, self.token = make.device(town, ben, "Side gate")
        make_notices(town.here)
        town.device(self.token).post("events", {"events": [make.event(town.clock.now())]})
        own = make.post(town, ben, "Mine.")
        make.comment(town, rosa, own)
        gone = make.post(town, rosa, "Soon gone.", category="pet")
        make.post(town, rosa, "The gate is open.")
        make_notices(town.here)
        with town.acting(rosa) as act:
            from portal.feed import service as feed

            feed.delete_post(act, gone.id)
        browser = town.browser(ben)
        browser.post(browser.get("/alerts").soup.find_all("form", action=True)[-1]["action"])
        data = {"miles": "1.0", "category": "pet", "by_mail": "y", "by_push": "y", "in_digest": "y"}
        browser.post("/alerts/rules/new?about=posts", data | {"quiet_from": "22:00", "quiet_until": "07:00"})
        browser.post("/alerts/rules/new?about=answers", {"by_mail": "y"})


# What the service worker shows with this text: it is waited for, because a message takes its time.
SHOWN = """async (body) => {
  const worker = await navigator.serviceWorker.ready;
  for (let look = 0; look < 100; look++) {
    const found = (await worker.getNotifications()).find((one) => one.body === body);
    if (found) return [found.title, found.tag, found.data.url];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("alerts"), empty_database, World) as made:
        yield made


def test_an_open_page_shows_the_mark_after_a_neighbour_posts_and_the_inbox_the_line(
    world: World, chromium: Browser, page: Page
) -> None:
    faye = chromium.new_context().new_page()
    sign_in(faye, world.url, world.cast.faye.email, PASSWORD)
    faye.goto(f"{world.url}/account")
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/alerts")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("#alerts-mark .bell__count")).to_have_count(0)
    other = page.context.new_page()
    other.goto(f"{world.url}/account")
    rosa = chromium.new_context().new_page()
    sign_in(rosa, world.url, world.cast.rosa.email, PASSWORD)
    rosa.goto(f"{world.url}/posts/new")
    rosa.get_by_label("What happened?").fill("Three car doors were tried.")
    rosa.get_by_role("button", name="Publish").click()
    rosa.wait_for_url("**/posts/*-*")
    other.bring_to_front()
    expect(other.get_by_role("link", name="Alerts 1 unread")).to_be_visible(timeout=10_000)
    page.bring_to_front()
    line = page.locator("#arrivals .inbox__line")
    expect(line).to_have_count(1, timeout=10_000)
    expect(line).to_contain_text("New near you: Safety")
    ring_now(world.url, world.token)
    expect(page.locator("#arrivals .inbox__line").first).to_contain_text("Someone rang", timeout=10_000)
    expect(page.locator("#arrivals .inbox__line").first).to_contain_text("Side gate")
    look_in_every_way(page)
    page.get_by_role("button", name="New near you: Safety", exact=True).first.click()
    expect(page.get_by_text("Three car doors were tried.")).to_be_visible()
    expect(page.locator("#alerts-mark")).to_contain_text("1 unread")
    faye.bring_to_front()
    expect(faye.locator("#alerts-mark .bell__count")).to_have_count(0)
    for context in (faye.context, rosa.context):
        context.close()


def test_the_pages_of_alerts_are_fit_for_everybody(world: World, page: Page) -> None:
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    for path in ("", "/settings", "/rules/new?about=posts", "/rules/new?about=devices", "/rules/new?about=answers"):
        page.goto(f"{world.url}/alerts{path}")
        look_in_every_way(page)
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Give both times, or none.")
    look_in_every_way(page)
    page.goto(f"{world.url}/alerts/unsubscribe/no-such-link")
    look_in_every_way(page)


def test_push_is_asked_for_by_the_button_alone_and_a_refusal_is_explained(world: World, page: Page) -> None:
    # A browser without a screen refuses from the start; here it is one that has not been asked yet.
    page.add_init_script(
        "window.asked = 0; Object.defineProperty(Notification, 'permission', { get: () => 'default' });"
        "Notification.requestPermission = async () => { window.asked += 1; return 'denied'; };"
    )
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/alerts/settings")
    button = page.get_by_role("button", name="Switch push on in this browser")
    expect(button).to_be_visible()
    assert page.evaluate("window.asked") == 0
    button.click()
    expect(page.get_by_text("Your browser does not let us")).to_be_visible()
    expect(button).to_be_hidden()
    assert page.evaluate("window.asked") == 1
    look_in_every_way(page)


def test_the_service_worker_shows_what_a_push_message_says(world: World, page: Page) -> None:
    page.context.grant_permissions(["notifications"], origin=world.url)
    sign_in(page, world.url, world.cast.ben.email, PASSWORD)
    page.goto(f"{world.url}/alerts/settings")
    scope = page.evaluate(
        "async () => { await navigator.serviceWorker.register('/service-worker.js');"
        " return (await navigator.serviceWorker.ready).scope; }"
    )
    assert scope == f"{world.url}/", "the whole site"
    browser = page.context.new_cdp_session(page)
    registrations: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(row["registrationId"] for row in event["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    page.wait_for_function("() => true")
    for sent, shown in (
        (json.dumps({"title": "Porchlight", "body": "Something", "url": "/alerts"}), "Something"),
        ("x", ""),
    ):
        browser.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": world.url, "registrationId": registrations[-1], "data": sent},
        )
        assert page.evaluate(SHOWN, shown) == ["Porchlight", "porchlight", "/alerts"]


def test_alerts_work_without_script(world: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, world.url, world.cast.ben.email, PASSWORD)
    plain.goto(f"{world.url}/alerts/rules/new?about=devices")
    plain.get_by_label("A package").check()
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Your alert is set.")).to_be_visible()
    expect(plain.get_by_text("this page needs its script")).to_be_visible()
    expect(plain.get_by_role("button", name="Switch push on in this browser")).to_be_hidden()
    context.close()

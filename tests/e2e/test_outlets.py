"""The block of news in a real browser: on the town's own web site it shows, on any other it does not."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories as make
from tests.e2e.live import running, town_of_today
from tests.e2e.looks import look_in_every_way
from tests.people import everybody

pytestmark = pytest.mark.browser


@contextmanager
def site() -> Iterator[tuple[str, dict[str, str]]]:
    """A web site of one page: its host and port, and where its page is put ("html")."""
    shown = {"html": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shown["html"].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", shown
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[dict[str, object]]:
    data = tmp_path_factory.mktemp("outlets")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    town = town_of_today(data)
    cast = everybody(town)
    make.urgent_update(town, cast.officer, "maple-police", "Boil your water")
    make.agency_post(town, cast.captain, "maple-fire", "إختبر جهاز الإنذار", place="Oak Street")
    with site() as (allowed, ours), site() as (other, theirs), running(data, PORCHLIGHT_TOWN_SITES=allowed) as url:
        yield {"url": url, "allowed": (allowed, ours), "other": (other, theirs)}
    town.here.database.engine.dispose()


def frame_in(served: dict, where: str) -> str:
    """Put what the page says to copy onto a web site; its address."""
    host, shown = served[where]
    frame = f'<iframe src="{served["url"]}/agencies/embed" title="News" width="100%" height="480"></iframe>'
    shown["html"] = f"<!doctype html><title>A site</title><h1>A site</h1>{frame}"
    return f"http://{host}/"


def test_on_the_towns_own_site_the_block_shows_and_its_links_open_elsewhere(served: dict, page: Page) -> None:
    page.goto(frame_in(served, "allowed"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Boil your water")).to_be_visible()
    paper = frame.locator("html").evaluate("element => getComputedStyle(element).backgroundColor")
    assert paper not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), "its style sheets have come"
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Boil your water").click()
    expect(opened.value.get_by_role("heading", name="Boil your water")).to_be_visible()
    assert page.url.startswith("http://" + served["allowed"][0]), "the site itself stays"


def test_the_block_sets_no_cookie_on_another_site(served: dict, page: Page) -> None:
    page.goto(frame_in(served, "allowed"))
    expect(page.frame_locator("iframe").get_by_role("heading", name="Boil your water")).to_be_visible()
    assert page.context.cookies() == []


def test_on_any_other_site_the_block_does_not_show(served: dict, chromium: Browser) -> None:
    """In a profile whose console may complain: the browser says there that it has refused."""
    context = chromium.new_context()
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(frame_in(served, "other"))
    expect(page.get_by_role("heading", name="A site")).to_be_visible()
    page.wait_for_function("() => frames.length === 1")
    while not any("frame-ancestors" in text for text in said):
        page.wait_for_event("console")
    assert page.frame_locator("iframe").get_by_role("heading", name="Boil your water").count() == 0
    context.close()


@pytest.mark.parametrize("path", ["/agencies/embed", "/agencies/maple-police/embed", "/agencies/maple-police/share"])
def test_block_and_page_are_fit_for_everybody(served: dict, page: Page, path: str) -> None:
    page.goto(str(served["url"]) + path)
    look_in_every_way(page)


def test_an_address_is_copied_with_one_press(served: dict, page: Page) -> None:
    page.goto(f"{served['url']}/agencies/maple-police/share")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#news").get_by_role("button", name="Copy").click()
    expect(page.locator("#news").get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("/agencies/maple-police.atom")

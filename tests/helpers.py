"""What tests stand on: a town in a folder of its own, and a browser without a screen that looks at each page twice."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts.models import Account
from portal.clock import FixedClock
from portal.db import SYSTEM, Act
from portal.identity import actor_for
from portal.jobs import Worker
from portal.mail import Mail
from portal.settings import Settings
from portal.web.assets import ROOT as STATIC
from portal.web.context import Porchlight
from portal.work import CHORES, KINDS

SECRET = "for-tests-only-0123456789-abcdefghijklmnop"
NOON = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)  # noon in the town
PASSWORD = "three plain words"
ICONS = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "img/icons.svg").read_text()))


class Templates(BytecodeCache):
    """Templates that were compiled once for all towns of a run: compiling them anew is most of a test's time."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Templates()


class Town:
    """A running town. `clock.at` is its time, and stands still until a test moves it."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.clock = FixedClock(NOON)
        given = {"secret_key": SECRET, "data": data, "town_name": "Maple", "rate_limits": False} | settings
        self.app = create_app(Settings(**given), self.clock)
        self.app.testing = True
        self.app.jinja_env.bytecode_cache = TEMPLATES
        self.app.config["PROPAGATE_EXCEPTIONS"] = True

    @property
    def here(self) -> Porchlight:
        return self.app.extensions["porchlight"]

    def later(self, **by: float) -> None:
        self.clock.at += timedelta(**by)

    @contextmanager
    def acting(self, account: Account | None = None) -> Iterator[Act]:
        """A writing act of `account`; the system's, without one."""
        with self.reading(account) as look:
            actor = look.actor
        with self.here.database.write(actor, self.clock) as act:
            yield act

    @contextmanager
    def reading(self, account: Account | None = None) -> Iterator[Act]:
        with self.here.database.read(SYSTEM, self.clock) as act:
            yield act if account is None else Act(act.session, actor_for(act, account), act.now)

    def work(self) -> None:
        """All that the worker would do by now."""
        Worker(self.here, KINDS).drain()

    def chores(self) -> None:
        for chore in CHORES:
            chore.work(self.here)

    def letters(self, email: str) -> list[Mail]:
        """Mail to `email` that has not left yet, the oldest first."""
        with self.reading() as act:
            return list(act.session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.written_at)))

    def files(self) -> list[str]:
        """Every file in the store."""
        root = self.here.store.root
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    def browser(self, account: Account | None = None) -> "Browser":
        """A browser, signed in as `account`."""
        browser = Browser(self.app.test_client())
        if account is not None:
            with browser.client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = account.session_key, True
        return browser

    def device(self, token: str) -> "DeviceClient":
        return DeviceClient(self.app.test_client(), token)


@dataclass
class Page:
    """An answer, parsed."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")

    @property
    def words(self) -> str:
        """What a person reads on it."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")


class Browser:
    """Follows no redirect by itself, sends the CSRF token as a page would, and checks every page that it gets."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, htmx: bool = False, **kwargs: Any) -> Page:
        headers = {"HX-Request": "true"} if htmx else {}
        return self._checked(self.client.get(url, headers=headers, **kwargs))

    def post(self, url: str, data: dict[str, Any] | None = None, htmx: bool = False) -> Page:
        headers = {"X-CSRFToken": self.token()} | ({"HX-Request": "true"} if htmx else {})
        response = self.client.post(url, data=data or {}, headers=headers, content_type="multipart/form-data")
        return self._checked(response)

    def token(self) -> str:
        page = self.client.get("/guidelines").get_data(as_text=True)
        found = re.search(r'"X-CSRFToken": "([^"]+)"', page)
        assert found, "the frame of a page carries a CSRF token for htmx"
        return found[1]

    @staticmethod
    def _checked(response: TestResponse) -> Page:
        page = Page(response)
        if response.mimetype == "text/html" and page.text and response.status_code not in (301, 302, 303, 308):
            soup = page.soup
            assert "{{" not in page.text and "{%" not in page.text, "raw template text on the page"
            ids = [tag["id"] for tag in soup.find_all(id=True)]
            assert len(ids) == len(set(ids)), f"an id stands twice: {sorted(i for i in ids if ids.count(i) > 1)}"
            if "<html" in page.text:  # a whole page, not a fragment for htmx
                assert soup.title and soup.title.get_text(strip=True), "a page has a title"
                assert len(soup.find_all("h1")) == 1, "a page has one h1"
            drawn = {str(tag["href"]).partition("#")[2] for tag in soup.select("svg.icon > use")}
            assert drawn <= ICONS, f"no such icon in static/img/icons.svg: {drawn - ICONS}"
            assert not soup.find_all(style=True), "no inline style: the CSP forbids it"
            assert not [tag for tag in soup.find_all("script") if not tag.get("src")], "no inline script"
            assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
        return page


class DeviceClient:
    """One device at the door."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.client.post(f"/api/v1/{path}", json=body, headers=self.headers | headers)

    def put(self, path: str, body: bytes, **headers: str) -> TestResponse:
        return self.client.put(
            f"/api/v1/{path}", data=body, headers=self.headers | headers, content_type="application/age"
        )


def form_data(page: Page) -> dict[str, str]:
    """The fields of a page's (last) form as they stand, without its token."""
    form = page.soup.find_all("form")[-1]
    return {
        tag["name"]: tag.get("value", "")
        for tag in form.find_all("input")
        if tag.get("name") and tag["name"] != "csrf_token" and tag.get("type") not in ("checkbox", "radio", "file")
    }


def steps_of(act: Act, look: Callable[[], object]) -> int:
    """How many steps SQLite takes for what `look` asks it in this act."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    driver: Any = act.session.connection().connection.driver_connection
    driver.set_progress_handler(count, 1)
    try:
        look()
    finally:
        driver.set_progress_handler(None, 0)
    return taken

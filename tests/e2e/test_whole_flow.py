"""From a doorbell's ring to a neighbour's screen, with everything real: server, worker, doorbell, browser."""

import json
import re
import shutil
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyrage
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from portal import codes
from portal.demotown.sealing import seal_identity
from portal.devices import service as devices
from portal.devices.models import Event
from tests import factories as make
from tests.e2e.live import running, town_of_today
from tests.e2e.looks import look_at, sign_in
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser
PASSPHRASE = "amber kite plum river stone"
# Plays a video for a moment; gives its width in pixels.
PLAY = """video => new Promise((done, fail) => {
  video.muted = true;
  video.addEventListener("timeupdate", () => { if (video.currentTime > 0.2) done(video.videoWidth); });
  video.play().catch(fail);
})"""


def pairings(town: Town, cast: Cast, path: Path) -> None:
    """Rosa's key, a pairing code for her doorbell, and the file that the simulator reads."""
    identity = pyrage.x25519.Identity.generate()
    with town.acting(cast.rosa) as act:
        sealed = seal_identity(str(identity), PASSPHRASE)
        devices.keep_clip_key(act, str(identity.to_public()), sealed, reseal=False)
    with town.acting(cast.rosa) as act:
        code, recipients, _ends = devices.make_pairing_code(act, "Front door", "beside the front door")
    bell = {
        "home": "1 Maple Street",
        "name": "Front door",
        "model": "Lantern 2",
        "serial": "PL0000000001",
        "code": code,
        "fingerprint": codes.fingerprint(recipients),
        "lat": make.MAPLE[0],
        "lon": make.MAPLE[1],
        "utc_offset_hours": -5,
        "clips": 1,
    }
    path.write_text(json.dumps({"town": "maple", "devices": [bell]}))


def simulate(url: str, pairings_file: Path, report: Path) -> dict:
    """A day of one doorbell's life, by the contract alone."""
    command = [sys.executable, "-m", "simulator", "run", "--portal", url, "--pairings", str(pairings_file)]
    done = subprocess.run(
        [*command, "--days", "1.5", "--no-live", "--report", str(report)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(report.read_text())


def ring_now(url: str, token: str) -> None:
    """One more ring of a paired doorbell, this moment."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{url}/api/v1/events", json={"events": [make.event(datetime.now(UTC))]}, headers=headers)
    assert answer.json()["results"][0]["status"] == "accepted", answer.text


def event_with_clip(town: Town) -> uuid.UUID:
    with town.reading() as act:
        return act.session.scalars(select(Event.id).where(Event.has_clip)).one()


def test_a_ring_reaches_its_owner_a_shared_clip_reaches_a_neighbour_and_nothing_reaches_the_police(
    tmp_path: Path, empty_database: Path, chromium: Browser, page: Page
) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    town = town_of_today(tmp_path)
    cast = everybody(town)
    tip = make.agency_post(town, cast.officer, "maple-police", "Lock it, light it")
    pairings(town, cast, tmp_path / "pairings.json")

    with running(tmp_path) as url:
        report = simulate(url, tmp_path / "pairings.json", tmp_path / "report.json")
        assert report["paired"] == 1 and report["lost"] == 0 and report["clips_stored"] == 1
        sealed = [file for file in town.files() if file.startswith("clips/")]
        assert len(sealed) == 1
        assert b"ftyp" not in town.here.store.path(sealed[0]).read_bytes(), "what lies on the disk is sealed"

        # Rosa sees what her doorbell noticed, and a new ring by itself.
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(page, url, cast.rosa.email, PASSWORD)
        page.goto(f"{url}/devices")
        expect(page.locator(".timeline .event").first).to_be_visible()
        look_at(page)
        _bell, token = make.device(town, cast.rosa, "Side gate")
        ring_now(url, token)
        arrival = page.locator("#arrivals .event")
        expect(arrival).to_have_count(1, timeout=6000)
        expect(arrival).to_contain_text("Someone rang")

        # She opens the clip with her passphrase, in her own browser.
        clip_link = page.locator(".event", has_text="s clip").locator("a").first
        clip_link.click()
        page.get_by_label("Clip passphrase").fill("not the right words")
        page.get_by_role("button", name="Unlock", exact=True).click()
        expect(page.get_by_text("That is not the passphrase")).to_be_visible(timeout=20_000)
        page.get_by_label("Clip passphrase").fill(PASSPHRASE)
        page.get_by_label("Remember this browser").check()
        page.get_by_role("button", name="Unlock", exact=True).click()
        video = page.locator("video.clip__video")
        expect(video).to_be_visible(timeout=20_000)
        assert video.evaluate(PLAY) >= 640
        look_at(page)

        # Ben has the feed open meanwhile.
        bens = chromium.new_context().new_page()
        sign_in(bens, url, cast.ben.email, PASSWORD)
        bens.goto(f"{url}/feed")
        expect(bens.get_by_text("Lock it, light it")).to_be_visible()

        # She shares it: this browser is remembered, so the clip opens by itself and goes into the form.
        page.get_by_role("link", name="Share with neighbours").click()
        expect(page.get_by_text("The clip is added to your post")).to_be_visible(timeout=20_000)
        look_at(page)
        page.get_by_label("What happened?").fill("Somebody rang and went on to the next door.")
        page.locator("input[name=alts]").fill("Somebody in a dark coat rings and goes on.")
        page.get_by_label("Everyone").check()
        expect(page.locator("#reach")).to_contain_text("Everyone can read it")
        page.get_by_role("button", name="Publish").click()
        expect(page.locator("#composer-feedback")).to_contain_text("are for neighbours only", timeout=20_000)
        page.locator("label.choice", has_text="Residents within 5 miles").click()
        expect(page.locator("#reach")).to_contain_text("No agency can")
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"), timeout=30_000)
        expect(page.locator("article video")).to_be_visible(timeout=60_000)
        post_url = page.url
        look_at(page)

        # Ben is told without reloading, and watches what she shared.
        banner = bens.locator("#live a")
        expect(banner).to_contain_text("1 new post", timeout=10_000)
        banner.click()
        shared = bens.locator("article", has_text="Somebody rang and went on")
        expect(shared).to_be_visible()
        media_url = shared.locator("source").get_attribute("src")
        assert shared.locator("video").evaluate(PLAY) >= 640
        look_at(bens)
        bens.goto(post_url)
        bens.get_by_label("Your comment").fill("The meter reader, I think.")
        bens.get_by_role("button", name="Comment", exact=True).click()
        expect(bens.locator("#comment-list")).to_contain_text("The meter reader, I think.")
        bens.context.close()

        # The officer's own account reaches nothing of it.
        officers = chromium.new_context().new_page()
        sign_in(officers, url, cast.officer.email, PASSWORD)
        event_url = f"{url}/events/{event_with_clip(town)}"
        for address in (post_url, f"{url}{media_url}", event_url, f"{event_url}/clip", f"{url}/devices"):
            answer = officers.request.get(address)
            assert answer.status == 404, address
        officers.goto(f"{url}/feed")
        assert "Somebody rang" not in officers.content()
        assert post_url.rpartition("/")[2] not in officers.content()
        officers.goto(f"{url}/agencies/maple-police/posts/{tip.id}")
        expect(officers.get_by_role("heading", name="Lock it, light it")).to_be_visible()
        look_at(officers)
        officers.context.close()
    town.here.database.engine.dispose()

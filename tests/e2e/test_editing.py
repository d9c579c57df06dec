"""Before publishing, in a real browser: what was cut off, covered or silenced is not in what neighbours get."""

import io
import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyrage
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from portal.demotown.sealing import seal_identity
from portal.devices import service as devices
from portal.devices.models import Event
from tests import factories as make
from tests.e2e.live import running, town_of_today
from tests.e2e.looks import PHONE, look_at, look_in_every_way, sign_in
from tests.helpers import PASSWORD, Town
from tests.people import Cast, everybody

pytestmark = pytest.mark.browser
PASSPHRASE = "amber kite plum river stone"
WIDTH, HEIGHT, RATE, SECONDS = 320, 180, 15, 4
# Where the test's video and picture have a bright square, in parts of their sides.
LEFT, TOP, WIDE, HIGH = 0.6, 0.25, 0.2, 0.3
A_FACE = Path(__file__).parents[1] / "data" / "astronaut.jpg"


def scene(moment: float) -> np.ndarray:
    """A pattern that moves, and a bright square that does not."""
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    waves = 110 + 60 * np.sin(across / 9 + moment * 5) + 40 * np.cos(down / 7 - moment * 3)
    picture = np.stack([waves, np.roll(waves, 20, 1), 255 - waves], axis=-1).clip(0, 255).astype(np.uint8)
    picture[int(TOP * HEIGHT) : int((TOP + HIGH) * HEIGHT), int(LEFT * WIDTH) : int((LEFT + WIDE) * WIDTH)] = 255
    return picture


def film(path: Path, frames: list[np.ndarray], sound: bool = True) -> Path:
    """An MP4 of these frames at RATE a second, with a hum."""
    with av.open(str(path), "w") as out:
        height, width, _colours = frames[0].shape
        picture = out.add_stream("libx264", RATE, width=width, height=height, pix_fmt="yuv420p")
        hum = out.add_stream("aac", 48_000, layout="mono") if sound else None
        for frame in frames:
            out.mux(picture.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        out.mux(picture.encode())
        if hum is not None:
            samples = np.sin(np.arange(48_000 * len(frames) // RATE) / 20).astype(np.float32)
            for at in range(0, len(samples) - 1024, 1024):
                frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
                out.mux(hum.encode(frame))
            out.mux(hum.encode())
    return path


def png(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(path)
    return path


class World:
    def __init__(self, url: str, town: Town, cast: Cast, files: Path) -> None:
        self.url, self.town, self.cast = url, town, cast
        self.video = film(files / "porch.mp4", [scene(at / RATE) for at in range(RATE * SECONDS)])
        self.picture = png(files / "porch.png", scene(0))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    data = tmp_path_factory.mktemp("editing")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    town = town_of_today(data)
    cast = everybody(town)
    with running(data) as url:
        yield World(url, town, cast, tmp_path_factory.mktemp("files"))
    town.here.database.engine.dispose()


def choose(page: Page, world: World, *files: Path) -> None:
    """Rosa's composer, with these files chosen."""
    sign_in(page, world.url, world.cast.rosa.email, PASSWORD)
    page.goto(f"{world.url}/posts/new")
    page.get_by_label("What happened?").fill("Somebody took a parcel from the porch.")
    page.get_by_label("Pictures and videos").set_input_files(files)


def edit(page: Page, at: int = 0) -> None:
    page.get_by_role("button", name="Edit", exact=True).nth(at).click()
    expect(page.get_by_role("button", name="Apply")).to_be_visible(timeout=15_000)


def apply(page: Page) -> None:
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("dialog.editor")).to_be_hidden(timeout=30_000)


def cover_the_square(page: Page) -> None:
    """Draw a mask over it with the pointer."""
    box = page.locator("[data-layer]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (LEFT - 0.02) * box["width"], box["y"] + (TOP - 0.03) * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + (LEFT + 0.1) * box["width"], box["y"] + (TOP + 0.1) * box["height"])
    page.mouse.move(box["x"] + (LEFT + WIDE + 0.02) * box["width"], box["y"] + (TOP + HIGH + 0.03) * box["height"])
    page.mouse.up()


def about_to_be_sent(page: Page, at: int = 0) -> bytes:
    """The file that the form would send, byte for byte."""
    script = """async at => {
        const file = document.querySelector("input[name=media]").files[at];
        return Array.from(new Uint8Array(await file.arrayBuffer()));
    }"""
    return bytes(page.evaluate(script, at))


def publish(page: Page) -> None:
    for description in page.locator("input[name=alts]").all():
        description.fill("The porch.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"), timeout=30_000)


def posted_video(page: Page, world: World) -> bytes:
    publish(page)
    video = page.locator("article video source")
    expect(video).to_have_count(1, timeout=60_000)
    return page.request.get(world.url + (video.get_attribute("src") or "")).body()


def frames_of(data: bytes) -> tuple[list[np.ndarray], float, bool]:
    """Its frames, its length in seconds, and whether it has sound."""
    with av.open(io.BytesIO(data)) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        return frames, float(video.duration) / 1_000_000, bool(video.streams.audio)


def at_the_square(picture: np.ndarray) -> np.ndarray:
    height, width, _colours = picture.shape
    rows = slice(int(TOP * height), int((TOP + HIGH) * height))
    return picture[rows, int(LEFT * width) : int((LEFT + WIDE) * width)]


def is_black(region: np.ndarray) -> bool:
    """Flat and dark, but for what two encoders add."""
    return bool(region.max() < 48 and region.std() < 6)


def test_what_was_cut_covered_and_silenced_is_not_in_what_neighbours_get(world: World, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.set_viewport_size(PHONE)
    choose(page, world, world.video)
    expect(page.get_by_text("Sound is removed").locator("visible=true")).to_be_visible()
    lazy = ("edit-box", "edit-worker", "mediabunny", "tiny_face")
    assert not [url for url in fetched if any(name in url for name in lazy)], "nothing of the editor before “Edit”"

    edit(page)
    cover_the_square(page)
    page.get_by_label("From second").fill("1")
    page.get_by_label("To second").fill("3")
    page.keyboard.press("Tab")
    expect(page.locator("[data-length]")).to_have_text("0:02.0")
    apply(page)
    assert not [url for url in fetched if "tiny_face" in url], "the detector is not needed for this"
    expect(page.locator("[data-changed]").locator("visible=true")).to_have_text("Edited")

    for data in (about_to_be_sent(page), posted_video(page, world)):
        frames, seconds, sound = frames_of(data)
        assert 28 <= len(frames) <= 31 and 1.9 <= seconds <= 2.1
        assert not sound
        assert all(is_black(at_the_square(frame)) for frame in frames)
        assert all(frame[:, : WIDTH // 2].std() > 20 for frame in frames), "the rest is there"
        first = np.abs(frames[0].astype(int) - scene(1.0)).mean(axis=(1, 2))[: int(TOP * HEIGHT) - 12]
        assert first.mean() < 25, "it begins where it was cut"
    look_at(page)


def own_event(world: World) -> str:
    """Rosa's doorbell has sent the video, sealed to her; the event's id."""
    town, rosa = world.town, world.cast.rosa
    identity = pyrage.x25519.Identity.generate()
    with town.acting(rosa) as act:
        devices.keep_clip_key(act, str(identity.to_public()), seal_identity(str(identity), PASSPHRASE), reseal=False)
    _bell, token = make.device(town, rosa)
    clip = make.seal(world.video.read_bytes(), str(identity.to_public()))
    event = make.event(town.clock.now(), clip=clip)
    door = town.device(token)
    door.post("events", {"events": [event]})
    door.put(f"clips/{event['id']}", clip, **make.digest(clip))
    with town.reading() as act:
        return str(act.session.scalars(select(Event.id).where(Event.has_clip)).one())


def test_a_doorbells_clip_is_opened_masked_and_sent_without_having_left_the_browser(world: World, page: Page) -> None:
    event_id = own_event(world)
    sign_in(page, world.url, world.cast.rosa.email, PASSWORD)
    page.goto(f"{world.url}/posts/new?event={event_id}")
    page.get_by_label("Clip passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.get_by_text("The clip is added to your post")).to_be_visible(timeout=20_000)
    edit(page)
    cover_the_square(page)
    apply(page)
    seen = page.locator("video.clip__video")
    expect(seen).to_be_visible()
    look_at(page)
    page.get_by_label("What happened?").fill("Somebody rang.")
    frames, _seconds, sound = frames_of(posted_video(page, world))
    assert not sound and frames
    assert all(is_black(at_the_square(frame)) for frame in frames)


def test_sound_stays_only_where_its_author_switched_it_on(world: World, page: Page) -> None:
    choose(page, world, world.video)
    edit(page)
    page.get_by_label("Keep the sound").check()
    page.get_by_label("To second").fill("2")
    apply(page)
    expect(page.get_by_text("With its sound")).to_be_visible()
    _frames, seconds, sound = frames_of(posted_video(page, world))
    assert sound and 1.8 <= seconds <= 2.2


def test_an_upright_picture_is_masked_where_it_was_drawn(world: World, page: Page, tmp_path: Path) -> None:
    lying = tmp_path / "lying.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn clockwise makes it upright
    Image.fromarray(np.rot90(scene(0))).save(lying, quality=95, exif=turned)
    choose(page, world, lying)
    edit(page)
    cover_the_square(page)
    apply(page)
    sent = about_to_be_sent(page)
    publish(page)
    picture = page.locator("article .media__item img")
    expect(picture).to_have_count(1, timeout=60_000)
    shown = page.request.get(world.url + (picture.get_attribute("src") or "")).body()
    for data in (sent, shown):
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert pixels.shape[:2] == (HEIGHT, WIDTH)
        assert is_black(at_the_square(pixels)) and pixels[:, : WIDTH // 2].std() > 20
    assert not Image.open(io.BytesIO(sent)).getexif()


def tab_to(page: Page, name: str) -> None:
    for _press in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText ?? ''")
        if name in focused:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_all_of_it_works_by_keyboard_and_can_be_undone(world: World, page: Page) -> None:
    choose(page, world, world.video)
    page.get_by_label("Pictures and videos").focus()
    tab_to(page, "Edit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Apply")).to_be_visible(timeout=15_000)
    tab_to(page, "Beginning")
    for _press in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("From second")).to_have_value("0.5")
    tab_to(page, "Add a mask")
    page.keyboard.press("Enter")
    mask = page.get_by_role("button", name="Mask 1", exact=True).first
    expect(mask).to_be_focused()
    before = mask.bounding_box()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = mask.bounding_box()
    assert before and after and after["x"] > before["x"] and after["height"] > before["height"]
    page.keyboard.press("Delete")
    expect(mask).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(mask).to_be_visible()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(mask).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(page.get_by_label("From second")).to_have_value("0")
    page.get_by_label("To second").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("1.5")
    tab_to(page, "Apply")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.editor")).to_be_hidden(timeout=30_000)
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    assert 1.4 <= frames_of(about_to_be_sent(page))[1] <= 1.6


def test_a_cancelled_edit_keeps_the_original_and_an_applied_one_can_be_taken_back(world: World, page: Page) -> None:
    choose(page, world, world.picture, world.video)
    edit(page)
    page.get_by_role("button", name="Add a mask").click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.editor")).to_be_hidden()
    assert about_to_be_sent(page) == world.picture.read_bytes()
    edit(page)
    expect(page.get_by_role("button", name="Mask 1", exact=True).first).to_be_visible()  # it goes on where it ended
    apply(page)
    assert about_to_be_sent(page) != world.picture.read_bytes()
    assert about_to_be_sent(page, 1) == world.video.read_bytes(), "the other file is as it was"
    page.get_by_role("button", name="Back to the original").click()
    assert about_to_be_sent(page) == world.picture.read_bytes()
    page.get_by_role("button", name="Leave out").first.click()
    assert about_to_be_sent(page) == world.video.read_bytes()


def test_faces_are_found_and_blurred_and_a_pattern_has_none(world: World, page: Page, tmp_path: Path) -> None:
    face = Image.open(A_FACE)

    def walking(step: int) -> np.ndarray:
        picture = Image.new("RGB", (480, 270), "#7d8a70")
        picture.paste(face.resize((150, 150)), (20 + 9 * step, 60))
        return np.asarray(picture)

    walk = film(tmp_path / "walk.mp4", [walking(step) for step in range(20)], sound=False)
    choose(page, world, A_FACE, world.picture, walk)
    says = page.locator("[data-faces-says]")

    edit(page)
    page.get_by_label("Blur faces").check()
    expect(says).to_contain_text("Faces found: 1", timeout=30_000)
    apply(page)
    made = np.asarray(Image.open(io.BytesIO(about_to_be_sent(page))).convert("RGB")).astype(int)
    eyes = (slice(120, 190), slice(135, 200))  # of this photograph
    kept = np.asarray(face).astype(int)
    assert detail(made[eyes]) < 0.15 * detail(kept[eyes]), "the face is smooth"
    assert np.abs(made[250:, :] - kept[250:, :]).mean() < 8, "the rest is there"

    edit(page, 1)
    page.get_by_label("Blur faces").check()
    expect(says).to_contain_text("No face was found", timeout=30_000)
    page.keyboard.press("Escape")

    edit(page, 2)
    page.get_by_label("Blur faces").check()
    expect(says).to_contain_text("A face was found in", timeout=60_000)
    look_at(page)
    apply(page)
    frames, _seconds, _sound = frames_of(about_to_be_sent(page, 2))
    for step, frame in enumerate(frames):
        left = 20 + 9 * step
        eyes = (slice(60 + 56, 60 + 89), slice(left + 63, left + 94))
        sharp = detail(walking(step)[eyes].astype(int))
        assert detail(frame[eyes].astype(int)) < 0.35 * sharp, f"frame {step} shows the face"


def detail(region: np.ndarray) -> float:
    """How much neighbouring pixels differ."""
    return float(np.abs(np.diff(region, axis=0)).mean() + np.abs(np.diff(region, axis=1)).mean())


def test_a_browser_that_cannot_edit_videos_says_so_and_offers_the_rest(world: World, page: Page) -> None:
    def without_codecs(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body="globalThis.VideoEncoder = undefined;\n" + answer.text())

    page.route("**/edit-worker.js", without_codecs)
    choose(page, world, world.video)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_text("This browser cannot edit videos")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    look_at(page)
    page.get_by_role("button", name="Post it as it is").click()
    assert about_to_be_sent(page) == world.video.read_bytes()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_have_count(0)


def test_an_editor_that_does_not_come_and_a_file_that_is_none_are_said(
    world: World, page: Page, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 4000)
    choose(page, world, broken)
    page.route("**/edit-box.js", lambda route: route.abort())
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_text("The editor could not be loaded").locator("visible=true")).to_be_visible()
    page.unroute("**/edit-box.js")
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_text("This browser cannot open this kind of video")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("save it as MP4")).to_be_visible()


def test_the_editor_is_fit_for_everybody(world: World, page: Page) -> None:
    page.set_viewport_size(PHONE)
    choose(page, world, world.video, world.picture)
    look_at(page)
    edit(page, 1)
    page.get_by_role("button", name="Add a mask").click()
    look_at(page)
    page.get_by_role("button", name="Cancel").click()
    edit(page)
    page.get_by_role("button", name="Add a mask").click()
    look_in_every_way(page)

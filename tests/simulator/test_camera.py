"""What a camera records: real H.264, zones without a pixel of what they hide, and no word about itself."""

import io
from datetime import datetime, timedelta, timezone

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

from simulator.camera import Clip, Reel, draw_clip
from simulator.incident import KINDS, WEATHERS, Incident, Look
from simulator.pictures import draw_picture

ZONE = ((0.05, 0.1), (0.45, 0.1), (0.45, 0.6), (0.05, 0.6))
NOON = datetime(2025, 5, 6, 12, 10, tzinfo=timezone(timedelta(hours=-5)))


def incident(kind: str = "visitor", weather: str = "clear", at: datetime = NOON, seconds: float = 3.0) -> Incident:
    return Incident(kind, 77, at, weather, seconds)


@pytest.fixture(scope="module")
def clip() -> Clip:
    return draw_clip(Look(4711), incident(), (ZONE,))


def frames(mp4: bytes) -> list[np.ndarray]:
    """All frames as (height, width, 3)."""
    with av.open(io.BytesIO(mp4)) as box:
        return [frame.to_ndarray(format="rgb24") for frame in box.decode(video=0)]


def inside(width: int, height: int, margin: int) -> np.ndarray:
    """Where ZONE is, without a margin in pixels, (height, width).

    A coding block at its edge holds some of both sides.
    """
    mask = Image.new("L", (width, height))
    (left, top), _, (right, bottom), _ = ZONE
    box = [left * width + margin, top * height + margin, right * width - margin, bottom * height - margin]
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return np.asarray(mask) > 0


def test_a_clip_is_h264_that_any_browser_plays(clip):
    with av.open(io.BytesIO(clip.mp4)) as box:
        assert box.format.name.startswith("mov,mp4")
        assert not box.streams.audio
        stream = box.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.width >= 640 and stream.height >= 360
        assert (stream.width, stream.height) == (clip.width, clip.height)
        count = sum(1 for _ in box.decode(video=0))
        assert count / float(stream.average_rate) == pytest.approx(clip.seconds) == pytest.approx(3.0)


def test_a_clip_starts_to_play_before_it_is_whole(clip):
    assert 0 < clip.mp4.index(b"moov") < clip.mp4.index(b"mdat")


def test_a_clip_tells_nothing_about_its_maker(clip):
    with av.open(io.BytesIO(clip.mp4)) as box:
        told = dict(box.metadata) | dict(box.streams.video[0].metadata)
    containers = {
        "major_brand",
        "minor_version",
        "compatible_brands",
        "language",
        "handler_name",
        "vendor_id",
    }
    assert set(told) <= containers
    assert told.get("handler_name", "VideoHandler") == "VideoHandler"
    assert not any(word in clip.mp4 for word in (b"x264", b"Lavf", b"Lavc", b"PORCHLIGHT"))


def test_the_zone_is_flat_black_in_every_frame(clip):
    hidden = inside(clip.width, clip.height, 16)
    for picture in frames(clip.mp4):
        assert picture[hidden].max() == 0
        assert picture[~inside(clip.width, clip.height, -16)].mean() > 40


def test_the_zone_is_flat_black_in_the_poster(clip):
    poster = np.asarray(Image.open(io.BytesIO(clip.poster)))
    assert poster.shape == (clip.height, clip.width, 3)
    assert poster[inside(clip.width, clip.height, 16)].max() == 0
    assert poster[~inside(clip.width, clip.height, -16)].mean() > 40


def test_the_poster_is_a_bare_jpeg(clip):
    poster = Image.open(io.BytesIO(clip.poster))
    assert poster.format == "JPEG"
    assert not poster.getexif() and "exif" not in poster.info and "comment" not in poster.info


def test_somebody_moves(clip):
    first, *_, last = frames(clip.mp4)
    middle = frames(clip.mp4)[len(frames(clip.mp4)) // 2]
    for one, other in ((first, middle), (middle, last)):
        assert (np.abs(one.astype(int) - other).max(axis=2) > 60).sum() > 300  # more than noise and the clock


def test_the_same_look_and_incident_give_the_same_bytes(clip):
    again = draw_clip(Look(4711), incident(), (ZONE,))
    assert (again.mp4, again.poster) == (clip.mp4, clip.poster)
    other = draw_clip(Look(4712), incident(seconds=1.0))
    assert other.mp4 != draw_clip(Look(4711), incident(seconds=1.0)).mp4


def test_two_cameras_see_the_same_dog_in_front_of_other_porches():
    one, other = (draw_clip(Look(seed), incident("dog", seconds=1.0)) for seed in (1, 2))
    assert one.poster != other.poster


def test_day_is_bright_and_night_is_dark():
    noon = draw_clip(Look(5), incident("wind", seconds=1.0))
    night = draw_clip(Look(5), incident("wind", at=NOON + timedelta(hours=12), seconds=1.0))
    assert frames(noon.mp4)[5].mean() > 1.6 * frames(night.mp4)[5].mean()


def test_night_without_a_porch_lamp_is_grey():
    looks = (Look(seed) for seed in range(20))
    clips = (draw_clip(look, incident("cat", at=NOON + timedelta(hours=12), seconds=1.0)) for look in looks)
    spread = (np.ptp(frames(clip.mp4)[5].astype(int), axis=2).max() for clip in clips)
    assert next((value for value in spread if value < 12), None) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_in_some_weather(kind):
    weather = WEATHERS[KINDS.index(kind) % len(WEATHERS)]
    drawn = draw_clip(Look(9), incident(kind, weather, seconds=1.0))
    assert len(frames(drawn.mp4)) == 12


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="earthquake"):
        draw_clip(Look(1), incident("earthquake"))


def test_a_picture_is_the_same_for_the_same_seed_only():
    assert draw_picture("fallen-branch", 7) == draw_picture("fallen-branch", 7) != draw_picture("fallen-branch", 8)


def test_an_unknown_picture_is_refused():
    with pytest.raises(ValueError, match="mermaid"):
        draw_picture("mermaid", 1)


@pytest.mark.parametrize("kind", ["dog", "dog-walk", "searcher", "carrier", "group", "cat", "van"])
def test_who_passes_goes_the_way_that_the_camera_sees(kind):
    """What differs from the empty porch moves to the right for way 1, and to the left for way -1."""
    moved = {}
    for way in (1, -1):
        places = []
        reel = Reel(Look(4711), Incident(kind, 77, NOON, "clear", 8.0, way))
        empty = Reel(Look(4711), Incident("nothing", 77, NOON, "clear", 8.0))
        for share in (0.06, 0.94):
            i = round(share * reel.frames)
            changed = np.abs(reel.frame(i).astype(int) - empty.frame(i)).max(axis=2) > 40
            changed[330:] = False  # the time in the corner
            places.append(np.nonzero(changed)[1].mean() if changed.any() else None)
        seen = [place for place in places if place is not None]
        moved[way] = places[1] - places[0] if len(seen) == 2 else (320 - seen[0]) * (1 if places[0] else -1)
    assert moved[1] > 25 and moved[-1] < -25

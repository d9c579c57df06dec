"""What happens to a video that a resident shares."""

from fractions import Fraction

import av
import pytest
from PIL import Image

from portal.media.process import Encoded, EncodedFile, Limits, Refused, check, encode
from tests.media import files


def encoded(path, out, **options) -> Encoded:
    check(path, "video")
    return encode(path, out, "video", lambda percent: None, **options)


def the_video(result: Encoded) -> EncodedFile:
    (file,) = (file for file in result.files if file.role == "video")
    return file


def times(path) -> list[float]:
    with av.open(path) as container:
        return [frame.time for frame in container.decode(video=0)]


def refusal(path, out, code) -> Refused:
    """Both acts refuse the file with this code, and leave nothing behind."""
    for act in (lambda: check(path, "video"), lambda: encode(path, out, "video", lambda percent: None)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    assert list(out.iterdir()) == [out / "earlier"]
    return refused.value


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mov", "mjpeg"), ("a.3gp", "mpeg4"), ("a.webm", "libvpx"), ("a.mkv", "libx264")]
    + [("a.avi", "mpeg4"), ("a.ts", "libx264")],
)
def test_it_becomes_an_mp4_that_every_browser_plays(tmp_path, out, name, codec):
    result = encoded(files.video(tmp_path / name, codec=codec), out)
    file = the_video(result)
    assert (result.kind, result.width, result.height) == ("video", 96, 64)
    assert result.seconds == pytest.approx(2, abs=0.2)
    assert (file.path, file.mime, file.size) == (out / "video.mp4", "video/mp4", file.path.stat().st_size)
    with av.open(file.path) as container:
        (stream,) = container.streams
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = list(container.decode(stream))
    assert len(frames) == pytest.approx(30, abs=1)
    assert files.corners(frames[0].to_image()) == ["red", "green", "blue", "white"]
    data = file.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before all of it has come


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_tags_places_dates_and_chapters_are_gone(tmp_path, out, name):
    path = files.video(tmp_path / name)
    assert files.SECRET.encode() in path.read_bytes()
    result = encoded(path, out)
    for file in result.files:
        data = file.path.read_bytes()
        assert not any(tag in data for tag in (files.SECRET.encode(), b"2024", b"\xa9xyz", b"Lavf"))
    with av.open(the_video(result).path) as container:
        assert container.chapters() == []
        assert not set(container.metadata) - {"major_brand", "minor_version", "compatible_brands"}
        assert container.streams.video[0].metadata.get("creation_time") is None


def test_sound_is_dropped_unless_it_is_wanted(tmp_path, out):
    path = files.video(tmp_path / "a.mp4", sound=True)
    with av.open(the_video(encoded(path, out)).path) as container:
        assert [stream.type for stream in container.streams] == ["video"]
    with av.open(the_video(encoded(path, out, keep_audio=True)).path) as container:
        assert sorted(stream.codec_context.name for stream in container.streams) == ["aac", "h264"]
        sound = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("sound", [True, False])
def test_a_silent_video_may_be_asked_for_its_sound(tmp_path, out, sound):
    result = encoded(files.video(tmp_path / "a.mp4"), out, keep_audio=sound)
    with av.open(the_video(result).path) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize(
    ("rotation", "size", "corners"),
    [
        (90, (64, 96), ["green", "white", "red", "blue"]),
        (180, (96, 64), ["white", "blue", "green", "red"]),
        (-90, (64, 96), ["blue", "red", "white", "green"]),
    ],
)
def test_it_stands_upright_and_has_even_sides(tmp_path, out, rotation, size, corners):
    path = files.video(tmp_path / "a.mov", codec="mjpeg", size=(97, 63), rotation=rotation)
    result = encoded(path, out)
    assert (result.width, result.height) == size
    with av.open(the_video(result).path) as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height, frame.rotation) == (*size, 0)
    assert files.corners(frame.to_image()) == corners
    assert files.corners(Image.open(result.files[0].path)) == corners


@pytest.mark.parametrize(("size", "made"), [((1600, 400), (1280, 320)), ((400, 1600), (320, 1280)), ((4, 4), (16, 16))])
def test_it_is_made_to_fit(tmp_path, out, size, made):
    result = encoded(files.video(tmp_path / "a.mov", codec="mjpeg", size=size, seconds=0.4), out)
    assert (result.width, result.height) == made
    posters = [file for file in result.files if file.role == "poster"]
    assert all((file.mime, file.path.suffix) == ("image/webp", ".webp") for file in posters)
    assert [file.width for file in posters] == [rung for rung in (480, 960) if rung < made[0]] or [made[0]]


def test_its_poster_shows_the_first_second(tmp_path, out):
    path = tmp_path / "a.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(30):
            colour = files.RED if number < 8 else files.GREEN if number < 15 else files.BLUE
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 64), colour))
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert files.corners(Image.open(encoded(path, out).files[0].path)) == ["green"] * 4


def test_at_most_thirty_frames_a_second_are_kept(tmp_path, out):
    shown = times(the_video(encoded(files.video(tmp_path / "a.mp4", rate=120, seconds=1), out)).path)
    assert len(shown) == pytest.approx(30, abs=1)


def test_a_leap_can_be_made_every_two_seconds(tmp_path, out):
    path = files.video(tmp_path / "a.mp4", seconds=7, options={"movflags": "+faststart"})
    with av.open(the_video(encoded(path, out)).path) as container:
        keys = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe]
    assert keys == pytest.approx([0, 2, 4, 6], abs=0.1)


def test_uneven_frames_keep_their_time(tmp_path, out):
    uneven = [0, 0.05, 0.1, 0.5, 0.54, 1.3, 2.0]
    result = encoded(files.video(tmp_path / "a.mkv", times=uneven), out)
    assert times(the_video(result).path) == pytest.approx(uneven, abs=0.01)


def test_a_clock_that_leaps_is_not_believed(tmp_path, out):
    result = encoded(files.video(tmp_path / "a.mkv", times=[5, 5.1, 5.2, 95, 95.1, 95.2]), out)
    assert result.seconds < 2
    assert times(the_video(result).path)[0] == 0


def test_a_recording_that_ended_early_in_a_transport_stream_is_still_shared(tmp_path, out):
    path = files.video(tmp_path / "a.ts", seconds=4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 // 188 * 188])
    assert 1 < encoded(path, out).seconds < 4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"movflags": "+faststart"}),  # the index comes first: the tail of the pictures is missing
        ("a.mp4", {}),  # the index comes last: it is missing
        ("a.mp4", {"movflags": "+frag_keyframe+empty_moov"}),
        ("a.mkv", {}),
        ("a.avi", {}),
    ],
)
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_an_upload_that_was_cut_off_is_refused(tmp_path, out, name, options, kept):
    codec = "mpeg4" if name == "a.avi" else "libx264"
    path = files.video(tmp_path / name, options=options, codec=codec)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    refusal(path, out, "truncated")


def test_an_index_that_points_past_the_end_is_refused(tmp_path, out):
    path = files.video(tmp_path / "a.mp4", options={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    at = data.index(b"stco") + 12
    data[at : at + 4] = (len(data) + 1000).to_bytes(4)
    path.write_bytes(data)
    refusal(path, out, "truncated")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown-type"),
        (b"This is my video. Honestly.\n" * 50, "unknown-type"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "unknown-type"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "unknown-type"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "truncated"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08moov", "no-picture"),
    ],
)
def test_what_is_called_mp4_and_is_not_is_refused(tmp_path, out, content, code):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    refusal(path, out, code)


def test_a_picture_is_no_video(tmp_path, out):
    path = tmp_path / "a.mp4"
    files.quarters(20, 20).save(path, "PNG")
    refusal(path, out, "unknown-type")


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.mp4", "aac"), ("a.flac", "flac"), ("a.aac", "aac")]
)
def test_sound_alone_has_no_picture(tmp_path, out, name, codec):
    refusal(files.sound_only(tmp_path / name, codec), out, "no-picture")


def test_what_is_too_long_is_refused(tmp_path, out):
    path = files.video(tmp_path / "a.mkv", times=[float(second) for second in range(0, 640, 8)])
    refused = refusal(path, out, "too-long")
    assert refused.params["limit"] == Limits().seconds < refused.params["seconds"]


def test_a_frame_of_too_many_pixels_is_refused(tmp_path, out):
    path = files.video(tmp_path / "a.mov", codec="mjpeg", size=(4100, 2400), seconds=0.1)
    refused = refusal(path, out, "too-many-pixels")
    assert refused.params == {"width": 4100, "height": 2400, "limit": Limits().video_pixels}


def test_a_codec_that_nobody_films_with_is_refused(tmp_path, out):
    path = files.video(tmp_path / "a.avi", codec="ffv1", seconds=0.4)
    refusal(path, out, "unknown-type")

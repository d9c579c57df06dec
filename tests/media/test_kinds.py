"""A file is what its first bytes say, not what it is called."""

import pytest

from portal.media.kinds import HEAD_BYTES, recognise, sniff
from tests.media import files


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_pictures_are_told_by_their_bytes(tmp_path, format):
    path = tmp_path / "holiday.mp4"
    files.quarters(20, 20).save(path, format)
    assert recognise(path.read_bytes()[:HEAD_BYTES]).name == format
    assert sniff(path.read_bytes()[:HEAD_BYTES]) == "picture"


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mov", "mjpeg"), ("a.3gp", "mpeg4"), ("a.webm", "libvpx"), ("a.mkv", "libx264")]
    + [("a.avi", "mpeg4"), ("a.ts", "libx264")],
)
def test_videos_are_told_by_their_bytes(tmp_path, name, codec):
    path = files.video(tmp_path / name, codec=codec, seconds=1)
    assert sniff(path.read_bytes()[:HEAD_BYTES]) == "video"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"RIFF",
        b"Dear neighbours,",
        b"\xff\xfeD\x00e\x00a\x00r\x00",  # the same in UTF-16
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"PK\x03\x04",
        b"II*\x00",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
    ],
)
def test_all_else_is_neither(head):
    assert sniff(head) is None

"""What a file is, by its first bytes alone: never by its name, nor by the type that a browser claims."""

from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 4096  # enough for every format below

# Brands of ISO media files that are pictures. Phones write HEIC with any of the first group.
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
_SOUND = tuple(bytes([second]) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2, 0xF1, 0xF9))  # MP3, AAC
_TS_PACKET = 188
_SYNC = 0x47


@dataclass(frozen=True)
class Format:
    """`kind`: picture, video or sound. `name`: Pillow's name of a picture's format, libav's of a video's
    demuxer."""

    kind: Literal["picture", "video", "sound"]
    name: str


def recognise(head: bytes) -> Format | None:
    """The format that the first HEAD_BYTES bytes announce, or None when it is not one that the portal
    reads."""
    if head.startswith(b"\xff\xd8\xff"):
        return Format("picture", "JPEG")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format("picture", "PNG")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format("picture", "GIF")
    if head.startswith(b"RIFF"):
        named = {b"WEBP": ("picture", "WEBP"), b"AVI ": ("video", "avi"), b"WAVE": ("sound", "wav")}
        found = named.get(head[8:12])
        return Format(*found) if found else None
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Format("video", "matroska")
    if _is_transport_stream(head):
        return Format("video", "mpegts")
    if head.startswith((b"ID3", b"fLaC")) or (head[:1] == b"\xff" and head[1:2] in _SOUND):
        return Format("sound", "mp3")
    return None


def sniff(head: bytes) -> Literal["picture", "video"] | None:
    """Whether a file that begins with `head` (HEAD_BYTES bytes, fewer when the file is shorter) is a
    picture or a video; None for anything that is not shared, sound alone included."""
    found = recognise(head)
    return None if found is None or found.kind == "sound" else found.kind


def _iso(head: bytes) -> Format | None:
    length = min(int.from_bytes(head[:4]), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF:
        from PIL import features  # here, because nothing else of the portal's own process needs Pillow

        return Format("picture", "AVIF") if features.check("avif") else None
    if head[8:12] in _HEIC:
        return None  # Pillow cannot read it
    return Format("video", "mov")


def _is_transport_stream(head: bytes) -> bool:
    """MPEG-TS has no header: only a sync byte in each packet. M2TS puts four bytes before each."""
    for first, step in ((0, _TS_PACKET), (4, _TS_PACKET + 4)):
        if len(head) > first + 4 * step and all(head[first + n * step] == _SYNC for n in range(5)):
            return True
    return False

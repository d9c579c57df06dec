"""Whether a video file ends before it says it does: an upload cut off half-way, a camera that lost power.

libav reads such a file happily up to where it breaks off, so the outermost lengths are compared here.
"""

import os
from typing import BinaryIO

_MUST_BE_WHOLE = (b"moov", b"moof", b"mdat")


def is_cut_off(source: BinaryIO, name: str) -> bool:
    """`name` is the demuxer's. A transport stream has no end to miss, so it is never cut off."""
    size = source.seek(0, os.SEEK_END)
    if name == "mov":
        return _iso_is_cut_off(source, size)
    source.seek(0)
    head = source.read(64)
    if name == "avi":
        length = int.from_bytes(head[4:8], "little")
        return length != 0xFFFFFFFF and 8 + length > size
    if name == "matroska":
        return _matroska_is_cut_off(source, head, size)
    return False


def _iso_is_cut_off(source: BinaryIO, size: int) -> bool:
    at, index_seen = 0, False
    while at + 8 <= size:
        source.seek(at)
        head = source.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
        elif length == 0:
            length = size - at  # "to the end of the file"
        if length < 8:
            break  # not a box: something that was appended
        if at + length > size and kind in _MUST_BE_WHOLE:
            return True
        index_seen = index_seen or kind == b"moov"
        at += length
    return not index_seen


def _matroska_is_cut_off(source: BinaryIO, head: bytes, size: int) -> bool:
    length, width = _vint(head[4:])
    if length is None:
        return False
    at = 4 + width + length
    source.seek(at)
    head = source.read(12)
    if head[:4] != b"\x18\x53\x80\x67":  # the segment: all of the rest
        return at >= size
    length, width = _vint(head[4:])
    return length is not None and at + 4 + width + length > size


def _vint(data: bytes) -> tuple[int | None, int]:
    """EBML's number of variable length: its value (None for "unknown"), and how many bytes it took."""
    if not data or data[0] == 0:
        return None, 0
    width = 9 - data[0].bit_length()
    value = int.from_bytes(data[:width]) & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), width

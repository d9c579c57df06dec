"""What a sealed file must look like. Only its shape can be checked: nobody here can open it."""

import base64
import binascii
import re
from datetime import datetime

from portal.db import Refusal

INTRO = b"age-encryption.org/v1\n"
NONCE_AND_TAG = 32  # an age payload is a 16-byte nonce and at least one 16-byte tag
MOST_STANZAS = 64
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]*")


def read_digest(header: str | None) -> bytes:
    """The SHA-256 in a Content-Digest field (RFC 9530). Raises Refusal: digest-missing, digest-wrong."""
    if not header:
        raise Refusal("digest-missing")
    found = _DIGEST.search(header)
    if found is None:
        raise Refusal("digest-wrong", detail="Write it as sha-256=:<base64>:")
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise Refusal("digest-wrong", detail="The base64 cannot be read.") from None


def check_sealed(head: bytes, recipients: int) -> int:
    """Read the header of an age file (age-encryption.org/v1) and return its length in bytes.

    It must have an X25519 stanza for each of the device's `recipients`, and none of another type but grease.
    Raises Refusal("not-sealed").
    """

    def refuse(detail: str) -> Refusal:
        return Refusal("not-sealed", detail=detail)

    if not head.startswith(INTRO):
        raise refuse("It does not begin as an age file.")
    position, x25519 = len(INTRO), 0
    for _stanza in range(MOST_STANZAS):
        end = head.find(b"\n", position)
        if end < 0:
            raise refuse("Its header has no end.")
        line = head[position:end]
        position = end + 1
        if line.startswith(b"--- "):
            if len(line) != 4 + 43 or not _BASE64_LINE.fullmatch(line[4:]):
                raise refuse("Its header's MAC is malformed.")
            if x25519 != recipients:
                raise refuse(f"It is sealed to {x25519} recipients, and this device has {recipients}.")
            return position
        if not line.startswith(b"-> "):
            raise refuse("Its header is malformed.")
        kind, *arguments = line[3:].split(b" ")
        body, position = _stanza_body(head, position)
        if body is None:
            raise refuse("A stanza's body is malformed.")
        if kind == b"X25519":
            if len(arguments) != 1 or len(arguments[0]) != 43 or len(body) != 43:
                raise refuse("An X25519 stanza is malformed.")
            x25519 += 1
        elif not kind.endswith(b"-grease"):
            raise refuse("It is sealed to something else than X25519 recipients.")
    raise refuse("Its header has too many stanzas.")


def _stanza_body(head: bytes, position: int) -> tuple[bytes | None, int]:
    """Base64 lines of 64 columns; the last is shorter, and may be empty."""
    body = b""
    while (end := head.find(b"\n", position)) >= 0:
        line = head[position:end]
        position = end + 1
        if len(line) > 64 or not _BASE64_LINE.fullmatch(line):
            return None, position
        body += line
        if len(line) < 64:
            return body, position
    return None, position


def state(
    announced: int | None, seconds: float | None, stored: bool, expires_at: datetime, mine: bool, now: datetime
) -> str:
    """What the owner can do with an event's clip: expired, none, refused, coming, other-key or ready. `announced` are
    the bytes that will be taken, `seconds` its length, if there was to be one."""
    if expires_at <= now:
        return "expired"
    if not stored:
        return "coming" if announced is not None else "none" if seconds is None else "refused"
    return "ready" if mine else "other-key"

"""What may be said under an agency's post, and numbers that name nobody: plain functions."""

import hashlib
import hmac
import math
import re
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from portal import wording
from portal.bulletins.rules import CONTACTS
from portal.db import Refusal

MOST_COMMENT = 1000
MOST_ANSWER = 2000
UNDO_HOURS = 24
REACH_DAYS = 7  # of a post's life are counted
LEAST_REACH = 20  # fewer people are no figure
LEAST_COMING = 5  # and fewer than this are "a few"
EVENT_HOURS = 12  # how long an event without an end may last

# Addresses of the web, with or without their beginning. A full stop without a space behind it ("home.We") is none.
_ADDRESS = re.compile(
    r"(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+\.(?:com|net|org|gov|edu|info)\b\S*|\b[a-z0-9-]+\.[a-z]{2,}/\S+"
)


def check_comment(body: str) -> None:
    """Raises Refusal for a resident's words that cannot stand there: link (words=…: the agency reads it too, and a link
    can lead to footage, R2), wording (spans=…: what breaks R5)."""
    address = _ADDRESS.search(body)
    if address is not None:
        raise Refusal("link", "body", words=address[0])
    found = wording.check("R5", body).spans
    if found:
        raise Refusal("wording", "body", spans=[{"words": span.words, "reason": span.reason} for span in found])


def check_answer(body: str) -> list[dict[str, Any]]:
    """The words for which an agency's answer is held, like its posts: {rule, field, start, end, words, reason}."""
    return [
        {
            "rule": rule,
            "field": "body",
            "start": span.start,
            "end": span.end,
            "words": span.words,
            "reason": span.reason,
        }
        for rule in wording.RULES
        for span in wording.check(rule, body).spans
        if rule == "R1" or span.reason not in CONTACTS
    ]


# — Who comes —


def token(secret: str, salt: bytes, account_id: uuid.UUID) -> bytes:
    """What stands for an account beside one post. Without the town's secret and the post's salt, for nobody."""
    return hmac.digest(secret.encode() + salt, account_id.bytes, hashlib.sha256)


def over_at(starts_at: datetime, ends_at: datetime | None) -> datetime:
    """When an event is over."""
    return ends_at or starts_at + timedelta(hours=EVENT_HOURS)


# — How many saw it —

REGISTERS = 1024


def sketch(before: bytes | None, tokens: Iterable[bytes]) -> bytes:
    """A sketch of how many different tokens there were: one byte for each of REGISTERS groups, the longest run of zeros
    seen in it (HyperLogLog, Flajolet and others 2007). The same token twice changes nothing."""
    registers = bytearray(before or bytes(REGISTERS))
    for one in tokens:
        group = int.from_bytes(one[:2]) % REGISTERS
        rest = int.from_bytes(one[2:10])
        registers[group] = max(registers[group], 65 - rest.bit_length())
    return bytes(registers)


def people(registers: bytes) -> int:
    """About how many different tokens a sketch has seen: three in a hundred off, and less for few."""
    empty = registers.count(0)
    if empty > REGISTERS // 12:  # up to 2.5 for each group, their empty ones tell more
        return round(REGISTERS * math.log(REGISTERS / empty))
    harmonic = sum(2.0**-register for register in registers)
    return round(0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS**2 / harmonic)


RANGES = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


def reach(count: int) -> tuple[int, int | None]:
    """The range that a number of people is told in: (from, to). From 0 for fewer than LEAST_REACH; `to` is None for the
    last."""
    low = max((start for start in RANGES if start <= count), default=0)
    high = next((start - 1 for start in RANGES if start > count), None)
    return low, high

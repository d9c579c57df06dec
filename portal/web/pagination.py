"""Keyset pagination: a page begins after the last row of the one before, so its cost does not depend on how far
one has read, and rows that arrive meanwhile push nothing onto the next page twice."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import abort

Row = TypeVar("Row")
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page if there is one."""

    rows: Sequence[Row]
    next: str | None


def encode(*key: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).rstrip(b"=").decode()


def decode(cursor: str | None, *types: type) -> tuple | None:
    """The key in a cursor, or None when there is no cursor. A cursor we did not write is answered with 400."""
    if not cursor:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        abort(400, "cursor")
    if not isinstance(key, list) or [type(part) for part in key] != list(types):
        abort(400, "cursor")
    if any(isinstance(part, int) and not -LARGEST <= part <= LARGEST for part in key):
        abort(400, "cursor")  # no number that the database could hold
    return tuple(key)


def page(rows: Sequence[Row], size: int, key: Callable[[Row], tuple[str | int, ...]]) -> Page[Row]:
    """Make a page of at most `size` rows out of a query that asked for `size + 1`."""
    shown = rows[:size]
    return Page(shown, encode(*key(shown[-1])) if len(rows) > size else None)

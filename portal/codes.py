"""Codes that people type and tokens that machines carry. Only their digests are stored.

A digest without salt or stretching is right here: the tokens have 256 random bits; the typed codes have 40 or more,
live for minutes or are bound to one address, and guessing them is rate-limited.
"""

import hashlib
import secrets
from collections.abc import Iterable

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OILU", "011V", " -")


def new_code(length: int) -> str:
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def normalise(typed: str) -> str:
    """What was meant by what was typed: case, spaces and dashes do not count, O is 0, I and L are 1."""
    return typed.upper().translate(_LOOKALIKES)


def groups(code: str, size: int = 4) -> str:
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def fingerprint(recipients: Iterable[str]) -> str:
    """Eight Crockford characters (40 bits) that name a set of age recipients, whatever their order."""
    number = int.from_bytes(hashlib.sha256("\n".join(sorted(recipients)).encode()).digest()[:5])
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5))

"""Password hashing: Argon2id (RFC 9106), with the library's parameters of today."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
UNKNOWN = _hasher.hash("nobody has this password")  # checked when there is no account, so that both take as long


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False

"""Sealing a demo identity under its known passphrase, as the owner's browser does: age's scrypt recipient
(age-encryption.org/v1) with a work factor that a phone opens in a moment. Of use for invented people only: a real
identity is sealed in its owner's browser and never comes here open.
"""

import base64
import hashlib
import hmac
import secrets
import textwrap

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WORK = 15  # log2 of scrypt's N; browsers use 18
_NO_NONCE = bytes(12)


def seal_identity(identity: str, passphrase: str) -> str:
    """An armored age file that holds `identity` (AGE-SECRET-KEY-1…), to be opened with `passphrase`."""
    file_key, salt = secrets.token_bytes(16), secrets.token_bytes(16)
    label = b"age-encryption.org/v1/scrypt" + salt
    wrapping = hashlib.scrypt(passphrase.encode(), salt=label, n=2**WORK, r=8, p=1, dklen=32, maxmem=2**27)
    body = ChaCha20Poly1305(wrapping).encrypt(_NO_NONCE, file_key, None)
    header = f"age-encryption.org/v1\n-> scrypt {_base64(salt)} {WORK}\n{_base64(body)}\n---".encode()
    mac = hmac.digest(_derive(file_key, None, b"header"), header, "sha256")
    nonce = secrets.token_bytes(16)
    # The payload is one last chunk: its counter is 0, and its final byte says that it is the last (STREAM).
    payload = ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).encrypt(
        bytes(11) + b"\x01", identity.encode(), None
    )
    file = header + b" " + _base64(mac).encode() + b"\n" + nonce + payload
    lines = textwrap.wrap(base64.b64encode(file).decode(), 64)
    return "\n".join(("-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----", ""))


def _derive(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")

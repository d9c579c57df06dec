"""Web Push (RFC 8030): a sealed message to a push service, which hands it to one browser. No Flask here.

The address comes from a browser, so it is a stranger's word. Only hosts of known push services are ever called, by
HTTPS, at an address that is not inside somebody's network, and no redirect is followed. The service learns that
something was sent, and nothing of what: the message is sealed to the browser (RFC 8291).
"""

import base64
import binascii
import http.client
import ipaddress
import json
import os
import socket
import ssl
import uuid
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from portal.db import Refusal

KEY_FILE = "push-key.pem"
# Chrome and most others, Firefox, Edge, Safari: this host, or any below one that begins with a dot.
SERVICES = (
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
    "web.push.apple.com",
)
SECONDS = 10
MOST_ANSWER = 2000  # bytes of an answer that are read
MOST_ENDPOINT = 1000


class Gone(Exception):
    """The browser has given up its subscription: it is never to be used again."""


class Failed(Exception):
    """The push service did not take the message, this time."""


@dataclass(frozen=True)
class Browser:
    """Where a browser is reached, and what messages to it are sealed with (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


def _key(data: Path) -> ec.EllipticCurvePrivateKey:
    """The town's own key, by which push services know it again (RFC 8292). Made when it is first needed; the file is
    readable by the town's user alone."""
    path = data / KEY_FILE
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        part = data / f"{KEY_FILE}.{uuid.uuid4().hex}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # whoever comes first, of the server and the worker, makes the key of both
        except FileExistsError:
            pass
        finally:
            part.unlink()
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def public_key(data: Path) -> str:
    """What a browser subscribes with: the uncompressed point, base64url."""
    point = _key(data).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def check(browser: Browser, trusted: tuple[str, ...] = ()) -> None:
    """Raises Refusal: push-service (none that we call), push-keys (they cannot be sealed to)."""
    _address(browser.endpoint, trusted)
    try:
        point, auth = (_bytes(text) for text in (browser.p256dh, browser.auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Refusal("push-keys") from None
    if len(auth) != 16:
        raise Refusal("push-keys")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _address(endpoint: str, trusted: tuple[str, ...]) -> tuple[SplitResult, bool]:
    """The endpoint's parts, and whether the operator has named its host. Raises Refusal("push-service")."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refusal("push-service") from None
    whole = f"{host}:{port}" if port else host
    named = whole in trusted
    known = port in (None, 443) and any(
        host == name or (name.startswith(".") and host.endswith(name)) for name in SERVICES
    )
    plain = parts.username is None and parts.password is None and endpoint.isascii() and endpoint.isprintable()
    if parts.scheme != "https" or not plain or len(endpoint) > MOST_ENDPOINT or not (known or named):
        raise Refusal("push-service")
    return parts, named


class _Connection(http.client.HTTPSConnection):
    """To an address that was looked at: what a name stands for may change between a look and a call."""

    def __init__(self, host: str, port: int, inside: bool) -> None:
        super().__init__(host, port, timeout=SECONDS, context=ssl.create_default_context())
        self.inside = inside

    def connect(self) -> None:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(row[4][0]).partition("%")[0] for row in found]
        if not self.inside and not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise OSError("the name stands for an address inside a network")
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(self._first(addresses), server_hostname=self.host)

    def _first(self, addresses: list[str]) -> socket.socket:
        """A connection to the first address that answers."""
        for address in addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, self.port), SECONDS)
        return socket.create_connection((addresses[-1], self.port), SECONDS)


@dataclass(frozen=True)
class _Answer:
    status_code: int
    reason: str
    text: str
    headers: dict[str, str]


class _Calls:
    """What pywebpush sends through, in place of its own session: that one would go wherever it is sent."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self.trusted = trusted

    def post(self, endpoint: str, data: bytes, headers: dict[str, str], timeout: float) -> _Answer:
        parts, named = _address(endpoint, self.trusted)
        connection = _Connection(parts.hostname or "", parts.port or 443, inside=named)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path or "/", body=data, headers=headers)
            answer = connection.getresponse()
            answer.read(MOST_ANSWER)
            return _Answer(answer.status, answer.reason, "", {})
        finally:
            connection.close()


def send(
    data: Path,
    browser: Browser,
    message: dict[str, Any],
    contact: str,
    seconds: int,
    urgent: bool = False,
    trusted: tuple[str, ...] = (),
) -> None:
    """Seal `message` to the browser and hand it to its push service, which keeps it for `seconds` at most.

    `contact` is a mail address of the town, for the push service's people. Raises Gone, Failed.
    """
    from py_vapid import Vapid
    from pywebpush import WebPushException, webpush

    host = urlsplit(browser.endpoint).hostname
    try:
        webpush(
            {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
            json.dumps(message, separators=(",", ":")),
            vapid_private_key=Vapid(_key(data)),  # type: ignore[arg-type]
            vapid_claims={"sub": f"mailto:{parseaddr(contact)[1]}"},
            ttl=seconds,
            timeout=SECONDS,
            headers={"Urgency": "high" if urgent else "normal"},
            requests_session=_Calls(trusted),  # type: ignore[arg-type]
        )
    except WebPushException as error:
        if error.status_code in (404, 410):
            raise Gone from None
        raise Failed(f"{host} answered {error.status_code}") from None
    except Refusal:
        raise Gone from None  # an address that was good once and is not any more
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{host}: {type(error).__name__}") from None

"""What these tests stand on: wishes, the worker's part, and a push service of our own with the keys of a browser."""

import base64
import ipaddress
import os
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import http_ece
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from portal.accounts.models import Account
from portal.alerts import jobs, queries, service
from portal.alerts.models import Notice
from tests.helpers import Town

ZONE = ZoneInfo("America/New_York")


def wish(town: Town, account: Account, about: str = "posts", **values: Any) -> uuid.UUID:
    """A rule of `account`'s; about posts, within five miles unless it says otherwise."""
    if about == "posts":
        values = {"miles": 5.0} | values
    quiet = values.pop("quiet", None)
    if quiet:
        values["quiet_from"], values["quiet_until"] = (time.fromisoformat(part) for part in quiet)
    with town.acting(account) as act:
        return service.add_rule(act, service.Wish(about, **values), ZONE).id


def tell(town: Town) -> None:
    """All that the worker would tell by now, and send on."""
    jobs.make_notices(town.here)
    town.work()


def notices(town: Town, account: Account) -> list[Notice]:
    with town.reading() as act:
        query = select(Notice).where(Notice.account_id == account.id).order_by(Notice.seq)
        return list(act.session.scalars(query))


def inbox(town: Town, account: Account) -> list[queries.Line]:
    with town.reading(account) as act:
        return queries.inbox(act, 100)


def letters(town: Town, account: Account) -> list[str]:
    """Every letter that has left for somebody, as it was sent, the oldest first; without those of joining."""
    outbox = town.here.settings.data / "outbox"
    texts = [path.read_text() for path in sorted(outbox.glob("*.eml"))] if outbox.exists() else []
    return [text for text in texts if f"To: {account.email}\n" in text and "List-Unsubscribe" in text]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class BrowserKeys:
    """What a browser makes when it subscribes."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.p256dh = _b64(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self.auth = _b64(self.secret)

    def open(self, sealed: bytes) -> bytes:
        return http_ece.decrypt(sealed, private_key=self.private, auth_secret=self.secret, version="aes128gcm")


@dataclass
class PushService:
    """A push service on this machine, by HTTPS. It answers with `status`, and keeps what it got."""

    address: str
    status: int = 201
    location: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def endpoint(self, name: str = "a") -> str:
        return f"https://{self.address}/push/{name}"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "push.pem", folder / "push.key"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem, secret


@contextmanager
def push_service(pem: Path, secret: Path) -> Iterator[PushService]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.status)
            if kept.location:
                self.send_header("Location", kept.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    kept = PushService(f"localhost:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def subscribe(town: Town, account: Account, service_: PushService, keys: BrowserKeys, name: str = "a") -> None:
    with town.acting(account) as act:
        service.keep_browser(act, service_.endpoint(name), keys.p256dh, keys.auth)

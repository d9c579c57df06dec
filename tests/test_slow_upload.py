"""The server as it really runs: slow senders hold up nobody, and it stops when it is told to."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from portal import mail
from portal.accounts.models import Account
from portal.clock import Clock
from tests import factories
from tests.helpers import PASSWORD, SECRET, Town

ROOT = Path(__file__).resolve().parent.parent
DRIBBLERS = 12  # of 16 threads
BOUNDARY = "a-boundary-of-many"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Client:
    """A browser that speaks real HTTP, over one connection."""

    connection: http.client.HTTPConnection
    cookie: str = ""
    token: str = ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
        headers = {"Cookie": self.cookie}
        body = None
        if fields is not None:
            body = urlencode(fields | {"csrf_token": self.token})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.headers.get("Set-Cookie"):
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        if found := re.search(r'"X-CSRFToken": "([^"]+)"', text):
            self.token = found[1]
        return answer.status, text, dict(answer.headers)

    def sign_in(self, account: Account) -> None:
        self.ask("GET", "/sign-in")
        status, _text, _headers = self.ask("POST", "/sign-in", {"email": account.email, "password": PASSWORD})
        assert status == 303
        self.ask("GET", "/guidelines")


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int

    def client(self) -> Client:
        return Client(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60))

    def signed_in(self, account: Account) -> Client:
        client = self.client()
        client.sign_in(account)
        return client

    @contextmanager
    def beginning(self, head: str, body: bytes) -> Iterator[socket.socket]:
        """A request that has sent its head and the beginning of its body, and no more yet."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as sender:
            sender.sendall(f"{head}\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode() + body)
            yield sender


def status_of(sender: socket.socket) -> int:
    return int(sender.makefile("rb").readline().split()[1])


def running(pid: int) -> set[int]:
    """A process and everything below it that still runs."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found |= {int(path.parent.name)} | running(int(path.parent.name))
    return found


@pytest.fixture
def real_town(town: Town) -> Town:
    """A town whose clock goes, as the server's does."""
    town.clock.at = Clock().now()
    return town


@contextmanager
def started(real_town: Town, *options: str, command: Sequence[str] = ()) -> Iterator[Server]:
    """`porchlight serve` with these options, or another `command`."""
    port = free_port()
    environ = os.environ | {
        "PORCHLIGHT_SECRET_KEY": SECRET,
        "PORCHLIGHT_DATA": str(real_town.here.settings.data),
        "PORCHLIGHT_PORT": str(port),
        "PORCHLIGHT_BASE_URL": f"http://127.0.0.1:{port}",
        "PORCHLIGHT_RATE_LIMITS": "false",
    }
    serve = command or (sys.executable, "-m", "portal.cli", "serve", *options)
    process = subprocess.Popen(serve, env=environ, cwd=ROOT)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < end, "the server never listened"
                time.sleep(0.05)
        yield Server(process, port)
    finally:
        left = running(process.pid)
        if process.poll() is None:
            process.kill()
        process.wait()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def server(real_town: Town) -> Iterator[Server]:
    with started(real_town, "--no-worker") as made:
        yield made


def test_clips_and_posts_that_dribble_in_hold_up_no_other_writer(real_town: Town, server: Server) -> None:
    town = real_town
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    owner = factories.Owner(town, rosa)
    _device, token = factories.device(town, rosa)
    sealed = factories.seal(b"a film of a porch" * 5000, owner.recipient)
    events = [factories.event(town.clock.now(), clip=sealed) for _ in range(DRIBBLERS // 2)]
    town.device(token).post("events", {"events": events})
    digest = factories.digest(sealed)["Content-Digest"]
    slow_ben = server.signed_in(ben)
    form = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{slow_ben.token}\r\n'.encode()

    with ExitStack() as stack:
        clips = [
            stack.enter_context(
                server.beginning(
                    f"PUT /api/v1/clips/{event['id']} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"
                    f"Content-Type: application/age\r\nContent-Length: {len(sealed)}\r\nContent-Digest: {digest}",
                    sealed[:1000],
                )
            )
            for event in events
        ]
        posts = [
            stack.enter_context(
                server.beginning(
                    f"POST /posts/new HTTP/1.1\r\nCookie: {slow_ben.cookie}\r\nContent-Length: {len(form) + 1000}\r\n"
                    f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
                    form,
                )
            )
            for _ in range(DRIBBLERS - len(clips))
        ]

        fast = server.signed_in(rosa)
        street = str(factories.street(town).id)
        for number in range(5):
            for sender in (*clips, *posts):
                sender.sendall(sealed[1000 + number * 10 :][:10] if sender in clips else b"x")  # they dribble on
            fields = {"body": f"Number {number}", "category": "good", "audience": "neighbours", "street": street}
            status, _text, headers = fast.ask("POST", "/posts/new", fields)
            assert status == 303, "another's writes succeed meanwhile"
            assert f"Number {number}" in fast.ask("GET", headers["Location"])[1]
        factories.post(town, ben, "From another process")  # and the lock is free for the worker too

        for sender in clips:
            sender.sendall(sealed[1050:])
        assert [status_of(sender) for sender in clips] == [201] * len(clips), "what dribbled came in whole"
    assert len([name for name in town.files() if name.startswith("clips/")]) == len(clips)


def test_a_sender_that_goes_away_half_way_leaves_nothing_behind(real_town: Town, server: Server) -> None:
    town = real_town
    owner = factories.Owner(town, factories.resident(town, "Rosa"))
    _device, token = factories.device(town, owner.account)
    sealed = factories.seal(b"a film of a porch" * 50_000, owner.recipient)
    event = factories.event(town.clock.now(), clip=sealed)
    town.device(token).post("events", {"events": [event]})
    head = (
        f"PUT /api/v1/clips/{event['id']} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(sealed)}\r\nContent-Digest: {factories.digest(sealed)['Content-Digest']}"
    )
    with server.beginning(head, sealed[:400_000]):
        pass
    for _ in range(200):  # until the server has noticed
        if not any(town.here.store.staging.iterdir()):
            break
        time.sleep(0.05)
    assert town.files() == []
    with server.beginning(head, sealed) as sender:
        assert status_of(sender) == 201, "the upload restarts whole"


def test_a_session_works_over_real_http(real_town: Town, server: Server) -> None:
    rosa = factories.resident(real_town, "Rosa")
    visitor = server.client()
    status, _text, headers = visitor.ask("GET", "/account")
    assert (status, headers["Location"]) == (302, "/sign-in?next=/account")
    client = server.signed_in(rosa)
    status, text, headers = client.ask("GET", "/account")
    assert status == 200
    assert "rosa@maple.example" in text
    assert headers["Cache-Control"] == "private, no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert client.ask("POST", "/sign-out", {})[0] == 303
    assert client.ask("GET", "/account")[0] == 302


def test_the_server_stops_when_it_is_told_and_leaves_no_process(real_town: Town, server: Server) -> None:
    status, text, _headers = server.client().ask("GET", "/healthz")
    assert (status, text.strip()) == (200, '{"status":"ok"}')
    everyone = running(server.process.pid)
    assert everyone, "gunicorn has its worker process"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert not [pid for pid in everyone if Path(f"/proc/{pid}").exists()]
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
    assert not list(real_town.here.settings.data.glob("*.pid"))


def test_the_whole_town_starts_a_lost_worker_again_and_stops_as_one(real_town: Town) -> None:
    town = real_town

    def worker() -> set[int]:
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in running(whole.process.pid)}
        return {pid for pid, words in commands.items() if words[-2:] == [b"worker", b""]}

    def sent() -> int:
        outbox = town.here.settings.data / "outbox"
        return len(list(outbox.glob("*.eml"))) if outbox.exists() else 0

    def until(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end, "it never came about"
            time.sleep(0.05)

    def write() -> None:
        with town.acting() as act:
            mail.send(act, "rosa@maple.example", "Hello", "Words")

    with started(town) as whole:
        write()
        until(lambda: sent() == 1)
        (lost,) = worker()
        os.kill(lost, signal.SIGKILL)
        write()
        until(lambda: sent() == 2)
        assert lost not in worker()
        everyone = running(whole.process.pid)
        whole.process.send_signal(signal.SIGTERM)
        assert whole.process.wait(30) == 0
        assert not [pid for pid in everyone if Path(f"/proc/{pid}").exists()]

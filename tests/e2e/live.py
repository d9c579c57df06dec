"""A portal that really runs: gunicorn and the worker as processes, on a town that the test made beforehand."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from tests.helpers import SECRET, Town

READY_SECONDS = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def town_of_today(data: Path) -> Town:
    """A town whose clock stands at the present, for pages that a running server shows."""
    town = Town(data)
    town.clock.at = datetime.now(UTC)
    return town


@contextmanager
def running(data: Path, *command: str, **settings: str) -> Iterator[str]:
    """Run `porchlight serve` (or another `command`) on the town in `data`; gives its address. All of it ends with
    the block, and nothing may be left of its process group."""
    port = free_port()
    url = f"http://localhost:{port}"  # a name: browsers make no passkeys for a number
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")} | {
        "PORCHLIGHT_SECRET_KEY": SECRET,
        "PORCHLIGHT_DATA": str(data),
        "PORCHLIGHT_TOWN_NAME": "Maple",
        "PORCHLIGHT_PORT": str(port),
        "PORCHLIGHT_BASE_URL": url,
        "PORCHLIGHT_RATE_LIMITS": "false",
        **settings,
    }
    log = data / "server.log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", *(command or ("serve",))],
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(server, url, log)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        finally:
            group_is_empty = True
            try:
                os.killpg(server.pid, signal.SIGKILL)
                group_is_empty = False
            except ProcessLookupError:
                pass
    assert group_is_empty, "a process outlived the server"
    assert "Traceback" not in log.read_text(), log.read_text()


Made = TypeVar("Made", bound="Served")


class Served(Protocol):
    url: str


@contextmanager
def served(data: Path, empty_database: Path, make: Callable[[Town], Made], *command: str) -> Iterator[Made]:
    """A running portal on a town of today, with what `make` puts into it; what it gives is told the address."""
    shutil.copy(empty_database, data / "porchlight.sqlite")
    town = town_of_today(data)
    made = make(town)
    with running(data, *command) as made.url:
        yield made
    town.here.database.engine.dispose()


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")

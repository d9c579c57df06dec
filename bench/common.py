"""What measurements share: a program that runs beside this one, and numbers that can be read."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRET = "for-benchmarks-only-0123456789-abcdefghij"
READY_SECONDS = 60


@dataclass
class Server:
    port: int
    pid: int

    @property
    def worker(self) -> int:
        """The process that answers: gunicorn's only child."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])


@contextmanager
def running(data: Path, *command: str) -> Iterator[Server]:
    """`python …command` with the settings of a town in `data`, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")} | {
        "PORCHLIGHT_SECRET_KEY": SECRET,
        "PORCHLIGHT_DATA": str(data),
        "PORCHLIGHT_PORT": str(port),
        "PORCHLIGHT_BASE_URL": f"http://127.0.0.1:{port}",
        "PORCHLIGHT_RATE_LIMITS": "false",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, *command], env=env, cwd=ROOT, start_new_session=True)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The server did not come up.")
            time.sleep(0.05)
        yield Server(port, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def percentile(values: Sequence[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[min(998, round(share * 1000) - 1)]


def verdict(holds: bool) -> str:
    return "as aimed" if holds else "MISSED"

"""Serving: gunicorn with one process and many threads, and the worker beside it, as one process group."""

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication

from portal import create_app
from portal.responses.jobs import keep_writing
from portal.schema import is_current
from portal.settings import Settings
from portal.web import assets
from portal.web.context import Porchlight
from portal.work import workers

log = structlog.get_logger()
STOP_SECONDS = 20
RESTART_SECONDS = 2.0


class Gunicorn(BaseApplication):
    """One process, `threads` threads: a slow upload holds one thread and nobody else (gthread keeps the heartbeat)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self.settings
        values: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": settings.threads,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 15,
            "accesslog": None,  # who read what is nobody's business
            "loglevel": "warning",
            "proc_name": "porchlight",
            "forwarded_allow_ips": "",
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = create_app(self.settings)
        told = (app.extensions["porchlight"], app.extensions["responses_seen"])
        threading.Thread(target=keep_writing, args=told, name="reach", daemon=True).start()
        assets.init_app(app, assets.compressed(self.settings.data / "static"))
        return app


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    Gunicorn(settings).run()


def work(here: Porchlight) -> None:
    """Do jobs and chores until SIGTERM or SIGINT; the job in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with here.database.engine.connect() as connection:
        if not is_current(connection):
            raise SystemExit("The database is not at this program's version: run `porchlight init` first.")
    running = [threading.Thread(target=worker.run, args=(stop,)) for worker in workers(here)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def serve_all(environ: dict[str, str]) -> int:
    """The server and the worker as children of this process. A worker that dies is started again; when the server
    ends, or a signal comes, both end. Returns the exit status."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "portal.cli", *command], env=environ)

    server, helper = start("serve", "--no-worker"), start("worker")
    status = 0
    while not stopping.wait(0.5):
        if server.poll() is not None:
            status = server.returncode or 1
            break
        if helper.poll() is not None:
            log.error("the worker ended and is started again", status=helper.returncode)
            time.sleep(RESTART_SECONDS)
            helper = start("worker")
    for child in (server, helper):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for child in (server, helper):
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return status

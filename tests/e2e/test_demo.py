"""`make demo`, as somebody who has just cloned the repository runs it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.e2e.live import free_port

ROOT = Path(__file__).resolve().parents[2]


def count(database: Path, query: str) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchone()[0]


def test_the_demo_brings_up_a_living_town_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")}
    log = (tmp_path / "demo.log").open("w+")
    demo = subprocess.Popen(
        [sys.executable, "tools/demo.py"],
        cwd=ROOT,
        env=env | {"PORT": str(port), "DATA": str(tmp_path / "data")},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that the test can ask whether anything is left of it
    )
    database = tmp_path / "data" / "porchlight.sqlite"
    try:
        until(lambda: "Porchlight is ready" in (tmp_path / "demo.log").read_text() or demo.poll() is not None, 150)
        assert demo.poll() is None, (tmp_path / "demo.log").read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert json.load(answer)["status"] == "ready"
        told = (tmp_path / "demo.log").read_text()
        assert f"http://127.0.0.1:{port}" in told and "rosa@maple.example" in told and "porchlight-demo" in told

        assert count(database, "SELECT count(*) FROM household") >= 25
        assert count(database, "SELECT count(*) FROM post WHERE state = 'visible'") >= 60
        assert count(database, "SELECT count(DISTINCT kind) FROM media WHERE state = 'done'") == 2
        assert count(database, "SELECT count(*) FROM agency WHERE whole_town AND state = 'verified'") == 3
        assert count(database, "SELECT count(*) FROM agency WHERE left_on IS NULL") >= 3 + 2500 + 570 + 12
        assert count(database, "SELECT count(*) FROM agency_comment WHERE agency_id IS NOT NULL") >= 5
        assert count(database, "SELECT count(*) FROM agency_follow") >= 10
        assert count(database, "SELECT max(people) FROM post_reach") >= 20
        assert count(database, "SELECT count(*) FROM archived_request") >= 60
        until(lambda: count(database, "SELECT count(*) FROM device") >= 40, 60)
        until(lambda: count(database, "SELECT count(*) FROM sealed_file WHERE kind = 'clip'") >= 1, 90)
        days = "SELECT julianday(max(started_at)) - julianday(min(started_at)) FROM event"
        until(lambda: (count(database, days) or 0) > 5, 60)
    finally:
        os.killpg(demo.pid, signal.SIGINT)  # what Ctrl-C does
        demo.wait(40)
        log.close()
    until(lambda: not alive(demo.pid), 10)
    text = (tmp_path / "demo.log").read_text()
    assert "Traceback" not in text, text


def until(true, seconds: float) -> None:
    """Wait for something that is bound to come; the limit only ends a hopeless wait."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True

"""A fleet of simulated doorbells against a portal that really runs: what they count is what the portal has."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal import schema
from portal.clips.models import SealedFile
from portal.demotown import fleet
from portal.devices.models import Device, Event
from portal.neighbourhoods import townfile
from tests.e2e.live import running, town_of_today
from tests.helpers import Town

HOMES = 30


@pytest.fixture
def street(tmp_path: Path) -> Town:
    """A town of HOMES homes whose doorbells wait to be paired."""
    drawn = subprocess.run(
        [sys.executable, "-m", "simulator", "map", "--homes", str(HOMES), "--with-people"],
        check=True,
        capture_output=True,
    )
    (tmp_path / "town.geojson").write_bytes(drawn.stdout)
    (tmp_path / "data").mkdir()
    town = town_of_today(tmp_path / "data")
    schema.upgrade(town.here.database)
    homes, cameras = fleet.make(town.here, townfile.read(tmp_path / "town.geojson"), tmp_path / "pairings.json")
    assert homes == HOMES <= cameras
    return town


def run_fleet(url: str, folder: Path, *options: str) -> dict[str, Any]:
    """The simulator's report."""
    command = [sys.executable, "-m", "simulator", "run", "--portal", url, "--pairings", str(folder / "pairings.json")]
    options = ("--speed", "max", "--days", "1", "--no-live", "--report", str(folder / "report.json"), *options)
    ran = subprocess.run([*command, *options], capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads((folder / "report.json").read_text())


def in_the_portal(town: Town) -> dict[str, int]:
    with town.reading() as act:

        def count(query: Any) -> int:
            return act.session.scalar(query) or 0

        return {
            "devices": count(select(func.count()).select_from(Device)),
            "events": count(select(func.count()).select_from(Event)),
            "different": count(select(func.count(Event.event_id.distinct()))),
            "clips": count(select(func.count()).where(SealedFile.kind == "clip")),
        }


def test_a_quiet_fleet_loses_nothing_and_counts_as_the_portal_does(street: Town, tmp_path: Path) -> None:
    with running(tmp_path / "data") as url:
        report = run_fleet(url, tmp_path, "--clips-per-device", "0")
    kept = in_the_portal(street)
    assert report["lost"] == 0 and report["duplicate"] == 0 and report["rejected"] == 0
    assert report["paired"] == kept["devices"] >= HOMES
    assert report["accepted"] == report["acknowledged"] == kept["events"] == kept["different"] > 0


def test_with_every_fault_at_once_nothing_is_lost_and_nothing_doubled(street: Town, tmp_path: Path) -> None:
    with running(tmp_path / "data") as url:  # which also reads the server's log for tracebacks
        report = run_fleet(url, tmp_path, "--clips-per-device", "0", "--faults", "all")
    kept = in_the_portal(street)
    assert report["lost"] == 0
    # An event that fell out of a full queue before its answer came is in doubt: the portal may have it.
    assert 0 < report["acknowledged"] <= kept["events"] == kept["different"]
    assert kept["events"] <= report["acknowledged"] + report["in_doubt"]

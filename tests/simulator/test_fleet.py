"""Whole runs: a fleet against the small portal, with and without faults, and its end."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from rich.console import Console

from simulator import eventlog, faults, fleet, scenario, street
from simulator.camera import Clip
from simulator.report import Screen, Tally
from simulator.town import build_town
from simulator.wire import CONNECTIONS
from tests.simulator.portal import Portal

OWNER = pyrage.x25519.Identity.generate()


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as portal:
        yield portal
    assert portal.violations == []


def stub(look, incident, zones, offset) -> Clip:
    """Draws in no time: bytes that tell what they would show."""
    film = f"film of {incident.kind} {incident.seed}, {len(zones)} zones".encode()
    return Clip(film, b"poster", incident.seconds, 640, 360)


def pairings(portal: Portal, homes: int = 4, town: str = "maple") -> dict:
    """A pairings file's content, for all cameras of a small town."""
    built = build_town(town, homes)
    devices = []
    for home in built.homes:
        for camera in home.cameras:
            code, fingerprint = portal.invite(str(OWNER.to_public()))
            devices.append(
                {
                    "home": home.address,
                    "name": camera.name,
                    "model": camera.model,
                    "serial": camera.serial,
                    "code": code,
                    "fingerprint": fingerprint,
                    "lat": home.lat,
                    "lon": home.lon,
                    "utc_offset_hours": built.utc_offset_hours,
                }
            )
    return {"town": town, "devices": devices}


def written(body: dict, folder: Path) -> Path:
    path = folder / "pairings.json"
    path.write_text(json.dumps(body))
    return path


def run(portal: Portal, folder: Path, draw=stub, homes: int = 4, **options) -> tuple[Tally, str]:
    """A run to its end: its counts and what it printed."""
    town, setups = fleet.read_pairings(written(pairings(portal, homes), folder))
    out = io.StringIO()
    how = fleet.Options(portal.url, town, **{"days": 1, "live": False, "clips": 2, "pause": 0.01} | options)
    with ThreadPoolExecutor(2) as pool:
        tally = asyncio.run(
            fleet.run(how, setups, executor=pool, draw=draw, screen=Screen(Console(file=out, width=200)))
        )
    return tally, out.getvalue()


def stored(portal: Portal) -> dict[str, dict]:
    return {id_: event for device in portal.devices.values() for id_, event in device.events.items()}


def clips(portal: Portal) -> dict[str, bytes]:
    """Opened with the owner's key, by event."""
    return {
        id_: pyrage.decrypt(sealed, [OWNER])
        for device in portal.devices.values()
        for id_, sealed in device.clips.items()
    }


def test_the_past_arrives_whole_and_once(portal, tmp_path):
    before = datetime.now(UTC)
    tally, printed = run(portal, tmp_path)
    porches = build_town("maple", 4).porches()
    after = datetime.now(UTC) - fleet.RECENT
    sure = street.plan("maple", porches, after - timedelta(days=1), before - fleet.RECENT)
    possible = street.plan("maple", porches, before - fleet.RECENT - timedelta(days=1), after)
    assert {item.id for item in sure} <= set(stored(portal)) <= {item.id for item in possible}
    assert tally.sent == tally.accepted == tally.acknowledged == tally.verified == len(stored(portal)) > 20
    assert tally.paired == len(porches)
    assert (tally.duplicate, tally.rejected, tally.lost, tally.retries, tally.dropped) == (0, 0, 0, 0, 0)
    assert "Sending past events" in printed and "\x1b" not in printed


def test_each_device_delivers_its_newest_clips_sealed_to_its_owner(portal, tmp_path):
    tally, _ = run(portal, tmp_path)
    by_id = {item.id: item for item in street.plan(
        "maple", build_town("maple", 4).porches(), datetime.now(UTC) - timedelta(days=2), datetime.now(UTC)
    )}  # fmt: skip
    opened = clips(portal)
    films = {id_: film for id_, film in opened.items() if not id_.endswith("poster")}
    assert films and len(films) == tally.clips_stored == tally.posters_stored
    for id_, film in films.items():
        incident = by_id[id_].incident
        assert film == f"film of {incident.kind} {incident.seed}, 1 zones".encode()
        assert opened[id_ + "poster"] == b"poster"
        assert stored(portal)[id_]["clip"]["seconds"] == incident.seconds
    for device in portal.devices.values():
        filmed = sorted((id_ for id_ in device.events if by_id[id_].clip), reverse=True)
        assert {id_ for id_ in device.clips if not id_.endswith("poster")} == set(filmed[:2])


@pytest.mark.parametrize("profile", faults.PROFILES)
def test_whatever_goes_wrong_nothing_acknowledged_is_lost(portal, tmp_path, profile):
    # At this speed the past leaves in many small batches, each of which something may happen to.
    tally, _ = run(portal, tmp_path, profile=faults.PROFILES[profile], clips=1, speed=100_000)
    kept = stored(portal)
    assert tally.lost == tally.rejected == 0
    # What a full queue dropped may have been sent, and kept, though its answer never came.
    assert 20 < tally.acknowledged == tally.verified <= len(kept) <= tally.sent
    assert tally.sent == tally.acknowledged + tally.in_doubt and tally.in_doubt <= tally.dropped
    assert tally.undelivered == tally.clips_lost == tally.taken == tally.backlog == 0
    assert tally.accepted <= len(kept) <= tally.accepted + tally.duplicate
    assert tally.clips_sent == tally.clips_stored
    assert tally.clips_stored == sum(not id_.endswith("poster") for id_ in clips(portal))


def test_what_is_sent_again_is_known_and_not_stored_again(portal, tmp_path):
    profile = faults.Profile(duplicate=0.5, lose_answer=0.3, restart=0.5, reorder=True)
    tally, _ = run(portal, tmp_path, profile=profile, clips=0, speed=100_000)
    assert tally.duplicate and tally.retries and tally.restarts
    assert tally.acknowledged == tally.sent == len(stored(portal))
    assert tally.lost == tally.rejected == 0


def test_an_event_that_the_portal_denies_is_reported_lost(portal, tmp_path):
    def forgetful(look, incident, zones, offset):
        for device in portal.devices.values():
            for id_ in list(device.events)[:1]:
                del device.events[id_]
        return stub(look, incident, zones, offset)

    tally, _ = run(portal, tmp_path, forgetful, homes=1, clips=1)
    assert tally.lost >= 1


def test_an_event_goes_without_its_clip_when_that_cannot_be_drawn(portal, tmp_path):
    def broken(*_):
        raise RuntimeError("no more paint")

    tally, _ = run(portal, tmp_path, broken, homes=2)
    assert tally.undrawn and not clips(portal)
    assert tally.acknowledged == len(stored(portal)) and tally.lost == 0
    assert any("no more paint" in reason for reason in tally.reasons)


def test_a_device_that_was_removed_falls_silent_and_the_others_go_on(portal, tmp_path):
    gone = build_town("maple", 3).homes[0].cameras[0].serial

    def removing(*job):
        portal.device(gone).removed = True
        return stub(*job)

    tally, _ = run(portal, tmp_path, removing, homes=3)
    assert tally.stopped == 1 and tally.lost == 0
    assert tally.clips_stored


def test_a_wrong_code_keeps_one_device_out(portal, tmp_path):
    body = pairings(portal)
    body["devices"][0]["code"] = "AAAAAAAA"
    _, setups = fleet.read_pairings(written(body, tmp_path))
    options = fleet.Options(portal.url, days=0.2, live=False, clips=0)
    out = io.StringIO()
    with ThreadPoolExecutor(1) as pool:
        tally = asyncio.run(
            fleet.run(options, setups, executor=pool, draw=stub, screen=Screen(Console(file=out, width=200)))
        )
    assert (tally.not_paired, tally.paired) == (1, len(setups) - 1)
    assert f"{body['devices'][0]['home']}, Front door: not paired" in out.getvalue()


def test_life_goes_on_in_real_time(portal, tmp_path):
    began = datetime.now(UTC)
    text = 'title = "t"\nabout = "a"\n[[crowd]]\nwhat = "van"\nper_hour = 240'
    busy = scenario.read(text, "busy")  # at any hour of the day
    tally, printed = run(portal, tmp_path, days=0.1, live=True, minutes=0.03, pace=60, clips=0, scenario=busy)
    live = [event for event in stored(portal).values() if datetime.fromisoformat(event["started_at"]) > began]
    assert live and tally.lost == tally.rejected == 0
    assert all(("ended_at" in event) == (event["kind"] != "ring") for event in live)
    assert tally.clips_stored == len([id_ for id_ in clips(portal) if not id_.endswith("poster")]) > 0
    assert "Live, with 60 times the visits" in printed


def test_many_devices_share_few_connections(portal, tmp_path):
    tally, _ = run(portal, tmp_path, homes=150, days=0.3, clips=0)
    assert tally.paired > 180 and tally.lost == 0
    assert tally.sent == tally.verified == len(stored(portal)) > 0  # how many: by the hour, few ring at night
    # The portal counts one that was closed until it notices; one for each device would be three times as many.
    assert 2 <= portal.most_connections < 1.5 * CONNECTIONS


def test_a_busy_portal_is_asked_again_later(portal, tmp_path):
    portal.script["/api/v1/events"] = [(429, {"Retry-After": "0"}, ""), (503, {}, ""), (500, {}, "")] * 4
    tally, _ = run(portal, tmp_path, homes=3, clips=0)
    assert tally.retries == 12
    assert tally.sent == tally.accepted == len(stored(portal))


def test_a_storm_ends_in_a_backlog_that_arrives_whole(portal, tmp_path):
    storm = scenario.load("storm")
    tally, _ = run(portal, tmp_path, homes=12, days=2, clips=0, scenario=storm, speed=120_000)
    assert tally.sent == tally.acknowledged == tally.verified == len(stored(portal))
    assert (tally.lost, tally.dropped, tally.backlog) == (0, 0, 0)
    sizes = [len(json.loads(body)["events"]) for body in portal.bodies("POST", "/api/v1/events")]
    assert max(sizes) > 10  # who was offline sends all at once


def test_a_full_queue_of_an_offline_device_drops_the_oldest_and_counts_them(portal, tmp_path):
    small = faults.Profile(queue=3)
    storm = scenario.load("storm")
    tally, _ = run(portal, tmp_path, homes=12, days=2, clips=0, scenario=storm, profile=small)
    all_of_it, _ = run(portal, tmp_path, homes=12, days=2, clips=0, scenario=storm)
    assert tally.dropped > 20
    assert abs(tally.sent + tally.dropped - all_of_it.sent) <= 5  # the two runs have not quite the same now
    assert tally.sent == tally.acknowledged == tally.verified and tally.lost == 0


def test_what_a_portal_has_to_refuse_is_tried_and_counted(portal, tmp_path):
    everything = faults.Profile(wrong_digest=1, plaintext=1, malformed=1, revoked=1)
    tally, _ = run(portal, tmp_path, homes=2, clips=1, profile=everything)
    refused = {f"refused: {name}" for name in ("wrong digest", "plaintext", "malformed JSON", "revoked token")}
    assert set(tally.probes) == refused
    assert tally.taken == tally.lost == tally.clips_lost == 0 and tally.clips_stored


def test_a_portal_that_takes_plaintext_is_found_out(portal, tmp_path):
    portal.careless = True
    tally, _ = run(portal, tmp_path, homes=1, clips=1, profile=faults.Profile(plaintext=1))
    assert tally.probes["taken: plaintext"] == tally.taken > 0


def test_a_clip_that_the_portal_forgot_is_reported_lost(portal, tmp_path):
    def forgetful(look, incident, zones, offset):
        for device in portal.devices.values():
            device.clips.clear()
        return stub(look, incident, zones, offset)

    tally, _ = run(portal, tmp_path, forgetful, homes=2, clips=9)
    assert tally.clips_lost >= 1 and tally.clips_verified == tally.clips_stored
    assert tally.lost == 0


def test_the_power_may_fail_in_the_middle_of_an_upload(portal, tmp_path):
    tally, _ = run(portal, tmp_path, homes=3, clips=2, profile=faults.Profile(restart_upload=1))
    assert tally.restarts == tally.retries == tally.clips_stored > 2
    assert tally.duplicate == tally.restarts  # the event was sent again, and known
    assert tally.clips_stored == tally.clips_verified and tally.clips_lost == tally.lost == 0


def test_a_log_is_replayed_as_it_was_written(portal, tmp_path):
    porches = build_town("maple", 4).porches()
    end = datetime(2025, 5, 14, tzinfo=UTC)
    log = street.plan("maple", porches, end - timedelta(days=1), end)
    by = datetime.now(UTC) - fleet.RECENT - log[-1].ended_at
    moved = [eventlog.moved(item, by) for item in log]
    tally, _ = run(portal, tmp_path, clips=0, log=moved)
    assert set(stored(portal)) == {item.id for item in moved}
    again, _ = run(portal, tmp_path, clips=0, log=moved)  # the devices are paired anew, and so are others
    assert tally.accepted == again.accepted == len(log)


def test_only_the_first_homes_of_the_pairings_are_used(portal, tmp_path):
    path = written(pairings(portal, homes=8), tmp_path)
    _, all_setups = fleet.read_pairings(path)
    _, some = fleet.read_pairings(path, 3)
    first = list(dict.fromkeys(setup.home for setup in all_setups))[:3]
    assert some == [setup for setup in all_setups if setup.home in first]
    with pytest.raises(ValueError, match="8 homes, not 9"):
        fleet.read_pairings(path, 9)


# A run as a process of its own.


@contextmanager
def process(portal: Portal, folder: Path, *more: str) -> Iterator[subprocess.Popen]:
    """`run` in a process group of its own, with real drawing; killed at the end if need be."""
    path = written(pairings(portal), folder)
    command = [
        sys.executable,
        "-m",
        "simulator",
        "run",
        "--portal",
        portal.url,
        "--pairings",
        str(path),
        *more,
    ]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield child
    finally:
        if group_alive(child.pid):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()


def group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def read_until(child: subprocess.Popen, words: str) -> None:
    for line in child.stdout:
        if words in line:
            return
    raise AssertionError(f"the run ended before it said {words!r}")


@pytest.mark.parametrize(("number", "whole_group"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_signal_ends_a_run_in_order_and_leaves_no_process(portal, tmp_path, number, whole_group):
    report = tmp_path / "report.json"
    with process(portal, tmp_path, "--days", "1", "--report", str(report)) as child:
        read_until(child, "Filming past visits")
        deadline = time.monotonic() + 20
        while not any(device.clips for device in portal.devices.values()) and time.monotonic() < deadline:
            time.sleep(0.05)  # until both drawing processes are at work
        (os.killpg if whole_group else os.kill)(child.pid, number)
        printed, _ = child.communicate(timeout=20)
        assert child.returncode == 0, printed
        assert "Traceback" not in printed
        counts = json.loads(report.read_text())
        assert f"sent: {counts['sent']}" in printed and "lost: 0" in printed
        assert counts["sent"] and counts["clips_stored"] and "clip" in counts["latencies"]
        deadline = time.monotonic() + 5
        while group_alive(child.pid) and time.monotonic() < deadline:
            time.sleep(0.05)  # multiprocessing's own helper ends when it sees that we did
        assert not group_alive(child.pid)


def test_a_run_that_ends_by_itself_says_so_with_its_exit_code(portal, tmp_path):
    with process(portal, tmp_path, "--days", "0.3", "--no-live", "--clips-per-device", "0") as child:
        printed, _ = child.communicate(timeout=30)
    assert child.returncode == 0, printed
    for word in ("sent", "accepted", "duplicate", "rejected", "lost", "events, p50 / p95"):
        assert f"\n{word}: " in printed


def test_a_run_that_could_pair_nothing_fails(portal, tmp_path):
    with process(portal, tmp_path, "--no-live") as child:
        portal.codes.clear()
        printed, _ = child.communicate(timeout=30)
    assert child.returncode == 1
    assert "not paired: 404 Unknown code" in printed

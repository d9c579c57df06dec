"""The command line: what it prints, what it writes, and how it says no."""

import io
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pyrage
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageStat

from simulator import scenario
from simulator.__main__ import main
from simulator.pictures import PICTURES
from simulator.town import build_town
from tests.simulator.portal import Portal


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def output(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


PLAN = ("plan", "--homes", "6", "--days", "0.5")


def test_plan_prints_the_same_twice_and_an_event_a_line():
    printed = output(*PLAN)
    assert printed == output(*PLAN)
    events = [json.loads(line) for line in printed.splitlines()]
    assert len(events) > 10
    assert [event["started_at"] for event in events] == sorted(event["started_at"] for event in events)
    serials = {porch.key for porch in build_town("maple", 6).porches()}
    assert {event["device"] for event in events} <= serials


def test_two_seeds_are_two_towns():
    one, other = (output(*PLAN, "--town", seed).splitlines() for seed in ("maple", "birch"))
    assert not {json.loads(line)["id"] for line in one} & {json.loads(line)["id"] for line in other}


def test_plan_ends_where_it_is_told():
    printed = output(*PLAN, "--until", "2025-01-10T12:00:00")
    starts = [json.loads(line)["started_at"] for line in printed.splitlines()]
    assert starts and "2025-01-10T00:00" <= starts[0] <= starts[-1] < "2025-01-10T12:00"


def test_map_is_geojson_without_people():
    body = json.loads(output("map", "--homes", "12"))
    homes = [item["properties"] for item in body["features"] if item["geometry"]["type"] == "Point"]
    assert body["type"] == "FeatureCollection" and len(homes) == 12
    assert all(set(home) == {"kind", "address", "street"} for home in homes)


def test_map_with_people_is_all_that_a_demo_needs():
    body = json.loads(output("map", "--town", "maple", "--homes", "32", "--with-people"))
    town = build_town("maple", 32)
    assert (body["seed"], body["name"]) == ("maple", town.name)
    assert body["centre"] == list(town.centre) and body["utc_offset_hours"] == town.utc_offset_hours
    homes = [item["properties"] for item in body["features"] if item["geometry"]["type"] == "Point"]
    assert [home["people"] for home in homes] == [list(home.people) for home in town.homes]
    cameras = [home["cameras"] for home in homes]
    assert all(set(camera) == {"name", "model", "serial"} for some in cameras for camera in some)
    assert sum(map(len, cameras)) >= 40
    assert any(len(some) >= 2 for some in cameras[:6])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """What `draw` wrote: one clip and all pictures."""
    folder = tmp_path_factory.mktemp("drawn")
    command = [sys.executable, "-m", "simulator", "draw", "--out", str(folder), "--clips", "1", "--pictures"]
    printed = subprocess.check_output(command, text=True)  # its drawing processes need a real main module
    assert f"Drawing: {1 + len(PICTURES)} of {1 + len(PICTURES)}" in printed
    return folder


def test_draw_writes_a_manifest_of_all_that_it_drew(drawn):
    manifest = json.loads((drawn / "manifest.json").read_text())
    named = {item["file"] for item in manifest} | {item["poster"] for item in manifest if "poster" in item}
    assert {path.name for path in drawn.iterdir()} == named | {"manifest.json"}
    assert [item["kind"] for item in manifest] == ["video"] + ["picture"] * len(PICTURES)
    assert {item["scene"]: item["alt"] for item in manifest[1:]} == PICTURES
    assert len({item["alt"] for item in manifest}) == len(manifest) >= 15


def test_a_drawn_clip_has_eight_seconds_and_a_poster(drawn):
    clip = json.loads((drawn / "manifest.json").read_text())[0]
    with av.open(io.BytesIO((drawn / clip["file"]).read_bytes())) as box:
        assert float(box.duration / av.time_base) == pytest.approx(8.0, abs=0.1)
    assert Image.open(drawn / clip["poster"]).size == (640, 360)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_bare_jpeg(drawn, name):
    picture = Image.open(drawn / f"picture-{name}.jpg")
    assert picture.format == "JPEG" and picture.width >= 1024 and picture.height >= 768
    assert not picture.getexif() and "comment" not in picture.info
    assert ImageStat.Stat(picture.convert("L")).stddev[0] > 15  # no empty sheet


@pytest.mark.parametrize("name", scenario.names())
def test_a_scenario_prints_the_same_bytes_twice_and_two_seeds_differ(name):
    wanted = ("plan", "--homes", "5", "--days", "1.2", "--scenario", name)
    printed = output(*wanted)
    assert printed == output(*wanted) and printed.count("\n") > 20
    assert printed != output(*wanted, "--town", "birch")


def test_scenarios_are_listed_shown_and_checked(tmp_path):
    listed = output("scenarios", "list")
    assert [line.split()[0] for line in listed.splitlines()] == scenario.names()
    mine = tmp_path / "mine.toml"
    mine.write_text(output("scenarios", "show", "storm"))
    assert output("scenarios", "check", str(mine)) == output("scenarios", "check", "storm")
    assert "1 outages" in output("scenarios", "check", "storm")
    mine.write_text('title = "x"\nabout = "y"\n[[outage]]\nat = "noon"\nhours = 2\n')
    for command in (("scenarios", "check"), ("plan", "--scenario"), ("run", "--portal", "x", "--scenario")):
        result = call(*command, str(mine))
        assert result.exit_code == 1 and f"{mine}, line 4: at: a time of day" in result.output


def test_an_archive_is_printed_or_written(tmp_path):
    path = tmp_path / "archive.json"
    assert output("archive", "--homes", "40", "--out", str(path)) == ""
    assert path.read_text() == output("archive", "--homes", "40")
    assert len(json.loads(path.read_text())["requests"]) == 64
    assert "has no [archive]" in call("archive", "--scenario", "storm").output


def manifest(folder: Path) -> list[dict]:
    return json.loads((folder / "manifest.json").read_text())


def drawing(folder: Path, *arguments: str) -> list[dict]:
    """What `draw` wrote, in a process of its own: its drawing processes need a real main module."""
    command = [sys.executable, "-m", "simulator", "draw", "--out", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return manifest(folder)


def test_one_clip_is_drawn(tmp_path):
    (clip,) = drawing(tmp_path, "--kind", "cat", "--weather", "snow", "--at", "2025-01-06T09:00")
    assert clip["scene"] == "cat" and clip["alt"].endswith("in the morning, snow.")
    assert (tmp_path / clip["file"]).stat().st_size > 20_000


def test_a_story_is_drawn_porch_by_porch_in_its_order(tmp_path):
    clips = drawing(tmp_path, "--scenario", "lost-dog", "--clips", "2")
    assert [clip["scene"] for clip in clips] == ["dog", "dog"]
    places = [clip["alt"].partition(",")[0] for clip in clips]
    assert len(set(places)) == 2 and all(clip["file"].startswith(f"00{n}-17") for n, clip in enumerate(clips, 1))


def test_a_street_is_drawn(tmp_path):
    name = build_town("maple", 12).homes[0].street
    (clip,) = drawing(tmp_path, "--street", name.upper(), "--homes", "12", "--days", "0.5", "--clips", "1")
    assert name in clip["alt"]
    assert "streets are" in call("draw", "--out", str(tmp_path), "--street", "Nowhere Road").output


OWNER = pyrage.x25519.Identity.generate()


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as portal:
        yield portal
    assert portal.violations == []


def paired_with(portal: Portal, folder: Path, homes: int) -> list[str]:
    """The options of a command that talks to the portal, with codes for all cameras of a town."""
    town, devices = build_town("maple", homes), []
    for home in town.homes:
        for camera in home.cameras:
            code, fingerprint = portal.invite(str(OWNER.to_public()))
            devices.append(
                {"home": home.address, **vars(camera), "code": code, "fingerprint": fingerprint, "lat": home.lat,
                 "lon": home.lon, "utc_offset_hours": town.utc_offset_hours}
            )  # fmt: skip
    path = folder / "pairings.json"
    path.write_text(json.dumps({"town": "maple", "devices": devices}))
    return ["--portal", portal.url, "--pairings", str(path)]


def test_a_log_goes_from_plan_to_a_portal_and_is_known_when_it_goes_again_as_it_is(portal, tmp_path):
    log = tmp_path / "log.jsonl"
    until = datetime.now(UTC) - timedelta(hours=1)
    log.write_text(output("plan", "--homes", "4", "--days", "1", "--until", until.isoformat()))
    ids = {json.loads(line)["id"] for line in log.read_text().splitlines()}
    to = paired_with(portal, tmp_path, 3)
    printed = output("replay", str(log), *to, "--as-is")
    kept = {id_ for device in portal.devices.values() for id_ in device.events}
    left_out = len(ids - kept)
    assert kept < ids and f"{left_out} of {len(ids)} events are of devices without a pairing" in printed
    printed = output("replay", str(log), *paired_with(portal, tmp_path, 4))
    assert f"accepted: {len(ids)}" in printed and "lost: 0" in printed  # as something new, and now


def test_a_log_of_other_devices_is_refused(portal, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(output("plan", "--town", "birch", "--homes", "2"))
    to = paired_with(portal, tmp_path, 1)
    assert "no device of the log is among the pairings" in call("replay", str(log), *to).output
    log.write_text("{}\n")
    assert "log.jsonl, line 1: 'started_at' is missing" in call("replay", str(log), *to).output


def test_a_run_of_some_homes_leaves_its_reports(portal, tmp_path):
    to, report, page = paired_with(portal, tmp_path, 6), tmp_path / "report.json", tmp_path / "report.html"
    output(
        "run", *to, "--homes", "2", "--days", "0.5", "--no-live", "--clips-per-device", "0", "--scenario", "festival",
        "--fault", "duplicate=0.2", "--fault", "malformed", "--report", str(report), "--html", str(page),
    )  # fmt: skip
    body = json.loads(report.read_text())
    assert body["paired"] == len(portal.devices) == len(build_town("maple", 2).porches())
    assert body["lost"] == 0 and body["verified"] == body["acknowledged"] > 0
    assert body["run"]["scenario"] == "A street festival" and "duplicate=0.2" in body["run"]["faults"]
    assert sum(row["events"] for row in body["course"]) == body["acknowledged"]
    assert "Nothing that was acknowledged was lost" in page.read_text()


def test_a_portal_that_takes_what_it_must_refuse_ends_a_run_with_1(portal, tmp_path):
    portal.script["/api/v1/events"] = [(200, {}, "{}")]  # to broken JSON
    to = paired_with(portal, tmp_path, 1)
    result = call("run", *to, "--days", "1", "--no-live", "--clips-per-device", "0", "--fault", "malformed=1")
    assert result.exit_code == 1 and "taken: malformed JSON: 1" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_serves_on_loopback_until_it_is_stopped(number):
    command = [sys.executable, "-m", "simulator", "serve", "--homes", "1", "--port", "0"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
    try:
        camera, all_of_them = child.stdout.readline(), child.stdout.readline()
        assert camera.startswith("1 ") and "http://127.0.0.1:" in camera
        with urllib.request.urlopen(all_of_them.rpartition(" ")[2].strip() + "snapshot.jpg", timeout=30) as answer:
            assert answer.read(2) == b"\xff\xd8"
        child.send_signal(number)
        rest, _ = child.communicate(timeout=20)
        assert (child.returncode, rest) == (0, "Done.\n")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--portal", "x", "--pairings", "y", "--fault", "gremlins"), "no such fault: 'gremlins'"),
        (("run", "--portal", "x", "--pairings", "y", "--scenario", "calm"), "there is no scenario 'calm'"),
        (("draw", "--out", "x", "--kind", "dog", "--scenario", "storm"), "choose one of"),
        (("draw", "--out", "x", "--kind", "dog", "--at", "teatime"), "teatime"),
        (("plan", "--homes", "0"), "0 is not in the range"),
        (("plan", "--homes", "999999"), "a town has 1 to"),
        (("plan", "--until", "yesterday"), "yesterday"),
        (("map", "--homes", "999999"), "a town has 1 to"),
        (("draw",), "Missing option '--out'"),
        (("run",), "Missing option '--portal'"),
        (("run", "--portal", "http://localhost:1"), "Missing option '--pairings'"),
        (("run", "--portal", "x", "--pairings", "nowhere.json"), "the pairings cannot be used"),
        (("run", "--portal", "x", "--pairings", "y", "--faults", "severe"), "'severe' is not one of"),
        (("run", "--portal", "x", "--pairings", "y", "--days", "8"), "8.0 is not in the range"),
        (("run", "--portal", "x", "--pairings", "y", "--speed", "0"), "0.0 is not in the range"),
        (("fly",), "No such command 'fly'"),
    ],
)
def test_wrong_arguments_are_named(arguments, says):
    result = call(*arguments)
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert isinstance(result.exception, SystemExit)


DEVICE = {
    "home": "1 Elm Lane", "name": "Front door", "model": "Lantern 2", "serial": "PL1", "code": "AAAAAAAA",
    "fingerprint": "BBBBBBBB", "lat": 40.0, "lon": -86.0, "utc_offset_hours": -5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "the pairings cannot be used"),
        ("{}", "'devices' is missing"),
        (json.dumps([]), "pairings.json"),
        (json.dumps({"devices": [{**DEVICE, "lat": "north"}]}), "could not convert"),
        (
            json.dumps({"devices": [{key: DEVICE[key] for key in DEVICE if key != "code"}]}),
            "'code' is missing",
        ),
        (json.dumps({"devices": [DEVICE, DEVICE]}), "two devices share a serial"),
    ],
)
def test_a_broken_pairings_file_is_named(tmp_path, body, says):
    path = tmp_path / "pairings.json"
    path.write_text(body)
    result = call("run", "--portal", "http://127.0.0.1:9", "--pairings", str(path))
    assert result.exit_code == 1 and says in result.output

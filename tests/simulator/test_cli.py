"""The command line: what it prints, what it writes, and how it says no."""

import io
import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageStat

from simulator.__main__ import main
from simulator.pictures import PICTURES
from simulator.town import build_town


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
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

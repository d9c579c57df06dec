"""A town's map as a file: read whole, or refused whole with the feature that is wrong."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.accounts.models import Household
from portal.neighbourhoods import rules, service
from portal.neighbourhoods.models import Home, Street
from portal.neighbourhoods.townfile import TownFileError, read
from tests.helpers import Town


def line(name: str, *points: list[float], **properties: Any) -> dict[str, Any]:
    return feature("LineString", list(points), name=name, **properties)


def point(address: str, street: str, longitude: float, latitude: float) -> dict[str, Any]:
    return feature("Point", [longitude, latitude], address=address, street=street)


def feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": shape, "coordinates": coordinates}, "properties": properties}


GOOD: dict[str, Any] = {
    "type": "FeatureCollection",
    "name": "Maple",
    "features": [
        line("Maple Street", [-85.01, 40.0], [-85.0, 40.0], [-84.99, 40.0]),
        line("Oak Lane", [-85.0, 40.01], [-85.0, 40.02], kind="street"),
        line("Mill Creek", [-85.0, 40.0], [-85.1, 40.0], kind="water"),
        feature("Polygon", [[[-85.0, 40.0], [-85.0, 40.01], [-84.99, 40.01], [-85.0, 40.0]]], name="Park"),
        point("7 Maple Street", "Maple Street", -85.001, 40.0001),
        point("9 Maple Street", "Maple Street", -85.002, 40.0001),
        point("1 Oak Lane", "Oak Lane", -85.0, 40.011),
    ],
}


def written(folder: Path, body: Any) -> Path:
    path = folder / "town.geojson"
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


def refusal(folder: Path, body: Any) -> str:
    with pytest.raises(TownFileError) as caught:
        read(written(folder, body))
    return str(caught.value)


def test_a_good_file_has_its_streets_and_homes(tmp_path: Path) -> None:
    town = read(written(tmp_path, GOOD))
    assert [(street.name, street.latitude, street.longitude) for street in town.streets] == [
        ("Maple Street", 40.0, -85.0),
        ("Oak Lane", 40.02, -85.0),
    ]
    assert [home.address for home in town.homes] == ["7 Maple Street", "9 Maple Street", "1 Oak Lane"]
    assert town.properties == {"name": "Maple"}


Change = Callable[[dict[str, Any]], None]


def replace(number: int, made: Any) -> Change:
    return lambda body: body["features"].__setitem__(number - 1, made)


WRONG: list[tuple[int, str, Change]] = [
    (1, "at least two points", replace(1, line("Maple Street", [-85.0, 40.0]))),
    (1, "at least two points", replace(1, feature("LineString", None, name="Maple Street"))),
    (1, "'name' is missing", replace(1, feature("LineString", [[-85.0, 40.0], [-85.0, 40.1]]))),
    (1, "'name' is missing", replace(1, line("  ", [-85.0, 40.0], [-85.0, 40.1]))),
    (2, "not on Earth", replace(2, line("Oak Lane", [-85.0, 40.0], [40.0, -95.0]))),
    (5, "not on Earth", replace(5, point("7 Maple Street", "Maple Street", 40.0, -185.0))),
    (5, "not on Earth", replace(5, point("7 Maple Street", "Maple Street", float("nan"), 40.0))),
    (5, "", replace(5, feature("Point", [-85.0], address="7 Maple Street", street="Maple Street"))),
    (5, "", replace(5, feature("Point", [], address="7 Maple Street", street="Maple Street"))),
    (5, "", replace(5, feature("Point", "here", address="7 Maple Street", street="Maple Street"))),
    (5, "", replace(5, feature("Point", [None, 40.0], address="7 Maple Street", street="Maple Street"))),
    (5, "", replace(5, feature("Point", [10**400, 40.0], address="7 Maple Street", street="Maple Street"))),
    (5, "'address' is missing", replace(5, feature("Point", [-85.0, 40.0], street="Maple Street"))),
    (5, "'street' is missing", replace(5, feature("Point", [-85.0, 40.0], address="7 Maple Street"))),
    (6, "stands twice", replace(6, point("7 Maple Street", "Maple Street", -85.002, 40.0))),
    (3, "no geometry", replace(3, {"type": "Feature", "properties": {}})),
    (3, "no geometry", replace(3, {"type": "Feature", "geometry": None, "properties": {}})),
    (3, "no geometry", replace(3, "a street")),
    (3, "", replace(3, {"type": "Feature", "geometry": {"type": "Point"}})),
    (5, "", lambda body: body["features"][4].__setitem__("properties", ["address"])),
]


@pytest.mark.parametrize(("number", "words", "change"), WRONG)
def test_a_wrong_feature_is_named_by_its_number(tmp_path: Path, number: int, words: str, change: Change) -> None:
    body = copy.deepcopy(GOOD)
    change(body)
    said = refusal(tmp_path, body)
    assert f"feature {number}:" in said
    assert words in said


def test_a_home_on_a_street_that_is_not_there_is_named(tmp_path: Path) -> None:
    body = copy.deepcopy(GOOD)
    body["features"].append(point("1 Elm Street", "Elm Street", -85.0, 40.0))
    said = refusal(tmp_path, body)
    assert "1 Elm Street" in said
    assert "'Elm Street'" in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ("{}", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": {}}', "not a GeoJSON FeatureCollection"),
        ('{"type": "Feature", "features": []}', "not a GeoJSON FeatureCollection"),
    ],
)
def test_another_file_is_said_to_be_another_file(tmp_path: Path, body: str, words: str) -> None:
    said = refusal(tmp_path, body)
    assert words in said
    assert "town.geojson" in said


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TownFileError, match="No such file"):
        read(tmp_path / "none.geojson")
    (tmp_path / "picture.geojson").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(TownFileError, match="is not JSON"):
        read(tmp_path / "picture.geojson")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
odd_feature = st.fixed_dictionaries(
    {
        "geometry": anything
        | st.fixed_dictionaries({"type": st.sampled_from(["Point", "LineString", "Polygon"]), "coordinates": anything}),
        "properties": anything | st.fixed_dictionaries({"name": anything, "address": anything, "street": anything}),
    }
)


@settings(max_examples=60)
@given(anything | st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": st.lists(odd_feature)}))
def test_whatever_the_file_holds_it_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, body: Any
) -> None:
    path = written(tmp_path_factory.getbasetemp(), body)
    try:
        read(path)
    except TownFileError as error:
        assert str(path) in str(error)


def on_the_map(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    with town.reading() as act:
        return {
            "streets": [tuple(row) for row in act.session.execute(select(Street.id, Street.name, Street.cell9))],
            "households": [tuple(row) for row in act.session.execute(select(Household.id, Household.address))],
            "homes": [tuple(row) for row in act.session.execute(select(Home.household_id, Home.street_id, Home.cell9))],
        }


def import_file(town: Town, path: Path) -> None:
    with town.acting() as act:
        service.import_town(act, read(path))


def test_importing_twice_changes_nothing(town: Town, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    import_file(town, path)
    first = on_the_map(town)
    assert [len(first[what]) for what in ("streets", "households", "homes")] == [2, 3, 3]
    import_file(town, path)
    assert on_the_map(town) == first
    assert "put 2 streets and 3 homes on the town's map" in town.browser().get("/ledger").words


def test_a_corrected_file_moves_what_is_there_and_loses_nothing(town: Town, tmp_path: Path) -> None:
    import_file(town, written(tmp_path, GOOD))
    before = on_the_map(town)
    body = copy.deepcopy(GOOD)
    body["features"][0] = line("Maple Street", [-85.21, 40.0], [-85.2, 40.0], [-85.19, 40.0])
    body["features"][4] = point("7 Maple Street", "Oak Lane", -85.2, 40.0)
    del body["features"][5]
    import_file(town, written(tmp_path, body))
    after = on_the_map(town)
    assert after["households"] == before["households"], "people keep their household"
    assert len(after["homes"]) == 3
    with town.reading() as act:
        home = act.session.scalar(select(Home).join(Household).where(Household.address == "7 Maple Street"))
        streets = {street.name: street for street in act.session.scalars(select(Street))}
    assert home.cell9 == rules.cell(40.0, -85.2)
    assert home.street_id == streets["Oak Lane"].id
    assert streets["Maple Street"].cell9 == rules.cell(40.0, -85.2)


def test_the_map_that_the_simulator_draws_is_a_good_one(town: Town, tmp_path: Path) -> None:
    """The two programs share no code, so what one writes is tried on the other."""
    command = [sys.executable, "-m", "simulator", "map", "--town", "maple", "--homes", "12"]
    drawn = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert drawn.returncode == 0, drawn.stderr
    import_file(town, written(tmp_path, drawn.stdout))
    assert len(on_the_map(town)["homes"]) == 12

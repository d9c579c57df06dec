"""Neighbourhoods that an operator draws or imports: taken whole, or refused whole with the feature that is wrong."""

import json
from typing import Any

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.db import Refusal
from portal.neighbourhoods import rules, shapes
from portal.neighbourhoods.views import WORDS

Box = tuple[float, float, float, float]


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def area(name: str | None, *boxes: Box, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": [[ring(*box)] for box in boxes]}
    told = properties if name is None else properties | {"name": name}
    return {"type": "Feature", "geometry": geometry, "properties": told}


def polygon(*rings: list[Any], name: str = "Riverside") -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": rings}, "properties": {"name": name}}


def read(*features: Any) -> list[shapes.Shape]:
    return shapes.read(json.dumps({"type": "FeatureCollection", "features": list(features)}))


HERE: Box = (-85.01, 39.99, -85.0, 40.01)
GOOD = area("Old Town", HERE)


def test_a_collection_is_read_in_its_order_and_all_else_in_it_is_left_out() -> None:
    line = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "properties": {}}
    park = area("Green Park", HERE, kind="park")
    found = read(line, polygon(ring(*HERE)), park, area("  Old   Town ", HERE, (-85.03, 39.99, -85.02, 40.01)))
    assert [(shape.name, len(shape.polygons)) for shape in found] == [("Riverside", 1), ("Old Town", 2)]


def test_a_single_feature_and_a_bare_outline_are_good_too() -> None:
    assert shapes.read(json.dumps(GOOD))[0].name == "Old Town"
    bare = {"type": "Polygon", "coordinates": [ring(*HERE)[:-1]]}  # a drawn outline, not closed
    assert shapes.read(json.dumps(bare), "Riverside")[0].polygons == [[ring(*HERE)]]


BOW_TIE = [[-85.01, 39.99], [-85.0, 40.01], [-85.0, 39.99], [-85.01, 40.01], [-85.01, 39.99]]
WRONG: list[tuple[str, Any]] = [
    ("no-name", area(None, HERE)),
    ("no-name", area("  ", HERE)),
    ("no-name", area(7, HERE)),  # type: ignore[arg-type]
    ("long-name", area("x" * 81, HERE)),
    ("same-name", area("old town", HERE)),
    ("crossing", polygon(BOW_TIE)),
    ("crossing", area("Twice", HERE, HERE)),
    ("crossing", polygon(ring(*HERE), ring(-85.02, 39.98, -85.0, 40.02))),  # a hole larger than what it is in
    ("not-on-earth", polygon(ring(40.0, -86.0, 40.01, -95.0))),
    ("not-on-earth", polygon(ring(float("nan"), 0, 0.01, 0.01))),
    ("not-on-earth", polygon(ring(float("inf"), 0, 0.01, 0.01))),
    ("too-large", area("The county", (-86.0, 39.0, -85.0, 40.0))),
    ("too-large", area("Here and there", HERE, (-84.01, 39.99, -84.0, 40.01))),
    ("too-many-points", polygon([[-85.0 + n / 1e6, 40.0] for n in range(5001)])),
    ("broken", polygon()),
    ("broken", polygon([])),
    ("broken", polygon([[-85.0, 40.0], [-85.01, 40.0], [-85.0, 40.0]])),
    ("broken", polygon([[-85.0], [40.0], [1.0], [2.0]])),
    ("broken", polygon("here")),  # type: ignore[arg-type]
    ("broken", polygon(ring(10**400, 0, 1, 1))),
    ("broken", area("Empty")),
    ("broken", {"type": "Feature", "geometry": None, "properties": {"name": "Nowhere"}}),
    ("broken", {"type": "Feature", "geometry": {"type": "Polygon"}, "properties": {"name": "Nowhere"}}),
    ("broken", "a neighbourhood"),
    ("broken", None),
]


@pytest.mark.parametrize(("code", "feature"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_a_wrong_feature_is_refused_with_its_number_and_its_reason(code: str, feature: Any) -> None:
    with pytest.raises(Refusal) as refused:
        read({"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}, GOOD, feature)
    assert (refused.value.code, refused.value.params["number"]) == (code, 3)
    assert "3" in str(WORDS[code] % refused.value.params)


def test_two_hundred_are_enough() -> None:
    many = [area(f"Part {number}", HERE) for number in range(shapes.MOST_SHAPES + 1)]
    assert len(read(*many[:-1])) == shapes.MOST_SHAPES
    with pytest.raises(Refusal, match="too-many-shapes"):
        read(*many)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("[" * 100_000, "not-json"),
        (b"\xff\xd8\xff\xe0", "not-json"),
        ("[]", "not-geojson"),
        ('{"type": "FeatureCollection"}', "not-geojson"),
        ('{"type": "Topology", "objects": {}}', "not-geojson"),
        ('{"type": "FeatureCollection", "features": []}', "no-shapes"),
    ],
)
def test_another_file_is_said_to_be_another_file(text: str | bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        shapes.read(text)
    assert refused.value.code == code
    assert WORDS[code]


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 200) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
points = st.lists(st.tuples(st.floats(-85.1, -85.0), st.floats(40.0, 40.1)).map(list), min_size=3, max_size=7)
odd = st.fixed_dictionaries(
    {
        "geometry": anything
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["Polygon", "MultiPolygon"]), "coordinates": anything | st.lists(points)}
        ),
        "properties": anything | st.fixed_dictionaries({"name": anything | st.just("A")}),
    }
)


@settings(max_examples=150)
@given(st.lists(odd | anything, max_size=3))
def test_whatever_is_sent_is_read_or_refused_in_words(features: list[Any]) -> None:
    try:
        found = read(*features)
    except Refusal as refused:
        assert str(WORDS[refused.code] % refused.params if refused.params else WORDS[refused.code])
    else:
        assert rules.areas({shape.name: shape.polygons for shape in found})


# — Whose a cell is —


@settings(max_examples=25)
@given(st.floats(-84, 84), st.floats(-170, 170), st.floats(0.004, 0.05), st.floats(0.004, 0.05))
def test_the_cells_of_a_neighbourhood_are_those_whose_middle_lies_in_it(
    south: float, west: float, tall: float, wide: float
) -> None:
    box = (west, south, west + wide, south + tall)
    found = rules.cells_of([[ring(*box)]])
    around = {near for cell in found for near in h3.grid_disk(cell, 1)}
    inside = {
        cell
        for cell in around
        for latitude, longitude in [rules.middle_of(cell)]
        if west < longitude < west + wide and south < latitude < south + tall
    }
    assert inside == found or (not inside and len(found) == 1)


def test_the_smaller_of_two_has_the_place_where_they_overlap() -> None:
    town, old = [[ring(-85.05, 39.97, -84.95, 40.03)]], [[ring(-85.01, 39.99, -84.99, 40.01)]]
    found = rules.areas({"Town": town, "Old Town": old})
    assert found == rules.areas({"Old Town": old, "Town": town})
    assert found[rules.cell(40.0, -85.0)] == "Old Town"
    assert found[rules.cell(40.02, -85.04)] == "Town"


def test_a_large_cell_is_named_when_half_of_it_lies_in_one_neighbourhood() -> None:
    found = rules.areas({"Town": [[ring(-85.05, 39.97, -84.95, 40.03)]]})
    home = rules.parents(rules.cell(40.0, -85.0))
    assert [found.get(cell) for cell in home] == ["Town"] * 3
    for cell in found:
        children = h3.cell_to_children(cell, 9)
        assert 2 * sum(child in found for child in children) >= len(children)


def test_one_that_is_smaller_than_a_cell_has_that_cell() -> None:
    tiny = [[ring(-85.0001, 40.0, -85.0, 40.0001)]]
    assert rules.areas({"Court": tiny}) == {rules.cell(40.0, -85.0001): "Court"}


def test_neighbourhoods_larger_than_a_town_are_refused() -> None:
    wide = {n: [[ring(-85.3 + n, 40.0, -85.0 + n, 40.3)]] for n in range(3)}
    with pytest.raises(Refusal, match="too-many-cells"):
        rules.areas(wide)

"""GeoJSON: RFC 7946, and of use on a town's map."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LinearRing, Point
from shapely.geometry import shape

from portal.bulletins.queries import Published
from portal.outlets import geojson
from tests import factories as make
from tests.helpers import NOON, Town
from tests.outlets.tools import TIMES, TOWN, get, place, published, withdraw
from tests.people import Cast


def check(body: dict[str, Any]) -> list[dict[str, Any]]:
    """RFC 7946: 3.1 to 3.3, 4 (degrees, longitude first), 7.1 (no kind in another). Returns the features."""
    assert body["type"] == "FeatureCollection"
    assert "crs" not in body
    for feature in body["features"]:
        assert feature["type"] == "Feature"
        assert {"geometry", "properties", "id"} <= set(feature)
        assert not {"coordinates", "features"} & set(feature)
        geometry = feature["geometry"]
        if geometry is None:
            continue
        drawn = shape(geometry)
        assert drawn.is_valid
        west, south, east, north = drawn.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
        for outer, *holes in geometry["coordinates"] if geometry["type"] == "MultiPolygon" else []:
            for ring in (outer, *holes):
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
            assert LinearRing(outer).is_ccw, "counter-clockwise outside (3.1.6)"
            assert not any(LinearRing(hole).is_ccw for hole in holes), "clockwise inside (3.1.6)"
    return body["features"]


def features(town: Town) -> list[dict[str, Any]]:
    answer = get(town, "/agencies.geojson")
    assert answer.content_type == "application/geo+json"
    return check(json.loads(answer.data))


def titles(town: Town) -> list[str]:
    return [one["properties"]["title"] for one in features(town) if one["properties"]["kind"] != "agency"]


def test_each_agency_is_drawn_where_it_serves(town: Town, cast: Cast) -> None:
    holed = make.square(make.MAPLE, 0.02)
    holed[0].append(make.square(make.MAPLE, 0.005)[0][0])  # turned like the outer ring, as people draw
    make.agency(town, "mill-fire", "fire", "Mill Fire", polygons=holed, email="desk@mill.example")
    found = {one["properties"]["name"]: one for one in features(town)}
    assert set(found) == {"Maple Police", "Maple Fire", "Town of Maple", "Mill Fire"}
    latitude, longitude = make.MAPLE
    whole = shape(found["Maple Police"]["geometry"])
    assert whole.contains(Point(longitude, latitude))
    assert whole.contains(Point(make.FAR[1], make.FAR[0]))
    drawn = shape(found["Mill Fire"]["geometry"])
    assert drawn.contains(Point(longitude + 0.01, latitude))
    assert not drawn.contains(Point(longitude, latitude)), "its hole"
    assert found["Maple Police"]["properties"]["url"] == "http://127.0.0.1:8000/agencies/maple-police"


def test_posts_that_hold_now_stand_at_their_place(town: Town, cast: Cast) -> None:
    event = make.agency_post(
        town, cast.clerk, "town-of-maple", "Fair", kind="event", starts_at=NOON + timedelta(hours=5), place="Green"
    )
    update = make.urgent_update(town, cast.officer, "maple-police", "Boil your water")
    tip = make.agency_post(town, cast.officer, "maple-police", "Lock your doors")
    make.agency_post(town, cast.officer, "maple-police", "A tip for everywhere")
    for number, post in enumerate((event, update, tip)):
        place(town, post, 40.0 + number / 100, -85.0)
    assert titles(town) == ["Lock your doors", "Boil your water", "Fair"]
    found = next(one for one in features(town) if one["properties"].get("title") == "Boil your water")
    assert found["geometry"] == {"type": "Point", "coordinates": [-85.0, 40.01]}
    assert found["id"] == str(update.id)
    assert found["properties"]["severity"] == "Severe"
    town.later(hours=6)
    assert titles(town) == ["Lock your doors", "Fair"], "the update has faded"
    town.later(hours=3)
    assert titles(town) == ["Lock your doors"], "the event is over"
    withdraw(town, cast.officer, "maple-police", tip)
    assert titles(town) == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        published(kind=st.just("event"), starts_at=TIMES, lat=st.floats(-90, 90), lon=st.floats(-180, 180)), max_size=3
    )
)
def test_whatever_agencies_write_the_map_can_be_read(rows: list[Published]) -> None:
    body = geojson.collection(TOWN, [row.agency for row in rows], {}, rows)
    assert len(check(json.loads(body))) == 2 * len(rows)

"""The invented town: the same for the same seed, and a map that a map program can read."""

import json
import math

import pytest

from simulator.town import LOTS, MOST_HOMES, STREETS, build_town


def test_same_seed_same_town_byte_for_byte():
    one, other = build_town("maple", 60), build_town("maple", 60)
    assert one == other
    assert json.dumps(one.geojson()) == json.dumps(other.geojson())


def test_two_seeds_differ_everywhere():
    one, other = build_town("maple", 30), build_town("birch", 30)
    assert one.centre != other.centre
    assert not {home.address for home in one.homes} & {home.address for home in other.homes}
    assert not {camera.serial for home in one.homes for camera in home.cameras} & {
        camera.serial for home in other.homes for camera in home.cameras
    }
    assert [home.people for home in one.homes] != [home.people for home in other.homes]


def test_a_town_grows_without_changing():
    assert build_town("maple", 500).homes[:40] == build_town("maple", 40).homes


def test_addresses_serials_and_places_are_unique():
    town = build_town("maple", 2 * LOTS * STREETS + 1)
    cameras = [camera for home in town.homes for camera in home.cameras]
    assert len({home.address for home in town.homes}) == len(town.homes)
    assert len({(home.lat, home.lon) for home in town.homes}) == len(town.homes)
    assert len({camera.serial for camera in cameras}) == len(cameras)
    assert all(home.people and len(set(home.people)) == len(home.people) for home in town.homes)


def test_homes_stand_beside_their_own_street():
    town = build_town("maple", 300)
    lines = {road.name: road.line for road in town.roads if road.homes}
    for home in town.homes:
        line = lines[home.street]
        distance = min(_metres_to(home, *ends) for ends in zip(line, line[1:], strict=False))
        assert 8 < distance < 25, home


def test_map_is_geojson_and_names_nobody():
    town = build_town("maple", 20)
    body = json.loads(json.dumps(town.geojson()))
    assert body["type"] == "FeatureCollection"
    points = [item for item in body["features"] if item["geometry"]["type"] == "Point"]
    lines = [item for item in body["features"] if item["geometry"]["type"] == "LineString"]
    assert len(points) == 20 and len(lines) > STREETS - 1
    for item in points:
        lon, lat = item["geometry"]["coordinates"]
        assert math.dist((lat, lon), town.centre) < 0.02
    text = json.dumps(body)
    assert not any(person in text for home in town.homes for person in home.people)


def test_porches_are_all_cameras_and_the_first_of_a_home_has_the_bell():
    town = build_town("maple", 50)
    porches = town.porches()
    assert len(porches) == sum(len(home.cameras) for home in town.homes) > 50
    assert sum(porch.has_bell for porch in porches) == 50


@pytest.mark.parametrize("homes", [0, -1, MOST_HOMES + 1])
def test_impossible_sizes_are_refused(homes):
    with pytest.raises(ValueError):
        build_town("maple", homes)


def _metres_to(home, start, end) -> float:
    """From a home to a piece of a line, over flat ground."""
    scale = 111_320 * math.cos(math.radians(home.lat)), 110_574
    (ax, ay), (bx, by) = [((lon - home.lon) * scale[0], (lat - home.lat) * scale[1]) for lon, lat in (start, end)]
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = max(0.0, min(1.0, -(ax * (bx - ax) + ay * (by - ay)) / length))
    return math.hypot(ax + share * (bx - ax), ay + share * (by - ay))

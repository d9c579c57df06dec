"""The archive of a town that had requests: only closed ones, within the limits that the public era had."""

import json
from datetime import date, datetime, timedelta

import pytest

from simulator import archive, scenario
from simulator.town import build_town

LEGACY = scenario.load("legacy-2023").archive


@pytest.fixture(scope="module")
def body() -> dict:
    return json.loads(archive.text(archive.build(build_town("maple", 120), LEGACY)))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_town():
    one, same, other = (
        archive.text(archive.build(build_town(seed, 50), LEGACY)) for seed in ("maple", "maple", "birch")
    )
    assert one == same != other
    requests = [line for line in one.splitlines() if line.startswith('{"era": "public", "agency"')]
    assert len(requests) == LEGACY.requests  # one on a line, so that a reader can name the line


def test_it_tells_the_three_eras_and_its_agencies(body):
    assert body["format"] == "porchlight-archive-1"
    assert [era["era"] for era in body["eras"]] == ["e-mail", "public", "ended"]
    slugs = {agency["slug"] for agency in body["agencies"]}
    assert len(slugs) == 2 and {request["agency"] for request in body["requests"]} == slugs
    assert all(agency["contact"]["email"].endswith(".example") for agency in body["agencies"])


def test_every_request_is_closed_and_keeps_the_limits_of_its_era(body):
    for request in body["requests"]:
        posted = datetime.fromisoformat(request["posted_at"])
        begin, end = (datetime.fromisoformat(request["window"][key]) for key in ("from", "until"))
        assert date(2021, 6, 7) <= posted.date() <= date(2024, 2, 1)
        assert timedelta(minutes=15) <= end - begin <= timedelta(hours=12)
        assert begin < end <= posted + timedelta(hours=1)
        assert 0.025 <= archive.square_miles(request["area"]) <= 0.5
        ring = request["area"]["coordinates"][0]
        assert ring[0] == ring[-1] and len(ring) >= 4
        closed = date.fromisoformat(request["closed_on"])
        assert posted.date() <= closed <= date(2024, 2, 29)
        if request["replies"]:
            assert posted < datetime.fromisoformat(request["last_reply_at"])
            assert datetime.fromisoformat(request["last_reply_at"]).date() <= closed
        else:
            assert request["last_reply_at"] is None
        assert request["active_investigation"] is True and request["contact"]["email"]
        assert "You do not have to." in request["text"]


def test_case_numbers_are_unique_and_in_the_order_of_posting(body):
    numbers = [request["case_number"] for request in body["requests"]]
    assert len(set(numbers)) == len(numbers)
    posted = [request["posted_at"][:10] for request in body["requests"]]
    assert posted == sorted(posted)

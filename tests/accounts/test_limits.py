"""Guessing is slowed down, for one client and not for the others."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.extensions import limiter
from portal.web import limits
from tests import factories
from tests.helpers import Town


@pytest.fixture
def strict_town(town: Town) -> Iterator[Town]:
    made = Town(town.here.settings.data, rate_limits=True)
    with made.app.app_context():
        limiter.reset()
    yield made
    with made.app.app_context():
        limiter.reset()
    limiter.enabled = False
    made.here.database.engine.dispose()


def per_minute(limit: str) -> int:
    found = re.match(r"(\d+) per minute", limit)
    assert found
    return int(found[1])


def tries(
    client: FlaskClient, path: str, data: dict[str, str], count: int, address: str = "192.0.2.7"
) -> list[TestResponse]:
    page = client.get("/guidelines").text
    token = re.search(r'"X-CSRFToken": "([^"]+)"', page)
    assert token
    where: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": address}, "headers": {"X-CSRFToken": token[1]}}
    return [client.post(path, data=data, **where) for _ in range(count)]


def test_the_eleventh_try_to_sign_in_within_a_minute_has_to_wait(strict_town: Town) -> None:
    most = per_minute(limits.SIGN_IN)
    assert most == 10
    client = strict_town.app.test_client()
    answers = tries(client, "/sign-in", {"email": "rosa@maple.example", "password": "guess"}, most + 1)
    assert [answer.status_code for answer in answers] == [422] * most + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Please wait" in answers[-1].text
    assert client.get("/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200, "looking is free"
    (other,) = tries(client, "/sign-in", {"email": "rosa@maple.example", "password": "guess"}, 1, "192.0.2.8")
    assert other.status_code == 422, "others are not slowed down"


@pytest.mark.parametrize(
    ("path", "limit", "data"),
    [
        (
            "/join",
            limits.JOIN,
            {"code": "0000-0000-0000", "name": "N", "email": "n@maple.example", "password": "x" * 9},
        ),
        ("/sign-in/passkey", limits.PASSKEY, {"answer": "{}"}),
        ("/sign-in/passkey/challenge", limits.PASSKEY, {}),
        ("/account/passkeys/new", limits.PASSKEY, {"answer": "{}"}),
        ("/account/passkeys/new/challenge", limits.PASSKEY, {}),
        ("/confirm/no-such-token", limits.ONE_TIME_LINK, {}),
        ("/confirm", limits.ONE_TIME_LINK, {"email": "n@maple.example"}),
        ("/password/forgotten", limits.ONE_TIME_LINK, {"email": "n@maple.example"}),
        ("/password/reset/no-such-token", limits.ONE_TIME_LINK, {"password": "x" * 12, "again": "x" * 12}),
    ],
)
def test_codes_and_links_cannot_be_guessed_quickly(
    strict_town: Town, path: str, limit: str, data: dict[str, str]
) -> None:
    most = per_minute(limit)
    answers = tries(strict_town.app.test_client(), path, data, most + 1)
    assert 429 not in [answer.status_code for answer in answers[:-1]]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_nobody_floods_the_moderators_with_reports(strict_town: Town) -> None:
    rosa, ben = factories.resident(strict_town, "Rosa"), factories.resident(strict_town, "Ben")
    path = f"/posts/{factories.post(strict_town, rosa).id}/report"
    browser = strict_town.browser(ben)
    found = [browser.post(path, {"rule": "", "reason": ""}).status for _ in range(per_minute(limits.POSTING) + 1)]
    assert set(found[:-1]) == {422} and found[-1] == 429


def test_pairing_codes_cannot_be_guessed_quickly(strict_town: Town) -> None:
    guess = {"code": "00000000", "model": "L", "serial": "s", "firmware": "1"}
    door = strict_town.device(None)
    answers = [door.post("pairings", guess) for _ in range(per_minute(limits.PAIRING) + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {410}
    assert answers[-1].status_code == 429
    assert answers[-1].json["type"] == "/api/v1/problems#too-many"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_behind_a_proxy_the_client_counts_and_a_forged_header_does_not(town: Town, tmp_path: Path) -> None:
    for proxies, expected in ((0, 429), (1, 422)):
        made = Town(town.here.settings.data, rate_limits=True, trusted_proxies=proxies)
        with made.app.app_context():
            limiter.reset()
        client = made.app.test_client()
        token = re.search(r'"X-CSRFToken": "([^"]+)"', client.get("/guidelines").text)
        codes = []
        for number in range(per_minute(limits.SIGN_IN) + 1):
            headers = {"X-CSRFToken": token[1] if token else "", "X-Forwarded-For": f"198.51.100.{number}"}
            codes.append(client.post("/sign-in", data={"email": "", "password": ""}, headers=headers).status_code)
        assert codes[-1] == expected, f"{proxies} trusted proxies"
        made.here.database.engine.dispose()
    limiter.enabled = False


def test_an_operator_can_switch_limits_off_for_a_load_test(town: Town) -> None:
    factories.street(town)
    answers = tries(town.app.test_client(), "/sign-in", {"email": "", "password": ""}, 15)
    assert {answer.status_code for answer in answers} == {422}

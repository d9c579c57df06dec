"""Push messages: sealed to the browser, to known services only, and to none inside a network."""

import base64
import json
import socket
import stat
from pathlib import Path
from typing import Any

import http_ece
import pytest
from py_vapid import Vapid02
from sqlalchemy import select

from portal import push
from portal.alerts.models import Delivery, PushSubscription
from portal.db import Refusal
from tests import factories as make
from tests.alerts.tools import BrowserKeys, PushService, notices, push_service, subscribe, tell, wish
from tests.helpers import Town
from tests.people import Cast, everybody


@pytest.fixture
def keys() -> BrowserKeys:
    return BrowserKeys()


@pytest.fixture
def people(push_town: Town, pushes: PushService, keys: BrowserKeys) -> Cast:
    """Ben's browser is subscribed, and he wants posts by push."""
    cast = everybody(push_town)
    subscribe(push_town, cast.ben, pushes, keys)
    wish(push_town, cast.ben, by_push=True)
    return cast


def browsers(town: Town) -> list[PushSubscription]:
    with town.reading() as act:
        return list(act.session.scalars(select(PushSubscription)))


# — A message —


def test_a_message_reaches_the_browser_that_holds_the_key(
    push_town: Town, people: Cast, pushes: PushService, keys: BrowserKeys
) -> None:
    make.post(push_town, people.rosa)
    tell(push_town)
    ((path, headers, body),) = pushes.got
    assert path == "/push/a"
    assert headers["content-encoding"] == "aes128gcm"
    assert 0 < int(headers["ttl"]) <= 24 * 3600
    assert Vapid02.verify(headers["authorization"]), "signed with the town's own key"
    claims = json.loads(base64.urlsafe_b64decode(headers["authorization"].split("t=")[1].split(".")[1] + "=="))
    assert claims["aud"] == f"https://{pushes.address}" and claims["sub"] == "mailto:porchlight@localhost"
    assert push.public_key(push_town.here.settings.data) in headers["authorization"]
    assert b"new near" not in body, "the push service reads nothing"
    assert json.loads(keys.open(body)) == {
        "title": "Porchlight",
        "body": "There is something new near you",
        "url": "/alerts",
    }
    with pytest.raises(http_ece.ECEException):
        BrowserKeys().open(body)


def test_a_ring_wakes_the_phone_at_once_and_says_which_doorbell(
    push_town: Town, people: Cast, pushes: PushService, keys: BrowserKeys
) -> None:
    make.Owner(push_town, people.ben)
    _device, token = make.device(push_town, people.ben, "Side gate")
    wish(push_town, people.ben, "devices", kinds=("ring",), by_push=True)
    push_town.device(token).post("events", {"events": [make.event(push_town.clock.now())]})
    tell(push_town)
    ((_path, headers, body),) = pushes.got
    assert headers["urgency"] == "high"
    assert json.loads(keys.open(body))["body"] == "Someone rang: Side gate"


def test_what_is_due_together_wakes_each_browser_once(
    push_town: Town, people: Cast, pushes: PushService, keys: BrowserKeys
) -> None:
    subscribe(push_town, people.ben, pushes, BrowserKeys(), "b")
    for _ in range(3):
        make.post(push_town, people.rosa)
    tell(push_town)
    assert sorted(path for path, _headers, _body in pushes.got) == ["/push/a", "/push/b"]
    assert len(notices(push_town, people.ben)) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(push_town: Town, people: Cast, pushes: PushService, status: int) -> None:
    pushes.status = status
    make.post(push_town, people.rosa)
    tell(push_town)
    assert browsers(push_town) == []
    make.post(push_town, people.rosa)
    tell(push_town)
    assert len(pushes.got) == 1
    assert len(notices(push_town, people.ben)) == 2, "the inbox has it all the same"


def test_a_push_service_that_is_out_of_order_is_tried_again(push_town: Town, people: Cast, pushes: PushService) -> None:
    pushes.status = 503
    make.post(push_town, people.rosa)
    tell(push_town)
    assert len(pushes.got) == 1 and len(browsers(push_town)) == 1
    pushes.status = 201
    push_town.later(minutes=1)
    push_town.work()
    assert len(pushes.got) == 2
    push_town.later(minutes=10)
    push_town.work()
    assert len(pushes.got) == 2


def test_a_push_service_that_never_answers_is_left_after_a_few_tries(
    push_town: Town, people: Cast, pushes: PushService
) -> None:
    pushes.status = 500
    make.post(push_town, people.rosa)
    tell(push_town)
    for _ in range(8):
        push_town.later(hours=1)
        push_town.work()
    assert len(pushes.got) == 4
    with push_town.reading() as act:
        assert act.session.scalars(select(Delivery)).all() == []


# — Where it goes —


def refused(endpoint: str, trusted: tuple[str, ...] = ()) -> str | None:
    keys = BrowserKeys()
    try:
        push.check(push.Browser(endpoint, keys.p256dh, keys.auth), trusted)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ",
        "https://web.push.apple.com/QGuQyavXutnMH",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_push_services_of_the_known_browsers_are_called(endpoint: str) -> None:
    assert refused(endpoint) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://user:pass@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://notify.windows.com.evil.example/x",
        "https://evilnotify.windows.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://10.0.0.1:5432/x",
        "https://169.254.169.254/latest/meta-data",
        "https://metadata.google.internal/x",
        "file:///etc/passwd",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "https://fcm.googleapis.com:99999999/x",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://[fcm.googleapis.com/x",
        "",
    ],
)
def test_nothing_else_is_ever_called(endpoint: str) -> None:
    assert refused(endpoint) == "push-service"


def test_an_operator_can_name_further_ones_with_their_port() -> None:
    assert refused("https://push.maple.example:8443/x", ("push.maple.example:8443",)) is None
    assert refused("https://push.maple.example/x", ("push.maple.example:8443",)) == "push-service"
    assert refused("http://push.maple.example:8443/x", ("push.maple.example:8443",)) == "push-service"


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", ""), ("AAAA", "A" * 22), ("B" + "A" * 86, "A" * 22), (None, "A" * 21), (None, "AAAA"), (None, "!" * 22)],
)
def test_keys_that_nothing_can_be_sealed_to_are_refused(p256dh: str | None, auth: str) -> None:
    keys = BrowserKeys()
    browser = push.Browser("https://fcm.googleapis.com/x", keys.p256dh if p256dh is None else p256dh, auth)
    with pytest.raises(Refusal, match="push-keys"):
        push.check(browser)


def send(town: Town, endpoint: str, trusted: tuple[str, ...] = ()) -> None:
    keys = BrowserKeys()
    browser = push.Browser(endpoint, keys.p256dh, keys.auth)
    push.send(town.here.settings.data, browser, {"body": "x"}, "town@maple.example", 60, trusted=trusted)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_known_name_that_stands_for_an_address_inside_a_network_is_not_called(
    town: Town, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Whoever answers for the name says so only when it is called, and not when it was looked at."""
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))
    inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [public, inside])
    called: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_more: called.append(args))
    with pytest.raises(push.Failed):
        send(town, "https://fcm.googleapis.com/x")
    assert not called


def test_no_redirect_is_followed(town: Town, pushes: PushService, tls: tuple[Path, Path]) -> None:
    with push_service(*tls) as other:
        pushes.status, pushes.location = 307, other.endpoint()
        with pytest.raises(push.Failed):
            send(town, pushes.endpoint(), (pushes.address, other.address))
        assert len(pushes.got) == 1 and not other.got


def test_a_service_that_cannot_show_who_it_is_gets_nothing(
    town: Town, pushes: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(push.Failed):
        send(town, pushes.endpoint(), (pushes.address,))
    assert not pushes.got


def test_what_is_said_of_a_failure_holds_no_address_of_a_browser(town: Town, pushes: PushService) -> None:
    pushes.status = 500
    with pytest.raises(push.Failed) as failed:
        send(town, pushes.endpoint("a-secret-path"), (pushes.address,))
    assert "a-secret-path" not in str(failed.value)


# — The town's key —


def test_the_towns_key_is_made_once_and_is_the_towns_alone(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    data = town.here.settings.data
    assert not (data / push.KEY_FILE).exists()
    first = push.public_key(data)
    assert push.public_key(data) == first
    assert len(base64.urlsafe_b64decode(first + "=")) == 65
    assert stat.S_IMODE((data / push.KEY_FILE).stat().st_mode) == 0o600
    assert not list(data.glob(f"{push.KEY_FILE}.*")), "nothing is left of making it"
    said = capfd.readouterr()
    assert "PRIVATE" not in said.out + said.err

"""One device against a small portal that checks every word of the contract."""

import asyncio
import base64
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.client import (
    BadAnswer,
    Client,
    FingerprintMismatch,
    Problem,
    Settings,
    Stopped,
    Unreachable,
    as_typed,
    fingerprint,
    seal,
)
from tests.simulator.portal import Portal, problem, stanzas


class Waits(list):
    """A sleep that takes no time, and what was slept, in seconds."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def portal():
    with Portal() as portal:
        yield portal
    assert portal.violations == []


OWNERS = [pyrage.x25519.Identity.generate() for _ in range(2)]
RECIPIENTS = [str(owner.to_public()) for owner in OWNERS]
EVENT_ID = "01938c5e-1111-7abc-8def-0123456789ab"
_UNUSED = httpx.AsyncClient()  # for clients that never speak; making one takes long


def event(**more) -> dict:
    started = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="milliseconds")
    return {"id": EVENT_ID, "kind": "motion", "started_at": started} | more


def on_device(portal: Portal, act, *, pair: bool = True, **how):
    """Run `act(client, waits)` with a client that is paired, unless told otherwise."""
    waits = Waits()

    async def go():
        async with httpx.AsyncClient(base_url=portal.url, trust_env=False) as http:
            client = Client(http, sleep=waits, rng=random.Random(1), **how)
            if pair:
                await join(client, *portal.invite(*RECIPIENTS))
            return await act(client, waits)

    return asyncio.run(go())


async def join(client: Client, code: str, expected: str) -> None:
    await client.pair(code, expected, model="Lantern 2", serial="S1", firmware="1.0")


# Pairing and the fingerprint


def test_fingerprint_is_the_first_40_bits_in_crockford_and_ignores_order():
    digest = hashlib.sha256("\n".join(sorted(RECIPIENTS)).encode()).digest()
    standard = base64.b32encode(digest).decode()[:8]
    crockford = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert fingerprint(RECIPIENTS) == fingerprint(RECIPIENTS[::-1]) == standard.translate(crockford)
    assert fingerprint(RECIPIENTS[:1]) != fingerprint(RECIPIENTS)
    assert fingerprint(["age1example"]) == "WDT2A9AW"


def test_code_may_be_typed_as_people_type():
    assert as_typed(" 7k3m-9qxO il") == "7K3M9QX011"


def test_pairing_gives_recipients_and_settings(portal):
    async def act(client, _):
        code, expected = portal.invite(*RECIPIENTS)
        await join(client, code.lower(), f"{expected[:4]}-{expected[4:].lower()}")
        assert client.recipients == tuple(RECIPIENTS)
        assert client.settings == Settings((((0.0, 0.0), (0.4, 0.0), (0.4, 0.3)),), False, 300, 1)
        await client.send_events([event()])

    on_device(portal, act, pair=False)
    assert EVENT_ID in portal.device("S1").events


@pytest.mark.parametrize("recipients", [[], RECIPIENTS[:1], [*RECIPIENTS, RECIPIENTS[0]]])
def test_device_refuses_recipients_that_the_code_did_not_promise(portal, recipients):
    code, expected = portal.invite(*RECIPIENTS)
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    portal.swap = [*recipients, stranger]

    async def act(client, _):
        with pytest.raises(FingerprintMismatch):
            await join(client, code, expected)
        with pytest.raises(FingerprintMismatch):
            await client.send_events([event()])
        assert client.recipients == ()

    on_device(portal, act, pair=False)
    assert [path for _, path, _ in portal.calls] == ["/api/v1/pairings"]  # never spoke again


def test_an_empty_list_of_recipients_is_refused_even_with_its_own_fingerprint(portal):
    body = {"device_id": "d", "token": "t", "recipients": [], "settings": portal.settings}
    portal.script["/api/v1/pairings"] = [(201, {"Content-Type": "application/json"}, json.dumps(body))]

    async def act(client, _):
        with pytest.raises(FingerprintMismatch):
            await join(client, "AAAAAAAA", fingerprint([]))

    on_device(portal, act, pair=False)


def test_a_lost_answer_to_a_pairing_strands_nobody(portal):
    portal.script["/api/v1/pairings"] = [(502, {}, "")]

    async def act(client, waits):
        code, expected = portal.invite(*RECIPIENTS)
        await join(client, code, expected)
        await join(client, code, expected)  # the same code and serial, before the token's first use
        await client.send_events([event()])
        assert len(waits) == 1

    on_device(portal, act, pair=False)


def test_a_wrong_code_is_a_problem_and_is_not_tried_again(portal):
    async def act(client, waits):
        with pytest.raises(Problem) as caught:
            await join(client, "AAAAAAAA", "AAAAAAAA")
        assert (caught.value.status, caught.value.type) == (404, "/problems/code-unknown")
        assert waits == []

    on_device(portal, act, pair=False)


# Sealing


def test_sealed_to_every_recipient_and_to_nobody_else():
    sealed = seal(b"film", RECIPIENTS)
    assert [pyrage.decrypt(sealed.body, [owner]) for owner in OWNERS] == [b"film", b"film"]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed.body, [pyrage.x25519.Identity.generate()])
    assert stanzas(sealed.body) == ["X25519", "X25519"]


@pytest.mark.parametrize("recipients", [[], ["age1nonsense"]])
def test_sealing_to_nobody_is_refused(recipients):
    with pytest.raises(ValueError):
        seal(b"film", recipients)


def test_digest_is_a_structured_field():
    sealed = seal(b"film", RECIPIENTS)
    kind, _, value = sealed.digest.partition("=")
    assert kind == "sha-256" and value[0] == value[-1] == ":"
    assert base64.b64decode(value[1:-1]) == hashlib.sha256(sealed.body).digest()


# Events, clips, status


def test_results_come_in_the_order_sent_whatever_order_they_arrive_in(portal):
    events = [event(id=f"01938c5e-1111-7abc-8def-{n:012d}") for n in range(3)]

    async def act(client, _):
        await client.send_events(events[1:2])
        answer = [
            {"index": 2, "id": events[2]["id"], "status": "rejected", "reason": "too-late"},
            {"index": 0, "id": events[0]["id"], "status": "accepted", "clip": "send"},
            {"index": 1, "id": events[1]["id"], "status": "duplicate"},
        ]
        portal.script["/api/v1/events"] = [(200, {"Content-Type": "application/json"}, json.dumps({"results": answer}))]
        results = await client.send_events(events)
        assert [result.status for result in results] == ["accepted", "duplicate", "rejected"]
        assert results[0].clip == "send" and results[2].reason == "too-late"

    on_device(portal, act)


@pytest.mark.parametrize(
    "results",
    [
        [],
        [{"index": 0, "id": "another", "status": "accepted"}],
        [{"index": 0, "id": EVENT_ID, "status": "maybe"}],
        [{"index": 0, "id": EVENT_ID}],
        ["accepted"],
    ],
)
def test_an_answer_outside_the_contract_is_no_acknowledgement(portal, results):
    async def act(client, _):
        body = json.dumps({"results": results})
        portal.script["/api/v1/events"] = [(200, {"Content-Type": "application/json"}, body)]
        with pytest.raises(BadAnswer):
            await client.send_events([event()])

    on_device(portal, act)


@pytest.mark.parametrize("count", [0, 501])
def test_a_call_carries_1_to_500_events(portal, count):
    async def act(client, _):
        with pytest.raises(ValueError):
            await client.send_events([event()] * count)

    on_device(portal, act)
    assert portal.bodies("POST", "/api/v1/events") == []


def test_a_retried_upload_sends_the_same_sealed_bytes(portal):
    path = f"/api/v1/clips/{EVENT_ID}"

    async def act(client, _):
        clip, poster = seal(b"film" * 99, client.recipients), seal(b"still", client.recipients)
        await client.send_events([event(clip={"bytes": len(clip.body), "seconds": 8})])
        portal.script[path] = [(503, {}, ""), (429, {"Retry-After": "2"}, ""), (400, {}, "")]
        portal.script[path + "/poster"] = [(500, {}, "")]
        assert await client.put_clip(EVENT_ID, clip)
        assert await client.put_poster(EVENT_ID, poster)
        assert await client.put_clip(EVENT_ID, clip)  # again after it was stored
        other = seal(b"film" * 99, client.recipients)
        assert other.body != clip.body
        event_id = EVENT_ID[:-1] + "c"
        sized = event(id=event_id, clip={"bytes": len(clip.body), "seconds": 8})
        await client.send_events([sized])
        return clip, poster

    clip, poster = on_device(portal, act)
    assert portal.bodies("PUT", path) == [clip.body] * 5
    assert portal.bodies("PUT", path + "/poster") == [poster.body] * 2
    assert pyrage.decrypt(portal.device("S1").clips[EVENT_ID], [OWNERS[1]]) == b"film" * 99


def test_when_the_portal_holds_other_bytes_the_device_gives_up_without_a_retry(portal):
    async def act(client, waits):
        portal.script[f"/api/v1/clips/{EVENT_ID}"] = [(409, {}, "")]
        assert not await client.put_clip(EVENT_ID, seal(b"film", client.recipients))
        assert waits == []

    on_device(portal, act)


def test_a_clip_before_its_event_is_a_problem(portal):
    async def act(client, _):
        with pytest.raises(Problem) as caught:
            await client.put_clip(EVENT_ID, seal(b"film", client.recipients))
        assert caught.value.status == 404 and caught.value.type.endswith("event-unknown")

    on_device(portal, act)


def test_status_brings_new_settings_once(portal):
    async def act(client, _):
        async def status():
            return await client.send_status(battery=80, rssi=-60, firmware="1.0", uptime=5)

        assert (await status()).version == 1
        portal.settings = {"privacy_zones": [], "audio": False, "status_seconds": 60, "version": 2}
        assert await status() == client.settings == Settings((), False, 60, 2)
        await status()

    on_device(portal, act)
    assert [status["settings_version"] for status in portal.device("S1").statuses] == [1, 1, 2]


def test_date_is_the_devices_own_clock(portal):
    skewed = on_device(
        portal,
        lambda client, _: client.send_events([event(started_at=(datetime.now(UTC) + WRONG).isoformat())]),
        clock=lambda: datetime.now(UTC) + WRONG,
    )
    assert skewed[0].status == "accepted"
    assert abs(portal.device("S1").skews[0] - WRONG.total_seconds()) < 10


WRONG = timedelta(hours=3)


# Refusals and retries


@pytest.mark.parametrize("status", [401, 410])
def test_a_removed_device_stops_for_good(portal, status):
    async def act(client, waits):
        if status == 410:
            portal.device("S1").removed = True
        else:
            portal.devices.clear()
        for _ in range(2):
            with pytest.raises(Stopped):
                await client.send_events([event()])
        with pytest.raises(Stopped):
            await client.send_status(battery=1, rssi=-1, firmware="1", uptime=1)
        assert waits == []

    on_device(portal, act)
    assert len(portal.calls) == 2  # the pairing and one refusal


def test_problem_document_is_read_with_its_errors(portal):
    errors = [{"pointer": "/events/0/kind", "detail": "unknown"}]
    answer = problem(422, "invalid", "Invalid", detail="one is wrong", errors=errors)

    async def act(client, waits):
        portal.script["/api/v1/events"] = [(422, dict(answer.headers), answer.get_data())]
        with pytest.raises(Problem) as caught:
            await client.send_events([event()])
        assert caught.value.errors == [("/events/0/kind", "unknown")]
        assert "one is wrong" in str(caught.value) and caught.value.title == "Invalid"
        assert waits == []

    on_device(portal, act)


@pytest.mark.parametrize("text", ["<h1>Gone wrong</h1>", "[1]", ""])
def test_a_refusal_that_is_no_problem_document_is_one_all_the_same(portal, text):
    async def act(client, _):
        portal.script["/api/v1/events"] = [(403, {}, text)]
        with pytest.raises(Problem) as caught:
            await client.send_events([event()])
        assert (caught.value.status, caught.value.title) == (403, "FORBIDDEN")

    on_device(portal, act)


def test_retry_after_is_honoured_in_seconds_and_as_a_date(portal):
    now = datetime.now(UTC)
    dates = {"Date": format_datetime(now, usegmt=True)}
    later = format_datetime(now + timedelta(seconds=40), usegmt=True)

    async def act(client, waits):
        portal.script["/api/v1/events"] = [
            (429, {"Retry-After": "7"}, ""),
            (503, {"Retry-After": later} | dates, ""),
            (503, {"Retry-After": "soon"}, ""),
        ]
        await client.send_events([event()])
        assert 7 <= waits[0] <= 8 and 39 <= waits[1] <= 42 and waits[2] <= 2
        assert client.retries == 3

    on_device(portal, act)


def test_a_portal_that_is_down_is_unreachable_after_all_attempts():
    waits = Waits()

    async def act():
        async with httpx.AsyncClient(base_url="http://127.0.0.1:9", trust_env=False) as http:
            with pytest.raises(Unreachable):
                await join(Client(http, sleep=waits, attempts=4), "AAAAAAAA", "AAAAAAAA")

    asyncio.run(act())
    assert len(waits) == 3


@given(attempt=st.integers(0, 40), first=st.floats(0.01, 5), seed=st.integers())
def test_back_off_doubles_with_jitter_up_to_a_limit(attempt, first, seed):
    client = Client(_UNUSED, rng=random.Random(seed), pause=first, longest_pause=30)
    full = min(30, first * 2**attempt)
    assert full / 2 <= client._pause(attempt, None) <= full
    assert 100 <= client._pause(attempt, 100) <= 100 + first


def test_jitter_keeps_devices_from_coming_back_together():
    pauses = {Client(_UNUSED, rng=random.Random(seed))._pause(4, retry) for seed in range(50) for retry in (None, 5.0)}
    assert len(pauses) == 100

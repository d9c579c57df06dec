"""One device's side of the device contract, version 1, over HTTP."""

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpx
import pyrage

from simulator.wire import Line

MOST_EVENTS = 500  # in one call
_JSON = {"Content-Type": "application/json"}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Zone = tuple[tuple[float, float], ...]  # a polygon; both coordinates from 0 to 1, from the upper left


class Problem(Exception):
    """The portal refused a call for good (RFC 9457). errors: [(JSON pointer, detail)]."""

    def __init__(self, status: int, type: str, title: str, detail: str, errors: Sequence[tuple[str, str]] = ()):
        super().__init__(" ".join(part for part in (str(status), title or type, detail) if part))
        self.status, self.type, self.title, self.detail = status, type, title, detail
        self.errors = list(errors)

    @classmethod
    def read(cls, answer: httpx.Response) -> "Problem":
        """From any answer; one that is no problem document keeps its status and reason phrase."""
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return cls(answer.status_code, "about:blank", answer.reason_phrase, "")
        errors = [
            (str(error.get("pointer", "")), str(error.get("detail", "")))
            for error in body.get("errors") or ()
            if isinstance(error, dict)
        ]
        kind, title = str(body.get("type", "about:blank")), str(body.get("title", answer.reason_phrase))
        return cls(answer.status_code, kind, title, str(body.get("detail", "")), errors)


class Stopped(Exception):
    """The device must not go on: token unknown (401), device removed (410), or it refused the portal."""


class FingerprintMismatch(Stopped):
    """The recipients that the portal gave are not those whose fingerprint came with the code."""


class Unreachable(Exception):
    """No answer that counts after all attempts; what was to be sent is still the device's to keep.

    pause: seconds to wait before the next call.
    """

    def __init__(self, message: str, pause: float = 0.0):
        super().__init__(message)
        self.pause = pause


class BadAnswer(Exception):
    """The portal answered outside the contract."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner set. status_seconds: from one status to the next."""

    privacy_zones: tuple[Zone, ...] = ()
    audio: bool = False
    status_seconds: float = 300
    version: int = 0

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Settings":
        """Raises BadAnswer."""
        try:
            zones = tuple(tuple((float(x), float(y)) for x, y in zone) for zone in body["privacy_zones"])
            read = cls(zones, bool(body["audio"]), float(body["status_seconds"]), int(body["version"]))
            return _SAME_SETTINGS.setdefault(read, read)  # ten thousand devices share a few
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"settings cannot be read: {error!r}") from error


_SAME_SETTINGS: dict[Settings, Settings] = {}


@dataclass(frozen=True, slots=True)
class Result:
    """What the portal says to one event.

    status: "accepted" | "duplicate" | "rejected". clip: "send" | "refused", for an event that announced one.
    """

    status: str
    reason: str | None = None
    clip: str | None = None


@dataclass(frozen=True)
class Sealed:
    """An age file. Sealing is randomised, so these very bytes are kept until the portal acknowledges them."""

    body: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The value of Content-Digest (RFC 9530)."""
        return f"sha-256=:{base64.b64encode(hashlib.sha256(self.body).digest()).decode()}:"


def seal(data: bytes, recipients: Sequence[str]) -> Sealed:
    """Sealed to all of the recipients ("age1…"). Raises ValueError for none, or a malformed one."""
    if not recipients:
        raise ValueError("nobody to seal to")
    try:
        keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    except pyrage.RecipientError as error:
        raise ValueError(f"a recipient cannot be read: {error}") from error
    return Sealed(pyrage.encrypt(data, keys))


def fingerprint(recipients: Sequence[str]) -> str:
    """The first 8 Crockford base32 characters of SHA-256 over the sorted recipients, joined with newlines."""
    digest = hashlib.sha256("\n".join(sorted(recipients)).encode()).digest()
    bits = int.from_bytes(digest[:5], "big")
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))


def as_typed(code: str) -> str:
    """A code as Crockford reads it: capitals, no hyphens or spaces, I and L are 1, O is 0."""
    return code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("ILO", "110"))


def utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """One device. All calls retry on 429, 5xx and a broken connection, up to `attempts` times; with one attempt,
    Unreachable says when to come back.

    http: an httpx.AsyncClient with the portal's base URL, or a Line. clock: the device's own, as wrong as it may be;
    sent as `Date`, so that the portal learns the skew. pause: seconds of the first back-off; it doubles up to
    `longest_pause`.
    Every call raises Stopped, Problem, Unreachable or BadAnswer.
    """

    __slots__ = (
        "_attempts", "_clock", "_failures", "_first_pause", "_http", "_longest_pause", "_rng", "_sleep", "_stopped",
        "device_id", "recipients", "retries", "settings", "token",
    )  # fmt: skip

    def __init__(
        self,
        http: httpx.AsyncClient | Line,
        *,
        clock: Callable[[], datetime] = utc_now,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        attempts: int = 8,
        pause: float = 0.5,
        longest_pause: float = 30.0,
    ):
        self._http, self._clock, self._sleep = http, clock, sleep
        self._rng = rng or random.Random()
        self._attempts, self._first_pause, self._longest_pause = attempts, pause, longest_pause
        self._failures = 0  # calls in a row that reached nobody
        self.token: str | None = None
        self._stopped: Stopped | None = None
        self.device_id: str | None = None
        self.recipients: tuple[str, ...] = ()
        self.settings = Settings()
        self.retries = 0

    async def pair(self, code: str, expected: str, *, model: str, serial: str, firmware: str) -> None:
        """Redeem a one-time code. expected: the recipients' fingerprint that came with the code.

        Raises FingerprintMismatch, and then never speaks to the portal again.
        """
        self.token = None  # a pairing is asked for without one
        body = {"code": as_typed(code), "model": model, "serial": serial, "firmware": firmware}
        answer = _object(await self._call("POST", "/api/v1/pairings", (201,), _json(body)))
        try:
            device_id, token = str(answer["device_id"]), str(answer["token"])
            recipients = tuple(str(recipient) for recipient in answer["recipients"])
            settings = Settings.read(answer["settings"])
        except (KeyError, TypeError) as error:
            raise BadAnswer(f"the pairing cannot be read: {error!r}") from error
        if not recipients or fingerprint(recipients) != as_typed(expected):
            self._stopped = FingerprintMismatch(
                f"the portal's recipients have fingerprint {fingerprint(recipients)}, not {expected}"
            )
            raise self._stopped
        self.device_id, self.token, self.recipients, self.settings = device_id, token, recipients, settings

    async def send_events(self, events: Sequence[Mapping[str, Any]]) -> list[Result]:
        """1 to 500 events as the contract words them; results in the same order."""
        return await self.send_encoded([event["id"] for event in events], [_json(event) for event in events])

    async def send_encoded(self, ids: Sequence[str], events: Sequence[bytes]) -> list[Result]:
        """As send_events, for events that are JSON already; ids: theirs, in the same order."""
        if not 1 <= len(events) <= MOST_EVENTS:
            raise ValueError(f"a call carries 1 to {MOST_EVENTS} events, not {len(events)}")
        body = b'{"events":[' + b",".join(events) + b"]}"
        answer = _object(await self._call("POST", "/api/v1/events", (200,), body))
        try:
            items = sorted(answer["results"], key=lambda item: item["index"])
            if [(item["index"], item["id"]) for item in items] != list(enumerate(ids)):
                raise BadAnswer("the results are not those of the events sent")
            results = [Result(item["status"], item.get("reason"), item.get("clip")) for item in items]
        except (AttributeError, KeyError, TypeError) as error:
            raise BadAnswer(f"the results cannot be read: {error!r}") from error
        if odd := {result.status for result in results} - {"accepted", "duplicate", "rejected"}:
            raise BadAnswer(f"unknown status of an event: {odd}")
        return results

    async def put_clip(self, event_id: str, sealed: Sealed) -> bool:
        """True once the portal holds these bytes; False when it holds others and keeps those."""
        return await self._put(f"/api/v1/clips/{event_id}", sealed) != 409

    async def put_poster(self, event_id: str, sealed: Sealed) -> bool:
        """As put_clip, for the sealed still picture."""
        return await self._put(f"/api/v1/clips/{event_id}/poster", sealed) != 409

    async def holds_clip(self, event_id: str, sealed: Sealed) -> bool:
        """Whether the portal still has a clip that it acknowledged: it takes the very bytes as known."""
        return await self._put(f"/api/v1/clips/{event_id}", sealed) == 200

    async def send_status(self, *, battery: int, rssi: int, firmware: str, uptime: int) -> Settings:
        """battery: per cent. rssi: dBm. uptime: seconds. Adopts new settings; returns those in force."""
        body = {
            "battery": battery,
            "rssi": rssi,
            "firmware": firmware,
            "uptime": uptime,
            "settings_version": self.settings.version,
        }
        answer = await self._call("POST", "/api/v1/status", (200, 204), _json(body))
        if answer.status_code == 200 and (settings := _object(answer).get("settings")):
            self.settings = Settings.read(settings)
        return self.settings

    async def _put(self, path: str, sealed: Sealed) -> int:
        headers = {"Content-Type": "application/age", "Content-Digest": sealed.digest}
        # 400: the bytes were damaged on their way, which another try mends.
        answer = await self._call("PUT", path, (200, 201, 204, 409), sealed.body, headers, again=(400,))
        return answer.status_code

    async def _call(
        self,
        method: str,
        path: str,
        expected: Sequence[int],
        body: bytes,
        headers: Mapping[str, str] = _JSON,
        *,
        again: Sequence[int] = (),
    ) -> httpx.Response:
        """again: statuses to retry besides 429 and 5xx."""
        if self._stopped:
            raise self._stopped
        for attempt in range(self._attempts):
            retry_after = None
            try:
                answer = await self._http.request(method, path, headers=self._headers(headers), content=body)
            except httpx.TransportError as error:
                failure: Exception = error
            else:
                status = answer.status_code
                if status in expected:
                    self._failures = 0
                    return answer
                failure = Problem.read(answer)
                gone = status == 410 and not failure.type.endswith("clip-expired")
                if self.token and (status == 401 or gone):
                    self._stopped = Stopped(str(failure))
                    raise self._stopped from failure
                if status != 429 and status < 500 and status not in again:
                    raise failure
                retry_after = self._retry_after(answer)
            pause = self._pause(self._failures, retry_after)
            self._failures += 1
            if attempt + 1 < self._attempts:
                self.retries += 1
                await self._sleep(pause)
        raise Unreachable(f"{method} {path}: {failure!r}", pause) from failure

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        now = format_datetime(self._clock().astimezone(UTC), usegmt=True)
        headers = {"Date": now, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers | dict(more)

    def _pause(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait: what the portal asked for and a little more, else doubling, in part by chance."""
        step = min(self._longest_pause, self._first_pause * 2 ** min(attempt, 40))
        if retry_after is not None:
            return retry_after + self._rng.uniform(0, self._first_pause)
        return step * self._rng.uniform(0.5, 1)

    def _retry_after(self, answer: httpx.Response) -> float | None:
        """Seconds, from a number or a date (measured against the portal's own Date, if it sends one)."""
        value = answer.headers.get("Retry-After", "").strip()
        if value.isdigit():
            return float(value)
        try:
            now = answer.headers.get_list("Date")  # a portal behind a proxy may send two
            moment = parsedate_to_datetime(now[0]) if now else self._clock()
            return max(0.0, (parsedate_to_datetime(value) - moment).total_seconds())
        except (TypeError, ValueError):
            return None


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise BadAnswer("the answer is not JSON") from error
    if not isinstance(body, dict):
        raise BadAnswer("the answer is not a JSON object")
    return body

"""What goes wrong between a doorbell and its portal, on purpose.

The client knows nothing of this: most faults live in `Network`, a transport under it; the rest are times and
queues that the fleet asks this module about.
"""

import asyncio
import base64
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

import httpx

Spell = tuple[datetime, datetime]  # offline from, until
PIECE = 2048  # bytes that a slow link takes at once


@dataclass(frozen=True)
class Profile:
    """How bad it gets. Chances are from 0 to 1, for each request unless said otherwise.

    plaintext, malformed, wrong_digest and revoked put a request before the real one that the portal has to refuse.
    """

    duplicate: float = 0  # the request arrives twice
    lose_answer: float = 0  # it arrives, but its answer does not come back
    delay: float = 0
    delay_seconds: float = 0  # at most
    slow: float = 0  # the request trickles
    slow_bytes: float = 64_000  # a second
    cut: float = 0  # an upload ends half-way
    garble: float = 0  # an upload arrives with a wrong byte
    wrong_digest: float = 0  # an upload arrives first with the digest of something else
    plaintext: float = 0  # an upload arrives first unsealed
    malformed: float = 0  # events arrive first as broken JSON
    revoked: float = 0  # the call is made first with a token that was revoked
    reorder: bool = False  # events leave in any order
    spells_a_day: float = 0  # offline
    spell_minutes: float = 0  # on average
    queue: int = 500  # events that a device holds while it is offline; the oldest go first
    clip_queue: int = 16  # clips likewise
    skew_seconds: float = 0  # of the device's clock, at most, either way
    restart: float = 0  # for each batch that was acknowledged
    restart_upload: float = 0  # for each upload: the power fails in the middle of it


PROFILES = {
    "none": Profile(),
    "mild": Profile(
        duplicate=0.02, lose_answer=0.02, delay=0.1, delay_seconds=0.3, cut=0.03, garble=0.01,
        spells_a_day=0.5, spell_minutes=20, queue=50, skew_seconds=20, restart=0.01, restart_upload=0.01,
    ),
    "harsh": Profile(
        duplicate=0.15, lose_answer=0.1, delay=0.3, delay_seconds=1, cut=0.15, garble=0.1, reorder=True,
        spells_a_day=3, spell_minutes=60, queue=3, clip_queue=2, skew_seconds=900, restart=0.15,
        restart_upload=0.1, slow=0.05,
    ),
    "hostile": Profile(wrong_digest=0.5, plaintext=0.5, malformed=0.3, revoked=0.3),
    "all": Profile(
        duplicate=0.15, lose_answer=0.1, delay=0.3, delay_seconds=1, cut=0.15, garble=0.1, reorder=True,
        spells_a_day=3, spell_minutes=60, queue=3, clip_queue=2, skew_seconds=900, restart=0.15,
        restart_upload=0.1, slow=0.05, wrong_digest=0.3, plaintext=0.3, malformed=0.2, revoked=0.2,
    ),
}  # fmt: skip

# One switch for each fault: what it sets, and what its number means.
SWITCHES: dict[str, tuple[dict[str, float | bool], str | None]] = {
    "duplicate": ({"duplicate": 0.3}, "duplicate"),
    "lost-answer": ({"lose_answer": 0.2}, "lose_answer"),
    "reorder": ({"reorder": True}, None),
    "delay": ({"delay": 0.5, "delay_seconds": 1.0}, "delay_seconds"),
    "offline": ({"spells_a_day": 3.0, "spell_minutes": 60.0}, "spells_a_day"),
    "skew": ({"skew_seconds": 900.0}, "skew_seconds"),
    "truncated": ({"cut": 0.3, "garble": 0.2}, "cut"),
    "digest": ({"wrong_digest": 0.5}, "wrong_digest"),
    "plaintext": ({"plaintext": 0.5}, "plaintext"),
    "revoked": ({"revoked": 0.3}, "revoked"),
    "malformed": ({"malformed": 0.3}, "malformed"),
    "restart": ({"restart": 0.2, "restart_upload": 0.3}, "restart_upload"),
    "slow": ({"slow": 0.5}, "slow_bytes"),
    "queue": ({"queue": 3, "clip_queue": 2}, "queue"),
}
_LIMITS = {"delay_seconds": 60, "spells_a_day": 100, "skew_seconds": 80_000, "slow_bytes": 10**9, "queue": 10**6}


def switched(profile: Profile, switches: Sequence[str]) -> Profile:
    """A profile with more faults, each "name" or "name=number" of SWITCHES. Raises ValueError."""
    for switch in switches:
        name, has_number, text = switch.partition("=")
        if name not in SWITCHES:
            raise ValueError(f"no such fault: {name!r}; there are {', '.join(SWITCHES)}")
        changes, about = SWITCHES[name]
        changes = dict(changes)
        if has_number:
            if about is None:
                raise ValueError(f"{name} takes no number")
            most = _LIMITS.get(about, 1)
            try:
                number = float(text)
            except ValueError:
                raise ValueError(f"{switch}: {text!r} is no number") from None
            if not 0 < number <= most:
                raise ValueError(f"{switch}: a number above 0 and up to {most}")
            changes[about] = int(number) or 1 if about == "queue" else number
        profile = replace(profile, **changes)
    return profile


def words(profile: Profile) -> dict[str, float]:
    """What a profile does, for the report: every field that differs from a perfect network."""
    perfect = Profile()
    return {
        field.name: getattr(profile, field.name)
        for field in fields(Profile)
        if getattr(profile, field.name) != getattr(perfect, field.name)
    }


def spells(profile: Profile, rng: random.Random, start: datetime, end: datetime, pace: float = 1) -> list[Spell]:
    """When a device is offline in [start, end), in order, not overlapping.

    pace: life runs this much faster, so spells come more often and are shorter.
    """
    found: list[Spell] = []
    moment = start
    while profile.spells_a_day > 0:
        moment += timedelta(days=rng.expovariate(profile.spells_a_day * pace))
        if moment >= end:
            break
        until = moment + timedelta(minutes=rng.expovariate(pace / profile.spell_minutes))
        found.append((moment, min(until, end)))
        moment = until
    return found


def merged(spells: Sequence[Spell]) -> list[Spell]:
    """The same times, in order and without overlap."""
    found: list[Spell] = []
    for begin, until in sorted(spells):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((begin, until))
    return found


class Network(httpx.AsyncBaseTransport):
    """A bad connection: passes requests on to `inner`, which it does not close.

    offline: when nothing passes at all, by the true `clock`. probes: counts what the portal answered to what it had
    to refuse, "refused: …" or "taken: …". old_token: one that was revoked. Raises httpx.TransportError as a real
    one does.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        profile: Profile,
        rng: random.Random,
        clock: Callable[[], datetime],
        offline: Sequence[Spell] = (),
        probes: Counter[str] | None = None,
    ):
        self._inner, self._profile, self._rng, self._clock = inner, profile, rng, clock
        self.offline = tuple(offline)
        self.probes: Counter[str] = Counter() if probes is None else probes
        self.old_token: str | None = None
        self.cut_next = False  # the next request ends half-way

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError."""
        profile, rng = self._profile, self._rng
        if self.offline and any(begin <= self._clock() < until for begin, until in self.offline):
            raise httpx.ConnectError("offline", request=request)
        if self._happens(profile.delay):
            await asyncio.sleep(rng.uniform(0, profile.delay_seconds))
        for probe, refusals, name in self._hostile(request):
            answer = await self._inner.handle_async_request(probe)
            await _drop(answer)
            # A portal that is busy may say so; it has taken nothing.
            right = answer.status_code in refusals or answer.status_code in (429, 503)
            self.probes[f"{'refused' if right else 'taken'}: {name}"] += 1
        body = request.content
        if self.cut_next or (request.method == "PUT" and self._happens(profile.cut)):
            self.cut_next = False
            request.stream = _Half(body)
        elif request.method == "PUT" and self._happens(profile.garble):
            wrong = bytearray(body)
            wrong[rng.randrange(len(wrong))] ^= 0xFF
            request.stream = httpx.ByteStream(bytes(wrong))
        elif self._happens(profile.slow):
            request.stream = _Trickle(body, profile.slow_bytes)
        answer = await self._inner.handle_async_request(request)
        if self._happens(profile.duplicate):
            await _drop(answer)
            request.stream = httpx.ByteStream(body)
            answer = await self._inner.handle_async_request(request)
        if self._happens(profile.lose_answer):
            await _drop(answer)
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._rng.random() < chance

    def _hostile(self, request: httpx.Request) -> list[tuple[httpx.Request, tuple[int, ...], str]]:
        """Requests that a portal has to refuse, with the statuses that do."""
        profile, rng = self._profile, self._rng
        found = []
        upload, events = request.method == "PUT", request.url.path.endswith("/events")
        if self.old_token and self._happens(profile.revoked) and "Authorization" in request.headers:
            again = _copy(request, request.content, {"Authorization": f"Bearer {self.old_token}"})
            found.append((again, (401,), "revoked token"))
        if events and self._happens(profile.malformed):
            broken = request.content[: rng.randrange(1, len(request.content))]
            found.append((_copy(request, broken, {}), (400, 422), "malformed JSON"))
        if upload and self._happens(profile.wrong_digest):
            other = {"Content-Digest": _digest(request.content + b"!")}
            found.append((_copy(request, request.content, other), (400,), "wrong digest"))
        if upload and self._happens(profile.plaintext):
            bare = b"\x00\x00\x00\x18ftypmp42" * (len(request.content) // 12 + 1)
            bare = bare[: len(request.content)]
            found.append((_copy(request, bare, {"Content-Digest": _digest(bare)}), (422,), "plaintext"))
        return found


def _copy(request: httpx.Request, content: bytes, changes: dict[str, str]) -> httpx.Request:
    """The same request with another body and some other headers."""
    headers = {key: value for key, value in request.headers.items() if key.lower() != "content-length"}
    lower = {key.lower() for key in changes}
    headers = {key: value for key, value in headers.items() if key.lower() not in lower} | changes
    return httpx.Request(
        request.method, request.url, headers=headers, content=content, extensions=dict(request.extensions)
    )


def _digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


class _Half(httpx.AsyncByteStream):
    """The first half of a body whose length was announced in full; then the connection breaks."""

    def __init__(self, body: bytes):
        self._body = body

    async def __aiter__(self):
        yield self._body[: len(self._body) // 2]
        raise httpx.WriteError("the connection broke half-way")


class _Trickle(httpx.AsyncByteStream):
    """A body at so many bytes a second."""

    def __init__(self, body: bytes, pace: float):
        self._body, self._pace = body, pace

    async def __aiter__(self):
        for start in range(0, len(self._body), PIECE):
            yield self._body[start : start + PIECE]
            await asyncio.sleep(min(PIECE, len(self._body) - start) / self._pace)


async def _drop(answer: httpx.Response) -> None:
    """Read an answer to its end, so that the connection can be used again."""
    await answer.aread()
    await answer.aclose()

"""What goes wrong between a doorbell and its portal, on purpose.

The client knows nothing of this: most faults live in `Network`, a transport under it; the rest are times and
queues that the fleet asks this module about.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import httpx

Spell = tuple[datetime, datetime]  # offline from, until
T = TypeVar("T")


@dataclass(frozen=True)
class Profile:
    """How bad it gets. Chances are from 0 to 1, for each request unless said otherwise."""

    duplicate: float = 0  # the request arrives twice
    lose_answer: float = 0  # it arrives, but its answer does not come back
    delay: float = 0
    delay_seconds: float = 0  # at most
    cut: float = 0  # an upload ends half-way
    garble: float = 0  # an upload arrives with a wrong byte
    reorder: bool = False  # events leave in any order
    spells_a_day: float = 0  # offline
    spell_minutes: float = 0  # on average
    queue: int = 500  # events that a device holds while it is offline; the oldest go first
    clip_queue: int = 16  # clips likewise
    skew_seconds: float = 0  # of the device's clock, at most, either way
    restart: float = 0  # for each batch that was acknowledged


PROFILES = {
    "none": Profile(),
    "mild": Profile(
        duplicate=0.02, lose_answer=0.02, delay=0.1, delay_seconds=0.3, cut=0.03, garble=0.01,
        spells_a_day=0.5, spell_minutes=20, queue=50, skew_seconds=20, restart=0.01,
    ),
    "harsh": Profile(
        duplicate=0.15, lose_answer=0.1, delay=0.3, delay_seconds=1, cut=0.15, garble=0.1, reorder=True,
        spells_a_day=3, spell_minutes=60, queue=3, clip_queue=2, skew_seconds=900, restart=0.15,
    ),
}  # fmt: skip


def spells(
    profile: Profile, rng: random.Random, start: datetime, end: datetime, pace: float = 1
) -> list[Spell]:
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


def survivors(
    items: Sequence[T], when: Callable[[T], datetime], offline: Sequence[Spell], room: int
) -> list[T]:
    """What a device still holds after its offline spells: of each only the newest `room` items, in order."""
    lost: set[int] = set()
    for begin, until in offline:
        inside = [index for index, item in enumerate(items) if begin <= when(item) < until]
        inside.sort(key=lambda index: when(items[index]), reverse=True)
        lost.update(inside[room:])
    return [item for index, item in enumerate(items) if index not in lost]


class Network(httpx.AsyncBaseTransport):
    """A bad connection: passes requests on to `inner`, which it does not close.

    offline: when nothing passes at all, by the true `clock`. Raises httpx.TransportError as a real one does.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        profile: Profile,
        rng: random.Random,
        clock: Callable[[], datetime],
        offline: Sequence[Spell] = (),
    ):
        self._inner, self._profile, self._rng, self._clock = inner, profile, rng, clock
        self.offline = list(offline)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError."""
        profile, rng = self._profile, self._rng
        if any(begin <= self._clock() < until for begin, until in self.offline):
            raise httpx.ConnectError("offline", request=request)
        if rng.random() < profile.delay:
            await asyncio.sleep(rng.uniform(0, profile.delay_seconds))
        if request.method == "PUT" and rng.random() < profile.cut:
            request.stream = _Half(request.content)
        elif request.method == "PUT" and rng.random() < profile.garble:
            body = bytearray(request.content)
            body[rng.randrange(len(body))] ^= 0xFF
            request.stream = httpx.ByteStream(bytes(body))
        answer = await self._inner.handle_async_request(request)
        if rng.random() < profile.duplicate:
            await _drop(answer)
            answer = await self._inner.handle_async_request(request)
        if rng.random() < profile.lose_answer:
            await _drop(answer)
            raise httpx.ReadError("the answer was lost", request=request)
        return answer


class _Half(httpx.AsyncByteStream):
    """The first half of a body whose length was announced in full; then the connection breaks."""

    def __init__(self, body: bytes):
        self._body = body

    async def __aiter__(self):
        yield self._body[: len(self._body) // 2]
        raise httpx.WriteError("the connection broke half-way")


async def _drop(answer: httpx.Response) -> None:
    """Read an answer to its end, so that the connection can be used again."""
    await answer.aread()
    await answer.aclose()

"""`kill -9` of the server in the middle of uploads: no half clip, the retry succeeds, the sweep leaves no orphan."""

import hashlib
import os
import signal
import sys
import time
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import select

from portal.clips.models import SealedFile
from portal.clock import Clock
from tests import factories
from tests.devices.tools import Porch
from tests.test_slow_upload import Server, running, started, status_of

# What a server does as its last act: the text is run before it starts, and `die` is `kill -9` of itself.
LAST_ACTS = {
    "before the file has its place": "import portal.store; portal.store.os.replace = die",
    "between the file and its row": "import portal.clips.service as service; service.keep = die",
    "between the row and the answer": "import portal.clips.api as api; api.Response = die",
}
HEAD = "import os, signal, sys\ndef die(*_a, **_k): os.kill(os.getpid(), signal.SIGKILL)\n"


def kill(server: Server) -> None:
    everyone = running(server.process.pid)
    for pid in (server.process.pid, *everyone):  # the one that would start another first
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()


def upload_head(porch: Porch, event: dict[str, Any], sealed: bytes) -> str:
    return (
        f"PUT /api/v1/clips/{event['id']} HTTP/1.1\r\nAuthorization: Bearer {porch.token}\r\n"
        f"Content-Length: {len(sealed)}\r\nContent-Digest: {factories.digest(sealed)['Content-Digest']}"
    )


def every_clip_is_whole_or_not_there(porch: Porch) -> int:
    """How many there are."""
    with porch.town.reading() as act:
        rows = act.session.scalars(select(SealedFile)).all()
    for row in rows:
        content = porch.town.here.store.path(row.name).read_bytes()
        assert (len(content), hashlib.sha256(content).digest()) == (row.size, row.sha256)
    assert sum(event.has_clip for event in porch.events()) == len(rows)
    return len(rows)


@pytest.fixture
def sent(porch: Porch) -> list[tuple[dict[str, Any], bytes]]:
    """Events that were told, and the sealed clips that are to follow them."""
    porch.town.clock.at = Clock().now()  # the server's clock goes
    clips = [factories.seal(os.urandom(600_000), porch.owner.recipient) for _ in range(7)]
    events = [(factories.event(porch.town.clock.now(), clip=sealed), sealed) for sealed in clips]
    assert all(result["clip"] == "send" for result in porch.send(*(event for event, _sealed in events)))
    return events


def test_a_server_killed_at_any_byte_of_an_upload_keeps_no_half_clip_and_loses_none(
    porch: Porch, sent: list[tuple[dict[str, Any], bytes]]
) -> None:
    town = porch.town
    cuts = (0, 40, 300_000, 600_000)
    with started(town, "--no-worker") as server, ExitStack() as stack:
        for cut, (event, sealed) in zip(cuts, sent, strict=False):
            stack.enter_context(server.beginning(upload_head(porch, event, sealed), sealed[:cut]))
        end = time.monotonic() + 30
        while len(list(town.here.store.staging.iterdir())) < len(cuts):
            assert time.monotonic() < end, "the uploads never began"
            time.sleep(0.02)
        kill(server)
    assert every_clip_is_whole_or_not_there(porch) == 0

    for last_act, (event, sealed) in zip(LAST_ACTS.values(), sent[len(cuts) :], strict=True):
        serve = (
            HEAD + last_act + "\nfrom portal.cli import main\nsys.argv = ['porchlight', 'serve', '--no-worker']\nmain()"
        )
        with started(town, command=[sys.executable, "-c", serve]) as server:
            with server.beginning(upload_head(porch, event, sealed), sealed) as sender:
                assert sender.recv(1) == b"", "it died before it answered"
            kill(server)
        every_clip_is_whole_or_not_there(porch)
    assert every_clip_is_whole_or_not_there(porch) == 1, "the one whose row was written"

    with started(town, "--no-worker") as server:
        answers = []
        for event, sealed in sent:
            with server.beginning(upload_head(porch, event, sealed), sealed) as sender:
                answers.append(status_of(sender))
    assert answers == [201] * 6 + [200], "each is sent again, and each is there"
    assert every_clip_is_whole_or_not_there(porch) == len(sent)

    left = town.files()
    assert len(left) > len(sent), "what the killed servers left behind"
    for name in left:
        path = town.here.store.path(name)
        then = path.stat().st_mtime - 7200
        os.utime(path, (then, then))
    town.chores()
    assert every_clip_is_whole_or_not_there(porch) == len(sent)
    with town.reading() as act:
        assert sorted(act.session.scalars(select(SealedFile.name))) == town.files()

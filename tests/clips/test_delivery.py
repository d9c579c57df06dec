"""PUT /api/v1/clips/<event id> and …/poster: sealed bytes come in whole, once, for an event that announced them."""

import base64
import contextlib
import hashlib
import io
import os
import shutil
import socket
import threading
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from portal import codes
from portal.clips.models import SealedFile
from portal.devices import queries
from tests import factories
from tests.devices.tools import Porch, count, everything, opened, pairing_code, problem
from tests.factories import Owner, digest, seal
from tests.helpers import Town
from tests.media import files

MANY = 3  # recipients of a household


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real MP4 of a few frames, as a camera would have made it."""
    return files.video(tmp_path_factory.mktemp("film") / "porch.mp4", seconds=0.5).read_bytes()


@pytest.fixture
def sealed(porch: Porch, film: bytes) -> bytes:
    return seal(film, porch.owner.recipient)


def announced(porch: Porch, sealed: bytes, **fields: Any) -> str:
    """An event that announced this clip; the device's id of it."""
    sent = factories.event(porch.town.clock.now(), clip=sealed) | fields
    assert porch.send(sent)[0]["clip"] == "send"
    return sent["id"]


def kept(porch: Porch) -> list[SealedFile]:
    with porch.town.reading() as act:
        return list(act.session.query(SealedFile).order_by(SealedFile.received_at))


def put(porch: Porch, event_id: str, body: bytes, poster: bool = False, **headers: str) -> Any:
    path = f"clips/{event_id}{'/poster' if poster else ''}"
    return porch.door.put(path, body, **(digest(body) | headers))


def all_is_whole(town: Town) -> None:
    """Every row has its file with its bytes, and no file is without a row."""
    with town.reading() as act:
        rows = list(act.session.query(SealedFile))
    for row in rows:
        content = town.here.store.path(row.name).read_bytes()
        assert (len(content), hashlib.sha256(content).digest()) == (row.size, row.sha256)
    assert sorted(row.name for row in rows) == town.files()


# — The way it should go —


@pytest.mark.parametrize("poster", [False, True])
def test_a_sealed_file_is_kept_as_it_came(porch: Porch, sealed: bytes, poster: bool) -> None:
    event_id = announced(porch, sealed)
    body = seal(b"a still picture", porch.owner.recipient) if poster else sealed
    answer = put(porch, event_id, body, poster)
    assert (answer.status_code, answer.data) == (201, b"")
    [row] = kept(porch)
    assert (row.kind, row.size) == ("poster" if poster else "clip", len(body))
    assert row.sha256 == hashlib.sha256(body).digest()
    assert porch.town.files() == [row.name]
    assert porch.town.here.store.path(row.name).read_bytes() == body
    [event] = porch.events()
    assert (event.has_clip, event.has_poster) == (not poster, poster)


def test_clip_and_poster_of_one_event_stand_beside_each_other_in_any_order(porch: Porch, sealed: bytes) -> None:
    event_id, picture = announced(porch, sealed), seal(b"a still picture", porch.owner.recipient)
    assert put(porch, event_id, picture, poster=True).status_code == 201
    assert put(porch, event_id, sealed).status_code == 201
    assert {row.kind for row in kept(porch)} == {"clip", "poster"}
    all_is_whole(porch.town)


def test_the_disk_holds_no_video_and_the_owner_opens_the_very_same_one(
    porch: Porch, film: bytes, sealed: bytes
) -> None:
    assert b"ftyp" in film
    event_id = announced(porch, sealed)
    put(porch, event_id, sealed)
    [name] = porch.town.files()
    on_disk = porch.town.here.store.path(name).read_bytes()
    assert b"ftyp" not in on_disk and b"moov" not in on_disk and film[:64] not in on_disk
    page_id = porch.page_id({"id": event_id})
    answer = porch.town.browser(porch.rosa).get(f"/events/{page_id}/clip")
    assert answer.response.mimetype == "application/age"
    assert opened(answer.response.data, porch.owner.identity) == film


def test_everybody_of_the_household_can_open_what_was_sealed_to_all_of_them(town: Town, film: bytes) -> None:
    porch = Porch.built(town)
    paul = Owner(town, factories.resident(town, "Paul", household_id=porch.rosa.household_id))
    code = pairing_code(town, porch.rosa)
    paired = town.device(None).post(
        "pairings", {"code": code, "model": "L", "serial": porch.device.serial, "firmware": "1"}
    )
    porch.door = town.device(paired.json["token"])
    both = seal(film, *paired.json["recipients"])
    event_id = announced(porch, both)
    assert put(porch, event_id, both).status_code == 201
    address = f"/events/{porch.page_id({'id': event_id})}/clip"
    for owner in (porch.owner, paul):
        assert owner.open(town.browser(owner.account).get(address).response.data) == film


def test_a_file_of_the_largest_size_is_taken_in_pieces(tmp_path: Path, empty_database: Path) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    porch = Porch.built(Town(tmp_path, clip_max_bytes=2**20))
    body = seal(os.urandom(2**20 - 4096), porch.owner.recipient)
    event_id = announced(porch, body)
    assert put(porch, event_id, body).status_code == 201
    all_is_whole(porch.town)
    porch.town.here.database.engine.dispose()


# — Again —


def test_the_same_bytes_again_are_welcome_and_kept_once(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    assert [put(porch, event_id, sealed).status_code for _time in range(3)] == [201, 200, 200]
    assert count(porch.town, SealedFile) == 1
    all_is_whole(porch.town)


def test_other_bytes_for_the_same_event_are_refused_and_the_first_are_kept(
    porch: Porch, film: bytes, sealed: bytes
) -> None:
    event_id = announced(porch, sealed)
    put(porch, event_id, sealed)
    other = seal(film, porch.owner.recipient)
    while len(other) != len(sealed):  # grease makes headers of different lengths
        other = seal(film, porch.owner.recipient)
    problem(put(porch, event_id, other), 409, "clip-differs")
    assert porch.town.here.store.path(kept(porch)[0].name).read_bytes() == sealed
    all_is_whole(porch.town)


def test_two_deliveries_at_the_same_moment_leave_one_file(porch: Porch, sealed: bytes) -> None:
    event_id, start, statuses = announced(porch, sealed), threading.Barrier(3), []

    def deliver() -> None:
        start.wait()
        answer = porch.town.device(porch.token).put(f"clips/{event_id}", sealed, **digest(sealed))
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=deliver) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 201]
    all_is_whole(porch.town)


# — For which event —


def refused(porch: Porch, answer: Any, status: int, slug: str) -> dict[str, Any]:
    found = problem(answer, status, slug)
    assert count(porch.town, SealedFile) == 0 and porch.town.files() == [], "nothing of it stays"
    return found


@pytest.mark.parametrize("poster", [False, True])
def test_a_clip_that_comes_before_its_event_has_to_wait_for_it(porch: Porch, sealed: bytes, poster: bool) -> None:
    sent = factories.event(porch.town.clock.now(), clip=sealed)
    refused(porch, put(porch, sent["id"], sealed, poster), 404, "event-unknown")
    porch.send(sent)
    assert put(porch, sent["id"], sealed, poster).status_code == 201


def test_a_device_cannot_deliver_for_another_devices_event_nor_learn_that_there_is_one(
    porch: Porch, sealed: bytes
) -> None:
    event_id = announced(porch, sealed)
    _device, own_other = porch.another()
    ben = Porch.built(porch.town, "Ben")
    for door in (own_other, ben.door):
        there = door.put(f"clips/{event_id}", sealed, **digest(sealed))
        missing = door.put(f"clips/{uuid.uuid4()}", sealed, **digest(sealed))
        refused(porch, there, 404, "event-unknown")
        assert there.data == missing.data


def test_the_servers_own_id_of_an_event_is_none_of_the_devices_business(porch: Porch, sealed: bytes) -> None:
    page_id = porch.page_id({"id": announced(porch, sealed)})
    refused(porch, put(porch, page_id, sealed), 404, "event-unknown")


@pytest.mark.parametrize("event_id", ["nonsense", "..%2f..%2fetc", "0"])
def test_what_is_no_id_is_not_found(porch: Porch, sealed: bytes, event_id: str) -> None:
    refused(porch, put(porch, event_id, sealed), 404, "not-found")


def test_an_event_that_announced_no_clip_gets_none(porch: Porch, sealed: bytes) -> None:
    sent = factories.event(porch.town.clock.now())
    porch.send(sent)
    refused(porch, put(porch, sent["id"], sealed), 422, "clip-refused")
    refused(porch, put(porch, sent["id"], sealed, poster=True), 422, "clip-refused")


@pytest.mark.parametrize("by", [-1, 1])
def test_a_clip_of_another_size_than_announced_is_refused(porch: Porch, sealed: bytes, by: int) -> None:
    event_id = announced(porch, sealed, clip={"bytes": len(sealed) + by, "seconds": 8})
    refused(porch, put(porch, event_id, sealed), 422, "clip-refused")


def test_a_clip_that_the_town_refused_when_it_was_announced_is_refused_when_it_comes(
    porch: Porch, sealed: bytes
) -> None:
    sent = factories.event(porch.town.clock.now()) | {"clip": {"bytes": 2**30, "seconds": 8}}
    assert porch.send(sent)[0]["clip"] == "refused"
    refused(porch, put(porch, sent["id"], sealed), 422, "clip-refused")


def test_an_event_whose_time_is_over_takes_nothing_more(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    porch.town.later(days=30)
    refused(porch, put(porch, event_id, sealed), 410, "clip-expired")


def test_a_removed_device_delivers_nothing(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    porch.town.browser(porch.rosa).post(f"/devices/{porch.device.id}/remove")
    refused(porch, put(porch, event_id, sealed), 410, "device-removed")


def test_an_unknown_token_delivers_nothing_and_neither_does_the_owners_own_browser(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    nobody = porch.town.device("nonsense")
    answer = nobody.put(f"clips/{event_id}", sealed, **digest(sealed))
    refused(porch, answer, 401, "unauthorised")
    assert "WWW-Authenticate" in answer.headers
    browser = porch.town.browser(porch.rosa).client
    refused(porch, browser.put(f"/api/v1/clips/{event_id}", data=sealed, headers=digest(sealed)), 401, "unauthorised")


# — The digest —


def test_without_a_digest_nothing_is_taken(porch: Porch, sealed: bytes) -> None:
    refused(porch, porch.door.put(f"clips/{announced(porch, sealed)}", sealed), 400, "digest-missing")


@pytest.mark.parametrize(
    "said",
    [
        *digest(b"other bytes").values(),
        "sha-256=:nonsense:",
        "sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha-512=:" + "A" * 86 + "==:",
        "md5=:AAAA:",
    ],
)
def test_with_a_wrong_digest_nothing_is_kept(porch: Porch, sealed: bytes, said: str) -> None:
    event_id = announced(porch, sealed)
    refused(porch, put(porch, event_id, sealed, **{"Content-Digest": said}), 400, "digest-wrong")
    assert put(porch, event_id, sealed).status_code == 201, "and the right bytes are still welcome"


def test_bytes_that_changed_on_their_way_are_noticed(porch: Porch, sealed: bytes) -> None:
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    event_id = announced(porch, sealed)
    refused(porch, put(porch, event_id, damaged, **digest(sealed)), 400, "digest-wrong")


# — Sealed, and to whom —


def deliver(porch: Porch, body: bytes, poster: bool = False) -> Any:
    """Announce these bytes honestly, and deliver them."""
    event_id = announced(porch, body if body else b"x")
    return put(porch, event_id, body, poster)


@pytest.mark.parametrize("poster", [False, True])
@pytest.mark.parametrize("kind", ["mp4", "zip", "jpeg", "text", "armored", "nothing", "header only"])
def test_what_is_not_sealed_is_refused(porch: Porch, film: bytes, sealed: bytes, kind: str, poster: bool) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("film.mp4", film)
    bodies = {
        "mp4": film,
        "zip": archive.getvalue(),
        "jpeg": factories.jpeg(),
        "text": b"what happened on the porch",
        "armored": pyrage.encrypt(film, [pyrage.x25519.Recipient.from_str(porch.owner.recipient)], armored=True),
        "nothing": b"",
        "header only": sealed[: sealed.index(b"\n---") + 49],
    }
    event_id = announced(porch, bodies[kind] or b"x")
    refused(porch, put(porch, event_id, bodies[kind], poster), 422, "not-sealed")


@pytest.mark.parametrize("more", [1, 2])
def test_a_clip_sealed_to_more_than_the_owners_is_refused(porch: Porch, film: bytes, more: int) -> None:
    strangers = [str(pyrage.x25519.Identity.generate().to_public()) for _n in range(more)]
    found = refused(porch, deliver(porch, seal(film, porch.owner.recipient, *strangers)), 422, "not-sealed")
    assert f"{more + 1} recipients" in found["detail"]


def test_a_clip_sealed_to_fewer_than_the_owners_is_refused(town: Town, film: bytes) -> None:
    porch = Porch.built(town)
    with town.acting() as act:
        device = queries.device_by_token(act, porch.token)
        device.recipients = [str(pyrage.x25519.Identity.generate().to_public()) for _n in range(MANY)]
    refused(porch, deliver(porch, seal(film, porch.owner.recipient)), 422, "not-sealed")


_POINT = bytes([0x58]) + bytes([0x66]) * 31  # of the curve: nobody's key
SSH_KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + _POINT).decode()


def test_a_clip_sealed_to_an_ssh_key_or_to_one_besides_the_owner_is_refused(porch: Porch, film: bytes) -> None:
    ssh, own = pyrage.ssh.Recipient.from_str(SSH_KEY), pyrage.x25519.Recipient.from_str(porch.owner.recipient)
    for recipients in ([ssh], [own, ssh], [ssh, own]):
        refused(porch, deliver(porch, pyrage.encrypt(film, recipients)), 422, "not-sealed")


def test_a_clip_under_a_passphrase_is_refused(porch: Porch, film: bytes) -> None:
    refused(porch, deliver(porch, pyrage.passphrase.encrypt(film, "five plain words")), 422, "not-sealed")


def test_a_clip_with_grease_is_accepted(porch: Porch, film: bytes) -> None:
    body = seal(film, porch.owner.recipient)
    while b"-grease" not in body:  # age adds it by chance
        body = seal(film, porch.owner.recipient)
    assert deliver(porch, body).status_code == 201


# — Size, and uploads that break off —


@pytest.fixture
def small_town(tmp_path: Path, empty_database: Path) -> Iterator[Porch]:
    """A town that takes clips of at most 1 MiB."""
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    porch = Porch.built(Town(tmp_path, clip_max_bytes=2**20))
    yield porch
    porch.town.here.database.engine.dispose()


@contextlib.contextmanager
def served(town: Town) -> Iterator[tuple[str, int]]:
    """The town behind a real server and a real socket."""

    class Quiet(WSGIRequestHandler):
        def log(self, *_args: Any) -> None:
            pass

    server = make_server("127.0.0.1", 0, town.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield "127.0.0.1", server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def raw_put(address: tuple[str, int], porch: Porch, path: str, body: bytes, ends: bool = True, **headers: str) -> bytes:
    """Send these bytes and no more, and read what comes back. `ends`: say that nothing more will come."""
    lines = {"Host": "maple.example", "Connection": "close", "Content-Type": "application/age"}
    lines |= porch.door.headers | digest(body) | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(f"PUT /api/v1/{path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_a_file_that_is_too_large_is_refused_before_a_byte_of_it_is_read(small_town: Porch) -> None:
    event_id = announced(small_town, b"x" * 5000)
    with served(small_town.town) as address:
        answer = raw_put(
            address, small_town, f"clips/{event_id}/poster", b"", ends=False, **{"Content-Length": str(2**20 + 1)}
        )
    assert answer.startswith(b"HTTP/1.1 413 ") and b"#too-large" in answer
    assert count(small_town.town, SealedFile) == 0 and small_town.town.files() == []


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_an_upload_that_breaks_off_leaves_no_row_and_no_file_and_may_begin_again(porch: Porch, share: float) -> None:
    sealed = seal(os.urandom(700_000), porch.owner.recipient)
    event_id = announced(porch, sealed)
    whole = {"Content-Length": str(len(sealed))} | digest(sealed)
    with served(porch.town) as address:
        answer = raw_put(address, porch, f"clips/{event_id}", sealed[: int(len(sealed) * share)], **whole)
        assert answer.startswith(b"HTTP/1.1 400 ") and b"application/problem+json" in answer
        assert count(porch.town, SealedFile) == 0 and porch.town.files() == []
        answer = raw_put(address, porch, f"clips/{event_id}", sealed, **whole)
        assert answer.startswith(b"HTTP/1.1 201 ")
    all_is_whole(porch.town)


def test_an_upload_in_chunks_that_says_no_length_is_measured_as_it_comes(small_town: Porch) -> None:
    sealed = seal(b"a film" * 100, small_town.owner.recipient)
    event_id = announced(small_town, sealed)

    def chunked(body: bytes) -> bytes:
        parts = (body[at : at + 65536] for at in range(0, len(body), 65536))
        return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"

    with served(small_town.town) as address:
        long = sealed + b"x" * 2**20
        answer = raw_put(
            address, small_town, f"clips/{event_id}", chunked(long), **{"Transfer-Encoding": "chunked"} | digest(long)
        )
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert count(small_town.town, SealedFile) == 0 and small_town.town.files() == []
        answer = raw_put(
            address, small_town, f"clips/{event_id}", chunked(sealed),
            **{"Transfer-Encoding": "chunked"} | digest(sealed),
        )  # fmt: skip
        assert answer.startswith(b"HTTP/1.1 201 ")
    all_is_whole(small_town.town)


def test_a_disk_that_is_full_leaves_nothing_half_done(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    store = porch.town.here.store
    (store.root / "clips").write_text("in the way")  # no folder can be made here
    before = everything(porch.town)
    porch.town.app.config["PROPAGATE_EXCEPTIONS"] = False
    problem(put(porch, event_id, sealed), 500, "internal")
    assert everything(porch.town) == before
    assert porch.town.files() == ["clips"], "and what was staged is gone"
    (store.root / "clips").unlink()
    assert put(porch, event_id, sealed).status_code == 201


def test_a_file_that_was_delivered_in_the_last_moment_keeps_its_time(porch: Porch, sealed: bytes) -> None:
    event_id = announced(porch, sealed)
    porch.town.clock.at += timedelta(days=29, hours=23)
    assert put(porch, event_id, sealed).status_code == 201
    assert kept(porch)[0].received_at == porch.town.clock.now()
    assert codes.digest(porch.token) == porch.now_known().token_hash

"""A camera as others use one: snapshots and a live picture over HTTP."""

import io
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from PIL import Image

from simulator import watch
from simulator.town import build_town


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    porches = [porch for porch in build_town("maple", 2).porches() if porch.has_bell]
    with watch.Server(("127.0.0.1", 0), [watch.Camera("maple", porch, pace=500) for porch in porches]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def get(url: str):
    return urllib.request.urlopen(url, timeout=20)


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/1/snapshot.jpg", "/2/snapshot.jpg?t=1"])
def test_a_snapshot_is_a_jpeg_of_what_it_sees(address, path):
    with get(address + path) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg" and answer.headers["Cache-Control"] == "no-store"
        assert Image.open(io.BytesIO(answer.read())).size == (640, 360)


def test_a_stream_is_one_jpeg_after_another(address):
    with get(address + "/stream.mjpg") as answer:
        kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
        assert kind == "multipart/x-mixed-replace"
        seen = set()
        for _ in range(3):
            assert answer.readline().strip() == f"--{boundary}".encode()
            assert answer.readline().strip() == b"Content-Type: image/jpeg"
            length = int(answer.readline().partition(b":")[2])
            assert answer.readline() == b"\r\n"
            picture = answer.read(length)
            assert Image.open(io.BytesIO(picture)).size == (640, 360)
            seen.add(picture)
            assert answer.readline() == b"\r\n"
    assert len(seen) == 3


def test_the_first_page_lists_all_cameras(address):
    page = get(address + "/").read().decode()
    assert page.count("stream.mjpg</a>") == 2 and "1 " in page and "Front door" in page


@pytest.mark.parametrize("path", ["/3/snapshot.jpg", "/0/snapshot.jpg", "/-1/snapshot.jpg", "/x/stream.mjpg", "/etc"])
def test_what_is_not_there_is_404(address, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(address + path)
    assert caught.value.code == 404

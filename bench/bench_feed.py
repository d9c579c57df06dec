"""How fast the feed is, and that it stays so.

    python bench/bench_feed.py [--posts N] [--seconds S]

1. Server time of /feed for a resident, with 1,000 posts and with N (default 1,000,000): medians within 1.2 times.
2. Requests a second of /feed, as a ratio to a bare Flask "hello" under the same gunicorn settings in the same run.
3. What a first visit loads: compressed bytes and requests, and that none goes to another host.
"""

import argparse
import gzip
import http.client
import json
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402
from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: E402

from bench.crowd import fill  # noqa: E402
from portal import schema  # noqa: E402
from portal.server import Gunicorn  # noqa: E402
from portal.settings import Settings  # noqa: E402
from tests import factories  # noqa: E402
from tests.helpers import SECRET, Town  # noqa: E402

FEW = 1_000
WORST_GROWTH, LEAST_RATIO, MOST_BYTES = 1.2, 0.15, 120_000


def built(folder: Path, posts: int) -> tuple[Town, str]:
    """A town with so many posts, and the cookie of a resident who reads them."""
    folder.mkdir()
    town = Town(folder)
    schema.upgrade(town.here.database)
    reader = factories.resident(town, "Ben")
    for number in range(50):
        factories.resident(town, f"N{number}")
    first = factories.post(town, reader, "Somebody left the gate to the playground open again. Please look twice.")
    if posts > 1:
        fill(town.here.database, posts - 1, first.id, factories.MAPLE)
    browser = town.browser(reader)
    assert browser.get("/feed").status == 200
    return town, browser.client.get_cookie("porchlight").value


def server_times(towns: dict[int, tuple[Town, str]], rounds: int = 300) -> dict[int, list[float]]:
    """Milliseconds of each request, the towns taking turns, so that a busy machine is unfair to neither."""
    environs = {
        posts: EnvironBuilder(path="/feed", headers={"Cookie": f"porchlight={cookie}"}).get_environ()
        for posts, (_town, cookie) in towns.items()
    }
    times: dict[int, list[float]] = {posts: [] for posts in towns}
    for _round in range(rounds):
        for posts, (town, _cookie) in towns.items():
            start = time.perf_counter()
            body, _status, _headers = run_wsgi_app(town.app, dict(environs[posts]))
            b"".join(body)
            times[posts].append(1000 * (time.perf_counter() - start))
    return times


class Hello(Gunicorn):
    """The least that a Flask application can do, served like the portal."""

    def load(self) -> Flask:
        app = Flask("hello")
        app.add_url_rule("/feed", view_func=lambda: "hello")
        return app


@contextmanager
def serving(what: str, data: Path) -> Iterator[int]:
    """The portal or the hello in a process of its own; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", what, "--data", str(data), "--port", str(port)]
    server = subprocess.Popen(command)
    try:
        for _try in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def rate(port: int, cookie: str, seconds: float, connections: int = 4) -> float:
    """Requests a second that the server answers to clients which keep their connections."""
    counts, until = [0] * connections, time.monotonic() + seconds

    request = f"GET /feed HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: porchlight={cookie}\r\n\r\n".encode()

    def ask(number: int) -> None:
        # By hand: on one machine, what a client costs is taken from the server.
        room = bytearray(2**20)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while time.monotonic() < until:
                connection.sendall(request)
                held = connection.recv_into(room)
                head, _end, _body = bytes(room[:held]).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200"), head
                size = len(head) + 4 + int(re.search(rb"(?i)content-length: (\d+)", head)[1])
                while held < size:
                    held += connection.recv_into(room)
                counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def cold(port: int, cookie: str) -> tuple[int, int, list[str]]:
    """(compressed bytes, requests, addresses on other hosts) of a first visit, without pictures and videos of posts.
    The page itself is compressed as the proxy in front does it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(path: str) -> bytes:
        connection.request("GET", path, headers={"Cookie": f"porchlight={cookie}", "Accept-Encoding": "br, gzip"})
        answer = connection.getresponse()
        assert answer.status == 200, path
        return answer.read()

    page = get("/feed").decode()
    links = re.findall(r'<(?:link rel="(?:stylesheet|icon)"|script|img)[^>]*? (?:href|src)="([^"]+)"', page)
    wanted = sorted({link for link in links if not link.startswith("/media/")})
    sizes = [len(gzip.compress(page.encode(), 6))] + [len(get(link)) for link in wanted if link.startswith("/")]
    return sum(sizes), len(sizes), [link for link in wanted if not re.match(r"/(?!/)", link)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--serve")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int)
    args = parser.parse_args()
    if args.serve:
        settings = Settings(secret_key=SECRET, data=args.data, port=args.port, rate_limits=False, town_name="Maple")
        (Gunicorn if args.serve == "portal" else Hello)(settings).run()
        return 0

    with tempfile.TemporaryDirectory() as folder:
        towns = {posts: built(Path(folder) / str(posts), posts) for posts in (FEW, args.posts)}
        times = server_times(towns)
        medians = {posts: statistics.median(found) for posts, found in times.items()}
        growth = medians[args.posts] / medians[FEW]
        cookie = towns[args.posts][1]
        with serving("portal", Path(folder) / str(args.posts)) as portal, serving("hello", Path(folder)) as hello:
            rate(portal, cookie, 1)  # warm
            pairs = [(rate(portal, cookie, args.seconds), rate(hello, "", args.seconds)) for _time in range(3)]
            size, requests, elsewhere = cold(portal, cookie)
        feed, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        for town, _cookie in towns.values():
            town.here.database.engine.dispose()

    verdicts = {
        f"median grows by less than {WORST_GROWTH}": growth < WORST_GROWTH,
        f"at least {LEAST_RATIO} of a bare hello": feed / bare >= LEAST_RATIO,
        f"a first visit loads less than {MOST_BYTES} bytes": size < MOST_BYTES,
        "and nothing from another host": not elsewhere,
    }
    for posts, found in times.items():
        p99 = statistics.quantiles(found, n=100)[98]
        print(f"feed, {posts:>9,} posts: median {medians[posts]:.2f} ms, p99 {p99:.2f} ms")
    print(f"growth of the median: {growth:.2f}")
    print(f"feed {feed:.0f} requests/s, hello {bare:.0f} requests/s, ratio {feed / bare:.3f}")
    print(f"a first visit: {size:,} bytes in {requests} requests")
    for words, kept in verdicts.items():
        print(f"{'kept  ' if kept else 'BROKEN'} {words}")
    print(json.dumps({"growth": round(growth, 3), "ratio": round(feed / bare, 3), "bytes": size, "requests": requests}))
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

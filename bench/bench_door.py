"""The device door, through gunicorn over HTTP, beside what its database can do, in the same run.

    python bench/bench_door.py [--stored 1000000] [--rounds 12]

A round of each side follows a round of the other, and medians of rounds are compared: what else the machine does
meanwhile hits both. `--stored 5000000` needs 4 GB of disk and some minutes to fill the table.
"""

import argparse
import http.client
import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import uuid6
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from common import Server, percentile, running, verdict  # noqa: E402

from portal import schema, server, settings  # noqa: E402
from portal.devices.models import Event  # noqa: E402
from tests import factories  # noqa: E402
from tests.helpers import Town  # noqa: E402

SIDE = 4  # connections at once
CLIP_BYTES = 64 * 2**20
AIMS = {500: 1 / 3, 100: 1 / 4}
FLAT, GROWTH = 1.2, 32 * 2**20


class Bare(server.Gunicorn):
    """A view that does nothing, served as the portal is."""

    def load(self) -> Flask:
        app = Flask("bare")
        app.post("/")(lambda: ("", 204))
        return app


class World:
    """A town with a few doorbells of one household."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.town = Town(data)
        self.town.clock.at = datetime.now(UTC)
        schema.upgrade(self.town.here.database)
        self.owner = factories.Owner(self.town, factories.resident(self.town, "Rosa"))
        made = [factories.device(self.town, self.owner.account, f"Door {number}") for number in range(SIDE)]
        self.devices = [device for device, _token in made]
        self.tokens = [token for _device, token in made]

    def body(self, count: int) -> bytes:
        at = datetime.now(UTC)
        events = [factories.event(at, "motion", ended_at=at.isoformat(), zones=["path"]) for _ in range(count)]
        return json.dumps({"events": events}).encode()

    def raw(self) -> sqlite3.Connection:
        """A connection with the portal's pragmas."""
        connection = sqlite3.connect(self.data / "porchlight.sqlite", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


class Caller:
    """A device's kept connection."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def post(self, path: str, body: bytes, expected: int = 200) -> bytes:
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        told = answer.read()
        assert answer.status == expected, told
        return told

    def take(self, body: bytes) -> None:
        told = self.post("/api/v1/events", body)
        assert told.count(b'"accepted"') == body.count(b'"started_at"'), "each event is new"


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def in_parallel(callers: Sequence[Caller], bodies: Sequence[bytes], pool: ThreadPoolExecutor) -> None:
    parts = [bodies[number :: len(callers)] for number in range(len(callers))]
    list(pool.map(lambda pair: [pair[0].take(body) for body in pair[1]], zip(callers, parts, strict=True)))


def batches(world: World, served: Server, rounds: int) -> None:
    """Events a second in batches, and as a share of what executemany does with the same table."""
    raw = world.raw()
    names = [column.name for column in Event.__table__.columns]
    insert = f"INSERT INTO event ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    callers = [Caller(served.port, token) for token in world.tokens]
    callers[0].take(world.body(1))
    like = dict(zip(names, raw.execute(f"SELECT {', '.join(names)} FROM event").fetchone(), strict=True))

    def by_hand(rows: Sequence[Sequence[tuple[object, ...]]]) -> None:
        for part in rows:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(insert, part)
            raw.execute("COMMIT")

    def rows_of(count: int) -> list[tuple[object, ...]]:
        own = ({"id": uuid6.uuid7().hex, "event_id": uuid6.uuid7().hex} for _ in range(count))
        return [tuple((like | each).values()) for each in own]

    calls = 2 * SIDE
    with ThreadPoolExecutor(SIDE) as pool:
        for size, aim in AIMS.items():
            rates: dict[str, list[float]] = {"raw": [], "one": [], "side": []}
            for _ in range(rounds):
                many = [world.body(size) for _ in range(2 * calls)]
                rows = [rows_of(size) for _ in range(calls)]
                took = {
                    "raw": seconds(lambda rows=rows: by_hand(rows)),
                    "one": seconds(lambda many=many: [callers[0].take(body) for body in many[:calls]]),
                    "side": seconds(lambda many=many: in_parallel(callers, many[calls:], pool)),
                }
                for name, spent in took.items():
                    rates[name].append(calls * size / spent)
            per = {name: statistics.median(found) for name, found in rates.items()}
            print(f"batches of {size}: raw executemany {per['raw']:,.0f} events/s")
            one, side = per["one"] / per["raw"], per["side"] / per["raw"]
            print(f"  one device after the other: {per['one']:,.0f} events/s, {one:.2f} of raw", end=" ")
            print(f"(aim {aim:.2f}: {verdict(one >= aim)})")
            print(f"  {SIDE} devices side by side: {per['side']:,.0f} events/s, {side:.2f} of raw")
    raw.close()


def latency(world: World, served: Server, bare: Server, count: int) -> None:
    ring, nothing = Caller(served.port, world.tokens[0]), Caller(bare.port)
    found: dict[str, list[float]] = {"one event": [], "bare view": []}
    for _ in range(count):
        body = world.body(1)
        found["one event"].append(seconds(lambda body=body: ring.take(body)))
        found["bare view"].append(seconds(lambda body=body: nothing.post("/", body, 204)))
    for name, values in found.items():
        print(f"{name}: p50 {percentile(values, 0.5) * 1e3:.1f} ms, p99 {percentile(values, 0.99) * 1e3:.1f} ms")


def fill(world: World, count: int) -> None:
    """`count` stored events of 5,000 other doorbells, put in by SQL."""
    raw = world.raw()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA synchronous=OFF")
    indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'event' AND type = 'index'").fetchall()
    named = [(name, sql) for name, sql in indexes if sql]
    for name, _sql in named:
        raw.execute(f'DROP INDEX "{name}"')
    names = [column.name for column in Event.__table__.columns]
    own = {
        "id": "printf('%012x7%03x8', 1700000000000 + i, i % 4096) || substr(lower(hex(randomblob(8))), 1, 15)",
        "event_id": "printf('%012x7%03x8', 1700000000000 + i, i % 4096) || substr(lower(hex(randomblob(8))), 1, 15)",
        "device_id": "printf('%032x', i % 5000)",
        "household_id": "printf('%032x', i % 5000)",
        "received_seq": "i",
    }
    raw.execute("BEGIN")
    raw.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        f" INSERT INTO event ({', '.join(names)}) SELECT {', '.join(own.get(name, name) for name in names)}"
        " FROM n CROSS JOIN (SELECT * FROM event LIMIT 1)",
        (count,),
    )
    raw.execute("UPDATE counter SET value = value + ? WHERE name = 'event'", (count,))
    for _name, sql in named:
        raw.execute(sql)
    raw.execute("COMMIT")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()


def flatness(small: tuple[World, Server], large: tuple[World, Server], stored: int, rounds: int) -> None:
    found: list[list[float]] = [[], []]
    callers = [Caller(served.port, world.tokens[0]) for world, served in (small, large)]
    for _ in range(2 * rounds):
        for number, (world, _served) in enumerate((small, large)):
            bodies = [world.body(100) for _ in range(4)]
            found[number].append(seconds(lambda n=number, bodies=bodies: [callers[n].take(body) for body in bodies]))
    few, many = (400 / statistics.median(values) for values in found)
    print(f"ingest at 1,000 stored events {few:,.0f} events/s, at {stored:,} {many:,.0f} events/s:", end=" ")
    print(f"{few / many:.2f} times (aim {FLAT}: {verdict(few / many <= FLAT)})")


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def memory(world: World, served: Server) -> None:
    """What four clips of 64 MiB that come in at once add to the server's memory."""
    sealed = factories.seal(bytes(CLIP_BYTES - 2**20), world.owner.recipient)  # and what sealing adds
    headers = factories.digest(sealed)
    ids = []
    for token in world.tokens:
        event = factories.event(datetime.now(UTC), clip=sealed)
        Caller(served.port, token).post("/api/v1/events", json.dumps({"events": [event]}).encode())
        ids.append(event["id"])

    def put(token: str, event_id: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=300)
        connection.request("PUT", f"/api/v1/clips/{event_id}", sealed, headers | {"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 201

    before, highest, done = resident_bytes(served.worker), 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.02):
            highest = max(highest, resident_bytes(served.worker))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(SIDE) as pool:
        took = seconds(lambda: list(pool.map(put, world.tokens, ids)))
    done.set()
    watcher.join()
    growth = highest - before
    print(f"{SIDE} clips of {len(sealed) / 2**20:.0f} MiB at once, in {took:.1f} s:", end=" ")
    print(f"server memory +{growth / 2**20:.1f} MiB (aim {GROWTH // 2**20}: {verdict(growth < GROWTH)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stored", type=int, default=1_000_000, help="events in the large table (issue: 5000000)")
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="door-") as folder, ExitStack() as stack:
        worlds = []
        for name in ("small", "large"):
            (Path(folder) / name).mkdir()
            world = World(Path(folder) / name)
            world.town.device(world.tokens[0]).post("events", json.loads(world.body(1)))
            worlds.append(world)
        small, large = worlds
        fill(small, 1000)
        print(f"filling a table with {options.stored:,} events took", end=" ", flush=True)
        print(f"{seconds(lambda: fill(large, options.stored)):.0f} s")
        door = ("-m", "portal.cli", "serve", "--no-worker")
        first, second = (stack.enter_context(running(world.data, *door)) for world in worlds)
        bare = stack.enter_context(running(Path(folder), str(Path(__file__)), "bare"))
        flatness((small, first), (large, second), options.stored, options.rounds)
        latency(small, first, bare, 400)
        batches(small, first, options.rounds)
        memory(small, first)
        for world in worlds:
            world.town.here.database.engine.dispose()


if __name__ == "__main__":
    if sys.argv[1:] == ["bare"]:
        Bare(settings.load()).run()
    else:
        main()

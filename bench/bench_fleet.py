"""What a fleet costs: the memory and the rate of the simulator alone, against a portal that keeps next to nothing.

    python bench/bench_fleet.py [DEVICES]

Aim: 10,000 devices in one process on two cores, within 1 GiB.
"""

import asyncio
import hashlib
import json
import resource
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

DEVICES = 10_000
RECIPIENT = "age1y8m84r6pwd4da5d45zzk03rlgv2xr7fn9px80suw3psrahul44ashl0usm"
SETTINGS = {"privacy_zones": [], "audio": False, "status_seconds": 300, "version": 1}


# The portal: just enough of the contract to be acknowledged, in a process of its own.


async def portal() -> None:
    """Answers every event as accepted once and as a duplicate from then on. Prints its port."""
    seen: set[bytes] = set()
    counts = {"requests": 0, "connections": 0, "most": 0, "now": 0}

    def events(body: bytes) -> tuple[int, bytes]:
        results = []
        for index, event in enumerate(json.loads(body)["events"]):
            key = hashlib.blake2b(event["id"].encode(), digest_size=12).digest()
            status = "duplicate" if key in seen else "accepted"
            seen.add(key)
            results.append({"index": index, "id": event["id"], "status": status})
        return 200, json.dumps({"results": results}).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counts["connections"] += 1
        counts["now"] += 1
        counts["most"] = max(counts["most"], counts["now"])
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length) if length else b""
                path = head.split(b" ", 2)[1]
                counts["requests"] += 1
                if path == b"/api/v1/events":
                    status, answer = events(body)
                elif path == b"/api/v1/pairings":
                    number = counts["requests"]
                    made = {"device_id": str(number), "token": f"t{number}", "recipients": [RECIPIENT]}
                    status, answer = 201, json.dumps(made | {"settings": SETTINGS}).encode()
                elif path == b"/counts":
                    status, answer = 200, json.dumps(counts | {"events": len(seen)}).encode()
                else:
                    status, answer = 200, b"{}"
                writer.write(
                    b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                    % (status, len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            counts["now"] -= 1
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(devices: int) -> None:
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor

    from simulator import fleet
    from simulator.client import fingerprint
    from simulator.report import Screen
    from simulator.town import build_town

    child = subprocess.Popen([sys.executable, __file__, "portal"], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{child.stdout.readline().strip()}"
        bare = megabytes()
        town = build_town("bench", devices)
        setups = [
            fleet.Setup(
                home=home.address, name=camera.name, model=camera.model, serial=camera.serial, code="AAAAAAAA",
                fingerprint=fingerprint([RECIPIENT]), lat=home.lat, lon=home.lon,
                utc_offset_hours=town.utc_offset_hours,
            )
            for home in town.homes
            for camera in home.cameras
        ][:devices]  # fmt: skip
        del town
        options = fleet.Options(url, "bench", days=1, live=False, clips=0)
        began, cpu = time.monotonic(), time.process_time()
        with ThreadPoolExecutor(1) as pool:
            tally = asyncio.run(fleet.run(options, setups, executor=pool, screen=Screen()))
        took, busy = time.monotonic() - began, time.process_time() - cpu
        counts = json.load(urllib.request.urlopen(f"{url}/counts"))
    finally:
        child.terminate()
        child.wait()
    per_device = (megabytes() - bare) * 1024 / devices
    print(f"{devices} devices, {timedelta(days=options.days)} of their past")
    print(
        f"  {took:.1f} s, {busy:.1f} s of CPU: {tally.acknowledged / took:.0f} events/s in {counts['requests']} calls"
    )
    print(f"  {counts['requests'] / took:.0f} calls/s over {counts['most']} connections at once")
    print(f"  at most {megabytes():.0f} MiB ({bare:.0f} before the fleet was made, {per_device:.1f} KiB a device)")
    print(
        f"  sent {tally.sent}, acknowledged {tally.acknowledged}, known at the end {tally.verified}, lost {tally.lost}"
    )
    right = tally.lost == 0 and tally.sent == tally.acknowledged == counts["events"]
    if not right or megabytes() > 1024 or counts["most"] > 65:
        sys.exit("  the aim was missed")


if __name__ == "__main__":
    if sys.argv[1:] == ["portal"]:
        asyncio.run(portal())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else DEVICES)

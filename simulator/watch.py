"""A camera as others use one: snapshots as JPEG and a live picture as MJPEG, over HTTP.

It shows an empty porch, and now and then somebody who comes by. One thread draws, and only while somebody watches.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

from simulator import street
from simulator.camera import Reel
from simulator.frames import FPS, HEIGHT, WIDTH, jpeg
from simulator.incident import Incident
from simulator.scenario import Scenario
from simulator.street import Porch

BOUNDARY = "porchlight-frame"
STILL = 1.0  # seconds between two frames of an empty porch
WATCHED = 5.0  # seconds after the last look at which drawing stops
MOST_WATCHERS = 16
FRESH = timedelta(minutes=2)  # how long the light of an empty porch lasts
_HOURS_AHEAD = timedelta(hours=3)


class Camera:
    """Draws what one porch sees now. pace: so many times as many visits as in a quiet town."""

    def __init__(self, seed: str, porch: Porch, pace: float = 1.0, scenario: Scenario | None = None):
        self._seed, self.porch, self._pace, self._scenario = seed, porch, pace, scenario
        self._begin = datetime.now(UTC)
        self._life = street.Life(seed, [porch], scenario, self._begin)
        self._look = street.look(seed, porch)
        self._offset = porch.utc_offset_hours
        self._ready = threading.Condition()
        self._picture, self._number = b"", 0
        self._asked = 0.0
        self._over = False
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over = True
        with self._ready:
            self._ready.notify_all()
        self._thread.join()

    def picture(self, after: int = -1, patience: float = 15.0) -> tuple[int, bytes]:
        """(number, JPEG) of the newest picture, newer than `after`; waits for it. Raises TimeoutError."""
        deadline = time.monotonic() + patience
        with self._ready:
            stale = time.monotonic() - self._asked > WATCHED
            self._asked = time.monotonic()
            before = self._number if stale else after  # after a pause the newest is old
            self._ready.notify_all()
            while self._number <= before or not self._picture:
                left = deadline - time.monotonic()
                if self._over or left <= 0:
                    raise TimeoutError("no picture")
                self._ready.wait(left)
                self._asked = time.monotonic()
            return self._number, self._picture

    def _draw(self) -> None:
        for wait, pixels in self._frames():
            picture = jpeg(Image.fromarray(pixels))
            with self._ready:
                self._picture, self._number = picture, self._number + 1
                self._ready.notify_all()
                self._ready.wait_for(lambda: self._over, timeout=wait)
                while not self._over and time.monotonic() - self._asked > WATCHED:
                    self._ready.wait()
            if self._over:
                return

    def _frames(self) -> Iterator[tuple[float, object]]:
        """(seconds to show it, pixels), for ever: what happens when it happens, else the empty porch."""
        while True:
            now = datetime.now(UTC)
            item = self._next(now)
            until = item.started_at if item else now + _HOURS_AHEAD
            empty, shown_at = self._empty(now), now
            while (now := datetime.now(UTC)) < until:
                if now - shown_at > FRESH:
                    empty, shown_at = self._empty(now), now
                pixels = empty.frame(round((now - shown_at).total_seconds() * FPS))
                yield min(STILL, (until - now).total_seconds()), pixels
            if item is None or now - until > FRESH:  # nobody watched when it happened
                continue
            reel = Reel(self._look, replace(item.incident, at=now), (), self._offset)
            began = time.monotonic()
            while (frame := int((time.monotonic() - began) * FPS)) < reel.frames:
                drawn = time.monotonic()
                pixels = reel.frame(frame)
                yield max(0.0, 1 / FPS - (time.monotonic() - drawn)), pixels

    def _empty(self, now: datetime) -> Reel:
        """The porch with nobody before it, in the light and weather of now."""
        sky = self._life.sky(now.astimezone(self.porch.zone))
        return Reel(self._look, Incident("nothing", self._look.seed, now, sky, 1.0), (), self._offset)

    def _next(self, now: datetime) -> street.Planned | None:
        """The next thing that this porch sees, within some hours."""
        for hour in street.stream(
            self._seed, [self.porch], now, now + _HOURS_AHEAD, self._pace, self._scenario, self._begin
        ):
            if hour:
                return hour[0]
        return None


class Server(ThreadingHTTPServer):
    """Serves cameras at /, /<number>/snapshot.jpg and /<number>/stream.mjpg; the first also without its number."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], cameras: Sequence[Camera]):
        self.cameras = cameras
        self.watchers = threading.Semaphore(MOST_WATCHERS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def __enter__(self) -> "Server":
        for camera in self.cameras:
            camera.start()
        return self

    def __exit__(self, *_) -> None:
        self.server_close()
        for camera in self.cameras:
            camera.stop()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "porchlight-simulator"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        number, _, name = path.strip("/").rpartition("/")
        known = {str(place): camera for place, camera in enumerate(self.server.cameras, 1)}
        camera = known.get(number or "1")
        if path == "/":
            self._send(200, "text/html; charset=utf-8", self._index().encode())
        elif camera and name == "snapshot.jpg":
            self._snapshot(camera)
        elif camera and name == "stream.mjpg":
            self._stream(camera)
        else:
            self._send(404, "text/plain; charset=utf-8", b"Not found. The list of cameras is at /\n")

    do_HEAD = do_GET

    def _snapshot(self, camera: Camera) -> None:
        try:
            _, picture = camera.picture()
        except TimeoutError:
            self._send(503, "text/plain; charset=utf-8", b"The camera is busy\n")
        else:
            self._send(200, "image/jpeg", picture)

    def _stream(self, camera: Camera) -> None:
        if not self.server.watchers.acquire(blocking=False):
            self._send(503, "text/plain; charset=utf-8", b"Too many are watching\n")
            return
        try:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            number = -1
            while self.command == "GET":
                number, picture = camera.picture(number)
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
        except (TimeoutError, ConnectionError):
            pass  # whoever watched has gone, or the camera has
        finally:
            self.server.watchers.release()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _index(self) -> str:
        items = "".join(
            f"<li><h2>{escape(camera.porch.home)}, {escape(camera.porch.name)}</h2>"
            f'<p><a href="/{number}/stream.mjpg">stream.mjpg</a>, <a href="/{number}/snapshot.jpg">snapshot.jpg</a></p>'
            f'<img src="/{number}/snapshot.jpg" width="{WIDTH // 2}" height="{HEIGHT // 2}" '
            'alt="What it sees now"></li>'
            for number, camera in enumerate(self.server.cameras, 1)
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cameras of a town that does not exist'
            '</title><meta name="viewport" content="width=device-width, initial-scale=1"><style>body{font:16px/1.5 '
            "system-ui,sans-serif;margin:2rem;color-scheme:light dark}ul{list-style:none;padding:0;display:flex;"
            "flex-wrap:wrap;gap:2rem}h2{font-size:1rem;margin:0}p{margin:0}img{max-width:100%;height:auto}</style></head>"
            f"<body><h1>Cameras of a town that does not exist</h1><ul>{items}</ul></body></html>"
        )

    def log_message(self, *_) -> None:
        pass

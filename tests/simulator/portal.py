"""A small portal over real HTTP, in memory, that checks every word of the device contract."""

import base64
import hashlib
import json
import logging
import random
import secrets
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from flask import Flask, Response, g, request
from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.client import fingerprint

logging.getLogger("werkzeug").setLevel(logging.ERROR)

ZONES = [[[0.0, 0.0], [0.4, 0.0], [0.4, 0.3]]]
KINDS = {"ring", "motion", "person", "package", "tamper"}


@dataclass
class Device:
    serial: str
    recipients: list[str]
    removed: bool = False
    events: dict[str, dict] = field(default_factory=dict)
    clips: dict[str, bytes] = field(default_factory=dict)
    statuses: list[dict] = field(default_factory=list)
    skews: list[float] = field(default_factory=list)  # seconds, of every request


class Portal:
    """The server. Made to be used in a `with`.

    violations: what a device did against the contract. script: answers to give instead, by path, first in
    first out: (status, headers, body). calls: (method, path, body) in the order of arrival.
    """

    def __init__(self):
        self.codes: dict[str, dict] = {}
        self.devices: dict[str, Device] = {}  # by token
        self.violations: list[str] = []
        self.script: dict[str, list] = defaultdict(list)
        self.calls: list[tuple[str, str, bytes]] = []
        self.settings = {"privacy_zones": ZONES, "audio": False, "status_seconds": 300, "version": 1}
        self.swap: list[str] | None = None  # recipients that a dishonest server slips in
        self.careless = False  # takes what is not sealed
        self.most_connections = 0
        self._lock = threading.Lock()
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True, request_handler=_Keeping)
        self._server.portal, self._server.connections = self, 0
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Portal":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def invite(self, *recipients: str) -> tuple[str, str]:
        """(code, fingerprint) for a new device of these recipients."""
        code = "".join(random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=8))
        self.codes[code] = {"recipients": list(recipients), "serial": None, "token": None}
        return code, fingerprint(recipients)

    def device(self, serial: str) -> Device:
        return next(device for device in self.devices.values() if device.serial == serial)

    def bodies(self, method: str, path: str) -> list[bytes]:
        return [body for m, p, body in self.calls if (m, p) == (method, path)]

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.before_request(self._check)
        app.post("/api/v1/pairings")(self._pairings)
        app.post("/api/v1/events")(self._events)
        app.post("/api/v1/status")(self._status)
        app.put("/api/v1/clips/<id_>", defaults={"poster": ""})(self._clip)
        app.put("/api/v1/clips/<id_>/<any(poster):poster>")(self._clip)
        return app

    def _wrong(self, what: str) -> Response:
        self.violations.append(f"{request.method} {request.path}: {what}")
        return problem(422, "invalid", what)

    def _check(self):
        body = request.get_data()
        with self._lock:
            self.calls.append((request.method, request.path, body))
            scripted = self.script[request.path]
            if scripted:
                status, headers, text = scripted.pop(0)
                return Response(text, status, headers)
        try:
            skew = (parsedate_to_datetime(request.headers["Date"]) - datetime.now(UTC)).total_seconds()
        except (KeyError, ValueError):
            return self._wrong("no Date")
        if request.path == "/api/v1/pairings":
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        g.device = self.devices.get(token)
        if scheme != "Bearer" or g.device is None:
            return problem(401, "token-unknown", "Unknown token")
        if g.device.removed:
            return problem(410, "device-removed", "This device was removed")
        g.device.skews.append(skew)
        for code in self.codes.values():
            if code["token"] == token:
                code["used"] = True
        return None

    def _pairings(self):
        body = request.get_json()
        if set(body) != {"code", "model", "serial", "firmware"} or not all(
            value and isinstance(value, str) for value in body.values()
        ):
            return self._wrong("envelope")
        with self._lock:
            code = self.codes.get(body["code"])
            if code is None or code["serial"] not in (None, body["serial"]) or code.get("used"):
                return problem(404, "code-unknown", "Unknown code")
            token = secrets.token_urlsafe()
            old = self.devices.pop(code["token"], None)
            code.update(serial=body["serial"], token=token)
            self.devices[token] = old or Device(body["serial"], code["recipients"])
        recipients = self.swap or code["recipients"]
        answer = {"device_id": "d1", "token": token, "recipients": recipients, "settings": self.settings}
        return answer, 201

    def _events(self):
        envelope = request.get_json(silent=True)
        if not isinstance(envelope, dict):
            return problem(400, "malformed", "No JSON object")
        events = envelope.get("events")
        if not isinstance(events, list) or not 1 <= len(events) <= 500:
            return self._wrong("envelope")
        with self._lock:
            return {"results": [self._event(index, event) for index, event in enumerate(events)]}

    def _event(self, index: int, event: dict) -> dict:
        answer = {"index": index, "id": event["id"]}
        known = g.device.events.get(event["id"])
        if known is not None and known != event:
            return answer | {"status": "rejected", "reason": "id-reused"}
        started = datetime.fromisoformat(event["started_at"])
        ended = datetime.fromisoformat(event.get("ended_at", event["started_at"]))
        true_start = started - timedelta(seconds=g.device.skews[-1])
        clip = event.get("clip")
        right = (
            UUID(event["id"]).version == 7
            and set(event) <= {"id", "kind", "started_at", "ended_at", "clip"}
            and event["kind"] in KINDS
            and started.tzinfo is not None
            and started <= ended
            and datetime.now(UTC) - timedelta(days=7) < true_start < datetime.now(UTC) + timedelta(seconds=5)
            and (clip is None or (set(clip) == {"bytes", "seconds"} and 0 < clip["bytes"] <= 64 << 20))
        )
        if not right:
            self.violations.append(f"event {event}")
            return answer | {"status": "rejected", "reason": "malformed"}
        g.device.events[event["id"]] = event
        answer["status"] = "accepted" if known is None else "duplicate"
        return answer | ({"clip": "send"} if clip else {})

    def _clip(self, id_: str, poster: str):
        body = request.get_data()
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        if request.headers.get("Content-Digest") != digest:
            return problem(400, "digest-wrong", "The bytes do not match their digest")
        if request.content_type != "application/age":
            return self._wrong("content type")
        with self._lock:
            event = g.device.events.get(id_)
            if event is None or "clip" not in event:
                return problem(404, "event-unknown", "No such event")
            if not poster and len(body) != event["clip"]["bytes"]:
                return self._wrong("not the size announced")
            if self.careless and not body.startswith(b"age-"):
                return "", 201
            if not body.startswith(b"age-"):
                return problem(422, "not-sealed", "Not an age file")
            if stanzas(body) != ["X25519"] * len(g.device.recipients):
                return self._wrong("not sealed to the recipients")
            new = id_ + poster not in g.device.clips
            kept = g.device.clips.setdefault(id_ + poster, body)
        return ("", 201 if new else 200) if kept == body else problem(409, "clip-differs", "Other bytes are kept")

    def _status(self):
        body = request.get_json()
        if set(body) != {"battery", "rssi", "firmware", "uptime", "settings_version"}:
            return self._wrong("envelope")
        if not (isinstance(body["battery"], int) and 0 <= body["battery"] <= 100 and body["uptime"] >= 0):
            return self._wrong("values")
        g.device.statuses.append(body)
        return {"settings": self.settings} if body["settings_version"] != self.settings["version"] else {}


class _Keeping(WSGIRequestHandler):
    """Keeps connections open, as a real server does, and counts those that are open at once."""

    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        server = self.server
        with server.portal._lock:
            server.connections += 1
            server.portal.most_connections = max(server.portal.most_connections, server.connections)
        try:
            super().handle()
        finally:
            with server.portal._lock:
                server.connections -= 1


def problem(status: int, kind: str, title: str, **more) -> Response:
    body = {"type": f"/problems/{kind}", "title": title, "status": status, **more}
    return Response(json.dumps(body), status, content_type="application/problem+json")


def stanzas(sealed: bytes) -> list[str]:
    """The kinds of an age file's recipient stanzas, grease left out."""
    head, _, _ = sealed.partition(b"\n---")
    lines = head.decode().split("\n")
    assert lines[0] == "age-encryption.org/v1"
    kinds = [line.split(" ")[1] for line in lines if line.startswith("-> ")]
    return [kind for kind in kinds if not kind.endswith("-grease")]

"""What tests of devices, clips and the feed look with: everything in the database, and every statement it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyrage
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from portal import codes
from portal.accounts.models import Account
from portal.db import Base
from portal.devices import queries
from portal.devices import service as devices
from portal.devices.models import Device, Event
from tests import factories
from tests.factories import Owner
from tests.helpers import DeviceClient, Town


@dataclass
class Porch:
    """Rosa's porch: her town, her key, her doorbell, and that doorbell at the town's door."""

    town: Town
    rosa: Account
    owner: Owner
    device: Device
    token: str
    door: DeviceClient

    @classmethod
    def built(cls, town: Town, name: str = "Rosa") -> "Porch":
        rosa = factories.resident(town, name)
        owner = Owner(town, rosa)
        device, token = factories.device(town, rosa)
        return cls(town, rosa, owner, device, token, town.device(token))

    def another(self, name: str = "Back door", serial: str | None = None) -> tuple[Device, DeviceClient]:
        """A second doorbell of the same household."""
        device, token = factories.device(self.town, self.rosa, name, serial)
        return device, self.town.device(token)

    def now_known(self) -> Device:
        """The doorbell's row as it stands."""
        with self.town.reading() as act:
            return act.session.get_one(Device, self.device.id)

    def send(self, *sent: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
        """Report events; the results."""
        answer = self.door.post("events", {"events": list(sent)}, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json["results"]

    def events(self) -> list[Event]:
        """The doorbell's events as they are kept, in the order of their arrival."""
        with self.town.reading() as act:
            query = select(Event).where(Event.device_id == self.device.id).order_by(Event.received_seq)
            return list(act.session.scalars(query))

    def page_id(self, sent: dict[str, Any]) -> str:
        """The id of an event as pages know it, from what the doorbell sent."""
        [found] = [row for row in self.events() if str(row.event_id) == sent["id"].lower()]
        return str(found.id)


def pairing_code(town: Town, owner: Account, name: str = "Front door", place: str = "beside the door") -> str:
    with town.acting(owner) as act:
        return devices.make_pairing_code(act, name, place)[0]


def token_device(town: Town, token: str) -> Device | None:
    with town.reading() as act:
        return queries.device_by_token(act, token)


def everything(town: Town) -> dict[str, list[str]]:
    """Every row of every table: equal before and after means that nothing at all was stored."""
    found = {}
    with town.reading() as act:
        for table in Base.metadata.sorted_tables:
            found[table.name] = sorted(map(repr, act.session.execute(select(table))))
    return found


def count(town: Town, model: type[Base]) -> int:
    with town.reading() as act:
        return act.session.scalar(select(func.count()).select_from(model))


def raw_database(town: Town) -> bytes:
    """The bytes of the database on disk, its log included: what a thief of the disk could read."""
    return b"".join(path.read_bytes() for path in sorted(town.here.settings.data.glob("porchlight.sqlite*")))


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """The statements that reach the database inside of the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = town.here.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def problem(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """Check that `answer` is this problem (RFC 9457), and return it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == f"/api/v1/problems#{slug}"
    assert answer.json["status"] == status
    assert answer.json["title"]
    return answer.json


def pointers(found: dict[str, Any]) -> set[str]:
    return {error["pointer"] for error in found["errors"]}


def fingerprint(*recipients: str) -> str:
    return codes.fingerprint(recipients)


def opened(sealed: bytes, identity: pyrage.x25519.Identity) -> bytes:
    return pyrage.decrypt(sealed, [identity])

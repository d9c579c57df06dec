"""What the device contract (version 1) asks of pairings, events and status. Plain functions and shapes."""

import base64
import binascii
import hashlib
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pyrage import RecipientError, x25519

from portal.db import Refusal
from portal.devices.models import KINDS
from portal.pointers import pointers

CODE_LENGTH = 8
CODE_MINUTES = 10
MOST_EVENTS = 500
LATE = timedelta(days=7)
EARLY = timedelta(minutes=5)
SKEW_COUNTS = timedelta(seconds=5)  # below this a clock is right: the network alone takes as long
SKEW_MOST = timedelta(days=1)
LONGEST = timedelta(hours=1)
OFFLINE_INTERVALS = 3
STATUS_SECONDS = 300
MOST_KEY_CHARACTERS = 4096
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
ARMOR_BEGIN, ARMOR_END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"

# A camera watches its owner's own ground (R7): until the owner changes it, the top band of the picture, where the
# street and the houses opposite are, is black before the clip is sealed. What can be chosen, as a share of the height:
HIDDEN_TOPS = {"street": 0.22, "third": 0.34, "none": 0.0}


def top_zone(choice: str) -> list[list[list[float]]]:
    """The privacy zones of a choice: polygons in 0..1, from the picture's upper left corner."""
    height = HIDDEN_TOPS[choice]
    return [[[0.0, 0.0], [1.0, 0.0], [1.0, height], [0.0, height]]] if height else []


def top_choice(zones: list[list[list[float]]]) -> str | None:
    """The choice that made these zones; None for zones of another shape."""
    return next((choice for choice in HIDDEN_TOPS if top_zone(choice) == zones), None)


DEFAULT_ZONES = top_zone("street")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PairingRequest(Shape):
    """POST /api/v1/pairings"""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
    model: Text
    serial: Text
    firmware: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class AnnouncedClip(Shape):
    bytes: int = Field(ge=1)
    seconds: float = Field(gt=0, le=600)


class DeviceEvent(Shape):
    """One item of POST /api/v1/events. Times are RFC 3339 with an offset; `id` is a UUIDv7."""

    id: uuid.UUID = Field(strict=False)
    kind: Literal[KINDS]  # type: ignore[valid-type]
    started_at: AwareDatetime = Field(strict=False)
    ended_at: AwareDatetime | None = Field(default=None, strict=False)
    zones: list[Text] = Field(default_factory=list, max_length=16)
    clip: AnnouncedClip | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _written_as_uuid(cls, value: Any) -> Any:
        if not isinstance(value, str) or len(value) != 36:
            raise ValueError("a UUID in its 36-character form is wanted")
        return value

    @field_validator("id")
    @classmethod
    def _version_7(cls, value: uuid.UUID) -> uuid.UUID:
        if value.version != 7:
            raise ValueError("a UUIDv7 is wanted")
        return value

    @field_validator("started_at", "ended_at", mode="before")
    @classmethod
    def _written_as_text(cls, value: Any) -> Any:
        if value is not None and not (isinstance(value, str) and _RFC_3339.fullmatch(value)):
            raise ValueError("a time as RFC 3339 text is wanted")
        return value


class EventBatch(Shape):
    """POST /api/v1/events. Items are checked one by one, so that a bad one does not stop the others."""

    events: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_EVENTS)


class StatusReport(Shape):
    """POST /api/v1/status"""

    battery: int | None = Field(default=None, ge=0, le=100)
    rssi: int | None = Field(default=None, ge=-150, le=0)
    firmware: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    uptime: int = Field(ge=0)
    settings_version: int = Field(ge=0)


def read_event(item: dict[str, Any], now: datetime, skew: timedelta) -> tuple[DeviceEvent, datetime]:
    """The event and its corrected start. Raises Refusal with the contract's reason."""
    try:
        event = DeviceEvent.model_validate(item)
    except ValidationError as error:
        first = pointers(error)[0]
        raise Refusal("invalid", first["pointer"], detail=first["detail"]) from None
    try:
        started_at = (event.started_at - skew).astimezone(UTC)
        ended_at = event.ended_at - skew if event.ended_at else None
    except OverflowError:
        raise Refusal("invalid", "/started_at", detail="a time outside of the calendar") from None
    if ended_at is not None and not timedelta(0) <= ended_at - started_at <= LONGEST:
        raise Refusal("invalid", "/ended_at", detail="between started_at and an hour later, please")
    if started_at < now - LATE:
        raise Refusal("too-late", "/started_at")
    if started_at > now + EARLY:
        raise Refusal("in-the-future", "/started_at")
    return event, started_at


def digest(event: DeviceEvent) -> bytes:
    """What tells whether the same id came with the same content: SHA-256 over the event as it was sent."""
    return hashlib.sha256(json.dumps(event.model_dump(mode="json"), sort_keys=True).encode()).digest()


def skew(device_clock: datetime | None, now: datetime) -> timedelta:
    """How far ahead of ours the device's clock is (negative: behind), from its `Date` header (RFC 9110, 6.6.1)."""
    if device_clock is None:
        return timedelta(0)
    difference = device_clock - now
    return difference if SKEW_COUNTS < abs(difference) <= SKEW_MOST else timedelta(0)


def status(last_seen: datetime | None, status_seconds: int, now: datetime) -> str:
    """`never`, `online`, or `offline` after three silent intervals."""
    if last_seen is None:
        return "never"
    return "offline" if (now - last_seen).total_seconds() > OFFLINE_INTERVALS * status_seconds else "online"


def check_clip_key(recipient: str, sealed_identity: str) -> None:
    """A public age recipient (X25519) and an armored age file under a passphrase: all that may be stored of a key.

    Raises Refusal("key-malformed"), also for an identity that came unsealed.
    """
    try:
        x25519.Recipient.from_str(recipient)
    except RecipientError:
        raise Refusal("key-malformed", "recipient") from None
    lines = sealed_identity.strip().splitlines()
    armored = lines[:1] == [ARMOR_BEGIN] and lines[-1:] == [ARMOR_END] and len(sealed_identity) <= MOST_KEY_CHARACTERS
    try:
        header = base64.b64decode("".join(lines[1:-1]), validate=True) if armored else b""
    except binascii.Error:
        header = b""
    if not header.startswith(b"age-encryption.org/v1\n-> scrypt "):
        raise Refusal("key-malformed", "sealed_identity")

"""What the device contract (version 1) asks of pairings, events and status. Plain functions and shapes."""

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
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
WARN_AT, FULL_AT = 0.8, 1.0  # of a household's quota
_RFC_3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_UUID_7 = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-7[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"
_TIMES = struct.Struct("<2d")
_PATTERNS = {
    "/id": "a UUIDv7 in its 36-character form is wanted",
    "/started_at": "a time as RFC 3339 text is wanted",
    "/ended_at": "a time as RFC 3339 text is wanted",
}
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


def _text(most: int) -> Any:
    """A text of 1 to `most` characters, not counting space around it."""
    plain = StringConstraints(strip_whitespace=True, min_length=1, max_length=most)
    return Annotated[str, plain, Field(json_schema_extra={"pattern": r"\S"})]


def _whole(least: int, most: int | None = None) -> Any:
    """A whole number; 5.0 is one in JSON."""
    plain = Annotated[int, Field(ge=least, le=most)]
    return Annotated[plain, BeforeValidator(_without_point, json_schema_input_type=plain)]


def _without_point(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _written(pattern: str, format: str) -> Any:
    """A text of this form. What is behind it is read by `read_event`: most of a batch's time goes into its items."""
    return Annotated[str, StringConstraints(pattern=pattern), Field(json_schema_extra={"format": format})]


Text = _text(60)
Firmware = _text(40)
Percent, Decibels, Count = _whole(0, 100), _whole(-150, 0), _whole(0)


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PairingRequest(Shape):
    """POST /api/v1/pairings"""

    code: _text(20)  # type: ignore[valid-type]
    model: Text
    serial: Text
    firmware: Firmware


class AnnouncedClip(Shape):
    bytes: _whole(1)  # type: ignore[valid-type]
    seconds: float = Field(gt=0, le=600)


class DeviceEvent(Shape):
    """One item of POST /api/v1/events. Times are RFC 3339 with an offset; `id` is a UUIDv7."""

    id: _written(_UUID_7, "uuid")  # type: ignore[valid-type]
    kind: Literal[KINDS]  # type: ignore[valid-type]
    started_at: _written(_RFC_3339, "date-time")  # type: ignore[valid-type]
    ended_at: _written(_RFC_3339, "date-time") | None = None  # type: ignore[valid-type]
    zones: list[Text] = Field(default_factory=list, max_length=16)
    clip: AnnouncedClip | None = None


class EventBatch(Shape):
    """POST /api/v1/events. Items are checked one by one, so that a bad one does not stop the others."""

    events: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_EVENTS)


class FaultlessBatch(Shape):
    """The same, when every item is an event: read in one go, which is most of what a batch costs."""

    events: list[DeviceEvent] = Field(min_length=1, max_length=MOST_EVENTS)


class StatusReport(Shape):
    """POST /api/v1/status"""

    battery: Percent | None = None
    rssi: Decibels | None = None
    firmware: Firmware
    uptime: Count
    settings_version: Count


class Told(NamedTuple):
    """An event as it is to be kept: `id` in hex, times by our clock in UTC. `digest` tells whether the same id came
    with the same content: 128 bits of SHA-256 over all that was sent but the id, however its times were written."""

    id: str
    event: DeviceEvent
    started_at: datetime
    ended_at: datetime | None
    digest: str


def read_event(event: DeviceEvent, now: datetime, skew: timedelta, retention: timedelta) -> Told:
    """What an event of a batch comes to. Raises Refusal with the contract's reason."""
    began = _moment(event.started_at, "/started_at")
    ended = _moment(event.ended_at, "/ended_at") if event.ended_at is not None else None
    if ended is not None and not timedelta(0) <= ended - began <= LONGEST:
        raise Refusal("invalid", "/ended_at", detail="between started_at and an hour later, please")
    try:
        started_at = began - skew
        ended_at = ended - skew if ended is not None else None
    except OverflowError:
        raise Refusal("invalid", "/started_at", detail="a time outside of the calendar") from None
    if started_at < now - LATE or started_at <= now - retention:
        raise Refusal("too-late", "/started_at")
    if started_at > now + EARLY:
        raise Refusal("in-the-future", "/started_at")
    clip = event.clip
    times = _TIMES.pack(began.timestamp(), ended.timestamp() if ended else 0)
    words = f"{event.kind} {event.zones} {clip.bytes} {clip.seconds}" if clip else f"{event.kind} {event.zones}"
    digest = hashlib.sha256(times + words.encode()).hexdigest()[:32]
    return Told(event.id.replace("-", "").lower(), event, started_at, ended_at, digest)


def check_item(item: dict[str, Any]) -> DeviceEvent:
    """One item of a batch as an event. Raises Refusal("invalid")."""
    try:
        return DeviceEvent.model_validate(item)
    except ValidationError as error:
        first = pointers(error)[0]
        raise Refusal("invalid", first["pointer"], detail=_PATTERNS.get(first["pointer"], first["detail"])) from None


def _moment(text: str, pointer: str) -> datetime:
    """What is written as RFC 3339, in UTC. Raises Refusal for the 30th of February."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("invalid", pointer, detail="there is no such time") from None


def fullness(kept: int, quota: int) -> str:
    """What the owner is told about their storage: `fine`, `filling` from WARN_AT on, `full` when nothing more fits."""
    if kept >= quota * FULL_AT:
        return "full"
    return "filling" if kept >= quota * WARN_AT else "fine"


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

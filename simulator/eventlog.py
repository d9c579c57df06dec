"""The event log: what `plan` prints and `replay` sends, an event a line, as JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import uuid6

from simulator.incident import KINDS, WEATHERS, Incident
from simulator.street import EPOCH, Planned, Porch

EVENTS = ("ring", "motion", "person", "package", "tamper")
_MILLISECOND = timedelta(milliseconds=1)


class WrongLog(ValueError):
    """A log that cannot be sent. The message names the line and the reason."""


def line(item: Planned, porch: Porch) -> str:
    """One event as a line without its end; the same event gives the same bytes."""
    incident = item.incident
    return json.dumps(
        {
            "id": item.id,
            "device": item.device,
            "home": porch.home,
            "name": porch.name,
            "kind": item.kind,
            "started_at": item.started_at.isoformat(timespec="milliseconds"),
            "ended_at": item.ended_at.isoformat(timespec="milliseconds"),
            "clip": item.clip,
            "incident": {
                "kind": incident.kind,
                "seed": incident.seed,
                "weather": incident.weather,
                "seconds": incident.seconds,
                "way": incident.way,
                "far": incident.far,
            },
        }
    )


def read(lines: Iterable[str]) -> list[Planned]:
    """The events of a log, by (started_at, device, id). Empty lines are left out. Raises WrongLog."""
    found, seen = [], set()
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            item = _planned(json.loads(text))
        except json.JSONDecodeError as error:
            raise WrongLog(f"line {number}: no JSON: {error.msg}") from error
        except KeyError as error:
            raise WrongLog(f"line {number}: {error} is missing") from error
        except (AttributeError, TypeError, ValueError) as error:
            raise WrongLog(f"line {number}: {error}") from error
        if (item.device, item.id) in seen:
            raise WrongLog(f"line {number}: this device sent {item.id} before")
        seen.add((item.device, item.id))
        found.append(item)
    return sorted(found, key=lambda item: (item.started_at, item.device, item.id))


def _planned(body: Mapping) -> Planned:
    if not isinstance(body, dict):
        raise ValueError("no JSON object")
    started, ended = (_moment(body[key]) for key in ("started_at", "ended_at"))
    if not started <= ended <= started + timedelta(hours=1):
        raise ValueError("ended_at: not before started_at, and at most an hour after")
    if uuid6.UUID(str(body["id"])).version != 7:
        raise ValueError(f"id: {body['id']!r} is no UUIDv7")
    if body["kind"] not in EVENTS:
        raise ValueError(f"kind: {body['kind']!r} is none of {', '.join(EVENTS)}")
    shown = body["incident"]
    if shown["kind"] not in KINDS or shown["weather"] not in WEATHERS:
        raise ValueError("incident: its kind or weather is not known")
    seconds, way = float(shown["seconds"]), int(shown.get("way", 0))
    if not 0 < seconds <= 600 or way not in (-1, 0, 1):
        raise ValueError("incident: seconds from 0 to 600, and way -1, 0 or 1")
    incident = Incident(
        shown["kind"], int(shown["seed"]), started, shown["weather"], seconds, way, bool(shown.get("far", False))
    )
    id_ = str(uuid6.UUID(str(body["id"])))
    return Planned(id_, str(body["device"]), body["kind"], started, ended, incident, bool(body["clip"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: a time with its offset, such as 2025-05-14T09:30:00+00:00")
    return moment


def moved(item: Planned, by: timedelta) -> Planned:
    """The same event at another time, with an id that tells that time and is the same for the same move.

    The light in its clip is that of the new time.
    """
    started = item.started_at + by
    started -= timedelta(microseconds=started.microsecond % 1000)
    milliseconds = (started - EPOCH) // _MILLISECOND
    rest = uuid6.UUID(item.id).int & ((1 << 80) - 1)
    return replace(
        item,
        id=str(uuid6.UUID(int=milliseconds << 80 | rest)),
        started_at=started,
        ended_at=started + (item.ended_at - item.started_at),
        incident=replace(item.incident, at=item.incident.at + by),
    )

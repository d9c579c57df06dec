"""Clips and pictures that are drawn for their own sake: what residents of a demo post.

Apart from the command line, because a drawing process cannot import a package's `__main__`.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulator import street
from simulator.camera import draw_clip
from simulator.incident import Incident, Look
from simulator.pictures import PICTURES, draw_picture
from simulator.street import Planned, Porch
from simulator.town import build_town

# What is drawn for posts: a kind of incident, when, in what weather.
_SCENES = (
    ("parcel", 15, "clear"),
    ("dog", 17, "cloudy"),
    ("cat", 23, "clear"),
    ("visitor", 18, "rain"),
    ("van", 10, "clear"),
    ("passer-by", 8, "snow"),
    ("dog", 7, "clear"),
    ("parcel", 14, "rain"),
    ("wind", 21, "rain"),
    ("visitor", 11, "clear"),
    ("cat", 5, "cloudy"),
    ("tamper", 2, "clear"),
    ("passer-by", 19, "clear"),
    ("van", 13, "snow"),
    ("dog", 20, "rain"),
    ("parcel", 17, "snow"),
)
_WORDS = {
    "visitor": "Somebody comes up the path and rings the bell",
    "parcel": "A courier leaves a parcel on the porch",
    "taken": "Somebody takes a parcel from the porch",
    "dog-walk": "Somebody walks a dog past the front garden",
    "searcher": "Somebody with an empty leash calls and looks about",
    "carrier": "Somebody walks past with a parcel",
    "group": "People walk past in a group",
    "branch": "A branch moves in front of the camera",
    "nothing": "An empty porch",
    "passer-by": "Somebody walks past the front garden",
    "dog": "A dog crosses the front garden",
    "van": "A delivery van goes by",
    "cat": "A cat strolls over the path",
    "wind": "Branches move in the wind",
    "tamper": "Something covers the camera for a moment",
}
_SKY = {"clear": "clear sky", "cloudy": "clouds", "rain": "rain", "snow": "snow"}


@dataclass(frozen=True)
class Shot:
    """A clip to be drawn for its own sake. stem: its file's name without ending. alt: what it shows."""

    stem: str
    look: Look
    incident: Incident
    alt: str


def shots(seed: str, count: int) -> Iterator[Shot]:
    """`count` varied clips of a town, the same for the same seed."""
    porches = build_town(seed, 40).porches()
    for number, (kind, hour, weather) in enumerate(itertools.islice(itertools.cycle(_SCENES), count)):
        zone = porches[0].zone
        day = datetime(2025, 1 if weather == "snow" else 5, 6, hour, 10, tzinfo=zone)
        at = day + timedelta(days=number, minutes=number * 7 % 50)
        look = street.look(seed, porches[number % len(porches)])
        incident = Incident(kind, look.seed ^ number, at, weather, 8.0)
        yield Shot(f"clip-{number + 1:02d}-{kind}-{weather}", look, incident, said(incident))


def planned_shots(seed: str, items: Sequence[Planned], porches: Mapping[str, Porch]) -> Iterator[Shot]:
    """A clip for each event, named by its number, the time and the home; porches by device."""
    for number, item in enumerate(items, 1):
        porch, at = porches[item.device], item.incident.at
        place = re.sub(r"[^a-z0-9]+", "-", f"{porch.home} {porch.name}".lower()).strip("-")
        stem = f"{number:03d}-{at:%H%M%S}-{place}-{item.incident.kind}"
        told = f"{porch.home}, {at:%H:%M:%S}. {said(item.incident)}"
        yield Shot(stem, street.look(seed, porch), item.incident, told)


def said(incident: Incident) -> str:
    """What a clip shows, in words."""
    hour = incident.at.hour
    part = "at night" if hour < 6 or hour > 20 else "in the morning" if hour < 12 else "in the afternoon"
    part = "in the evening" if 18 <= hour <= 20 else part
    return f"{_WORDS[incident.kind]}, {part}, {_SKY[incident.weather]}."


def draw_shot(shot: Shot, out: Path) -> dict[str, str]:
    """Draw a clip and its poster into a directory; gives its entry of the manifest."""
    offset = shot.incident.at.utcoffset().total_seconds() / 3600
    clip = draw_clip(shot.look, shot.incident, (), offset)
    (out / f"{shot.stem}.mp4").write_bytes(clip.mp4)
    (out / f"{shot.stem}.jpg").write_bytes(clip.poster)
    return {
        "file": f"{shot.stem}.mp4",
        "kind": "video",
        "scene": shot.incident.kind,
        "alt": shot.alt,
        "poster": f"{shot.stem}.jpg",
    }


def draw_named(name: str, seed: int, out: Path) -> dict[str, str]:
    """Draw one of PICTURES into a directory; gives its entry of the manifest."""
    file = f"picture-{name}.jpg"
    (out / file).write_bytes(draw_picture(name, seed))
    return {"file": file, "kind": "picture", "scene": name, "alt": PICTURES[name]}

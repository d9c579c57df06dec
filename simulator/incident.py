"""What a camera can be asked to draw: how a porch looks, and what happens in front of it."""

from dataclasses import dataclass
from datetime import datetime

KINDS = ("visitor", "parcel", "passer-by", "dog", "van", "cat", "wind", "tamper")
WEATHERS = ("clear", "cloudy", "rain", "snow")


@dataclass(frozen=True)
class Look:
    """How one porch looks. Stable for a device: the same seed draws the same door, path and garden."""

    seed: int


@dataclass(frozen=True)
class Incident:
    """One thing that happens in front of one camera.

    kind: one of KINDS. seed: the same incident on several porches shares its seed (same dog, same coat).
    at: aware moment of its start; the light is local. weather: one of WEATHERS. seconds: length of the clip.
    """

    kind: str
    seed: int
    at: datetime
    weather: str
    seconds: float

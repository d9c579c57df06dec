"""What a camera can be asked to draw: how a porch looks, and what happens in front of it."""

from dataclasses import dataclass
from datetime import datetime

KINDS = (
    "visitor", "parcel", "taken", "passer-by", "dog-walk", "searcher", "carrier", "group", "dog", "van", "cat",
    "wind", "branch", "tamper", "nothing",
)  # fmt: skip
WEATHERS = ("clear", "cloudy", "rain", "snow")


@dataclass(frozen=True)
class Look:
    """How one porch looks. Stable for a device: the same seed draws the same door, path and garden.

    facing: degrees from north over east where the camera looks; None: as the seed has it.
    """

    seed: int
    facing: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that happens in front of one camera.

    kind: one of KINDS. seed: the same incident on several porches shares its seed (same dog, same coat).
    at: aware moment of its start; the light is local. weather: one of WEATHERS. seconds: length of the clip.
    way: across the picture, 1 from left to right, -1 from right to left, 0 as the seed has it.
    far: on the other side of the street.
    """

    kind: str
    seed: int
    at: datetime
    weather: str
    seconds: float
    way: int = 0
    far: bool = False

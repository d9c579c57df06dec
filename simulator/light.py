"""Light over the day: where the sun is, what colour the sky has, and when the porch lamp is on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from simulator.frames import Colour, Point, mix

LATITUDE = 41.0  # degrees north; the towns that are drawn lie there

# Sun's height in degrees, then colours of the sky above and at the horizon (0..255), ambient light and
# sunlight (x1).
_HEIGHTS = (-18.0, -8.0, -4.0, -0.5, 5.0, 14.0, 40.0)
_TOP = (
    (7, 9, 17),
    (17, 24, 50),
    (46, 64, 112),
    (88, 114, 166),
    (112, 150, 204),
    (96, 148, 214),
    (80, 138, 216),
)
_LOW = (
    (17, 18, 28),
    (46, 44, 68),
    (178, 116, 108),
    (245, 176, 122),
    (240, 208, 172),
    (204, 220, 236),
    (190, 214, 238),
)
_AMBIENT = (
    (0.10, 0.12, 0.18), (0.13, 0.15, 0.23), (0.28, 0.30, 0.42), (0.48, 0.46, 0.52), (0.56, 0.57, 0.62),
    (0.56, 0.60, 0.66), (0.58, 0.62, 0.68),
)  # fmt: skip
_SUN = (
    (0, 0, 0),
    (0, 0, 0),
    (0, 0, 0),
    (0.32, 0.16, 0.07),
    (0.62, 0.40, 0.20),
    (0.62, 0.52, 0.38),
    (0.60, 0.56, 0.48),
)


@dataclass(frozen=True)
class Light:
    """The light of one clip. Colours multiply. sun: its direction in the camera's axes, None if hidden."""

    height: float  # degrees of the sun above the horizon
    sun: Point | None
    sunlight: Colour
    ambient: Colour
    sky_top: Colour
    sky_low: Colour
    lamp: Colour  # strength of the porch lamp
    infrared: bool
    haze: float  # share of far things lost per metre
    haze_colour: Colour
    noise: float  # grey levels
    night: float  # 0 by day, 1 in the dark

    @property
    def windows(self) -> float:
        """How strongly windows glow, 0..1."""
        return min(1.0, max(0.0, (2.0 - self.height) / 8))


def sun_at(local: datetime) -> tuple[float, float]:
    """Height and bearing (degrees, bearing from north over east) of the sun at a local time, near enough."""
    day = local.timetuple().tm_yday
    hour = local.hour + local.minute / 60 + local.second / 3600
    tilt = math.radians(-23.44 * math.cos(math.tau * (day + 10) / 365))
    turn, place = math.radians(15 * (hour - 12)), math.radians(LATITUDE)
    up = math.sin(place) * math.sin(tilt) + math.cos(place) * math.cos(tilt) * math.cos(turn)
    east = -math.cos(tilt) * math.sin(turn)
    north = math.cos(place) * math.sin(tilt) - math.sin(place) * math.cos(tilt) * math.cos(turn)
    return math.degrees(math.asin(up)), math.degrees(math.atan2(east, north)) % 360


def _along(table: tuple[tuple[float, ...], ...], height: float) -> Colour:
    r, g, b = (float(np.interp(height, _HEIGHTS, [row[i] for row in table])) for i in range(3))
    return r, g, b


def light_at(local: datetime, facing: float, weather: str, lamp_works: bool) -> Light:
    """The light for a camera that looks to `facing` (degrees) in this weather."""
    height, bearing = sun_at(local)
    turn, up = math.radians(bearing - facing), math.radians(max(height, 3.0))
    sun: Point | None = (math.sin(turn) * math.cos(up), math.sin(up), math.cos(turn) * math.cos(up))
    top, low, ambient = _along(_TOP, height), _along(_LOW, height), _along(_AMBIENT, height)
    sunlight = _along(_SUN, height)
    day = min(1.0, max(0.0, (height + 7) / 12))
    haze, haze_colour = 0.004, low
    if weather != "clear":
        grey, bright, haze = {
            "cloudy": ((206.0, 210.0, 216.0), 0.90, 0.006),
            "rain": ((164.0, 172.0, 182.0), 0.72, 0.022),
            "snow": ((214.0, 218.0, 224.0), 0.92, 0.030),
        }.get(weather, ((206.0, 210.0, 216.0), 0.9, 0.006))
        dim = 0.07 + 0.93 * day
        top = mix(top, (grey[0] * dim * 0.86, grey[1] * dim * 0.88, grey[2] * dim * 0.92), 0.85)
        low = mix(low, (grey[0] * dim, grey[1] * dim, grey[2] * dim), 0.8)
        level = max(sum(ambient) / 3, bright * day)
        ambient = (level * 0.97, level, level * 1.04)
        sun, sunlight, haze_colour = None, (0.0, 0.0, 0.0), low
    if height < 0 or max(sunlight) < 0.02:
        sun = None
    dark = min(1.0, max(0.0, (3.0 - height) / 8))
    lamp = (1.05 * dark, 0.80 * dark, 0.50 * dark) if lamp_works else (0.0, 0.0, 0.0)
    infrared = not lamp_works and height < -5
    noise = 1.0 + 2.6 * max(0.0, dark - 0.2) + (1.8 if infrared else 0)
    return Light(height, sun, sunlight, ambient, top, low, lamp, infrared, haze, haze_colour, noise, 1 - day)

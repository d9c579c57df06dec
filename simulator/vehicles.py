"""A delivery van and parked cars, as parts. They face along the street; direction 1 drives to the right."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from simulator.frames import Colour, Part, Point, mix, panel, times

PAINTS: tuple[Colour, ...] = (
    (206, 208, 208),
    (46, 50, 56),
    (120, 128, 134),
    (52, 72, 104),
    (118, 34, 34),
    (190, 182, 164),
    (60, 86, 74),
    (232, 232, 228),
)


def _profile(
    x: float,
    ground: float,
    near: float,
    deep: float,
    way: int,
    outline: Sequence[tuple[float, float]],
    colour: Colour,
    inset: float = 0.0,
) -> list[Part]:
    """A convex side view (forward, up) as a body with a far side and a near face."""
    face: list[Point] = [(x + way * a, ground + b, near + inset) for a, b in outline]
    back: list[Point] = [(px, py, near + deep - inset) for px, py, _ in face]
    return [panel(face + back, times(colour, 0.72), casts=True), panel(face, colour, casts=True)]


def wheel(x: float, y: float, z: float, r: float, roll: float) -> list[Part]:
    """A wheel that has rolled `roll` radians."""
    ring = [(math.cos(a * math.tau / 16), math.sin(a * math.tau / 16)) for a in range(16)]
    parts = [panel([(x + c * r, y + s * r, z) for c, s in ring], (26, 26, 28), casts=True)]
    parts.append(panel([(x + c * r * 0.62, y + s * r * 0.62, z - 0.01) for c, s in ring], (132, 134, 138)))
    for i in range(5):
        a = roll + i * math.tau / 5
        c, s = math.cos(a) * r * 0.56, math.sin(a) * r * 0.56
        parts.append(Part([(x, y, z - 0.02, 0.02), (x + c, y + s, z - 0.02, 0.035)], (74, 76, 80), 0.0, False))
    return parts


def van_parts(
    x: float, ground: float, near: float, seed: int, way: int, roll: float, brakes: bool, lights: bool
) -> list[Part]:
    """A delivery van of 5.5 m whose near side is at z = near."""
    rng = random.Random(f"van {seed}")
    paint = rng.choice(((232, 232, 228), (206, 208, 208), (96, 72, 52), (46, 84, 120), (60, 86, 74), (236, 226, 196)))
    band = rng.choice(((44, 108, 140), (196, 120, 40), (60, 120, 72), (150, 50, 60)))
    glass: Colour = (52, 62, 72)

    def at(a: float, b: float, out: float = 0.02) -> Point:
        return (x + way * a, ground + b, near - out)

    parts = _profile(
        x,
        ground,
        near,
        1.95,
        way,
        [(-2.66, 0.38), (-2.7, 1.1), (2.3, 1.25), (2.72, 0.95), (2.76, 0.38)],
        paint,
    )
    cab = [(-2.7, 1.05), (-2.66, 2.2), (-2.5, 2.38), (1.05, 2.42), (1.42, 2.3), (2.34, 1.2)]
    parts += _profile(x, ground, near, 1.95, way, cab, paint)
    parts.append(panel([at(1.5, 2.22), at(2.26, 1.28), at(2.32, 1.24, -1.9), at(1.56, 2.26, -1.9)], times(glass, 1.3)))
    parts.append(panel([at(0.62, 1.32), at(0.62, 2.12), at(1.34, 2.12), at(1.98, 1.32)], glass))
    parts.append(
        panel(
            [at(0.72, 1.5, 0.03), at(0.72, 2.06, 0.03), at(1.05, 2.06, 0.03)],
            mix(glass, (200, 214, 226), 0.45),
        )
    )
    parts.append(panel([at(-2.68, 0.9), at(-2.68, 1.18), at(0.5, 1.18), at(0.42, 0.9)], band))
    parts.append(panel([at(-1.9, 1.45), at(-1.9, 1.8), at(-1.55, 1.8), at(-1.55, 1.45)], band))
    parts.append(panel([at(-1.42, 1.56), at(-1.42, 1.7), at(-0.3, 1.7), at(-0.3, 1.56)], band))
    seam = times(paint, 0.72)
    for a, low, high in ((0.56, 0.5, 2.3), (-0.9, 0.5, 2.3), (2.0, 0.55, 1.24)):
        parts.append(panel([at(a, low), at(a, high), at(a + 0.025, high), at(a + 0.025, low)], seam))
    parts.append(
        panel(
            [at(0.66, 1.12, 0.04), at(0.66, 1.16, 0.04), at(0.84, 1.16, 0.04), at(0.84, 1.12, 0.04)],
            (40, 40, 44),
        )
    )
    parts.append(
        Part(
            [
                (x + way * 1.98, ground + 1.42, near - 0.14, 0.07),
                (x + way * 1.98, ground + 1.6, near - 0.14, 0.07),
            ],
            (36, 38, 40),
        )
    )
    parts.append(panel([at(-2.7, 0.36), at(-2.7, 0.5), at(2.76, 0.5), at(2.76, 0.36)], (52, 54, 58)))
    red: Colour = (255, 60, 50) if brakes else (140, 34, 32)
    parts.append(
        panel(
            [at(-2.69, 1.0, 0.03), at(-2.69, 1.32, 0.03), at(-2.58, 1.32, 0.03), at(-2.58, 1.0, 0.03)],
            red,
            glow=brakes,
        )
    )
    lamp: Colour = (255, 250, 226) if lights else (214, 216, 210)
    parts.append(
        panel(
            [at(2.5, 0.78, 0.03), at(2.46, 0.98, 0.03), at(2.7, 0.92, 0.03), at(2.74, 0.76, 0.03)],
            lamp,
            glow=lights,
        )
    )
    for a in (-1.75, 1.75):
        arch = [(math.cos(i * math.pi / 8), math.sin(i * math.pi / 8)) for i in range(9)]
        parts.append(panel([at(a + c * 0.44, 0.36 + s * 0.44, 0.02) for c, s in arch], (34, 35, 38)))
        parts += wheel(x + way * a, ground + 0.35, near - 0.03, 0.35, -way * roll)
    return parts


def car_parts(x: float, ground: float, near: float, seed: int, way: int) -> list[Part]:
    """A parked car of 4.4 m whose near side is at z = near."""
    rng = random.Random(f"car {seed}")
    paint = rng.choice(PAINTS)
    high = rng.choice((1.42, 1.5, 1.68))
    glass: Colour = (48, 58, 68)

    def at(a: float, b: float, out: float = 0.02) -> Point:
        return (x + way * a, ground + b, near - out)

    tail = rng.choice((-1.5, -1.9))
    top = [(-2.0, 0.9), (tail, high - 0.05), (tail + 0.4, high), (0.25, high), (1.05, 0.92)]
    parts = _profile(x, ground, near, 1.75, way, top, times(paint, 0.96), 0.12)
    body = [(-2.15, 0.32), (-2.2, 0.8), (-2.05, 0.96), (0.95, 0.96), (2.0, 0.82), (2.2, 0.62), (2.16, 0.32)]
    parts += _profile(x, ground, near, 1.75, way, body, paint)
    parts.append(
        panel(
            [
                at(tail + 0.22, 0.98, -0.11),
                at(tail + 0.44, high - 0.1, -0.11),
                at(-0.3, high - 0.1, -0.11),
                at(-0.3, 0.98, -0.11),
            ],
            glass,
        )
    )
    parts.append(
        panel(
            [
                at(-0.2, 0.98, -0.11),
                at(-0.2, high - 0.1, -0.11),
                at(0.2, high - 0.1, -0.11),
                at(0.82, 0.98, -0.11),
            ],
            glass,
        )
    )
    parts.append(
        panel(
            [at(-2.2, 0.62, 0.02), at(-2.2, 0.66, 0.02), at(2.18, 0.66, 0.02), at(2.18, 0.62, 0.02)],
            times(paint, 0.8),
        )
    )
    parts.append(
        panel(
            [at(-2.18, 0.7, 0.03), at(-2.18, 0.88, 0.03), at(-1.95, 0.88, 0.03), at(-1.95, 0.7, 0.03)],
            (150, 36, 32),
        )
    )
    parts.append(
        panel(
            [at(2.0, 0.62, 0.03), at(1.9, 0.76, 0.03), at(2.14, 0.72, 0.03), at(2.18, 0.6, 0.03)],
            (220, 222, 216),
        )
    )
    for a in (-1.35, 1.38):
        parts += wheel(x + way * a, ground + 0.32, near - 0.03, 0.32, 0.3)
    return parts

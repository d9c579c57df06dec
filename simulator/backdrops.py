"""What stands behind the subject of a still picture: floors, walls, trees, and a whole street."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from simulator.frames import Colour, Part, Point, mix, panel, times
from simulator.greenery import leaf_colours
from simulator.scenery import DOORS, GLASS, GRASS, PAVE, PORCH, ROAD, ROOF, UPRIGHT, WALLS, Painter
from simulator.still import Stage

GRASS_GREEN: Colour = (104, 130, 62)
GREENS: list[Colour] = [(58, 88, 48), (46, 76, 44), (74, 100, 56)]
STONE: Colour = (176, 172, 164)


def planks(p: Painter, rng: random.Random, z0: float, z1: float, y: float, colour: Colour, pitch: float = 0.14) -> None:
    """A floor of planks that run across, from z0 to z1."""
    z = z1
    while z > z0:
        p.flat(-8, z - pitch, 8, z, y, times(colour, rng.uniform(0.9, 1.07)), PORCH)
        p.line((-8, y, z), (8, y, z), times(colour, 0.55), 0.008)
        z -= pitch


def boards(
    p: Painter, x0: float, y0: float, x1: float, y1: float, z: float, colour: Colour, pitch: float = 0.14
) -> None:
    """A wall of clapboards."""
    p.wall(x0, y0, x1, y1, z, colour)
    y = y0
    while y < y1:
        p.line((x0, y, z), (x1, y, z), times(colour, 0.8), 0.016)
        p.line((x0, y + 0.02, z), (x1, y + 0.02, z), times(colour, 1.05), 0.012)
        y += pitch


def bricks(
    p: Painter, rng: random.Random, x0: float, y0: float, x1: float, y1: float, z: float, colour: Colour
) -> None:
    """A wall of bricks with light joints."""
    p.wall(x0, y0, x1, y1, z, times(mix(colour, (200, 196, 188), 0.55), 0.9))
    row, y = 0, y0
    while y < y1:
        x = x0 - 0.11 * (row % 2)
        while x < x1:
            a, b = max(x0, x + 0.006), min(x1, x + 0.216)
            if a < b:
                p.wall(a, y + 0.005, b, min(y1, y + 0.068), z - 0.001, times(colour, rng.uniform(0.82, 1.14)))
            x += 0.222
        row, y = row + 1, y + 0.073


def tree(p: Painter, rng: random.Random, x: float, z: float, up: float, month: int, kind: str) -> list[Point]:
    """A tree straight into the picture; gives its crown for the sun's shadows."""
    colours, fullness = leaf_colours(month, kind, rng)
    bark: Colour = rng.choice(((92, 76, 62), (104, 90, 76), (78, 70, 64)))
    w = up * 0.028
    p.shape(
        [(x - w * 1.5, 0, z), (x + w * 1.5, 0, z), (x + w * 0.7, up * 0.5, z), (x - w * 0.7, up * 0.5, z)],
        bark,
        UPRIGHT,
    )
    p.shape(
        [(x + w * 0.2, 0, z), (x + w * 1.5, 0, z), (x + w * 0.7, up * 0.5, z), (x + w * 0.1, up * 0.5, z)],
        times(bark, 0.8),
        UPRIGHT,
    )
    p.branches((x, up * 0.42, z), up * (0.25 if fullness < 0.2 else 0.19), w * 1.1, bark, rng)
    if fullness > 0.05:
        spread, scale = up * 0.2, p.at((x, 0, z))[2]
        clumps = [(-0.9, 0.56), (0.9, 0.58), (-0.45, 0.72), (0.5, 0.75), (0.0, 0.62), (0.05, 0.84)]
        many = round(min(330, 60 + spread * scale * 1.3) * fullness)
        for dx, share in clumps:
            centre = (
                x + dx * spread + rng.uniform(-0.2, 0.2) * spread,
                up * (share + rng.uniform(-0.03, 0.03)),
                z,
            )
            p.bush(
                centre,
                spread * rng.uniform(0.85, 1.1),
                spread * rng.uniform(0.7, 0.9),
                colours,
                rng,
                many,
                0.6,
            )
    return [(x, up * 0.68, z), (up * 0.3, 0, 0)]


def row_house(p: Painter, rng: random.Random, side: int, face: float, z0: float, z1: float) -> None:
    """A house beside the street, its front on the plane x = face, its gable towards the camera."""
    wall, roof = rng.choice(WALLS), rng.choice(((92, 84, 80), (110, 74, 60), (72, 76, 84), (84, 68, 62)))
    trim: Colour = (238, 236, 230)
    glass: Colour = (66, 78, 92)
    floors = rng.choice((1, 2, 2))
    top, back, gable = 0.5 + 2.6 * floors, face + side * 8, z0 - 0.35
    crest, middle = top + 2.6, face + side * 4
    front = [(face, 0, z0), (back, 0, z0), (back, top, z0), (middle, crest, z0), (face, top, z0)]
    p.shape(front, times(wall, 0.95), UPRIGHT)
    for y in np.arange(0.5, top, 0.3):
        p.line((face, float(y), z0), (back, float(y), z0), times(wall, 0.88), 0.03)
    p.side(face, 0, z0, top, z1, wall)
    p.side(face - side * 0.01, 0, z0, 0.4, z1, (140, 136, 130))
    out = face - side * 0.45
    slope = [
        (out, top - 0.15, gable),
        (out, top - 0.15, z1 + 0.3),
        (middle, crest, z1 + 0.3),
        (middle, crest, gable),
    ]
    p.shape(slope, roof, ROOF)
    for edge in (out, back + side * 0.45):
        board = [(edge, top - 0.3), (edge, top - 0.1), (middle, crest + 0.1), (middle, crest - 0.14)]
        p.shape([(x, y, gable) for x, y in board], trim, UPRIGHT)
    p.side(out, top - 0.3, gable, top - 0.1, z1 + 0.3, trim)
    on, pane = face - side * 0.02, face - side * 0.03
    door = rng.choice((0, 1, 2))
    for floor in range(floors):
        y = 1.2 + 2.6 * floor
        for i in range(3):
            z = z0 + (i + 0.28) * (z1 - z0) / 3
            if floor == 0 and i == door:
                p.side(on, 0.2, z - 0.1, 2.5, z + 1.2, trim)
                p.side(pane, 0.2, z, 2.3, z + 1.1, rng.choice(DOORS))
                continue
            lit = rng.choice((0.0, 0.0, 0.6, 0.95))
            p.side(on, y - 0.12, z - 0.12, y + 1.42, z + 1.32, trim)
            corners = [(pane, y, z), (pane, y, z + 1.2), (pane, y + 1.3, z + 1.2), (pane, y + 1.3, z)]
            p.shape(corners, glass, GLASS, lit)
            p.line((pane, y + 0.65, z), (pane, y + 0.65, z + 1.2), trim, 0.05)
        for x in (face + side * 1.6, face + side * 5.2):
            a, b = sorted((x, x + side * 1.1))
            p.wall(a - 0.1, y - 0.1, b + 0.1, y + 1.4, z0 - 0.01, trim)
            p.wall(a, y, b, y + 1.3, z0 - 0.02, glass, GLASS, rng.choice((0.0, 0.0, 0.7, 0.95)))
            p.line((a, y + 0.65, z0 - 0.03), (b, y + 0.65, z0 - 0.03), trim, 0.05)


def avenue(
    stage: Stage,
    month: int,
    middle: float,
    kinds: Sequence[str],
    grass: Colour = GRASS_GREEN,
    lamps: bool = True,
    nearest: float = 8.0,
    snowed: bool = False,
) -> None:
    """A street that runs away from the camera, its middle at x = middle, with trees and houses on both sides.

    nearest: z of the first tree. snowed: nobody has cleared the road.
    """
    p, rng = stage.p, stage.rng
    tones, fullness = leaf_colours(month, "maple", rng)
    for i in range(30):
        x = middle - 60 + i * 4 + rng.uniform(-1, 1)
        far = [times(c, 0.85) for c in (tones if fullness > 0.2 and rng.random() < 0.7 else GREENS)]
        far = far if fullness > 0.2 else [(104, 98, 94), (92, 88, 86), (78, 84, 78)]
        p.bush((x, 3.5, 100), 5.5, rng.uniform(5, 9), far, rng, 50)
    p.flat(-90, 0.3, 90, 100, 0, grass, GRASS)
    for side in (-1, 1):
        a, b = sorted((middle + side * 4.9, middle + side * 6.3))
        p.flat(a, 0.3, b, 100, 0, STONE, PAVE)
        for z in np.arange(1.5, 40, 1.5):
            p.line((a, 0, float(z)), (b, 0, float(z)), times(STONE, 0.82), 0.03)
        for z in (24.0, 40.0, 56.0):
            a, b = sorted((middle + side * 3.4, middle + side * 10.5))
            p.flat(a, z, b, z + 2.8, 0, (158, 154, 148), PAVE)
    p.flat(middle - 3.6, 0.3, middle + 3.6, 100, 0, (186, 183, 176), PAVE)
    p.flat(middle - 3.4, 0.3, middle + 3.4, 100, 0, (94, 94, 97), GRASS if snowed else ROAD)
    for z in () if snowed else np.arange(3.0, 60, 4.0):
        p.flat(middle - 0.05, float(z), middle + 0.05, float(z) + 1.9, 0, (180, 164, 106), ROAD)
    for z in np.arange(2.2, 30, 5.3):  # patched tar
        x = middle + rng.uniform(-3, 2)
        p.line((x, 0, float(z)), (x + rng.uniform(-0.3, 1.4), 0, float(z) + 2), (72, 72, 76), 0.05)
    things: list[tuple[float, Callable[[], object]]] = []
    for side in (-1, 1):
        for z in (74.0, 58.0, 42.0, 26.0, 11.0):
            things.append((z, lambda side=side, z=z: row_house(p, rng, side, middle + side * 10.5, z, z + 10.5)))
            things.append(
                (
                    z - 1.5,
                    lambda side=side, z=z: p.bush((middle + side * 9.6, 0.45, z + 2.0), 0.9, 0.55, GREENS, rng, 90),
                )
            )
        for i in range(5):
            z = nearest + i * (7.5 + i * 1.4) + (2.5 if side > 0 else 0)
            up, kind = rng.uniform(5.2, 7.0), rng.choice(kinds)
            x = middle + side * 4.25

            def grow(x=x, z=z, up=up, kind=kind) -> None:
                stage.shades.append(tree(p, rng, x, z, up, month, kind))

            things.append((z, grow))
    if lamps:
        for z, side in ((17.0, 1), (36.0, -1)):
            things.append((z, lambda z=z, side=side: street_lamp(p, middle + side * 3.8, z, -side)))
    for _, paint in sorted(things, key=lambda thing: -thing[0]):
        paint()


def street_lamp(p: Painter, x: float, z: float, way: int) -> None:
    """A lamp post whose arm reaches to `way`."""
    iron: Colour = (70, 74, 76)
    p.wall(x - 0.07, 0, x + 0.07, 5.2, z, iron)
    p.line((x, 5.2, z), (x + way * 1.2, 5.35, z), iron, 0.08)
    p.wall(
        min(x + way * 0.8, x + way * 1.5),
        5.22,
        max(x + way * 0.8, x + way * 1.5),
        5.36,
        z,
        (216, 212, 200),
        GLASS,
        1.0,
    )


def litter(
    p: Painter,
    rng: random.Random,
    colours: Sequence[Colour],
    many: int,
    x0: float,
    x1: float,
    z0: float,
    z1: float,
    size: float = 0.06,
) -> None:
    """Fallen leaves on the ground; more of them where it is near."""
    for _ in range(many):
        z, x = z0 + (z1 - z0) * rng.random() ** 1.9, rng.uniform(x0, x1)
        px, py, scale = p.at((x, 0, z))
        flat = (p.lens.eye / z) * 0.9 + 0.12
        a, r = rng.uniform(0, math.tau), size * scale * rng.uniform(0.6, 1.3)
        spots = []
        for turn, far in ((0, 1.0), (0.9, 0.45), (1.7, 0.8), (2.6, 0.4), (3.4, 0.9), (4.4, 0.45), (5.2, 0.8)):
            spots += [px + math.cos(a + turn) * r * far, py + math.sin(a + turn) * r * far * flat]
        tone = times(rng.choice(colours), rng.uniform(0.75, 1.25))
        p.draw.polygon(spots, fill=tuple(min(255, round(c)) for c in tone))


def blades(
    p: Painter, rng: random.Random, many: int, z0: float, z1: float, bare: tuple[float, float] = (0.0, 0.0),
    colour: Colour = GRASS_GREEN,
) -> None:  # fmt: skip
    """Blades of grass; more of them near. bare: from x to x nothing grows."""
    for _ in range(many):
        z = z0 + rng.random() ** 2 * (z1 - z0)
        x = rng.uniform(-0.75, 0.75) * z
        if bare[0] < x < bare[1]:
            continue
        px, py, scale = p.at((x, 0, z))
        up = 0.06 * scale * rng.uniform(0.5, 1.4)
        tone = times(colour, rng.uniform(0.7, 1.4))
        p.draw.line(
            [px, py, px + rng.uniform(-0.5, 0.5) * up, py - up],
            fill=tuple(min(255, round(c)) for c in tone),
            width=2,
        )


def box(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float, colour: Colour) -> list[Part]:
    """An upright box, seen from above its top and from the front."""
    parts = [panel([(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)], times(colour, 1.12), casts=True)]
    inner = x0 if x0 > 0 else x1 if x1 < 0 else None
    if inner is not None:
        parts.append(
            panel(
                [(inner, y0, z0), (inner, y1, z0), (inner, y1, z1), (inner, y0, z1)],
                times(colour, 0.74),
                casts=True,
            )
        )
    return [*parts, panel([(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], colour, casts=True)]


def ball(x: float, y: float, z: float, r: float, colour: Colour, shade: float = 0.24) -> Part:
    return Part([(x, y, z, r), (x + r * 0.01, y, z, r)], colour, shade)


def leaf(rng: random.Random, x: float, y: float, z: float, colour: Colour, size: float = 0.055) -> Part:
    a, tilt = rng.uniform(0, math.tau), rng.uniform(-0.6, 0.6)
    dx, dz, dy = math.cos(a) * size, math.sin(a) * size, tilt * size
    points = [
        (x - dx, y - dy, z - dz),
        (x - dz * 0.5, y + 0.02, z + dx * 0.5),
        (x + dx, y + dy, z + dz),
        (x + dz * 0.5, y - 0.01, z - dx * 0.5),
    ]
    return panel(points, times(colour, rng.uniform(0.8, 1.25)))

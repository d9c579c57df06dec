"""Still pictures such as residents post from a phone: each one invented, each the same for the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from simulator.acts import umbrella
from simulator.frames import Colour, Part, Point, jpeg, mix, panel, times
from simulator.greenery import branches, leaf_colours
from simulator.people import Pose, parcel_parts, person, person_parts
from simulator.portraits import brown_dog, tabby_cat
from simulator.scenery import DOORS, GLASS, GRASS, LEAF, PAVE, PORCH, ROAD, ROOF, UPRIGHT, WALLS, Painter
from simulator.still import HEIGHT, WIDTH, Sketch, Stage, curve, oval, phone

GRASS_GREEN: Colour = (104, 130, 62)
GREENS: list[Colour] = [(58, 88, 48), (46, 76, 44), (74, 100, 56)]
STONE: Colour = (176, 172, 164)


def _moment(month: int, hour: float, day: int = 14) -> datetime:
    """A local time, as the light is computed for it."""
    return datetime(2025, month, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


# Surfaces and backgrounds.


def _planks(p: Painter, rng: random.Random, z0: float, z1: float, y: float, colour: Colour, pitch: float = 0.14) -> None:
    """A floor of planks that run across, from z0 to z1."""
    z = z1
    while z > z0:
        p.flat(-8, z - pitch, 8, z, y, times(colour, rng.uniform(0.9, 1.07)), PORCH)
        p.line((-8, y, z), (8, y, z), times(colour, 0.55), 0.008)
        z -= pitch


def _boards(p: Painter, x0: float, y0: float, x1: float, y1: float, z: float, colour: Colour, pitch: float = 0.14) -> None:
    """A wall of clapboards."""
    p.wall(x0, y0, x1, y1, z, colour)
    y = y0
    while y < y1:
        p.line((x0, y, z), (x1, y, z), times(colour, 0.8), 0.016)
        p.line((x0, y + 0.02, z), (x1, y + 0.02, z), times(colour, 1.05), 0.012)
        y += pitch


def _bricks(
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


def _tree(
    p: Painter, rng: random.Random, x: float, z: float, up: float, month: int, kind: str, bare: bool = False
) -> list[Point]:
    """A tree straight into the picture; gives its crown for the sun's shadows."""
    colours, fullness = leaf_colours(month, kind, rng)
    bark: Colour = rng.choice(((92, 76, 62), (104, 90, 76), (78, 70, 64)))
    w = up * 0.028
    p.shape([(x - w * 1.5, 0, z), (x + w * 1.5, 0, z), (x + w * 0.7, up * 0.5, z), (x - w * 0.7, up * 0.5, z)], bark, UPRIGHT)
    p.shape([(x + w * 0.2, 0, z), (x + w * 1.5, 0, z), (x + w * 0.7, up * 0.5, z), (x + w * 0.1, up * 0.5, z)], times(bark, 0.8), UPRIGHT)
    px, py, scale = p.at((x, up * 0.42, z))
    branches(p.draw, rng, px, py, up * 0.25 * scale, -math.pi / 2, w * 1.1 * scale, bark, 6)
    if not bare and fullness > 0.05:
        spread = up * 0.2
        clumps = [(-0.9, 0.56), (0.9, 0.58), (-0.45, 0.72), (0.5, 0.75), (0.0, 0.62), (0.05, 0.84)]
        many = round(min(330, 60 + spread * scale * 1.3) * fullness)
        for dx, share in clumps:
            centre = (x + dx * spread + rng.uniform(-0.2, 0.2) * spread, up * (share + rng.uniform(-0.03, 0.03)), z)
            p.bush(centre, spread * rng.uniform(0.85, 1.1), spread * rng.uniform(0.7, 0.9), colours, rng, many, 0.6)
    return [(x, up * 0.68, z), (up * 0.3, 0, 0)]


def _row_house(p: Painter, rng: random.Random, side: int, face: float, z0: float, z1: float) -> None:
    """A house beside the street, its front on the plane x = face, its gable towards the camera."""
    wall, roof = rng.choice(WALLS), rng.choice(((92, 84, 80), (110, 74, 60), (72, 76, 84), (84, 68, 62)))
    trim: Colour = (238, 236, 230)
    floors = rng.choice((1, 2, 2))
    top, back = 0.5 + 2.6 * floors, face + side * 8
    crest, middle = top + 2.6, face + side * 4
    p.shape([(face, 0, z0), (back, 0, z0), (back, top, z0), (middle, crest, z0), (face, top, z0)], times(wall, 0.95), UPRIGHT)
    y = 0.5
    while y < top:
        p.line((face, y, z0), (back, y, z0), times(wall, 0.88), 0.03)
        y += 0.3
    p.side(face, 0, z0, top, z1, wall)
    p.side(face - side * 0.01, 0, z0, 0.4, z1, (140, 136, 130))
    out = face - side * 0.45
    p.shape([(out, top - 0.15, z0 - 0.35), (out, top - 0.15, z1 + 0.3), (middle, crest, z1 + 0.3), (middle, crest, z0 - 0.35)], roof, ROOF)
    p.shape([(out, top - 0.3, z0 - 0.35), (out, top - 0.1, z0 - 0.35), (middle, crest + 0.1, z0 - 0.35), (middle, crest - 0.14, z0 - 0.35)], trim, UPRIGHT)
    far_out = back + side * 0.45
    p.shape([(far_out, top - 0.3, z0 - 0.35), (far_out, top - 0.1, z0 - 0.35), (middle, crest + 0.1, z0 - 0.35), (middle, crest - 0.14, z0 - 0.35)], trim, UPRIGHT)
    p.side(out, top - 0.3, z0 - 0.35, top - 0.1, z1 + 0.3, trim)
    on = face - side * 0.02
    door = rng.choice((0, 1, 2))
    for floor in range(floors):
        y = 1.2 + 2.6 * floor
        for i in range(3):
            z = z0 + (i + 0.28) * (z1 - z0) / 3
            if floor == 0 and i == door:
                p.side(on, 0.2, z - 0.1, 2.5, z + 1.2, trim)
                p.side(on - side * 0.01, 0.2, z, 2.3, z + 1.1, rng.choice(DOORS))
                continue
            lit = rng.choice((0.0, 0.0, 0.6, 0.95))
            p.side(on, y - 0.12, z - 0.12, y + 1.42, z + 1.32, trim)
            p.shape([(on - side * 0.01, y, z), (on - side * 0.01, y, z + 1.2), (on - side * 0.01, y + 1.3, z + 1.2), (on - side * 0.01, y + 1.3, z)], (66, 78, 92), GLASS, lit)
            p.line((on - side * 0.02, y + 0.65, z), (on - side * 0.02, y + 0.65, z + 1.2), trim, 0.05)
        for x in (face + side * 1.6, face + side * 5.2):
            lit = rng.choice((0.0, 0.0, 0.7, 0.95))
            p.wall(min(x, x + side * 1.1) - 0.1, y - 0.1, max(x, x + side * 1.1) + 0.1, y + 1.4, z0 - 0.01, trim)
            p.wall(min(x, x + side * 1.1), y, max(x, x + side * 1.1), y + 1.3, z0 - 0.02, (66, 78, 92), GLASS, lit)
            p.line((x, y + 0.65, z0 - 0.03), (x + side * 1.1, y + 0.65, z0 - 0.03), trim, 0.05)


def _avenue(
    stage: Stage, month: int, middle: float, kinds: Sequence[str], grass: Colour = GRASS_GREEN, lamps: bool = True,
    nearest: float = 8.0,
) -> None:  # fmt: skip
    """A street that runs away from the camera, its middle at x = middle, with trees and houses on both sides.

    nearest: z of the first tree.
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
    p.flat(middle - 3.4, 0.3, middle + 3.4, 100, 0, (94, 94, 97), ROAD)
    for z in np.arange(3.0, 60, 4.0):
        p.flat(middle - 0.06, float(z), middle + 0.06, float(z) + 1.9, 0, (196, 178, 108), ROAD)
    for z in np.arange(2.2, 30, 5.3):  # patched tar
        x = middle + rng.uniform(-3, 2)
        p.line((x, 0, float(z)), (x + rng.uniform(-0.3, 1.4), 0, float(z) + 2), (72, 72, 76), 0.05)
    things: list[tuple[float, Callable[[], object]]] = []
    for side in (-1, 1):
        for z in (74.0, 58.0, 42.0, 26.0, 11.0):
            things.append((z, lambda side=side, z=z: _row_house(p, rng, side, middle + side * 10.5, z, z + 10.5)))
            things.append((z - 1.5, lambda side=side, z=z: p.bush((middle + side * 9.6, 0.45, z + 2.0), 0.9, 0.55, GREENS, rng, 90)))
        for i in range(5):
            z = nearest + i * (7.5 + i * 1.4) + (2.5 if side > 0 else 0)
            up, kind = rng.uniform(5.2, 7.0), rng.choice(kinds)
            x = middle + side * 4.25

            def tree(x=x, z=z, up=up, kind=kind) -> None:
                stage.shades.append(_tree(p, rng, x, z, up, month, kind))

            things.append((z, tree))
    if lamps:
        for z, side in ((17.0, 1), (36.0, -1)):
            things.append((z, lambda z=z, side=side: _street_lamp(p, middle + side * 3.8, z, -side)))
    for _, paint in sorted(things, key=lambda thing: -thing[0]):
        paint()


def _street_lamp(p: Painter, x: float, z: float, way: int) -> None:
    """A lamp post whose arm reaches to `way`."""
    iron: Colour = (70, 74, 76)
    p.wall(x - 0.07, 0, x + 0.07, 5.2, z, iron)
    p.line((x, 5.2, z), (x + way * 1.2, 5.35, z), iron, 0.08)
    p.wall(min(x + way * 0.8, x + way * 1.5), 5.22, max(x + way * 0.8, x + way * 1.5), 5.36, z, (216, 212, 200), GLASS, 1.0)


def _litter(p: Painter, rng: random.Random, colours: Sequence[Colour], many: int, x0: float, x1: float, z0: float, z1: float, size: float = 0.06) -> None:
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


def _box(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float, colour: Colour) -> list[Part]:
    """An upright box, seen from above its top and from the front."""
    parts = [panel([(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)], times(colour, 1.12), casts=True)]
    inner = x0 if x0 > 0 else x1 if x1 < 0 else None
    if inner is not None:
        parts.append(panel([(inner, y0, z0), (inner, y1, z0), (inner, y1, z1), (inner, y0, z1)], times(colour, 0.74), casts=True))
    return [*parts, panel([(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], colour, casts=True)]


def _ball(x: float, y: float, z: float, r: float, colour: Colour, shade: float = 0.24) -> Part:
    return Part([(x, y, z, r), (x + r * 0.01, y, z, r)], colour, shade)


# The pictures.


def _tabby(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1400, 190, 0.85), _moment(5, 9.5), "cloudy")
    p = stage.p
    _boards(p, -4, 0.5, 4, 4, 3.7, (206, 214, 208))
    p.wall(0.28, 0.5, 1.5, 4, 3.66, (240, 238, 232))
    p.wall(0.38, 0.54, 1.4, 4, 3.64, (44, 84, 92))
    p.wall(0.52, 0.7, 1.26, 4, 3.63, (36, 72, 80))
    brick: Colour = (150, 92, 74)
    for z, low, high in ((3.15, 0.32, 0.5), (2.65, 0.14, 0.32), (2.1, -0.2, 0.14)):
        _bricks(p, rng, -2.4, low, 2.4, high - 0.04, z, brick)
        p.flat(-2.4, z - 0.03, 2.4, z + 0.56, high, (182, 176, 166), PORCH)
        p.wall(-2.4, high - 0.045, 2.4, high, z - 0.03, (160, 154, 146))
    for x, z, y in ((-0.98, 3.3, 0.5), (-0.86, 2.8, 0.32)):
        p.shape([(x - 0.1, y, z), (x + 0.1, y, z), (x + 0.14, y + 0.2, z), (x - 0.14, y + 0.2, z)], (170, 98, 66), UPRIGHT)
        p.bush((x, y + 0.3, z), 0.2, 0.2, GREENS, rng, 190)
        for _ in range(26):
            px, py, scale = p.at((x + rng.uniform(-0.17, 0.17), y + 0.3 + rng.uniform(-0.1, 0.18), z))
            r = 0.017 * scale
            p.draw.ellipse([px - r, py - r, px + r, py + r], fill=rng.choice(((232, 116, 128), (240, 222, 130))))
    stage.light(blur=1.6)
    stage.stand(tabby_cat(rng), 0.02, 2.32, 0.14, 0.5)
    return stage


def _dog(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1250, 230, 0.95), _moment(6, 16.5), "clear", 45)
    p = stage.p
    for i in range(20):
        p.bush((-12 + i * 1.3, 2.2, 14), 1.6, rng.uniform(1.4, 2.6), GREENS, rng, 80)
    p.wall(1.2, 0, 6.5, 3.2, 13, (214, 196, 160))
    p.shape([(0.8, 3.2, 12.8), (7, 3.2, 12.8), (6, 4.8, 14), (1.8, 4.8, 14)], (110, 74, 60), ROOF)
    p.wall(2.4, 1.1, 3.5, 2.4, 12.95, (240, 238, 232))
    p.wall(2.5, 1.2, 3.4, 2.3, 12.9, (66, 78, 92), GLASS)
    p.flat(-30, 0.3, 30, 40, 0, (112, 140, 64), GRASS)
    _blades(p, rng, 900, 2.2, 8)
    for x in np.arange(-3.2, 3.4, 0.52):
        p.bush((float(x), 0.5, 4.9), 0.4, 0.5, GREENS, rng, 150, 0.7)
    white: Colour = (236, 234, 228)
    for y in (0.28, 0.78):
        p.wall(-4, y, 4, y + 0.09, 4.32, times(white, 0.86))
    for x in np.arange(-2.2, 2.3, 0.17):
        x = float(x)
        p.shape([(x, 0.04, 4.3), (x + 0.1, 0.04, 4.3), (x + 0.1, 1.0, 4.3), (x + 0.05, 1.09, 4.3), (x, 1.0, 4.3)], times(white, rng.uniform(0.94, 1.02)), UPRIGHT)
    stage.light(blur=1.3)
    stage.stand(brown_dog(rng, (184, 40, 44)), -0.1, 2.55, 0.0, 0.42)
    return stage


def _blades(p: Painter, rng: random.Random, many: int, z0: float, z1: float, colour: Colour = GRASS_GREEN) -> None:
    """Blades of grass; more of them near."""
    for _ in range(many):
        z = z0 + rng.random() ** 2 * (z1 - z0)
        px, py, scale = p.at((rng.uniform(-0.75, 0.75) * z, 0, z))
        up = 0.06 * scale * rng.uniform(0.5, 1.4)
        tone = times(colour, rng.uniform(0.7, 1.4))
        p.draw.line([px, py, px + rng.uniform(-0.5, 0.5) * up, py - up], fill=tuple(min(255, round(c)) for c in tone), width=2)


def _parcel(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(820, 130, 1.5), _moment(10, 13.0), "cloudy")
    p = stage.p
    _bricks(p, rng, -2.6, 0.0, 2.6, 2.6, 2.9, (158, 86, 68))
    p.wall(-0.72, 0, 0.72, 2.6, 2.88, (240, 238, 232))
    p.wall(-0.58, 0.06, 0.58, 2.6, 2.86, (138, 32, 36))
    for x in (-0.46, 0.06):
        p.wall(x, 0.2, x + 0.4, 0.86, 2.855, (112, 24, 28))
        p.wall(x + 0.03, 0.23, x + 0.4, 0.86, 2.852, (150, 40, 42))
        p.wall(x, 1.06, x + 0.4, 2.3, 2.855, (112, 24, 28))
        p.wall(x + 0.03, 1.09, x + 0.4, 2.3, 2.852, (150, 40, 42))
    p.wall(-0.17, 0.93, 0.17, 1.0, 2.85, (206, 170, 88))
    p.wall(0.43, 0.9, 0.5, 1.06, 2.85, (206, 170, 88))
    p.wall(-0.8, 0, 0.8, 0.07, 2.84, (150, 146, 140))
    for x in np.arange(-3, 3, 0.38):
        p.flat(float(x), 0.4, float(x) + 0.38, 2.84, 0, times((172, 162, 150), rng.uniform(0.93, 1.05)), PORCH)
        p.line((float(x), 0, 0.5), (float(x), 0, 2.84), (120, 112, 104), 0.01)
    for z in np.arange(1.7, 2.9, 0.38):
        p.line((-3, 0, float(z)), (3, 0, float(z)), (120, 112, 104), 0.01)
    p.flat(-0.55, 2.12, 0.55, 2.72, 0.01, (98, 80, 60), PORCH)
    p.flat(-0.5, 2.16, 0.5, 2.68, 0.012, (128, 104, 76), PORCH)
    for x in (-1.35, 1.35):
        p.shape([(x - 0.17, 0, 2.6), (x + 0.17, 0, 2.6), (x + 0.23, 0.4, 2.6), (x - 0.23, 0.4, 2.6)], (74, 92, 104), UPRIGHT)
        p.shape([(x + 0.05, 0, 2.6), (x + 0.17, 0, 2.6), (x + 0.23, 0.4, 2.6), (x + 0.07, 0.4, 2.6)], (58, 72, 82), UPRIGHT)
        for i in range(4):
            p.bush((x, 0.56 + i * 0.22, 2.6), 0.30 - i * 0.05, 0.2, [(44, 80, 50), (58, 96, 58), (36, 66, 44)], rng, 170, 0.7)
    stage.light()
    for y, words, high in ((1.55, "14", 0.19),):
        plate = Sketch(rng, (-0.2, 0.2, -0.14, 0.14), 700)
        plate.blob([(-0.17, -0.11), (0.17, -0.11), (0.17, 0.11), (-0.17, 0.11)], (36, 52, 74), 0.2)
        plate.text(0, 0, words, (236, 226, 196), high)
        stage.stand(plate, 1.08, 2.87, y, 0.2)
    size = (0.56, 0.3, 0.36)
    stage.dark([(-0.36, 0.01, 2.14), (0.42, 0.01, 2.14), (0.42, 0.01, 2.56), (-0.36, 0.01, 2.56)], 0.5, 12)
    stage.put(parcel_parts((0.02, 0.17, 2.36), size, 0.16, rng.randrange(99)), 0.02, 2.36, 0.0, 0.3)
    label = Sketch(rng, (-0.12, 0.12, -0.08, 0.08), 900)
    label.blob([(-0.115, -0.075), (0.115, -0.075), (0.115, 0.075), (-0.115, 0.075)], (244, 243, 238), 0.08)
    label.text(-0.02, 0.036, "No. 41", (34, 34, 40), 0.052)
    for i in range(3):
        label.line([(-0.09, -0.01 - 0.022 * i), (0.03 - 0.02 * i, -0.01 - 0.022 * i)], (120, 122, 128), 0.008)
    for i in range(9):
        label.line([(0.045 + 0.007 * i, -0.06), (0.045 + 0.007 * i, 0.0)], (30, 30, 32), 0.002 + 0.002 * (i % 3 == 0))
    c, s = math.cos(0.16), math.sin(0.16)
    front = [(0.02 + u * c - 0.184 * s, 0.15 + v, 2.36 - u * s - 0.184 * c) for u, v in ((-0.22, -0.09), (0.04, -0.09), (0.04, 0.09), (-0.22, 0.09))]
    stage.lay(label, front)
    return stage


def _branch(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(800, 250, 1.55), _moment(7, 10.0, 9), "cloudy")
    p = stage.p
    _avenue(stage, 7, -5.4, ("maple", "oak"), (104, 128, 62), lamps=False, nearest=13.0)
    _blades(p, rng, 500, 1.8, 9)
    # The tree it came from, with a pale scar.
    stage.shades.append(_tree(p, rng, -2.3, 7.0, 8.5, 7, "oak"))
    p.shape([(-2.2, 2.0, 6.98), (-2.02, 2.16, 6.98), (-2.04, 2.5, 6.98), (-2.2, 2.62, 6.98)], (214, 178, 128), UPRIGHT)
    _litter(p, rng, [(84, 118, 52), (104, 132, 60), (126, 140, 70)], 200, -2.4, 2.2, 3.2, 8, 0.05)
    stage.light()
    wood: list[Part] = []
    leaves: list[Part] = []
    bark: Colour = (104, 86, 68)

    def grow(x: float, y: float, z: float, way: float, long: float, thick: float, deep: int) -> None:
        ex, ez = x + math.cos(way) * long, z + math.sin(way) * long
        ey = max(thick, y + rng.uniform(-0.06, 0.14) * long + (0.02 if deep > 1 else 0.0))
        wood.append(Part([(x, y, z, thick), (ex, ey, ez, thick * 0.72)], times(bark, rng.uniform(0.9, 1.1)), 0.3))
        if deep < 3:
            for _ in range(22 if deep else 34):
                share = rng.random()
                lx, ly, lz = (a + (b - a) * share + rng.uniform(-0.16, 0.16) for a, b in ((x, ex), (y, ey), (z, ez)))
                leaves.append(_leaf(rng, lx, max(0.02, ly + rng.uniform(0, 0.16)), lz, rng.choice(((74, 112, 50), (60, 98, 46), (96, 132, 62)))))
        if deep == 0:
            return
        for turn in (rng.uniform(0.35, 0.8), rng.uniform(-0.8, -0.35), rng.uniform(-0.2, 0.2)):
            grow(ex, ey, ez, way + turn, long * rng.uniform(0.55, 0.8), thick * 0.62, deep - 1)

    grow(-1.75, 0.1, 5.1, -0.2, 1.0, 0.085, 4)
    wood.insert(0, Part([(-1.78, 0.1, 5.1, 0.085), (-1.76, 0.1, 5.1, 0.075)], (222, 190, 140), 0.1))
    both = sorted(wood + leaves, key=lambda part: -part.spheres[0][2])
    stage.dark([(-1.7, 0, 4.6), (1.5, 0, 3.9), (1.7, 0, 5.2), (-0.9, 0, 5.4)], 0.34, 16)
    stage.put(both, 0.0, 4.6, 0.0, 0.3)
    cone = [
        Part([(0.95, 0.02, 3.3, 0.15), (0.97, 0.02, 3.3, 0.15)], (52, 52, 54), 0.2),
        Part([(0.96, 0.1, 3.3, 0.115), (0.96, 0.56, 3.3, 0.022)], (222, 96, 40), 0.3),
        Part([(0.96, 0.27, 3.29, 0.083), (0.96, 0.35, 3.29, 0.066)], (236, 234, 228), 0.2),
    ]
    stage.put(cone, 0.96, 3.3, 0.0, 0.4)
    return stage


def _leaf(rng: random.Random, x: float, y: float, z: float, colour: Colour, size: float = 0.055) -> Part:
    a, tilt = rng.uniform(0, math.tau), rng.uniform(-0.6, 0.6)
    dx, dz, dy = math.cos(a) * size, math.sin(a) * size, tilt * size
    points = [(x - dx, y - dy, z - dz), (x - dz * 0.5, y + 0.02, z + dx * 0.5), (x + dx, y + dy, z + dz), (x + dz * 0.5, y - 0.01, z - dx * 0.5)]
    return panel(points, times(colour, rng.uniform(0.8, 1.25)))


def _yard_sale(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(840, 190, 1.55), _moment(6, 10.0), "clear", 330)
    p = stage.p
    for i in range(16):
        p.bush((-16 + i * 2.1, 2.6, 17), 2.0, rng.uniform(1.6, 3.0), GREENS, rng, 70)
    _boards(p, -7, 0, 3.2, 3.1, 11, (176, 190, 198), 0.24)
    p.shape([(-7.5, 3.1, 10.6), (3.8, 3.1, 10.6), (3.0, 5.2, 13), (-7, 5.2, 13)], (92, 84, 80), ROOF)
    p.wall(-2.2, 0, 1.4, 2.4, 10.95, (240, 238, 232))
    p.wall(-2.0, 0, 1.2, 2.25, 10.9, (66, 62, 60))
    p.wall(-1.7, 0, -0.9, 1.2, 10.85, (124, 100, 74))
    p.wall(0.1, 0, 0.8, 0.8, 10.85, (110, 120, 128))
    p.flat(-40, 0.3, 40, 60, 0, (112, 138, 64), GRASS)
    p.flat(-2.4, 0.3, 1.6, 11, 0, (166, 162, 156), PAVE)
    for z in (3.6, 6.4, 9.2):
        p.line((-2.4, 0, z), (1.6, 0, z), (128, 124, 118), 0.03)
    _blades(p, rng, 500, 1.8, 9)
    stage.shades.append(_tree(p, rng, 3.6, 8.2, 6.2, 6, "maple"))
    stage.light()
    _rail_of_clothes(stage, 2.15, 5.2)
    z0, z1, y = 3.3, 4.05, 0.74
    for x in (-1.12, 1.02):
        for z in (z1 - 0.05, z0 + 0.05):
            stage.put([Part([(x, 0.02, z, 0.02), (x, y, z, 0.02)], (112, 116, 120), 0.2)], x, z, 0, 0.3)
    stage.put(_box(-1.25, y, z0, 1.15, y + 0.035, z1, (226, 222, 212)), 0, z0, 0, 0.42)
    cloth = panel([(-1.25, y + 0.036, z0), (1.15, y + 0.036, z0), (1.15, y + 0.036, z1), (-1.25, y + 0.036, z1)], (196, 214, 220))
    stage.put([cloth], 0, z0, 0, 0)
    drape = Sketch(rng, (-1.25, 1.15, -0.3, 0.0), 420)
    waves = [(-1.25 + 0.1 * i, -0.2 - 0.022 * (i % 2)) for i in range(25)]
    drape.blob([(-1.25, 0.0), *waves, (1.15, 0.0)], lambda x, v: times((196, 214, 220), 0.9 + 0.07 * math.sin(x * 31)), 0.1)
    for x in np.arange(-1.2, 1.15, 0.2):
        drape.line([(float(x), -0.01), (float(x) + 0.01, -0.2)], (120, 152, 172), 0.03)
    stage.stand(drape, 0, z0 - 0.01, y + 0.036, 0)
    _table_things(stage, y + 0.036)
    sign = Sketch(rng, (-0.36, 0.36, -0.2, 0.2), 900)
    sign.blob([(-0.35, -0.18), (0.34, -0.19), (0.35, 0.17), (-0.34, 0.19)], lambda x, v: times((196, 156, 108), 1 + 0.05 * math.sin(v * 160)), 0.1, 0, None, 0.05)
    sign.text(0, 0.075, "YARD SALE", (60, 38, 34), 0.105)
    sign.text(0, -0.07, "today 9 to 2", (150, 50, 46), 0.088)
    stage.stand(sign, -0.12, z0 - 0.03, 0.46, 0)
    # A box of records and a toy in front.
    box = _box(0.62, 0.0, 2.72, 1.12, 0.3, 3.05, (188, 148, 102))
    records: list[Part] = []
    for i in range(9):
        z = 3.03 - i * 0.035
        tone = rng.choice(((150, 60, 54), (60, 92, 120), (214, 186, 110), (80, 110, 80), (222, 216, 204), (70, 62, 84)))
        records.append(panel([(0.66, 0.1, z), (1.08, 0.1, z), (1.08, 0.4 + rng.uniform(-0.01, 0.01), z), (0.66, 0.4, z)], tone, casts=True))
    stage.put([box[0], *records, *box[1:]], 0.85, 2.9, 0, 0.4)
    return stage


def _rail_of_clothes(stage: Stage, x: float, z: float) -> None:
    rng = stage.rng
    s = Sketch(rng, (-0.85, 0.85, -0.02, 1.7), 330)
    for side in (-0.78, 0.78):
        s.line([(side, 0.0), (side, 1.6)], (120, 124, 128), 0.03)
        s.line([(side - 0.05, 0.0), (side + 0.05, 0.0)], (90, 94, 98), 0.03)
    s.line([(-0.78, 1.58), (0.78, 1.58)], (120, 124, 128), 0.03)
    tones: list[Colour] = [(150, 60, 70), (66, 96, 130), (218, 190, 110), (90, 120, 90), (230, 224, 214), (120, 84, 120), (70, 74, 84)]
    for i in range(9):
        u, tone, long = -0.62 + i * 0.155, tones[(i * 3) % 7], rng.uniform(0.72, 1.1)
        s.line([(u, 1.58), (u, 1.5)], (90, 90, 92), 0.012)
        s.blob([(u - 0.02, 1.5), (u + 0.02, 1.5), (u + 0.1, 1.42), (u + 0.085, 1.5 - long), (u - 0.085, 1.5 - long), (u - 0.1, 1.42)], tone, 0.6)
    stage.stand(s, x, z, 0.0, 0.4)


def _table_things(stage: Stage, y: float) -> None:
    """What lies on the table of the yard sale, far to near."""
    rng = stage.rng
    lamp = Sketch(rng, (-0.2, 0.2, 0.0, 0.6), 700)
    lamp.blob(curve([(-0.07, 0.0), (0.07, 0.0), (0.085, 0.09), (0.05, 0.2), (0.02, 0.28), (-0.02, 0.28), (-0.05, 0.2), (-0.085, 0.09)]), (62, 116, 122), 0.9)
    lamp.line([(0, 0.27), (0, 0.34)], (200, 170, 90), 0.02)
    lamp.blob([(-0.17, 0.32), (0.17, 0.32), (0.1, 0.56), (-0.1, 0.56)], (236, 222, 186), 0.5)
    stage.stand(lamp, -0.95, 3.85, y, 0.35)
    frame = Sketch(rng, (-0.2, 0.2, 0.0, 0.44), 700)
    frame.blob([(-0.17, 0.0), (0.17, 0.0), (0.17, 0.42), (-0.17, 0.42)], (150, 104, 58), 0.3)
    frame.fill([(-0.135, 0.035), (0.135, 0.035), (0.135, 0.385), (-0.135, 0.385)], (198, 216, 224))
    frame.fill([(-0.135, 0.035), (0.135, 0.035), (0.135, 0.13), (0.02, 0.2), (-0.135, 0.12)], (112, 138, 92))
    frame.fill(oval(0.06, 0.3, 0.03, 0.03), (242, 214, 130))
    stage.stand(frame, -0.42, 3.9, y, 0.35)
    pot = Sketch(rng, (-0.24, 0.26, 0.0, 0.32), 700)
    pot.ring(0.15, 0.13, 0.075, 0.075, (190, 76, 62), 0.025)
    pot.line(curve([(-0.1, 0.1), (-0.17, 0.13), (-0.2, 0.21)], closed=False), (190, 76, 62), 0.04)
    pot.blob(curve([(-0.09, 0.0), (0.09, 0.0), (0.14, 0.09), (0.1, 0.19), (-0.1, 0.19), (-0.14, 0.09)]), (198, 82, 66), 0.9)
    pot.blob(curve([(-0.09, 0.19), (0.09, 0.19), (0.05, 0.23), (-0.05, 0.23)]), (180, 70, 58), 0.6)
    pot.blob(oval(0, 0.245, 0.022, 0.02), (198, 82, 66), 0.8)
    stage.stand(pot, 0.05, 3.75, y, 0.35)
    bear = Sketch(rng, (-0.22, 0.22, -0.02, 0.44), 800)
    fur: Colour = (186, 142, 92)
    for side in (-1, 1):
        bear.blob(oval(side * 0.075, 0.37, 0.034, 0.034), times(fur, 0.9), 0.4, 0.012)
        bear.blob(oval(side * 0.105, 0.035, 0.058, 0.042), fur, 0.6, 0.014)
    bear.blob(oval(0, 0.13, 0.1, 0.12), fur, 0.6, 0.015)
    bear.blob(oval(0, 0.12, 0.058, 0.075), (216, 182, 134), 0.3, 0.012)
    for side in (-1, 1):
        bear.blob(oval(side * 0.115, 0.15, 0.032, 0.075, side * 0.6), times(fur, 0.96), 0.6, 0.014)
    bear.blob(oval(0, 0.3, 0.1, 0.088), fur, 0.6, 0.014)
    bear.blob(oval(0, 0.27, 0.042, 0.034), (222, 192, 148), 0.3, 0.008)
    bear.fill(oval(0, 0.285, 0.014, 0.01), (44, 34, 30))
    for side in (-1, 1):
        bear.fill(oval(side * 0.036, 0.322, 0.0095, 0.0095), (34, 28, 26))
    stage.stand(bear, 0.92, 3.7, y, 0.35)
    height = y
    tones: list[Colour] = [(140, 56, 52), (58, 88, 120), (204, 172, 96), (76, 108, 82), (98, 72, 104)]
    books: list[Part] = []
    for i in range(5):
        shift, thick = rng.uniform(-0.03, 0.03), rng.uniform(0.03, 0.05)
        a, b = 0.36 + shift, 0.66 + shift
        books += _box(a, height, 3.5, b, height + thick, 3.72, tones[i])
        books.append(panel([(a + 0.02, height + thick * 0.35, 3.498), (b - 0.1, height + thick * 0.35, 3.498), (b - 0.1, height + thick * 0.65, 3.498), (a + 0.02, height + thick * 0.65, 3.498)], (230, 220, 190)))
        height += thick
    stage.put(books, 0.5, 3.5, y, 0.35)
    for x, tone in ((-0.72, (226, 222, 212)), (-0.56, (96, 132, 150)), (-0.4, (222, 180, 90))):
        mug = Sketch(rng, (-0.09, 0.1, 0.0, 0.13), 900)
        mug.ring(0.05, 0.06, 0.032, 0.034, times(tone, 0.9), 0.014)
        mug.blob([(-0.045, 0.0), (0.045, 0.0), (0.05, 0.11), (-0.05, 0.11)], tone, 0.8)
        mug.fill(oval(0, 0.108, 0.048, 0.012), times(tone, 0.55))
        stage.stand(mug, x, 3.45, y, 0.3)


def _bicycle(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(820, 260, 1.5), _moment(9, 16.2), "clear", 150)
    p = stage.p
    for i in range(22):
        p.bush((-16 + i * 1.5, 2.6, 12), 1.7, rng.uniform(1.8, 3.2), GREENS, rng, 90)
    _bricks(p, rng, -6.2, 0, 6.2, 1.15, 6.2, (150, 88, 70))
    p.wall(-6.3, 1.15, 6.3, 1.24, 6.16, (182, 176, 166))
    for x in np.arange(-5.6, 6, 0.62):
        p.bush((float(x), 1.5, 6.5), 0.5, 0.46, GREENS, rng, 150, 0.7)
    p.flat(-30, 0.3, 30, 6.2, 0, STONE, PAVE)
    for x in np.arange(-7.5, 8, 1.5):
        p.line((float(x), 0, 3.0), (float(x) * 1.0, 0, 6.2), times(STONE, 0.8), 0.025)
    p.line((-9, 0, 4.5), (9, 0, 4.5), times(STONE, 0.8), 0.025)
    p.flat(-30, 2.5, 30, 2.75, 0, (190, 187, 180), PAVE)
    p.flat(-30, 0.3, 30, 2.5, 0, (96, 96, 99), ROAD)
    _litter(p, rng, [(196, 142, 58), (168, 92, 44), (150, 120, 60)], 130, -5, 5, 2.5, 6.1, 0.045)
    iron: Colour = (56, 66, 66)
    p.wall(0.34, 0, 0.5, 4.5, 4.1, iron)
    p.wall(0.46, 0, 0.5, 4.5, 4.09, times(iron, 0.75))
    p.wall(0.27, 0, 0.57, 0.5, 4.08, times(iron, 1.1))
    p.wall(0.24, 0, 0.6, 0.12, 4.07, iron)
    stage.shades.append([(-3.4, 3.4, 4.4), (1.5, 0, 0)])
    stage.light()
    stage.dark([(0.42, 0, 4.1), (0.52, 0, 4.1), (4.2, 0, 5.5), (4.1, 0, 5.6)], 0.25, 3)
    note = Sketch(rng, (-0.16, 0.16, -0.2, 0.2), 800)
    note.blob([(-0.13, -0.18), (0.13, -0.18), (0.13, 0.18), (-0.13, 0.18)], (244, 240, 226), 0.06)
    note.text(0, 0.1, "FOUND", (40, 40, 46), 0.07)
    for i in range(4):
        note.line([(-0.1, 0.02 - 0.045 * i), (0.09 - 0.03 * (i % 2), 0.02 - 0.045 * i)], (110, 114, 122), 0.01)
    stage.stand(note, 0.42, 4.05, 1.62, 0)
    stage.stand(_bike(rng), -0.12, 3.85, 0.0, 0.45)
    return stage


def _bike(rng: random.Random) -> Sketch:
    """A town bicycle from its right side."""
    s = Sketch(rng, (-0.98, 0.98, -0.02, 1.12), 640)
    paint: Colour = (46, 112, 116)
    steel, black = (176, 180, 182), (34, 34, 36)
    r = 0.345
    for x in (-0.54, 0.56):
        for i in range(14):
            a = i * math.tau / 14 + 0.1
            s.line([(x, r), (x + math.cos(a) * (r - 0.02), r + math.sin(a) * (r - 0.02))], (150, 154, 156), 0.004)
        s.ring(x, r, r, r, black, 0.034)
        s.ring(x, r, r - 0.034, r - 0.034, steel, 0.012)
        s.blob(oval(x, r, 0.03, 0.03), steel, 0.5)
    crank, seat, head, fork = (-0.04, 0.3), (-0.2, 0.78), (0.36, 0.84), (0.4, 0.7)
    rear, front = (-0.54, r), (0.56, r)
    for x in (-0.54, 0.56):  # mudguards
        arc = [(x + math.cos(a) * (r + 0.03), r + math.sin(a) * (r + 0.03)) for a in np.linspace(0.5, 2.9 if x < 0 else 2.4, 16)]
        s.line(arc, times(paint, 0.9), 0.024)
    for a, b, w in ((rear, crank, 0.02), (rear, (-0.17, 0.68), 0.018), (crank, seat, 0.03), (crank, fork, 0.034), ((-0.15, 0.6), (0.37, 0.8), 0.03), (fork, front, 0.026), (head, fork, 0.04)):
        s.line([a, b], times(paint, 0.72), w)
        s.line([(a[0], a[1] + w * 0.18), (b[0], b[1] + w * 0.18)], paint, w * 0.55)
    s.line([(-0.19, 0.75), (-0.225, 0.88)], steel, 0.022)
    s.blob(curve([(-0.37, 0.9), (-0.36, 0.945), (-0.26, 0.925), (-0.12, 0.92), (-0.08, 0.9), (-0.16, 0.885), (-0.28, 0.868)]), (112, 72, 46), 0.7)
    s.line([(0.35, 0.83), (0.335, 0.98)], steel, 0.024)
    s.line(curve([(0.335, 0.98), (0.42, 1.0), (0.37, 1.045), (0.22, 1.03)], closed=False), steel, 0.022)
    s.line([(0.3, 1.04), (0.18, 1.022)], (112, 72, 46), 0.034)
    s.blob(oval(0.3, 1.065, 0.022, 0.018), (206, 178, 96), 0.8)
    s.ring(crank[0], crank[1], 0.09, 0.09, steel, 0.018)
    s.line([rear, (crank[0], crank[1] + 0.085)], (64, 64, 66), 0.008)
    s.line([(rear[0], rear[1] - 0.03), (crank[0], crank[1] - 0.085)], (64, 64, 66), 0.008)
    s.line([crank, (0.05, 0.16)], steel, 0.018)
    s.line([(0.0, 0.16), (0.11, 0.158)], black, 0.026)
    s.line([(-0.12, 0.3), (-0.26, 0.02)], steel, 0.014)
    # A basket of wicker with a loaf of bread.
    s.blob(curve([(0.48, 0.98), (0.6, 1.06), (0.8, 1.03), (0.84, 0.97)]), (206, 150, 88), 0.8)
    s.blob([(0.47, 0.98), (0.86, 0.98), (0.81, 0.72), (0.5, 0.72)], lambda x, y: times((172, 126, 76), 1 + 0.22 * math.sin(x * 130) * math.sin(y * 130)), 0.5)
    s.line([(0.46, 0.98), (0.87, 0.98)], (146, 102, 60), 0.03)
    s.line([(0.41, 0.8), (0.5, 0.74)], steel, 0.014)
    s.blob(oval(-0.84, 0.56, 0.022, 0.03), (190, 40, 38), 0.6)
    return s


def _autumn(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 330, 1.6), _moment(10, 15.6), "clear", 262)
    _avenue(stage, 10, 0.6, ("maple", "maple", "birch"), (126, 130, 66), nearest=7.5)
    tones: list[Colour] = [(186, 88, 40), (204, 122, 52), (212, 172, 62), (166, 64, 38), (150, 108, 58)]
    _litter(stage.p, rng, tones, 1500, -7, 8, 2.6, 30, 0.07)
    _litter(stage.p, rng, tones, 500, -3.6, -2.2, 2.6, 18, 0.07)
    _litter(stage.p, rng, tones, 500, 3.4, 5.2, 2.6, 18, 0.07)
    stage.light()
    heap: list[Part] = []
    for _ in range(520):  # a raked heap
        a, far = rng.uniform(0, math.tau), rng.random() ** 0.5
        y = 0.5 * (1 - far**1.6) + rng.uniform(0, 0.05)
        heap.append(_leaf(rng, 2.6 + math.cos(a) * far * 0.85, y, 5.0 + math.sin(a) * far * 0.6, rng.choice(tones), 0.085))
    heap.sort(key=lambda part: (-part.spheres[0][2], part.spheres[0][1]))
    stage.dark([(1.7, 0, 4.5), (3.6, 0, 4.5), (3.7, 0, 5.6), (1.7, 0, 5.6)], 0.4, 9)
    stage.put(heap, 2.6, 5.0, 0, 0)
    rake = Sketch(rng, (-0.3, 0.9, -0.03, 1.5), 420)
    rake.line([(0.0, 0.12), (0.7, 1.46)], (190, 150, 98), 0.03)
    for i in range(9):
        rake.line([(0.0, 0.14), (-0.24 + i * 0.055, -0.01 + abs(i - 4) * 0.012)], (70, 100, 84), 0.014)
    rake.line([(-0.2, 0.05), (0.16, 0.05)], (70, 100, 84), 0.018)
    stage.stand(rake, 1.75, 4.5, 0.0, 0.35)
    return stage


def _snow(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 320, 1.6), _moment(1, 10.5), "snow", 30)
    _avenue(stage, 1, 1.2, ("maple", "oak"), (132, 124, 88), nearest=8.5)
    for x in (0.1, 1.7):  # tracks of a car
        stage.p.shape([(x - 0.16, 0, 1.2), (x + 0.16, 0, 1.2), (x + 0.16, 0, 60), (x - 0.16, 0, 60)], (150, 152, 158), UPRIGHT)
    stage.light()
    _snowman(stage, -3.0, 5.2)
    flakes = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(flakes)
    for _ in range(420):
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), 0.8 + 3.4 * rng.random() ** 5
        draw.ellipse([x - r, y - r, x + r, y + r], fill=rng.randint(120, 215))
    stage.frame.paste((246, 248, 252), (0, 0), flakes.filter(ImageFilter.GaussianBlur(0.9)))
    return stage


def _snowman(stage: Stage, x: float, z: float) -> None:
    s = Sketch(stage.rng, (-0.8, 0.8, -0.04, 1.75), 330)
    white: Colour = (232, 238, 248)
    for side in (-1, 1):
        s.line([(side * 0.3, 0.9), (side * 0.62, 1.12)], (84, 66, 54), 0.025)
        for turn in (-0.05, 0.1):
            s.line([(side * 0.54, 1.06), (side * 0.7, 1.12 + turn)], (84, 66, 54), 0.018)
    for y, r in ((0.36, 0.42), (0.88, 0.31), (1.28, 0.21)):
        s.blob(oval(0, y, r, r * 0.95), white, 0.55, 0.0)
    s.blob(curve([(-0.21, 1.12), (0.21, 1.12), (0.2, 1.04), (0, 1.01), (-0.2, 1.04)]), (176, 48, 52), 0.5)
    s.blob([(0.08, 1.06), (0.19, 1.05), (0.22, 0.76), (0.12, 0.75)], (160, 42, 46), 0.5)
    for side in (-1, 1):
        s.fill(oval(side * 0.07, 1.34, 0.022, 0.024), (36, 34, 36))
    s.blob([(-0.01, 1.3), (0.0, 1.25), (0.2, 1.245)], (226, 126, 48), 0.4)
    for i in range(5):
        s.fill(oval(-0.08 + 0.04 * i, 1.19 - 0.016 * (2 - abs(i - 2)), 0.012, 0.012), (36, 34, 36))
    for y in (0.74, 0.88, 1.0):
        s.fill(oval(0.0, y, 0.024, 0.024), (40, 38, 40))
    s.blob(curve([(-0.18, 1.44), (-0.16, 1.55), (-0.05, 1.66), (0.06, 1.66), (0.16, 1.55), (0.18, 1.44)]), (58, 92, 124), 0.6, 0.012)
    s.blob([(-0.2, 1.4), (0.2, 1.4), (0.2, 1.48), (-0.2, 1.48)], (214, 214, 206), 0.4, 0.014)
    s.blob(oval(0.0, 1.68, 0.055, 0.055), (236, 236, 230), 0.5, 0.02)
    stage.stand(s, x, z, 0.0, 0.22)


def _porch(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 430, 1.5), _moment(9, 18.35), "clear", 80)
    p = stage.p
    for i in range(22):
        p.bush((-22 + i * 2.1, 3.2, 20), 2.4, rng.uniform(2.5, 4.5), [times(c, 0.8) for c in GREENS], rng, 60)
    p.flat(-40, 0.3, 40, 60, 0, (98, 122, 60), GRASS)
    wall: Colour = (198, 206, 198)
    trim: Colour = (240, 238, 232)
    _boards(p, -4.6, 0.0, 4.6, 5.6, 9.2, wall, 0.2)
    p.shape([(-5.2, 5.5, 9.0), (5.2, 5.5, 9.0), (0, 8.9, 9.0)], wall, UPRIGHT)
    p.shape([(-5.3, 5.4, 8.8), (-5.1, 5.9, 8.8), (0, 9.3, 8.8), (0, 8.8, 8.8)], trim, UPRIGHT)
    p.shape([(5.3, 5.4, 8.8), (5.1, 5.9, 8.8), (0, 9.3, 8.8), (0, 8.8, 8.8)], trim, UPRIGHT)
    floor = 0.55

    def window(x: float, y: float, w: float, h: float, glow: float) -> None:
        p.wall(x - 0.1, y - 0.12, x + w + 0.1, y + h + 0.1, 9.18, trim)
        p.wall(x, y, x + w, y + h, 9.16, (84, 84, 84), GLASS, glow)
        if glow:
            p.wall(x, y, x + w * 0.18, y + h, 9.15, (150, 120, 90), GLASS, glow * 0.6)
            p.wall(x + w * 0.82, y, x + w, y + h, 9.15, (150, 120, 90), GLASS, glow * 0.6)
        p.line((x + w / 2, y, 9.14), (x + w / 2, y + h, 9.14), trim, 0.05)
        p.line((x, y + h / 2, 9.14), (x + w, y + h / 2, 9.14), trim, 0.05)

    window(-3.4, 1.3, 1.5, 1.5, 0.9)
    window(2.2, 1.3, 1.3, 1.5, 0.8)
    window(-2.6, 4.0, 1.1, 1.3, 0.0)
    window(1.5, 4.0, 1.1, 1.3, 0.75)
    p.wall(-0.66, floor, 0.66, 2.95, 9.18, trim)
    p.wall(-0.52, floor, 0.52, 2.75, 9.16, (132, 44, 40))
    p.wall(-0.3, 1.75, 0.3, 2.55, 9.14, (110, 96, 70), GLASS, 0.95)
    p.line((0, 1.75, 9.13), (0, 2.55, 9.13), (132, 44, 40), 0.04)
    # Floor, front and steps of the porch.
    p.flat(-4.6, 7.0, 4.6, 9.2, floor, (140, 108, 80), UPRIGHT)
    for x in np.arange(-4.6, 4.6, 0.2):
        p.line((float(x), floor, 7.0), (float(x), floor, 9.2), (104, 80, 60), 0.012)
    p.wall(-4.6, 0, 4.6, floor, 6.98, (120, 112, 100))
    for i in range(3):
        y, z = floor - (i + 0) * floor / 3, 6.98 - i * 0.3
        p.wall(-1.0, 0, 1.0, y, z, (150, 140, 126))
        p.flat(-1.0, z - 0.02, 1.0, z + 0.3, y, (176, 166, 150), UPRIGHT)
    for a, b in ((-4.5, -1.1), (1.1, 4.5)):
        p.wall(a, floor + 0.08, b, floor + 0.15, 7.05, trim)
        p.wall(a, floor + 0.82, b, floor + 0.9, 7.05, trim)
        for x in np.arange(a, b, 0.19):
            p.wall(float(x), floor + 0.1, float(x) + 0.06, floor + 0.85, 7.06, times(trim, 0.95))
    for x in (-4.5, -1.15, 1.15, 4.5):
        p.wall(x - 0.11, floor, x + 0.11, 3.2, 7.0, trim)
        p.wall(x - 0.15, floor, x + 0.15, floor + 0.2, 6.98, trim)
        p.wall(x - 0.15, 3.0, x + 0.15, 3.2, 6.98, trim)
    p.wall(-4.9, 3.2, 4.9, 3.5, 6.9, trim)
    p.shape([(-5.0, 3.5, 6.7), (5.0, 3.5, 6.7), (4.8, 4.1, 9.2), (-4.8, 4.1, 9.2)], (84, 76, 74), ROOF)
    # The garden.
    p.shape([(-0.75, 0, 6.4), (0.75, 0, 6.4), (0.95, 0, 0.6), (-0.95, 0, 0.6)], (168, 160, 148), PAVE)
    for z in np.arange(1.6, 6.4, 0.8):
        p.line((-0.9, 0, float(z)), (0.9, 0, float(z)), (122, 116, 108), 0.02)
    _blades(p, rng, 700, 1.8, 6, (86, 108, 54))
    for side in (-1, 1):
        for i in range(7):
            p.bush((side * (1.5 + i * 0.5), 0.3, 6.6), 0.42, rng.uniform(0.32, 0.5), GREENS, rng, 130, 0.8)
    p.shape([(2.0, floor, 7.3), (2.4, floor, 7.3), (2.45, floor + 0.4, 7.3), (1.95, floor + 0.4, 7.3)], (170, 98, 66), UPRIGHT)
    p.bush((2.2, floor + 0.6, 7.3), 0.34, 0.3, GREENS, rng, 150)
    stage.light(lamp=(0.95, 2.5, 8.6))
    glow: Colour = (255, 196, 110)
    lamp = Sketch(rng, (-0.15, 0.15, -0.2, 0.25), 500)
    lamp.fill([(-0.08, -0.14), (0.08, -0.14), (0.1, 0.1), (-0.1, 0.1)], (255, 236, 190))
    lamp.line([(-0.08, -0.14), (0.08, -0.14), (0.1, 0.1), (-0.1, 0.1), (-0.08, -0.14)], (50, 46, 44), 0.018)
    lamp.fill([(-0.13, 0.1), (0.13, 0.1), (0, 0.2)], (50, 46, 44))
    stage.lay(lamp, [(0.95 + u * 1.2, 2.35 + v * 1.2, 9.1) for u, v in ((-0.15, -0.2), (0.15, -0.2), (0.15, 0.25), (-0.15, 0.25))], (1, 1, 1))
    stage.glow((0.95, 2.33, 9.0), 1.5, glow)
    stage.glow((-2.65, 2.05, 9.0), 1.3, (96, 66, 34))
    for i, (x, r) in enumerate(((-1.55, 0.2), (-1.98, 0.15))):
        pumpkin = [_ball(x + k * r * 0.42, r * 0.86, 6.0 - i * 0.2, r * 0.8, times((212, 116, 38), 1 - 0.12 * abs(k)), 0.3) for k in (-1, 1, 0)]
        stem = Part([(x, r * 1.55, 6.0, 0.025), (x + 0.03, r * 1.9, 6.0, 0.018)], (92, 100, 52), 0.2)
        stage.put([stem, *pumpkin], x, 7.6, 0, 0.35)
    return stage


def _vegetables(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1300, -170, 1.3), _moment(8, 11.0), "cloudy")
    p = stage.p
    _planks(p, rng, 1.2, 5.2, 0.0, (160, 132, 100), 0.15)
    _boards(p, -3, 0, 3, 3, 3.6, (224, 220, 208), 0.18)
    stage.light(blur=0.8)
    wood: Colour = (198, 158, 108)
    left, right, near, far, high = -0.40, 0.40, 1.95, 2.36, 0.24
    stage.dark([(left - 0.05, 0, near - 0.04), (right + 0.12, 0, near - 0.04), (right + 0.1, 0, far + 0.05), (left, 0, far + 0.05)], 0.55, 13)
    inside = [
        panel([(left, 0, far), (right, 0, far), (right, high, far), (left, high, far)], times(wood, 0.6)),
        panel([(left, 0, near), (left, 0, far), (left, high, far), (left, high, near)], times(wood, 0.5)),
        panel([(right, 0, near), (right, 0, far), (right, high, far), (right, high, near)], times(wood, 0.66)),
    ]
    stage.put(inside, 0, 2.1, 0, 0)
    for x, z, y in ((-0.3, 2.32, 0.26), (-0.13, 2.34, 0.27)):
        stage.stand(_lettuce(rng), x, z, y - 0.1, 0)
    stage.stand(_carrots(rng), 0.2, 2.3, 0.17, 0)
    for x, z, y, r, tone in (
        (-0.28, 2.16, 0.22, 0.055, (196, 46, 36)), (-0.17, 2.14, 0.21, 0.06, (206, 58, 40)), (-0.06, 2.17, 0.22, 0.052, (190, 40, 34)),
        (-0.31, 2.05, 0.2, 0.058, (204, 54, 38)), (-0.2, 2.03, 0.19, 0.052, (214, 84, 42)), (-0.1, 2.05, 0.2, 0.056, (196, 46, 36)),
    ):  # fmt: skip
        stage.stand(_tomato(rng, r, tone), x, z, y - r, 0.25)
    for x, z, y, turn in ((0.14, 2.1, 0.2, 0.25), (0.22, 2.03, 0.18, -0.2)):
        s = Sketch(rng, (-0.2, 0.2, -0.07, 0.07), 1300)
        tone: Colour = (58, 98, 46)
        s.blob(curve([(-0.17, -0.025), (-0.05, -0.04), (0.13, -0.036), (0.17, 0.0), (0.13, 0.036), (-0.05, 0.034), (-0.17, 0.024)]), lambda x, y: times((58, 98, 46), 1.25 if math.sin(y * 330) > 0.6 else 0.95), 0.9, 0, None, 0.14)
        s.blob(oval(-0.175, 0.0, 0.02, 0.016), times(tone, 1.6), 0.4)
        c, k = math.cos(turn), math.sin(turn)
        stage.lay(s, [(x + u * c, y + v + u * k * 0.4, z - u * k) for u, v in ((-0.2, -0.07), (0.2, -0.07), (0.2, 0.07), (-0.2, 0.07))])
    front: list[Part] = []
    for i in range(3):
        y = 0.01 + i * 0.082
        front += _box(left - 0.015, y, near - 0.015, right + 0.015, y + 0.068, near + 0.012, times(wood, rng.uniform(0.94, 1.06)))
    for x in (left, right - 0.03):
        front += _box(x, 0.0, near - 0.03, x + 0.03, high + 0.01, near, times(wood, 0.86))
    stage.put(front, 0, near, 0, 0)
    note = Sketch(rng, (-0.17, 0.17, -0.1, 0.1), 1300)
    note.blob([(-0.16, -0.085), (0.155, -0.09), (0.16, 0.085), (-0.155, 0.09)], (246, 242, 228), 0.08)
    note.text(0, 0.035, "from our garden", (70, 90, 60), 0.034)
    note.text(0, -0.025, "Help yourself!", (150, 60, 50), 0.045)
    stage.stand(note, 0.03, near - 0.035, 0.125, 0.25)
    for x, z, r in ((0.53, 2.0, 0.05), (-0.56, 2.2, 0.055)):
        stage.stand(_tomato(rng, r, (204, 60, 40)), x, z, 0, 0.4)
    return stage


def _tomato(rng: random.Random, r: float, tone: Colour) -> Sketch:
    s = Sketch(rng, (-r * 1.2, r * 1.2, -r * 0.05, r * 2.1), 1300)
    s.blob(curve(oval(0, r * 0.92, r, r * 0.9)), tone, 1.0)
    s.fill(oval(-r * 0.36, r * 1.32, r * 0.16, r * 0.1, 0.6), mix(tone, (255, 246, 236), 0.7))
    for i in range(5):
        a = 0.3 + i * math.tau / 5
        s.line([(0, r * 1.62), (math.cos(a) * r * 0.42, r * 1.6 + math.sin(a) * r * 0.2)], (70, 104, 48), r * 0.12)
    s.line([(0, r * 1.62), (r * 0.08, r * 1.9)], (82, 112, 56), r * 0.14)
    return s


def _lettuce(rng: random.Random) -> Sketch:
    s = Sketch(rng, (-0.17, 0.17, -0.02, 0.3), 1100)
    for i in range(26):
        share = i / 26
        a, far = rng.uniform(0.15, math.pi - 0.15), 1 - share * 0.75
        x, y = math.cos(a) * 0.1 * far, 0.08 + math.sin(a) * 0.11 * far
        r = 0.05 * (1.15 - share * 0.4)
        ruffle = [(x + math.cos(b) * r * k, y + math.sin(b) * r * k) for b, k in ((j * math.tau / 18, 1.0 if j % 2 else 0.84) for j in range(18))]
        s.blob(curve(ruffle, fine=3), mix((78, 132, 48), (186, 212, 110), share * 0.8 + rng.uniform(-0.1, 0.1)), 0.8)
        s.line([(x, y - r * 0.7), (x, y + r * 0.4)], (206, 224, 150), 0.003)
    return s


def _carrots(rng: random.Random) -> Sketch:
    s = Sketch(rng, (-0.24, 0.24, -0.12, 0.36), 1100)
    for i in range(7):
        x = -0.09 + i * 0.03
        for _ in range(7):
            a = rng.uniform(1.0, 2.1)
            ex, ey = x + math.cos(a) * rng.uniform(0.1, 0.22), 0.08 + math.sin(a) * rng.uniform(0.1, 0.24)
            tone = rng.choice(((64, 116, 50), (84, 136, 60), (54, 98, 44)))
            s.line([(x, 0.07), ((x + ex) / 2 + rng.uniform(-0.01, 0.01), (0.07 + ey) / 2), (ex, ey)], tone, 0.004)
            for _ in range(5):
                k = rng.uniform(0.4, 1.05)
                s.blob(oval(x + (ex - x) * k + rng.uniform(-0.012, 0.012), 0.07 + (ey - 0.07) * k, 0.012, 0.007, a), tone, 0.4)
    for i in range(7):
        x, lean = -0.1 + i * 0.033, rng.uniform(-0.03, 0.03)
        tone: Colour = (226, 122, 44)
        s.blob(curve([(x - 0.024, 0.07), (x, 0.085), (x + 0.024, 0.07), (x + 0.012 + lean * 0.6, -0.03), (x + lean, -0.11), (x - 0.012 + lean * 0.6, -0.03)]), tone, 1.0)
        for k in (0.04, 0.01, -0.02):
            s.line([(x - 0.014 + lean * 0.3, k), (x + 0.004 + lean * 0.3, k - 0.002)], times(tone, 0.8), 0.002)
    return s


def _dead_lamp(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(700, 520, 1.55), _moment(3, 18.2), "clear", 262)
    _avenue(stage, 3, -3.2, ("maple", "oak"), (112, 116, 74), nearest=12.0)
    stage.light(street_lamp=(-0.6, 17.0))
    stage.glow((-0.6, 5.25, 17.0), 1.6, (255, 196, 112))
    stage.glow((-5.7, 5.25, 36.0), 1.4, (240, 180, 100))
    s = Sketch(rng, (-2.1, 0.5, -0.02, 5.6), 230)
    iron: Colour = (66, 72, 74)
    s.blob([(-0.07, 0.0), (0.07, 0.0), (0.055, 5.2), (-0.055, 5.2)], iron, 0.9)
    s.blob([(-0.13, 0.0), (0.13, 0.0), (0.11, 0.75), (-0.11, 0.75)], times(iron, 1.1), 0.9)
    s.blob([(0.02, 0.32), (0.085, 0.32), (0.085, 0.58), (0.02, 0.58)], times(iron, 0.8), 0.3)
    s.line(curve([(0.0, 5.05), (-0.1, 5.3), (-0.5, 5.42), (-1.0, 5.42)], closed=False), iron, 0.075)
    # The head has come loose and hangs from its wire; glass is missing.
    s.line(curve([(-1.0, 5.42), (-1.1, 5.3), (-1.05, 5.15)], closed=False), (36, 36, 38), 0.022)
    c, k = math.cos(-1.0), math.sin(-1.0)

    def turned(spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(-1.05 + u * c - v * k, 5.12 + u * k + v * c) for u, v in spots]

    s.blob(turned([(-0.05, 0.06), (0.2, 0.12), (0.66, 0.1), (0.74, 0.02), (0.7, -0.06), (-0.02, -0.06)]), times(iron, 1.2), 0.8)
    s.blob(turned([(0.1, -0.05), (0.68, -0.05), (0.62, -0.13), (0.16, -0.13)]), (120, 124, 122), 0.5)
    s.fill(turned([(0.26, -0.05), (0.4, -0.1), (0.36, -0.14), (0.52, -0.09), (0.6, -0.14), (0.56, -0.05)]), (24, 26, 30))
    s.line(turned([(0.3, -0.06), (0.37, -0.1), (0.33, -0.13)]), (190, 194, 190), 0.014)
    plate = [(-0.05, 1.5), (0.05, 1.5), (0.05, 1.72), (-0.05, 1.72)]
    s.blob(plate, (222, 190, 70), 0.2)
    s.text(0.0, 1.61, "127", (40, 38, 36), 0.062)
    stage.stand(s, 0.95, 6.4, 0.0, 0.25)
    for _ in range(16):  # glass on the pavement
        x, z = -0.05 + rng.uniform(-0.4, 0.4), 6.2 + rng.uniform(-0.3, 0.3)
        stage.put([panel([(x, 0.01, z), (x + rng.uniform(0.02, 0.07), 0.01, z + 0.02), (x + 0.02, 0.01, z + rng.uniform(0.03, 0.08))], (226, 232, 236), glow=True)], x, z, 0, 0)
    return stage


def _keys(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(2300, -830, 1.25), _moment(5, 14.0), "cloudy")
    p = stage.p
    p.flat(-9, 0.5, 9, 9, 0, (108, 130, 66), GRASS)
    wood: Colour = (158, 112, 74)
    seat = 0.45

    def slat(z: float, deep: float) -> None:
        tone = times(wood, rng.uniform(0.9, 1.08))
        p.flat(-2, z, 2, z + deep, seat, tone, UPRIGHT)
        p.wall(-2, seat - 0.03, 2, seat, z, times(tone, 0.66))
        for _ in range(26):  # grain
            x, at = rng.uniform(-0.5, 0.4), z + rng.uniform(0.006, deep - 0.006)
            p.line((x, seat, at), (x + rng.uniform(0.08, 0.3), seat, at + rng.uniform(-0.002, 0.002)), times(tone, rng.uniform(0.8, 0.95)), 0.0014)
        if rng.random() < 0.7:
            px, py, scale = p.at((rng.uniform(-0.28, 0.28), seat, z + deep / 2))
            for r in (0.011, 0.007, 0.003):
                p.draw.ellipse([px - r * scale, py - r * scale * 0.5, px + r * scale, py + r * scale * 0.5], fill=tuple(round(c * (0.55 + r * 20)) for c in tone))

    for z in (1.62, 1.515, 1.41, 1.305, 1.2, 1.095):
        slat(z, 0.092)
    for x in (-0.3, 0.29):
        for z in (1.66, 1.555, 1.45, 1.345, 1.24):
            px, py, scale = p.at((x, seat, z))
            r = 0.006 * scale
            p.draw.ellipse([px - r, py - r * 0.6, px + r, py + r * 0.6], fill=(88, 84, 80))
            p.draw.ellipse([px - r * 0.7, py - r * 0.55, px + r * 0.4, py + r * 0.2], fill=(150, 146, 140))
    stage.light()
    s = Sketch(rng, (-0.13, 0.13, -0.11, 0.11), 3600)
    _bunch(s)
    c, k = math.cos(0.35), math.sin(0.35)

    def on(u: float, v: float, lift: float = 0.001) -> Point:
        return (0.0 + u * c - v * k, seat + lift, 1.36 + (u * k + v * c) * 1.15)

    plane = [(-0.13, -0.11), (0.13, -0.11), (0.13, 0.11), (-0.13, 0.11)]
    mask = s.finished().copy()
    mask.putalpha(mask.getchannel("A").filter(ImageFilter.GaussianBlur(16)).point(lambda a: round(a * 0.62)))
    shade = Sketch(rng, s.extent, s.scale)
    shade.tile = mask
    stage.lay(shade, [on(u + 0.003, v - 0.004) for u, v in plane], (0.06, 0.06, 0.07))
    stage.lay(s, [on(u, v, 0.003) for u, v in plane])
    leaf = Sketch(rng, (-0.05, 0.05, -0.03, 0.03), 2400)
    leaf.blob(curve([(-0.045, 0.0), (-0.01, 0.022), (0.045, 0.004), (-0.008, -0.02)]), (206, 168, 72), 0.6)
    leaf.line([(-0.05, -0.002), (0.04, 0.004)], (150, 112, 46), 0.0014)
    stage.lay(leaf, [(0.2 + u, seat + 0.002, 1.52 + v) for u, v in ((-0.05, -0.03), (0.05, -0.03), (0.05, 0.03), (-0.05, 0.03))])
    return stage


def _bunch(s: Sketch) -> None:
    """Three keys on a ring with a wooden fob, seen from above."""
    brass, steel = (206, 172, 92), (188, 192, 196)

    def key(turn: float, tone: Colour, long: float, teeth: Sequence[float], round_head: bool) -> None:
        c, k = math.cos(turn), math.sin(turn)

        def at(spots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
            return [(-0.012 + u * c - v * k, 0.012 + u * k + v * c) for u, v in spots]

        blade = [(0.034, 0.0052), (long, 0.0052), (long + 0.005, 0.001)]
        for i, deep in enumerate(teeth):
            u = long - 0.004 - i * 0.007
            blade += [(u, -0.0055 + deep), (u - 0.0035, -0.0055)]
        s.blob(at([*blade, (0.034, -0.0055)]), tone, 0.7)
        s.line(at([(0.036, 0.0012), (long - 0.002, 0.0012)]), times(tone, 0.72), 0.0014)
        head = oval(0.022, 0, 0.017, 0.0155) if round_head else curve([(0.006, -0.012), (0.02, -0.017), (0.036, -0.009), (0.036, 0.009), (0.02, 0.017), (0.006, 0.012)])
        s.blob(at(head), tone, 0.9)
        s.blob(at(oval(0.011, 0, 0.0042, 0.0042)), (72, 58, 44), 0.2)

    key(-0.85, steel, 0.088, (0.002, 0.0035, 0.001, 0.003, 0.002), False)
    key(-0.25, brass, 0.09, (0.003, 0.001, 0.0035, 0.002, 0.001), True)
    key(0.4, steel, 0.078, (0.001, 0.003, 0.002, 0.0035), True)
    strap = curve([(-0.03, 0.018), (-0.052, 0.03), (-0.064, 0.034)], closed=False)
    s.line(strap, (120, 50, 44), 0.007)
    s.blob(curve([(-0.062, 0.018), (-0.105, 0.028), (-0.118, 0.052), (-0.104, 0.074), (-0.066, 0.058), (-0.052, 0.036)]), lambda x, y: times((190, 58, 52), 1 + 0.05 * math.sin(x * 900)), 0.8, 0, None, 0.03)
    s.text(-0.086, 0.046, "home", (250, 240, 226), 0.0135)
    s.ring(-0.019, 0.012, 0.019, 0.019, (120, 124, 128), 0.0036)
    s.ring(-0.0194, 0.0126, 0.018, 0.018, (222, 226, 228), 0.0012)


def _garden(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(780, 210, 1.65), _moment(7, 10.2), "clear", 320)
    p = stage.p
    for i in range(20):
        p.bush((-20 + i * 2.1, 3.0, 20), 2.2, rng.uniform(2.0, 3.8), GREENS, rng, 80)
    p.flat(-40, 0.3, 40, 40, 0, (112, 138, 64), GRASS)
    for x in np.arange(-10, 10, 0.3):
        p.wall(float(x), 0, float(x) + 0.26, 1.5, 13, times((150, 120, 90), rng.uniform(0.9, 1.06)))
    _boards(p, 2.6, 0, 5.8, 2.2, 12.2, (120, 140, 120), 0.2)
    p.shape([(2.3, 2.2, 12), (6.1, 2.2, 12), (5.6, 3.3, 13.5), (2.8, 3.3, 13.5)], (110, 74, 60), ROOF)
    p.wall(3.2, 0, 4.1, 1.9, 12.15, (92, 108, 92))
    p.wall(4.6, 1.0, 5.3, 1.7, 12.15, (66, 78, 92), GLASS)
    stage.shades.append(_tree(p, rng, -6.2, 12.0, 5.5, 7, "maple"))
    p.flat(-0.52, 0.4, 0.52, 12, 0, (172, 140, 100), PAVE)
    p.flat(-6, 5.9, 6, 6.6, 0, (172, 140, 100), PAVE)
    _blades(p, rng, 400, 1.8, 8)
    for z, plants in ((6.8, ("sunflower", "bean")), (2.7, ("lettuce", "tomato"))):
        for x0, x1, plant in ((-3.2, -0.62, plants[0]), (0.62, 3.2, plants[1])):
            _bed(p, rng, x0, x1, z, z + 2.7, plant)
    stage.light()
    can = Sketch(rng, (-0.42, 0.42, -0.02, 0.5), 600)
    tin: Colour = (70, 128, 126)
    can.line([(-0.14, 0.12), (-0.36, 0.36)], times(tin, 0.85), 0.045)
    can.blob([(-0.41, 0.35), (-0.33, 0.43), (-0.3, 0.41), (-0.39, 0.32)], tin, 0.4)
    can.ring(0.16, 0.22, 0.13, 0.15, times(tin, 0.8), 0.03)
    can.blob([(-0.16, 0.0), (0.16, 0.0), (0.15, 0.3), (-0.15, 0.3)], tin, 1.0)
    can.line(curve([(-0.1, 0.3), (0.0, 0.44), (0.12, 0.3)], closed=False), times(tin, 0.85), 0.028)
    can.fill(oval(0, 0.3, 0.15, 0.028), times(tin, 0.5))
    stage.stand(can, 0.12, 3.3, 0.0, 0.42)
    return stage


def _bed(p: Painter, rng: random.Random, x0: float, x1: float, z0: float, z1: float, plant: str) -> None:
    """A raised bed with one kind of plant in rows."""
    wood, high = (158, 122, 84), 0.32
    p.flat(x0, z0, x1, z1, high, times(wood, 1.12), UPRIGHT)
    p.flat(x0 + 0.06, z0 + 0.06, x1 - 0.06, z1 - 0.06, high, (84, 62, 46), UPRIGHT)
    rows = int((z1 - z0) / 0.42)
    for row in range(rows - 1, -1, -1):
        z = z0 + 0.3 + row * 0.42
        count = 5 if plant in ("lettuce", "bean") else 4
        for i in range(count):
            x = x0 + (i + 0.6) * (x1 - x0) / (count + 0.2) + rng.uniform(-0.04, 0.04)
            if plant == "lettuce":
                tones: list[Colour] = [(104, 156, 60), (132, 178, 80), (88, 136, 54)] if (row + i // 2) % 2 else [(120, 72, 72), (140, 92, 84), (98, 110, 60)]
                p.bush((x, high + 0.09, z), 0.2, 0.13, tones, rng, 90)
            elif plant == "bean":
                p.bush((x, high + 0.35, z), 0.22, 0.4, [(66, 112, 52), (84, 130, 60), (56, 96, 48)], rng, 90, 0.7)
            elif plant == "tomato":
                p.line((x, high, z), (x, high + 1.15, z), (190, 160, 110), 0.03)
                p.bush((x, high + 0.5, z), 0.24, 0.5, [(62, 108, 50), (80, 126, 58), (52, 92, 46)], rng, 110, 0.7)
                for _ in range(9):
                    px, py, scale = p.at((x + rng.uniform(-0.18, 0.18), high + rng.uniform(0.15, 0.85), z - 0.1))
                    r = 0.036 * scale
                    tone = rng.choice(((206, 50, 38), (214, 70, 40), (222, 150, 60)))
                    p.draw.ellipse([px - r, py - r, px + r, py + r], fill=tone)
                    p.draw.ellipse([px - r * 0.5, py - r * 0.6, px, py - r * 0.1], fill=tuple(min(255, c + 50) for c in tone))
            elif row % 2 == 0:
                up = rng.uniform(1.3, 1.8)
                p.line((x, high, z), (x, high + up, z), (84, 122, 56), 0.04)
                for k in (0.3, 0.5, 0.7):
                    p.bush((x + rng.choice((-0.12, 0.12)), high + up * k, z), 0.17, 0.08, [(74, 120, 54), (92, 138, 62)], rng, 30)
                px, py, scale = p.at((x, high + up, z - 0.1))
                r = 0.17 * scale
                for j in range(16):
                    a = j * math.tau / 16
                    ex, ey = px + math.cos(a) * r, py + math.sin(a) * r
                    p.draw.line([px, py, ex, ey], fill=(236, 186, 54) if j % 2 else (224, 164, 40), width=max(2, round(r * 0.3)))
                p.draw.ellipse([px - r * 0.5, py - r * 0.5, px + r * 0.5, py + r * 0.5], fill=(92, 60, 36))
    p.wall(x0, 0, x1, high, z0, wood)
    p.line((x0, high / 2, z0), (x1, high / 2, z0), times(wood, 0.75), 0.014)
    inner = x1 if x1 < 0 else x0
    p.side(inner, 0, z0, high, z1, times(wood, 0.8))


def _puddle(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 320, 1.6), _moment(4, 17.4), "rain", 40)
    _avenue(stage, 5, 1.4, ("maple", "oak"), (96, 122, 60), nearest=8.0)
    stage.light()
    who = person(rng.randrange(99), True, False)
    pose = Pose(-4.4, 9.5, 0.0, 0.08, 0.2, 1.0, right=(0.13, who.height * 0.62, 0.2))
    stage.put([*umbrella(pose, who, (196, 66, 58)), *person_parts(who, pose)], -4.4, 9.5, 0.0, 0.3)
    pools = [
        curve([(-1.6, 4.3), (-0.2, 4.0), (1.1, 4.25), (1.3, 4.9), (0.4, 5.4), (-0.7, 5.2), (-1.5, 5.0)]),
        curve([(-0.9, 2.75), (0.1, 2.6), (0.4, 2.9), (-0.1, 3.2), (-0.8, 3.15)]),
        curve([(2.2, 6.3), (3.9, 6.1), (4.4, 7.2), (3.2, 8.4), (2.4, 7.6)]),
        curve([(-1.9, 9.0), (-0.6, 8.8), (-0.4, 10.4), (-1.5, 11.0)]),
    ]
    water = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(water)
    for pool in pools:
        at = stage.lens.project(np.array([(x, 0.0, z) for x, z in pool])).ravel().tolist()
        draw.polygon(at, fill=255)
    # What stands far away is mirrored around the line where it meets the ground.
    line = round(stage.lens.horizon + stage.lens.focal * stage.lens.eye / 40)
    pixels = np.asarray(stage.frame)
    rows = np.clip(2 * line - np.arange(HEIGHT), 0, line)
    ripple = np.sin(np.arange(HEIGHT) * 0.9) * (np.arange(HEIGHT) - line) * 0.008
    columns = np.clip(np.arange(WIDTH)[None, :] + np.round(ripple)[:, None], 0, WIDTH - 1).astype(int)
    mirror = Image.fromarray(np.ascontiguousarray(pixels[rows[:, None], columns])).filter(ImageFilter.GaussianBlur(1.2))
    mirror = Image.blend(mirror, Image.new("RGB", mirror.size, (70, 78, 88)), 0.14)
    stage.frame.paste(mirror, (0, 0), water.filter(ImageFilter.GaussianBlur(1.4)))
    over = ImageDraw.Draw(stage.frame, "RGBA")
    for _ in range(46):  # rings of drops
        x, z = rng.choice(rng.choice(pools))
        x, z = x * 0.9 + rng.uniform(-0.3, 0.1), z + rng.uniform(-0.1, 0.25)
        column, row = stage.at((x, 0.0, z))
        r = rng.uniform(0.03, 0.09) * stage.lens.focal / z
        over.ellipse([column - r, row - r * 0.32, column + r, row + r * 0.32], outline=(226, 232, 238, 110), width=1)
    for _ in range(170):
        x, y, long = rng.uniform(0, WIDTH), rng.uniform(-20, HEIGHT), rng.uniform(12, 36)
        over.line([x, y, x - long * 0.12, y + long], fill=(214, 222, 230, rng.randint(26, 70)), width=1)
    return stage


# Every picture's name and what it shows, for those who cannot see it.
PICTURES: dict[str, str] = {
    "found-tabby": "A tabby cat without a collar sits on a porch step and looks at the camera.",
    "found-dog": "A brown dog with a red collar sits on the grass by a white picket fence.",
    "wrong-parcel": "A parcel addressed to No. 41 stands on the doormat of a red door, No. 14.",
    "fallen-branch": "A fallen branch lies across the pavement, next to a small orange cone.",
    "yard-sale": "A yard-sale table with books, a teapot, a lamp and a teddy bear, and a cardboard sign.",
    "found-bicycle": "A green bicycle with a basket leans at a lamp post under a note that says found.",
    "autumn-leaves": "A street in autumn with golden trees, and a raked heap of leaves.",
    "snowy-street": "A street under fresh snow, with a snowman beside it.",
    "porch-at-dusk": "A porch at dusk with its lamp lit, warm windows and two pumpkins by the steps.",
    "vegetable-box": "A wooden box of tomatoes, carrots and lettuce with a note: help yourself.",
    "broken-street-lamp": "A broken street lamp at dusk; its head hangs from a wire.",
    "lost-keys": "Three keys on a ring with a red fob lie on a park bench.",
    "community-garden": "Raised beds in a community garden, with lettuce, tomatoes, beans and sunflowers.",
    "rain-puddles": "A street in the rain with large puddles; somebody walks by under a red umbrella.",
}
_DRAWN: dict[str, Callable[[random.Random], Stage]] = {
    "found-tabby": _tabby,
    "found-dog": _dog,
    "wrong-parcel": _parcel,
    "fallen-branch": _branch,
    "yard-sale": _yard_sale,
    "found-bicycle": _bicycle,
    "autumn-leaves": _autumn,
    "snowy-street": _snow,
    "porch-at-dusk": _porch,
    "vegetable-box": _vegetables,
    "broken-street-lamp": _dead_lamp,
    "lost-keys": _keys,
    "community-garden": _garden,
    "rain-puddles": _puddle,
}


def draw_picture(name: str, seed: int) -> bytes:
    """One of PICTURES as a JPEG without metadata, 1024 x 768; the same for the same seed."""
    if name not in _DRAWN:
        raise ValueError(f"no such picture: {name!r}")
    rng = random.Random(f"picture {name} {seed}")
    return jpeg(_DRAWN[name](rng).developed(), 88)

"""Still pictures such as residents post from a phone: each one invented, each the same for the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from simulator.acts import umbrella
from simulator.backdrops import (
    GREENS,
    STONE,
    avenue,
    ball,
    blades,
    boards,
    box,
    bricks,
    leaf,
    litter,
    planks,
    tree,
)
from simulator.frames import Colour, Part, Point, jpeg, panel, times
from simulator.people import Pose, parcel_parts, person, person_parts
from simulator.portraits import brown_dog, tabby_cat
from simulator.props import bed, bike, bunch, carrots, lettuce, rail_of_clothes, snowman, table_things, tomato
from simulator.scenery import GLASS, GRASS, PAVE, PORCH, ROAD, ROOF, UPRIGHT
from simulator.still import HEIGHT, WIDTH, Sketch, Stage, curve, oval, phone


def _moment(month: int, hour: float, day: int = 14) -> datetime:
    """A local time, as the light is computed for it."""
    return datetime(2025, month, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def _tabby(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1400, 190, 0.85), _moment(5, 9.5), "cloudy")
    p = stage.p
    boards(p, -4, 0.5, 4, 4, 3.7, (206, 214, 208))
    p.wall(0.28, 0.5, 1.5, 4, 3.66, (240, 238, 232))
    p.wall(0.38, 0.54, 1.4, 4, 3.64, (44, 84, 92))
    p.wall(0.52, 0.7, 1.26, 4, 3.63, (36, 72, 80))
    brick: Colour = (150, 92, 74)
    for z, low, high in ((3.15, 0.32, 0.5), (2.65, 0.14, 0.32), (2.1, -0.2, 0.14)):
        bricks(p, rng, -2.4, low, 2.4, high - 0.04, z, brick)
        p.flat(-2.4, z - 0.03, 2.4, z + 0.56, high, (182, 176, 166), PORCH)
        p.wall(-2.4, high - 0.045, 2.4, high, z - 0.03, (160, 154, 146))
    for x, z, y in ((-0.98, 3.3, 0.5), (-0.86, 2.8, 0.32)):
        p.shape(
            [(x - 0.1, y, z), (x + 0.1, y, z), (x + 0.14, y + 0.2, z), (x - 0.14, y + 0.2, z)],
            (170, 98, 66),
            UPRIGHT,
        )
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
    blades(p, rng, 900, 2.2, 8)
    for x in np.arange(-3.2, 3.4, 0.52):
        p.bush((float(x), 0.5, 4.9), 0.4, 0.5, GREENS, rng, 150, 0.7)
    white: Colour = (236, 234, 228)
    for y in (0.28, 0.78):
        p.wall(-4, y, 4, y + 0.09, 4.32, times(white, 0.86))
    for x in np.arange(-2.2, 2.3, 0.17):
        x = float(x)
        p.shape(
            [(x, 0.04, 4.3), (x + 0.1, 0.04, 4.3), (x + 0.1, 1.0, 4.3), (x + 0.05, 1.09, 4.3), (x, 1.0, 4.3)],
            times(white, rng.uniform(0.94, 1.02)),
            UPRIGHT,
        )
    stage.light(blur=1.3)
    stage.stand(brown_dog(rng, (184, 40, 44)), -0.1, 2.55, 0.0, 0.42)
    return stage


def _parcel(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(820, 130, 1.5), _moment(10, 13.0), "cloudy")
    p = stage.p
    bricks(p, rng, -2.6, 0.0, 2.6, 2.6, 2.9, (158, 86, 68))
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
        p.shape(
            [(x - 0.17, 0, 2.6), (x + 0.17, 0, 2.6), (x + 0.23, 0.4, 2.6), (x - 0.23, 0.4, 2.6)],
            (74, 92, 104),
            UPRIGHT,
        )
        p.shape(
            [(x + 0.05, 0, 2.6), (x + 0.17, 0, 2.6), (x + 0.23, 0.4, 2.6), (x + 0.07, 0.4, 2.6)],
            (58, 72, 82),
            UPRIGHT,
        )
        for i in range(4):
            p.bush(
                (x, 0.56 + i * 0.22, 2.6),
                0.30 - i * 0.05,
                0.2,
                [(44, 80, 50), (58, 96, 58), (36, 66, 44)],
                rng,
                170,
                0.7,
            )
    stage.light()
    plate = Sketch(rng, (-0.2, 0.2, -0.14, 0.14), 700)
    plate.blob([(-0.17, -0.11), (0.17, -0.11), (0.17, 0.11), (-0.17, 0.11)], (36, 52, 74), 0.2)
    plate.text(0, 0, "14", (236, 226, 196), 0.19)
    stage.stand(plate, 1.08, 2.87, 1.55, 0.2)
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
    front = [
        (0.02 + u * c - 0.184 * s, 0.15 + v, 2.36 - u * s - 0.184 * c)
        for u, v in ((-0.22, -0.09), (0.04, -0.09), (0.04, 0.09), (-0.22, 0.09))
    ]
    stage.lay(label, front)
    return stage


def _branch(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(800, 250, 1.55), _moment(7, 10.0, 9), "cloudy")
    p = stage.p
    avenue(stage, 7, -5.4, ("maple", "oak"), (104, 128, 62), lamps=False, nearest=13.0)
    blades(p, rng, 500, 1.8, 9, (-0.5, 0.9))
    # The tree it came from, with a pale scar.
    stage.shades.append(tree(p, rng, -2.3, 7.0, 8.5, 7, "oak"))
    p.shape(
        [(-2.2, 2.0, 6.98), (-2.02, 2.16, 6.98), (-2.04, 2.5, 6.98), (-2.2, 2.62, 6.98)],
        (214, 178, 128),
        UPRIGHT,
    )
    litter(p, rng, [(84, 118, 52), (104, 132, 60), (126, 140, 70)], 200, -2.4, 2.2, 3.2, 8, 0.05)
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
                leaves.append(
                    leaf(
                        rng,
                        lx,
                        max(0.02, ly + rng.uniform(0, 0.16)),
                        lz,
                        rng.choice(((74, 112, 50), (60, 98, 46), (96, 132, 62))),
                    )
                )
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


def _yard_sale(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(840, 190, 1.55), _moment(6, 10.0), "clear", 330)
    p = stage.p
    for i in range(16):
        p.bush((-16 + i * 2.1, 2.6, 17), 2.0, rng.uniform(1.6, 3.0), GREENS, rng, 70)
    boards(p, -7, 0, 3.2, 3.1, 11, (176, 190, 198), 0.24)
    p.shape([(-7.5, 3.1, 10.6), (3.8, 3.1, 10.6), (3.0, 5.2, 13), (-7, 5.2, 13)], (92, 84, 80), ROOF)
    p.wall(-2.2, 0, 1.4, 2.4, 10.95, (240, 238, 232))
    p.wall(-2.0, 0, 1.2, 2.25, 10.9, (66, 62, 60))
    p.wall(-1.7, 0, -0.9, 1.2, 10.85, (124, 100, 74))
    p.wall(0.1, 0, 0.8, 0.8, 10.85, (110, 120, 128))
    p.flat(-40, 0.3, 40, 60, 0, (112, 138, 64), GRASS)
    p.flat(-2.4, 0.3, 1.6, 11, 0, (166, 162, 156), PAVE)
    for z in (3.6, 6.4, 9.2):
        p.line((-2.4, 0, z), (1.6, 0, z), (128, 124, 118), 0.03)
    blades(p, rng, 500, 1.8, 9, (-2.4, 1.6))
    stage.shades.append(tree(p, rng, 3.6, 8.2, 6.2, 6, "maple"))
    stage.light()
    rail_of_clothes(stage, 2.15, 5.2)
    z0, z1, y = 3.3, 4.05, 0.74
    for x in (-1.12, 1.02):
        for z in (z1 - 0.05, z0 + 0.05):
            stage.put([Part([(x, 0.02, z, 0.02), (x, y, z, 0.02)], (112, 116, 120), 0.2)], x, z, 0, 0.3)
    stage.put(box(-1.25, y, z0, 1.15, y + 0.035, z1, (226, 222, 212)), 0, z0, 0, 0.42)
    cloth = panel(
        [(-1.25, y + 0.036, z0), (1.15, y + 0.036, z0), (1.15, y + 0.036, z1), (-1.25, y + 0.036, z1)],
        (196, 214, 220),
    )
    stage.put([cloth], 0, z0, 0, 0)
    drape = Sketch(rng, (-1.25, 1.15, -0.3, 0.0), 420)
    waves = [(-1.25 + 0.1 * i, -0.2 - 0.022 * (i % 2)) for i in range(25)]
    drape.blob(
        [(-1.25, 0.0), *waves, (1.15, 0.0)],
        lambda x, v: times((196, 214, 220), 0.9 + 0.07 * math.sin(x * 31)),
        0.1,
    )
    for x in np.arange(-1.2, 1.15, 0.2):
        drape.line([(float(x), -0.01), (float(x) + 0.01, -0.2)], (120, 152, 172), 0.03)
    stage.stand(drape, 0, z0 - 0.01, y + 0.036, 0)
    table_things(stage, y + 0.036)
    sign = Sketch(rng, (-0.36, 0.36, -0.2, 0.2), 900)
    sign.blob(
        [(-0.35, -0.18), (0.34, -0.19), (0.35, 0.17), (-0.34, 0.19)],
        lambda x, v: times((196, 156, 108), 1 + 0.05 * math.sin(v * 160)),
        0.1,
        0,
        None,
        0.05,
    )
    sign.text(0, 0.075, "YARD SALE", (60, 38, 34), 0.105)
    sign.text(0, -0.07, "today 9 to 2", (150, 50, 46), 0.088)
    stage.stand(sign, -0.12, z0 - 0.03, 0.46, 0)
    # A box of records and a toy in front.
    carton = box(0.62, 0.0, 2.72, 1.12, 0.3, 3.05, (188, 148, 102))
    records: list[Part] = []
    for i in range(9):
        z = 3.03 - i * 0.035
        tone = rng.choice(((150, 60, 54), (60, 92, 120), (214, 186, 110), (80, 110, 80), (222, 216, 204), (70, 62, 84)))
        records.append(
            panel(
                [(0.66, 0.1, z), (1.08, 0.1, z), (1.08, 0.4 + rng.uniform(-0.01, 0.01), z), (0.66, 0.4, z)],
                tone,
                casts=True,
            )
        )
    stage.put([carton[0], *records, *carton[1:]], 0.85, 2.9, 0, 0.4)
    return stage


def _bicycle(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1000, 215, 1.5), _moment(9, 16.2), "clear", 40)
    p = stage.p
    for i in range(22):
        p.bush((-16 + i * 1.5, 2.6, 12), 1.7, rng.uniform(1.8, 3.2), GREENS, rng, 90)
    bricks(p, rng, -6.2, 0, 6.2, 1.15, 6.2, (150, 88, 70))
    p.wall(-6.3, 1.15, 6.3, 1.24, 6.16, (182, 176, 166))
    for x in np.arange(-5.6, 6, 0.62):
        p.bush((float(x), 1.5, 6.5), 0.5, 0.46, GREENS, rng, 150, 0.7)
    p.flat(-30, 0.3, 30, 6.2, 0, STONE, PAVE)
    for x in np.arange(-7.5, 8, 1.5):
        p.line((float(x), 0, 3.0), (float(x) * 1.0, 0, 6.2), times(STONE, 0.8), 0.025)
    p.line((-9, 0, 4.5), (9, 0, 4.5), times(STONE, 0.8), 0.025)
    p.flat(-30, 2.5, 30, 2.75, 0, (190, 187, 180), PAVE)
    p.flat(-30, 0.3, 30, 2.5, 0, (96, 96, 99), ROAD)
    litter(p, rng, [(196, 142, 58), (168, 92, 44), (150, 120, 60)], 130, -5, 5, 2.5, 6.1, 0.045)
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
    stage.stand(bike(rng), -0.12, 3.85, 0.0, 0.45)
    return stage


def _autumn(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 330, 1.6), _moment(10, 15.6), "clear", 262)
    avenue(stage, 10, 0.6, ("maple", "maple", "birch"), (126, 130, 66), nearest=7.5)
    tones: list[Colour] = [(186, 88, 40), (204, 122, 52), (212, 172, 62), (166, 64, 38), (150, 108, 58)]
    litter(stage.p, rng, tones, 1500, -7, 8, 2.6, 30, 0.07)
    litter(stage.p, rng, tones, 500, -3.6, -2.2, 2.6, 18, 0.07)
    litter(stage.p, rng, tones, 500, 3.4, 5.2, 2.6, 18, 0.07)
    stage.light()
    heap: list[Part] = []
    for _ in range(520):  # a raked heap
        a, far = rng.uniform(0, math.tau), rng.random() ** 0.5
        y = 0.5 * (1 - far**1.6) + rng.uniform(0, 0.05)
        heap.append(
            leaf(
                rng,
                2.6 + math.cos(a) * far * 0.85,
                y,
                5.0 + math.sin(a) * far * 0.6,
                rng.choice(tones),
                0.085,
            )
        )
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
    avenue(stage, 1, 1.2, ("maple", "oak"), (132, 124, 88), nearest=8.5, snowed=True)
    for x in (0.1, 1.7):  # tracks of a car
        stage.p.shape(
            [(x - 0.16, 0, 1.2), (x + 0.16, 0, 1.2), (x + 0.16, 0, 60), (x - 0.16, 0, 60)],
            (120, 124, 132),
            ROAD,
        )
    stage.light()
    snowman(stage, -3.0, 5.2)
    flakes = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(flakes)
    for _ in range(420):
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), 0.8 + 3.4 * rng.random() ** 5
        draw.ellipse([x - r, y - r, x + r, y + r], fill=rng.randint(120, 215))
    stage.frame.paste((246, 248, 252), (0, 0), flakes.filter(ImageFilter.GaussianBlur(0.9)))
    return stage


def _porch(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 430, 1.5), _moment(9, 18.35), "clear", 80)
    p = stage.p
    for i in range(22):
        p.bush((-22 + i * 2.1, 3.2, 20), 2.4, rng.uniform(2.5, 4.5), [times(c, 0.8) for c in GREENS], rng, 60)
    p.flat(-40, 0.3, 40, 60, 0, (98, 122, 60), GRASS)
    wall: Colour = (198, 206, 198)
    trim: Colour = (240, 238, 232)
    boards(p, -4.6, 0.0, 4.6, 5.6, 9.2, wall, 0.2)
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
    blades(p, rng, 700, 1.8, 6, (-0.95, 0.95), (86, 108, 54))
    for side in (-1, 1):
        for i in range(7):
            p.bush((side * (1.5 + i * 0.5), 0.3, 6.6), 0.42, rng.uniform(0.32, 0.5), GREENS, rng, 130, 0.8)
    p.shape(
        [(2.0, floor, 7.3), (2.4, floor, 7.3), (2.45, floor + 0.4, 7.3), (1.95, floor + 0.4, 7.3)],
        (170, 98, 66),
        UPRIGHT,
    )
    p.bush((2.2, floor + 0.6, 7.3), 0.34, 0.3, GREENS, rng, 150)
    stage.light(lamp=(0.95, 2.5, 8.6))
    glow: Colour = (255, 196, 110)
    lamp = Sketch(rng, (-0.15, 0.15, -0.2, 0.25), 500)
    lamp.fill([(-0.08, -0.14), (0.08, -0.14), (0.1, 0.1), (-0.1, 0.1)], (255, 236, 190))
    lamp.line([(-0.08, -0.14), (0.08, -0.14), (0.1, 0.1), (-0.1, 0.1), (-0.08, -0.14)], (50, 46, 44), 0.018)
    lamp.fill([(-0.13, 0.1), (0.13, 0.1), (0, 0.2)], (50, 46, 44))
    stage.lay(
        lamp,
        [(0.95 + u * 1.2, 2.35 + v * 1.2, 9.1) for u, v in ((-0.15, -0.2), (0.15, -0.2), (0.15, 0.25), (-0.15, 0.25))],
        (1, 1, 1),
    )
    stage.glow((0.95, 2.33, 9.0), 1.5, glow)
    stage.glow((-2.65, 2.05, 9.0), 1.3, (96, 66, 34))
    for i, (x, r) in enumerate(((-1.55, 0.2), (-1.98, 0.15))):
        pumpkin = [
            ball(
                x + k * r * 0.42,
                r * 0.86,
                6.0 - i * 0.2,
                r * 0.8,
                times((212, 116, 38), 1 - 0.12 * abs(k)),
                0.3,
            )
            for k in (-1, 1, 0)
        ]
        stem = Part([(x, r * 1.55, 6.0, 0.025), (x + 0.03, r * 1.9, 6.0, 0.018)], (92, 100, 52), 0.2)
        stage.put([stem, *pumpkin], x, 7.6, 0, 0.35)
    return stage


def _vegetables(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(1600, -370, 1.3), _moment(8, 11.0), "cloudy")
    p = stage.p
    planks(p, rng, 1.2, 5.2, 0.0, (160, 132, 100), 0.15)
    boards(p, -3, 0, 3, 3, 3.6, (224, 220, 208), 0.18)
    stage.light(blur=0.8)
    wood: Colour = (198, 158, 108)
    left, right, near, far, high = -0.40, 0.40, 1.95, 2.36, 0.24
    stage.dark(
        [
            (left - 0.05, 0, near - 0.04),
            (right + 0.12, 0, near - 0.04),
            (right + 0.1, 0, far + 0.05),
            (left, 0, far + 0.05),
        ],
        0.55,
        13,
    )
    inside = [
        panel([(left, 0, far), (right, 0, far), (right, high, far), (left, high, far)], times(wood, 0.6)),
        panel([(left, 0, near), (left, 0, far), (left, high, far), (left, high, near)], times(wood, 0.5)),
        panel([(right, 0, near), (right, 0, far), (right, high, far), (right, high, near)], times(wood, 0.66)),
    ]
    stage.put(inside, 0, 2.1, 0, 0)
    for x, z, y in ((-0.3, 2.32, 0.26), (-0.13, 2.34, 0.27)):
        stage.stand(lettuce(rng), x, z, y - 0.1, 0)
    stage.stand(carrots(rng), 0.2, 2.3, 0.17, 0)
    for x, z, y, r, tone in (
        (-0.28, 2.16, 0.22, 0.055, (196, 46, 36)),
        (-0.17, 2.14, 0.21, 0.06, (206, 58, 40)),
        (-0.06, 2.17, 0.22, 0.052, (190, 40, 34)),
        (-0.31, 2.05, 0.2, 0.058, (204, 54, 38)),
        (-0.2, 2.03, 0.19, 0.052, (214, 84, 42)),
        (-0.1, 2.05, 0.2, 0.056, (196, 46, 36)),
    ):
        stage.stand(tomato(rng, r, tone), x, z, y - r, 0.25)
    for x, z, y, turn in ((0.14, 2.1, 0.2, 0.25), (0.22, 2.03, 0.18, -0.2)):
        s = Sketch(rng, (-0.2, 0.2, -0.07, 0.07), 1300)
        tone: Colour = (58, 98, 46)
        s.blob(
            curve(
                [
                    (-0.17, -0.025),
                    (-0.05, -0.04),
                    (0.13, -0.036),
                    (0.17, 0.0),
                    (0.13, 0.036),
                    (-0.05, 0.034),
                    (-0.17, 0.024),
                ]
            ),
            lambda x, y: times((58, 98, 46), 1.25 if math.sin(y * 330) > 0.6 else 0.95),
            0.9,
            0,
            None,
            0.14,
        )
        s.blob(oval(-0.175, 0.0, 0.02, 0.016), times(tone, 1.6), 0.4)
        c, k = math.cos(turn), math.sin(turn)
        stage.lay(
            s,
            [
                (x + u * c, y + v + u * k * 0.4, z - u * k)
                for u, v in ((-0.2, -0.07), (0.2, -0.07), (0.2, 0.07), (-0.2, 0.07))
            ],
        )
    front: list[Part] = []
    for i in range(3):
        y = 0.01 + i * 0.082
        front += box(
            left - 0.015,
            y,
            near - 0.015,
            right + 0.015,
            y + 0.068,
            near + 0.012,
            times(wood, rng.uniform(0.94, 1.06)),
        )
    for x in (left, right - 0.03):
        front += box(x, 0.0, near - 0.03, x + 0.03, high + 0.01, near, times(wood, 0.86))
    stage.put(front, 0, near, 0, 0)
    note = Sketch(rng, (-0.17, 0.17, -0.1, 0.1), 1300)
    note.blob([(-0.16, -0.085), (0.155, -0.09), (0.16, 0.085), (-0.155, 0.09)], (246, 242, 228), 0.08)
    note.text(0, 0.035, "from our garden", (70, 90, 60), 0.034)
    note.text(0, -0.025, "Help yourself!", (150, 60, 50), 0.045)
    stage.stand(note, 0.03, near - 0.035, 0.125, 0.25)
    for x, z, r in ((0.53, 2.0, 0.05), (-0.56, 2.2, 0.055)):
        stage.stand(tomato(rng, r, (204, 60, 40)), x, z, 0, 0.4)
    return stage


def _dead_lamp(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(700, 520, 1.55), _moment(3, 18.2), "clear", 262)
    avenue(stage, 3, -3.2, ("maple", "oak"), (112, 116, 74), nearest=12.0)
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

    s.blob(
        turned([(-0.05, 0.06), (0.2, 0.12), (0.66, 0.1), (0.74, 0.02), (0.7, -0.06), (-0.02, -0.06)]),
        times(iron, 1.2),
        0.8,
    )
    s.blob(turned([(0.1, -0.05), (0.68, -0.05), (0.62, -0.13), (0.16, -0.13)]), (120, 124, 122), 0.5)
    s.fill(
        turned([(0.26, -0.05), (0.4, -0.1), (0.36, -0.14), (0.52, -0.09), (0.6, -0.14), (0.56, -0.05)]),
        (24, 26, 30),
    )
    s.line(turned([(0.3, -0.06), (0.37, -0.1), (0.33, -0.13)]), (190, 194, 190), 0.014)
    plate = [(-0.05, 1.5), (0.05, 1.5), (0.05, 1.72), (-0.05, 1.72)]
    s.blob(plate, (222, 190, 70), 0.2)
    s.text(0.0, 1.61, "127", (40, 38, 36), 0.062)
    stage.stand(s, 0.95, 6.4, 0.0, 0.25)
    for _ in range(16):  # glass on the pavement
        x, z = -0.05 + rng.uniform(-0.4, 0.4), 6.2 + rng.uniform(-0.3, 0.3)
        stage.put(
            [
                panel(
                    [
                        (x, 0.01, z),
                        (x + rng.uniform(0.02, 0.07), 0.01, z + 0.02),
                        (x + 0.02, 0.01, z + rng.uniform(0.03, 0.08)),
                    ],
                    (226, 232, 236),
                    glow=True,
                )
            ],
            x,
            z,
            0,
            0,
        )
    return stage


def _keys(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(3300, -1480, 1.25), _moment(5, 14.0), "cloudy")
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
            p.line(
                (x, seat, at),
                (x + rng.uniform(0.08, 0.3), seat, at + rng.uniform(-0.002, 0.002)),
                times(tone, rng.uniform(0.8, 0.95)),
                0.0014,
            )
        if rng.random() < 0.7:
            px, py, scale = p.at((rng.uniform(-0.28, 0.28), seat, z + deep / 2))
            for r in (0.011, 0.007, 0.003):
                p.draw.ellipse(
                    [px - r * scale, py - r * scale * 0.5, px + r * scale, py + r * scale * 0.5],
                    fill=tuple(round(c * (0.55 + r * 20)) for c in tone),
                )

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
    bunch(s)
    c, k = math.cos(0.35), math.sin(0.35)

    def on(u: float, v: float, lift: float = 0.001) -> Point:
        return (0.0 + u * c - v * k, seat + lift, 1.36 + (u * k + v * c) * 1.15)

    plane = [(-0.13, -0.11), (0.13, -0.11), (0.13, 0.11), (-0.13, 0.11)]
    mask = s.tile.copy()
    mask.putalpha(mask.getchannel("A").filter(ImageFilter.GaussianBlur(16)).point(lambda a: round(a * 0.62)))
    shade = Sketch(rng, s.extent, s.scale)
    shade.tile = mask
    stage.lay(shade, [on(u + 0.003, v - 0.004) for u, v in plane], (0.06, 0.06, 0.07))
    stage.lay(s, [on(u, v, 0.003) for u, v in plane])
    leaf = Sketch(rng, (-0.05, 0.05, -0.03, 0.03), 2400)
    leaf.blob(curve([(-0.045, 0.0), (-0.01, 0.022), (0.045, 0.004), (-0.008, -0.02)]), (206, 168, 72), 0.6)
    leaf.line([(-0.05, -0.002), (0.04, 0.004)], (150, 112, 46), 0.0014)
    stage.lay(
        leaf,
        [(0.2 + u, seat + 0.002, 1.52 + v) for u, v in ((-0.05, -0.03), (0.05, -0.03), (0.05, 0.03), (-0.05, 0.03))],
    )
    return stage


def _garden(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(780, 210, 1.65), _moment(7, 10.2), "clear", 320)
    p = stage.p
    for i in range(20):
        p.bush((-20 + i * 2.1, 3.0, 20), 2.2, rng.uniform(2.0, 3.8), GREENS, rng, 80)
    p.flat(-40, 0.3, 40, 40, 0, (112, 138, 64), GRASS)
    for x in np.arange(-10, 10, 0.3):
        p.wall(float(x), 0, float(x) + 0.26, 1.5, 13, times((150, 120, 90), rng.uniform(0.9, 1.06)))
    boards(p, 2.6, 0, 5.8, 2.2, 12.2, (120, 140, 120), 0.2)
    p.shape([(2.3, 2.2, 12), (6.1, 2.2, 12), (5.6, 3.3, 13.5), (2.8, 3.3, 13.5)], (110, 74, 60), ROOF)
    p.wall(3.2, 0, 4.1, 1.9, 12.15, (92, 108, 92))
    p.wall(4.6, 1.0, 5.3, 1.7, 12.15, (66, 78, 92), GLASS)
    stage.shades.append(tree(p, rng, -6.2, 12.0, 5.5, 7, "maple"))
    p.flat(-0.52, 0.4, 0.52, 12, 0, (172, 140, 100), PAVE)
    p.flat(-6, 5.9, 6, 6.6, 0, (172, 140, 100), PAVE)
    blades(p, rng, 400, 1.8, 8, (-0.52, 0.52))
    for z, plants in ((6.8, ("sunflower", "bean")), (2.7, ("lettuce", "tomato"))):
        for x0, x1, plant in ((-3.2, -0.62, plants[0]), (0.62, 3.2, plants[1])):
            bed(p, rng, x0, x1, z, z + 2.7, plant)
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


def _puddle(rng: random.Random) -> Stage:
    stage = Stage(rng, phone(760, 320, 1.6), _moment(4, 17.4), "rain", 40)
    avenue(stage, 5, 1.4, ("maple", "oak"), (96, 122, 60), nearest=8.0)
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
    rows = np.clip(line - (np.arange(HEIGHT) - line) * (line / (HEIGHT - line)), 0, line).astype(int)
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

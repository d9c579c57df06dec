"""Things that a still picture is about: a bicycle, a snowman, vegetables, keys."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np

from simulator.backdrops import box
from simulator.frames import Colour, Part, mix, panel, times
from simulator.scenery import UPRIGHT, Painter
from simulator.still import Sketch, Stage, curve, oval


def rail_of_clothes(stage: Stage, x: float, z: float) -> None:
    rng = stage.rng
    s = Sketch(rng, (-0.85, 0.85, -0.02, 1.7), 330)
    for side in (-0.78, 0.78):
        s.line([(side, 0.0), (side, 1.6)], (120, 124, 128), 0.03)
        s.line([(side - 0.05, 0.0), (side + 0.05, 0.0)], (90, 94, 98), 0.03)
    s.line([(-0.78, 1.58), (0.78, 1.58)], (120, 124, 128), 0.03)
    tones: list[Colour] = [
        (150, 60, 70),
        (66, 96, 130),
        (218, 190, 110),
        (90, 120, 90),
        (230, 224, 214),
        (120, 84, 120),
        (70, 74, 84),
    ]
    for i in range(9):
        u, tone, long = -0.62 + i * 0.155, tones[(i * 3) % 7], rng.uniform(0.72, 1.1)
        s.line([(u, 1.58), (u, 1.5)], (90, 90, 92), 0.012)
        s.blob(
            [
                (u - 0.02, 1.5),
                (u + 0.02, 1.5),
                (u + 0.1, 1.42),
                (u + 0.085, 1.5 - long),
                (u - 0.085, 1.5 - long),
                (u - 0.1, 1.42),
            ],
            tone,
            0.6,
        )
    stage.stand(s, x, z, 0.0, 0.4)


def table_things(stage: Stage, y: float) -> None:
    """What lies on the table of the yard sale, far to near."""
    rng = stage.rng
    lamp = Sketch(rng, (-0.2, 0.2, 0.0, 0.6), 700)
    lamp.blob(
        curve(
            [
                (-0.07, 0.0),
                (0.07, 0.0),
                (0.085, 0.09),
                (0.05, 0.2),
                (0.02, 0.28),
                (-0.02, 0.28),
                (-0.05, 0.2),
                (-0.085, 0.09),
            ]
        ),
        (62, 116, 122),
        0.9,
    )
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
    pot.blob(
        curve([(-0.09, 0.0), (0.09, 0.0), (0.14, 0.09), (0.1, 0.19), (-0.1, 0.19), (-0.14, 0.09)]),
        (198, 82, 66),
        0.9,
    )
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
        books += box(a, height, 3.5, b, height + thick, 3.72, tones[i])
        books.append(
            panel(
                [
                    (a + 0.02, height + thick * 0.35, 3.498),
                    (b - 0.1, height + thick * 0.35, 3.498),
                    (b - 0.1, height + thick * 0.65, 3.498),
                    (a + 0.02, height + thick * 0.65, 3.498),
                ],
                (230, 220, 190),
            )
        )
        height += thick
    stage.put(books, 0.5, 3.5, y, 0.35)
    for x, tone in ((-0.72, (226, 222, 212)), (-0.56, (96, 132, 150)), (-0.4, (222, 180, 90))):
        mug = Sketch(rng, (-0.09, 0.1, 0.0, 0.13), 900)
        mug.ring(0.05, 0.06, 0.032, 0.034, times(tone, 0.9), 0.014)
        mug.blob([(-0.045, 0.0), (0.045, 0.0), (0.05, 0.11), (-0.05, 0.11)], tone, 0.8)
        mug.fill(oval(0, 0.108, 0.048, 0.012), times(tone, 0.55))
        stage.stand(mug, x, 3.45, y, 0.3)


def bike(rng: random.Random) -> Sketch:
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
        arc = [
            (x + math.cos(a) * (r + 0.03), r + math.sin(a) * (r + 0.03))
            for a in np.linspace(0.5, 2.9 if x < 0 else 2.4, 16)
        ]
        s.line(arc, times(paint, 0.9), 0.024)
    for a, b, w in (
        (rear, crank, 0.02),
        (rear, (-0.17, 0.68), 0.018),
        (crank, seat, 0.03),
        (crank, fork, 0.034),
        ((-0.15, 0.6), (0.37, 0.8), 0.03),
        (fork, front, 0.026),
        (head, fork, 0.04),
    ):
        s.line([a, b], times(paint, 0.72), w)
        s.line([(a[0], a[1] + w * 0.18), (b[0], b[1] + w * 0.18)], paint, w * 0.55)
    s.line([(-0.19, 0.75), (-0.225, 0.88)], steel, 0.022)
    s.blob(
        curve(
            [
                (-0.37, 0.9),
                (-0.36, 0.945),
                (-0.26, 0.925),
                (-0.12, 0.92),
                (-0.08, 0.9),
                (-0.16, 0.885),
                (-0.28, 0.868),
            ]
        ),
        (112, 72, 46),
        0.7,
    )
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
    s.blob(
        [(0.47, 0.98), (0.86, 0.98), (0.81, 0.72), (0.5, 0.72)],
        lambda x, y: times((172, 126, 76), 1 + 0.22 * math.sin(x * 130) * math.sin(y * 130)),
        0.5,
    )
    s.line([(0.46, 0.98), (0.87, 0.98)], (146, 102, 60), 0.03)
    s.line([(0.41, 0.8), (0.5, 0.74)], steel, 0.014)
    s.blob(oval(-0.84, 0.56, 0.022, 0.03), (190, 40, 38), 0.6)
    return s


def snowman(stage: Stage, x: float, z: float) -> None:
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
    s.blob(
        curve([(-0.18, 1.44), (-0.16, 1.55), (-0.05, 1.66), (0.06, 1.66), (0.16, 1.55), (0.18, 1.44)]),
        (58, 92, 124),
        0.6,
        0.012,
    )
    s.blob([(-0.2, 1.4), (0.2, 1.4), (0.2, 1.48), (-0.2, 1.48)], (214, 214, 206), 0.4, 0.014)
    s.blob(oval(0.0, 1.68, 0.055, 0.055), (236, 236, 230), 0.5, 0.02)
    stage.stand(s, x, z, 0.0, 0.22)


def tomato(rng: random.Random, r: float, tone: Colour) -> Sketch:
    s = Sketch(rng, (-r * 1.2, r * 1.2, -r * 0.05, r * 2.1), 1300)
    s.blob(curve(oval(0, r * 0.92, r, r * 0.9)), tone, 1.0)
    s.fill(oval(-r * 0.36, r * 1.32, r * 0.16, r * 0.1, 0.6), mix(tone, (255, 246, 236), 0.7))
    for i in range(5):
        a = 0.3 + i * math.tau / 5
        s.line(
            [(0, r * 1.62), (math.cos(a) * r * 0.42, r * 1.6 + math.sin(a) * r * 0.2)],
            (70, 104, 48),
            r * 0.12,
        )
    s.line([(0, r * 1.62), (r * 0.08, r * 1.9)], (82, 112, 56), r * 0.14)
    return s


def lettuce(rng: random.Random) -> Sketch:
    s = Sketch(rng, (-0.17, 0.17, -0.02, 0.3), 1100)
    for i in range(26):
        share = i / 26
        a, far = rng.uniform(0.15, math.pi - 0.15), 1 - share * 0.75
        x, y = math.cos(a) * 0.1 * far, 0.08 + math.sin(a) * 0.11 * far
        r = 0.05 * (1.15 - share * 0.4)
        ruffle = [
            (x + math.cos(b) * r * k, y + math.sin(b) * r * k)
            for b, k in ((j * math.tau / 18, 1.0 if j % 2 else 0.84) for j in range(18))
        ]
        s.blob(
            curve(ruffle, fine=3),
            mix((78, 132, 48), (186, 212, 110), share * 0.8 + rng.uniform(-0.1, 0.1)),
            0.8,
        )
        s.line([(x, y - r * 0.7), (x, y + r * 0.4)], (206, 224, 150), 0.003)
    return s


def carrots(rng: random.Random) -> Sketch:
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
                s.blob(
                    oval(x + (ex - x) * k + rng.uniform(-0.012, 0.012), 0.07 + (ey - 0.07) * k, 0.012, 0.007, a),
                    tone,
                    0.4,
                )
    for i in range(7):
        x, lean = -0.1 + i * 0.033, rng.uniform(-0.03, 0.03)
        tone: Colour = (226, 122, 44)
        s.blob(
            curve(
                [
                    (x - 0.024, 0.07),
                    (x, 0.085),
                    (x + 0.024, 0.07),
                    (x + 0.012 + lean * 0.6, -0.03),
                    (x + lean, -0.11),
                    (x - 0.012 + lean * 0.6, -0.03),
                ]
            ),
            tone,
            1.0,
        )
        for k in (0.04, 0.01, -0.02):
            s.line([(x - 0.014 + lean * 0.3, k), (x + 0.004 + lean * 0.3, k - 0.002)], times(tone, 0.8), 0.002)
    return s


def bunch(s: Sketch) -> None:
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
        head = (
            oval(0.022, 0, 0.017, 0.0155)
            if round_head
            else curve(
                [
                    (0.006, -0.012),
                    (0.02, -0.017),
                    (0.036, -0.009),
                    (0.036, 0.009),
                    (0.02, 0.017),
                    (0.006, 0.012),
                ]
            )
        )
        s.blob(at(head), tone, 0.9)
        s.blob(at(oval(0.011, 0, 0.0042, 0.0042)), (72, 58, 44), 0.2)

    key(-0.85, steel, 0.088, (0.002, 0.0035, 0.001, 0.003, 0.002), False)
    key(-0.25, brass, 0.09, (0.003, 0.001, 0.0035, 0.002, 0.001), True)
    key(0.4, steel, 0.078, (0.001, 0.003, 0.002, 0.0035), True)
    strap = curve([(-0.03, 0.018), (-0.052, 0.03), (-0.064, 0.034)], closed=False)
    s.line(strap, (120, 50, 44), 0.007)
    s.blob(
        curve(
            [
                (-0.062, 0.018),
                (-0.105, 0.028),
                (-0.118, 0.052),
                (-0.104, 0.074),
                (-0.066, 0.058),
                (-0.052, 0.036),
            ]
        ),
        lambda x, y: times((190, 58, 52), 1 + 0.05 * math.sin(x * 900)),
        0.8,
        0,
        None,
        0.03,
    )
    s.text(-0.086, 0.046, "home", (250, 240, 226), 0.0135)
    s.ring(-0.019, 0.012, 0.019, 0.019, (120, 124, 128), 0.0036)
    s.ring(-0.0194, 0.0126, 0.018, 0.018, (222, 226, 228), 0.0012)


def bed(p: Painter, rng: random.Random, x0: float, x1: float, z0: float, z1: float, plant: str) -> None:
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
                tones: list[Colour] = (
                    [(104, 156, 60), (132, 178, 80), (88, 136, 54)]
                    if (row + i // 2) % 2
                    else [(120, 72, 72), (140, 92, 84), (98, 110, 60)]
                )
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
                    p.draw.ellipse(
                        [px - r * 0.5, py - r * 0.6, px, py - r * 0.1],
                        fill=tuple(min(255, c + 50) for c in tone),
                    )
            elif row % 2 == 0:
                up = rng.uniform(1.3, 1.8)
                p.line((x, high, z), (x, high + up, z), (84, 122, 56), 0.04)
                for k in (0.3, 0.5, 0.7):
                    p.bush(
                        (x + rng.choice((-0.12, 0.12)), high + up * k, z),
                        0.17,
                        0.08,
                        [(74, 120, 54), (92, 138, 62)],
                        rng,
                        30,
                    )
                px, py, scale = p.at((x, high + up, z - 0.1))
                r = 0.17 * scale
                for j in range(16):
                    a = j * math.tau / 16
                    ex, ey = px + math.cos(a) * r, py + math.sin(a) * r
                    p.draw.line(
                        [px, py, ex, ey],
                        fill=(236, 186, 54) if j % 2 else (224, 164, 40),
                        width=max(2, round(r * 0.3)),
                    )
                p.draw.ellipse([px - r * 0.5, py - r * 0.5, px + r * 0.5, py + r * 0.5], fill=(92, 60, 36))
    p.wall(x0, 0, x1, high, z0, wood)
    p.line((x0, high / 2, z0), (x1, high / 2, z0), times(wood, 0.75), 0.014)
    inner = x1 if x1 < 0 else x0
    p.side(inner, 0, z0, high, z1, times(wood, 0.8))

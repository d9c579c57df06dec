"""A cat and a dog as somebody's phone takes them: near, sitting, looking up."""

from __future__ import annotations

import math
import random

from simulator.frames import Colour, mix, times
from simulator.still import Sketch, curve, oval

_DARK: Colour = (38, 30, 26)


def _mirror(spots: list[tuple[float, float]], side: int) -> list[tuple[float, float]]:
    return [(side * x, y) for x, y in spots]


def tabby_cat(rng: random.Random) -> Sketch:
    """A tabby cat without a collar, about 0.5 m high, seen from the front."""
    s = Sketch(rng, (-0.34, 0.40, -0.03, 0.56), 1000)
    coat: Colour = (168, 132, 94)
    dark, cream = times(coat, 0.5), (232, 216, 190)

    def down(x: float, y: float) -> float:
        return -math.pi / 2 - x * 1.6

    def body(x: float, y: float) -> Colour:
        stripe = math.sin(y * 88 + 2.2 * math.sin(abs(x) * 26))
        base = mix(coat, times(coat, 1.14), min(1.0, y * 2))
        if abs(x) > 0.062 + 0.02 * math.sin(y * 60) and stripe > 0.25:
            return dark
        return mix(cream, base, min(1.0, max(0.0, (abs(x) - 0.03) / 0.06)))

    # The tail comes round to the front.
    tail = [(0.14, 0.02), (0.24, 0.012), (0.32, 0.03), (0.355, 0.085), (0.335, 0.14)]
    path = curve(tail, closed=False, fine=7)
    for i, (x, y) in enumerate(path):
        tone = dark if i % 7 > 3 or i > len(path) - 5 else coat
        s.blob(oval(x, y + 0.022, 0.029 - i * 0.0003, 0.03), tone, 0.35, 0.014, lambda x, y: 0.6)
    haunch = [(0.06, 0.0), (0.16, 0.002), (0.205, 0.04), (0.2, 0.12), (0.14, 0.19), (0.06, 0.16)]
    trunk = [
        (-0.16, 0.01),
        (-0.17, 0.09),
        (-0.135, 0.2),
        (-0.105, 0.3),
        (-0.075, 0.37),
        (0.075, 0.37),
        (0.105, 0.3),
        (0.135, 0.2),
        (0.17, 0.09),
        (0.16, 0.01),
    ]
    s.blob(curve(trunk), body, 0.6, 0.022, down)
    for side in (-1, 1):
        s.blob(curve(_mirror(haunch, side)), body, 0.7, 0.018, down)
        s.blob(oval(side * 0.125, 0.013, 0.058, 0.022), times(cream, 0.96), 0.5, 0.01, down)
    bib = [
        (0.0, 0.36),
        (0.055, 0.33),
        (0.06, 0.24),
        (0.035, 0.16),
        (0.0, 0.14),
        (-0.035, 0.16),
        (-0.06, 0.24),
        (-0.055, 0.33),
    ]
    s.blob(curve(bib), cream, 0.25, 0.026, lambda x, y: -math.pi / 2 + x * 4)
    for side in (-1, 1):  # front legs

        def leg(x: float, y: float) -> Colour:
            return dark if math.sin(y * 95) > 0.72 and y > 0.06 else mix(cream, coat, min(1.0, y * 6))

        shape = [
            (0.012, 0.22),
            (0.014, 0.06),
            (0.008, 0.01),
            (0.04, -0.006),
            (0.075, 0.012),
            (0.07, 0.07),
            (0.085, 0.22),
        ]
        s.blob(curve(_mirror(shape, side)), leg, 0.55, 0.013, lambda x, y: -math.pi / 2)
        s.blob(oval(side * 0.043, 0.008, 0.037, 0.02), cream, 0.5, 0.008)
        for toe in (-0.014, 0.006):
            s.line([(side * (0.045 + toe), 0.0), (side * (0.045 + toe), 0.014)], times(cream, 0.66), 0.003)
    _cat_head(s, 0.0, 0.405, coat, dark, cream)
    return s


def _cat_head(s: Sketch, cx: float, cy: float, coat: Colour, dark: Colour, cream: Colour) -> None:
    for side in (-1, 1):
        ear = [
            (cx + side * 0.028, cy + 0.07),
            (cx + side * 0.062, cy + 0.112),
            (cx + side * 0.095, cy + 0.14),
        ]
        ear += [(cx + side * 0.112, cy + 0.095), (cx + side * 0.115, cy + 0.02)]
        s.blob(ear, times(coat, 0.86), 0.4, 0.012, lambda x, y: math.pi / 2)
        inner = [
            (cx + side * 0.05, cy + 0.07),
            (cx + side * 0.088, cy + 0.122),
            (cx + side * 0.1, cy + 0.055),
        ]
        s.blob(inner, (206, 150, 132), 0.2, 0.012, lambda x, y: math.pi / 2, 0.16)

    def face(x: float, y: float) -> Colour:
        u, v = x - cx, y - cy
        if v > 0.028 and abs(math.sin(u * 62 + 0.4 * math.copysign(1, u))) > 0.8 and abs(u) < 0.085:
            return dark  # the M on the forehead
        if abs(u) > 0.055 and math.sin(v * 105 + abs(u) * 30) > 0.55 and v < 0.04:
            return mix(coat, dark, 0.8)
        if v < -0.022 and abs(u) < 0.06:
            return cream
        return mix(times(coat, 1.12), coat, min(1.0, abs(u) * 8))

    def way(x: float, y: float) -> float:
        return math.atan2(y - cy + 0.035, (x - cx) or 1e-3)

    head = [
        (cx, cy + 0.088),
        (cx + 0.06, cy + 0.078),
        (cx + 0.108, cy + 0.03),
        (cx + 0.124, cy - 0.03),
        (cx + 0.085, cy - 0.07),
        (cx, cy - 0.09),
        (cx - 0.085, cy - 0.07),
        (cx - 0.124, cy - 0.03),
        (cx - 0.108, cy + 0.03),
        (cx - 0.06, cy + 0.078),
    ]
    s.blob(curve(head), face, 0.5, 0.015, way)
    for side in (-1, 1):
        s.blob(oval(cx + side * 0.026, cy - 0.05, 0.032, 0.024), cream, 0.35, 0.008, way, 0.05)
    s.blob(oval(cx, cy - 0.074, 0.022, 0.014), times(cream, 0.98), 0.3, 0.006, way, 0.05)
    for side in (-1, 1):
        x, y = cx + side * 0.052, cy + 0.008
        eye = [
            (x - 0.03, y - 0.002),
            (x - 0.01, y + 0.021),
            (x + 0.014, y + 0.021),
            (x + 0.03, y + 0.004),
            (x + 0.008, y - 0.017),
        ]
        eye = eye if side > 0 else [(2 * x - u, v) for u, v in eye]
        s.fill(curve([(x + (u - x) * 1.2, y + (v - y) * 1.22) for u, v in eye]), _DARK)
        s.blob(curve(eye), (158, 178, 84), 0.5)
        s.fill(oval(x, y + 0.002, 0.0075, 0.017), (16, 14, 12))
        s.fill(oval(x - 0.006, y + 0.009, 0.0046, 0.0046), (250, 250, 244))
        s.line([(x - side * 0.024, y - 0.012), (x - side * 0.034, y - 0.03)], dark, 0.004)
    s.blob([(cx - 0.017, cy - 0.026), (cx + 0.017, cy - 0.026), (cx, cy - 0.044)], (196, 120, 112), 0.3)
    for side in (-1, 1):
        mouth = [
            (cx, cy - 0.044),
            (cx, cy - 0.056),
            (cx + side * 0.014, cy - 0.066),
            (cx + side * 0.03, cy - 0.06),
        ]
        s.line(curve(mouth, closed=False), times(dark, 0.8), 0.003)
        for lift in (-0.03, 0.0, 0.03):
            whisker = [
                (cx + side * 0.035, cy - 0.05),
                (cx + side * 0.1, cy - 0.045 + lift * 0.6),
                (cx + side * 0.165, cy - 0.062 + lift * 1.7),
            ]
            s.line(curve(whisker, closed=False), (244, 240, 232), 0.0017)


def brown_dog(rng: random.Random, collar: Colour) -> Sketch:
    """A sitting brown dog with a collar and a tag, about 0.8 m high, seen from the front."""
    s = Sketch(rng, (-0.42, 0.52, -0.03, 0.90), 800)
    coat: Colour = (164, 104, 58)
    deep, cream = times(coat, 0.66), (234, 214, 182)

    def down(x: float, y: float) -> float:
        return -math.pi / 2 - x * 1.2

    def body(x: float, y: float) -> Colour:
        return mix(coat, times(coat, 0.8), min(1.0, abs(x) * 3.5))

    tail = curve([(0.16, 0.05), (0.28, 0.045), (0.39, 0.10), (0.45, 0.2)], closed=False, fine=8)
    for i, (x, y) in enumerate(tail):
        s.blob(
            oval(x, y, 0.032 - 0.0007 * i, 0.032 - 0.0007 * i),
            mix(coat, cream, max(0.0, i / 24 - 0.4)),
            0.3,
            0.034,
            lambda x, y: 0.3,
        )
    trunk = [
        (-0.19, 0.02),
        (-0.215, 0.14),
        (-0.19, 0.3),
        (-0.165, 0.42),
        (-0.12, 0.56),
        (0.12, 0.56),
        (0.165, 0.42),
        (0.19, 0.3),
        (0.215, 0.14),
        (0.19, 0.02),
    ]
    s.blob(curve(trunk), body, 0.65, 0.035, down)
    haunch = [(0.08, 0.0), (0.22, 0.0), (0.265, 0.06), (0.255, 0.17), (0.18, 0.25), (0.09, 0.2)]
    for side in (-1, 1):
        s.blob(curve(_mirror(haunch, side)), body, 0.7, 0.03, down)
        s.blob(oval(side * 0.185, 0.02, 0.088, 0.034), mix(coat, cream, 0.75), 0.5, 0.014, down)
    chest = [
        (0, 0.54),
        (0.085, 0.5),
        (0.095, 0.38),
        (0.055, 0.27),
        (0, 0.23),
        (-0.055, 0.27),
        (-0.095, 0.38),
        (-0.085, 0.5),
    ]
    s.blob(curve(chest), cream, 0.3, 0.05, lambda x, y: -math.pi / 2 + x * 3)
    for side in (-1, 1):
        shape = [
            (0.02, 0.36),
            (0.024, 0.1),
            (0.012, 0.02),
            (0.06, -0.008),
            (0.118, 0.02),
            (0.108, 0.12),
            (0.15, 0.38),
            (0.09, 0.43),
        ]
        s.blob(
            curve(_mirror(shape, side)),
            lambda x, y: mix(cream, coat, min(1.0, max(0.0, y * 5 - 0.3))),
            0.6,
            0.02,
            down,
        )
        s.blob(oval(side * 0.066, 0.014, 0.058, 0.032), mix(coat, cream, 0.85), 0.5, 0.012, down)
        for toe in (-0.02, 0.012):
            s.line([(side * (0.068 + toe), 0.0), (side * (0.068 + toe), 0.024)], times(cream, 0.6), 0.005)
    band = curve([(-0.108, 0.545), (-0.06, 0.515), (0, 0.504), (0.06, 0.515), (0.108, 0.545)], closed=False)
    s.line(band, times(collar, 0.7), 0.046)
    s.line([(x, y + 0.004) for x, y in band], collar, 0.034)
    s.blob(oval(0.0, 0.462, 0.027, 0.03), (214, 178, 84), 0.7)
    s.ring(0.0, 0.494, 0.012, 0.012, (196, 196, 192), 0.006)
    _dog_head(s, 0.0, 0.68, coat, deep, cream)
    return s


def _dog_head(s: Sketch, cx: float, cy: float, coat: Colour, deep: Colour, cream: Colour) -> None:
    def face(x: float, y: float) -> Colour:
        u, v = abs(x - cx), y - cy
        blaze = 0.022 + max(0.0, -v) * 0.25
        return mix(cream, coat, min(1.0, max(0.0, (u - blaze) / 0.02)))

    def way(x: float, y: float) -> float:
        return math.atan2(y - cy + 0.05, (x - cx) or 1e-3)

    head = [
        (cx, cy + 0.155),
        (cx + 0.09, cy + 0.135),
        (cx + 0.138, cy + 0.06),
        (cx + 0.132, cy - 0.03),
        (cx + 0.09, cy - 0.11),
        (cx + 0.05, cy - 0.165),
        (cx, cy - 0.18),
        (cx - 0.05, cy - 0.165),
        (cx - 0.09, cy - 0.11),
        (cx - 0.132, cy - 0.03),
        (cx - 0.138, cy + 0.06),
        (cx - 0.09, cy + 0.135),
    ]
    s.blob(curve(head), face, 0.5, 0.022, way)
    tongue = [
        (cx - 0.03, cy - 0.125),
        (cx + 0.03, cy - 0.125),
        (cx + 0.034, cy - 0.18),
        (cx + 0.018, cy - 0.215),
    ]
    s.fill(
        curve(
            [
                (cx - 0.055, cy - 0.12),
                (cx, cy - 0.135),
                (cx + 0.055, cy - 0.12),
                (cx + 0.04, cy - 0.165),
                (cx, cy - 0.178),
                (cx - 0.04, cy - 0.165),
            ]
        ),
        (70, 32, 32),
    )
    s.blob(curve([*tongue, (cx - 0.008, cy - 0.218), (cx - 0.03, cy - 0.19)]), (222, 122, 126), 0.5)
    s.line([(cx + 0.004, cy - 0.14), (cx + 0.006, cy - 0.195)], (190, 92, 98), 0.004)
    for side in (-1, 1):  # jowls
        s.blob(oval(cx + side * 0.042, cy - 0.088, 0.056, 0.05), mix(cream, coat, 0.08), 0.45, 0.012, way, 0.06)
    s.blob(oval(cx, cy - 0.04, 0.044, 0.04), mix(cream, coat, 0.05), 0.15, 0.014, lambda x, y: math.pi / 2, 0.05)
    nose = [
        (cx - 0.042, cy - 0.042),
        (cx, cy - 0.032),
        (cx + 0.042, cy - 0.042),
        (cx + 0.03, cy - 0.074),
        (cx, cy - 0.088),
        (cx - 0.03, cy - 0.074),
    ]
    s.blob(curve(nose), (42, 36, 36), 0.8)
    s.fill(oval(cx - 0.012, cy - 0.044, 0.012, 0.005), (140, 136, 140))
    s.line([(cx, cy - 0.088), (cx, cy - 0.112)], _DARK, 0.005)
    for side in (-1, 1):
        s.line(
            curve(
                [(cx, cy - 0.112), (cx + side * 0.03, cy - 0.134), (cx + side * 0.075, cy - 0.112)],
                closed=False,
            ),
            _DARK,
            0.005,
        )
        x, y = cx + side * 0.068, cy + 0.028
        s.fill(oval(x, y, 0.027, 0.023), times(deep, 0.45))
        s.blob(oval(x, y - 0.001, 0.021, 0.0185), (92, 54, 28), 0.4)
        s.fill(oval(x, y, 0.0125, 0.0125), (14, 12, 12))
        s.fill(oval(x - 0.007, y + 0.008, 0.0055, 0.0055), (252, 250, 246))
        s.blob(oval(x + side * 0.004, y + 0.038, 0.026, 0.009, side * 0.35), times(coat, 1.22), 0.2, 0.012, way)
        ear = [
            (cx + side * 0.075, cy + 0.142),
            (cx + side * 0.14, cy + 0.12),
            (cx + side * 0.185, cy + 0.03),
            (cx + side * 0.195, cy - 0.075),
            (cx + side * 0.16, cy - 0.115),
            (cx + side * 0.13, cy - 0.06),
            (cx + side * 0.115, cy + 0.04),
        ]
        s.blob(curve(ear), deep, 0.6, 0.026, lambda x, y: -math.pi / 2)

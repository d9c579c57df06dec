"""Leaves, branches and the colours of a season."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import ImageDraw

from simulator.frames import Colour, times


def leaf_colours(month: int, kind: str, rng: random.Random) -> tuple[list[Colour], float]:
    """Colours of a tree's leaves in a month (1..12) and how full its crown is, 0 (bare) to 1."""
    if kind == "spruce":
        return [(44, 70, 52), (36, 60, 46), (58, 84, 60)], 1.0
    if month in (12, 1, 2, 3):
        return [(112, 96, 74)], 0.0
    if month in (9, 10, 11):
        sets: dict[str, list[Colour]] = {
            "maple": [(186, 88, 40), (166, 64, 38), (204, 122, 52)],
            "birch": [(212, 172, 62), (190, 150, 56), (176, 160, 70)],
            "oak": [(148, 98, 54), (124, 84, 52), (136, 112, 60)],
        }
        colours = sets[kind]
        if month == 9:
            return [(96, 116, 52), (120, 120, 54), colours[0]], 1.0
        return colours, 0.85 if month == 10 else rng.choice((0.25, 0.4, 0.55))
    fresh: list[Colour] = [(112, 148, 62), (92, 134, 56), (130, 160, 78)]
    full: list[Colour] = [(72, 112, 50), (58, 96, 46), (92, 128, 60)]
    return (fresh, 0.75) if month in (4, 5) else (full, 1.0)


def foliage(
    draw: ImageDraw.ImageDraw, rng: random.Random, x: float, y: float, across: float, up: float,
    colours: Sequence[Colour], many: int, leaf: float = 1.0,
) -> None:  # fmt: skip
    """A clump of leaves around (x, y) with radii in pixels, light from above; leaf scales the leaves."""
    size = max(1.5, (across + up) * 0.5)
    for i in range(many):
        angle, away = rng.uniform(0, math.tau), rng.random() ** 0.5
        dx, dy = math.cos(angle) * away, math.sin(angle) * away
        share = i / many
        r = max(0.8, size * leaf * rng.uniform(0.07, 0.2) * (1.35 - share))
        bright = 0.66 + 0.3 * share - 0.2 * dy + rng.uniform(-0.12, 0.12)
        tone = times(rng.choice(colours), bright)
        cx, cy = x + dx * across, y + dy * up
        fill = (min(255, round(tone[0])), min(255, round(tone[1])), min(255, round(tone[2])))
        draw.ellipse([cx - r * 1.15, cy - r * 0.85, cx + r * 1.15, cy + r * 0.85], fill=fill)


def branches(
    draw: ImageDraw.ImageDraw,
    rng: random.Random,
    x: float,
    y: float,
    length: float,
    angle: float,
    width: float,
    colour: Colour,
    deep: int,
) -> None:
    """A branch from (x, y) that forks; length and width in pixels, angle in radians (up is -pi/2)."""
    if deep == 0 or length < 2:
        return
    for turn in (rng.uniform(-0.75, -0.2), rng.uniform(0.2, 0.75)) + ((rng.uniform(-0.2, 0.2),) if deep > 4 else ()):
        way = angle + turn
        long = length * rng.uniform(0.6, 0.95)
        ex, ey = x + math.cos(way) * long, y + math.sin(way) * long
        draw.line([x, y, ex, ey], fill=tuple(round(c) for c in colour), width=max(1, round(width)))
        branches(draw, rng, ex, ey, long * 0.86, way * 0.9 - 0.05 * math.pi, width * 0.62, colour, deep - 1)

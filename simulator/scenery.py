"""The still part of what one porch camera sees: porch, front path, garden, street and the houses opposite."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from simulator.frames import Colour, Floats, Lens, Part, Point, mix, paint_parts, times
from simulator.greenery import branches, foliage, leaf_colours
from simulator.vehicles import car_parts

LENS = Lens()
LAMP: Point = (0.55, 2.35, 0.35)  # metres: the porch lamp, above and beside the camera
SKY, GRASS, PAVE, ROAD, PORCH, UPRIGHT, LEAF, GLASS, ROOF = range(9)  # kinds of surface
DEPTH_STEPS = 6  # grey levels per metre in the depth picture


@dataclass(frozen=True)
class Plot:
    """Where things are on one plot, in metres."""

    porch: float  # z of the porch's front edge
    drop: float  # how far the garden lies below the porch floor
    lawn: float  # z where the pavement begins
    near_kerb: float
    far_kerb: float
    path_near: float  # x of the path at the porch
    path_far: float  # x of the path at the pavement
    path_width: float
    mat: tuple[float, float]  # x, z of the doormat's middle
    facing: float  # degrees: where the camera looks
    street_lamp: tuple[float, float]
    lamp_works: bool

    @property
    def pavement(self) -> float:
        """z of the middle of the pavement."""
        return self.lawn + 0.75

    @property
    def lane(self) -> float:
        """z of the near side of a van in the near lane."""
        return self.near_kerb + 0.7

    def ground(self, z: float) -> float:
        """Height of the ground at z: the porch floor, a slope for its steps, the garden."""
        return -self.drop * min(1.0, max(0.0, (z - self.porch + 0.1) / 0.7))

    def path_x(self, z: float) -> float:
        share = min(1.0, max(0.0, (z - self.porch) / (self.lawn - self.porch)))
        bow = share * share * (3 - 2 * share)
        return self.path_near + (self.path_far - self.path_near) * bow


@dataclass(frozen=True)
class Layer:
    """Something that can hide what is behind it, or sway: an RGBA tile at its place on the picture."""

    tile: Image.Image
    left: int
    top: int
    depth: float  # metres
    x: float  # metres, for the light
    sway: float = 0.0  # pixels of its top in a strong wind
    phase: float = 0.0

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.tile.width, self.top + self.tile.height


@dataclass
class Scene:
    """The unlit scene. Pictures have (height, width); depth is in metres."""

    plot: Plot
    colours: NDArray[np.float32]  # (height, width, 3), 0..1
    kinds: NDArray[np.uint8]
    depth: NDArray[np.float32]
    glowing: NDArray[np.float32]  # windows that are lit in the evening, 0..1
    shades: list[list[Point]]  # outlines that throw sun shadows: tree crowns as (x, y, z) with z the radius
    layers: list[Layer] = field(default_factory=list)
    lens: Lens = LENS
    lamp: Point = LAMP
    house: bool = True  # the camera hangs on a house, which throws a shadow


class Painter:
    """Paints world shapes at twice the size, and what they are and how far away at single size."""

    def __init__(self, lens: Lens = LENS) -> None:
        self.lens = lens
        self.image = Image.new("RGBA", (lens.width * 2, lens.height * 2))
        self.draw = ImageDraw.Draw(self.image)
        self.kinds = Image.new("L", (lens.width, lens.height), SKY)
        self._kinds = ImageDraw.Draw(self.kinds)
        self.depth = Image.new("L", (lens.width, lens.height), 255)
        self._depth = ImageDraw.Draw(self.depth)
        self.glowing = Image.new("L", (lens.width, lens.height), 0)
        self._glowing = ImageDraw.Draw(self.glowing)

    def outline(self, corners: Sequence[Point], fine: int = 6) -> Floats:
        """Pixels of a polygon whose long edges bend with the lens."""
        ends = np.array(corners, dtype=float)
        steps = (np.arange(fine) / fine)[None, :, None]
        along = ends[:, None, :] + (np.roll(ends, -1, axis=0) - ends)[:, None, :] * steps
        return self.lens.project(along.reshape(-1, 3))

    def shape(self, corners: Sequence[Point], colour: Colour, kind: int, glowing: float = 0, fine: int = 6) -> None:
        at = self.outline(corners, fine)
        self.draw.polygon((at * 2).ravel().tolist(), fill=tuple(min(255, max(0, round(c))) for c in colour))
        flat = at.ravel().tolist()
        self._kinds.polygon(flat, fill=kind)
        far = min(255, round(sum(c[2] for c in corners) / len(corners) * DEPTH_STEPS))
        self._depth.polygon(flat, fill=far)
        self._glowing.polygon(flat, fill=round(255 * glowing))

    def flat(self, x0: float, z0: float, x1: float, z1: float, y: float, colour: Colour, kind: int) -> None:
        """A level rectangle."""
        self.shape([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], colour, kind, fine=10)

    def wall(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        z: float,
        colour: Colour,
        kind: int = UPRIGHT,
        glowing: float = 0,
    ) -> None:
        """A rectangle that faces the camera."""
        self.shape([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], colour, kind, glowing)

    def side(self, x: float, y0: float, z0: float, y1: float, z1: float, colour: Colour, kind: int = UPRIGHT) -> None:
        """A rectangle that runs away from the camera."""
        self.shape([(x, y0, z0), (x, y0, z1), (x, y1, z1), (x, y1, z0)], colour, kind)

    def line(self, a: Point, b: Point, colour: Colour, width: float) -> None:
        """A line of width metres; only colours it, the surface stays what it is."""
        ends = np.array([a, b], dtype=float)
        along = ends[:1] + (ends[1:] - ends[:1]) * (np.arange(9) / 8)[:, None]
        at = self.lens.project(along) * 2
        near = max(0.3, min(a[2], b[2]))
        pixels = max(1, round(width * self.lens.focal / near * 2 * 0.8))
        self.draw.line(at.ravel().tolist(), fill=tuple(round(c) for c in colour), width=pixels)

    def at(self, point: Point) -> tuple[float, float, float]:
        """Column and row (pixels at double size) of a point, and pixels per metre there."""
        here, there = self.lens.project(np.array([point, (point[0], point[1] + 0.1, point[2])]))
        return float(here[0] * 2), float(here[1] * 2), float(np.hypot(*(there - here)) * 20)

    def bush(
        self,
        centre: Point,
        across: float,
        up: float,
        colours: Sequence[Colour],
        rng: random.Random,
        many: int = 120,
        leaf: float = 1.0,
    ) -> None:
        """A clump of leaves, across and up in metres (radii)."""
        x, y, scale = self.at(centre)
        wide, high = across * scale, up * scale
        heart = [x - wide * 0.86, y - high * 0.86, x + wide * 0.86, y + high * 0.86]
        self.draw.ellipse(heart, fill=tuple(round(c) for c in times(colours[0], 0.6)))  # no gaps between leaves
        foliage(self.draw, rng, x, y, across * scale, up * scale, colours, many, leaf)
        self._kinds.ellipse([v / 2 for v in heart], fill=LEAF)
        whole = [(x - wide) / 2, (y - high) / 2, (x + wide) / 2, (y + high) / 2]
        self._depth.ellipse(whole, fill=min(255, round(centre[2] * DEPTH_STEPS)))
        self._glowing.ellipse(whole, fill=0)

    def branches(self, foot: Point, length: float, width: float, colour: Colour, rng: random.Random) -> None:
        """Bare branches above a point; length and width in metres, of the first ones."""
        x, y, scale = self.at(foot)
        reach = 3.2 * length * scale
        left, top = math.floor((x - reach) / 2) * 2, math.floor((y - reach) / 2) * 2
        tile = Image.new("RGBA", (round(2 * reach / 2) * 2, round(1.25 * reach / 2) * 2))
        draw = ImageDraw.Draw(tile)
        branches(draw, rng, x - left, y - top, length * scale, -math.pi / 2, width * scale, colour, 6)
        self.image.paste(tile, (left, top), tile)
        mask = tile.getchannel("A").reduce(2).point(lambda a: 255 if a > 60 else 0)
        at = (left // 2, top // 2)
        self.kinds.paste(UPRIGHT, at, mask)
        self.depth.paste(min(255, round(foot[2] * DEPTH_STEPS)), at, mask)
        self.glowing.paste(0, at, mask)

    def parts(self, parts: Sequence[Part], depth: float) -> None:
        """Stamp parts (a parked car) into the still picture."""
        double = Lens(
            self.lens.width * 2,
            self.lens.height * 2,
            self.lens.focal * 2,
            self.lens.middle * 2,
            self.lens.horizon * 2,
            self.lens.eye,
            self.lens.bend,
        )
        box = paint_parts(self.image, double, parts)
        if box:
            small = Image.new("RGBA", self.image.size)
            paint_parts(small, double, parts)
            mask = small.getchannel("A").resize(self.kinds.size, Image.Resampling.BOX)
            self.kinds.paste(UPRIGHT, (0, 0), mask.point(lambda a: 255 if a > 127 else 0))
            self.depth.paste(min(255, round(depth * DEPTH_STEPS)), (0, 0), mask.point(lambda a: 255 if a > 127 else 0))

    def scene(
        self,
        plot: Plot,
        shades: list[list[Point]],
        layers: Sequence[Layer] = (),
        lamp: Point = LAMP,
        house: bool = True,
    ) -> Scene:
        """Everything that was painted as an unlit scene."""
        depth = np.asarray(self.depth, dtype=np.float32) / DEPTH_STEPS
        kinds = np.asarray(self.kinds).copy()
        for height, of in ((-plot.drop, (GRASS, PAVE, ROAD)), (0.0, (PORCH,))):
            flat = np.isin(kinds, of)
            depth = np.where(flat, np.minimum(self.lens.ground(height)[1], 120), depth).astype(np.float32)
        small = self.image.reduce(2)
        colours = np.asarray(small.convert("RGB"), dtype=np.float32) / 255
        loose = (np.asarray(small.getchannel("A")) > 127) & (kinds == SKY)
        kinds[loose] = LEAF  # leaves at the rim of a clump
        glowing = np.asarray(self.glowing, dtype=np.float32) / 255
        order = sorted(layers, key=lambda layer: -layer.depth)
        return Scene(plot, colours, kinds, depth, glowing, shades, order, self.lens, lamp, house)

    def layer(self, depth: float, x: float, sway: float = 0.0, phase: float = 0.0) -> Layer | None:
        """What was painted so far as a layer of its own."""
        small = self.image.reduce(2)
        box = small.getchannel("A").getbbox()
        if box is None:
            return None
        return Layer(small.crop(box), box[0], box[1], depth, x, sway, phase)


WALLS: tuple[Colour, ...] = (
    (226, 222, 210),
    (198, 206, 206),
    (176, 190, 198),
    (214, 196, 160),
    (168, 96, 76),
    (150, 82, 66),
    (206, 214, 198),
    (134, 150, 160),
    (232, 226, 220),
    (188, 172, 150),
    (122, 134, 118),
)
ROOFS: tuple[Colour, ...] = ((92, 84, 80), (110, 74, 60), (72, 76, 84), (124, 110, 98), (84, 68, 62))
DOORS: tuple[Colour, ...] = (
    (120, 34, 34), (32, 62, 92), (36, 78, 58), (60, 44, 36), (186, 150, 60), (44, 44, 48), (90, 120, 130)
)  # fmt: skip


def _window(p: Painter, rng: random.Random, x: float, y: float, w: float, h: float, z: float, trim: Colour) -> None:
    lit = rng.choice((0.0, 0.0, 0.55, 0.9, 1.0))
    p.wall(x - 0.09, y - 0.12, x + w + 0.09, y + h + 0.09, z - 0.02, trim)
    p.wall(x, y, x + w, y + h, z - 0.03, (66, 78, 92), GLASS, lit)
    p.wall(x, y + h * 0.5, x + w, y + h, z - 0.04, (92, 108, 124), GLASS, lit)
    if rng.random() < 0.6:  # curtains
        p.wall(x, y, x + w * 0.2, y + h, z - 0.05, (176, 170, 160), GLASS, lit * 0.7)
        p.wall(x + w * 0.8, y, x + w, y + h, z - 0.05, (176, 170, 160), GLASS, lit * 0.7)
    p.line((x + w / 2, y, z - 0.06), (x + w / 2, y + h, z - 0.06), trim, 0.05)
    p.line((x, y + h / 2, z - 0.06), (x + w, y + h / 2, z - 0.06), trim, 0.05)


def _house(p: Painter, rng: random.Random, x0: float, width: float, z: float, base: float) -> None:
    """A house that faces the camera from across the street."""
    wall, roof = rng.choice(WALLS), rng.choice(ROOFS)
    trim: Colour = (238, 236, 230) if sum(wall) < 640 else rng.choice(((120, 124, 128), (90, 100, 96), (238, 236, 230)))
    floors = rng.choice((1, 2, 2))
    x1, top = x0 + width, base + 0.4 + floors * 2.6
    brick = wall[0] > wall[2] + 60
    chimney = x0 + width * rng.uniform(0.2, 0.8)
    gable = rng.random() < 0.5
    ridge = top + (width * 0.26 if gable else 2.1)
    p.wall(chimney, top, chimney + 0.7, ridge + 0.7, z + 2.2, (132, 84, 70))
    p.wall(x0, base, x1, top, z, wall)
    for step in range(int((top - base) / 0.28)):
        y = base + 0.3 + step * 0.28
        p.line((x0, y, z), (x1, y, z), times(wall, 0.93 if not brick else 0.9), 0.03)
    p.wall(x0, base, x1, base + 0.35, z - 0.01, (140, 136, 130))
    over = 0.4
    if gable:
        p.shape([(x0, top, z), (x1, top, z), ((x0 + x1) / 2, ridge, z)], times(wall, 0.97), UPRIGHT)
        for a, b in ((x0 - over, (x0 + x1) / 2), (x1 + over, (x0 + x1) / 2)):
            p.shape(
                [
                    (a, top - 0.16, z - 0.3),
                    (b, ridge, z - 0.3),
                    (b, ridge + 0.28, z - 0.3),
                    (a, top + 0.1, z - 0.3),
                ],
                roof,
                ROOF,
            )
        _window(p, rng, (x0 + x1) / 2 - 0.4, top + 0.35, 0.8, 0.9, z, trim)
    else:
        p.shape(
            [
                (x0 - over, top, z - 0.4),
                (x1 + over, top, z - 0.4),
                (x1 - 0.7, ridge, z + 3),
                (x0 + 0.7, ridge, z + 3),
            ],
            roof,
            ROOF,
        )
        for step in range(1, 6):
            share = step / 6
            y, back = top + (ridge - top) * share, z - 0.4 + 3.4 * share
            p.line((x0 - over + 1.1 * share, y, back), (x1 + over - 1.1 * share, y, back), times(roof, 0.9), 0.05)
        p.wall(x0 - over, top - 0.12, x1 + over, top + 0.06, z - 0.42, trim)
    door = x0 + width * rng.choice((0.25, 0.5, 0.72))
    garage = width > 9 and rng.random() < 0.6
    for floor in range(floors):
        y = base + 1.15 + floor * 2.6
        count = max(2, int(width / 2.7))
        for i in range(count):
            x = x0 + (i + 0.5) * width / count - 0.55
            if floor == 0 and (abs(x + 0.5 - door) < 1.2 or (garage and x > x1 - 4)):
                continue
            _window(p, rng, x, y, 1.1, 1.25, z, trim)
    if garage:
        p.wall(x1 - 3.5, base, x1 - 0.6, base + 2.2, z - 0.03, (222, 220, 214))
        for i in range(1, 4):
            p.line(
                (x1 - 3.5, base + i * 0.55, z - 0.05),
                (x1 - 0.6, base + i * 0.55, z - 0.05),
                (180, 178, 172),
                0.05,
            )
        p.flat(x1 - 3.6, z - 5.5, x1 - 0.5, z, base, (150, 148, 144), PAVE)
    p.wall(door - 0.62, base, door + 0.62, base + 2.45, z - 0.03, trim)
    p.wall(door - 0.46, base, door + 0.46, base + 2.15, z - 0.05, rng.choice(DOORS))
    p.wall(door - 0.34, base + 2.18, door + 0.34, base + 2.36, z - 0.05, (80, 92, 104), GLASS, 0.8)
    p.wall(door - 0.9, base, door + 0.9, base + 0.2, z - 0.8, (150, 146, 140))


def _ground(p: Painter, rng: random.Random, plot: Plot, grass: Colour, path: Colour, style: str, far: float) -> None:
    low = -plot.drop
    p.flat(-60, 0.6, 60, 120, low, grass, GRASS)
    # The street, its kerbs and the two pavements.
    road = rng.choice(((92, 92, 94), (104, 102, 100), (84, 86, 90)))
    stone: Colour = (176, 172, 164)
    p.flat(-60, plot.far_kerb, 60, plot.far_kerb + 0.2, low, (188, 186, 180), PAVE)
    p.flat(-60, plot.far_kerb + 1.1, 60, plot.far_kerb + 2.4, low, stone, PAVE)
    p.flat(-60, plot.near_kerb, 60, plot.far_kerb, low - 0.1, road, ROAD)
    for x in range(-48, 48, 6):  # patched tar
        seam = x + rng.uniform(-2, 2)
        p.line(
            (seam, low - 0.1, plot.near_kerb + 0.3),
            (seam + 1.5, low - 0.1, plot.far_kerb - 0.4),
            times(road, 0.86),
            0.05,
        )
    p.flat(-60, plot.near_kerb - 0.18, 60, plot.near_kerb, low, (192, 190, 184), PAVE)
    p.flat(-60, plot.lawn, 60, plot.lawn + 1.5, low, stone, PAVE)
    for i in range(-16, 17):
        x = i * 1.5 + plot.path_far
        p.line((x, low, plot.lawn), (x, low, plot.lawn + 1.5), times(stone, 0.82), 0.03)
    # The driveway on one side.
    edge = 4.3 * far
    p.flat(min(edge, edge + 3 * far), 1.2, max(edge, edge + 3 * far), plot.near_kerb, low, (158, 154, 148), PAVE)
    for z in (3.4, 6.2):
        p.line((edge, low, z), (edge + 3 * far, low, z), (128, 124, 118), 0.03)
    # The front path.
    half = plot.path_width / 2
    cuts = np.linspace(plot.porch + 0.2, plot.lawn, 40)
    left = [(plot.path_x(z) - half, low, z) for z in cuts]
    right = [(plot.path_x(z) + half, low, z) for z in cuts]
    p.shape(left + right[::-1], path, PAVE, fine=1)
    if style == "gravel":
        for _ in range(900):
            z = plot.porch + 0.3 + (plot.lawn - plot.porch - 0.3) * rng.random() ** 1.6
            x, y, scale = p.at((plot.path_x(z) + rng.uniform(-half, half), low, z))
            r = max(0.6, 0.016 * scale)
            tone = times(path, rng.uniform(0.72, 1.2))
            p.draw.ellipse([x - r, y - r * 0.5, x + r, y + r * 0.5], fill=tuple(round(min(255, c)) for c in tone))
    pitch = {"slabs": 0.75, "brick": 0.22, "concrete": 1.5}.get(style, 99)
    z, odd = plot.porch + 0.35, False
    while z < plot.lawn:
        x = plot.path_x(z)
        p.line((x - half, low, z), (x + half, low, z), times(path, 0.74), 0.022)
        if style in ("slabs", "brick"):
            count = 2 if style == "slabs" else 6
            for i in range(1, count + 1):
                across = x - half + (i - (0.5 if odd else 0)) * plot.path_width / count
                if style == "brick" and rng.random() < 0.5:
                    lo, hi = across - plot.path_width / count, across
                    p.flat(
                        max(x - half, lo),
                        z,
                        min(x + half, hi),
                        z + pitch,
                        low,
                        times(path, rng.uniform(0.84, 1.1)),
                        PAVE,
                    )
                if across < x + half - 0.05:
                    p.line((across, low, z), (across, low, min(plot.lawn, z + pitch)), times(path, 0.76), 0.018)
        odd = not odd
        z += pitch
    for ends in (left, right):
        for a, b in zip(ends[::3], ends[3::3], strict=False):
            p.line(a, b, times(grass, 0.62), 0.05)
    # Blades of grass near the porch.
    for _ in range(1500):
        z = plot.porch + 0.3 + rng.random() ** 2 * (plot.lawn - plot.porch - 0.4)
        x = rng.uniform(-z * 1.6, z * 1.6)
        if abs(x - plot.path_x(z)) < half + 0.05 or (edge - 3.2 < x * 1 < edge + 3.2 and abs(x) > abs(edge)):
            continue
        px, py, scale = p.at((x, low, z))
        up = 0.05 * scale * rng.uniform(0.5, 1.4)
        tone = times(grass, rng.uniform(0.7, 1.35))
        p.draw.line(
            [px, py, px + rng.uniform(-0.5, 0.5) * up, py - up],
            fill=tuple(round(min(255, c)) for c in tone),
            width=2,
        )


def _porch(p: Painter, rng: random.Random, plot: Plot, floor: Colour, style: str, mat: Colour) -> None:
    edge, low = plot.porch, -plot.drop
    wide = 6.0
    p.wall(-wide, low, wide, 0, edge + 0.02, times(floor, 0.6))
    half = plot.path_width / 2 + 0.25  # the steps
    steps = max(1, round(plot.drop / 0.17))
    for i in range(steps):
        y, z = -(steps - 1 - i) * plot.drop / steps - plot.drop / steps, edge + (steps - i) * 0.28
        p.wall(plot.path_near - half, low, plot.path_near + half, y, z, times(floor, 0.66))
        p.flat(plot.path_near - half, z - 0.28, plot.path_near + half, z, y, times(floor, 0.93), PORCH)
    p.flat(-wide, 0.3, wide, edge, 0, floor, PORCH)
    if style == "planks":
        x = -wide
        while x < wide:
            tone = times(floor, rng.uniform(0.9, 1.07))
            p.flat(x, 0.3, x + 0.13, edge, 0, tone, PORCH)
            p.line((x, 0, 0.5), (x, 0, edge), times(floor, 0.62), 0.008)
            x += 0.14
    elif style == "tiles":
        for i in range(-15, 16):
            p.line((i * 0.38, 0, 0.5), (i * 0.38, 0, edge), times(floor, 0.8), 0.012)
        for j in range(2, int(edge / 0.38) + 1):
            p.line((-wide, 0, j * 0.38), (wide, 0, j * 0.38), times(floor, 0.8), 0.012)
    elif style == "brick":
        for j in range(4, int(edge / 0.11) + 1):
            for i in range(-20, 21):
                x = i * 0.22 + (0.11 if j % 2 else 0)
                tone = times(floor, rng.uniform(0.84, 1.12))
                p.flat(x + 0.008, j * 0.11, x + 0.212, j * 0.11 + 0.1, 0, tone, PORCH)
    p.line((-wide, 0, edge), (wide, 0, edge), times(floor, 1.12), 0.03)
    x, z = plot.mat
    p.flat(x - 0.44, z - 0.27, x + 0.44, z + 0.27, 0.012, times(mat, 0.72), PORCH)
    p.flat(x - 0.41, z - 0.24, x + 0.41, z + 0.24, 0.014, mat, PORCH)
    if rng.random() < 0.6:
        for i in (-1, 1):
            p.flat(x - 0.34, z + i * 0.16 - 0.012, x + 0.34, z + i * 0.16 + 0.012, 0.016, times(mat, 0.6), PORCH)
    else:
        for i in range(-3, 4):
            p.flat(x + i * 0.11 - 0.014, z - 0.19, x + i * 0.11 + 0.014, z + 0.19, 0.016, times(mat, 0.66), PORCH)


def _railing(
    p: Painter, rng: random.Random, plot: Plot, style: str, colour: Colour, posts: tuple[float, float]
) -> None:
    """Pillars and railing along the front edge of the porch."""
    z = plot.porch - 0.08
    gap = plot.path_width / 2 + 0.35
    spans = [(-5.5, plot.path_near - gap), (plot.path_near + gap, 5.5)]
    if style != "none":
        thick, pitch = (0.018, 0.12) if style == "iron" else (0.05, 0.17)
        for x0, x1 in spans:
            x = x0
            while x < x1:
                p.wall(x, 0.1, x + thick, 0.84, z + 0.02, times(colour, 0.9))
                x += pitch
            p.wall(x0, 0.08, x1, 0.14, z, times(colour, 0.92))
            p.wall(x0, 0.82, x1, 0.9, z, colour)
            p.shape(
                [(x0, 0.9, z), (x1, 0.9, z), (x1, 0.9, z + 0.1), (x0, 0.9, z + 0.1)],
                times(colour, 1.08),
                UPRIGHT,
            )
    for x in posts:
        wide = 0.075 if style == "iron" else 0.1
        p.wall(x - wide, 0, x + wide, 2.9, z, colour)
        p.side(x + (wide if x < 0 else -wide), 0, z, 2.9, z + 0.18, times(colour, 0.8))
        p.wall(x - wide * 0.45, 0.1, x - wide * 0.2, 2.8, z - 0.001, times(colour, 0.93))
        p.wall(x - wide - 0.04, 0, x + wide + 0.04, 0.22, z - 0.02, times(colour, 0.96))
    p.wall(-7, 2.48, 7, 4.2, z - 0.02, times(colour, 0.82))


def _pot(p: Painter, rng: random.Random, x: float, z: float, autumn: bool, winter: bool) -> None:
    clay = rng.choice(((170, 98, 66), (96, 104, 110), (206, 200, 188), (74, 92, 104)))
    r, h = rng.uniform(0.13, 0.19), rng.uniform(0.24, 0.36)
    p.shape([(x - r * 0.75, 0, z), (x + r * 0.75, 0, z), (x + r, h, z), (x - r, h, z)], clay, UPRIGHT)
    p.shape(
        [(x + r * 0.2, 0, z), (x + r * 0.75, 0, z), (x + r, h, z), (x + r * 0.3, h, z)],
        times(clay, 0.78),
        UPRIGHT,
    )
    p.wall(x - r * 1.08, h - 0.05, x + r * 1.08, h, z - 0.01, times(clay, 1.08))
    greens: list[Colour] = [(56, 94, 50), (74, 116, 58), (44, 78, 48)]
    p.bush((x, h + r * 0.9, z), r * 1.25, r * 1.35, greens, rng, 130)
    if not winter:
        bloom = rng.choice(((206, 60, 70), (226, 186, 60), (196, 120, 190), (236, 232, 226), (220, 120, 60)))
        cx, cy, scale = p.at((x, h + r, z))
        for _ in range(22):
            a, d = rng.uniform(0, math.tau), rng.random() ** 0.5 * r * 1.15 * scale
            size = scale * rng.uniform(0.014, 0.026)
            bx, by = cx + math.cos(a) * d, cy + math.sin(a) * d * 0.9
            p.draw.ellipse([bx - size, by - size, bx + size, by + size], fill=tuple(round(c) for c in bloom))
    if autumn and rng.random() < 0.7:
        px, py, scale = p.at((x + r + 0.2, 0.11, z - 0.05))
        for i in (-1, 1, 0):
            w = 0.1 * scale
            tone = (206 - abs(i) * 22, 112 - abs(i) * 14, 34)
            p.draw.ellipse(
                [
                    px + i * w * 0.55 - w * 0.8,
                    py - 0.1 * scale,
                    px + i * w * 0.55 + w * 0.8,
                    py + 0.1 * scale,
                ],
                fill=tone,
            )
        p.draw.line(
            [px, py - 0.1 * scale, px + 0.02 * scale, py - 0.16 * scale],
            fill=(84, 92, 44),
            width=max(2, round(scale * 0.03)),
        )


def _tree(rng: random.Random, x: float, z: float, low: float, up: float, month: int, kind: str) -> list[Layer]:
    """Trunk and swaying crowns of one tree, farthest first."""
    layers: list[Layer] = []
    colours, fullness = leaf_colours(month, kind, rng)
    bark: Colour = rng.choice(((92, 76, 62), (110, 96, 82), (78, 70, 64)))
    p = Painter()
    px, py, scale = p.at((x, low, z))
    if kind == "spruce":
        p.shape(
            [
                (x - 0.1, low, z),
                (x + 0.1, low, z),
                (x + 0.05, low + up * 0.3, z),
                (x - 0.05, low + up * 0.3, z),
            ],
            bark,
            UPRIGHT,
        )
        for i in range(9):
            share = i / 9
            y, wide = low + up * (0.12 + 0.84 * share), up * 0.24 * (1 - share) + 0.08
            p.bush((x, y, z), wide, up * 0.075, colours, rng, 150, 0.7)
        return [layer for layer in [p.layer(z, x, 3.0, rng.uniform(0, 6))] if layer]
    p.shape(
        [
            (x - up * 0.03, low, z),
            (x + up * 0.03, low, z),
            (x + up * 0.016, low + up * 0.5, z),
            (x - up * 0.016, low + up * 0.5, z),
        ],
        bark,
        UPRIGHT,
    )
    top = p.at((x, low + up * 0.45, z))
    branches(p.draw, rng, top[0], top[1], up * 0.28 * scale, -math.pi / 2, up * 0.03 * scale, bark, 6)
    trunk = p.layer(z + 0.05, x, 3.0 if fullness < 0.4 else 0.0, rng.uniform(0, 6))
    if trunk:
        layers.append(trunk)
    for i in range(3):
        if fullness < 0.05:
            break
        p = Painter()
        spread = up * 0.2
        cx, cy = (
            x + (i - 1) * spread * 0.9 + rng.uniform(-0.2, 0.2),
            low + up * (0.68 + (0.1 if i == 1 else 0)),
        )
        for _ in range(3):
            p.bush(
                (cx + rng.uniform(-0.5, 0.5) * spread, cy + rng.uniform(-0.5, 0.5) * spread, z),
                spread * rng.uniform(0.7, 1),
                spread * rng.uniform(0.6, 0.9),
                colours,
                rng,
                round(300 * fullness),
                0.55,
            )
        crown = p.layer(z, x, 6.0, rng.uniform(0, 6))
        if crown:
            layers.append(crown)
    return layers


@lru_cache(maxsize=12)
def scene(seed: int, month: int) -> Scene:
    """The scene of a porch as it is in a month (1..12), unlit."""
    rng = random.Random(f"porch {seed}")
    far = rng.choice((-1, 1))  # the side of the driveway
    drop = rng.choice((0.17, 0.34, 0.34, 0.51))
    porch, lawn = rng.uniform(2.35, 2.9), rng.uniform(6.2, 7.6)
    near = rng.uniform(-0.35, 0.35)
    plot = Plot(
        porch=porch,
        drop=drop,
        lawn=lawn,
        near_kerb=lawn + 2.3,
        far_kerb=lawn + 8.6,
        path_near=near,
        path_far=near + rng.uniform(-1.5, 1.5),
        path_width=rng.uniform(1.05, 1.4),
        mat=(rng.choice((-1, 1)) * rng.uniform(0.25, 0.5), rng.uniform(1.72, 1.86)),
        facing=rng.uniform(0, 360),
        street_lamp=(rng.uniform(-6, 6), lawn + 1.9),
        lamp_works=rng.random() < 0.6,
    )
    low = -drop
    winter, autumn = month in (12, 1, 2, 3), month in (9, 10, 11)
    grass = mix((98, 132, 62), (124, 130, 76), rng.random())
    if winter or month == 11:
        grass = mix(grass, (132, 124, 88), 0.45)
    path_style = rng.choice(("slabs", "brick", "concrete", "gravel"))
    path = {
        "slabs": (168, 162, 150),
        "brick": (154, 98, 80),
        "concrete": (172, 168, 162),
        "gravel": (164, 150, 128),
    }[path_style]
    p = Painter()
    green: list[Colour] = [(58, 88, 48), (46, 76, 44), (74, 100, 56)]
    distant, fullness = leaf_colours(month, "maple", random.Random(f"far {seed}"))
    for i in range(26):  # trees behind the houses
        x, up = -34 + i * 2.7 + rng.uniform(-1, 1), rng.uniform(2.5, 5.0)
        tones = distant if rng.random() < 0.7 and fullness > 0.2 else [(92, 84, 78), (74, 78, 66), (60, 74, 56)]
        p.bush((x, 1.5 + up * 0.4, 36), 2.6, up, [times(c, 0.9) for c in tones], rng, 60)
    _ground(p, rng, plot, grass, path, path_style, far)
    row = plot.far_kerb + 6.5
    x = -27.0 + rng.uniform(0, 5)
    while x < 26:
        width = rng.uniform(8, 11)
        _house(p, rng, x, width, row + rng.uniform(-0.6, 0.8), low)
        for _ in range(5):
            p.bush((x + rng.uniform(0, width), low + 0.35, row - 0.7), rng.uniform(0.4, 0.8), 0.5, green, rng, 40)
        x += width + rng.uniform(1.6, 3.2)
        p.bush(
            (x - 1.2, low + 1.6, row + 1),
            0.9,
            rng.uniform(1.6, 2.6),
            rng.choice((green, distant or green)),
            rng,
            90,
        )
    if rng.random() < 0.75:  # a car parked across the street
        p.parts(
            car_parts(rng.uniform(-7, 7), low - 0.1, plot.far_kerb - 2.0, rng.randrange(99), rng.choice((-1, 1))),
            plot.far_kerb - 1,
        )
    lamp_x, lamp_z = plot.street_lamp
    p.wall(lamp_x - 0.06, low, lamp_x + 0.06, 4.6, lamp_z, (70, 74, 76))
    p.wall(lamp_x - 0.2, 4.6, lamp_x + 0.2, 4.85, lamp_z, (210, 206, 196), GLASS, 1.0)
    # The edge of the garden on the other side than the drive, and along the pavement.
    boundary = rng.choice(("hedge", "fence", "open", "hedge"))
    edge = -far * rng.uniform(3.6, 4.6)
    if boundary == "hedge":
        for z in np.arange(lawn - 0.2, porch + 0.6, -0.42):
            p.bush((edge, low + 0.55, float(z)), 0.55, 0.62, green, rng, 90)
    elif boundary == "fence":
        wood: Colour = rng.choice(((236, 234, 228), (150, 120, 90), (120, 112, 104)))
        for z in np.arange(lawn - 0.2, porch + 0.4, -0.16):
            p.side(edge, low, float(z), low + 1.0, float(z) + 0.11, times(wood, rng.uniform(0.9, 1.02)))
        p.side(edge - 0.01, low + 0.3, porch + 0.4, low + 0.4, lawn, times(wood, 0.85))
    if rng.random() < 0.55:  # a low hedge or flowers along the pavement
        for x in np.arange(-9, 9, 0.5):
            if abs(x - plot.path_far) > 1.1 and not 3.9 < x * far < 7.6:
                p.bush((float(x), low + 0.28, lawn - 0.3), 0.4, 0.36, green, rng, 50)
    post = plot.path_far + 1.0
    p.wall(post - 0.05, low, post + 0.05, low + 1.0, lawn - 0.15, (110, 88, 66))
    p.wall(
        post - 0.13,
        low + 0.95,
        post + 0.13,
        low + 1.22,
        lawn - 0.2,
        rng.choice(((50, 54, 60), (150, 50, 44), (214, 212, 206))),
    )
    if rng.random() < 0.45:
        colour = rng.randrange(99)
        p.parts(car_parts(far * 8.6, low, 4.6, colour, -far), 5)
    floor_style = rng.choice(("planks", "planks", "tiles", "brick", "plain"))
    floor = {
        "planks": rng.choice(((132, 128, 122), (138, 98, 72), (112, 120, 126), (160, 132, 100))),
        "tiles": rng.choice(((176, 120, 90), (168, 164, 156))),
        "brick": (150, 92, 74),
        "plain": (164, 160, 154),
    }[floor_style]
    mat = rng.choice(((134, 106, 72), (92, 76, 60), (72, 78, 84), (120, 60, 52), (64, 84, 72)))
    _porch(p, rng, plot, floor, floor_style, mat)
    for side in (-1, 1):  # shrubs in the bed below the porch
        for i in range(6):
            x = plot.path_near + side * (1.2 + i * 0.5)
            if floor_style != "plain" or rng.random() < 0.8:
                p.bush((x, low + 0.2, porch + 0.5), 0.32, rng.uniform(0.2, 0.4), green, rng, 90)
    layers: list[Layer] = []
    tree_x, tree_z = -far * rng.uniform(2.0, 3.4), rng.uniform(5.0, 6.2)
    kinds = ("maple", "birch", "spruce", "oak")
    crowns: list[list[Point]] = []
    if rng.random() < 0.85:
        up = rng.uniform(4.2, 5.8)
        layers += _tree(rng, tree_x, tree_z, low, up, month, rng.choice(kinds))
        crowns.append([(tree_x, low + up * 0.68, tree_z), (up * 0.3, 0, 0)])
    street_x = rng.choice((-1, 1)) * rng.uniform(3, 7)
    street_up = rng.uniform(4.5, 6)
    layers += _tree(rng, street_x, plot.lawn + 1.9, low, street_up, month, rng.choice(kinds[:2] + kinds[3:]))
    crowns.append([(street_x, low + street_up * 0.68, plot.lawn + 1.9), (street_up * 0.3, 0, 0)])
    front = Painter()
    rail = rng.choice(("wood", "wood", "iron", "none", "dark"))
    rail_colour = {"iron": (46, 46, 48), "dark": (96, 74, 56)}.get(rail, (226, 224, 218))
    posts = (-rng.uniform(1.75, 2.3), rng.uniform(1.75, 2.3))
    _railing(front, rng, plot, "wood" if rail == "dark" else rail, rail_colour, posts)
    layers.append(_solid(front.layer(porch - 0.1, 0.0)))
    for side in (-1, 1):
        if rng.random() < 0.75:
            pot = Painter()
            x = side * rng.uniform(1.15, 1.55)
            _pot(pot, rng, x, rng.uniform(1.5, porch - 0.35), autumn, winter)
            layers.append(_solid(pot.layer(1.6, x, 0.0)))
    return p.scene(plot, crowns, layers)


def _solid(layer: Layer | None) -> Layer:
    assert layer is not None
    return layer

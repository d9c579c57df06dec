"""A phone's still picture: a stage to build and light, and sketches that are laid into it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from simulator.exposure import Exposed, expose, vignette
from simulator.frames import Colour, Lens, Part, Point, ints, paint_parts, paint_shadow, times
from simulator.light import light_at
from simulator.scenery import LAMP, Painter, Plot

WIDTH, HEIGHT = 1024, 768

Spot = tuple[float, float]  # in a sketch: units to the right and up
Tone = Colour | Callable[[float, float], Colour]  # of a surface, or by spot


def phone(focal: float = 800.0, horizon: float = 300.0, eye: float = 1.5) -> Lens:
    """A lens without bend, held level. focal, horizon: pixels. eye: metres above the ground."""
    return Lens(WIDTH, HEIGHT, focal, WIDTH / 2, horizon, eye, 0.0)


class Stage:
    """One picture: paint the surroundings with `p`, then `light` them, then put things in, far to near.

    The ground is y = 0; facing: degrees, where the camera looks, which decides where the sun stands.
    """

    def __init__(self, rng: random.Random, lens: Lens, when: datetime, weather: str = "clear", facing: float = 0.0):
        self.rng, self.when, self.weather, self.facing = rng, when, weather, facing
        self.lens = lens
        self.p = Painter(lens)
        self.shades: list[list[Point]] = []  # tree crowns, as Scene has them
        self.frame: Image.Image
        self.shot: Exposed

    def light(self, lamp: Point | None = None, street_lamp: Spot = (0.0, 999.0), blur: float = 0.0) -> None:
        """Light what was painted. lamp: a porch lamp. street_lamp: x, z. blur: pixels, of all that."""
        plot = Plot(
            porch=-9.0, drop=0.0, lawn=0.0, near_kerb=0.0, far_kerb=999.0, path_near=0.0, path_far=0.0,
            path_width=0.0, mat=(0.0, 0.0), facing=self.facing, street_lamp=street_lamp, lamp_works=True,
        )  # fmt: skip
        scene = self.p.scene(plot, self.shades, lamp=lamp or LAMP, house=False)
        light = light_at(self.when, self.facing, self.weather, lamp is not None)
        light = replace(light, infrared=False)  # a phone has none
        self.shot = expose(scene, light, self.weather, self.rng.randrange(1000))
        self.frame = self.shot.back.filter(ImageFilter.GaussianBlur(blur)) if blur else self.shot.back

    @property
    def _side(self) -> tuple[float, float]:
        sun = self.shot.light.sun
        return (0.6 * sun[0], -0.25 - 0.4 * sun[1]) if sun else (-0.15, -0.5)

    def tint(self, x: float, z: float) -> Colour:
        return self.shot.tint(x, z)

    def put(self, parts: Sequence[Part], x: float, z: float, ground: float = 0.0, shadow: float = 0.4) -> None:
        """Paint parts with the light of (x, z), and their shadow on the ground. shadow: 0 to 1."""
        if shadow:
            sun = self.shot.light.sun
            paint_shadow(self.frame, self.lens, parts, ground, sun, None, shadow)
        paint_parts(self.frame, self.lens, parts, self.tint(x, z), self._side)

    def at(self, point: Point) -> Spot:
        """Pixels of a point."""
        column, row = self.lens.project(np.array([point]))[0]
        return float(column), float(row)

    def lay(self, sketch: Sketch, corners: Sequence[Point], tint: Colour | None = None) -> None:
        """Lay a sketch on a plane. corners: of its lower left, lower right, upper right and upper left."""
        x, _, z = (sum(axis) / 4 for axis in zip(*corners, strict=True))
        tile = lit(sketch.tile, tint or self.tint(x, z))
        box, moved = _projected(tile, self.lens.project(np.array(corners)), self.frame.size)
        self.frame.paste(moved, box, moved)

    def stand(self, sketch: Sketch, x: float, z: float, ground: float = 0.0, shadow: float = 0.4) -> None:
        """Stand a sketch upright, its origin at (x, ground, z), one unit a metre; with its cast shadow."""
        left, right, low, high = sketch.extent
        plane = [(left, low), (right, low), (right, high), (left, high)]
        if shadow:
            self._cast(sketch, [(x + u, v, z) for u, v in plane], ground, shadow)
        self.lay(sketch, [(x + u, ground + v, z) for u, v in plane], self.tint(x, z))

    def _cast(self, sketch: Sketch, corners: Sequence[Point], ground: float, depth: float) -> None:
        feet = sketch.tile.crop((0, round(sketch.tile.height * 0.86), sketch.tile.width, sketch.tile.height)).getbbox()
        if feet:  # where it touches the ground it is dark in any light
            a, b = (corners[0][0] + (corners[1][0] - corners[0][0]) * v / sketch.tile.width for v in (feet[0], feet[2]))
            z, deep = corners[0][2], min(0.22, (b - a) * 0.22)
            ring = [(x, ground, q) for x, q in oval((a + b) / 2, z, (b - a) * 0.52, deep)]
            self.dark(ring, depth * 0.9, max(2.0, deep * 0.16 * self.lens.focal / z))
        sun = self.shot.light.sun
        if sun is None:
            return
        sx, sy, sz = sun
        floor = [(x - sx * v / sy, ground, max(0.5, z - sz * v / sy)) for x, v, z in corners]
        mask = sketch.tile.getchannel("A").point(lambda a: round(a * depth))
        dark = Image.merge("RGBA", [Image.new("L", mask.size, tone) for tone in (8, 10, 20)] + [mask])
        box, moved = _projected(dark, self.lens.project(np.array(floor)), self.frame.size)
        soft = moved.getchannel("A").filter(ImageFilter.GaussianBlur(2.5))
        self.frame.paste((8, 10, 20), box, soft)

    def dark(self, corners: Sequence[Point], depth: float, blur: float) -> None:
        """A soft dark patch on a surface: corners in metres, depth 0 to 1, blur in pixels."""
        at = self.lens.project(np.array(corners)).ravel().tolist()
        mask = Image.new("L", self.frame.size)
        ImageDraw.Draw(mask).polygon(at, fill=round(255 * depth))
        self.frame.paste((8, 10, 20), (0, 0), mask.filter(ImageFilter.GaussianBlur(blur)))

    def glow(self, point: Point, radius: float, colour: Colour) -> None:
        """Light that a lens scatters around a lamp: radius in metres."""
        column, row = self.at(point)
        r = radius * self.lens.focal / point[2]
        columns, rows = np.meshgrid(np.arange(WIDTH) - column, np.arange(HEIGHT) - row)
        share = np.exp(-(((columns**2 + rows**2) / r**2) ** 0.55) * 2.2)[..., None]
        bright = Image.fromarray((share * np.array(colour)).clip(0, 255).astype(np.uint8))
        self.frame = ImageChops.screen(self.frame, bright)

    def developed(self) -> Image.Image:
        """The finished picture: a little contrast and noise, darker corners."""
        fall = Image.fromarray((np.minimum(vignette(WIDTH, HEIGHT), 1) * 255).astype(np.uint8))
        image = ImageChops.multiply(self.frame, Image.merge("RGB", [fall] * 3))
        curve = [round(255 * (v / 255 + 0.05 * math.sin(math.tau * (v / 255 - 0.5)))) for v in range(256)]
        image = image.point([min(255, max(0, value)) for value in curve] * 3)
        grain = np.random.default_rng(self.rng.randrange(1 << 30)).normal(
            128, self.shot.light.noise * 1.3, (HEIGHT // 2, WIDTH // 2)
        )
        noise = Image.fromarray(np.clip(grain, 90, 166).astype(np.uint8)).resize(image.size, Image.Resampling.BILINEAR)
        return ImageChops.add(image, Image.merge("RGB", [noise] * 3), 1, -128)


def lit(tile: Image.Image, tint: Colour) -> Image.Image:
    """An RGBA tile with its colours multiplied."""
    bands = tile.split()
    return Image.merge(
        "RGBA",
        [band.point([min(255, round(v * by)) for v in range(256)]) for band, by in zip(bands, tint, strict=False)]
        + [bands[3]],
    )


def _projected(
    tile: Image.Image, pixels: NDArray[np.float64], size: tuple[int, int]
) -> tuple[tuple[int, int], Image.Image]:
    """A tile moved so that its corners come to these pixels (in the order of `Stage.lay`), and its place."""
    left, top = (max(0, math.floor(v) - 1) for v in pixels.min(axis=0))
    right, bottom = (min(most, math.ceil(v) + 1) for v, most in zip(pixels.max(axis=0), size, strict=True))
    wide, high = max(1, right - left), max(1, bottom - top)
    sources = [(0, tile.height), (tile.width, tile.height), (tile.width, 0), (0, 0)]
    rows, known = [], []
    for (px, py), (sx, sy) in zip(pixels - (left, top), sources, strict=True):
        rows += [[px, py, 1, 0, 0, 0, -sx * px, -sx * py], [0, 0, 0, px, py, 1, -sy * px, -sy * py]]
        known += [sx, sy]
    shape = np.linalg.solve(np.array(rows), np.array(known, dtype=float))
    # Far smaller on the picture than in the sketch: average first, or fine lines would break up.
    shrink = max(1, int(min(tile.width / wide, tile.height / high)))
    if shrink > 1:
        before = tile.size
        tile = tile.reduce(shrink)
        across, down = tile.width / before[0], tile.height / before[1]
        shape[:3] *= across
        shape[3:6] *= down
    moved = tile.transform((wide, high), Image.Transform.PERSPECTIVE, shape.tolist(), Image.Resampling.BICUBIC)
    return (left, top), moved


def curve(spots: Sequence[Spot], closed: bool = True, fine: int = 8) -> list[Spot]:
    """A smooth line through spots (Catmull-Rom)."""
    many = len(spots)
    found: list[Spot] = []
    for i in range(many if closed else many - 1):
        pick = [spots[(i + k) % many] if closed else spots[min(many - 1, max(0, i + k))] for k in (-1, 0, 1, 2)]
        for step in range(fine):
            t = step / fine
            weights = (
                -0.5 * t + t * t - 0.5 * t**3, 1 - 2.5 * t * t + 1.5 * t**3, 0.5 * t + 2 * t * t - 1.5 * t**3,
                -0.5 * t * t + 0.5 * t**3,
            )  # fmt: skip
            found.append(
                (
                    sum(w * q[0] for w, q in zip(weights, pick, strict=True)),
                    sum(w * q[1] for w, q in zip(weights, pick, strict=True)),
                )
            )
    return found if closed else [*found, spots[-1]]


def oval(x: float, y: float, across: float, up: float, turn: float = 0.0, many: int = 20) -> list[Spot]:
    """An ellipse by its radii; turn in radians."""
    c, s = math.cos(turn), math.sin(turn)
    ring = [(across * math.cos(a), up * math.sin(a)) for a in (i * math.tau / many for i in range(many))]
    return [(x + u * c - v * s, y + u * s + v * c) for u, v in ring]


class Sketch:
    """A flat drawing in its own units, x to the right, y up.

    extent: left, right, low, high. scale: pixels a unit.
    """

    def __init__(self, rng: random.Random, extent: tuple[float, float, float, float], scale: float):
        self.rng, self.extent, self.scale = rng, extent, scale
        left, right, low, high = extent
        self.tile = Image.new("RGBA", (round((right - left) * scale), round((high - low) * scale)))
        self.draw = ImageDraw.Draw(self.tile)

    def pixels(self, spots: Sequence[Spot]) -> list[Spot]:
        left, _, _, high = self.extent
        return [((x - left) * self.scale, (high - y) * self.scale) for x, y in spots]

    def fill(self, spots: Sequence[Spot], colour: Colour) -> None:
        """A flat shape without shading."""
        self.draw.polygon(self.pixels(spots), fill=(*ints(colour), 255))

    def line(self, spots: Sequence[Spot], colour: Colour, width: float) -> None:
        """A line of `width` units with round ends."""
        at = self.pixels(spots)
        fill, wide = (*ints(colour), 255), max(1, round(width * self.scale))
        self.draw.line(at, fill=fill, width=wide, joint="curve")
        if wide > 3:
            for x, y in (at[0], at[-1]):
                self.draw.ellipse([x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2], fill=fill)

    def ring(self, x: float, y: float, across: float, up: float, colour: Colour, width: float) -> None:
        """An elliptic line."""
        (left, top), (right, bottom) = self.pixels([(x - across, y + up), (x + across, y - up)])
        self.draw.ellipse(
            [left, top, right, bottom], outline=(*ints(colour), 255), width=max(1, round(width * self.scale))
        )

    def text(self, x: float, y: float, words: str, colour: Colour, high: float) -> None:
        """Words with their middle at (x, y), `high` units tall."""
        font = ImageFont.load_default(size=max(6, high * self.scale))
        self.draw.text(self.pixels([(x, y)])[0], words, font=font, fill=(*ints(colour), 255), anchor="mm")

    def blob(
        self,
        spots: Sequence[Spot],
        tone: Tone,
        round_: float = 0.5,
        fur: float = 0.0,
        angle: Callable[[float, float], float] | None = None,
        rough: float = 0.1,
    ) -> None:
        """A rounded shape with light from the upper left.

        tone: one colour, or one for each spot. round_: how strong the shading is. fur: length of hairs in
        units, 0 for none; angle: where hairs point (radians, up is pi/2). rough: how far single hairs differ.
        """
        at = self.pixels(spots)
        pad = 6 + round(2 * fur * self.scale)
        left, top = (max(0, math.floor(min(axis)) - pad) for axis in zip(*at, strict=True))
        right = min(self.tile.width, math.ceil(max(x for x, _ in at)) + pad)
        bottom = min(self.tile.height, math.ceil(max(y for _, y in at)) + pad)
        if right - left < 2 or bottom - top < 2:
            return
        shape = [(x - left, y - top) for x, y in at]
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon(shape, fill=255)
        paint = self._ground(mask.size, (left, top), tone)
        if callable(tone) or fur:
            self._hairs(paint, mask, (left, top), tone, fur, angle, rough)
        whole = max(2.0, min(mask.size) * 0.16)
        soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(whole)), dtype=np.float32) / 255
        shift = max(1, round(whole * 0.7))
        slope = np.roll(soft, (-shift, -shift), (0, 1)) - np.roll(soft, (shift, shift), (0, 1))
        factor = 1 + round_ * (0.55 * (soft - 0.8) + 0.75 * slope)
        shaded = np.clip(np.asarray(paint, dtype=np.float32) * factor[..., None], 0, 255).astype(np.uint8)
        new, mask = Image.fromarray(shaded), mask.filter(ImageFilter.GaussianBlur(0.7))
        below = self.tile.crop((left, top, right, bottom))
        cover = below.getchannel("A")
        # Where nothing was, soft edges take on the new colour, not black.
        colours = Image.composite(new, Image.composite(below.convert("RGB"), new, cover), mask)
        self.tile.paste(Image.merge("RGBA", [*colours.split(), ImageChops.lighter(cover, mask)]), (left, top))

    def _ground(self, size: tuple[int, int], corner: tuple[int, int], tone: Tone) -> Image.Image:
        """The colour below dabs and hairs; by spot only roughly."""
        if not callable(tone):
            return Image.new("RGB", size, ints(tone))
        steps, (left, _, _, high) = 28, self.extent
        rough = Image.new("RGB", (steps, steps))
        for i in range(steps * steps):
            x, y = (corner[k] + (v + 0.5) / steps * size[k] for k, v in enumerate((i % steps, i // steps)))
            rough.putpixel((i % steps, i // steps), ints(tone(left + x / self.scale, high - y / self.scale)))
        return rough.resize(size, Image.Resampling.BILINEAR)

    def _hairs(
        self, paint: Image.Image, mask: Image.Image, corner: tuple[int, int], tone: Tone, fur: float,
        angle: Callable[[float, float], float] | None, rough: float,
    ) -> None:  # fmt: skip
        """Short strokes all over a shape; those at its edge make it shaggy. Without fur they are dabs."""
        rng, inside = self.rng, np.asarray(mask) > 127
        rows, columns = np.nonzero(inside)
        long = max(3.0, fur * self.scale)
        many = min(3400, round(len(rows) / (long * (1.1 if fur else 2.0))) + 40)
        draw, edge = ImageDraw.Draw(paint), ImageDraw.Draw(mask)
        left, _, _, high = self.extent
        wide = max(1, round(long * (0.16 if fur else 0.9)))
        for index in np.random.default_rng(rng.randrange(1 << 30)).integers(0, len(rows), many).tolist():
            px, py = float(columns[index]), float(rows[index])
            x, y = left + (px + corner[0]) / self.scale, high - (py + corner[1]) / self.scale
            colour = times(tone(x, y) if callable(tone) else tone, 1 + rng.uniform(-rough, rough))
            way = (angle(x, y) if angle else -math.pi / 2) + rng.uniform(-0.3, 0.3)
            ex, ey = px + math.cos(way) * long, py - math.sin(way) * long
            draw.line([px, py, ex, ey], fill=ints(colour), width=wide)
            if fur:
                edge.line([px, py, px + (ex - px) * 0.6, py + (ey - py) * 0.6], fill=255, width=max(1, wide - 1))

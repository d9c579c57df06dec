"""The lens, the brush and the encoder: what every drawn frame has in common.

The world is in metres: x to the right, y up, z away from the camera, with the porch floor at y = 0. Moving
things are lists of `Part`; a part is the outline around a few spheres, which makes limbs, trunks, boxes and
flat panels alike.
"""

from __future__ import annotations

import io
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH, HEIGHT, FPS = 640, 360, 12
NEAR = 0.25  # metres: nothing is drawn nearer than this

Floats = NDArray[np.float64]
Colour = tuple[float, float, float]  # 0..255
Point = tuple[float, float, float]  # metres
Sphere = tuple[float, float, float, float]  # x, y, z, radius in metres
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


@dataclass(frozen=True)
class Lens:
    """A wide doorbell lens that looks level; lines bend outwards by `bend` (0 is a pinhole)."""

    width: int = WIDTH
    height: int = HEIGHT
    focal: float = 250.0  # pixels
    middle: float = 320.0  # pixels: column of the optical axis
    horizon: float = 128.0  # pixels: row of the optical axis
    eye: float = 1.28  # metres above the porch floor
    bend: float = 0.55

    def project(self, points: Floats) -> Floats:
        """Points (n, 3) in metres to pixels (n, 2)."""
        z = np.maximum(points[:, 2], NEAR)
        flat = np.stack([points[:, 0] / z, (self.eye - points[:, 1]) / z], axis=1)
        away = np.hypot(flat[:, 0], flat[:, 1]) + 1e-9
        shrink = np.arctan(self.bend * away) / (self.bend * away) if self.bend else np.ones_like(away)
        return flat * (shrink * self.focal)[:, None] + (self.middle, self.horizon)

    def rays(self) -> tuple[Floats, Floats]:
        """For every pixel, how far right and up (both (height, width)) a ray goes per metre of depth."""
        return _rays(self)

    def ground(self, height: float) -> tuple[Floats, Floats]:
        """World x and z (height, width) where rays meet the plane y = height; z is huge above the horizon."""
        x, y = self.rays()
        z = np.where(y < -1e-4, (height - self.eye) / np.minimum(y, -1e-4), 1e4)
        return x * z, z


@dataclass(slots=True)
class Part:
    """The outline around some spheres, painted in one colour with a soft light and dark side."""

    spheres: list[Sphere]
    colour: Colour
    shade: float = 0.2  # contrast between the light and the dark side; 0 is flat
    casts: bool = True
    glow: bool = False  # keeps its own colour in any light


@lru_cache(maxsize=2)
def _rays(lens: Lens) -> tuple[Floats, Floats]:
    columns, rows = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    x, y = (columns - lens.middle) / lens.focal, (rows - lens.horizon) / lens.focal
    away = np.hypot(x, y) + 1e-9
    stretch = np.tan(lens.bend * away) / (lens.bend * away) if lens.bend else np.ones_like(away)
    return x * stretch, -y * stretch


def panel(points: Iterable[Point], colour: Colour, glow: bool = False, casts: bool = False) -> Part:
    """A flat convex panel from its corners."""
    return Part([(x, y, z, 0.0) for x, y, z in points], colour, 0.0, casts, glow)


_RING = [(math.cos(a * math.tau / 14), math.sin(a * math.tau / 14)) for a in range(14)]
_FINE_RING = [(math.cos(a * math.tau / 40), math.sin(a * math.tau / 40)) for a in range(40)]
Pixel = tuple[float, float]
Disc = tuple[float, float, float]  # x, y, radius in pixels


def outline(points: list[Pixel]) -> list[Pixel]:
    """The convex hull of points, by the monotone chain."""
    points = sorted(set(points))
    if len(points) < 3:
        return points
    whole: list[Pixel] = []
    for ordered in (points, points[::-1]):
        chain: list[Pixel] = []
        size = 0
        for p in ordered:
            px, py = p
            while size > 1:
                ax, ay = chain[-2]
                bx, by = chain[-1]
                if (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0:
                    break
                chain.pop()
                size -= 1
            chain.append(p)
            size += 1
        whole += chain[:-1]
    return whole


def capsule(a: Disc, b: Disc) -> list[Pixel]:
    """The outline around two discs."""
    (ax, ay, ar), (bx, by, br) = a, b
    far = math.hypot(bx - ax, by - ay)
    if far <= abs(ar - br) + 1e-6:
        x, y, r = a if ar > br else b
        return [(x + c * r, y + s * r) for c, s in _RING]
    way, half = math.atan2(by - ay, bx - ax), math.acos((ar - br) / far)
    edge: list[Pixel] = []
    for x, y, r, start, end in (
        (bx, by, br, way - half, way + half),
        (ax, ay, ar, way + half, way + math.tau - half),
    ):
        steps = 1 if r < 0.6 else 6 if r < 24 else 16
        for i in range(steps + 1):
            angle = start + (end - start) * i / steps
            edge.append((x + math.cos(angle) * r, y + math.sin(angle) * r))
    return edge


def discs(lens: Lens, spheres: Sequence[Sphere]) -> list[Disc]:
    """Spheres on the picture: centre x, centre y and radius in pixels."""
    centres = np.array(spheres, dtype=float)
    at = lens.project(centres[:, :3])
    z = np.maximum(centres[:, 2], NEAR)
    away = np.hypot(centres[:, 0], centres[:, 1] - lens.eye) / z + 1e-9
    size = lens.focal / z * (np.arctan(lens.bend * away) / (lens.bend * away) if lens.bend else 1.0)
    return list(zip(at[:, 0].tolist(), at[:, 1].tolist(), (centres[:, 3] * size).tolist(), strict=True))


def _round(group: Sequence[Disc], shrink: float = 1.0, dx: float = 0.0, dy: float = 0.0) -> list[Pixel]:
    """The outline around discs, each made smaller and pushed by a share of its radius."""
    if len(group) == 2:
        return capsule(*((x + dx * r, y + dy * r, r * shrink) for x, y, r in group))
    points: list[Pixel] = []
    for x, y, r in group:
        if r < 0.05:
            points.append((x, y))
            continue
        cx, cy, small = x + dx * r, y + dy * r, r * shrink
        points += [(cx + c * small, cy + s * small) for c, s in (_RING if r < 24 else _FINE_RING)]
    return outline(points)


def paint_parts(
    frame: Image.Image,
    lens: Lens,
    parts: Sequence[Part],
    tint: Colour = (1.0, 1.0, 1.0),
    side: tuple[float, float] = (-0.35, -0.5),
) -> Box | None:
    """Paint parts in their order on a frame, with soft edges; gives the box that was touched.

    tint multiplies colours (light of the place), side is where light comes from on the picture (unit-ish).
    """
    if not parts:
        return None
    flat = discs(lens, [s for part in parts for s in part.spheres])
    left = max(0, math.floor(min(x - r for x, _, r in flat)) - 2)
    top = max(0, math.floor(min(y - r for _, y, r in flat)) - 2)
    right = min(frame.width, math.ceil(max(x + r for x, _, r in flat)) + 2)
    bottom = min(frame.height, math.ceil(max(y + r for _, y, r in flat)) + 2)
    if right - left < 2 or bottom - top < 2:
        return None
    many = 3 if bottom - top < 150 else 2
    tile = Image.new("RGBA", ((right - left) * many, (bottom - top) * many))
    draw = ImageDraw.Draw(tile)
    start = 0
    for part in parts:
        group = [((x - left) * many, (y - top) * many, r * many) for x, y, r in flat[start : start + len(part.spheres)]]
        start += len(part.spheres)
        base = part.colour if part.glow else tuple(c * t for c, t in zip(part.colour, tint, strict=True))
        size = max(r for _, _, r in group)
        steps = [(1.0, 0.0, 1.0)]
        if part.shade and size > 2.5:
            steps = [(1.0, 0.0, 1 - part.shade), (0.82, 0.16, 1.0), (0.45, 0.4, 1 + part.shade * 0.45)]
            if size < 7:
                steps = steps[:2]
        for shrink, push, bright in steps:
            edge = _round(group, shrink, side[0] * push, side[1] * push)
            colour = tuple(min(255, max(0, round(c * bright))) for c in base)
            if len(edge) >= 3:
                draw.polygon(edge, fill=colour)
            elif len(edge) == 2:
                draw.line(edge, fill=colour, width=many)
    tile = tile.reduce(many)
    frame.paste(tile, (left, top), tile)
    return left, top, right, bottom


def paint_shadow(
    frame: Image.Image,
    lens: Lens,
    parts: Sequence[Part],
    ground: float,
    sun: Point | None,
    lamp: Point | None,
    depth: float,
) -> Box | None:
    """Darken the ground where parts keep the sun (a direction) or a lamp (a place) away; depth is 0..1.

    Without either the shadow is the soft one of an overcast day, right below.
    """
    spheres: list[list[Sphere]] = []
    for part in parts:
        if not part.casts:
            continue
        group: list[Sphere] = []
        for x, y, z, r in part.spheres:
            up = max(0.0, y - ground)
            if sun is not None:
                x, z = x - sun[0] * up / sun[1], z - sun[2] * up / sun[1]
            elif lamp is not None:
                far = (lamp[1] - ground) / max(0.35, lamp[1] - y)
                x, z = lamp[0] + (x - lamp[0]) * far, lamp[2] + (z - lamp[2]) * far
                r *= min(far, 2.0)
            elif up > 0.7:
                continue
            if z > 0.4:
                group.append((x, ground, z, r))
        if group:
            spheres.append(group)
    if not spheres:
        return None
    flat = discs(lens, [s for group in spheres for s in group])
    shapes: list[list[Pixel]] = []
    for group in spheres:
        some, flat = flat[: len(group)], flat[len(group) :]
        shapes.append(_round([(x, y, r * 0.8 + 0.3) for x, y, r in some]))
    every = [p for shape in shapes for p in shape]
    left = max(0, math.floor(min(x for x, _ in every)) - 5)
    top = max(0, math.floor(min(y for _, y in every)) - 5)
    right = min(frame.width, math.ceil(max(x for x, _ in every)) + 5)
    bottom = min(frame.height, math.ceil(max(y for _, y in every)) + 5)
    if right - left < 3 or bottom - top < 3:
        return None
    mask = Image.new("L", (right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    for shape in shapes:
        if len(shape) > 2:
            draw.polygon([(x - left, y - top) for x, y in shape], fill=round(255 * depth))
    soft = 2 if sun is not None and mask.height > 12 else 3
    small = (max(2, mask.width // soft), max(2, mask.height // soft))
    mask = mask.resize(small, Image.Resampling.BOX).resize(mask.size, Image.Resampling.BICUBIC)
    frame.paste((8, 10, 20), (left, top), mask)
    return left, top, right, bottom


@lru_cache(maxsize=8)
def grain(seed: int, size: int = 256, octaves: int = 5) -> NDArray[np.float32]:
    """Cloudy noise that repeats: (size, size) in 0..1 around 0.5."""
    rng = np.random.default_rng((seed, 77))
    total = np.zeros((size, size))
    for octave in range(octaves):
        cells = min(size, 4 * 2**octave)
        small = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
        wrap = Image.new("L", (cells * 3, cells * 3))
        for i in range(9):
            wrap.paste(small, (i % 3 * cells, i // 3 * cells))
        big = wrap.resize((size, size), Image.Resampling.BICUBIC, box=(cells, cells, cells * 2, cells * 2))
        total += np.asarray(big, dtype=float) / 255 * 0.6**octave
    total -= total.mean()
    return np.clip(0.5 + total / (6 * total.std() + 1e-9) * 1.4, 0, 1).astype(np.float32)


def sample(noise: NDArray[np.float32], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float32]:
    """Noise at places (any shape), repeating at its edges."""
    size = noise.shape[0]
    return noise[np.floor(y).astype(np.int64) % size, np.floor(x).astype(np.int64) % size]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """From a (0) to b (1)."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def times(colour: Colour, by: float) -> Colour:
    return colour[0] * by, colour[1] * by, colour[2] * by


def ints(colour: Sequence[float]) -> tuple[int, ...]:
    return tuple(min(255, max(0, round(c))) for c in colour)


def ease(x: float) -> float:
    """A smooth step from 0 to 1."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def zone_mask(zones: Sequence[Sequence[tuple[float, float]]], width: int, height: int) -> Image.Image | None:
    """Where zones (normalised polygons) are: 255 inside, edges included; None without zones."""
    if not zones:
        return None
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for zone in zones:
        corners = [(x * width, y * height) for x, y in zone]
        if len(corners) >= 3:
            draw.polygon(corners, fill=255, outline=255, width=3)
    return mask


@dataclass
class Film:
    """Writes RGB frames (height, width, 3) into an H.264 MP4 that starts to play before it is whole."""

    width: int = WIDTH
    height: int = HEIGHT
    fps: int = FPS
    crf: int = 25
    _file: str = field(init=False)

    def __post_init__(self) -> None:
        handle, self._file = tempfile.mkstemp(suffix=".mp4")
        os.close(handle)
        self._box: Any = av.open(
            self._file, "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        self._stream: Any = self._box.add_stream("libx264", rate=self.fps)
        self._stream.width, self._stream.height, self._stream.pix_fmt = self.width, self.height, "yuv420p"
        self._stream.options = {
            "preset": "superfast",
            "crf": str(self.crf),
            "threads": "1",
            "g": str(self.fps * 4),
        }
        self._stream.time_base = Fraction(1, self.fps)
        self._count = 0
        self._box.start_encoding()
        # The encoder signs its work in a unit of type 6; a clip carries nothing but pictures.
        self._unsigned = BitStreamFilterContext("filter_units=remove_types=6", self._stream, self._stream)

    def _write(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._box.mux(self._unsigned.filter(packet))

    def add(self, frame: NDArray[np.uint8]) -> None:
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts, picture.time_base = self._count, Fraction(1, self.fps)
        self._count += 1
        self._write(picture)

    def finish(self) -> bytes:
        """The whole file; the temporary one is gone afterwards."""
        try:
            self._write(None)
            self._box.mux(self._unsigned.filter(None))
            self._box.close()
            with open(self._file, "rb") as handle:
                return handle.read()
        finally:
            self.drop()

    def drop(self) -> None:
        """Remove the temporary file, whole or not."""
        self._box.close()
        if os.path.exists(self._file):
            os.unlink(self._file)


def jpeg(image: Image.Image, quality: int = 84) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()

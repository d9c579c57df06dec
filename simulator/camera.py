"""What a doorbell camera records: one incident as a finished MP4 with its poster."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from simulator.acts import POSTER, Drawn, acts, covered
from simulator.exposure import Exposed, expose, vignette
from simulator.frames import (
    FPS,
    HEIGHT,
    WIDTH,
    Box,
    Film,
    ints,
    jpeg,
    paint_parts,
    paint_shadow,
    times,
    zone_mask,
)
from simulator.incident import Incident, Look
from simulator.light import light_at
from simulator.people import person
from simulator.scenery import LAMP, LENS, Layer, scene


@dataclass(frozen=True)
class Clip:
    """A finished clip. seconds: its length. width, height: pixels. poster: one frame as JPEG."""

    mp4: bytes
    poster: bytes
    seconds: float
    width: int
    height: int


def draw_clip(
    look: Look,
    incident: Incident,
    zones: Sequence[Sequence[tuple[float, float]]] = (),
    utc_offset_hours: float = -5.0,
) -> Clip:
    """Draw an incident as the camera of `look` records it.

    zones: normalised polygons, black in every frame and in the poster.
    """
    reel = Reel(look, incident, zones, utc_offset_hours)
    film = Film(crf=round(24.5 + reel.noise))
    poster_at = min(reel.frames - 1, round(reel.frames * POSTER[incident.kind]))
    poster = b""
    try:
        for i in range(reel.frames):
            pixels = reel.frame(i)
            film.add(pixels)
            if i == poster_at:
                poster = jpeg(Image.fromarray(pixels))
        return Clip(film.finish(), poster, reel.frames / FPS, WIDTH, HEIGHT)
    finally:
        film.drop()


class Reel:
    """The frames of one incident, drawn one by one. frames: how many there are, at FPS a second.

    zones and utc_offset_hours: as for `draw_clip`.
    """

    def __init__(
        self,
        look: Look,
        incident: Incident,
        zones: Sequence[Sequence[tuple[float, float]]] = (),
        utc_offset_hours: float = -5.0,
    ):
        self._incident, self.local = incident, incident.at.astimezone(UTC) + timedelta(hours=utc_offset_hours)
        local, still = self.local, scene(look.seed, self.local.month)
        facing = still.plot.facing if look.facing is None else look.facing
        light = light_at(local, facing, incident.weather, still.plot.lamp_works)
        self._shot = expose(still, light, incident.weather, look.seed + local.day)
        cold = local.month in (11, 12, 1, 2, 3) or incident.weather == "snow"
        self._moving = acts(incident, still.plot, cold, light)
        self.frames = max(FPS, round(incident.seconds * FPS))
        self.noise = light.noise
        self._post = _Development(self._shot, look.seed, incident, zones)
        self._weather = _Weather(incident, self._shot)

    def frame(self, i: int) -> NDArray[np.uint8]:
        """Frame i as pixels (height, width, 3), zones black."""
        image = _compose(self._shot, [d for act in self._moving for d in act(i)], self._weather, i)
        if cover := covered(self._incident, i):
            _hand(image, cover, self._incident.seed, self._shot)
        return self._post.develop(image, i, self.local + timedelta(seconds=i / FPS))


def _side(shot: Exposed) -> tuple[float, float]:
    """Where light comes from on the picture."""
    if shot.light.sun is not None:
        x, y, _ = shot.light.sun
        return 0.6 * x, -0.25 - 0.4 * y
    return (0.2, -0.5) if max(shot.light.lamp) > 0.2 else (-0.1, -0.5)


def _compose(shot: Exposed, drawn: list[Drawn], weather: _Weather, i: int) -> Image.Image:
    """One frame before development: far things first, near layers again over what they hide."""
    frame = shot.back.copy()
    side = _side(shot)
    touched: list[Box] = []
    items: list[tuple[float, Drawn | Layer | str]] = [(layer.depth, layer) for layer in shot.layers]
    items += [(d.depth, d) for d in drawn]
    if weather.falls:
        items += [(shot.plot.porch + 0.2, "weather")]
    for depth, item in sorted(items, key=lambda pair: -pair[0]):
        if isinstance(item, Drawn):
            if item.shadow:
                _shadow(frame, shot, item, touched)
            tint = shot.tint(item.x, max(0.7, depth))
            box = paint_parts(frame, LENS, item.parts, tint, side)
            if box:
                touched.append(box)
        elif isinstance(item, Layer):
            if item.sway and weather.wind:
                touched.append(_swayed(frame, item, weather.wind, i))
            else:
                _over(frame, item, touched)
        else:
            weather.fall(frame, i)
            touched = [(0, 0, WIDTH, HEIGHT)]
    return frame


def _shadow(frame: Image.Image, shot: Exposed, item: Drawn, touched: list[Box]) -> None:
    light, box = shot.light, None
    if light.sun is not None and light.sun[1] > 0.06:
        tone = shot.tint(item.x, item.depth)
        lit = sum(tone) / 3 - sum(light.ambient) / 3
        depth = min(0.45, max(0.12, lit * 1.1))
        box = paint_shadow(frame, LENS, item.parts, item.ground, light.sun, None, depth)
    elif max(light.lamp) > 0.25 and item.depth < 5:
        box = paint_shadow(frame, LENS, item.parts, item.ground, None, LAMP, 0.42 / (1 + item.depth * 0.12))
    else:
        box = paint_shadow(frame, LENS, item.parts, item.ground, None, None, 0.34)
    if box:
        touched.append(box)


def _over(frame: Image.Image, layer: Layer, touched: Sequence[Box]) -> None:
    """Paint a still layer again where something behind it was painted."""
    left, top, right, bottom = layer.box
    for box in touched:
        a, b, c, d = max(left, box[0]), max(top, box[1]), min(right, box[2]), min(bottom, box[3])
        if a < c and b < d:
            cut = layer.tile.crop((a - left, b - top, c - left, d - top))
            frame.paste(cut, (a, b), cut)


def _swayed(frame: Image.Image, layer: Layer, wind: float, i: int) -> Box:
    """A crown or branch bent by the wind around its foot."""
    t = i / FPS
    gust = 0.55 + 0.45 * math.sin(t * 0.9 + 1.3)
    bend = (
        wind
        * layer.sway
        * (0.7 * gust + 0.5 * math.sin(t * 3.1 + layer.phase) + 0.25 * math.sin(t * 7.3 + layer.phase * 2))
    )
    tile, pad = layer.tile, 14
    wide, high = tile.width + 2 * pad, tile.height
    slope = bend / max(40, high)
    moved = tile.transform(
        (wide, high),
        Image.Transform.AFFINE,
        (1, slope, -pad - slope * high, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )
    frame.paste(moved, (layer.left - pad, layer.top), moved)
    return layer.left - pad, layer.top, layer.left - pad + wide, layer.top + high


class _Weather:
    """Rain, snow and wind over the frames of one clip."""

    def __init__(self, incident: Incident, shot: Exposed) -> None:
        self.falls = incident.weather if incident.weather in ("rain", "snow") else ""
        self.wind = (
            1.0 if incident.kind in ("wind", "branch") else {"rain": 0.3, "snow": 0.15}.get(incident.weather, 0.0)
        )
        self._rng = np.random.default_rng((incident.seed, 5))
        edge = LENS.project(np.array([[0.0, 0.0, shot.plot.porch]]))[0, 1]
        self._floor = float(edge)
        dim = 0.5 + 0.5 * (1 - shot.light.night)
        self._tone = ints(times((214, 222, 230), dim))
        self._slant = float(self._rng.uniform(-0.25, 0.25)) + (0.5 if incident.kind == "wind" else 0.0)
        count = 190
        self._flakes = np.stack(
            [
                self._rng.uniform(0, WIDTH, count),
                self._rng.uniform(0, 400, count),
                self._rng.uniform(0, math.tau, count),
                self._rng.uniform(0.4, 1.0, count) ** 2 * 2.6 + 0.5,
            ],
            axis=1,
        )
        if not self.wind:
            for layer in shot.layers:
                if layer.sway:
                    shot.back.paste(layer.tile, (layer.left, layer.top), layer.tile)
            for layer in shot.layers:  # nearer ones over it again
                if not layer.sway:
                    _over(shot.back, layer, [(0, 0, WIDTH, HEIGHT)])

    def fall(self, frame: Image.Image, i: int) -> None:
        """What falls beyond the porch roof, down to the porch floor's edge."""
        draw = ImageDraw.Draw(frame, "RGBA")
        if self.falls == "rain":
            for _ in range(85):
                x, y, near = (float(v) for v in self._rng.random(3))
                x, y = x * (WIDTH + 60) - 30, y * self._floor
                long = 7 + 20 * near * near
                end = min(self._floor + 3, y + long)
                draw.line(
                    [x, y, x + (end - y) * self._slant, end],
                    fill=(*self._tone, round(34 + 60 * near)),
                    width=1,
                )
            for _ in range(26):
                x, y = (
                    float(self._rng.uniform(0, WIDTH)),
                    float(self._rng.uniform(self._floor * 0.85, self._floor + 2)),
                )
                draw.line([x - 1.5, y, x + 1.5, y], fill=(*self._tone, 70), width=1)
            return
        t = i / FPS
        for x0, y0, phase, size in self._flakes:
            pace = 26 + 24 * size
            x = (x0 + t * 60 * self._slant * size + 7 * math.sin(t * 1.6 + phase)) % WIDTH
            y = (y0 + pace * t) % (self._floor + 8)
            r = size * 0.72
            draw.ellipse([x - r, y - r, x + r, y + r], fill=(*self._tone, 150 if size < 2 else 190))


class _Development:
    """What the camera does to a frame: grey at night, vignette, noise, the time in the corner, the zones."""

    def __init__(
        self, shot: Exposed, seed: int, incident: Incident, zones: Sequence[Sequence[tuple[float, float]]]
    ) -> None:
        self._grey = shot.light.infrared
        fall = Image.fromarray((np.minimum(vignette(), 1) * 255).astype(np.uint8))
        self._fall = fall if self._grey else Image.merge("RGB", [fall] * 3)
        rng = np.random.default_rng((seed, incident.seed, 9))
        spare = 96  # pixels that the noise can move
        field = rng.normal(128, shot.light.noise, (HEIGHT + spare, (WIDTH + spare) // 2)).repeat(2, axis=1)
        grain = Image.fromarray(np.clip(field, 90, 166).astype(np.uint8))
        self._noise = grain if self._grey else Image.merge("RGB", [grain] * 3)
        self._moves = rng.integers(0, spare, (997, 2))
        mask = zone_mask(zones, WIDTH, HEIGHT)
        self._zones = None if mask is None else np.asarray(mask) > 0
        self._drops = _drops(shot, incident) if incident.weather == "rain" else []
        self._font = ImageFont.load_default(size=11)
        self._stamp: tuple[str, Image.Image] = ("", Image.new("RGBA", (1, 1)))

    def develop(self, frame: Image.Image, i: int, local: datetime) -> NDArray[np.uint8]:
        """The finished pixels (height, width, 3)."""
        for tile, mask, at in self._drops:
            frame.paste(tile, at, mask)
        image = ImageChops.multiply(frame.convert("L") if self._grey else frame, self._fall)
        x, y = (int(v) for v in self._moves[i % len(self._moves)])
        image = ImageChops.add(image, self._noise.crop((x, y, x + WIDTH, y + HEIGHT)), 1, -128)
        if self._grey:
            image = Image.merge("RGB", [image] * 3)
        stamp = self._time(local)
        image.paste(stamp, (9, HEIGHT - stamp.height - 6), stamp)
        out = np.array(image)
        if self._zones is not None:
            out[self._zones] = 0
        return out

    def _time(self, local: datetime) -> Image.Image:
        text = f"{local:%Y-%m-%d %H:%M:%S}  PORCHLIGHT SIM"
        if self._stamp[0] != text:
            tile = Image.new("RGBA", (270, 16))
            draw = ImageDraw.Draw(tile)
            x = 1.0
            for word in text.split(maxsplit=2):
                draw.text(
                    (x, 1),
                    word,
                    font=self._font,
                    fill=(238, 238, 232, 225),
                    stroke_width=1,
                    stroke_fill=(0, 0, 0, 150),
                )
                x += draw.textlength(word, font=self._font) + 7
            self._stamp = (text, tile)
        return self._stamp[1]


def _drops(shot: Exposed, incident: Incident) -> list[tuple[Image.Image, Image.Image, tuple[int, int]]]:
    """Raindrops on the lens: small upside-down pictures of the scene with soft edges."""
    rng = random.Random(f"drops {incident.seed}")
    drops = []
    for _ in range(rng.randint(4, 8)):
        r = rng.randint(5, 13)
        x, y = rng.randint(20, WIDTH - 40), rng.randint(10, HEIGHT - 40)
        box = (max(0, x - 5 * r), max(0, y - 5 * r), min(WIDTH, x + 7 * r), min(HEIGHT, y + 7 * r))
        tile = (
            shot.back.crop(box)
            .transpose(Image.Transpose.ROTATE_180)
            .resize((2 * r, round(2.3 * r)), Image.Resampling.BOX)
        )
        tile = tile.filter(ImageFilter.GaussianBlur(r / 6)).point(lambda v: min(255, round(v * 1.06 + 6)))
        mask = Image.new("L", tile.size)
        ImageDraw.Draw(mask).ellipse([1, 1, tile.width - 2, tile.height - 2], fill=165)
        drops.append((tile, mask.filter(ImageFilter.GaussianBlur(r / 5)), (x, y)))
    return drops


def _hand(frame: Image.Image, cover: float, seed: int, shot: Exposed) -> None:
    """A hand that closes over the lens: out of focus, dark, light between the fingers until they shut."""
    who = person(seed, True, True)
    rng = random.Random(f"hand {seed}")
    side = rng.choice((-1, 1))
    tone = times((46, 44, 46) if who.mittens else who.skin, 0.24 + 0.34 * (1 - cover))
    level = sum(shot.tint(0.2, 0.8)) / 3
    wide, high = WIDTH // 4, HEIGHT // 4
    tile = Image.new("RGBA", (wide, high))
    draw = ImageDraw.Draw(tile)
    push = (1 - cover) * wide * 1.15

    def x(value: float) -> float:
        return wide / 2 + side * (value - wide / 2 + push)

    for n in range(4):
        y = high * (0.02 + 0.26 * n)
        thick = round(high * (0.30 + 0.012 * cover))
        colour = (*ints(times(tone, level * (1.0 - 0.09 * n))), 255)
        tip = wide * (-0.12 + 0.05 * abs(n - 1.4))
        draw.line([x(tip), y, x(wide * 1.4), y + high * 0.06], fill=colour, width=thick)
        draw.ellipse([x(tip) - thick / 2, y - thick / 2, x(tip) + thick / 2, y + thick / 2], fill=colour)
        draw.line(
            [x(tip), y + thick * 0.5, x(wide * 0.66), y + thick * 0.52],
            fill=(*ints(times(tone, level * 0.45)), 255),
            width=2,
        )
    palm = (*ints(times(tone, level * 0.8)), 255)
    a, b = sorted((x(wide * 0.55), x(wide * 1.6)))
    draw.rounded_rectangle([a, -20, b, high + 20], radius=30, fill=palm)
    tile = tile.filter(ImageFilter.GaussianBlur(3.2)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    frame.paste(tile, (0, 0), tile)

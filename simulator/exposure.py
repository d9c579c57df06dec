"""Puts the light and the weather of a moment on a still scene."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from simulator.frames import HEIGHT, WIDTH, Colour, Lens, Point, grain, sample
from simulator.light import Light
from simulator.scenery import (
    GLASS,
    GRASS,
    LEAF,
    PAVE,
    PORCH,
    ROAD,
    ROOF,
    SKY,
    UPRIGHT,
    Layer,
    Plot,
    Scene,
)

_GREY = np.array([0.30, 0.59, 0.11], dtype=np.float32)

Picture = NDArray[np.float32]  # (height, width, 3), 0..1


@lru_cache(maxsize=1)
def vignette(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float32]:
    """How much light the lens lets through, (height, width) in 0..1."""
    columns, rows = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    away = np.sqrt(columns**2 * 0.75 + rows**2 * 0.4)
    return np.clip(1.02 - 0.34 * np.clip(away - 0.35, 0, None) ** 1.7, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Exposed:
    """A lit scene: the whole still picture, its layers, and where the sun reaches the ground (0..1)."""

    back: Image.Image
    layers: list[Layer]
    light: Light
    plot: Plot
    sunny: NDArray[np.float32]
    lens: Lens
    lamp: Point

    def tint(self, x: float, z: float) -> Colour:
        """The light that falls on an upright thing at a place."""
        if self.light.infrared:
            sx, sz = self.plot.street_lamp
            lane = 0.3 / (1 + ((x - sx) ** 2 + (z - sz) ** 2) / 14)
            level = 0.10 + lane + 1.3 / (1 + (math.hypot(x, z) / 3.4) ** 2.2)
            return (level, level, level)
        feet = self.lens.project(np.array([[x, self.plot.ground(z), z]]))[0]
        column = min(self.lens.width - 1, max(0, int(feet[0])))
        row = min(self.lens.height - 1, max(0, int(feet[1])))
        sun = 0.35 + 0.5 * float(self.sunny[row, column]) if self.light.sun else 0.0
        lamp = 1.15 / (1 + (math.hypot(x - self.lamp[0], z - self.lamp[2]) / 2.3) ** 2.6)
        lane = 0.0
        if self.light.night > 0.4:
            sx, sz = self.plot.street_lamp
            lane = 0.5 * self.light.night / (1 + ((x - sx) ** 2 + (z - sz) ** 2) / 9)
        r, g, b = (
            a + s * sun + p * lamp + lane * w
            for a, s, p, w in zip(
                self.light.ambient, self.light.sunlight, self.light.lamp, (1.0, 0.74, 0.44), strict=True
            )
        )
        return (r, g, b)


def _sky(lens: Lens, light: Light, weather: str, seed: int) -> Picture:
    x, y = lens.rays()
    up = np.clip(np.arctan(np.maximum(y, 0) / np.sqrt(1 + x**2)) / 0.6, 0, 1)[..., None]
    low, top = np.array(light.sky_low) / 255, np.array(light.sky_top) / 255
    sky = low + (top - low) * up**0.7
    if light.sun is not None or light.height > -6:
        glow = np.array([1.0, 0.78, 0.5]) * 0.28 * max(0.0, 1 - abs(light.height - 2) / 12)
        sx, sz = (light.sun[0], light.sun[2]) if light.sun else (0.4, 0.9)
        near = np.clip((x * sx + sz) / np.sqrt(1 + x**2), 0, 1) ** 4
        if weather == "clear":
            sky = sky + near[..., None] * glow * (1 - up * 0.7)
    rise = np.maximum(y, 0.03) + 0.12
    clouds = sample(grain(seed % 5), x / rise * 30 + seed % 256, 22 / rise)
    if weather == "clear":
        cover = np.clip((clouds - 0.6) * 2.2, 0, 0.55)
        white = np.clip(low * 1.06 + 0.06 * (1 - light.night), 0, 1)
    else:
        cover = np.clip((clouds - 0.3) * 0.9, 0, 0.8)
        white = np.clip(low * (0.82 if weather == "rain" else 1.04), 0, 1)
    sky = sky + (white - sky) * cover[..., None]
    if light.night > 0.9 and weather == "clear":
        rng = np.random.default_rng(seed)
        for r, c in zip(rng.integers(0, int(lens.horizon * 0.86), 26), rng.integers(0, lens.width, 26), strict=True):
            sky[r, c] += 0.28
    return sky.astype(np.float32)


def _sun_mask(scene: Scene, light: Light) -> NDArray[np.float32]:
    """Where the sun reaches, (height, width) 0..1: not under the roofs, not behind trees."""
    lens = scene.lens
    if light.sun is None:
        return np.zeros((lens.height, lens.width), dtype=np.float32)
    mask = Image.new("L", (lens.width, lens.height), 255)
    draw = ImageDraw.Draw(mask)
    plot, (sx, sy, sz) = scene.plot, light.sun
    low = -plot.drop

    def shade(points: list[tuple[float, float]]) -> None:
        ring = np.array([(x, low, max(0.4, z)) for x, z in points])
        draw.polygon(lens.project(ring).ravel().tolist(), fill=0)

    for crown, ((radius, *_), *_) in ((c[0], c[1:]) for c in scene.shades):
        rng = np.random.default_rng(int(radius * 1000))
        for _ in range(22):  # dappled
            dx, dy, dz = rng.normal(0, radius * 0.55, 3)
            x, y, z = crown[0] + dx, crown[1] + dy - low, crown[2] + dz
            cx, cz, r = x - sx * y / sy, z - sz * y / sy, radius * rng.uniform(0.25, 0.5)
            if cz > 0.6:
                turns = np.arange(0, 6.28, 0.6)
                shade([(cx + math.cos(a) * r, cz + math.sin(a) * r / max(0.4, sy)) for a in turns])
    if scene.house:
        roof = 5.2 if light.height < 60 else 4.5
        dx, dz = -sx * roof / sy, -sz * roof / sy
        if dz > 0:
            shade([(-7, 0.4), (7, 0.4), (7 + dx, dz), (-7 + dx, dz)])
        for x in (-17, 0, 16):  # houses opposite
            z, high = plot.far_kerb + 7, 6.5
            dx, dz = -sx * high / sy, -sz * high / sy
            if dz < 0:
                shade([(x - 6, z), (x + 6, z), (x + 6 + dx, z + dz), (x - 6 + dx, z + dz)])
    reach = np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32) / 255
    if scene.house:  # its roof keeps the sun off the porch, but for what a low sun ahead sends in under it
        depth = plot.porch + 2.6 * sz / sy - 2.5 * sy / max(0.05, sz) if sz > 0 else np.inf
        reach = np.where((scene.kinds == PORCH) & (lens.ground(0.0)[1] < depth), 0, reach)
    return reach.astype(np.float32)


def _weathered(scene: Scene, weather: str, seed: int) -> Picture:
    """Colours of surfaces: grain of grass, stone and tar, then wet or under snow."""
    colours = scene.colours.copy()
    kinds, x, z = scene.kinds, *scene.lens.ground(-scene.plot.drop)
    near = np.clip(10 / np.maximum(z, 1), 0.25, 1).astype(np.float32)
    fine = sample(grain(1, 256, 6), x * 42, z * 24) - 0.5
    wide = sample(grain(2), x * 9 + seed % 199, z * 9) - 0.5
    for kind, rough, patchy in (
        (GRASS, 0.55, 0.42),
        (PAVE, 0.16, 0.22),
        (ROAD, 0.16, 0.3),
        (PORCH, 0.10, 0.12),
    ):
        here = kinds == kind
        change = 1 + rough * fine * near + patchy * wide
        colours[here] *= change[here][:, None]
        if kind == GRASS:
            colours[here] += (wide[here] * near[here] * 0.09)[:, None] * np.array([1.0, 0.7, 0.1], dtype=np.float32)
    if weather == "rain":
        wet = np.isin(kinds, (PAVE, ROAD))
        colours[wet] *= (0.62 - 0.25 * np.clip(wide[wet] * 2, 0, 1))[:, None]
        colours[kinds == GRASS] *= 0.84
        colours[kinds == ROOF] *= 0.8
        edge = (kinds == PORCH) & (scene.lens.ground(0.0)[1] > scene.plot.porch - 0.5)
        colours[edge] *= 0.72
    elif weather == "snow":
        white = np.array([0.93, 0.95, 0.99], dtype=np.float32)
        cover = np.zeros(kinds.shape, dtype=np.float32)
        for kind, base in (
            (GRASS, 0.97),
            (PAVE, 0.74),
            (ROAD, 0.55),
            (ROOF, 0.93),
            (LEAF, 0.3),
            (UPRIGHT, 0.03),
        ):
            cover = np.where(kinds == kind, np.clip(base + wide * 0.7 * (1.1 - base) + fine * 0.2, 0, 1), cover)
        edge = (kinds == PORCH) & (scene.lens.ground(0.0)[1] > scene.plot.porch - 0.45 + wide * 0.8)
        cover = np.where(edge, 0.8, cover)[..., None]
        path = (kinds == PAVE) & (np.abs(x - scene.plot.path_near) < 1.6) & (z < scene.plot.lawn)
        cover = np.where(path[..., None], cover * 0.72, cover)
        colours += (white * (1 + 0.10 * fine * near + 0.08 * wide)[..., None] - colours) * cover
    return colours


def expose(scene: Scene, light: Light, weather: str, seed: int) -> Exposed:
    """The scene as the camera records it in this light and weather."""
    plot, kinds, depth = scene.plot, scene.kinds, scene.depth
    colours = _weathered(scene, weather, seed)
    sky = kinds == SKY
    sunny = _sun_mask(scene, light)
    ray_x, ray_y = scene.lens.rays()
    place_x = (ray_x * depth).astype(np.float32)
    if light.infrared:
        grey = colours @ _GREY
        grey[kinds == LEAF] *= 1.5
        grey[kinds == GRASS] *= 1.25
        away = np.sqrt(place_x**2 + depth**2 + (ray_y * depth) ** 2)
        level = 0.06 + 1.35 / (1 + (away / 3.2) ** 2.2)
        shine = np.exp(-((ray_x / 0.9) ** 2) - ((ray_y + 0.25) / 0.8) ** 2) * 0.1
        grey = np.where(sky, 0.03, grey * level * (0.92 + shine))
        grey += 0.55 * scene.glowing + 0.12 * np.exp(-((place_x - plot.street_lamp[0]) ** 2 / 8)) * (~sky) * np.exp(
            -((depth - plot.street_lamp[1]) ** 2) / 12
        )
        lit = np.repeat(grey[..., None], 3, axis=2)
    else:
        flat = np.isin(kinds, (GRASS, PAVE, ROAD, PORCH))
        share = np.zeros(kinds.shape, dtype=np.float32)
        if light.sun is not None:
            sun_x, sun_y, sun_z = light.sun
            front = float(np.clip(0.25 - sun_z, 0.08, 1.0))
            share = np.where(flat, sunny * (0.45 + 0.75 * sun_y), front)
            share = np.where(kinds == ROOF, 0.3 + 0.7 * sun_y, share)
            share = np.where(kinds == LEAF, 0.25 + 0.5 * front, share)
        above = 1.5 * np.maximum(0, scene.lens.eye + ray_y * depth - scene.lamp[1])  # the lamp has a lid
        away = np.sqrt((place_x - scene.lamp[0]) ** 2 + (depth - scene.lamp[2]) ** 2 + above**2)
        lamp = 1.25 / (1 + (away / 2.0) ** 2.6)
        lamp = np.where(kinds == LEAF, lamp * 0.8, lamp)
        level = (
            np.array(light.ambient, dtype=np.float32)
            + share[..., None] * np.array(light.sunlight, dtype=np.float32)
            + lamp[..., None] * np.array(light.lamp, dtype=np.float32)
        )
        if light.night > 0.3:
            pool = (place_x - plot.street_lamp[0]) ** 2 / 9 + (depth - plot.street_lamp[1]) ** 2 / 8
            level += (0.62 * light.night * np.exp(-pool))[..., None] * np.array([1.0, 0.74, 0.44], dtype=np.float32)
        lit = colours * level
        glass = kinds == GLASS
        tone = np.array(light.sky_low, dtype=np.float32) / 255
        lit[glass] = lit[glass] * 0.75 + tone * 0.22
        glow = scene.glowing * light.windows
        lit += glow[..., None] * np.array([0.92, 0.68, 0.36], dtype=np.float32)
        if weather == "rain":
            wet = np.isin(kinds, (PAVE, ROAD)) | ((kinds == PORCH) & (depth > plot.porch - 0.5))
            ripple = sample(grain(3), place_x * 20, depth * 6)
            mirror = (np.clip(0.07 + depth * 0.018, 0, 0.3) * (0.4 + 1.1 * ripple) * wet).astype(np.float32)
            lit += mirror[..., None] * (
                tone + np.array([0.5, 0.34, 0.16], dtype=np.float32) * max(light.windows, 0) * 0.6
            )
        fog = (1 - np.exp(-light.haze * np.minimum(depth, 60)))[..., None].astype(np.float32)
        lit += (np.array(light.haze_colour, dtype=np.float32) / 255 - lit) * fog
        lit = np.where(sky[..., None], _sky(scene.lens, light, weather, seed), lit)
    back = Image.fromarray((np.clip(lit, 0, 1) * 255).astype(np.uint8))
    layers = [_lit_layer(layer, scene, light, weather) for layer in scene.layers]
    for layer in layers:
        if not layer.sway:
            back.paste(layer.tile, (layer.left, layer.top), layer.tile)
    return Exposed(back, layers, light, plot, sunny, scene.lens, scene.lamp)


def _lit_layer(layer: Layer, scene: Scene, light: Light, weather: str) -> Layer:
    pixels = np.asarray(layer.tile).astype(np.float32)
    if light.infrared:
        away = 1 / (1 + (math.hypot(layer.x, layer.depth) / 3.2) ** 2.2)
        grey = (pixels[..., :3] @ _GREY) * (0.07 + 1.3 * away) * 1.2
        pixels[..., :3] = grey[..., None]
    else:
        close = layer.depth < scene.plot.porch
        x = np.linspace(layer.left, layer.left + layer.tile.width, layer.tile.width)
        place = (x - scene.lens.middle) / scene.lens.focal * layer.depth if close else np.full_like(x, layer.x)
        lamp = 1.1 / (1 + (np.hypot(place - scene.lamp[0], layer.depth - scene.lamp[2]) / 2.0) ** 2.6)
        sun = 0.12 if close else 0.55
        if light.sun is not None and light.sun[2] > 0.2 and close:
            sun = 0.3
        level = (
            np.array(light.ambient)
            + sun * np.array(light.sunlight) * (1 if light.sun else 0)
            + lamp[:, None] * np.array(light.lamp)
        )
        if close and light.night < 0.5:
            level *= 0.9
        pixels[..., :3] *= level[None].astype(np.float32)
        if weather == "snow" and not close:
            wide = sample(grain(4), *np.meshgrid(np.arange(layer.tile.width) * 2, np.arange(layer.tile.height) * 2))
            share = (np.clip(wide - 0.42, 0, 1) * 1.6)[..., None]
            pixels[..., :3] += (np.array(light.haze_colour, dtype=np.float32) * 1.05 - pixels[..., :3]) * share
        fog = 1 - math.exp(-light.haze * layer.depth)
        pixels[..., :3] += (np.array(light.haze_colour, dtype=np.float32) - pixels[..., :3]) * fog
    tile = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return Layer(tile, layer.left, layer.top, layer.depth, layer.x, layer.sway, layer.phase)

"""Dogs and cats as jointed figures."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from simulator.frames import Colour, Part, Point, Sphere, mix, times
from simulator.people import joint


@dataclass(frozen=True)
class Animal:
    """Build and coat. Lengths in metres."""

    cat: bool
    tall: float  # at the shoulder
    long: float  # shoulder to hip
    coat: Colour
    second: Colour  # chest, paws, muzzle
    saddle: Colour
    ears: str  # up or down
    tail: str  # up, down, bushy
    collar: Colour | None


def dog(seed: int) -> Animal:
    rng = random.Random(f"dog {seed}")
    coat: Colour = rng.choice(
        ((186, 138, 84), (58, 48, 42), (206, 178, 132), (122, 82, 54), (214, 206, 194), (92, 88, 86))
    )
    second: Colour = rng.choice((times(coat, 1.12), (226, 216, 200), (226, 216, 200)))
    tall = rng.uniform(0.40, 0.58)
    return Animal(
        False,
        tall,
        tall * rng.uniform(1.0, 1.2),
        coat,
        second,
        times(coat, rng.choice((0.7, 0.86, 1.0))),
        rng.choice(("up", "down", "down")),
        rng.choice(("up", "down", "bushy")),
        rng.choice(((176, 44, 48), (44, 84, 140), (60, 60, 60))),
    )


def cat(seed: int) -> Animal:
    rng = random.Random(f"cat {seed}")
    coat: Colour = rng.choice(((48, 46, 48), (196, 132, 72), (128, 124, 120), (214, 204, 188), (104, 88, 72)))
    second = rng.choice((coat, (228, 222, 212)))
    return Animal(True, 0.27, 0.31, coat, second, times(coat, 0.86), "up", "up", rng.choice((None, (176, 60, 90))))


@dataclass
class Gait:
    """Where and how an animal stands.

    yaw as for people, stride in cycles, down lowers the head (1: to the ground).
    """

    x: float
    z: float
    ground: float
    yaw: float
    stride: float = 0.0
    gait: float = 0.0
    down: float = 0.0
    look: float = 0.0
    wag: float = 0.0
    sit: float = 0.0


def animal_parts(what: Animal, pose: Gait, shining: bool = False) -> list[Part]:
    """The parts of a dog or cat in the order to paint them; shining eyes throw infrared light back."""
    t, long = what.tall, what.long
    sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)

    def world(p: Point) -> Point:
        return (pose.x + p[0] * cos + p[2] * sin, pose.ground + p[1], pose.z - p[0] * sin + p[2] * cos)

    def ball(p: Point, r: float) -> Sphere:
        return (*world(p), r)

    thick = t * (0.20 if not what.cat else 0.19)
    bob = 0.02 * t * pose.gait * math.cos(math.tau * 2 * pose.stride)
    chest = (0.0, t * 0.83 + bob, long / 2)
    rump = (0.0, t * (0.85 - 0.5 * pose.sit) + bob, -long / 2 + 0.25 * long * pose.sit)
    groups: list[tuple[float, list[Part]]] = []
    for s in (-1, 1):
        for front in (True, False):
            phase = pose.stride + (0.0 if (s > 0) == front else 0.5)
            phase %= 1.0
            if phase < 0.5:
                ahead, raised = 0.5 - phase * 2, 0.0
            else:
                share = (phase - 0.5) * 2
                ahead, raised = share * share * (3 - 2 * share) - 0.5, math.sin(math.pi * share)
            root = (
                s * t * 0.16,
                (chest if front else rump)[1] - t * 0.12,
                (chest if front else rump)[2] + (0 if front else 0.02),
            )
            paw = (
                s * t * 0.15,
                t * 0.03 + 0.17 * t * raised * pose.gait,
                root[2] + 0.56 * t * ahead * pose.gait,
            )
            if pose.sit and not front:
                paw = (s * t * 0.22, t * 0.03, root[2] + 0.22 * t * pose.sit)
            upper, lower = (t * 0.36, t * 0.40) if front else (t * 0.40, t * 0.42)
            knee, paw = joint(root, paw, upper, lower, (0.0, 0.0, -1.0 if front else 1.0))
            tone = times(what.coat, 0.82 if s * (pose.x * cos - pose.z * sin) > 0 else 1.0)
            thigh = 0.085 if front else 0.125
            leg = [
                Part([ball(root, t * thigh), ball(knee, t * 0.052)], tone, 0.1),
                Part([ball(knee, t * 0.048), ball(paw, t * 0.036)], tone, 0.12),
                Part(
                    [ball(paw, t * 0.045), ball((paw[0], paw[1] - 0.004, paw[2] + t * 0.07), t * 0.04)],
                    times(what.second, 0.95),
                    0.1,
                ),
            ]
            groups.append((world(knee)[2], leg))
    body = [
        Part(
            [
                ball(chest, thick * 1.12),
                ball((0, t * 0.72 + bob, long * 0.36), thick),
                ball((0, rump[1] + t * 0.02, rump[2]), thick * 0.92),
                ball((0, t * 0.84 + bob - 0.25 * t * pose.sit, 0), thick * 0.86),
            ],
            what.coat,
            0.22,
        ),
        Part(
            [
                ball((0, chest[1] + thick * 0.5, long * 0.3), thick * 0.5),
                ball((0, rump[1] + thick * 0.5, rump[2] + 0.03), thick * 0.46),
            ],
            mix(what.coat, what.saddle, 0.6),
            0.0,
            False,
        ),
    ]
    # Tail.
    base = (0.0, rump[1] + thick * 0.4, rump[2] - thick * 0.6)
    swing = math.sin(pose.wag * math.tau)
    lift = {"up": 0.55, "down": -0.45, "bushy": 0.25}[what.tail] if not what.cat else 0.75
    tip: list[Point] = [base]
    for i in range(3):
        x, y, z = tip[-1]
        rise = lift * (0.6 + 0.3 * i)
        tip.append(
            (
                x + swing * 0.05 * (i + 1) * (t / 0.5),
                y + rise * 0.12 * t / 0.5,
                z - 0.11 * t / 0.5 * (1 - abs(rise) * 0.6),
            )
        )
    wide = t * (0.085 if what.tail == "bushy" and not what.cat else 0.045)
    tail = [
        Part(
            [ball(tip[i], wide * (1 - 0.2 * i)), ball(tip[i + 1], wide * (0.85 - 0.2 * i))],
            what.coat if i < 2 else what.second,
            0.1,
        )
        for i in range(3)
    ]
    # Neck and head.
    neck_low = (0.0, chest[1] + thick * 0.35, chest[2] + thick * 0.5)
    high, low = (t * 1.22 + bob, long / 2 + t * 0.40), (t * 0.26, long / 2 + t * 0.62)
    share = pose.down
    head = (
        math.sin(pose.look) * t * 0.12,
        high[0] + (low[0] - high[0]) * share,
        high[1] + (low[1] - high[1]) * share,
    )
    if pose.sit:
        head = (head[0], head[1] + 0.12 * t * pose.sit, head[2] - 0.12 * t * pose.sit)
    yaw, nod = pose.look, 0.15 + 0.9 * share
    r = t * (0.175 if not what.cat else 0.21)

    def on(x: float, y: float, z: float) -> Point:
        y, z = y * math.cos(nod) - z * math.sin(nod), z * math.cos(nod) + y * math.sin(nod)
        x, z = x * math.cos(yaw) + z * math.sin(yaw), z * math.cos(yaw) - x * math.sin(yaw)
        return (head[0] + x * r, head[1] + y * r, head[2] + z * r)

    muzzle = 1.5 if not what.cat else 0.95
    neck = [Part([ball(neck_low, thick * 0.72), ball(on(0, -0.2, -0.5), r * 0.82)], what.coat, 0.16)]
    if what.collar:
        nape = on(0, -0.2, -0.5)
        mid = [a + (b - a) * 0.55 for a, b in zip(neck_low, nape, strict=True)]
        up, ahead = nape[1] - neck_low[1], nape[2] - neck_low[2]
        long, wide = math.hypot(up, ahead) or 1.0, thick * 0.34 + r * 0.38
        band = []
        for i in range(12):
            c, k = math.cos(i * math.tau / 12) * wide, math.sin(i * math.tau / 12) * wide
            band.append(ball((mid[0] + c, mid[1] - k * ahead / long, mid[2] + k * up / long), t * 0.028))
        neck.append(Part(band, what.collar, 0.1, False))
    skull = Part([ball(on(0, 0.1, 0), r), ball(on(0, -0.1, 0.35), r * 0.8)], what.coat, 0.16)
    nose = Part([ball(on(0, -0.28, 0.7), r * 0.5), ball(on(0, -0.42, muzzle), r * 0.38)], what.second, 0.12)
    tip_nose = Part([ball(on(0, -0.24, muzzle + 0.24), r * (0.16 if not what.cat else 0.09))], (30, 26, 26), 0.0, False)
    ears: list[Part] = []
    for s in (-1, 1):
        if what.ears == "up":
            ears.append(
                Part(
                    [
                        ball(on(s * 0.45, 0.7, -0.1), r * 0.3),
                        ball(on(s * 0.68, 0.75, -0.15), r * 0.26),
                        ball(on(s * 0.68, 1.45, -0.1), r * 0.06),
                    ],
                    times(what.saddle, 0.9),
                    0.08,
                )
            )
        else:
            ears.append(
                Part(
                    [ball(on(s * 0.8, 0.6, -0.15), r * 0.28), ball(on(s * 1.08, -0.45, 0.0), r * 0.34)],
                    times(what.saddle, 0.84),
                    0.1,
                )
            )
    whole = pose.yaw + pose.look
    facing = -(pose.x * math.sin(whole) + pose.z * math.cos(whole)) / (math.hypot(pose.x, pose.z) or 1)
    face: list[Part] = []
    if facing > -0.25:
        for s in (-1, 1):
            seen = facing > 0.6 or (s * (pose.x * cos - pose.z * sin)) < 0
            if seen:
                size = r * (0.15 if not shining else 0.2)
                face.append(
                    Part(
                        [ball(on(s * 0.42, 0.12, 0.86), size)],
                        (250, 252, 240) if shining else (32, 26, 22),
                        0.0,
                        False,
                        shining,
                    )
                )
    head_parts = [skull, *ears, nose, tip_nose, *face] if facing > 0 else [tip_nose, nose, *face, skull, *ears]
    pieces: list[tuple[float, list[Part]]] = [
        *groups,
        (world((0, t * 0.8, 0))[2] - 0.02, body),
        (world(tip[1])[2], tail),
        (world(head)[2] - 0.02, [*neck, *head_parts]),
    ]
    return [part for _, some in sorted(pieces, key=lambda g: -g[0]) for part in some]

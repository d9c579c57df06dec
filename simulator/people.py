"""People as jointed figures: proportions, clothes, a gait without sliding feet, and reaching hands."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from simulator.frames import Colour, Part, Point, Sphere, mix, panel, times

SKINS: tuple[Colour, ...] = (
    (236, 200, 176),
    (222, 180, 150),
    (204, 160, 126),
    (178, 132, 98),
    (146, 102, 74),
    (112, 76, 56),
    (88, 60, 46),
)
HAIRS: tuple[Colour, ...] = (
    (34, 28, 26),
    (58, 42, 32),
    (94, 66, 44),
    (138, 98, 58),
    (176, 142, 92),
    (150, 148, 146),
    (206, 204, 200),
    (112, 56, 34),
)
COATS: tuple[Colour, ...] = (
    (44, 62, 92),
    (120, 44, 46),
    (60, 84, 66),
    (56, 56, 62),
    (166, 136, 96),
    (88, 104, 122),
    (184, 150, 66),
    (104, 78, 110),
    (58, 104, 110),
    (176, 172, 164),
    (140, 86, 56),
)
LEGS: tuple[Colour, ...] = (
    (44, 52, 72),
    (36, 36, 40),
    (84, 80, 76),
    (70, 84, 108),
    (104, 90, 70),
    (58, 60, 50),
)
UNIFORMS: tuple[tuple[Colour, Colour], ...] = (
    ((62, 86, 118), (216, 190, 84)),
    ((92, 70, 52), (206, 178, 110)),
    ((54, 104, 84), (226, 226, 214)),
    ((70, 72, 80), (212, 110, 60)),
)


@dataclass(frozen=True)
class Person:
    """Build and clothes of one person. Lengths in metres."""

    height: float
    build: float  # 1 is average
    skin: Colour
    hair: Colour
    style: str  # short, bob, long, bun, curly, bald
    hat: str  # none, cap, beanie, hood
    hat_colour: Colour
    coat: Colour
    trim: Colour
    hem: float  # how far the coat reaches below the hip, share of height
    sleeves: bool
    legs: Colour
    shoes: Colour
    bag: str  # none, shoulder, backpack
    glasses: bool
    scarf: Colour | None
    uniform: bool
    mittens: bool
    pace: float  # metres per second


def person(seed: int, cold: bool, wet: bool, courier: bool = False) -> Person:
    """The same seed is the same person; the weather only decides what they wear on top."""
    rng = random.Random(f"person {seed}")
    coat, trim = rng.choice(COATS), rng.choice(COATS)
    height, build = rng.uniform(1.56, 1.88), rng.uniform(0.88, 1.2)
    tone, skin = rng.choice(list(enumerate(SKINS)))
    hair = rng.choice(HAIRS[:3] + HAIRS[5:7] if tone > 2 else HAIRS)
    style = rng.choice(("short", "short", "bob", "long", "bun", "curly", "bald"))
    hat = rng.choice(("none", "none", "none", "cap", "beanie"))
    hem, legs, shoes = (
        rng.choice((0.02, 0.03, 0.12, 0.2)),
        rng.choice(LEGS),
        rng.choice(((48, 42, 38), (220, 218, 212), (88, 62, 44))),
    )
    bag, glasses, pace = (
        rng.choice(("none", "none", "shoulder", "backpack")),
        rng.random() < 0.3,
        rng.uniform(1.2, 1.45),
    )
    scarf, hat_colour = rng.choice(COATS), rng.choice(COATS)
    uniform = rng.choice(UNIFORMS)
    if courier:
        coat, trim, hat, hat_colour, hem, bag, pace = (
            *uniform,
            "cap",
            times(uniform[0], 0.85),
            0.03,
            "none",
            1.45,
        )
        legs = mix(times(uniform[0], 0.62), (44, 44, 48), 0.5)
    elif cold and hat == "none" and rng.random() < 0.6:
        hat = "beanie"
    if wet and not courier:
        hat = "hood"
    return Person(
        height,
        build,
        skin,
        hair,
        style,
        hat,
        hat_colour,
        coat,
        trim,
        hem if cold or wet else 0.02,
        cold or wet or rng.random() < 0.4,
        legs,
        shoes,
        bag,
        glasses,
        scarf if cold and not courier else None,
        courier,
        cold and rng.random() < 0.5,
        pace,
    )


@dataclass
class Pose:
    """Where and how somebody stands. Angles in radians; yaw 0 looks away from the camera, pi towards it.

    Hands are places in the body's own axes (right, up, forward), or None to hang and swing.
    """

    x: float
    z: float
    ground: float
    yaw: float
    stride: float = 0.0  # cycles
    gait: float = 0.0  # 0 stands, 1 walks
    bend: float = 0.0  # 0 upright, 1 hands at the ground
    left: Point | None = None
    right: Point | None = None
    look: float = 0.0  # head to the right of the body
    nod: float = 0.0  # head down
    lean: float = 0.0  # weight on the right leg, -1..1


def joint(root: Point, end: Point, upper: float, lower: float, pole: Point) -> tuple[Point, Point]:
    """Elbow or knee of a limb from root towards end, bending to the pole; and the end that is reached."""
    dx, dy, dz = end[0] - root[0], end[1] - root[1], end[2] - root[2]
    far = math.sqrt(dx * dx + dy * dy + dz * dz) or 1e-6
    reach = min(far, (upper + lower) * 0.998)
    dx, dy, dz = dx / far, dy / far, dz / far
    along = (upper * upper - lower * lower + reach * reach) / (2 * reach)
    out = math.sqrt(max(0.0, upper * upper - along * along))
    dot = pole[0] * dx + pole[1] * dy + pole[2] * dz
    px, py, pz = pole[0] - dot * dx, pole[1] - dot * dy, pole[2] - dot * dz
    size = math.sqrt(px * px + py * py + pz * pz) or 1e-6
    middle = (
        root[0] + dx * along + px / size * out,
        root[1] + dy * along + py / size * out,
        root[2] + dz * along + pz / size * out,
    )
    return middle, (root[0] + dx * reach, root[1] + dy * reach, root[2] + dz * reach)


def step(phase: float, length: float, lift: float) -> tuple[float, float, float]:
    """A foot over one cycle: (forward, up, toe pitch); on the ground for 60 % of it."""
    phase %= 1.0
    if phase < 0.6:
        share = phase / 0.6
        return (
            length * (0.5 - share),
            0.0,
            0.5 * max(0.0, share - 0.8) / 0.2 - 0.18 * max(0.0, 0.15 - share) / 0.15,
        )
    share = (phase - 0.6) / 0.4
    smooth = share * share * (3 - 2 * share)
    return length * (smooth - 0.5), lift * math.sin(math.pi * share), 0.5 * (1 - share) ** 2 - 0.18 * share


def person_parts(who: Person, pose: Pose) -> list[Part]:
    """The parts of a person, in the order to paint them for a camera at the origin."""
    h, b = who.height, who.build
    sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)

    def world(p: Point) -> Point:
        return (pose.x + p[0] * cos + p[2] * sin, pose.ground + p[1], pose.z - p[0] * sin + p[2] * cos)

    def ball(p: Point, r: float) -> Sphere:
        x, y, z = world(p)
        return (x, y, z, r)

    away = math.hypot(pose.x, pose.z) or 1.0
    facing = -(pose.x * sin + pose.z * cos) / away  # 1: looks at the camera
    to_right = -(pose.x * cos - pose.z * sin) / away  # 1: shows its right side

    sway = pose.gait * math.sin(math.tau * pose.stride)
    bob = 0.012 * pose.gait * math.cos(math.tau * 2 * pose.stride)
    hip_y = h * (0.515 - 0.2 * pose.bend) + bob - 0.004
    hip = (0.012 * sway + 0.02 * pose.lean, hip_y, -0.16 * pose.bend)
    tilt = 1.05 * pose.bend + 0.05 * pose.gait
    trunk = h * 0.3
    chest = (hip[0] * 0.6, hip_y + trunk * math.cos(tilt), hip[2] + trunk * math.sin(tilt))
    back, up = (
        (0.0, -math.sin(tilt), math.cos(tilt)),
        (0.0, math.cos(tilt), math.sin(tilt)),
    )  # back is the chest's front
    shoulder = h * (0.098 + 0.012 * (b - 1) * 5)
    twist = 0.03 * sway
    groups: list[tuple[float, list[Part]]] = []

    def depth(p: Point) -> float:
        return world(p)[2]

    for s in (-1, 1):  # legs; s = 1 is the right one
        root = (hip[0] + s * h * 0.048, hip_y, hip[2])
        ahead, raised, pitch = step(pose.stride + (0.5 if s > 0 else 0.0), h * 0.47, h * 0.07)
        ankle = (s * h * 0.05, h * 0.045 + raised * pose.gait, ahead * pose.gait + s * 0.02 * (1 - pose.gait))
        knee, ankle = joint(root, ankle, h * 0.245, h * 0.24, (0.12 * s, 0.0, 1.0))
        toe_pitch = pitch * pose.gait
        heel = (ankle[0], ankle[1] - h * 0.018 + 0.05 * max(0.0, toe_pitch), ankle[2] - h * 0.02)
        toe = (ankle[0] + s * 0.015, ankle[1] - h * 0.026 - 0.09 * toe_pitch, ankle[2] + h * 0.085)
        trouser = times(who.legs, 0.94 if s * to_right < 0 else 1.0)
        leg = [
            Part([ball(heel, h * 0.022), ball(toe, h * 0.018)], who.shoes, 0.16),
            Part([ball(knee, h * 0.034), ball((ankle[0], ankle[1] + 0.02, ankle[2]), h * 0.027)], trouser, 0.12),
            Part([ball(root, h * 0.05 * (0.6 + 0.4 * b)), ball(knee, h * 0.036)], trouser, 0.12),
        ]
        groups.append((depth(knee) + 0.05, leg))
    arms: list[tuple[float, list[Part]]] = []
    for s, target in ((-1, pose.left), (1, pose.right)):
        root = (chest[0] + s * shoulder, chest[1] - 0.03, chest[2] - s * twist)
        if target is None:
            swing = -s * pose.gait * 0.42 * math.sin(math.tau * pose.stride + 0.3) + 0.06 + 0.5 * pose.bend
            reach = h * 0.315
            target = (
                root[0] + s * 0.045,
                root[1] - reach * math.cos(swing),
                root[2] + reach * math.sin(swing) + 0.02,
            )
        elbow, hand = joint(root, target, h * 0.17, h * 0.16, (0.5 * s, -0.5, -0.8))
        tone = times(who.coat, 0.95)
        wrist = (
            hand[0] + (elbow[0] - hand[0]) * 0.18,
            hand[1] + (elbow[1] - hand[1]) * 0.18,
            hand[2] + (elbow[2] - hand[2]) * 0.18,
        )
        cover = tone if who.sleeves else who.skin
        arm = [
            Part(
                [ball(wrist, h * 0.017), ball(hand, h * 0.021)],
                times(who.trim, 0.7) if who.mittens else who.skin,
                0.12,
            ),
            Part([ball(elbow, h * (0.027 if who.sleeves else 0.021)), ball(wrist, h * 0.021)], cover, 0.13),
            Part([ball(root, h * 0.034), ball(elbow, h * 0.03)], tone, 0.13),
        ]
        if not who.sleeves:
            half = ((root[0] + elbow[0]) / 2, (root[1] + elbow[1]) / 2, (root[2] + elbow[2]) / 2)
            arm = [
                arm[0],
                arm[1],
                Part([ball(half, h * 0.024), ball(elbow, h * 0.022)], who.skin),
                Part([ball(root, h * 0.036), ball(half, h * 0.036)], tone),
            ]
        arms.append((depth(hand) * 0.5 + depth(elbow) * 0.5, arm))

    belly = (
        hip[0],
        hip_y + trunk * 0.35 * math.cos(tilt),
        hip[2] + trunk * 0.35 * math.sin(tilt) + 0.012 * (b - 0.9) * 4,
    )
    wide = h * 0.05 * b
    body = [
        ball((chest[0] - shoulder * 0.84, chest[1] - 0.03, chest[2] + twist), h * 0.034),
        ball((chest[0] + shoulder * 0.84, chest[1] - 0.03, chest[2] - twist), h * 0.034),
        ball((chest[0], chest[1] + 0.012, chest[2]), h * 0.042),
        ball((belly[0] - wide * 0.7, belly[1], belly[2]), h * 0.052 * b),
        ball((belly[0] + wide * 0.7, belly[1], belly[2]), h * 0.052 * b),
    ]
    skirt = h * who.hem
    low = (hip[0], hip_y - skirt, hip[2] + 0.01)
    for s in (-1, 1):
        body.append(
            ball(
                (low[0] + s * h * 0.042 * b, low[1], low[2] + s * 0.25 * skirt * sway),
                h * 0.055 * (0.7 + 0.3 * b),
            )
        )
    torso = [Part(body, who.coat, 0.17)]

    def front(x: float, share: float, out: float = 1.0) -> Point:
        """A place on the front of the coat: share 0 at the hem, 1 at the collar."""
        y, z = low[1] + (chest[1] + 0.03 - low[1]) * share, low[2] + (chest[2] - low[2]) * share
        thick = h * 0.058 * b * out
        return world((low[0] * (1 - share) + chest[0] * share + x, y + back[1] * thick, z + back[2] * thick))

    if facing > 0.25:
        dark = times(who.coat, 0.74)
        torso.append(Part([(*front(0, 0.03), 0.005), (*front(0, 0.95), 0.005)], dark, 0.0, False))
        if who.uniform:
            low_band, high_band = [[front(s * shoulder * 0.95, up) for s in (-1, 1)] for up in (0.62, 0.69)]
            torso.append(panel([*low_band, *high_band[::-1]], who.trim))
            torso.append(
                panel(
                    [front(0.05, 0.78), front(0.11, 0.78), front(0.11, 0.83), front(0.05, 0.83)],
                    (236, 234, 226),
                )
            )
        else:
            for s in (-1, 1):
                torso.append(Part([(*front(s * 0.06, 0.3), 0.006), (*front(s * 0.13, 0.36), 0.006)], dark, 0.0, False))
    elif who.uniform and facing < -0.25:
        torso.append(
            panel(
                [
                    front(-shoulder, 0.62, -1),
                    front(shoulder, 0.62, -1),
                    front(shoulder, 0.69, -1),
                    front(-shoulder, 0.69, -1),
                ],
                who.trim,
            )
        )
    if who.bag == "backpack":
        pack = Part(
            [ball((chest[0] + x, chest[1] - y, chest[2] - 0.16), 0.07) for x in (-0.1, 0.1) for y in (0.06, 0.36)],
            times(who.trim, 0.8),
        )
        torso = torso + [pack] if facing < 0.1 else [pack, *torso]
    elif who.bag == "shoulder":
        side = -1
        bag = Part(
            [ball((side * h * 0.13, hip_y + y, hip[2] + z), 0.035) for y in (-0.08, 0.1) for z in (-0.12, 0.12)],
            times(who.trim, 0.75),
        )
        strap = Part([(*front(0.09, 0.93), 0.012), (*front(-0.12, 0.25), 0.012)], times(who.trim, 0.6), 0.0, False)
        torso = torso + ([strap] if facing > 0.2 else []) + [bag]
    if who.scarf is not None:
        torso.append(
            Part(
                [
                    ball((chest[0] - 0.045, chest[1] + 0.045, chest[2] + 0.02), 0.055),
                    ball((chest[0] + 0.045, chest[1] + 0.045, chest[2] + 0.02), 0.055),
                ],
                who.scarf,
            )
        )
        if facing > 0.2:
            torso.append(
                Part(
                    [(*front(0.03, 0.93, 1.1), 0.035), (*front(0.045, 0.66, 1.1), 0.04)],
                    times(who.scarf, 0.92),
                    0.12,
                    False,
                )
            )
    middle = depth(belly)
    order = sorted(groups, key=lambda g: -g[0])
    behind = [a for a in arms if a[0] > middle]
    before = [a for a in arms if a[0] <= middle]
    parts: list[Part] = []
    for _, some in sorted(behind, key=lambda g: -g[0]):
        parts += some
    for _, some in order:
        parts += some
    parts += [
        Part(
            [
                ball((chest[0], chest[1], chest[2]), h * 0.033),
                ball((chest[0], chest[1] + h * 0.06, chest[2] + 0.015), h * 0.031),
            ],
            times(who.skin, 0.86),
        )
    ]
    parts += torso
    head = _head(who, pose, (chest[0], chest[1] + h * 0.112 * up[1], chest[2] + h * 0.112 * up[2] + 0.012), world)
    forward = [some for _, some in sorted(before, key=lambda g: -g[0])]
    if pose.bend > 0.4 and facing < 0:
        return head + parts + [p for some in forward for p in some]
    return parts + head + [p for some in forward for p in some]


def _head(who: Person, pose: Pose, at: Point, world_of: object) -> list[Part]:
    """Head, hair, hat and face around `at` (body axes)."""
    assert callable(world_of)
    h = who.height
    cx, cy, cz = world_of(at)
    yaw = pose.yaw + pose.look
    nod = pose.nod + pose.bend * 0.6
    sin, cos = math.sin(yaw), math.cos(yaw)
    r = 0.062 * h

    def on(x: float, y: float, z: float) -> Point:
        """A place from the middle of the head (right, up, forward) in head radii."""
        y, z = y * math.cos(nod) - z * math.sin(nod), z * math.cos(nod) + y * math.sin(nod)
        return (cx + r * (x * cos + z * sin), cy + r * y, cz + r * (-x * sin + z * cos))

    def ball(x: float, y: float, z: float, size: float) -> Sphere:
        return (*on(x, y, z), r * size)

    facing = -(cx * sin + cz * cos) / (math.hypot(cx, cz) or 1)
    skin, hair = who.skin, who.hair
    skull = Part([ball(0, 0.2, -0.12, 0.98), ball(0, -0.5, 0.14, 0.66)], skin, 0.14)
    ears = [
        Part(
            [ball(s * 0.96, -0.08, -0.1, 0.16), ball(s * 0.94, 0.14, -0.12, 0.19)],
            times(skin, 0.9),
            0.0,
            False,
        )
        for s in (-1, 1)
    ]
    rear: list[Part] = []
    top: list[Part] = []
    if who.style != "bald":
        size = 1.12 if who.style == "curly" else 1.05
        rear.append(Part([ball(0, 0.34, -0.26, size), ball(0, -0.2, -0.42, 0.8)], hair, 0.16))
        if who.style == "bob":
            rear.append(Part([ball(s * 0.62, y, -0.2, 0.5) for s in (-1, 1) for y in (0.1, -0.62)], hair, 0.14))
        if who.style == "long":
            rear.append(
                Part(
                    [
                        ball(s * x, y, -0.34, size)
                        for s in (-1, 1)
                        for x, y, size in ((0.56, 0.1, 0.52), (0.4, -1.3, 0.36))
                    ],
                    hair,
                    0.14,
                )
            )
        if who.style == "bun":
            rear.append(Part([ball(0, 0.95, -0.7, 0.42)], times(hair, 1.08), 0.16))
        high = 0.86 if who.style == "curly" else 0.8
        top.append(
            Part(
                [
                    ball(-0.56, high, 0.2, 0.34),
                    ball(0.5, high + 0.04, 0.24, 0.3),
                    ball(0.05, high + 0.14, 0.1, 0.36),
                ],
                hair,
                0.16,
            )
        )
    if who.hat == "cap":
        tone = who.hat_colour
        top = [
            Part([ball(0, 0.42, -0.12, 1.06), ball(0, 0.72, -0.05, 0.8)], tone, 0.15),
        ]
        rim = [
            on(0.8 * math.cos(a), 0.44 - 0.1 * math.sin(a), 0.45 + 1.0 * math.sin(a))
            for a in (0, 0.5, 1.0, 1.57, 2.1, 2.6, 3.14)
        ]
        if who.style not in ("bald",):
            rear.append(Part([ball(-0.62, -0.16, -0.2, 0.42), ball(0.62, -0.16, -0.2, 0.42)], hair, 0.1))
        skin_low = Part([ball(0, -0.1, 0.04, 0.9), ball(0, -0.52, 0.14, 0.66)], skin, 0.14)
        face = _face(who, on, ball, facing)
        brim = panel(rim, times(tone, 0.72), casts=True)
        if facing > 0:
            shade = Part([ball(-0.5, 0.16, 0.55, 0.2), ball(0.5, 0.16, 0.55, 0.2)], times(skin, 0.72), 0.0, False)
            return [
                *rear,
                *ears,
                *top,
                skin_low,
                shade,
                *face,
                Part([ball(-0.3, 0.78, 0, 0.62), ball(0.3, 0.78, 0, 0.62)], tone, 0.15),
                brim,
            ]
        return [brim, *face, skin_low, *ears, *rear, *top]
    if who.hat == "beanie":
        tone = who.hat_colour
        top = [
            Part(
                [ball(-0.36, 0.82, 0.0, 0.62), ball(0.36, 0.82, 0.0, 0.62), ball(0, 1.0, -0.1, 0.6)],
                tone,
                0.16,
            ),
            Part(
                [ball(-0.72, 0.5, 0.1, 0.26), ball(0.72, 0.5, 0.1, 0.26), ball(0, 0.5, 0.4, 0.26)],
                times(tone, 0.84),
                0.1,
            ),
        ]
        ears = []
    if who.hat == "hood":
        tone = times(who.coat, 0.96)
        hood = [
            Part([ball(0, 0.4, -0.22, 1.22), ball(0, -0.55, -0.3, 1.05)], tone, 0.16),
            Part([ball(0, 0.16, 0.1, 0.98), ball(0, -0.5, 0.14, 0.82)], times(tone, 0.55), 0.0, False),
        ]
        if facing > -0.1:
            inner = Part([ball(0, 0.06, 0.22, 0.8), ball(0, -0.5, 0.24, 0.62)], times(skin, 0.94), 0.12, False)
            return [*hood, inner, *_face(who, on, ball, facing)]
        return [*_face(who, on, ball, facing), skull, hood[0]]
    face = _face(who, on, ball, facing)
    if facing > 0.0:
        return [*rear, *ears, skull, *face, *top]
    return [*face, skull, *ears, *top, *rear]


def _face(who: Person, on: object, ball: object, facing: float) -> list[Part]:
    """Quiet features, only those that are seen."""
    assert callable(on) and callable(ball)
    skin = who.skin
    parts = [Part([ball(0, -0.02, 0.84, 0.09), ball(0, -0.24, 0.93, 0.14)], times(skin, 0.88), 0.0, False)]
    if facing < 0.55:
        return parts
    brow = mix(who.hair, skin, 0.25)
    for s in (-1, 1):
        parts.append(
            Part(
                [ball(s * 0.24, 0.03, 0.86, 0.085), ball(s * 0.46, 0.03, 0.76, 0.085)],
                mix(skin, (40, 34, 32), 0.35),
                0.0,
                False,
            )
        )
        parts.append(Part([ball(s * 0.35, 0.02, 0.86, 0.085)], (40, 32, 30), 0.0, False))
        parts.append(Part([ball(s * 0.18, 0.25, 0.9, 0.045), ball(s * 0.52, 0.24, 0.78, 0.045)], brow, 0.0, False))
    parts.append(
        Part(
            [ball(-0.2, -0.56, 0.74, 0.05), ball(0.2, -0.56, 0.74, 0.05)],
            mix(skin, (120, 50, 50), 0.45),
            0.0,
            False,
        )
    )
    if who.glasses and facing > 0.6:
        for s in (-1, 1):
            parts.append(
                Part(
                    [ball(s * 0.12, 0.12, 0.98, 0.03), ball(s * 0.62, 0.12, 0.84, 0.03)],
                    (44, 44, 48),
                    0.0,
                    False,
                )
            )
            parts.append(
                Part(
                    [ball(s * 0.14, -0.1, 0.98, 0.03), ball(s * 0.6, -0.1, 0.84, 0.03)],
                    (44, 44, 48),
                    0.0,
                    False,
                )
            )
    return parts


def parcel_parts(centre: Point, size: Point, yaw: float, seed: int) -> list[Part]:
    """A taped cardboard box; size is (wide, high, deep) in metres, centre its middle."""
    rng = random.Random(f"parcel {seed}")
    card: Colour = rng.choice(((188, 148, 102), (176, 136, 92), (200, 164, 120)))
    sin, cos = math.sin(yaw), math.cos(yaw)
    w, h, d = size[0] / 2, size[1] / 2, size[2] / 2

    def at(x: float, y: float, z: float) -> Point:
        return (centre[0] + x * cos + z * sin, centre[1] + y, centre[2] - x * sin + z * cos)

    faces: list[tuple[float, list[Point], float]] = []
    for corners, bright in (
        ([(-w, -h, -d), (w, -h, -d), (w, h, -d), (-w, h, -d)], 0.92),
        ([(-w, -h, d), (w, -h, d), (w, h, d), (-w, h, d)], 0.92),
        ([(-w, -h, -d), (-w, -h, d), (-w, h, d), (-w, h, -d)], 0.8),
        ([(w, -h, -d), (w, -h, d), (w, h, d), (w, h, -d)], 0.8),
    ):
        points = [at(*c) for c in corners]
        faces.append((sum(p[2] for p in points) / 4, points, bright))
    parts = [panel(points, times(card, bright), casts=True) for _, points, bright in sorted(faces, key=lambda f: -f[0])]
    parts.append(panel([at(-w, h, -d), at(w, h, -d), at(w, h, d), at(-w, h, d)], times(card, 1.1)))
    parts.append(panel([at(-0.03, h, -d), at(0.03, h, -d), at(0.03, h, d), at(-0.03, h, d)], (218, 200, 160)))
    parts.append(
        panel(
            [
                at(w * 0.25, h, -d * 0.6),
                at(w * 0.8, h, -d * 0.6),
                at(w * 0.8, h, d * 0.3),
                at(w * 0.25, h, d * 0.3),
            ],
            (240, 240, 236),
        )
    )
    nearest = -d if at(0, 0, -d)[2] < at(0, 0, d)[2] else d
    parts.append(
        panel(
            [
                at(-0.03, h, nearest),
                at(0.03, h, nearest),
                at(0.03, h * 0.3, nearest),
                at(-0.03, h * 0.3, nearest),
            ],
            (218, 200, 160),
        )
    )
    return parts

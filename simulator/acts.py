"""Who moves in front of the camera: one act per kind of incident, frame by frame."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from simulator.animals import Gait, animal_parts, cat, dog
from simulator.frames import FPS, Colour, Part, Point, ease, panel, times
from simulator.incident import Incident
from simulator.light import Light
from simulator.people import COATS, Person, Pose, parcel_parts, person, person_parts
from simulator.scenery import Plot
from simulator.vehicles import van_parts

Spot = tuple[float, float]  # x, z in metres


@dataclass
class Drawn:
    """Something to paint in one frame. depth decides who hides whom."""

    parts: list[Part]
    x: float
    depth: float
    ground: float
    shadow: bool = True


Act = Callable[[int], list[Drawn]]  # frame number to what is seen


@dataclass
class Moment:
    """A walker in one frame: place, yaw, how far it went (metres) and how much it walks (0..1)."""

    x: float
    z: float
    yaw: float
    gone: float
    gait: float


@dataclass
class Track:
    """A way through the scene, one Moment per frame."""

    moments: list[Moment] = field(default_factory=list)

    def walk(self, spots: Sequence[Spot], pace: float, ramp_in: bool = True, ramp_out: bool = True) -> Track:
        """Go along spots at pace (metres per second), turning smoothly."""
        way = smooth(spots)
        total = length(way)
        frames = max(2, round((total / pace + 0.3 * (ramp_in + ramp_out)) * FPS))
        gone0 = self.moments[-1].gone if self.moments else 0.0
        ramp = min(frames // 3, round(0.6 * FPS))
        speeds = [
            min(1.0, (i + 0.5) / ramp if ramp_in else 1.0, (frames - i - 0.5) / ramp if ramp_out else 1.0)
            for i in range(frames)
        ]
        whole, gone = sum(speeds), 0.0
        for speed in speeds:
            gone += speed / whole * total
            x, z, yaw = along(way, gone)
            before = self.moments[-1].yaw if self.moments else yaw
            self.moments.append(Moment(x, z, turn(before, yaw, 3.6 / FPS), gone0 + gone, speed))
        return self

    def wait(self, seconds: float, yaw: float) -> Track:
        """Stand, turning to yaw."""
        for _ in range(max(0, round(seconds * FPS))):
            last = self.moments[-1]
            self.moments.append(Moment(last.x, last.z, turn(last.yaw, yaw, 3.2 / FPS), last.gone, 0.0))
        return self

    def at(self, frame: int) -> Moment:
        return self.moments[min(max(frame, 0), len(self.moments) - 1)]


def turn(old: float, new: float, most: float) -> float:
    """Turn from old towards new (radians), the short way, by at most `most`."""
    change = (new - old + math.pi) % math.tau - math.pi
    return old + max(-most, min(most, change))


def smooth(spots: Sequence[Spot]) -> list[Spot]:
    """Corners cut twice."""
    way = list(spots)
    for _ in range(2):
        cut = [way[0]]
        for (ax, az), (bx, bz) in zip(way, way[1:], strict=False):
            cut += [
                (ax * 0.75 + bx * 0.25, az * 0.75 + bz * 0.25),
                (ax * 0.25 + bx * 0.75, az * 0.25 + bz * 0.75),
            ]
        way = [*cut, way[-1]]
    return way


def length(way: Sequence[Spot]) -> float:
    return sum(math.dist(a, b) for a, b in zip(way, way[1:], strict=False))


def along(way: Sequence[Spot], gone: float) -> tuple[float, float, float]:
    """Place and yaw after `gone` metres."""
    for a, b in zip(way, way[1:], strict=False):
        long = math.dist(a, b)
        if gone <= long and long > 0:
            share = gone / long
            return (
                a[0] + (b[0] - a[0]) * share,
                a[1] + (b[1] - a[1]) * share,
                math.atan2(b[0] - a[0], b[1] - a[1]),
            )
        gone -= long
    (ax, az), (bx, bz) = way[-2], way[-1]
    return bx, bz, math.atan2(bx - ax, bz - az)


def last_part(way: Sequence[Spot], keep: float) -> list[Spot]:
    """The last `keep` metres of a way."""
    skip = length(way) - keep
    if skip <= 0:
        return list(way)
    rest = list(way)
    while len(rest) > 2 and skip > math.dist(rest[0], rest[1]):
        skip -= math.dist(rest[0], rest[1])
        rest.pop(0)
    share = min(0.98, skip / (math.dist(rest[0], rest[1]) or 1))
    (ax, az), (bx, bz) = rest[0], rest[1]
    return [(ax + (bx - ax) * share, az + (bz - az) * share), *rest[1:]]


def way_in(plot: Plot, side: int, end: Spot) -> list[Spot]:
    """From beside the plot along the pavement, up the path, onto the porch."""
    cuts = [plot.lawn - 0.3 - (plot.lawn - plot.porch - 0.6) * i / 4 for i in range(5)]
    return [
        (side * 12.0, plot.pavement),
        (plot.path_far + side * 1.2, plot.pavement),
        *((plot.path_x(z), z) for z in cuts),
        (plot.path_near, plot.porch - 0.05),
        end,
    ]


def umbrella(pose: Pose, who: Person, colour: Colour) -> list[Part]:
    """Held upright in the right hand; the pose must hold it at (0.13, 0.62 h, 0.2)."""
    sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)
    x, z = pose.x + 0.10 * cos + 0.14 * sin, pose.z - 0.10 * sin + 0.14 * cos
    base, high = pose.ground + who.height * 0.6, pose.ground + who.height * 1.1
    rim = [(x + 0.52 * math.cos(a * math.tau / 10), high, z + 0.52 * math.sin(a * math.tau / 10)) for a in range(10)]
    crown = [
        (x + 0.34 * math.cos(a * math.tau / 10), high + 0.17, z + 0.34 * math.sin(a * math.tau / 10)) for a in range(10)
    ]
    top = (x, high + 0.26, z)
    return [
        panel([*rim, *crown, top], colour, casts=True), panel(rim, times(colour, 0.55)),
        Part([(x, base, z, 0.012), (x, high + 0.2, z, 0.01)], (50, 50, 52), 0.0, False),
        panel([*rim[5:], rim[0], *crown[5:], crown[0], top], times(colour, 1.05)),
    ]  # fmt: skip


def _standing(who: Person, m: Moment, plot: Plot) -> Pose:
    return Pose(m.x, m.z, plot.ground(m.z), m.yaw, m.gone / (who.height * 0.783), m.gait)


def visitor(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    rng = random.Random(f"visitor {incident.seed}")
    wet = incident.weather == "rain"
    shelter = wet and rng.random() < 0.6
    who = person(incident.seed, cold, wet and not shelter)
    gift, wave, side = rng.choice(("none", "none", "tin", "flowers")), rng.random() < 0.5, rng.choice((-1, 1))
    side = -incident.way or side
    colour, glance = rng.choice(COATS), rng.uniform(0, 6)
    whole = incident.seconds
    end = (plot.mat[0] * 0.8, plot.mat[1] - 0.1)
    way = way_in(plot, side, end)
    arrive = max(1.6, whole * 0.42)
    track = Track().walk(last_part(way, who.pace * (arrive - 0.4)), who.pace, ramp_in=False)
    there = len(track.moments)
    stay = max(1.6, whole * 0.34)
    yaw = math.atan2(-end[0], -end[1])
    track.wait(stay, yaw)
    track.wait(0.5, 0.0 if rng.random() < 0.5 else 0.2)
    left = len(track.moments)
    track.walk(way_in(plot, -side, end)[::-1], who.pace, ramp_out=False)

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        t = (i - there) / FPS
        if there <= i < left:
            pose.lean = math.sin(t * 1.3 + glance)
            pose.look = 0.55 * math.sin(t * 1.1 + glance) * ease(t - 0.9)
            pose.nod = 0.08 * math.sin(t * 0.9)
            press = ease(t / 0.4) * (1 - ease((t - 0.9) / 0.4))
            if press > 0:
                pose.right = (0.16 - 0.1 * press, who.height * (0.5 + 0.25 * press), 0.1 + 0.42 * press)
            last = stay - t
            if wave and 0 < last < 1.3 and gift == "none":
                up = ease((1.3 - last) / 0.3) * ease(last / 0.25)
                pose.right = (
                    0.24 + 0.07 * math.sin(t * 13) * up,
                    who.height * (0.5 + 0.42 * up),
                    0.12 + 0.16 * up,
                )
        extra: list[Part] = []
        sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)

        def at(p: Point) -> Point:
            return (pose.x + p[0] * cos + p[2] * sin, pose.ground + p[1], pose.z - p[0] * sin + p[2] * cos)

        h = who.height
        if gift != "none":
            pose.left = (-0.1, h * 0.62, 0.24)
            x, y, z = at((-0.06, h * 0.64, 0.3))
            if gift == "tin":
                extra = [
                    Part([(x - 0.07, y, z, 0.05), (x + 0.07, y, z, 0.05)], colour, 0.2),
                    Part(
                        [(x - 0.06, y + 0.05, z, 0.02), (x + 0.06, y + 0.05, z, 0.02)],
                        times(colour, 1.3),
                        0.0,
                    ),
                ]
            else:
                extra = [
                    Part(
                        [
                            (x, y - 0.16, z, 0.022),
                            (x - 0.03, y + 0.02, z, 0.05),
                            (x + 0.03, y + 0.02, z, 0.05),
                        ],
                        (150, 132, 106),
                        0.16,
                    )
                ]
                for k in range(16):
                    a, out = k * 2.4, 0.03 + 0.075 * (k % 5) / 4
                    bloom: Colour = (
                        (70, 104, 58),
                        (206, 96, 120),
                        (86, 118, 66),
                        (232, 214, 120),
                        (60, 92, 54),
                    )[k % 5]
                    px, py = x + out * math.cos(a) * 1.15, y + 0.09 + out * math.sin(a) * 0.8
                    extra.append(Part([(px, py, z - 0.01, 0.026 if k % 2 else 0.03)], bloom, 0.1, False))
        if shelter:
            pose.right = (0.13, h * 0.62, 0.2) if not (there <= i < left and (i - there) < FPS * 1.4) else pose.right
        facing = math.cos(pose.yaw) < 0
        body = person_parts(who, pose)
        parts = [*body, *extra] if facing else [*extra, *body]
        if shelter:
            parts = [*parts, *umbrella(pose, who, colour)]
        return [Drawn(parts, m.x, m.z, pose.ground)]

    return [act]


def courier(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    rng = random.Random(f"courier {incident.seed}")
    who = person(incident.seed, cold, incident.weather == "rain", courier=True)
    size = parcel_size(incident.seed)
    side, photo = rng.choice((-1, 1)), rng.random() < 0.6
    side = -incident.way or side
    whole = incident.seconds
    end = (plot.mat[0] * 1.0, plot.mat[1] + 0.5)
    way = way_in(plot, side, end)
    arrive = max(1.5, whole * 0.40)
    track = Track().walk(last_part(way, who.pace * (arrive - 0.4)), who.pace, ramp_in=False)
    there = len(track.moments)
    yaw = math.pi
    stay = 2.0 + (1.2 if photo and whole > 7 else 0.0)
    track.wait(stay, yaw)
    track.wait(0.45, 0.0)
    track.walk(way_in(plot, side, end)[::-1], who.pace * 1.08, ramp_out=False)
    put = there + round(1.05 * FPS)  # the frame in which the box stands
    h = who.height
    spot = (end[0], size[1] / 2 + 0.02, end[1] - 0.52)

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        t = (i - there) / FPS
        carrying = i < put
        down = ease(t / 0.95) if t < 1.2 else 1 - ease((t - 1.2) / 0.6)
        pose.bend = max(0.0, down) * 0.95
        half = size[0] / 2 - 0.01
        box: list[Part] = []
        sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)
        if carrying:
            share = ease(t / 1.0)
            y = h * 0.60 * (1 - share) + (size[1] / 2 + 0.02) * share + 0.012 * m.gait * math.sin(m.gone * 9)
            out = 0.14 + size[2] / 2 + (0.36 - size[2] / 2) * share
            pose.left, pose.right = (-half, y, out), (half, y, out)
            x, z = pose.x + out * sin, pose.z + out * cos
            box = parcel_parts((x, pose.ground + y, z), size, pose.yaw, incident.seed)
        elif t < 1.35:
            pose.left, pose.right = (-half - 0.03, size[1] * 0.8, 0.46), (half + 0.03, size[1] * 0.8, 0.46)
        elif photo and 1.8 < t < stay:
            up = ease((t - 1.8) / 0.35) * (1 - ease((t - stay + 0.3) / 0.3))
            pose.right = (0.08, h * (0.5 + 0.26 * up), 0.1 + 0.32 * up)
            pose.nod = 0.3 * up
            if up > 0.6:
                x, y, z = (
                    pose.x + 0.08 * cos + 0.44 * sin,
                    pose.ground + h * 0.78,
                    pose.z - 0.08 * sin + 0.44 * cos,
                )
                box = [
                    panel(
                        [
                            (x - 0.04, y - 0.07, z),
                            (x + 0.04, y - 0.07, z),
                            (x + 0.04, y + 0.08, z),
                            (x - 0.04, y + 0.08, z),
                        ],
                        (34, 36, 40),
                    )
                ]
        body = person_parts(who, pose)
        parts = [*body, *box] if math.cos(pose.yaw) < 0.2 else [*box, *body]
        seen = [Drawn(parts, m.x, m.z, pose.ground)]
        if not carrying:
            seen.append(Drawn(parcel_parts(spot, size, yaw, incident.seed), spot[0], spot[2], 0.0))
        return seen

    return [act]


def passer_by(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    leash = random.Random(f"leash {incident.seed}").random() < 0.45
    return [_walker(incident, plot, cold, leash=leash)]


def dog_walk(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    return [_walker(incident, plot, cold, leash=True)]


def carrier(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """Somebody walks by with a parcel before the chest."""
    return [_walker(incident, plot, cold, box=parcel_size(incident.seed))]


def group(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """Some people walk by together, one of them perhaps with a balloon."""
    rng = random.Random(f"group {incident.seed}")
    way = incident.way or rng.choice((-1, 1))
    acts = []
    for n in range(rng.randint(3, 5)):
        one = replace(incident, seed=incident.seed + 7919 * n, way=way)
        balloon = rng.choice(BALLOONS) if n == 0 or rng.random() < 0.3 else None
        shift = (-way * (0.95 * n + rng.uniform(-0.2, 0.2)) + way * 1.6, 0.45 * (n % 2) + rng.uniform(-0.1, 0.1))
        acts.append(_walker(one, plot, cold, shift=shift, pace=1.1, balloon=balloon))
    return acts


BALLOONS: tuple[Colour, ...] = ((214, 60, 58), (240, 190, 60), (70, 130, 200), (110, 170, 90))


def _walker(
    incident: Incident,
    plot: Plot,
    cold: bool,
    *,
    leash: bool = False,
    box: Point | None = None,
    shift: Spot = (0.0, 0.0),
    pace: float | None = None,
    balloon: Colour | None = None,
) -> Act:
    """Somebody who walks along the pavement, or along the far one. box: the size of a parcel that is carried."""
    rng = random.Random(f"passer {incident.seed}")
    wet = incident.weather == "rain"
    shelter, way = wet and rng.random() < 0.6 and box is None, rng.choice((-1, 1))
    way = incident.way or way
    who = person(incident.seed, cold, wet and not shelter)
    colour, pet = rng.choice(COATS), dog(incident.seed)
    z = (plot.far_kerb + 0.8 if incident.far else plot.pavement) + rng.uniform(-0.2, 0.2) + shift[1]
    reach = (pace or who.pace) * incident.seconds / 2
    track = Track().walk(
        [(-way * reach + shift[0], z), (way * reach + shift[0], z)], pace or who.pace, ramp_in=False, ramp_out=False
    )

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        pose.look = 0.7 * math.sin(i / FPS * 0.8) * way
        seen: list[Drawn] = []
        carried: list[Part] = []
        if shelter:
            pose.right = (0.13, who.height * 0.62, 0.2)
        if box is not None:
            half, y, out = box[0] / 2 - 0.01, who.height * 0.60, 0.14 + box[2] / 2
            pose.left, pose.right = (-half, y, out), (half, y, out)
            x = m.x + out * math.sin(m.yaw)
            at = (x, pose.ground + y + 0.012 * math.sin(m.gone * 9), m.z + out * math.cos(m.yaw))
            carried = parcel_parts(at, box, m.yaw, incident.seed)
        if balloon is not None:
            pose.right = (0.16, who.height * 0.6, 0.16)
            hand = (m.x + 0.2 * way, pose.ground + who.height * 0.6, z)
            sway = 0.08 * math.sin(i / FPS * 2.2 + incident.seed % 7)
            top = (hand[0] - 0.22 * way + sway, pose.ground + who.height + 0.75, z)
            carried += [
                Part([(*hand, 0.006), (*top, 0.006)], (90, 90, 90), 0.0, False),
                Part([(*top, 0.16), (top[0], top[1] - 0.09, top[2], 0.1)], balloon, 0.2),
            ]
        if leash:
            x = m.x + way * (1.0 + 0.12 * math.sin(i / FPS * 1.7))
            gait = Gait(
                x,
                z - 0.3,
                pose.ground,
                m.yaw,
                m.gone / (pet.tall * 1.5),
                0.9,
                0.25 + 0.2 * math.sin(i / FPS),
                wag=i / FPS * 1.6,
            )
            neck = (x + way * pet.long * 0.5, pose.ground + pet.tall, z - 0.3)
            hand = (m.x + way * 0.28, pose.ground + who.height * 0.52, z - 0.16)
            pose.left = (-0.16 * -way * -1, who.height * 0.53, 0.26)
            line = Part([(*hand, 0.008), (*neck, 0.008)], (60, 44, 40), 0.0, False)
            seen.append(Drawn([line, *animal_parts(pet, gait)], x, z - 0.3, pose.ground))
        parts = [*person_parts(who, pose), *carried]
        if shelter:
            parts += umbrella(pose, who, colour)
        seen.append(Drawn(parts, m.x, m.z, pose.ground))
        return seen

    return act


def searcher(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """The owner of a lost dog: comes up to the porch with an empty leash, calls, looks about, goes on."""
    rng = random.Random(f"searcher {incident.seed}")
    way = incident.way or rng.choice((-1, 1))
    who, whole = person(incident.seed, cold, incident.weather == "rain"), incident.seconds
    stop = (plot.path_near - way * 0.35, plot.porch + 0.75)
    come = [
        (-way * 8.0, plot.pavement),
        (-way * 3.0, plot.lawn - 0.6),
        (-way * 1.1, plot.porch + 2.2),
        stop,
    ]
    track = Track().walk(last_part(come, who.pace * whole * 0.3), who.pace, ramp_in=False)
    there = len(track.moments)
    track.wait(whole * 0.4, math.pi)  # towards the house
    left = len(track.moments)
    go = [stop, (way * 1.3, plot.porch + 1.9), (way * 3.4, plot.lawn - 0.8), (way * 9.0, plot.pavement)]
    track.walk(go, who.pace * 1.2, ramp_out=False)
    h = who.height

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        t = (i - there) / FPS
        sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)

        def at(x: float, y: float, ahead: float) -> Point:
            return (pose.x + x * cos + ahead * sin, pose.ground + y, pose.z - x * sin + ahead * cos)

        # The empty leash hangs in a loop from the left hand.
        pose.left = (-0.2, h * 0.5, 0.16)
        swing = 0.05 * math.sin(i / FPS * 4)
        loop = [
            (0.0, 0.0), (-0.06, -0.12), (-0.07, -0.26), (0.0, -0.36), (0.07, -0.26), (0.05, -0.10), (0.09, -0.44),
        ]  # fmt: skip
        cord = [at(-0.2 + x + swing * -y, h * 0.5 + y, 0.2) for x, y in loop]
        parts = [
            Part([(*a, 0.016), (*b, 0.016)], (198, 52, 46), 0.0, False) for a, b in zip(cord, cord[1:], strict=False)
        ]
        if there <= i < left:
            pose.look = 0.8 * math.sin(t * 1.7)
            call = ease((t - 0.3) / 0.35) * (1 - ease((t - whole * 0.4 + 0.7) / 0.35))
            if call > 0:  # a hand beside the mouth
                pose.right = (0.2 - 0.12 * call, h * (0.5 + 0.36 * call), 0.12 + 0.06 * call)
                pose.lean = 0.3 * call
        return [Drawn([*person_parts(who, pose), *parts], m.x, m.z, pose.ground)]

    return [act]


def taker(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """A parcel stands on the porch; somebody comes, looks about, picks it up, and walks away with it."""
    rng = random.Random(f"taker {incident.seed}")
    side = -incident.way or rng.choice((-1, 1))
    who, size = person(incident.seed, cold, incident.weather == "rain"), parcel_size(incident.seed)
    whole, h = incident.seconds, who.height
    end = (plot.mat[0], plot.mat[1] + 0.5)
    spot = (end[0], size[1] / 2 + 0.02, end[1] - 0.52)
    arrive = max(1.5, whole * 0.36)
    track = Track().walk(last_part(way_in(plot, side, end), who.pace * (arrive - 0.4)), who.pace, ramp_in=False)
    there = len(track.moments)
    track.wait(2.3, math.pi)
    track.wait(0.5, 0.0)
    track.walk(way_in(plot, side, end)[::-1], who.pace * 1.25, ramp_out=False)
    taken = there + round(1.3 * FPS)  # the frame from which the box is in the hands
    half = size[0] / 2 - 0.01

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        t = (i - there) / FPS
        if i < there:
            pose.look = 0.7 * math.sin(i / FPS * 2.4)
        down = ease((t - 0.3) / 0.8) if t < 1.3 else 1 - ease((t - 1.3) / 0.8)
        pose.bend = max(0.0, down) * 0.95
        sin, cos = math.sin(pose.yaw), math.cos(pose.yaw)
        box: list[Part] = []
        if i >= taken:
            share = ease((t - 1.3) / 0.8)  # from the floor to the chest
            y = h * 0.60 * share + (size[1] / 2 + 0.02) * (1 - share)
            out = 0.14 + size[2] / 2 + (0.36 - size[2] / 2) * (1 - share)
            pose.left, pose.right = (-half, y, out), (half, y, out)
            box = parcel_parts((pose.x + out * sin, pose.ground + y, pose.z + out * cos), size, pose.yaw, incident.seed)
        elif t > 0.5:
            pose.left, pose.right = (-half - 0.03, size[1] * 0.8, 0.46), (half + 0.03, size[1] * 0.8, 0.46)
        body = person_parts(who, pose)
        parts = [*body, *box] if cos < 0.2 else [*box, *body]
        seen = [Drawn(parts, m.x, m.z, pose.ground)]
        if i < taken:
            seen.append(Drawn(parcel_parts(spot, size, math.pi, incident.seed), spot[0], spot[2], 0.0))
        return seen

    return [act]


def parcel_size(seed: int) -> Point:
    """Width, height and depth of a parcel in metres: the same wherever the parcel of a seed is seen."""
    rng = random.Random(f"parcel {seed}")
    return rng.uniform(0.30, 0.44), rng.uniform(0.18, 0.28), rng.uniform(0.24, 0.32)


def branch(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """A twig that hangs into the picture, close to the camera, and moves in the wind."""
    rng = random.Random(f"branch {incident.seed % 5}")
    side = rng.choice((-1, 1))
    leaves = [
        (rng.uniform(0.1, 1.0), rng.uniform(-0.13, 0.13), rng.uniform(0, 6), rng.uniform(0.05, 0.085))
        for _ in range(64)
    ]
    phase = random.Random(f"gust {incident.seed}").uniform(0, 6)
    tones: list[Colour] = [(78, 108, 52), (96, 124, 60), (62, 92, 44)]

    def act(i: int) -> list[Drawn]:
        t = i / FPS
        gust = 0.6 + 0.4 * math.sin(t * 0.9 + phase)
        bend = 0.16 * gust * math.sin(t * 2.6 + phase) + 0.06 * math.sin(t * 6.1)

        def at(share: float, off: float) -> Point:
            x = side * (1.6 - 1.25 * share) + bend * share
            return (x + off * 0.4, 1.95 - 0.62 * share * share + off + 0.08 * bend * share, 1.35)

        stems = [at(n / 8, 0.0) for n in range(9)]
        parts = [
            Part([(*a, 0.014 - 0.001 * n), (*b, 0.013 - 0.001 * n)], (84, 66, 48), 0.1, False)
            for n, (a, b) in enumerate(zip(stems, stems[1:], strict=False))
        ]
        for n, (share, off, spin, size) in enumerate(leaves):
            x, y, z = at(share, off)
            turn_ = spin + 0.7 * math.sin(t * 5 + spin) * gust
            dx, dy = math.cos(turn_) * size, math.sin(turn_) * size
            parts.append(
                panel(
                    [
                        (x + dx, y + dy, z),
                        (x - dy * 0.5, y + dx * 0.5, z),
                        (x - dx, y - dy, z),
                        (x + dy * 0.5, y - dx * 0.5, z),
                    ],
                    tones[n % 3],
                )
            )
        return [Drawn(parts, side * 0.8, 1.35, 0.0, False)]

    return [act]


def nothing(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    return []


def lost_dog(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """A loose dog comes over the lawn, sniffs, looks up at the door, and goes on."""
    rng = random.Random(f"lost {incident.seed}")
    pet, side, whole = dog(incident.seed), rng.choice((-1, 1)), incident.seconds
    side = -incident.way or side
    pace = 1.55
    porch = (plot.mat[0] * 0.5 + side * 0.3, plot.mat[1] + 0.15)
    lawn = (plot.path_near + side * 0.9, plot.porch + 1.5)
    way = [(side * 9.0, plot.pavement), (side * 3.2, plot.lawn - 0.8), (side * 1.9, plot.porch + 2.6), lawn]
    first = max(1.2, whole * 0.27)
    track = Track().walk(last_part(way, pace * first), pace, ramp_in=False)
    sniff = len(track.moments)
    track.wait(whole * 0.13, track.moments[-1].yaw + 0.5 * side)
    on = len(track.moments)
    track.walk([lawn, (plot.path_near + side * 0.1, plot.porch + 0.2), porch], pace * 0.8)
    up = len(track.moments)
    track.wait(whole * 0.2, math.pi + 0.15 * side)
    off = len(track.moments)
    track.walk(
        [
            porch,
            (plot.path_near, plot.porch + 0.3),
            (-side * 1.6, plot.porch + 1.9),
            (-side * 8, plot.lawn - 0.4),
        ],
        pace * 1.25,
        ramp_out=False,
    )

    def act(i: int) -> list[Drawn]:
        m, t = track.at(i), i / FPS
        down = 0.12 + 0.1 * math.sin(t * 2)
        if sniff <= i < on:
            down = 0.85 + 0.12 * math.sin(t * 9)
        elif on <= i < up:
            down = 0.45 + 0.25 * math.sin(t * 3)
        elif up <= i < off:
            down = 0.8 * (1 - ease((i - up) / FPS / 0.5)) + 0.04
        look = 0.5 * math.sin(t * 2.1) * (1 if up <= i < off else 0.35)
        ground = plot.ground(m.z)
        gait = Gait(m.x, m.z, ground, m.yaw, m.gone / (pet.tall * 1.35), m.gait, down, look, t * 1.3)
        return [Drawn(animal_parts(pet, gait, light.infrared), m.x, m.z, ground)]

    return [act]


def stray_cat(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    rng = random.Random(f"cat {incident.seed}")
    pet, side, whole = cat(incident.seed), rng.choice((-1, 1)), incident.seconds
    side = -incident.way or side
    pace = 0.85
    spot = (-side * 0.25, plot.mat[1] + 0.1)
    way = [
        (side * 4, plot.porch + 2.4),
        (side * 1.6, plot.porch + 1.0),
        (plot.path_near + side * 0.3, plot.porch + 0.35),
        (side * 0.5, plot.porch - 0.3),
        spot,
    ]
    track = Track().walk(last_part(way, pace * whole * 0.4), pace, ramp_in=False)
    sat = len(track.moments)
    track.wait(whole * 0.33, math.pi + 0.4 * side)
    up = len(track.moments)
    track.walk([spot, (-side * 0.9, plot.porch - 0.35), (-side * 3.2, 1.6)], pace * 1.2, ramp_out=False)

    def act(i: int) -> list[Drawn]:
        m, t = track.at(i), i / FPS
        sit = ease((i - sat) / FPS / 0.5) * (1 - ease((i - up) / FPS / 0.35)) if i >= sat else 0.0
        ground = plot.ground(m.z)
        gait = Gait(
            m.x,
            m.z,
            ground,
            m.yaw,
            m.gone / 0.36,
            m.gait * (1 - sit),
            0.1,
            0.7 * math.sin(t * 1.2) * sit,
            t * 0.5,
            sit,
        )
        return [Drawn(animal_parts(pet, gait, light.infrared), m.x, m.z, ground)]

    return [act]


def van(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    lights = light.height < 3 or incident.weather != "clear"
    rng = random.Random(f"van {incident.seed}")
    way, whole = rng.choice((-1, 1)), incident.seconds
    way = incident.way or way
    stop, start, pace = rng.uniform(-0.8, 2.0), -way * rng.uniform(13.0, 15.0), 6.5
    arrive = min(whole * 0.5, 2 * abs(stop - start) / pace)
    leave = whole * 0.86 if whole > 7 else 1e9

    def act(i: int) -> list[Drawn]:
        t = i / FPS
        share = min(1.0, t / arrive)
        gone = abs(stop - start) * (1 - (1 - share) ** 2)
        if t > leave:
            gone += 1.1 * (t - leave) ** 2
        x = start + way * gone
        brakes = share > 0.35 and t < min(arrive + 1.6, leave)
        ground = -plot.drop - 0.1
        parts = van_parts(x, ground, plot.lane, incident.seed, way, gone / 0.35, brakes, lights)
        return [Drawn(parts, x, plot.lane + 0.2, ground)]

    return [act]


def blown_leaves(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    rng = random.Random(f"wind {incident.seed}")
    way = rng.choice((-1, 1))
    leaves = [
        (
            rng.uniform(-9, 9),
            rng.uniform(0, 2.6),
            plot.porch + rng.random() ** 1.5 * 5,
            rng.uniform(3.2, 6.5),
            rng.uniform(0, 6),
            rng.uniform(0.05, 0.1),
        )
        for _ in range(64)
    ]
    tones: list[Colour] = [(168, 92, 44), (196, 142, 58), (128, 92, 58), (110, 120, 60)]

    def act(i: int) -> list[Drawn]:
        seen: list[Drawn] = []
        for n, (x, y, z, pace, spin, size) in enumerate(leaves):
            t = i / FPS
            across = (x + way * pace * t * (0.8 + 0.2 * math.sin(t * 1.1 + spin)) + 9) % 18 - 9
            up = abs(y * (0.55 + 0.45 * math.sin(t * 2.2 + spin))) * (0.35 if n % 3 else 1)
            ground = -plot.drop
            a, b = spin + t * 9, spin + t * 6
            dx, dy, ex, ey = (
                math.cos(a) * size,
                math.sin(a) * size,
                -math.sin(b) * size * 0.5,
                math.cos(b) * size * 0.5,
            )
            cy = ground + 0.05 + up
            part = panel(
                [
                    (across + dx, cy + dy, z),
                    (across + ex, cy + ey, z),
                    (across - dx, cy - dy, z),
                    (across - ex, cy - ey, z),
                ],
                tones[n % 4],
            )
            seen.append(Drawn([part], across, z, ground, False))
        return seen

    return [act]


def tamperer(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """Somebody in a hood steps close from the side; the hand itself is painted by `lens_cover`."""
    rng = random.Random(f"tamper {incident.seed}")
    side = rng.choice((-1, 1))
    who = person(incident.seed, True, True)
    whole = incident.seconds
    end = (side * 0.42, 1.0)
    way = [
        (side * 3.0, plot.porch + 2.5),
        (plot.path_near + side * 0.4, plot.porch + 0.4),
        (side * 0.75, plot.porch - 0.6),
        end,
    ]
    track = Track().walk(last_part(way, who.pace * whole * 0.3), who.pace, ramp_in=False)
    there = len(track.moments)
    track.wait(max(0.5, whole * 0.86 - there / FPS), math.pi - side * 0.2)
    track.walk([end, (side * 1.6, 1.4), (side * 3.6, 1.6)], who.pace)

    def act(i: int) -> list[Drawn]:
        m, pose = track.at(i), _standing(who, track.at(i), plot)
        pose.nod = 0.25
        if i >= there - 3 and covered(incident, i) > 0:
            reach = (-side * 0.16, who.height * 0.72, 0.5)
            pose.right, pose.left = (reach, None) if side > 0 else (None, reach)
        return [Drawn(person_parts(who, pose), m.x, m.z, pose.ground)]

    return [act]


def covered(incident: Incident, frame: int) -> float:
    """How far a hand has come over the lens in a frame, 0..1."""
    if incident.kind != "tamper":
        return 0.0
    share = frame / FPS / incident.seconds
    return ease((share - 0.36) / 0.08) * (1 - ease((share - 0.80) / 0.07))


def acts(incident: Incident, plot: Plot, cold: bool, light: Light) -> list[Act]:
    """Everything that moves in an incident."""
    made: dict[str, Callable[[Incident, Plot, bool, Light], list[Act]]] = {
        "visitor": visitor, "parcel": courier, "taken": taker, "passer-by": passer_by, "dog-walk": dog_walk,
        "searcher": searcher, "carrier": carrier, "group": group, "dog": lost_dog, "cat": stray_cat, "van": van,
        "wind": blown_leaves, "branch": branch, "tamper": tamperer, "nothing": nothing,
    }  # fmt: skip
    if incident.kind not in made:
        raise ValueError(f"no such kind of incident: {incident.kind!r}")
    return made[incident.kind](incident, plot, cold, light)


# Where in a clip its poster is, as a share of its length.
POSTER = {
    "visitor": 0.56,
    "parcel": 0.46,
    "taken": 0.5,
    "dog-walk": 0.5,
    "searcher": 0.5,
    "carrier": 0.5,
    "group": 0.5,
    "branch": 0.5,
    "nothing": 0.5,
    "passer-by": 0.5,
    "dog": 0.62,
    "cat": 0.6,
    "van": 0.62,
    "wind": 0.5,
    "tamper": 0.34,
}

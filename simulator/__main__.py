"""The command line: run a fleet, draw clips and pictures, print a plan or a map."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from simulator import faults, fleet, street
from simulator.incident import Incident, Look
from simulator.report import Screen
from simulator.town import build_town

UNTIL = "2025-05-14T22:00:00+00:00"  # where a plan ends unless told otherwise
OFFSET = -5.0  # hours from UTC, of clips drawn for their own sake


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A simulator of doorbell fleets. It talks to a portal by the device contract and by nothing else."""


class Speed(click.ParamType):
    """A positive number, or "max" (None)."""

    name = "X|max"

    def convert(self, value, param, ctx):
        if value is None or value == "max":
            return None
        return click.FloatRange(min=0, min_open=True).convert(value, param, ctx)


_file = click.Path(dir_okay=False, path_type=Path)
_directory = click.Path(file_okay=False, path_type=Path)
_positive = click.FloatRange(min=0, min_open=True)


@main.command()
@click.option("--portal", required=True, metavar="URL", help="The portal's address.")
@click.option(
    "--pairings",
    "pairings_file",
    required=True,
    type=_file,
    help="JSON with the devices to pair, written by the portal's demo.",
)
@click.option("--town", metavar="SEED", help="Seed of the town's life; else the one in the pairings file.")
@click.option("--days", default=6.0, show_default=True, type=click.FloatRange(0, 6.9), help="Past to send.")
@click.option("--live/--no-live", default=True, show_default=True, help="Go on in real time afterwards.")
@click.option("--pace", default=1.0, show_default=True, type=_positive, help="Times as many live visits.")
@click.option("--speed", default="max", show_default=True, type=Speed(), help="Of replaying the past.")
@click.option("--clips-per-device", "clips", default=3, show_default=True, type=click.IntRange(0))
@click.option("--faults", "profile", default="none", show_default=True, type=click.Choice([*faults.PROFILES]))
@click.option("--report", type=_file, help="Write the final report as JSON.")
@click.option("--minutes", type=_positive, help="Stop being live after this long.")
def run(portal, pairings_file, town, days, live, pace, speed, clips, profile, report, minutes) -> None:
    """Run a fleet of doorbells against a portal, until Ctrl-C."""
    try:
        seed, setups = fleet.read_pairings(pairings_file)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the pairings cannot be used: {error}") from error
    options = fleet.Options(
        portal=portal,
        town=town or seed,
        days=days,
        speed=speed,
        live=live,
        pace=pace,
        minutes=minutes,
        clips=clips,
        profile=faults.PROFILES[profile],
    )
    screen = Screen()
    tally = asyncio.run(fleet.run(options, setups, screen=screen))
    screen.show(tally)
    if report:
        report.write_text(json.dumps(tally.as_dict(), indent=2) + "\n", encoding="utf-8")
    if tally.lost or (setups and not tally.paired and tally.not_paired):
        raise SystemExit(1)


@main.command()
@click.option("--town", "seed", default="maple", show_default=True, metavar="SEED")
@click.option("--homes", default=20, show_default=True, type=click.IntRange(1))
@click.option("--days", default=1.0, show_default=True, type=_positive)
@click.option("--until", default=UNTIL, show_default=True, metavar="TIME", help="ISO 8601, UTC if bare.")
def plan(seed, homes, days, until) -> None:
    """Print what happens in a town, an event a line, as JSON; the same for the same arguments."""
    try:
        end = datetime.fromisoformat(until)
        porches = build_town(seed, homes).porches()
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    homes_of = {porch.key: porch for porch in porches}
    for item in street.plan(seed, porches, end - timedelta(days=days), end):
        porch, incident = homes_of[item.device], item.incident
        line = {
            "id": item.id,
            "device": item.device,
            "home": porch.home,
            "name": porch.name,
            "kind": item.kind,
            "started_at": item.started_at.isoformat(timespec="milliseconds"),
            "ended_at": item.ended_at.isoformat(timespec="milliseconds"),
            "clip": item.clip,
            "incident": {
                "kind": incident.kind,
                "seed": incident.seed,
                "weather": incident.weather,
                "seconds": incident.seconds,
            },
        }
        click.echo(json.dumps(line))


@main.command("map")
@click.option("--town", "seed", default="maple", show_default=True, metavar="SEED")
@click.option("--homes", default=20, show_default=True, type=click.IntRange(1))
@click.option("--with-people", is_flag=True, help="Tell who lives in a home, and its cameras.")
def map_(seed, homes, with_people) -> None:
    """Print a town's map as GeoJSON."""
    try:
        town = build_town(seed, homes)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(town.geojson(with_people)))


# What is drawn for posts: a kind of incident, when, in what weather.
_SCENES = (
    ("parcel", 15, "clear"),
    ("dog", 17, "cloudy"),
    ("cat", 23, "clear"),
    ("visitor", 18, "rain"),
    ("van", 10, "clear"),
    ("passer-by", 8, "snow"),
    ("dog", 7, "clear"),
    ("parcel", 14, "rain"),
    ("wind", 21, "rain"),
    ("visitor", 11, "clear"),
    ("cat", 5, "cloudy"),
    ("tamper", 2, "clear"),
    ("passer-by", 19, "clear"),
    ("van", 13, "snow"),
    ("dog", 20, "rain"),
    ("parcel", 17, "snow"),
)
_WORDS = {
    "visitor": "Somebody comes up the path and rings the bell",
    "parcel": "A courier leaves a parcel on the porch",
    "passer-by": "Somebody walks past the front garden",
    "dog": "A dog crosses the front garden",
    "van": "A delivery van goes by",
    "cat": "A cat strolls over the path",
    "wind": "Branches move in the wind",
    "tamper": "Something covers the camera for a moment",
}
_SKY = {"clear": "clear sky", "cloudy": "clouds", "rain": "rain", "snow": "snow"}


@dataclass(frozen=True)
class Shot:
    """A clip to be drawn for its own sake. stem: its file's name without ending. alt: what it shows."""

    stem: str
    look: Look
    incident: Incident
    alt: str


def shots(seed: str, count: int) -> Iterator[Shot]:
    """`count` varied clips of a town, the same for the same seed."""
    porches = build_town(seed, 40).porches()
    for number, (kind, hour, weather) in enumerate(itertools.islice(itertools.cycle(_SCENES), count)):
        zone = porches[0].zone
        day = datetime(2025, 1 if weather == "snow" else 5, 6, hour, 10, tzinfo=zone)
        at = day + timedelta(days=number, minutes=number * 7 % 50)
        look = street.look(seed, porches[number % len(porches)])
        part = "at night" if hour < 6 or hour > 20 else "in the morning" if hour < 12 else "in the afternoon"
        part = "in the evening" if 18 <= hour <= 20 else part
        incident = Incident(kind, look.seed ^ number, at, weather, 8.0)
        alt = f"{_WORDS[kind]}, {part}, {_SKY[weather]}."
        yield Shot(f"clip-{number + 1:02d}-{kind}-{weather}", look, incident, alt)


def _draw_shot(shot: Shot, out: Path) -> dict:
    from simulator.camera import draw_clip

    offset = shot.incident.at.utcoffset().total_seconds() / 3600
    clip = draw_clip(shot.look, shot.incident, (), offset)
    (out / f"{shot.stem}.mp4").write_bytes(clip.mp4)
    (out / f"{shot.stem}.jpg").write_bytes(clip.poster)
    return {
        "file": f"{shot.stem}.mp4",
        "kind": "video",
        "scene": shot.incident.kind,
        "alt": shot.alt,
        "poster": f"{shot.stem}.jpg",
    }


def _draw_picture(name: str, seed: int, alt: str, out: Path) -> dict:
    from simulator.pictures import draw_picture

    file = f"picture-{name}.jpg"
    (out / file).write_bytes(draw_picture(name, seed))
    return {"file": file, "kind": "picture", "scene": name, "alt": alt}


@main.command()
@click.option("--out", required=True, type=_directory, help="Directory to fill.")
@click.option("--town", "seed", default="maple", show_default=True, metavar="SEED")
@click.option("--clips", default=12, show_default=True, type=click.IntRange(0), help="How many clips.")
@click.option("--pictures", "with_pictures", is_flag=True, help="All pictures as well.")
def draw(out, seed, clips, with_pictures) -> None:
    """Draw clips with posters, and pictures, and a manifest.json that says what they show."""
    out.mkdir(parents=True, exist_ok=True)
    jobs: list[Sequence] = [(_draw_shot, shot, out) for shot in shots(seed, clips)]
    if with_pictures:
        from simulator.pictures import PICTURES

        look = street.look(seed, build_town(seed, 1).porches()[0])
        jobs += [(_draw_picture, name, look.seed, alt, out) for name, alt in PICTURES.items()]
    manifest, pool = [], fleet.processes()
    try:
        with Screen().step("Drawing", len(jobs)) as step:
            for drawn in [pool.submit(*job) for job in jobs]:
                manifest.append(drawn.result())
                step.advance()
    finally:  # on Ctrl-C too: what was not begun is not drawn
        pool.shutdown(cancel_futures=True)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m simulator")

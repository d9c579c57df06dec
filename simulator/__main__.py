"""The command line: run a fleet, draw clips and pictures, print a plan or a map."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from simulator import faults, fleet, street
from simulator.report import Screen
from simulator.town import build_town

UNTIL = "2025-05-14T22:00:00+00:00"  # where a plan ends unless told otherwise


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


@main.command()
@click.option("--out", required=True, type=_directory, help="Directory to fill.")
@click.option("--town", "seed", default="maple", show_default=True, metavar="SEED")
@click.option("--clips", default=12, show_default=True, type=click.IntRange(0), help="How many clips.")
@click.option("--pictures", "with_pictures", is_flag=True, help="All pictures as well.")
def draw(out, seed, clips, with_pictures) -> None:
    """Draw clips with posters, and pictures, and a manifest.json that says what they show."""
    out.mkdir(parents=True, exist_ok=True)
    from simulator import album  # here, because the other commands need nothing that draws

    jobs: list[Sequence] = [(album.draw_shot, shot, out) for shot in album.shots(seed, clips)]
    if with_pictures:
        look = street.look(seed, build_town(seed, 1).porches()[0])
        jobs += [(album.draw_named, name, look.seed, out) for name in album.PICTURES]
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

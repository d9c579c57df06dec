"""The command line: run a fleet, replay a log, draw, serve a camera, print a plan, a map or a scenario."""

import asyncio
import json
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from simulator import archive as archives
from simulator import eventlog, faults, fleet, national, plots, scenario, street, studio
from simulator.incident import KINDS, WEATHERS, Incident
from simulator.report import Screen
from simulator.street import Planned, Porch
from simulator.town import Town, build_town

UNTIL = "2025-05-14T22:00:00+00:00"  # where a plan ends unless told otherwise
LOOPBACK = "127.0.0.1"


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


class AScenario(click.ParamType):
    """A scenario by its name, or a file."""

    name = "NAME|FILE"

    def convert(self, value, param, ctx):
        if value is None or isinstance(value, scenario.Scenario):
            return value
        try:
            return scenario.load(value)
        except scenario.WrongScenario as error:
            raise click.ClickException(str(error)) from error


class Moment(click.ParamType):
    """An ISO 8601 time, UTC if bare."""

    name = "TIME"

    def convert(self, value, param, ctx):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_file = click.Path(dir_okay=False, path_type=Path)
_directory = click.Path(file_okay=False, path_type=Path)
_positive = click.FloatRange(min=0, min_open=True)
_town = click.option("--town", "seed", default="maple", show_default=True, metavar="SEED")
_scenario = click.option("--scenario", "scene", type=AScenario(), help="What happens; see `scenarios`.")
_until = click.option("--until", default=UNTIL, show_default=True, type=Moment(), help="ISO 8601, UTC if bare.")


def _homes(default: int):
    return click.option("--homes", default=default, show_default=True, type=click.IntRange(1))


def _built(seed: str, homes: int) -> Town:
    try:
        return build_town(seed, homes)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _to_a_portal(command):
    """The options of a command that talks to a portal."""
    for option in reversed(
        (
            click.option("--portal", required=True, metavar="URL", help="The portal's address."),
            click.option(
                "--pairings",
                "pairings_file",
                required=True,
                type=_file,
                help="JSON with the devices to pair, written by the portal's demo.",
            ),
            click.option("--homes", type=click.IntRange(1), help="Only the first homes of the pairings."),
            click.option("--speed", default="max", show_default=True, type=Speed(), help="Of the past."),
            click.option(
                "--faults", "profile", default="none", show_default=True, type=click.Choice([*faults.PROFILES])
            ),
            click.option(
                "--fault",
                "switches",
                multiple=True,
                metavar="NAME[=NUMBER]",
                help=f"One more fault, more than once if you like: {', '.join(faults.SWITCHES)}.",
            ),
            click.option("--report", type=_file, help="Write the final report as JSON."),
            click.option("--html", type=_file, help="Write it as a page with plots, too."),
        )
    ):
        command = option(command)
    return command


def _pairings(file: Path, homes: int | None) -> tuple[str, list[fleet.Setup]]:
    try:
        return fleet.read_pairings(file, homes)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the pairings cannot be used: {error}") from error


def _profile(name: str, switches: Sequence[str]) -> faults.Profile:
    try:
        return faults.switched(faults.PROFILES[name], switches)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _run(options: fleet.Options, setups: Sequence[fleet.Setup], report: Path | None, html: Path | None) -> None:
    """Run a fleet, say what it did, and end with the exit code that says whether all was well."""
    screen, began = Screen(), datetime.now(UTC)
    tally = asyncio.run(fleet.run(options, setups, screen=screen))
    screen.show(tally)
    told = {
        "portal": options.portal,
        "town": options.town,
        "devices": len(setups),
        "began": began.isoformat(timespec="seconds"),
        "days of the past": options.days,
        "speed": options.speed or "max",
        "scenario": options.scenario.title if options.scenario else "none",
        "faults": ", ".join(f"{key}={value:g}" for key, value in faults.words(options.profile).items()) or "none",
    }
    body = tally.as_dict()
    if report:
        report.write_text(json.dumps({"run": told} | body, indent=2) + "\n", encoding="utf-8")
    if html:
        html.write_text(plots.page(body, f"A run of {len(setups)} doorbells", told), encoding="utf-8")
    nobody = setups and not tally.paired and tally.not_paired
    if tally.lost or tally.clips_lost or tally.taken or nobody:
        raise SystemExit(1)


@main.command()
@_to_a_portal
@_scenario
@click.option("--town", metavar="SEED", help="Seed of the town's life; else the one in the pairings file.")
@click.option("--days", default=6.0, show_default=True, type=click.FloatRange(0, 6.9), help="Past to send.")
@click.option("--live/--no-live", default=True, show_default=True, help="Go on in real time afterwards.")
@click.option("--pace", default=1.0, show_default=True, type=_positive, help="Times as many live visits.")
@click.option("--clips-per-device", "clips", default=3, show_default=True, type=click.IntRange(0))
@click.option("--minutes", type=_positive, help="Stop being live after this long.")
def run(
    portal, pairings_file, homes, speed, profile, switches, report, html, scene, town, days, live, pace, clips, minutes
) -> None:
    """Run a fleet of doorbells against a portal, until Ctrl-C."""
    how = _profile(profile, switches)
    seed, setups = _pairings(pairings_file, homes)
    options = fleet.Options(
        portal=portal,
        town=town or seed,
        days=days,
        speed=speed,
        live=live,
        pace=pace,
        minutes=minutes,
        clips=clips,
        profile=how,
        scenario=scene,
    )
    _run(options, setups, report, html)


@main.command()
@click.argument("log", type=click.File(encoding="utf-8"))
@_to_a_portal
@click.option("--town", metavar="SEED", help="Seed of how porches look; else the one in the pairings file.")
@click.option("--clips-per-device", "clips", default=0, show_default=True, type=click.IntRange(0))
@click.option("--as-is", is_flag=True, help="Keep the log's times and ids; else its end becomes now.")
def replay(log, portal, pairings_file, homes, speed, profile, switches, report, html, town, clips, as_is) -> None:
    """Send an event log, as `plan` prints it, to a portal ("-": standard input)."""
    how = _profile(profile, switches)
    seed, setups = _pairings(pairings_file, homes)
    try:
        items = eventlog.read(log)
    except eventlog.WrongLog as error:
        raise click.ClickException(f"{log.name}, {error}") from error
    serials = {setup.serial for setup in setups}
    known = [item for item in items if item.device in serials]
    if not known:
        raise click.ClickException("no device of the log is among the pairings")
    if len(known) < len(items):
        click.echo(f"{len(items) - len(known)} of {len(items)} events are of devices without a pairing; left out")
    if not as_is:
        by = datetime.now(UTC) - fleet.RECENT - max(item.ended_at for item in known)
        known = [eventlog.moved(item, by) for item in known]
    devices = {item.device for item in known}
    options = fleet.Options(
        portal=portal, town=town or seed, days=0, speed=speed, live=False, clips=clips, profile=how, log=known
    )
    _run(options, [setup for setup in setups if setup.serial in devices], report, html)


@main.command()
@_town
@_homes(20)
@click.option("--days", type=_positive, help="How long; else as long as the scenario, or 1.")
@_until
@_scenario
def plan(seed, homes, days, until, scene) -> None:
    """Print what happens in a town, an event a line, as JSON; the same for the same arguments."""
    porches = {porch.key: porch for porch in _built(seed, homes).porches()}
    for item in _plan(seed, list(porches.values()), days, until, scene):
        click.echo(eventlog.line(item, porches[item.device]))


def _plan(
    seed: str, porches: Sequence[Porch], days: float | None, until: datetime, scene: scenario.Scenario | None
) -> list[Planned]:
    long = timedelta(days=days or (scene.days if scene else 1.0))
    return street.plan(seed, porches, until - long, until, 1.0, scene)


@main.command("map")
@_town
@_homes(20)
@click.option("--with-people", is_flag=True, help="Tell who lives in a home, and its cameras.")
def map_(seed, homes, with_people) -> None:
    """Print a town's map as GeoJSON."""
    click.echo(json.dumps(_built(seed, homes).geojson(with_people)))


@main.command()
@_town
@_homes(200)
@click.option("--scenario", "scene", default="legacy-2023", show_default=True, type=AScenario())
@click.option("--out", type=_file, help="Write there; else print.")
def archive(seed, homes, scene, out) -> None:
    """Write the closed requests of a town that had them, as a file to import."""
    if scene.archive is None:
        raise click.ClickException(f"the scenario {scene.name} has no [archive]")
    text = archives.text(archives.build(_built(seed, homes), scene.archive))
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


@main.command("national")
@click.option("--seed", default="maple", show_default=True)
@click.option("--out", type=_file, help="Write there; else print.")
def national_(seed, out) -> None:
    """Write the agencies of a country that does not exist, as a table to import."""
    text = national.table(list(national.agencies(seed)))
    if out:
        out.write_bytes(text.encode())
    else:
        click.echo(text, nl=False)


@main.command()
@click.option("--out", required=True, type=_directory, help="Directory to fill.")
@_town
@click.option("--clips", type=click.IntRange(0), help="How many clips; 12, or all of a scenario's story.")
@click.option("--pictures", "with_pictures", is_flag=True, help="All pictures as well.")
@_scenario
@click.option("--street", "street_name", metavar="NAME", help="What the cameras of one street film.")
@click.option("--kind", type=click.Choice(KINDS), help="One clip of this.")
@click.option("--weather", default="clear", show_default=True, type=click.Choice(WEATHERS), help="Of that clip.")
@click.option("--at", metavar="TIME", help="Local time of that clip, such as 2025-05-06T17:10.")
@_homes(40)
@click.option("--days", type=_positive, help="How long a scenario or a street is filmed; see `plan`.")
@_until
def draw(out, seed, clips, with_pictures, scene, street_name, kind, weather, at, homes, days, until) -> None:
    """Draw clips with posters, and a manifest.json that says what they show.

    Without more, varied clips for posts. With --scenario what its stories show, porch by porch; with --street all that
    one street films; with --kind one clip.
    """
    from simulator import album  # here, because the other commands need nothing that draws

    if sum(map(bool, (scene, kind))) > 1 or (kind and street_name):
        raise click.ClickException("choose one of --scenario, --street and --kind; the first two go together")
    town = _built(seed, homes)
    if kind:
        shots = [_one_shot(seed, town, kind, weather, at)]
    elif scene or street_name:
        shots = _street_shots(seed, town, street_name, days, until, scene)[:clips]
    else:
        shots = list(album.shots(seed, 12 if clips is None else clips))
    out.mkdir(parents=True, exist_ok=True)
    jobs: list[Sequence] = [(album.draw_shot, shot, out) for shot in shots]
    if with_pictures:
        look = street.look(seed, build_town(seed, 1).porches()[0])
        jobs += [(album.draw_named, name, look.seed, out) for name in album.PICTURES]
    manifest, pool = [], studio.processes()
    try:
        with Screen().step("Drawing", len(jobs)) as step:
            for drawn in [pool.submit(*job) for job in jobs]:
                manifest.append(drawn.result())
                step.advance()
    finally:  # on Ctrl-C too: what was not begun is not drawn
        pool.shutdown(cancel_futures=True)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _one_shot(seed: str, town: Town, kind: str, weather: str, at: str | None):
    from simulator import album

    porch = town.porches()[0]
    try:
        local = datetime.fromisoformat(at or "2025-05-06T17:10")
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    look = street.look(seed, porch)
    incident = Incident(kind, look.seed, local.replace(tzinfo=porch.zone), weather, 8.0)
    return album.Shot(f"clip-{kind}-{weather}", look, incident, album.said(incident))


def _street_shots(
    seed: str,
    town: Town,
    name: str | None,
    days: float | None,
    until: datetime,
    scene: scenario.Scenario | None,
) -> list:
    """What one street films; without a street, what the stories of a scenario show."""
    from simulator import album

    porches = town.porches()
    if name:
        named = [porch for porch in porches if porch.street.lower() == name.lower()]
        if not named:
            streets = ", ".join(sorted({porch.street for porch in porches}))
            raise click.ClickException(f"no home lies on {name!r}; streets are {streets}")
        keys = {porch.key for porch in named}
        items = [item for item in _plan(seed, porches, days, until, scene) if item.clip and item.device in keys]
    elif scene and not scene.stories:
        items = [item for item in _plan(seed, porches, days, until, scene) if item.clip]
    else:
        long = timedelta(days=days or scene.days)
        told = street.Life(seed, porches, scene, until - long).told
        items = sorted(told, key=lambda item: item.started_at)
    return list(album.planned_shots(seed, items, {porch.key: porch for porch in porches}))


@main.command()
@_town
@_homes(3)
@_scenario
@click.option("--pace", default=20.0, show_default=True, type=_positive, help="Times as many visits.")
@click.option("--host", default=LOOPBACK, show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
def serve(seed, homes, scene, pace, host, port) -> None:
    """Serve cameras over HTTP, as real ones are: /snapshot.jpg and /stream.mjpg, until Ctrl-C."""
    from simulator import watch

    porches = [porch for porch in _built(seed, homes).porches() if porch.has_bell]
    try:
        server = watch.Server((host, port), [watch.Camera(seed, porch, pace, scene) for porch in porches])
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: {error.strerror}") from error
    base = f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}"
    with server:
        for number, porch in enumerate(porches, 1):
            click.echo(f"{porch.home}, {porch.name}: {base}/{number}/stream.mjpg and {base}/{number}/snapshot.jpg")
        if host not in (LOOPBACK, "localhost", "::1"):
            click.echo("Everybody who reaches this address can watch. There is no password.")
        click.echo(f"All of them: {base}/")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Done.")


@main.group()
def scenarios() -> None:
    """The scenarios that come with the simulator; and checks of your own."""


@scenarios.command("list")
def scenarios_list() -> None:
    """Name them."""
    for name in scenario.names():
        found = scenario.load(name)
        click.echo(f"{name:<14} {found.title}. {found.about}")


@scenarios.command("show")
@click.argument("name")
def scenarios_show(name) -> None:
    """Print a scenario's file: a good start for your own."""
    try:
        click.echo(scenario.find(name).read_text(encoding="utf-8"), nl=False)
    except scenario.WrongScenario as error:
        raise click.ClickException(str(error)) from error


@scenarios.command("check")
@click.argument("found", metavar="NAME|FILE", type=AScenario())
def scenarios_check(found) -> None:
    """Say whether a file is right; else the line and the reason."""
    parts = [
        f"{len(items)} {word}"
        for word, items in (
            ("stories", found.stories),
            ("crowds", found.crowds),
            ("busy times", found.busy),
            ("kinds of weather", found.weather),
            ("outages", found.outages),
        )
        if items
    ]
    click.echo(f"{found.title}: right. {found.days:g} days, {', '.join(parts) or 'life as usual'}.")


if __name__ == "__main__":
    main(prog_name="python -m simulator")

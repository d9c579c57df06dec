"""The command line: `porchlight …`. Every command says what it did, or what is wrong and what to do."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from portal import create_app, schema, wording
from portal.accounts import passwords
from portal.accounts import service as account_service
from portal.accounts.models import KINDS
from portal.accounts.views import post_letter
from portal.agencies import federal, sheet
from portal.agencies import queries as agencies
from portal.agencies import service as agency_service
from portal.agencies.jobs import import_sheet, post_agency_letter
from portal.agencies.models import KINDS as AGENCY_KINDS
from portal.agencies.models import Agency
from portal.agencies.rules import ATTESTATION, Attestation, Proposal
from portal.agencies.views import words as agency_words
from portal.archive import archivefile
from portal.archive import queries as archives
from portal.archive import service as archive_service
from portal.archive.archivefile import ArchiveFileError
from portal.db import SYSTEM, Act, Busy, NotFound, Refusal
from portal.neighbourhoods import service as neighbourhoods
from portal.neighbourhoods import townfile
from portal.settings import Settings, SettingsError, load
from portal.web import routes
from portal.web.context import Porchlight

_WORK_KINDS = tuple(kind for kind in KINDS if kind != "resident")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def porchlight() -> None:
    """Porchlight, a town's portal for neighbours. Settings come from PORCHLIGHT_* (see docs/settings.md)."""


def _here() -> Porchlight:
    return create_app().extensions["porchlight"]


@porchlight.command()
def init() -> None:
    """Make the database, or bring it up to date. Safe to repeat."""
    here = _here()
    schema.upgrade(here.database)
    click.echo(f"The database in {here.settings.data} is ready.")


@porchlight.command()
@click.option("--no-worker", is_flag=True, help="The web server alone; run `porchlight worker` beside it.")
def serve(no_worker: bool) -> None:
    """Serve the portal, with its worker, until Ctrl-C."""
    from portal import server

    if no_worker:
        server.serve(load())
        return
    here = _here()
    with here.database.engine.connect() as connection:
        if not schema.is_current(connection):
            raise click.ClickException("The database is not at this program's version: run `porchlight init` first.")
    here.database.engine.dispose()
    sys.exit(server.serve_all(dict(os.environ)))


@porchlight.command()
def worker() -> None:
    """Do the work that waits: mail, pictures and videos, expiry."""
    from portal import server

    server.work(_here())


@porchlight.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--attest", metavar='"NAME, TITLE"', help="For agencies: who attests that none of them is federal.")
def import_(file: Path, attest: str | None) -> None:
    """Read a FILE into the town, all of it or nothing: streets, homes and neighbourhoods as GeoJSON
    (docs/town-file.md), closed requests for footage of the past (docs/archive.md), or agencies as CSV
    (docs/directory.md)."""
    with file.open("rb") as opened:
        data = opened.read(archivefile.MOST_BYTES)
    bring_in = next(bring_in for is_one, bring_in in _FILES if is_one(data))
    click.echo(bring_in(_here(), file, attest))


def _import_agencies(here: Porchlight, file: Path, attest: str | None) -> str:
    if not attest:
        raise click.ClickException('Agencies take somebody who attests for them: --attest "NAME, TITLE".')
    attestation = _attestation(attest)
    table = sheet.read(file.read_bytes(), _federal(here), here.clock.now().date())
    with here.database.write(SYSTEM, here.clock) as act:
        made = import_sheet(act, here, table, attestation)
    there = len(table.rows) - len(made)
    return f"{len(made)} agencies are proposed, and each has a letter to its official address. {_NEXT}" + (
        f"\n{there} were in the directory already, just so." if there else ""
    )


def _report(error: sheet.SheetError) -> str:
    """What is wrong with a table, a line for each cell."""
    lines = [
        " ".join(
            filter(
                None,
                (
                    f"line {one.line}" if one.line else "the file",
                    f"column {one.column}" if one.column else "",
                    f"({one.name})" if one.name else "",
                    f"“{one.value}”" if one.value else "",
                ),
            )
        )
        + f": {agency_words(one.why)}"
        for one in error.bad
    ]
    if error.count > len(error.bad):
        lines.append(f"… and {error.count - len(error.bad)} more")
    return "\n".join([*lines, "Nothing was changed: put this right and import the file again."])


def _import_town(here: Porchlight, file: Path, _attest: str | None) -> str:
    town = townfile.read(file)
    with here.database.write(SYSTEM, here.clock) as act:
        homes = neighbourhoods.import_town(act, town)
        agency_service.serve_whole_town(act)
    areas = f" and {len(town.neighbourhoods)} neighbourhoods" if town.neighbourhoods else ""
    return f"{len(town.streets)} streets and {len(homes)} homes{areas} are on the map."


def _import_archive(here: Porchlight, file: Path, _attest: str | None) -> str:
    past = archivefile.read(file)
    with here.database.write(SYSTEM, here.clock) as act:
        archive_service.bring_in(act, past)
    return (
        f"{len(past.requests)} closed requests of {len(past.agencies)} agencies are in the archive, at /requests.\n"
        f"The public ledger has the file's SHA-256: {past.sha256}"
    )


# What a file is (by its bytes), and what reads it: the first that says yes, and the last says always.
_FILES: tuple[tuple[Callable[[bytes], bool], Callable[[Porchlight, Path, str | None], str]], ...] = (
    (sheet.is_one, _import_agencies),
    (archivefile.is_one, _import_archive),
    (lambda _data: True, _import_town),
)


@porchlight.group()
def archive() -> None:
    """The archive of closed requests: which files it is made of. Requests have ended; none can be made or opened."""


@archive.command("list")
def archive_list() -> None:
    """Name the files that were imported, by their SHA-256."""
    here = _here()
    with here.database.read(SYSTEM, here.clock) as act:
        for made in archives.imports(act):
            click.echo(f"{made.sha256}  {made.imported_at:%Y-%m-%d}  {archives.count_of(act, made)} requests")


@archive.command("withdraw")
@click.argument("sha256")
@click.option("--reason", required=True, help="Why, in a sentence. It stands in the public ledger, for good.")
def archive_withdraw(sha256: str, reason: str) -> None:
    """Take a file out again, whole: it was wrong, or held what should not be public. Import the corrected one then."""
    here = _here()
    try:
        with here.database.write(SYSTEM, here.clock) as act:
            count = archive_service.withdraw(act, sha256, reason)
    except NotFound:
        raise click.ClickException("There is no such file: see `porchlight archive list`.") from None
    click.echo(f"{count} requests are out of the archive. The public ledger says so, and why.")


@porchlight.group()
def account() -> None:
    """Work accounts: moderators, operators, legal reviewers, auditors, and those who speak for an agency."""


@account.command("add")
@click.option("--kind", required=True, type=click.Choice([kind for kind in _WORK_KINDS if kind != "agency"]))
@click.option("--email", required=True)
@click.option("--name", required=True, help="The person's own name: no shared log-ins.")
def account_add(kind: str, email: str, name: str) -> None:
    """Open a work account. Its person gets a letter with a link to choose a password."""
    _open(kind, email, name)


@account.command("reset-passkeys")
@click.option("--email", required=True, help="The address of who has lost all passkeys.")
@click.option("--reason", required=True, help="Why, in a few words. Anyone can read it in the ledger.")
def account_reset_passkeys(email: str, reason: str) -> None:
    """Let somebody begin anew who has lost all passkeys. Make sure that it is them: ask in person, or call back."""
    app = create_app()
    here: Porchlight = app.extensions["porchlight"]
    if not reason.strip():
        raise click.ClickException("--reason: say why in a few words; anyone can read it in the ledger.")
    nobody_knows = passwords.hashed(os.urandom(32).hex())
    with app.test_request_context(), here.database.write(SYSTEM, here.clock) as act:
        letter = account_service.reset_passkeys(act, email, reason.strip(), nobody_knows)
        post_letter(act, letter)
    click.echo(
        f"The passkeys and sessions of {letter.email} are gone; a letter with a link, good for seven days, is sent."
    )


def _open(kind: str, email: str, name: str, agency: str = "", title: str = "") -> None:
    app = create_app()
    here: Porchlight = app.extensions["porchlight"]
    nobody_knows = passwords.hashed(os.urandom(32).hex())
    # The letter's words and links are the web's: they need the application, and its address.
    with app.test_request_context(), here.database.write(SYSTEM, here.clock) as act:
        made, letter = account_service.open_account(act, kind, email, name, nobody_knows, purpose="welcome")
        if agency:
            agency_service.add_member(act, _found(act, agency), made, title, _federal(here))
        post_letter(act, letter)
    click.echo(f"{email} has a letter with a link, good for seven days.")


_ATTEST = "Who attests that it is no federal agency, and in which office."


@porchlight.group()
def agency() -> None:
    """Agencies of the directory."""


@agency.command("add")
@click.option("--slug", required=True, help="Its address: /agencies/SLUG.")
@click.option("--kind", required=True, type=click.Choice(AGENCY_KINDS), help="police: any law enforcement.")
@click.option("--name", required=True)
@click.option(
    "--email", required=True, help="Its official address; the mail domain is closed to residents from now on."
)
@click.option("--phone", default="", help="Its number for everything that is no emergency.")
@click.option("--about", default="", help="A sentence or two for its page.")
@click.option("--address", default="", help="Its postal address.")
@click.option("--website", default="")
@click.option("--place", default="", help="The county or city that it is in.")
@click.option("--region", default="", help="The state that it is in.")
@click.option("--joined-on", type=click.DateTime(["%Y-%m-%d"]), help="Today, unless it joined before.")
@click.option("--attest", metavar='"NAME, TITLE"', help=_ATTEST)
def agency_add(attest: str | None, joined_on: datetime | None, **told: str) -> None:
    """Propose an agency that serves the whole town. Its official address gets a letter with a link; when that is
    confirmed and somebody has attested, another person approves it."""
    here = _here()
    joined = joined_on or here.clock.now()
    proposal = Proposal(**told, joined_on=joined.date(), whole_town=True)
    with here.database.write(SYSTEM, here.clock) as act:
        attestation = _attestation(attest) if attest else None
        made, letter = agency_service.propose(act, proposal, attestation, _federal(here))
        post_agency_letter(act, here, letter)
    click.echo(f"{made.name} is proposed, and {made.email} has a letter with a link.")
    click.echo(_NEXT if attest else f"Somebody has to attest that it is no federal agency. {_NEXT}")


_NEXT = "When it is confirmed, another person approves it: /operator/agencies, or `porchlight agency approve`."


def _attestation(text: str) -> Attestation:
    name, comma, title = text.partition(",")
    if not (comma and name.strip() and title.strip()):
        raise click.ClickException('--attest: a name and a title with a comma between them, like "Ada Lind, Clerk".')
    return Attestation(title.strip(), str(ATTESTATION), by=name)


def _federal(here: Porchlight) -> federal.Federal:
    return federal.read(here.settings.federal_list)


def _found(act: Act, slug: str) -> Agency:
    found = agencies.by_slug(act, slug)
    if found is None:
        raise click.ClickException(f"There is no agency {slug!r}: add it with `porchlight agency add` first.")
    return found


@agency.command("attest")
@click.option("--slug", required=True)
@click.option("--attest", required=True, metavar='"NAME, TITLE"', help=_ATTEST)
def agency_attest(slug: str, attest: str) -> None:
    """Write down who answers for a proposal: that it is what it says, and no federal agency."""
    here = _here()
    with here.database.write(SYSTEM, here.clock) as act:
        agency_service.attest(act, _found(act, slug), _attestation(attest))
    click.echo(f"It stands in the public ledger. {_NEXT}")


@agency.command("letter")
@click.option("--slug", required=True)
def agency_letter(slug: str) -> None:
    """Write to an agency's official address again; the link in the letter before ends."""
    here = _here()
    with here.database.write(SYSTEM, here.clock) as act:
        letter = agency_service.send_letter(act, _found(act, slug))
        post_agency_letter(act, here, letter)
    click.echo(f"{letter.email} has a letter with a link.")


@agency.command("approve")
@click.option("--slug", required=True)
@click.option("--by", required=True, help="The name of the person who approves: not the one who attested.")
def agency_approve(slug: str, by: str) -> None:
    """Approve an agency whose official address is confirmed. The command line cannot know who types: the name, and that
    it came from here, stand in the public ledger."""
    here = _here()
    with here.database.write(SYSTEM, here.clock) as act:
        found = _found(act, slug)
        agency_service.approve(act, found, by)
    click.echo(f"{found.name} may publish until {found.verified_until:%Y-%m-%d}.")


@agency.command("add-member")
@click.option("--agency", "slug", required=True, help="The agency's slug.")
@click.option("--email", required=True, help="The person's own official address.")
@click.option("--name", required=True)
@click.option("--title", required=True)
def agency_add_member(slug: str, email: str, name: str, title: str) -> None:
    """Let a named person speak for an agency."""
    _open("agency", email, name, slug, title)


@porchlight.group()
def demo() -> None:
    """A demonstration with invented people (`make demo` runs all of it)."""


@demo.command("seed")
@click.option("--town", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--media", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--pairings", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--requests", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def demo_seed(town: Path, media: Path, pairings: Path, requests: Path) -> None:
    """Fill an empty database with a town's past, and write the codes that its doorbells pair with."""
    from portal.demotown import seed as seeding

    here = _here()
    if not here.settings.demo:
        raise click.ClickException("PORCHLIGHT_DEMO is not set: invented people have no place in a real town.")
    schema.upgrade(here.database)
    seeding.seed(here, townfile.read(town), media, pairings, requests)


@demo.command("national")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def demo_national(file: Path) -> None:
    """Put a country's invented agencies into the directory, verified: one proposes, all answer, another approves."""
    from portal.demotown import seed as seeding

    here = _here()
    if not here.settings.demo:
        raise click.ClickException("PORCHLIGHT_DEMO is not set: invented people have no place in a real town.")
    schema.upgrade(here.database)
    seeding.national(here, sheet.read(file.read_bytes(), _federal(here), here.clock.now().date()))


@demo.command("fleet")
@click.option("--town", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pairings", required=True, type=click.Path(dir_okay=False, path_type=Path))
def demo_fleet(town: Path, pairings: Path) -> None:
    """Fill an empty database with homes for a load test: a throw-away key each, and a code for every camera."""
    from portal.demotown import fleet

    here = _here()
    if not here.settings.demo:
        raise click.ClickException("PORCHLIGHT_DEMO is not set: invented people have no place in a real town.")
    schema.upgrade(here.database)
    homes, cameras = fleet.make(here, townfile.read(town), pairings)
    click.echo(f"{homes} homes, {cameras} devices that wait to be paired within {fleet.CODE_HOURS} hours")


@demo.command("pair-again")
@click.option("--town", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pairings", required=True, type=click.Path(dir_okay=False, path_type=Path))
def demo_pair_again(town: Path, pairings: Path) -> None:
    """New pairing codes for a demo that was stopped: its doorbells forgot their tokens."""
    from portal.demotown import seed as seeding

    seeding.pair_again(_here(), townfile.read(town), pairings)


@porchlight.group()
def docs() -> None:
    """Documents that the program writes about itself."""


@docs.command("access")
def docs_access() -> None:
    """Which route is for whom, on standard output: `porchlight docs access > docs/access.md`. Needs no settings."""
    with tempfile.TemporaryDirectory() as folder:
        nobody_knows = os.urandom(32).hex()
        click.echo(routes.document(create_app(Settings(secret_key=nobody_knows, data=Path(folder)))), nl=False)


@porchlight.command("lint-text")
@click.option("--rule", required=True, type=click.Choice(wording.RULES))
def lint_text(rule: wording.Rule) -> None:
    """Look through texts for what a rule forbids: one text a line on standard input, one JSON object a line on
    standard output (see docs/wording.md). Needs no database and no settings."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        click.echo(json.dumps(wording.explained(wording.check(rule, text)), ensure_ascii=False))
        sys.stdout.flush()


_REFUSALS = {
    "too-many-shapes": "More than 200 neighbourhoods would be on the map. Nothing was changed.",
    "too-many-cells": "The neighbourhoods together are larger than a town. Nothing was changed.",
    "agency-domain": "This address is on an agency's mail domain, which may not open this kind of account.",
    "reason-short": "Say the reason in a sentence: at least 10 characters. Nothing was changed.",
    "reason-long": "At most 500 characters for the reason, please. Nothing was changed.",
    "account-unknown": "There is no account with this address.",
    "email-taken": "There is an account with this address already.",
    "domain-has-residents": "People have accounts on this mail domain who may not: residents, moderators"
    " or, for police, other work accounts. They must change their address first.",
}


_WRONG_FILES = (
    SettingsError,
    federal.FederalListError,
    townfile.TownFileError,
    ArchiveFileError,
    wording.WordingError,
)


def main() -> None:
    try:
        porchlight(prog_name="porchlight")
    except _WRONG_FILES as error:
        sys.exit(str(error))
    except sheet.SheetError as error:
        sys.exit(_report(error))
    except Refusal as refusal:
        sys.exit(_REFUSALS.get(refusal.code) or agency_words(refusal))
    except Busy:
        sys.exit("The database is busy with another writer. Nothing was changed; try again.")


if __name__ == "__main__":
    main()

"""The demo town's past: invented people, what they posted, and the codes that their doorbells pair with.

Everything goes through the services, with a clock that is put back, so that nothing here can do what a real town
could not. The town, its people and the pictures come from files that the simulator wrote.
"""

import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import pyrage
from shapely import MultiPoint, Point, union_all, voronoi_polygons
from shapely.geometry import mapping

from portal import codes
from portal.accounts import passwords
from portal.accounts import queries as account_queries
from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.agencies import queries as agency_queries
from portal.agencies import service as agencies
from portal.agencies.rules import Attestation, Proposal
from portal.agencies.sheet import Sheet
from portal.archive import archivefile
from portal.archive import service as archive
from portal.bulletins import service as bulletins
from portal.clock import FixedClock
from portal.db import SYSTEM, Act
from portal.demotown import answers
from portal.demotown.sealing import seal_identity
from portal.devices import service as devices
from portal.feed import jobs as feed_jobs
from portal.feed import service as feed
from portal.identity import actor_for
from portal.jobs import Worker
from portal.moderation import service as moderation
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import service as neighbourhoods
from portal.neighbourhoods import shapes
from portal.neighbourhoods.shapes import Shape
from portal.neighbourhoods.townfile import HomePoint, TownFile
from portal.web.context import Porchlight

PASSWORD = "porchlight-demo"
PASSPHRASE = "amber kite plum river stone"
DAYS = 6
HERE = Path(__file__).parent
QUARTERS = ("Riverside", "Old Orchard", "Hilltop")
Supply = Callable[[dict[str, Any]], feed.Upload | None]  # a post of posts.json -> the file that it shows

WORKERS = (
    ("moderator", "mod@maple.example", "Marisol Vega"),
    ("moderator", "mod2@maple.example", "Theo Lang"),  # appeals, and held texts of agencies, take a second person
    ("operator", "operator@maple.example", "Owen Pratt"),
    ("operator", "operator2@maple.example", "Sylvie Marsh"),  # who approves an agency is not who proposed it
    ("legal", "legal1@maple.example", "Leah Brandt"),
    ("legal", "legal2@maple.example", "Louis Okafor"),
    ("auditor", "auditor@maple.example", "Audrey Lind"),
)
ATTESTED = Attestation("Operator", "I know this agency, and it is no federal one.")
AGENCIES = (
    (
        "maple-police",
        "police",
        "Maple Police Department",
        "We share safety tips and what happened, and we answer what you ask us.",
        "contact@police.maple.example",
        "(555) 010-0110",
        ("officer@police.maple.example", "Sgt. Dana Whitfield", "Community sergeant"),
        "12 Station Road, Maple",
        "2019-03-11",
    ),
    (
        "maple-fire",
        "fire",
        "Maple Fire Department",
        "Two engines, one ladder, and a kettle that is always on. Smoke alarms fitted for free.",
        "contact@fire.maple.example",
        "(555) 010-0140",
        ("captain@fire.maple.example", "Capt. Reuben Hale", "Fire captain"),
        "3 Engine Lane, Maple",
        "2020-06-02",
    ),
    (
        "town-of-maple",
        "government",
        "Town of Maple",
        "Town hall: streets, trees, water, and everything that happens on the green.",
        "hall@town.maple.example",
        "(555) 010-0100",
        ("clerk@town.maple.example", "Ines Calloway", "Town clerk"),
        "1 The Green, Maple",
        "2021-09-20",
    ),
)


@dataclass(frozen=True)
class Household:
    home: HomePoint
    id: uuid.UUID
    members: list[Account]


def seed(here: Porchlight, town: TownFile, media: Path, pairings: Path, requests: Path) -> None:
    """Fill an empty database, and write the pairing codes. `requests` is a file of closed ones. Raises
    click.ClickException when a town is there, ArchiveFileError."""
    past = Past(here)
    with here.database.read(SYSTEM, here.clock) as act:
        if places.streets(act):
            raise click.ClickException("This database holds a town already. Choose an empty DATA folder.")
    households, workers = _people(past, town)
    members = _agencies(past, workers)
    file = archivefile.read(requests)
    with past.act(None, timedelta(days=DAYS + 14)) as act:
        archive.bring_in(act, file)
    _written(past, households, members, media)
    count = _write_pairings(past, town, households, pairings)
    people = sum(len(household.members) for household in households)
    click.echo(f"{len(households)} homes, {people} residents, {count} devices that wait to be paired")


def pair_again(here: Porchlight, town: TownFile, pairings: Path) -> None:
    """New codes for the doorbells of a demo that goes on; each is paired again as the device that it was."""
    past = Past(here)
    households = []
    with here.database.read(SYSTEM, here.clock) as act:
        ids = {household.address: household.id for household, _residents, _open in account_queries.households(act)}
        for home in town.homes:
            members = list(account_queries.household_members(act, ids[home.address]))
            households.append(Household(home, ids[home.address], members))
    click.echo(f"{_write_pairings(past, town, households, pairings)} devices wait to be paired again")


class Past:
    """The services, at a time that has passed."""

    def __init__(self, here: Porchlight) -> None:
        self.here = here
        self.now = here.clock.now()

    def act(self, account: Account | None, ago: timedelta) -> Any:
        """A writing act of `account` (the system's, without one), `ago` before now."""
        actor = SYSTEM
        if account is not None:
            with self.here.database.read(SYSTEM, self.here.clock) as act:
                actor = actor_for(act, account)
        return self.here.database.write(actor, FixedClock(self.now - ago))


def _open(
    act: Act, kind: str, email: str, name: str, password_hash: str, household: uuid.UUID | None = None
) -> Account:
    """An account whose address counts as confirmed: nobody reads mail in a demo."""
    account, letter = accounts.open_account(act, kind, email, name, password_hash, household)
    accounts.confirm(act, letter.token)
    act.session.flush()
    return account


def _people(past: Past, town: TownFile) -> tuple[list[Household], list[Account]]:
    """The town's map, a household for each home, and its people. Rosa's home is the first with the most cameras."""
    password_hash = passwords.hashed(PASSWORD)
    homes = list(town.homes)
    rosas = max(homes, key=lambda home: len(home.properties.get("cameras", ())))
    bens = max((home for home in homes if home is not rosas), key=lambda home: home.street == rosas.street)
    named = {rosas.address: ("rosa", "Rosa Delgado"), bens.address: ("ben", "Ben Okoye")}
    found: list[Household] = []
    with past.act(None, timedelta(days=DAYS + 20)) as act:
        workers = [_open(act, kind, email, name, password_hash) for kind, email, name in WORKERS]
        ids = neighbourhoods.import_town(act, town)
        neighbourhoods.draw_neighbourhoods(act, _quarters(town))
        taken: set[str] = set()
        for home in homes:
            names = [str(name) for name in home.properties.get("people", ())][:2] or [f"Somebody of {home.address}"]
            if home.address in named:
                names = [named[home.address][1]]
            members = []
            for name in names:
                local = name.lower().replace("'", "").replace(" ", ".")
                if home.address in named:
                    local = named[home.address][0]
                while local in taken:
                    local += "2"
                taken.add(local)
                account = _open(act, "resident", f"{local}@maple.example", name, password_hash, ids[home.address])
                account.guidelines_at = act.now
                members.append(account)
            found.append(Household(home, ids[home.address], members))
    for worker in workers:
        if worker.kind == "moderator":
            with past.act(worker, timedelta(days=DAYS + 19)) as act:
                moderation.declare_home(act, None)
    for household in found:
        identity = pyrage.x25519.Identity.generate()
        sealed = seal_identity(str(identity), PASSPHRASE)
        with past.act(household.members[0], timedelta(days=DAYS)) as act:
            devices.keep_clip_key(act, str(identity.to_public()), sealed, reseal=False)
    return found, workers


def _quarters(town: TownFile) -> list[Shape]:
    """The town in up to three neighbourhoods, each around the homes of some of its streets, from south to north."""
    latitudes: dict[str, list[float]] = {}
    for home in town.homes:
        latitudes.setdefault(home.street, []).append(home.latitude)
    streets = sorted(latitudes, key=lambda street: sum(latitudes[street]) / len(latitudes[street]))
    quarter = {street: number * len(QUARTERS) // len(streets) for number, street in enumerate(streets)}
    points = [Point(home.longitude, home.latitude) for home in town.homes]
    whole = MultiPoint(points).convex_hull.buffer(0.004)
    tiles = voronoi_polygons(MultiPoint(points), extend_to=whole, ordered=True).geoms
    features = []
    for number, name in enumerate(QUARTERS):
        own = [tile for tile, home in zip(tiles, town.homes, strict=True) if quarter[home.street] == number]
        if own:
            drawn = union_all(own) & whole
            features.append({"geometry": mapping(drawn.simplify(0.0002)), "properties": {"name": name}})
    return shapes.read(json.dumps({"type": "FeatureCollection", "features": features}))


def _agencies(past: Past, workers: Sequence[Account]) -> dict[str, Account]:
    """One operator proposes and attests, the official addresses answer, the other operator approves."""
    password_hash = passwords.hashed(PASSWORD)
    members = {}
    proposer, approver = (worker for worker in workers if worker.kind == "operator")
    proposed = []
    with past.act(proposer, timedelta(days=DAYS + 16)) as act:
        for slug, kind, name, about, email, phone, _member, address, joined_on in AGENCIES:
            proposal = Proposal(
                slug,
                kind,
                name,
                email,
                date.fromisoformat(joined_on),
                about=about,
                phone=phone,
                address=address,
                place="Maple",
                region="Indiana",
                whole_town=True,
            )
            proposed.append(agencies.propose(act, proposal, ATTESTED))
    with past.act(None, timedelta(days=DAYS + 15)) as act:
        for _agency, letter in proposed:
            agencies.confirm(act, letter.token)
    with past.act(approver, timedelta(days=DAYS + 15)) as act:
        agencies.approve_many(act, agency_queries.waiting(act, "confirmed", len(proposed)))
    with past.act(proposer, timedelta(days=DAYS + 15)) as act:
        for slug, *_rest, (address, person, title), _street, _joined in AGENCIES:
            agency = agency_queries.by_slug(act, slug)
            account = _open(act, "agency", address, person, password_hash)
            agencies.add_member(act, agency, account, title)
            members[slug] = account
    return members


def national(here: Porchlight, table: Sheet) -> None:
    """A country's agencies, before the town had any. Nobody reads their mail: the tokens are used as they are made."""
    past = Past(here)
    attestation = Attestation("Registrar", ATTESTED.words, by="Ada Lindqvist")
    proposals, cells = zip(*((row.proposal, row.cells) for row in table.rows), strict=True)
    with past.act(None, timedelta(days=DAYS + 40)) as act:
        made, letters = agencies.import_agencies(act, proposals, attestation, cells)
    with past.act(None, timedelta(days=DAYS + 35)) as act:
        agencies.confirm_many(act, [letter.token for letter in letters])
    with past.act(None, timedelta(days=DAYS + 30)) as act:
        agencies.approve_many(act, agency_queries.waiting(act, "confirmed", len(made)), by="Bo Tremaine")
    click.echo(f"{len(made)} agencies of an invented country are in the directory")


def _spread(count: int, rng: random.Random) -> list[timedelta]:
    """`count` moments of the past DAYS, the oldest first, the newest a few minutes ago, most of them by day."""
    step = timedelta(days=DAYS) / count
    moments = [step * number + step * rng.uniform(0.1, 0.9) for number in range(count)]
    return [max(moment, timedelta(minutes=7)) for moment in reversed(moments)]


def _written(past: Past, households: Sequence[Household], members: dict[str, Account], media: Path) -> None:
    """Everything that was written, in the order in which it was: the feed has one order for all of it."""
    rng = random.Random("written")
    posts, told = (
        json.loads((HERE / name).read_text(encoding="utf-8")) for name in ("posts.json", "agency_posts.json")
    )
    neighbours = Neighbours(past, households, _supply(past, media), rng)
    moments = [
        (ago, neighbours.write, post) for ago, post in zip(_spread(len(posts), rng), reversed(posts), strict=True)
    ]
    agency = partial(_agency_post, past, members)
    moments += [(ago, agency, post) for ago, post in zip(_spread(len(told), rng), told, strict=True)]
    for ago, write, post in sorted(moments, key=lambda moment: -moment[0]):
        write(post, ago)
    answers.add(past, neighbours.writers, members)
    click.echo(f"{len(posts)} posts and {len(told)} texts of agencies, of the past {DAYS} days")


class Neighbours:
    """Residents who post, comment, and report one thing."""

    def __init__(self, past: Past, households: Sequence[Household], supply: Supply, rng: random.Random) -> None:
        self.past, self.supply, self.rng = past, supply, rng
        self.writers = [member for household in households for member in household.members]
        self.street = {member.id: household.home.street for household in households for member in household.members}
        with past.act(None, timedelta(0)) as act:
            self.streets = {street.name: street.id for street in places.streets(act)}

    def write(self, post: dict[str, Any], ago: timedelta) -> None:
        author = self.rng.choice(self.writers)
        upload = self.supply(post)
        with self.past.act(author, ago) as act:
            street = self.streets[self.street[author.id]]
            uploads = [upload] if upload else []
            written = feed.publish(act, post["category"], post["text"], street, post["audience"], uploads)
        if upload:
            _prepare(self.past, ago)
        others = [member for member in self.writers if member is not author]
        for number, text in enumerate(post.get("comments", ()), 1):
            later = max(ago - timedelta(minutes=self.rng.randint(4, 40) * number), timedelta(minutes=1))
            with self.past.act(self.rng.choice(others), later) as act:
                feed.comment(act, written.id, text)
        if "report" in post:
            with self.past.act(self.rng.choice(others), max(ago - timedelta(hours=1), timedelta(minutes=2))) as act:
                moderation.report_post(act, written.id, *post["report"])


def _supply(past: Past, media: Path) -> Supply:
    """Hands out drawn files: the clip or picture of the scene that a post asks for, each of them once."""
    drawn: dict[tuple[str, str], list[dict[str, str]]] = {}
    for entry in json.loads((media / "manifest.json").read_text(encoding="utf-8")):
        drawn.setdefault((entry["kind"], entry["scene"]), []).append(entry)
    store = past.here.store

    def take(post: dict[str, Any]) -> feed.Upload | None:
        wanted = ("video", post["clip"]) if "clip" in post else ("picture", post.get("scene", ""))
        if not drawn.get(wanted):
            return None
        entry = drawn[wanted].pop(0)
        data = (media / entry["file"]).read_bytes()
        staged = store.stage([data], past.here.settings.upload_max_bytes)
        name = store.keep(staged, "uploads", uuid.uuid4().hex, ".raw", past.now)
        return feed.Upload(name, wanted[0], entry["file"], from_camera=wanted[0] == "video", alt=entry["alt"])

    return take


def _prepare(past: Past, ago: timedelta) -> None:
    """Do a post's waiting work as if the worker had done it then."""
    then = replace(past.here, clock=FixedClock(past.now - ago + timedelta(seconds=20)))
    Worker(then, (feed_jobs.JOB,)).drain()


def _agency_post(past: Past, members: dict[str, Account], post: dict[str, Any], ago: timedelta) -> None:
    starts_at = past.now + timedelta(days=post["in_days"]) if "in_days" in post else None
    if starts_at is not None:
        starts_at = starts_at.replace(hour=23, minute=0, second=0, microsecond=0)
    words = (post["title"], post["body"], post.get("place", ""))
    with past.act(members[post["agency"]], ago) as act:
        more = {"source": post.get("source", ""), "urgent": tuple(post["urgent"]) if "urgent" in post else None}
        bulletins.publish(act, post["agency"], post["kind"], *words, starts_at, **more)


def _write_pairings(past: Past, town: TownFile, households: Sequence[Household], path: Path) -> int:
    """A fresh pairing code for every camera of the town, in the file that the simulator reads."""
    entries = []
    for household in households:
        for camera in household.home.properties.get("cameras", ()):
            with past.act(household.members[0], timedelta(0)) as act:
                code, recipients, _ends = devices.make_pairing_code(act, camera["name"], camera_place(camera["name"]))
            entries.append(
                {
                    "home": household.home.address,
                    **{key: camera[key] for key in ("name", "model", "serial")},
                    "code": code,
                    "fingerprint": codes.fingerprint(recipients),
                    "lat": household.home.latitude,
                    "lon": household.home.longitude,
                    "utc_offset_hours": town.properties.get("utc_offset_hours", -5),
                    "clips": 6 if household.members[0].email.startswith("rosa@") else 1,
                }
            )
    path.write_text(json.dumps({"town": town.properties.get("seed", "maple"), "devices": entries}, indent=2))
    return len(entries)


def camera_place(name: str) -> str:
    return {"Front door": "beside the front door", "Driveway": "above the driveway", "Garage": "above the garage"}.get(
        name, f"at the {name.lower()}"
    )

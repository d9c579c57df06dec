"""What no agency may ever be sent, and a pair of eyes that knows it all.

Every word that neighbours keep among themselves is made here and begins with "zq", which nothing else does; so do their
names, unless they write for everyone. Ids, cells and homes are read from the town's database.
"""

import itertools
import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from werkzeug.test import TestResponse

from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.agencies.models import Agency
from portal.bulletins.models import AgencyPost
from portal.feed import service as feed
from portal.feed.models import Media, Post
from portal.moderation import service as moderation
from portal.moderation.models import Report
from portal.neighbourhoods import service as neighbourhoods
from portal.relay import service as relay
from tests import factories as make
from tests.helpers import Town

WORD = re.compile(rb"zq[0-9a-f]{10}", re.IGNORECASE)
ID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
CELL = re.compile(rb"8[0-9a-f]{14}", re.IGNORECASE)
NUMBER = re.compile(rb"-?\d{1,3}\.\d{4,}")
_count = itertools.count(0xABCD)


def word() -> str:
    """A word that neighbours alone may read."""
    return f"zq{next(_count):010x}"


# Each gives ids that are secret. A post for everyone is public while it stands; its place and files are, too.
_PUBLIC = "SELECT id FROM post WHERE audience = 'everyone' AND state = 'visible'"
IDS = (
    f"SELECT id FROM post WHERE id NOT IN ({_PUBLIC})",
    f"SELECT id FROM comment WHERE post_id NOT IN ({_PUBLIC})",
    f"SELECT id FROM media WHERE post_id NOT IN ({_PUBLIC})",
    f"SELECT r.id FROM rendition r JOIN media m ON m.id = r.media_id WHERE m.post_id NOT IN ({_PUBLIC})",
    "SELECT id FROM account WHERE kind = 'resident'",
    *(
        f"SELECT id FROM {table}"
        for table in ("device", "event", "sealed_file", "household", "home_report", "invitation", "relay_thread")
    ),
    *(f"SELECT id FROM {table}" for table in ("relay_message", "report", "alert_rule", "notice", "push_subscription")),
    "SELECT event_id FROM event",
)
# A cell of a home or a neighbours' post. Streets, agencies' areas and places of posts for everyone are on public maps.
CELLS = (
    f"SELECT cell9 FROM post WHERE id NOT IN ({_PUBLIC})",
    f"SELECT shown_cell FROM post WHERE id NOT IN ({_PUBLIC})",
    "SELECT cell9 FROM home",
)
PUBLIC_CELLS = (
    "SELECT cell7 FROM jurisdiction",
    "SELECT cell9 FROM street",
    "SELECT cell FROM neighbourhood_cell",
    f"SELECT shown_cell FROM post WHERE id IN ({_PUBLIC})",
)
STRINGS = (
    "SELECT email FROM account WHERE kind = 'resident'",
    "SELECT session_key FROM account WHERE kind = 'resident'",
    "SELECT address FROM household",
    "SELECT recipient FROM clip_key",
    "SELECT serial FROM device",
    "SELECT name FROM sealed_file",
    f"SELECT r.name FROM rendition r JOIN media m ON m.id = r.media_id WHERE m.post_id NOT IN ({_PUBLIC})",
)


@dataclass
class Eyes:
    """Sees every secret of a town in whatever an agency is sent. `found`: where it saw one, and which."""

    town: Town
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.learn()

    def learn(self) -> None:
        """What is secret now."""
        with self.town.reading() as act:

            def every(queries: tuple[str, ...]) -> set[Any]:
                return {row[0] for query in queries for row in act.session.execute(text(query)) if row[0]}

            self.ids = {str(found).replace("-", "").encode() for found in every(IDS)}
            self.cells = {cell.encode() for cell in every(CELLS) - every(PUBLIC_CELLS)}
            self.strings = [found.lower().encode() for found in every(STRINGS)]
            homes = act.session.execute(text("SELECT latitude, longitude FROM home")).all()
            self.homes = {(f"{latitude:.5f}", f"{longitude:.5f}") for latitude, longitude in homes}
            self.homes -= {(f"{latitude:.5f}", f"{longitude:.5f}") for latitude, longitude in (make.MAPLE, make.FAR)}
        names, path = every_file(self.town), self.town.here.store.path
        shown = b"".join(path(name).read_bytes() for name in set(self.town.files()) - set(names))
        windows = {
            data[at : at + 24]
            for name in names
            if (data := path(name).read_bytes())
            for at in (len(data) // 3, 2 * len(data) // 3)
        }
        self.files = [window for window in windows if window not in shown]

    def secrets_in(self, data: bytes) -> list[str]:
        found = [f"words {match[0].decode()}" for match in WORD.finditer(data)]
        found += [
            f"id {one.decode()}"
            for match in ID.finditer(data)
            if (one := match[0].replace(b"-", b"").lower()) in self.ids
        ]
        found += [f"cell {match[0].decode()}" for match in CELL.finditer(data) if match[0].lower() in self.cells]
        numbers = {f"{float(match[0]):.5f}" for match in NUMBER.finditer(data)}
        found += [f"home at {home}" for home in self.homes if numbers.issuperset(home)]
        low = data.lower()
        found += [f"string {one.decode()}" for one in self.strings if one in low]
        found += [f"bytes {one.hex()}" for one in self.files if one in data]
        return found

    def look(self, asked: str, response: TestResponse) -> None:
        """At one answer, whole: its line, its headers, its body; without the address that the asker came with."""
        head = "\n".join([response.status, *(f"{name}: {value}" for name, value in response.headers)]).encode()
        told, address = head + b"\n" + response.get_data(), asked.rpartition(" ")[2]
        for written in (address, address.replace("=", "%3D")):
            told = told.replace(written.encode(), b"") if len(written) > 1 else told
        self.found += [f"{asked}: {secret}" for secret in self.secrets_in(told)]


def every_file(town: Town) -> list[str]:
    """The stored files that no agency may be sent a byte of: all but those of posts for everyone."""
    public = f"""SELECT r.name FROM rendition r JOIN media m ON m.id = r.media_id WHERE m.post_id IN ({_PUBLIC})"""
    with town.reading() as act:
        shown = set(act.session.scalars(text(public)))
    return [name for name in town.files() if name not in shown]


# — Things that neighbours have —


def neighbour(town: Town, chance: random.Random, name: str = "", at: tuple[float, float] = make.MAPLE) -> Account:
    """A resident whose home, address and, unless given, name nobody else knows."""
    name = name or word().capitalize()
    latitude, longitude = (degrees + chance.uniform(-0.004, 0.004) for degrees in at)
    street = make.street(town, "Wicket Row", at) if at == make.MAPLE else make.street(town, "Far Lane", at)
    with town.acting() as act:
        household = accounts.add_household(act, f"{chance.randrange(1, 99)} {word()} Row")
        act.session.flush()
        neighbourhoods.place_home(act, household.id, street, latitude, longitude)
        account = make._account(act, "resident", f"{word()}@maple.example", name, household.id)
        account.guidelines_at = act.now
        return account


def post(town: Town, author: Account, audience: str = "neighbours", body: str = "", **fields: Any) -> Post:
    """What neighbours alone may read is told in secret words."""
    body = body or (f"Look: {word()} {word()}." if audience == "neighbours" else "Something for everyone.")
    return make.post(town, author, body, audience=audience, **fields)


def with_files(town: Town, author: Account, *kinds: str, audience: str = "neighbours", camera: bool = False) -> Post:
    """A post with files, as the worker would have made them: of secret bytes, unless it is for everyone."""
    secret = audience == "neighbours"
    uploads = [
        feed.Upload(
            keep(town, b"raw " + word().encode(), "uploads"), kind, word(), camera, word() if secret else "A gate"
        )
        for kind in kinds
    ]
    made = post(town, author, audience, uploads=uploads)
    with town.reading() as act:
        files = act.session.execute(text("SELECT id, kind FROM media WHERE post_id = :id"), {"id": made.id.hex}).all()
    for media_id, kind in files:
        prepared = [
            feed.Prepared("poster" if n else kind, name, "image/webp", 640, 480, 200)
            for n in range(2)
            for name in [keep(town, b"\0" + (word() * 20 if secret else f"{n} shown {media_id}").encode(), "media")]
        ]
        with town.acting() as act:
            medium = act.session.get_one(Media, uuid.UUID(media_id))
            medium.state, medium.attempts = "working", 1
            act.session.flush()
            raw = feed.media_prepared(act, medium.id, 1, 640, 480, None, prepared)
        town.here.store.erase(raw or "")
    return made


def keep(town: Town, data: bytes, folder: str) -> str:
    store = town.here.store
    return store.keep(store.stage([data], 2**20), folder, uuid.uuid4().hex, ".bin", town.clock.now())


def doorbell(town: Town, owner: Account) -> uuid.UUID:
    """A doorbell with a name, and a clip of it that has arrived: the event's id."""
    keys = make.Owner(town, owner)
    _device, token = make.device(town, owner, word(), serial=word())
    return make.delivered_clip(town, keys, token, data=word().encode() * 40, poster=True)


@dataclass(frozen=True)
class Neighbours:
    """Anna and Bert know each other, Cleo writes for everyone too, Fern lives far away; Nemo hides his name."""

    anna: Account
    bert: Account
    cleo: Account
    fern: Account
    nemo: Account


def move_in(town: Town, chance: random.Random) -> Neighbours:
    at = [make.MAPLE, make.MAPLE, make.MAPLE, make.FAR, make.MAPLE]
    names = ["", "", "Cleo", "", ""]
    return Neighbours(*(neighbour(town, chance, name, place) for name, place in zip(names, at, strict=True)))


def in_public(town: Town, who: Neighbours) -> None:
    """What everybody may read."""
    post(town, who.cleo, "everyone")
    with_files(town, who.cleo, "picture", audience="everyone")
    post(town, who.nemo, "everyone", as_neighbour=True)


def in_secret(town: Town, who: Neighbours) -> Post:
    """One of each thing that neighbours do among themselves; the post is one that they talk about, and reported."""
    doorbell(town, who.anna)
    told = post(town, who.anna)
    said = make.comment(town, who.bert, told, f"I saw {word()}.")
    with town.acting(who.anna) as act:
        feed.comment(act, told.id, f"Really? {word()}", reply_to=said.id)
    with_files(town, who.anna, "picture", "video", camera=True)
    post(town, who.bert, as_neighbour=True)
    edited = post(town, who.bert)
    with town.acting(who.bert) as act:
        feed.edit_post(act, edited.id, feed.Changes("pet", f"Now {word()}.", "neighbours"))
    gone = with_files(town, who.bert, "picture")
    with town.acting(who.bert) as act:
        feed.delete_post(act, gone.id)
    post(town, who.bert, body=f"Call {word()} at 555-010-4477.")  # held by R5
    with town.acting(who.bert) as act:
        moderation.report_post(act, told.id, "R5", f"It says {word()}.")
        known = select(Report.agency_post_id).where(
            Report.reporter_id == who.bert.id, Report.agency_post_id.is_not(None)
        )
        posts = select(AgencyPost.id, Agency.slug).join(Agency, Agency.id == AgencyPost.agency_id)
        posts = posts.where(AgencyPost.state == "visible", AgencyPost.id.not_in(known))
        for post_id, slug in act.session.execute(posts.limit(1)):
            moderation.report_agency_post(act, slug, post_id, "R1", f"It asks for {word()}.")
    talk = make.talk(town, who.bert, who.anna, told)
    with town.acting(who.anna) as act:
        relay.answer(act, talk.id, consent=True)
        relay.write(act, talk.id, f"Hello {word()}.")
    post(town, who.fern)
    return told


def everything(town: Town, chance: random.Random) -> Neighbours:
    who = move_in(town, chance)
    in_public(town, who)
    in_secret(town, who)
    narrowed = post(town, who.cleo, "everyone", body=f"At first for everyone: {word()}.")
    with town.acting(who.cleo) as act:
        feed.edit_post(act, narrowed.id, feed.Changes("good", f"Then not: {word()}.", "neighbours"))
    return who

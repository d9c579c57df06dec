"""Things in the town, each made through the services that a real one would come by."""

import base64
import hashlib
import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyrage
import uuid6
from PIL import Image
from sqlalchemy import select

from portal.accounts import passwords
from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.agencies import service as agencies
from portal.agencies.models import Agency
from portal.agencies.rules import Attestation, Proposal
from portal.bulletins import jobs as bulletin_jobs
from portal.bulletins import queries as bulletin_queries
from portal.bulletins import service as bulletins
from portal.bulletins.models import AgencyPicture, AgencyPost
from portal.devices import service as devices
from portal.devices.models import Device
from portal.devices.rules import PairingRequest
from portal.feed import service as feed
from portal.feed.models import Comment, Post
from portal.jobs import Worker
from portal.moderation import service as moderation
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import service as neighbourhoods
from portal.neighbourhoods.models import Street
from portal.neighbourhoods.shapes import Shape
from portal.relay import service as relay
from portal.relay.models import RelayThread
from portal.responses import service as responses
from portal.responses.models import AgencyComment
from tests.helpers import PASSWORD, Town

MAPLE = (40.0, -85.0)  # degrees: the middle of the town
FAR = (40.0, -84.8)  # ten miles east of it
_hash = passwords.hashed(PASSWORD)  # once: hashing is slow on purpose


def street(town: Town, name: str = "Maple Street", at: tuple[float, float] = MAPLE) -> Street:
    with town.acting() as act:
        found = next((row for row in places.streets(act) if row.name == name), None)
        return found or neighbourhoods.add_street(act, name, *at)


def neighbourhood(town: Town, name: str, middle: tuple[float, float] = MAPLE, half: float = 0.02) -> uuid.UUID:
    """A square around a point, `half` degrees to each side; its id."""
    with town.acting() as act:
        neighbourhoods.draw_neighbourhoods(act, [Shape(name, square(middle, half))])
        return next(area.id for area in places.neighbourhoods(act) if area.name == name)


def resident(
    town: Town,
    name: str,
    street_name: str = "Maple Street",
    at: tuple[float, float] = MAPLE,
    household_id: uuid.UUID | None = None,
    guidelines: bool = True,
) -> Account:
    """A confirmed resident, alone in a household on that street unless `household_id` says whose."""
    there = street(town, street_name, at)
    with town.acting() as act:
        if household_id is None:
            household = accounts.add_household(act, f"{uuid.uuid4().hex[:6]} {street_name}")
            act.session.flush()
            household_id = household.id
            neighbourhoods.place_home(act, household_id, there, *at)
        account = _account(act, "resident", f"{name.lower()}@maple.example", name, household_id)
        if guidelines:
            account.guidelines_at = act.now
        return account


def work_account(town: Town, kind: str, email: str, name: str) -> Account:
    with town.acting() as act:
        return _account(act, kind, email, name)


def moderator(town: Town, email: str, name: str, address: str | None = None) -> Account:
    """A moderator who has said where they live: at `address`, or in none of the town's homes."""
    account = work_account(town, "moderator", email, name)
    with town.acting(account) as act:
        moderation.declare_home(act, address)
    return account


def _account(act: Any, kind: str, email: str, name: str, household_id: uuid.UUID | None = None) -> Account:
    account, letter = accounts.open_account(act, kind, email, name, _hash, household_id)
    accounts.confirm(act, letter.token)
    act.session.flush()
    return account


ATTESTED = Attestation("Town clerk", "It is no federal agency.", by="Pat Proposer")


def agency(town: Town, slug: str, kind: str, name: str, **fields: Any) -> Agency:
    """A verified agency of the whole town, unless `polygons` says where."""
    made, letter = proposed_agency(town, slug, kind, name, **fields)
    with town.acting() as act:
        made = agencies.confirm(act, letter.token)
        agencies.approve(act, made, by="Avery Approver")
        return made


def proposed_agency(town: Town, slug: str, kind: str, name: str, **fields: Any) -> tuple[Agency, agencies.AgencyLetter]:
    """An agency that somebody attested for, and the letter to its official address."""
    domain = {"police": "police.maple.example", "fire": "fire.maple.example"}.get(kind, "town.maple.example")
    given = {
        "about": f"About {name}.",
        "email": f"desk@{domain}",
        "joined_on": town.clock.now().date(),
        "whole_town": "polygons" not in fields,
    } | fields
    with town.acting() as act:
        return agencies.propose(act, Proposal(slug, kind, name, **given), ATTESTED)


def square(middle: tuple[float, float] = MAPLE, half: float = 0.02) -> list[list[list[list[float]]]]:
    """The coordinates of a MultiPolygon: a square around a point, `half` degrees to each side."""
    (south, west), (north, east) = (tuple(degrees + step for degrees in middle) for step in (-half, half))
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]


def member(town: Town, of: Agency, email: str, name: str, title: str) -> Account:
    with town.acting() as act:
        account = _account(act, "agency", email, name)
        agencies.add_member(act, of, account, title)
        return account


def agency_post(town: Town, by: Account, slug: str, title: str = "Lock your doors", **fields: Any) -> AgencyPost:
    values = {"kind": "tip", "body": "Most thefts happen through an open door."} | fields
    with town.acting(by) as act:
        return bulletins.publish(act, slug, title=title, **values)


def agency_upload(town: Town, data: bytes, alt: str = "A gate", words: str = "") -> bulletins.Upload:
    """Raw bytes in the store, as the composer of agencies would have put them there."""
    store = town.here.store
    name = store.keep(store.stage([data], 2**28), "bulletin-uploads", uuid.uuid4().hex, ".raw", town.clock.now())
    return bulletins.Upload(name, "from-a-desk", alt, words)


def agency_picture(town: Town, by: Account, slug: str, data: bytes, **words: str) -> AgencyPicture:
    """A picture of a tip of its own, which is encoded and waits for a moderator."""
    made = agency_post(town, by, slug, "With a picture", uploads=[agency_upload(town, data, **words)])
    Worker(town.here, (bulletin_jobs.JOB,)).drain()
    with town.reading() as act:
        return act.session.scalars(select(AgencyPicture).where(AgencyPicture.post_id == made.id)).one()


def change_agency_post(town: Town, by: Account, slug: str, post: AgencyPost, **said: Any) -> None:
    """An edit of an agency's post, as its form would send it."""
    with town.acting(by) as act:
        row = act.session.get_one(AgencyPost, post.id)
        kept = {name: getattr(row, name) for name in bulletins.SAID}
        bulletins.edit(act, slug, post.id, kept | said)


def urgent_update(town: Town, by: Account, slug: str, title: str = "Boil your water", **fields: Any) -> AgencyPost:
    """An update that warning systems hear of; it fades in six hours. `fields` are the post's own."""
    made = agency_post(town, by, slug, title, kind="update", body="A main broke in Mill Lane. Boil water until noon.")
    urgent = {"category": "Health", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed"}
    with town.acting() as act:
        post = act.session.get_one(AgencyPost, made.id)
        for name, value in ({"fades_at": act.now + timedelta(hours=6)} | urgent | fields).items():
            setattr(post, name, value)
    return post


def post(town: Town, author: Account, body: str = "Somebody left the gate open.", **fields: Any) -> Post:
    """A post on the author's own street. `street_id`, `audience`, `category`, `uploads` may be given."""
    with town.reading(author) as act:
        home = places.home_street(act, author.household_id)
    values = {
        "category": "safety",
        "street_id": home.id if home else None,
        "audience": "neighbours",
        "uploads": (),
    } | fields
    with town.acting(author) as act:
        return feed.publish(act, body=body, **values)


def comment(town: Town, author: Account, on: Post, body: str = "Thank you for telling us.") -> Comment:
    with town.acting(author) as act:
        return feed.comment(act, on.id, body)


def under_agency(
    town: Town, author: Account, on: AgencyPost, body: str = "Thank you for telling us.", **fields: Any
) -> AgencyComment:
    """A resident's comment under an agency's post, or an answer of that agency's `author`."""
    with town.acting(author) as act:
        slug = bulletin_queries.post(act, on.id).agency.slug
        say = responses.answer if author.kind == "agency" else responses.comment
        return say(act, slug, on.id, body, **fields)


def talk(town: Town, asker: Account, other: Account, about: Post) -> RelayThread:
    """What one resident asked another, who lets others ask, about a post of theirs."""
    for account in (asker, other):
        with town.acting(account) as act:
            relay.switch(act, True)
    with town.acting(asker) as act:
        return relay.ask_author(act, about.id)


def upload(town: Town, data: bytes, kind: str = "picture", from_camera: bool = False) -> feed.Upload:
    """Raw bytes in the store, as the composer would have put them there."""
    store = town.here.store
    name = store.keep(store.stage([data], 2**28), "uploads", uuid.uuid4().hex, ".raw", town.clock.now())
    return feed.Upload(name, kind, "from-a-phone", from_camera, alt="A gate")


def jpeg(width: int = 640, height: int = 480, colour: str = "#7a5", exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG", **({"exif": exif} if exif else {}))
    return out.getvalue()


class Owner:
    """A resident's browser as far as keys go: the identity stays here, the server gets its public half."""

    def __init__(self, town: Town, account: Account) -> None:
        self.account = account
        self.identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self.identity.to_public())
        with town.acting(account) as act:
            devices.keep_clip_key(act, self.recipient, SEALED_IDENTITY, reseal=False)

    def open(self, sealed: bytes) -> bytes:
        return pyrage.decrypt(sealed, [self.identity])


# Sealed once under a passphrase that nobody kept: most tests need only its shape.
SEALED_IDENTITY = (
    "-----BEGIN AGE ENCRYPTED FILE-----\n"
    + base64.b64encode(b"age-encryption.org/v1\n-> scrypt " + b"x" * 60).decode()
    + "\n-----END AGE ENCRYPTED FILE-----\n"
)


def device(town: Town, owner: Account, name: str = "Front door", serial: str | None = None) -> tuple[Device, str]:
    """A paired device and its token. Its owner has a clip key already (see Owner)."""
    with town.acting(owner) as act:
        code, _recipients, _ends = devices.make_pairing_code(act, name, "beside the door")
    request = PairingRequest(code=code, model="Lantern 2", serial=serial or uuid.uuid4().hex[:10], firmware="2.4.1")
    with town.acting() as act:
        return devices.pair(act, request)


def event(at: datetime, kind: str = "ring", clip: bytes | None = None, **fields: Any) -> dict[str, Any]:
    """An event in the contract's words."""
    sent = {"id": str(uuid.UUID(int=uuid6.uuid7().int)), "kind": kind, "started_at": at.astimezone(UTC).isoformat()}
    if clip is not None:
        sent["clip"] = {"bytes": len(clip), "seconds": 8.0}
    return sent | fields


def seal(data: bytes, *recipients: str) -> bytes:
    return pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients])


def digest(data: bytes) -> dict[str, str]:
    """The Content-Digest header (RFC 9530) of these bytes."""
    return {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"}


def delivered_clip(
    town: Town, owner: Owner, token: str, data: bytes = b"a film of a porch" * 50, poster: bool = False
) -> uuid.UUID:
    """A ring whose sealed clip has arrived; returns the event's id on the server, as in /events/<id>."""
    from portal.devices import queries

    sealed = seal(data, owner.recipient)
    sent = event(town.clock.now(), clip=sealed)
    door = town.device(token)
    answer = door.post("events", {"events": [sent]})
    assert answer.json["results"][0]["status"] == "accepted", answer.json
    assert door.put(f"clips/{sent['id']}", sealed, **digest(sealed)).status_code == 201
    if poster:
        picture = seal(jpeg(320, 180), owner.recipient)
        assert door.put(f"clips/{sent['id']}/poster", picture, **digest(picture)).status_code == 201
    with town.reading() as act:
        found = queries.device_by_token(act, token)
        return queries.device_event(act, found.id, uuid.UUID(sent["id"])).id

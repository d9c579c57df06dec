"""Posts as other programs see them, and texts that programs break on."""

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from lxml import etree

from portal.accounts.models import Account
from portal.agencies.models import Agency
from portal.bulletins import service
from portal.bulletins.models import CATEGORIES, CERTAINTIES, SEVERITIES, URGENCIES, AgencyPost
from portal.bulletins.queries import Published
from portal.db import new_id
from portal.outlets.queries import Alert
from portal.outlets.rules import Town as Names
from tests.helpers import NOON, Town

TOWN = Names("Maple", "https://maple.example", ZoneInfo("America/New_York"), "en", demo=False)
# Whatever the database could hold: right to left, beyond the first plane, control characters, markup, line ends.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300) | st.sampled_from(
    [
        "\x00\x01\x0b\x1f\x7f\x85\ufffe\uffff",
        "]]><script>&amp;<!--",
        "שלום \u202eevil\u202c مرحبا",
        "a\r\nb\rc\n\nd\u2028e",
        "BEGIN:VEVENT\r\nEND:VCALENDAR\\;,\"'",
        "🚒" * 140,
        "é" * 5000,
    ]
)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))


def get(town: Town, path: str, **headers: str) -> Any:
    """The answer to a program without any cookie."""
    return town.app.test_client().get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})


def xml(town: Town, path: str) -> etree._Element:
    return etree.fromstring(get(town, path).data)


def alert_path(post: AgencyPost, slug: str = "maple-police") -> str:
    return f"/agencies/{slug}/posts/{post.id}.cap"


def change(town: Town, post: AgencyPost, **fields: Any) -> None:
    """Its author edits a post that is out."""
    with town.reading() as act:
        row = act.session.get_one(AgencyPost, post.id)
        slug = act.session.get_one(Agency, row.agency_id).slug
        author = act.session.get_one(Account, row.author_id)
        said = {name: getattr(row, name) for name in service.SAID} | fields
    with town.acting(author) as act:
        assert service.edit(act, slug, post.id, said) is None, "it is held"


def place(town: Town, post: AgencyPost, lat: float = 40.0, lon: float = -85.0, **fields: Any) -> None:
    with town.acting() as act:
        row = act.session.get_one(AgencyPost, post.id)
        for name, value in ({"lat": lat, "lon": lon} | fields).items():
            setattr(row, name, value)


def withdraw(town: Town, by: Any, slug: str, post: AgencyPost) -> None:
    with town.acting(by) as act:
        service.withdraw(act, slug, post.id)


@st.composite
def published(draw: st.DrawFn, **fields: Any) -> Published:
    """A post with anything in it that the database could hold."""
    agency = Agency(
        id=new_id(),
        slug="maple-police",
        kind="police",
        name=draw(TEXTS),
        about="",
        email=draw(st.sampled_from(["desk@police.maple.example", "a&b, c<d@x.example"])),
        phone=draw(st.just("") | TEXTS),
        mail_domain="police.maple.example",
        created_at=NOON,
    )
    at = draw(TIMES)
    values = {
        "id": draw(st.uuids(version=4)),
        "agency_id": agency.id,
        "author_id": uuid.uuid4(),
        "kind": "tip",
        "title": draw(TEXTS),
        "body": draw(TEXTS),
        "place": draw(st.just("") | TEXTS),
        "source": draw(st.just("") | TEXTS),
        "state": "visible",
        "written_at": at,
        "published_at": at,
        "revision": 0,
    } | {name: draw(value) for name, value in fields.items()}
    return Published(AgencyPost(**values), agency, "Dana Whitfield", "Sergeant")


@st.composite
def urgent(draw: st.DrawFn) -> Alert:
    choices = {"category": CATEGORIES, "urgency": URGENCIES, "severity": SEVERITIES, "certainty": CERTAINTIES}
    wishes = {name: st.sampled_from(values) for name, values in choices.items()}
    state = st.sampled_from(["visible", "withdrawn"])
    found = draw(published(kind=st.just("update"), fades_at=st.none() | TIMES, state=state, **wishes))
    return Alert(found, tuple(sorted(draw(st.lists(TIMES, min_size=1, max_size=4)))))

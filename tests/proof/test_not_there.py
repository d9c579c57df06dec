"""A thing that somebody may not know of answers like a thing that does not exist: in every byte, every header, and the
work that it takes."""

import re
import uuid
from dataclasses import asdict

import pytest

from tests.helpers import Browser
from tests.proof.tools import Answer, ask
from tests.test_access import AGENCY_SLUGS, ASKERS, EMPTY, OTHER, Row, World, fill, rows

HIDDEN = ("404", "401", "in")
NOT_IDS = {"slug", "other", "token"}  # an agency's address is public, and a link's token names no thing
# Nothing shows these by themselves. Ben wrote the comment under Rosa's post, which both read.
READ_ELSEWHERE = {"comment": {"rosa", "ben"}}


def things(path: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", path)) - NOT_IDS


def knows(asker: str, path: str) -> bool:
    """Whether the table lets `asker` open the page of every thing in this path: then there is nothing to hide."""
    opened = {
        name
        for row in rows()
        if row.method == "GET" and row.expected[asker] == "ok" and row.path.endswith("}")
        for name in things(row.path)
    }
    return all(name in opened or asker in READ_ELSEWHERE.get(name, ()) for name in things(path))


def missing(path: str, slug: str) -> str:
    """The same path to things that do not exist."""
    return path.format(slug=slug, other=OTHER[slug], **{name: str(uuid.uuid4()) for name in things(path)})


def answer(world: World, asker: str, method: str, path: str, htmx: bool = False) -> Answer:
    sent = {} if method == "GET" else {"data": EMPTY}
    if htmx:
        sent["headers"] = {"HX-Request": "true", "HX-Current-URL": "http://localhost/feed"}
    got = ask(world.town, browser_of(world, asker), method, path, **sent)
    if method != "GET":
        world.put_back()
    return got


def browser_of(world: World, asker: str) -> Browser:
    browser = world.town.browser(None if asker in ("visitor", "device") else getattr(world.cast, asker))
    if asker == "device":
        browser.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {world.token}"
    return browser


def compare(hidden: Answer, absent: Answer, path: str, other: str) -> None:
    """What differs is only the address that was asked for: a visitor is sent to sign in and back to it."""

    def plain(text: str) -> str:
        return text.replace(other.replace("=", "%3D"), path.replace("=", "%3D"))

    headers = tuple((name, plain(value) if name == "Location" else value) for name, value in absent.headers)
    body = plain(absent.body.decode("latin-1")).encode("latin-1")
    assert asdict(hidden) == asdict(absent) | {"headers": headers, "body": body}


ROWS = [row for row in rows() if things(row.path)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_what_somebody_may_not_know_is_like_what_does_not_exist(world: World, row: Row) -> None:
    for column in ASKERS:
        if row.expected[column] not in HIDDEN or knows(column, row.path):
            continue
        for asker in AGENCY_SLUGS if column == "agency" else [column]:
            slug = AGENCY_SLUGS.get(asker, "maple-police")
            path, other = fill(row.path, world.names, slug), missing(row.path, slug)
            for htmx in (False, True) if column == "agency" else (False,):
                hidden = answer(world, asker, row.method, path, htmx)
                compare(hidden, answer(world, asker, row.method, other, htmx), path, other)


@pytest.mark.parametrize("asker", [*AGENCY_SLUGS, "visitor", "faye"])
def test_a_text_of_another_agency_is_not_there_under_ones_own_address_either(world: World, asker: str) -> None:
    slug = AGENCY_SLUGS.get(asker, "maple-police")
    elsewhere = OTHER[slug]
    for name in ("tip", "held"):
        path = f"/agencies/{slug}/posts/{world.names[f'{name} of {elsewhere}']}"
        other = f"/agencies/{slug}/posts/{uuid.uuid4()}"
        compare(answer(world, asker, "GET", path), answer(world, asker, "GET", other), path, other)

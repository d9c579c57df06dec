"""Shorthands: what residents and agencies do under an agency's post, by its pages."""

import uuid
from typing import Any

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from portal.responses.models import AgencyComment
from tests.helpers import Browser, Page, Town

SLUGS = {"officer": "maple-police", "captain": "maple-fire", "clerk": "town-of-maple"}
ASKS = "Please check your doorbell and send us the footage."


def path(post: AgencyPost, slug: str = "maple-police") -> str:
    return f"/agencies/{slug}/posts/{post.id}"


def say(browser: Browser, post: AgencyPost, body: str = "Thank you.", htmx: bool = False, **other: Any) -> Page:
    slug = other.pop("slug", "maple-police")
    return browser.post(f"{path(post, slug)}/comments/new", {"body": body} | other, htmx=htmx)


def under(browser: Browser, post: AgencyPost, slug: str = "maple-police") -> str:
    """What is read under a post."""
    page = browser.get(path(post, slug))
    assert page.status == 200
    return " ".join(page.soup.find(id="comment-list").get_text(" ").split())


def stored(town: Town, comment: AgencyComment | uuid.UUID) -> AgencyComment:
    with town.reading() as act:
        return act.session.get_one(AgencyComment, comment if isinstance(comment, uuid.UUID) else comment.id)


def outsiders(cast: Any) -> list[Account | None]:
    """Everybody who is neither a resident nor of the police."""
    return [None, cast.captain, cast.clerk, cast.mod, cast.operator, cast.legal, cast.auditor]

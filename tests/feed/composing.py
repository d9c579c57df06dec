"""Writing a post as a person does: through the composer's form."""

import io
import uuid
from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account
from portal.feed.models import Media, Post, Rendition
from tests import factories
from tests.helpers import Browser, Page, Town

File = tuple[str, bytes]  # name, content


@dataclass
class Composer:
    """Somebody at the composer."""

    town: Town
    account: Account
    browser: Browser

    @classmethod
    def of(cls, town: Town, account: Account) -> "Composer":
        return cls(town, account, town.browser(account))

    def send(self, body: str = "Somebody left the gate open.", *files: File, htmx: bool = False, **fields: Any) -> Page:
        data: dict[str, Any] = {
            "category": "safety",
            "body": body,
            "street": str(factories.street(self.town).id),
            "audience": "neighbours",
        }
        data |= fields
        data["media"] = [(io.BytesIO(content), name) for name, content in files]
        if isinstance(data.get("clip"), bytes):
            data["clip"] = (io.BytesIO(data["clip"]), "clip.mp4")
        return self.browser.post("/posts/new", data, htmx=htmx)

    def posted(self, body: str = "Somebody left the gate open.", *files: File, **fields: Any) -> uuid.UUID:
        """Send the form, which is taken; the post's id."""
        page = self.send(body, *files, **fields)
        assert page.status == 303, page.words
        return uuid.UUID(page.location.removeprefix("/posts/"))

    def page(self, post_id: uuid.UUID) -> Page:
        return self.browser.get(f"/posts/{post_id}")


def stored(town: Town, post_id: uuid.UUID) -> Post:
    with town.reading() as act:
        return act.session.get_one(Post, post_id)


def media(town: Town, post_id: uuid.UUID) -> list[Media]:
    with town.reading() as act:
        return list(act.session.query(Media).where(Media.post_id == post_id).order_by(Media.position))


def renditions(town: Town, post_id: uuid.UUID) -> list[Rendition]:
    with town.reading() as act:
        query = act.session.query(Rendition).join(Media, Media.id == Rendition.media_id)
        return list(query.where(Media.post_id == post_id).order_by(Rendition.kind, Rendition.width))


def shown(page: Page) -> list[str]:
    """The neighbours' posts on a page of the feed, in its order."""
    return [tag["id"].removeprefix("post-") for tag in page.soup.select("article[id^=post-]")]


def older(page: Page) -> str | None:
    link = page.soup.select_one('a[rel="next"]')
    return link["href"] if link else None

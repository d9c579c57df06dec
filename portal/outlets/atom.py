"""Atom (RFC 4287), for feed readers and web sites."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from portal.bulletins.queries import Published
from portal.outlets.queries import Alert
from portal.outlets.rules import Town, changed, line, plain, to_the_second

MEDIA_TYPE = "application/atom+xml"
CAP_MEDIA_TYPE = "application/cap+xml"


@dataclass(frozen=True)
class Head:
    """What stands above a feed's entries. `address`: the feed's own; `page`: what it is about; `since`: the time of a
    feed that has no entry yet."""

    title: str
    address: str
    page: str
    since: datetime


@dataclass(frozen=True)
class Words:
    """What a feed says in the town's language: kinds of posts, a time, where an update comes from (`%(source)s`)."""

    kinds: Mapping[str, str]
    exact: Callable[[datetime], str]
    source: str


def posts(town: Town, head: Head, words: Words, found: Sequence[Published]) -> bytes:
    """Posts in the order given. The author is the agency; which person stands behind a post is said on its page."""
    feed = _feed(town, head, max((changed(row.post) for row in found), default=head.since))
    for row in found:
        entry = _entry(feed, town, row, f"urn:uuid:{row.post.id}", row.post.title, changed(row.post))
        entry.published(to_the_second(row.post.published_at or row.post.written_at, town.zone))
        entry.link(href=town.post(row.agency.slug, row.post.id), rel="alternate", type="text/html")
        entry.category(term=row.post.kind, label=words.kinds[row.post.kind])
        entry.content(_html(row, words), type="html")
    return feed.atom_str()


def alerts(town: Town, head: Head, found: Sequence[Alert]) -> bytes:
    """An index of CAP messages: an entry for each alert leads to its newest message."""
    feed = _feed(town, head, max((alert.sent[-1] for alert in found), default=head.since))
    for alert in found:
        row = alert.found
        address = town.alert(row.agency.slug, row.post.id)
        entry = _entry(feed, town, row, address, row.post.title, alert.sent[-1])
        entry.published(to_the_second(alert.sent[0], town.zone))
        entry.link(href=address, rel="alternate", type=CAP_MEDIA_TYPE)
        if not alert.cancelled:
            entry.link(href=town.post(row.agency.slug, row.post.id), rel="related", type="text/html")
        entry.summary(line(row.post.title))
    return feed.atom_str()


class Entry(FeedEntry):
    """An entry whose links say what they lead to: feedgen 1.0 leaves `rel` and `type` out."""

    def atom_entry(self, extensions: bool = True) -> Any:
        made = super().atom_entry(extensions)
        for element, link in zip(made.findall("link"), self.link(), strict=True):
            element.attrib.update({name: link[name] for name in ("rel", "type")})
        return made


def _feed(town: Town, head: Head, updated: datetime) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(head.address)
    feed.title(line(head.title))
    feed.updated(to_the_second(updated, town.zone))
    feed.link(href=head.address, rel="self", type=MEDIA_TYPE)
    feed.link(href=head.page, rel="alternate", type="text/html")
    feed.language(town.language)
    feed.generator("Porchlight")
    return feed


def _entry(feed: FeedGenerator, town: Town, row: Published, entry_id: str, title: str, updated: datetime) -> FeedEntry:
    entry = feed.add_entry(Entry(), order="append")
    entry.id(entry_id)
    entry.title(line(title))
    entry.updated(to_the_second(updated, town.zone))
    entry.author(name=line(row.agency.name), uri=town.agency(row.agency.slug))
    return entry


def _html(row: Published, words: Words) -> str:
    """When and where, the text, and its source: paragraphs of plain text."""
    post = row.post
    times = " – ".join(words.exact(at) for at in (post.starts_at, post.ends_at) if at)
    facts = " · ".join(line(fact) for fact in (times, post.place) if fact)
    source = words.source % {"source": line(post.source)} if post.source else ""
    parts = [facts, *plain(post.body).split("\n\n"), source]
    return "".join(f"<p>{html.escape(part.strip()).replace(chr(10), '<br>')}</p>" for part in parts if part.strip())

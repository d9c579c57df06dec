"""Posts as cards. A card's HTML is made once and kept, and all that it depends on is in the key that it is kept by."""

import re
from collections.abc import Sequence
from typing import Any, cast

from flask import current_app, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.db import Act
from portal.feed import queries
from portal.feed.queries import Card
from portal.web.context import actor
from portal.web.filters import age
from portal.web.lru import Lru

_NO_WORDS = re.compile(r"(<[^>]*>|&#?\w+;)")  # tags and entities
ROOM = 16_000_000  # characters: about 5,000 cards


def neighbour(author: str, written: Any) -> str:
    """Who wrote a post or a comment, as readers may know it: the name that queries give, or the words of the alias."""
    alias = written["alias"] if isinstance(written, dict) else written.alias
    if alias is None:
        return author
    return _("A neighbour on %(place)s", place=alias) if alias else _("A neighbour")


def html(act: Act, cards: Sequence[Card]) -> list[Markup]:
    """Each card's HTML, in their order. Those that are not kept are read whole, all at once, and made."""
    kept = cast(Lru, current_app.extensions["feed_cards"])
    keys = [_key(card) for card in cards]
    found = [kept.get(key) for key in keys]
    missing = [card.post.id for card, piece in zip(cards, found, strict=True) if piece is None and card.agency is None]
    whole = queries.with_media(act, missing) if missing else {}
    made = []
    for card, key, piece in zip(cards, keys, found, strict=True):
        if piece is None:
            piece = _made(card, whole.get(card.post.id) if card.post else None)
            kept.put(key, piece)
        made.append(piece)
    return made


def _made(card: Card, post: Any) -> Markup:
    if card.agency is not None:
        return Markup(render_template("feed/_agency_card.html", found=card.agency))
    if post is None:  # it left the reader's sight between two statements
        return Markup()
    marks = {"thanked": card.thanked, "saved": card.saved}
    return Markup(render_template("feed/_post.html", post=post, author=card.author, **marks))


def _key(card: Card) -> tuple[Any, ...]:
    """All that a card's HTML depends on. The revision stands for the post's words, files and badges."""
    locale = str(get_locale())
    if card.agency is not None:
        told = card.agency
        columns = repr([getattr(told.post, column.key) for column in type(told.post).__table__.columns])
        published = age(told.post.published_at or told.post.written_at)
        return locale, published, told.author, told.title, told.agency.name, columns
    post = card.post
    resident = actor().kind == "resident"
    return (
        locale,
        post.id,
        post.revision,
        post.state,
        age(post.published_at),
        card.author,
        post.comment_count,
        post.thanks_count,
        *((card.thanked, card.saved, post.author_id == actor().id) if resident else (None,)),
    )


def marked(piece: Markup, terms: Sequence[str]) -> Markup:
    """A card with the words that were found marked in its text. Terms are words, and words parted by a space."""
    before, start, rest = str.partition(piece, '<div class="post__body">')  # as text: Markup would escape the sign
    body, end, after = rest.partition("</div>")
    if not terms or not start:
        return piece
    found = "|".join(re.escape(term).replace(r"\ ", r"\W+") for term in terms)
    pattern = re.compile(rf"\b(?:{found})\w*", re.IGNORECASE)
    parts = _NO_WORDS.split(body)
    parts[::2] = [pattern.sub(r"<mark>\g<0></mark>", part) for part in parts[::2]]
    return Markup(before + start + "".join(parts) + end + after)

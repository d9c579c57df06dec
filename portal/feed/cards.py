"""Posts as cards. A card's HTML is made once and kept, and all that it depends on is in the key that it is kept by."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from flask import current_app, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from portal.bulletins import queries as bulletins
from portal.db import Act
from portal.feed import queries
from portal.feed.queries import Card
from portal.web.context import actor, porchlight
from portal.web.filters import age
from portal.web.lru import Lru
from portal.web.templating import locale

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
    # What is the same for all of them is looked up once: this is done for every card of every page.
    language, now, kind = locale(), porchlight().clock.now(), actor().kind
    keys = [_key(card, language, now, kind) for card in cards]
    found = [kept.get(key) for key in keys]
    missing = [card for card, piece in zip(cards, found, strict=True) if piece is None]
    posts = queries.with_media(act, [card.id for card in missing if not card.of_agency]) if missing else {}
    told = bulletins.whole(act, [card.id for card in missing if card.of_agency]) if missing else {}
    made = []
    for card, key, piece in zip(cards, keys, found, strict=True):
        if piece is None:
            piece = _made(card, (told if card.of_agency else posts).get(card.id))
            kept.put(key, piece)
        made.append(piece)
    return made


def _made(card: Card, whole: Any) -> Markup:
    if whole is None:  # it left the reader's sight between two statements
        return Markup()
    if card.of_agency:
        return Markup(render_template("feed/_agency_card.html", found=whole))
    *_others, thanked, saved = card.depends
    return Markup(render_template("feed/_post.html", post=whole, author=card.author, thanked=thanked, saved=saved))


def _key(card: Card, language: str, now: datetime, kind: str) -> tuple[Any, ...]:
    """All that a card's HTML depends on. `kind`: who is offered to do what."""
    return language, kind, card.hex, age(card.published_at, now), card.author, card.depends


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

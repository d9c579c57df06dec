"""What readers do with posts and comments of others: find, thank, save, mute."""

import uuid
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.feed import queries, service
from portal.feed.cards import html as card_html
from portal.feed.cards import marked, neighbour
from portal.feed.models import HiddenPost, Mute
from portal.feed.views import CATEGORIES, PAGE, blueprint
from portal.fulltext import search_terms
from portal.neighbourhoods import queries as places
from portal.web import hx, limits
from portal.web.access import EVERYBODY, RESIDENT, allow
from portal.web.context import reading, writing
from portal.web.pages import back
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

SINCE: dict[str, tuple[Any, timedelta]] = {
    "day": (_l("The last day"), timedelta(days=1)),
    "week": (_l("The last week"), timedelta(days=7)),
    "month": (_l("The last month"), timedelta(days=30)),
    "year": (_l("The last year"), timedelta(days=365)),
}


@blueprint.get("/feed/search")
@limits.when_asked(limits.SEARCH)
@allow(*EVERYBODY)
def search() -> ResponseReturnValue:
    """Words of posts and comments that the asker may see anyway. There is no search for a person."""
    act, key = reading(), decode(request.args.get("before"), int)
    words = request.args.get("q", "")[:MOST_QUERY]
    wishes = {name: request.args.get(name) or None for name in ("category", "street", "since")}
    streets = [street.name for street in places.streets(act)]
    terms = search_terms(words)
    rows = page_of([], PAGE, lambda card: (card.seq,))
    if terms:
        found = queries.search(
            act,
            terms,
            PAGE + 1,
            category=wishes["category"] if wishes["category"] in CATEGORIES else None,
            place=wishes["street"] if wishes["street"] in streets else None,
            since=act.now - SINCE[wishes["since"]][1] if wishes["since"] in SINCE else None,
            before=key[0] if key else None,
        )
        rows = page_of(found, PAGE, lambda card: (card.seq,))
    pieces = [marked(piece, terms) for piece in card_html(act, rows.rows)]
    context = {"pieces": pieces, "next": rows.next, "q": words, "wishes": wishes}
    if hx.asked() and key:
        return hx.fragment(render_template("feed/_search_rows.html", **context))
    since = {name: label for name, (label, _span) in SINCE.items()}
    return render_template("feed/search.html", streets=streets, all_since=since, **context)


MOST_QUERY = 200  # characters


def _on() -> bool:
    """Whether a switch is to be on: each button says so, so that a second click undoes nothing by accident."""
    return request.form.get("on") != "0"


@blueprint.post("/posts/<uuid:post_id>/thanks")
@allow(RESIDENT)
def thank_post(post_id: uuid.UUID) -> ResponseReturnValue:
    thanked = _on()
    with writing() as act:
        post = service.thank_for_post(act, post_id, thanked)
    target = url_for("feed.show", post_id=post_id)
    return _thanks(url_for("feed.thank_post", post_id=post_id), post.thanks_count, thanked, target)


@blueprint.post("/comments/<uuid:comment_id>/thanks")
@allow(RESIDENT)
def thank_comment(comment_id: uuid.UUID) -> ResponseReturnValue:
    thanked = _on()
    with writing() as act:
        written = service.thank_for_comment(act, comment_id, thanked)
    target = url_for("feed.show", post_id=written.post_id, _anchor=f"comment-{comment_id}")
    return _thanks(url_for("feed.thank_comment", comment_id=comment_id), written.thanks_count, thanked, target)


def _thanks(action: str, count: int, thanked: bool, target: str) -> ResponseReturnValue:
    if hx.asked():
        return hx.fragment(render_template("feed/_thanks.html", action=action, count=count, thanked=thanked))
    return redirect(back(target), 303)


@blueprint.post("/posts/<uuid:post_id>/save")
@allow(RESIDENT)
def save(post_id: uuid.UUID) -> ResponseReturnValue:
    saved = _on()
    with writing() as act:
        service.save_post(act, post_id, saved)
    flash(_("Saved. You find it under “Saved”.") if saved else _("It is no longer among your saved posts."), "success")
    return redirect(back(url_for("feed.show", post_id=post_id)), 303)


@blueprint.get("/feed/saved")
@allow(RESIDENT)
def saved() -> ResponseReturnValue:
    act, key = reading(), decode(request.args.get("before"), int)
    found = queries.saved(act, PAGE + 1, key[0] if key else None)
    rows = page_of(found, PAGE, lambda pair: (pair[0],))
    pieces = card_html(act, [card for _number, card in rows.rows])
    template = "feed/_saved_rows.html" if hx.asked() and key else "feed/saved.html"
    return render_template(template, pieces=pieces, next=rows.next)


@blueprint.post("/posts/<uuid:post_id>/mute")
@allow(RESIDENT)
def mute_post(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        post = service.mute_by_post(act, post_id)
    return _muted(post.alias)


@blueprint.post("/comments/<uuid:comment_id>/mute")
@allow(RESIDENT)
def mute_comment(comment_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        written = service.mute_by_comment(act, comment_id)
    return _muted(written.alias)


def _muted(alias: str | None) -> ResponseReturnValue:
    if alias is None:
        flash(_("You will not see what they write under their name. They are not told."), "success")
    else:
        flash(_("You will not see this post any more. Its author is not told."), "success")
    return redirect(url_for("feed.index"), 303)


@blueprint.get("/account/muted")
@allow(RESIDENT)
def muted() -> ResponseReturnValue:
    act = reading()
    hidden = [(post, neighbour("", post)) for post in queries.hidden_posts(act)]
    return render_template("feed/muted.html", people=queries.muted_people(act), hidden=hidden)


@blueprint.post("/account/muted/<uuid:account_id>/end")
@allow(RESIDENT)
def unmute(account_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.unmute(act, Mute, account_id)
    flash(_("You see their posts and comments again."), "success")
    return redirect(url_for("feed.muted"), 303)


@blueprint.post("/account/muted/posts/<uuid:post_id>/end")
@allow(RESIDENT)
def unhide(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.unmute(act, HiddenPost, post_id)
    flash(_("You see this post again."), "success")
    return redirect(url_for("feed.muted"), 303)

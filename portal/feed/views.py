"""The neighbours' feed, posts with their media and comments, and the composer."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField, MultipleFileField
from markupsafe import Markup
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from portal.accounts import service as accounts
from portal.accounts.access import own_account
from portal.clips import queries as clips
from portal.db import Act, NotFound, Refusal
from portal.devices import access as device_access
from portal.devices import queries as devices
from portal.feed import access, queries, rules, service
from portal.feed.cards import ROOM, neighbour
from portal.feed.cards import html as card_html
from portal.feed.models import Post
from portal.neighbourhoods import access as place_access
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import rules as reach
from portal.responses.views import note_seen
from portal.web import hx, limits, uploads
from portal.web.access import ACCOUNTS, EVERYBODY, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.lru import Lru
from portal.web.pages import next_page
from portal.web.pagination import decode
from portal.web.pagination import page as page_of
from portal.web.templating import kept_page
from portal.web.uploads import BadFile

blueprint = Blueprint("feed", __name__)
PAGE = 20

CATEGORIES: dict[str, Any] = {
    "safety": _l("Safety"),
    "suspicious": _l("Suspicious"),
    "crime": _l("Crime"),
    "pet": _l("Lost & found pet"),
    "visitor": _l("Unknown visitor"),
    "good": _l("Good neighbour"),
}
# What belongs there, and how to say it so that it helps: shown as one chooses.
GUIDANCE: dict[str, Any] = {
    "safety": _l("A hazard that others can avoid: a broken light, ice on the steps, an open gate."),
    "suspicious": _l("Something that was done and worried you: where, when, and what exactly."),
    "crime": _l("Something that happened to you or that you saw. Report it to the police first; name nobody here."),
    "pet": _l("Where and when it was last seen or found, its looks and its name, and a picture."),
    "visitor": _l("Somebody at your door whom you did not know: what they said and did. Most are just lost."),
    "good": _l("A thank-you, an offer, something found, a hand that is needed."),
}
CATEGORY_ICONS = {
    "safety": "shield",
    "suspicious": "eye",
    "crime": "flag",
    "pet": "paw",
    "visitor": "question",
    "good": "heart",
}
WORDS: dict[str, Any] = {
    "guidelines": _l("Please read and accept the guidelines first."),
    "suspended": _l("You are suspended: you can read, and not post."),
    "footage-everyone": _l(
        "Videos, and pictures from a doorbell or camera, are for neighbours only."
        " Choose “Neighbours”, or take them out."
    ),
    "audience-widens": _l("It was written for neighbours: strangers cannot be let in afterwards."),
    "too-many-files": _l("At most %(most)d pictures and videos in one post, please."),
    "street-unknown": _l("Choose the street from the list."),
    "place-unknown": _l("There is no street of the town at this place. Choose another one."),
    "clip-missing": _l("Your clip was not opened. Unlock it above and try again."),
}
# How to say it instead: the reasons of `portal.wording` for rule R5.
SAY_INSTEAD: dict[str, Any] = {
    "race": _l("Leave out skin colour and ethnicity. Say what was done; clothes and direction help more."),
    "religion": _l("Leave out religion and religious dress. Say what was done, where and when."),
    "nationality": _l("Leave out where somebody seems to come from. Say what was done, where and when."),
    "immigration": _l("Leave out anybody's immigration status. Say what was done, where and when."),
    "language": _l("Leave out how somebody speaks. Say what was done, where and when."),
    "outsider": _l("Everybody may be here. Say what was done, where and when."),
    "homeless": _l("Having no home is no reason for suspicion. Say what was done, where and when."),
    "health": _l("An illness is no reason for suspicion. Say what was done. In danger, call 911."),
    "slur": _l("This word insults people. Leave it out, and say what was done."),
    "name-of-suspect": _l("Do not name whom you suspect. Say what was done, and tell the police the name."),
    "accusation": _l("Do not accuse somebody whom neighbours can recognise. Say what you saw, and tell the police."),
    "reward": _l("No rewards here. Say what happened."),
    "plate": _l("Leave out the number plate. The police can use it; here, colour and kind of vehicle are enough."),
    "phone": _l("Leave out private telephone numbers. Neighbours can answer under your post."),
    "email": _l("Leave out private mail addresses. Neighbours can answer under your post."),
    "address-of-person": _l("Leave out where a person lives. The street is enough, and what was done there."),
    "link": _l("Leave out links to people's profiles."),
}


class PostForm(Form):
    category = RadioField(_l("What is it about?"), [required()], choices=choices(CATEGORIES), default="safety")
    body = TextAreaField(
        _l("What happened?"),
        [required(), at_most(rules.MOST_BODY)],
        [strip],
        description=_l("Say what was done, where and when. Not what somebody looks like."),
        render_kw={"rows": 6},
    )
    street = SelectField(_l("Where?"), [required()])
    cell = HiddenField()
    media = MultipleFileField(
        _l("Pictures and videos"),
        description=_l("From your phone or another device: JPEG, PNG, WebP, MP4, MOV or WebM."),
        render_kw={"accept": "image/*,video/*"},
    )
    clip = FileField(_l("Your clip"), render_kw={"accept": "video/mp4"})
    from_camera = BooleanField(_l("A picture here comes from a doorbell or a camera"))
    alt = StringField(
        _l("What do they show?"),
        [at_most(rules.MOST_ALT)],
        [strip],
        description=_l("In a few words, for neighbours who cannot see them."),
    )
    audience = RadioField(
        _l("Who may see this?"),
        [required()],
        choices=choices({"neighbours": _l("Neighbours"), "everyone": _l("Everyone")}),
        default="neighbours",
    )
    as_neighbour = BooleanField(_l("Do not show my name"))
    event = HiddenField()


class CommentForm(Form):
    reply_to = HiddenField()
    body = TextAreaField(_l("Your comment"), [required(), at_most(rules.MOST_COMMENT)], [strip])


def category_chips() -> dict[str, Any]:
    words = {"category_words": CATEGORIES, "category_icons": CATEGORY_ICONS, "file_words": uploads.WORDS}
    return words | {"guidance": GUIDANCE, "say_instead": SAY_INSTEAD}


blueprint.app_context_processor(category_chips)
blueprint.add_app_template_filter(neighbour)


@blueprint.record_once
def _room_for_cards(state: BlueprintSetupState) -> None:
    state.app.extensions["feed_cards"] = Lru(ROOM)


# — Reading —


@blueprint.get("/feed")
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    return _feed("feed.index", "feed/index.html")


@blueprint.get("/devices/feed")
@allow(RESIDENT)
def in_devices() -> ResponseReturnValue:
    """The same feed, through the door of My devices."""
    return _feed("feed.in_devices", "feed/in_devices.html")


def _wishes() -> tuple[queries.Reader, float, str | None]:
    """Who reads, and what they narrow the feed to: a radius in miles, the one that they keep if the address says none,
    and a category."""
    wanted = request.args.get("miles", 0.0, float)
    category = request.args.get("category")
    reader = queries.reader(reading())
    return reader, (wanted if wanted in reach.MILES else reader.miles), (category if category in CATEGORIES else None)


def _feed(endpoint: str, template: str) -> ResponseReturnValue:
    act = reading()
    reader, miles, category = _wishes()
    if request.args.get("view") == "map":
        return _map(endpoint, template, miles, category, reader.street)
    key = decode(request.args.get("before"), int)
    unresolved = bool(request.args.get("unresolved"))
    found = queries.newest(act, PAGE + 1, miles, category, key[0] if key else None, unresolved, reader.spared)
    cards = page_of(found, PAGE, lambda card: (card.seq,))
    context = {"cards": cards, "miles": miles, "category": category, "endpoint": endpoint, "unresolved": unresolved}
    pieces = card_html(act, cards.rows)
    note_seen(card.id for card in cards.rows if card.of_agency)
    if hx.asked() and key:
        return hx.fragment(render_template("feed/_rows.html", pieces=pieces, **context))
    after = cards.rows[0].seq if cards.rows and not key else queries.newest_number(act, miles)
    return kept_page(
        template,
        (miles, category, unresolved, bool(cards.rows), cards.next, after, reader.street, reader.unfinished),
        pieces,
        after=after,
        unfinished=reader.unfinished,
        all_miles=reach.MILES,
        street=reader.street,
        **context,
    )


def _map(endpoint: str, template: str, miles: float, category: str | None, street: str | None) -> ResponseReturnValue:
    """The same posts as cells on a map; those of one `cell` beside it."""
    act = reading()
    unresolved = bool(request.args.get("unresolved"))
    wishes: dict[str, Any] = {"miles": miles, "category": category, "unresolved": unresolved}
    spots = queries.on_map(act, **wishes)
    chosen = next((spot for spot in spots if spot.cell == request.args.get("cell")), None)
    context: dict[str, Any] = {"endpoint": endpoint, "view": "map", **wishes}
    key = decode(request.args.get("before"), int)
    if chosen:
        found = queries.in_cell(act, chosen.cell, PAGE + 1, before=key[0] if key else None, **wishes)
        cards = page_of(found, PAGE, lambda card: (card.seq,))
        context |= {"cards": cards, "pieces": card_html(act, cards.rows), "cell": chosen.cell, "title": _around(chosen)}
    if hx.asked() and "cell" in request.args:
        return hx.fragment(render_template("feed/_rows.html" if key else "feed/_cell.html", **context))
    return render_template(
        template,
        spots=[_drawn(spot, endpoint, wishes, chosen=spot is chosen) for spot in spots],
        all_miles=reach.MILES,
        street=street,
        **context,
    )


def _drawn(spot: queries.Spot, endpoint: str, wishes: dict[str, Any], chosen: bool) -> dict[str, Any]:
    """A cell of the map: its outline, its words, and the address of its posts."""
    count, kinds = spot.counts.total(), spot.counts.most_common()
    posts = ngettext("%(num)s post", "%(num)s posts", count)
    told = ", ".join(f"{CATEGORIES[kind]}: {number}" for kind, number in kinds)
    only_open = 1 if wishes["unresolved"] else None
    return {
        "href": url_for(endpoint, view="map", cell=spot.cell, **(wishes | {"unresolved": only_open})),
        "title": _around(spot),
        "counts": f"{posts} · {told}",
        "words": f"{_around(spot)}: {posts}. {told}",
        "count": count,
        "category": kinds[0][0],
        "outline": reach.outline(spot.cell),
        "size": reach.area_km2(spot.cell),
        "chosen": chosen,
    }


def _around(spot: queries.Spot) -> str:
    return _("Around %(place)s", place=f"{spot.place}, {spot.area}" if spot.area else spot.place)


@blueprint.get("/feed/live")
@allow(*EVERYBODY)
def live() -> ResponseReturnValue:
    """Whether anything became visible after number `after`: 204 when nothing did."""
    _reader, miles, category = _wishes()
    count = queries.arrived_since(reading(), request.args.get("after", 0, int), miles, category)
    if not count:
        return Response(status=204)
    endpoint = "feed.in_devices" if request.args.get("door") == "devices" else "feed.index"
    return hx.fragment(
        render_template("feed/_banner.html", count=count, miles=miles, category=category, endpoint=endpoint)
    )


@blueprint.get("/posts/<uuid:post_id>")
@allow(*EVERYBODY)
def show(post_id: uuid.UUID) -> ResponseReturnValue:
    """A post with its comments. `reply` names the comment that the form at the end is to answer."""
    return _show(post_id, CommentForm(reply_to=request.args.get("reply", "")))


def _show(post_id: uuid.UUID, form: CommentForm) -> ResponseReturnValue:
    act = reading()
    post, author = access.post(act, post_id)
    comments = queries.comments(act, post.id)
    every = [one for said in comments for one in (said, *said.replies)]
    return page(
        "feed/show.html",
        form,
        post=post,
        author=author,
        mine=post.author_id == actor().id,
        account_id=actor().id,
        expires_at=_ends_soon(act, post) if post.author_id == actor().id else None,
        **dict(zip(("thanked", "saved"), queries.marks(act, post.id), strict=True)),
        comments=comments,
        answered=next((said for said in every if str(said.comment.id) == form.reply_to.data), None),
        knows_guidelines=actor().kind == RESIDENT and own_account(act).guidelines_at is not None,
    )


def _ends_soon(act: Act, post: Post) -> datetime | None:
    """When the first file of one's own post will be erased, if that is soon enough to ask about it."""
    ends = [medium.expires_at for medium in post.media if medium.expires_at is not None]
    first = min(ends, default=None)
    return first if first is not None and first <= act.now + timedelta(days=rules.RENEW_DAYS) else None


@blueprint.get("/posts/<uuid:post_id>/progress")
@allow(RESIDENT)
def progress(post_id: uuid.UUID) -> ResponseReturnValue:
    """Asked by the author's page while files are prepared; sends the page on when they are."""
    post = access.own_post(reading(), post_id)
    if post.state != "preparing":
        return hx.redirect(url_for("feed.show", post_id=post.id))
    return hx.fragment(render_template("feed/_progress.html", post=post))


@blueprint.get("/media/<uuid:rendition_id>")
@allow(*EVERYBODY)
def media(rendition_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.rendition(reading(), rendition_id)
    if found is None:
        raise NotFound
    return send_media(found.name, found.mime)


def send_media(name: str, mime: str) -> Response:
    """A shared file. It is fetched anew when its post is gone: what was removed is not shown from a cache for long."""
    response = send_file(porchlight().store.path(name), mimetype=mime, conditional=True)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


# — Posting —


@blueprint.route("/posts/new", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def new() -> ResponseReturnValue:
    act = reading()
    if actor().suspended_until:
        target = url_for("moderation.decisions")
        return hx.redirect(target) if hx.asked() else redirect(target)
    if own_account(act).guidelines_at is None:
        target = url_for("feed.guidelines", next=request.full_path.rstrip("?"))
        return hx.redirect(target) if hx.asked() else redirect(target)
    form = PostForm()
    streets = places.streets(act)
    form.street.choices = choices({str(street.id): street.name for street in streets})
    if request.method == "GET":
        home = places.home_street(act, actor().household_id) if actor().household_id else None
        form.street.data = str(home.id) if home else None
        form.event.data = request.args.get("event", "")
        if form.event.data:
            form.category.data = "suspicious"
    event = _own_clip(form.event.data or "")
    if form.validate_on_submit() and is_described(form):
        try:
            with kept(form, from_event=event is not None) as files, writing() as act:
                post = service.publish(
                    act,
                    form.category.data,
                    form.body.data or "",
                    uuid.UUID(form.street.data),
                    form.audience.data,
                    files,
                    cell=form.cell.data or "",
                    as_neighbour=bool(form.as_neighbour.data),
                )
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        except BadFile:
            pass  # the form says it
        else:
            if post.state == "visible":
                flash(_("Your post is in the feed."), "success")
            target = url_for("feed.show", post_id=post.id)
            return hx.redirect(target) if hx.asked() else redirect(target, 303)
    return page(
        "feed/new.html",
        form,
        event=event,
        key=devices.clip_key(act, actor().id) if actor().id else None,
        account_id=actor().id,
        alias=places.alias(act),
        **_preview(form.street.data, form.cell.data),
        most_bytes=porchlight().settings.upload_max_bytes,
    )


def _own_clip(event_id: str) -> Any:
    """The asker's own event with a clip, that this post is to show; None for a post without one."""
    if not event_id:
        return None
    try:
        event, _device = device_access.own_event(reading(), uuid.UUID(event_id))
    except ValueError:
        raise NotFound from None
    if clips.of_event(reading(), event.id, "clip") is None:
        raise NotFound
    return event


@blueprint.get("/posts/reach")
@allow(RESIDENT)
def reach_of_post() -> ResponseReturnValue:
    """Who will see a post at this place, for this audience, and what of the place: asked by the composer as its author
    chooses."""
    preview = _preview(request.args.get("street"), request.args.get("cell"))
    return hx.fragment(
        render_template("feed/_reach.html", audience=request.args.get("audience", "neighbours"), **preview)
    )


def _preview(street_id: str | None, cell: str | None) -> dict[str, Any]:
    """What others will see of a post's place: exactly what `service.publish` would keep."""
    act = reading()
    try:
        place = place_access.place(act, uuid.UUID(street_id) if street_id else None, cell or "")
    except (ValueError, Refusal):
        return {"place": None, "homes": 0}
    return {
        "place": place,
        "homes": places.homes_in_reach(act, place.cell9),
        "outline": reach.outline(place.shown_cell),
        "square_miles": reach.area_km2(place.shown_cell) / reach.KM_PER_MILE**2,
    }


def is_described(form: PostForm) -> bool:
    """Whether each file has a description. One that is missing is asked for once, and a second "Publish" goes without;
    not without script, where the answer would lose the files that were chosen."""
    files = [file for file in [form.clip.data, *(form.media.data or [])] if file]
    missing = [number for number in range(len(files)) if not _description(form, number, files)]
    if not missing or request.form.get("undescribed") or not hx.asked():
        return True
    form.alt.errors = [_("Say in a few words what your files show. Or publish once more, without.")]
    return False


def _description(form: PostForm, number: int, files: Sequence[Any]) -> str:
    """Of the file at `number`: its own, where script has asked for each, or the one for all."""
    own = request.form.getlist("alts")
    return strip(own[number])[: rules.MOST_ALT] if len(own) == len(files) else form.alt.data or ""


@contextmanager
def kept(form: PostForm, from_event: bool) -> Iterator[list[service.Upload]]:
    """The form's files, each looked at and put into the store; all of them are erased again when anything fails.

    Raises BadFile, once the form says beside the field which file it is and why.
    """
    files = [("clip", file, True) for file in [form.clip.data] if file and from_event]
    if from_event and not files:
        raise Refusal("clip-missing", "clip")
    files += [("media", file, bool(form.from_camera.data)) for file in form.media.data or [] if file]
    rules.check_files(len(files))
    with_sound = request.form.getlist("keep_sound")  # the numbers of those whose author switched it on
    found: list[service.Upload] = []
    with uploads.all_or_none() as names:
        for number, (field, file, from_camera) in enumerate(files):
            original = uploads.original(file)
            try:
                name, kind = uploads.keep(file, "uploads")
            except BadFile as bad:
                form[field].errors = [f"{original}: {uploads.WORDS[bad.code]}"]
                raise
            names.append(name)
            alt, keep_sound = _description(form, number, files), str(number) in with_sound
            found.append(service.Upload(name, kind, original, from_camera, alt, keep_sound))
        yield found


@blueprint.post("/posts/<uuid:post_id>/publish")
@allow(RESIDENT)
def publish_without(post_id: uuid.UUID) -> ResponseReturnValue:
    """The author's answer when a file was refused: publish the rest."""
    with writing() as act:
        post = service.publish_without(act, post_id)
    if post.state == "visible":
        flash(_("Your post is in the feed."), "success")
    return redirect(url_for("feed.show", post_id=post_id), 303)


@blueprint.post("/posts/<uuid:post_id>/delete")
@allow(RESIDENT)
def delete(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.delete_post(act, post_id)
    flash(Markup(render_template("feed/_undo.html", post_id=post_id)), "success")
    return redirect(url_for("feed.index"), 303)


@blueprint.post("/posts/<uuid:post_id>/put-back")
@allow(RESIDENT)
def put_back(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.put_back(act, post_id)
    flash(_("Your post is back."), "success")
    return redirect(url_for("feed.show", post_id=post_id), 303)


# — Comments —


@blueprint.post("/posts/<uuid:post_id>/comments")
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def comment(post_id: uuid.UUID) -> ResponseReturnValue:
    form = CommentForm()
    target = url_for("feed.show", post_id=post_id, _anchor="comments")
    if form.validate_on_submit():
        try:
            with writing() as act:
                written = service.comment(act, post_id, form.body.data or "", _reply_to(form))
        except Refusal as refusal:
            access.open_post(reading(), post_id)
            if refusal.code != "wording":
                target = url_for("feed.guidelines", next=url_for("feed.show", post_id=post_id))
                if actor().suspended_until:
                    target = url_for("moderation.decisions")
                return hx.redirect(target) if hx.asked() else redirect(target, 303)
            form.body.errors = _say_instead(refusal)
        else:
            if not hx.asked():
                return redirect(target, 303)
            return hx.fragment(
                render_template(
                    "feed/_comment_added.html",
                    said=queries.Said(written, "" if written.alias is not None else actor().name, False, []),
                    post_id=post_id,
                    form=CommentForm(formdata=None),
                )
            )
    access.open_post(reading(), post_id)
    if hx.asked():
        return hx.fragment((render_template("feed/_comment_form.html", post_id=post_id, form=form), 422))
    return _show(post_id, form)


def _say_instead(refusal: Refusal) -> list[str]:
    """Each of the words that break R5, and how to say it otherwise."""
    return [
        _("“%(words)s”: %(how)s", words=found["words"], how=SAY_INSTEAD[found["reason"]])
        for found in refusal.params["spans"]
    ]


def _reply_to(form: CommentForm) -> uuid.UUID | None:
    """The comment that is answered. Raises NotFound for what is none."""
    try:
        return uuid.UUID(form.reply_to.data) if form.reply_to.data else None
    except ValueError:
        raise NotFound from None


@blueprint.post("/comments/<uuid:comment_id>/delete")
@allow(RESIDENT)
def delete_comment(comment_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        written = service.delete_comment(act, comment_id)
    flash(_("Your comment is deleted."), "success")
    return redirect(url_for("feed.show", post_id=written.post_id, _anchor="comments"), 303)


# — Guidelines —


@blueprint.get("/guidelines")
@allow(*EVERYBODY)
def guidelines() -> ResponseReturnValue:
    accepted = actor().kind in ACCOUNTS and own_account(reading()).guidelines_at is not None
    return render_template("feed/guidelines.html", accepted=accepted, form=Form(), next=next_page(""))


@blueprint.post("/guidelines")
@allow(RESIDENT)
def accept_guidelines() -> ResponseReturnValue:
    with writing() as act:
        accounts.accept_guidelines(act)
    flash(_("Thank you. You can post and comment now."), "success")
    return redirect(next_page(url_for("feed.index")), 303)

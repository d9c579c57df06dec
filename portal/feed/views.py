"""The neighbours' feed, posts with their media and comments, and the composer."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from portal.accounts import service as accounts
from portal.accounts.access import own_account
from portal.clips import queries as clips
from portal.db import Busy, NotFound, Refusal
from portal.devices import access as device_access
from portal.devices import queries as devices
from portal.extensions import limiter
from portal.feed import access, queries, rules, service
from portal.media.kinds import sniff
from portal.media.process import CrashedChild, Refused, check
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import rules as reach
from portal.store import CHUNK, TooLarge
from portal.web import hx, limits
from portal.web.access import ACCOUNTS, EVERYBODY, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pages import next_page
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

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
    "footage-everyone": _l(
        "Videos, and pictures from a doorbell or camera, are for neighbours only. Choose “Neighbours”, or take them out."
    ),
    "too-many-files": _l("At most %(most)d pictures and videos in one post, please."),
    "street-unknown": _l("Choose the street from the list."),
    "clip-missing": _l("Your clip was not opened. Unlock it above and try again."),
}
# Why a file cannot be shown: the codes of `portal.media`, and what to do next.
FILE_WORDS: dict[str, Any] = {
    "unknown-type": _l("This is no picture or video that we know. Try a JPEG or PNG picture, or an MP4 video."),
    "broken": _l("This file is damaged and cannot be read. Try to save or export it again."),
    "truncated": _l("This file is cut short. Try to copy or download it again."),
    "too-many-pixels": _l("This picture has too many pixels. Make it smaller and try again."),
    "too-long": _l("This video is too long: ten minutes at most. Trim it and try again."),
    "no-picture": _l("There is no picture in this file. Choose another one."),
    "too-costly": _l("This file takes more work than we can do for one post. Make it smaller and try again."),
    "too-large": _l("This file is too large. Choose a smaller one, or a shorter video."),
    "failed": _l("We could not prepare this file. Please try again, or choose another one."),
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
    event = HiddenField()


class CommentForm(Form):
    body = TextAreaField(_l("Your comment"), [required(), at_most(rules.MOST_COMMENT)], [strip])


def category_chips() -> dict[str, Any]:
    return {"category_words": CATEGORIES, "category_icons": CATEGORY_ICONS, "file_words": FILE_WORDS}


blueprint.app_context_processor(category_chips)


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


def _wishes() -> tuple[float, str | None]:
    """What the reader narrows the feed to: a radius in miles, and a category."""
    wanted = request.args.get("miles", reach.DEFAULT_MILES, float)
    category = request.args.get("category")
    return (wanted if wanted in reach.MILES else reach.DEFAULT_MILES), (category if category in CATEGORIES else None)


def _feed(endpoint: str, template: str) -> ResponseReturnValue:
    act = reading()
    miles, category = _wishes()
    key = decode(request.args.get("before"), int)
    cards = page_of(
        queries.newest(act, PAGE + 1, miles, category, key[0] if key else None), PAGE, lambda card: (card.seq,)
    )
    context = {"cards": cards, "miles": miles, "category": category, "endpoint": endpoint}
    if hx.asked() and key:
        return hx.fragment(render_template("feed/_rows.html", **context))
    return render_template(
        template,
        after=cards.rows[0].seq if cards.rows and not key else queries.newest_number(act, miles),
        unfinished=queries.own_unfinished(act) if actor().kind == RESIDENT else [],
        all_miles=reach.MILES,
        street=places.home_street(act, actor().household_id) if actor().household_id else None,
        first_page=key is None,
        **context,
    )


@blueprint.get("/feed/live")
@allow(*EVERYBODY)
def live() -> ResponseReturnValue:
    """Whether anything became visible after number `after`: 204 when nothing did."""
    miles, category = _wishes()
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
    return _show(post_id, CommentForm())


def _show(post_id: uuid.UUID, form: CommentForm) -> ResponseReturnValue:
    act = reading()
    post, author = access.post(act, post_id)
    return page(
        "feed/show.html",
        form,
        post=post,
        author=author,
        mine=post.author_id == actor().id,
        comments=queries.comments(act, post.id),
        knows_guidelines=actor().kind == RESIDENT and own_account(act).guidelines_at is not None,
    )


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
@limiter.limit(limits.POSTING, methods=["POST"], exempt_when=limits.limits_are_off)
@allow(RESIDENT)
def new() -> ResponseReturnValue:
    act = reading()
    if own_account(act).guidelines_at is None:
        return redirect(url_for("feed.guidelines", next=request.full_path.rstrip("?")))
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
    if form.validate_on_submit():
        try:
            with _kept(form, from_event=event is not None) as uploads, writing() as act:
                post = service.publish(
                    act,
                    form.category.data,
                    form.body.data or "",
                    uuid.UUID(form.street.data),
                    form.audience.data,
                    uploads,
                )
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        except _BadFile as bad:
            form[bad.field].errors = [f"{bad.original}: {FILE_WORDS[bad.code]}"]
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
        homes=_homes(form.street.data),
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
    """Who will see a post at this street, for this audience: asked by the composer as its author chooses."""
    return hx.fragment(
        render_template(
            "feed/_reach.html",
            audience=request.args.get("audience", "neighbours"),
            homes=_homes(request.args.get("street")),
        )
    )


def _homes(street_id: str | None) -> int:
    act = reading()
    try:
        street = places.street(act, uuid.UUID(street_id or ""))
    except ValueError:
        return 0
    return places.homes_in_reach(act, street.cell9) if street else 0


class _BadFile(Exception):
    """An upload that cannot be shown."""

    def __init__(self, field: str, original: str, code: str) -> None:
        super().__init__(code)
        self.field, self.original, self.code = field, original, code


@contextmanager
def _kept(form: PostForm, from_event: bool) -> Iterator[list[service.Upload]]:
    """The form's files, each looked at and put into the store; all of them are erased again when anything fails."""
    store, uploads = porchlight().store, []
    files = [("clip", file, True) for file in [form.clip.data] if file and from_event]
    if from_event and not files:
        raise Refusal("clip-missing", "clip")
    files += [("media", file, bool(form.from_camera.data)) for file in form.media.data or [] if file]
    rules.check_files(len(files))
    try:
        for field, file, from_camera in files:
            uploads.append(_keep(field, file, from_camera, form.alt.data or ""))
        yield uploads
    except BaseException:
        for upload in uploads:
            store.erase(upload.name)
        raise


def _keep(field: str, file: FileStorage, from_camera: bool, alt: str) -> service.Upload:
    here, original = porchlight(), file.filename or _("unnamed")
    head = file.stream.read(4096)
    file.stream.seek(0)
    kind = sniff(head)
    if kind is None:
        raise _BadFile(field, original, "unknown-type")
    try:
        staged = here.store.stage(_chunks(file), here.settings.upload_max_bytes)
    except TooLarge:
        raise _BadFile(field, original, "too-large") from None
    try:
        check(staged.path, kind)
    except Refused as refused:
        staged.discard()
        raise _BadFile(field, original, refused.code) from None
    except CrashedChild as crashed:  # the machine's fault, not the file's
        staged.discard()
        raise Busy from crashed
    except BaseException:
        staged.discard()
        raise
    name = here.store.keep(staged, "uploads", uuid.uuid4().hex, ".raw", here.clock.now())
    return service.Upload(name, kind, original, from_camera, alt)


def _chunks(file: FileStorage) -> Iterable[bytes]:
    return iter(lambda: file.stream.read(CHUNK), b"")


@blueprint.post("/posts/<uuid:post_id>/publish")
@allow(RESIDENT)
def publish_without(post_id: uuid.UUID) -> ResponseReturnValue:
    """The author's answer when a file was refused: publish the rest."""
    with writing() as act:
        service.publish_without(act, post_id)
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
@limiter.limit(limits.POSTING, methods=["POST"], exempt_when=limits.limits_are_off)
@allow(RESIDENT)
def comment(post_id: uuid.UUID) -> ResponseReturnValue:
    form = CommentForm()
    target = url_for("feed.show", post_id=post_id, _anchor="comments")
    if form.validate_on_submit():
        try:
            with writing() as act:
                written = service.comment(act, post_id, form.body.data or "")
        except Refusal:
            access.open_post(reading(), post_id)
            return redirect(url_for("feed.guidelines", next=url_for("feed.show", post_id=post_id)), 303)
        if hx.asked():
            return hx.fragment(
                render_template(
                    "feed/_comment_added.html", written=written, post_id=post_id, form=CommentForm(formdata=None)
                )
            )
        return redirect(target, 303)
    access.open_post(reading(), post_id)
    if hx.asked():
        return hx.fragment((render_template("feed/_comment_form.html", post_id=post_id, form=form), 422))
    return _show(post_id, form)


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

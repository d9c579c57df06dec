"""Changing one's own post: its words and files, its state; and its history, for everybody who can read it."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from portal.db import NotFound, Refusal
from portal.feed import access, queries, rules, service
from portal.feed.models import Media, Post
from portal.feed.views import WORDS, PostForm, blueprint, is_described, kept
from portal.web import hx, limits
from portal.web.access import EVERYBODY, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import at_most, page, strip
from portal.web.pages import back
from portal.web.uploads import BadFile


class EditForm(PostForm):
    """The composer's form for a post that is there: its place, its event and its name stay as they are."""

    street = cell = event = as_neighbour = None
    alt = StringField(_l("What do the new ones show?"), [at_most(rules.MOST_ALT)], [strip])


@blueprint.route("/posts/<uuid:post_id>/edit", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def edit(post_id: uuid.UUID) -> ResponseReturnValue:
    act = reading()
    post = access.editable_post(act, post_id)
    files = queries.files(act, post.id)
    form = EditForm(obj=post if request.method == "GET" else None, data={"media": None})
    if form.validate_on_submit() and is_described(form):
        try:
            with kept(form, from_event=False) as new, writing() as act:
                changed = service.edit_post(act, post_id, _changes(form, files, new))
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        except BadFile:
            pass  # the form says it
        else:
            flash(_outcome(changed), "success")
            target = url_for("feed.show", post_id=post_id)
            return hx.redirect(target) if hx.asked() else redirect(target, 303)
    removed = set(request.form.getlist("removed")) | (
        {str(medium.id) for medium in files if medium.removed_at} if request.method == "GET" else set()
    )
    return page(
        "feed/edit.html",
        form,
        post=post,
        files=files,
        removed=removed,
        alts={medium.id: request.form.get(f"alt-{medium.id}", medium.alt) for medium in files},
        account_id=actor().id,
        most_bytes=porchlight().settings.upload_max_bytes,
    )


def _changes(form: EditForm, files: list[Media], uploads: list[service.Upload]) -> service.Changes:
    gone = set(request.form.getlist("removed"))
    return service.Changes(
        category=form.category.data,
        body=form.body.data or "",
        audience=form.audience.data,
        uploads=uploads,
        removed=frozenset(medium.id for medium in files if str(medium.id) in gone),
        alts={
            medium.id: strip(request.form[f"alt-{medium.id}"])[: rules.MOST_ALT]
            for medium in files
            if f"alt-{medium.id}" in request.form
        },
    )


def _outcome(post: Post) -> str:
    if post.state == "visible":
        return _("Your changes are in the feed.")
    if post.state in ("held", "hidden"):
        return _("Your changes are kept. A moderator looks at the post before anybody else does.")
    return _("Your changes are kept.")


@blueprint.get("/posts/<uuid:post_id>/history")
@allow(*EVERYBODY)
def history(post_id: uuid.UUID) -> ResponseReturnValue:
    """Earlier words of a post, for everybody who can read it."""
    act = reading()
    post, author = access.post(act, post_id)
    if post.edited_at is None:
        raise NotFound
    return render_template("feed/history.html", post=post, author=author, revisions=queries.revisions(act, post.id))


@blueprint.post("/posts/<uuid:post_id>/resolve")
@allow(RESIDENT)
def resolve(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        post = service.resolve_post(act, post_id, request.form.get("on") != "0")
    flash(_("Good to hear. Your post says so now.") if post.resolved_at else _("Your post is open again."), "success")
    return redirect(back(url_for("feed.show", post_id=post_id)), 303)


@blueprint.post("/posts/<uuid:post_id>/renew")
@allow(RESIDENT)
def renew(post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.renew_media(act, post_id)
    flash(_("They are kept for another %(days)s days.", days=rules.MEDIA_DAYS), "success")
    return redirect(url_for("feed.show", post_id=post_id), 303)

"""An agency's page, what it has published, and publishing for those who speak for it."""

import uuid
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.agencies import access as agency_access
from portal.agencies import queries as agencies
from portal.bulletins import access, queries, rules, service
from portal.db import NotFound, Refusal
from portal.web import hx
from portal.web.access import AGENCY, EVERYBODY, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("bulletins", __name__)
PAGE = 20
blueprint.app_context_processor(lambda: {"why_held": WHY_HELD})

WORDS: dict[str, Any] = {
    "time-missing": _l("Say when the event begins."),
    "not-verified": _l("Your agency is not verified at the moment: nothing new goes out until it is."),
}

# Why words were held by R1, and what to say instead: the reasons of `portal.wording`.
WHY_HELD: dict[str, Any] = {
    "send": _l("It asks residents to hand over recordings or pictures."),
    "look": _l("It asks residents to look through their cameras or recordings."),
    "saw": _l("It asks what somebody's camera saw."),
    "keep": _l("It asks residents to keep recordings for an agency."),
    "want": _l("It says that an agency is looking for recordings."),
    "contact": _l("It asks those who have cameras or recordings to get in touch."),
    "who": _l("It asks who has a camera, or where it is."),
    "upload": _l("It gives a place or an address to send recordings to."),
    "registry": _l("It invites residents to list, connect or open their cameras."),
    "gift": _l("It offers cameras as a gift, a prize or at a lower price."),
}


class WordsForm(Form):
    title = StringField(_l("Title"), [required(), at_most(rules.MOST_TITLE)], [strip])
    body = TextAreaField(_l("Text"), [required(), at_most(rules.MOST_BODY)], [strip], render_kw={"rows": 8})
    place = StringField(_l("Place"), [at_most(rules.MOST_PLACE)], [strip])


class PostForm(WordsForm):
    kind = RadioField(
        _l("What is it?"),
        [required()],
        choices=choices({"tip": _l("Safety tip"), "update": _l("Update"), "event": _l("Community event")}),
        default="tip",
    )
    starts_at = DateTimeLocalField(
        _l("Begins"), [Optional()], description=_l("Only for an event, in the town's own time.")
    )


@blueprint.get("/agencies/<slug>")
@allow(*EVERYBODY)
def show(slug: str) -> ResponseReturnValue:
    act = reading()
    agency = agency_access.agency(act, slug)
    key = decode(request.args.get("before"), int)
    rows = queries.public_posts(act, agency.id, PAGE + 1, key[0] if key else None)
    posts = page_of(rows, PAGE, lambda row: (row.post.published_seq or 0,))
    if hx.asked() and key:
        return hx.fragment(render_template("bulletins/_rows.html", agency=agency, posts=posts))
    own = actor().agency_id == agency.id
    return render_template(
        "bulletins/show.html",
        agency=agency,
        posts=posts,
        members=agencies.members(act, agency.id),
        agreements=agencies.agreements(act, agency.id),
        polygons=agencies.polygons(act, agency.id),
        own=own,
        held=queries.unfinished(act, agency.id) if own else [],
    )


@blueprint.route("/agencies/<slug>/posts/new", methods=["GET", "POST"])
@allow(AGENCY)
def new(slug: str) -> ResponseReturnValue:
    agency = agency_access.own_agency(reading(), slug)
    if not agency_access.is_current(agency, porchlight().clock.now()):
        return render_template("agencies/not_now.html", agency=agency), 409
    form = PostForm()
    if form.validate_on_submit():
        starts_at = form.starts_at.data
        if starts_at is not None:
            starts_at = starts_at.replace(tzinfo=ZoneInfo(porchlight().settings.timezone)).astimezone(UTC)
        try:
            with writing() as act:
                post = service.publish(
                    act,
                    slug,
                    form.kind.data,
                    form.title.data or "",
                    form.body.data or "",
                    form.place.data or "",
                    starts_at,
                )
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return _after(post.state, slug, post.id)
    return page("bulletins/new.html", form, agency=agency)


@blueprint.get("/agencies/<slug>/posts/<uuid:post_id>")
@allow(*EVERYBODY)
def post(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    found = access.post(reading(), slug, post_id)
    return render_template("bulletins/post.html", found=found, own=actor().agency_id == found.agency.id)


@blueprint.route("/agencies/<slug>/posts/<uuid:post_id>/edit", methods=["GET", "POST"])
@allow(AGENCY)
def edit(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """New words for a text that is held."""
    act = reading()
    agency, found = agency_access.own_agency(act, slug), access.post(act, slug, post_id)
    if found.post.state != "held":
        raise NotFound
    if not agency_access.is_current(agency, act.now):
        return render_template("agencies/not_now.html", agency=agency), 409
    form = WordsForm(obj=found.post)
    if form.validate_on_submit():
        with writing() as act:
            post = service.resubmit(
                act, slug, post_id, form.title.data or "", form.body.data or "", form.place.data or ""
            )
        return _after(post.state, slug, post_id)
    return page("bulletins/edit.html", form, agency=agency, found=found)


@blueprint.post("/agencies/<slug>/posts/<uuid:post_id>/withdraw")
@allow(AGENCY)
def withdraw(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.withdraw(act, slug, post_id)
    flash(_("It is withdrawn. The public ledger says so."), "success")
    return redirect(url_for("bulletins.show", slug=slug), 303)


def _after(state: str, slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    if state == "visible":
        flash(_("It is published."), "success")
    return redirect(url_for("bulletins.post", slug=slug, post_id=post_id), 303)

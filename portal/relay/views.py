"""Getting in touch with a neighbour inside the town: no address, no number, no file, and either may end it."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from portal.db import Refusal
from portal.feed import access as feed
from portal.moderation.rules import CITABLE, MOST_REASON
from portal.relay import access, queries, rules, service
from portal.web import limits
from portal.web.access import MODERATOR, RESIDENT, allow
from portal.web.context import actor, reading, writing
from portal.web.forms import Form, at_most, page, required, strip
from portal.web.templating import in_every_page

blueprint = Blueprint("relay", __name__)

WORDS: dict[str, Any] = {
    "guidelines": _l("Please read and accept the guidelines first."),
    "suspended": _l("You are suspended: you can read, and not write."),
    "switched-off": _l("Let others ask you first: this works both ways."),
    "asked-before": _l("You two have been in touch about this post, or one of you has asked already."),
    "reported-before": _l("It was reported already. A moderator will look at it."),
    "conflict": _l("You are, or live with, one of the two. Another moderator decides this."),
}


class MessageForm(Form):
    body = TextAreaField(_l("Your message"), [required(), at_most(rules.MOST_MESSAGE)], [strip])


class ReasonForm(Form):
    reason = TextAreaField(_l("Say in a few words why"), [required(), at_most(MOST_REASON)], [strip])


blueprint.record_once(lambda state: in_every_page(state.app, "relay_waiting", int, queries.WAITING))


@blueprint.get("/contacts")
@allow(RESIDENT)
def index() -> ResponseReturnValue:
    act = reading()
    return render_template("relay/index.html", talks=queries.talks(act), on=queries.lets_others_ask(act, actor().id))


@blueprint.post("/contacts/switch")
@allow(RESIDENT)
def switch() -> ResponseReturnValue:
    on = request.form.get("on") == "1"
    with writing() as act:
        service.switch(act, on)
    flash(_("Neighbours can ask you now.") if on else _("Nobody can ask you any more."), "success")
    return redirect(url_for("relay.index"), 303)


@blueprint.route("/posts/<uuid:post_id>/contact", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def ask_author(post_id: uuid.UUID) -> ResponseReturnValue:
    post = feed.open_post(reading(), post_id)
    return _ask(post_id, post, lambda act: service.ask_author(act, post_id))


@blueprint.route("/comments/<uuid:comment_id>/contact", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def ask_commenter(comment_id: uuid.UUID) -> ResponseReturnValue:
    written = feed.comment(reading(), comment_id)
    return _ask(written.post_id, written, lambda act: service.ask_commenter(act, comment_id))


def _ask(post_id: uuid.UUID, subject: Any, ask: Any) -> ResponseReturnValue:
    form = Form()
    if subject.author_id == actor().id:
        return redirect(url_for("feed.show", post_id=post_id))
    if form.validate_on_submit():
        try:
            with writing() as act:
                ask(act)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Asked. You find the answer under “Contacts”."), "success")
            return redirect(url_for("relay.index"), 303)
    on = queries.lets_others_ask(reading(), actor().id)
    return page("relay/ask.html", form, post_id=post_id, subject=subject, on=on)


@blueprint.route("/contacts/<uuid:thread_id>", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT)
def thread(thread_id: uuid.UUID) -> ResponseReturnValue:
    form = MessageForm()
    talk = access.talk(reading(), thread_id)
    if request.method == "POST":
        access.open_talk(reading(), thread_id)
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.write(act, thread_id, form.body.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return redirect(url_for("relay.thread", thread_id=thread_id, _anchor="end"), 303)
    return page("relay/thread.html", form, talk=talk, messages=queries.messages(reading(), thread_id))


@blueprint.post("/contacts/<uuid:thread_id>/accept")
@allow(RESIDENT)
def accept(thread_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.answer(act, thread_id, consent=True)
    return redirect(url_for("relay.thread", thread_id=thread_id), 303)


@blueprint.post("/contacts/<uuid:thread_id>/decline")
@allow(RESIDENT)
def decline(thread_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.answer(act, thread_id, consent=False)
    flash(_("Declined. They are not told."), "success")
    return redirect(url_for("relay.index"), 303)


@blueprint.post("/contacts/<uuid:thread_id>/end")
@allow(RESIDENT)
def end(thread_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.end(act, thread_id)
    flash(_("It has ended. Neither of you can write any more."), "success")
    return redirect(url_for("relay.index"), 303)


@blueprint.route("/contacts/<uuid:thread_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
def report(thread_id: uuid.UUID) -> ResponseReturnValue:
    talk = access.talk(reading(), thread_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.report(act, thread_id, form.reason.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Thank you. It has ended, and a moderator will read it."), "success")
            return redirect(url_for("relay.index"), 303)
    return page("relay/report.html", form, talk=talk)


# — Moderators —


@blueprint.get("/moderation/contacts")
@allow(MODERATOR)
def reported() -> ResponseReturnValue:
    act = reading()
    found = [(one, service.names(act, one), queries.messages(act, one.id)) for one in queries.reported(act)]
    return render_template("relay/reported.html", reported=found, citable=CITABLE)


@blueprint.post("/moderation/contacts/<uuid:thread_id>/decide")
@allow(MODERATOR)
def decide(thread_id: uuid.UUID) -> ResponseReturnValue:
    rule = request.form.get("rule")
    try:
        with writing() as act:
            service.decide(act, thread_id, rule if rule in CITABLE else None)
    except Refusal as refusal:
        flash(WORDS[refusal.code], "caution")
    else:
        flash(_("Decided. Nobody but the two can read it any more."), "success")
    return redirect(url_for("relay.reported"), 303)

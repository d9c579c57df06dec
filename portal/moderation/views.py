"""Reporting, for residents; the queue of reports and held texts, for moderators."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField

from portal import mail
from portal.agencies import queries as agencies
from portal.agencies import service as agency_service
from portal.db import NotFound, Refusal
from portal.feed import access as feed_access
from portal.feed import queries as feed
from portal.feed.views import send_media
from portal.moderation import queries, rules, service
from portal.web.access import MODERATOR, RESIDENT, allow
from portal.web.context import porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip

blueprint = Blueprint("moderation", __name__)

RULE_WORDS: dict[str, Any] = {
    "R1": _l("It asks for footage on an agency's behalf"),
    "R2": _l("It passes footage on to an agency"),
    "R3": _l("It shows footage that its owner did not share"),
    "R5": _l("It describes what somebody looks like, names or accuses a person, or shows private data"),
    "R7": _l("It shows somebody's private ground or sound"),
}
WORDS: dict[str, Any] = {
    "own": _l("This is your own. You can delete it instead."),
    "reported-before": _l("You have reported this already. A moderator will look at it."),
}


class ReportForm(Form):
    rule = RadioField(
        _l("What is wrong with it?"),
        [required()],
        choices=choices({rule: RULE_WORDS[rule] for rule in ("R5", "R7", "R3", "R1", "R2")}),
        default="R5",
    )
    reason = TextAreaField(
        _l("Say in a few words why"), [required(), at_most(rules.MOST_REASON)], [strip], render_kw={"rows": 4}
    )


class DecisionForm(Form):
    rule = SelectField(_l("Rule"), [required()], choices=choices({rule: rule for rule in rules.CITABLE}))


class ReasonForm(Form):
    reason = TextAreaField(
        _l("Reason, for everyone to read"), [required(), at_most(rules.MOST_REASON)], [strip], render_kw={"rows": 2}
    )


@blueprint.route("/posts/<uuid:post_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
def report_post(post_id: uuid.UUID) -> ResponseReturnValue:
    post = feed_access.open_post(reading(), post_id)
    form = ReportForm()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.report_post(act, post_id, form.rule.data, form.reason.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return _thanks(post_id)
    return page("moderation/report.html", form, post_id=post_id, text=post.body)


@blueprint.route("/comments/<uuid:comment_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
def report_comment(comment_id: uuid.UUID) -> ResponseReturnValue:
    comment = feed_access.comment(reading(), comment_id)
    form = ReportForm()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.report_comment(act, comment_id, form.rule.data, form.reason.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return _thanks(comment.post_id)
    return page("moderation/report.html", form, post_id=comment.post_id, text=comment.body)


def _thanks(post_id: uuid.UUID) -> ResponseReturnValue:
    flash(_("Thank you. A moderator will look at it."), "success")
    return redirect(url_for("feed.show", post_id=post_id), 303)


@blueprint.get("/moderation")
@allow(MODERATOR)
def index() -> ResponseReturnValue:
    act = reading()
    return render_template(
        "moderation/index.html",
        reported=queries.open_reports(act),
        held=agencies.held(act),
        decision=DecisionForm(),
        reason=ReasonForm(),
        rule_words=RULE_WORDS,
    )


@blueprint.get("/moderation/media/<uuid:rendition_id>")
@allow(MODERATOR)
def media(rendition_id: uuid.UUID) -> ResponseReturnValue:
    """A file of a post that was reported: for as long as the report is open."""
    found = feed.rendition(reading(), rendition_id, queries.under_review())
    if found is None:
        raise NotFound
    return send_media(found.name, found.mime)


@blueprint.post("/moderation/reports/<uuid:report_id>/keep")
@allow(MODERATOR)
def keep(report_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.keep(act, report_id)
    flash(_("It stays, and the report is answered."), "success")
    return redirect(url_for("moderation.index"), 303)


@blueprint.post("/moderation/reports/<uuid:report_id>/remove")
@allow(MODERATOR)
def remove(report_id: uuid.UUID) -> ResponseReturnValue:
    form = DecisionForm()
    if not form.validate_on_submit():
        flash(_("Choose the rule that it breaks."), "caution")
        return redirect(url_for("moderation.index"), 303)
    town = porchlight().settings.town_name
    with writing() as act:
        author = service.remove(act, report_id, form.rule.data)
        mail.send(
            act,
            author.email,
            f"{_('A moderator made a decision')} · {town}",
            "\n\n".join(
                (
                    _("Hello %(name)s,", name=author.name),
                    _("a moderator removed something that you wrote, because of rule %(rule)s.", rule=form.rule.data),
                    str(RULE_WORDS[form.rule.data]) + ".",
                    _("Sign in to see which it is. The rules in plain words stand in the guidelines."),
                )
            )
            + "\n",
        )
    flash(_("It is removed, and its author has been told which rule it broke."), "success")
    return redirect(url_for("moderation.index"), 303)


@blueprint.post("/moderation/held/<uuid:post_id>/release")
@allow(MODERATOR)
def release(post_id: uuid.UUID) -> ResponseReturnValue:
    return _decide(post_id, release=True)


@blueprint.post("/moderation/held/<uuid:post_id>/refuse")
@allow(MODERATOR)
def refuse(post_id: uuid.UUID) -> ResponseReturnValue:
    return _decide(post_id, release=False)


def _decide(post_id: uuid.UUID, release: bool) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(_("Say why: the reason is public."), "caution")
        return redirect(url_for("moderation.index"), 303)
    with writing() as act:
        if release:
            agency_service.release(act, post_id, form.reason.data or "")
        else:
            agency_service.refuse(act, post_id, form.reason.data or "")
    flash(_("It is published.") if release else _("It is refused."), "success")
    return redirect(url_for("moderation.index"), 303)

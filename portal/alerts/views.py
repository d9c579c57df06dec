"""The inbox, what a resident wants to be told and how, the end of mail by a link, and the service worker."""

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal import push
from portal.alerts import access, queries, rules, service
from portal.alerts.models import ABOUT, CHANNELS, AlertRule
from portal.db import Refusal
from portal.devices.models import KINDS as EVENT_KINDS
from portal.extensions import csrf
from portal.feed.views import CATEGORIES, CATEGORY_ICONS
from portal.neighbourhoods import rules as places
from portal.web import hx, limits
from portal.web.access import EVERYBODY, RESIDENT, VISITOR, allow
from portal.web.assets import ROOT as STATIC
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, choices, page, required
from portal.web.pagination import LARGEST, decode
from portal.web.pagination import page as page_of
from portal.web.templating import in_every_page, told

blueprint = Blueprint("alerts", __name__)
PAGE = 30

WORDS: dict[str, Any] = {
    "too-many-rules": _l("You have %(most)d alerts already. Change or remove one first."),
    "too-many-browsers": _l("You have %(most)d browsers here already. Remove one first."),
    "push-service": _l("Your browser uses a push service that this town does not send to. Choose mail instead."),
    "push-keys": _l("Your browser sent keys that cannot be read. Reload the page and try again."),
    "no-browser": _l("Switch push on in a browser first."),
    "link-unusable": _l("This link is not complete. Open it from the letter again, or sign in and choose there."),
}
EVENTS: dict[str, Any] = {
    "ring": _l("Someone rang"),
    "motion": _l("Movement"),
    "person": _l("A person"),
    "package": _l("A package"),
    "tamper": _l("The doorbell was touched or moved"),
}
ABOUT_WORDS: dict[str, Any] = {
    "posts": _l("Posts near my home"),
    "devices": _l("My doorbells"),
    "answers": _l("Answers to me"),
    "agencies": _l("Agencies that I follow"),
}
TOLD: dict[str, tuple[str, Any]] = {
    "tip": ("bulb", _l("%(agency)s published a safety tip")),
    "update": ("info", _l("%(agency)s published an update")),
    "event": ("calendar", _l("%(agency)s published an event")),
}
# What was decided, by what it is about; facts of the entry fill the places.
DECISIONS: dict[str, dict[str, Any]] = {
    "post": {
        "case.hidden": _l("Your post is hidden until a moderator has looked at it"),
        "case.left": _l("A moderator looked at your post: it keeps to the rules, and its readers see it"),
        "case.warned": _l("A moderator warned you about your post: rule %(rule)s"),
        "case.removed": _l("A moderator removed your post: rule %(rule)s"),
        "appeal.upheld": _l("Your appeal was looked at: the decision about your post stands"),
        "appeal.overturned": _l("Your appeal was looked at: the decision about your post was taken back"),
    },
    "comment": {
        "case.hidden": _l("Your comment is hidden until a moderator has looked at it"),
        "case.left": _l("A moderator looked at your comment: it keeps to the rules"),
        "case.warned": _l("A moderator warned you about your comment: rule %(rule)s"),
        "case.removed": _l("A moderator removed your comment: rule %(rule)s"),
        "appeal.upheld": _l("Your appeal was looked at: the decision about your comment stands"),
        "appeal.overturned": _l("Your appeal was looked at: the decision about your comment was taken back"),
    },
    "agency_comment": {
        "case.removed": _l("Two moderators removed your comment under an agency's post: rule %(rule)s"),
        "appeal.upheld": _l("Your appeal was looked at: the decision about your comment stands"),
        "appeal.overturned": _l("Your appeal was looked at: your comment is back"),
    },
    "person": {
        "person.suspended": _l("You can read, and not write, for %(days)s days: rule %(rule)s"),
        "appeal.upheld": _l("Your appeal was looked at: the suspension stands"),
        "appeal.overturned": _l("Your appeal was looked at: the suspension was taken back"),
    },
}


def _zone() -> ZoneInfo:
    return ZoneInfo(porchlight().settings.timezone)


# — The inbox —


@dataclass(frozen=True)
class Shown:
    """A line of the inbox in words. `href` is empty when there is nothing left to look at."""

    line: queries.Line
    icon: str
    text: str
    detail: str = ""
    href: str = ""


def shown(line: queries.Line) -> Shown:
    notice, post = line.notice, line.post
    href = url_for("feed.show", post_id=post.id) if post is not None else ""
    if notice.kind == "event":
        if line.event is None:
            return Shown(line, "bell", _("Something that one of your doorbells noticed. Its time is over."))
        target = url_for("clips.event", event_id=line.event.id)
        return Shown(line, line.event.kind, str(EVENTS[line.event.kind]), line.device, target)
    if notice.kind == "decision":
        assert line.entry is not None  # the ledger forgets nothing
        facts, kind = line.entry.facts, line.entry.kind
        target = href if kind == "case.hidden" else url_for("moderation.decisions")
        return Shown(line, "scale", str(DECISIONS[facts["subject"]][kind] % facts), href=target)
    if notice.kind == "reply":
        if post is None or not line.reply:
            return Shown(line, "comment", _("A comment that is no longer there."))
        mine = post.author_id == actor().id
        words = _("Somebody commented on your post") if mine else _("Somebody commented where you commented too")
        return Shown(line, "comment", words, href=f"{href}#comments")
    if notice.kind == "agency":
        if line.told is None:
            return Shown(line, "town", _("Something that an agency published, and withdrew."))
        told, agency = line.told
        icon, words = TOLD[told.kind]
        target = url_for("bulletins.post", slug=agency.slug, post_id=told.id)
        return Shown(line, icon, words % {"agency": agency.name}, told.title, target)
    if notice.kind == "answer":
        if line.told is None or line.remark is None:
            return Shown(line, "comment", _("An answer that is no longer there."))
        told, agency = line.told
        words = _("%(agency)s answered you") if line.remark.agency_id else _("Somebody answered you at %(agency)s")
        target = url_for("bulletins.post", slug=agency.slug, post_id=told.id, _anchor="comments")
        return Shown(line, "comment", words % {"agency": agency.name}, told.title, target)
    if post is None or post.state != "visible":
        return Shown(line, "feed", _("A post near you that is no longer there."))
    category = str(CATEGORIES[post.category])
    return Shown(line, CATEGORY_ICONS[post.category], _("New near you: %(category)s", category=category), href=href)


blueprint.record_once(lambda state: in_every_page(state.app, "alerts_mark", queries.Mark, *queries.MARK))


@blueprint.get("/alerts")
@allow(RESIDENT)
def index() -> ResponseReturnValue:
    key = decode(request.args.get("before"), int)
    rows = queries.inbox(reading(), PAGE + 1, key[0] if key else None)
    found = page_of(rows, PAGE, lambda line: (line.notice.seq,))
    lines = [shown(line) for line in found.rows]
    if hx.asked() and key:
        return hx.fragment(render_template("alerts/_rows.html", lines=lines, next=found.next))
    return render_template("alerts/index.html", lines=lines, next=found.next, inbox=key is None)


@blueprint.get("/alerts/live")
@allow(RESIDENT, VISITOR)
def live() -> ResponseReturnValue:
    """The header's count, and with `inbox` the new lines: 204 when both are as the page has them. A page whose session
    has ended goes on standing as it is, hence visitors."""
    if actor().kind != RESIDENT:
        return Response(status=204)
    after, now = request.args.get("after", 0, _number), told()["alerts_mark"]
    if (now.newest, now.unread) == (after, request.args.get("unread", 0, _number)):
        return Response(status=204)
    inbox = "inbox" in request.args
    lines = [shown(line) for line in queries.inbox(reading(), PAGE, after=after)] if inbox else []
    return hx.fragment(render_template("alerts/_live.html", lines=lines, inbox=inbox, mark=now))


def _number(text: str) -> int:
    """Raises ValueError for what the database cannot hold."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number


@blueprint.post("/alerts/<uuid:notice_id>/read")
@allow(RESIDENT)
def read(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one as read; with `open`, go on to what it tells of."""
    with writing() as act:
        notice = service.mark_read(act, notice_id)
    href = shown(queries.lines(reading(), [notice])[0]).href if "open" in request.form else ""
    return redirect(href or url_for("alerts.index"), 303)


@blueprint.post("/alerts/read")
@allow(RESIDENT)
def read_all() -> ResponseReturnValue:
    with writing() as act:
        service.mark_all_read(act, request.form.get("upto", 0, _number))
    return redirect(url_for("alerts.index"), 303)


# — What a resident wants to be told —


class RuleForm(Form):
    """What every alert has."""

    by_mail = BooleanField(_l("By mail"))
    by_push = BooleanField(_l("By push, to browsers where you switched it on"))
    quiet_from = TimeField(_l("Quiet from"), [Optional()])
    quiet_until = TimeField(_l("Quiet until"), [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if good and (self.quiet_from.data is None) != (self.quiet_until.data is None):
            self.quiet_until.errors = [_("Give both times, or none.")]
            return False
        return good

    def wish(self, about: str) -> service.Wish:
        values = {
            name: field.data
            for name, field in self._fields.items()
            if name in service.Wish.__dataclass_fields__ and field.data is not None
        }
        return service.Wish(about, **values)


class PostsForm(RuleForm):
    miles = RadioField(
        _l("How far around your home?"),
        [required()],
        coerce=float,
        choices=choices(
            {miles: _l("1 mile") if miles == 1 else _l("%(count)s miles", count=f"{miles:g}") for miles in places.MILES}
        ),
        default=places.DEFAULT_MILES,
    )
    category = SelectField(
        _l("What about?"),
        choices=choices({"": _l("Everything"), **CATEGORIES}),
        coerce=lambda value: value or None,
    )
    in_digest = BooleanField(_l("In the daily digest"))


class DevicesForm(RuleForm):
    kinds = SelectMultipleField(
        _l("What happened?"),
        [required(_l("Choose at least one."))],
        choices=choices(EVENTS),
        default=["ring"],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class AgenciesForm(RuleForm):
    in_digest = BooleanField(_l("In the daily digest"))
    urgent_at_once = BooleanField(_l("Urgent updates may come in quiet hours"))


FORMS: dict[str, type[RuleForm]] = {
    "posts": PostsForm,
    "devices": DevicesForm,
    "answers": RuleForm,
    "agencies": AgenciesForm,
}


class HourForm(Form):
    hour = SelectField(
        _l("When should the digest come?"),
        coerce=int,
        choices=choices({hour: f"{hour:02d}:00" for hour in range(24)}),
    )


def in_words(rule: AlertRule) -> str:
    if rule.about == "posts":
        what = str(CATEGORIES[rule.category]) if rule.category else _("Everything")
        far = _("1 mile") if rule.miles == 1 else _("%(count)s miles", count=f"{rule.miles:g}")
        return _("%(what)s within %(far)s of home", what=what, far=far)
    if rule.about == "devices":
        return ", ".join(str(EVENTS[kind]) for kind in EVENT_KINDS if kind in rule.kinds)
    if rule.about == "agencies":
        return _("What agencies that you follow publish")
    return _("Comments on what you wrote, and moderators' decisions")


@blueprint.get("/alerts/settings")
@allow(RESIDENT)
def settings() -> ResponseReturnValue:
    act = reading()
    own = queries.own_rules(act)
    state = queries.digest_state(act, actor().id) if actor().id else None
    browsers = queries.browsers(act, [actor().id] if actor().id else [])
    return render_template(
        "alerts/settings.html",
        own=[(rule, in_words(rule)) for rule in own],
        about_words=ABOUT_WORDS,
        digest=any(rule.in_digest for rule in own),
        hour=HourForm(hour=state.hour if state else rules.DIGEST_HOUR),
        browsers=[(row, urlsplit(row.endpoint).hostname) for row in browsers],
        endpoints=[row.endpoint for row in browsers],
        push_key=push.public_key(porchlight().settings.data),
        has_home=actor().home_cell is not None,
    )


@blueprint.route("/alerts/rules/new", methods=["GET", "POST"])
@allow(RESIDENT)
def new_rule() -> ResponseReturnValue:
    about = request.args.get("about", "posts")
    if about not in ABOUT:
        abort(404)
    form = FORMS[about]()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.add_rule(act, form.wish(about), _zone())
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Your alert is set."), "success")
            return redirect(url_for("alerts.settings"), 303)
    return page("alerts/rule.html", form, about=about, title=ABOUT_WORDS[about], rule=None, icons=CATEGORY_ICONS)


@blueprint.route("/alerts/rules/<uuid:rule_id>/edit", methods=["GET", "POST"])
@allow(RESIDENT)
def edit_rule(rule_id: uuid.UUID) -> ResponseReturnValue:
    rule = access.own_rule(reading(), rule_id)
    form = FORMS[rule.about](obj=rule)
    if request.method == "GET" and rule.quiet_from == rule.quiet_until:
        form.quiet_from.data = form.quiet_until.data = None
    if form.validate_on_submit():
        with writing() as act:
            service.change_rule(act, rule_id, form.wish(rule.about), _zone())
        flash(_("Saved."), "success")
        return redirect(url_for("alerts.settings"), 303)
    return page("alerts/rule.html", form, about=rule.about, title=ABOUT_WORDS[rule.about], rule=rule)


@blueprint.post("/alerts/rules/<uuid:rule_id>/remove")
@allow(RESIDENT)
def remove_rule(rule_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.remove_rule(act, rule_id)
    flash(_("You get no more of these alerts."), "success")
    return redirect(url_for("alerts.settings"), 303)


@blueprint.post("/alerts/digest")
@allow(RESIDENT)
def digest_hour() -> ResponseReturnValue:
    form = HourForm()
    if not form.validate_on_submit():
        flash(_("Choose an hour from the list."), "caution")
        return redirect(url_for("alerts.settings"), 303)
    with writing() as act:
        service.choose_hour(act, form.hour.data, _zone())
    flash(_("The digest comes at %(hour)s.", hour=f"{form.hour.data:02d}:00"), "success")
    return redirect(url_for("alerts.settings"), 303)


@blueprint.post("/alerts/trial")
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(RESIDENT)
def trial() -> ResponseReturnValue:
    """One letter or push now, to see that it comes through."""
    channel = request.form.get("channel", "")
    if channel not in CHANNELS:
        abort(400)
    try:
        with writing() as act:
            service.send_trial(act, channel)
    except Refusal as refusal:
        flash(str(WORDS[refusal.code]), "caution")
    else:
        flash(_("It is on its way."), "success")
    return redirect(url_for("alerts.settings"), 303)


# — Push —


@blueprint.post("/alerts/browsers")
@allow(RESIDENT)
def add_browser() -> ResponseReturnValue:
    """What the browser's push service gave it, from a form that a script filled in."""
    endpoint, p256dh, auth = (request.form.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    try:
        push.check(push.Browser(endpoint, p256dh, auth), porchlight().settings.trusted_push_hosts)
        with writing() as act:
            service.keep_browser(act, endpoint, p256dh, auth)
    except Refusal as refusal:
        flash(str(WORDS[refusal.code] % refusal.params if refusal.params else WORDS[refusal.code]), "caution")
    else:
        flash(_("Push is on in this browser. Choose below which alerts come by push."), "success")
    return redirect(url_for("alerts.settings"), 303)


@blueprint.post("/alerts/browsers/<uuid:browser_id>/remove")
@allow(RESIDENT)
def remove_browser(browser_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.forget_browser(act, browser_id)
    flash(_("This browser gets no more push messages."), "success")
    return redirect(url_for("alerts.settings"), 303)


@blueprint.get("/service-worker.js")
@allow(*EVERYBODY)
def service_worker() -> ResponseReturnValue:
    """The script that a browser wakes for a push message. It stands at the root: a worker serves what is below it."""
    response = send_file(STATIC / "service-worker.js", mimetype="text/javascript", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


# — The end of mail, from a letter —


@blueprint.route("/alerts/unsubscribe/<token>", methods=["GET", "POST"])
@csrf.exempt
@allow(*EVERYBODY)
def unsubscribe(token: str) -> ResponseReturnValue:
    """Opening the link changes nothing, because scanners of mail open links; the button does, and so does a mail
    program's own button (RFC 8058), which can have neither session nor token of ours."""
    form = Form()
    try:
        account_id, what = rules.read_token(porchlight().settings.secret_key, token)
    except Refusal as refusal:
        form.refuse(refusal, WORDS)
        return page("alerts/unsubscribe.html", form, what="", done=False)
    if request.method == "POST":
        with writing() as act:
            service.end_mail(act, account_id, what)
    return page("alerts/unsubscribe.html", form, what=what, done=request.method == "POST")

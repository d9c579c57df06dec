"""Reporting, for residents; the queue of cases, for moderators; decisions and appeals, for authors; the public log."""

import csv
import io
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from portal import mail
from portal.audit.models import LedgerEntry
from portal.bulletins import access as bulletin_access
from portal.db import Act, NotFound, Refusal
from portal.feed import access as feed_access
from portal.feed import queries as feed
from portal.feed.views import send_media
from portal.moderation import queries, rules, service
from portal.moderation.queries import Item
from portal.moderation.service import Told, Verdict
from portal.responses import access as response_access
from portal.responses.views import comment_page
from portal.web import hx, limits
from portal.web.access import AGENCY, EVERYBODY, MODERATOR, OPERATOR, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pagination import decode
from portal.web.pagination import page as page_of
from portal.web.spreadsheet import cell

blueprint = Blueprint("moderation", __name__)
PAGE = 40
CSV_BATCH = 500
WHYS = "any(reported,held,agency,appeal)"

RULE_WORDS: dict[str, Any] = {
    "R1": _l("It asks for footage on an agency's behalf"),
    "R2": _l("It passes footage on to an agency"),
    "R3": _l("It shows footage that its owner did not share"),
    "R5": _l("It describes what somebody looks like, names or accuses a person, or shows private data"),
    "R7": _l("It shows somebody's private ground or sound"),
    "R8": _l("It brings back a request that has ended"),
}
# Under an agency's post R5 is about private people. Who acts for an agency may be named, blamed and praised.
PRIVATE_R5 = _l("It says what a private person looks like, or shows a private person's data")
SUBJECTS: dict[str, Any] = {
    "post": _l("A neighbour's post"),
    "comment": _l("A neighbour's comment"),
    "agency_post": _l("An agency's text"),
    "agency_edit": _l("New words for an agency's text"),
    "picture": _l("An agency's picture"),
    "agency_comment": _l("A comment under an agency's post"),
    "agency_answer": _l("An agency's answer"),
    "person": _l("A suspension"),
}
# The same things, said to the one who wrote them.
YOURS: dict[str, Any] = {
    "post": _l("Your post"),
    "comment": _l("Your comment"),
    "agency_post": _l("Your agency's text"),
    "agency_edit": _l("Your agency's new words"),
    "picture": _l("Your agency's picture"),
    "agency_comment": _l("Your comment under an agency's post"),
    "agency_answer": _l("Your agency's answer"),
    "person": _l("Your account"),
}
YOUR_OUTCOMES: dict[str, Any] = {
    "leave": _l("keeps to the rules"),
    "warn": _l("a warning"),
    "remove": _l("removed"),
    "suspend": _l("suspended for a time"),
}
WHY: dict[str, Any] = {
    "reported": _l("reported by neighbours"),
    "held": _l("held before anybody saw it"),
    "agency": _l("held before it went out"),
    "appeal": _l("appealed by its author"),
}
OUTCOMES: dict[str, Any] = {
    "leave": _l("It keeps to the rules"),
    "warn": _l("Its author was warned"),
    "remove": _l("Removed"),
    "suspend": _l("Suspended"),
    "upheld": _l("Appeal: the decision stands"),
    "overturned": _l("Appeal: the decision was taken back"),
    "hidden": _l("Hidden by itself, until a moderator looked"),
    "moot": _l("Decided anew"),
}
CHOICES: dict[str, Any] = {
    "leave": _l("It keeps to the rules"),
    "warn": _l("Warn the author, and leave it"),
    "remove": _l("Remove it"),
    "upheld": _l("The decision stands"),
    "overturned": _l("Take the decision back"),
}
CHOICES_HELD: dict[str, Any] = {
    "leave": _l("It keeps to the rules: let it out"),
    "remove": _l("It breaks a rule: it stays in"),
}
CONFLICTS: dict[str, Any] = {
    "own": _l("You wrote it, or it stands under what you wrote."),
    "household": _l("Somebody of a household that you declared as yours wrote it."),
    "reported": _l("You or somebody of your household reported it."),
    "decided-before": _l("You decided about it before."),
    "proposed-before": _l("You were the first to decide this. A second person has to agree."),
}
WORDS: dict[str, Any] = {
    "own": _l("This is your own. You can delete it instead."),
    "reported-before": _l("You have reported this already. A moderator will look at it."),
    "address-unknown": _l("There is no home at this address. Write it as it stands on the town's list."),
    "claimed": _l("%(name)s has claimed this already."),
    "not-claimed": _l("Your claim has ended. Claim it again; what you wrote is still here."),
    "changed": _l("Its author has changed the words since you read them. Please read it again."),
    "outcome": _l("Please choose one of these."),
    "rule": _l("Choose the rule that it breaks."),
    "suspension": _l("Only with a warning or a removal can its author be suspended."),
    "reason-tells": _l("Everybody reads this reason, so it may not hold “%(words)s”."),
    "appealed-before": _l("You have appealed against this already."),
    "too-late": _l("The 30 days for an appeal are over."),
    "nothing-to-appeal": _l("There is nothing left to appeal against: it has changed since."),
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
    outcome = RadioField(_l("Your decision"), [required(_l("Please choose one of these."))])
    rule = SelectField(_l("Which rule does it break?"), default="", validate_choice=False)
    days = SelectField(_l("Suspend its author as well?"), default="0", validate_choice=False)
    reason = TextAreaField(
        _l("Why, for everybody to read"),
        [required(), at_most(rules.MOST_REASON)],
        [strip],
        description=_l("It stands in the public log. No names, no places, nothing of the text itself."),
        render_kw={"rows": 3},
    )
    words = HiddenField()


class HomeForm(Form):
    elsewhere = BooleanField(_l("I live in none of the town's homes"))
    address = StringField(
        _l("Your address in the town"), [at_most(200)], [strip], render_kw={"autocomplete": "street-address"}
    )


class AppealForm(Form):
    text = TextAreaField(
        _l("Why should somebody look at it again?"),
        [required(), at_most(rules.MOST_APPEAL)],
        [strip],
        description=_l("A moderator reads it who did not make the decision. Nobody else does."),
        render_kw={"rows": 6},
    )


# — Reporting —


def rule_words(rule: str, subject: str) -> Any:
    """What a rule means for this kind of thing."""
    return PRIVATE_R5 if rule == "R5" and subject == "agency_comment" else RULE_WORDS[rule]


@blueprint.route("/posts/<uuid:post_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
@limits.when_sent(limits.POSTING)
def report_post(post_id: uuid.UUID) -> ResponseReturnValue:
    post = feed_access.open_post(reading(), post_id)
    return _report(
        ReportForm(),
        post.body,
        url_for("feed.show", post_id=post_id),
        lambda act, *why: service.report_post(act, post_id, *why),
        lambda _back_to: _thanks(post_id),
    )


@blueprint.route("/comments/<uuid:comment_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
@limits.when_sent(limits.POSTING)
def report_comment(comment_id: uuid.UUID) -> ResponseReturnValue:
    comment = feed_access.comment(reading(), comment_id)
    return _report(
        ReportForm(),
        comment.body,
        url_for("feed.show", post_id=comment.post_id),
        lambda act, *why: service.report_comment(act, comment_id, *why),
        lambda _back_to: _thanks(comment.post_id),
    )


@blueprint.route("/agencies/<slug>/posts/<uuid:post_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
@limits.when_sent(limits.POSTING)
def report_agency_post(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """An agency's post, most of all one that asks for footage after all. It stays until two moderators have agreed."""
    post = bulletin_access.public_post(reading(), slug, post_id).post
    return _report(
        _agency_form("agency_post"),
        f"{post.title}\n\n{post.body}",
        url_for("bulletins.post", slug=slug, post_id=post_id),
        lambda act, *why: service.report_agency_post(act, slug, post_id, *why),
        _two_look,
    )


@blueprint.route("/agency-comments/<uuid:comment_id>/report", methods=["GET", "POST"])
@allow(RESIDENT)
@limits.when_sent(limits.POSTING)
def report_under_agency(comment_id: uuid.UUID) -> ResponseReturnValue:
    """A comment under an agency's post, or an answer there. It stays where it is until two moderators have decided."""
    remark = response_access.comment(reading(), comment_id)
    return _report(
        _agency_form(service.kind_of(remark)),
        remark.body,
        comment_page(comment_id),
        lambda act, *why: service.report_under_agency(act, comment_id, *why),
        _two_look,
    )


def _agency_form(subject: str) -> ReportForm:
    """With the rules that this can break."""
    form, citable = ReportForm(), rules.citable(subject)
    form.rule.choices = choices({rule: rule_words(rule, subject) for rule in citable})
    if request.method == "GET":
        form.rule.data = citable[0]
    return form


def _report(
    form: ReportForm,
    text: str,
    back_to: str,
    send: Callable[[Act, str, str], None],
    done: Callable[[str], ResponseReturnValue],
) -> ResponseReturnValue:
    """The page on which `text` is reported; `done` answers once it is."""
    if actor().suspended_until:
        return redirect(url_for("moderation.decisions"), 303)
    if form.validate_on_submit():
        try:
            with writing() as act:
                send(act, form.rule.data, form.reason.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return done(back_to)
    return page("moderation/report.html", form, back_to=back_to, text=text)


def _two_look(back_to: str) -> ResponseReturnValue:
    flash(_("Thank you. Moderators will look at it. Until two of them agree, it stays."), "success")
    return redirect(back_to, 303)


def _thanks(post_id: uuid.UUID) -> ResponseReturnValue:
    flash(_("Thank you. A moderator will look at it."), "success")
    still_there = feed.post(reading(), post_id) is not None
    return redirect(url_for("feed.show", post_id=post_id) if still_there else url_for("feed.index"), 303)


# — The queue —


def _words() -> dict[str, Any]:
    return {
        "rule_words": RULE_WORDS,
        "rule_said": rule_words,
        "subject_words": SUBJECTS,
        "your_words": YOURS,
        "your_outcomes": YOUR_OUTCOMES,
        "why_words": WHY,
        "outcome_words": OUTCOMES,
        "conflict_words": CONFLICTS,
        "decision_about": _decision_about,
    }


blueprint.app_context_processor(lambda: {"moderation": _words()})


def _decision_about(subject_id: uuid.UUID) -> queries.Decision | None:
    """The newest decision about something that the asker wrote: for its own page."""
    return queries.last_about(reading(), subject_id) if actor().kind == RESIDENT else None


def _rows(act: Act) -> list[tuple[Item, str, str]]:
    """Each case with whose claim it has (free, mine, other), and why the asker may not decide it ("")."""
    me = queries.myself(act)
    return [(item, item.claim(act), service.conflict(act, item, me) or "") for item in queries.queue(act)]


def _seen(rows: list[tuple[Item, str, str]]) -> str:
    """Short letters that change when anything in the queue does."""
    parts = []
    for item, claim, conflict in rows:
        until = item.case.claimed_until if item.case and claim != "free" else None
        told = (item.why, item.subject.id, claim, item.claimed_by if until else "", until, conflict, len(item.reports))
        parts.append("|".join(map(str, told)))
    return rules.digest(*parts)


@blueprint.get("/moderation")
@allow(MODERATOR)
def index() -> ResponseReturnValue:
    act = reading()
    if not queries.has_declared(act):
        return redirect(url_for("moderation.home"))
    rows = _rows(act)
    return render_template("moderation/index.html", rows=rows, seen=_seen(rows))


@blueprint.get("/moderation/live")
@allow(MODERATOR)
def live() -> ResponseReturnValue:
    """The queue, when it is another than the page shows (`seen`); else 204."""
    rows = _rows(reading())
    seen = _seen(rows)
    if seen == request.args.get("seen"):
        return Response(status=204)
    return hx.fragment(render_template("moderation/_queue.html", rows=rows, seen=seen))


@blueprint.route("/moderation/home", methods=["GET", "POST"])
@allow(MODERATOR)
def home() -> ResponseReturnValue:
    """Where a moderator lives, asked before their first case: they decide about nobody there."""
    form = HomeForm()
    if form.validate_on_submit():
        if not form.elsewhere.data and not form.address.data:
            form.address.errors = [_("Say where you live, or that it is in none of the town's homes.")]
        else:
            try:
                with writing() as act:
                    service.declare_home(act, None if form.elsewhere.data else form.address.data or "")
            except Refusal as refusal:
                form.refuse(refusal, WORDS)
            else:
                flash(_("Thank you. You decide about nobody who lives there."), "success")
                return redirect(url_for("moderation.index"), 303)
    own = actor().id
    return page("moderation/home.html", form, homes=queries.declarations(reading(), own) if own else [])


@blueprint.get("/moderation/media/<uuid:rendition_id>")
@allow(MODERATOR)
def media(rendition_id: uuid.UUID) -> ResponseReturnValue:
    """A file of a post that waits for a moderator: for as long as it does."""
    found = feed.rendition(reading(), rendition_id, queries.under_review())
    if found is None:
        raise NotFound
    response = send_media(found.name, found.mime)
    response.headers["Cache-Control"] = "no-store"
    return response


# — A case —


@blueprint.get(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>")
@allow(MODERATOR)
def case(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    if not queries.has_declared(reading()):
        return redirect(url_for("moderation.home"))
    return _case(why, subject_id, None)


def _case(why: str, subject_id: uuid.UUID, form: DecisionForm | None) -> ResponseReturnValue:
    act = reading()
    item = queries.item(act, why, subject_id)
    if item is None:
        raise NotFound
    form = form or _form(item)
    context = _about(act, item)
    return page("moderation/case.html", form, **context)


def _about(act: Act, item: Item | None) -> dict[str, Any]:
    """What the page and its live part show of a case."""
    if item is None:
        return {"item": None, "claim": "", "conflict": "", "seen": ""}
    conflict, claim = service.conflict(act, item) or "", item.claim(act)
    return {"item": item, "claim": claim, "conflict": conflict, "seen": _seen([(item, claim, conflict)])}


def _form(item: Item) -> DecisionForm:
    """The form for this case: what can be decided about it, and which rules it can break."""
    form, subject = DecisionForm(), item.subject
    words = CHOICES_HELD if item.why in ("held", "agency") else CHOICES
    form.outcome.choices = choices({name: words[name] for name in rules.outcomes(subject.kind, item.why)})
    cited = {name: f"{name}: {rule_words(name, subject.kind)}" for name in rules.citable(subject.kind)}
    form.rule.choices = choices({"": _("None: it keeps to the rules")} | cited)
    days = {str(count): ngettext("%(num)d day", "%(num)d days", count) for count in rules.SUSPENSIONS}
    form.days.choices = choices({"0": _("No")} | days)
    if request.method == "GET":
        reported = [report.rule for report in item.reports]
        reported += [str(found.get("rule", "R1")) for found in subject.findings]
        form.rule.data = next((rule for rule in reported if rule in cited), "")
        form.words.data = subject.digest
    return form


@blueprint.get(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>/live")
@allow(MODERATOR)
def case_live(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Whose claim a case has, when it is another than the page shows; else 204."""
    act = reading()
    context = _about(act, queries.item(act, why, subject_id))
    if context["seen"] == request.args.get("seen"):
        return Response(status=204)
    return hx.fragment(render_template("moderation/_claim.html", **context))


@blueprint.post(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>/claim")
@allow(MODERATOR)
def claim(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with writing() as act:
            service.claim(act, why, subject_id)
    except Refusal as refusal:
        if refusal.code == "declare-first":
            return redirect(url_for("moderation.home"), 303)
        because = refusal.params.get("because", "")
        flash(CONFLICTS[because] if because else WORDS[refusal.code] % refusal.params, "caution")
    return redirect(url_for("moderation.case", why=why, subject_id=subject_id), 303)


@blueprint.post(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>/renew")
@allow(MODERATOR)
def renew(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    """Asked by a claimed case's page while it is open. The page's live part says so when the claim is lost."""
    with writing() as act:
        service.renew(act, why, subject_id)
    return Response(status=204)


@blueprint.post(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>/give-back")
@allow(MODERATOR)
def give_back(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.give_back(act, why, subject_id)
    flash(_("Somebody else can take it now."), "success")
    return redirect(url_for("moderation.index"), 303)


@blueprint.post(f"/moderation/cases/<{WHYS}:why>/<uuid:subject_id>/decide")
@allow(MODERATOR)
def decide(why: str, subject_id: uuid.UUID) -> ResponseReturnValue:
    item = queries.item(reading(), why, subject_id)
    if item is None:
        raise NotFound
    form = _form(item)
    if not form.validate_on_submit():
        return _case(why, subject_id, form)
    verdict = Verdict(
        form.outcome.data,
        form.reason.data or "",
        form.words.data or "",
        form.rule.data or "",
        int(form.days.data) if (form.days.data or "").isdecimal() else 0,
    )
    try:
        with writing() as act:
            told = service.decide(act, why, subject_id, verdict)
            for one in told:
                _write_letter(act, one)
    except Refusal as refusal:
        if refusal.code == "declare-first":
            return redirect(url_for("moderation.home"), 303)
        if refusal.code == "changed":
            form.words.data = item.subject.digest  # the page that comes back shows the words as they are now
        form.refuse(refusal, WORDS | {"conflict": CONFLICTS.get(refusal.params.get("because", ""), "")})
        return _case(why, subject_id, form)
    still = queries.item(reading(), why, subject_id)
    if still is not None and still.proposed:
        flash(_("Your finding is noted. It is done when a second moderator agrees."), "success")
    else:
        flash(_("It is decided, and stands in the public log."), "success")
    return redirect(url_for("moderation.index"), 303)


def _write_letter(act: Act, told: Told) -> None:
    """Mail to the author: what was decided, which rule, how to appeal. Nothing of the text, nothing of the place."""
    case, town = told.case, porchlight().settings.town_name
    about = YOURS[case.subject]
    if case.outcome == "leave":
        said = _(
            "%(what)s keeps to the rules, a moderator found. Everybody for whom it was meant can see it.", what=about
        )
    elif case.outcome == "warn":
        said = _("A moderator looked at it and warns you. %(what)s stays where it is.", what=about)
    elif case.outcome == "remove":
        said = _("%(what)s was removed by a moderator.", what=about)
        if rules.needs_second(case.subject, case.why, "remove", ()):
            said = _("%(what)s was removed: two moderators agreed on the rule that it breaks.", what=about)
    elif case.outcome == "suspend":
        said = _(
            "Until %(until)s you can read everything, and not post, comment or report. That ends by itself.",
            until=format_datetime(case.until, "EEEE d MMMM y, HH:mm"),
        )
    elif case.outcome == "overturned":
        said = _("You appealed, and another moderator took the decision back.")
    else:
        said = _("You appealed, and another moderator found that the decision stands.")
    lines = [_("Hello %(name)s,", name=told.author.name), said]
    if case.rule:
        words = rule_words(case.rule, case.subject)
        lines.append(_("The rule: %(rule)s. %(words)s.", rule=case.rule, words=words))
    lines.append(_("Why: %(reason)s", reason=case.reason))
    if told.appeal_until is not None:
        lines.append(
            _(
                "If you think that this is wrong, you can appeal until %(date)s. A different person decides then.",
                date=format_datetime(told.appeal_until, "d MMMM y"),
            )
        )
    address = porchlight().settings.address + url_for("moderation.decisions")
    lines.append(_("Your decisions, and how to appeal: %(address)s", address=address))
    mail.send(act, told.author.email, f"{_('A moderator made a decision')} · {town}", "\n\n".join(lines) + "\n")


# — Decisions and appeals, for authors —


@blueprint.get("/decisions")
@allow(RESIDENT, AGENCY)
def decisions() -> ResponseReturnValue:
    act = reading()
    key = decode(request.args.get("before"), str, str)
    before = None
    if key is not None:
        try:
            before = (datetime.fromisoformat(key[0]), uuid.UUID(key[1]))
        except ValueError:
            raise NotFound from None
    found = page_of(queries.decisions(act, PAGE + 1, before), PAGE, _decision_key)
    return render_template(
        "moderation/decisions.html",
        decisions=found,
        waiting=queries.waiting_of(act) if actor().kind == RESIDENT and not key else [],
        suspension=queries.suspension(act),
        appeal_until=rules.appeal_until,
        now=act.now,
    )


def _decision_key(found: queries.Decision) -> tuple[str, str]:
    assert found.case.decided_at is not None
    return found.case.decided_at.isoformat(), str(found.case.id)


@blueprint.route("/decisions/<uuid:case_id>/appeal", methods=["GET", "POST"])
@allow(RESIDENT, AGENCY)
def appeal(case_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.decision(reading(), case_id)
    if found is None or found.case.outcome not in ("warn", "remove", "suspend"):
        raise NotFound
    form = AppealForm()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.appeal(act, case_id, form.text.data or "")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Your appeal is made. A moderator who did not decide before looks at it."), "success")
            return redirect(url_for("moderation.decisions"), 303)
    return page("moderation/appeal.html", form, decision=found)


# — The public log —


@blueprint.get("/moderation/log")
@allow(*EVERYBODY)
def log() -> ResponseReturnValue:
    act = reading()
    key = decode(request.args.get("before"), int)
    entries = page_of(queries.log(act, PAGE + 1, key[0] if key else None), PAGE, lambda entry: (entry.seq,))
    if hx.asked() and key:
        return hx.fragment(render_template("moderation/_log_rows.html", entries=entries))
    return render_template("moderation/log.html", entries=entries, totals=queries.totals(act), weeks=queries.WEEKS)


COLUMNS = ("number", "at", "subject", "why", "outcome", "rule", "reason", "first_reason", "days", "minutes")
COLUMNS += ("appealed", "agency", "title", "text")


@blueprint.get("/moderation/log.csv")
@allow(*EVERYBODY)
def log_csv() -> ResponseReturnValue:
    """The whole log as a table, newest first. `minutes`: from the opening of the case to its decision."""
    lines = stream_with_context(_csv(reading()))
    disposition = {"Content-Disposition": "attachment; filename=moderation-log.csv"}
    return Response(lines, mimetype="text/csv", headers=disposition)


def _csv(act: Act) -> Iterator[str]:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    before: int | None = None
    while True:
        entries = queries.log(act, CSV_BATCH, before)
        write.writerows(_csv_row(entry) for entry in entries)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        if len(entries) < CSV_BATCH:
            return
        before = entries[-1].seq


def _csv_row(entry: LedgerEntry) -> list[str]:
    values = {"number": entry.seq, "at": entry.at.isoformat(timespec="minutes")} | entry.facts
    return [cell(values.get(name, "")) for name in COLUMNS]


# — For the operator —


@blueprint.get("/operator/moderators")
@allow(OPERATOR)
def people() -> ResponseReturnValue:
    """Who may decide, where they live, and whether a second person is needed."""
    act = reading()
    found = queries.moderators(act)
    appeals, proposals = queries.waiting_for_another(act)
    return render_template(
        "moderation/people.html",
        moderators=found,
        persons=len({rules.plain(one.name) for one in found}),
        appeals=appeals,
        proposals=proposals,
    )

"""What operators do with agencies: propose, attest, write to them, approve, renew; and who speaks for them."""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.accounts import passwords
from portal.accounts import service as accounts
from portal.accounts.views import WORDS as ACCOUNT_WORDS
from portal.accounts.views import post_letter
from portal.agencies import queries, rules, service, sheet
from portal.agencies.jobs import import_sheet, post_agency_letter
from portal.agencies.models import Agency
from portal.agencies.rules import MOST, Agreed, Attestation, Proposal
from portal.agencies.views import WORDS, ProfileForm, barred, blueprint, words
from portal.db import Act, NotFound, Refusal
from portal.web.access import OPERATOR, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

LISTED, MANY = 20, 100  # of a list of waiting work; of the page on which many are approved

KINDS = {"police": _l("Law enforcement"), "fire": _l("Fire department"), "government": _l("Local government")}
AGREEMENTS = {"task-force": _l("A task force"), "287g": _l("A 287(g) agreement"), "other": _l("Another agreement")}
WHERE = {"town": _l("The whole town"), "drawn": _l("A part of it, or another place"), "none": _l("Not said")}


class DetailsForm(ProfileForm):
    kind = RadioField(_l("What is it?"), [required()], choices=choices(KINDS))
    name = StringField(_l("Name"), [required(), at_most(MOST["name"])], [strip])
    email = EmailField(
        _l("Official address"),
        [required(), at_most(MOST["email"])],
        [strip],
        description=_l("It gets a letter with a link. Its mail domain is closed to residents from then on."),
    )
    address = StringField(_l("Postal address"), [at_most(MOST["address"])], [strip])
    place = StringField(_l("County or city"), [at_most(MOST["place"])], [strip])
    region = StringField(_l("State"), [at_most(MOST["region"])], [strip])
    joined_on = DateField(_l("Member since"), [required()])
    where = RadioField(_l("Where is it responsible?"), [required()], choices=choices(WHERE), default="town")
    file = FileField(_l("A GeoJSON file"), render_kw={"accept": ".geojson,.json,application/geo+json"})
    jurisdiction = TextAreaField(
        _l("Or the GeoJSON itself"),
        filters=[strip],
        description=_l("Drawing on the map fills this in."),
        render_kw={"rows": 4, "spellcheck": "false", "autocomplete": "off"},
    )

    def proposal(self, slug: str) -> Proposal:
        """Raises Refusal: two-jurisdictions, nothing-drawn, and what `rules.polygons` does."""
        data = self.file.data.stream.read(2**20) if self.file.data else None
        text = data if data else self.jurisdiction.data
        if text and self.where.data == "town":
            raise Refusal("two-jurisdictions", "where")
        if not text and self.where.data == "drawn":
            raise Refusal("nothing-drawn", "jurisdiction")
        polygons = None
        if text and self.where.data == "drawn":
            try:
                polygons = rules.polygons(json.loads(text))
            except (ValueError, RecursionError):
                raise Refusal("not-geojson", "jurisdiction") from None
        told = ("kind", "name", "email", "address", "place", "region", "about", "phone", "website")
        return Proposal(
            slug=slug,
            joined_on=self.joined_on.data or date.min,
            whole_town=self.where.data == "town",
            polygons=polygons,
            **{name: self[name].data or "" for name in told},
        )


class AttestForm(Form):
    title = StringField(
        _l("Your office"), [required(), at_most(MOST["title"])], [strip], description=_l("Like “Town clerk”.")
    )
    attest = BooleanField(_l("I attest this"), [required(_l("Without this nobody can be proposed."))])


class AgreementForm(Form):
    kind = SelectField(_l("What was agreed"), choices=choices(AGREEMENTS))
    with_whom = StringField(_l("With whom"), [required(), at_most(MOST["with_whom"])], [strip])
    since = DateField(_l("Since"), [required()])
    link = StringField(_l("Where it can be read"), [at_most(MOST["link"])], [strip], render_kw={"inputmode": "url"})


class NewForm(DetailsForm, AttestForm):
    slug = StringField(
        _l("Its page's address"),
        [required(), at_most(MOST["slug"])],
        [strip],
        description=_l("Lower-case letters, digits and dashes, like maple-police. It cannot be changed later."),
    )
    agreement = SelectField(
        _l("Has it an agreement with a federal agency?"),
        choices=choices({"": _l("None that I know of"), **AGREEMENTS}),
        default="",
    )
    agreement_with = StringField(_l("With whom"), [at_most(MOST["with_whom"])], [strip])
    agreement_since = DateField(_l("Since"), [Optional()])
    agreement_link = StringField(_l("Where it can be read"), [at_most(MOST["link"])], [strip])

    def agreements(self) -> tuple[Agreed, ...]:
        if not self.agreement.data:
            return ()
        if self.agreement_since.data is None:
            raise Refusal("missing", "agreement_since")
        if not self.agreement_with.data:
            raise Refusal("missing", "agreement_with")
        link = self.agreement_link.data or ""
        return (Agreed(self.agreement.data, self.agreement_with.data, self.agreement_since.data, link=link),)


class ImportForm(AttestForm):
    file = FileField(_l("A CSV file"), [required()], render_kw={"accept": ".csv,text/csv"})


class MemberForm(Form):
    name = StringField(
        _l("Name"), [required(), at_most(80)], [strip], description=_l("The person's own: no shared log-ins.")
    )
    email = EmailField(_l("Their own official address"), [required(), at_most(MOST["email"])], [strip])
    title = StringField(_l("Title"), [required(), at_most(MOST["title"])], [strip])


class LeaveForm(Form):
    left_on = DateField(_l("Day of leaving"), [required()])


def _agency(act: Act, slug: str) -> Agency:
    found = queries.by_slug(act, slug)
    if found is None:
        raise NotFound
    return found


def _attestation(form: Any) -> Attestation:
    return Attestation(form.title.data or "", str(rules.ATTESTATION))


# — What waits —


@blueprint.get("/operator/agencies")
@allow(OPERATOR)
def work() -> ResponseReturnValue:
    act = reading()
    return page(
        "agencies/work.html",
        Form(),
        confirmed=queries.waiting(act, "confirmed", LISTED),
        confirmed_count=queries.count(act, "confirmed"),
        proposed=queries.waiting(act, "proposed", LISTED),
        proposed_count=queries.count(act, "proposed"),
        ending=queries.ending(act, LISTED),
        operators=queries.operators(act),
        may_renew=rules.may_renew,
    )


@blueprint.route("/operator/agencies/approve", methods=["GET", "POST"])
@allow(OPERATOR)
def approve_many() -> ResponseReturnValue:
    """Approve many at once: those that are ticked, or all on the page."""
    form = Form()
    if form.validate_on_submit():
        names = request.form.getlist("shown" if request.form.get("which") == "all" else "chosen")[:MANY]
        try:
            if not names:
                raise Refusal("nothing-chosen")
            with writing() as act:
                service.approve_many(act, [_agency(act, name) for name in names])
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return _done(url_for("agencies.work"), _("%(count)d agencies are verified.", count=len(names)))
    key = decode(request.args.get("after"), str, int)
    rows = queries.to_approve(reading(), MANY + 1, (key[0], key[1]) if key else None)
    found = page_of(rows, MANY, lambda row: (row.name, row.number))
    return page("agencies/approve.html", form, found=found)


# — Proposing —


@blueprint.route("/operator/agencies/new", methods=["GET", "POST"])
@allow(OPERATOR)
def new() -> ResponseReturnValue:
    form = NewForm()
    if request.method == "GET":
        form.joined_on.data = reading().now.date()
    if form.validate_on_submit():
        try:
            proposal = replace(form.proposal(form.slug.data or ""), agreements=form.agreements())
            with writing() as act:
                made, letter = service.propose(act, proposal, _attestation(form), barred())
                post_agency_letter(act, porchlight(), letter)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            said = _("%(name)s is proposed, and its official address has a letter.", name=made.name)
            return _done(_page(made.slug), said)
    return page("agencies/new.html", form, attestation=rules.ATTESTATION)


@blueprint.route("/operator/agencies/import", methods=["GET", "POST"])
@allow(OPERATOR)
def import_table() -> ResponseReturnValue:
    """Propose many from a table: all of them, or none and a report of what is wrong with it."""
    form, report = ImportForm(), None
    if form.validate_on_submit():
        table = form.file.data.stream.read(sheet.MOST_BYTES + 1)
        try:
            found = sheet.read(table, barred(), reading().now.date())
            with writing() as act:
                made = import_sheet(act, porchlight(), found, _attestation(form))
        except sheet.SheetError as error:
            report = error
            form.form_errors.append(_("Nothing was changed. Put the cells below right and choose the file again."))
        else:
            said = _("%(count)d agencies are proposed, and each has a letter.", count=len(made))
            return _done(url_for("agencies.work"), said)
    return page(
        "agencies/import.html",
        form,
        report=report,
        words=words,
        columns=sheet.COLUMNS,
        needed=sheet.NEEDED,
        attestation=rules.ATTESTATION,
    )


# — One agency —


@blueprint.get("/operator/agencies/<slug>")
@allow(OPERATOR)
def one(slug: str) -> ResponseReturnValue:
    return _one(slug)


def _one(slug: str, **forms: Form) -> ResponseReturnValue:
    """The page of one agency, with a form on it that was wrong, if one was."""
    act = reading()
    agency = _agency(act, slug)
    today = act.now.date()
    given = {
        "attest": AttestForm,
        "agreement": AgreementForm,
        "member": MemberForm,
        "leave": LeaveForm,
    }
    shown = {
        name: forms.get(name) or form(formdata=None, prefix=name, data={"left_on": today})
        for name, form in given.items()
    }
    wrong = next((form for form in forms.values() if form.errors), None)
    return page(
        "agencies/one.html",
        wrong or Form(),
        agency=agency,
        forms=shown,
        letter=queries.last_letter(act, agency.id),
        members=queries.members(act, agency.id),
        agreements=queries.agreements(act, agency.id),
        polygons=queries.polygons(act, agency.id),
        public=agency.state in queries.PUBLIC,
        renewable=rules.may_renew(agency.state, agency.confirmed_at, agency.verified_until),
        ends_soon=bool(queries.ending(act, 1, agency.id)),
        operators=queries.operators(act),
        own=agency.proposed_by_id == actor().id or rules.same_person(agency.proposed_by, actor().name),
        attestation=rules.ATTESTATION,
        kinds=AGREEMENTS,
    )


def _done(url: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url, 303)


def _page(slug: str) -> str:
    return url_for("agencies.one", slug=slug)


Doing = Callable[[Act, Agency], object]


def _press(slug: str, doing: Doing, said: str, then: str | None = None) -> ResponseReturnValue:
    """A button of an agency's page: do it and go to `then` or back, or show the page again with why not."""
    form = Form()
    try:
        with writing() as act:
            doing(act, _agency(act, slug))
    except Refusal as refusal:
        form.form_errors.append(words(refusal))
        return _one(slug, any=form)
    return _done(then or _page(slug), said)


def _send(slug: str, name: str, form: Form, doing: Doing, said: str) -> ResponseReturnValue:
    """The form called `name` on an agency's page: do it, or show the page again with what was typed."""
    if form.validate_on_submit():
        try:
            with writing() as act:
                doing(act, _agency(act, slug))
        except Refusal as refusal:
            form.refuse(refusal, {**WORDS, **ACCOUNT_WORDS})
        else:
            return _done(_page(slug), said)
    return _one(slug, **{name: form})


@blueprint.post("/operator/agencies/<slug>/attest")
@allow(OPERATOR)
def attest(slug: str) -> ResponseReturnValue:
    form = AttestForm(prefix="attest")
    return _send(
        slug,
        "attest",
        form,
        lambda act, agency: service.attest(act, agency, _attestation(form)),
        _("It stands in the public ledger that you attest."),
    )


@blueprint.post("/operator/agencies/<slug>/letter")
@allow(OPERATOR)
def letter(slug: str) -> ResponseReturnValue:
    return _press(
        slug,
        lambda act, agency: post_agency_letter(act, porchlight(), service.send_letter(act, agency)),
        _("A new letter is on its way; the link in the one before has ended."),
    )


@blueprint.post("/operator/agencies/<slug>/approve")
@allow(OPERATOR)
def approve(slug: str) -> ResponseReturnValue:
    return _press(slug, service.approve, _("It is verified for a year."))


@blueprint.post("/operator/agencies/<slug>/decline")
@allow(OPERATOR)
def decline(slug: str) -> ResponseReturnValue:
    return _press(
        slug, service.decline, _("The proposal is declined. The public ledger says so."), url_for("agencies.work")
    )


@blueprint.post("/operator/agencies/<slug>/renew")
@allow(OPERATOR)
def renew(slug: str) -> ResponseReturnValue:
    return _press(slug, service.renew, _("It is verified for another year."))


@blueprint.post("/operator/agencies/<slug>/leave")
@allow(OPERATOR)
def leave(slug: str) -> ResponseReturnValue:
    form = LeaveForm(prefix="leave")
    return _send(
        slug,
        "leave",
        form,
        lambda act, agency: service.leave(act, agency, form.left_on.data),
        _("It has left. Its page stays."),
    )


@blueprint.route("/operator/agencies/<slug>/edit", methods=["GET", "POST"])
@allow(OPERATOR)
def edit(slug: str) -> ResponseReturnValue:
    act = reading()
    agency = _agency(act, slug)
    drawn = queries.polygons(act, agency.id)
    form = DetailsForm(obj=agency)
    if request.method == "GET":
        form.where.data = "town" if agency.whole_town else "drawn" if drawn else "none"
        form.jurisdiction.data = json.dumps({"type": "MultiPolygon", "coordinates": drawn}) if drawn else ""
    if form.validate_on_submit():
        try:
            proposal = form.proposal(slug)
            with writing() as act:
                sent = service.edit(act, _agency(act, slug), proposal, barred())
                if sent is not None:
                    post_agency_letter(act, porchlight(), sent)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return _done(
                _page(slug),
                _("Kept. The new official address has a letter. Attest anew; once it has answered, another approves.")
                if sent
                else _("Its page says so now."),
            )
    return page("agencies/edit.html", form, agency=agency)


# — Agreements and members —


@blueprint.post("/operator/agencies/<slug>/agreements")
@allow(OPERATOR)
def add_agreement(slug: str) -> ResponseReturnValue:
    form = AgreementForm(prefix="agreement")

    def add(act: Act, agency: Agency) -> None:
        agreed = Agreed(form.kind.data, form.with_whom.data or "", form.since.data, link=form.link.data or "")
        service.add_agreement(act, agency, agreed)

    return _send(slug, "agreement", form, add, _("Its page tells of the agreement."))


@blueprint.post("/operator/agencies/<slug>/agreements/<uuid:agreement_id>/end")
@allow(OPERATOR)
def end_agreement(slug: str, agreement_id: uuid.UUID) -> ResponseReturnValue:
    return _press(
        slug,
        lambda act, agency: service.end_agreement(act, agency, agreement_id, act.now.date()),
        _("Its page says that the agreement ended today."),
    )


@blueprint.post("/operator/agencies/<slug>/members")
@allow(OPERATOR)
def add_member(slug: str) -> ResponseReturnValue:
    """A named person gets an account, and a letter with a link to it."""
    form = MemberForm(prefix="member")
    nobody_knows = passwords.hashed(os.urandom(32).hex())

    def add(act: Act, agency: Agency) -> None:
        account, sent = accounts.open_account(
            act, "agency", form.email.data or "", form.name.data or "", nobody_knows, purpose="welcome"
        )
        service.add_member(act, agency, account, form.title.data or "", barred())
        post_letter(act, sent)

    return _send(slug, "member", form, add, _("%(name)s has a letter with a link.", name=form.name.data))


@blueprint.post("/operator/agencies/<slug>/members/<uuid:membership_id>/end")
@allow(OPERATOR)
def end_member(slug: str, membership_id: uuid.UUID) -> ResponseReturnValue:
    return _press(
        slug,
        lambda act, agency: service.end_member(act, agency, membership_id),
        _("The person speaks for the agency no more."),
    )

"""My devices: the timeline, each device, the key that clips are sealed to, and pairing."""

import uuid
from datetime import UTC, datetime
from typing import Any

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import BooleanField, HiddenField, RadioField, StringField

from portal import codes
from portal.db import Refusal
from portal.devices import access, queries, rules, service
from portal.web import hx, limits
from portal.web.access import RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pages import next_page
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("devices", __name__)
PAGE = 30

WORDS: dict[str, Any] = {
    "key-malformed": _l("Your browser sent a key that cannot be read. Reload the page and try again."),
    "key-exists": _l("You have a clip key already. Nothing was changed."),
    "key-differs": _l("This is another key than yours. Use the recovery sheet of this account."),
    "key-missing": _l("Make your clip key first: the doorbell needs it to seal its clips."),
}


class KeyForm(Form):
    recipient = HiddenField(_l("Key"), [required()], [strip])
    sealed_identity = HiddenField(_l("Sealed key"), [required()], [strip])
    next = HiddenField()


class DeviceForm(Form):
    name = StringField(_l("Name"), [required(), at_most(60)], [strip], render_kw={"autocomplete": "off"})
    place = StringField(
        _l("Where it hangs"),
        [required(), at_most(60)],
        [strip],
        description=_l("For you alone, like “beside the front door”."),
        render_kw={"autocomplete": "off"},
    )


class SettingsForm(Form):
    hidden_top = RadioField(
        _l("What the camera leaves out"),
        [required()],
        choices=choices(
            {
                "street": _l("The street: the top fifth of the picture is black"),
                "third": _l("More: the top third is black"),
                "none": _l("Nothing: the whole picture is kept"),
            }
        ),
    )
    audio = BooleanField(_l("Record sound"))


@blueprint.get("/devices")
@allow(RESIDENT)
def index() -> ResponseReturnValue:
    """The timeline, newest first. htmx asks for further rows alone."""
    act = reading()
    household = access.household(act)
    key = decode(request.args.get("before"), str, str)
    try:
        before = (_moment(key[0]), uuid.UUID(key[1])) if key else None
    except (ValueError, OverflowError):
        abort(400, "cursor")
    rows = queries.timeline(act, household, PAGE + 1, before)
    events = page_of(rows, PAGE, lambda row: (row[0].started_at.isoformat(), str(row[0].id)))
    if hx.asked() and before:
        return hx.fragment(render_template("devices/_rows.html", events=events))
    storage, settings = queries.storage(act, household), porchlight().settings
    return render_template(
        "devices/index.html",
        kept=storage.kept_bytes,
        quota=settings.quota_bytes,
        fullness=rules.fullness(storage.kept_bytes, settings.quota_bytes),
        days=storage.retention_days or settings.retention_days,
        devices=[
            (row, rules.status(row.last_seen, row.status_seconds, act.now)) for row in queries.devices(act, household)
        ],
        key=queries.clip_key(act, actor().id) if actor().id else None,
        account_id=actor().id,
        after=queries.newest_arrival(act, household),
        before=before,
        events=events,
    )


@blueprint.get("/devices/live")
@allow(RESIDENT)
def live() -> ResponseReturnValue:
    """What arrived after number `after`: 204 when nothing did."""
    act = reading()
    after = request.args.get("after", 0, _number)
    household = access.household(act)
    rows = queries.arrived_since(act, household, after, PAGE)
    if not rows:
        return Response(status=204)
    newest = max(event.received_seq for event, _name in rows)
    return hx.fragment(render_template("devices/_live.html", rows=rows, after=newest))


def _number(text: str) -> int:
    """An arrival's number. Raises ValueError for what the database cannot hold."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@blueprint.route("/devices/key", methods=["GET", "POST"])
@allow(RESIDENT)
def key() -> ResponseReturnValue:
    return _keep_key(reseal=False)


@blueprint.post("/devices/key/reseal")
@allow(RESIDENT)
def reseal() -> ResponseReturnValue:
    return _keep_key(reseal=True)


@blueprint.post("/devices/key/start-over")
@allow(RESIDENT)
def start_over() -> ResponseReturnValue:
    """The last way out, when passphrase and recovery sheet are lost."""
    with writing() as act:
        service.start_over(act)
    flash(_("Your old key is given up. Make a new one, then pair each doorbell again."), "success")
    return redirect(url_for("devices.key"), 303)


def _keep_key(reseal: bool) -> ResponseReturnValue:
    """The browser makes the key; what comes here is its public half and the identity sealed under the passphrase."""
    form = KeyForm()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.keep_clip_key(act, form.recipient.data or "", form.sealed_identity.data or "", reseal)
        except Refusal as refusal:
            form.refuse(Refusal(refusal.code), WORDS)
            form.recipient.data = form.sealed_identity.data = ""  # should a secret have come: it is not sent back
        else:
            flash(_("Your new passphrase is set.") if reseal else _("Your clip key is kept."), "success")
            return redirect(next_page(url_for("devices.index")), 303)
    act = reading()
    return page(
        "devices/key.html",
        form,
        key=queries.clip_key(act, actor().id) if actor().id else None,
        account_id=actor().id,
        next=next_page(""),
    )


@blueprint.route("/devices/new", methods=["GET", "POST"])
@limits.when_sent(limits.PAIRING)
@allow(RESIDENT)
def new() -> ResponseReturnValue:
    act = reading()
    if actor().id and queries.clip_key(act, actor().id) is None:
        return redirect(url_for("devices.key", next=url_for("devices.new")))
    form = DeviceForm(data={"name": _("Front door"), "place": _("beside the front door")})
    if form.validate_on_submit():
        with writing() as act:
            code, recipients, expires_at = service.make_pairing_code(act, form.name.data or "", form.place.data or "")
        fingerprint = codes.fingerprint(recipients)
        base = porchlight().settings.address
        carried = f"porchlight:{base}?code={code}&" + "&".join(f"recipient={recipient}" for recipient in recipients)
        return render_template(
            "devices/pairing.html",
            code=code,
            fingerprint=fingerprint,
            recipients=recipients,
            base=base,
            qr=Markup(segno.make_qr(carried, error="m").svg_inline(scale=4, border=2, svgclass="qr__svg")),
            minutes=rules.CODE_MINUTES,
            until=expires_at,
            name=form.name.data,
        )
    return page("devices/new.html", form)


@blueprint.get("/devices/new/waiting")
@allow(RESIDENT)
def waiting() -> ResponseReturnValue:
    """Asked by the page with the code: has the device come? 204 while it has not."""
    act = reading()
    found = queries.paired_with(act, access.household(act), request.args.get("until", 0, int))
    if found is None:
        return Response(status=204)
    flash(_("The doorbell is paired."), "success")
    return hx.redirect(url_for("devices.show", device_id=found))


@blueprint.get("/devices/<uuid:device_id>")
@allow(RESIDENT)
def show(device_id: uuid.UUID) -> ResponseReturnValue:
    act = reading()
    device = access.own_device(act, device_id)
    return render_template(
        "devices/show.html",
        device=device,
        status=rules.status(device.last_seen, device.status_seconds, act.now),
        fingerprint=codes.fingerprint(device.recipients),
        rows=queries.timeline(act, access.household(act), 10, device_id=device.id),
        choice=rules.top_choice(device.privacy_zones),
    )


@blueprint.route("/devices/<uuid:device_id>/edit", methods=["GET", "POST"])
@allow(RESIDENT)
def edit(device_id: uuid.UUID) -> ResponseReturnValue:
    device = access.own_device(reading(), device_id)
    form = DeviceForm(obj=device)
    if form.validate_on_submit():
        with writing() as act:
            service.describe(act, device_id, form.name.data or "", form.place.data or "")
        flash(_("Saved."), "success")
        return redirect(url_for("devices.show", device_id=device_id), 303)
    return page("devices/edit.html", form, device=device)


@blueprint.route("/devices/<uuid:device_id>/settings", methods=["GET", "POST"])
@allow(RESIDENT)
def settings(device_id: uuid.UUID) -> ResponseReturnValue:
    device = access.own_device(reading(), device_id)
    form = SettingsForm(data={"hidden_top": rules.top_choice(device.privacy_zones), "audio": device.audio})
    if form.validate_on_submit():
        with writing() as act:
            service.change_settings(act, device_id, form.audio.data, rules.top_zone(form.hidden_top.data))
        flash(_("Saved. The doorbell takes this over within a few minutes."), "success")
        return redirect(url_for("devices.show", device_id=device_id), 303)
    return page("devices/settings.html", form, device=device)


@blueprint.post("/devices/<uuid:device_id>/remove")
@allow(RESIDENT)
def remove(device_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        name = service.remove(act, device_id)
    undo = render_template("devices/_undo.html", device_id=device_id, name=name)
    flash(Markup(undo), "success")
    return redirect(url_for("devices.index"), 303)


@blueprint.post("/devices/<uuid:device_id>/put-back")
@allow(RESIDENT)
def put_back(device_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.put_back(act, device_id)
    flash(_("The doorbell is back."), "success")
    return redirect(url_for("devices.show", device_id=device_id), 303)

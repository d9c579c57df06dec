"""The owner's own events and sealed bytes. Opening them is the browser's work."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import Gone
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired

from portal.clips import queries, rules
from portal.clips.jobs import expire
from portal.db import Act, NotFound, Refusal
from portal.devices import access as device_access
from portal.devices import queries as device_queries
from portal.devices import service as device_service
from portal.devices.models import RETENTION_DAYS
from portal.web.access import RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, page

blueprint = Blueprint("clips", __name__)
WORDS: dict[str, Any] = {"days": _l("A whole number from %(least)d to %(most)d, please.")}


@blueprint.get("/events/<uuid:event_id>")
@allow(RESIDENT)
def event(event_id: uuid.UUID) -> ResponseReturnValue:
    act = reading()
    event, device = device_access.own_event(act, event_id)
    key = device_queries.clip_key(act, actor().id) if actor().id else None
    clip, poster = queries.of_event(act, event.id, "clip"), queries.of_event(act, event.id, "poster")
    mine = key is not None and key.recipient in device.recipients
    return render_template(
        "clips/event.html",
        event=event,
        device=device,
        clip=clip,
        poster=poster,
        clip_state=rules.state(event.clip_bytes, event.clip_seconds, clip is not None, event.expires_at, mine, act.now),
        key=key,
        account_id=actor().id,
    )


@blueprint.get("/events/<uuid:event_id>/clip")
@allow(RESIDENT)
def sealed_clip(event_id: uuid.UUID) -> ResponseReturnValue:
    return _sealed(event_id, "clip")


@blueprint.get("/events/<uuid:event_id>/poster")
@allow(RESIDENT)
def sealed_poster(event_id: uuid.UUID) -> ResponseReturnValue:
    return _sealed(event_id, "poster")


class RetentionForm(Form):
    days = IntegerField(_l("Days"), [InputRequired(_l("Please fill this in."))], render_kw={"inputmode": "numeric"})
    confirmed = HiddenField()


@blueprint.route("/devices/retention", methods=["GET", "POST"])
@allow(RESIDENT)
def retention() -> ResponseReturnValue:
    """How long the household keeps what its doorbells send. Before anything is erased the owner is told how much."""
    act, default = reading(), porchlight().settings.retention_days
    storage = device_queries.storage(act, device_access.household(act))
    now_kept = storage.retention_days or default
    form = RetentionForm(data={"days": now_kept})
    goes = None
    if form.validate_on_submit():
        days = form.days.data
        least, most = RETENTION_DAYS
        if days is None or not least <= days <= most:
            form.refuse(Refusal("days", "days", least=least, most=most), WORDS)
        elif days < now_kept and form.confirmed.data != str(days) and (goes := _goes(act, days))[0]:
            form.confirmed.data = str(days)
        else:
            with writing() as changing:
                device_service.change_retention(changing, days, default)
            if days < now_kept:
                expire(porchlight())
            flash(ngettext("Saved: kept for %(num)d day.", "Saved: kept for %(num)d days.", days), "success")
            return redirect(url_for("clips.retention"), 303)
    return page(
        "clips/retention.html",
        form,
        kept=storage.kept_bytes,
        quota=porchlight().settings.quota_bytes,
        days=now_kept,
        goes=goes,
        bounds=RETENTION_DAYS,
    )


def _goes(act: Act, days: int) -> tuple[int, int]:
    """How many events, and how many clips of them, go at once when only `days` are kept."""
    return device_queries.older_than(act, device_access.household(act), act.now - timedelta(days=days))


def _sealed(event_id: uuid.UUID, kind: str) -> Response:
    act = reading()
    event, _device = device_access.own_event(act, event_id)
    if event.expires_at <= act.now:
        raise Gone
    file = queries.of_event(act, event.id, kind)
    if file is None:
        raise NotFound
    response = send_file(porchlight().store.path(file.name), mimetype="application/age", etag=file.sha256.hex())
    left = int((event.expires_at - act.now).total_seconds())  # no browser shows it for longer than it is kept
    response.headers["Cache-Control"] = f"private, max-age={min(left, 3600)}"
    return response

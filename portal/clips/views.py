"""The owner's own events and sealed bytes. Opening them is the browser's work."""

import uuid

from flask import Blueprint, Response, render_template, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Gone

from portal.clips import queries, rules
from portal.db import NotFound
from portal.devices import access as device_access
from portal.devices import queries as device_queries
from portal.web.access import RESIDENT, allow
from portal.web.context import actor, porchlight, reading

blueprint = Blueprint("clips", __name__)


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
        clip_state=rules.state(event.clip_bytes, clip is not None, event.expires_at, mine, act.now),
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

"""The device door, version 1: pairing, events, status. Clips have their own in `portal.clips.api`."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from portal.db import Refusal
from portal.devices import rules, service
from portal.devices.models import Device
from portal.devices.openapi import document
from portal.extensions import csrf
from portal.web import limits
from portal.web.access import DEVICE, VISITOR, allow
from portal.web.api import body, client_clock, json_body
from portal.web.context import porchlight, writing
from portal.web.problems import TYPES, Problem

blueprint = Blueprint("devices_api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)  # no cookie counts here: a device shows its token


def this_device() -> Device:
    return g.device  # type: ignore[no-any-return]


def clip_limits() -> service.Limits:
    settings = porchlight().settings
    return service.Limits(settings.clip_max_bytes, settings.quota_bytes, settings.retention_days)


@blueprint.post("/pairings")
@limits.when_sent(limits.PAIRING)
@allow(VISITOR, DEVICE)
def pair() -> ResponseReturnValue:
    request = body(rules.PairingRequest)
    try:
        with writing() as act:
            device, token = service.pair(act, request)
    except Refusal as refusal:
        raise Problem(refusal.code, "Ask the owner for a new code.") from None
    return jsonify(
        device_id=str(device.id),
        token=token,
        recipients=device.recipients,
        settings=service.settings_of(device),
    ), 201


@blueprint.post("/events")
@allow(DEVICE)
def events() -> ResponseReturnValue:
    events: Sequence[rules.DeviceEvent | dict[str, Any]]
    try:
        events = rules.FaultlessBatch.model_validate_json(json_body()).events
    except ValidationError:  # then item by item, and with words for what is wrong
        events = body(rules.EventBatch).events
    with writing() as act:
        results = service.ingest(act, this_device(), events, client_clock(), clip_limits())
    return jsonify(results=results)


@blueprint.post("/status")
@allow(DEVICE)
def status() -> ResponseReturnValue:
    report = body(rules.StatusReport)
    device = this_device()
    if service.needs_write(device, report, porchlight().clock.now()):
        with writing() as act:
            service.take_status(act, device, report)
    if report.settings_version == device.settings_version:
        return jsonify({})
    return jsonify(settings=service.settings_of(device))


@blueprint.get("/openapi.json")
@allow(VISITOR, DEVICE)
def openapi() -> ResponseReturnValue:
    return jsonify(document(porchlight().settings.clip_max_bytes))


@blueprint.get("/problems")
@allow(VISITOR, DEVICE)
def problems() -> ResponseReturnValue:
    return render_template("devices/problems.html", types=TYPES)

"""The device contract as OpenAPI 3.1, made from the shapes that check each request."""

from typing import Any

from pydantic.json_schema import models_json_schema

from portal.devices import rules
from portal.web.problems import TYPES

_SETTINGS = {
    "type": "object",
    "required": ["privacy_zones", "audio", "status_seconds", "version"],
    "properties": {
        "privacy_zones": {
            "description": "Polygons in 0..1 from the upper left corner; black before sealing.",
            "type": "array",
            "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        },
        "audio": {"type": "boolean"},
        "status_seconds": {"type": "integer", "description": "Seconds from one status to the next."},
        "version": {"type": "integer"},
    },
}
_RESULT = {
    "type": "object",
    "required": ["index", "id", "status"],
    "properties": {
        "index": {"type": "integer"},
        "id": {"type": ["string", "null"]},
        "status": {"enum": ["accepted", "duplicate", "rejected"]},
        "reason": {"enum": ["invalid", "id-reused", "too-late", "in-the-future"]},
        "pointer": {"type": "string"},
        "detail": {"type": "string"},
        "clip": {"enum": ["send", "refused"]},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "One of /api/v1/problems."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def document(clip_max_bytes: int) -> dict[str, Any]:
    """The OpenAPI document. `clip_max_bytes` is this town's limit for one sealed file."""
    shapes = (rules.PairingRequest, rules.EventBatch, rules.DeviceEvent, rules.StatusReport)
    _names, schema = models_json_schema(
        [(shape, "validation") for shape in shapes], ref_template="#/components/schemas/{model}"
    )
    schemas = schema["$defs"] | {"Settings": _SETTINGS, "Result": _RESULT, "Problem": _PROBLEM}
    schemas["EventBatch"]["properties"]["events"]["items"] = {
        "anyOf": [_ref("DeviceEvent"), {"type": "object", "description": "Anything else is `rejected`, by itself."}]
    }
    sealed = {"application/age": {"schema": {"type": "string", "format": "binary", "maxLength": clip_max_bytes}}}

    def put(what: str) -> dict[str, Any]:
        return {
            "put": {
                "summary": f"Deliver an event's sealed {what}, whole",
                "parameters": [
                    {
                        "name": "event_id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid"},
                    },
                    {
                        "name": "Content-Digest",
                        "in": "header",
                        "required": True,
                        "description": "sha-256=:<base64>: (RFC 9530)",
                        "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
                    },
                ],
                "requestBody": {"required": True, "content": sealed},
                "responses": {
                    "201": {"description": "Kept"},
                    "200": {"description": "The same bytes were here already"},
                    **_problems(
                        "digest-missing",
                        "digest-wrong",
                        "malformed",
                        "unauthorised",
                        "event-unknown",
                        "not-found",
                        "clip-differs",
                        "device-removed",
                        "clip-expired",
                        "too-large",
                        "not-sealed",
                        "clip-refused",
                        "quota",
                        "busy",
                    ),
                },
            }
        }

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Porchlight device contract",
            "version": "1",
            "description": "How a doorbell talks to its town: pairing, events, sealed clips, status.",
        },
        "security": [{"device": []}],
        "paths": {
            "/api/v1/pairings": {
                "post": {
                    "summary": "Use a one-time code",
                    "security": [],
                    "requestBody": _json(_ref("PairingRequest")),
                    "responses": {
                        "201": _answer(
                            "Paired",
                            {
                                "type": "object",
                                "required": ["device_id", "token", "recipients", "settings"],
                                "properties": {
                                    "device_id": {"type": "string", "format": "uuid"},
                                    "token": {"type": "string"},
                                    "recipients": {"type": "array", "items": {"type": "string"}},
                                    "settings": _ref("Settings"),
                                },
                            },
                        ),
                        **_problems(
                            "malformed", "code-unusable", "too-large", "media-type", "invalid", "too-many", "busy"
                        ),
                    },
                }
            },
            "/api/v1/events": {
                "post": {
                    "summary": f"Report 1 to {rules.MOST_EVENTS} events",
                    "requestBody": _json(_ref("EventBatch")),
                    "responses": {
                        "200": _answer(
                            "One result for each event, in input order",
                            {
                                "type": "object",
                                "required": ["results"],
                                "properties": {"results": {"type": "array", "items": _ref("Result")}},
                            },
                        ),
                        **_problems(
                            "malformed", "unauthorised", "device-removed", "too-large", "media-type", "invalid", "busy"
                        ),
                    },
                }
            },
            "/api/v1/clips/{event_id}": put("clip"),
            "/api/v1/clips/{event_id}/poster": put("poster"),
            "/api/v1/status": {
                "post": {
                    "summary": "Say how the device is",
                    "requestBody": _json(_ref("StatusReport")),
                    "responses": {
                        "200": _answer(
                            "Settings, when they are newer than the device's",
                            {"type": "object", "properties": {"settings": _ref("Settings")}},
                        ),
                        **_problems(
                            "malformed", "unauthorised", "device-removed", "too-large", "media-type", "invalid", "busy"
                        ),
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems(*slugs: str) -> dict[str, Any]:
    """Responses by status; several problems may share one."""
    found: dict[str, list[str]] = {}
    for slug in slugs:
        found.setdefault(str(TYPES[slug][0]), []).append(slug)
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {status: {"description": ", ".join(names), "content": content} for status, names in found.items()}

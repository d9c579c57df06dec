"""Errors for machines: problem details (RFC 9457), each of a documented type."""

import json
from collections.abc import Sequence
from typing import Any

from flask import Response

# Slug -> (status, title). The type's address is /api/v1/problems#<slug>; docs/device-api.md explains each.
TYPES: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request could not be read"),
    "digest-missing": (400, "The Content-Digest header is missing"),
    "digest-wrong": (400, "The body does not have the digest that was sent"),
    "unauthorised": (401, "The device token is missing or unknown"),
    "not-found": (404, "There is nothing here"),
    "event-unknown": (404, "No such event of this device: send the event first"),
    "method": (405, "This address does not take that method"),
    "clip-differs": (409, "Other bytes were delivered for this event before; they are kept"),
    "code-unusable": (410, "The pairing code is unknown, used or too old"),
    "device-removed": (410, "This device was removed by its owner"),
    "clip-expired": (410, "This event has passed its retention"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body is not of a type that this address takes"),
    "invalid": (422, "The request is not valid"),
    "not-sealed": (422, "The body is not an age file sealed to this device's recipients"),
    "clip-refused": (422, "This event announced no clip, or another size"),
    "quota": (422, "This household keeps as much as it may"),
    "too-many": (429, "Too many requests"),
    "internal": (500, "Something went wrong here"),
    "busy": (503, "The town's database is busy"),
}


class Problem(Exception):
    """Raised anywhere below /api/: becomes the answer."""

    def __init__(
        self,
        slug: str,
        detail: str = "",
        errors: Sequence[dict[str, str]] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(slug)
        self.slug, self.detail, self.errors, self.retry_after = slug, detail, errors, retry_after

    def response(self) -> Response:
        status, title = TYPES[self.slug]
        body: dict[str, Any] = {"type": f"/api/v1/problems#{self.slug}", "title": title, "status": status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = list(self.errors)
        response = Response(json.dumps(body), status, mimetype="application/problem+json")
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="porchlight-devices"'
        return response

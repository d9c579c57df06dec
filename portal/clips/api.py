"""The device door for sealed bytes: a clip and a poster for each event that announced one."""

import uuid
from collections.abc import Iterator

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal.clips import rules, service
from portal.db import Refusal
from portal.devices.api import this_device
from portal.extensions import csrf
from portal.store import CHUNK, TooLarge
from portal.web.access import DEVICE, allow
from portal.web.context import end_reading, porchlight, reading, writing
from portal.web.problems import Problem

blueprint = Blueprint("clips_api", __name__, url_prefix="/api/v1/clips")
csrf.exempt(blueprint)  # no cookie counts here: a device shows its token


@blueprint.put("/<uuid:event_id>")
@allow(DEVICE)
def put_clip(event_id: uuid.UUID) -> ResponseReturnValue:
    return _take(event_id, "clip")


@blueprint.put("/<uuid:event_id>/poster")
@allow(DEVICE)
def put_poster(event_id: uuid.UUID) -> ResponseReturnValue:
    return _take(event_id, "poster")


def _take(event_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Stream the body to the store, check it, and only then open the short act that keeps it."""
    here, device = porchlight(), this_device()
    limit, quota = here.settings.clip_max_bytes, here.settings.quota_bytes
    try:
        digest = rules.read_digest(request.headers.get("Content-Digest"))
        if request.content_length is not None and request.content_length > limit:
            raise TooLarge(request.content_length)
        service.expects(reading(), device, event_id, kind, request.content_length, quota)
        header, recipients = 0, len(device.recipients)

        def head(first: bytes) -> None:
            nonlocal header
            header = rules.check_sealed(first, recipients)

        end_reading()
        staged = here.store.stage(_body(), limit, head)
        try:
            if staged.sha256 != digest:
                raise Refusal("digest-wrong", detail="The bytes changed on their way. Send them again.")
            if staged.size < header + rules.NONCE_AND_TAG:
                raise Refusal("not-sealed", detail="It holds nothing.")
            now = here.clock.now()
            name = here.store.keep(staged, f"{kind}s", uuid.uuid4().hex, ".age", now)
        except BaseException:
            staged.discard()
            raise
        new = False
        try:
            with writing() as act:
                new = service.keep(act, device, event_id, kind, name, staged, quota)
        finally:
            if not new:
                here.store.erase(name)
    except Refusal as refusal:
        raise Problem(refusal.code, refusal.params.get("detail", "")) from None
    except TooLarge:
        raise Problem("too-large", f"A sealed file has at most {limit} bytes.") from None
    return Response(status=201 if new else 200)


def _body() -> Iterator[bytes]:
    """The body in pieces of CHUNK bytes (the last one shorter); one empty piece for an empty body."""
    first = True
    while chunk := _read(CHUNK):
        first = False
        yield chunk
    if first:
        yield b""


def _read(size: int) -> bytes:
    """`size` bytes, fewer only at the end: a socket hands out what it has."""
    parts, missing = [], size
    while missing and (part := request.stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)

"""What the device API's views share: reading a JSON body into its shape, or a problem that says what was wrong."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from portal.pointers import pointers
from portal.web.problems import Problem

Shape = TypeVar("Shape", bound=BaseModel)
MOST_JSON_BYTES = 2 * 2**20


def json_body() -> bytes:
    """The request's body, announced as JSON. Raises Problem: media-type, too-large."""
    if not request.is_json:
        raise Problem("media-type", "Send application/json.")
    if request.content_length is not None and request.content_length > MOST_JSON_BYTES:
        raise Problem("too-large", f"At most {MOST_JSON_BYTES} bytes of JSON.")
    request.max_content_length = MOST_JSON_BYTES  # a body that comes in chunks says no length
    return request.get_data()


def body(shape: type[Shape]) -> Shape:
    """The request's JSON as `shape`. Raises Problem: media-type, too-large, malformed, invalid."""
    json_body()
    try:
        data = request.get_json()
    except (ValueError, RecursionError):
        raise Problem("malformed", "The body is not JSON.") from None
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise Problem("invalid", errors=pointers(error)) from None


def client_clock() -> datetime | None:
    """The sender's own time, from its `Date` header (RFC 9110, 6.6.1); None without a usable one."""
    try:
        moment = parsedate_to_datetime(request.headers.get("Date", ""))
    except (TypeError, ValueError, OverflowError):  # a year or an offset of twenty digits
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

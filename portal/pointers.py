"""Where in a JSON document something was wrong, for whoever sent it."""

from pydantic import ValidationError


def pointers(error: ValidationError) -> list[dict[str, str]]:
    """Each wrong field as RFC 9457 asks: a JSON Pointer (RFC 6901) and what was wrong there."""
    return [
        {
            "pointer": "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in item["loc"]),
            "detail": item["msg"].removeprefix("Value error, "),
        }
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]

"""Log lines: one for each thing that happened, as JSON or for a person's eyes. No secret and no content in them."""

import logging
import sys
from typing import Any

import structlog

# Whatever a line is given under one of these names is not written.
SECRETS = frozenset({"password", "token", "code", "secret", "secret_key", "authorization", "cookie", "passphrase"})


def _without_secrets(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: "…" if key in SECRETS else value for key, value in event.items()}


def configure(style: str) -> None:
    """`style` is "console" or "json". Lines go to standard error."""
    # Tracebacks say where, and not with which values: a frame's variables are people's words, passwords and keys.
    frames = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    ending: list[Any] = (
        [frames, structlog.processors.JSONRenderer()]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            *ending,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )

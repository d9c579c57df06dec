"""Rate limits, where guessing pays."""

from collections.abc import Callable
from typing import Any

from flask import current_app

from portal.extensions import limiter

# Each is counted for one client address. Shared with the tests, which read them from here.
SIGN_IN = "10 per minute; 60 per hour"
PASSKEY = "20 per minute; 120 per hour"
ONE_TIME_LINK = "5 per minute; 20 per hour"
JOIN = "10 per minute; 40 per hour"
PAIRING = "30 per minute; 300 per hour"
SEARCH = "60 per minute"
POSTING = "20 per minute; 200 per hour"


def limits_are_off() -> bool:
    """Exempts every request when the operator switched limits off (load tests, the demo's many devices)."""
    return not current_app.extensions["porchlight"].settings.rate_limits


def when_sent(limit: str) -> Callable[..., Any]:
    """Decorates a view: what is sent to it (POST) counts, and looking at its page is free."""
    return limiter.limit(limit, methods=["POST"], exempt_when=limits_are_off)


def when_asked(limit: str, counts: Callable[[], bool] = lambda: True) -> Callable[..., Any]:
    """Decorates a view: each request counts for which `counts()` holds."""
    return limiter.limit(limit, exempt_when=lambda: limits_are_off() or not counts())

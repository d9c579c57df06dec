"""Whose rule, notice or browser this is. "Not yours" and "not there" are the same answer."""

import uuid

from portal.alerts import queries
from portal.alerts.models import AlertRule, Notice, PushSubscription
from portal.db import Act, NotFound


def own_rule(act: Act, rule_id: uuid.UUID) -> AlertRule:
    found = queries.own_rule(act, rule_id)
    if found is None:
        raise NotFound
    return found


def own_notice(act: Act, notice_id: uuid.UUID) -> Notice:
    found = queries.notice(act, notice_id)
    if found is None:
        raise NotFound
    return found


def own_browser(act: Act, browser_id: uuid.UUID) -> PushSubscription:
    found = queries.browser(act, browser_id)
    if found is None:
        raise NotFound
    return found

"""Rules, notices and what leaves because of them. Notices and the cursor that they end are written in one act."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, update

from portal.alerts import access, queries, rules
from portal.alerts.models import AlertCursor, AlertRule, Delivery, DigestState, Notice, PushSubscription
from portal.db import Act, Refusal, new_id, next_number

# — Rules —


def give_first_rules(act: Act, account_id: uuid.UUID) -> None:
    """What a resident is told without having asked: posts close by, and who rings; in the page alone."""
    if queries.digest_state(act, account_id) is not None:
        return
    act.session.add(DigestState(account_id=account_id, hour=rules.DIGEST_HOUR))
    for values in ({"about": "posts", "miles": 0.5}, {"about": "devices", "kinds": ["ring"]}):
        act.session.add(AlertRule(id=new_id(), account_id=account_id, made_at=act.now, **values))


@dataclass(frozen=True)
class Wish:
    """What a rule says; see AlertRule."""

    about: str
    miles: float | None = None
    category: str | None = None
    kinds: Sequence[str] = ()
    by_mail: bool = False
    by_push: bool = False
    in_digest: bool = False
    quiet_from: time = time(0)
    quiet_until: time = time(0)
    urgent_at_once: bool = False


def add_rule(act: Act, wish: Wish, zone: ZoneInfo) -> AlertRule:
    """Raises Refusal: too-many-rules."""
    assert act.actor.id is not None
    give_first_rules(act, act.actor.id)
    if len(queries.own_rules(act)) >= rules.MOST_RULES:
        raise Refusal("too-many-rules", most=rules.MOST_RULES)
    rule = AlertRule(id=new_id(), account_id=act.actor.id, made_at=act.now)
    _set(act, rule, wish, zone)
    act.session.add(rule)
    return rule


def change_rule(act: Act, rule_id: uuid.UUID, wish: Wish, zone: ZoneInfo) -> AlertRule:
    """What it is about stays. Raises NotFound."""
    rule = access.own_rule(act, rule_id)
    _set(act, rule, wish, zone)
    return rule


def _set(act: Act, rule: AlertRule, wish: Wish, zone: ZoneInfo) -> None:
    if wish.in_digest:
        _begin_digests(act, rule.account_id, zone)
    for name, value in vars(wish).items():
        setattr(rule, name, list(value) if name == "kinds" else value)


def _begin_digests(act: Act, account_id: uuid.UUID, zone: ZoneInfo) -> None:
    """Who asks for the first digest after its hour gets it tomorrow."""
    state = queries.digest_state(act, account_id)
    wishes = [wish for about in ("posts", "agencies") for wish in queries.rules_about(act, account_id, about)]
    if state is not None and not any(wish.in_digest for wish in wishes):
        state.sent_on = rules.digest_day(act.now, state.hour, None, zone)


def remove_rule(act: Act, rule_id: uuid.UUID) -> None:
    act.session.delete(access.own_rule(act, rule_id))


def choose_hour(act: Act, hour: int, zone: ZoneInfo) -> None:
    """When the digest goes out. One that has gone today does not go again at a later hour."""
    assert act.actor.id is not None
    give_first_rules(act, act.actor.id)
    act.session.flush()
    state = queries.digest_state(act, act.actor.id)
    assert state is not None
    if state.sent_on is None:
        state.sent_on = rules.digest_day(act.now, hour, None, zone)
    state.hour = hour


def end_mail(act: Act, account_id: uuid.UUID, what: str) -> None:
    """No more letters of this kind: mail or digest. Safe to repeat."""
    column = "in_digest" if what == "digest" else "by_mail"
    act.session.execute(update(AlertRule).where(AlertRule.account_id == account_id).values({column: False}))


# — Browsers —


def keep_browser(act: Act, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """A browser that may be woken from now on, for whoever acts: one that somebody else used before changes hands.

    Its keys have been checked. Raises Refusal: too-many-browsers.
    """
    assert act.actor.id is not None
    act.session.execute(delete(PushSubscription).where(PushSubscription.endpoint == endpoint))
    if len(queries.browsers(act, [act.actor.id])) >= rules.MOST_BROWSERS:
        raise Refusal("too-many-browsers", most=rules.MOST_BROWSERS)
    browser = PushSubscription(
        id=new_id(), account_id=act.actor.id, endpoint=endpoint, p256dh=p256dh, auth=auth, made_at=act.now
    )
    act.session.add(browser)
    return browser


def forget_browser(act: Act, browser_id: uuid.UUID) -> None:
    act.session.delete(access.own_browser(act, browser_id))


def browser_is_gone(act: Act, browser_id: uuid.UUID) -> None:
    """Its push service says so."""
    act.session.execute(delete(PushSubscription).where(PushSubscription.id == browser_id))


def send_trial(act: Act, channel: str) -> None:
    """One message by this way now. Raises Refusal: no-browser."""
    assert act.actor.id is not None
    browsers = queries.browsers(act, [act.actor.id]) if channel == "push" else []
    if channel == "push" and not browsers:
        raise Refusal("no-browser")
    _leave(act, act.actor.id, None, {channel: act.now}, browsers)


# — Notices —


@dataclass(frozen=True)
class Draft:
    """A notice to be. `leaves`: channel -> when it may leave by it."""

    account_id: uuid.UUID
    kind: str
    source: str
    subject: Mapping[str, Any]
    leaves: Mapping[str, datetime] = field(default_factory=dict)
    in_digest: bool = False


def keep_notices(act: Act, cursor: str, after: int, upto: int, drafts: Sequence[Draft]) -> bool:
    """Write the notices of a source's numbers from `after` to `upto`, what is to leave, and that this is done.

    False when somebody else has done it meanwhile: then nothing is written.
    """
    if queries.cursor(act, cursor) != after:
        return False
    act.session.merge(AlertCursor(name=cursor, value=upto))
    told = queries.told_before(act, [draft.source for draft in drafts])
    fresh = [draft for draft in drafts if (draft.account_id, draft.source) not in told]
    if not fresh:
        return True
    first = next_number(act.session, "notice", len(fresh))
    made = [
        Notice(
            id=new_id(),
            seq=first + place,
            account_id=draft.account_id,
            kind=draft.kind,
            source=draft.source,
            in_digest=draft.in_digest,
            made_at=act.now,
            **draft.subject,
        )
        for place, draft in enumerate(fresh)
    ]
    act.session.add_all(made)
    act.session.flush()
    browsers = queries.browsers(act, [draft.account_id for draft in fresh if "push" in draft.leaves])
    for notice, draft in zip(made, fresh, strict=True):
        own = [browser for browser in browsers if browser.account_id == draft.account_id]
        _leave(act, draft.account_id, notice.id, draft.leaves, own)
    return True


def _leave(
    act: Act,
    account_id: uuid.UUID,
    notice_id: uuid.UUID | None,
    leaves: Mapping[str, datetime],
    browsers: Sequence[PushSubscription],
) -> None:
    for channel, not_before in leaves.items():
        for browser_id in [browser.id for browser in browsers] if channel == "push" else [None]:
            act.session.add(
                Delivery(
                    id=new_id(),
                    account_id=account_id,
                    channel=channel,
                    notice_id=notice_id,
                    subscription_id=browser_id,
                    lease_until=not_before,
                )
            )


def have_left(act: Act, delivery_ids: Sequence[uuid.UUID]) -> None:
    act.session.execute(delete(Delivery).where(Delivery.id.in_(delivery_ids)))


def digest_is_written(act: Act, state: DigestState, day: date) -> None:
    state.sent_on = day
    act.session.execute(
        update(Notice).where(Notice.account_id == state.account_id, Notice.in_digest).values(in_digest=False)
    )


def mark_read(act: Act, notice_id: uuid.UUID) -> Notice:
    notice = access.own_notice(act, notice_id)
    notice.read_at = notice.read_at or act.now
    return notice


def mark_all_read(act: Act, upto: int) -> None:
    """All up to the one numbered `upto`: what came while the page stood open stays unread."""
    act.session.execute(
        update(Notice)
        .where(Notice.account_id == act.actor.id, Notice.read_at.is_(None), Notice.seq <= upto)
        .values(read_at=act.now)
    )


def forget_old(act: Act) -> int:
    """Let go of some notices whose time is over; returns how many."""
    gone = queries.old_notices(act, act.now - rules.KEPT, 500)
    act.session.execute(delete(Notice).where(Notice.id.in_(gone)))
    return len(gone)

"""Threads of the one who asks. What is for two people is selected here alone, always by one of the two."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, func, or_, select

from portal.accounts.models import Account
from portal.db import Act
from portal.feed.models import Mute
from portal.relay import rules
from portal.relay.models import RelayConsent, RelayMessage, RelayThread


def lets_others_ask(act: Act, account_id: uuid.UUID | None) -> bool:
    return account_id is not None and act.session.get(RelayConsent, account_id) is not None


def _asked_of(reader: Any) -> ColumnElement[bool]:
    """Asked of the reader, who lets others ask and did not mute the asker's name."""
    muted = select(Mute.muted_id).where(Mute.account_id == reader)
    lets = select(RelayConsent.account_id).where(RelayConsent.account_id == reader)
    return and_(
        RelayThread.other_id == reader,
        RelayThread.state == "asked",
        RelayThread.other_id.in_(lets),
        or_(RelayThread.asker_alias.is_not(None), RelayThread.asker_id.not_in(muted)),
    )


def _mine(act: Act) -> ColumnElement[bool]:
    """Threads that the reader may open: those that they began, that both want, and that others ask of them."""
    known = or_(RelayThread.state.in_(("open", "ended")), _asked_of(act.actor.id))
    return or_(RelayThread.asker_id == act.actor.id, and_(RelayThread.other_id == act.actor.id, known))


@dataclass(frozen=True)
class Talk:
    """A thread as one of its two sees it: the other's name ("" under an alias) and alias, and what it looks like."""

    thread: RelayThread
    name: str
    alias: str | None
    asked_by_me: bool

    @property
    def state(self) -> str:
        """asked, open or ended. Who was declined is not told."""
        return "asked" if self.thread.state == "declined" else self.thread.state


def talks(act: Act, thread_id: uuid.UUID | None = None) -> list[Talk]:
    """The asker's threads, the latest first; or the one with that id."""
    by_me = RelayThread.asker_id == act.actor.id
    alias = case((by_me, RelayThread.other_alias), else_=RelayThread.asker_alias)
    query = (
        select(RelayThread, case((alias.is_(None), Account.name), else_=""), alias, by_me)
        .join(Account, Account.id == case((by_me, RelayThread.other_id), else_=RelayThread.asker_id))
        .where(_mine(act))
        .order_by(RelayThread.id.desc())
        .limit(100)
    )
    if thread_id is not None:
        query = query.where(RelayThread.id == thread_id)
    return [Talk(*row) for row in act.session.execute(query)]


def messages(act: Act, thread_id: uuid.UUID) -> Sequence[RelayMessage]:
    """The latest messages of a thread that was reached through `talks` or `reported`, oldest first."""
    query = select(RelayMessage).where(RelayMessage.thread_id == thread_id).order_by(RelayMessage.id.desc())
    return act.session.scalars(query.limit(rules.MOST_SHOWN)).all()[::-1]


# How many neighbours wait for the reader's answer: for every page.
WAITING = select(func.count()).select_from(RelayThread).where(_asked_of(bindparam("reader", type_=Uuid())))


def reported(act: Act, thread_id: uuid.UUID | None = None) -> Sequence[RelayThread]:
    """Threads that somebody reported and no moderator has decided about, the longest waiting first."""
    query = select(RelayThread).where(RelayThread.reported_at.is_not(None), RelayThread.decided_at.is_(None))
    if thread_id is not None:
        query = query.where(RelayThread.id == thread_id)
    return act.session.scalars(query.order_by(RelayThread.reported_at)).all()


def over(act: Act) -> Sequence[uuid.UUID]:
    """Ended threads whose messages nobody needs any more."""
    looked_at = or_(RelayThread.reported_at.is_(None), RelayThread.decided_at.is_not(None))
    until = act.now - timedelta(days=rules.KEPT_DAYS)
    left = select(RelayMessage.thread_id).where(RelayMessage.thread_id == RelayThread.id).exists()
    return act.session.scalars(select(RelayThread.id).where(RelayThread.ended_at < until, looked_at, left)).all()

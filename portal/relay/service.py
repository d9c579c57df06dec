"""Asking to get in touch, consenting, writing, ending, reporting."""

import uuid

from sqlalchemy import delete, select

from portal.accounts import access as account_access
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id
from portal.feed import access as feed
from portal.moderation import queries as moderation
from portal.moderation import rules as fairness
from portal.relay import access, queries
from portal.relay.models import RelayConsent, RelayMessage, RelayThread


def switch(act: Act, on: bool) -> None:
    """Let others ask, or no more. Open threads go on; what was asked meanwhile waits unseen."""
    present = act.session.get(RelayConsent, act.actor.id)
    if on and present is None:
        act.session.add(RelayConsent(account_id=act.actor.id, since=act.now))
    elif present is not None and not on:
        act.session.delete(present)


def ask_author(act: Act, post_id: uuid.UUID) -> RelayThread:
    """Ask the author of a post. Whether that one lets others ask is not told: so nobody finds out by trying.

    Raises NotFound, and Refusal: guidelines, suspended, switched-off, asked-before.
    """
    post = feed.open_post(act, post_id)
    return _ask(act, post_id, post.author_id, post.alias)


def ask_commenter(act: Act, comment_id: uuid.UUID) -> RelayThread:
    """The same, of the author of a comment."""
    written = feed.comment(act, comment_id)
    return _ask(act, written.post_id, written.author_id, written.alias)


def _ask(act: Act, post_id: uuid.UUID, other_id: uuid.UUID, alias: str | None) -> RelayThread:
    account_access.knows_guidelines(act)
    if other_id == act.actor.id:
        raise NotFound
    if not queries.lets_others_ask(act, act.actor.id):
        raise Refusal("switched-off")
    post = feed.open_post(act, post_id)
    pair = (RelayThread.asker_id.in_((act.actor.id, other_id)), RelayThread.other_id.in_((act.actor.id, other_id)))
    if act.session.scalar(select(RelayThread.id).where(RelayThread.post_id == post.id, *pair)) is not None:
        raise Refusal("asked-before")
    thread = RelayThread(
        id=new_id(),
        post_id=post.id,
        asker_id=act.actor.id,
        other_id=other_id,
        asker_alias=post.alias if post.author_id == act.actor.id else None,
        other_alias=alias,
        state="asked",
        asked_at=act.now,
    )
    act.session.add(thread)
    act.session.flush()
    record(act, "contact.asked", thread)
    return thread


def answer(act: Act, thread_id: uuid.UUID, consent: bool) -> RelayThread:
    """The other's answer. The asker learns a yes and never a no."""
    thread = access.asked_of_me(act, thread_id).thread
    thread.state = "open" if consent else "declined"
    record(act, "contact.opened" if consent else "contact.declined", thread)
    return thread


def write(act: Act, thread_id: uuid.UUID, body: str) -> RelayMessage:
    """Raises NotFound, and Refusal: guidelines, suspended."""
    thread = access.open_talk(act, thread_id).thread
    account_access.knows_guidelines(act)
    message = RelayMessage(id=new_id(), thread_id=thread.id, author_id=act.actor.id, body=body, written_at=act.now)
    act.session.add(message)
    return message


def end(act: Act, thread_id: uuid.UUID) -> None:
    """Either ends it, for good and without a reason."""
    _end(act, access.open_talk(act, thread_id).thread)


def _end(act: Act, thread: RelayThread) -> None:
    thread.state, thread.ended_at, thread.ended_by = "ended", act.now, act.actor.id
    act.session.flush()
    record(act, "contact.ended", thread)


def report(act: Act, thread_id: uuid.UUID, reason: str) -> None:
    """End a thread, or what was asked, and let a moderator read it. Raises NotFound, Refusal("reported-before")."""
    found = access.talk(act, thread_id)
    if found.thread.reported_at is not None:
        raise Refusal("reported-before")
    if found.state != "ended":
        if found.asked_by_me and found.state == "asked":
            raise NotFound
        _end(act, found.thread)
    found.thread.reported_at, found.thread.reported_by, found.thread.report_reason = act.now, act.actor.id, reason
    record(act, "contact.reported", found.thread)


def decide(act: Act, thread_id: uuid.UUID, rule: str | None) -> None:
    """A moderator has read it, and found a rule broken or none. It stays ended, and no moderator reads it again.

    Raises NotFound, Refusal("conflict") for a moderator who is, or lives with, one of the two.
    """
    thread = access.reported(act, thread_id)
    people = moderation.persons(act, [thread.asker_id, thread.other_id])
    parties = fairness.Parties(authors=tuple(people.values()))
    if fairness.conflict(moderation.myself(act), parties) is not None:
        raise Refusal("conflict")
    thread.decided_at, thread.decided_rule = act.now, rule
    record(act, "contact.decided", None, {"rule": rule or ""})


def erase_over(act: Act) -> int:
    """Forget the messages of threads that ended long ago; how many threads."""
    gone = queries.over(act)
    act.session.execute(delete(RelayMessage).where(RelayMessage.thread_id.in_(gone)))
    return len(gone)


def names(act: Act, thread: RelayThread) -> dict[uuid.UUID, tuple[str, str | None]]:
    """account -> (name as shown, alias) of the two, for a moderator: no more than each of them let the other see."""
    people = moderation.persons(act, [thread.asker_id, thread.other_id])
    sides = ((thread.asker_id, thread.asker_alias), (thread.other_id, thread.other_alias))
    return {side: ("" if alias is not None else people[side].name, alias) for side, alias in sides}

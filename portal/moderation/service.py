"""Reports, claims, decisions, appeals. Each decision cites a rule or says that it keeps to them, tells the author,
and stands in the ledger; nobody decides about themselves, and no two decide the same."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, update

from portal.accounts import access as account_access
from portal.accounts import queries as accounts
from portal.accounts import service as account_service
from portal.accounts.models import Account
from portal.audit.service import record
from portal.bulletins import access as bulletin_access
from portal.bulletins import service as bulletins
from portal.bulletins.models import AgencyPost
from portal.db import SYSTEM, Act, NotFound, Refusal, new_id
from portal.feed import access as feed_access
from portal.feed import service as feed_service
from portal.feed.models import Comment, Post
from portal.moderation import queries, rules
from portal.moderation.models import Case, Declaration, Report
from portal.moderation.queries import Item
from portal.responses import access as response_access
from portal.responses import service as responses
from portal.responses.models import AgencyComment

# What a decision does to what agencies write and show, by its kind.
RELEASE: dict[str, Callable[..., Any]] = {
    "agency_post": bulletins.release,
    "agency_edit": bulletins.release_edit,
    "picture": bulletins.approve_picture,
    "agency_answer": responses.release,
}
REFUSE: dict[str, Callable[..., Any]] = {
    "agency_post": bulletins.refuse,
    "agency_edit": bulletins.refuse_edit,
    "picture": bulletins.refuse_picture,
}
HOLD_AGAIN: dict[str, Callable[..., Any]] = {
    "agency_post": bulletins.hold_again,
    "agency_edit": bulletins.hold_edit_again,
    "picture": bulletins.hold_picture_again,
    "agency_answer": responses.hold_again,
}

# — Reports —


def report_post(act: Act, post_id: uuid.UUID, rule: str, reason: str) -> None:
    """Raises NotFound, and Refusal: suspended, own, reported-before."""
    _report(act, feed_access.open_post(act, post_id), rule, reason)


def report_comment(act: Act, comment_id: uuid.UUID, rule: str, reason: str) -> None:
    """Raises NotFound, and Refusal: suspended, own, reported-before."""
    _report(act, feed_access.comment(act, comment_id), rule, reason)


def report_under_agency(act: Act, comment_id: uuid.UUID, rule: str, reason: str) -> None:
    """What stands under an agency's post, reported by a resident. Raises NotFound, and Refusal: suspended, own,
    reported-before, rule."""
    if act.actor.kind != "resident":
        raise NotFound
    remark = response_access.comment(act, comment_id)
    if rule not in rules.citable(kind_of(remark)):
        raise Refusal("rule", "rule")
    _report(act, remark, rule, reason)


def report_agency_post(act: Act, slug: str, post_id: uuid.UUID, rule: str, reason: str) -> None:
    """An agency's public post, reported by a resident: most of all because it asks for footage after all. Raises
    NotFound, and Refusal: suspended, reported-before, rule."""
    if act.actor.kind != "resident":
        raise NotFound
    post = bulletin_access.public_post(act, slug, post_id).post
    if rule not in rules.citable("agency_post"):
        raise Refusal("rule", "rule")
    _report(act, post, rule, reason)


Reportable = Post | Comment | AgencyComment | AgencyPost


def kind_of(what: Reportable) -> str:
    if isinstance(what, AgencyPost):
        return "agency_post"
    if isinstance(what, AgencyComment):
        return "agency_comment" if what.agency_id is None else "agency_answer"
    return "post" if isinstance(what, Post) else "comment"


def _report(act: Act, what: Reportable, rule: str, reason: str) -> None:
    account_access.may_write(act)
    if what.author_id == act.actor.id:
        raise Refusal("own")
    if queries.mine(act, what.id) is not None:
        raise Refusal("reported-before")
    report = Report(
        id=new_id(),
        post_id=what.id if isinstance(what, Post) else None,
        comment_id=what.id if isinstance(what, Comment) else None,
        agency_comment_id=what.id if isinstance(what, AgencyComment) else None,
        agency_post_id=what.id if isinstance(what, AgencyPost) else None,
        reporter_id=act.actor.id,
        rule=rule,
        reason=reason,
        outcome="open",
        reported_at=act.now,
    )
    act.session.add(report)
    act.session.flush()
    record(act, "report.made", report)
    case = queries.live(act, "reported", what.id)
    case = case or _open(act, kind_of(what), what.id, what.author_id, "reported", act.now)
    hides = rules.hides(queries.reporting_households(act, what.id), case.subject in rules.ON_AGENCIES_PAGES)
    if hides and what.state == "visible":
        _hide(act, case, what)


def _hide(act: Act, case: Case, what: Post | Comment) -> None:
    """Porchlight's own act: no neighbour decides that something is hidden."""
    own = replace(act, actor=SYSTEM)
    if isinstance(what, Post):
        feed_service.hide(own, what)
    else:
        feed_service.hide_comment(own, what)
    case.was_hidden = True
    record(own, "case.hidden", case, {"subject": case.subject, "outcome": "hidden", "households": rules.HIDES_AT})


def _open(
    act: Act, subject: str, subject_id: uuid.UUID, author_id: uuid.UUID, why: str, since: datetime, **more: object
) -> Case:
    case = Case(
        id=new_id(),
        subject=subject,
        subject_id=subject_id,
        author_id=author_id,
        why=why,
        state="open",
        opened_at=since,
        was_hidden=False,
        **more,
    )
    act.session.add(case)
    act.session.flush()
    return case


# — Claims —


def declare_home(act: Act, address: str | None) -> None:
    """A moderator says where they live; None: in none of the town's homes. Raises Refusal("address-unknown")."""
    household = queries.household_at(act, address) if address is not None else None
    if address is not None and household is None:
        raise Refusal("address-unknown", "address")
    assert act.actor.id is not None
    declaration = Declaration(
        id=new_id(),
        account_id=act.actor.id,
        household_id=household.id if household else None,
        declared_at=act.now,
    )
    act.session.add(declaration)
    record(act, "moderator.declared-home", declaration, {"in_town": household is not None})


def conflict(act: Act, item: Item, me: rules.Person | None = None) -> str | None:
    """Why the moderator who asks may not decide this; None when they may."""
    return rules.conflict(me or queries.myself(act), item.parties)


def _item(act: Act, why: str, subject_id: uuid.UUID) -> Item:
    """Something that waits, which the asker may decide. Raises NotFound, and Refusal: declare-first, conflict."""
    found = queries.item(act, why, subject_id)
    if found is None:
        raise NotFound
    if not queries.has_declared(act):
        raise Refusal("declare-first")
    reason = conflict(act, found)
    if reason is not None:
        raise Refusal("conflict", because=reason)
    return found


def claim(act: Act, why: str, subject_id: uuid.UUID) -> Case:
    """Take a case, for a lease. One conditional UPDATE: of two who try, one gets it.

    Raises NotFound, and Refusal: declare-first, conflict, claimed.
    """
    found = _item(act, why, subject_id)
    subject = found.subject
    case = found.case or _open(act, subject.kind, subject.id, subject.author_id, why, found.since)
    free = or_(Case.state == "open", and_(Case.state == "claimed", Case.claimed_until <= act.now))
    own = and_(Case.state == "claimed", Case.claimed_by == act.actor.id)
    taken = act.session.execute(
        update(Case)
        .where(Case.id == case.id, or_(free, own))
        .values(state="claimed", claimed_by=act.actor.id, claimed_until=act.now + rules.LEASE)
    )
    if taken.rowcount != 1:
        raise Refusal("claimed", name=found.claimed_by)
    record(act, "case.claimed", case)
    return case


def renew(act: Act, why: str, subject_id: uuid.UUID) -> bool:
    """Go on holding a claim: asked by its page while that is open. False when the claim is the asker's no more."""
    held = update(Case).where(
        Case.subject_id == subject_id, Case.why == why, Case.state == "claimed", Case.claimed_by == act.actor.id
    )
    return act.session.execute(held.values(claimed_until=act.now + rules.LEASE)).rowcount == 1


def give_back(act: Act, why: str, subject_id: uuid.UUID) -> None:
    """Let somebody else take a case that the asker has claimed. Raises NotFound."""
    case = queries.live(act, why, subject_id)
    if case is None or case.state != "claimed" or case.claimed_by != act.actor.id:
        raise NotFound
    _free(case)
    record(act, "case.given-back", case)


def _free(case: Case) -> None:
    case.state, case.claimed_by, case.claimed_until = "open", None, None


# — Decisions —


@dataclass(frozen=True)
class Told:
    """What a decision's author has to be told (R6); the words are the view's. `appeal_until`: None, no appeal."""

    author: Account
    case: Case
    appeal_until: datetime | None


@dataclass(frozen=True)
class Verdict:
    """What a moderator wants to decide. `words`: the digest of the words that they have read."""

    outcome: str
    reason: str
    words: str
    rule: str = ""
    days: int = 0


def decide(act: Act, why: str, subject_id: uuid.UUID, verdict: Verdict) -> list[Told]:
    """Decide a case that the asker has claimed. Returns who has to be told; nobody, when a second person has to agree.

    Raises NotFound, and Refusal: declare-first, conflict, not-claimed, changed, outcome, rule, suspension,
    reason-tells.
    """
    item = _item(act, why, subject_id)
    subject, case = item.subject, item.case
    if case is None or item.claim(act) != "mine":
        raise Refusal("not-claimed")
    if verdict.words != subject.digest:
        raise Refusal("changed")
    rules.check_decision(subject.kind, why, verdict.outcome, verdict.rule, verdict.days)
    if subject.kind not in rules.BY_AGENCIES:
        people = (*item.parties.authors, *item.parties.reporters)
        rules.check_reason(verdict.reason, [one.name for one in people], subject.place, subject.words)
    agreed = item.proposed and (verdict.outcome != "remove" or case.rule == verdict.rule)
    if rules.needs_second(subject.kind, why, verdict.outcome, subject.findings) and not agreed:
        _propose(act, case, verdict)
        return []
    _close(act, case, verdict)
    if why == "appeal":
        return _after_appeal(act, item, case, verdict)
    if why == "agency":
        _agency(act, item, case, verdict)
    elif subject.kind == "agency_post":
        _agency_post(act, item, case, verdict)
    elif subject.kind in rules.UNDER_AGENCIES:
        _under_agency(act, item, case, verdict)
    else:
        _neighbours(act, item, case, verdict)
    if why == "held":
        _close_appeals(act, subject.id)
    told = [_told(act, case)] if _has_to_know(item, verdict) else []
    if verdict.days:
        told.append(_suspend(act, item, case, verdict))
    return told


def _has_to_know(item: Item, verdict: Verdict) -> bool:
    """Who was never touched is not told that somebody reported them: that would only set neighbours against each
    other. Everybody else is."""
    return verdict.outcome != "leave" or item.why != "reported" or bool(item.case and item.case.was_hidden)


def _propose(act: Act, case: Case, verdict: Verdict) -> None:
    """A first person decides what takes two, and a removal by which rule. It waits for a second, who is somebody else;
    who names another rule does not agree, and is the first one now."""
    case.proposed_by, case.proposed_reason, case.proposed_words = act.actor.id, verdict.reason, verdict.words
    case.rule = verdict.rule if verdict.outcome == "remove" else None
    _free(case)
    record(act, "case.proposed", case)


def _close(act: Act, case: Case, verdict: Verdict) -> None:
    closed = act.session.execute(
        update(Case)
        .where(
            Case.id == case.id,
            Case.state == "claimed",
            Case.claimed_by == act.actor.id,
            Case.claimed_until > act.now,
        )
        .values(
            state="decided",
            claimed_by=None,
            claimed_until=None,
            outcome=verdict.outcome,
            rule=verdict.rule if verdict.outcome in ("warn", "remove") else None,
            reason=verdict.reason,
            decided_by=act.actor.id,
            decided_at=act.now,
        )
    )
    if closed.rowcount != 1:
        raise Refusal("not-claimed")
    act.session.refresh(case)


def _facts(act: Act, case: Case) -> dict[str, object]:
    """What everybody may read of a decision: nothing of anybody, and no id."""
    return {
        "subject": case.subject,
        "why": case.why,
        "outcome": case.outcome,
        "rule": case.rule or "",
        "reason": case.reason,
        "minutes": round((act.now - case.opened_at) / timedelta(minutes=1)),
    }


def _neighbours(act: Act, item: Item, case: Case, verdict: Verdict) -> None:
    """A neighbour's post or comment stays, or goes; a warning leaves it where it was."""
    post, comment = item.subject.post, item.subject.comment
    if verdict.outcome == "remove":
        if comment is not None:
            feed_service.remove_comment(act, comment)
        elif post is not None:
            feed_service.remove_post(act, post, verdict.rule)
    else:
        _back(act, item)
    _answer_reports(act, case, verdict)
    kind = {"leave": "case.left", "warn": "case.warned", "remove": "case.removed"}[verdict.outcome]
    record(act, kind, case, _facts(act, case))


def _answer_reports(act: Act, case: Case, verdict: Verdict) -> None:
    answer = {"leave": "kept", "warn": "warned", "remove": "removed"}[verdict.outcome]
    act.session.execute(
        update(Report).where(queries.about(case.subject_id), Report.outcome == "open").values(outcome=answer)
    )


def _agency_post(act: Act, item: Item, case: Case, verdict: Verdict) -> None:
    """An agency's public post stays, or goes because two people agreed on the rule that it breaks."""
    published = item.subject.published
    assert published is not None
    facts = _facts(act, case)
    _answer_reports(act, case, verdict)
    if verdict.outcome == "remove":
        bulletins.remove(act, case.subject_id, verdict.rule, facts | {"first_reason": case.proposed_reason})
    else:
        record(act, "agency-post.left", case, facts | {"agency": published.agency.name})


def _under_agency(act: Act, item: Item, case: Case, verdict: Verdict) -> None:
    """What stands under an agency's post stays, or goes because two people agreed on the rule that it breaks."""
    remark, published = item.subject.remark, item.subject.published
    assert remark is not None and published is not None
    facts = _facts(act, case)
    if verdict.outcome == "remove":
        responses.remove(act, remark, verdict.rule)
        facts["first_reason"] = case.proposed_reason
    _answer_reports(act, case, verdict)
    done = "removed" if verdict.outcome == "remove" else "left"
    if remark.agency_id is None:
        record(act, f"case.{done}", case, facts)
    else:
        record(act, f"agency-answer.{done}", case, facts | {"agency": published.agency.name})


def _back(act: Act, item: Item) -> None:
    """What was held, hidden or removed is visible (again)."""
    post, comment = item.subject.post, item.subject.comment
    if item.subject.remark is not None:
        responses.restore(act, item.subject.remark)
    elif item.subject.kind == "agency_post":
        bulletins.put_back(act, item.subject.id)
    elif comment is not None:
        if comment.state != "visible":
            feed_service.release_comment(act, comment)
    elif post is not None and post.state != "visible":
        feed_service.release(act, post)


def _agency(act: Act, item: Item, case: Case, verdict: Verdict) -> None:
    """An agency's held text goes out, with text and reasons for everybody to read, or never does."""
    facts = _facts(act, case)
    if verdict.outcome == "remove":
        if case.subject == "agency_answer":
            responses.refuse(act, case.subject_id, verdict.rule, facts)
        else:
            REFUSE[case.subject](act, case.subject_id, facts)
        return
    if item.proposed:
        facts["first_reason"] = case.proposed_reason
    _release(act, case, facts)


def _release(act: Act, case: Case, facts: dict[str, object]) -> None:
    RELEASE[case.subject](act, case.subject_id, facts)


def _suspend(act: Act, item: Item, case: Case, verdict: Verdict) -> Told:
    author = accounts.account(act, case.author_id)
    assert author is not None
    until = act.now + timedelta(days=verdict.days)
    suspension = Case(
        id=new_id(),
        subject="person",
        subject_id=author.id,
        author_id=author.id,
        why="caused",
        state="decided",
        opened_at=case.opened_at,
        was_hidden=False,
        about=case.subject,
        about_id=case.subject_id,
        outcome="suspend",
        rule=verdict.rule,
        reason=verdict.reason,
        days=verdict.days,
        until=until,
        decided_by=act.actor.id,
        decided_at=act.now,
    )
    act.session.add(suspension)
    act.session.flush()
    account_service.suspend(act, author, queries.suspended_until(act, author.id))
    record(act, "person.suspended", suspension, _facts(act, suspension) | {"days": verdict.days})
    return _told(act, suspension)


def _told(act: Act, case: Case) -> Told:
    author = accounts.account(act, case.author_id)
    assert author is not None and case.decided_at is not None
    can_appeal = case.outcome in ("warn", "remove", "suspend")
    return Told(author, case, rules.appeal_until(case.decided_at) if can_appeal else None)


# — Appeals —


def appeal(act: Act, case_id: uuid.UUID, text: str) -> Case:
    """Ask a different person to look again, once, within APPEAL_DAYS.

    Raises NotFound, and Refusal: appealed-before, too-late, nothing-to-appeal.
    """
    decision = queries.decision(act, case_id)
    if decision is None or decision.case.outcome not in ("warn", "remove", "suspend"):
        raise NotFound
    case, subject = decision.case, decision.subject
    assert case.decided_at is not None
    if decision.appeal is not None:
        raise Refusal("appealed-before")
    if rules.appeal_until(case.decided_at) <= act.now:
        raise Refusal("too-late")
    if subject is None or not rules.stands(case.subject, "appeal", case.outcome, subject.state):
        raise Refusal("nothing-to-appeal")
    made = _open(
        act,
        case.subject,
        case.subject_id,
        case.author_id,
        "appeal",
        act.now,
        appeal_of=case.id,
        appeal_text=text,
        about=case.about,
        about_id=case.about_id,
    )
    record(act, "case.appealed", made, {"subject": case.subject, "outcome": case.outcome})
    return made


def _close_appeals(act: Act, subject_id: uuid.UUID) -> None:
    """An appeal that waits about something which was decided anew meanwhile has nothing left to decide."""
    waiting = update(Case).where(Case.subject_id == subject_id, Case.why == "appeal", Case.state != "decided")
    moot = {"state": "decided", "outcome": "moot", "decided_at": act.now, "claimed_by": None, "claimed_until": None}
    act.session.execute(waiting.values(moot))


def _after_appeal(act: Act, item: Item, case: Case, verdict: Verdict) -> list[Told]:
    earlier = item.earlier
    assert earlier is not None
    facts = _facts(act, case) | {"rule": earlier.rule or "", "appealed": earlier.outcome}
    record(act, f"appeal.{verdict.outcome}", case, facts)
    if verdict.outcome == "overturned":
        if earlier.outcome == "suspend":
            author = accounts.account(act, case.author_id)
            assert author is not None
            account_service.suspend(act, author, queries.suspended_until(act, author.id))
        elif earlier.outcome == "remove" and earlier.why == "agency":
            _hold_again(act, item, verdict)
        elif earlier.outcome == "remove":
            _back(act, item)
    return [_told(act, case)]


def _hold_again(act: Act, item: Item, verdict: Verdict) -> None:
    """An agency's refused text, found on appeal to keep to the rules. If it was R1 it still takes two to let it out:
    this is the first of them, and neither may be the one who refused it."""
    subject, case = item.subject, item.case
    findings = subject.remark.spans if subject.remark is not None else subject.findings
    assert case is not None
    HOLD_AGAIN[subject.kind](act, subject.id)
    if not rules.needs_second(subject.kind, "agency", "leave", findings):
        _release(act, case, _facts(act, case))
        return
    found = {"proposed_by": act.actor.id, "proposed_reason": verdict.reason, "proposed_words": subject.digest}
    _open(act, subject.kind, subject.id, subject.author_id, "agency", act.now, **found)

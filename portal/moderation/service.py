"""Reports, and decisions on them. Each decision cites a rule, tells the author, and stands in the ledger."""

import uuid

from sqlalchemy import update

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id
from portal.feed import access as feed_access
from portal.feed import queries as feed
from portal.feed import service as feed_service
from portal.feed.models import Comment, Post
from portal.moderation import queries
from portal.moderation.models import Report


def report_post(act: Act, post_id: uuid.UUID, rule: str, reason: str) -> None:
    """Raises NotFound, and Refusal: own, reported-before."""
    post = feed_access.open_post(act, post_id)
    _report(act, post.author_id, rule, reason, post_id=post.id)


def report_comment(act: Act, comment_id: uuid.UUID, rule: str, reason: str) -> None:
    """Raises NotFound, and Refusal: own, reported-before."""
    comment = feed_access.comment(act, comment_id)
    _report(act, comment.author_id, rule, reason, comment_id=comment.id)


def _report(
    act: Act,
    author_id: uuid.UUID,
    rule: str,
    reason: str,
    post_id: uuid.UUID | None = None,
    comment_id: uuid.UUID | None = None,
) -> None:
    if author_id == act.actor.id:
        raise Refusal("own")
    if queries.mine(act, post_id, comment_id) is not None:
        raise Refusal("reported-before")
    report = Report(
        id=new_id(),
        post_id=post_id,
        comment_id=comment_id,
        reporter_id=act.actor.id,
        rule=rule,
        reason=reason,
        outcome="open",
        reported_at=act.now,
    )
    act.session.add(report)
    act.session.flush()
    record(act, "report.made", report)


def keep(act: Act, report_id: uuid.UUID) -> None:
    """The reported thing stays, and all open reports on it are answered."""
    report = _open(act, report_id)
    _answer(act, report, "kept")
    record(act, "report.kept", report, {"rule": report.rule})


def remove(act: Act, report_id: uuid.UUID, rule: str) -> Account:
    """Remove what was reported, citing `rule`. Returns the author, who has to be told."""
    report = _open(act, report_id)
    subject = _subject(act, report)
    if isinstance(subject, Post):
        feed_service.remove_post(act, subject, rule)
    else:
        feed_service.remove_comment(act, subject, rule)
    _answer(act, report, "removed")
    author = accounts.account(act, subject.author_id)
    assert author is not None
    return author


def _open(act: Act, report_id: uuid.UUID) -> Report:
    report = queries.report(act, report_id)
    if report is None or report.outcome != "open":
        raise NotFound
    return report


def _subject(act: Act, report: Report) -> Post | Comment:
    if report.comment_id is not None:
        comment = feed.comment(act, report.comment_id, queries.under_review())
        if comment is None:
            raise NotFound
        return comment
    found = feed.post(act, report.post_id, queries.under_review()) if report.post_id else None
    if found is None:
        raise NotFound
    return found[0]


def _answer(act: Act, report: Report, outcome: str) -> None:
    act.session.execute(
        update(Report)
        .where(Report.post_id == report.post_id, Report.comment_id == report.comment_id, Report.outcome == "open")
        .values(outcome=outcome)
    )

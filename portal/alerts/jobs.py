"""Making notices of what is new, and sending them on. Safe to kill at any instant: what was read is written down
together with how far that was, and what is to leave is a row until it has left.

What leaves says that something is new, and where to look; never what, where or by whom.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from portal import mail, push
from portal.accounts.models import Account
from portal.alerts import queries, rules, service
from portal.alerts.models import AlertRule, Delivery, Notice
from portal.alerts.service import Draft
from portal.audit.models import LedgerEntry
from portal.db import SYSTEM, Act
from portal.feed.models import CATEGORIES
from portal.identity import actor_for
from portal.jobs import Chore, Kind

if TYPE_CHECKING:
    from portal.web.context import Porchlight

log = structlog.get_logger()
BATCH = 200  # numbers of a source that are looked at together
COMMENT = "comment.written"
UNDER_AGENCIES = ("agency-comment.written", "agency-answer.published", "agency-answer.released")
TRIAL = "trial"


def _as(act: Act, account: Account) -> Act:
    """The same, as the recipient sees it."""
    return Act(act.session, actor_for(act, account), act.now)


def _leaves(act: Act, wishes: Iterable[AlertRule], zone: ZoneInfo, urgent: bool = False) -> dict[str, Any]:
    """Channel -> when the first of the wishes lets something leave by it. What is `urgent` waits for no quiet hours
    where its reader said so."""
    found = {}
    for channel in ("mail", "push"):
        quiets = [
            rules.NEVER_QUIET if urgent and wish.urgent_at_once else rules.Quiet(wish.quiet_from, wish.quiet_until)
            for wish in wishes
            if (wish.by_mail if channel == "mail" else wish.by_push)
        ]
        at = rules.earliest(act.now, quiets, zone)
        if at is not None:
            found[channel] = at
    return found


# — What is new: posts, events, and what the ledger tells —


def _of_posts(act: Act, after: int, upto: int, zone: ZoneInfo) -> list[Draft]:
    drafts = []
    for account, wishes in queries.with_rules_about(act, "posts"):
        viewer = _as(act, account)
        caught: dict[uuid.UUID, list[AlertRule]] = {}
        for wish in wishes:
            for post_id in queries.new_posts(viewer, wish, after, upto):
                caught.setdefault(post_id, []).append(wish)
        drafts += [
            Draft(
                account.id,
                "post",
                f"post {post_id}",
                {"post_id": post_id},
                _leaves(act, by, zone),
                any(wish.in_digest for wish in by),
            )
            for post_id, by in caught.items()
        ]
    return drafts


def _of_events(act: Act, after: int, upto: int, zone: ZoneInfo) -> list[Draft]:
    events = queries.new_events(act, after, upto)
    if not events:
        return []
    households: dict[uuid.UUID | None, list[tuple[Account, list[AlertRule]]]] = {}
    for account, wishes in queries.with_rules_about(act, "devices"):
        households.setdefault(account.household_id, []).append((account, wishes))
    drafts = []
    for event in events:
        for account, wishes in households.get(event.household_id, []):
            by = [wish for wish in wishes if event.kind in wish.kinds]
            late = event.started_at < act.now - rules.MOMENT
            leaves = {} if late else _leaves(act, by, zone)
            if by:
                drafts.append(Draft(account.id, "event", f"event {event.id}", {"event_id": event.id}, leaves))
    return drafts


def _of_agencies(act: Act, after: int, upto: int, zone: ZoneInfo) -> list[Draft]:
    """What agencies published, for the residents who follow them: in the inbox, and by mail and push as they wish."""
    posts = queries.new_agency_posts(act, after, upto)
    wishes = {account.id: rows for account, rows in queries.with_rules_about(act, "agencies")} if posts else {}
    return [
        Draft(
            account.id,
            "agency",
            f"agency post {post.id}",
            {"agency_post_id": post.id},
            _leaves(act, wishes.get(account.id, ()), zone, urgent=post.urgency is not None),
            any(wish.in_digest for wish in wishes.get(account.id, ())),
        )
        for post in posts
        for account in queries.followers(act, post.agency_id)
    ]


def _of_ledger(act: Act, after: int, upto: int, zone: ZoneInfo) -> list[Draft]:
    drafts = []
    for entry in queries.new_entries(act, (COMMENT, *UNDER_AGENCIES, *rules.DECISIONS), after, upto):
        if entry.subject_id is not None:
            told = _replies if entry.kind == COMMENT else _answers if entry.kind in UNDER_AGENCIES else _decisions
            drafts += told(act, entry, zone)
    return drafts


def _answers(act: Act, entry: LedgerEntry, zone: ZoneInfo) -> list[Draft]:
    """A reply under an agency's post, for the residents who wrote above it."""
    assert entry.subject_id is not None
    drafts = []
    for account_id in queries.thread(act, entry.subject_id):
        account = queries.resident(act, account_id)
        if account is not None:
            leaves = _leaves(act, queries.rules_about(act, account.id, "answers"), zone)
            subject = {"agency_comment_id": entry.subject_id}
            drafts.append(Draft(account.id, "answer", f"agency comment {entry.subject_id}", subject, leaves))
    return drafts


def _replies(act: Act, entry: LedgerEntry, zone: ZoneInfo) -> list[Draft]:
    """A comment, for the author of the post and for those who had commented on it."""
    assert entry.subject_id is not None
    written = queries.comment(act, entry.subject_id)
    if written is None:
        return []
    people = queries.commenters(act, written) | {queries.post_author(act, written.post_id)}
    subject = {"comment_id": written.id, "post_id": written.post_id}
    drafts = []
    for account_id in people - {written.author_id, None}:
        account = queries.resident(act, account_id)  # type: ignore[arg-type]
        if account is not None and queries.reads_comment(_as(act, account), written.id):
            wishes = queries.rules_about(act, account.id, "answers")
            drafts.append(Draft(account.id, "reply", f"comment {written.id}", subject, _leaves(act, wishes, zone)))
    return drafts


def _decisions(act: Act, entry: LedgerEntry, zone: ZoneInfo) -> list[Draft]:
    """What was decided about something, for the resident who wrote it. That others reported it, and a moderator left it
    where it was, is nobody's to know."""
    assert entry.subject_id is not None
    case = queries.case(act, entry.subject_id)
    account = queries.resident(act, case.author_id) if case else None
    if case is None or account is None:
        return []
    if entry.kind == "case.left" and case.why == "reported" and not case.was_hidden:
        return []
    about, about_id = (case.subject, case.subject_id) if case.subject != "person" else (case.about, case.about_id)
    subject: dict[str, Any] = {"decision": entry.seq}
    if about == "post":
        subject["post_id"] = about_id
    elif about == "comment" and about_id is not None:
        written = queries.comment(act, about_id)
        if written is not None:
            subject |= {"comment_id": written.id, "post_id": written.post_id}
    leaves = _leaves(act, queries.rules_about(act, account.id, "answers"), zone)
    if entry.kind != "case.hidden":
        leaves.pop("mail", None)  # moderation has sent its own letter, with the reason
    return [Draft(account.id, "decision", f"ledger {entry.seq}", subject, leaves)]


SOURCES: dict[str, tuple[Callable[[Act], int], Callable[[Act, int, int, ZoneInfo], list[Draft]]]] = {
    "events": (lambda act: queries.counter(act, "event"), _of_events),
    "posts": (lambda act: queries.counter(act, "published"), _of_posts),
    "agencies": (lambda act: queries.counter(act, "published"), _of_agencies),
    "ledger": (queries.newest_entry, _of_ledger),
}


def make_notices(here: "Porchlight") -> None:
    """Tell residents of all that is new. Looking holds no lock; what was found is written in one act."""
    _welcome(here)
    zone = ZoneInfo(here.settings.timezone)
    for name, (newest, drafts_of) in SOURCES.items():
        while True:
            with here.database.read(SYSTEM, here.clock) as act:
                after, last = queries.cursor(act, name), newest(act)
                upto = min(last, after + BATCH)
                drafts = drafts_of(act, after, upto, zone) if upto > after else []
            if upto <= after:
                break
            with here.database.write(SYSTEM, here.clock) as act:
                service.keep_notices(act, name, after, upto, drafts)


def _welcome(here: "Porchlight") -> None:
    while True:
        with here.database.read(SYSTEM, here.clock) as act:
            newcomers = queries.newcomers(act, BATCH)
        if not newcomers:
            return
        with here.database.write(SYSTEM, here.clock) as act:
            for account_id in newcomers:
                service.give_first_rules(act, account_id)


# — What leaves —


def _deliver(here: "Porchlight", delivery_id: uuid.UUID) -> None:
    with here.database.read(SYSTEM, here.clock) as act:
        delivery = act.session.get(Delivery, delivery_id)
    if delivery is None:
        return  # it left together with an earlier one
    if delivery.channel == "mail":
        _mail(here, delivery_id)
    else:
        _push(here, delivery_id)


def _still_to_tell(act: Act, delivery: Delivery, account: Account) -> tuple[list[uuid.UUID], list[Notice | None]]:
    """(every delivery that this one takes along, the notices of those that are still to be told)"""
    found = queries.waiting(act, delivery)
    viewer = _as(act, account)
    tell = [
        notice for _row, notice in found if notice is None or queries.still_wanted(viewer, notice, delivery.channel)
    ]
    return [row.id for row, _notice in found], tell


def _mail(here: "Porchlight", delivery_id: uuid.UUID) -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        delivery = act.session.get(Delivery, delivery_id)
        if delivery is None:
            return
        account = queries.resident(act, delivery.account_id)
        ids, tell = _still_to_tell(act, delivery, account) if account else ([delivery.id], [])
        if account is not None and tell:
            _write(here, act, account, "mail", _headline(tell), [_headline(tell) + "."])
        service.have_left(act, ids)


def _headline(tell: Sequence[Notice | None]) -> str:
    about = {queries.ABOUT[notice.kind] if notice else TRIAL for notice in tell}
    words = {
        "posts": _("There is something new near you"),
        "devices": _("One of your doorbells noticed something"),
        "answers": _("There is an answer for you"),
        "agencies": _("An agency that you follow published something"),
        TRIAL: _("This is how an alert looks"),
    }
    return words[about.pop()] if len(about) == 1 else _("There is something new for you")


def _write(here: "Porchlight", act: Act, account: Account, what: str, subject: str, lines: Sequence[str]) -> None:
    """A letter that says that something is new, with the way to stop such letters (RFC 2369, RFC 8058)."""
    base = here.settings.address
    stop = f"{base}/alerts/unsubscribe/{rules.unsubscribe_token(here.settings.secret_key, account.id, what)}"
    body = (
        _("Hello %(name)s,") % {"name": account.name},
        "\n".join(lines),
        _("Look at it here:") + f"\n{base}/alerts",
        _("You asked for this letter. What you are told, and when, is yours to choose:") + f"\n{base}/alerts/settings",
        _("To get no more of these letters:") + f"\n{stop}",
    )
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail.send(act, account.email, f"{subject} · {here.settings.town_name}", "\n\n".join(body) + "\n", headers)


PUSH_SECONDS = {"devices": 900, "posts": 4 * 3600}  # how long a push service keeps it for a browser that is away


def _push(here: "Porchlight", delivery_id: uuid.UUID) -> None:
    with here.database.read(SYSTEM, here.clock) as act:
        delivery = act.session.get(Delivery, delivery_id)
        if delivery is None or delivery.subscription_id is None:
            return
        account = queries.resident(act, delivery.account_id)
        ids, tell = _still_to_tell(act, delivery, account) if account else ([delivery.id], [])
        row = next((b for b in queries.browsers(act, [delivery.account_id]) if b.id == delivery.subscription_id), None)
        message = _message(_as(act, account), tell) if account else {}
    gone = False
    if row is not None and tell:
        urgent = any(notice is not None and notice.kind == "event" for notice in tell)
        try:
            push.send(
                here.settings.data,
                push.Browser(row.endpoint, row.p256dh, row.auth),
                message,
                here.settings.mail_from,
                PUSH_SECONDS["devices" if urgent else "posts"],
                urgent,
                here.settings.trusted_push_hosts,
            )
        except push.Gone:
            gone = True
    with here.database.write(SYSTEM, here.clock) as act:
        if gone:
            service.browser_is_gone(act, delivery.subscription_id)
        service.have_left(act, ids)


def _message(act: Act, tell: Sequence[Notice | None]) -> dict[str, str]:
    """What a browser shows. Of one's own doorbell it says which; of a post nothing at all."""
    body = _headline(tell) if tell else ""
    last = next((notice for notice in reversed(tell) if notice is not None), None)
    if last is not None and last.kind == "event" and len(tell) == 1 and last.event_id is not None:
        found = queries.event(act, last.event_id)
        if found is not None:
            words = _("Someone rang: %(device)s") if found[0].kind == "ring" else _("%(device)s noticed something")
            body = words % {"device": found[1]}
    return {"title": _("Porchlight"), "body": body, "url": "/alerts"}


def _give_up(here: "Porchlight", delivery_id: uuid.UUID) -> None:
    """It stands in the inbox all the same."""
    with here.database.write(SYSTEM, here.clock) as act:
        service.have_left(act, [delivery_id])


# — The daily digest —


def send_digests(here: "Porchlight") -> None:
    zone = ZoneInfo(here.settings.timezone)
    with here.database.read(SYSTEM, here.clock) as act:
        due = [
            account.id
            for account, state in queries.digest_wishes(act)
            if rules.digest_day(act.now, state.hour, state.sent_on, zone)
        ]
    for account_id in due:
        with here.database.write(SYSTEM, here.clock) as act:
            account, state = queries.resident(act, account_id), queries.digest_state(act, account_id)
            day = rules.digest_day(act.now, state.hour, state.sent_on, zone) if state else None
            if account is None or state is None or day is None:
                continue
            counts, told = queries.digest_counts(_as(act, account)), queries.digest_agencies(_as(act, account))
            service.digest_is_written(act, state, day)
            if counts or told:
                _write(here, act, account, "digest", _("Your day in the neighbourhood"), _counted(counts, told))


def _counted(counts: dict[str, int], told: int = 0) -> list[str]:
    words = {
        "safety": _("Safety"),
        "suspicious": _("Suspicious"),
        "crime": _("Crime"),
        "pet": _("Lost & found pet"),
        "visitor": _("Unknown visitor"),
        "good": _("Good neighbour"),
    }
    lines = []
    if counts:
        total = sum(counts.values())
        head = ngettext("%(num)s new post near you:", "%(num)s new posts near you:", total) % {"num": total}
        lines += [head, "", *(f"  {words[name]}: {counts[name]}" for name in CATEGORIES if name in counts)]
    if told:
        of_agencies = ngettext("%(num)s of agencies that you follow", "%(num)s of agencies that you follow", told)
        lines += [""] * bool(lines) + [of_agencies % {"num": told}]
    return lines


def _forget(here: "Porchlight") -> None:
    while True:
        with here.database.write(SYSTEM, here.clock) as act:
            if not service.forget_old(act):
                return


JOB = Kind("alert", Delivery, _deliver, _give_up)
NOTICES = Chore("make notices", 0.5, make_notices)
CHORES = (Chore("send digests", 30, send_digests), Chore("forget old notices", 3600, _forget))

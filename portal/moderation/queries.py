"""What waits for a moderator, who may decide it, and the posts that moderators may see because of it."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from portal.accounts.models import Account, Household
from portal.audit.models import LedgerEntry
from portal.bulletins import queries as bulletins
from portal.bulletins.models import AgencyPicture, AgencyPostEdit
from portal.bulletins.queries import Published
from portal.db import Act
from portal.feed import queries as feed
from portal.feed.models import Comment, Media, Post
from portal.moderation import rules
from portal.moderation.models import Case, Declaration, Report
from portal.responses import queries as responses
from portal.responses.models import AgencyComment

MOST_WAITING = 100
IN_SIGHT = ("visible", "hidden")
EVER_SHOWN = (*IN_SIGHT, "removed")


def _live(subject: str, *whys: str) -> Select[tuple[uuid.UUID]]:
    return select(Case.subject_id).where(Case.state != "decided", Case.subject == subject, Case.why.in_(whys))


def under_review() -> ColumnElement[bool]:
    """Posts that wait for a moderator: what opens a neighbours' post to them, and nothing else does.

    It is held; or a case on it, or on a comment under it, is open or claimed; or somebody appeals against a suspension
    that it was the reason for. What its author deleted is gone for moderators too.
    """
    about = select(Case.about_id).where(Case.state != "decided", Case.why == "appeal", Case.about_id.is_not(None))

    def with_comment(ids: Select, *states: str) -> Select[tuple[uuid.UUID]]:
        return select(Comment.post_id).where(Comment.id.in_(ids), Comment.state.in_(states))

    return or_(
        Post.state == "held",
        and_(
            Post.state.in_(IN_SIGHT),
            or_(
                Post.id.in_(_live("post", "reported")),
                Post.id.in_(with_comment(_live("comment", "reported"), *IN_SIGHT)),
            ),
        ),
        and_(
            Post.state.in_(EVER_SHOWN),
            or_(
                Post.id.in_(_live("post", "appeal")),
                Post.id.in_(about),
                Post.id.in_(with_comment(_live("comment", "appeal"), *EVER_SHOWN)),
                Post.id.in_(with_comment(about, *EVER_SHOWN)),
            ),
        ),
    )


# — What a case is about —


@dataclass(frozen=True)
class Subject:
    """What a case is about, as it stands now. `words`: everything in it that can be read. For a suspension `post` and
    `comment` are what it was for. `remark` stands under the agency's post `published`, `edit` holds new words for it,
    and `picture` belongs to it."""

    kind: str
    id: uuid.UUID
    author_id: uuid.UUID
    state: str
    words: str
    written_at: datetime
    post: Post | None = None
    comment: Comment | None = None
    published: Published | None = None
    remark: AgencyComment | None = None
    edit: AgencyPostEdit | None = None
    picture: AgencyPicture | None = None

    @property
    def digest(self) -> str:
        return rules.digest(self.words)

    @property
    def place(self) -> str:
        if self.remark is not None:
            return self.remark.alias or ""
        return self.post.place if self.post is not None else ""

    @property
    def findings(self) -> list[dict]:
        """The words for which it is held."""
        if self.remark is not None:
            return self.remark.spans if self.state == "held" else []
        if self.picture is not None or self.edit is not None:
            return (self.picture or self.edit).spans  # type: ignore[union-attr]
        if self.published is not None:
            return self.published.post.spans if self.state != "visible" else []  # those were let out
        return self.post.findings if self.kind == "post" and self.post is not None else []


def _of_post(post: Post) -> Subject:
    words = "\0".join((post.body, *(medium.alt for medium in post.media)))
    return Subject("post", post.id, post.author_id, post.state, words, post.edited_at or post.written_at, post=post)


def _of_comment(comment: Comment, post: Post | None) -> Subject:
    return Subject(
        "comment", comment.id, comment.author_id, comment.state, comment.body, comment.written_at, post, comment
    )


def _of_agency(act: Act, found: Published) -> Subject:
    post = found.post
    shown = [text for one in bulletins.pictures(act, post.id) for text in (one.alt, one.words)]
    words = "\0".join((post.title, post.body, post.place, *filter(None, (post.source, *shown))))
    return Subject("agency_post", post.id, post.author_id, post.state, words, post.written_at, published=found)


def _of_edit(act: Act, edit: AgencyPostEdit) -> Subject | None:
    """New words for an agency's public post."""
    found = bulletins.post(act, edit.post_id)
    if found is None or found.post.state != "visible":
        return None
    words = "\0".join((edit.title, edit.body, edit.place, edit.source))
    return Subject(
        "agency_edit", edit.id, edit.editor_id, edit.state, words, edit.written_at, published=found, edit=edit
    )


def _of_picture(act: Act, picture: AgencyPicture) -> Subject | None:
    """An agency's picture, with what is written about it and in it, and what its codes say."""
    found = bulletins.post(act, picture.post_id)
    if found is None or found.post.state == "withdrawn" or picture.removed_at is not None or not picture.files:
        return None
    words = "\0".join((picture.alt, picture.words, *picture.codes))
    state, added = picture.decision, picture.added_at
    return Subject("picture", picture.id, picture.author_id, state, words, added, published=found, picture=picture)


def _of_remark(act: Act, remark: AgencyComment) -> Subject:
    """What stands under an agency's post: everybody can read it, or could."""
    return Subject(
        "agency_comment" if remark.agency_id is None else "agency_answer",
        remark.id,
        remark.author_id,
        remark.state,
        remark.body,
        remark.edited_at or remark.written_at,
        published=bulletins.post(act, remark.post_id),
        remark=remark,
    )


def _posts(act: Act, wanted: ColumnElement[bool]) -> Sequence[Post]:
    """Posts that wait for a moderator, or are the asker's own."""
    review = under_review() if act.actor.kind == "moderator" else None
    allowed = review if review is not None else Post.author_id == act.actor.id
    query = feed.visible_to(act.actor, under_review=review).where(allowed, wanted)
    return act.session.scalars(query.options(selectinload(Post.media).selectinload(Media.renditions))).all()


def _subjects(act: Act, cases: Iterable[Case]) -> dict[uuid.UUID, Subject]:
    """What these cases are about, by the case's id; of what is gone, nothing. A fixed number of queries."""
    cases = list(cases)
    comment_ids = {case.subject_id for case in cases if case.subject == "comment"}
    comment_ids |= {case.about_id for case in cases if case.about == "comment" and case.about_id}
    comments = {row.id: row for row in act.session.scalars(select(Comment).where(Comment.id.in_(comment_ids)))}
    post_ids = {case.subject_id for case in cases if case.subject == "post"} | {c.post_id for c in comments.values()}
    post_ids |= {case.about_id for case in cases if case.about == "post" and case.about_id}
    posts = {post.id: post for post in _posts(act, Post.id.in_(post_ids))} if post_ids else {}
    found: dict[uuid.UUID, Subject] = {}
    for case in cases:
        if case.subject == "post" and case.subject_id in posts:
            found[case.id] = _of_post(posts[case.subject_id])
        elif case.subject == "comment" and case.subject_id in comments:
            comment = comments[case.subject_id]
            post = posts.get(comment.post_id)
            if post is not None or comment.author_id == act.actor.id:
                found[case.id] = _of_comment(comment, post)
        elif case.subject == "agency_post":
            published = bulletins.post(act, case.subject_id)
            if published is not None:
                found[case.id] = _of_agency(act, published)
        elif case.subject in ("agency_edit", "picture"):
            part = _part_of_agency(act, case.subject, case.subject_id)
            if part is not None:
                found[case.id] = part
        elif case.subject in rules.UNDER_AGENCIES:
            remark = act.session.get(AgencyComment, case.subject_id)
            if remark is not None:
                found[case.id] = _of_remark(act, remark)
        elif case.subject == "person":
            about = comments.get(case.about_id) if case.about == "comment" and case.about_id else None
            post_id = about.post_id if about is not None else case.about_id
            post = posts.get(post_id) if post_id else None
            found[case.id] = Subject(
                "person", case.subject_id, case.author_id, "suspended", "", case.opened_at, post, about
            )
    return found


def _part_of_agency(act: Act, kind: str, subject_id: uuid.UUID) -> Subject | None:
    if kind == "picture":
        picture = bulletins.picture(act, subject_id)
        return _of_picture(act, picture) if picture is not None else None
    edit = bulletins.edit(act, subject_id)
    return _of_edit(act, edit) if edit is not None else None


# — The queue —


@dataclass(frozen=True)
class Item:
    """A case with all that is known about it. `case` is None for a held text that nobody has claimed yet."""

    why: str
    subject: Subject
    since: datetime
    case: Case | None = None
    earlier: Case | None = None  # the decision that an appeal is against
    reports: tuple[Report, ...] = ()
    parties: rules.Parties = rules.Parties()
    claimed_by: str = ""

    def claim(self, act: Act) -> str:
        """free, mine, or other's."""
        case = self.case
        if case is None or case.state != "claimed" or case.claimed_until is None or case.claimed_until <= act.now:
            return "free"
        return "mine" if case.claimed_by == act.actor.id else "other"

    @property
    def proposed(self) -> bool:
        """Whether a first person has decided, about just these words, what takes two: that an agency's held text is no
        request, or that something under an agency's post is to be removed."""
        return self.case is not None and self.case.proposed_words == self.subject.digest


def queue(act: Act) -> list[Item]:
    """What waits, the longest first. For moderators."""
    live = select(Case).where(Case.state != "decided").order_by(Case.opened_at).limit(MOST_WAITING)
    return _items(act, act.session.scalars(live).all(), _held(act, None))


def live(act: Act, why: str, subject_id: uuid.UUID) -> Case | None:
    """The case on something that is not decided yet, if it has a row."""
    query = select(Case).where(Case.state != "decided", Case.why == why, Case.subject_id == subject_id)
    return act.session.scalar(query)


def item(act: Act, why: str, subject_id: uuid.UUID) -> Item | None:
    """One case that waits. For moderators; None when there is nothing to decide."""
    case = live(act, why, subject_id)
    held = _held(act, subject_id) if case is None else []
    return next((found for found in _items(act, [case] if case else [], held) if found.why == why), None)


def _held(act: Act, subject_id: uuid.UUID | None) -> list[Subject]:
    """Held texts, one or all of them."""
    wanted = Post.state == "held"
    posts = _posts(act, and_(wanted, Post.id == subject_id) if subject_id else wanted)
    found = [_of_post(post) for post in posts[:MOST_WAITING]]
    held = [published for published in bulletins.held(act) if subject_id in (None, published.post.id)]
    answers = [_of_remark(act, remark) for remark in responses.held_answers(act, subject_id)]
    edits = [_of_edit(act, edit) for edit in bulletins.held_edits(act)]
    pictures = [_of_picture(act, picture) for picture in bulletins.waiting_pictures(act)]
    parts = [part for part in (*edits, *pictures) if part is not None and subject_id in (None, part.id)]
    return found + [_of_agency(act, published) for published in held] + parts + answers


def _items(act: Act, cases: Sequence[Case], held: Iterable[Subject]) -> list[Item]:
    earlier_ids = [case.appeal_of for case in cases if case.appeal_of]
    earlier = {row.id: row for row in act.session.scalars(select(Case).where(Case.id.in_(earlier_ids)))}
    subjects = _subjects(act, cases)
    made: list[Item] = []
    for case in cases:
        subject, against = subjects.get(case.id), earlier.get(case.appeal_of) if case.appeal_of else None
        if subject and rules.stands(case.subject, case.why, against.outcome if against else None, subject.state):
            made.append(Item(case.why, subject, case.opened_at, case, against))
    known = {(found.why, found.subject.id) for found in made}
    for subject in held:
        why = "held" if subject.kind == "post" else "agency"
        if (why, subject.id) not in known:
            made.append(Item(why, subject, subject.written_at))
    return sorted(_with_parties(act, made), key=lambda found: found.since)


def _with_parties(act: Act, items: list[Item]) -> Iterator[Item]:
    """The same, with who has a stake in each: a fixed number of queries for all of them."""
    ids = {found.subject.id for found in items}
    open_reports = select(Report).where(Report.outcome == "open", about(*ids)).order_by(Report.reported_at)
    reports = act.session.scalars(open_reports).all()
    refusals = act.session.execute(
        select(Case.subject_id, Case.decided_by).where(
            Case.subject.in_(rules.BY_AGENCIES), Case.outcome == "remove", Case.subject_id.in_(ids)
        )
    ).all()
    wanted = {report.reporter_id for report in reports} | {decided_by for _subject, decided_by in refusals}
    for found in items:
        wanted.add(found.subject.author_id)
        if found.subject.post is not None:
            wanted.add(found.subject.post.author_id)
        for case in (found.case, found.earlier):
            if case is not None:
                wanted |= {case.claimed_by, case.proposed_by, case.decided_by}  # type: ignore[arg-type]
    people = persons(act, {account_id for account_id in wanted if account_id})
    for found in items:
        mine = tuple(one for one in reports if found.why == "reported" and found.subject.id == one.subject_id)
        authors = {found.subject.author_id}
        if found.subject.post is not None:
            authors.add(found.subject.post.author_id)  # a comment under one's own post is one's own affair too
        deciders = {decided_by for subject_id, decided_by in refusals if subject_id == found.subject.id}
        if found.earlier is not None:
            deciders.add(found.earlier.decided_by)
            took_two = found.subject.kind in rules.UNDER_AGENCIES or found.earlier.why == "reported"
            if took_two and found.earlier.proposed_by:
                deciders.add(found.earlier.proposed_by)  # an appeal is for a third
        case = found.case
        proposer = people.get(case.proposed_by) if case and case.proposed_by and found.proposed else None
        yield replace(
            found,
            reports=mine,
            claimed_by=people[case.claimed_by].name if case and case.claimed_by in people else "",
            parties=rules.Parties(
                tuple(people[one] for one in authors),
                tuple(people[report.reporter_id] for report in mine),
                tuple(people[one] for one in deciders if one in people),
                proposer,
            ),
        )


# — People —


def persons(act: Act, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, rules.Person]:
    """Accounts as persons: with where they live, and where moderators said that they do."""
    ids = set(ids)
    rows = act.session.execute(select(Account.id, Account.name, Account.household_id).where(Account.id.in_(ids)))
    found = {row.id: (row.name, {row.household_id} if row.household_id else set()) for row in rows}
    declared = select(Declaration.account_id, Declaration.household_id).where(Declaration.account_id.in_(ids))
    for account_id, household_id in act.session.execute(declared):
        if household_id is not None:
            found[account_id][1].add(household_id)
    return {
        account_id: rules.Person(account_id, name, frozenset(households))
        for account_id, (name, households) in found.items()
    }


def myself(act: Act) -> rules.Person:
    """The moderator who asks, as a person."""
    assert act.actor.id is not None
    return persons(act, [act.actor.id])[act.actor.id]


def declarations(act: Act, account_id: uuid.UUID) -> Sequence[tuple[datetime, str | None]]:
    """When a moderator said where they live, and which address (None: in none of the town's homes); newest first."""
    query = (
        select(Declaration.declared_at, Household.address)
        .outerjoin(Household, Household.id == Declaration.household_id)
        .where(Declaration.account_id == account_id)
        .order_by(Declaration.declared_at.desc())
    )
    return [(row[0], row[1]) for row in act.session.execute(query)]


def has_declared(act: Act) -> bool:
    query = select(Declaration.id).where(Declaration.account_id == act.actor.id).limit(1)
    return act.session.scalar(query) is not None


def household_at(act: Act, address: str) -> Household | None:
    """The household at an address, however it is capitalised and spaced."""
    wanted = rules.plain(address)
    return next((row for row in act.session.scalars(select(Household)) if rules.plain(row.address) == wanted), None)


@dataclass(frozen=True)
class Moderator:
    name: str
    email: str
    homes: Sequence[tuple[datetime, str | None]]


def moderators(act: Act) -> list[Moderator]:
    """Everybody who may decide, for the operator."""
    query = select(Account).where(Account.kind == "moderator", Account.confirmed_at.is_not(None)).order_by(Account.name)
    return [Moderator(row.name, row.email, declarations(act, row.id)) for row in act.session.scalars(query)]


def waiting_for_another(act: Act) -> tuple[int, int]:
    """(appeals, what a first person has decided that takes two) that wait for a person other than the first."""
    appeals = select(func.count()).where(Case.state != "decided", Case.why == "appeal")
    proposals = select(func.count()).where(Case.state != "decided", Case.proposed_by.is_not(None))
    return act.session.scalar(appeals) or 0, act.session.scalar(proposals) or 0


# — Reports —


def about(*ids: uuid.UUID) -> ColumnElement[bool]:
    """Reports on any of these: posts, comments, agencies' posts, or what stands under them."""
    subjects = (Report.post_id, Report.comment_id, Report.agency_comment_id, Report.agency_post_id)
    return or_(*(subject.in_(ids) for subject in subjects))


def mine(act: Act, subject_id: uuid.UUID) -> Report | None:
    """The asker's own report on this."""
    return act.session.scalar(select(Report).where(Report.reporter_id == act.actor.id, about(subject_id)))


def reporting_households(act: Act, subject_id: uuid.UUID) -> list[uuid.UUID | None]:
    """The households of those whose reports on a post or comment are open."""
    query = (
        select(Account.household_id)
        .join(Report, Report.reporter_id == Account.id)
        .where(Report.outcome == "open", about(subject_id))
    )
    return list(act.session.scalars(query))


# — Authors —


@dataclass(frozen=True)
class Decision:
    """A decision as its author sees it, with the appeal against it."""

    case: Case
    subject: Subject | None
    appeal: Case | None


def _told() -> ColumnElement[bool]:
    """Decisions that their author hears of: all but that something stays which nobody ever took out of sight."""
    touched = or_(Case.outcome != "leave", Case.why.in_(("held", "agency")), Case.was_hidden)
    return and_(Case.state == "decided", Case.why != "appeal", touched)


def decisions(act: Act, limit: int, before: tuple[datetime, uuid.UUID] | None = None) -> list[Decision]:
    """Decisions about what the asker wrote, newest first."""
    query = select(Case).where(Case.author_id == act.actor.id, _told())
    if before is not None:
        at, case_id = before
        query = query.where(or_(Case.decided_at < at, and_(Case.decided_at == at, Case.id < case_id)))
    cases = act.session.scalars(query.order_by(Case.decided_at.desc(), Case.id.desc()).limit(limit)).all()
    return _decisions(act, cases)


def _decisions(act: Act, cases: Sequence[Case]) -> list[Decision]:
    appeals = act.session.scalars(select(Case).where(Case.appeal_of.in_([case.id for case in cases])))
    by_case = {appeal.appeal_of: appeal for appeal in appeals}
    subjects = _subjects(act, cases)
    return [Decision(case, subjects.get(case.id), by_case.get(case.id)) for case in cases]


def decision(act: Act, case_id: uuid.UUID) -> Decision | None:
    """A decision about what the asker wrote."""
    case = act.session.scalar(select(Case).where(Case.id == case_id, Case.author_id == act.actor.id, _told()))
    return _decisions(act, [case])[0] if case is not None else None


def last_about(act: Act, subject_id: uuid.UUID) -> Decision | None:
    """The newest decision about something that the asker wrote."""
    query = select(Case).where(Case.subject_id == subject_id, Case.author_id == act.actor.id, _told())
    case = act.session.scalars(query.order_by(Case.decided_at.desc()).limit(1)).first()
    return _decisions(act, [case])[0] if case is not None else None


def waiting_of(act: Act) -> Sequence[Post]:
    """The asker's posts that are held or hidden, until a moderator decides."""
    return _posts(act, and_(Post.author_id == act.actor.id, Post.state.in_(("held", "hidden"))))


def suspension(act: Act) -> Case | None:
    """The suspension that ends last of those that bind the asker now."""
    return act.session.scalars(_binding(act, act.actor.id).order_by(Case.until.desc()).limit(1)).first()


def suspended_until(act: Act, account_id: uuid.UUID) -> datetime | None:
    """When the last suspension of somebody ends that no appeal has overturned."""
    return act.session.scalar(_binding(act, account_id).with_only_columns(func.max(Case.until)))


def _binding(act: Act, account_id: uuid.UUID | None) -> Select[tuple[Case]]:
    overturned = select(Case.appeal_of).where(Case.outcome == "overturned", Case.appeal_of.is_not(None))
    return select(Case).where(
        Case.subject == "person",
        Case.subject_id == account_id,
        Case.outcome == "suspend",
        Case.until > act.now,
        Case.id.not_in(overturned),
    )


# — The public log —

DECISIONS = (
    "case.left",
    "case.warned",
    "case.removed",
    "person.suspended",
    "appeal.upheld",
    "appeal.overturned",
    "agency-post.released",
    "agency-post.refused",
    "agency-post.left",
    "agency-post.removed",
    "agency-picture.approved",
    "agency-picture.refused",
    "agency-answer.released",
    "agency-answer.refused",
    "agency-answer.left",
    "agency-answer.removed",
)
LOGGED = (*DECISIONS, "case.hidden")
WEEKS = 12


def log(act: Act, limit: int, before: int | None = None) -> Sequence[LedgerEntry]:
    """The ledger's entries about moderation, newest first."""
    query = select(LedgerEntry).where(LedgerEntry.public, LedgerEntry.kind.in_(LOGGED))
    if before is not None:
        query = query.where(LedgerEntry.seq < before)
    return act.session.scalars(query.order_by(LedgerEntry.seq.desc()).limit(limit)).all()


@dataclass(frozen=True)
class Week:
    """`counts`: (subject, rule, outcome) -> how many. `begins`: a Monday, 0:00 UTC."""

    begins: datetime
    counts: dict[tuple[str, str, str], int]


@dataclass(frozen=True)
class Totals:
    """Of the last WEEKS weeks. `minutes`: the median from the opening of a case to its decision."""

    weeks: list[Week]
    decisions: int
    minutes: float | None
    appeals: int
    upheld: int
    overturned: int


def totals(act: Act) -> Totals:
    midnight = act.now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=midnight.weekday(), weeks=WEEKS - 1)
    kinds = (*LOGGED, "case.appealed")
    query = select(LedgerEntry.at, LedgerEntry.kind, LedgerEntry.facts)
    query = query.where(LedgerEntry.public, LedgerEntry.kind.in_(kinds), LedgerEntry.at >= since)
    counts: dict[datetime, Counter[tuple[str, str, str]]] = {}
    outcomes: Counter[str] = Counter()
    minutes, appeals = [], 0
    for at, kind, facts in act.session.execute(query):
        if kind == "case.appealed":
            appeals += 1
            continue
        week = since + timedelta(weeks=(at - since) // timedelta(weeks=1))
        key = (facts.get("subject", ""), facts.get("rule") or "", facts.get("outcome", ""))
        counts.setdefault(week, Counter())[key] += 1
        if kind in DECISIONS:
            outcomes[facts.get("outcome", "")] += 1
        if kind in DECISIONS and kind != "person.suspended" and "minutes" in facts:
            minutes.append(facts["minutes"])
    return Totals(
        [Week(week, dict(sorted(counts[week].items()))) for week in sorted(counts, reverse=True)],
        sum(outcomes.values()),
        median(minutes) if minutes else None,
        appeals,
        outcomes["upheld"],
        outcomes["overturned"],
    )

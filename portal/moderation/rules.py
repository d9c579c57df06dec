"""Who may decide, what can be decided, and when something is hidden before anybody has: plain functions.

None of them looks at what a text is for or against. Whether a post praises the police or blames it, the same rules
hide it, hold it, remove it or leave it (see `docs/moderation.md`, and the tests that compare the two).
"""

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.db import Refusal

CITABLE = ("R1", "R2", "R3", "R5", "R7")  # what a post or comment can break; R4, R6 and R8 bind the portal itself
CITABLE_FOR_AGENCIES = ("R1", "R5", "R8")
CITABLE_FOR_PICTURES = ("R1", "R2", "R5", "R8")  # of agencies
# Under an agency's post: rules that ask what footage or whose private data stands there, and never what somebody
# thinks, about whom, or in which tone (docs/moderation.md says why these).
CITABLE_UNDER_AGENCIES = ("R1", "R2", "R3", "R5", "R7")
BY_AGENCIES = ("agency_post", "agency_edit", "picture", "agency_answer")  # what agencies write and show
UNDER_AGENCIES = ("agency_comment", "agency_answer")  # and what stands under their posts
ON_AGENCIES_PAGES = ("agency_post", *UNDER_AGENCIES)  # what is public there, and can be reported
MOST_REASON = 500
MOST_APPEAL = 1500
HIDES_AT = 3  # reports by people of different households
LEASE = timedelta(minutes=5)
APPEAL_DAYS = 30
SUSPENSIONS = (1, 7, 30)  # days
QUOTE_WORDS = 5  # so many words in a row are a quotation


def hides(households: Iterable[uuid.UUID | None], on_agencys_page: bool = False) -> bool:
    """Whether open reports by people of these households hide what they report until a moderator has looked.

    One household is one voice, however many live there. What an agency posts, or residents write under it, never hides
    itself: a government's page has no crowd that can silence somebody.
    """
    return not on_agencys_page and len({household for household in households if household}) >= HIDES_AT


@dataclass(frozen=True)
class Person:
    """Somebody, as far as it matters for who may decide about whom. A person can have two accounts (a neighbour who is
    a moderator as well), so that names count too. `households`: where they live, or have said that they do."""

    id: uuid.UUID | None
    name: str
    households: frozenset[uuid.UUID] = frozenset()

    def is_same(self, other: "Person") -> bool:
        return self.id == other.id or plain(self.name) == plain(other.name)

    def lives_with(self, other: "Person") -> bool:
        return bool(self.households & other.households)


@dataclass(frozen=True)
class Parties:
    """Everybody who has a stake in a case: who wrote it, who reported it, who decided about it before."""

    authors: tuple[Person, ...] = ()
    reporters: tuple[Person, ...] = ()
    deciders: tuple[Person, ...] = field(default=())
    proposer: Person | None = None


def conflict(moderator: Person, parties: Parties) -> str | None:
    """Why somebody else has to decide: own, household, reported, decided-before, proposed-before; None: no reason."""
    if any(moderator.is_same(author) for author in parties.authors):
        return "own"
    if any(moderator.lives_with(author) for author in parties.authors):
        return "household"
    if any(moderator.is_same(reporter) or moderator.lives_with(reporter) for reporter in parties.reporters):
        return "reported"
    if any(moderator.is_same(decider) for decider in parties.deciders):
        return "decided-before"
    if parties.proposer is not None and moderator.is_same(parties.proposer):
        return "proposed-before"
    return None


def plain(text: str) -> str:
    """Text for comparing: lower case, no accents, one space between words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def digest(*words: str) -> str:
    """Sixteen letters that stand for exactly these words: a decision is about what its moderator has read."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


# In which states of its subject a case stands. What its author deleted, or has put right, waits for nobody.
STANDS = {
    ("post", "reported"): ("visible", "hidden"),
    ("post", "held"): ("held",),
    ("comment", "reported"): ("visible", "hidden"),
    ("agency_post", "agency"): ("held",),
    ("agency_post", "reported"): ("visible",),
    ("agency_edit", "agency"): ("held",),
    ("picture", "agency"): ("waiting",),
    ("agency_answer", "agency"): ("held",),
    ("agency_answer", "reported"): ("visible",),
    ("agency_comment", "reported"): ("visible",),
}
STANDS_ON_APPEAL = {
    ("post", "remove"): ("removed",),
    ("comment", "remove"): ("removed",),
    ("agency_post", "remove"): ("withdrawn",),
    ("agency_edit", "remove"): ("refused",),
    ("picture", "remove"): ("refused",),
    ("agency_comment", "remove"): ("removed",),
    ("agency_answer", "remove"): ("removed",),
    ("post", "warn"): ("visible", "hidden"),
    ("comment", "warn"): ("visible", "hidden"),
    ("person", "suspend"): ("suspended",),
}


def stands(subject: str, why: str, appealed: str | None, state: str) -> bool:
    """Whether there is something to decide: `appealed` is the outcome that an appeal is against."""
    if why == "appeal":
        return state in STANDS_ON_APPEAL.get((subject, appealed or ""), ())
    return state in STANDS.get((subject, why), ())


def outcomes(subject: str, why: str) -> tuple[str, ...]:
    """What can be decided about it."""
    if why == "appeal":
        return ("upheld", "overturned")
    if why in ("held", "agency") or subject in (*BY_AGENCIES, *UNDER_AGENCIES):
        return ("leave", "remove")
    return ("leave", "warn", "remove")


def citable(subject: str) -> tuple[str, ...]:
    if subject in BY_AGENCIES:
        return CITABLE_FOR_PICTURES if subject == "picture" else CITABLE_FOR_AGENCIES
    return CITABLE_UNDER_AGENCIES if subject in UNDER_AGENCIES else CITABLE


def check_decision(subject: str, why: str, outcome: str, rule: str, days: int) -> None:
    """Raises Refusal: outcome, rule (none cited, or none that this can break), suspension."""
    if outcome not in outcomes(subject, why):
        raise Refusal("outcome", "outcome")
    if outcome in ("warn", "remove") and rule not in citable(subject):
        raise Refusal("rule", "rule")
    may_suspend = subject in ("post", "comment") and outcome in ("warn", "remove")
    if days and (days not in SUSPENSIONS or not may_suspend):
        raise Refusal("suspension", "days")


def check_reason(reason: str, names: Iterable[str], place: str, text: str) -> None:
    """A reason is for everybody to read, so it says nothing of anybody: no name, no street, no quotation.

    Raises Refusal("reason-tells", "reason", words=…).
    """
    said, names = f" {plain(reason)} ", list(names)
    parts = {part for name in names for part in name.split() if len(part) > 2 and part[0].isupper()}
    for part in sorted(parts & set(re.findall(r"\w+", reason))):  # as it is written: a "may" is not Mrs May
        raise Refusal("reason-tells", "reason", words=part)
    for words in (*names, place):
        if len(plain(words)) > 2 and f" {plain(words)} " in said:
            raise Refusal("reason-tells", "reason", words=words)
    told = plain(text).split()
    for start in range(len(told) - QUOTE_WORDS + 1):
        quote = " ".join(told[start : start + QUOTE_WORDS])
        if f" {quote} " in said:
            raise Refusal("reason-tells", "reason", words=quote)


def needs_second(subject: str, why: str, outcome: str, spans: Iterable[dict]) -> bool:
    """Whether two people have to agree on this. An agency's held text that may ask for footage (R1) goes out only so;
    and its public post, or what stands under it, is removed only so: a government's page is no place where one person
    decides what is read."""
    if why == "agency":
        return outcome == "leave" and any(span.get("rule", "R1") == "R1" for span in spans)
    return why == "reported" and subject in ON_AGENCIES_PAGES and outcome == "remove"


def appeal_until(decided_at: datetime) -> datetime:
    return decided_at + timedelta(days=APPEAL_DAYS)

"""Agencies from being proposed to leaving, and who speaks for them.

It takes two people and an answered letter until an agency may publish: one proposes it and attests, its official
address confirms, somebody else approves. People at the command line have no account there: they are named (`by`), and
the ledger says that the name came from the command line.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from portal import codes
from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.agencies import access, federal, queries, rules
from portal.agencies.models import Agency, AgencyLink, Agreement, Jurisdiction, JurisdictionShape, Membership
from portal.agencies.rules import Agreed, Attestation, Profile, Proposal
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id, next_number
from portal.neighbourhoods import queries as places


@dataclass(frozen=True)
class AgencyLetter:
    """What has to be mailed to an official address. `renewal`: whether it is about another year."""

    email: str
    name: str
    token: str
    renewal: bool


class RowsRefused(Exception):
    """Some of many proposals cannot stand: (place in the list, why). Nothing was written."""

    def __init__(self, found: Sequence[tuple[int, Refusal]]) -> None:
        super().__init__(f"{len(found)} refusals")
        self.found = found


# — Proposing —


def propose(
    act: Act, proposal: Proposal, attestation: Attestation | None = None, barred: federal.Federal | None = None
) -> tuple[Agency, AgencyLetter]:
    """A new agency, and the letter that asks its official address. Its mail domain is closed to residents' and
    moderators' accounts from now on.

    Raises Refusal: what `rules.problems` names, slug-taken, domain-taken, domain-has-residents.
    """
    proposal = rules.tidy(proposal)
    rules.first(rules.problems(proposal, barred or federal.read(), act.now.date()))
    try:
        (made,), (letter,) = _add(act, [proposal])
    except RowsRefused as refused:
        raise refused.found[0][1] from None
    record(act, "agency.proposed", made, {"name": made.name, "kind": made.kind})
    if attestation is not None:
        attest(act, made, attestation)
    return made, letter


def import_agencies(
    act: Act, proposals: Sequence[Proposal], attestation: Attestation, cells: Sequence[set[str]] | None = None
) -> tuple[list[Agency], list[AgencyLetter]]:
    """Propose many at once, all of them or none; those that are in the directory already, word for word, are passed
    over. Each of the proposals has been found good (`rules.problems`) before; `cells` are what `rules.cells_of` says of
    each, when that was asked outside of the act.

    Raises RowsRefused, with Refusals as `propose` does and slug-differs.
    """
    proposals = [rules.tidy(proposal) for proposal in proposals]
    known = {row.slug: told for row, told in queries.described(act, public=False)}
    wrong = [
        (place, Refusal("slug-differs", "slug"))
        for place, proposal in enumerate(proposals)
        if proposal.slug in known and known[proposal.slug] != proposal
    ]
    if wrong:
        raise RowsRefused(wrong)
    new = [place for place, proposal in enumerate(proposals) if proposal.slug not in known]
    if not new:
        return [], []
    try:
        made, letters = _add(
            act,
            [proposals[place] for place in new],
            None if cells is None else [cells[place] for place in new],
            attestation,
        )
    except RowsRefused as refused:
        raise RowsRefused([(new[place], why) for place, why in refused.found]) from None
    by, _account = _person(act, attestation.by)
    record(act, "agencies.imported", None, _counts(made) | {"by": by, "title": attestation.title, **_typed(act)})
    return made, letters


def _add(
    act: Act,
    proposals: Sequence[Proposal],
    cells: Sequence[set[str]] | None = None,
    attestation: Attestation | None = None,
) -> tuple[list[Agency], list[AgencyLetter]]:
    """Write proposals down: rows in bulk, for there may be thousands."""
    _check_free(act, proposals)
    number = next_number(act.session, "agency", len(proposals))
    by, by_id = _person(act, attestation.by) if attestation else ("", None)
    rows, shapes, reached, agreed, letters, links = [], [], [], [], [], []
    town = places.town_cells(act) if any(proposal.whole_town for proposal in proposals) else set()
    for place, proposal in enumerate(proposals):
        agency_id = new_id()
        rows.append(
            {
                name: getattr(proposal, name)
                for name in ("slug", "kind", "name", "about", "email", "phone", "address", "website", "place", "region")
            }
            | {
                "id": agency_id,
                "number": number + place,
                "mail_domain": rules.mail_domain(proposal.email),
                "whole_town": proposal.whole_town,
                "joined_on": proposal.joined_on,
                "left_on": proposal.left_on,
                "created_at": act.now,
                "state": "proposed",
                "proposed_by": by,
                "proposed_title": attestation.title if attestation else "",
                "proposed_by_id": by_id,
                "attestation": attestation.words if attestation else "",
                "attested_at": act.now if attestation else None,
                "approved_by": "",
            }
        )
        if proposal.polygons is not None:
            shapes.append({"agency_id": agency_id, "polygons": proposal.polygons})
        own = town if proposal.whole_town else _cells(proposal, cells[place] if cells else None)
        reached += [{"agency_id": agency_id, "cell7": cell} for cell in own]
        agreed += [asdict(one) | {"id": new_id(), "agency_id": agency_id} for one in proposal.agreements]
        token = codes.new_token()
        links.append(_link(act, agency_id, token))
        letters.append(AgencyLetter(proposal.email, proposal.name, token, renewal=False))
    for model, values in (
        (Agency, rows),
        (JurisdictionShape, shapes),
        (Jurisdiction, reached),
        (Agreement, agreed),
        (AgencyLink, links),
    ):
        if values:
            act.session.execute(insert(model), values)
    accounts.reserve_domains(act, {row["mail_domain"]: row["kind"] == "police" for row in rows})
    _changed(act)
    ids = [row["id"] for row in rows]
    found = {row.id: row for row in act.session.scalars(select(Agency).where(Agency.number >= number))}
    return [found[agency_id] for agency_id in ids], letters


def _cells(proposal: Proposal, given: set[str] | None) -> set[str]:
    if given is not None:
        return given
    return rules.cells_of(proposal.polygons) if proposal.polygons is not None else set()


def _check_free(act: Act, proposals: Sequence[Proposal]) -> None:
    """Whether nobody has these slugs and mail domains. Raises RowsRefused."""
    slugs = set(act.session.scalars(select(Agency.slug)))
    taken = set(act.session.scalars(select(Agency.mail_domain)))
    own = {rules.mail_domain(proposal.email): proposal.kind == "police" for proposal in proposals}
    barred = accounts.barred_from(act, own)
    wrong = []
    for place, proposal in enumerate(proposals):
        domain = rules.mail_domain(proposal.email)
        if proposal.slug in slugs:
            wrong.append((place, Refusal("slug-taken", "slug", slug=proposal.slug)))
        if domain in taken:
            wrong.append((place, Refusal("domain-taken", "email", domain=domain)))
        elif domain in barred:
            wrong.append((place, Refusal("domain-has-residents", "email", count=barred[domain])))
        slugs.add(proposal.slug)
        taken.add(domain)
    if wrong:
        raise RowsRefused(wrong)


def attest(act: Act, agency: Agency, attestation: Attestation) -> None:
    """Somebody answers for a proposal: that it is what it says, and none of the federal government's.

    Raises Refusal: attested (by somebody already), by-missing."""
    if agency.proposed_by:
        raise Refusal("attested")
    agency.proposed_by, agency.proposed_by_id = _person(act, attestation.by)
    agency.proposed_title, agency.attestation, agency.attested_at = attestation.title, attestation.words, act.now
    record(
        act,
        "agency.attested",
        agency,
        {"name": agency.name, "by": agency.proposed_by, "title": attestation.title, **_typed(act)},
    )


def _person(act: Act, by: str = "") -> tuple[str, uuid.UUID | None]:
    """Who acts: an operator by their account, and at the command line whom it names. Raises Refusal("by-missing")."""
    if act.actor.kind == "operator":
        return act.actor.name, act.actor.id
    by = " ".join(by.split())
    if not by:
        raise Refusal("by-missing", "by")
    return by, None


def _typed(act: Act) -> dict[str, str]:
    """For the ledger: whether a name is an account's, or came from the command line."""
    return {"via": "account" if act.actor.kind == "operator" else "command line"}


def _counts(agencies: Iterable[Agency]) -> dict[str, int]:
    found = [agency.kind for agency in agencies]
    return {"count": len(found), **{kind: found.count(kind) for kind in ("police", "fire", "government")}}


def _changed(act: Act) -> None:
    """What is kept of the directory elsewhere is old from now on."""
    next_number(act.session, "directory")


# — The official address —


def send_letter(act: Act, agency: Agency) -> AgencyLetter:
    """A new letter to the official address; the link in an earlier one ends. Raises Refusal("has-left")."""
    if agency.left_on is not None:
        raise Refusal("has-left")
    token = codes.new_token()
    act.session.execute(delete(AgencyLink).where(AgencyLink.agency_id == agency.id))
    act.session.execute(insert(AgencyLink), [_link(act, agency.id, token)])
    renewal = agency.verified_until is not None
    if renewal:
        agency.asked_at = act.now
    record(act, "agency.asked", agency, {"name": agency.name})
    return AgencyLetter(agency.email, agency.name, token, renewal)


def _link(act: Act, agency_id: uuid.UUID, token: str) -> dict[str, Any]:
    ends = act.now + timedelta(days=rules.LINK_DAYS)
    return {"token_hash": codes.digest(token), "agency_id": agency_id, "sent_at": act.now, "expires_at": ends}


def confirm(act: Act, token: str) -> Agency:
    """The official address answers. Raises Refusal("link-unusable")."""
    link, agency = access.link(act, token)
    _answered(act, agency)
    act.session.delete(link)
    _changed(act)
    record(act, "agency.confirmed", agency, {"name": agency.name})
    return agency


def confirm_many(act: Act, tokens: Sequence[str]) -> int:
    """Many official addresses answer at once; unusable links are passed over. Returns how many did."""
    found = queries.open_links(act, tokens)
    for agency in found:
        _answered(act, agency)
    act.session.execute(delete(AgencyLink).where(AgencyLink.agency_id.in_([agency.id for agency in found])))
    _changed(act)
    record(act, "agencies.confirmed", None, _counts(found))
    return len(found)


def _answered(act: Act, agency: Agency) -> None:
    agency.confirmed_at = act.now
    if not agency.approved_by:
        agency.state = "confirmed"


# — The second person —


def approve(act: Act, agency: Agency, by: str = "") -> None:
    """Somebody else than its proposer approves an agency: it may publish for a year.

    Raises Refusal: not-attested, not-confirmed, approved, same-person, by-missing.
    """
    _approve(act, agency, by)
    _changed(act)
    record(
        act,
        "agency.approved",
        agency,
        {
            "name": agency.name,
            "by": agency.approved_by,
            "proposed": agency.proposed_by,
            "until": f"{agency.verified_until:%Y-%m-%d}",
            **_typed(act),
        },
    )


def approve_many(act: Act, agencies: Sequence[Agency], by: str = "") -> None:
    """The same for many at once, all of them or none."""
    for agency in agencies:
        _approve(act, agency, by)
    _changed(act)
    person, _account = _person(act, by)
    record(act, "agencies.approved", None, _counts(agencies) | {"by": person, **_typed(act)})


def _approve(act: Act, agency: Agency, by: str) -> None:
    if not agency.proposed_by:
        raise Refusal("not-attested", name=agency.name)
    if agency.approved_by:
        raise Refusal("approved", name=agency.name)
    if agency.state != "confirmed":
        raise Refusal("not-confirmed", name=agency.name)
    person, account_id = _person(act, by)
    same_account = account_id is not None and account_id == agency.proposed_by_id
    if same_account or rules.same_person(person, agency.proposed_by):
        raise Refusal("same-person", name=agency.name, by=agency.proposed_by)
    agency.approved_by, agency.approved_by_id, agency.approved_at = person, account_id, act.now
    agency.state, agency.verified_until = "verified", rules.verified_until(act.now)


def decline(act: Act, agency: Agency) -> None:
    """A proposal that becomes no agency. Its slug and mail domain are free again. Raises Refusal("approved")."""
    if agency.state in queries.PUBLIC:
        raise Refusal("approved", name=agency.name)
    record(act, "agency.declined", agency, {"name": agency.name})
    for model in (AgencyLink, Agreement, Jurisdiction, JurisdictionShape, Membership):
        act.session.execute(delete(model).where(model.agency_id == agency.id))
    act.session.delete(agency)
    accounts.release_domain(act, agency.mail_domain)
    _changed(act)


# — Every year —


def renew(act: Act, agency: Agency) -> None:
    """Another year, after the official address has answered for it. Raises Refusal: not-answered, has-left."""
    if agency.left_on is not None:
        raise Refusal("has-left")
    if not agency.approved_by or not rules.may_renew(agency.state, agency.confirmed_at, agency.verified_until):
        raise Refusal("not-answered")
    begins = max(act.now, agency.verified_until or act.now)
    agency.state, agency.verified_until, agency.asked_at = "verified", rules.verified_until(begins), None
    _changed(act)
    record(act, "agency.renewed", agency, {"name": agency.name, "until": f"{agency.verified_until:%Y-%m-%d}"})


def lapse(act: Act) -> int:
    """Those whose year is over without another lapse: they publish nothing until they are renewed."""
    found = queries.lapsing(act)
    for agency in found:
        agency.state = "lapsed"
        record(act, "agency.lapsed", agency, {"name": agency.name})
    if found:
        _changed(act)
    return len(found)


def leave(act: Act, agency: Agency, on: date) -> None:
    """An agency leaves: its page stays, its people speak for it no more.

    Raises Refusal: has-left, not-approved, not-a-day.
    """
    if agency.left_on is not None:
        raise Refusal("has-left")
    if agency.state not in queries.PUBLIC:
        raise Refusal("not-approved")
    if not agency.joined_on <= on <= act.now.date():
        raise Refusal("not-a-day", "left_on")
    agency.left_on = on
    act.session.execute(delete(AgencyLink).where(AgencyLink.agency_id == agency.id))
    still = select(Membership).where(Membership.agency_id == agency.id, Membership.ended_at.is_(None))
    for membership in act.session.scalars(still):
        _end(act, agency, membership)
    _changed(act)
    record(act, "agency.left", agency, {"name": agency.name, "on": on.isoformat()})


# — What its page says —


def edit(act: Act, agency: Agency, proposal: Proposal, barred: federal.Federal | None = None) -> AgencyLetter | None:
    """An operator's new words for an agency; its slug, its agreements and when it left stay.

    With another official address it publishes again when that has answered, somebody has attested and somebody else
    has approved: then there is a letter. Raises Refusal as `propose` does.
    """
    proposal = rules.tidy(replace(proposal, slug=agency.slug, left_on=agency.left_on))
    rules.first(rules.problems(proposal, barred or federal.read(), act.now.date()))
    drawn = queries.polygons(act, agency.id)
    before = queries.description(agency, drawn)
    changed = [name for name in _EDITED if getattr(before, name) != getattr(proposal, name)]
    if not changed:
        return None
    letter = _move(act, agency, proposal) if "email" in changed else None
    for name in changed:
        if name not in ("email", "polygons"):
            setattr(agency, name, getattr(proposal, name))
    if {"polygons", "whole_town"} & set(changed):
        _draw(act, agency, proposal)
    if "kind" in changed:
        accounts.reserve_domains(act, {agency.mail_domain: agency.kind == "police"})
    _changed(act)
    record(act, "agency.edited", agency, {"was": before.name, "name": agency.name, "what": changed})
    return letter


_EDITED = (
    "kind",
    "name",
    "email",
    "joined_on",
    "about",
    "phone",
    "address",
    "website",
    "place",
    "region",
    "whole_town",
    "polygons",
)


def _move(act: Act, agency: Agency, proposal: Proposal) -> AgencyLetter:
    """Another official address, and so another start: it is asked, somebody attests, and somebody else approves."""
    domain = rules.mail_domain(proposal.email)
    if domain != agency.mail_domain:
        if act.session.scalar(select(Agency.id).where(Agency.mail_domain == domain)) is not None:
            raise Refusal("domain-taken", "email", domain=domain)
        if barred := accounts.barred_from(act, {domain: proposal.kind == "police"}):
            raise Refusal("domain-has-residents", "email", count=barred[domain])
        accounts.release_domain(act, agency.mail_domain)
        accounts.reserve_domains(act, {domain: proposal.kind == "police"})
    agency.email, agency.mail_domain = proposal.email, domain
    agency.approved_by, agency.approved_by_id, agency.approved_at = "", None, None
    agency.state = "lapsed" if agency.state in queries.PUBLIC else "proposed"
    agency.confirmed_at = agency.verified_until = agency.asked_at = None
    agency.proposed_by, agency.proposed_by_id, agency.proposed_title = "", None, ""
    agency.attestation, agency.attested_at = "", None
    act.session.flush()
    return send_letter(act, agency)


def _draw(act: Act, agency: Agency, proposal: Proposal) -> None:
    for model in (Jurisdiction, JurisdictionShape):
        act.session.execute(delete(model).where(model.agency_id == agency.id))
    if proposal.polygons is not None:
        act.session.add(JurisdictionShape(agency_id=agency.id, polygons=proposal.polygons))
    cells = places.town_cells(act) if proposal.whole_town else _cells(proposal, None)
    act.session.add_all(Jurisdiction(agency_id=agency.id, cell7=cell) for cell in cells)


def serve_whole_town(act: Act) -> None:
    """The town's map has changed: those that serve all of it serve it as it is now."""
    cells = places.town_cells(act)
    for agency in act.session.scalars(select(Agency).where(Agency.whole_town)):
        act.session.execute(delete(Jurisdiction).where(Jurisdiction.agency_id == agency.id))
        act.session.add_all(Jurisdiction(agency_id=agency.id, cell7=cell) for cell in cells)


def edit_profile(act: Act, slug: str, profile: Profile, barred: federal.Federal | None = None) -> Agency:
    """A member's new words about their own agency.

    Raises NotFound; Refusal: too-long, unseen, asks-for-footage, website-shape, federal-domain."""
    agency = access.own_agency(act, slug)
    told = {name: text.strip() for name, text in asdict(profile).items()}
    rules.first(rules.text_problems(told))
    rules.first(rules.link_problems("website", told["website"], barred or federal.read()))
    changed = [name for name, text in told.items() if getattr(agency, name) != text]
    for name in changed:
        setattr(agency, name, told[name])
    if changed:
        _changed(act)
        record(act, "agency.edited", agency, {"was": agency.name, "name": agency.name, "what": changed})
    return agency


def add_agreement(act: Act, agency: Agency, agreed: Agreed) -> Agreement:
    """Raises Refusal as `rules.agreement_problems` does, and too-many-agreements (`most`)."""
    rules.first(rules.agreement_problems(agreed))
    if len(queries.agreements(act, agency.id)) >= rules.MOST_AGREEMENTS:
        raise Refusal("too-many-agreements", most=rules.MOST_AGREEMENTS)
    made = Agreement(id=new_id(), agency_id=agency.id, **asdict(agreed))
    act.session.add(made)
    _changed(act)
    record(act, "agreement.told", made, {"agency": agency.name, "kind": agreed.kind, "with": agreed.with_whom})
    return made


def end_agreement(act: Act, agency: Agency, agreement_id: uuid.UUID, on: date) -> Agreement:
    """Raises NotFound; Refusal: agreement-until."""
    found = act.session.get(Agreement, agreement_id)
    if found is None or found.agency_id != agency.id or found.until is not None:
        raise NotFound
    if not found.since <= on <= act.now.date():
        raise Refusal("agreement-until", "until")
    found.until = on
    _changed(act)
    record(act, "agreement.ended", found, {"agency": agency.name, "kind": found.kind, "with": found.with_whom})
    return found


# — Who speaks for it —


def add_member(
    act: Act, agency: Agency, account: Account, title: str, barred: federal.Federal | None = None
) -> Membership:
    """A named person begins to speak for an agency.

    Raises Refusal: has-left, federal-domain (`found`), not-official (`domain`), too-long, unseen, asks-for-footage.
    """
    if agency.left_on is not None:
        raise Refusal("has-left")
    rules.first(rules.email_problems(account.email, barred or federal.read()))
    if not rules.official(account.email, agency.mail_domain):
        raise Refusal("not-official", "email", domain=agency.mail_domain)
    rules.first(rules.text_problems({"title": title}))
    membership = Membership(id=new_id(), account_id=account.id, agency_id=agency.id, title=title, joined_at=act.now)
    act.session.add(membership)
    record(act, "agency-member.joined", membership, {"name": account.name, "title": title, "agency": agency.name})
    return membership


def end_member(act: Act, agency: Agency, membership_id: uuid.UUID) -> Membership:
    """A person speaks for an agency no more. Raises NotFound."""
    membership = queries.membership(act, agency.id, membership_id)
    if membership is None:
        raise NotFound
    _end(act, agency, membership)
    return membership


def _end(act: Act, agency: Agency, membership: Membership) -> None:
    membership.ended_at = act.now
    name = act.session.scalars(select(Account.name).where(Account.id == membership.account_id)).one()
    record(act, "agency-member.left", membership, {"name": name, "agency": agency.name})

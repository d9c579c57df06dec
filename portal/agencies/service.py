"""Agencies, and who speaks for them."""

from collections.abc import Iterable

from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.agencies.models import Agency, Jurisdiction, Membership
from portal.audit.service import record
from portal.db import Act, new_id


def add_agency(
    act: Act, slug: str, kind: str, name: str, about: str, email: str, phone: str, cells7: Iterable[str]
) -> Agency:
    """A new agency, whose posts reach the homes in `cells7` (H3, resolution 7).

    Its mail domain is closed to residents' and moderators' accounts from now on. Raises Refusal: domain-has-residents.
    """
    domain = email.rpartition("@")[2].lower()
    accounts.reserve_domain(act, domain, police=kind == "police")
    agency = Agency(
        id=new_id(),
        slug=slug,
        kind=kind,
        name=name,
        about=about,
        email=email,
        phone=phone,
        mail_domain=domain,
        created_at=act.now,
    )
    act.session.add(agency)
    act.session.flush()
    act.session.add_all(Jurisdiction(agency_id=agency.id, cell7=cell) for cell in set(cells7))
    record(act, "agency.added", agency, {"name": name, "kind": kind})
    return agency


def add_member(act: Act, agency: Agency, account: Account, title: str) -> Membership:
    membership = Membership(id=new_id(), account_id=account.id, agency_id=agency.id, title=title, joined_at=act.now)
    act.session.add(membership)
    record(act, "agency-member.joined", membership, {"name": account.name, "title": title, "agency": agency.name})
    return membership

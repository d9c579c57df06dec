"""Which agency somebody may look at, and which one they speak for."""

from datetime import datetime

from portal.agencies import queries
from portal.agencies.models import Agency, AgencyLink
from portal.db import Act, NotFound, Refusal


def agency(act: Act, slug: str) -> Agency:
    """The agency at this address. One that nobody has approved yet is for operators and its own people."""
    found = queries.by_slug(act, slug)
    if found is None or not (
        found.state in queries.PUBLIC or act.actor.kind == "operator" or act.actor.agency_id == found.id
    ):
        raise NotFound
    return found


def own_agency(act: Act, slug: str) -> Agency:
    """The agency at this address, if the asker speaks for it."""
    found = agency(act, slug)
    if act.actor.kind != "agency" or act.actor.agency_id != found.id:
        raise NotFound
    return found


def is_current(agency: Agency, now: datetime) -> bool:
    """Whether it is verified now, and has not left."""
    until = agency.verified_until
    return agency.state == "verified" and agency.left_on is None and until is not None and until > now


def publishing_agency(act: Act, slug: str) -> Agency:
    """The agency at this address, if the asker speaks for it and it may publish. Raises Refusal("not-verified")."""
    found = own_agency(act, slug)
    if not is_current(found, act.now):
        raise Refusal("not-verified")
    return found


def link(act: Act, token: str) -> tuple[AgencyLink, Agency]:
    """The letter's link that this token opens, and whose it is. Raises Refusal("link-unusable")."""
    found = queries.open_link(act, token)
    if found is None:
        raise Refusal("link-unusable")
    return found

"""Letters to official addresses, and what a year's end brings."""

from gettext import gettext as _
from typing import TYPE_CHECKING

from portal import mail
from portal.agencies import queries, rules, service
from portal.agencies.models import Agency
from portal.agencies.rules import Attestation
from portal.agencies.sheet import Sheet
from portal.db import SYSTEM, Act
from portal.jobs import Chore

if TYPE_CHECKING:
    from portal.web.context import Porchlight

BATCH = 100  # letters of one act


def post_agency_letter(act: Act, here: "Porchlight", letter: service.AgencyLetter) -> None:
    """Mail a link to an official address. Whoever reads mail there answers for the agency."""
    town = here.settings.town_name
    link = f"{here.settings.address}/agencies/confirm/{letter.token}"
    if letter.renewal:
        subject = _("Another year in the directory")
        words = _(
            "the year for which %(name)s is verified in the directory of %(town)s ends soon. If this is still its"
            " official address, say so here, within %(days)s days:"
        )
    else:
        subject = _("Confirm your agency's address")
        words = _(
            "somebody proposed %(name)s for the directory of agencies of %(town)s, with this address as its official"
            " one. If that is right, say so here, within %(days)s days:"
        )
    told = words % {"name": letter.name, "town": town, "days": rules.LINK_DAYS}
    closing = _("If it is not, you need not do anything: without your answer nothing is published.")
    mail.send(act, letter.email, f"{subject} · {town}", f"{_('Hello')},\n\n{told}\n\n{link}\n\n{closing}\n")


def import_sheet(act: Act, here: "Porchlight", found: Sheet, attestation: Attestation) -> list[Agency]:
    """Propose the agencies of a table that are new, and write to each: all or none. Raises SheetError."""
    proposals, cells = zip(*((row.proposal, row.cells) for row in found.rows), strict=True)
    try:
        made, letters = service.import_agencies(act, proposals, attestation, cells)
    except service.RowsRefused as refused:
        raise found.refused(refused.found) from None
    for letter in letters:
        post_agency_letter(act, here, letter)
    return made


def _look_at_years(here: "Porchlight") -> None:
    """Ask those whose year ends soon, and let those lapse whose year is over."""
    while True:
        with here.database.write(SYSTEM, here.clock) as act:
            found = queries.to_be_asked(act, BATCH)
            for agency in found:
                post_agency_letter(act, here, service.send_letter(act, agency))
        if len(found) < BATCH:
            break
    with here.database.write(SYSTEM, here.clock) as act:
        service.lapse(act)


CHORES = (Chore("look at the years of agencies", 3600, _look_at_years),)

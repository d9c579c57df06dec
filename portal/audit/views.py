"""The public ledger: what agencies, moderators, operators and the law did, for anyone to read."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.audit import queries
from portal.audit.models import LedgerEntry
from portal.web import hx
from portal.web.access import EVERYBODY, allow
from portal.web.context import reading
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("audit", __name__)
PAGE = 40

ACTORS: dict[str, Any] = {
    "resident": _l("A resident"),
    "agency": _l("An agency"),
    "moderator": _l("A moderator"),
    "operator": _l("An operator"),
    "legal": _l("A legal reviewer"),
    "auditor": _l("An auditor"),
    "visitor": _l("A visitor"),
    "device": _l("A device"),
    "system": _l("Porchlight itself"),
}
# What was done, in words; facts of the entry fill the places.
ACTS: dict[str, Any] = {
    "invitation.made": _l("invited a household: %(uses)s people within %(days)s days"),
    "account.opened": _l("opened a work account of kind “%(kind)s”"),
    "passkeys.reset": _l("took away the passkeys of %(name)s, who begins anew by a letter: %(reason)s"),
    "passkeys.reset-unnamed": _l(
        "took away the passkeys of a work account of kind “%(kind)s”, which begins anew by a letter: %(reason)s"
    ),
    "events.expired": _l("deleted %(events)s events and %(files)s sealed files whose time was over"),
    "agency.added": _l("added %(name)s to the directory"),
    "agency.proposed": _l("proposed %(name)s for the directory"),
    "agency.attested": _l("wrote down that %(by)s, %(title)s, attests: %(name)s is no federal agency (via %(via)s)"),
    "agency.asked": _l("wrote to the official address of %(name)s"),
    "agency.confirmed": _l("confirmed the official address of %(name)s"),
    "agency.approved": _l(
        "approved %(name)s until %(until)s: proposed by %(proposed)s, approved by %(by)s (via %(via)s)"
    ),
    "agency.declined": _l("declined the proposal of %(name)s"),
    "agency.renewed": _l("renewed %(name)s until %(until)s"),
    "agency.lapsed": _l("%(name)s was not renewed, and publishes nothing until it is"),
    "agency.left": _l("%(name)s left the directory on %(on)s"),
    "agency.edited": _l("changed what the directory says of %(was)s"),
    "agencies.imported": _l(
        "proposed %(count)s agencies from a file: %(police)s law enforcement, %(fire)s fire, %(government)s local"
        " government; %(by)s, %(title)s, attests that none is federal (via %(via)s)"
    ),
    "agencies.confirmed": _l("confirmed the official addresses of %(count)s agencies"),
    "agencies.approved": _l(
        "approved %(count)s agencies: %(police)s law enforcement, %(fire)s fire, %(government)s local government;"
        " approved by %(by)s (via %(via)s)"
    ),
    "agreement.told": _l("told that %(agency)s has an agreement with %(with)s"),
    "agreement.ended": _l("told that an agreement of %(agency)s with %(with)s has ended"),
    "agency-member.joined": _l("%(name)s, %(title)s, began to speak for %(agency)s"),
    "agency-member.left": _l("%(name)s no longer speaks for %(agency)s"),
    "agency-post.published": _l("%(agency)s published “%(title)s”"),
    "agency-post.held": _l("a text of %(agency)s was held until moderators have read it"),
    "agency-post.released": _l("a held text of %(agency)s was found to be no request: “%(title)s”"),
    "agency-post.refused": _l("a held text of %(agency)s was refused"),
    "agency-post.left": _l("looked at a reported post of %(agency)s, and it stays"),
    "agency-post.removed": _l("removed a post of %(agency)s: two moderators agreed"),
    "agency-post.put-back": _l("put a removed post of %(agency)s back: “%(title)s”"),
    "agency-post.scheduled": _l("%(agency)s scheduled a text for later"),
    "agency-post.stopped": _l("a scheduled text of %(agency)s did not go out: nobody who may publish answers for it"),
    "agency-post.edited": _l("%(agency)s changed “%(title)s”, which keeps what it said before"),
    "agency-post.edit-held": _l("new words of %(agency)s for “%(title)s” were held until moderators have read them"),
    "agency-post.edit-withdrawn": _l("%(agency)s took back its new words for “%(title)s”"),
    "agency-picture.approved": _l("looked at a picture of %(agency)s, and everybody can see it"),
    "agency-picture.refused": _l("refused a picture of %(agency)s"),
    "agency-picture.removed": _l("%(agency)s took a picture out of “%(title)s”"),
    "agency-post.withdrawn": _l("%(agency)s withdrew “%(title)s”"),
    "agency-answer.published": _l("%(agency)s answered under a post of its own"),
    "agency-answer.edited": _l("%(agency)s changed an answer; its earlier words stay readable"),
    "agency-answer.held": _l("an answer of %(agency)s was held until moderators have read it"),
    "agency-answer.released": _l("a held answer of %(agency)s was found to keep to the rules"),
    "agency-answer.refused": _l("a held answer of %(agency)s was refused"),
    "agency-answer.withdrawn": _l("%(agency)s withdrew an answer"),
    "agency-answer.left": _l("looked at a reported answer of %(agency)s, and it stays"),
    "agency-answer.removed": _l("removed an answer of %(agency)s: two moderators agreed"),
    "case.hidden": _l("hid what people of %(households)s households reported, until a moderator has looked at it"),
    "case.left": _l("looked at what a neighbour wrote and found that it keeps to the rules"),
    "case.warned": _l("warned somebody about what they wrote, and left it"),
    "case.removed": _l("removed something that a neighbour wrote"),
    "case.appealed": _l("appealed against a moderator's decision"),
    "appeal.upheld": _l("looked at an appeal, and the decision stands"),
    "appeal.overturned": _l("looked at an appeal, and took the decision back"),
    "person.suspended": _l("suspended a resident for %(days)s days"),
    "moderator.declared-home": _l("declared where they live, so that they decide about nobody there"),
    "home.placed": _l("put a household's home on the map"),
    "home.moved": _l("moved a household's home to another place on the map"),
    "neighbourhood.drawn": _l("drew the neighbourhood “%(name)s” on the map"),
    "neighbourhood.renamed": _l("renamed the neighbourhood “%(was)s”: it is “%(name)s” now"),
    "neighbourhood.removed": _l("took the neighbourhood “%(name)s” off the map"),
    "contact.decided": _l("read what two neighbours wrote to each other, because one of them reported it"),
    "media.expired": _l("deleted the pictures and videos of %(posts)s posts whose time was over"),
    "archive.imported": _l(
        "brought %(requests)s closed requests of %(agencies)s agencies into the archive, from a file with the SHA-256"
        " %(sha256)s"
    ),
    "archive.withdrawn": _l(
        "took %(requests)s requests out of the archive: the whole file with the SHA-256 %(sha256)s"
    ),
    "town.imported": _l("put %(streets)s streets and %(homes)s homes on the town's map"),
}


@blueprint.get("/ledger")
@allow(*EVERYBODY)
def index() -> ResponseReturnValue:
    key = decode(request.args.get("before"), int)
    rows = queries.public_entries(reading(), key[0] if key else None, PAGE + 1)
    entries = page_of(rows, PAGE, lambda entry: (entry.seq,))
    template = "audit/_rows.html" if hx.asked() and key else "audit/index.html"
    return render_template(template, entries=entries, words=words, actors=ACTORS)


def words(entry: LedgerEntry) -> str:
    """One entry as a sentence."""
    text = ACTS.get(entry.kind)
    return str(text % entry.facts) if text is not None else _("did “%(kind)s”", kind=entry.kind)

"""An agency's page, what it has published and what it said before, and publishing for those who speak for it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, DateTimeLocalField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.agencies import access as agency_access
from portal.agencies import queries as agencies
from portal.agencies.views import of_directory
from portal.bulletins import access, links, queries, rules, service, templates
from portal.bulletins.models import AgencyPost
from portal.bulletins.rules import Text
from portal.bulletins.service import Upload
from portal.db import Act, NotFound, Refusal
from portal.web import hx, limits, uploads
from portal.web.access import AGENCY, EVERYBODY, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, choices, page, required, strip
from portal.web.pagination import decode
from portal.web.pagination import page as page_of
from portal.web.uploads import BadFile

blueprint = Blueprint("bulletins", __name__)
PAGE = 20
FEW = 5  # tips, and what is over, on an agency's first page

WORDS: dict[str, Any] = {
    "time-missing": _l("Say when the event begins."),
    "ends-before": _l("It ends after it begins."),
    "fades-before": _l("Choose a time after it goes out."),
    "urgent-in-part": _l("An urgent update says all four: what it is about, how soon, how bad, how sure."),
    "due-past": _l("Choose a time that is still to come. Or leave it empty, and it goes out now."),
    "bad-picture": _l("A picture cannot be used."),
    "too-many-pictures": _l("At most %(most)d pictures in one post, please."),
    "not-verified": _l("Your agency is not verified at the moment: nothing new goes out until it is."),
}
KINDS: dict[str, Any] = {"tip": _l("Safety tip"), "update": _l("Update"), "event": _l("Community event")}
FIELDS: dict[str, Any] = {
    "title": _l("Title"),
    "body": _l("Text"),
    "place": _l("Place"),
    "source": _l("Source"),
}
RULES: dict[str, Any] = {
    "R1": _l("Rule R1: no agency can ask for footage here"),
    "R5": _l("Rule R5: say what was done, not what somebody looks like"),
    "link": _l("A link out of the town's own sites: a moderator looks first"),
}
# Why words are held: the reasons of `portal.wording` for R1, and those of `rules`.
WHY_HELD: dict[str, Any] = {
    "send": _l("It asks residents to hand over recordings or pictures."),
    "look": _l("It asks residents to look through their cameras or recordings."),
    "saw": _l("It asks what somebody's camera saw."),
    "keep": _l("It asks residents to keep recordings for an agency."),
    "want": _l("It says that an agency is looking for recordings."),
    "contact": _l("It asks those who have cameras or recordings to get in touch."),
    "who": _l("It asks who has a camera, or where it is."),
    "upload": _l("It gives a place or an address to send recordings to."),
    "registry": _l("It invites residents to list, connect or open their cameras."),
    "gift": _l("It offers cameras as a gift, a prize or at a lower price."),
    "link-out": _l("It leads out of the town's own sites. Name a page of the town, or wait for a moderator."),
    rules.MISSING: _l("A missing person is described so that they are found. A moderator reads it before it goes out."),
}
CATEGORIES: dict[str, Any] = {
    "Geo": _l("The ground: earthquake, landslide"),
    "Met": _l("The weather"),
    "Safety": _l("Safety of everybody"),
    "Fire": _l("Fire and smoke"),
    "Health": _l("Health, drinking water"),
    "Env": _l("The environment: spills, air"),
    "Transport": _l("Roads and transport"),
    "Infra": _l("Power, water, telephone"),
    "Other": _l("Something else"),
}
URGENCIES: dict[str, Any] = {
    "Immediate": _l("Act now"),
    "Expected": _l("Act within the next hour"),
    "Future": _l("Act in the near future"),
}
SEVERITIES: dict[str, Any] = {
    "Extreme": _l("Extraordinary danger to life or property"),
    "Severe": _l("Serious danger"),
    "Moderate": _l("Possible danger"),
    "Minor": _l("Little or no danger"),
}
CERTAINTIES: dict[str, Any] = {
    "Observed": _l("It has happened or is going on"),
    "Likely": _l("It is likely"),
    "Possible": _l("It is possible"),
}
# Why a picture cannot be used: the codes of `portal.media`, and a few of this form's own.
PICTURE_WORDS: dict[str, Any] = {
    **uploads.WORDS,
    "moving": _l("No agency can share or receive films here (rule R2). Choose a picture."),
    "unknown-type": _l("This is no picture that we know. Try a JPEG or PNG file."),
    "too-large": _l("This file is too large. Choose a smaller one."),
    "alt": _l("Say what the picture shows, for those who cannot see it."),
    "words": _l("Write down the words in the picture, or tick that there are none."),
    "both": _l("Either there are words in it, or there are none."),
    "again": _l("Choose the picture again: a page that comes back cannot keep it."),
}


# Where findings stand beside their fields: htmx exchanges them, and the fields keep what was typed and chosen.
BESIDE = ",".join(
    f"#found-{name}"
    for name in (
        *FIELDS,
        *(f"{part}-{number}" for number in range(rules.MOST_PICTURES) for part in ("picture", "alt", "words")),
    )
)


class WordsForm(Form):
    """What an agency can say. Which of it belongs to a kind stands in `rules.tidied`."""

    title = StringField(_l("Title"), [required(), at_most(rules.MOST_TITLE)], [strip])
    body = TextAreaField(_l("Text"), [required(), at_most(rules.MOST_BODY)], [strip], render_kw={"rows": 8})
    source = StringField(
        _l("Where does it come from?"),
        [at_most(rules.MOST_SOURCE)],
        [strip],
        description=_l("For an update: “Water works”, “County weather service”."),
    )
    fades_at = DateTimeLocalField(
        _l("Over at"), [Optional()], description=_l("For an update: when it leaves the feed. Empty: after seven days.")
    )
    starts_at = DateTimeLocalField(
        _l("Begins"), [Optional()], description=_l("Only for an event, in the town's own time.")
    )
    ends_at = DateTimeLocalField(_l("Ends"), [Optional()], description=_l("Only for an event."))
    place = StringField(_l("Place"), [at_most(rules.MOST_PLACE)], [strip])
    urgent = BooleanField(_l("This is urgent"))
    category = SelectField(_l("What is it about?"), choices=choices(CATEGORIES), default="Safety")
    urgency = SelectField(_l("How soon?"), choices=choices(URGENCIES), default="Immediate")
    severity = SelectField(_l("How bad?"), choices=choices(SEVERITIES), default="Moderate")
    certainty = SelectField(_l("How sure?"), choices=choices(CERTAINTIES), default="Observed")
    due_at = DateTimeLocalField(
        _l("Publish at"), [Optional()], description=_l("In the town's own time. Empty: as soon as you press Publish.")
    )
    template = HiddenField(default="")

    def text(self, kind: str) -> Text:
        chosen = (self.category.data, self.urgency.data, self.severity.data, self.certainty.data)
        return Text(
            kind,
            self.title.data or "",
            self.body.data or "",
            self.place.data or "",
            instant(self.starts_at.data),
            instant(self.ends_at.data),
            self.source.data or "",
            instant(self.fades_at.data),
            chosen if self.urgent.data and kind == "update" else None,
            template=(self.template.data or "")[:24] if templates.find(self.template.data or "") else "",
        )


class PostForm(WordsForm):
    kind = RadioField(_l("What is it?"), [required()], choices=choices(KINDS), default="tip")


def instant(local: datetime | None) -> datetime | None:
    """What was typed in the town's own time."""
    zone = ZoneInfo(porchlight().settings.timezone)
    return local.replace(tzinfo=zone).astimezone(UTC) if local is not None else None


def local(at: datetime | None) -> datetime | None:
    """The other way round: for a form's field."""
    zone = ZoneInfo(porchlight().settings.timezone)
    return at.astimezone(zone).replace(tzinfo=None, microsecond=0) if at is not None else None


@blueprint.app_template_filter("with_links")
def with_links(text: str) -> Markup:
    """Text whose links can be followed, where they lead to the town's own sites or its agencies'."""
    found = links.find(text)
    if not found:
        return escape(text)
    if "bulletin_sites" not in g:
        own = porchlight().settings.own_sites
        g.bulletin_sites = of_directory("town_sites", reading(), lambda act: queries.agencies_sites(act).union(own))
    made, at = Markup(), 0
    for link in found:
        if link.start < at or not link.leads_to(g.bulletin_sites):
            continue
        made += escape(text[at : link.start]) + Markup('<a href="{}">{}</a>').format(link.href, link.words)
        at = link.end
    return made + escape(text[at:])


blueprint.app_context_processor(
    lambda: {
        "bulletins": {"kinds": KINDS, "rules": RULES, "pictures": PICTURE_WORDS, "urgencies": URGENCIES},
        "why_held": WHY_HELD,
    }
)


# — Reading —


@blueprint.get("/agencies/<slug>")
@allow(*EVERYBODY)
def show(slug: str) -> ResponseReturnValue:
    """An agency's page: what holds now first. `kind`: everything of one kind, or all that is over ("earlier")."""
    act = reading()
    agency = agency_access.agency(act, slug)
    kind = request.args.get("kind", "")
    if kind not in (*KINDS, "earlier"):
        kind = ""
    context: dict[str, Any] = {"agency": agency, "chosen": kind}
    key = decode(request.args.get("before"), int)
    if kind:
        rows = queries.of_agency(act, agency.id, kind, PAGE + 1, key[0] if key else None)
        context["posts"] = page_of(rows, PAGE, lambda row: (row.post.published_seq or 0,))
        if hx.asked() and key:
            return hx.fragment(render_template("bulletins/_rows.html", **context))
    else:
        context["holding"] = queries.current(act, agency.id)
        context["upcoming"] = queries.upcoming(act, agency.id)
        for name, show in (("tips", "tip"), ("earlier", "earlier")):
            context[name] = queries.of_agency(act, agency.id, show, FEW + 1)
    own = actor().agency_id == agency.id
    return render_template(
        "bulletins/show.html",
        members=agencies.members(act, agency.id),
        agreements=agencies.agreements(act, agency.id),
        polygons=agencies.polygons(act, agency.id),
        own=own,
        few=FEW,
        most_current=queries.MOST_CURRENT,
        **context,
        **(_unfinished(act, agency.id) if own else {}),
    )


def _unfinished(act: Act, agency_id: uuid.UUID) -> dict[str, Any]:
    """What of its own agency's work a member has to know of."""
    edits, pictures = queries.held_edits(act, agency_id), queries.unfinished_pictures(act, agency_id)
    return {
        "held": queries.unfinished(act, agency_id),
        "scheduled": queries.scheduled(act, agency_id),
        "edits": edits,
        "waiting": pictures,
        "about": queries.posts(act, [one.post_id for one in (*edits, *pictures)]),
    }


@blueprint.get("/agencies/<slug>/posts/<uuid:post_id>")
@allow(*EVERYBODY)
def post(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    act = reading()
    try:
        found = access.post(act, slug, post_id)
    except NotFound:
        gone = access.taken_back(act, slug, post_id)
        by = queries.withdrawn_by(act, post_id)
        return render_template("bulletins/gone.html", found=gone, by=by), 410
    own = access.is_own(act, found)
    return render_template(
        "bulletins/post.html",
        found=found,
        own=own,
        is_over=_is_over(found.post, act.now),
        edit=queries.held_edit(act, post_id) if own else None,
        pictures=queries.pictures(act, post_id) if own or found.post.state == "held" else [],
    )


def _is_over(post: AgencyPost, now: datetime) -> bool:
    return post.fades_at is not None and post.fades_at <= now


@blueprint.get("/agencies/<slug>/posts/<uuid:post_id>/history")
@allow(*EVERYBODY)
def history(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """What a public post said before, word by word, for everybody."""
    act = reading()
    found = access.post(act, slug, post_id)
    if found.post.state != "visible" or not found.post.revision:
        raise NotFound
    earlier = queries.revisions(act, post_id)
    newer: list[Any] = [found.post, *(revision for revision, _editor in earlier)]
    steps = [
        {
            "revision": revision,
            "editor": editor,
            "title": rules.word_diff(revision.title, after.title),
            "body": rules.word_diff(revision.body, after.body),
            "after": after,
        }
        for (revision, editor), after in zip(earlier, newer, strict=False)
    ]
    return render_template("bulletins/history.html", found=found, steps=steps)


@blueprint.get("/agencies/<slug>/pictures/<uuid:picture_id>/<int:width>")
@allow(*EVERYBODY)
def picture(slug: str, picture_id: uuid.UUID, width: int) -> ResponseReturnValue:
    """One size of a picture (pixels). What was taken out is not shown from a cache for long."""
    found = access.picture(reading(), slug, picture_id)
    file = next((one for one in found.files if one["width"] == width), None)
    if file is None:
        raise NotFound
    response = send_file(porchlight().store.path(file["name"]), mimetype="image/webp", conditional=True)
    response.headers["Cache-Control"] = "private, max-age=60" if found.decision == "approved" else "no-store"
    return response


# — Writing —


@blueprint.route("/agencies/<slug>/posts/new", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(AGENCY)
def new(slug: str) -> ResponseReturnValue:
    """Write something, from a `template` or not; look at it as residents will see it; publish it, now or later."""
    act = reading()
    agency = agency_access.own_agency(act, slug)
    if not agency_access.is_current(agency, act.now):
        return render_template("agencies/not_now.html", agency=agency), 409
    form = PostForm(data=_begun() if request.method == "GET" else None)
    seen: dict[str, Any] = {}
    slots = Slots()
    if form.validate_on_submit() and _complete(form, slots):
        text, due_at = form.text(form.kind.data), instant(form.due_at.data)
        try:
            if request.form.get("act") == "preview":
                seen = _preview(act, slug, text, due_at, slots)
            else:
                with slots.kept() as files, writing() as act:
                    made = service.publish(
                        act, slug, uploads=files, due_at=due_at, sites=porchlight().settings.own_sites, **vars(text)
                    )
                return _after(made.state, slug, made.id)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
    return page(
        "bulletins/new.html",
        form,
        agency=agency,
        slots=slots,
        beside=BESIDE,
        templates=templates.of(agency.kind),
        account_id=actor().id,
        **seen,
    )


def _begun() -> dict[str, Any]:
    """What a new form holds: the words of the template that was chosen."""
    now = porchlight().clock.now().replace(second=0)
    fades_at = now + timedelta(days=rules.FADE_DAYS)
    chosen = templates.find(request.args.get("template", ""))
    if chosen is None:
        return {"fades_at": local(fades_at)}
    fades_at = now + timedelta(days=chosen.days or rules.FADE_DAYS)
    said = {"kind": chosen.kind, "title": chosen.title, "body": chosen.body, "source": chosen.source}
    urgent = dict(zip(service.URGENT, chosen.urgent, strict=True)) if chosen.urgent else {}
    return said | {"template": chosen.key, "fades_at": local(fades_at), "urgent": bool(urgent)} | urgent


def _complete(form: WordsForm, slots: "Slots") -> bool:
    """Whether nothing of the template is left to fill in, and each picture has its words."""
    chosen = templates.find(form.template.data or "")
    for field in (form.title, form.body):
        left = rules.blanks(field.data or "", f"{chosen.title}\n{chosen.body}") if chosen else []
        if left:
            field.errors = [_("Fill in: %(blanks)s", blanks=", ".join(left))]
    slots.look(will_be_kept=request.form.get("act") != "preview")
    if slots.errors:
        form.form_errors.append(_("A picture is not complete yet."))
    return not form.errors


def _preview(act: Act, slug: str, text: Text, due_at: datetime | None, slots: "Slots") -> dict[str, Any]:
    """The card as residents will see it, and what would hold it. Nothing is stored."""
    return {
        "shown": service.drafted(act, slug, text, due_at),
        "findings": service.read(act, text, slots.words, porchlight().settings.own_sites),
    }


@dataclass
class Slot:
    """One picture of the form: its file, what it shows, and the words in it."""

    number: int
    file: FileStorage | None
    alt: str
    words: str
    wordless: bool
    error: str = ""


class Slots:
    """The pictures of a form, each with its own words: it works without script."""

    def __init__(self) -> None:
        sent = request.form
        self.slots = [
            Slot(
                number,
                request.files.get(f"picture-{number}") or None,
                strip(sent.get(f"alt-{number}", ""))[: rules.MOST_ALT],
                strip(sent.get(f"words-{number}", ""))[: rules.MOST_WORDS],
                bool(sent.get(f"wordless-{number}")),
            )
            for number in range(rules.MOST_PICTURES)
        ]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)

    @property
    def errors(self) -> list[str]:
        return [slot.error for slot in self.slots if slot.error]

    @property
    def words(self) -> list[tuple[str, str]]:
        return [(slot.alt, slot.words) for slot in self.slots]

    def look(self, will_be_kept: bool) -> None:
        """What is missing, beside each picture."""
        for slot in self.slots:
            code = ""
            if slot.file is None:
                code = "again" if will_be_kept and (slot.alt or slot.words) else ""
            elif not slot.alt:
                code = "alt"
            elif not slot.words and not slot.wordless:
                code = "words"
            elif slot.words and slot.wordless:
                code = "both"
            slot.error = str(PICTURE_WORDS[code]) if code else ""

    @contextmanager
    def kept(self) -> Iterator[list[Upload]]:
        """The files, each looked at and put into the store; all are erased again when anything fails.

        Raises Refusal("bad-picture"), once the error stands beside the picture.
        """
        found: list[Upload] = []
        with uploads.all_or_none() as names:
            for slot in self.slots:
                if slot.file is None:
                    continue
                try:
                    name, _kind = uploads.keep(slot.file, "bulletin-uploads", films=False)
                except BadFile as bad:
                    slot.error = str(PICTURE_WORDS[bad.code])
                    raise Refusal("bad-picture") from None
                names.append(name)
                found.append(Upload(name, uploads.original(slot.file), slot.alt, slot.words))
            yield found


@blueprint.route("/agencies/<slug>/posts/<uuid:post_id>/edit", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(AGENCY)
def edit(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """New words for a text that is held, scheduled or public. What was public before stays readable."""
    act = reading()
    agency, found = agency_access.own_agency(act, slug), access.post(act, slug, post_id)
    if not agency_access.is_current(agency, act.now):
        return render_template("agencies/not_now.html", agency=agency), 409
    current = found.post
    waiting = queries.held_edit(act, post_id)
    form = WordsForm(data=_said(waiting or current, current) if request.method == "GET" else None)
    form.template.data = current.template
    seen: dict[str, Any] = {}
    slots = Slots()
    if form.validate_on_submit() and _complete(form, slots):
        text, due_at = form.text(current.kind), instant(form.due_at.data)
        try:
            if request.form.get("act") == "preview":
                seen = _preview(act, slug, text, due_at, slots)
            else:
                with slots.kept() as files, writing() as act:
                    made = service.edit(
                        act,
                        slug,
                        post_id,
                        {name: getattr(text, name) for name in service.SAID},
                        due_at=due_at,
                        uploads=files,
                        removed=_removed(),
                        sites=porchlight().settings.own_sites,
                        urgent=text.urgent,
                    )
                    state = "edit-held" if made is not None else access.post(act, slug, post_id).post.state
                return _after(state, slug, post_id)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
    return page(
        "bulletins/edit.html",
        form,
        agency=agency,
        found=found,
        slots=slots,
        beside=BESIDE,
        pictures=queries.pictures(act, post_id),
        account_id=actor().id,
        **seen,
    )


def _said(words: Any, post: AgencyPost) -> dict[str, Any]:
    """A post, or the new words that wait for it, as the form holds it."""
    said = {name: getattr(words, name) for name in service.SAID}
    times = {name: local(value) for name, value in said.items() if name.endswith("_at")}
    urgent = {name: getattr(post, name) for name in service.URGENT} if post.urgency else {}
    return said | times | {"due_at": local(post.due_at), "urgent": bool(urgent)} | urgent


def _removed() -> frozenset[uuid.UUID]:
    try:
        return frozenset(uuid.UUID(one) for one in request.form.getlist("removed"))
    except ValueError:
        raise NotFound from None


@blueprint.post("/agencies/<slug>/posts/<uuid:post_id>/edit/withdraw")
@allow(AGENCY)
def withdraw_edit(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.withdraw_edit(act, slug, post_id)
    flash(_("The new words are taken back. What is public stays as it is."), "success")
    return redirect(url_for("bulletins.post", slug=slug, post_id=post_id), 303)


@blueprint.post("/agencies/<slug>/posts/<uuid:post_id>/publish")
@allow(AGENCY)
def publish_now(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """Let a scheduled post out before its time."""
    try:
        with writing() as act:
            made = service.publish_now(act, slug, post_id, porchlight().settings.own_sites)
    except Refusal as refusal:
        flash(WORDS[refusal.code], "caution")
        return redirect(url_for("bulletins.post", slug=slug, post_id=post_id), 303)
    return _after(made.state, slug, post_id)


@blueprint.post("/agencies/<slug>/posts/<uuid:post_id>/withdraw")
@allow(AGENCY)
def withdraw(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.withdraw(act, slug, post_id)
    flash(_("It is withdrawn. The public ledger says so."), "success")
    return redirect(url_for("bulletins.show", slug=slug), 303)


def _after(state: str, slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    said = {
        "visible": _("It is published."),
        "scheduled": _("It is scheduled. You find it on your agency's page until it goes out."),
        "edit-held": _("A moderator reads the new words first. Until then everybody reads the old ones."),
    }
    if state in said:
        flash(said[state], "success")
    target = url_for("bulletins.post", slug=slug, post_id=post_id)
    return hx.redirect(target) if hx.asked() else redirect(target, 303)

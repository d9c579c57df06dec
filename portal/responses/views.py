"""Words under agencies' posts, the buttons beside them, and what agencies get instead of requests: numbers, for all."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from wtforms import BooleanField, HiddenField, TextAreaField

from portal.accounts.access import own_account
from portal.agencies import access as agency_access
from portal.bulletins.queries import Published
from portal.db import NotFound, Refusal
from portal.neighbourhoods import queries as places
from portal.responses import access, queries, rules, service
from portal.responses.jobs import Seen
from portal.web import hx, limits
from portal.web.access import AGENCY, EVERYBODY, RESIDENT, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, page, required, strip
from portal.web.pages import back
from portal.web.pagination import decode
from portal.web.pagination import page as page_of

blueprint = Blueprint("responses", __name__)
PAGE = 20
POST = "/agencies/<slug>/posts/<uuid:post_id>"

LINK = _l(
    "“%(words)s”: no links here. The agency reads this too, and a link can lead to footage. Say it in words, please."
)


class CommentForm(Form):
    reply_to = HiddenField()
    body = TextAreaField(
        _l("Your comment"),
        [required(), at_most(rules.MOST_COMMENT)],
        [strip],
        description=_l("Everyone can read this, the agency too. Do not post footage or links to it."),
    )
    show_name = BooleanField(_l("Show my name"))


class AnswerForm(Form):
    reply_to = HiddenField()
    body = TextAreaField(
        _l("Your answer"),
        [required(), at_most(rules.MOST_ANSWER)],
        [strip],
        description=_l("Everyone can read this, with your name and title. You cannot ask for footage here."),
    )


class WordsForm(Form):
    body = TextAreaField(_l("Your answer"), [required(), at_most(rules.MOST_ANSWER)], [strip], render_kw={"rows": 6})


# — What the pages of agencies show: they stand further left and ask for it by name —


@dataclass(frozen=True)
class Shown:
    """All that stands under a post. `form`: None for who cannot write there now; `needs`: why a resident cannot,
    guidelines or suspended. `coming` and `useful` are (how many, the asker too); `over`: the event is."""

    found: Published
    comments: list[queries.Said] = field(default_factory=list)
    form: Form | None = None
    needs: str = ""
    alias: str = ""
    coming: tuple[int, bool] | None = None
    useful: tuple[int, bool] | None = None
    over: bool = False


def responses_to(found: Published) -> Shown:
    """For a post's own page."""
    act, post, asker = reading(), found.post, actor()
    if post.published_seq is None:
        return Shown(found)
    form: Form | None = None
    needs = alias = ""
    if post.state == "visible":
        note_seen([post.id])
        if asker.kind == RESIDENT:
            form, needs, alias = CommentForm(), _needs(), places.alias(act)
        elif asker.agency_id == found.agency.id and agency_access.is_current(found.agency, act.now):
            form = AnswerForm()
    return Shown(
        found,
        queries.comments(act, post.id),
        form if not needs else None,
        needs,
        alias,
        queries.coming(act, post.id, porchlight().settings.secret_key) if post.starts_at is not None else None,
        queries.useful(act, post.id) if post.kind == "tip" else None,
        post.starts_at is not None and rules.over_at(post.starts_at, post.ends_at) <= act.now,
    )


def _needs() -> str:
    """What a resident has to do before they can write."""
    if actor().suspended_until is not None:
        return "suspended"
    return "guidelines" if own_account(reading()).guidelines_at is None else ""


def agencies_near() -> dict[uuid.UUID, queries.Near]:
    """Agencies that serve the asker's home, and which of them the asker follows. Read once for a page."""
    if "agencies_near" not in g:
        g.agencies_near = queries.near(reading())
    return cast(dict[uuid.UUID, queries.Near], g.agencies_near)


def following(agency_id: uuid.UUID) -> bool | None:
    """Whether the asker follows an agency; None when there is nothing to follow: it serves another area, or the asker
    is no resident."""
    found = agencies_near().get(agency_id)
    return found.followed if found is not None else None


def note_seen(post_ids: Iterable[uuid.UUID]) -> None:
    """A resident has these agencies' posts on a page that they opened. Costs no look at the database."""
    asker = actor()
    if asker.kind == RESIDENT and asker.id is not None:
        cast(Seen, current_app.extensions["responses_seen"]).note(asker.id, post_ids)


def reach_words(count: int | None) -> str:
    """How many people, in a range that tells nobody's single look."""
    low, high = rules.reach(count or 0)
    if not low:
        return _("fewer than %(count)d", count=rules.LEAST_REACH)
    return _("%(low)d to %(high)d", low=low, high=high) if high is not None else _("%(low)d or more", low=low)


def coming_words(count: int) -> str:
    """How many come, and never so few that one of them could be meant."""
    if not count:
        return _("Nobody has said yet that they come")
    if count < rules.LEAST_COMING:
        return _("A few neighbours are coming")
    return ngettext("%(num)d neighbour is coming", "%(num)d neighbours are coming", count)


@blueprint.record_once
def _room_for_what_was_seen(state: BlueprintSetupState) -> None:
    state.app.extensions["responses_seen"] = Seen()


blueprint.app_context_processor(
    lambda: {"responses_to": responses_to, "following": following, "agencies_near": agencies_near}
)
blueprint.add_app_template_filter(reach_words)
blueprint.add_app_template_filter(coming_words)


# — Comments and answers —


@blueprint.get(f"{POST}/comments")
@allow(*EVERYBODY)
def comments(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """What stands under a post, alone: also when its agency has withdrawn the post."""
    found = access.post(reading(), slug, post_id)
    return render_template("responses/comments.html", found=found, shown=responses_to(found))


@blueprint.route(f"{POST}/comments/new", methods=["GET", "POST"])
@limits.when_sent(limits.POSTING)
@allow(RESIDENT, AGENCY)
def comment(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """A resident's comment, or an answer of the post's own agency. `reply` names what is answered."""
    found = access.open_post(reading(), slug, post_id)
    resident = actor().kind == RESIDENT
    needs = _needs() if resident else ""
    if needs:
        here = url_for("bulletins.post", slug=slug, post_id=post_id)
        target = url_for("moderation.decisions") if needs == "suspended" else url_for("feed.guidelines", next=here)
        return hx.redirect(target) if hx.asked() else redirect(target, 303 if request.method == "POST" else 302)
    if not resident and not agency_access.is_current(found.agency, reading().now):
        return render_template("agencies/not_now.html", agency=found.agency), 409
    form: CommentForm | AnswerForm = CommentForm() if resident else AnswerForm()
    if request.method == "GET":
        form.reply_to.data = request.args.get("reply", "")
    reply_to = _reply_to(form)
    spans: list[dict[str, str]] = []
    if form.validate_on_submit():
        body = form.body.data or ""
        try:
            with writing() as act:
                if isinstance(form, CommentForm):
                    written = service.comment(act, slug, post_id, body, reply_to, bool(form.show_name.data))
                else:
                    written = service.answer(act, slug, post_id, body, reply_to)
        except Refusal as refusal:
            spans = _refused(form, refusal)
        else:
            return _written(found, written.id)
    answered = queries.said(reading(), reply_to) if reply_to else None
    if answered is not None and answered.comment.post_id != found.post.id:
        raise NotFound
    shown = Shown(found, form=form, alias=places.alias(reading()) if resident else "")
    context = {"found": found, "shown": shown, "form": form, "answered": answered, "spans": spans}
    if hx.asked():
        html = render_template("responses/_form.html", **context)
        return hx.fragment((html, 422) if form.errors else html)
    return page("responses/comment.html", **context)


def _reply_to(form: CommentForm | AnswerForm) -> uuid.UUID | None:
    """The comment that is answered. Raises NotFound for what is none."""
    try:
        found = access.comment(reading(), uuid.UUID(form.reply_to.data)) if form.reply_to.data else None
    except ValueError:
        raise NotFound from None
    return found.id if found is not None else None


def _refused(form: CommentForm | AnswerForm, refusal: Refusal) -> list[dict[str, str]]:
    """Say what is wrong beside the field; the words that break R5 come back, for how to say them otherwise."""
    if refusal.code == "link":
        form.body.errors = [LINK % refusal.params]
        return []
    form.body.errors = [_("Some of these words break rule R5. Say it like this instead:")]
    return cast(list[dict[str, str]], refusal.params["spans"])


def _written(found: Published, comment_id: uuid.UUID) -> ResponseReturnValue:
    slug, post = found.agency.slug, found.post
    if not hx.asked():
        return redirect(url_for("bulletins.post", slug=slug, post_id=post.id, _anchor="comments"), 303)
    said = queries.said(reading(), comment_id)
    resident = actor().kind == RESIDENT
    form = CommentForm(formdata=None) if resident else AnswerForm(formdata=None)
    shown = Shown(found, form=form, alias=places.alias(reading()) if resident else "")
    return hx.fragment(render_template("responses/_added.html", said=said, found=found, shown=shown, form=form))


def comment_page(comment_id: uuid.UUID, anchor: str = "comments") -> str:
    """The page on which a comment stands: its post's, or the comments' own when the post is not public any more."""
    slug, post_id, state = queries.place_of(reading(), comment_id)
    endpoint = "bulletins.post" if state == "visible" else "responses.comments"
    return url_for(endpoint, slug=slug, post_id=post_id, _anchor=anchor)


@blueprint.post("/agency-comments/<uuid:comment_id>/delete")
@allow(RESIDENT)
def delete(comment_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.delete_comment(act, comment_id)
    flash(Markup(render_template("responses/_undo.html", comment_id=comment_id)), "success")
    return redirect(comment_page(comment_id), 303)


@blueprint.post("/agency-comments/<uuid:comment_id>/put-back")
@allow(RESIDENT)
def put_back(comment_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.put_back(act, comment_id)
    flash(_("Your comment is back."), "success")
    return redirect(comment_page(comment_id), 303)


@blueprint.route("/agency-comments/<uuid:comment_id>/edit", methods=["GET", "POST"])
@allow(AGENCY)
def edit(comment_id: uuid.UUID) -> ResponseReturnValue:
    """New words for an answer of one's agency."""
    act = reading()
    answer, slug = access.own_answer(act, comment_id), queries.place_of(act, comment_id)[0]
    agency = agency_access.own_agency(act, slug)
    if not agency_access.is_current(agency, act.now):
        return render_template("agencies/not_now.html", agency=agency), 409
    form = WordsForm(obj=answer)
    if form.validate_on_submit():
        with writing() as act:
            service.edit_answer(act, comment_id, form.body.data or "")
        return redirect(comment_page(comment_id), 303)
    return page("responses/edit.html", form, answer=answer, back_to=comment_page(comment_id))


@blueprint.post("/agency-comments/<uuid:comment_id>/withdraw")
@allow(AGENCY)
def withdraw(comment_id: uuid.UUID) -> ResponseReturnValue:
    with writing() as act:
        service.withdraw_answer(act, comment_id)
    flash(_("It is withdrawn. The public ledger says so."), "success")
    return redirect(comment_page(comment_id), 303)


@blueprint.get("/agency-comments/<uuid:comment_id>/history")
@allow(*EVERYBODY)
def history(comment_id: uuid.UUID) -> ResponseReturnValue:
    """What an answer said before: an agency's words are public records."""
    act = reading()
    said = access.past_answer(act, comment_id)
    return render_template(
        "responses/history.html",
        said=said,
        revisions=queries.revisions(act, comment_id),
        back_to=comment_page(comment_id),
    )


# — Buttons —


def _on() -> bool:
    """Whether a switch is to be on: each button says so, so that a second click undoes nothing by accident."""
    return request.form.get("on") != "0"


@blueprint.post("/agencies/<slug>/follow")
@allow(RESIDENT)
def follow(slug: str) -> ResponseReturnValue:
    agency = agency_access.agency(reading(), slug)
    wanted = _on()
    with writing() as act:
        service.follow(act, agency.id, wanted)
    g.pop("agencies_near", None)
    if hx.asked():
        return hx.fragment(render_template("responses/_follow.html", agency=agency))
    if wanted:
        flash(_("You follow %(agency)s. What it publishes stands in your alerts.", agency=agency.name), "success")
    else:
        flash(_("You do not follow %(agency)s any more.", agency=agency.name), "success")
    return redirect(back(url_for("bulletins.show", slug=slug)), 303)


@blueprint.post(f"{POST}/coming")
@allow(RESIDENT)
def coming(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    comes = _on()
    with writing() as act:
        service.come(act, slug, post_id, comes, porchlight().settings.secret_key)
    return _button("responses/_coming.html", slug, post_id)


@blueprint.post(f"{POST}/useful")
@allow(RESIDENT)
def useful(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    marked = _on()
    with writing() as act:
        service.mark_useful(act, slug, post_id, marked)
    return _button("responses/_useful.html", slug, post_id)


def _button(template: str, slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    if not hx.asked():
        return redirect(url_for("bulletins.post", slug=slug, post_id=post_id), 303)
    found = access.post(reading(), slug, post_id)
    return hx.fragment(render_template(template, found=found, shown=responses_to(found)))


# — What agencies get instead —


@blueprint.get("/agencies/<slug>/figures")
@allow(*EVERYBODY)
def figures(slug: str) -> ResponseReturnValue:
    """What an agency's posts met with: the same numbers for the agency and for everybody."""
    act, key = reading(), decode(request.args.get("before"), int)
    agency = agency_access.agency(act, slug)
    found = queries.figures(act, agency.id, PAGE + 1, key[0] if key else None)
    rows = page_of(found, PAGE, lambda row: (row.post.published_seq or 0,))
    return render_template(
        "responses/figures.html",
        agency=agency,
        rows=rows,
        followers=queries.follower_count(act, agency.id),
        rules=rules,
    )

"""The second step of signing in, and looking after one's passkeys.

A browser asks for a challenge when its person presses the button (a POST: looking at a page changes nothing), and sends
the passkey's answer with the page's own form.
"""

import uuid
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from portal.accounts import access, passkeys, passwords, queries, rules, service, sessions
from portal.accounts.models import Account
from portal.accounts.views import WORDS as ACCOUNT_WORDS
from portal.accounts.views import blueprint
from portal.db import NotFound, Refusal
from portal.web import limits
from portal.web.access import ACCOUNTS, EVERYBODY, VISITOR, allow
from portal.web.context import actor, porchlight, reading, writing
from portal.web.forms import Form, at_most, page, required, strip
from portal.web.pages import next_page

SIGN_IN, AGAIN, ENROL = "sign-in", "again", "enrol"  # what a challenge is for

WORDS: dict[str, Any] = ACCOUNT_WORDS | {
    "no-answer": _l("There was no answer of a passkey. Press the button, and follow what your device asks."),
    "challenge-unusable": _l("This took too long, or was sent twice. Press the button once more."),
    "passkey-wrong": _l(
        "The answer of this passkey could not be accepted. Try again; if it stays so, use another of your passkeys,"
        " or ask the operator for a new beginning."
    ),
    "passkey-unverified": _l(
        "Your device has to ask for its PIN, your fingerprint or your face, and did not. Switch its screen lock on,"
        " or set a PIN on your security key, and try again."
    ),
    "passkey-unknown": _l(
        "This passkey does not belong to this account, or was removed. Use another one, or ask the operator for a new"
        " beginning."
    ),
    "passkey-copied": _l(
        "This passkey was used before with a higher count: it may have been copied. Use another of your passkeys and"
        " remove this one, and tell the operator."
    ),
    "passkey-taken": _l("This passkey is in use already. Use another device or security key."),
    "passkey-there": _l("Your account has a passkey already. Sign in with it to add another."),
    "passkeys-most": _l("There are %(most)d passkeys, which is the most. Remove one that you no longer use."),
    "passkey-last": _l("This is your only passkey, and your account needs one. Add another first."),
}


class AnswerForm(Form):
    """The answer of a passkey, which a script puts in."""

    answer = HiddenField(_l("Answer of the passkey"), [at_most(20_000)])
    next = HiddenField()


class NewPasskeyForm(AnswerForm):
    name = StringField(
        _l("A name for it"),
        [required(), at_most(rules.PASSKEY_NAME_MOST)],
        [strip],
        description=_l("So that you know it again: “My work phone”, “Blue key in the drawer”."),
        render_kw={"autocomplete": "off"},
    )


class NameForm(Form):
    name = StringField(
        _l("Name"), [required(), at_most(rules.PASSKEY_NAME_MOST)], [strip], render_kw={"autocomplete": "off"}
    )


class PasswordForm(Form):
    password = PasswordField(
        _l("Password"), [required(), at_most(rules.PASSWORD_MOST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


def _page(template: str, form: Form, **context: Any) -> ResponseReturnValue:
    """The page with its form. An answer counts once: it does not come back with what was typed."""
    if isinstance(form, AnswerForm):
        form.answer.data = ""
    return page(template, form, site=_site(), **context)


def _site() -> passkeys.Site:
    settings = porchlight().settings
    return passkeys.Site(settings.passkey_host, settings.passkey_origin, f"Porchlight {settings.town_name}")


def _signed_in() -> Account | None:
    return access.own_account(reading()) if actor().kind in ACCOUNTS else None


def _to_sign_in() -> ResponseReturnValue:
    if request.method == "POST":
        flash(_("That took longer than five minutes. Please begin again."), "caution")
    # For the page itself, `next` is where it leads; for pages of an account it is the page.
    target = next_page("") if request.path.startswith("/sign-in/") else request.full_path.rstrip("?")
    return redirect(url_for("accounts.sign_in", next=target or None), 303 if request.method == "POST" else 302)


def _answered(account: Account, form: AnswerForm, purpose: str) -> None:
    """Check the passkey's answer to what this session was asked for `purpose`, and note its use.

    Raises Refusal: no-answer, challenge-unusable, passkey-wrong, passkey-unverified, passkey-unknown, passkey-copied.
    """
    answer = form.answer.data or ""
    if not answer:
        raise Refusal("no-answer")
    challenge = _taken(account, purpose)
    found = queries.passkey_by_credential(reading(), account.id, passkeys.credential_in(answer))
    if found is None:
        raise Refusal("passkey-unknown")
    shown = passkeys.shown(_site(), account, found, answer, challenge)
    with writing() as act:
        counts_on = service.use_passkey(act, account.id, shown)
    if not counts_on:
        raise Refusal("passkey-copied")


def _taken(account: Account, purpose: str) -> bytes:
    with writing() as act:
        challenge = service.take_challenge(act, account, sessions.holder(), purpose)
    if challenge is None:
        raise Refusal("challenge-unusable")
    return challenge


# — Signing in —


@blueprint.route("/sign-in/passkey", methods=["GET", "POST"])
@limits.when_sent(limits.PASSKEY)
@allow(*EVERYBODY)
def passkey() -> ResponseReturnValue:
    """After the password: the passkey, and only then a session."""
    if actor().kind in ACCOUNTS:
        return redirect(next_page(url_for("web.home")), 303)
    account = sessions.half()
    if account is None:
        return _to_sign_in()
    if not queries.passkeys(reading(), account.id):
        return redirect(url_for("accounts.new_passkey", next=next_page("") or None), 303)
    form = AnswerForm()
    if request.method == "GET":
        form.next.data = next_page("")
    if form.validate_on_submit():
        try:
            _answered(account, form, SIGN_IN)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            sessions.enter(account)
            return redirect(next_page(url_for("web.home")), 303)
    return _page("accounts/passkey.html", form, account=account)


@blueprint.post("/sign-in/passkey/challenge")
@limits.when_sent(limits.PASSKEY)
@allow(*EVERYBODY)
def passkey_challenge() -> ResponseReturnValue:
    """What `navigator.credentials.get` is to be asked: for signing in, or for showing once more who one is."""
    here = _signed_in()
    account = here or sessions.half()
    if account is None:
        abort(401)
    have = queries.passkeys(reading(), account.id)
    if not have:
        raise NotFound
    with writing() as act:
        challenge = service.make_challenge(act, account, sessions.holder(), AGAIN if here else SIGN_IN)
    return jsonify(passkeys.asking(_site(), account, have, challenge))


@blueprint.post("/sign-in/passkey/without")
@allow(VISITOR)
def without_passkey() -> ResponseReturnValue:
    """In a demonstration, whose people are invented, anybody may go on without a passkey. Nowhere else."""
    if not porchlight().settings.demo:
        raise NotFound
    account = sessions.half()
    if account is None:
        return _to_sign_in()
    sessions.enter(account)
    return redirect(next_page(url_for("web.home")), 303)


@blueprint.route("/sign-in/again", methods=["GET", "POST"])
@limits.when_sent(limits.SIGN_IN)
@allow(*ACCOUNTS)
def sure() -> ResponseReturnValue:
    """Before passkeys are changed: is it still the same person? A passkey says so, or the password where none is."""
    account = access.own_account(reading())
    by_passkey = bool(queries.passkeys(reading(), account.id))
    form = AnswerForm() if by_passkey else PasswordForm()
    if request.method == "GET":
        form.next.data = next_page("")
    if form.validate_on_submit():
        try:
            if isinstance(form, AnswerForm):
                _answered(account, form, AGAIN)
            elif not passwords.matches(account.password_hash, form.password.data or ""):
                raise Refusal("old-password", "password")
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            sessions.make_sure()
            return redirect(next_page(url_for("accounts.own_passkeys")), 303)
    return _page("accounts/sure.html", form, account=account, by_passkey=by_passkey)


def _to_sure(target: str) -> ResponseReturnValue:
    return redirect(url_for("accounts.sure", next=target), 303)


# — Looking after passkeys —


@blueprint.get("/account/passkeys")
@allow(*ACCOUNTS)
def own_passkeys() -> ResponseReturnValue:
    return _list(NameForm())


def _list(form: Form, wrong: uuid.UUID | None = None) -> ResponseReturnValue:
    account = access.own_account(reading())
    return page(
        "accounts/passkeys.html",
        form,
        account=account,
        passkeys=queries.passkeys(reading(), account.id),
        must=rules.must_have_passkey(account.kind),
        most=rules.PASSKEYS_MOST,
        wrong=wrong,
    )


def _enrolling() -> Account | None:
    """Who may add a passkey now: who is signed in, or has shown the password and has none yet."""
    account = _signed_in() or sessions.half()
    if account is not None and actor().kind not in ACCOUNTS and queries.passkeys(reading(), account.id):
        return None
    return account


@blueprint.route("/account/passkeys/new", methods=["GET", "POST"])
@limits.when_sent(limits.PASSKEY)
@allow(*EVERYBODY)
def new_passkey() -> ResponseReturnValue:
    """Adding a passkey: the first one of who needs one is the second step of signing in."""
    account = _enrolling()
    if account is None:
        return _to_sign_in()
    is_signed_in = actor().kind in ACCOUNTS
    if is_signed_in and not sessions.is_sure():
        return _to_sure(url_for("accounts.new_passkey"))
    form = NewPasskeyForm()
    if request.method == "GET":
        form.next.data = next_page("")
        form.name.data = _("Passkey %(number)d", number=len(queries.passkeys(reading(), account.id)) + 1)
    if form.validate_on_submit():
        try:
            if not form.answer.data:
                raise Refusal("no-answer")
            new = passkeys.enrolled(_site(), account, form.answer.data, _taken(account, ENROL))
            with writing() as act:
                account = service.add_passkey(act, account.id, new, form.name.data or "", is_first=not is_signed_in)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            if is_signed_in:
                sessions.go_on(account)
            else:
                sessions.enter(account)
            flash(_("Your passkey “%(name)s” is added.", name=form.name.data), "success")
            return redirect(url_for("accounts.own_passkeys"), 303)
    return _page(
        "accounts/new_passkey.html",
        form,
        account=account,
        is_signed_in=is_signed_in,
        must=rules.must_have_passkey(account.kind),
    )


@blueprint.post("/account/passkeys/new/challenge")
@limits.when_sent(limits.PASSKEY)
@allow(*EVERYBODY)
def new_passkey_challenge() -> ResponseReturnValue:
    """What `navigator.credentials.create` is to be asked."""
    account = _enrolling()
    if account is None or (actor().kind in ACCOUNTS and not sessions.is_sure()):
        abort(401)
    have = queries.passkeys(reading(), account.id)
    with writing() as act:
        challenge = service.make_challenge(act, account, sessions.holder(), ENROL)
    return jsonify(passkeys.enrolling(_site(), account, have, challenge))


@blueprint.post("/account/passkeys/<uuid:passkey_id>/rename")
@allow(*ACCOUNTS)
def rename_passkey(passkey_id: uuid.UUID) -> ResponseReturnValue:
    access.own_passkey(reading(), passkey_id)
    form = NameForm()
    if not form.validate_on_submit():
        return _list(form, wrong=passkey_id)
    with writing() as act:
        service.rename_passkey(act, passkey_id, form.name.data or "")
    flash(_("It is called “%(name)s” now.", name=form.name.data), "success")
    return redirect(url_for("accounts.own_passkeys"), 303)


@blueprint.post("/account/passkeys/<uuid:passkey_id>/remove")
@allow(*ACCOUNTS)
def remove_passkey(passkey_id: uuid.UUID) -> ResponseReturnValue:
    name = access.own_passkey(reading(), passkey_id).name
    if not sessions.is_sure():
        return _to_sure(url_for("accounts.own_passkeys"))
    form = NameForm()
    try:
        with writing() as act:
            account = service.remove_passkey(act, passkey_id)
    except Refusal as refusal:
        form.refuse(refusal, WORDS)
        return _list(form)
    sessions.go_on(account)
    flash(_("The passkey “%(name)s” is removed, and you are signed out everywhere else.", name=name), "success")
    return redirect(url_for("accounts.own_passkeys"), 303)

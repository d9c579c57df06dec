"""Pages for joining, signing in and looking after one's own account; invitations for the operator."""

from typing import Any

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import Email, EqualTo

from portal import codes, mail
from portal.accounts import access, passwords, queries, rules, service, sessions
from portal.accounts.models import Account
from portal.db import Act, Refusal
from portal.web import limits
from portal.web.access import ACCOUNTS, EVERYBODY, OPERATOR, VISITOR, allow
from portal.web.context import porchlight, reading, writing
from portal.web.forms import Form, at_most, page, required, strip
from portal.web.pages import next_page

blueprint = Blueprint("accounts", __name__)

WORDS: dict[str, Any] = {
    "password-short": _l("At least %(least)d characters, please. Three or four plain words work well."),
    "password-long": _l("At most %(most)d characters, please."),
    "password-obvious": _l("This is too easy to guess from your name or address. Three or four plain words work well."),
    "invitation-unusable": _l(
        "This code is unknown, used up or too old. Check the letter for typing mistakes, or ask the town for a new one."
    ),
    "agency-domain": _l("Addresses of an agency cannot open this kind of account. Please use your private address."),
    "email-taken": _l("There is an account with this address already. Sign in, or reset its password."),
    "link-unusable": _l("This link has been used or is too old."),
    "wrong": _l("Address and password do not match. Check both, or reset your password."),
    "unconfirmed": _l("Please confirm your address first: the link is in the mail we sent you."),
    "old-password": _l("That is not your present password."),
}


class SignInForm(Form):
    email = EmailField(_l("E-mail address"), [required(), at_most(320)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("Password"), [required(), at_most(rules.PASSWORD_MOST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class JoinForm(Form):
    code = StringField(
        _l("Invitation code"),
        [required(), at_most(40)],
        description=_l("From your household's letter, like 7K3M-9QX2-AB4D."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    name = StringField(_l("Your name"), [required(), at_most(80)], [strip], render_kw={"autocomplete": "name"})
    email = EmailField(
        _l("E-mail address"),
        [required(), at_most(320), Email(_l("This does not look like an e-mail address: name@example.org"))],
        [strip],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        _l("Password"),
        [required(), at_most(rules.PASSWORD_MOST)],
        description=_l("At least 10 characters. Three or four plain words work well."),
        render_kw={"autocomplete": "new-password"},
    )


class EmailForm(Form):
    email = EmailField(_l("E-mail address"), [required(), at_most(320)], [strip], render_kw={"autocomplete": "email"})


class NewPasswordForm(Form):
    password = PasswordField(
        _l("New password"),
        [required(), at_most(rules.PASSWORD_MOST)],
        description=_l("At least 10 characters. Three or four plain words work well."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("The same again"),
        [required(), EqualTo("password", _l("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    old = PasswordField(_l("Present password"), [required()], render_kw={"autocomplete": "current-password"})


class HouseholdForm(Form):
    address = StringField(_l("Address"), [required(), at_most(200)], [strip])


def post_letter(act: Act, letter: service.Letter) -> None:
    """Mail a one-time link. Subjects say nothing about anybody."""
    town = porchlight().settings.town_name
    base = porchlight().settings.address
    endpoint = "accounts.confirm" if letter.purpose == "confirm" else "accounts.reset"
    link = base + url_for(endpoint, token=letter.token)
    greeting = _("Hello %(name)s,", name=letter.name)
    subject, words = {
        "confirm": (
            _("Confirm your address"),
            _("please confirm that this address is yours, within three days:"),
        ),
        "reset": (
            _("Choose a new password"),
            _("someone, probably you, asked for a new password. Choose it here, within an hour:"),
        ),
        "welcome": (
            _("Your work account"),
            _("a work account was opened for you. Choose its password here, within seven days:"),
        ),
        "anew": (
            _("Your account begins anew"),
            _(
                "the operator has taken away your passkeys, as was asked, and all sessions have ended. Choose a new"
                " password here, within seven days; then you can add a passkey of the device that you use now:"
            ),
        ),
    }[letter.purpose]
    closing = _("If you did not ask for this, you need not do anything.")
    mail.send(act, letter.email, f"{subject} · {town}", f"{greeting}\n\n{words}\n\n{link}\n\n{closing}\n")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limits.when_sent(limits.SIGN_IN)
@allow(*EVERYBODY)
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if request.method == "GET":
        form.next.data = next_page("")
    if form.validate_on_submit():
        account = queries.by_email(reading(), form.email.data or "")
        good = passwords.matches(account.password_hash if account else passwords.UNKNOWN, form.password.data or "")
        if account is None or not good:
            form.refuse(Refusal("wrong"), WORDS)
        elif account.confirmed_at is None:
            form.refuse(Refusal("unconfirmed"), WORDS)
        else:
            return _after_password(account)
    return page("accounts/sign_in.html", form)


def _after_password(account: Account) -> ResponseReturnValue:
    """To where the person wanted to go, or first to the page that asks for a passkey or makes the first one."""
    target = next_page("") or None
    if queries.passkeys(reading(), account.id):
        sessions.begin(account)
        return redirect(url_for("accounts.passkey", next=target), 303)
    if rules.must_have_passkey(account.kind):
        sessions.begin(account)
        return redirect(url_for("accounts.new_passkey", next=target), 303)
    sessions.enter(account)
    return redirect(target or url_for("web.home"), 303)


@blueprint.post("/sign-out")
@allow(*EVERYBODY)
def sign_out() -> ResponseReturnValue:
    sessions.leave()
    return redirect(url_for("web.home"), 303)


@blueprint.route("/join", methods=["GET", "POST"])
@limits.when_sent(limits.JOIN)
@allow(VISITOR)
def join() -> ResponseReturnValue:
    form = JoinForm()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")
    if form.validate_on_submit():
        email, name, password = form.email.data or "", form.name.data or "", form.password.data or ""
        try:
            rules.check_password(password, email, name)
            access.invitation(reading(), form.code.data or "")  # before the costly hashing
            password_hash = passwords.hashed(password)
            with writing() as act:
                _account, letter = service.join(act, form.code.data or "", email, name, password_hash)
                post_letter(act, letter)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            return render_template("accounts/check_mail.html", email=email)
    return page("accounts/join.html", form)


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(*EVERYBODY)
def confirm(token: str) -> ResponseReturnValue:
    """A link in mail is opened by scanners too, so opening it changes nothing: the button does."""
    form = Form()
    if form.validate_on_submit():
        try:
            with writing() as act:
                service.confirm(act, token)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            flash(_("Thank you, your address is confirmed. You can sign in now."), "success")
            return redirect(url_for("accounts.sign_in"), 303)
    elif request.method == "GET" and queries.open_link(reading(), token, "confirm") is None:
        form.refuse(Refusal("link-unusable"), WORDS)
    return page("accounts/confirm.html", form)


@blueprint.route("/confirm", methods=["GET", "POST"])
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(VISITOR)
def confirm_again() -> ResponseReturnValue:
    form = EmailForm()
    if form.validate_on_submit():
        with writing() as act:
            letter = service.send_confirmation_again(act, form.email.data or "")
            if letter is not None:
                post_letter(act, letter)
        return render_template("accounts/check_mail.html", email=form.email.data)
    return page("accounts/confirm_again.html", form)


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(VISITOR)
def forgotten() -> ResponseReturnValue:
    form = EmailForm()
    if form.validate_on_submit():
        with writing() as act:
            letter = service.forgot_password(act, form.email.data or "")
            if letter is not None:
                post_letter(act, letter)
        return render_template("accounts/check_mail.html", email=form.email.data)  # the same, account or not
    return page("accounts/forgotten.html", form)


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@limits.when_sent(limits.ONE_TIME_LINK)
@allow(*EVERYBODY)
def reset(token: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    usable = queries.open_link(reading(), token, *rules.PASSWORD_LINKS)
    if usable is None:
        form.refuse(Refusal("link-unusable"), WORDS)
    elif form.validate_on_submit():
        account = queries.account(reading(), usable.account_id)
        try:
            if account is not None:
                rules.check_password(form.password.data or "", account.email, account.name)
            password_hash = passwords.hashed(form.password.data or "")
            with writing() as act:
                service.reset_password(act, token, password_hash)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            sessions.leave()
            flash(_("Your new password is set, and all sessions have ended. Please sign in."), "success")
            return redirect(url_for("accounts.sign_in"), 303)
    return page("accounts/reset.html", form, usable=usable is not None)


@blueprint.get("/account")
@allow(*ACCOUNTS)
def show() -> ResponseReturnValue:
    account = access.own_account(reading())
    address = queries.household_address(reading(), account.household_id) if account.household_id else None
    count = len(queries.passkeys(reading(), account.id))
    return render_template("accounts/show.html", account=account, address=address, passkeys=count)


@blueprint.route("/account/password", methods=["GET", "POST"])
@limits.when_sent(limits.SIGN_IN)
@allow(*ACCOUNTS)
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        account = access.own_account(reading())
        try:
            if not passwords.matches(account.password_hash, form.old.data or ""):
                raise Refusal("old-password", "old")
            rules.check_password(form.password.data or "", account.email, account.name)
            password_hash = passwords.hashed(form.password.data or "")
            with writing() as act:
                account = service.change_password(act, password_hash)
        except Refusal as refusal:
            form.refuse(refusal, WORDS)
        else:
            sessions.go_on(account)
            flash(_("Your password is changed. You are signed out everywhere else."), "success")
            return redirect(url_for("accounts.show"), 303)
    return page("accounts/password.html", form)


@blueprint.post("/account/sessions/end")
@allow(*ACCOUNTS)
def end_sessions() -> ResponseReturnValue:
    with writing() as act:
        account = service.end_sessions(act)
    sessions.go_on(account)
    flash(_("You are signed out on all other devices."), "success")
    return redirect(url_for("accounts.show"), 303)


@blueprint.route("/operator/invitations", methods=["GET", "POST"])
@allow(OPERATOR)
def invitations() -> ResponseReturnValue:
    """Households, and one letter to print for each that is chosen. A code is shown once, on the sheet."""
    form = HouseholdForm()
    if form.validate_on_submit():
        address = form.address.data or ""
        if any(
            household.address.casefold() == address.casefold() for household, _r, _i in queries.households(reading())
        ):
            form.address.errors = [_("This household is in the list already.")]
        else:
            with writing() as act:
                service.add_household(act, address)
            flash(_("%(address)s is in the list.", address=address), "success")
            return redirect(url_for("accounts.invitations"), 303)
    return page("accounts/invitations.html", form, households=queries.households(reading()))


@blueprint.post("/operator/invitations/print")
@allow(OPERATOR)
def print_invitations() -> ResponseReturnValue:
    chosen = request.form.getlist("household")
    known = {str(household.id): household for household, _r, _i in queries.households(reading())}
    if not chosen or any(key not in known for key in chosen):
        abort(400)
    letters = []
    base = porchlight().settings.address
    with writing() as act:
        made = [(known[key], service.invite_household(act, known[key].id)) for key in chosen]
    for household, code in made:
        address = base + url_for("accounts.join", code=code)
        picture = Markup(segno.make_qr(address, error="m").svg_inline(scale=4, border=2, svgclass="qr__svg"))
        letters.append({"address": household.address, "code": codes.groups(code), "qr": picture})
    return render_template(
        "accounts/invitation_letters.html",
        letters=letters,
        join_address=base + url_for("accounts.join"),
        days=rules.INVITATION_DAYS,
        uses=rules.INVITATION_USES,
    )

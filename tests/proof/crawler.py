"""A browser that finds every link and every form of a page by itself, and what can be typed into them."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml import html
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from tests import factories as make
from tests.helpers import Town

HOST = "http://localhost"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CONTROLS = ("input", "select", "textarea", "button")
TEXTS = ("text", "search", "email", "tel", "url", "password", "textarea", "hidden")
CURSORS = {"before", "after", "cell", "next", "reply", "day", "month"}  # of which a page may offer any number


@dataclass(frozen=True)
class Field:
    """One control of a form. `options`: what can be chosen in it, the empty choice too."""

    name: str
    kind: str
    value: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A link, a form, or something for htmx. `names`: what its controls are called, to eyes and in the markup."""

    method: str
    url: str
    fields: tuple[Field, ...] = ()
    names: str = ""
    htmx: bool = False

    @property
    def shape(self) -> tuple[Any, ...]:
        """The same for offers that differ in an id or a cursor alone."""
        parts = urlsplit(self.url)
        asked = tuple(pair for pair in parse_qsl(parts.query) if pair[0] not in CURSORS and not ID.search(pair[1]))
        return self.method, ID.sub("{id}", parts.path), asked, tuple(one.name for one in self.fields), self.htmx


def offers(page: str, url: str) -> list[Offer]:
    """All that an HTML page, or a part of one, lets its reader ask for on this server: followed or sent by browsers,
    loaded by them, or done by htmx. In the page's order, each once."""
    root = html.fromstring(page) if page.strip() else html.Element("p")
    found: dict[Offer, None] = {}
    for tag in root.iter():
        if not isinstance(tag.tag, str):
            continue
        for name in ("href", "src", "poster", "data"):
            if (target := here(tag.get(name), url)) is not None:
                found[Offer("GET", target)] = None
        for method in ("get", "post", "put", "patch", "delete"):
            if (target := here(tag.get(f"hx-{method}"), url)) is not None:
                form = tag if tag.tag == "form" else next(tag.iterancestors("form"), None)
                sent = form is not None and (method != "get" or form is tag)
                fields = fields_of(controls(form, root)) if sent else ()
                found[Offer(method.upper(), target, fields, names(form if sent else tag), htmx=True)] = None
        if tag.tag == "form":
            found |= dict.fromkeys(sent_by(tag, url, root))
    return list(found)


def here(target: str | None, url: str) -> str | None:
    """The address on this server that `target` means on the page at `url`; None for what is elsewhere, or static."""
    if target is None or target.startswith(("#", "data:", "blob:", "mailto:", "tel:", "sms:")):
        return None
    parts = urlsplit(urljoin(HOST + url, target))
    if f"{parts.scheme}://{parts.netloc}" not in (HOST, "http://127.0.0.1:8000") or parts.path.startswith("/static/"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def controls(form: Any, root: Any) -> list[Any]:
    return [*form.iter(*CONTROLS), *(one for one in root.iter(*CONTROLS) if one.get("form") == form.get("id", "-"))]


def sent_by(form: Any, url: str, root: Any) -> Iterator[Offer]:
    """A form as it can be sent: to its own address, and to that of each button that has another."""
    inside, method = controls(form, root), form.get("method", "get").upper()
    targets = {(method, form.get("action") or url)}
    targets |= {(one.get("formmethod", method).upper(), one.get("formaction", "")) for one in inside}
    for how, target in sorted(targets):
        if target and (address := here(target, url)) is not None:
            yield Offer(how, address, fields_of(inside), names(form))


def fields_of(inside: list[Any]) -> tuple[Field, ...]:
    """Radio buttons and boxes of one name are one field with several options."""
    fields: dict[str, Field] = {}
    for one in filter(None, map(control_of, inside)):
        known = fields.get(one.name)
        value = (known.value if known else "") or one.value
        fields[one.name] = Field(one.name, one.kind, value, (known.options if known else ()) + one.options)
    return tuple(fields.values())


def control_of(tag: Any) -> Field | None:
    name, kind = tag.get("name"), tag.get("type", "text") if tag.tag == "input" else tag.tag
    if not name or tag.get("disabled") is not None or name == "csrf_token":
        return None
    if kind == "select":
        options = tuple(option.get("value", option.text or "") for option in tag.iter("option"))
        chosen = [option.get("value", "") for option in tag.iter("option") if option.get("selected") is not None]
        return Field(name, kind, (chosen or options or ("",))[0], options)
    if kind in ("radio", "checkbox"):
        value = tag.get("value", "on")
        options = (value,) if kind == "radio" else ("", value)
        return Field(name, kind, value if tag.get("checked") is not None else "", options)
    if kind == "textarea":
        return Field(name, kind, (tag.text or "").strip())
    if kind == "button" or kind in ("submit", "image"):
        return Field(name, "button", tag.get("value", ""), (tag.get("value", ""),))
    return Field(name, kind, tag.get("value", ""))


def names(form: Any) -> str:
    """What a form and its controls are called: labels, buttons, options, and their names in the markup. Not its hints,
    and nothing that somebody typed."""
    said = [form.get(name, "") for name in ("action", "id", "name", "hx-post", "aria-label")]
    for one in form.iter(*CONTROLS, "label", "legend", "option"):
        said += [one.get(name, "") for name in ("name", "id", "placeholder", "aria-label", "formaction")]
        if one.tag in ("button", "label", "legend", "option"):
            said += [*one.itertext(), one.get("value", "")]
        elif one.get("type") in ("submit", "radio", "checkbox"):
            said.append(one.get("value", ""))
    return " ".join(" ".join(said).split())


@dataclass
class Crawler:
    """A session of `account` (None: a visitor). Everything that it is answered goes through `look`."""

    town: Town
    account: Account | None
    look: Callable[[str, TestResponse], None]
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sign_in()

    def _sign_in(self) -> None:
        account = self.account
        if account is not None:
            with self.town.reading() as act:
                account = act.session.get_one(Account, account.id)  # its key changes with its password
        self.browser = self.town.browser(account)
        self._token = self.browser.token()

    def get(self, url: str, htmx: bool = False) -> TestResponse:
        return self._follow("GET", url, {"HX-Request": "true"} if htmx else {})

    def send(self, offer: Offer, values: dict[str, Any]) -> TestResponse:
        """A form as a browser sends it. A file's value is its bytes."""
        if offer.method == "GET":
            path, _, query = offer.url.partition("?")
            plain = {name: value for name, value in values.items() if isinstance(value, str)}
            return self.get(f"{path}?{urlencode(dict(parse_qsl(query)) | plain)}", offer.htmx)
        data = {name: (io.BytesIO(v), "file.jpg") if isinstance(v, bytes) else v for name, v in values.items()}
        headers = {"X-CSRFToken": self._token} | ({"HX-Request": "true"} if offer.htmx else {})
        return self._follow(offer.method, offer.url, headers, data=data, content_type="multipart/form-data")

    def _follow(self, method: str, url: str, headers: dict[str, str], **kwargs: Any) -> TestResponse:
        for _hop in range(5):
            self.asked.append(f"{method} {url}")
            response = self.browser.client.open(url, method=method, headers=headers, **kwargs)
            self.look(f"{method} {url}", response)
            target = response.headers.get("Location") or response.headers.get("HX-Redirect")
            if target is None or (onward := here(target, url)) is None:
                break
            if onward.startswith("/sign-in") and self.account is not None:
                self._sign_in()
                break
            method, url, kwargs = "GET", onward, {}
        return response


def plausible(town: Town, one: Field) -> Any:
    """What somebody would put there."""
    soon = town.clock.now() + timedelta(days=2)
    values = {
        "email": "someone@maple.example",
        "tel": "555 0100",
        "url": "https://maple.example/",
        "number": one.value or "1",
        "date": f"{soon:%Y-%m-%d}",
        "time": "18:30",
        "datetime-local": f"{soon:%Y-%m-%dT%H:%M}",
        "month": f"{soon:%Y-%m}",
        "password": "three plain words",
        "file": make.jpeg(64, 48),
        "hidden": one.value,
    }
    if one.kind == "checkbox":
        return one.value
    if one.kind in ("select", "radio", "button"):
        return one.value or next(filter(None, one.options), "")
    return values.get(one.kind, one.value or "Ordinary words")

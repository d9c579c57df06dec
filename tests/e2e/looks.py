"""Looking at a page as its users do: with a screen reader's eyes (axe), on a phone, in the dark."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 AA and what axe calls best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # all that is another in the dark
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

# Colours fade from one scheme to the other: what is between them is nobody's page.
SETTLED = """() => new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))
  .then(() => Promise.allSettled(document.getAnimations().map(animation => animation.finished)))"""


def look_at(page: Page, rules: list[str] = RULES) -> None:
    """Fails when axe finds anything on the page as it stands, or when it is wider than the screen."""
    for _look in range(3):  # what a live page is just exchanging is looked at again; what is wrong stays wrong
        found = _violations(page, rules)
        if not found:
            break
        page.evaluate(SETTLED)
        page.wait_for_timeout(300)
    told = [
        f"{violation['id']}: {violation['help']}\n    " + "\n    ".join(node["html"] for node in violation["nodes"])
        for violation in found
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the screen"


def _violations(page: Page, rules: list[str]) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    return page.evaluate("async options => (await axe.run(document, options)).violations", options)


def look_in_every_way(page: Page) -> None:
    """The same on a phone and on a desk, in light and in dark."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            look_at(page, rules)


# A security key that is always at hand and knows its person; Chromium plays it.
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
_made: dict[tuple[str, str], dict[str, Any]] = {}


def security_key(page: Page, holds: dict[str, Any] | None = None, **unlike: Any) -> Callable[[], list[dict[str, Any]]]:
    """Put a security key into the page's machine, with a passkey on it if there is one; gives what it holds. `unlike`
    says in what it differs from `KEY`."""
    machine = page.context.new_cdp_session(page)
    machine.send("WebAuthn.enable")
    key = machine.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | unlike})
    if holds is not None:
        machine.send("WebAuthn.addCredential", {**key, "credential": holds})
    return lambda: machine.send("WebAuthn.getCredentials", key)["credentials"]


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """By password, and by passkey where one is asked for: the first time it is made, and it is kept for the next."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: not address.partition("?")[0].endswith("/sign-in"))
    if page.locator("form[data-passkey]").count():
        held = security_key(page, _made.get((url, email)))
        asked = page.url
        page.locator("[data-passkey-button] button").click()
        page.wait_for_url(lambda address: address != asked)
        _made[url, email] = held()[0]

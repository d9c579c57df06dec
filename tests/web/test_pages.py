"""The front page, and that a link to us never leads elsewhere."""

from urllib.parse import quote, urljoin, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.web.pages import next_page
from tests import factories, people
from tests.helpers import PASSWORD, Town

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "evil.example",
    "@evil.example",
]


def test_signing_in_never_leads_to_another_site(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    for target in ELSEWHERE:
        page = town.browser().get(f"/sign-in?next={quote(target)}")
        assert page.soup.find("input", {"name": "next"}).get("value", "") == "", target
    for target in ("//evil.example", "https://evil.example/"):
        typed = {"email": rosa.email, "password": PASSWORD}
        page = town.browser().post(f"/sign-in?next={quote(target)}", typed)
        assert (page.status, page.location) == (303, "/"), target
        page = town.browser().post("/sign-in", typed | {"next": target})
        assert (page.status, page.location) == (303, "/"), target


def test_accepting_the_guidelines_never_leads_to_another_site(town: Town) -> None:
    browser = town.browser(factories.resident(town, "Rosa"))
    for target in ELSEWHERE:
        page = browser.post("/guidelines", {"next": target})
        assert (page.status, page.location) == (303, "/feed"), target


def test_signing_in_leads_back_to_the_page_that_was_wanted(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    browser = town.browser()
    wanted = "/devices?before=abc&x=1"
    first = browser.get(browser.get(wanted).location)
    value = first.soup.find("input", {"name": "next"})["value"]
    assert value == wanted
    page = browser.post("/sign-in", {"email": rosa.email, "password": PASSWORD, "next": value})
    assert page.location == wanted


def as_a_browser_reads_it(target: str) -> str:
    """The host that a browser would go to (WHATWG URL): it drops tabs and line ends, and takes \\ for /."""
    cleaned = target.strip("".join(map(chr, range(33))))
    for sign in "\t\r\n":
        cleaned = cleaned.replace(sign, "")
    return urlsplit(urljoin("https://maple.example/sign-in", cleaned.replace("\\", "/"))).netloc


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(st.sampled_from("/\\:@.?#%\t\n\r \x00ahttps"), max_size=12) | st.text(max_size=12))
def test_no_target_that_we_follow_is_on_another_host(town: Town, target: str) -> None:
    with town.app.test_request_context("/sign-in", query_string={"next": target}):
        chosen = next_page("/otherwise")
    assert as_a_browser_reads_it(chosen) == "maple.example"


def test_the_front_page_is_for_everybody_and_leads_a_resident_to_the_feed(town: Town) -> None:
    cast = people.everybody(town)
    for who in (None, cast.officer, cast.mod, cast.operator, cast.legal, cast.auditor):
        assert town.browser(who).get("/").status == 200
    page = town.browser(cast.rosa).get("/")
    assert (page.status, page.location) == (302, "/feed")

"""htmx gets fragments, and is sent elsewhere as a whole page."""

from tests import factories
from tests.helpers import Town


def test_a_session_that_ran_out_sends_the_whole_page_to_sign_in(town: Town) -> None:
    page = town.browser().get("/devices/live?after=3", htmx=True)
    assert page.status == 200
    assert page.response.headers["HX-Redirect"] == "/sign-in?next=/devices/live?after%3D3"
    assert page.text == ""


def test_a_form_sent_by_htmx_after_the_session_ran_out_leads_back_to_its_page_where_a_draft_waits(town: Town) -> None:
    browser = town.browser()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/posts/new", "X-CSRFToken": browser.token()}
    answer = browser.client.post("/posts/new", data={"body": "A long story"}, headers=headers)
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/posts/new"


def test_a_redirect_after_a_form_sent_by_htmx_is_one_of_the_whole_page(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    street = str(factories.street(town).id)
    fields = {"body": "Hello", "category": "good", "audience": "neighbours", "street": street}
    page = town.browser(rosa).post("/posts/new", fields, htmx=True)
    assert page.response.headers["HX-Redirect"].startswith("/posts/")
    assert "Location" not in page.response.headers


def test_caches_keep_fragment_and_page_apart(town: Town) -> None:
    for htmx in (False, True):
        assert "HX-Request" in town.browser().get("/feed", htmx=htmx).response.vary


def test_more_rows_come_alone_for_htmx_and_as_a_page_without_script(town: Town) -> None:
    for number in range(45):
        factories.street(town, f"Lane {number}")
        factories.agency(town, f"office-{number}", "government", f"Office {number}") if number == 0 else None
    with town.acting() as act:
        from portal.audit.service import record

        for _ in range(45):
            record(act, "appeal.upheld", None, {"rule": "R5"})
    more = town.browser().get("/ledger").soup.find("a", rel="next")["href"]
    rows, page = town.browser().get(more, htmx=True), town.browser().get(more)
    assert "<html" not in rows.text
    assert "<html" in page.text
    assert rows.soup.select("li.ledger__row")
    assert len(rows.soup.select("li.ledger__row")) == len(page.soup.select("li.ledger__row"))

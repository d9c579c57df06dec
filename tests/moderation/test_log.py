"""The public log: every decision with its rule and its reason, and nothing of anybody."""

import csv
import io
from datetime import UTC, datetime

import pytest

from portal.accounts.models import Account
from portal.audit.service import record
from portal.moderation import queries, views
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import ASKS, BODY, REASON, appeal, crowd, decide, hold, report
from tests.people import Cast

COMMENT = "What a nasty thing to say."
APPEAL = "I was there and saw it."


@pytest.fixture
def decided(town: Town, cast: Cast, second: Account) -> dict[str, object]:
    """One of everything."""
    removed = factories.post(town, cast.rosa, body=BODY)
    comment = factories.comment(town, cast.ben, removed, COMMENT)
    hidden = factories.post(town, cast.rosa, body="The hidden one.")
    held = hold(town, cast.rosa, "The held one.")
    text = factories.agency_post(town, cast.officer, "maple-police", title="A refused title", body=ASKS)
    report(town, cast.rosa, comment)
    report(town, cast.ben, removed)
    for who in (cast.ben, *crowd(town, 2)):
        report(town, who, hidden)
    town.later(minutes=20)
    decide(town, cast.mod, comment, "warn", "R5", reason="Unkind to a person.")
    decide(town, cast.mod, removed, "remove", "R5", reason="A look is no deed.", days=7)
    decide(town, cast.mod, hidden, "leave", reason="It says what was done.")
    decide(town, cast.mod, held, "remove", "R5", why="held", reason="Held for a look.")
    decide(town, cast.mod, text, "remove", "R1", why="agency", reason="It asks for clips.")
    appeal(town, cast.rosa, removed, APPEAL)
    town.later(minutes=30)
    decide(town, second, removed, "overturned", why="appeal", reason="It was about an act.")
    return {"removed": removed, "comment": comment, "hidden": hidden, "held": held, "text": text}


REASONS = (
    "Unkind to a person.",
    "A look is no deed.",
    "It says what was done.",
    "Held for a look.",
    "It asks for clips.",
    "It was about an act.",
)


def test_everybody_reads_every_decision_and_nothing_of_anybody(
    town: Town, cast: Cast, decided: dict[str, object]
) -> None:
    secrets = [BODY, COMMENT, APPEAL, REASON, ASKS, "The hidden one", "The held one", "A refused title"]
    secrets += ["Rosa", "Ben", "Nora", "Omar", "Maple Street", "Marisol", "Theo"]
    secrets += [str(what.id) for what in decided.values()]  # type: ignore[attr-defined]
    for who in (None, *cast.accounts().values()):
        page = town.browser(who).get("/moderation/log")
        table = town.browser(who).client.get("/moderation/log.csv").get_data(as_text=True)
        for text in (" ".join(page.soup.main.get_text(" ").split()), table):
            assert [words for words in REASONS if words not in text] == []
            assert [secret for secret in secrets if secret in text] == []


def test_the_log_counts_by_week_rule_outcome_and_kind(town: Town, cast: Cast, decided: dict[str, object]) -> None:
    with town.reading() as act:
        totals = queries.totals(act)
    (week,) = totals.weeks
    assert week.begins == datetime(2026, 5, 11, tzinfo=UTC), "a Monday"
    assert week.counts == {
        ("agency_post", "R1", "remove"): 1,
        ("comment", "R5", "warn"): 1,
        ("person", "R5", "suspend"): 1,
        ("post", "", "hidden"): 1,
        ("post", "", "leave"): 1,
        ("post", "R5", "overturned"): 1,
        ("post", "R5", "remove"): 2,
    }
    assert (totals.decisions, totals.appeals, totals.upheld, totals.overturned) == (7, 1, 0, 1)
    assert totals.minutes == 20, "the median of five times 20 and once 30"
    page = town.browser().get("/moderation/log")
    assert "20 min" in page.words and "2026-05-11" in page.words


def test_weeks_go_and_the_list_stays(town: Town, cast: Cast, decided: dict[str, object]) -> None:
    town.later(weeks=queries.WEEKS)
    with town.reading() as act:
        assert queries.totals(act).weeks == []
    assert "A look is no deed." in town.browser().get("/moderation/log").words


def test_the_log_is_read_page_by_page_and_downloaded_whole(
    town: Town, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CSV_BATCH", 30)
    with town.acting() as act:
        for number in range(views.PAGE + 25):
            facts = {
                "subject": "post",
                "why": "reported",
                "outcome": "leave",
                "rule": "",
                "reason": f"Reason {number}.",
            }
            record(act, "case.left", None, facts | {"minutes": 5})
    browser = town.browser()
    first = browser.get("/moderation/log")
    more = first.soup.find("a", rel="next")["href"]
    rest = browser.get(more, htmx=True)
    assert "<html" not in rest.text
    rows = [row.get_text() for page in (first, rest) for row in page.soup.select(".ledger__text + p")]
    assert rows == [f"Reason {number}." for number in reversed(range(views.PAGE + 25))]
    table = list(csv.DictReader(io.StringIO(browser.client.get("/moderation/log.csv").get_data(as_text=True))))
    assert [row["reason"] for row in table] == rows
    assert browser.get("/moderation/log?before=nonsense").status == 400


def test_a_spreadsheet_finds_no_formula_in_it(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    decide(town, cast.mod, post, "leave", reason='=HYPERLINK("evil")')
    response = town.browser().client.get("/moderation/log.csv")
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(response.get_data(as_text=True)))
    assert row["reason"] == """'=HYPERLINK("evil")"""


def test_a_log_of_nothing_says_so(town: Town) -> None:
    assert "No decision yet" in town.browser().get("/moderation/log").words

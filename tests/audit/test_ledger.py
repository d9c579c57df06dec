"""The ledger: written with the act or not at all, and read by anybody."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Household
from portal.audit import views
from portal.audit.models import LedgerEntry
from portal.audit.queries import public_entries
from portal.audit.service import record
from portal.db import new_id
from portal.web.pagination import decode
from tests import factories, people
from tests.helpers import Town

ACTS = views.ACTS
PORTAL = Path(views.__file__).resolve().parents[1]


def entries(town: Town) -> list[LedgerEntry]:
    with town.reading() as act:
        return list(act.session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq)))


def test_an_act_and_its_entry_stand_together_or_not_at_all(town: Town) -> None:
    with pytest.raises(ZeroDivisionError), town.acting() as act:
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=act.now))
        record(act, "appeal.upheld", None, {"rule": "R5"})
        act.session.flush()
        raise ZeroDivisionError
    with town.reading() as act:
        assert act.session.scalar(select(func.count()).select_from(Household)) == 0
    assert entries(town) == []

    with town.acting() as act:
        household = Household(id=new_id(), address="1 Maple Street", created_at=act.now)
        act.session.add(household)
        record(act, "household.added", household)
    (entry,) = entries(town)
    assert (entry.kind, entry.actor_kind, entry.subject_kind, entry.subject_id) == (
        "household.added",
        "system",
        "household",
        household.id,
    )
    assert (entry.public, entry.facts, entry.at) == (False, {}, town.clock.now())


def test_numbers_are_given_once_even_after_a_failure(town: Town) -> None:
    for number in range(5):
        if number == 2:
            with pytest.raises(ZeroDivisionError), town.acting() as act:
                record(act, "appeal.upheld", None, {})
                act.session.flush()
                raise ZeroDivisionError
        with town.acting() as act:
            record(act, "appeal.upheld", None, {"rule": "R5"})
    assert [entry.seq for entry in entries(town)] == [1, 2, 3, 4, 5]


def test_an_entry_says_who_acted(town: Town) -> None:
    cast = people.everybody(town)
    with town.acting(cast.mod) as act:
        record(act, "appeal.upheld", None, {"rule": "R5"})
    entry = entries(town)[-1]
    assert (entry.actor_kind, entry.actor_id) == ("moderator", cast.mod.id)


def test_anybody_reads_what_is_public_and_nobody_what_is_not(town: Town) -> None:
    cast = people.everybody(town)
    post = factories.post(town, cast.rosa, body="Somebody left the gate open.")
    with town.acting(cast.mod) as act:
        record(act, "appeal.upheld", None, {"rule": "R5"})
    for who in (None, *cast.accounts().values()):
        page = town.browser(who).get("/ledger")
        assert page.status == 200
        main = page.soup.main.get_text(" ")
        assert "looked at an appeal, and the decision stands" in main
        assert "A moderator" in main
        for secret in (str(post.id), "gate open", "Maple Street", "Rosa", cast.rosa.email, "Marisol"):
            assert secret not in main
        with town.reading() as act:
            shown = public_entries(act, None, 1000)
        assert all(entry.public for entry in shown)
        assert len(page.soup.select(".ledger__row")) == min(len(shown), views.PAGE)


def test_an_empty_ledger_says_so(town: Town) -> None:
    assert "Nothing has been recorded yet" in town.browser().get("/ledger").words


def recorded_in_public() -> set[str]:
    """Every kind that the code records with facts for everybody: `record(act, "kind", subject, {…})`. Of a kind that is
    put together, each way to begin it; of one in a variable, every kind that its function names."""
    found = set()
    for path in PORTAL.rglob("*.py"):
        functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        for function in functions:
            for node in ast.walk(function):
                if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record"):
                    continue
                named = {word.arg: word.value for word in node.keywords}
                facts = node.args[3] if len(node.args) > 3 else named.get("public_facts")
                if facts is None or (isinstance(facts, ast.Constant) and facts.value is None):
                    continue
                kind = node.args[1] if len(node.args) > 1 else named["kind"]
                if isinstance(kind, ast.Constant):
                    found.add(kind.value)
                elif isinstance(kind, ast.JoinedStr) and isinstance(kind.values[0], ast.Constant):
                    found.add(kind.values[0].value)
                else:
                    inside = [part.value for part in ast.walk(function) if isinstance(part, ast.Constant)]
                    kinds = {part for part in inside if re.fullmatch(r"[a-z-]+\.[a-z-]+", str(part))}
                    assert kinds, f"{path}: nobody can tell which kind of entry this is"
                    found |= kinds
    return found


def test_every_public_act_has_words() -> None:
    kinds = recorded_in_public()
    assert "agency-post.held" in kinds, "the search above finds what it looks for"
    assert [
        kind for kind in kinds if not any(act == kind or kind[-1] == "." and act.startswith(kind) for act in ACTS)
    ] == []


def test_no_page_shows_a_kind_that_has_no_words(town: Town) -> None:
    """All that the cast and the demo's acts record can be read as sentences."""
    cast = people.everybody(town)
    factories.agency_post(town, cast.officer, "maple-police")
    factories.agency_post(town, cast.officer, "maple-police", title="Send us your video")
    page = town.browser().get("/ledger")
    assert "did “" not in page.words
    assert "%(" not in page.text


def test_every_actor_has_words() -> None:
    assert set(views.ACTORS) >= {"resident", "agency", "moderator", "operator", "legal", "auditor", "visitor", "device"}
    assert "system" in views.ACTORS


def test_markup_in_a_title_stays_text(town: Town) -> None:
    cast = people.everybody(town)
    factories.agency_post(town, cast.clerk, "town-of-maple", title="<b>Bold</b> & %(name)s 100%")
    page = town.browser().get("/ledger")
    assert "“<b>Bold</b> & %(name)s 100%”" in page.words
    assert not page.soup.main.find("b")


def test_the_pages_together_are_the_whole_ledger_newest_first(town: Town) -> None:
    with town.acting() as act:
        for number in range(2 * views.PAGE + 7):
            record(act, "agency-post.published", None, {"agency": "Maple Fire", "title": f"Number {number}"})
            record(act, "household.added")
    seen: list[str] = []
    href: str | None = "/ledger"
    pages = 0
    while href:
        page = town.browser().get(href)
        seen += [tag.get_text() for tag in page.soup.select(".ledger__text")]
        more = page.soup.find("a", rel="next")
        href, pages = (more["href"] if more else None), pages + 1
    assert pages == 3
    assert [int(text.split("Number ")[1].rstrip("”")) for text in seen] == list(range(2 * views.PAGE + 6, -1, -1))


def test_entries_that_arrive_meanwhile_push_nothing_onto_the_next_page(town: Town) -> None:
    with town.acting() as act:
        for _ in range(views.PAGE + 5):
            record(act, "appeal.upheld", None, {"rule": "R5"})
    more = town.browser().get("/ledger").soup.find("a", rel="next")["href"]
    with town.acting() as act:
        record(act, "appeal.upheld", None, {"rule": "R7"})
    numbers = [int(tag.get_text()) for tag in town.browser().get(more).soup.select(".ledger__number")]
    assert numbers == [5, 4, 3, 2, 1]
    assert decode(more.split("before=")[1], int) == (6,)

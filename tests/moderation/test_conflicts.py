"""Nobody decides about themselves, about people they live with, or about what they reported."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import Account, Household
from portal.moderation import rules
from portal.moderation.models import Declaration
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import BODY, REASON, claim, decide, path, report, state_of
from tests.people import Cast


def address_of(town: Town, who: Account) -> str:
    with town.reading() as act:
        return act.session.get_one(Household, who.household_id).address


@pytest.fixture
def next_door(town: Town, cast: Cast) -> Account:
    """A moderator who lives with Ben."""
    return factories.moderator(town, "third@maple.example", "Vera Holm", address_of(town, cast.ben))


def test_a_moderator_says_first_where_they_live(town: Town, cast: Cast) -> None:
    fresh = factories.work_account(town, "moderator", "new@maple.example", "Wim Post")
    post = factories.post(town, cast.rosa)
    report(town, cast.ben, post)
    browser = town.browser(fresh)
    for url in ("/moderation", path(post)):
        assert browser.get(url).location == "/moderation/home"
    assert claim(town, fresh, post).location == "/moderation/home"
    for typed in ({}, {"address": "  "}):
        page = browser.post("/moderation/home", typed)
        assert page.status == 422 and "Say where you live" in page.words
    page = browser.post("/moderation/home", {"address": "1 Nowhere Road"})
    assert page.status == 422 and "no home at this address" in page.words and "1 Nowhere Road" in page.text
    assert browser.post("/moderation/home", {"address": address_of(town, cast.faye).upper()}).status == 303
    assert browser.get("/moderation").status == 200
    assert claim(town, fresh, post).location == path(post)


def test_the_operator_sees_where_moderators_live_and_nobody_else_does(
    town: Town, cast: Cast, next_door: Account
) -> None:
    page = town.browser(cast.operator).get("/operator/moderators")
    for words in ("Marisol Vega", "in none of the town's homes", "Vera Holm", address_of(town, cast.ben)):
        assert words in page.words
    assert "A second moderator is needed" not in page.words
    for name, who in cast.accounts().items():
        if name != "operator":
            assert town.browser(who).get("/operator/moderators").status == 404, name
    assert "Ben" not in town.browser().get("/ledger").words
    assert address_of(town, cast.ben) not in town.browser().get("/ledger").text


def test_a_town_with_one_moderator_is_told_that_it_needs_a_second(town: Town, cast: Cast) -> None:
    assert "A second moderator is needed" in town.browser(cast.operator).get("/operator/moderators").words
    factories.moderator(town, "mod2@maple.example", "marisol  VEGA")
    page = town.browser(cast.operator).get("/operator/moderators")
    assert "A second moderator is needed" in page.words, "a second account of the same person is no second person"


@pytest.mark.parametrize("who", ["author", "reporter"])
def test_nobody_decides_about_their_household_or_what_it_reported(
    town: Town, cast: Cast, next_door: Account, who: str
) -> None:
    author, reporter = (cast.ben, cast.rosa) if who == "author" else (cast.rosa, cast.ben)
    post = factories.post(town, author, body=BODY)
    report(town, reporter, post)
    browser = town.browser(next_door)
    why = "a household that you declared" if who == "author" else "somebody of your household reported it"
    for page in (browser.get("/moderation"), browser.get(path(post))):
        assert "Another moderator has to decide" in page.words and why in page.words
        assert BODY not in page.text and REASON not in page.text, "nor do they read what was said about it"
    page = browser.post(f"{path(post)}/claim")
    assert why in browser.get(page.location).words
    assert decide(town, next_door, post, "remove", "R5").status == 422
    assert state_of(town, post) == "visible"
    assert decide(town, cast.mod, post, "leave").status == 303


def test_a_comment_under_the_posts_of_ones_household_is_for_somebody_else(
    town: Town, cast: Cast, next_door: Account
) -> None:
    post = factories.post(town, cast.ben)
    comment = factories.comment(town, cast.rosa, post, BODY)
    report(town, factories.resident(town, "Nora"), comment)
    assert "Another moderator has to decide" in town.browser(next_door).get(path(comment)).words


def test_a_neighbour_who_moderates_does_not_decide_about_their_own_words_under_any_declaration(
    town: Town, cast: Cast
) -> None:
    """Two accounts, one person: the name gives it away when the declared home does not."""
    vera = factories.resident(town, "Vera Holm")
    post = factories.post(town, vera)
    report(town, cast.ben, post)
    as_moderator = factories.moderator(town, "vera.work@maple.example", "Véra  HOLM")
    assert "You wrote it" in town.browser(as_moderator).get(path(post)).words
    assert decide(town, as_moderator, post, "leave").status == 422


def test_who_moves_out_stays_no_stranger(town: Town, cast: Cast, next_door: Account) -> None:
    assert town.browser(next_door).post("/moderation/home", {"elsewhere": "y"}).status == 303
    post = factories.post(town, cast.ben)
    report(town, cast.rosa, post)
    assert "Another moderator has to decide" in town.browser(next_door).get(path(post)).words
    with town.reading() as act:
        assert act.session.query(Declaration).filter_by(account_id=next_door.id).count() == 2


# — The rule itself —

households = st.sampled_from([uuid.UUID(int=number) for number in range(4)])
persons = st.builds(
    rules.Person,
    st.sampled_from([uuid.UUID(int=100 + number) for number in range(5)]),
    st.sampled_from(["Ana Ruiz", "ana  ruiz", "Bo Li", "Cy Day", "Di Fox"]),
    st.frozensets(households, max_size=2),
)
parties = st.builds(
    rules.Parties,
    st.lists(persons, min_size=1, max_size=2).map(tuple),
    st.lists(persons, max_size=3).map(tuple),
    st.lists(persons, max_size=2).map(tuple),
    st.one_of(st.none(), persons),
)


@given(persons, parties)
def test_who_may_decide_has_no_stake_in_it(moderator: rules.Person, stakes: rules.Parties) -> None:
    if rules.conflict(moderator, stakes) is not None:
        return
    everybody = [*stakes.authors, *stakes.reporters, *stakes.deciders, *filter(None, [stakes.proposer])]
    assert all(moderator.id != one.id for one in everybody)
    assert all(rules.plain(moderator.name) != rules.plain(one.name) for one in everybody)
    assert not any(moderator.households & one.households for one in (*stakes.authors, *stakes.reporters))


@given(persons, parties)
def test_a_conflict_has_a_reason_that_is_true(moderator: rules.Person, stakes: rules.Parties) -> None:
    reason = rules.conflict(moderator, stakes)
    if reason == "own":
        assert any(moderator.is_same(one) for one in stakes.authors)
    elif reason == "household":
        assert any(moderator.lives_with(one) for one in stakes.authors)
    elif reason == "reported":
        assert any(moderator.is_same(one) or moderator.lives_with(one) for one in stakes.reporters)
    elif reason == "decided-before":
        assert any(moderator.is_same(one) for one in stakes.deciders)
    elif reason == "proposed-before":
        assert stakes.proposer is not None and moderator.is_same(stakes.proposer)

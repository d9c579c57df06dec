"""Joining by a letter's code, confirming the address, and the operator who prints the letters."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from portal import codes
from portal.accounts import rules, service
from portal.accounts.models import Account, Household, Invitation
from portal.audit.models import LedgerEntry
from portal.db import Refusal
from tests import factories, people
from tests.helpers import PASSWORD, Page, Town


def invite(town: Town, address: str = "7 Maple Street") -> str:
    with town.acting() as act:
        household = service.add_household(act, address)
        act.session.flush()
        return service.invite_household(act, household.id)


def join(
    town: Town, code: str, email: str = "nora@maple.example", name: str = "Nora", password: str = PASSWORD
) -> Page:
    return town.browser().post("/join", {"code": code, "name": name, "email": email, "password": password})


def link_in(town: Town, email: str) -> str:
    """The path of the link in the newest letter."""
    (link,) = [word for word in town.letters(email)[-1].body.split() if word.startswith("http")]
    assert link.startswith("http://127.0.0.1:8000/")
    return urlsplit(link).path


def account(town: Town, email: str) -> Account | None:
    with town.reading() as act:
        return act.session.scalar(select(Account).where(Account.email == email))


def test_a_code_makes_a_neighbour_once_the_address_is_confirmed(town: Town) -> None:
    page = join(town, invite(town))
    assert page.status == 200
    assert "Look at your mail" in page.words
    made = account(town, "nora@maple.example")
    assert made and (made.kind, made.confirmed_at) == ("resident", None)

    link = link_in(town, "nora@maple.example")
    page = town.browser().get(link)
    assert "This address is mine" in page.words
    assert account(town, made.email).confirmed_at is None, "a mail scanner that opens the link changes nothing"

    page = town.browser().post(link)
    assert (page.status, page.location) == (303, "/sign-in")
    assert account(town, made.email).confirmed_at == town.clock.now()
    browser = town.browser()
    assert browser.post("/sign-in", {"email": made.email, "password": PASSWORD}).status == 303
    assert "7 Maple Street" in browser.get("/account").words


def test_a_confirmation_works_once(town: Town) -> None:
    join(town, invite(town))
    link = link_in(town, "nora@maple.example")
    assert town.browser().post(link).status == 303
    for page in (town.browser().post(link), town.browser().get(link)):
        assert page.status == 422
        assert "has been used or is too old" in page.words


def test_a_confirmation_lasts_three_days(town: Town) -> None:
    join(town, invite(town))
    link = link_in(town, "nora@maple.example")
    town.later(days=3)
    assert town.browser().post(link).status == 422
    assert account(town, "nora@maple.example").confirmed_at is None
    assert town.browser().post("/confirm", {"email": "nora@maple.example"}).status == 200
    assert town.browser().post(link_in(town, "nora@maple.example")).status == 303


def test_a_new_confirmation_makes_the_earlier_one_useless(town: Town) -> None:
    join(town, invite(town))
    first = link_in(town, "nora@maple.example")
    town.later(minutes=5)
    town.browser().post("/confirm", {"email": "nora@maple.example"})
    assert town.browser().post(first).status == 422
    assert town.browser().post(link_in(town, "nora@maple.example")).status == 303


def test_asking_for_a_confirmation_tells_nobody_who_has_an_account(town: Town) -> None:
    factories.resident(town, "Rosa")
    join(town, invite(town))
    before = len(town.letters("rosa@maple.example")), len(town.letters("nobody@maple.example"))
    pages = []
    for email in ("rosa@maple.example", "nora@maple.example", "nobody@maple.example"):
        page = town.browser().post("/confirm", {"email": email})
        pages.append(page.words.replace(email, "ADDRESS"))
    assert len(set(pages)) == 1
    assert (len(town.letters("rosa@maple.example")), len(town.letters("nobody@maple.example"))) == before


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: codes.groups(code),
        lambda code: f"  {codes.groups(code, 3).replace('-', ' ')}  ",
        lambda code: code.replace("0", "O").replace("1", "l").replace("V", "u"),
        lambda code: code.replace("0", "o").replace("1", "I"),
    ],
)
def test_a_code_may_be_typed_as_people_type(town: Town, typed: object) -> None:
    code = invite(town)
    assert join(town, typed(code)).status == 200  # type: ignore[operator]


def test_a_code_joins_the_household_that_it_was_printed_for(town: Town) -> None:
    code, _other = invite(town, "7 Maple Street"), invite(town, "9 Maple Street")
    join(town, code)
    with town.reading() as act:
        address = select(Household.address).join(Account, Account.household_id == Household.id)
        assert act.session.scalars(address).all() == ["7 Maple Street"]


def test_an_unknown_a_used_up_and_an_old_code_are_refused_in_the_same_words(town: Town) -> None:
    used, old = invite(town, "7 Maple Street"), invite(town, "9 Maple Street")
    for number in range(rules.INVITATION_USES):
        assert join(town, used, f"one{number}@maple.example").status == 200
    pages = [join(town, used, "more@maple.example"), join(town, "0000-0000-0000", "more@maple.example")]
    town.later(days=rules.INVITATION_DAYS)
    pages.append(join(town, old, "more@maple.example"))
    for page in pages:
        assert page.status == 422
        assert "unknown, used up or too old" in page.words
        assert page.soup.find("input", {"name": "email"})["value"] == "more@maple.example", "what was typed comes back"
    assert account(town, "more@maple.example") is None
    assert town.letters("more@maple.example") == []


def test_a_refused_form_uses_nothing_of_the_code(town: Town) -> None:
    factories.resident(town, "Rosa")
    code = invite(town)
    for email, password in (
        ("rosa@maple.example", PASSWORD),
        ("not an address", PASSWORD),
        ("nora@maple.example", "short"),
    ):
        assert join(town, code, email, password=password).status == 422
    with town.reading() as act:
        invitation = act.session.scalars(select(Invitation)).one()
    assert invitation.uses_left == rules.INVITATION_USES


def test_one_address_has_one_account(town: Town) -> None:
    factories.resident(town, "Rosa")
    for email in ("rosa@maple.example", "ROSA@Maple.Example", " rosa@maple.example "):
        page = join(town, invite(town, f"{email}'s house"), email)
        assert page.status == 422
        assert "There is an account with this address already" in page.words


def test_an_address_of_an_agency_opens_no_residents_account(town: Town) -> None:
    people.everybody(town)
    code = invite(town)
    for address in (
        "me@police.maple.example",
        "me@mail.police.maple.example",
        "ME@POLICE.MAPLE.EXAMPLE",
        "me@ｐolice.maple.example",
        "me@police。maple.example",
        "me@fire.maple.example",
        "me@town.maple.example",
    ):
        page = join(town, code, address)
        assert page.status == 422, address
        assert "Addresses of an agency cannot open this kind of account" in page.words
        with town.acting() as act, pytest.raises(Refusal, match="agency-domain"):
            service.open_account(act, "moderator", address, "Me", "hash")


def test_operators_reviewers_and_auditors_may_be_at_town_hall_and_never_with_the_police(town: Town) -> None:
    people.everybody(town)
    for number, kind in enumerate(("operator", "legal", "auditor")):
        with town.acting() as act:
            service.open_account(act, kind, f"w{number}@town.maple.example", "W", "hash")
        with town.acting() as act, pytest.raises(Refusal, match="agency-domain"):
            service.open_account(act, kind, f"w{number}@police.maple.example", "W", "hash")


@pytest.mark.parametrize("email", ["gail@oak.example", "gail@mail.oak.example"])
@pytest.mark.parametrize("kind", ["resident", "moderator"])
def test_a_domain_with_neighbours_on_it_cannot_become_an_agencys(town: Town, kind: str, email: str) -> None:
    rosa = factories.resident(town, "Rosa")
    with town.acting() as act:
        household = rosa.household_id if kind == "resident" else None
        service.open_account(act, kind, email, "Gail", "hash", household)
    with pytest.raises(Refusal, match="domain-has-residents"), town.acting() as act:
        service.reserve_domains(act, {"oak.example": False})
    assert join(town, invite(town), "other@oak.example").status == 200, "nothing was reserved"


def test_a_domain_with_an_operator_on_it_cannot_become_the_polices(town: Town) -> None:
    for number, kind in enumerate(("operator", "legal", "auditor")):
        domain = f"oak{number}.example"
        with town.acting() as act:
            service.open_account(act, kind, f"gail@{domain}", "Gail", "hash")
        with pytest.raises(Refusal, match="domain-has"), town.acting() as act:
            service.reserve_domains(act, {domain: True})
        with town.acting() as act:
            service.reserve_domains(act, {domain: False})


# — The operator's letters —


def print_letters(town: Town, operator: Account, *addresses: str) -> Page:
    browser = town.browser(operator)
    for address in addresses:
        assert browser.post("/operator/invitations", {"address": address}).status == 303
    boxes = browser.get("/operator/invitations").soup.find_all("input", {"name": "household"})
    chosen = [box["value"] for box in boxes if any(address in box["aria-label"] for address in addresses)]
    assert len(chosen) == len(addresses)
    return browser.post("/operator/invitations/print", {"household": chosen})


def printed_codes(page: Page) -> dict[str, str]:
    """Address -> code, as they stand on the sheets."""
    sheets = page.soup.select(".sheet")
    return {
        sheet.select_one(".sheet__head .muted").text: "".join(sheet.select_one(".code__value").text.split())
        for sheet in sheets
    }


def test_each_letter_has_a_code_of_its_own_that_joins_its_household(town: Town) -> None:
    operator = people.everybody(town).operator
    addresses = ("11 Maple Street", "13 Maple Street", "15 Maple Street")
    found = printed_codes(print_letters(town, operator, *addresses))
    assert set(found) == set(addresses)
    assert len(set(found.values())) == 3
    for number, (address, code) in enumerate(found.items()):
        email = f"n{number}@maple.example"
        assert join(town, code, email).status == 200
        with town.reading() as act:
            household = act.session.scalar(select(Household.address).join(Account).where(Account.email == email))
        assert household == address


def test_a_code_is_shown_once_and_only_its_digest_is_kept(town: Town) -> None:
    operator = people.everybody(town).operator
    (code,) = printed_codes(print_letters(town, operator, "11 Maple Street")).values()
    browser = town.browser(operator)
    page = browser.get("/operator/invitations")
    assert code not in page.text.replace("-", "").replace(" ", "")
    assert browser.get("/operator/invitations/print").status == 405
    with town.reading() as act:
        invitation = act.session.scalars(select(Invitation)).one()
        assert invitation.code_hash == codes.digest(code)
    raw = (town.here.settings.data / "porchlight.sqlite").read_bytes()
    raw += (town.here.settings.data / "porchlight.sqlite-wal").read_bytes()
    assert code.encode() not in raw


def test_the_link_in_the_picture_fills_the_code_in(town: Town) -> None:
    page = town.browser().get("/join?code=7K3M9QX2AB4D")
    assert page.soup.find("input", {"name": "code"})["value"] == "7K3M9QX2AB4D"
    assert parse_qs("code=7K3M9QX2AB4D") == {"code": ["7K3M9QX2AB4D"]}


def test_how_many_invitations_were_made_is_public_and_for_whom_is_not(town: Town) -> None:
    operator = people.everybody(town).operator
    print_letters(town, operator, "11 Maple Street", "13 Maple Street")
    page = town.browser().get("/ledger")
    assert page.words.count("invited a household") == 2
    assert "11 Maple Street" not in page.text
    with town.reading() as act:
        count = select(func.count()).where(LedgerEntry.kind == "invitation.made", LedgerEntry.public)
        assert act.session.scalar(count) == 2


def test_letters_for_no_household_or_an_unknown_one_are_not_made(town: Town) -> None:
    browser = town.browser(people.everybody(town).operator)
    for chosen in ([], ["0190b1c2-7d3e-7abc-8def-0123456789ab"], ["x"]):
        assert browser.post("/operator/invitations/print", {"household": chosen}).status == 400
    with town.reading() as act:
        assert act.session.scalars(select(Invitation)).all() == []


def test_a_household_stands_in_the_list_once(town: Town) -> None:
    browser = town.browser(people.everybody(town).operator)
    assert browser.post("/operator/invitations", {"address": "11 Maple Street"}).status == 303
    page = browser.post("/operator/invitations", {"address": " 11 MAPLE street "})
    assert page.status == 422
    assert "in the list already" in page.words

"""From a proposal to an agency that publishes, and every year again: two people and an answered letter."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import schema
from portal.accounts import queries as accounts
from portal.accounts import service as account_service
from portal.accounts.models import Account
from portal.agencies import queries, rules, service
from portal.agencies.models import Agency, Jurisdiction
from portal.agencies.rules import Agreed, Attestation, Profile, Proposal
from portal.audit.models import LedgerEntry
from portal.bulletins import service as bulletins
from portal.db import NotFound, Refusal
from tests import factories as make
from tests.helpers import NOON, Town

TODAY = NOON.date()


@pytest.fixture
def owen(town: Town) -> Account:
    return make.work_account(town, "operator", "operator@maple.example", "Owen Pratt")


@pytest.fixture
def sylvie(town: Town) -> Account:
    return make.work_account(town, "operator", "operator2@maple.example", "Sylvie Marsh")


def proposal(**fields: Any) -> Proposal:
    given = {
        "slug": "oak-fire",
        "kind": "fire",
        "name": "Oak Fire",
        "email": "desk@oak.example",
        "joined_on": TODAY,
        "whole_town": True,
    }
    return Proposal(**(given | fields))


def now(town: Town, slug: str = "oak-fire") -> Agency:
    with town.reading() as act:
        return queries.by_slug(act, slug)


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")


def ledger(town: Town) -> list[str]:
    with town.reading() as act:
        return [row.kind for row in act.session.scalars(select(LedgerEntry).where(LedgerEntry.public))]


# — Two people and a letter —


def test_an_agency_publishes_after_one_proposed_its_address_answered_and_another_approved(
    town: Town, owen: Account, sylvie: Account
) -> None:
    with town.acting(owen) as act:
        agency, letter = service.propose(act, proposal(), Attestation("Operator", "It is local."))
    assert (agency.state, agency.proposed_by, agency.attestation) == ("proposed", "Owen Pratt", "It is local.")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    with town.acting(chief) as act, refused("not-verified"):
        bulletins.publish(act, "oak-fire", "tip", "Lock your doors", "Every night.")
    with town.acting() as act:
        assert service.confirm(act, letter.token).state == "confirmed"
    with town.acting(sylvie) as act:
        service.approve(act, queries.by_slug(act, "oak-fire"))
    verified = now(town)
    assert (verified.state, verified.approved_by) == ("verified", "Sylvie Marsh")
    assert verified.verified_until == NOON + timedelta(days=365)
    make.agency_post(town, chief, "oak-fire")
    assert ledger(town)[-4:] == [
        "agency-member.joined",
        "agency.confirmed",
        "agency.approved",
        "agency-post.published",
    ]


def test_whoever_proposed_cannot_approve_by_whatever_name(town: Town, owen: Account) -> None:
    with town.acting(owen) as act:
        _agency, letter = service.propose(act, proposal(), Attestation("Operator", "Local."))
    with town.acting() as act:
        service.confirm(act, letter.token)
    for who, by in ((owen, ""), (owen, "Somebody Else"), (None, "Owen Pratt"), (None, " owen  PRATT ")):
        with town.acting(who) as act, refused("same-person"):
            service.approve(act, queries.by_slug(act, "oak-fire"), by)
    with town.acting() as act, refused("by-missing"):
        service.approve(act, queries.by_slug(act, "oak-fire"))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE agency SET approved_by = proposed_by",
        "UPDATE agency SET approved_by = upper(proposed_by)",
        "UPDATE agency SET approved_by_id = proposed_by_id",
        "UPDATE agency SET proposed_by = ''",
        "UPDATE agency SET approved_by = ''",
        "UPDATE agency SET confirmed_at = NULL",
        "UPDATE agency SET verified_until = NULL",
        "UPDATE agency SET state = 'federal'",
        "UPDATE agency SET kind = 'federal'",
        "UPDATE agency SET left_on = '2020-01-01'",
    ],
)
def test_the_database_holds_no_verified_agency_that_one_person_made(
    town: Town, owen: Account, sylvie: Account, sql: str
) -> None:
    with town.acting(owen) as act:
        _agency, letter = service.propose(act, proposal(), Attestation("Operator", "Local."))
    with town.acting() as act:
        service.confirm(act, letter.token)
    with town.acting(sylvie) as act:
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with pytest.raises(IntegrityError, match="CHECK"), town.acting() as act:
        act.session.connection().exec_driver_sql(sql)


def test_nobody_approves_before_somebody_attested_and_the_address_answered(town: Town, sylvie: Account) -> None:
    with town.acting() as act:
        _agency, letter = service.propose(act, proposal())
    with town.acting(sylvie) as act, refused("not-attested"):
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act:
        service.attest(act, queries.by_slug(act, "oak-fire"), Attestation("Clerk", "Local.", by="Ada Lind"))
    with town.acting(sylvie) as act, refused("not-confirmed"):
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act, refused("attested"):
        service.attest(act, queries.by_slug(act, "oak-fire"), Attestation("Clerk", "Local.", by="Bo Lind"))
    with town.acting() as act:
        service.confirm(act, letter.token)
    with town.acting(sylvie) as act:
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.acting(sylvie) as act, refused("approved"):
        service.approve(act, queries.by_slug(act, "oak-fire"))


def test_a_link_works_once_and_not_after_a_newer_letter_or_its_time(town: Town) -> None:
    _agency, first = make.proposed_agency(town, "oak-fire", "fire", "Oak Fire")
    with town.acting() as act:
        second = service.send_letter(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act, refused("link-unusable"):
        service.confirm(act, first.token)
    town.later(days=rules.LINK_DAYS, seconds=1)
    with town.acting() as act, refused("link-unusable"):
        service.confirm(act, second.token)
    with town.acting() as act:
        third = service.send_letter(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act:
        service.confirm(act, third.token)
    with town.acting() as act, refused("link-unusable"):
        service.confirm(act, third.token)


def test_what_nobody_approved_is_no_ones_to_see_but_operators_and_its_own_people(town: Town, owen: Account) -> None:
    agency, _letter = make.proposed_agency(town, "oak-fire", "fire", "Oak Fire")
    chief = make.member(town, agency, "chief@fire.maple.example", "Olga Reyes", "Chief")
    rosa = make.resident(town, "Rosa")
    for who in (None, rosa):
        assert town.browser(who).get("/agencies/oak-fire").status == 404
        assert "Oak Fire" not in town.browser(who).get("/agencies").words
    for who in (owen, chief):
        assert town.browser(who).get("/agencies/oak-fire").status == 200


def test_a_declined_proposal_leaves_its_name_and_domain_free(town: Town, owen: Account) -> None:
    make.proposed_agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    with town.acting(owen) as act:
        service.decline(act, queries.by_slug(act, "oak-fire"))
    assert now(town) is None
    make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    with town.acting(owen) as act, refused("approved"):
        service.decline(act, queries.by_slug(act, "oak-fire"))


# — Every year —


def test_a_letter_goes_out_a_month_before_the_end_once_and_a_click_on_both_sides_renews(
    town: Town, owen: Account
) -> None:
    made = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    town.later(days=334)
    town.chores()
    assert town.letters("desk@oak.example") == []
    town.later(days=2)
    town.chores()
    town.chores()
    (letter,) = town.letters("desk@oak.example")
    with town.acting(owen) as act, refused("not-answered"):
        service.renew(act, queries.by_slug(act, "oak-fire"))
    token = letter.body.split("/agencies/confirm/")[1].split()[0]
    with town.acting() as act:
        service.confirm(act, token)
    assert now(town).verified_until == made.verified_until, "the letter alone renews nothing"
    with town.acting(owen) as act:
        service.renew(act, queries.by_slug(act, "oak-fire"))
    assert now(town).verified_until == made.verified_until + timedelta(days=365), "no day is lost by being early"
    town.later(days=365)
    town.chores()
    assert len(town.letters("desk@oak.example")) == 2, "and next year again"


def test_an_agency_that_was_not_renewed_lapses_and_says_what_to_do(town: Town, owen: Account) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    post = make.agency_post(town, chief, "oak-fire")
    town.later(days=366)
    page = town.browser(chief).get("/agencies/oak-fire/posts/new")
    assert page.status == 409, "also before a chore has seen it"
    town.chores()
    assert now(town).state == "lapsed"
    assert "agency.lapsed" in ledger(town)
    page = town.browser(chief).get("/agencies/oak-fire/posts/new")
    assert page.status == 409
    assert "desk@oak.example" in page.words and "opens the link" in page.words
    sent = town.browser(chief).post("/agencies/oak-fire/posts/new", {"kind": "tip", "title": "x", "body": "y"})
    assert sent.status == 409
    with town.acting(chief) as act, refused("not-verified"):
        bulletins.publish(act, "oak-fire", "tip", "Lock your doors", "Every night.")
    assert town.browser().get(f"/agencies/oak-fire/posts/{post.id}").status == 200, "what it said stays"
    with town.acting(owen) as act:
        letter = service.send_letter(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act:
        service.confirm(act, letter.token)
    with town.acting(owen) as act:
        service.renew(act, queries.by_slug(act, "oak-fire"))
    assert now(town).verified_until == town.clock.now() + timedelta(days=365)
    assert town.browser(chief).get("/agencies/oak-fire/posts/new").status == 200


def test_another_official_address_has_to_answer_and_another_person_to_approve(
    town: Town, owen: Account, sylvie: Account
) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    with town.acting(owen) as act:
        letter = service.edit(act, queries.by_slug(act, "oak-fire"), proposal(email="Desk@Oakfire.Example"))
    assert letter.email == "desk@oakfire.example"
    assert now(town).state == "lapsed"
    with town.acting(chief) as act, refused("not-verified"):
        bulletins.publish(act, "oak-fire", "tip", "Lock your doors", "Every night.")
    with town.acting() as act:
        service.confirm(act, letter.token)
    with town.acting(sylvie) as act, refused("not-attested"):
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.acting(owen) as act:
        service.attest(act, queries.by_slug(act, "oak-fire"), Attestation("Operator", "Still local."))
    with town.acting(owen) as act, refused("same-person"):
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.acting(sylvie) as act:
        service.approve(act, queries.by_slug(act, "oak-fire"))
    with town.reading() as act:
        assert accounts.reserved_domains(act, "x@oakfire.example") == {"oakfire.example": False}
        assert accounts.reserved_domains(act, "x@oak.example") == {}


def test_an_agency_that_leaves_keeps_its_page_and_its_people_speak_no_more(town: Town, owen: Account) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    with town.acting(owen) as act, refused("not-a-day"):
        service.leave(act, queries.by_slug(act, "oak-fire"), TODAY + timedelta(days=1))
    with town.acting(owen) as act:
        service.leave(act, queries.by_slug(act, "oak-fire"), TODAY)
    assert town.browser().get("/agencies/oak-fire").status == 200
    with town.acting(chief) as act, pytest.raises(NotFound):
        bulletins.publish(act, "oak-fire", "tip", "Lock your doors", "Every night.")
    with town.acting(owen) as act, refused("has-left"):
        service.send_letter(act, queries.by_slug(act, "oak-fire"))
    town.later(days=400)
    town.chores()
    assert town.letters("desk@oak.example") == [], "it is asked no more"
    assert ledger(town).count("agency-member.left") == 1


# — Who speaks, and what is said —


def test_members_have_an_address_of_the_agency(town: Town) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    make.member(town, agency, "chief@station1.oak.example", "Olga Reyes", "Chief")
    for email in ("chief@gmail.example", "chief@notoak.example"):
        with refused("not-official"):
            make.member(town, agency, email, "Olga Reyes", "Chief")


def test_a_member_who_left_has_a_date_and_may_not_write(town: Town, owen: Account) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    town.later(days=3)
    with town.acting(owen) as act:
        (member,) = queries.members(act, agency.id)
        service.end_member(act, agency, member.id)
        with pytest.raises(NotFound):
            service.end_member(act, agency, member.id)
        (member,) = queries.members(act, agency.id)
    assert (member.joined_at, member.ended_at) == (NOON, NOON + timedelta(days=3))
    assert town.browser(chief).get("/agencies/oak-fire/posts/new").status == 404


@pytest.mark.parametrize("field", ["about", "phone", "website"])
def test_no_string_of_a_profile_can_ask_for_footage(town: Town, field: str) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    told = {"about": "Fire.", "phone": "555", "website": ""} | {field: "Send us your doorbell video"}
    with town.acting(chief) as act, pytest.raises(Refusal) as caught:
        service.edit_profile(act, "oak-fire", Profile(**told))
    assert (caught.value.code, caught.value.field) == ("asks-for-footage", field)
    assert caught.value.params["words"] == "Send us your doorbell video"


@pytest.mark.parametrize("field", ["name", "about", "address", "place", "region", "phone"])
def test_no_string_of_a_proposal_can_ask_for_footage(town: Town, field: str) -> None:
    with town.acting() as act, refused("asks-for-footage"):
        service.propose(act, proposal(**{field: "Please send us your camera footage"}))


def test_agreements_are_told_with_dates_and_no_words_that_ask(town: Town, owen: Account) -> None:
    agency = make.agency(town, "oak-police", "police", "Oak Police", email="desk@oak.example")
    told = Agreed("287g", "Immigration and Customs Enforcement", date(2025, 3, 1), link="https://www.ice.gov/287g")
    with town.acting(owen) as act:
        made = service.add_agreement(act, agency, told)
    with town.acting(owen) as act, refused("asks-for-footage"):
        service.add_agreement(act, agency, Agreed("other", "send us your video", TODAY))
    with town.acting(owen) as act, refused("agreement-kind"):
        service.add_agreement(act, agency, Agreed("secret", "FBI", TODAY))
    with town.acting(owen) as act:
        service.end_agreement(act, agency, made.id, TODAY)
        assert [one.until for one in queries.agreements(act, agency.id)] == [TODAY]
    assert {"agreement.told", "agreement.ended"} <= set(ledger(town))


# — Where —


def test_a_jurisdiction_reaches_every_cell_that_it_touches(town: Town) -> None:
    rosa = make.resident(town, "Rosa")
    far = make.square((41.0, -85.0))
    agency = make.agency(town, "far-fire", "fire", "Far Fire", email="desk@far.example", polygons=far)
    near = make.agency(town, "near-fire", "fire", "Near Fire", email="desk@near.example", polygons=make.square())
    with town.reading(rosa) as act:
        reached = dict.fromkeys((agency.id, near.id), False)
        for row in act.session.scalars(select(Jurisdiction)):
            reached[row.agency_id] |= row.cell7 == rules.h3.cell_to_parent(act.actor.home_cell, 7)
    assert reached == {agency.id: False, near.id: True}


RING = [[-85.0, 40.0], [-84.9, 40.0], [-84.9, 40.1], [-85.0, 40.0]]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ("text", "not-geojson"),
        ({"type": "Point", "coordinates": [0, 0]}, "not-geojson"),
        ({"type": "FeatureCollection", "features": []}, "not-geojson"),
        ({"type": "Polygon", "coordinates": []}, "broken"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, "x"], [1, 1]]]}, "broken"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [float("nan"), 0], [1, 1]]]}, "broken"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 0], [0, 0]]]}, "broken"),
        ({"type": "Polygon", "coordinates": [[[200, 0], [200.1, 0], [200, 0.1]]]}, "not-on-earth"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9]]]}, "too-large"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}, "crossing"),
        ({"type": "Polygon", "coordinates": [[[n / 1e4, n * n / 1e6] for n in range(900)]]}, "too-many-points"),
    ],
    ids=range(11),
)
def test_a_jurisdiction_that_cannot_be_drawn_is_refused(geometry: Any, code: str) -> None:
    with refused(code):
        rules.polygons(geometry)


def test_a_feature_around_a_polygon_is_read_too() -> None:
    bare = {"type": "Polygon", "coordinates": [RING]}
    feature = {"type": "Feature", "properties": {}, "geometry": bare}
    for geometry in (bare, feature, {"type": "FeatureCollection", "features": [feature]}):
        assert rules.polygons(geometry) == [[RING]]
    assert 18 < rules.square_miles([[RING]]) < 19


def test_who_serves_the_whole_town_serves_what_is_added_to_it(town: Town) -> None:
    make.resident(town, "Rosa")
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire")
    faye = make.resident(town, "Faye", "Far Lane", make.FAR)
    with town.acting() as act:
        service.serve_whole_town(act)
    with town.reading(faye) as act:
        cells = set(act.session.scalars(select(Jurisdiction.cell7).where(Jurisdiction.agency_id == agency.id)))
        assert rules.h3.cell_to_parent(act.actor.home_cell, 7) in cells


def test_a_domain_that_neighbours_use_becomes_no_agencys(town: Town) -> None:
    make.resident(town, "Rosa")
    with town.acting() as act, refused("domain-has-residents"):
        service.propose(act, proposal(email="desk@maple.example"))
    make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    with town.acting() as act, refused("domain-taken"):
        service.propose(act, proposal(slug="other", email="other@oak.example"))
    with town.acting() as act, refused("slug-taken"):
        service.propose(act, proposal(email="desk@other.example"))
    with town.acting() as act, pytest.raises(Refusal, match="agency-domain"):
        account_service.open_account(act, "resident", "x@oak.example", "X", "hash")


# — Agencies of an older database —


def test_agencies_that_were_there_before_keep_their_pages_and_wait_for_two_people(town: Town, sylvie: Account) -> None:
    rosa = make.resident(town, "Rosa")
    agency = uuid.uuid4()
    with schema.migrating(town.here.database) as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        connection.exec_driver_sql(
            "INSERT INTO agency (id, slug, kind, name, about, email, phone, mail_domain, created_at) VALUES"
            " (?, 'oak-fire', 'fire', 'Oak Fire', 'About.', 'desk@oak.example', '', 'oak.example',"
            " '2024-05-01 10:00:00')",
            (agency.hex,),
        )
    schema.upgrade(town.here.database)
    assert (now(town).state, now(town).joined_on, now(town).whole_town) == ("lapsed", date(2024, 5, 1), True)
    assert "It publishes nothing new" in town.browser(rosa).get("/agencies/oak-fire").words
    assert "Oak Fire" in town.browser().get("/agencies?q=oak").words, "search knows it"
    with town.acting() as act:
        service.attest(act, queries.by_slug(act, "oak-fire"), Attestation("Clerk", "Local.", by="Ada Lind"))
        letter = service.send_letter(act, queries.by_slug(act, "oak-fire"))
    with town.acting() as act:
        service.confirm(act, letter.token)
    with town.acting(sylvie) as act:
        service.approve(act, queries.by_slug(act, "oak-fire"))
    assert now(town).state == "verified"
    make.agency(town, "elm-fire", "fire", "Elm Fire", email="desk@elm.example")
    assert now(town, "elm-fire").number == now(town).number + 1

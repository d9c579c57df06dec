"""Federal agencies and the armed forces cannot join, by no name, domain or member; local ones with odd names can."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal import cli, create_app
from portal.agencies import federal, queries, service, sheet
from portal.agencies.federal import FederalListError
from portal.agencies.rules import Profile, Proposal
from portal.db import Refusal
from portal.settings import Settings
from tests import factories as make
from tests.helpers import SECRET, Town

FEDERAL_NAMES = (
    "ICE",
    "ice",
    "I.C.E.",
    "I C E",
    "ICE Chicago",
    "Chicago ICE",
    "ICE FIELD OFFICE CHICAGO",
    "U.S. Immigration and Customs Enforcement",
    "Immigration & Customs Enforcement",
    "ÍMMIGRATION AND CUSTOMS",
    "CBP Maple",
    "U.S. Customs and Border Protection",
    "Maple Border Patrol Station",
    "DHS Region 5",
    "US Department of Homeland Security",
    "Homeland Security Investigations",
    "HSI Maple",
    "FBI",
    "FBI Maple",
    "Federal Bureau of Investigation",
    "DEA Maple",
    "ATF Maple",
    "U.S. Marshals Service",
    "United States Marshals",
    "United States of America Marshals Service",
    "Secret Service Uniformed Division",
    "TSA at Maple Airport",
    "Fort Maple Military Police",
    "Maple Air Force Base Fire",
    "U.S. Army Garrison Maple",
    "US\u200b Marshals",
)
LOCAL_NAMES = (
    "Ice Creek Fire",
    "ICE CREEK FIRE DEPARTMENT",
    "Icehouse Village Police",
    "Marshall Police",
    "City of Marshall Fire Department",
    "Marshal's Office of Vale",
    "Dea Valley Police",
    "Border Township Police",
    "Federal Way Police Department",
    "Navy Yard City Fire District",
    "Fort Maple Police Department",
    "Secret Lake Fire",
    "Homeland Police Department",
    "Army Creek Fire Company",
    "National City Police",
    "Customs House Square Fire",
)
FEDERAL_ADDRESSES = ("desk@ice.gov", "desk@chicago.ice.dhs.gov", "desk@FBI.GOV", "desk@usdoj.gov.", "desk@army.mil")
LOCAL_ADDRESSES = (
    "desk@maple.gov",
    "desk@mil.maple.gov",
    "desk@notice.gov",
    "desk@icefire.example",
    "a@fbi.gov.example",
)


def proposal(name: str = "Oak Fire", email: str = "desk@oak.example", **fields: str) -> Proposal:
    return Proposal("oak-fire", "fire", name, email, date(2026, 5, 14), **fields)


@pytest.mark.parametrize("name", FEDERAL_NAMES)
def test_no_federal_agency_joins_by_its_name(town: Town, name: str) -> None:
    with town.acting() as act, pytest.raises(Refusal, match="federal-name"):
        service.propose(act, proposal(name))


@pytest.mark.parametrize("name", LOCAL_NAMES)
def test_a_local_agency_with_an_odd_name_does(town: Town, name: str) -> None:
    with town.acting() as act:
        assert service.propose(act, proposal(name))[0].name == name


@pytest.mark.parametrize("email", FEDERAL_ADDRESSES)
def test_no_federal_agency_joins_by_its_domain(town: Town, email: str) -> None:
    with town.acting() as act, pytest.raises(Refusal, match="federal-domain"):
        service.propose(act, proposal(email=email))


@pytest.mark.parametrize("email", LOCAL_ADDRESSES)
def test_a_domain_that_only_looks_federal_may_join(town: Town, email: str) -> None:
    with town.acting() as act:
        service.propose(act, proposal(email=email))


def test_no_agency_becomes_federal_later(town: Town) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    chief = make.member(town, agency, "chief@oak.example", "Olga Reyes", "Chief")
    for wrong in (proposal("ICE Oak"), proposal(email="desk@ice.gov"), proposal(website="https://www.ice.gov/oak")):
        with town.acting() as act, pytest.raises(Refusal, match="federal-"):
            service.edit(act, queries.by_slug(act, "oak-fire"), wrong)
    with town.acting(chief) as act, pytest.raises(Refusal, match="federal-domain"):
        service.edit_profile(act, "oak-fire", Profile("Fire.", "", "http://oak.cbp.gov/"))


def test_no_member_has_a_federal_address(town: Town) -> None:
    agency = make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    with pytest.raises(Refusal, match="federal-domain"):
        make.member(town, agency, "agent@ice.dhs.gov", "Sam Agent", "Agent")


def test_no_table_brings_one_in() -> None:
    text = "slug,kind,name,email\noak,fire,Oak Fire,desk@oak.example\nfield-office,police,ICE Maple,desk@ice.gov\n"
    with pytest.raises(sheet.SheetError) as caught:
        sheet.read(text.encode(), federal.read(), date(2026, 5, 14))
    assert [(bad.line, bad.name, bad.why.code) for bad in caught.value.bad] == [
        (3, "name", "federal-name"),
        (3, "email", "federal-domain"),
    ]


def test_no_form_does(town: Town) -> None:
    owen = make.work_account(town, "operator", "operator@maple.example", "Owen Pratt")
    typed = {"slug": "hsi", "kind": "police", "name": "HSI Maple", "email": "desk@hsi.example", "where": "town"}
    typed |= {"joined_on": "2026-05-14", "title": "Operator", "attest": "y"}
    page = town.browser(owen).post("/operator/agencies/new", typed)
    assert page.status == 422
    assert "“HSI” is on the list of what is federal" in page.words
    assert page.soup.find(id="name")["value"] == "HSI Maple", "as it was typed"


# — The list is the town's to change —


def test_a_town_may_use_a_list_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "federal.toml"
    file.write_text('acronyms = ["XYZ"]\nbeside = ["office"]\nphrases = ["U.S. Oak Rangers"]\ndomains = ["oak.gov"]\n')
    town = federal.read(str(file))
    assert town.in_name("XYZ Maple") == "XYZ"
    assert town.in_name("United States Oak Rangers") == "us oak rangers"
    assert town.in_name("ICE") == ""
    assert town.in_email("a@b.oak.gov") == "oak.gov"


@pytest.mark.parametrize(
    "text", ["acronyms = [", "acronyms = []", "acronyms = [1]\nbeside=[]\nphrases=[]\ndomains=[]", "names = []"]
)
def test_a_list_that_cannot_be_read_stops_the_program_and_says_why(tmp_path: Path, text: str) -> None:
    file = tmp_path / "federal.toml"
    file.write_text(text)
    with pytest.raises(FederalListError, match="PORCHLIGHT_FEDERAL_LIST"):
        create_app(Settings(secret_key=SECRET, data=tmp_path, federal_list=str(file)))
    with pytest.raises(FederalListError, match="cannot read"):
        federal.read(str(tmp_path / "none"))


def test_the_command_line_refuses_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORCHLIGHT_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORCHLIGHT_DATA", str(tmp_path))
    run = CliRunner().invoke
    assert run(cli.porchlight, ["init"]).exit_code == 0
    told = ["agency", "add", "--slug", "fbi", "--kind", "police", "--name", "FBI Maple", "--email", "desk@fbi.example"]
    refused = run(cli.porchlight, told)
    assert isinstance(refused.exception, Refusal) and refused.exception.code == "federal-name"

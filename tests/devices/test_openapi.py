"""The contract as a document: it says all that the door does, and the door does what it says."""

import ast
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

import portal
from portal.web import errors
from portal.web.problems import TYPES
from tests import factories
from tests.devices.tools import Porch, pairing_code
from tests.helpers import Town

PORTAL = Path(portal.__file__).parent
GUIDE = PORTAL.parent / "docs" / "device-api.md"
UNDESCRIBED = {"/api/v1/openapi.json", "/api/v1/problems"}  # the descriptions themselves


@pytest.fixture
def document(town: Town) -> dict[str, Any]:
    answer = town.app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    return answer.json


def walk(node: Any) -> list[dict[str, Any]]:
    """Every object in a JSON document."""
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in walk(value))]
    return [found for value in node for found in walk(value)] if isinstance(node, list) else []


def test_it_is_an_openapi_3_1_document(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"] and document["info"]["version"]
    assert set(document) <= {"openapi", "info", "servers", "paths", "components", "security", "tags"}
    for path, item in document["paths"].items():
        assert path.startswith("/")
        for operation in item.values():
            assert operation["summary"] and operation["responses"]
            assert all(re.fullmatch(r"[1-5]\d\d", status) for status in operation["responses"])
            assert all(answer["description"] for answer in operation["responses"].values())
            named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert operation["requestBody"]["content"]


def test_every_reference_in_it_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    used = {node["$ref"] for node in walk(document) if "$ref" in node}
    assert used == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_every_address_of_the_door_stands_in_it_and_no_other(town: Town, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in town.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.rule not in UNDESCRIBED
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == routes


def test_the_limit_for_a_sealed_file_is_this_towns(town: Town, document: dict[str, Any]) -> None:
    body = document["paths"]["/api/v1/clips/{event_id}"]["put"]["requestBody"]
    assert body["content"]["application/age"]["schema"]["maxLength"] == town.here.settings.clip_max_bytes


def test_pairing_alone_needs_no_token(document: dict[str, Any]) -> None:
    open_paths = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if operation.get("security", document["security"]) == []
    }
    assert open_paths == {"/api/v1/pairings"}


# — Problems —


def named_in_code(call: str, *files: Path) -> set[str]:
    """The first argument of every `call("…")` in these files."""
    return {
        node.args[0].value
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call
        if node.args and isinstance(node.args[0], ast.Constant)
    }


def raised() -> set[str]:
    """Every slug that the code can answer with: problems, refusals that become problems, and statuses' own."""
    slugs = named_in_code("Problem", *PORTAL.rglob("*.py"))
    clips = PORTAL / "clips"
    slugs |= named_in_code("Refusal", clips / "api.py", clips / "rules.py", clips / "service.py")
    return slugs | set(errors._SLUGS.values()) | {"code-unusable", "internal"}


def test_every_problem_that_the_code_raises_is_a_documented_type_and_no_type_is_left_over() -> None:
    assert raised() == set(TYPES)


def test_every_type_stands_on_the_page_that_its_address_leads_to(town: Town) -> None:
    page = town.browser().get("/api/v1/problems")
    assert page.status == 200
    for slug, (status, title) in TYPES.items():
        words = page.soup.find(id=slug).get_text(" ")
        assert slug in words and str(status) in words and title in words


def test_every_problem_that_an_address_may_answer_is_a_type(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if "application/problem+json" in answer.get("content", {}):
                    assert all(TYPES[slug][0] == int(status) for slug in answer["description"].split(", "))


@pytest.mark.parametrize("slug", TYPES)
def test_the_guide_for_builders_explains_every_problem(slug: str) -> None:
    problems = GUIDE.read_text().rpartition("\n## Problems\n")[2]
    rows = [line for line in problems.splitlines() if line.startswith(f"| `{slug}` |")]
    assert len(rows) == 1, f"docs/device-api.md has one row for `{slug}`"
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert cells[1] == str(TYPES[slug][0]) and all(cells), "slug, status, cause, what to do"


def test_the_guide_for_builders_names_every_call_and_every_kind_and_reason(document: dict[str, Any]) -> None:
    guide = GUIDE.read_text()
    for path, item in document["paths"].items():
        for method in item:
            assert f"{method.upper()} {path.replace('{event_id}', '<event id>')}" in guide
    event = document["components"]["schemas"]["DeviceEvent"]["properties"]
    result = document["components"]["schemas"]["Result"]["properties"]
    for word in (*event["kind"]["enum"], *result["status"]["enum"], *result["reason"]["enum"], *result["clip"]["enum"]):
        assert f"`{word}`" in guide, word


# — What the door really answers —


def check(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str = "") -> None:
    """A small part of JSON Schema: as much as the document uses."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
        "boolean": bool, "null": type(None),
    }  # fmt: skip
    if "type" in schema:
        wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(isinstance(value, kinds[kind]) for kind in wanted), (where, value)
        assert not isinstance(value, bool) or "boolean" in wanted, (where, value)
    if "enum" in schema:
        assert value in schema["enum"], (where, value)
    if schema.get("format") == "uuid":
        assert str(uuid.UUID(value)) == value, (where, value)
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value), (where, value)
        properties = schema.get("properties", {})
        assert set(value) <= set(properties), f"{where} says what is not documented: {set(value) - set(properties)}"
        for name, inner in value.items():
            check(document, properties[name], inner, f"{where}/{name}")
    if isinstance(value, list) and "items" in schema:
        for place, inner in enumerate(value):
            check(document, schema["items"], inner, f"{where}/{place}")


def matches(document: dict[str, Any], path: str, method: str, answer: TestResponse) -> None:
    """The answer is one that the document has for this call."""
    responses = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in responses, (path, answer.status_code, answer.text)
    described = responses[str(answer.status_code)]
    if "content" not in described:
        assert answer.data == b""
        return
    assert answer.mimetype in described["content"]
    check(document, described["content"][answer.mimetype]["schema"], answer.json)
    if answer.mimetype == "application/problem+json":
        slug = answer.json["type"].rpartition("#")[2]
        assert slug in described["description"].split(", "), (path, slug)


def test_what_the_door_answers_is_what_the_document_says(porch: Porch, document: dict[str, Any]) -> None:
    town, door = porch.town, porch.door
    nobody, anonymous = town.device("nonsense"), town.device(None)
    request = {"code": pairing_code(town, porch.rosa), "model": "Lantern", "serial": "S1", "firmware": "1"}
    for body in (request, request, {}, request | {"code": "ZZZZZZZZ"}):
        matches(document, "/api/v1/pairings", "post", anonymous.post("pairings", body))

    sealed = factories.seal(b"a film", porch.owner.recipient)
    filmed = factories.event(town.clock.now(), clip=sealed)
    other = factories.event(town.clock.now(), clip=sealed)
    late = factories.event(town.clock.now().replace(year=2020))
    huge = other | {"id": factories.event(town.clock.now())["id"], "clip": {"bytes": 2**40, "seconds": 9}}
    batch = {"events": [filmed, filmed, filmed | {"kind": "tamper"}, other, late, {}, {"id": "x"}, huge]}
    for client, body in ((door, batch), (door, {"events": []}), (nobody, batch), (door, [])):
        matches(document, "/api/v1/events", "post", client.post("events", body))

    digest = factories.digest(sealed)
    clip, poster = "/api/v1/clips/{event_id}", "/api/v1/clips/{event_id}/poster"
    again = factories.seal(b"a film", porch.owner.recipient)
    plain = b"\0\0\0\x20ftypisom" + b"x" * (len(sealed) - 12)
    for client, event_id, body, headers in (
        (door, filmed["id"], sealed, digest),
        (door, filmed["id"], sealed, digest),
        (door, filmed["id"], again, factories.digest(again)),
        (door, filmed["id"], sealed, {}),
        (door, filmed["id"], sealed, {"Content-Digest": "sha-256=:x:"}),
        (door, other["id"], plain, factories.digest(plain)),
        (door, other["id"], sealed[:-1], factories.digest(sealed[:-1])),
        (door, str(uuid.uuid4()), sealed, digest),
        (door, "nonsense", sealed, digest),
        (nobody, filmed["id"], sealed, digest),
    ):
        matches(document, clip, "put", client.put(f"clips/{event_id}", body, **headers))
    for _time in range(2):
        matches(document, poster, "put", door.put(f"clips/{filmed['id']}/poster", sealed, **digest))

    well = {"battery": 50, "rssi": -50, "firmware": "1", "uptime": 1, "settings_version": 1}
    for client, body in ((door, well), (door, well | {"settings_version": 0}), (door, {}), (nobody, well)):
        matches(document, "/api/v1/status", "post", client.post("status", body))

    town.browser(porch.rosa).post(f"/devices/{porch.device.id}/remove")
    matches(document, "/api/v1/events", "post", door.post("events", batch))
    matches(document, "/api/v1/status", "post", door.post("status", well))
    matches(document, clip, "put", door.put(f"clips/{filmed['id']}", sealed, **digest))


@pytest.mark.parametrize(
    ("path", "method"),
    [("pairings", "post"), ("events", "post"), ("status", "post")],
)
def test_the_document_says_which_media_type_and_how_much_of_it_an_address_takes(
    porch: Porch, document: dict[str, Any], path: str, method: str
) -> None:
    client = porch.town.app.test_client()
    for body, kind in ((b"x", "text/plain"), (b"{", "application/json"), (b" " * (2**21 + 1), "application/json")):
        answer = client.open(f"/api/v1/{path}", method=method, data=body, content_type=kind, headers=porch.door.headers)
        matches(document, f"/api/v1/{path}", method, answer)

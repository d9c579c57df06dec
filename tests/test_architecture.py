"""The shape of the program, read from its own text: which module may know which, and what a template may hold."""

import ast
import hashlib
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

ROOT = Path(__file__).resolve().parent.parent
PORTAL, SIMULATOR, TEMPLATES, VENDOR = (ROOT / name for name in ("portal", "simulator", "templates", "static/vendor"))

# Between features imports point left; inside one they point left as well.
FEATURES = (
    "audit",
    "accounts",
    "neighbourhoods",
    "devices",
    "clips",
    "agencies",
    "bulletins",
    "outlets",
    "responses",
    "archive",
    "feed",
    "moderation",
    "relay",
    "legal",
    "alerts",
    "guide",
)
LAYERS = (
    {"models", "links", "templates"},
    {
        "rules",
        "shapes",
        "townfile",
        "archivefile",
        "federal",
        "sheet",
        "passwords",
        "passkeys",
        "openapi",
    },  # plain functions and shapes
    {"queries"},
    {"access"},
    {"service"},
    {"jobs"},
    {"atom", "ics", "cap", "geojson"},  # formats in which outlets say things
    {"cards", "answers", "sessions", "exports"},  # what views share in putting words together
    {"views", "api", "marks", "editing", "operating", "signing"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules(folder: Path) -> dict[str, Path]:
    """Dotted name -> file, of every module under a folder of the repository."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
        if "versions" not in path.parts
    }


def imported(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions; `from a import b` counts as a and as a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


MODULES = modules(PORTAL)


def known(names: set[str]) -> set[str]:
    return names & set(MODULES)


def feature_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 2 and parts[1] in FEATURES else None


def test_every_module_of_a_feature_has_a_known_place_in_it() -> None:
    strangers = [name for name in MODULES if feature_of(name) and name.split(".")[2] not in LEVEL]
    assert not strangers, "give it a place in LAYERS, with the others of its kind"


def test_inside_a_feature_imports_point_one_way() -> None:
    wrong = []
    for name, path in MODULES.items():
        feature, layer = feature_of(name), name.rsplit(".", 1)[-1]
        for other in known(imported(path)):
            if feature and feature == feature_of(other) and other != name:
                there = other.rsplit(".", 1)[-1]
                if LEVEL[there] > LEVEL[layer] or (LEVEL[there] == LEVEL[layer] and layer in ("views", "service")):
                    wrong.append(f"{name} -> {other}")
    assert not wrong


def test_between_features_imports_point_left() -> None:
    wrong = []
    for name, path in MODULES.items():
        feature = feature_of(name)
        for other in known(imported(path)):
            there = feature_of(other)
            if feature and there and FEATURES.index(there) > FEATURES.index(feature):
                wrong.append(f"{name} -> {other}")
    assert not wrong


def test_what_features_stand_on_knows_no_feature() -> None:
    """Except where the application is put together: the features' list, who asks, the worker's kinds, the commands."""
    joints = {"portal", "portal.cli", "portal.identity", "portal.models", "portal.work", "portal.server"}
    wrong = [
        f"{name} -> {other}"
        for name, path in MODULES.items()
        if not feature_of(name) and name not in joints and not name.startswith("portal.demotown")
        for other in known(imported(path))
        if feature_of(other)
    ]
    assert not wrong


def top_level(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_rules_queries_access_and_services_know_no_flask() -> None:
    core = ("models", "rules", "queries", "access", "service", "jobs", "atom", "ics", "cap", "geojson")
    wrong = [
        name
        for name, path in MODULES.items()
        if feature_of(name)
        and name.rsplit(".", 1)[-1] in core
        and any(module.startswith(("flask", "werkzeug", "wtforms", "markupsafe")) for module in top_level(path))
    ]
    assert not wrong


def test_the_base_that_says_so_knows_no_flask() -> None:
    wrong = [
        name
        for name in (
            "portal.db",
            "portal.store",
            "portal.jobs",
            "portal.mail",
            "portal.push",
            "portal.clock",
            "portal.codes",
            "portal.schema",
        )
        if any(module.startswith("flask") for module in top_level(MODULES[name]))
    ]
    assert not wrong


def test_media_are_prepared_without_the_web_and_the_database() -> None:
    for name, path in MODULES.items():
        if name.startswith("portal.media"):
            assert not {part for part in top_level(path) if part.startswith(("flask", "sqlalchemy", "werkzeug"))}, name
            assert not {other for other in known(imported(path)) if not other.startswith("portal.media")} - {
                "portal"
            }, name


def test_the_portal_and_the_simulator_meet_on_the_wire_only() -> None:
    for path in PORTAL.rglob("*.py"):
        assert "simulator" not in top_level(path), path
    for path in SIMULATOR.rglob("*.py"):
        assert "portal" not in top_level(path), path


# — The gates —


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call in a file with the dotted name of the function that it stands in."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            here = inside
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                here = f"{inside}.{child.name}"
            if isinstance(child, ast.Call):
                yield inside, child
            yield from walk(child, here)

    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    yield from walk(ast.parse(path.read_text()), name)


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_post(node: ast.expr) -> bool:
    """`Post`, or a column of it."""
    return isinstance(node, ast.Name) and node.id == "Post" or (isinstance(node, ast.Attribute) and is_post(node.value))


def test_one_query_alone_reads_posts() -> None:
    gates = {"portal.feed.queries.visible_to"}
    own_words = "portal.feed.service."  # a service changes the row that access has let through
    wrong = [
        place
        for path in PORTAL.rglob("*.py")
        for place, node in calls(path)
        if called(node) in ("select", "query", "get", "get_one", "select_from")
        and any(is_post(arg) for arg in node.args)
        if place not in gates and not (place.startswith(own_words) and called(node) in ("get", "get_one"))
    ]
    assert not wrong


def test_what_goes_out_to_other_programs_knows_nothing_of_neighbours() -> None:
    """Outlets are open to everybody: they have no way to a resident, a device, a clip or a neighbour's post."""
    may_know = {"agencies", "bulletins", "outlets"}
    for name, path in MODULES.items():
        if name.startswith("portal.outlets"):
            features = {feature_of(other) for other in known(imported(path))} - {None}
            assert features <= may_know, f"{name} knows {features - may_know}"


def test_what_goes_out_comes_from_the_gates_of_bulletins_alone() -> None:
    wrong = [
        f"{place}: {ast.unparse(node)}"
        for path in (PORTAL / "outlets").rglob("*.py")
        for place, node in calls(path)
        if called(node) in ("select", "query", "get", "get_one", "select_from")
        if any(re.match(r"(\w+\()*AgencyPost\b", ast.unparse(arg)) for arg in node.args)
    ]
    assert not wrong


def test_only_the_database_commits() -> None:
    found = {place for path in PORTAL.rglob("*.py") for place, node in calls(path) if called(node) == "commit"}
    assert found == {"portal.db.Database.write"}


def test_no_rule_service_or_query_asks_the_machine_for_the_time() -> None:
    wrong = [
        f"{place}: {called(node)}"
        for name, path in MODULES.items()
        if feature_of(name) and not name.endswith(".jobs")
        for place, node in calls(path)
        if called(node) in ("now", "utcnow", "today") and ast.unparse(node.func).startswith(("datetime", "date."))
    ]
    assert not wrong


# — Templates —

PAGES = sorted(TEMPLATES.rglob("*.html"))
CLASSES = re.compile(r"\{% block main_class %\}.*?\{% endblock %\}")  # a block of class names, not of words
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# Letters that are no words: the demo's password, and a macro that makes attributes.
NOT_TRANSLATED = {"porchlight-demo", 'aria-current="page" aria-current="true"'}


def without_jinja(text: str) -> str:
    """A template's own HTML. What Jinja makes stands as a number: it has no letters, and `<h{{ n }}>` is a tag."""
    return JINJA.sub(lambda found: "" if found[0].startswith(("{#", "{%")) else "1", CLASSES.sub("", text))


class Markup(HTMLParser):
    """Collects what the checks below look at."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1] in ("script", "style")):
            self.texts.append(data)


def parsed(path: Path) -> Markup:
    reader = Markup()
    reader.feed(without_jinja(path.read_text()))
    reader.close()
    return reader


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_holds_nothing_that_the_content_security_policy_forbids(path: Path) -> None:
    text = path.read_text()
    for tag, attributes in parsed(path).tags:
        assert tag != "style", "styles stand in static/css"
        assert tag != "script" or attributes.get("src"), "scripts stand in static/js"
        for name, value in attributes.items():
            assert name != "style", f"an inline style: {value}"
            assert not name.startswith("on"), f"an event attribute: {name}"
            assert not name.startswith(("hx-on", "data-hx-on")), name
            assert name not in ("hx-vals", "hx-vars") or not value.strip().startswith(("js:", "javascript:")), value
            if name in ("src", "href", "action", "srcset", "poster", "data", "formaction"):
                assert not re.match(r"(https?:)?//|javascript:", value.strip(), re.IGNORECASE), f"{name}={value}"
            if name == "hx-trigger":
                assert "[" not in value, "htmx takes a filter for true without eval"
    assert not re.search(r"hx-on[:-]|[\"']js:|javascript:", text), "also not by a macro's attrs"
    assert not re.search(r"[\"']hx-trigger[\"']\s*:\s*[\"'][^\"']*\[", text)
    assert not re.search(r"@import|url\(\s*[\"']?https?:", text)


def test_no_stylesheet_or_script_of_ours_loads_from_elsewhere() -> None:
    for path in [*(ROOT / "static/css").rglob("*.css"), *(ROOT / "static/js").rglob("*.js")]:
        text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"(url\(|import\s*\(?|from|fetch\()\s*[\"']?(https?:)?//", text), path
        assert not re.search(r"\beval\(|new Function\(|\.innerHTML\s*=|insertAdjacentHTML|document\.write", text), path


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_word_that_a_person_reads_can_be_translated(path: Path) -> None:
    found = parsed(path)
    said = list(found.texts)
    for _tag, attributes in found.tags:
        said += [attributes[name] for name in ("alt", "title", "placeholder", "aria-label") if name in attributes]
    words = [text.strip() for text in said if re.search(r"[^\W\d_]{2,}", text)]
    assert [text for text in words if html.unescape(text) not in NOT_TRANSLATED] == []


WORDS_FOR = {"title", "lead", "text", "label", "caption", "hint", "alt", "note", "back_text", "eyebrow", "subtitle"}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_the_words_given_to_components_can_be_translated_too(path: Path) -> None:
    wrong = []
    for call in jinja2.Environment().parse(path.read_text()).find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Getattr) and getattr(call.node.node, "name", "") == "ui"):
            continue
        given = [word.value for word in call.kwargs if word.key in WORDS_FOR]
        given += [arg for arg in call.args if isinstance(arg, nodes.Const) and " " in str(arg.value)]
        wrong += [
            arg.value for arg in given if isinstance(arg, nodes.Const) and re.search(r"[^\W\d_]{2}", str(arg.value))
        ]
    assert wrong == []


# — What we carry but did not write —


def vendored() -> list[Path]:
    return sorted(path for path in VENDOR.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", vendored(), ids=lambda folder: folder.name)
def test_a_vendored_library_has_its_licence_and_is_what_it_was(folder: Path) -> None:
    assert re.search(r"-\d+\.\d+\.\d+", folder.name), "its folder says which version"
    assert (folder / "LICENSE").stat().st_size > 100
    listed = {}
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        listed[name.lstrip("*")] = digest
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del files["SHA256SUMS"]
    assert set(files) - {"LICENSE"} <= set(listed), "every file has its checksum"
    for name, digest in listed.items():
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == digest, name


def test_templates_use_only_vendored_files_that_are_there() -> None:
    for path in PAGES:
        for name in re.findall(r"static\(['\"]([^'\"]+)['\"]\)", path.read_text()):
            assert (ROOT / "static" / name).is_file(), f"{path.name}: {name}"


def test_no_file_holds_the_marks_of_a_merge() -> None:
    """In a style sheet or a document nothing else would notice."""
    folders = [PORTAL, SIMULATOR, TEMPLATES, ROOT / "static", ROOT / "docs", ROOT / "tests", ROOT / "bench"]
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".py", ".html", ".css", ".js", ".md")
    ]
    marked = [str(path) for path in files if re.search(r"^(<{7}|>{7}) ", path.read_text(), re.MULTILINE)]
    assert marked == []

"""What every route declares of who it is for, as a document that people can read: `docs/access.md`."""

from dataclasses import dataclass

from flask import Flask

from portal.web.access import ACCOUNTS, DEVICE, VISITOR, rules

KINDS = (VISITOR, *ACCOUNTS, DEVICE)

HEAD = """# Who may call what

Written by `porchlight docs access` from the rule that stands above each view (`@allow`); do not edit it. A test
compares it with the program, and both with a table that was written by hand (`tests/test_access.py`).

**yes**: this kind of asker is let in. What they may see there is decided for each thing: what is not theirs to know
answers 404, with the same bytes as what does not exist. **–**: an account gets the same 404; a visitor is asked to sign
in, unless no account may. Under `/api/` no account counts: whoever shows no device's token there is a visitor, and gets
401 at a device's door. Everywhere else a device is a visitor.
"""


@dataclass(frozen=True)
class Route:
    """A path and its methods, the feature that answers, and the kinds of asker that it is for."""

    path: str
    methods: tuple[str, ...]
    feature: str
    endpoint: str
    kinds: frozenset[str]


def routes(app: Flask) -> list[Route]:
    """Every route of the program, by path. HEAD goes with GET, and OPTIONS says nothing of anybody's."""
    declared = rules(app)
    found = []
    for rule in app.url_map.iter_rules():
        methods = tuple(sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}))
        feature = app.view_functions[rule.endpoint].__module__.split(".")[1]
        found.append(Route(rule.rule, methods, feature, rule.endpoint, declared[rule.endpoint]))
    return sorted(found, key=lambda route: (route.path, route.methods))


def document(app: Flask) -> str:
    """The routes of each feature with their rules, in Markdown."""
    every = routes(app)
    parts = [HEAD]
    for feature in sorted({route.feature for route in every}):
        lines = [
            f"\n## {feature}\n",
            f"| path | | {' | '.join(KINDS)} |",
            f"|---|---|{'---|' * len(KINDS)}",
        ]
        for route in every:
            if route.feature == feature:
                cells = " | ".join("yes" if kind in route.kinds else "–" for kind in KINDS)
                lines.append(f"| `{route.path}` | {', '.join(route.methods)} | {cells} |")
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)

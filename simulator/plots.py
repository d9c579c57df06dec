"""The report of a run as one HTML file: numbers, and its course as plots. It needs nothing else, not even a network."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

_WIDE, _HIGH = 860, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 26
_MEANING = {
    "sent": "different events that were put on the wire",
    "acknowledged": "of these, the portal said that it has them",
    "accepted": "answers: kept now",
    "duplicate": "answers: kept before",
    "rejected": "never kept, with a reason",
    "dropped": "fell out of a full queue of a device that was offline",
    "in_doubt": "of these, were sent before, and no answer came: the portal may have them",
    "undelivered": "still waited in a device when the run ended",
    "lost": "acknowledged, and later unknown. Must be 0",
    "clips_lost": "the same of clips. Must be 0",
    "verified": "acknowledged events that were asked for again at the end",
    "clips_verified": "acknowledged clips that were asked for again at the end",
    "retries": "calls that had to be made again",
    "stopped": "devices that were told to stop",
}
_STYLE = """
:root { color-scheme: light dark; --paper: #fffdf8; --ink: #23211c; --soft: #6b665b; --line: #ddd6c8;
  --one: #b3690c; --two: #2f6f8f; --three: #7a3f86; --bad: #a4262c; --good: #2c6e3f; }
@media (prefers-color-scheme: dark) { :root { --paper: #1b1a17; --ink: #efe9dc; --soft: #a79f90; --line: #3b3830;
  --one: #f2b35c; --two: #7cc0dd; --three: #cf9bdb; --bad: #ff8f8f; --good: #8fd0a0; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 56rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft, caption { color: var(--soft); } .bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; } td.n, th.n { text-align: right;
  font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); stroke-width: 1; } path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
path.a { stroke: var(--one); } path.b { stroke: var(--two); stroke-dasharray: 6 3; }
path.c { stroke: var(--three); stroke-dasharray: 2 3; } .key { margin-right: 1.2rem; white-space: nowrap; }
.key svg { display: inline-block; width: 28px; height: 10px; vertical-align: middle; margin-right: .3rem; }
"""


def page(report: Mapping[str, Any], title: str, told: Mapping[str, Any]) -> str:
    """report: what Tally.as_dict gives. told: how the run was asked for, in the order to be shown."""
    rows = report["course"]
    bad = report["lost"] or report["clips_lost"] or any(name.startswith("taken") for name in report["probes"])
    verdict = (
        '<p class="bad">Something acknowledged is not there, or something was taken that had to be refused.</p>'
        if bad
        else '<p class="good">Nothing that was acknowledged was lost.</p>'
    )
    counts = [(key, value) for key, value in report.items() if isinstance(value, int)]
    asked = "".join(f"<tr><th>{escape(str(key))}</th><td>{escape(str(value))}</td></tr>" for key, value in told.items())
    course = "".join(
        _figure(name, unit, rows, lines)
        for name, unit, lines in (
            ("Events acknowledged", "a second", [("events", "a", _rate("events"))]),
            ("Calls answered", "a second", [("calls", "a", _rate("calls"))]),
            (
                "Time to an answer",
                "milliseconds",
                [("p50", "a", _value("p50")), ("p95", "b", _value("p95")), ("p99", "c", _value("p99"))],
            ),
            ("Backlog", "events that wait in devices", [("events", "a", _value("backlog"))]),
        )
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1><p class="soft">{report["seconds"]:g} seconds</p>{verdict}
<h2>Course</h2>{course}
<h2>Times of calls</h2>
<table><tr><th>Call</th><th class="n">Answered</th><th class="n">p50, ms</th><th class="n">p95, ms</th>
<th class="n">p99, ms</th></tr>{_latencies(report["latencies"])}</table>
<h2>Counts</h2><table>{"".join(map(_count, counts))}</table>
{_named("Reasons", report["reasons"])}{_named("What had to be refused", report["probes"])}
<h2>The run</h2><table>{asked}</table>
</body></html>
"""


def _count(entry: tuple[str, int]) -> str:
    key, value = entry
    name, meaning = escape(key.replace("_", " ")), escape(_MEANING.get(key, ""))
    return f'<tr><th>{name}</th><td class="n">{value}</td><td class="soft">{meaning}</td></tr>'


def _latencies(latencies: Mapping[str, Mapping[str, float]]) -> str:
    return "".join(
        f"<tr><th>{escape(kind)}</th>"
        + "".join(f'<td class="n">{times[key]:g}</td>' for key in ("calls", "p50_ms", "p95_ms", "p99_ms"))
        + "</tr>"
        for kind, times in latencies.items()
    )


def _named(title: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    rows = "".join(f'<tr><th>{escape(key)}</th><td class="n">{value}</td></tr>' for key, value in counts.items())
    return f"<h2>{title}</h2><table>{rows}</table>"


Line = tuple[str, str, Callable[[Mapping[str, Any], float], float | None]]


def _rate(key: str) -> Callable[[Mapping[str, Any], float], float | None]:
    return lambda row, length: row[key] / length if length > 0 else None


def _value(key: str) -> Callable[[Mapping[str, Any], float], float | None]:
    return lambda row, length: row[key]


def _figure(name: str, unit: str, rows: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> str:
    """One plot over time with its heading and, for several lines, their names."""
    series = []
    for label, style, of in lines:
        before, points = 0.0, []
        for row in rows:
            points.append((row["seconds"], of(row, row["seconds"] - before)))
            before = row["seconds"]
        series.append((label, style, points))
    values = [value for _, _, points in series for _, value in points if value is not None]
    if not values:
        return ""
    top, end = _nice(max(values)), max(rows[-1]["seconds"], 1e-9)

    def x(seconds: float) -> float:
        return _LEFT + (_WIDE - _LEFT - _RIGHT) * seconds / end

    def y(value: float) -> float:
        return _HIGH - _BOTTOM - (_HIGH - _TOP - _BOTTOM) * value / top

    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y(at) + 4:.1f}" text-anchor="end">{_short(at)}</text>'
        for at in (0, top / 2, top)
    )
    anchors = ("start", "middle", "end")
    grid += "".join(
        f'<text x="{x(end * n / 2):.1f}" y="{_HIGH - 6}" text-anchor="{anchors[n]}">{_short(end * n / 2)} s</text>'
        for n in range(3)
    )
    paths = "".join(f'<path class="{style}" d="{_path(points, x, y)}"/>' for _, style, points in series)
    key = ""
    if len(series) > 1:
        key = "<p>" + "".join(
            f'<span class="key"><svg viewBox="0 0 28 10" aria-hidden="true"><path class="{style}" d="M0 5H28"/></svg>'
            f"{label}</span>"
            for label, style, _ in series
        ) + "</p>"  # fmt: skip
    what = f"{name}, {unit}: at most {_short(max(values))} over {_short(end)} seconds"
    return (
        f'<h3>{name} <span class="soft">{unit}</span></h3>{key}'
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(what)}">{grid}{paths}</svg>'
    )


def _path(
    points: Sequence[tuple[float, float | None]], x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    """A line with gaps where there is no value."""
    parts, drawing = [], False
    for seconds, value in points:
        if value is None:
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{x(seconds):.1f} {y(value):.1f}")
        if not drawing:
            parts.append("h0.1")  # a lone point is seen, too
        drawing = True
    return "".join(parts)


def _nice(value: float) -> float:
    """A round number not below value."""
    if value <= 0:
        return 1.0
    step = 10 ** math.floor(math.log10(value))
    return next(step * factor for factor in (1, 2, 4, 5, 10) if step * factor >= value * 0.9999)


def _short(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"

"""A result as one HTML file: nothing is loaded from elsewhere, so it can be mailed and handed in."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from course.report import figures, gnuplot
from course.report.result_file import Result, Series, percentile_name
from course.report.sparkline import sparkline
from course.report.terminal_table import quantiles_of

_TWIN = "_undisturbed"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: .9rem; } .wide { overflow-x: auto; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td.curve, pre, code { font-family: ui-monospace, monospace; text-align: left; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; font-size: .85rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(32rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } figure svg { width: 100%; height: auto; border-radius: 6px; }
figcaption { font-size: .85rem; }
"""


def write(result: Result, target: Path) -> None:
    """Writes the page at once: a reader never sees half of it."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    temporary.write_text(html(result), encoding="utf-8")
    temporary.replace(target)


def html(result: Result) -> str:
    """The whole page."""
    data = result.data
    title = escape(data["what"])
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        _origin(data),
    ]
    distributions = ["<h2>Distributions</h2>", _series_table(result)]
    if data.get("plots"):
        parts += ["<h2>Curves</h2>", _curves(data["plots"]), *distributions]
    else:
        parts += [*distributions, "<h2>Percentile curves</h2>", _plots(result.series)]
    if data["notes"]:
        parts += ["<h2>Notes</h2><ul>", *(f"<li>{escape(note)}</li>" for note in data["notes"]), "</ul>"]
    if data.get("summary"):
        parts += ["<h2>Summary</h2>", _tree_table(data["summary"])]
    return "\n".join([*parts, "</body></html>", ""])


def _origin(data: dict[str, Any]) -> str:
    machine = ", ".join(f"{escape(str(key))} {escape(str(value))}" for key, value in data["machine"].items())
    build = data["build"]
    return (
        f"<p>{machine}<br>{escape(build['compiler'])}, {escape(build['flags'])}, commit {escape(data['commit'])}, "
        f"{escape(data['time'])}</p><pre>{escape(data['command'])}</pre>"
    )


def _series_table(result: Result) -> str:
    shown = quantiles_of(result)
    heading = ["", "n", "min", *(percentile_name(value) for value in shown), "max", "p0 &hellip; p99.99"]
    rows = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in heading) + "</tr>"]
    for series in result.series:
        values = [series.minimum, *(series.quantiles.get(value) for value in shown), series.maximum]
        cells = [escape(series.title), f"{series.n:,}"]
        cells += [escape(figures.value_text(value, series.unit)) for value in values]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr>{row}<td class="curve">{sparkline(series.points())}</td></tr>')
    return '<div class="wide"><table>' + "\n".join(rows) + "</table></div>"


def _plots(series: list[Series]) -> str:
    groups: dict[str, list[Series]] = {}
    for entry in series:
        if entry.n:
            groups.setdefault(entry.name.removesuffix(_TWIN), []).append(entry)
    figures_html, problems = [], []
    for index, (name, members) in enumerate(groups.items()):
        try:
            svg = gnuplot.percentile_plot(members, name=f"plot{index}")
            figures_html.append(f"<figure>{svg}<figcaption>{escape(members[0].title)}</figcaption></figure>")
        except gnuplot.GnuplotError as error:
            problems.append(f"{name}: {error}" if "installed" not in str(error) else str(error))
    said = "".join(f"<p>No plot: {escape(problem)}</p>" for problem in dict.fromkeys(problems))
    if not groups:
        said = "<p>No plot: there are no series with values.</p>"
    return said + '<div class="plots">' + "\n".join(figures_html) + "</div>"


def _curves(plots: list[dict[str, Any]]) -> str:
    parts = []
    for index, plot in enumerate(plots):
        try:
            svg = gnuplot.curves_plot(plot, name=f"curves{index}")
        except gnuplot.GnuplotError as error:
            parts.append(f"<p>No plot: {escape(str(error))}</p>")
            continue
        parts.append(f"<figure>{svg}<figcaption>{escape(plot['title'])}</figcaption></figure>")
    return "\n".join(parts)


def _tree_table(tree: dict[str, Any]) -> str:
    rows = [f"<tr><td>{escape(key)}</td><td>{escape(text)}</td></tr>" for key, text in _flat(tree)]
    return '<div class="wide"><table>' + "\n".join(rows) + "</table></div>"


def _flat(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(tree, dict):
        return [row for key, value in tree.items() for row in _flat(value, f"{prefix}.{key}" if prefix else str(key))]
    if isinstance(tree, bool) or tree is None:
        return [(prefix, {True: "yes", False: "no", None: "-"}[tree])]
    if isinstance(tree, int):
        return [(prefix, f"{tree:,}")]
    return [(prefix, f"{tree:,.4g}" if isinstance(tree, float) else str(tree))]

"""A result in the terminal: one line a series, with its curve."""

from __future__ import annotations

import sys

from course.report import figures
from course.report.result_file import Result, Series, percentile_name
from course.report.sparkline import ASCII, BLOCKS, sparkline


def lines(result: Result, encoding: str | None = None) -> list[str]:
    """The whole text. Block characters only where the terminal's encoding has them."""
    data = result.data
    machine = data["machine"]
    text = [data["what"]]
    text.append(f"  {machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}")
    build = data["build"]
    text.append(f"  {build['compiler']}, {build['flags']}, commit {data['commit'][:12]}, {data['time']}")
    text.append(f"  $ {data['command']}")
    text += [""] + _table(result, _blocks(encoding or sys.stdout.encoding))
    if data["notes"]:
        text += ["", "Notes"] + [f"  {note}" for note in data["notes"]]
    return text


def _table(result: Result, blocks: str) -> list[str]:
    shown = quantiles_of(result)
    heading = ["", "n", "min", *(percentile_name(value) for value in shown), "max"]
    rows = [[*_cells(series, shown), sparkline(series.points(), blocks=blocks)] for series in result.series]
    if not rows:
        return ["  no series"]
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    out = []
    for row in [[*heading, "p0 ... p99.99"], *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:])]
        out.append(("  " + "  ".join(cells) + "  " + row[-1]).rstrip())
    return out


def _cells(series: Series, shown: list[float]) -> list[str]:
    values = [series.minimum, *(series.quantiles.get(value) for value in shown), series.maximum]
    return [series.title, f"{series.n:,}", *(figures.value_text(value, series.unit) for value in values)]


def quantiles_of(result: Result) -> list[float]:
    """The percentiles that any of the series has."""
    return sorted({value for series in result.series for value in series.quantiles})


def _blocks(encoding: str | None) -> str:
    try:
        BLOCKS.encode(encoding or "ascii")
        return BLOCKS
    except (UnicodeEncodeError, LookupError):
        return ASCII

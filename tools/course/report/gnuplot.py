"""Percentile curves, and curves over other things, as SVG, drawn by gnuplot."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

from course.report import figures
from course.report.result_file import Series, percentile_name

_TICKS = (50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999)
_COLOURS = ("#2f6db5", "#d1662b", "#3a8f5c", "#8a5bb0", "#b03a5b", "#6f7d1f", "#4aa3a8", "#7a6552")
_TIME_LIMIT_S = 30.0


class GnuplotError(Exception):
    """gnuplot is absent or did not draw; the text says why."""


def percentile_plot(series: list[Series], *, name: str, width: int = 640, height: int = 340) -> str:
    """An <svg> element: value over 1/(1-p), both axes logarithmic. `name` keeps its ids apart from other plots'."""
    drawable = [(entry, _points(entry)) for entry in series]
    drawable = [(entry, points) for entry, points in drawable if points]
    if not drawable:
        raise GnuplotError("there are no points to draw")
    unit = "us" if figures.is_time(drawable[0][0].unit) else drawable[0][0].unit
    script = [
        *_look(width, height),
        f"set ylabel '{_quoted(unit)}'",
        "set format y '%g'",
        "set xrange [1:*]",
        "set xtics (" + ", ".join(f"'{percentile_name(tick)}' {1 / (1 - tick / 100):.6g}" for tick in _TICKS) + ")",
    ]
    plots = [
        f"'-' with lines lw 2 lc rgb '{_COLOURS[index % len(_COLOURS)]}' title '{_quoted(entry.title)}'"
        for index, (entry, _) in enumerate(drawable)
    ]
    script.append("plot " + ", ".join(plots))
    for _, points in drawable:
        script += [f"{x:.8g} {y:.8g}" for x, y in points] + ["e"]
    return _embeddable(_run("\n".join(script) + "\n"), name)


def curves_plot(plot: dict[str, Any], *, name: str, width: int = 760, height: int = 420) -> str:
    """An <svg> element of one of a result's "plots": curves over sizes or rates, named marks on the x axis."""
    curves = [
        (curve["title"], [(x, y) for x, y in curve["points"] if x > 0 and y > 0])
        for curve in plot["curves"]
    ]  # fmt: skip
    curves = [(title, points) for title, points in curves if points]
    if not curves:
        raise GnuplotError("there are no points to draw")
    script = [*_look(width, height), f"set ylabel '{_quoted(plot['y'])}'", f"set xlabel '{_quoted(plot['x'])}'"]
    if plot["x"] == "bytes":
        sizes = [x for _, points in curves for x, _ in points]
        ticks = [2**power for power in range(8, 50, 2) if min(sizes) <= 2**power <= max(sizes)]
        script.append("set xtics (" + ", ".join(f"'{_size_text(tick)}' {tick}" for tick in ticks) + ")")
    for mark in plot.get("marks", []):
        script.append(f"set arrow from {mark['x']:.8g}, graph 0 to {mark['x']:.8g}, graph 1 nohead dt 2 lc rgb '#666666'")
        script.append(f"set label '{_quoted(mark['title'])}' at {mark['x']:.8g}, graph 0.03 offset 0.4,0 noenhanced")
    plots = [
        f"'-' with linespoints pt 7 ps 0.4 lw 2 lc rgb '{_COLOURS[index % len(_COLOURS)]}' title '{_quoted(title)}'"
        for index, (title, _) in enumerate(curves)
    ]
    script.append("plot " + ", ".join(plots))
    for _, points in curves:
        script += [f"{x:.8g} {y:.8g}" for x, y in points] + ["e"]
    return _embeddable(_run("\n".join(script) + "\n"), name)


def _look(width: int, height: int) -> list[str]:
    return [
        f"set terminal svg size {width},{height} dynamic font 'sans-serif,12' background '#ffffff'",
        "set logscale xy",
        "set grid lc rgb '#dddddd'",
        "set border 3 lc rgb '#666666'",
        "set tics nomirror",
        "set key top left reverse Left noenhanced",
    ]


def _size_text(size: int) -> str:
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{size / factor:g} {unit}"
    return str(size)


def _points(series: Series) -> list[tuple[float, float]]:
    return [
        (1.0 / (1.0 - percentile / 100.0), figures.microseconds(value, series.unit))
        for percentile, value in series.points()
        if percentile < 100.0 and value > 0
    ]


def _quoted(text: str) -> str:
    """Inside gnuplot's single quotes only the quote itself is special; a newline would end the command."""
    return re.sub(r"\s+", " ", text).replace("'", "''")


def _run(script: str) -> str:
    program = shutil.which("gnuplot")
    if not program:
        raise GnuplotError("gnuplot is not installed; to have plots:  sudo apt-get install gnuplot-nox")
    try:
        done = subprocess.run(
            [program, "-d"], input=script, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GnuplotError(f"gnuplot did not draw: {error}") from error
    if done.returncode != 0 or "<svg" not in done.stdout or "</svg>" not in done.stdout:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise GnuplotError(f"gnuplot did not draw: {said}")
    return done.stdout


def _embeddable(svg: str, name: str) -> str:
    """From <svg> to </svg>, with ids that are unique in the page."""
    svg = svg[svg.index("<svg") : svg.rindex("</svg>") + len("</svg>")]
    svg = re.sub(r"\b(id=['\"])", rf"\1{name}-", svg)
    return re.sub(r"((?:xlink:)?href=['\"]#|url\(['\"]?#)", rf"\1{name}-", svg)

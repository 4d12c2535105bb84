"""./course report RESULT.json: a table here, and a page beside the file."""

from __future__ import annotations

import argparse
from pathlib import Path

from course.report import page, result_file, terminal_table
from course.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course report."""
    parser.add_argument("result", type=Path, help="result file (lln/result/v1)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="where the page goes (default: beside the file)")
    parser.add_argument(
        "--curves", type=Path, metavar="DIR", help="its .hgrm files (default: the directory named like the file)"
    )


def run(options: argparse.Namespace) -> int:
    """Prints the table and writes the page."""
    result = result_file.load(options.result, options.curves)
    for line in terminal_table.lines(result):
        say(line)
    target = options.html or options.result.with_suffix(".html")
    page.write(result, target)
    say()
    say(f"With plots: {target}")
    return 0

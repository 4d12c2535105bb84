"""./course list: all exercises with minutes, points and where you stand."""

from __future__ import annotations

import argparse
from itertools import groupby

from course import exercises as catalogue
from course.student import common
from course.terminal import paint, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course list."""
    parser.add_argument("module", nargs="?", help="only this module (02, 02-lock-free or lock-free)")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 when there is no such module."""
    _, exercises, memory = common.setting(options)
    shown = catalogue.of_module(exercises, options.module) if options.module else exercises
    if not shown:
        say(f"course: no module starts with {options.module!r}; these have exercises: "
            f"{', '.join(sorted({e.module for e in exercises}))}.")
        common.say_next(("./course list", "all of them"))
        return 2
    width = max(len(exercise.name) for exercise in shown)
    for module, members in groupby(shown, key=lambda exercise: exercise.module):
        say(paint(module, "bold"))
        for exercise in members:
            verdict = memory.verdict(exercise)
            points = f"{verdict['points']}/{exercise.points}" if verdict else f"-/{exercise.points}"
            mark = "done" if memory.done(exercise) else "begun" if verdict else ""
            say(f"  {exercise.id}  {exercise.name.ljust(width)}  {exercise.minutes:3} min  {points:>5}  {mark:5}  "
                f"{exercise.title}")
    minutes = sum(exercise.minutes for exercise in shown)
    points = sum(exercise.points for exercise in shown)
    say(f"{len(shown)} exercises, {minutes // 60} h {minutes % 60:02} min, {points} points")
    common.say_next(("./course next", "the first one that is not done"))
    return 0

"""./course grade: builds and tests every exercise and prints the report card."""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path

from course import card, exercises as catalogue, trial
from course.grading import gradescope, junit_export, report_card
from course.problem import Problem
from course.student import common
from course.terminal import paint, say
from course.verdicts import ExerciseResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course grade."""
    parser.add_argument("exercise", nargs="*", metavar="ID|NAME", help="only these (default: all)")
    parser.add_argument("--module", metavar="NN", help="only this module (02, 02-lock-free or lock-free)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the report card as data (lln/grade/v1)")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="for GitLab and other CI systems")
    parser.add_argument("--gradescope", type=Path, metavar="FILE", help="results.json of a Gradescope autograder")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when the grading itself worked, whatever the points."""
    layout, exercises, memory = common.setting(options)
    wanted = _wanted(exercises, options)
    results = trial.run(layout, wanted)
    for result in results:
        memory.note_verdict(result, in_work=False)
    for module, members in groupby(results, key=lambda result: result.exercise.module):
        say()
        say(paint(f"== {module}", "bold"))
        for result in members:
            for line in card.exercise_lines(result):
                say(line)
    say()
    for line in _total(results):
        say(line)
    data = report_card.document(results, layout.root)
    _write(options.json, lambda: json.dumps(data, indent=2) + "\n")
    _write(options.junit, lambda: junit_export.document(results))
    _write(options.gradescope, lambda: json.dumps(gradescope.document(results), indent=2) + "\n")
    open_ones = [result for result in results if not result.done]
    if open_ones:
        common.say_next((f"./course check {open_ones[0].exercise.id}", "the first exercise that is not done"))
    else:
        common.say_next(("./course progress", "the same from memory, without running anything"))
    return 0


def _wanted(exercises: list[catalogue.Exercise], options: argparse.Namespace) -> list[catalogue.Exercise]:
    if options.exercise:
        named = {catalogue.find(exercises, word).id for word in options.exercise}
        exercises = [exercise for exercise in exercises if exercise.id in named]
    if options.module:
        exercises = catalogue.of_module(exercises, options.module)
        if not exercises:
            raise Problem(f"no exercise is in a module {options.module!r}.", next_command="./course list", status=2)
    return exercises


def _total(results: list[ExerciseResult]) -> list[str]:
    earned = sum(result.points for result in results)
    possible = sum(result.exercise.points for result in results)
    unknown = sum(result.not_assessed for result in results)
    lines = [paint(f"Total: {earned} of {possible} points", "bold")]
    if unknown:
        lines.append(f"{unknown} of them could not be assessed on this machine (./course doctor says why);")
        lines.append("they count neither for nor against you here: run it where the machine can.")
    lines.append("A group earns its points when it passes in all its lanes.")
    return lines


def _write(file: Path | None, text) -> None:
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(), encoding="utf-8")
    except OSError as error:
        raise Problem(f"cannot write {file}: {error.strerror}.") from error
    say(f"Written: {file}")

"""./course grade: builds and tests every exercise and prints the report card.

With --submission it does so for somebody else's files, in a copy of the course that nobody works in.
"""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

from course import card, exercises as catalogue, trial
from course.grading import gradescope, junit_export, report_card, submission
from course.grading.pristine import Pristine
from course.layout import ROOT
from course.problem import Problem
from course.student import common
from course.terminal import paint, say
from course.verdicts import ExerciseResult, GroupResult, LaneResult, State


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course grade."""
    parser.add_argument("exercise", nargs="*", metavar="ID|NAME", help="only these (default: all)")
    parser.add_argument("--module", "--only", metavar="NN", help="only this module (02, 02-lock-free or lock-free)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the report card as data (lln/grade/v1)")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="for GitLab and other CI systems")
    parser.add_argument("--gradescope", type=Path, metavar="FILE", help="results.json of a Gradescope autograder")
    parser.add_argument(
        "--submission", type=Path, metavar="FOLDER",
        help="grade the files in FOLDER, in a fresh copy of the course as committed (kept in build/submission)",
    )
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when the grading itself worked, whatever the points."""
    if options.submission:
        return _grade_submission(options)
    layout, exercises, memory = common.setting(options)
    wanted = _wanted(exercises, options)
    results = trial.run(layout, wanted)
    for result in results:
        memory.note_verdict(result, in_work=False)
    _say_card(results)
    _export(options, results, report_card.document(results, report_card.commit(layout.root)))
    open_ones = [result for result in results if not result.done]
    if open_ones:
        common.say_next((f"./course check {open_ones[0].exercise.id}", "the first exercise that is not done"))
    else:
        common.say_next(("./course progress", "the same from memory, without running anything"))
    return 0


def _grade_submission(options: argparse.Namespace) -> int:
    home = Path(options.build_dir).resolve() if options.build_dir else ROOT / "build" / "submission"
    pristine = Pristine(home, ROOT)
    with pristine.locked():
        pristine.refresh()
        exercises = catalogue.load_all(pristine.tree)
        found = submission.read(options.submission, exercises)
        wanted = _wanted(exercises, options)
        if not options.exercise and not options.module:  # the modules of which there is anything
            begun = {exercise.module for exercise in exercises if found.handed_in(exercise)}
            wanted = [exercise for exercise in wanted if exercise.module in begun]
        there = [exercise for exercise in wanted if found.handed_in(exercise)]
        problems = [*found.problems, *submission.missing(found, wanted)]
        for problem in problems:
            say(problem)
        if not there:
            raise Problem(
                f"{options.submission} has no file that one of these exercises asks for.",
                details="They are looked for as final_project/stages/03-order-book/order_book.hpp, or from any folder of that on.",
                next_command="./course list",
            )
        say(f"{len(found.files)} files of {options.submission}, in commit {pristine.commit[:12]} of the course")
        pristine.overlay(exercises, found.files)
        graded = {result.exercise.id: result for result in trial.run(pristine.layout, there)}
    results = [graded.get(exercise.id) or _not_handed_in(exercise) for exercise in wanted]
    _say_card(results)
    data = report_card.document(results, pristine.commit)
    data["submission"] = {
        "folder": options.submission.resolve().name,
        "files": sorted(str(file) for file in found.files),
        "problems": problems,
    }
    _export(options, results, data, problems)
    common.say_next(("./course grade --submission FOLDER", "the next one; what does not change is not built again"))
    return 0


def _not_handed_in(exercise: catalogue.Exercise) -> ExerciseResult:
    def lanes(group: catalogue.Group) -> tuple[LaneResult, ...]:
        return tuple(LaneResult(lane, State.FAIL, "not handed in") for lane in group.lanes)

    return ExerciseResult(exercise, tuple(GroupResult(group, lanes(group)) for group in exercise.groups))


def _say_card(results: list[ExerciseResult]) -> None:
    for module, members in groupby(results, key=lambda result: result.exercise.module):
        say()
        say(paint(f"== {module}", "bold"))
        for result in members:
            for line in card.exercise_lines(result):
                say(line)
    say()
    for line in _total(results):
        say(line)


def _export(
    options: argparse.Namespace, results: list[ExerciseResult], data: dict[str, Any], problems: list[str] | None = None
) -> None:
    _write(options.json, lambda: json.dumps(data, indent=2) + "\n")
    _write(options.junit, lambda: junit_export.document(results))
    _write(options.gradescope, lambda: json.dumps(gradescope.document(results, problems or []), indent=2) + "\n")


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

"""./course hint [ID]: one hint more each time, from a nudge to almost the answer."""

from __future__ import annotations

import argparse

from course.exercises import Exercise
from course.state import Memory
from course.student import common
from course.terminal import paint, say, wrapped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course hint."""
    common.add_exercise(parser, "which exercise")
    parser.add_argument("--again", action="store_true", help="those already shown, no new one")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Always 0."""
    _, exercises, memory = common.setting(options)
    exercise = common.chosen(exercises, options.exercise, memory)
    if options.again:
        if memory.hints_shown(exercise) == 0:
            say(f"No hint of {exercise.id} was shown yet.")
        for number in range(memory.hints_shown(exercise)):
            _say_hint(exercise, number)
    else:
        show(exercise, memory)
    common.say_next((f"./course check {exercise.id}", "after your change"))
    return 0


def show(exercise: Exercise, memory: Memory) -> None:
    """The next hint; when there is none left, where to look instead."""
    shown = memory.hints_shown(exercise)
    if shown < len(exercise.hints):
        _say_hint(exercise, shown)
        memory.note_hint(exercise, shown + 1)
        return
    say(f"All {shown} hints of {exercise.id} were shown (again: ./course hint {exercise.id} --again).")
    say(f"  read again   {exercise.notes}")
    say(f"  the answer   {exercise.shown(exercise.solution)}, once you have tried what the last hint says")


def _say_hint(exercise: Exercise, number: int) -> None:
    say(paint(f"{exercise.id} hint {number + 1} of {len(exercise.hints)}", "bold"))
    say(wrapped(exercise.hints[number], "  "))

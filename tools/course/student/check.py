"""./course check [ID]: builds one exercise, runs its tests, tells what is green and what to do next."""

from __future__ import annotations

import argparse

from course import card, trial
from course.exercises import Exercise
from course.layout import Layout
from course.state import Memory
from course.student import common
from course.terminal import say
from course.verdicts import ExerciseResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course check."""
    common.add_exercise(parser, "which exercise")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when the exercise is done."""
    layout, exercises, memory = common.setting(options)
    exercise = common.chosen(exercises, options.exercise, memory)
    return 0 if verdict(layout, exercises, memory, exercise).done else 1


def verdict(layout: Layout, exercises: list[Exercise], memory: Memory, exercise: Exercise) -> ExerciseResult:
    """Builds, tests, prints and remembers."""
    common.say_first_contact(memory)
    result = trial.run(layout, [exercise])[0]
    memory.note_verdict(result)
    say()
    for line in [*card.exercise_lines(result), *card.failure_lines(result)]:
        say(line)
    common.say_next_after(result, memory, exercises)
    return result

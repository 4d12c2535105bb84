"""./course progress: how far you are, from the last verdicts; nothing is built."""

from __future__ import annotations

import argparse
from itertools import groupby

from course.exercises import Exercise
from course.state import Memory
from course.student import common
from course.terminal import paint, say

_BAR = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course progress."""
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Always 0."""
    _, exercises, memory = common.setting(options)
    width = max(len(exercise.module) for exercise in exercises)
    for module, members in groupby(exercises, key=lambda exercise: exercise.module):
        say(_module_line(module.ljust(width), list(members), memory))
    for exercise in exercises:
        if memory.verdict(exercise) is not None:
            say(_exercise_line(exercise, memory))
    earned = sum(_points(exercise, memory) for exercise in exercises)
    say(f"{earned} of {sum(exercise.points for exercise in exercises)} points at the last checks")
    if memory.current(exercises) is None:
        common.say_next(("./course grade", "runs everything once more and prints the report card"))
    else:
        common.say_next(("./course next", "the first one that is not done"))
    return 0


def _module_line(name: str, members: list[Exercise], memory: Memory) -> str:
    earned = sum(_points(exercise, memory) for exercise in members)
    possible = sum(exercise.points for exercise in members)
    filled = _BAR * earned // possible
    bar = paint("#" * filled, "green") + "." * (_BAR - filled)
    done = sum(memory.done(exercise) for exercise in members)
    return f"{name}  [{bar}]  {earned}/{possible} points, {done}/{len(members)} exercises done"


def _exercise_line(exercise: Exercise, memory: Memory) -> str:
    state = "done" if memory.done(exercise) else "begun"
    if memory.changed_since_verdict(exercise):
        state += f", changed since:  ./course check {exercise.id}"
    hints = memory.hints_shown(exercise)
    told = f", {hints} of {len(exercise.hints)} hints read" if hints else ""
    return f"  {exercise.id} {exercise.title}: {_points(exercise, memory)}/{exercise.points}, {state}{told}"


def _points(exercise: Exercise, memory: Memory) -> int:
    verdict = memory.verdict(exercise)
    return int(verdict["points"]) if verdict else 0

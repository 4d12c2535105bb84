"""What the students' commands share: which exercise is meant, and what to type next."""

from __future__ import annotations

import argparse

from course import exercises as catalogue
from course.exercises import Exercise
from course.layout import Layout
from course.state import Memory
from course.terminal import paint, say
from course.verdicts import ExerciseResult

RED_IS_THE_START = (
    "Every exercise is red at the start: that is where you begin, not a mistake.\n"
    "Work on one group at a time; each one that turns green earns its points."
)


def add_build_dir(parser: argparse.ArgumentParser) -> None:
    """--build-dir, for the commands that build or remember something."""
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/default, remember there too")


def add_exercise(parser: argparse.ArgumentParser, what: str) -> None:
    """One exercise, optional."""
    parser.add_argument("exercise", nargs="?", metavar="ID|NAME", help=f"{what} (default: the one you are working on)")


def chosen(exercises: list[Exercise], word: str | None, memory: Memory) -> Exercise:
    """The exercise that was named, else the one in work; the last one when all are done."""
    if word:
        return catalogue.find(exercises, word)
    return memory.current(exercises) or exercises[-1]


def setting(options: argparse.Namespace) -> tuple[Layout, list[Exercise], Memory]:
    """Where things are, all exercises, and what is remembered."""
    layout = Layout.of(options.build_dir)
    return layout, catalogue.load_all(layout.root), Memory(layout.state)


def say_next(*commands: tuple[str, str]) -> None:
    """The last lines of every command."""
    width = max(len(command) for command, _ in commands)
    say()
    for number, (command, why) in enumerate(commands):
        say(f"{'Next:' if number == 0 else '     '}  {command.ljust(width)}   {why}".rstrip())


def say_next_after(result: ExerciseResult, memory: Memory, exercises: list[Exercise]) -> None:
    """What to type after a verdict."""
    exercise = result.exercise
    if result.done:
        if memory.current(exercises) is None:
            say_next(("./course grade", "everything is green: your report card"))
        else:
            say_next(("./course next", f"{exercise.id} is done: what comes now"))
        solution = exercise.solution / "README.md"
        if solution.is_file():
            say(f"       {exercise.shown(solution)}  compare with yours, answer its questions")
        return
    failure = result.first_failure()
    if failure is None:
        say_next(("./course doctor", "nothing could be assessed on this machine: why, and what to change"))
        return
    hints = memory.hints_shown(exercise)
    edit = " ".join(exercise.shown(file) for file in exercise.worked_on)
    say()
    say(f"Edit   {edit}")
    again = (f"./course check {exercise.id}", "after your change")
    if hints < len(exercise.hints):
        say_next(again, (f"./course hint {exercise.id}", f"hint {hints + 1} of {len(exercise.hints)}"))
    else:
        say_next(again)


def say_first_contact(memory: Memory) -> None:
    """Once: what red means."""
    if memory.first_contact:
        for line in RED_IS_THE_START.split("\n"):
            say(paint(line, "yellow"))
        say()

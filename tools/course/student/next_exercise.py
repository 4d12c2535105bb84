"""./course next: the first unfinished exercise, and how to begin it."""

from __future__ import annotations

import argparse

from course.exercises import Exercise
from course.state import Memory
from course.student import common
from course.terminal import paint, say, wrapped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course next."""
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Always 0: it only tells."""
    _, exercises, memory = common.setting(options)
    explain(exercises, memory)
    return 0


def explain(exercises: list[Exercise], memory: Memory) -> None:
    """The next exercise in full, or that there is none."""
    exercise = memory.current(exercises)
    if exercise is None:
        say(f"All {len(exercises)} exercises are done.")
        common.say_next(("./course grade", "your report card"), ("./course lab", "measure it on this machine"))
        return
    done = sum(memory.done(other) for other in exercises)
    common.say_first_contact(memory)
    say(paint(f"{exercise.id} {exercise.title}", "bold") + f"   ({done} of {len(exercises)} exercises done)")
    say(wrapped(exercise.summary, "  "))
    say()
    say(f"  time    about {exercise.minutes} minutes, {exercise.points} points in {len(exercise.groups)} groups")
    say(f"  read    {exercise.notes}")
    say(f"  brief   {exercise.shown(exercise.readme)}")
    for file in exercise.worked_on:
        say(f"  edit    {exercise.shown(file)}   (look for TODO)")
    if memory.verdict(exercise) is not None:
        say(f"  so far  {memory.verdict(exercise)['points']} of {exercise.points} points")
    common.say_next(
        (f"./course check {exercise.id}", "builds it and shows what is missing"),
        ("./course watch", "the same after every save"),
    )

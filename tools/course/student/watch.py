"""./course watch: the verdict after every save. Keys: h hint, n what to do now, Enter again, q quit."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from course import card, trial
from course.exercises import Exercise
from course.layout import Layout
from course.problem import Problem
from course.state import Memory
from course.student import check, common, hint, next_exercise
from course.terminal import paint, say
from course.verdicts import ExerciseResult, State

_POLL_S = 0.2
_KEYS = "[h] hint   [n] what to do now   [Enter] again   [q] quit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course watch."""
    common.add_exercise(parser, "which exercise first; after that, the one whose file you save")
    parser.add_argument("--once", action="store_true", help="one verdict, no keys: for scripts and editors")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0; with --once as ./course check."""
    layout, exercises, memory = common.setting(options)
    exercise = common.chosen(exercises, options.exercise, memory)
    if options.once:
        return 0 if check.verdict(layout, exercises, memory, exercise).done else 1
    if not sys.stdin.isatty():
        raise Problem("watch wants a terminal for its keys.", next_command=f"./course watch --once {exercise.id}")
    with _single_keys(sys.stdin.fileno()):
        Watch(layout, exercises, memory, exercise).loop(sys.stdin.fileno())
    common.say_next(("./course progress", "how far you are"))
    return 0


class Watch:
    """Waits for saves and keys. The exercise in work is the one whose file was saved last."""

    def __init__(self, layout: Layout, exercises: list[Exercise], memory: Memory, exercise: Exercise) -> None:
        self._layout = layout
        self._exercises = exercises
        self._memory = memory
        self._exercise = exercise
        self._stamps = stamps(exercises)

    def loop(self, keyboard: int) -> None:
        """Until q or the end of the input."""
        common.say_first_contact(self._memory)
        self._verdict()
        while True:
            ready, _, _ = select.select([keyboard], [], [], _POLL_S)
            if ready:
                key = os.read(keyboard, 1).decode(errors="replace").lower()
                if key in ("q", "", "\x04"):
                    return
                self._on_key(key)
            self._look_for_saves()

    def _on_key(self, key: str) -> None:
        if key == "h":
            say()
            hint.show(self._exercise, self._memory)
        elif key == "n":
            self._exercise = self._memory.current(self._exercises) or self._exercise
            say()
            next_exercise.explain(self._exercises, self._memory)
        elif key in "\r\n":
            self._verdict()
            return
        else:
            return
        self._say_waiting()

    def _look_for_saves(self) -> None:
        now = stamps(self._exercises)
        saved = [e for e in self._exercises if any(now[f] not in (None, self._stamps[f]) for f in e.files)]
        if saved:
            # Before the build: what is saved during it counts as the next save.
            self._stamps = {file: stamp or self._stamps[file] for file, stamp in now.items()}
            self._exercise = saved[-1]
            self._verdict()

    def _verdict(self) -> None:
        started = time.monotonic()
        say(paint(f"--- {self._exercise.id} {self._exercise.name} ", "dim") + time.strftime("%H:%M:%S"))
        try:
            self._verdict_by_lane(self._exercise)
        except Problem as problem:
            say("\n".join(problem.lines()))
        say(f"({time.monotonic() - started:.1f} s)")
        self._say_waiting()

    def _verdict_by_lane(self, exercise: Exercise) -> None:
        """The first lane alone, because it is the quickest; the others once it is green."""
        lanes = exercise.lanes()
        if len(lanes) > 1:
            first = trial.run(self._layout, [exercise], lanes[:1])[0]
            if first.first_failure() is not None:
                self._print(first)
                say()
                say(f"Only {lanes[0]} was run; {' and '.join(lanes[1:])} once it is green.")
                return
            green = sum(group.state is State.PASS for group in first.groups)
            say(paint(f"{lanes[0]}: {green} of {len(first.groups)} groups pass", "green"))
        result = trial.run(self._layout, [exercise])[0]
        self._memory.note_verdict(result)
        self._print(result)
        if result.done:
            say()
            say(paint(f"{exercise.id} is done.", "green") + " [n] shows the next one.")

    def _print(self, result: ExerciseResult) -> None:
        for line in [*card.exercise_lines(result), *card.failure_lines(result)]:
            say(line)

    def _say_waiting(self) -> None:
        files = " ".join(self._exercise.shown(file) for file in self._exercise.worked_on)
        say()
        say(f"Waiting for a save of {files}   {paint(_KEYS, 'dim')}")


def stamps(exercises: list[Exercise]) -> dict[Path, int | None]:
    """When each student's file was written; None where there is none (an editor may be replacing it)."""
    found: dict[Path, int | None] = {}
    for exercise in exercises:
        for file in exercise.files:
            try:
                found[file] = file.stat().st_mtime_ns
            except FileNotFoundError:
                found[file] = None
    return found


@contextlib.contextmanager
def _single_keys(keyboard: int) -> Iterator[None]:
    """Keys arrive without Enter and are not shown; Ctrl-C still ends."""
    before = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)

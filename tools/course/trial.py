"""Builds students' tests and runs them: nothing but the targets of the exercises asked for."""

from __future__ import annotations

import os
import re
import subprocess

from course import build, install, junit
from course.exercises import Exercise
from course.layout import Layout
from course.packages import packages_for
from course.problem import Problem
from course.processes import run_logged
from course.terminal import Progress
from course.verdicts import ExerciseResult, judge


_UNKNOWN_TARGET = re.compile(r"unknown target '([^']+)'")


def target(exercise: Exercise, lane: str) -> str:
    """The build target of the student's program in one lane (cmake/LlnExercises.cmake names it so)."""
    return f"{exercise.id}.student.{lane}"


def run(layout: Layout, exercises: list[Exercise], lanes: list[str] | None = None) -> list[ExerciseResult]:
    """One verdict an exercise. `lanes` limits building and testing to these."""
    install.ensure(packages_for(layout.preset), layout.logs)
    programs = {
        (exercise.id, lane): target(exercise, lane)
        for exercise in exercises
        for lane in exercise.lanes()
        if lanes is None or lane in lanes
    }
    with build.locked(layout):
        build.configure_if_needed(layout)
        built = _compile(layout, list(programs.values()))
        stale = set() if built.ok else {key for key, name in programs.items() if not _up_to_date(layout, name)}
    if len(stale) == len(programs):
        cases = {}
    else:
        cases = _ctest(layout, exercises, lanes)
    results = []
    for exercise in exercises:
        not_built = [lane for lane in exercise.lanes() if (exercise.id, lane) in stale]
        error = built.first_error_of(programs[exercise.id, not_built[0]]) if not_built else ""
        results.append(judge(exercise, cases, frozenset(not_built), lanes, error))
    return results


def _compile(layout: Layout, targets: list[str]) -> build.BuildResult:
    """Builds what there is: an exercise that CMake has refused has no targets, and must not stop the others."""
    refused = ""
    while True:
        built = build.compile_targets(layout, targets)
        unknown = _UNKNOWN_TARGET.search(built.first_error)
        if built.ok or not unknown or unknown[1] not in targets:
            break
        refused = refused or f"CMake has refused {unknown[1]}: ctest -R exercise-problem says why"
        targets = [target for target in targets if target != unknown[1]]
        if not targets:
            break
    return build.BuildResult(False, 1, refused, built.errors) if refused else built


def _up_to_date(layout: Layout, name: str) -> bool:
    """False when the program is missing or older than its sources: what an earlier build left must not be judged."""
    done = subprocess.run(
        ["ninja", "-C", str(layout.build), "-n", name], capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and "no work to do" in done.stdout


def _ctest(layout: Layout, exercises: list[Exercise], lanes: list[str] | None) -> dict[str, junit.TestCase]:
    report = layout.reports / f"students-{layout.preset}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    log = layout.logs / "students.log"
    log.unlink(missing_ok=True)
    ids = "|".join(re.escape(exercise.id) for exercise in exercises)
    last = "|".join(lanes) if lanes else "[a-z]+"
    command = ["ctest", "--test-dir", str(layout.build), "-L", "^student$", "-R", rf"^({ids})\.student\..*\.({last})$"]
    command += ["--output-junit", str(report), "--no-tests=error", "-j", str(len(os.sched_getaffinity(0)))]
    command += ["--test-output-size-passed", "65536", "--test-output-size-failed", "1048576"]
    progress = Progress("test")
    verdicts: dict[str, str] = {}

    def on_line(line: str) -> None:
        finished = junit.parse_console_line(line)
        if finished is not None:
            verdicts[finished.name] = finished.verdict
            progress.update(f"{finished.done}/{finished.total} {finished.name}")

    _, tail = run_logged(command, log, on_line=on_line, cwd=layout.root)
    try:
        cases = junit.read(report, verdicts)
    except (OSError, SyntaxError) as error:  # ElementTree.ParseError is a SyntaxError
        progress.done("failed")
        raise Problem(
            f"ctest left no readable results ({error}).",
            details=tail,
            log=log,
            next_command=f"cmake --preset {layout.preset}",
        ) from error
    progress.done(f"{len(cases)} tests")
    return {case.name: case for case in cases}

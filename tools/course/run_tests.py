"""./course test: everything that must be green. The last line is always `N passed, M failed, K skipped`."""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict

from course import build, install, junit
from course.layout import Layout
from course.packages import packages_for
from course.problem import Problem
from course.processes import run_logged
from course.terminal import Progress, paint, say

_MAX_OUTPUT_LINES = 60
_PRESETS = ("default", "gcc-12", "clang-16")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course test."""
    parser.add_argument("--preset", choices=_PRESETS, default="default", help="which compiler (default: the system's)")
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/<preset>")


def run(options: argparse.Namespace) -> int:
    """Installs, configures, builds, tests. Exit code 1 when anything failed or nothing ran."""
    started = time.monotonic()
    try:
        passed, failed, skipped = _run(Layout.of(options.build_dir, options.preset))
    except Problem as problem:
        for line in problem.lines():
            say(line)
        passed, failed, skipped = 0, 1, 0
    say(f"{time.monotonic() - started:.0f} s in all")
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def _run(layout: Layout) -> tuple[int, int, int]:
    install.ensure(packages_for(layout.preset), layout.logs)
    with build.locked(layout):
        build.configure_if_needed(layout, force=True)
        built = build.compile_targets(layout)
    cases = _ctest(layout)
    groups: dict[str, list[junit.TestCase]] = defaultdict(list)
    for case in cases:
        groups[case.state].append(case)
    _print_failures(groups["failed"])
    _print_skips(groups["skipped"])
    failed = len(groups["failed"])
    if not built.ok:
        failed += 1
        _print_build_error(layout, built)
    if not groups["passed"] and not failed:
        raise Problem("not a single test ran and passed, which proves nothing.", log=layout.logs / "ctest.log")
    return len(groups["passed"]), failed, len(groups["skipped"])


def _ctest(layout: Layout) -> list[junit.TestCase]:
    report = layout.reports / f"test-{layout.preset}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    log = layout.logs / "ctest.log"
    log.unlink(missing_ok=True)
    progress = Progress("test")
    verdicts: dict[str, str] = {}
    failures = 0

    def on_line(line: str) -> None:
        nonlocal failures
        finished = junit.parse_console_line(line)
        if finished is None:
            return
        verdicts[finished.name] = finished.verdict
        failures += finished.failed
        failed = f", {failures} failed" if failures else ""
        progress.update(f"{finished.done}/{finished.total}{failed} {finished.name}")

    command = ["ctest", "--test-dir", str(layout.build), "--output-junit", str(report), "--no-tests=error"]
    # Students' are red until the exercise is done: that is for check and grade. The others want a quiet machine or minutes.
    command += ["-LE", "^(student|perf|soak)$"]
    # Half of a test's time it waits: for a process to end, for a packet, for a time limit.
    command += ["-j", str(2 * len(os.sched_getaffinity(0))), "--timeout", "300"]
    command += ["--test-output-size-passed", "65536", "--test-output-size-failed", "1048576"]
    code, tail = run_logged(command, log, on_line=on_line, cwd=layout.root)
    try:
        cases = junit.read(report, verdicts)
    except (OSError, SyntaxError) as error:  # ElementTree.ParseError is a SyntaxError
        progress.done("failed")
        raise Problem(
            f"ctest left no readable results ({error}).",
            details=tail,
            log=log,
            next_command=f"ctest --test-dir {layout.shown(layout.build)}",
        ) from error
    progress.done(f"{len(cases)} tests, results in {layout.shown(report)}")
    if code != 0 and all(case.state != "failed" for case in cases):
        raise Problem(f"ctest ended with exit code {code}, but names no failed test.", details=tail, log=log)
    return cases


def _print_failures(cases: list[junit.TestCase]) -> None:
    for case in cases:
        say()
        say(paint(f"FAILED {case.name}", "red") + f" ({case.reason}, {case.seconds:.1f} s)")
        lines = case.output.rstrip("\n").split("\n")
        if len(lines) > _MAX_OUTPUT_LINES:
            left_out = len(lines) - _MAX_OUTPUT_LINES
            half = _MAX_OUTPUT_LINES // 2
            lines = lines[:half] + [f"... {left_out} lines left out ..."] + lines[-half:]
        for line in lines:
            say("  | " + line)
    if cases:
        say()


def _print_skips(cases: list[junit.TestCase]) -> None:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        by_reason[case.reason].append(case.name)
    if by_reason:
        say("Skipped:")
    for reason, names in by_reason.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        say(f"  {', '.join(names[:3])}{more}: {reason}")


def _print_build_error(layout: Layout, built: build.BuildResult) -> None:
    say(paint("The build failed", "red") + f" in {built.failed_steps} step(s). The first error:")
    for line in built.first_error.split("\n"):
        say("  | " + line)
    say(f"  whole log:  {layout.shown(layout.logs / 'build.log')}")
    say(f"  next:       cmake --build {layout.shown(layout.build)}")

"""./course dev check: is every exercise complete, and everything that Markdown says still true?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from course import build, exercises as catalogue, install, junit
from course.dev import folder_rules, manifest_rules, slide_rules, tree_rules
from course.dev.finding import Finding
from course.layout import ROOT, Layout
from course.packages import packages_for
from course.problem import Problem
from course.processes import run_logged
from course.student.common import say_next
from course.terminal import Progress, say

EXERCISE_RULES = (
    manifest_rules.names,
    manifest_rules.groups,
    manifest_rules.uses,
    manifest_rules.hints,
    manifest_rules.minutes,
    folder_rules.readme,
    folder_rules.edited_files,
    folder_rules.todo,
    folder_rules.tests,
    folder_rules.stray_files,
    folder_rules.mutants,
    folder_rules.notes,
)
_BEHAVIOUR = "^(solution|reference|mutant|pristine)$"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course dev."""
    parser.add_argument("action", choices=("check",), help="every rule, all findings")
    parser.add_argument("exercise", nargs="*", metavar="ID|NAME", help="with --build: only these (default: all)")
    parser.add_argument(
        "--build", action="store_true", help="also: solutions pass, mutants are rejected, stubs fail (slow)"
    )
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/default")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when a rule is broken."""
    root = options.root.resolve()
    found = findings(root)
    for finding in found:
        say(finding.text(root))
    _say_plan(root)
    count = len(catalogue.manifests(root))
    if found:
        say(f"dev check: {len(found)} findings in {count} exercises.")
        say_next(("./course dev check", "after the corrections"))
        return 1
    say(f"dev check: {count} exercises, nothing to find.")
    if options.build:
        return _behaviour(Layout.of(options.build_dir, root=root), options.exercise)
    say_next(("./course dev check --build", "solutions, mutants and stubs as well"))
    return 0


def _say_plan(root: Path) -> None:
    """Minutes of each deck, beside those of the exercises that follow it."""
    manifests = [catalogue.read(path, root)[0] for path in catalogue.manifests(root)]
    for deck in slide_rules.decks(root):
        names = (deck.stem, "08-" + deck.stem)  # the final project's deck has no number
        work = sum(e.minutes for e in manifests if e is not None and e.module in names)
        count = len(slide_rules.read(deck))
        say(f"slides/{deck.name}: {count} slides, {slide_rules.minutes(deck)} minutes; exercises: {work} minutes")


def findings(root: Path) -> list[Finding]:
    """All rules over a whole tree; does not stop at the first."""
    return list(_findings(root))


def _findings(root: Path) -> Iterator[Finding]:
    valid = []
    for path in catalogue.manifests(root):
        exercise, errors = catalogue.read(path, root)
        for error in errors:
            yield Finding("manifest", path, error)
        if exercise is not None:
            valid.append(exercise)
            for rule in EXERCISE_RULES:
                yield from rule(exercise)
    yield from manifest_rules.unique_ids(valid)
    yield from tree_rules.orphans(root, valid)
    yield from tree_rules.labs(root)
    yield from slide_rules.slides(root)
    yield from tree_rules.links(root)
    yield from tree_rules.embedded(root)


def _behaviour(layout: Layout, words: list[str]) -> int:
    """Builds and runs what is behind the labels solution, reference, mutant and pristine."""
    exercises = catalogue.load_all(layout.root)
    chosen = [catalogue.find(exercises, word) for word in words] or exercises
    install.ensure(packages_for(layout.preset), layout.logs)
    targets = [name for e in chosen for name in (e.id, f"{e.id}.solution", f"{e.id}.mutants")]
    with build.locked(layout):
        build.configure_if_needed(layout)
        built = build.compile_targets(layout, targets)
    if not built.ok:
        raise Problem("not everything compiles.", details=built.first_error, log=layout.logs / "build.log")
    cases = _ctest(layout, "|".join(exercise.id for exercise in chosen))
    failed = [case for case in cases if case.state == "failed"]
    for case in failed:
        say(f"FAILED {case.name} ({case.reason})")
        for line in case.output.rstrip("\n").split("\n")[-25:]:
            say("  | " + line)
    skipped = [case for case in cases if case.state == "skipped"]
    for case in skipped:
        say(f"skipped {case.name}: {case.reason}")
    say(f"{len(cases) - len(failed) - len(skipped)} passed, {len(failed)} failed, {len(skipped)} skipped")
    say_next(("./course dev check --build " + " ".join(words) if failed else "./course test", ""))
    return 1 if failed else 0


def _ctest(layout: Layout, ids: str) -> list[junit.TestCase]:
    report = layout.reports / "dev-check.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    progress = Progress("test")
    verdicts: dict[str, str] = {}
    failures = 0

    def on_line(line: str) -> None:
        nonlocal failures
        finished = junit.parse_console_line(line)
        if finished is not None:
            verdicts[finished.name] = finished.verdict
            failures += finished.failed
            failed = f", {failures} failed" if failures else ""
            progress.update(f"{finished.done}/{finished.total}{failed} {finished.name}")

    command = ["ctest", "--test-dir", str(layout.build), "-L", _BEHAVIOUR, "-R", rf"^({ids})\.", "--no-tests=error"]
    command += ["--output-junit", str(report), "-j", str(len(os.sched_getaffinity(0)))]
    log = layout.logs / "dev-check.log"
    log.unlink(missing_ok=True)
    _, tail = run_logged(command, log, on_line=on_line, cwd=layout.root)
    try:
        cases = junit.read(report, verdicts)
    except (OSError, SyntaxError) as error:
        progress.done("failed")
        raise Problem(f"ctest left no readable results ({error}).", details=tail, log=log) from error
    progress.done(f"{len(cases)} tests")
    return cases

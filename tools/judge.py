"""Runs one points group of an exercise's test program and says whether the outcome is the right one.

  judge.py student|solution|reference  right: every selected test passes
  judge.py mutant                      right: the group rejects it, by a failed assertion or a sanitizer's report
  judge.py pristine                    right: the file as shipped fails by an assertion; skipped once it is edited

With --program the candidate is a program of its own, and the binary that is run a driver, which finds the candidate in
the environment (LLN_PROGRAM) and the programs of the course in the folder LLN_BIN_DIR.

Exit code 0: right; 1: wrong; 77: not assessed (the last line says why). The last line of the output is always
`verdict: <word>: <sentence>`, with one of the words of `Verdict`.

A test counts as run only when GoogleTest's report of it is there: a program that leaves early, while its
tests are listed or in their middle, has passed nothing whatever its exit code.
"""

from __future__ import annotations

import argparse
import ctypes
import enum
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SKIPPED = 77
NOT_IN_TIME = 4  # exit code of the testkit's own watchdog
GRACE = 5  # seconds that it has for its story before the judge ends the program
MAX_OUTPUT = 256 * 1024
ADDR_NO_RANDOMIZE = 0x0040000

_REPORT = re.compile(r"(?:(ERROR|WARNING|FATAL): (\w+Sanitizer): |: runtime error: )(.*)")


class Verdict(enum.Enum):
    """What happened, in one word."""

    PASSED = "passed"
    FAILED = "failed"  # by an assertion
    REPORTED = "reported"  # by a sanitizer
    CRASHED = "crashed"
    HUNG = "hung"
    LEFT = "left early"
    NO_TESTS = "no tests"
    NOT_BUILT = "not built"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    sentence: str


def main(words: list[str]) -> int:
    """Judges one group; see the top of the file."""
    options = _arguments(words)
    if options.kind == "pristine" and (edited := _why_not_pristine(options.edit)):
        return _say(Outcome(Verdict.SKIPPED, edited), SKIPPED)
    outcome = _run(options)
    if outcome.verdict is Verdict.SKIPPED:
        return _say(outcome, SKIPPED)
    right = {
        "mutant": (Verdict.FAILED, Verdict.REPORTED),
        "pristine": (Verdict.FAILED,),
    }.get(options.kind, (Verdict.PASSED,))
    if outcome.verdict is Verdict.PASSED and options.kind == "mutant":
        outcome = Outcome(Verdict.PASSED, f"the mutant survived: group {options.group} does not notice what is wrong")
    elif outcome.verdict is Verdict.PASSED and options.kind == "pristine":
        outcome = Outcome(Verdict.PASSED, f"group {options.group} is green before the student has done anything")
    elif outcome.verdict not in right and options.kind in ("mutant", "pristine"):
        wanted = "a failed assertion" + (" or a sanitizer's report" if options.kind == "mutant" else "")
        outcome = Outcome(outcome.verdict, f"{outcome.sentence}; only {wanted} counts")
    return _say(outcome, 0 if outcome.verdict in right else 1)


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["student", "solution", "reference", "mutant", "pristine"])
    parser.add_argument("--id", required=True, help="of the exercise")
    parser.add_argument("--group", required=True)
    parser.add_argument("--lane", required=True)
    parser.add_argument("--filter", required=True, help="the tests of the group")
    parser.add_argument("--timeout", type=int, required=True, help="seconds")
    parser.add_argument("--binary", type=Path, required=True, help="what is run: the tests")
    parser.add_argument("--program", type=Path, help="what it tests, when that is a program of its own")
    parser.add_argument("--bin-dir", type=Path, help="where the programs of the course are")
    parser.add_argument("--edit", type=Path, nargs="*", default=[], help="the candidate's files")
    parser.add_argument("--tests", type=Path, nargs="+", default=[], help="the test's sources")
    return parser.parse_args(words)


def _say(outcome: Outcome, code: int) -> int:
    print(f"verdict: {outcome.verdict.value}: {outcome.sentence}", flush=True)
    return code


def _why_not_pristine(files: list[Path]) -> str:
    """Empty when the files are as the repository ships them."""
    where = files[0].parent
    try:
        known = subprocess.run(
            ["git", "ls-files", "--error-unmatch", "--", *map(str, files)], cwd=where, capture_output=True, check=False
        )
        if known.returncode != 0:
            return "git does not know the exercise's files, so nobody can say whether they are as shipped"
        same = subprocess.run(
            ["git", "diff", "--quiet", "HEAD", "--", *map(str, files)], cwd=where, capture_output=True, check=False
        )
    except FileNotFoundError:
        return "git is not installed, so nobody can say whether the files are as shipped"
    names = ", ".join(file.name for file in files)
    return "" if same.returncode == 0 else f"{names} is not as shipped any more: somebody is at work"


def _why_not_built(options: argparse.Namespace) -> str:
    """Empty when what is run is there and newer than what it is made of: an old one proves nothing."""
    if options.program is None:
        return _why_stale(options.binary, [*options.edit, *options.tests])
    return _why_stale(options.binary, options.tests) or _why_stale(options.program, options.edit)


def _why_stale(binary: Path, given: list[Path]) -> str:
    try:
        built = binary.stat().st_mtime_ns
    except FileNotFoundError:
        return f"{binary.name} was not built; the compiler's message is in the build's output"
    for source in given + [file for folder in given if folder.is_dir() for file in folder.iterdir()]:
        if source.is_file() and source.stat().st_mtime_ns > built:
            return f"{source.name} is newer than the program built from it: it was not built again, or does not compile"
    return ""


def _run(options: argparse.Namespace) -> Outcome:
    if reason := _why_not_built(options):
        return Outcome(Verdict.NOT_BUILT, reason)
    with tempfile.TemporaryDirectory(prefix="judge-") as scratch:
        report = Path(scratch) / "report.json"
        environment = dict(os.environ, LLN_TIMEOUT_S=str(options.timeout))
        environment.pop("LLN_EXERCISE_ID", None)
        if options.kind == "student":
            environment["LLN_EXERCISE_ID"] = options.id
        environment.pop("LLN_PROGRAM", None)
        if options.program is not None:
            environment |= {"LLN_PROGRAM": str(options.program), "LLN_BIN_DIR": str(options.bin_dir)}
        for name in [name for name in environment if name.startswith(("GTEST_", "ASAN_", "TSAN_", "UBSAN_"))]:
            del environment[name]
        with (Path(scratch) / "output").open("w+b") as output:
            process = subprocess.Popen(
                [str(options.binary), f"--gtest_filter={options.filter}", f"--gtest_output=json:{report}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                preexec_fn=None if options.lane == "release" else _fixed_addresses,
            )
            code: int | None
            try:
                code = process.wait(options.timeout + GRACE)
            except subprocess.TimeoutExpired:
                code = None
            _end_group(process)
            output.seek(0)
            text = output.read(MAX_OUTPUT).decode("utf-8", "replace")
        print(text, end="" if text.endswith("\n") or not text else "\n")
        return classify(code, text, _read_report(report), options.timeout)


def _fixed_addresses() -> None:
    """Kernels that randomise more address bits than the sanitizers of older compilers expect stop these at once."""
    ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what the program left behind, and the program itself when it is still there."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _read_report(path: Path) -> dict[str, object] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8", errors="replace")))
    except (OSError, ValueError):
        return None


def classify(code: int | None, output: str, report: dict[str, object] | None, timeout: int) -> Outcome:
    """The verdict on a finished run: exit code (None: had to be ended), output, GoogleTest's JSON report."""
    if code is None or code == NOT_IN_TIME:
        return Outcome(Verdict.HUNG, f"no result within {timeout} s")
    found = _REPORT.search(output)
    if found:
        what = f"{found[2] or 'UndefinedBehaviorSanitizer'}: {re.sub(r' *.pid=[0-9]+.$', '', found[3]).strip()}"
        if found[1] == "FATAL" or "[ RUN      ]" not in output[: found.start()]:
            return Outcome(Verdict.CRASHED, f"before the first test: {what}")
        if "DEADLYSIGNAL" in output:
            return Outcome(Verdict.CRASHED, f"a fatal signal: {what}")
        return Outcome(Verdict.REPORTED, what)
    if code < 0:
        return Outcome(Verdict.CRASHED, f"ended by {_signal_name(-code)}")
    if report is None:
        return Outcome(Verdict.LEFT, f"the program ended with exit code {code} before its tests were over")
    if not report.get("tests") or code == 2:
        return Outcome(Verdict.NO_TESTS, "the filter, or a part of it, selects no test")
    failures = report.get("failures")
    if failures:
        return Outcome(Verdict.FAILED, f"{failures} of {report['tests']} tests failed")
    if code == SKIPPED:
        return Outcome(Verdict.SKIPPED, _skip_reasons(output))
    if code != 0:
        return Outcome(Verdict.CRASHED, f"exit code {code} though no test failed")
    return Outcome(Verdict.PASSED, f"{report['tests']} tests")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _skip_reasons(output: str) -> str:
    reasons = re.findall(r"^Skipped \S+: (.+)$", output, re.MULTILINE)
    return "; ".join(dict.fromkeys(reasons)) or "no reason given"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

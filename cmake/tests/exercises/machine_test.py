"""Tests the exercise machine: a small tree of exercises, each wrong in its own way, and what ctest says of it.

  machine_test.py --cxx <compiler> --testkit <build/.../exercises/testkit> --work <scratch directory>
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import sample_tree

HERE = Path(__file__).resolve().parent
options = argparse.Namespace()


def run(command: list[str], cwd: Path, check: bool = True) -> str:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


class Machine(unittest.TestCase):
    """The tree is configured, built and run once; each test looks at one part of the result."""

    results: dict[str, tuple[str, str]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.tree = options.work / "tree"
        cls.build = options.work / "build"
        shutil.rmtree(options.work, ignore_errors=True)
        sample_tree.write(cls.tree)
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"]
        run(["git", "init", "-q"], cls.tree)
        run(["git", "add", "."], cls.tree)
        run([*git, "commit", "-q", "-m", "as shipped"], cls.tree)
        run(
            ["cmake", "-G", "Ninja", "-S", str(HERE), "-B", str(cls.build), f"-DCMAKE_CXX_COMPILER={options.cxx}"]
            + [f"-DTREE={cls.tree}", f"-DTESTKIT_BUILD={options.testkit}", "-DCMAKE_BUILD_TYPE=Debug"],
            cls.tree,
        )
        run(["cmake", "--build", str(cls.build), "--", "-k", "0"], cls.tree, check=False)
        cls.results = cls.ctest([])

    @classmethod
    def ctest(cls, arguments: list[str]) -> dict[str, tuple[str, str]]:
        report = cls.build / "report.xml"
        jobs = str(len(os.sched_getaffinity(0)))
        size = ["--test-output-size-passed", "65536"]  # else the verdict, at the end, is cut off
        run(["ctest", *size, "--output-junit", str(report), "-j", jobs, *arguments], cls.build, check=False)
        words = {"run": "passed", "notrun": "skipped", "fail": "failed"}
        return {
            case.get("name", ""): (words[case.get("status", "")], case.findtext("system-out") or "")
            for case in ElementTree.parse(report).getroot().iter("testcase")
        }

    def expect(self, name: str, state: str, *parts: str, among: dict[str, tuple[str, str]] | None = None) -> None:
        was, output = (self.results if among is None else among)[name]
        self.assertEqual(was, state, f"{name}\n{output}")
        for part in parts:
            self.assertIn(part, output, name)

    def test_every_group_and_lane_is_a_test_whatever_the_binary_does(self) -> None:
        wanted = {
            f"09-01.{kind}.{group}.{lane}"
            for kind in ("student", "solution")
            for group, lane in [
                ("adds", "release"), ("adds", "asan"), ("gone", "release"), ("half-gone", "release"), ("skips", "release")
            ]
        }  # fmt: skip
        self.assertEqual({name for name in self.results if name.startswith(("09-01.st", "09-01.so"))}, wanted)

    def test_a_right_solution_passes_in_every_lane(self) -> None:
        self.expect("09-01.solution.adds.release", "passed", "verdict: passed")
        self.expect("09-01.solution.adds.asan", "passed", "verdict: passed")

    def test_a_broken_solution_fails(self) -> None:
        self.expect("09-02.solution.adds.release", "failed", "verdict: failed: 1 of 1 tests failed")

    def test_a_stub_fails_and_tells_the_story(self) -> None:
        self.expect(
            "09-01.student.adds.release",
            "failed",
            "Story: adding\n  1. add 2 and 3: failed\ncounter.total() should have been 5 items, was 0 items.\n",
            "Rerun: ./course check 09-01",
        )
        self.expect("09-01.pristine.adds", "passed", "verdict: failed")

    def test_a_stub_that_passes_is_no_exercise(self) -> None:
        self.expect("09-04.pristine.adds", "failed", "green before the student has done anything")

    def test_a_group_without_tests_fails(self) -> None:
        self.expect("09-01.solution.gone.release", "failed", "verdict: no tests")
        self.expect("09-01.solution.half-gone.release", "failed", "part Gone.* selects no test")

    def test_a_skip_is_not_a_pass(self) -> None:
        self.expect("09-01.solution.skips.release", "skipped", "verdict: skipped: this machine has no abacus")

    def test_a_mutant_dies_by_an_assertion_or_a_sanitizer(self) -> None:
        self.expect("09-01.mutant.counts-calls", "passed", "verdict: failed")
        self.expect("09-01.mutant.leaks", "passed", "verdict: reported: LeakSanitizer")
        self.expect("09-01.mutant.reads-behind-the-end", "passed", "verdict: reported: AddressSanitizer")

    def test_a_mutant_that_survives_fails(self) -> None:
        self.expect("09-01.mutant.harmless", "failed", "verdict: passed: the mutant survived")

    def test_no_other_death_of_a_mutant_counts(self) -> None:
        self.expect("09-01.mutant.crashes", "failed", "verdict: crashed: ended by SIGSEGV", "Story: adding")
        self.expect("09-01.mutant.crashes-at-start", "failed", "verdict: crashed")
        self.expect("09-01.mutant.hangs", "failed", "verdict: hung", "Story: adding\n  1. add 2 and 3: did not end\n")
        self.expect("09-01.mutant.does-not-compile", "failed", "verdict: not built")
        self.expect("09-01.mutant.wild-pointer", "failed", "verdict: crashed: a fatal signal")

    def test_lane_model_has_sources_of_its_own(self) -> None:
        self.expect("09-10.solution.adds.model", "passed", "verdict: passed")
        self.expect("09-10.pristine.adds", "passed", "verdict: failed")
        self.expect("09-10.mutant.adds-one-more", "passed", "verdict: failed")

    def test_another_answer_is_judged_as_well(self) -> None:
        self.expect("08-01.reference.adds", "passed", "verdict: passed")
        self.expect("08-02.reference.answers", "passed", "verdict: passed")  # a program that somebody else builds

    def test_a_program_is_judged_from_outside(self) -> None:
        self.expect("08-02.solution.answers.release", "passed", "verdict: passed")
        self.expect("08-02.solution.answers.asan", "passed", "verdict: passed")
        self.expect("08-02.solution.neighbours.release", "passed", "verdict: passed")
        self.expect("08-02.mutant.no-second", "passed", "verdict: failed", "its answer")
        self.expect("08-02.mutant.reads-behind", "passed", "verdict: reported: UndefinedBehaviorSanitizer")

    def test_what_is_used_is_the_students_or_the_solutions(self) -> None:
        """The student's file is right in itself: it is their counter that counts nothing."""
        self.expect("08-02.student.answers.release", "failed", "Story: a program", "its answer")
        self.expect("08-02.pristine.answers", "passed", "verdict: failed")

    def test_an_exercise_may_be_about_the_files_of_another(self) -> None:
        self.expect("08-04.solution.answers.release", "passed", "verdict: passed")
        self.expect("08-04.student.answers.release", "failed", "verdict: failed")
        self.expect("08-04.pristine.answers", "passed", "verdict: failed")
        self.expect("08-04.mutant.no-first", "passed", "verdict: failed")

    def test_leaving_early_is_no_success(self) -> None:
        self.expect("09-02.student.adds.release", "failed", "verdict: left early")  # while initialising
        self.expect("09-02.mutant.leaves-in-a-test", "failed", "verdict: left early", "ended by exit()")

    def test_what_does_not_compile_stops_no_other(self) -> None:
        self.expect("09-03.student.adds.release", "failed", "verdict: not built")
        self.expect("09-03.pristine.adds", "failed", "verdict: not built")
        self.expect("09-03.solution.adds.release", "passed")
        self.expect("student.build", "failed", "counter.hpp")

    def test_a_wrong_manifest_is_a_test_that_fails(self) -> None:
        messages = [output for name, (_, output) in self.results.items() if name.startswith("exercise-problem.")]
        for part in (
            "forgotten.hpp, named in", "wants lane tsan", "not valid JSON", "first line is not", "nobody",
            "no test's source is for lane model", "it uses 09-missing",
        ):  # fmt: skip
            self.assertEqual(sum(part in message for message in messages), 1, f"{part}\n{messages}")
        self.assertEqual(len(messages), 7, messages)

    def test_labels(self) -> None:
        for label, count in (("student", 16), ("solution", 15), ("reference", 3), ("mutant", 14), ("pristine", 12), ("module-08", 22)):
            listed = run(["ctest", "-N", "-L", f"^{label}$"], self.build)
            self.assertIn(f"Total Tests: {count}\n", listed, label)

    def test_work_in_progress(self) -> None:
        """Last in the alphabet: it edits a file."""
        file = self.tree / "exercises/09-sample/04-green/counter.hpp"
        file.write_text(file.read_text(encoding="utf-8") + "// edited\n", encoding="utf-8")
        later = self.ctest(["-R", "09-04"])
        self.expect("09-04.pristine.adds", "skipped", "not as shipped any more", among=later)
        self.expect("09-04.student.adds.release", "failed", "verdict: not built", "newer", among=later)
        file.write_text(file.read_text(encoding="utf-8") + "static_assert(false);\n", encoding="utf-8")
        run(["cmake", "--build", str(self.build), "--target", "09-04"], self.tree, check=False)
        self.expect(
            "09-04.student.adds.release", "failed", "verdict: not built", among=self.ctest(["-R", "09-04.student"])
        )
        # A new exercise is found by the build itself.
        sample_tree.write_exercise(self.tree, "05-new", "09-05", sample_tree.RIGHT, sample_tree.RIGHT)
        run(["cmake", "--build", str(self.build), "--target", "09-05.solution"], self.tree, check=False)
        run(["cmake", "--build", str(self.build), "--target", "09-05.solution"], self.tree)
        self.expect("09-05.solution.adds.release", "passed", among=self.ctest(["-R", "09-05.solution"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--testkit", required=True)
    parser.add_argument("--work", type=Path, required=True)
    options, rest = parser.parse_known_args()
    if shutil.which("git") is None:
        print("git is not installed, and without it nothing can be as shipped")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *rest])

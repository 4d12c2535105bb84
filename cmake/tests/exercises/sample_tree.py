"""Writes the sample exercises of machine_test.py: one class, a counter, right and wrong in many ways."""

from __future__ import annotations

import json
from pathlib import Path

import sample_stages

RIGHT = """\
#pragma once
#include <cstdlib>
#include <memory>
#include <vector>
namespace lln::exercise {
class Counter {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }

 private:
  int total_ = 0;
};
}  // namespace lln::exercise
"""

TEST = """\
#include <counter.hpp>
#include <lln/testkit/testkit.hpp>

TEST(Counter, Adds) {
  lln::testkit::Story story("adding");
  lln::exercise::Counter counter;
  story.step("add 2 and 3");
  counter.add(2);
  counter.add(3);
  story.expect(counter.total()).equals(5).units("items");
}

TEST(Abacus, Skips) { GTEST_SKIP() << "this machine has no abacus"; }
"""


def with_add(body: str) -> str:
    """The right header with another body of add()."""
    return RIGHT.replace("total_ += n;", body)


STUB = with_add("static_cast<void>(n);")
# A mutant's folder, the lane that it names, and its file.
MUTANTS = {
    "counts-calls": ("release", with_add("total_ += n > 0;")),
    "harmless": ("release", with_add("total_ = total_ + n;")),
    "crashes": ("release", with_add("*static_cast<volatile int*>(nullptr) = n;")),
    "crashes-at-start": ("release", RIGHT + "static const int early = (std::abort(), 0);\n"),
    "hangs": ("release", with_add("for (volatile int i = n; i >= 0;) {}")),
    "does-not-compile": ("release", with_add("return n;")),
    "leaks": ("asan", with_add("total_ += *new int(n);")),
    "reads-behind-the-end": ("asan", with_add("total_ += n + std::vector<int>(8).data()[8 + n % 1];")),
    "wild-pointer": ("asan", with_add("total_ += *reinterpret_cast<volatile int*>(0x7000) * n;")),
}


def group(name: str, filter_: str = "Counter.*", lanes: list[str] | None = None) -> dict[str, object]:
    """One points group of a manifest."""
    made: dict[str, object] = {"name": name, "points": 1, "filter": filter_, "visibility": "visible"}
    return made | ({"lanes": lanes} if lanes else {})


def write_exercise(
    tree: Path,
    folder: str,
    number: str,
    student: str,
    solution: str,
    groups: list[dict[str, object]] | None = None,
    lanes: list[str] | None = None,
    edit: str = "counter.hpp",
) -> None:
    """One exercise and its solution."""
    here = tree / "exercises/09-sample" / folder
    there = tree / "solutions/09-sample" / folder
    here.mkdir(parents=True)
    there.mkdir(parents=True)
    manifest = {"id": number, "name": folder, "edit": [edit], "lanes": lanes or ["release"], "timeout_s": 8}
    manifest["groups"] = groups or [group("adds")]
    (here / "counter.hpp").write_text(student, encoding="utf-8")
    (here / "counter_test.cpp").write_text(TEST, encoding="utf-8")
    (there / "counter.hpp").write_text(solution, encoding="utf-8")
    (here / "exercise.json").write_text(json.dumps(manifest), encoding="utf-8")


def write_mutant(tree: Path, folder: str, name: str, first_line: str, text: str) -> None:
    """One mutant of an exercise."""
    where = tree / "solutions/09-sample" / folder / "mutants" / name
    where.mkdir(parents=True)
    (where / "counter.hpp").write_text(first_line + "\n" + text, encoding="utf-8")


def write(tree: Path) -> None:
    """The whole tree."""
    groups = [
        group("adds", lanes=["release", "asan"]),
        group("gone", "Gone.*", ["release"]),
        group("half-gone", "Counter.*:Gone.*", ["release"]),
        group("skips", "Abacus.*", ["release"]),
    ]
    write_exercise(tree, "01-main", "09-01", STUB, RIGHT, groups, ["release", "asan"])
    for name, (lane, text) in MUTANTS.items():
        write_mutant(tree, "01-main", name, f"// mutant: adds {lane}: {name}", text)
    leaves = "static const int early = (std::exit(0), 0);\n"
    write_exercise(tree, "02-leaves", "09-02", RIGHT + leaves, with_add("total_ = n;"))
    write_mutant(tree, "02-leaves", "leaves-in-a-test", "// mutant: adds release: leaves", with_add("std::exit(n * 0);"))
    write_exercise(tree, "03-broken", "09-03", with_add("no such word;"), RIGHT)
    write_exercise(tree, "04-green", "09-04", RIGHT, RIGHT)
    write_mutant(tree, "04-green", "no-first-line", "// nothing to say", RIGHT)
    write_mutant(tree, "04-green", "no-such-group", "// mutant: nobody release: unknown", RIGHT)
    write_exercise(tree, "06-forgotten", "09-06", STUB, RIGHT, edit="forgotten.hpp")
    write_exercise(tree, "07-lane", "09-07", STUB, RIGHT, [group("adds", lanes=["tsan"])])
    write_exercise(tree, "08-json", "09-08", STUB, RIGHT)
    write_exercise(tree, "09-no-model", "09-09", STUB, RIGHT, lanes=["release", "model"])
    write_exercise(tree, "10-model", "09-10", STUB, RIGHT, [group("adds", lanes=["model"])], lanes=["model"])
    folder = tree / "exercises/09-sample/10-model"
    (folder / "counter_test.cpp").rename(folder / "counter_model_test.cpp")
    write_mutant(tree, "10-model", "adds-one-more", "// mutant: adds model: one more", with_add("total_ += n + 1;"))
    sample_stages.write(tree, RIGHT, STUB, TEST)
    (tree / "exercises/09-sample/08-json/exercise.json").write_text('{ "id": "09-08", ', encoding="utf-8")

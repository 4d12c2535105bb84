"""The sample exercises that lie in the folder of their module: one with a reference, one that is a program."""

from __future__ import annotations

import json
from pathlib import Path

# Another inner design.
REFERENCE = """\
#pragma once
#include <numeric>
#include <vector>
namespace lln::exercise {
class Counter {
 public:
  void add(int n) { all_.push_back(n); }
  int total() const { return std::accumulate(all_.begin(), all_.end(), 0); }

 private:
  std::vector<int> all_;
};
}  // namespace lln::exercise
"""

MAIN = """\
#include <cstdio>
int answer(int first, int second);
int main() { std::printf("%d\\n", answer(2, 3)); }
"""
ANSWER = """\
#include <counter.hpp>
int answer(int first, int second);
int answer(int first, int second) {
  lln::exercise::Counter counter;
  counter.add(first);
  counter.add(second);
  return counter.total();
}
"""
FAR_AWAY = """\
#include <cstdio>
int main() { std::puts("5"); }
"""
# It sees the candidate only from outside.
DRIVER = """\
#include <cstdio>
#include <cstdlib>
#include <string>
#include <lln/testkit/testkit.hpp>

static std::string said_by(const std::string& program) {
  std::FILE* const pipe = popen(program.c_str(), "r");
  char line[64] = "";
  if (std::fgets(line, sizeof(line), pipe) == nullptr) line[0] = '\\0';
  pclose(pipe);
  return line;
}

TEST(Program, Answers) {
  lln::testkit::Story story("a program");
  story.step("run it");
  story.expect(said_by(std::getenv("LLN_PROGRAM"))).equals(std::string("5\\n")).named("its answer");
}

TEST(Program, HasNeighbours) {
  lln::testkit::Story story("another program");
  story.step("run it beside the candidate");
  story.expect(said_by(std::getenv("LLN_BIN_DIR") + std::string("/far-away"))).equals(std::string("5\\n"));
  story.expect(said_by(std::getenv("LLN_PROGRAM"))).equals(std::string("5\\n")).named("its answer");
}
"""


def _file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _manifest(tree: Path, folder: str, number: str, edit: str, groups: list[dict[str, object]], **more: object) -> None:
    data = {"id": number, "name": folder, "edit": [edit] if edit else [], "timeout_s": 8, "groups": groups, **more}
    _file(tree / "stages" / folder / "exercise.json", json.dumps(data))


def write(tree: Path, right: str, stub: str, test: str) -> None:
    """Both; and one that uses what is not there."""
    stages, solutions = tree / "stages", tree / "solutions" / "stages"
    adds = {"name": "adds", "points": 1, "filter": "Counter.*"}
    _manifest(tree, "01-counter", "08-01", "counter.hpp", [adds], lanes=["release", "asan"])
    _file(stages / "01-counter/counter.hpp", stub)
    _file(stages / "01-counter/counter_test.cpp", test)
    _file(solutions / "01-counter/counter.hpp", right)
    _file(solutions / "01-counter/reference/counter.hpp", REFERENCE)

    groups: list[dict[str, object]] = [
        {"name": "answers", "points": 1, "filter": "Program.Answers"},
        {"name": "neighbours", "points": 1, "filter": "Program.HasNeighbours", "lanes": ["release"]},
    ]
    program = {"sources": ["app/main.cpp"], "links": ["Threads::Threads"], "needs": ["far-away"], "reference": "far-away"}
    _manifest(tree, "02-program", "08-02", "answer.cpp", groups, lanes=["release", "asan"], uses=["01-counter"], program=program)
    _file(tree / "app/main.cpp", MAIN)
    _file(tree / "app/far_away.cpp", FAR_AWAY)
    _file(stages / "02-program/answer.cpp", ANSWER)  # right, but for the student's counter that it uses
    _file(stages / "02-program/driver_test.cpp", DRIVER)
    _file(solutions / "02-program/answer.cpp", ANSWER)
    mutants = solutions / "02-program/mutants"
    _file(mutants / "no-second/answer.cpp", "// mutant: answers release: one only\n" + ANSWER.replace("counter.add(second);", "(void)second;"))
    _file(mutants / "reads-behind/answer.cpp", "// mutant: answers asan: behind the end\n" + ANSWER.replace(
        "return ", "volatile int two[2] = {first, second};\n  volatile int at = 2;\n  return two[at] * 0 + "))

    # Nothing to edit: it tests the program of the one before once more.
    _manifest(
        tree, "04-again", "08-04", "", groups[:1], lanes=["release"], uses=["01-counter", "02-program"],
        program={"links": ["Threads::Threads"]},
    )  # fmt: skip
    _file(stages / "04-again/driver_test.cpp", DRIVER)
    _file(solutions / "04-again/mutants/no-first/answer.cpp", "// mutant: answers release: one only\n" + ANSWER.replace("counter.add(first);", "(void)first;"))

    _manifest(tree, "03-lonely", "08-03", "counter.hpp", [adds], lanes=["release"], uses=["09-missing"])
    _file(stages / "03-lonely/counter.hpp", stub)
    _file(stages / "03-lonely/counter_test.cpp", test)
    _file(solutions / "03-lonely/counter.hpp", right)

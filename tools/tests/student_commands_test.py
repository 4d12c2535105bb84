"""list, next, check, hint, progress, reset on a sample course, without a terminal."""

from __future__ import annotations

import json
import unittest

import sample_tree
from course.layout import ROOT
from course.schema import errors
from fake_students import FakeStudents

RED = "Every exercise is red at the start"


class StudentCommands(FakeStudents):
    def check(self, *arguments: str) -> tuple[int, str]:
        return self.course("check", *arguments)

    # ---- next, list, progress

    def test_next_explains_the_first_exercise(self) -> None:
        code, output = self.course("next")
        self.assertEqual(code, 0, output)
        for words in (
            RED, "02-01 A ring", "Build a ring between two threads.", "about 45 minutes, 5 points in 2 groups",
            "modules/02-queues/README.md#the-ring", "exercises/02-queues/01-ring/README.md",
            "edit    exercises/02-queues/01-ring/ring.hpp", "Next:  ./course check 02-01",
        ):  # fmt: skip
            self.assertIn(words, output)
        self.assertEqual(self.built(), [], "next builds nothing")

    def test_next_goes_on_when_the_first_is_done(self) -> None:
        self.write(self.ring, "pass order", "pass wrap")
        self.assertEqual(self.check("02-01")[0], 0)
        output = self.course("next")[1]
        self.assertIn("02-02 A counter   (1 of 2 exercises done)", output)
        self.assertNotIn(RED, output)
        self.write(self.counter, "pass counts")
        self.check("counter")
        self.assertIn("All 2 exercises are done.", self.course("next")[1])

    def test_list(self) -> None:
        self.write(self.ring, "pass wrap")
        self.check("02-01")
        output = self.course("list")[1]
        self.assertRegex(output, r"02-01  ring +45 min +3/5  begun +A ring\n")
        self.assertRegex(output, r"02-02  counter +45 min +-/1 +A counter\n")
        self.assertIn("2 exercises, 1 h 30 min, 6 points", output)
        self.assertIn("02-01", self.course("list", "02")[1])
        code, output = self.course("list", "07")
        self.assertEqual(code, 2)
        self.assertIn("no module starts with '07'", output)

    def test_progress_tells_when_the_file_has_changed(self) -> None:
        self.write(self.ring, "pass wrap")
        self.check("02-01")
        self.assertIn("3 of 6 points at the last checks", self.course("progress")[1])
        self.assertNotIn("changed since", self.course("progress")[1])
        self.write(self.ring, "pass wrap", "more")
        self.assertIn("changed since:  ./course check 02-01", self.course("progress")[1])

    # ---- check

    def test_check_builds_only_its_exercise(self) -> None:
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertEqual(self.built(), ["02-01.student.release 02-01.student.tsan"])
        self.assertIn("02-01 A ring: 0 of 5 points", output)
        self.assertNotIn("\033", output)

    def test_red_is_announced_once(self) -> None:
        self.assertIn(RED, self.check()[1])
        self.assertNotIn(RED, self.check()[1])

    def test_the_first_failure_tells_its_story(self) -> None:
        self.write(self.ring, "pass order")
        output = self.check()[1]
        self.assertRegex(output, r"PASS +2/2 +order +release tsan")
        self.assertRegex(output, r"FAIL +0/3 +wrap +release\n")
        self.assertIn("First failure: wrap (release)", output)
        self.assertIn("  | size should have been 8 items, was 7 items.", output)
        self.assertNotIn("Google Test filter", output)
        self.assertNotIn("verdict:", output)
        self.assertIn("Edit   exercises/02-queues/01-ring/ring.hpp", output)
        self.assertIn("./course hint 02-01    hint 1 of 3", output)

    def test_all_lanes_must_pass(self) -> None:
        self.write(self.ring, "pass order.release", "pass wrap")
        output = self.check()[1]
        self.assertRegex(output, r"FAIL +0/2 +order +tsan\n")
        self.assertIn("First failure: order (tsan)", output)

    def test_a_crash_is_named(self) -> None:
        self.write(self.ring, "crash order")
        self.assertIn("release: crashed: ended by SIGSEGV", self.check()[1])

    def test_a_lost_result_is_a_failure(self) -> None:
        self.write(self.ring, "pass order", "lose wrap")
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(output, r"FAIL +0/3 +wrap +release: no result")

    def test_not_assessed_is_no_pass(self) -> None:
        self.write(self.ring, "pass order", "skip wrap")
        code, output = self.check()
        self.assertEqual(code, 0, "nothing is left to do on this machine")
        self.assertRegex(output, r"NOT ASSESSED +0/3 +wrap +no hardware here")
        self.assertIn("2 of 5 points, 3 not assessed", output)
        self.write(self.ring, "skip order", "skip wrap")
        code, output = self.check("02-01")
        self.assertEqual(code, 1)
        self.assertIn("./course doctor", output)

    def test_what_does_not_compile_is_not_built_and_not_run(self) -> None:
        self.write(self.ring, "#error", "pass order", "pass wrap")
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(output, r"NOT BUILT +0/2 +order")
        self.assertRegex(output, r"NOT BUILT +0/3 +wrap")
        self.assertIn("It does not compile (release)", output)
        self.assertIn("  | exercises/02-queues/01-ring/ring.hpp:1: error: #error in 02-01.student.release", output)
        self.assertNotIn("c++ -c", output)
        self.assertNotIn("ninja:", output)

    def test_done(self) -> None:
        self.write(self.ring, "pass order", "pass wrap")
        code, output = self.check("ring")
        self.assertEqual(code, 0)
        self.assertIn("5 of 5 points", output)
        self.assertIn("./course next", output)
        self.assertIn("solutions/02-queues/01-ring/README.md", output)

    def test_names(self) -> None:
        for word in ("02-02", "counter", "02-counter", "exercises/02-queues/02-counter/"):
            self.assertIn("02-02 A counter", self.check(word)[1], word)
        code, output = self.check("countre")
        self.assertEqual(code, 2)
        self.assertIn("there is no exercise 'countre'. Did you mean counter?", output)

    def test_a_broken_manifest_is_one_sentence(self) -> None:
        sample_tree.write(self.ring.parent / "exercise.json", "{")
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertIn("course: exercises/02-queues/01-ring/exercise.json is not a manifest", output)
        self.assertNotIn("Traceback", output)

    def test_a_lost_memory_is_no_problem(self) -> None:
        for text in ("{", "[]", '{"exercises": 3}', '{"exercises": {"02-01": 7}}', '{"exercises": {"02-01": {"hints": "x"}}}'):
            sample_tree.write(self.tree / ".course" / "state.json", text)
            for command in ("next", "list", "progress", "hint", "check"):
                output = self.course(command)[1]
                self.assertNotIn("Traceback", output, (text, command))
                self.assertIn("Next:  ./course ", output)

    # ---- hint

    def test_hints_come_step_by_step(self) -> None:
        outputs = [self.course("hint")[1] for _ in range(4)]
        for number, text in enumerate(("Think.", "Think harder.", "Look at the index.")):
            self.assertIn(f"02-01 hint {number + 1} of 3\n  {text}\n", outputs[number])
        self.assertIn("All 3 hints of 02-01 were shown", outputs[3])
        again = self.course("hint", "--again")[1]
        self.assertIn("Think.", again)
        self.assertIn("Look at the index.", again)
        self.assertNotIn("./course hint", self.check()[1].split("Next:")[1])

    # ---- reset

    def git(self) -> None:
        self.script("git", """\
            [ "$3" = show ] || exit 1
            case "$4" in
              HEAD:exercises/02-queues/01-ring/ring.hpp) echo "// TODO: your work" ;;
              *) echo "fatal: no such thing" >&2; exit 128 ;;
            esac
            """)

    def test_reset_keeps_a_backup_and_says_where(self) -> None:
        self.git()
        self.write(self.ring, "mine")
        code, output = self.course("reset", "02-01")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.ring.read_text(), "// TODO: your work\n")
        backup = next((self.tree / ".course" / "backup").glob("02-01-*")) / "ring.hpp"
        self.assertEqual(backup.read_text(), "// mine\n")
        self.assertIn(str(backup.parent), output)
        self.write(self.ring, "mine again")
        self.course("reset", "02-01")
        self.assertEqual(len(list((self.tree / ".course" / "backup").iterdir())), 2)
        self.assertIn("nothing to reset", self.course("reset", "ring")[1])

    def test_reset_without_git(self) -> None:
        self.assertIn("needs git", self.course("reset", "02-01")[1])
        self.git()
        self.write(self.counter, "mine")
        code, output = self.course("reset", "02-02")
        self.assertEqual(code, 1)
        self.assertIn("git has no exercises/02-queues/02-counter/counter.hpp in HEAD (no such thing)", output)
        self.assertEqual(self.counter.read_text(), "// mine\n", "nothing is touched before everything is known")

    def test_reset_wants_a_name(self) -> None:
        self.assertEqual(self.course("reset")[0], 2)

    # ---- watch, lab, bench

    def test_watch_once(self) -> None:
        code, output = self.course("watch", "--once")
        self.assertEqual(code, 1)
        self.assertIn("02-01 A ring: 0 of 5 points", output)
        code, output = self.course("watch")
        self.assertEqual(code, 1)
        self.assertIn("watch wants a terminal", output)
        self.assertIn("./course watch --once 02-01", output)

    def test_labs(self) -> None:
        self.assertIn("01   20 min  A race", self.course("lab")[1])
        for name in ("01", "1", "race", "01-race"):
            code, output = self.course("lab", name, "--fast", "3")
            self.assertEqual(code, 0, output)
            self.assertIn(f"lab --fast 3 in {self.tree / 'build' / 'default'}", output)
        self.environment["LAB_CODE"] = "77"
        self.assertEqual(self.course("lab", "01")[0], 77)
        self.environment["LAB_CODE"] = "3"
        code, output = self.course("lab", "01")
        self.assertEqual(code, 1)
        self.assertIn("lab 01 ended with exit code 3", output)
        self.assertIn("there is no lab '9'", self.course("lab", "9")[1])

    def test_benches(self) -> None:
        output = self.course("bench")[1]
        self.assertIn("ring_bench  modules/02-queues\n  race        modules/02-queues\n", output)
        self.assertNotIn("viewer", output)
        self.script(self.tree / "build" / "default" / "bench" / "ring_bench", 'echo "bench $*"; exit 0')
        code, output = self.course("bench", "ring", "--benchmark_min_time=1")
        self.assertEqual(code, 0, output)
        self.assertIn("bench --benchmark_min_time=1", output)
        self.assertEqual(self.built(), ["ring_bench"])
        self.assertIn("Did you mean ring_bench?", self.course("bench", "rign")[1])

    def test_a_bench_writes_a_result_file(self) -> None:
        runs = [{"name": "push/8", "run_name": "push/8", "run_type": "iteration", "cpu_time": t, "time_unit": "us",
                 "label": "one push"} for t in (3.0, 1.0, 2.0)]  # fmt: skip
        drawn_first = {**runs[0], "name": "pop", "run_name": "pop", "label": "one pop", "family_index": 1}
        raw = {"context": {"date": "2026-01-02T03:04:05+00:00", "load_avg": [0.5]}, "benchmarks": [drawn_first, *runs]}
        raw["benchmarks"].append({**runs[0], "run_type": "aggregate", "cpu_time": 99.0})
        (self.directory / "raw.json").write_text(json.dumps(raw))
        where = self.tree / "build" / "default"
        where.mkdir(parents=True, exist_ok=True)
        source = self.tree / "modules" / "02-queues" / "bench" / "ring_bench.cpp"
        source.parent.mkdir()
        source.write_text("// What a push costs.\n")
        entry = {"file": str(source), "command": f"c++ -O2 -g1 -Ix -c {source}"}
        (where / "compile_commands.json").write_text(json.dumps([entry]))
        self.script(where / "bench" / "ring_bench", """\
            for a; do case "$a" in --benchmark_out=*) cp "$FAKE/raw.json" "${a#*=}";; esac; done
            """)
        self.script("c++", "echo 'c++ 12.2'")
        file = self.directory / "ring.json"
        code, output = self.course("bench", "--result", str(file), "ring")
        self.assertEqual(code, 0, output)
        result = json.loads(file.read_text())
        schema = json.loads((ROOT / "tools" / "schema" / "result.schema.json").read_text())
        self.assertEqual(errors(result, schema), [])
        self.assertEqual((result["what"], result["build"]["flags"]), ("What a push costs", "-O2 -g1"))
        series, second = result["series"]
        self.assertEqual(second["name"], "pop", "series stand in the order of the source")
        self.assertEqual((series["name"], series["title"], series["n"]), ("push_8", "one push", 3))
        self.assertEqual((series["quantiles"], series["min"], series["max"]), ({"p50": 2000.0}, 1000.0, 3000.0))
        code, output = self.course("bench", "--result", str(file), "race")
        self.assertEqual(code, 1)
        self.assertIn("race writes its result files itself", output)

    def test_every_command_ends_with_the_next_one(self) -> None:
        for command in (("next",), ("list",), ("progress",), ("hint",), ("check",), ("grade",), ("lab",), ("bench",)):
            with self.subTest(command=command):
                self.assertIn("Next:  ./course ", self.course(*command)[1])

    def test_memory_is_json_that_a_person_can_read(self) -> None:
        self.check()
        state = json.loads((self.tree / ".course" / "state.json").read_text())
        self.assertEqual(state["exercises"]["02-01"]["verdict"]["groups"], {"order": "fail", "wrap": "fail"})


if __name__ == "__main__":
    unittest.main()

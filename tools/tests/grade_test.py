"""The report card and its exports: points come from the manifest, formats are those of their schemas."""

from __future__ import annotations

import json
import unittest
import xml.etree.ElementTree as ElementTree

import sample_tree
from course import exercises, schema
from course.grading import gradescope, junit_export, report_card
from course.junit import TestCase
from course.verdicts import ExerciseResult, State, judge
from fake_students import STORY, FakeStudents
from support import ROOT, FakeMachine


def errors(data: object, name: str) -> list[str]:
    """What tools/schema/NAME.schema.json says of it."""
    return schema.errors(data, json.loads((ROOT / "tools" / "schema" / f"{name}.schema.json").read_text()))


class SampleRing(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.ring = exercises.load_all(sample_tree.make(self.directory / "tree"))[0]

    def judged(self, not_built: tuple[str, ...] = (), lanes: list[str] | None = None, **states: str) -> ExerciseResult:
        """Cases by `group_lane`: passed, failed, skipped; what is left out has no result."""
        cases = {}
        for key, state in states.items():
            name = "02-01.student." + key.replace("_", ".")
            cases[name] = TestCase(name, state, "why" if state != "passed" else "", "", 0.1)
        return judge(self.ring, cases, frozenset(not_built), lanes)


class Judge(SampleRing):
    def states(self, result: ExerciseResult) -> list[State]:
        return [group.state for group in result.groups]

    def test_all_lanes_pass(self) -> None:
        result = self.judged(order_release="passed", order_tsan="passed", wrap_release="passed")
        self.assertEqual((result.points, result.done), (5, True))

    def test_one_lane_fails(self) -> None:
        result = self.judged(order_release="passed", order_tsan="failed", wrap_release="passed")
        self.assertEqual((result.points, result.done), (3, False))
        self.assertEqual(result.first_failure().worst.lane, "tsan")

    def test_nothing_ran(self) -> None:
        result = self.judged()
        self.assertEqual((result.points, self.states(result)), (0, [State.FAIL, State.FAIL]))

    def test_more_than_the_manifest_counts_for_nothing(self) -> None:
        result = self.judged(bonus_release="passed", wrap_tsan="passed")
        self.assertEqual(result.points, 0)

    def test_skipped_lanes(self) -> None:
        result = self.judged(order_release="passed", order_tsan="skipped", wrap_release="passed")
        self.assertEqual(self.states(result), [State.NOT_ASSESSED, State.PASS])
        self.assertEqual((result.points, result.not_assessed, result.done), (3, 2, True))
        result = self.judged(order_release="failed", order_tsan="skipped", wrap_release="skipped")
        self.assertEqual(self.states(result), [State.FAIL, State.NOT_ASSESSED])

    def test_everything_skipped_is_not_done(self) -> None:
        result = self.judged(order_release="skipped", order_tsan="skipped", wrap_release="skipped")
        self.assertEqual((result.points, result.done), (0, False))

    def test_a_lane_that_is_not_built_is_not_believed(self) -> None:
        result = self.judged(("release",), order_release="passed", order_tsan="passed", wrap_release="passed")
        self.assertEqual(self.states(result), [State.NOT_BUILT, State.NOT_BUILT])

    def test_the_first_lane_alone(self) -> None:
        result = self.judged((), ["tsan"], order_tsan="passed")
        self.assertEqual([group.group.name for group in result.groups], ["order"])


class Grade(FakeStudents):
    def grade(self, *arguments: str) -> str:
        code, output = self.course("grade", *arguments)
        self.assertEqual(code, 0, output)
        return output

    def test_report_card(self) -> None:
        self.write(self.ring, "pass order", "skip wrap")
        self.write(self.counter, "#error")
        output = self.grade()
        self.assertIn("02-01 A ring: 2 of 5 points, 3 not assessed", output)
        self.assertIn("02-02 A counter: 0 of 1 points", output)
        self.assertIn("Total: 2 of 6 points", output)
        self.assertIn("3 of them could not be assessed on this machine", output)
        self.assertIn("Next:  ./course check 02-02", output)

    def test_an_exercise_that_cmake_refuses_stops_no_other(self) -> None:
        (self.directory / "refused").write_text("02-01")
        self.write(self.counter, "pass counts")
        output = self.grade()
        self.assertRegex(output, r"NOT BUILT +0/2 +order")
        self.assertIn("02-02 A counter: 1 of 1 points", output)
        self.assertIn("ctest -R exercise-problem", self.course("check", "02-01")[1])

    def test_grading_does_not_change_what_one_works_on(self) -> None:
        self.grade()
        self.assertIn("02-01 A ring", self.course("next")[1])

    def test_only_some(self) -> None:
        self.assertNotIn("A ring", self.grade("counter"))
        self.assertEqual(self.built(), ["02-02.student.release"])
        self.assertNotIn("A ring", self.grade("--module", "02", "counter"), "options may come first")
        self.assertIn("Total: 0 of 6 points", self.grade("--module", "02"))
        code, output = self.course("grade", "--module", "09")
        self.assertEqual(code, 2)
        self.assertIn("no exercise is in a module '09'", output)

    def exports(self) -> tuple[dict, ElementTree.Element, dict]:
        files = [self.directory / "out" / name for name in ("card.json", "card.xml", "results.json")]
        output = self.grade("--json", str(files[0]), "--junit", str(files[1]), "--gradescope", str(files[2]))
        for file in files:
            self.assertIn(f"Written: {file}", output)
        return json.loads(files[0].read_text()), ElementTree.parse(files[1]).getroot(), json.loads(files[2].read_text())

    def test_exports_in_every_state(self) -> None:
        self.write(self.ring, "skip order", "lose wrap")
        self.write(self.counter, "pass counts")
        self.check_exports(points=1, unknown=2, states=["not assessed", "fail", "pass"])
        self.write(self.ring, "pass order", "crash wrap")
        self.write(self.counter, "#error")
        self.check_exports(points=2, unknown=0, states=["pass", "fail", "not built"])

    def check_exports(self, points: int, unknown: int, states: list[str]) -> None:
        card, junit, scope = self.exports()
        self.assertEqual(errors(card, "grade"), [])
        self.assertEqual((card["points"], card["max_points"], card["not_assessed_points"]), (points, 6, unknown))
        self.assertEqual([g["state"] for e in card["exercises"] for g in e["groups"]], states)

        self.assertEqual(errors(scope, "gradescope"), [])
        self.assertEqual(scope["score"], points)
        self.assertEqual(sum(test["max_score"] for test in scope["tests"]), 6)
        self.assertEqual([test["number"] for test in scope["tests"]], ["2.1.1", "2.1.2", "2.2.1"])
        words = {"pass": "passed", "fail": "failed", "not built": "failed", "not assessed": None}
        self.assertEqual([test.get("status") for test in scope["tests"]], [words[state] for state in states])

        self.assertEqual(junit.tag, "testsuites")
        self.assertEqual([suite.get("name") for suite in junit], ["02-01 ring", "02-02 counter"])
        children = {"pass": [], "fail": ["failure"], "not built": ["error"], "not assessed": ["skipped"]}
        cases = list(junit.iter("testcase"))
        self.assertEqual([[child.tag for child in case] for case in cases], [children[state] for state in states])
        self.assertTrue(all(case.get("classname") and case.get("name") and case.get("time") for case in cases))
        for key, state in (("failures", "fail"), ("errors", "not built"), ("skipped", "not assessed")):
            self.assertEqual(junit.get(key), str(states.count(state)))
            self.assertEqual(sum(int(suite.get(key)) for suite in junit), states.count(state))
        self.assertEqual(junit.get("tests"), "3")

    def test_what_tests_print_reaches_the_exports(self) -> None:
        _, junit, scope = self.exports()
        self.assertIn("should have been 8 items", junit.find(".//failure").text)
        self.assertIn("should have been 8 items", scope["tests"][0]["output"])
        self.assertIn("fail (release)", scope["tests"][0]["output"])

    def test_a_file_that_cannot_be_written(self) -> None:
        code, output = self.course("grade", "--json", "/dev/null/x.json")
        self.assertEqual(code, 1)
        self.assertIn("course: cannot write /dev/null/x.json", output)


class Hostile(SampleRing):
    def test_output_that_xml_refuses(self) -> None:
        name = "02-01.student.wrap.release"
        bad = "\x00\x1b[31m\ud800\ufffe ]]> & <x>"
        case = TestCase(name, "failed", "Failed", STORY + bad, 0.1)
        results = [judge(self.ring, {name: case})]
        text = junit_export.document(results)
        message = ElementTree.fromstring(text.encode()).findall(".//failure")[1].text
        self.assertIn("]]> & <x>", message)
        data = gradescope.document(results)
        self.assertEqual(errors(data, "gradescope"), [])
        self.assertEqual(errors(report_card.document(results, ""), "grade"), [])

    def test_the_schemas_refuse_what_is_wrong(self) -> None:
        data = gradescope.document([self.judged()])
        for change in ({"score": "1"}, {"tests": [{"status": "ok"}]}, {"tests": [{"points": 1}]}, {"marks": 1}):
            self.assertNotEqual(errors({**data, **change}, "gradescope"), [], change)
        card = report_card.document([self.judged()], "")
        for change in ({"points": -1}, {"exercises": []}, {"schema": "lln/grade/v0"}, {"time": "today"}):
            self.assertNotEqual(errors({**card, **change}, "grade"), [], change)


if __name__ == "__main__":
    unittest.main()

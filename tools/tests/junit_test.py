"""Reading ctest's results. The XML and console lines are what CTest 3.25 really wrote, shortened."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from course import junit

XML = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="(empty)" tests="9" failures="3" disabled="1" skipped="4" hostname="" time="1">
  <testcase name="a.A.ok" classname="a.A.ok" time="0.002" status="run">
    <system-out>[       OK ] A.ok (0 ms)</system-out></testcase>
  <testcase name="a.A.bad" classname="a.A.bad" time="0.003" status="fail"><failure message=""/>
    <system-out>a.cpp:3: Failure
why &lt;x&gt;</system-out></testcase>
  <testcase name="a.A.skip" classname="a.A.skip" time="0.003" status="notrun">
    <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
    <system-out>[ RUN      ] A.skip
/tmp/a.cpp:4: Skipped
no hardware timestamps here,
eth0 refuses

[  SKIPPED ] A.skip (0 ms)
[  SKIPPED ] 1 test, listed below:</system-out></testcase>
  <testcase name="b_test_NOT_BUILT" classname="b_test_NOT_BUILT" time="0" status="notrun">
    <skipped message="Unable to find executable"/>
    <system-out>Unable to find executable: b_test_NOT_BUILT</system-out></testcase>
  <testcase name="slow" classname="slow" time="1.00191" status="fail"><failure message=""/>
    <system-out></system-out></testcase>
  <testcase name="crash" classname="crash" time="0.001" status="fail"><failure message=""/>
    <system-out></system-out></testcase>
  <testcase name="script" classname="script" time="0.001" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
    <system-out>looking around
reason: no thing here
</system-out></testcase>
  <testcase name="silent" classname="silent" time="0.001" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
    <system-out></system-out></testcase>
  <testcase name="disabled" classname="disabled" time="0" status="disabled">
    <system-out>Disabled</system-out></testcase>
</testsuite>
"""
CONSOLE = """Test project /tmp/b
      Start  1: a.A.ok
 1/11 Test  #1: a.A.ok ...........................   Passed    0.00 sec
 2/11 Test  #2: a.A.bad ..........................***Failed    0.00 sec
 3/11 Test  #4: b_test_NOT_BUILT .................***Not Run   0.00 sec
 4/11 Test  #3: a.A.skip .........................***Skipped   0.00 sec
 5/11 Test  #6: crash ............................***Exception: SegFault  0.00 sec
 8/11 Test  #9: disabled .........................***Not Run (Disabled)   0.00 sec
11/11 Test  #5: slow .............................***Timeout   1.00 sec

40% tests passed, 6 tests failed out of 10
"""


def _parameter(name: str) -> str:
    return f"books.All/Books.Agree/{name}  # GetParam() = 8-byte object <4C-B6 67-6C 13-56 00-00>"


# Line, name, verdict, whether it counts as a failure: as CTest 3.25 prints them.
LINES = (
    ("916/1477 Test  #921: " + _parameter("long") + " .......   Passed    0.21 sec", _parameter("long"), "Passed", False),
    ("  1/1477 Test  #1: " + _parameter("x") + ".asan ....***Failed    0.2 sec", _parameter("x") + ".asan", "Failed", True),
    (" 184/1479 Test  #184: a.b.asan ....***Skipped   0.02 sec", "a.b.asan", "Skipped", False),
    ("  2/22 Test  #2: Param/Suite.Name/0.asan ..........   Passed    0.00 sec", "Param/Suite.Name/0.asan", "Passed", False),
    ("22/22 Test #20: longest_name ...   Passed  120.00 sec", "longest_name", "Passed", False),
    ("14/22 Test #14: disabled .........***Not Run (Disabled)   0.00 sec", "disabled", "Not Run (Disabled)", False),
    ("15/22 Test #15: missing ..........***Not Run   0.00 sec", "missing", "Not Run", True),
    ("21/22 Test  #7: slow .............***Timeout   1.00 sec", "slow", "Timeout", True),
    (" 8/22 Test  #8: segv .............***Exception: SegFault  0.00 sec", "segv", "Exception: SegFault", True),
    ("11/22 Test #11: fpe ..............***Exception: Numerical  0.00 sec", "fpe", "Exception: Numerical", True),
    (" 9/22 Test  #9: abrt .............Subprocess aborted***Exception:   0.00 sec", "abrt", "Subprocess aborted", True),
    ("10/22 Test #10: kill .............Subprocess killed***Exception:   0.00 sec", "kill", "Subprocess killed", True),
    ("18/22 Test #18: re1 ..............***Failed  Required regular expression not found. Regex=[nothing like",
     "re1", "Failed  Required regular expression not found. Regex=[nothing like", True),
)


class JUnit(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        file = Path(directory.name) / "tests.xml"
        file.write_text(XML, encoding="utf-8")
        finished = filter(None, map(junit.parse_console_line, CONSOLE.splitlines()))
        self.verdicts = {line.name: line.verdict for line in finished}
        self.cases = {case.name: case for case in junit.read(file, self.verdicts)}

    def states(self, state: str) -> set[str]:
        return {name for name, case in self.cases.items() if case.state == state}

    def test_states(self) -> None:
        self.assertEqual(self.states("passed"), {"a.A.ok"})
        self.assertEqual(self.states("failed"), {"a.A.bad", "slow", "crash", "b_test_NOT_BUILT"})
        self.assertEqual(self.states("skipped"), {"a.A.skip", "script", "silent", "disabled"})

    def test_a_test_that_was_not_built_is_no_skip(self) -> None:
        self.assertEqual(self.cases["b_test_NOT_BUILT"].reason, "did not run: Unable to find executable")

    def test_reasons_of_skips(self) -> None:
        self.assertEqual(self.cases["a.A.skip"].reason, "no hardware timestamps here, eth0 refuses")
        self.assertEqual(self.cases["script"].reason, "reason: no thing here")
        self.assertEqual(self.cases["silent"].reason, "no reason given")
        self.assertEqual(self.cases["disabled"].reason, "disabled in its CMakeLists.txt")

    def test_reasons_of_failures_come_from_the_console(self) -> None:
        self.assertEqual(self.cases["slow"].reason, "Timeout")
        self.assertEqual(self.cases["crash"].reason, "Exception: SegFault")
        self.assertEqual(self.cases["a.A.bad"].reason, "Failed")
        self.assertIn("why <x>", self.cases["a.A.bad"].output)

    def test_console_lines(self) -> None:
        self.assertEqual(len(self.verdicts), 7)
        line = junit.parse_console_line(" 3/11 Test  #4: b_test_NOT_BUILT .................***Not Run   0.00 sec")
        self.assertEqual((line.done, line.total, line.name, line.verdict), (3, 11, "b_test_NOT_BUILT", "Not Run"))
        self.assertIsNone(junit.parse_console_line("      Start  1: a.A.ok"))

    def test_every_kind_of_line(self) -> None:
        for line, name, verdict, failed in LINES:
            with self.subTest(line=line):
                parsed = junit.parse_console_line(line)
                self.assertIsNotNone(parsed)
                self.assertEqual((parsed.name, parsed.verdict, parsed.failed), (name, verdict, failed))

    def test_other_lines(self) -> None:
        for line in ("33% tests passed, 14 tests failed out of 21", "\t  5 - a.b (Skipped)", "      Start 1: a ....", ""):
            self.assertIsNone(junit.parse_console_line(line), line)


if __name__ == "__main__":
    unittest.main()

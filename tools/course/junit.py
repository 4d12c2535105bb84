"""Reads what ctest wrote: which tests passed, failed or were skipped, and why."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

# A line of ctest's own output: " 3/11 Test  #4: name ......***Timeout   1.00 sec". A name may hold blanks
# (GoogleTest's parameters: "X/Y.z/0  # GetParam() = 8-byte object <...>"), so the row of dots is what ends it.
_RESULT_LINE = re.compile(
    r"^\s*(?P<done>\d+)/(?P<total>\d+) Test\s+#\d+: (?P<name>.+) \.{3,}"
    r"(?P<verdict>   Passed|[^*]*\*\*\*.+?)(?:\s+[\d.]+ sec)?$"
)


@dataclass(frozen=True)
class TestCase:
    """One test: state is passed, failed or skipped; reason is empty for a passed one."""

    name: str
    state: str
    reason: str
    output: str
    seconds: float


@dataclass(frozen=True)
class ConsoleLine:
    """One finished test as ctest prints it."""

    done: int
    total: int
    name: str
    verdict: str

    @property
    def failed(self) -> bool:
        """Neither passed, nor skipped, nor switched off."""
        return self.verdict not in ("Passed", "Skipped", "Not Run (Disabled)")


def parse_console_line(line: str) -> ConsoleLine | None:
    """ctest's line for a finished test, or None. It has what JUnit leaves out: Timeout, the signal of a crash."""
    match = _RESULT_LINE.match(line)
    if not match:
        return None
    before, _, after = match["verdict"].rpartition("***")  # "Subprocess killed***Exception: " has its cause in front
    verdict = before if before and after.strip() == "Exception:" else after.strip()
    return ConsoleLine(int(match["done"]), int(match["total"]), match["name"].rstrip(), verdict)


def read(path: Path, verdicts: dict[str, str] | None = None) -> list[TestCase]:
    """The test cases of a JUnit file. `verdicts` (name to ctest's word) gives failures their reason."""
    cases = ElementTree.parse(path).getroot().iter("testcase")
    return [_test_case(case, verdicts or {}) for case in cases]


def _test_case(case: ElementTree.Element, verdicts: dict[str, str]) -> TestCase:
    name = case.get("name", "?")
    status = case.get("status", "")
    output = case.findtext("system-out") or ""
    skipped = case.find("skipped")
    message = skipped.get("message", "") if skipped is not None else ""
    if status == "run":
        state, reason = "passed", ""
    elif status == "disabled":
        state, reason = "skipped", "disabled in its CMakeLists.txt"
    elif status == "notrun" and message.startswith("SKIP_"):
        state, reason = "skipped", skip_reason(output)
    elif status == "notrun":  # no executable, a required file or fixture missing: not a skip, nobody chose it
        state, reason = "failed", f"did not run: {message or 'no reason given'}"
    else:
        state, reason = "failed", verdicts.get(name, "Failed")
    return TestCase(name, state, reason, output, float(case.get("time", "0")))


def skip_reason(output: str) -> str:
    """The sentence with which a test explained its skip: GoogleTest's, or the last line of a script."""
    lines = [line.strip() for line in output.splitlines()]
    for index, line in enumerate(lines):
        if line.endswith(": Skipped"):  # file:line: Skipped, then the message up to the closing bracket line
            message = []
            for following in lines[index + 1 :]:
                if following.startswith("[") or not following:
                    break
                message.append(following)
            return " ".join(message) or "no reason given"
    said = [line for line in lines if line]
    return said[-1].removeprefix("verdict: skipped: ") if said else "no reason given"

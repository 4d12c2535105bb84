"""The report card as JUnit XML: a suite an exercise, a case a group. GitLab shows `classname` as the suite."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from course import card
from course.verdicts import ExerciseResult, GroupResult, State

# XML 1.0 has no way to write these, and students' programs print anything.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(results: list[ExerciseResult]) -> str:
    """The whole file."""
    suites = ElementTree.Element("testsuites", name="Low-Latency Networking in C++")
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for result in results:
        suite = _suite(result)
        suites.append(suite)
        for key in total:
            total[key] += int(suite.get(key, "0"))
    for key, value in total.items():
        suites.set(key, str(value))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _suite(result: ExerciseResult) -> ElementTree.Element:
    exercise = result.exercise
    states = [group.state for group in result.groups]
    suite = ElementTree.Element(
        "testsuite",
        name=f"{exercise.id} {exercise.name}",
        tests=str(len(states)),
        failures=str(states.count(State.FAIL)),
        errors=str(states.count(State.NOT_BUILT)),
        skipped=str(states.count(State.NOT_ASSESSED)),
        time=f"{sum(lane.seconds for group in result.groups for lane in group.lanes):.3f}",
    )
    for group in result.groups:
        suite.append(_case(result, group))
    return suite


def _case(result: ExerciseResult, group: GroupResult) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=f"{result.exercise.id} {result.exercise.name}",
        name=f"{group.group.name} ({group.points}/{group.group.points} points)",
        time=f"{sum(lane.seconds for lane in group.lanes):.3f}",
    )
    state = group.state
    if state is State.PASS:
        return case
    lane = group.worst
    message = clean(f"{lane.lane}: {lane.reason}")
    if state is State.NOT_ASSESSED:
        ElementTree.SubElement(case, "skipped", message=message)
        return case
    kind = "error" if state is State.NOT_BUILT else "failure"
    told = result.build_error if state is State.NOT_BUILT else "\n".join(card.story(lane.output))
    ElementTree.SubElement(case, kind, message=message, type=state.value).text = clean(told)
    return case


def clean(text: str) -> str:
    """Without the characters that XML refuses."""
    return _FORBIDDEN.sub("?", text)

"""The report card as Gradescope's results.json (tools/schema/gradescope.schema.json): a test a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course import card
from course.verdicts import ExerciseResult, GroupResult, State


def document(results: list[ExerciseResult], problems: Sequence[str] = ()) -> dict[str, Any]:
    """The whole file. The score is the sum of the tests' scores, which is what Gradescope shows."""
    tests = [
        _test(result, number, group) for result in results for number, group in enumerate(result.groups, start=1)
    ]
    unknown = sum(result.not_assessed for result in results)
    output = f"{len(results)} exercises. A group earns its points when it passes in all its lanes."
    if unknown:
        output += f"\n{unknown} points could not be assessed on this machine; see the tests concerned."
    if problems:
        output += "\n" + "\n".join(problems)
    return {
        "score": sum(test["score"] for test in tests),
        "execution_time": round(sum(lane.seconds for r in results for g in r.groups for lane in g.lanes)),
        "output": output,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _test(result: ExerciseResult, number: int, group: GroupResult) -> dict[str, Any]:
    exercise = result.exercise
    state = group.state
    test: dict[str, Any] = {
        "score": group.points,
        "max_score": group.group.points,
        "name": f"{exercise.title}: {group.group.name}",
        "number": ".".join(str(int(part)) for part in exercise.id.split("-")) + f".{number}",
        "output": _output(result, group),
        "tags": [exercise.id, exercise.name],
        "visibility": group.group.visibility,
        "extra_data": {"state": state.value, "lanes": {lane.lane: lane.state.value for lane in group.lanes}},
    }
    if state is not State.NOT_ASSESSED:  # neither passed nor failed
        test["status"] = "passed" if state is State.PASS else "failed"
    return test


def _output(result: ExerciseResult, group: GroupResult) -> str:
    if group.state is State.PASS:
        return "passed in " + ", ".join(lane.lane for lane in group.lanes)
    lane = group.worst
    if group.state is State.NOT_ASSESSED:
        return f"not assessed ({lane.lane}): {lane.reason}"
    told = [result.build_error] if group.state is State.NOT_BUILT else card.story(lane.output)
    return "\n".join([f"{group.state.value} ({lane.lane}): {lane.reason}", *told]).rstrip()

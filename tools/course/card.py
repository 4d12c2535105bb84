"""How verdicts are printed: a line a group, the story of the first failure, the next command."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from course.terminal import paint
from course.verdicts import ExerciseResult, GroupResult, LaneResult, State

_COLOURS = {State.PASS: "green", State.FAIL: "red", State.NOT_BUILT: "red", State.NOT_ASSESSED: "yellow"}
_MAX_STORY_LINES = 45
_MAX_REASON = 90
# GoogleTest's frame around what a test says.
_FRAME = re.compile(
    r"^(verdict: |Note: |\[[ =-]|Running main|\s*\d+ FAILED TESTS?$|\[\s*(OK|FAILED|PASSED|RUN)\s*\])"
)


def exercise_lines(result: ExerciseResult) -> Iterator[str]:
    """The heading and a line a group."""
    exercise = result.exercise
    points = f"{result.points} of {exercise.points} points"
    if not result.complete:
        green = sum(group.state is State.PASS for group in result.groups)
        points = f"{green} of {len(result.groups)} groups pass so far"
    elif result.not_assessed:
        points += f", {result.not_assessed} not assessed"
    yield paint(f"{exercise.id} {exercise.title}", "bold") + f": {points}"
    width = max(len(group.name) for group in exercise.groups)
    for group in result.groups:
        yield "  " + _group_line(group, width, result.complete)


def _group_line(group: GroupResult, width: int, complete: bool) -> str:
    state = group.state
    word = paint(state.name.replace("_", " ").ljust(12), _COLOURS[state])
    points = f"{group.points if complete else '-'}/{group.group.points}".rjust(5)
    if state is State.PASS:
        told = " ".join(lane.lane for lane in group.lanes)
    elif state is State.FAIL:
        told = ", ".join(_lane_text(lane) for lane in group.lanes if lane.state is not State.PASS)
    else:
        told = group.worst.reason
    return f"{word} {points}  {group.group.name.ljust(width)}  {told}"


def _lane_text(lane: LaneResult) -> str:
    reason = lane.reason.partition(" on address ")[0]  # of a sanitizer's report; the rest is in the story
    return f"{lane.lane}: {textwrap.shorten(reason, _MAX_REASON, placeholder=' ...')}" if reason else lane.lane


def failure_lines(result: ExerciseResult) -> Iterator[str]:
    """The first failure in full; nothing when there is none."""
    group = result.first_failure()
    if group is None:
        return
    lane = group.worst
    yield ""
    if group.state is State.NOT_BUILT and result.build_error:
        yield paint(f"It does not compile ({lane.lane}). The first error:", "bold")
        lines = result.build_error.replace(f"{result.exercise.root}/", "").split("\n")
        told = [line for line in lines if not line.startswith("FAILED: ")]
    else:
        yield paint(f"First failure: {group.group.name} ({lane.lane})", "bold")
        told = story(lane.output, f"{result.exercise.root}/") or [lane.reason or "it failed without a word"]
    for line in told:
        yield "  | " + line


def story(output: str, root: str = "") -> list[str]:
    """What the first failing test says, without GoogleTest's frame and without `root` in front of paths."""
    lines = [line.rstrip() for line in output.split("\n") if not _FRAME.match(line)]
    lines = [line.replace(root, "") for line in lines] if root else lines
    failures = [index for index, line in enumerate(lines) if line.endswith(": Failure")]
    more = len(failures) - 1
    if more > 0:
        lines = [*lines[: failures[1]], f"({more} more failed {'test' if more == 1 else 'tests'} in this group)"]
    kept = [line for before, line in zip(["", *lines], lines) if line or before]
    while kept and not kept[-1]:
        kept.pop()
    if len(kept) > _MAX_STORY_LINES:
        left_out = len(kept) - _MAX_STORY_LINES
        half = _MAX_STORY_LINES // 2
        kept = kept[:half] + [f"... {left_out} lines left out ..."] + kept[-(_MAX_STORY_LINES - half) :]
    return kept

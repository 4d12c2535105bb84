"""From test results to points. The manifest says what must be there; a test without a result earns nothing."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from course.exercises import Exercise, Group, student_test
from course.junit import TestCase

# The last line of tools/judge.py, which runs every group.
_VERDICT = re.compile(r"^verdict: ([a-z ]+): (.*)$")


class State(enum.Enum):
    """What became of a group, or of one of its lanes."""

    PASS = "pass"
    FAIL = "fail"
    NOT_BUILT = "not built"
    NOT_ASSESSED = "not assessed"


@dataclass(frozen=True)
class LaneResult:
    """One group in one lane. `reason` is empty for a plain failed assertion; `output` is what the test printed."""

    lane: str
    state: State
    reason: str = ""
    output: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class GroupResult:
    """A points group. All its lanes must pass: a ring that races under TSan is not a ring."""

    group: Group
    lanes: tuple[LaneResult, ...]

    @property
    def state(self) -> State:
        """The worst of its lanes; not assessed only where nothing else is wrong."""
        states = {lane.state for lane in self.lanes}
        for state in (State.FAIL, State.NOT_BUILT, State.NOT_ASSESSED):
            if state in states:
                return state
        return State.PASS

    @property
    def points(self) -> int:
        """All or nothing."""
        return self.group.points if self.state is State.PASS else 0

    @property
    def worst(self) -> LaneResult:
        """The first lane that explains the state."""
        return next(lane for lane in self.lanes if lane.state is self.state)


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: its groups in the manifest's order."""

    exercise: Exercise
    groups: tuple[GroupResult, ...]
    build_error: str = ""

    @property
    def points(self) -> int:
        """Earned."""
        return sum(group.points for group in self.groups)

    @property
    def not_assessed(self) -> int:
        """Points that this machine could not give or refuse."""
        return sum(group.group.points for group in self.groups if group.state is State.NOT_ASSESSED)

    @property
    def complete(self) -> bool:
        """False for a quick verdict in some of the lanes, which earns nothing yet."""
        lanes = {group.group.name: len(group.lanes) for group in self.groups}
        return all(lanes.get(group.name) == len(group.lanes) for group in self.exercise.groups)

    @property
    def done(self) -> bool:
        """Nothing left to do here: every group passed, or could not be assessed (but not all of them)."""
        states = {group.state for group in self.groups}
        return states <= {State.PASS, State.NOT_ASSESSED} and State.PASS in states

    def first_failure(self) -> GroupResult | None:
        """The group to work on."""
        return next((g for g in self.groups if g.state in (State.FAIL, State.NOT_BUILT)), None)


def judge(
    exercise: Exercise,
    cases: dict[str, TestCase],
    not_built: frozenset[str] = frozenset(),
    lanes: list[str] | None = None,
    build_error: str = "",
) -> ExerciseResult:
    """The results of an exercise. `not_built`: lanes whose program is missing or older than the student's file.

    `lanes`: only these, for a first quick verdict; groups that are not tested in them are left out.
    """
    groups = []
    for group in exercise.groups:
        wanted = [lane for lane in group.lanes if lanes is None or lane in lanes]
        if wanted:
            groups.append(GroupResult(group, tuple(_lane(exercise, group, lane, cases, not_built) for lane in wanted)))
    return ExerciseResult(exercise, tuple(groups), build_error)


def _lane(
    exercise: Exercise, group: Group, lane: str, cases: dict[str, TestCase], not_built: frozenset[str]
) -> LaneResult:
    if lane in not_built:
        return LaneResult(lane, State.NOT_BUILT, "does not compile")
    case = cases.get(student_test(exercise, group, lane))
    if case is None:
        return LaneResult(lane, State.FAIL, "no result: the test did not run to its end")
    if case.state == "passed":
        return LaneResult(lane, State.PASS, "", case.output, case.seconds)
    if case.state == "skipped":
        return LaneResult(lane, State.NOT_ASSESSED, case.reason, case.output, case.seconds)
    word, sentence = _judged(case.output)
    if word == "not built" or "Unable to find executable" in case.reason:
        return LaneResult(lane, State.NOT_BUILT, sentence or "its program was never built", "", case.seconds)
    reason = case.reason if not word else "" if word == "failed" else f"{word}: {sentence}"
    return LaneResult(lane, State.FAIL, reason, case.output, case.seconds)


def _judged(output: str) -> tuple[str, str]:
    """The judge's word and sentence, from the last line that a test printed; empty without them."""
    match = _VERDICT.match(output.rstrip().rpartition("\n")[2])
    return (match[1], match[2]) if match else ("", "")

"""The report card as data: schema lln/grade/v1 (tools/schema/grade.schema.json)."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

from course.verdicts import ExerciseResult, GroupResult


def document(results: list[ExerciseResult], commit_id: str) -> dict[str, Any]:
    """Everything that a gradebook may want, without what the tests printed."""
    return {
        "schema": "lln/grade/v1",
        "commit": commit_id,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "points": sum(result.points for result in results),
        "max_points": sum(result.exercise.points for result in results),
        "not_assessed_points": sum(result.not_assessed for result in results),
        "exercises": [_exercise(result) for result in results],
    }


def _exercise(result: ExerciseResult) -> dict[str, Any]:
    exercise = result.exercise
    return {
        "id": exercise.id,
        "name": exercise.name,
        "title": exercise.title,
        "module": exercise.module,
        "points": result.points,
        "max_points": exercise.points,
        "not_assessed_points": result.not_assessed,
        "done": result.done,
        "groups": [_group(group) for group in result.groups],
    }


def _group(group: GroupResult) -> dict[str, Any]:
    return {
        "name": group.group.name,
        "points": group.points,
        "max_points": group.group.points,
        "state": group.state.value,
        "visibility": group.group.visibility,
        "lanes": [
            {"lane": lane.lane, "state": lane.state.value, "reason": lane.reason, "seconds": round(lane.seconds, 3)}
            for lane in group.lanes
        ],
    }


def commit(root: Path) -> str:
    """HEAD, with -dirty when files differ from it; empty where there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            capture_output=True, text=True, check=False,
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

"""What ./course remembers between two commands: hints shown, last verdicts. Losing it loses no work."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from course.exercises import Exercise
from course.verdicts import ExerciseResult


class Memory:
    """A small JSON file. One that cannot be read counts as empty."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "state.json"
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            data = {}
        self._data: dict[str, Any] = data if isinstance(data, dict) else {}

    def _entry(self, exercise: Exercise) -> dict[str, Any]:
        entries = self._data.setdefault("exercises", {})
        entry = entries.get(exercise.id) if isinstance(entries, dict) else None
        if not isinstance(entry, dict):
            entry = {}
            self._data["exercises"] = {**(entries if isinstance(entries, dict) else {}), exercise.id: entry}
        return entry

    def hints_shown(self, exercise: Exercise) -> int:
        """How many hints of this exercise were read."""
        shown = self._entry(exercise).get("hints", 0)
        return max(0, min(shown, len(exercise.hints))) if isinstance(shown, int) else 0

    def note_hint(self, exercise: Exercise, shown: int) -> None:
        """So many were read."""
        self._entry(exercise)["hints"] = shown
        self.save()

    def verdict(self, exercise: Exercise) -> dict[str, Any] | None:
        """The last complete verdict: points, done, groups (name to state); None before the first."""
        verdict = self._entry(exercise).get("verdict")
        return verdict if isinstance(verdict, dict) and {"points", "done", "files"} <= verdict.keys() else None

    def note_verdict(self, result: ExerciseResult, in_work: bool = True) -> None:
        """Remembers a verdict and of which text it speaks; `in_work`: somebody is at this very exercise."""
        self._entry(result.exercise)["verdict"] = {
            "points": result.points,
            "done": result.done,
            "groups": {group.group.name: group.state.value for group in result.groups},
            "files": fingerprint(result.exercise),
        }
        if in_work:
            self._data["current"] = result.exercise.id
        self.save()

    def forget_verdict(self, exercise: Exercise) -> None:
        """After a reset."""
        self._entry(exercise).pop("verdict", None)
        self.save()

    def done(self, exercise: Exercise) -> bool:
        """True when its last verdict was all green."""
        verdict = self.verdict(exercise)
        return verdict is not None and bool(verdict["done"])

    def changed_since_verdict(self, exercise: Exercise) -> bool:
        """True when the student's files are not those of the last verdict."""
        verdict = self.verdict(exercise)
        return verdict is not None and verdict["files"] != fingerprint(exercise)

    @property
    def first_contact(self) -> bool:
        """True until the first verdict."""
        entries = self._data.get("exercises", {})
        entries = entries.values() if isinstance(entries, dict) else ()
        return not any(isinstance(entry, dict) and "verdict" in entry for entry in entries)

    def current(self, exercises: list[Exercise]) -> Exercise | None:
        """The exercise worked on last while it is unfinished, else the first unfinished one; None: all done."""
        for exercise in exercises:
            if exercise.id == self._data.get("current") and not self.done(exercise):
                return exercise
        return next((exercise for exercise in exercises if not self.done(exercise)), None)

    def save(self) -> None:
        """Writes the file at once: a second ./course never sees half of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".state.{os.getpid()}")
        temporary.write_text(json.dumps(self._data, indent=1) + "\n", encoding="utf-8")
        temporary.replace(self._path)


def fingerprint(exercise: Exercise) -> str:
    """Of the student's files, to see whether a verdict still speaks of them."""
    digest = hashlib.sha256()
    for file in [*exercise.files, *exercise.used_files]:
        digest.update(file.read_bytes() if file.is_file() else b"missing")
        digest.update(b"\0")
    return digest.hexdigest()[:16]

"""The exercises, read from their manifests (exercises/<module>/<NN-name>/exercise.json).

The stages of the final project are exercises like the others: module 08, in final_project/stages/<NN-name>.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course import schema
from course.layout import ROOT
from course.problem import Problem

SCHEMA = ROOT / "tools" / "schema" / "exercise.schema.json"
STAGES = Path("final_project") / "stages"
STAGES_MODULE = "08-final-project"


@dataclass(frozen=True)
class Group:
    """Tests that earn points together."""

    name: str
    points: int
    filter: str
    lanes: tuple[str, ...]
    visibility: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. `manifest` is the JSON as it stands, valid by the schema."""

    root: Path
    directory: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """Module and number: 02-01."""
        return self.manifest["id"]

    @property
    def name(self) -> str:
        """As one types it: spsc-ring."""
        return self.manifest["name"]

    @property
    def title(self) -> str:
        """As one reads it."""
        return self.manifest["title"]

    @property
    def summary(self) -> str:
        """One sentence for lists; the title where there is none."""
        return self.manifest.get("summary") or self.title

    @property
    def module(self) -> str:
        """Its module's folder, 02-lock-free; 08-final-project for a stage."""
        return module_of(self.directory, self.root)

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return self.manifest["minutes"]

    @property
    def notes(self) -> str:
        """The section of the notes that it belongs to: file#anchor."""
        return self.manifest["notes"]

    @property
    def hints(self) -> list[str]:
        """From a nudge to almost the answer."""
        return self.manifest["hints"]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The points groups, in the manifest's order."""
        lanes = tuple(self.manifest["lanes"])
        return tuple(
            Group(
                group["name"],
                group["points"],
                group["filter"],
                tuple(group.get("lanes", lanes)),
                group.get("visibility", "visible"),
            )
            for group in self.manifest["groups"]
        )

    @property
    def points(self) -> int:
        """Of all its groups."""
        return sum(group.points for group in self.groups)

    @property
    def files(self) -> list[Path]:
        """What the student edits."""
        return [self.directory / name for name in self.manifest["edit"]]

    @cached_property
    def used_files(self) -> tuple[Path, ...]:
        """What the student edits in the exercises beside it that it uses."""
        found: list[Path] = []
        for folder in self.manifest.get("uses", []):
            used, _ = read(self.directory.parent / folder / "exercise.json", self.root)
            found += used.files if used is not None else []
        return tuple(found)

    @property
    def worked_on(self) -> list[Path]:
        """What one edits to get it done: its own files; without any, those of the last exercise that it uses."""
        if self.files or not self.used_files:
            return self.files
        last = self.used_files[-1].parent
        return [file for file in self.used_files if file.parent == last]

    @property
    def readme(self) -> Path:
        """The brief."""
        return self.directory / "README.md"

    @property
    def solution(self) -> Path:
        """The folder of its answer."""
        return solution_of(self.directory, self.root)

    def shown(self, path: Path) -> str:
        """A path as it is printed and typed: from the top of the repository."""
        return str(path.relative_to(self.root))

    def lanes(self) -> list[str]:
        """The lanes in which any group is tested, in the manifest's order."""
        used = {lane for group in self.groups for lane in group.lanes}
        return [lane for lane in self.manifest["lanes"] if lane in used]


def module_of(directory: Path, root: Path) -> str:
    """The module to which an exercise's folder belongs."""
    return STAGES_MODULE if directory.parent == root / STAGES else directory.parent.name


def solution_of(directory: Path, root: Path) -> Path:
    """The folder that answers an exercise's folder."""
    relative = directory.relative_to(root)
    return root / "solutions" / (relative if relative.parts[0] != "exercises" else Path(*relative.parts[1:]))


def directories(root: Path) -> list[Path]:
    """Every folder that is an exercise, or looks as if it were to be one, in the order of the course."""
    found = [*sorted((root / "exercises").glob("[0-9]*/[0-9]*")), *sorted((root / STAGES).glob("[0-9]*"))]
    return [path for path in found if path.is_dir()]


def of_module(exercises: list[Exercise], word: str) -> list[Exercise]:
    """Those of one module: 02, 02-lock-free, lock-free."""
    wanted = word.replace("_", "-")
    return [e for e in exercises if e.module.startswith(wanted) or e.module.partition("-")[2] == wanted]


def student_test(exercise: Exercise, group: Group, lane: str) -> str:
    """The name under which ctest knows this group of this lane."""
    return f"{exercise.id}.student.{group.name}.{lane}"


def manifests(root: Path) -> list[Path]:
    """Every exercise.json, in the order of the course."""
    stages = sorted((root / STAGES).glob("*/exercise.json"))
    return [*sorted((root / "exercises").glob("*/*/exercise.json")), *stages]


def read(path: Path, root: Path) -> tuple[Exercise | None, list[str]]:
    """One manifest: the exercise, or what is wrong with the file, a sentence each."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return None, [f"cannot be read: {error.strerror}"]
    except ValueError as error:
        return None, [f"is not JSON: {error}"]
    errors = schema.errors(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return (None, errors) if errors else (Exercise(root, path.parent, data), [])


def load_all(root: Path = ROOT) -> list[Exercise]:
    """All exercises in the order of the course. A broken manifest stops everything, by name."""
    found = []
    for path in manifests(root):
        exercise, errors = read(path, root)
        if exercise is None:
            raise Problem(
                f"{path.relative_to(root)} is not a manifest: {errors[0]}.", next_command="./course dev check"
            )
        found.append(exercise)
    if not found:
        raise Problem("there is not a single exercise below exercises/.", next_command="git status exercises")
    return found


def find(exercises: list[Exercise], word: str) -> Exercise:
    """By id (02-01), name (spsc-ring), folder (01-spsc-ring) or path; Problem with the nearest name otherwise."""
    wanted = word.rstrip("/").removeprefix("./").removeprefix("exercises/")
    for exercise in exercises:
        folder = exercise.directory.name
        names = (exercise.id, exercise.name, f"{exercise.module}/{folder}", exercise.shown(exercise.directory))
        if wanted in names:
            return exercise
    same_folder = [exercise for exercise in exercises if exercise.directory.name == wanted]
    if len(same_folder) == 1:
        return same_folder[0]
    names = [exercise.name for exercise in exercises] + [exercise.id for exercise in exercises]
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    raise Problem(f"there is no exercise {word!r}.{hint}", next_command="./course list", status=2)

"""A student's folder: which of its files are taken, and what is wrong with the others.

Taken are the files that manifests name in `edit`, and nothing else: no tests, no CMake files. The folder may be laid out
as the repository (final_project/stages/03-order-book/order_book.hpp), begin anywhere below its top
(03-order-book/order_book.hpp), or hold a file alone whose name only one exercise has (order_book.hpp).
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from course.exercises import Exercise
from course.problem import Problem

MAX_BYTES = 1 << 20  # of one file; the longest of the course's own has a tenth of it


@dataclass
class Submission:
    """What was handed in. `files`: from the path in the repository to the content."""

    folder: Path
    files: dict[Path, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)  # a sentence each

    def handed_in(self, exercise: Exercise) -> bool:
        """True when there is any of the files on which the exercise is worked."""
        return any(file.relative_to(exercise.root) in self.files for file in exercise.worked_on)


def read(folder: Path, exercises: list[Exercise]) -> Submission:
    """Looks for the files of all the exercises."""
    if not folder.is_dir():
        raise Problem(f"{folder} is no folder.", status=2)
    found = Submission(folder)
    names = Counter(name for exercise in exercises for name in exercise.manifest["edit"])
    for exercise in exercises:
        for file in exercise.files:
            _take(found, exercise, file, alone=names[file.name] == 1)
    return found


def missing(submission: Submission, exercises: list[Exercise]) -> list[str]:
    """A sentence for each exercise of which a file is not there. One that was refused has had its sentence."""
    told = []
    for exercise in exercises:
        lost = [f for f in exercise.files if f.relative_to(exercise.root) not in submission.files]
        lost = [f for f in lost if not any(text.startswith(_label(exercise, f)) for text in submission.problems)]
        if lost:
            names = ", ".join(file.name for file in lost)
            told.append(f"{exercise.id} {exercise.name}: {names} was not handed in; as shipped it earns nothing.")
    return told


def _label(exercise: Exercise, file: Path) -> str:
    return f"{exercise.id} {exercise.name}: {file.name} "


def _take(found: Submission, exercise: Exercise, file: Path, alone: bool) -> None:
    inside = file.relative_to(exercise.root)
    places = [Path(*inside.parts[start:]) for start in range(len(inside.parts) - (0 if alone else 1))]
    there = [place for place in places if os.path.lexists(found.folder / place)]
    if not there:
        return
    try:
        if len(there) > 1:
            raise ValueError(f"is there twice, as {there[0]} and as {there[1]}: which one counts?")
        found.files[inside] = _content(found.folder, there[0])
    except ValueError as error:
        found.problems.append(f"{_label(exercise, file)}{error}")
    except OSError as error:
        found.problems.append(f"{_label(exercise, file)}cannot be read ({there[0]}: {error.strerror}).")


def _content(folder: Path, place: Path) -> bytes:
    """ValueError: what is wrong with the file. Nothing is followed out of the folder, nothing is waited for."""
    for length in range(1, len(place.parts) + 1):
        part = Path(*place.parts[:length])
        if (folder / part).is_symlink():
            raise ValueError(f"is refused: {part} is a symbolic link, which could point at anything.")
    handle = os.open(folder / place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"is refused: {place} is no ordinary file.")
        if about.st_size > MAX_BYTES:
            raise ValueError(f"is refused: {place} has {about.st_size} bytes, more than {MAX_BYTES}.")
        return opened.read(MAX_BYTES + 1)

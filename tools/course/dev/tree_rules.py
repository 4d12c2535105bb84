"""Rules about the whole tree: links, embedded parts, labs, solutions without an exercise."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from course import labs as lab_files
from course import markdown
from course.dev.finding import Finding
from course.exercises import STAGES, Exercise, directories, solution_of
from course.notes.command import all_synced

_ELSEWHERE = ("http://", "https://", "mailto:")


def links(root: Path) -> Iterator[Finding]:
    """What a Markdown file points at in the repository is there, headings included."""

    @lru_cache(maxsize=None)
    def anchors(path: Path) -> set[str]:
        return markdown.anchors(path.read_text(encoding="utf-8"))

    for file in markdown.files(root):
        for link in markdown.links(file.read_text(encoding="utf-8")):
            if link.target.startswith(_ELSEWHERE):
                continue
            name, _, anchor = link.target.partition("#")
            base = root if name.startswith("/") else file.parent
            target = (base / urllib.parse.unquote(name).lstrip("/")).resolve() if name else file
            if not target.exists():
                yield Finding("links", file, f"there is no {link.target}", link.line)
            elif not target.is_relative_to(root.resolve()):
                yield Finding("links", file, f"{link.target} leads out of the repository", link.line)
            elif anchor and target.suffix == ".md" and urllib.parse.unquote(anchor) not in anchors(target):
                yield Finding("links", file, f"{target.name} has no section #{anchor}", link.line)


def embedded(root: Path) -> Iterator[Finding]:
    """Code, tables and figures in Markdown are those of their sources."""
    for result in all_synced(root).values():
        for found in [*result.errors, *result.drift]:
            yield Finding("embedded", found.path, found.sentence, found.line)


def labs(root: Path) -> Iterator[Finding]:
    """A lab has its description, its page and something to run."""
    for directory in sorted(path for path in (root / "labs").glob("*") if path.is_dir()):
        if not (directory / "lab.json").is_file():
            yield Finding("labs", directory, "lab.json is missing")
            continue
        lab, errors = lab_files.read(directory / "lab.json")
        for error in errors:
            yield Finding("labs", directory / "lab.json", error)
        if lab is None:
            continue
        if lab.id != directory.name.partition("-")[0]:
            yield Finding("labs", directory / "lab.json", f"the id is {lab.id!r}, the folder says otherwise")
        if not (directory / "README.md").is_file():
            yield Finding("labs", directory / "README.md", "the lab's page is missing")
        if not os.access(lab.program, os.X_OK) or not lab.program.is_file():
            yield Finding("labs", lab.program, "it is what runs the lab, and no executable file")


def orphans(root: Path, exercises: list[Exercise]) -> Iterator[Finding]:
    """Every numbered folder of exercises and of solutions belongs to a manifest."""
    there = directories(root)
    for directory in there:
        if not (directory / "exercise.json").is_file():
            yield Finding("orphans", directory, "exercise.json is missing")
    answers = {exercise.solution for exercise in exercises} | {solution_of(directory, root) for directory in there}
    solutions = root / "solutions"
    for directory in [*sorted(solutions.glob("[0-9]*/[0-9]*")), *sorted((solutions / STAGES).glob("[0-9]*"))]:
        if directory.is_dir() and directory not in answers:
            yield Finding("orphans", directory, "it answers no exercise")

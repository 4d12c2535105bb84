"""Rules about the two folders of an exercise: what must be there, and that nothing else is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from course import markdown
from course.dev.finding import Finding
from course.exercises import STAGES_MODULE, Exercise

MIN_MUTANTS = 4
MIN_STAGE_MUTANTS = 5
TODO = "TODO"
_MUTANT = re.compile(r"^// mutant: ([a-z0-9-]+) ([a-z]+): (\S.*)$")
_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
_TODO_WORD = re.compile(r"\bTODO\b")


def readme(exercise: Exercise) -> Iterator[Finding]:
    """A brief, and an explanation of the answer."""
    for directory, what in ((exercise.directory, "brief"), (exercise.solution, "explanation")):
        file = directory / "README.md"
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            yield Finding("readme", file, f"the {what} is missing")


def edited_files(exercise: Exercise) -> Iterator[Finding]:
    """Each editable file is there; the solution has one of the same name, and it differs."""
    for file in exercise.files:
        answer = exercise.solution / file.name
        if not file.is_file():
            yield Finding("edit", file, "it is in \"edit\", but not in the folder")
        if not answer.is_file():
            yield Finding("edit", answer, f"the solution of {exercise.shown(file)} is missing")
        elif file.is_file() and file.read_bytes() == answer.read_bytes():
            yield Finding("edit", file, "it is the same as its solution: nothing is left to do")


def todo(exercise: Exercise) -> Iterator[Finding]:
    """TODO says where to work; a solution has none left."""
    for file in exercise.files:
        if file.is_file() and not _TODO_WORD.search(_text(file)) and not _TODO_WORD.search(_committed(exercise, file)):
            yield Finding("todo", file, f"no {TODO} says where to work")
        answer = exercise.solution / file.name
        if answer.is_file() and _TODO_WORD.search(_text(answer)):
            yield Finding("todo", answer, f"a solution has no {TODO} left")


def tests(exercise: Exercise) -> Iterator[Finding]:
    """At least one *_test.cpp, which takes the student's header in angle brackets."""
    found = sorted(exercise.directory.glob("*_test.cpp"))
    if not found:
        yield Finding("tests", exercise.directory, "there is no *_test.cpp")
    for file in found:
        for name in (edited.name for edited in exercise.files):
            if re.search(rf'^\s*#\s*include\s+"{re.escape(name)}"', _text(file), re.MULTILINE):
                yield Finding("tests", file, f'#include "{name}" would never see the solution: write <{name}>')


def stray_files(exercise: Exercise) -> Iterator[Finding]:
    """Nothing lies in the folders that neither the manifest names nor a source file there includes."""
    edit = {file.name for file in exercise.worked_on}
    expected = {"README.md", "exercise.json"} | edit | set(exercise.manifest.get("support", []))
    for file in exercise.directory.glob("*.?pp"):
        expected |= set(_INCLUDE.findall(_text(file)))
    for file in _files_below(exercise.directory):
        name = str(file.relative_to(exercise.directory))
        if name not in expected and not ("/" not in name and name.endswith("_test.cpp")):
            yield Finding("stray", file, 'it belongs to nothing: delete it, or name it in "support"')
    for name in sorted(set(exercise.manifest.get("support", []))):
        if not (exercise.directory / name).is_file():
            yield Finding("stray", exercise.directory / name, 'it is in "support", but not in the folder')
    for file in _files_below(exercise.solution):
        name = file.relative_to(exercise.solution)
        below = name.parts[:-1]
        variant = below == ("reference",) or (len(below) == 2 and below[0] == "mutants")
        if name.name not in edit if variant else str(name) not in {"README.md"} | edit:
            told = "a solution has README.md, the edited files, mutants/<what>/<edited file>, reference/<edited file>"
            yield Finding("stray", file, told)


def mutants(exercise: Exercise) -> Iterator[Finding]:
    """Four plausible wrong answers at least, of a stage five; the first line says who must reject them."""
    home = exercise.solution / "mutants"
    found = sorted(path for path in home.glob("*") if path.is_dir()) if home.is_dir() else []
    wanted = MIN_STAGE_MUTANTS if exercise.module == STAGES_MODULE else MIN_MUTANTS
    if len(found) < wanted:
        yield Finding("mutants", home, f"{len(found)} mutants; {wanted} at least, the classic mistakes")
    lanes = {group.name: group.lanes for group in exercise.groups}
    for directory in found:
        files = [directory / file.name for file in exercise.worked_on if (directory / file.name).is_file()]
        if not files:
            yield Finding("mutants", directory, "it has none of the edited files")
        for file in files:
            yield from _mutant_file(exercise, file, lanes)


def _mutant_file(exercise: Exercise, file: Path, lanes: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    first, _, rest = _text(file).partition("\n")
    match = _MUTANT.match(first)
    if not match:
        yield Finding("mutants", file, "the first line should be  // mutant: <group> <lane>: <what is wrong>", 1)
        return
    group, lane, _ = match.groups()
    if group not in lanes:
        yield Finding("mutants", file, f"there is no group {group!r}; groups are {', '.join(lanes)}", 1)
    elif lane not in lanes[group]:
        yield Finding("mutants", file, f"group {group!r} is not tested in lane {lane!r}", 1)
    answer = exercise.solution / file.name
    if answer.is_file() and rest.strip() == _text(answer).strip():
        yield Finding("mutants", file, "it is the same as the solution")


def notes(exercise: Exercise) -> Iterator[Finding]:
    """The section of the notes exists."""
    manifest = exercise.directory / "exercise.json"
    name, _, anchor = exercise.notes.partition("#")
    file = exercise.root / name
    if not file.is_file():
        yield Finding("notes", manifest, f"there are no notes {name}")
    elif anchor not in markdown.anchors(_text(file)):
        yield Finding("notes", manifest, f"{name} has no section #{anchor}")


def _files_below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file() or path.is_symlink())


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _committed(exercise: Exercise, file: Path) -> str:
    """The file as shipped: who has done the exercise has no TODO left, and that is no fault."""
    try:
        done = subprocess.run(
            ["git", "-C", str(exercise.root), "show", f"HEAD:{exercise.shown(file)}"],
            capture_output=True, text=True, errors="replace", check=False,
        )
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""

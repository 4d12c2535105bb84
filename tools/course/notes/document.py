"""One Markdown file with embedded parts. Each part is written between two comments:

<!-- code: file#region -->             <!-- /code -->          (without #region: the whole file)
<!-- table: result.json series=a,b --> <!-- /table -->
<!-- exercises: 02-lock-free -->       <!-- /exercises -->
<!-- value: result.json#keys %.1f -->12.3<!-- /value -->      within a line

Paths are from the top of the repository. Comments inside code are text.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from course import exercises as catalogue
from course import markdown
from course.notes import figures, regions
from course.notes.regions import EmbedError

_BEGIN = re.compile(r"^\s*<!--\s*(code|table|exercises):\s*(.*?)\s*-->\s*$")
_END = re.compile(r"^\s*<!--\s*/(code|table|exercises)\s*-->\s*$")
_VALUE = re.compile(r"<!--\s*value:\s*(.*?)\s*-->(.*?)<!--\s*/value\s*-->")
_VALUE_MARK = re.compile(r"<!--\s*(?:value:|/value\b)")
_ANY_MARK = re.compile(r"<!--\s*/?(?:code|table|exercises)\b\s*[:\-]")


@dataclass(frozen=True)
class Finding:
    """Something wrong in a file."""

    path: Path
    line: int
    sentence: str


@dataclass
class Synced:
    """The text as it should be, what could not be embedded, and which parts differ."""

    text: str
    parts: int = 0
    errors: list[Finding] = field(default_factory=list)
    drift: list[Finding] = field(default_factory=list)


def sync(path: Path, root: Path) -> Synced:
    """What the file should say. Parts that cannot be embedded stay as they are."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    outside = {number for number, _ in markdown.prose(text)}
    out = Synced("")
    kept: list[str] = []
    index = 0
    while index < len(lines):
        number = index + 1
        begin = _BEGIN.match(lines[index]) if number in outside else None
        if begin:
            index = _block(path, root, lines, index, begin, out, kept)
            continue
        if number in outside:
            if _ANY_MARK.search(markdown.without_code(lines[index])):
                out.errors.append(Finding(path, number, f"{lines[index].strip()!r} belongs to no embedded part"))
            kept.append(_values(path, root, number, lines[index], out))
        else:
            kept.append(lines[index])
        index += 1
    out.text = "\n".join(kept)
    return out


def _block(
    path: Path, root: Path, lines: list[str], index: int, begin: re.Match, out: Synced, kept: list[str]
) -> int:
    """Handles one part from its opening comment on; returns the index of the line behind it."""
    kind, argument = begin[1], begin[2]
    end = _end_of(lines, index, kind)
    if end is None:
        out.errors.append(Finding(path, index + 1, f"<!-- {kind}: {argument} --> is never closed"))
        kept.append(lines[index])
        return index + 1
    out.parts += 1
    before = "\n".join(lines[index + 1 : end])
    try:
        after = _CONTENT[kind](path, root, argument)
    except EmbedError as error:
        out.errors.append(Finding(path, index + 1, f"{kind}: {argument}: {error}"))
        after = before
    if before.strip("\n") != after:
        out.drift.append(Finding(path, index + 1, f"{kind}: {argument} differs from its source"))
        before = after if kind == "code" else f"\n{after}\n"  # tables want an empty line around
    kept += [lines[index], *before.split("\n"), lines[end]]
    return end + 1


def _end_of(lines: list[str], index: int, kind: str) -> int | None:
    for number in range(index + 1, len(lines)):
        end = _END.match(lines[number])
        if end:
            return number if end[1] == kind else None
        if _BEGIN.match(lines[number]):
            return None
    return None


def _values(path: Path, root: Path, number: int, line: str, out: Synced) -> str:
    plain = markdown.without_code(line)
    seen = 0

    def replace(match: re.Match) -> str:
        nonlocal seen
        if not plain[match.start() : match.start() + 4].strip():
            return match[0]  # inside `code`
        seen += 2
        out.parts += 1
        try:
            after = _value(root, match[1])
        except EmbedError as error:
            out.errors.append(Finding(path, number, f"value: {match[1]}: {error}"))
            return match[0]
        if after != match[2]:
            out.drift.append(Finding(path, number, f"value: {match[1]} says {match[2]!r}, its source {after!r}"))
        return match[0][: match.start(2) - match.start()] + after + match[0][match.end(2) - match.start() :]

    replaced = _VALUE.sub(replace, line)
    if len(_VALUE_MARK.findall(plain)) != seen:
        told = "a value is opened without being closed in the same line, or closed only"
        out.errors.append(Finding(path, number, told))
    return replaced


def _value(root: Path, argument: str) -> str:
    file, _, keys = argument.partition("#")
    if not keys:
        raise EmbedError("wants file.json#keys")
    words = keys.split()
    return figures.value(figures.load(_inside(root, file)), words)


def _code(_path: Path, root: Path, argument: str) -> str:
    file, _, name = argument.partition("#")
    path = _inside(root, file)
    return regions.fenced(regions.code(path, name) if name else regions.whole(path), path)


def _table(_path: Path, root: Path, argument: str) -> str:
    file, _, rest = argument.partition(" ")
    key, _, names = rest.strip().partition("=")
    if rest.strip() and key != "series":
        raise EmbedError("wants result.json, or result.json series=a,b")
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return figures.table(figures.load(_inside(root, file)), wanted)


def _exercises(path: Path, root: Path, argument: str) -> str:
    members = []
    for manifest in catalogue.manifests(root):
        if catalogue.module_of(manifest.parent, root) == argument:
            exercise, errors = catalogue.read(manifest, root)
            if exercise is None:
                raise EmbedError(f"{manifest.relative_to(root)}: {errors[0]}")
            members.append(exercise)
    if not members:
        raise EmbedError(f"module {argument} has no exercise")
    lines = ["| | exercise | minutes | points |", "|---|---|---:|---:|"]
    for exercise in members:
        link = os.path.relpath(exercise.directory, path.parent)
        title = exercise.title.replace("|", "\\|")
        lines.append(f"| {exercise.id} | [{title}]({link}/README.md) | {exercise.minutes} | {exercise.points} |")
    minutes = sum(exercise.minutes for exercise in members)
    points = sum(exercise.points for exercise in members)
    return "\n".join([*lines, f"| | together | {minutes} | {points} |"])


def _inside(root: Path, file: str) -> Path:
    path = (root / file).resolve()
    if not path.is_relative_to(root.resolve()):
        raise EmbedError("lies outside the repository")
    if not path.is_file():
        raise EmbedError("there is no such file")
    return path


_CONTENT = {"code": _code, "table": _table, "exercises": _exercises}

"""Named pieces of source files:  // #region name ... // #endregion name  (# in Python, shell and CMake)."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

_MARK = re.compile(r"^\s*(?://|#|--|;|/\*)\s*#(end)?region\b\s*([^\s*]*)")
_LANGUAGES = {
    ".hpp": "cpp", ".cpp": "cpp", ".h": "cpp", ".c": "c", ".py": "python", ".sh": "bash", ".cmake": "cmake",
    ".json": "json", ".bt": "bpftrace", ".yml": "yaml", ".yaml": "yaml",
}  # fmt: skip


class EmbedError(Exception):
    """Why something cannot be embedded, in one sentence without its full stop."""


def code(path: Path, name: str) -> str:
    """The lines between the marks, moved to the left margin; marks of regions inside are left out."""
    lines = _text(path).split("\n")
    begin: int | None = None
    end: int | None = None
    for number, line in enumerate(lines):
        mark = _MARK.match(line)
        if not mark or mark[2] != name:
            continue
        if mark[1] and begin is None:
            raise EmbedError(f"region {name!r} of {path.name} ends in line {number + 1} without a beginning")
        if mark[1] and end is None:
            end = number
        elif begin is None:
            begin = number
        else:
            raise EmbedError(f"region {name!r} is in {path.name} twice: lines {begin + 1} and {number + 1}")
    if begin is None:
        raise EmbedError(f"{path.name} has no region {name!r}")
    if end is None:
        raise EmbedError(f"region {name!r} of {path.name} (line {begin + 1}) is never closed")
    kept = [line.rstrip() for line in lines[begin + 1 : end] if not _MARK.match(line)]
    return textwrap.dedent("\n".join(kept)).strip("\n")


def whole(path: Path) -> str:
    """All of a file but the marks."""
    return "\n".join(line.rstrip() for line in _text(path).split("\n") if not _MARK.match(line)).strip("\n")


def language(path: Path) -> str:
    """What stands behind the opening fence."""
    if path.name == "CMakeLists.txt":
        return "cmake"
    if path.suffix in _LANGUAGES:
        return _LANGUAGES[path.suffix]
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if first.startswith("#!"):
        return "python" if "python" in first else "bash"
    return ""


def fenced(text: str, path: Path) -> str:
    """Code as Markdown, coloured as the file's language."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language(path)}\n{text}\n{fence}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EmbedError(f"{path.name} cannot be read") from error

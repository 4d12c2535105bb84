"""Where things are: sources, build tree, reports and logs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The directories of one run of ./course."""

    root: Path
    preset: str
    build: Path
    reports: Path
    logs: Path
    state: Path  # what ./course remembers of the student: hints shown, last verdicts, backups

    @staticmethod
    def of(build_dir: str | None = None, preset: str = "default", root: Path = ROOT) -> "Layout":
        """With --build-dir everything that is made stays in that directory, reports and logs included."""
        if build_dir:
            build = Path(build_dir).resolve()
            return Layout(root, preset, build, build / "reports", build / "logs", build / "course-state")
        made = root / "build"
        return Layout(root, preset, made / preset, made / "reports", made / "logs", root / ".course")

    def program(self, name: str) -> Path:
        """Where the build puts a program (CMAKE_RUNTIME_OUTPUT_DIRECTORY)."""
        return self.build / "bin" / name

    def shown(self, path: Path) -> str:
        """A path as it is printed: relative to where the reader stands, when it lies below."""
        try:
            return str(path.relative_to(Path.cwd()))
        except (ValueError, OSError):
            return str(path)


def command_line(words: list[str]) -> str:
    """A command as one can type it."""
    return " ".join(shlex.quote(word) for word in words)

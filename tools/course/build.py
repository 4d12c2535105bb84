"""Configures and compiles, one run at a time for each build tree."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from course.layout import Layout
from course.problem import Problem
from course.processes import run_logged
from course.terminal import Progress, say

_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)")
_MAX_ERROR_LINES = 40
_MAX_ERRORS = 50
_MEMORY_PER_JOB = 1 << 30  # bytes; a heavy test file in a sanitizer lane


@dataclass(frozen=True)
class BuildResult:
    """Whether everything was built, and the first error when not."""

    ok: bool
    failed_steps: int
    first_error: str
    errors: tuple[str, ...] = ()  # of the first few failed steps

    def first_error_of(self, target: str) -> str:
        """The first error of one target, or the first of all."""
        return next((text for text in self.errors if f"/{target}.dir/" in text.split("\n")[0]), self.first_error)


@contextlib.contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Two ./course at once in one build tree: the second waits for the first one's build."""
    layout.build.mkdir(parents=True, exist_ok=True)
    with (layout.build / ".course-lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another ./course that builds in {layout.shown(layout.build)}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def jobs() -> int:
    """Compilers at a time: one a core, fewer where memory is short."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(cores, memory // _MEMORY_PER_JOB))


def configure_if_needed(layout: Layout, force: bool = False) -> None:
    """Runs cmake when there is no configured tree, or the presets are newer. ninja sees to the other changes."""
    ninja_file = layout.build / "build.ninja"
    presets = layout.root / "CMakePresets.json"
    if not force and ninja_file.exists() and presets.stat().st_mtime <= ninja_file.stat().st_mtime:
        return
    _refuse_foreign_tree(layout)
    progress = Progress("configure")
    log = layout.logs / "configure.log"
    log.unlink(missing_ok=True)
    code, tail = run_logged(
        ["cmake", "--preset", layout.preset, "-S", str(layout.root), "-B", str(layout.build)],
        log,
        on_line=lambda line: progress.update(line.strip("- ")),
        cwd=layout.root,
    )
    if code != 0:
        progress.done("failed")
        raise Problem(
            "CMake could not configure the build.",
            details=tail,
            log=log,
            next_command=f"cmake --preset {layout.preset} -B {layout.shown(layout.build)}",
        )
    progress.done("done")


def compile_targets(layout: Layout, targets: list[str] | None = None) -> BuildResult:
    """Builds the targets (default: everything), goes on after an error, and reports the first one."""
    progress = Progress("build")
    collector = _ErrorCollector(progress)
    log = layout.logs / "build.log"
    log.unlink(missing_ok=True)
    target_words = ["--target", *targets] if targets else []
    code, tail = run_logged(
        ["cmake", "--build", str(layout.build), *target_words, "--", "-k", "0", "-j", str(jobs())],
        log,
        on_line=collector.line,
        cwd=layout.root,
        environment={"NINJA_STATUS": "[%f/%t] "},
    )
    if code == 0:
        progress.done(f"{collector.total} steps" if collector.total else "nothing to do")
        return BuildResult(True, 0, "")
    progress.done(f"failed; {collector.failed} of {collector.total} steps")
    return BuildResult(False, max(1, collector.failed), collector.first_error() or tail, collector.errors())


class _ErrorCollector:
    """Reads ninja's output: the counter, and the text that follows each FAILED."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._texts: list[list[str]] = []
        self._collecting = False
        self.failed = 0
        self.total = 0

    def line(self, line: str) -> None:
        step = _STEP.match(line)
        if step:
            self._collecting = False
            self.total = int(step[2])
            self._progress.update(f"{step[1]}/{step[2]} {step[3]}")
        elif line.startswith("FAILED: "):
            self.failed += 1
            self._collecting = self.failed <= _MAX_ERRORS
            self._texts += [[]] if self._collecting else []
        elif line.startswith("ninja: "):  # "build stopped", behind the last error
            self._collecting = False
        if self._collecting and len(self._texts[-1]) < _MAX_ERROR_LINES:
            self._texts[-1].append(line)

    def errors(self) -> tuple[str, ...]:
        # The second line is the compiler's command: hundreds of characters that nobody reads first.
        return tuple("\n".join(lines[:1] + lines[2:]) for lines in self._texts)

    def first_error(self) -> str:
        return next(iter(self.errors()), "")


def _refuse_foreign_tree(layout: Layout) -> None:
    cache = layout.build / "CMakeCache.txt"
    if not cache.exists():
        return
    for line in cache.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("CMAKE_HOME_DIRECTORY:"):
            source = line.partition("=")[2]
            if source != str(layout.root):
                raise Problem(
                    f"{layout.shown(layout.build)} was made for the sources in {source}, not for these.",
                    next_command=f"rm -rf {layout.shown(layout.build)}",
                )

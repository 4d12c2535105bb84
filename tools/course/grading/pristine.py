"""A copy of the course as committed, in which submissions are built. It is used again: the next one compiles less."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
from collections.abc import Iterator
from pathlib import Path

from course.exercises import Exercise
from course.layout import Layout
from course.problem import Problem
from course.terminal import say


class Pristine:
    """home/tree: the sources; home/build: what is made of them. Whoever runs ./course keeps their own build tree."""

    def __init__(self, home: Path, root: Path) -> None:
        self._root = root
        self.home = home
        self.tree = home / "tree"
        self.commit = ""

    @property
    def layout(self) -> Layout:
        """Where ./course builds and reports for a submission."""
        home = self.home
        return Layout(self.tree, "default", home / "build", home / "reports", home / "logs", home / "course-state")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One submission at a time."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / ".lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"Waiting for another ./course that grades in {self.home}")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def refresh(self) -> None:
        """The tree is HEAD of the course, but for the files of exercises, which overlay() writes."""
        self.commit = _git(self._root, "rev-parse", "HEAD").decode().strip()
        if not (self.tree / ".git").is_dir():
            _git(self._root, "clone", "--quiet", "--no-checkout", str(self._root), str(self.tree))
        if self._head() != self.commit:
            _git(self.tree, "fetch", "--quiet", str(self._root), "HEAD")
            _git(self.tree, "checkout", "--quiet", "--force", "--detach", self.commit)
        if _git(self._root, "status", "--porcelain", "--untracked-files=no"):
            say(f"Your changes since commit {self.commit[:12]} are not part of what is graded.")

    def overlay(self, exercises: list[Exercise], files: dict[Path, bytes]) -> None:
        """Each file of an exercise as handed in, else as committed. What is right already is not written again."""
        edit = {file.relative_to(self.tree) for exercise in exercises for file in exercise.files}
        changed = _git(self.tree, "diff", "--name-only", "-z", "HEAD").decode().split("\0")
        other = [name for name in changed if name and not (Path(name) in edit and Path(name) in files)]
        if other:
            _git(self.tree, "checkout", "--quiet", "--force", "HEAD", "--", *other)
        _git(self.tree, "clean", "--quiet", "-ffd")
        for name in sorted(edit & files.keys()):
            file = self.tree / name
            if file.is_symlink() or not file.is_file():
                file.unlink(missing_ok=True)
            elif file.read_bytes() == files[name]:
                continue
            file.write_bytes(files[name])

    def _head(self) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.tree), "rev-parse", "--verify", "--quiet", "HEAD"], capture_output=True, check=False
        )
        # Behind a clone without a checkout HEAD is there, and the files are not.
        return done.stdout.decode().strip() if (self.tree / "tools").is_dir() else ""


def _git(where: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(where), *words], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Problem("grading a submission needs git, which is not installed.", next_command="sudo apt-get install git") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise Problem(f"git {words[0]} failed in {where}.", details=said)
    return done.stdout

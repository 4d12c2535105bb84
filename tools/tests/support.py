"""Stand-ins for the programs that ./course starts, and a course in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Programs that the stand-ins themselves need; PATH holds nothing else, so that no real apt-get is ever called.
_REAL_PROGRAMS = ("env", "sh", "cat", "cp", "mkdir", "rm", "grep", "sleep", "dirname", "readlink")


class FakeMachine(unittest.TestCase):
    """A test with a directory of its own and a PATH that holds only what the test puts there."""

    main = ROOT / "tools" / "main.py"  # which ./course

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="course-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        for name in _REAL_PROGRAMS:
            (self.bin / name).symlink_to(str(shutil.which(name)))
        (self.bin / "python3").symlink_to(sys.executable)
        self.environment = {"PATH": str(self.bin), "LC_ALL": "C.UTF-8", "FAKE": str(self.directory)}
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.clear()
        os.environ.update(self.environment)

    def script(self, path: Path | str, text: str) -> Path:
        """A shell script; a bare name goes into PATH."""
        return self._executable(path, "#!/bin/sh\n" + textwrap.dedent(text))

    def python(self, path: Path | str, text: str) -> Path:
        """A Python script."""
        return self._executable(path, f"#!{sys.executable} -S\n" + textwrap.dedent(text))

    def _executable(self, path: Path | str, text: str) -> Path:
        target = self.bin / path if isinstance(path, str) else path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(0o755)
        return target

    def start_course(self, *arguments: str, **options) -> subprocess.Popen:
        """./course in the background, its output in a pipe, without a terminal."""
        command = [sys.executable, "-B", str(self.main), *arguments]
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self.addCleanup(self._finish, process)
        return process

    def course(self, *arguments: str) -> tuple[int, str]:
        """./course to its end: exit code and everything it printed."""
        process = self.start_course(*arguments)
        output = process.communicate(timeout=120)[0]
        return process.returncode, output

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Waits for something that must happen; fails after a long time."""
        # Polling a condition, bounded: not a sleep that hopes.
        for _ in range(3000):
            if condition():
                return
            os.sched_yield()
            subprocess.run(["sleep", "0.01"], check=False)
        self.fail(f"waited 30 s, and still not: {what}")

    @staticmethod
    def _finish(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()


def alive(pid: int) -> bool:
    """True while the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

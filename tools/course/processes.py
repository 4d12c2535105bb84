"""Child processes that never stay behind: own process group, killed together, whatever ends ./course."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from course import signals

TAIL_LINES = 25
_running: set["Child"] = set()


class Child:
    """One process in its own group. stdout is a pipe, with stderr in it unless `stderr` says otherwise."""

    def __init__(
        self,
        command: list[str],
        *,
        stdin: int | IO | None = subprocess.DEVNULL,
        stderr: int | IO = subprocess.STDOUT,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
        own_group: bool = True,
    ) -> None:
        self.command = command
        self._own_group = own_group
        parent = os.getpid()
        # No signal may arrive between the fork and the entry in _running.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)
        try:
            self.process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                start_new_session=own_group,
                preexec_fn=lambda: signals.child_setup(parent),
            )
            _running.add(self)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def exited(self) -> bool:
        """True once it has ended; leaves it unreaped, so that its group's number stays reserved."""
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def wait_for_exit(self) -> None:
        """Blocks until it has ended; leaves it unreaped, like exited()."""
        os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)

    def stop(self, grace_s: float = 2.0) -> int:
        """Ends the whole group: SIGTERM, after `grace_s` SIGKILL. Returns the exit code (negative: a signal)."""
        if self.process.returncode is None:
            if not self.exited():
                self._signal(signal.SIGTERM)
                deadline = time.monotonic() + grace_s
                while not self.exited() and time.monotonic() < deadline:
                    time.sleep(0.01)
            if self._own_group or not self.exited():
                self._signal(signal.SIGKILL)
            self.process.wait()
        _running.discard(self)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        return self.process.returncode

    def _signal(self, number: int) -> None:
        try:
            if self._own_group:
                os.killpg(self.process.pid, number)
            else:
                os.kill(self.process.pid, number)
        except (ProcessLookupError, PermissionError):  # gone, or root's (sudo apt-get): it ends by itself
            pass


def stop_all() -> None:
    """The last line of defence, called when a command ends in whatever way."""
    for child in list(_running):
        child.stop()


class LineReader:
    """Complete lines from a pipe, without ever blocking on it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.fd = pipe.fileno()
        os.set_blocking(self.fd, False)
        self._rest = b""
        self.at_end = False

    def lines(self) -> Iterator[str]:
        """What is there now; the last piece without a newline comes when the pipe is closed."""
        while True:
            try:
                chunk = os.read(self.fd, 65536)
            except BlockingIOError:
                break
            if not chunk:
                self.at_end = True
                if self._rest:
                    yield self._rest.decode(errors="replace")
                    self._rest = b""
                return
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            for line in complete:
                yield line.decode(errors="replace").rstrip("\r")


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def run_logged(
    command: list[str],
    log: Path,
    *,
    on_line: Callable[[str], None] = lambda _line: None,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    foreground: bool = False,
) -> tuple[int, str]:
    """Runs a command to its end. Everything it prints goes to `log`; returns the exit code and the last lines.

    `foreground` leaves it in our terminal's group with our stdin, for sudo to ask its question.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    child = Child(
        command,
        cwd=cwd,
        environment=environment,
        own_group=not foreground,
        stdin=None if foreground else subprocess.DEVNULL,
    )
    with log.open("a", encoding="utf-8", errors="replace") as out:
        try:
            reader = LineReader(child.process.stdout)
            while not reader.at_end:
                ready, _, _ = select.select([reader.fd], [], [], 0.2)
                if not ready and child.exited():  # a grandchild may hold the pipe open for ever
                    break
                for line in reader.lines():
                    out.write(line + "\n")
                    tail.append(line)
                    on_line(line)
            child.wait_for_exit()
        finally:
            code = child.stop(grace_s=60.0 if foreground else 2.0)
    return code, "\n".join(tail)

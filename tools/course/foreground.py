"""A program that has the reader's terminal to itself: its output is not touched, Ctrl-C reaches it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

from course import signals

_GRACE_S = 10.0  # a lab removes its namespaces in this time
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def run(command: list[str], cwd: Path, environment: dict[str, str] | None = None) -> int:
    """Runs it to its end; negative: the signal that ended it. Whatever ends ./course ends it too, and what it started."""
    parent = os.getpid()
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: signals.child_setup(parent),
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _end_children()


def _end_children() -> None:
    """Ends what a dead program has left: its children are ours now, as their subreaper, and theirs when they die."""
    asked: set[int] = set()
    deadline = time.monotonic() + _GRACE_S
    while children := _children():
        late = time.monotonic() > deadline
        for pid in children if late else children - asked:
            try:
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            except (ProcessLookupError, PermissionError):
                pass
        asked |= children
        if late and time.monotonic() > deadline + 1:  # not ours to kill: root's, say
            return
        time.sleep(0.02)


def _children() -> set[int]:
    """The living children of this process; the dead ones are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        return set()
    mine = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(after_name[1]) == os.getpid():
            mine.add(int(stat.parent.name))
    return mine

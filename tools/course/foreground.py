"""A program that has the reader's terminal to itself: its output is not touched, Ctrl-C reaches it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from course import signals

_GRACE_S = 10.0  # a lab removes its namespaces in this time


def run(command: list[str], cwd: Path, environment: dict[str, str] | None = None) -> int:
    """Runs it to its end; negative: the signal that ended it. Whatever ends ./course ends it too."""
    parent = os.getpid()
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

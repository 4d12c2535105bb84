"""Signals: the ones that end a command become an exception, and children die with their parent."""

from __future__ import annotations

import ctypes
import os
import signal

from course.problem import Interrupted

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def raise_on_ending_signals() -> None:
    """From here on Ctrl-C, SIGTERM and SIGHUP raise Interrupted, once: the clean-up itself is not interrupted."""

    def handler(number: int, _frame: object) -> None:
        for other in ENDING:
            signal.signal(other, signal.SIG_IGN)
        raise Interrupted(number)

    for number in ENDING:
        # nohup stays nohup; SIGINT counts even where a shell ignores it for its background jobs.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def child_setup(parent: int) -> None:
    """Runs in the child between fork and exec: default signals, and SIGKILL should ./course be killed itself."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before prctl
        os._exit(127)

"""What goes to the screen: colours where they are wanted, and one progress line for long work."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from typing import TextIO

QUIET_INTERVAL_S = 10.0  # without a terminal: at most one progress line in this time
LIVE_INTERVAL_S = 0.1

_CODES = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


def is_live(stream: TextIO) -> bool:
    """True when a line on this stream can be overwritten."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in a colour, or unchanged when the stream or NO_COLOR says so."""
    if os.environ.get("NO_COLOR") or not is_live(stream or sys.stdout):
        return text
    return f"\033[{_CODES[colour]}m{text}\033[0m"


def say(text: str = "") -> None:
    """One line to the reader, out at once (pipes and CI logs included)."""
    print(text, flush=True)


def wrapped(text: str, indent: str = "") -> str:
    """Prose in lines of a readable length, whatever the width of the window."""
    width = min(96, shutil.get_terminal_size().columns - 1)
    paragraphs = text.split("\n")
    return "\n".join(
        textwrap.fill(p, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                      break_on_hyphens=False)
        for p in paragraphs
    )  # fmt: skip


class Progress:
    """A line that is overwritten on a terminal, and repeated rarely elsewhere."""

    def __init__(self, what: str, stream: TextIO | None = None, clock=time.monotonic) -> None:
        self._what = what
        self._stream = stream or sys.stdout
        self._live = is_live(self._stream)
        self._clock = clock
        self._start = clock()
        self._last = self._start if not self._live else float("-inf")
        self._shown = False

    def update(self, text: str) -> None:
        """Shows where the work stands; may be called as often as convenient."""
        now = self._clock()
        if now - self._last < (LIVE_INTERVAL_S if self._live else QUIET_INTERVAL_S):
            return
        self._last = now
        line = f"{self._what}: {text}"
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + line[:width].ljust(width))
        else:
            self._stream.write(line + "\n")
        self._shown = True
        self._stream.flush()

    def clear(self) -> None:
        """Removes the live line, so that something else can be printed."""
        if self._live and self._shown:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + " " * width + "\r")
            self._stream.flush()
            self._shown = False

    def done(self, text: str) -> None:
        """Ends the line: what came out, and how long it took."""
        self.clear()
        self._stream.write(f"{self._what}: {text} ({self._clock() - self._start:.1f} s)\n")
        self._stream.flush()

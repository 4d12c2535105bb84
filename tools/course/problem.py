"""How a command fails: one clear sentence, what was seen, and the next command to type."""

from __future__ import annotations

from pathlib import Path


class Problem(Exception):
    """A failure that the reader can act on. `status` becomes the exit code."""

    def __init__(
        self, sentence: str, *, next_command: str = "", details: str = "", log: Path | None = None, status: int = 1
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_command = next_command
        self.details = details
        self.log = log
        self.status = status

    def lines(self) -> list[str]:
        """The failure as it is printed: details first, so that the sentence stands last on the screen."""
        lines: list[str] = []
        if self.details:
            lines += ["  | " + line for line in self.details.rstrip("\n").split("\n")]
        lines.append("course: " + self.sentence)
        if self.log is not None:
            lines.append(f"  whole log:  {self.log}")
        if self.next_command:
            lines.append(f"  next:       {self.next_command}")
        return lines


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP. Not an Exception: nothing but the clean-up code may catch it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number

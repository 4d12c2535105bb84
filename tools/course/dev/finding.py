"""What a rule of the gate finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One broken rule: its name, where, and one sentence that says what to do."""

    rule: str
    path: Path
    sentence: str
    line: int = 0

    def text(self, root: Path) -> str:
        """file: sentence [rule]."""
        where = str(self.path.relative_to(root)) + (f":{self.line}" if self.line else "")
        return f"{where}: {self.sentence} [{self.rule}]"

"""What a check returns, and the machine as a check sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

OK, LIMITED, MISSING = "ok", "limited", "missing"
NOTHING_TO_DO = "nothing to do"
NOT_HERE = "not on this hardware"


@dataclass(frozen=True)
class Finding:
    """The answer of one check. `consequence`: for the course; `fix`: an exact command, or why there is none."""

    state: str
    found: str
    consequence: str
    fix: str = NOTHING_TO_DO


@dataclass(frozen=True)
class Host:
    """Files of this machine below `root`: a test puts a directory with a fake /proc and /sys there."""

    root: Path = field(default_factory=lambda: Path("/"))

    def read(self, path: str) -> str | None:
        """The text of a file, without its last newline; None when it is absent or unreadable."""
        try:
            return (self.root / path.lstrip("/")).read_text(encoding="utf-8", errors="replace").rstrip("\n")
        except OSError:
            return None

    def exists(self, path: str) -> bool:
        """True for a file or directory that can be seen."""
        return (self.root / path.lstrip("/")).exists()

    def glob(self, pattern: str) -> list[Path]:
        """Paths that match, sorted."""
        return sorted(self.root.glob(pattern.lstrip("/")))

    def integer(self, path: str) -> int | None:
        """A file with one number."""
        text = self.read(path)
        try:
            return int(text.split()[0]) if text else None
        except ValueError:
            return None

    def cpu_flags(self) -> set[str]:
        """The flags of the first CPU (x86), or its features (Arm)."""
        for line in (self.read("/proc/cpuinfo") or "").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return set(value.split())
        return set()

    def has_capability(self, bit: int) -> bool:
        """Whether this process has a capability in effect (numbers in linux/capability.h)."""
        for line in (self.read("/proc/self/status") or "").splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> bit & 1)
        return False

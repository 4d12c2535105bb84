"""Which core each program gets."""

from __future__ import annotations

import os
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")


def two_cores(allowed: set[int] | None = None, topology: Path = _TOPOLOGY) -> tuple[int, int] | None:
    """Two allowed CPUs, on different physical cores when there are such; None when only one is allowed.

    CPU 0 is left to the rest of the system when there are enough others: it gets most interrupts.
    """
    cpus = sorted(os.sched_getaffinity(0) if allowed is None else allowed)
    if len(cpus) < 2:
        return None
    candidates = [cpu for cpu in cpus if cpu != 0] if len(cpus) > 2 else cpus
    first = candidates[0]
    siblings = _siblings(first, topology)
    others = [cpu for cpu in candidates[1:] if cpu not in siblings]
    return first, (others or candidates[1:])[0]


def _siblings(cpu: int, topology: Path) -> set[int]:
    try:
        return parse_list((topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text())
    except (OSError, ValueError):
        return {cpu}


def parse_list(text: str) -> set[int]:
    """The kernel's list format: `0-3,8` means {0, 1, 2, 3, 8}."""
    result: set[int] = set()
    for part in text.strip().split(","):
        if part:
            low, _, high = part.partition("-")
            result.update(range(int(low), int(high or low) + 1))
    return result

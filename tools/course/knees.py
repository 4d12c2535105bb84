"""Steps in a curve of latency by working-set size, and the caches that the kernel says there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

_PENALTY = 0.15  # what a further level has to explain, in squared octaves of latency
_LEAST = 3  # points that make a level; less are the ramp between two
_RATIO = 1.5  # levels nearer to each other than this are one
_CLOSE = 1.6  # a knee belongs to a cache if it is no further away than this factor


@dataclass(frozen=True)
class Level:
    """Sizes that cost the same."""

    first: int  # bytes
    last: int
    ns: float


@dataclass(frozen=True)
class Step:
    """From one level to the next."""

    last_below: int  # the largest size that still cost `ns`
    first_above: int
    ns: float
    next_ns: float


@dataclass(frozen=True)
class Cache:
    """One data cache: `L2`."""

    name: str
    bytes: int


def levels(points: list[tuple[int, float]]) -> list[Level]:
    """The flat parts of the curve. points: (bytes, ns), by size."""
    logs = [math.log2(ns) for _, ns in points]
    # Knuth's way to break lines into a paragraph: the best split of the first n points, for all n.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(points) + 1):
        best.append(min((best[begin][0] + _spread(logs[begin:end]) + _PENALTY, begin) for begin in range(end)))
    cuts, end = [], len(points)
    while end > 0:
        cuts.append((best[end][1], end))
        end = best[end][1]
    found: list[Level] = []
    for begin, end in reversed(cuts):
        if end - begin < _LEAST:
            continue
        level = Level(points[begin][0], points[end - 1][0], 2.0 ** (sum(logs[begin:end]) / (end - begin)))
        if found and level.ns < _RATIO * found[-1].ns:
            found[-1] = Level(found[-1].first, level.last, found[-1].ns)
        else:
            found.append(level)
    return found


def _spread(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values)


def steps(points: list[tuple[int, float]]) -> list[Step]:
    """Between each two levels."""
    flat = levels(points)
    return [Step(low.last, high.first, low.ns, high.ns) for low, high in zip(flat, flat[1:])]


def caches(root: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> list[Cache]:
    """The data caches of the first processor by level; none where the kernel does not say."""
    found = []
    for index in sorted(root.glob("index*")):
        try:
            kind = (index / "type").read_text(encoding="ascii").strip()
            level = (index / "level").read_text(encoding="ascii").strip()
            size = (index / "size").read_text(encoding="ascii").strip()
        except OSError:
            continue
        if kind in ("Data", "Unified") and size.endswith("K") and size[:-1].isdigit():
            found.append(Cache(f"L{level}", int(size[:-1]) * 1024))
    return sorted(found, key=lambda cache: cache.bytes)


def match(step: Step, known: list[Cache]) -> Cache | None:
    """The cache that ends at this step, if one does."""
    near = [cache for cache in known if step.last_below / _CLOSE <= cache.bytes <= step.first_above * _CLOSE]
    middle = math.sqrt(step.last_below * step.first_above)
    return min(near, key=lambda cache: abs(math.log(cache.bytes / middle)), default=None)


def size_text(size: int) -> str:
    """48 KiB, 1.5 MiB."""
    return f"{size / 2**20:g} MiB" if size >= 2**20 else f"{size / 2**10:g} KiB"

"""A percentile curve in one word: left the median's side, right the tail, one nine every few cells."""

from __future__ import annotations

import bisect
import math

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-~=*%#"
WIDTH = 20
_NINES = 4.0  # up to p99.99


def sparkline(points: list[tuple[float, float]], *, blocks: str = BLOCKS, width: int = WIDTH) -> str:
    """(percentile, value) points as `width` characters; height is the logarithm of the value, lowest to highest."""
    finite = [(percentile, value) for percentile, value in points if percentile <= 100.0 and value > 0]
    if not finite:
        return ""
    # Never past what was measured: beyond the last percentile the cells stay empty.
    last = max(percentile for percentile, _ in finite)
    values = []
    for cell in range(width):
        percentile = 100.0 * (1.0 - 10.0 ** (-_NINES * (cell + 0.5) / width))
        values.append(_at(finite, percentile) if percentile <= last else None)
    known = [math.log(value) for value in values if value is not None]
    if not known:
        known = [math.log(finite[0][1])]
    low, high = min(known), max(known)
    span = high - low
    cells = []
    for value in values:
        if value is None:
            cells.append(" ")
        else:
            level = (math.log(value) - low) / span if span > 1e-9 else 0.0
            cells.append(blocks[min(len(blocks) - 1, int(level * len(blocks)))])
    return "".join(cells).rstrip()


def _at(points: list[tuple[float, float]], percentile: float) -> float:
    """The value of the first point at or above the percentile."""
    index = bisect.bisect_left([known for known, _ in points], percentile)
    return points[min(index, len(points) - 1)][1]

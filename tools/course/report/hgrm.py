"""Reads HdrHistogram's percentile text format."""

from __future__ import annotations

from pathlib import Path


def read(path: Path, factor: float = 1.0) -> list[tuple[float, float]]:
    """(percentile 0..100, value * factor), rising. Lines that are no data are left out."""
    points: list[tuple[float, float]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        if len(fields) < 3 or line.startswith("#"):
            continue
        try:
            points.append((float(fields[1]) * 100.0, float(fields[0]) * factor))
        except ValueError:  # the heading
            continue
    return points

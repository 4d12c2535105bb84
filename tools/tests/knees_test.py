"""Levels and knees of curves whose levels are known."""

from __future__ import annotations

import random
import tempfile
import unittest
from pathlib import Path

from course import knees

KIB = 1024
MIB = 1024 * KIB
SIZES = sorted({4 * KIB * 2**i for i in range(18)} | {6 * KIB * 2**i for i in range(14)})


def curve(*parts: tuple[int, float], noise: float = 0.0, seed: int = 1) -> list[tuple[int, float]]:
    """(up to these bytes, ns) parts; noise only adds, as in a cache."""
    drawn = random.Random(seed)
    return [(size, next(ns for end, ns in parts if size <= end) * (1 + noise * drawn.random())) for size in SIZES]


class Knees(unittest.TestCase):
    PARTS = ((48 * KIB, 1.7), (2 * MIB, 6.0), (32 * MIB, 25.0), (SIZES[-1], 120.0))

    def test_three_caches(self) -> None:
        found = knees.steps(curve(*self.PARTS))
        self.assertEqual([step.last_below for step in found], [48 * KIB, 2 * MIB, 32 * MIB])
        self.assertEqual([round(step.ns, 1) for step in found], [1.7, 6.0, 25.0])

    def test_noise_makes_no_knees(self) -> None:
        for seed in range(5):
            found = knees.steps(curve(*self.PARTS, noise=0.25, seed=seed))
            self.assertEqual([step.last_below for step in found], [48 * KIB, 2 * MIB, 32 * MIB], f"seed {seed}")

    def test_a_flat_curve_has_none(self) -> None:
        self.assertEqual(knees.steps(curve((SIZES[-1], 3.0), noise=0.2)), [])
        self.assertEqual(knees.steps([]), [])
        self.assertEqual(knees.steps([(4096, 1.0)]), [])

    def test_a_ramp_belongs_to_no_level(self) -> None:
        points = curve((64 * KIB, 2.0), (SIZES[-1], 32.0))
        ramp = [(96 * KIB, 5.0), (128 * KIB, 12.0)]
        found = knees.steps([point for point in points if point[0] not in (96 * KIB, 128 * KIB)] + [])
        self.assertEqual(len(found), 1)
        step = knees.steps(sorted([point for point in points if point[0] > 128 * KIB or point[0] < 96 * KIB] + ramp))
        self.assertEqual([(s.last_below, s.first_above) for s in step], [(64 * KIB, 192 * KIB)])

    def test_a_knee_belongs_to_the_cache_of_its_size(self) -> None:
        known = [knees.Cache("L1", 48 * KIB), knees.Cache("L2", 2 * MIB), knees.Cache("L3", 260 * MIB)]
        matched = [knees.match(step, known) for step in knees.steps(curve(*self.PARTS))]
        self.assertEqual([cache.name if cache else None for cache in matched], ["L1", "L2", None])

    def test_caches_are_read_where_there_are_any(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            self.assertEqual(knees.caches(root), [])
            for index, (kind, level, size) in enumerate(
                [("Data", "1", "48K"), ("Instruction", "1", "32K"), ("Unified", "2", "2048K")]
            ):
                (root / f"index{index}").mkdir()
                for name, text in (("type", kind), ("level", level), ("size", size)):
                    (root / f"index{index}" / name).write_text(text + "\n")
            (root / "index9").mkdir()  # as if it went away while it was read
            self.assertEqual(knees.caches(root), [knees.Cache("L1", 48 * KIB), knees.Cache("L2", 2 * MIB)])

    def test_sizes_as_people_write_them(self) -> None:
        self.assertEqual([knees.size_text(size) for size in (6 * KIB, 3 * MIB // 2)], ["6 KiB", "1.5 MiB"])


if __name__ == "__main__":
    unittest.main()

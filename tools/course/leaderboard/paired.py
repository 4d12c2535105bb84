"""Costs of pairs, measured alternately, as one of three verdicts; inconclusive is a result."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass

FEWEST_PAIRS = 15
LEAST_EFFECT = 0.02  # what is smaller is not worth a verdict
_RESAMPLES = 2000


@dataclass(frozen=True)
class Verdict:
    """`ratio`: the candidate's cost over the reference's. `noise_floor`: the reference against itself."""

    word: str  # faster | slower | inconclusive
    reason: str
    ratio: float
    ci95: tuple[float, float]
    noise_floor: float
    pairs: int


def bootstrap(values: list[float], seed: int) -> tuple[float, float]:
    """A 95 % interval of the median."""
    source = random.Random(seed)
    medians = sorted(statistics.median(source.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return medians[_RESAMPLES // 40], medians[_RESAMPLES - 1 - _RESAMPLES // 40]


def judge(ratios: list[float], twins: list[float], limit: float, seed: int = 1) -> Verdict:
    """`twins`: the reference's cost over that of the reference, run a second time in the same round.

    faster: the whole interval lies below 1 by more than the noise. slower: the whole interval lies above `limit`, and
    above 1 by more than the noise. Everything else is inconclusive.
    """
    ratio, ci95 = statistics.median(ratios), bootstrap(ratios, seed)
    low, high = bootstrap(twins, seed + 1)
    floor = max(LEAST_EFFECT, 1 - low, high - 1)
    word, reason = "inconclusive", ""
    if len(ratios) < FEWEST_PAIRS:
        reason = f"fewer than {FEWEST_PAIRS} pairs: run more"
    elif ci95[1] < 1 - floor:
        word = "faster"
    elif ci95[0] > max(limit, 1 + floor):
        word = "slower"
    elif ci95[0] > 1 + floor:
        reason = f"it costs more than the reference, but surely not more than {limit:g} times as much"
    elif floor > 0.1:
        reason = f"the reference against itself differs by up to {floor:.0%}: close other programs"
    else:
        reason = "if there is a difference, it is no larger than the noise"
    return Verdict(word, reason, ratio, ci95, floor, len(ratios))

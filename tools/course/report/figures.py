"""Numbers as people read them."""

from __future__ import annotations

_TIME_UNITS = (("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0))
_TO_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def value_text(value: float | None, unit: str) -> str:
    """Three significant digits with the unit: 1234 ns is `1.23 us`. A missing value is `-`."""
    if value is None:
        return "-"
    if unit not in _TO_NS:
        return f"{value:,.4g} {unit}"
    ns = value * _TO_NS[unit]
    for name, size in _TIME_UNITS:
        if ns >= size or name == "ns":
            return f"{_three_digits(ns / size)} {name}"
    raise AssertionError("unreachable")


def _three_digits(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def microseconds(value: float, unit: str) -> float:
    """A time in us, for the axis of a plot; other units stay as they are."""
    return value * _TO_NS[unit] / 1e3 if unit in _TO_NS else value


def is_time(unit: str) -> bool:
    """True for ns, us, ms and s."""
    return unit in _TO_NS

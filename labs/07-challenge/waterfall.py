"""The picture of lab 07: each improvement a bar from the round trip before it to the one after it, on a logarithmic axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH = 1000
LEFT = 300
RIGHT = 190
ROW = 34
TOP = 46
_STYLE = (
    ".t{font:14px system-ui,sans-serif;fill:#1f2430}.s{fill:#626a78;font-size:12px}.b{fill:#2f7fbf}.g{fill:#3a9d5d}"
    ".w{fill:#cf7a2c}.l{stroke:#c9ced6}.q{stroke:#1f2430;stroke-width:1.5}"
)


@dataclass(frozen=True)
class Bar:
    """One step: its median and p99 round trip in us, or the reason why it was left out."""

    title: str
    p50_us: float = 0.0
    p99_us: float = 0.0
    skipped: str = ""
    fresh: bool = False  # not compared with the bar before


def us(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g} us" if value < 1000 else f"{value:,.0f} us"


def svg(bars: list[Bar], heading: str) -> str:
    """The first bar reaches from the axis; every other begins where the one before ended."""
    measured = [bar for bar in bars if not bar.skipped]
    highest = max(max(bar.p50_us, bar.p99_us) for bar in measured)
    low = math.floor(math.log10(min(bar.p50_us for bar in measured)))
    high = max(math.ceil(math.log10(highest)), low + 1)
    scale = (WIDTH - LEFT - RIGHT) / (high - low)

    def x(value: float) -> float:
        return LEFT + (math.log10(value) - low) * scale

    height = TOP + ROW * len(bars) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(heading)}">',
        f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="10" y="24" font-weight="600">{escape(heading)}</text>',
    ]
    bottom = TOP + ROW * len(bars)
    for power in range(low, high + 1):
        at = x(10**power)
        out.append(f'<line class="l" x1="{at:.1f}" y1="{TOP - 6}" x2="{at:.1f}" y2="{bottom}"/>')
        out.append(f'<text class="t s" x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{us(10**power)}</text>')
    before = 0.0
    for i, bar in enumerate(bars):
        y = TOP + ROW * i
        if bar.fresh:
            before = 0.0
        faint = ' opacity=".55"' if bar.skipped else ""
        out.append(f'<text class="t" x="10" y="{y + 20}"{faint}>{escape(("" if i == 0 or bar.fresh else "+ ") + bar.title)}</text>')
        if bar.skipped:
            out.append(f'<text class="t s" x="{LEFT + 6}" y="{y + 20}">skipped: {escape(_short(bar.skipped))}</text>')
            continue
        start, end = (x(before), x(bar.p50_us)) if before else (LEFT, x(bar.p50_us))
        kind = "b" if not before else "g" if end <= start else "w"
        left, width = min(start, end), max(abs(end - start), 2)
        out.append(f'<rect class="{kind}" x="{left:.1f}" y="{y + 7}" width="{width:.1f}" height="{ROW - 16}" rx="2"/>')
        if bar.p99_us > 0:
            at = x(bar.p99_us)
            out.append(f'<line class="q" x1="{at:.1f}" y1="{y + 5}" x2="{at:.1f}" y2="{y + ROW - 7}"/>')
        told = us(bar.p50_us) + (f"  (x {bar.p50_us / before:.2f})" if before else "")
        out.append(f'<text class="t" x="{WIDTH - RIGHT + 12}" y="{y + 20}">{told}</text>')
        before = bar.p50_us
    out.append(f'<text class="t s" x="{WIDTH - 10}" y="24" text-anchor="end">bars: median; black line: p99</text></svg>')
    return "\n".join(out)


def _short(text: str, most: int = 84) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."

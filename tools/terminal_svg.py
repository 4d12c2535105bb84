"""Draws what a terminal printed as an SVG: python3 tools/terminal_svg.py docs/figures/start.txt > docs/figures/start.svg

The text file is the figure's source: the unedited output of the command that its first line (`$ ...`) shows.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

FONT_PX = 13
CHARACTER_PX = 7.83  # advance of a 13 px monospace glyph
LINE_PX = 17
MARGIN_PX = 14

STYLE = (
    "text { font: %dpx ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d8dee9 }"
    " .prompt { fill: #a3be8c; font-weight: 600 }" % FONT_PX
)


def svg(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    width = round(2 * MARGIN_PX + CHARACTER_PX * max(len(line) for line in lines))
    height = 2 * MARGIN_PX + LINE_PX * len(lines)
    rows = []
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        y = MARGIN_PX + LINE_PX * number + FONT_PX
        kind = ' class="prompt"' if line.startswith("$ ") else ""
        rows.append(f'<text{kind} x="{MARGIN_PX}" y="{y}" xml:space="preserve">{escape(line)}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" aria-label="{escape(lines[0], quote=True)}">',
            f"<style>{STYLE}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#242933"/>',
            *rows,
            "</svg>",
            "",
        ]
    )


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(svg(Path(sys.argv[1]).read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())

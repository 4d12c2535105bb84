"""What we need to know of a Markdown file: prose outside code, headings with their anchors, links."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]"  # [text [with brackets]]
    r"\(\s*<?([^()<>\s]+(?:\([^()\s]*\)[^()<>\s]*)?)>?(?:\s+[\"'][^)]*)?\s*\)"  # (target "title")
)
_HTML_LINK = re.compile(r"<(?:a|img|source)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"", re.IGNORECASE)
_HTML_ANCHOR = re.compile(r"<[a-z0-9]+\b[^>]*?\b(?:id|name)=\"([^\"]+)\"", re.IGNORECASE)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_PRUNED = ("build", "node_modules", "__pycache__")


@dataclass(frozen=True)
class Link:
    """A link's target as it is written."""

    line: int
    target: str


def files(root: Path) -> list[Path]:
    """Every Markdown file of the repository, hidden and built directories left out."""
    found = []
    for directory, names, members in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".") and n not in _PRUNED)
        found += [Path(directory) / member for member in sorted(members) if member.endswith(".md")]
    return found


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Line number and line of everything outside fenced code."""
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _FENCE.match(line)
        if fence:
            # The end of a fence is at least as long, of the same kind, and has nothing behind it.
            if match and match[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif match:
            fence = match[1]
        else:
            yield number, line


def without_code(line: str) -> str:
    """A line with its `code` blanked out, so that positions stay."""
    return _CODE_SPAN.sub(lambda match: " " * len(match[0]), line)


def links(text: str) -> Iterator[Link]:
    """All links outside code."""
    for number, line in prose(text):
        plain = without_code(line)
        for pattern in (_LINK, _HTML_LINK, _REFERENCE):
            for match in pattern.finditer(plain):
                yield Link(number, match[1])


def anchors(text: str) -> set[str]:
    """What #anchor can name in this file: headings as GitHub writes them, and HTML ids."""
    found: set[str] = set()
    for _, line in prose(text):
        found.update(_HTML_ANCHOR.findall(without_code(line)))
        heading = _HEADING.match(line)
        if heading:
            slug = base = _slug(heading[2])
            number = 0
            while slug in found:
                number += 1
                slug = f"{base}-{number}"
            found.add(slug)
    return found


def _slug(heading: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link counts by its text
    text = re.sub(r"<!--.*?-->|<[^>]+>", "", text)
    text = re.sub(r"[^\w\- ]", "", text.lower().strip())
    return text.replace(" ", "-")

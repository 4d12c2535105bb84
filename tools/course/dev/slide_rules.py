"""Rules about the decks in slides/: a plan in minutes, one idea a slide, nothing that runs off it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course.dev.finding import Finding

MAX_SLIDE = 6  # minutes; more is a second idea
MAX_DECK = 90  # minutes; a lecture
MAX_LINES = 14  # what a slide shows without getting smaller: text, rows, code
MAX_CODE = 110  # columns; Marp shrinks code to fit, to two thirds at our sources' width
_MINUTES = re.compile(r"^<!-- minutes: (\d+) -->$")
_NOTE = re.compile(r"^(Note|Ask|Demo): \S")
_MARKER = re.compile(r"^<!-- /?(code|table|exercises)\b.*-->$")  # of embedded parts


@dataclass
class Slide:
    """What the rules look at."""

    line: int
    minutes: list[int] = field(default_factory=list)
    headings: int = 0
    lines: int = 0
    code: int = 0
    notes: int = 0


def decks(root: Path) -> list[Path]:
    """The decks, in the course's order: a module each, then the final project."""
    final = root / "slides" / "final-project.md"
    return sorted((root / "slides").glob("[0-9]*.md")) + ([final] if final.exists() else [])


def read(deck: Path) -> list[Slide]:
    """The slides of a deck; empty when it does not begin as one."""
    lines = deck.read_text(encoding="utf-8").split("\n")
    try:
        end = lines.index("---", 1)
    except ValueError:
        return []
    if lines[0] != "---" or "marp: true" not in lines[1:end]:
        return []
    slides = [Slide(end + 2)]
    inside = ""  # a fence or a comment, till its end
    for number, line in enumerate(lines[end + 1 :], start=end + 2):
        slide = slides[-1]
        if inside == "comment":
            slide.notes += bool(_NOTE.match(line))
            inside = "" if line.endswith("-->") else inside
        elif line.startswith("```"):
            inside = "" if inside else "code"
        elif inside == "code":
            slide.lines += 1
            slide.code = max(slide.code, len(line))
        elif line == "---":
            slides.append(Slide(number + 1))
        elif found := _MINUTES.match(line):
            slide.minutes.append(int(found[1]))
        elif line.startswith("<!--") and not _MARKER.match(line):
            inside = "" if line.endswith("-->") else "comment"
        elif line.strip() and not _MARKER.match(line):
            slide.lines += 1
            slide.headings += line.startswith("#")
    return slides


def minutes(deck: Path) -> int:
    """The plan of a whole deck."""
    return sum(sum(slide.minutes) for slide in read(deck))


def slides(root: Path) -> Iterator[Finding]:
    """All decks."""
    for deck in decks(root):
        found = read(deck)
        if not found:
            yield Finding("slides", deck, "it does not begin as a Marp deck: ---, marp: true, ---")
        if minutes(deck) > MAX_DECK:
            yield Finding("slides", deck, f"{minutes(deck)} minutes in all are more than {MAX_DECK}: make it two decks")
        for slide in found:
            for sentence in _of_slide(slide):
                yield Finding("slides", deck, sentence, slide.line)


def _of_slide(slide: Slide) -> Iterator[str]:
    if len(slide.minutes) != 1:
        yield f"{len(slide.minutes)} times <!-- minutes: N -->; once a slide"
    elif not 0 < slide.minutes[0] <= MAX_SLIDE:
        yield f"{slide.minutes[0]} minutes; 1 to {MAX_SLIDE}, longer is more than one idea"
    if slide.headings != 1:
        yield f"{slide.headings} headings; one a slide"
    if not slide.notes:
        yield "no speaker's note: a comment with Note:, Ask: or Demo:"
    if slide.lines > MAX_LINES:
        yield f"{slide.lines} lines to show; {MAX_LINES} fit"
    if slide.code > MAX_CODE:
        yield f"code of {slide.code} columns; {MAX_CODE} at most"

"""./course notes sync|check: rewrites what is embedded in Markdown, or says where it differs from its source."""

from __future__ import annotations

import argparse
from pathlib import Path

from course import markdown
from course.layout import ROOT
from course.notes.document import Finding, Synced, sync
from course.student.common import say_next
from course.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course notes."""
    parser.add_argument("action", choices=("sync", "check"), help="rewrite the files, or only compare")
    parser.add_argument("file", nargs="*", type=Path, help="only these (default: every Markdown file)")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when something cannot be embedded or, for check, differs."""
    root = options.root.resolve()
    results = all_synced(root, [file.resolve() for file in options.file])
    errors = [finding for result in results.values() for finding in result.errors]
    drift = [finding for result in results.values() for finding in result.drift]
    parts = sum(result.parts for result in results.values())
    if options.action == "sync":
        for path, result in results.items():
            if result.drift:
                path.write_text(result.text, encoding="utf-8")
                say(f"rewritten  {path.relative_to(root)} ({len(result.drift)} parts)")
        drift = []
    for finding in errors + drift:
        say(text(finding, root))
    if errors:
        say(f"notes: {len(errors)} of {parts} embedded parts cannot be made.")
    if drift:
        say(f"notes: {len(drift)} of {parts} embedded parts differ from their sources.")
        say_next(("./course notes sync", "rewrites them"))
    elif errors:
        say_next((f"./course notes {options.action}", "after the correction"))
    else:
        say(f"notes: {parts} embedded parts in {len(results)} files, all as their sources.")
        if options.action == "sync":
            say_next(("git diff", "what was rewritten"))
    return 1 if errors or drift else 0


def all_synced(root: Path, only: list[Path] | None = None) -> dict[Path, Synced]:
    """Every Markdown file with what it should say."""
    return {path: sync(path, root) for path in only or markdown.files(root)}


def text(finding: Finding, root: Path) -> str:
    """file:line: sentence."""
    return f"{finding.path.relative_to(root)}:{finding.line}: {finding.sentence}"

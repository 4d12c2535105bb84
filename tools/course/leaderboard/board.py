"""The file of results (tools/schema/leaderboard.schema.json), and the table beside it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from course import schema
from course.layout import ROOT
from course.problem import Problem

SCHEMA = ROOT / "tools" / "schema" / "leaderboard.schema.json"
_EMPTY: dict[str, Any] = {"schema": "lln/leaderboard/v1", "entries": []}


def load(file: Path) -> dict[str, Any]:
    """An empty one when there is none yet. Problem when it is something else: nothing is ever overwritten."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {**_EMPTY, "entries": []}
    except (OSError, ValueError) as error:
        raise Problem(f"{file} is no leaderboard ({error}).") from error
    wrong = schema.errors(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    if wrong:
        raise Problem(f"{file} is no leaderboard: {wrong[0]}.")
    return data


def require_writable(file: Path) -> None:
    """Before minutes are spent on a result that has nowhere to go."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=file.parent).close()
    except OSError as error:
        raise Problem(f"{file} cannot be written: {error}.") from error


def append(file: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Adds one result, and writes the table beside the file (.md). Written at once or not at all."""
    data = load(file)
    data["entries"].append(entry)
    file.parent.mkdir(parents=True, exist_ok=True)
    for target, text in ((file, json.dumps(data, indent=1) + "\n"), (file.with_suffix(".md"), table(data))):
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    return data


def latest(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The newest result of each name, the cheapest first. Only ratios compare: sessions and machines differ."""
    newest = {entry["name"]: entry for entry in data["entries"]}
    return sorted(newest.values(), key=lambda entry: entry["ratio"])


def table(data: dict[str, Any]) -> str:
    """As Markdown."""
    lines = [
        "# Leaderboard of stage 8", "",
        "CPU time a message while catching up, over the reference's in the same session. Sorted by the ratio.", "",
        "| | name | ratio | 95 % interval | verdict | ns a message | reference | p50 | p99 | noise | time |",
        "|---:|---|---:|---|---|---:|---:|---:|---:|---:|---|",
    ]  # fmt: skip
    for place, entry in enumerate(latest(data), start=1):
        low, high = entry["ci95"]
        cost = entry["cpu_ns_per_message"]
        said = [f"{entry['reported_ns'][name] / 1000:.1f} us" if name in entry["reported_ns"] else "" for name in ("p50", "p99")]
        name = entry["name"].replace("|", "\\|")
        lines.append(
            f"| {place} | {name} | {entry['ratio']:.2f} | {low:.2f} to {high:.2f} | {entry['verdict']} | "
            f"{cost['candidate']:.0f} | {cost['reference']:.0f} | {said[0]} | {said[1]} | {entry['noise_floor']:.2f} | {entry['time'][:10]} |"
        )
    return "\n".join(lines) + "\n"

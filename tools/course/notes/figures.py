"""Numbers from result files: one in a sentence, or a table of series."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from course.notes.regions import EmbedError

_FORMAT = re.compile(r"^%(,?)([-+0 #]*\d*(?:\.\d+)?)([dfegs])$")


def load(path: Path) -> Any:
    """A JSON file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EmbedError(f"{path.name} cannot be read") from error
    except ValueError as error:
        raise EmbedError(f"{path.name} is not JSON") from error


def lookup(data: Any, keys: str) -> Any:
    """Follows keys separated by dots. In a list an entry is chosen by its name; keys may hold dots (p99.9)."""
    parts = keys.split(".")
    found = _lookup(data, parts)
    if found is _MISSING:
        raise EmbedError(f"there is no {keys!r} in it")
    return found


_MISSING = object()


def _lookup(data: Any, parts: list[str]) -> Any:
    if not parts:
        return data
    for count in range(1, len(parts) + 1):
        key = ".".join(parts[:count])
        inside = _MISSING
        if isinstance(data, dict) and key in data:
            inside = data[key]
        elif isinstance(data, list):
            named = [item for item in data if isinstance(item, dict) and item.get("name") == key]
            if len(named) == 1:
                inside = named[0]
            elif not named and key.isdigit() and int(key) < len(data):
                inside = data[int(key)]
        if inside is not _MISSING:
            found = _lookup(inside, parts[count:])
            if found is not _MISSING:
                return found
    return _MISSING


def value(data: Any, words: list[str]) -> str:
    """`summary.rate *1e-6 %.1f`: which number, scaled (optional), how it is written (optional)."""
    keys, *options = words
    found = lookup(data, keys)
    form = None
    for option in options:
        if option[0] in "*/" and _is_number(option[1:]):
            if isinstance(found, bool) or not isinstance(found, (int, float)):
                raise EmbedError(f"{keys!r} is not a number")
            factor = float(option[1:])
            found = found * factor if option[0] == "*" else found / factor
        elif _FORMAT.match(option) and form is None:
            form = option
        else:
            raise EmbedError(f"{option!r} is neither a scale (*1e-6, /1000) nor a format (%.1f, %,d, %s)")
    return _written(found, form, keys)


def _written(found: Any, form: str | None, keys: str) -> str:
    if isinstance(found, (dict, list)) or found is None:
        raise EmbedError(f"{keys!r} is not a single value")
    if form is None:
        return f"{found:.6g}" if isinstance(found, float) else str(found)
    comma, width, kind = _FORMAT.match(form).groups()
    if kind == "s":
        return ("%" + width + "s") % found
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise EmbedError(f"{keys!r} is not a number")
    if kind == "d":
        found = round(found)
    if not comma:
        return ("%" + width + kind) % found
    size, point, digits = width.partition(".")
    return format(found, size + comma + point + digits + kind)


def table(data: dict[str, Any], names: list[str]) -> str:
    """The series as a Markdown table, with the machine and the command below it."""
    series = data.get("series") if isinstance(data, dict) else None
    if not series:
        raise EmbedError("it has no series")
    by_name = {entry["name"]: entry for entry in series}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise EmbedError(f"it has no series {missing[0]!r}")
    chosen = [by_name[name] for name in names] if names else series
    columns = [
        ("", [entry.get("title") or entry["name"].replace("_", " ") for entry in chosen]),
        ("unit", [entry["unit"] for entry in chosen]),
        ("n", [f"{entry['n']:,}" for entry in chosen]),
        ("p50", [number(entry["quantiles"].get("p50")) for entry in chosen]),
        ("p99", [number(entry["quantiles"].get("p99")) for entry in chosen]),
        ("ratio", [_ratio(entry, by_name) for entry in chosen]),
        ("95 %", [" to ".join(number(bound) for bound in entry.get("ci95") or []) for entry in chosen]),
    ]
    columns = [column for column in columns if any(column[1])]
    lines = ["| " + " | ".join(heading for heading, _ in columns) + " |"]
    lines.append("|" + "|".join("---" if heading in ("", "unit") else "---:" for heading, _ in columns) + "|")
    lines += ["| " + " | ".join(cells) + " |" for cells in zip(*(_escaped(cells) for _, cells in columns))]
    return "\n".join([*lines, "", caption(data)])


def _escaped(cells: list[str]) -> list[str]:
    return [cell.replace("|", "\\|") for cell in cells]


def _ratio(entry: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> str:
    """ratio_to is the name of a series (then of the medians), or says the ratio itself."""
    to = entry.get("ratio_to")
    if not to:
        return ""
    if isinstance(to, str):
        own = entry["quantiles"].get("p50")
        other = by_name.get(to, {}).get("quantiles", {}).get("p50")
        return f"{own / other:.2f} x {to.replace('_', ' ')}" if own and other else ""
    ratio = next((to[key] for key in ("ratio", "value", "median") if isinstance(to.get(key), (int, float))), None)
    name = next((to[key] for key in ("series", "name", "of", "to") if isinstance(to.get(key), str)), "")
    return f"{ratio:.2f} x {name.replace('_', ' ')}".removesuffix(" x ") if ratio is not None else ""


def caption(data: dict[str, Any]) -> str:
    """On what it was measured, and the command that measures it again."""
    machine = data["machine"]
    build = data["build"]
    where = f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}"
    return f"{where}; {build['compiler']} {build['flags']}; `{data['command']}`."


def number(found: float | None) -> str:
    """Three digits that matter, thousands apart; nothing for nothing."""
    if found is None:
        return ""
    if found == 0:
        return "0"
    if abs(found) >= 1000:
        return f"{found:,.0f}"
    text = f"{found:.3g}"
    return f"{found:.6f}".rstrip("0") if "e" in text else text


def _is_number(text: str) -> bool:
    try:
        return float(text) != 0
    except ValueError:
        return False

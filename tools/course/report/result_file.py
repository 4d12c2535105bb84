"""A result file (schema lln/result/v1) and the percentile curves beside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course import schema
from course.layout import ROOT
from course.problem import Problem
from course.report import hgrm

SCHEMA = ROOT / "tools" / "schema" / "result.schema.json"
_QUANTILE_KEY = re.compile(r"p(\d+)(?:[_.](\d+))?$")


@dataclass(frozen=True)
class Series:
    """One distribution. Values are in `unit`; curve points are (percentile, value)."""

    name: str
    title: str
    unit: str
    n: int
    quantiles: dict[float, float]
    minimum: float | None
    maximum: float | None
    curve: list[tuple[float, float]] = field(default_factory=list)

    def points(self) -> list[tuple[float, float]]:
        """(percentile, value), rising: the full curve when there is one, else the quantiles."""
        return self.curve or sorted(self.quantiles.items())


@dataclass(frozen=True)
class Result:
    """A whole result file; `data` is the JSON as it stands."""

    path: Path
    data: dict[str, Any]
    series: list[Series]


def load(path: Path, curves: Path | None = None) -> Result:
    """Reads and checks a file. `curves`: directory of .hgrm files, by default the one named like the file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}.", next_command="./course start") from error
    except ValueError as error:
        raise Problem(f"{path} is not JSON: {error}.") from error
    errors = schema.errors(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    if errors:
        raise Problem(f"{path} is not a result file (lln/result/v1): {errors[0]}.", details="\n".join(errors[1:10]))
    directory = curves if curves is not None else path.with_suffix("")
    return Result(path, data, [_series(entry, directory) for entry in data["series"]])


def _series(entry: dict[str, Any], curves: Path) -> Series:
    unit = entry["unit"]
    file = curves / f"{entry['name']}.hgrm"
    # .hgrm files of the course are in microseconds.
    factor = {"ns": 1000.0, "us": 1.0, "ms": 1e-3, "s": 1e-6}.get(unit)
    curve = hgrm.read(file, factor) if factor and "/" not in entry["name"] and file.is_file() else []
    return Series(
        name=entry["name"],
        title=entry.get("title") or entry["name"].replace("_", " "),
        unit=unit,
        n=entry["n"],
        quantiles={percentile(key): value for key, value in entry["quantiles"].items() if value is not None},
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        curve=curve,
    )


def percentile(key: str) -> float:
    """p50 is 50, p99_9 and p99.9 are 99.9. Raises Problem for another key."""
    match = _QUANTILE_KEY.match(key)
    if not match:
        raise Problem(f"{key!r} is not the name of a percentile; expected p50, p99_9 and so on.")
    return float(f"{match[1]}.{match[2] or 0}")


def percentile_name(value: float) -> str:
    """99.9 is p99.9, 50.0 is p50."""
    return f"p{value:g}"

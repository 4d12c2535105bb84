"""Turns the JSON of Google Benchmark into a result file of the course (tools/schema/result.schema.json)."""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shlex
import statistics
import subprocess
from pathlib import Path

from course.doctor.check import Host
from course.grading import report_card

REPETITIONS = 15
MIN_TIME_S = 0.05
_UNITS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}  # in ns
_BESIDE = " | beside "
# Google Benchmark adds these to names: a fixed number of iterations, and that the bench itself keeps the time.
_OPTIONS = re.compile(r"(/iterations:\d+)?(/manual_time)?$")
_FLAG = re.compile(r"-(O.*|g\d?|m.*|f.*)")


def arguments(out: Path) -> list[str]:
    """What a bench is started with, so that there is a spread to tell."""
    return [
        f"--benchmark_min_time={MIN_TIME_S}",
        f"--benchmark_repetitions={REPETITIONS}",
        "--benchmark_enable_random_interleaving=true",
        f"--benchmark_out={out}",
        "--benchmark_out_format=json",
    ]


def result(raw: dict, what: str, command: str, root: Path, build: Path, source: str) -> dict:
    """One series a benchmark: the CPU time of its repetitions in ns (its own time, where it keeps one).

    A benchmark's label is the series' title; `TITLE | beside NAME` asks for the ratio to the benchmark NAME as well.
    One that ends with an error becomes a note, if none of its repetitions went well.
    """
    runs: dict[str, list[dict]] = {}
    problems: dict[str, str] = {}
    for run in sorted(raw["benchmarks"], key=_place):
        name = _OPTIONS.sub("", run["run_name"])
        if run.get("error_occurred"):
            problems[name] = run.get("error_message", "")
        elif run.get("run_type") == "iteration":
            runs.setdefault(name, []).append(run)
    return {
        "schema": "lln/result/v1",
        "what": what,
        "command": command,
        "commit": report_card.commit(root) or "unknown",
        "time": raw["context"]["date"],
        "machine": _machine(),
        "build": _build(build, root / source),
        "load": {"kind": "closed", "rate": None},
        "series": [_series(name, repetitions, runs) for name, repetitions in runs.items()],
        "notes": [
            f"n counts repetitions; each is a mean over a loop of {MIN_TIME_S * 1e3:.0f} ms, in CPU time, and benchmarks take "
            "turns in random order. min and max are over repetitions, ci95 is that of the median.",
            "load average at the start: " + ", ".join(f"{load:.2f}" for load in raw["context"].get("load_avg", [])),
            *(f"{name}: not measured: {problem}" for name, problem in problems.items() if name not in runs),
        ],
    }


def _place(run: dict) -> tuple[int, int]:
    """Where the source has it, whichever was drawn first."""
    return run.get("family_index", 0), run.get("per_family_instance_index", 0)


def _series(name: str, repetitions: list[dict], runs: dict[str, list[dict]]) -> dict:
    title, _, baseline = (repetitions[0].get("label") or name).partition(_BESIDE)
    times = [_ns(run) for run in repetitions]
    series = {
        "name": _series_name(name),
        "title": title,
        "unit": "ns",
        "n": len(times),
        "quantiles": {"p50": round(statistics.median(times), 3)},
        "min": round(min(times), 3),
        "max": round(max(times), 3),
        "ci95": _interval(times),
    }
    if baseline in runs:
        ratios = [time / _ns(other) for time, other in zip(times, runs[baseline])]
        median = round(statistics.median(ratios), 3)
        series["ratio_to"] = {"name": _series_name(baseline), "median": median, "ci95": _interval(ratios)}
    return series


def _series_name(name: str) -> str:
    return name.replace("/", "_")


def _ns(run: dict) -> float:
    time = run["real_time" if run["run_name"].endswith("/manual_time") else "cpu_time"]
    return time * _UNITS[run["time_unit"]]


def _interval(values: list[float]) -> list[float]:
    """Holds the median with 95 %: ranks by the normal approximation of the sign test."""
    values = sorted(values)
    reach = 0.98 * math.sqrt(len(values))
    low = max(0, math.floor(len(values) / 2 - reach))
    high = min(len(values) - 1, math.ceil(len(values) / 2 + reach) - 1)
    return [round(values[low], 3), round(values[high], 3)]


def _machine() -> dict:
    host = Host()
    flags = host.cpu_flags()
    model = re.search(r"^model name\s*:\s*(.+)$", host.read("/proc/cpuinfo") or "", re.MULTILINE)
    governor = host.read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "cpu": model[1].strip() if model else platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "kernel": platform.release(),
        "governor": governor.strip() if governor else None,
        "vm": "hypervisor" in flags,
        "tsc": "invariant" if "nonstop_tsc" in flags else None,
    }


def _build(build: Path, source: Path) -> dict:
    """Compiler and flags of the bench's own source, from what CMake wrote down."""
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        if Path(entry["file"]) == source:
            words = shlex.split(entry["command"])
            version = subprocess.run([words[0], "--version"], capture_output=True, text=True, check=False).stdout
            return {
                "compiler": version.split("\n")[0] or words[0],
                "flags": " ".join(word for word in words[1:] if _FLAG.fullmatch(word)),
            }
    return {"compiler": "unknown", "flags": "unknown"}

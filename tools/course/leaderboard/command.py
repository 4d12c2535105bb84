"""./course leaderboard: your handler against the reference, in one session; and the board of such results."""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from course import build, install
from course.grading.report_card import commit
from course.layout import Layout
from course.leaderboard import board, catching_up, paired
from course.packages import packages_for
from course.problem import Problem
from course.student import common
from course.terminal import Progress, say

LIMIT = 2.0
CANDIDATE = "08-07.student.release"
NOT_ASSESSED = 77


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course leaderboard."""
    parser.add_argument("--run", action="store_true", help="measure, and add the result (about three minutes)")
    parser.add_argument("--name", default=os.environ.get("USER", "you"), help="under which it is written")
    parser.add_argument("--file", type=Path, help="the board (default: .course/leaderboard.json; a .md beside it)")
    parser.add_argument("--pairs", type=int, default=paired.FEWEST_PAIRS, help="default: %(default)s")
    parser.add_argument("--limit", type=float, default=LIMIT, help="slower is who surely costs so many times as much")
    parser.add_argument("--candidate", type=Path, metavar="PROGRAM", help="default: your handler of stage 7")
    parser.add_argument("--reference", type=Path, metavar="PROGRAM", help="default: lln-handler")
    parser.add_argument("--no-file", action="store_true", help="measure only; exit code 1: slower, 77: inconclusive")
    common.add_build_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 whatever the verdict, unless --no-file makes it the question."""
    layout = Layout.of(options.build_dir)
    file = options.file or layout.state / "leaderboard.json"
    if not options.run:
        data = board.load(file)
        for line in board.table(data).rstrip("\n").split("\n") if data["entries"] else ["Nobody is on it yet."]:
            say(line)
        common.say_next(("./course leaderboard --run", "your handler of stage 7 against the reference"))
        return 0
    board.load(file)  # before minutes are spent
    if not options.no_file:
        board.require_writable(file)
    entry = measure(options, layout)
    say(told(entry))
    if options.no_file:
        return {"slower": 1, "inconclusive": NOT_ASSESSED}.get(entry["verdict"], 0)
    data = board.append(file, entry)
    place = [other["name"] for other in board.latest(data)].index(entry["name"]) + 1
    say(f"Place {place} of {len(board.latest(data))} in {layout.shown(file)} and {file.with_suffix('.md').name}")
    common.say_next(("./course leaderboard", "the table"))
    return 0


def measure(options: argparse.Namespace, layout: Layout) -> dict[str, Any]:
    """Rounds of candidate, reference and reference again, in random order; one more to warm up."""
    programs = _programs(options, layout)
    order = ["candidate", "reference", "twin"]
    costs: dict[str, list[float]] = {name: [] for name in order}
    said: dict[str, list[float]] = {"p50": [], "p99": []}
    progress = Progress("measure")
    with tempfile.TemporaryDirectory(prefix="lln-leaderboard-") as scratch:
        for round_ in range(options.pairs + 1):
            random.shuffle(order)
            progress.update(f"round {round_ + 1} of {options.pairs + 1}")
            for name in order:
                one = catching_up.once(programs["reference" if name == "twin" else name], programs["exchange"], Path(scratch))
                if not one.right:
                    progress.done("ended")
                    raise Problem(
                        f"the {name} does not come through the day: {one.reason}. First right, then fast.",
                        next_command="./course check 08-07",
                    )
                if round_ > 0:
                    costs[name].append(one.cpu_ns_per_message)
                    if name == "candidate":
                        for quantile, value in one.reported_ns.items():
                            said[quantile].append(value)
    progress.done(f"{options.pairs} pairs")
    ratios = [a / b for a, b in zip(costs["candidate"], costs["reference"])]
    twins = [a / b for a, b in zip(costs["twin"], costs["reference"])]
    verdict = paired.judge(ratios, twins, options.limit)
    return {
        "name": options.name,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit(layout.root),
        "verdict": verdict.word,
        "reason": verdict.reason,
        "ratio": round(verdict.ratio, 4),
        "ci95": [round(end, 4) for end in verdict.ci95],
        "noise_floor": round(verdict.noise_floor, 4),
        "limit": options.limit,
        "pairs": verdict.pairs,
        "messages": catching_up.MESSAGES,
        "cpu_ns_per_message": {name: round(statistics.median(costs[name]), 1) for name in ("candidate", "reference")},
        "reported_ns": {name: round(statistics.median(values)) for name, values in said.items() if values},
        "machine": {"cpu": _cpu(), "cores": len(os.sched_getaffinity(0)), "kernel": platform.release()},
    }


def told(entry: dict[str, Any]) -> str:
    """One paragraph."""
    cost, (low, high) = entry["cpu_ns_per_message"], entry["ci95"]
    verdict = entry["verdict"] + (f": {entry['reason']}" if entry["reason"] else "")
    return (
        f"{entry['name']}: {verdict}.\n"
        f"{cost['candidate']:.0f} ns of CPU time a message, the reference {cost['reference']:.0f} ns; "
        f"ratio {entry['ratio']:.2f} (95 % interval {low:.2f} to {high:.2f}, noise floor {entry['noise_floor']:.2f}, "
        f"{entry['pairs']} pairs, slower is above {entry['limit']:g})."
    )


def _programs(options: argparse.Namespace, layout: Layout) -> dict[str, Path]:
    targets = ["lln-exchange"]
    targets += [CANDIDATE] if options.candidate is None else []
    targets += ["lln-handler"] if options.reference is None else []
    install.ensure(packages_for(layout.preset), layout.logs)
    with build.locked(layout):
        build.configure_if_needed(layout)
        built = build.compile_targets(layout, targets)
    if not built.ok:
        raise Problem("it does not compile.", details=built.first_error, next_command="./course check 08-07")
    made = layout.build / "exercises" / "08-07" / "student.release"
    return {
        "exchange": layout.program("lln-exchange"),
        "candidate": (options.candidate or made).resolve(),
        "reference": (options.reference or layout.program("lln-handler")).resolve(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()

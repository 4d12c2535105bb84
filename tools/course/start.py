"""./course start: from a fresh clone to the final project's latency report."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path

from course import build, cpus, feed_run, install
from course.layout import Layout
from course.packages import packages_for
from course.problem import Problem
from course.report import page, result_file
from course.terminal import Progress, paint, say

SYMBOLS = 8000
RATE = 1_000_000
ONE_CORE_RATE = 20_000  # both programs take turns on one core: enough to see it work
_KEPT_RUNS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course start."""
    parser.add_argument("--rate", type=_positive_int, metavar="N", help=f"messages/s (default: {RATE})")
    parser.add_argument("--seconds", type=_positive_int, default=5, metavar="N", help="length of the day (default: 5)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of flow and losses (default: 1)")
    parser.add_argument(
        "--loss", type=_percent, default=0.1, metavar="PERCENT", help="independent loss on each line (default: 0.1)"
    )
    parser.add_argument("--build-dir", metavar="DIR", help="build there instead of build/default")


def run(options: argparse.Namespace) -> int:
    """Installs, builds, runs, reports. Exit code 0 only when every message arrived and every book is right."""
    layout = Layout.of(options.build_dir)
    installed = install.ensure(packages_for(layout.preset), layout.logs)
    with build.locked(layout):
        build.configure_if_needed(layout, force=installed)
        built = build.compile_targets(layout, ["lln-exchange", "lln-handler"])
    if not built.ok:
        raise Problem(
            "the final project does not compile; the first error stands above.",
            details=built.first_error,
            log=layout.logs / "build.log",
            next_command=f"cmake --build {layout.shown(layout.build)} --target lln-exchange lln-handler",
        )
    directory = _run_directory(layout)
    result = feed_run.run(*_plan(layout, directory, options))
    _publish(layout, result)
    for line in result.handler_output:
        say(line)
    say()
    say(f"This report with plots: {layout.shown(layout.reports / 'final-project.html')}")
    say(f"              as data: {layout.shown(layout.reports / 'final-project.json')}")
    if result.handler_code != 0:
        raise Problem(
            f"the handler is not content: {_reason(result)} (exit code {result.handler_code}).",
            log=directory / "handler.log",
            next_command=feed_run.NEXT_COMMAND,
        )
    _print_next()
    return 0


def _plan(layout: Layout, directory: Path, options: argparse.Namespace):
    pair = cpus.two_cores()
    rate = options.rate or (RATE if pair else ONE_CORE_RATE)
    say(paint("Final project", "bold") + ": exchange -> two multicast lines on loopback -> handler -> order books")
    say(f"  {rate:,} messages/s for {options.seconds} s, {SYMBOLS:,} symbols, {options.loss:g} % loss on each line")
    if pair:
        say(f"  exchange on CPU {pair[0]}, handler on CPU {pair[1]}")
    elif options.rate is None:
        say(f"  Only one CPU is allowed here: both share it, at {rate:,} instead of {RATE:,} messages/s.")
        say("  The latencies below are the scheduler's, not the handler's.")
    else:
        say("  Only one CPU is allowed here: both share it.")
        say("  The latencies below are the scheduler's, not the handler's.")
    loss = str(options.loss / 100)
    flow = ["--symbols", str(SYMBOLS), "--rate", str(rate), "--seconds", str(options.seconds)]
    plan = feed_run.FeedRunOptions(
        exchange=layout.program("lln-exchange"),
        handler=layout.program("lln-handler"),
        directory=directory,
        root=layout.root,
        exchange_args=[
            *flow, "--work-ahead", str(_work_ahead(rate * options.seconds)),
            "--seed", str(options.seed), "--loss-a", loss, "--loss-b", loss,
        ],
        handler_args=["--one-way"],
        exchange_cpu=pair[0] if pair else None,
        handler_cpu=pair[1] if pair else None,
        run_limit_s=options.seconds + 60.0,
    )
    progress = Progress("run")
    return plan, progress.update


def _work_ahead(messages: int) -> int:
    """The whole day made before it starts, so that its core is left to publishing; at most a third of free memory."""
    bytes_a_message = 64
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(messages, free // 3 // bytes_a_message))


def _reason(result: feed_run.FeedRunResult) -> str:
    said = [line.strip() for line in result.handler_output if line.strip()]
    return said[-1].rstrip(".") if said else "it gives no reason"


def _publish(layout: Layout, result: feed_run.FeedRunResult) -> None:
    """Puts the report where it is looked for, each file at once: two runs may end at the same time."""
    target = layout.reports / "final-project.json"
    curves = target.with_suffix("")
    curves.mkdir(parents=True, exist_ok=True)
    for old in curves.glob("*.hgrm"):
        if not (result.hgrm / old.name).exists():
            old.unlink(missing_ok=True)
    for curve in sorted(result.hgrm.glob("*.hgrm")):
        _copy_at_once(curve, curves / curve.name)
    _copy_at_once(result.report, target)
    page.write(result_file.load(result.report, curves=result.hgrm), target.with_suffix(".html"))


def _copy_at_once(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def _run_directory(layout: Layout) -> Path:
    """A directory of its own for this run; old ones go."""
    runs = layout.logs / "final-project"
    directory = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    directory.mkdir(parents=True, exist_ok=True)
    hour_ago = time.time() - 3600
    for old in sorted(runs.iterdir())[:-_KEPT_RUNS]:
        if old.stat().st_mtime < hour_ago:  # never one that may still be running
            shutil.rmtree(old, ignore_errors=True)
    return directory


def _print_next() -> None:
    say()
    say(paint("What next", "bold"))
    say("  ./course next             the first exercise, and how to begin it")
    say("  ./course doctor           what this machine can do, and what to change for better figures")
    say("  ./course test             builds and tests everything; takes some minutes")
    say("  final_project/README.md   the two programs by hand: losses, outages, a live order book")


def _positive_int(text: str) -> int:
    value = int(text.replace("_", "").replace(",", ""))
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value < 100:
        raise argparse.ArgumentTypeError(f"{text} is not a percentage from 0 to below 100")
    return value

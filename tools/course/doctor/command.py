"""Runs the checks and prints them."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict

from course.doctor import kernel, limits, network, processor
from course.doctor.check import LIMITED, MISSING, NOT_HERE, NOTHING_TO_DO, OK, Finding, Host
from course.terminal import paint, say

_LIMIT_S = 5.0
_COLOURS = {OK: "green", LIMITED: "yellow", MISSING: "red"}

CHECKS: tuple[tuple[str, Callable[[Host], Finding]], ...] = (
    ("cores", processor.cores),
    ("affinity", processor.affinity),
    ("TSC", processor.tsc),
    ("clocksource", processor.clocksource),
    ("governor", processor.governor),
    ("hypervisor", processor.hypervisor),
    ("real-time priority", limits.realtime),
    ("locked memory", limits.locked_memory),
    ("huge pages", limits.huge_pages),
    ("transparent huge pages", limits.transparent_huge_pages),
    ("socket buffers", limits.socket_buffers),
    ("multicast on loopback", network.multicast_on_loopback),
    ("software RX timestamp", network.software_receive_timestamp),
    ("software TX timestamp", network.software_transmit_timestamp),
    ("hardware timestamps", network.hardware_timestamps),
    ("user namespaces", kernel.user_namespaces),
    ("BPF", kernel.bpf),
    ("performance counters", kernel.performance_counters),
    ("io_uring", kernel.io_uring),
    ("AF_XDP", kernel.af_xdp),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ./course doctor."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Prints every finding. Exit code 0: a machine is what it is."""
    findings = {name: run_check(check, Host()) for name, check in CHECKS}
    if options.json:
        say(json.dumps([{"name": name, **asdict(finding)} for name, finding in findings.items()], indent=2))
        return 0
    width = max(len(name) for name in findings)
    for name, finding in findings.items():
        mark = paint(f"{finding.state:8}", _COLOURS[finding.state])
        text = [finding.found, finding.consequence, _fix_text(finding.fix)]
        if finding.state == OK:
            text = [f"{finding.found}: {finding.consequence}"]
        for index, line in enumerate(text):
            say(f"{mark} {name:{width}}  {line}" if index == 0 else f"{'':9}{'':{width}}  {line}")
    count = Counter(finding.state for finding in findings.values())
    say()
    say(f"{count[OK]} ok, {count[LIMITED]} limited, {count[MISSING]} missing; where it says ok there is nothing to do")
    return 0


def _fix_text(fix: str) -> str:
    return fix if fix in (NOTHING_TO_DO, NOT_HERE) else f"fix: {fix}"


def run_check(check: Callable[[Host], Finding], host: Host) -> Finding:
    """One check; a check that breaks or hangs is a finding too."""
    try:
        with _time_limit(_LIMIT_S):
            return check(host)
    except TimeoutError:
        return Finding(MISSING, f"no answer within {_LIMIT_S:g} s", "unknown", NOTHING_TO_DO)
    except Exception as error:  # a check must never stop the others
        return Finding(MISSING, f"the check itself failed: {type(error).__name__}: {error}", "unknown", NOTHING_TO_DO)


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

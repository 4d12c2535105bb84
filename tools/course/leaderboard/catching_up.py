"""One handler through one day, and the CPU time that a message costs it.

A handler that spins uses a whole CPU however fast it is, so its CPU time alone says nothing. Here it is stopped again
and again (SIGSTOP) while packets gather in its sockets, and runs only until they are empty: it is always catching up,
and nearly all of its CPU time is work. The figure comes from the kernel, not from the handler; it holds on a busy
machine too, where times on the clock do not.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course import feed_run
from course.cpus import two_cores
from course.problem import Problem

# 30 messages a packet, and in 6 ms fewer packets than a socket of default size (212,992 bytes) holds.
DAY = ["--symbols", "500", "--live-orders", "20000", "--rate", "250000", "--messages", "250000"]
DAY += ["--pack-us", "100", "--end-ms", "200", "--seed", "8"]
MESSAGES = 250_000
STOPPED_S = 0.006
_SILENT_ROUNDS = 25  # found empty so often: the day is over
_PATIENT_ROUNDS = 300  # so long nothing comes: whoever has not joined is not stopped for ever
_A_BACKLOG = 8192  # bytes; what comes in the silence behind the day is less
_LEAST_RUN_S = 0.0005


@dataclass(frozen=True)
class Run:
    """What one day cost. `right`: every message came, and the books are those of the exchange."""

    right: bool
    reason: str
    cpu_ns_per_message: float
    reported_ns: dict[str, float]  # what the handler says of itself: p50, p99


def once(handler: Path, exchange: Path, directory: Path) -> Run:
    """Raises Problem when a program does not start or does not end."""
    cores = two_cores()
    options = feed_run.FeedRunOptions(
        exchange=exchange,
        handler=handler,
        directory=directory,
        exchange_args=DAY,
        handler_args=["--quiet"],
        exchange_cpu=cores[0] if cores else None,
        handler_cpu=cores[1] if cores else None,
    )
    stopper = _Stopper(cores[0] if cores else None)
    result = feed_run.run(options, around=stopper.around)
    cost = (stopper.cpu_after_s - stopper.cpu_before_s) / MESSAGES * 1e9
    report = _report(result.report)
    reason = {
        3: "messages were lost for good", 4: "a book is not that of the exchange", 5: "the day did not come to its end",
        6: "nothing was received",
    }.get(result.handler_code, f"it ended with exit code {result.handler_code}")  # fmt: skip
    return Run(result.handler_code == 0, "" if result.handler_code == 0 else reason, cost, report)


class _Stopper:
    """Stops and continues one process, by how full its sockets are.

    What the process has used before the first packet, and after the last backlog (its report, the end of its memory: as
    much as all the messages of a short day), is not between the two figures.
    """

    def __init__(self, cpu: int | None) -> None:
        self._cpu = cpu
        self.cpu_before_s = 0.0
        self.cpu_after_s = 0.0
        self._over = threading.Event()

    @contextlib.contextmanager
    def around(self, pid: int, ready: dict[str, object]) -> Iterator[None]:
        """From before the first packet to the end. However it is left, the process runs again."""
        ports = {int(str(ready[line]).rpartition(":")[2]) for line in ("line_a", "line_b")}
        os.kill(pid, signal.SIGSTOP)
        _wait_until_stopped(pid)
        self.cpu_before_s = self.cpu_after_s = cpu_s(pid)
        thread = threading.Thread(target=self._rounds, args=(pid, ports), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            _signal(pid, signal.SIGCONT)

    def _rounds(self, pid: int, ports: set[int]) -> None:
        if self._cpu is not None:  # of this thread only: beside the exchange, not in the handler's way
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {self._cpu})
        silent = 0
        patience = _PATIENT_ROUNDS
        while not self._over.is_set() and silent < _SILENT_ROUNDS:
            _signal(pid, signal.SIGSTOP)
            time.sleep(STOPPED_S)
            waiting = queued(ports)
            if not waiting and self.cpu_after_s == self.cpu_before_s and patience > 0:
                patience -= 1  # the day has not begun
                continue
            _signal(pid, signal.SIGCONT)
            if waiting < _A_BACKLOG:
                silent += 1
                time.sleep(_LEAST_RUN_S)
                continue
            silent = 0
            while queued(ports) > 0 and not self._over.is_set():
                pass
            self.cpu_after_s = cpu_s(pid) or self.cpu_after_s
        _signal(pid, signal.SIGCONT)


def queued(ports: set[int], table: Path = Path("/proc/net/udp")) -> int:
    """Bytes that wait in the UDP sockets bound to these ports."""
    total = 0
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if int(words[1].rpartition(":")[2], 16) in ports:
            total += int(words[4].rpartition(":")[2], 16)
    return total


def cpu_s(pid: int) -> float:
    """CPU time of all threads so far, to the nanosecond."""
    total = 0
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def _wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] not in "TZ":
        if time.monotonic() > deadline:
            raise Problem(f"process {pid} could not be stopped.")
        time.sleep(0.0005)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _report(file: Path) -> dict[str, float]:
    """p50 and p99 of what the handler measured itself, from receipt to book. Empty when it measured nothing."""
    try:
        series = json.loads(file.read_text(encoding="utf-8"))["series"]
        quantiles = next(one["quantiles"] for one in series if one["name"] == "kernel_rx_to_book")
        return {name: float(quantiles[name]) for name in ("p50", "p99") if name in quantiles}
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return {}

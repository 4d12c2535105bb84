#!/usr/bin/env python3
"""EchoServer beside its peers, in turns: sockperf (spinning, one connection) and Boost.Asio (1 and 64 connections).

Every round gives each contestant a turn with fresh processes, in random order; ratios are taken inside a round. The server
runs on the last processor that this process may use, the client on the first. sockperf runs with its own client, all other
servers with lln-echo-client; a peer that is not there is left out, and the result says so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from course import echo_run  # noqa: E402

SKIPPED = 77
SIZE = "64"


@dataclass
class Contestant:
    """One row: what a turn measures, and what came out so far."""

    name: str
    title: str
    unit: str  # "us": median round trip of a turn; "answers/s"
    turn: Callable[[], float]
    beside: str = ""  # the contestant to which its ratio is taken
    values: list[float] = field(default_factory=list)


class Bench:
    """The programs and the processors."""

    def __init__(self, build: Path, seconds: float) -> None:
        self.build = build
        self.seconds = seconds
        cpus = sorted(os.sched_getaffinity(0))
        self.client_cpu, self.server_cpu = str(cpus[0]), str(cpus[-1])
        self.header: dict[str, Any] = {}
        self.shares: dict[str, float] = {}

    def program(self, name: str) -> str:
        """As it is written in commands: below the root."""
        return str(self.build / "bin" / name)

    def ours(self, back_end: str, kind: str, client: list[str], unit: str, name: str) -> Callable[[], float]:
        """EchoServer."""
        listen = {"tcp": "127.0.0.1:0", "udp": "127.0.0.1:0", "unix": f"@lln-bench-{os.getpid()}"}[kind]
        server = [self.program("lln-echo-server"), f"--{kind}", listen, "--back-end", back_end, "--cpus", self.server_cpu]
        return lambda: self._turn(server, kind, client, unit, name)

    def asio(self, client: list[str], unit: str, name: str) -> Callable[[], float]:
        """The same client against lln-asio-echo."""
        server = ["taskset", "-c", self.server_cpu, self.program("lln-asio-echo")]
        return lambda: self._turn(server, "tcp", ["--raw", *client], unit, name)

    def sockperf(self, kind: str) -> Callable[[], float]:
        """sockperf with both ends spinning; the median round trip in us."""
        return lambda: self._sockperf_turn(["--tcp"] if kind == "tcp" else [])

    def _turn(self, server: list[str], kind: str, client: list[str], unit: str, name: str) -> float:
        with echo_run.Server(server) as running:
            address = f"{kind}:{running.addresses[kind]}"
            command = [self.program("lln-echo-client"), address, "--cpu", self.client_cpu, "--size", SIZE]
            run = echo_run.ClientRun([*command, "--seconds", str(self.seconds), *client])
        self.header = run.data
        self.shares[name] = run.data["summary"]["closed"]["share_under"]
        return run.p50_ns * 1e-3 if unit == "us" else run.per_second

    def _sockperf_turn(self, transport: list[str]) -> float:
        port = _free_port(socket.SOCK_STREAM if transport else socket.SOCK_DGRAM)
        where = [*transport, "-i", "127.0.0.1", "-p", str(port), "--nonblocked"]
        command = ["taskset", "-c", self.server_cpu, "sockperf", "sr", *where]
        server = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=echo_run.die_with_parent
        )
        try:
            _wait_until_bound("tcp" if transport else "udp", port, server)
            client = ["taskset", "-c", self.client_cpu, "sockperf", "pp", *where, "--full-rtt", "-m", SIZE]
            client += ["-t", str(max(1, round(self.seconds)))]
            said = subprocess.run(client, capture_output=True, text=True, check=False).stdout
        finally:
            server.terminate()
            server.wait()
        median = re.search(r"percentile 50\.0+\s*=\s*([\d.]+)", said)
        if median is None:
            last = (said.strip().splitlines() or ["nothing"])[-1]
            raise echo_run.Failed(f"{' '.join(client)}: no percentile 50; it said: {last}")
        return float(median[1])


def _free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_bound(transport: str, port: int, server: subprocess.Popen[bytes]) -> None:
    """sockperf announces nothing through a pipe before it ends: the kernel's table says when it listens."""
    wanted = f":{port:04X} "
    while server.poll() is None:
        table = Path(f"/proc/net/{transport}").read_text(encoding="ascii").splitlines()[1:]
        if any(wanted in line.split(maxsplit=2)[1] + " " for line in table):
            return
        time.sleep(0.01)
    raise echo_run.Failed(f"sockperf ended with status {server.returncode} before it listened on port {port}")


def contestants(bench: Bench, notes: list[str]) -> list[Contestant]:
    """All rows; those of a missing peer become notes."""
    rows: list[Contestant] = []

    def ours(name: str, title: str, unit: str, setup: tuple[str, str, list[str]], beside: str = "") -> None:
        back_end, kind, client = setup
        rows.append(Contestant(name, title, unit, bench.ours(back_end, kind, client, unit, name), beside))

    if shutil.which("sockperf"):
        for kind in ("udp", "tcp"):
            for again in ("", "-again"):
                beside = f"sockperf-{kind}" if again else ""
                title = f"{kind.upper()}, both spin: sockperf{' again' if again else ''}"
                rows.append(Contestant(f"sockperf-{kind}{again}", title, "us", bench.sockperf(kind), beside))
    else:
        notes.append("sockperf is not installed: not measured beside ours.")
    for kind in ("udp", "tcp"):
        ours(f"spin-{kind}", f"{kind.upper()}, both spin: EchoServer", "us", ("spin", kind, []), f"sockperf-{kind}")
    asio = Path(bench.program("lln-asio-echo")).is_file()
    if not asio:
        notes.append("lln-asio-echo is not built (cmake --build --preset default --target lln-asio-echo): not measured.")
    for connections, unit in ((1, "us"), (64, "answers/s")):
        client = ["--connections", str(connections)]
        title = f"TCP, {connections} connection{'s' if connections > 1 else ''}, server sleeps"
        for again in ("", "-again") if asio else ():
            name = f"asio-{connections}{again}"
            row_title = f"{title}: Boost.Asio{' again' if again else ''}"
            beside = f"asio-{connections}" if again else ""
            rows.append(Contestant(name, row_title, unit, bench.asio(client, unit, name), beside))
        name = f"epoll-{connections}"
        ours(name, f"{title}: EchoServer, epoll", unit, ("epoll", "tcp", client), f"asio-{connections}")
    pipelined = ["--connections", "8", "--pipeline", "64"]
    for kind in ("tcp", "unix"):
        title = f"{kind.upper() if kind == 'tcp' else 'Unix'}, 8 connections, 64 requests on their way on each: EchoServer, epoll"
        ours(f"pipelined-{kind}", title, "answers/s", ("epoll", kind, pipelined))
    return rows


def result(rows: list[Contestant], bench: Bench, command: str, notes: list[str]) -> dict[str, Any]:
    """The result file; machine and build as the client's own results say."""
    by_name = {row.name: row for row in rows}
    series, ratios = [], {}
    for row in rows:
        if not row.values:
            continue
        entry = {
            "name": row.name,
            "title": row.title,
            "unit": row.unit,
            "n": len(row.values),
            "quantiles": {"p50": round(statistics.median(row.values), 3)},
            "min": round(min(row.values), 3),
            "max": round(max(row.values), 3),
            "rounds": [round(value, 3) for value in row.values],
        }
        other = by_name.get(row.beside)
        found = echo_run.ratio(row.values, other.values) if other else None
        if found:
            entry["ratio_to"] = {"name": row.beside, "median": round(found[0], 4), "ci95": found[1]}
            entry["ci95"] = found[1]  # of the ratio
            ratios[row.name] = round(found[0], 4)
        series.append(entry)
    return {
        "schema": "lln/result/v1",
        "what": "EchoServer beside sockperf and Boost.Asio",
        "command": command,
        **{key: bench.header[key] for key in ("commit", "time", "machine", "build")},
        "load": {"kind": "closed", "rate": None},
        "series": series,
        "summary": {"ratio": ratios, "share_under_1ms": bench.shares},
        "notes": [
            "n counts rounds. us: the median round trip of a turn; answers/s: of a whole turn. Turns are interleaved, each "
            "with processes of its own; ratios are the median of the rounds'.",
            f"64-byte messages, {bench.seconds:g} s a turn, server on CPU {bench.server_cpu}, client on CPU {bench.client_cpu}, "
            "which spins. Loopback.",
            "load average at the end: " + ", ".join(f"{load:.2f}" for load in os.getloadavg()),
            *notes,
        ],
    }


def _priority() -> list[str]:
    """How this was started, if not as usual: the contestants inherit it."""
    if os.sched_getscheduler(0) == os.SCHED_FIFO:
        return ["chrt", "-f", str(os.sched_getparam(0).sched_priority)]
    return ["nice", "-n", str(os.nice(0))] if os.nice(0) else []


def patiently(row: Contestant, notes: list[str], tries: int = 3) -> float:
    """A turn; on a busy machine two ends that spin may get no answer at all in one, and then it is repeated and told."""
    while True:
        try:
            return row.turn()
        except echo_run.Failed as error:
            tries -= 1
            if tries == 0:
                raise
            notes.append(f"{row.name}: a turn was repeated: {str(error).splitlines()[-1]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn; sockperf knows whole seconds only")
    parser.add_argument("--build", type=Path, default=Path("build/default"))
    parser.add_argument("--only", default="", help="contestants whose names begin so; separated by commas")
    parser.add_argument("--json", type=Path, help="write the result file")
    options = parser.parse_args()
    os.chdir(ROOT)
    if len(os.sched_getaffinity(0)) < 2:
        print("skipped: two ends that spin need two processors, and this process may use one")
        return SKIPPED

    notes: list[str] = []
    bench = Bench(options.build, options.seconds)
    rows = contestants(bench, notes)
    if options.only:
        rows = [row for row in rows if row.name.startswith(tuple(options.only.split(",")))]
    for turn in range(options.rounds):
        for row in random.sample(rows, len(rows)):
            row.values.append(patiently(row, notes))
        print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)

    command = " ".join([*_priority(), "modules/07-applications/bench/echo_peers.py", *sys.argv[1:]])
    data = result(rows, bench, command, notes)
    for entry in data["series"]:
        beside = entry.get("ratio_to")
        ratio = f"  {beside['median']:.3f} {beside['ci95']} x {beside['name']}" if beside else ""
        print(f"{entry['title']:75} {entry['quantiles']['p50']:12,.2f} {entry['unit']}{ratio}")
    if options.json:
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

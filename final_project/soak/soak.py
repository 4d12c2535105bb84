"""Runs the feed handler for a long time while things go wrong around it, and says whether it came through.

    python3 final_project/soak/soak.py --seconds 60

A round is one handler process. Its exchange is killed in the middle of the day and another takes over, with a new
session on the same groups; the last session of a round ends properly, and then all books must equal the exchange's.
See README.md.
"""

import argparse
import contextlib
import json
import os
import random
import shlex
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests"))

from faults import Faults, RerequestRelay, SteppedClock, outages  # noqa: E402
from memory import Samples  # noqa: E402
from programs import BIN, Program, random_lines  # noqa: E402

# The handler's reorder window is touched as it is used: 64 MiB, and 8 MiB of tables. What grows beyond that is a leak.
WINDOW_MIB = 64
LIMIT_MIB = 80
GROWTH_MIB = 4  # once the window has been touched: from the third quarter of a round to the fourth


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of publishing, all rounds together")
    parser.add_argument("--rounds", type=int, help="handler processes (default: one in 10 minutes, 2 at least)")
    parser.add_argument("--crashes", type=int, default=1, help="times a round that the exchange is killed")
    parser.add_argument("--rate", type=int, default=500_000, help="messages a second")
    parser.add_argument("--symbols", type=int, default=2000)
    parser.add_argument("--live-orders", type=int, default=200_000)
    parser.add_argument("--loss", type=float, default=0.001, help="share of packets lost on each line, all the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--summary", help="write the result file (lln/result/v1) here")
    parser.add_argument("--clock-library", default=os.path.join(os.path.dirname(BIN), "lib", "liblln_clock_steps.so"))
    options = parser.parse_args()
    options.rounds = options.rounds or max(2, round(options.seconds / 600))
    return options


class Round:
    """One handler process, and the exchanges that it sees."""

    def __init__(self, options, number, seconds, stack, directory):
        self.options, self.number, self.seconds = options, number, seconds
        self.stack, self.directory = stack, directory
        self.random = random.Random(options.seed * 1000 + number)
        self.line_a, self.line_b = random_lines()
        self.relay = self.kept(RerequestRelay())
        clocks = [self.path("clock-exchange"), self.path("clock-handler")]
        self.clocks = [self.kept(SteppedClock(options.clock_library, clock)) for clock in clocks]
        self.exchanges = []
        self.outages = 0
        self.glimpse = "127.0.0.1:0"

    def kept(self, thing):
        self.stack.callback(thing.close)
        return thing

    def addCleanup(self, action):  # as Program expects it of a test case
        self.stack.callback(action)

    def path(self, name):
        return os.path.join(self.directory, f"{self.number}-{name}")

    def start(self, clock, name, words):
        return Program(self, name, words, clock.environment)

    def start_exchange(self, seconds, crashes):
        """Ready, and holding. One that crashes has a longer day than it lives."""
        options = self.options
        trouble, count = outages(self.random, seconds)
        self.outages += count
        index = len(self.exchanges)
        words = ["--hold", "--quiet", "--line-a", self.line_a, "--line-b", self.line_b, "--glimpse", self.glimpse]
        words += ["--rate", options.rate, "--seconds", seconds + (60 if crashes else 0)]
        words += ["--seed", self.random.randrange(1, 1 << 30)]
        words += ["--symbols", options.symbols, "--live-orders", options.live_orders, "--end-ms", 1_000_000]
        words += ["--skew-b", 20]
        for line in "ab":
            for trouble_kind in ("loss", "duplicate", "reorder"):
                words += [f"--{trouble_kind}-{line}", options.loss]
        words += ["--digests", self.path(f"digests-{index}"), "--report", self.path(f"exchange-{index}.json")] + trouble
        exchange = self.start(self.clocks[0], "lln-exchange", words)
        ready = json.loads(exchange.wait_for_line("out", "ready {")[len("ready ") :])
        self.relay.follow(ready["rerequest"])
        self.glimpse = ready["glimpse"]
        self.exchanges.append(exchange)
        return exchange

    def segments(self):
        """The lengths of the sessions: all but the last end by a crash."""
        weights = [self.random.uniform(1, 2) for _ in range(self.options.crashes + 1)]
        return [self.seconds * weight / sum(weights) for weight in weights]

    def run(self):
        segments = self.segments()
        last = len(segments) - 1
        exchange = self.start_exchange(segments[0], last > 0)
        words = ["--line-a", self.line_a, "--line-b", self.line_b]
        words += ["--rerequest", self.relay.address, "--glimpse", self.glimpse]
        words += ["--quiet", "--idle-exit", 60, "--report", self.path("handler.json")]
        words += ["--expect-digests", self.path(f"digests-{last}")]
        handler = self.start(self.clocks[1], "lln-handler", words)
        handler.wait_for_line("out", "ready")
        memory = self.kept(Samples(handler.pid, min(1.0, self.seconds / 40)))
        faults = self.kept(Faults(self.random, self.relay, self.clocks, min(3.0, self.seconds / 8)))
        for index, seconds in enumerate(segments):
            send_go(exchange)
            if index == last:
                break
            time.sleep(seconds)
            exchange.interrupt(signal.SIGKILL)
            exchange.wait()
            exchange = self.start_exchange(segments[index + 1], index + 1 < last)
        code = wait_for(handler, segments[last] + 120)
        faults.close()
        memory.close()
        exchange.interrupt()
        exchange.wait()
        return self.judge(handler, code, memory, faults)

    def judge(self, handler, code, memory, faults):
        report = read_json(self.path("handler.json"))
        summary = report.get("summary", {})
        exchange = read_json(self.path(f"exchange-{len(self.exchanges) - 1}.json"))
        growth = memory.growth_mib()
        problems = []
        if code is None:
            problems.append("the handler did not end")
        elif code != 0 and not (code == 3 and self.options.crashes > 0):  # what dies with a session stays lost
            problems.append(f"the handler's exit code is {code}: {(handler.err or handler.out).splitlines()[-1:]}")
        if not summary.get("ended"):
            problems.append("the last session was not received to its end")
        if summary.get("digests_compared") != self.options.symbols or summary.get("digest_mismatches") != 0:
            wrong, compared = summary.get("digest_mismatches"), summary.get("digests_compared")
            problems.append(f"{wrong} of {compared} books differ from the exchange's")
        if memory.mib and max(memory.mib) - memory.mib[0] > LIMIT_MIB:
            problems.append(f"memory grew by {max(memory.mib) - memory.mib[0]:.0f} MiB")
        settled = memory.mib and memory.mib[len(memory.mib) // 2] - memory.mib[0] >= WINDOW_MIB
        if settled and growth is not None and growth > GROWTH_MIB:
            problems.append(f"memory still grew by {growth:.1f} MiB from the third quarter to the fourth")
        more = summary.get("more", {})
        return {
            "round": self.number,
            "problems": problems,
            "exit_code": code,
            "seconds": round(self.seconds, 1),
            "sessions": len(self.exchanges),
            "last_session": {
                "messages": exchange.get("messages"),
                "rate_msgs_per_s": round(exchange.get("rate_msgs_per_s") or 0),
                "lateness_p99_us": round((exchange.get("lateness_ns", {}).get("p99") or 0) / 1000),
            },
            "messages": summary.get("messages"),
            "digests_compared": summary.get("digests_compared"),
            "digest_mismatches": summary.get("digest_mismatches"),
            "unrecovered": summary.get("unrecovered"),
            "recovered": summary.get("recovered"),
            "snapshots": more.get("snapshots"),
            "snapshots_failed": more.get("snapshots_failed"),
            "feed_lost": more.get("feed_lost"),
            "requests_sent": more.get("requests_sent"),
            "kernel_drops": sum(line.get("kernel_drops", 0) for line in summary.get("lines", {}).values()),
            "line_outages": self.outages,
            "faults": faults.counts,
            "relayed_requests": self.relay.requests,
            "resident_mib": {
                "first": round(memory.mib[0], 1) if memory.mib else None,
                "last": round(memory.mib[-1], 1) if memory.mib else None,
                "max": round(max(memory.mib), 1) if memory.mib else None,
                "third_to_fourth_quarter": None if growth is None else round(growth, 2),
                "over_time": [round(mib, 1) for mib in memory.mib[:: max(1, len(memory.mib) // 20)]],
            },
        }, memory.points, report


def send_go(exchange):
    exchange.process.stdin.write("\n")
    exchange.process.stdin.flush()


def wait_for(program, seconds):
    deadline = time.monotonic() + seconds
    while program.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if program.process.poll() is None:
        return None
    return program.wait()


def read_json(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def result_file(options, rounds, curves, report):
    """The whole run in the format of the course's other results; machine and build as the handler tells them."""
    values = sorted(mib for points in curves for _, mib in points)
    pick = lambda share: values[min(len(values) - 1, int(share * len(values)))] if values else None  # noqa: E731
    return {
        "schema": "lln/result/v1",
        "what": "final project: soak of the feed handler with faults",
        "command": "python3 final_project/soak/soak.py " + shlex.join(sys.argv[1:]),
        "commit": report.get("commit", "unknown"),
        "time": report.get("time", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        "machine": report.get("machine", {"cpu": "?", "cores": os.cpu_count() or 1, "kernel": os.uname().release}),
        "build": report.get("build", {"compiler": "unknown", "flags": "unknown"}),
        "load": {"kind": "open", "rate": options.rate},
        "series": [
            {
                "name": "handler_resident",
                "title": "resident memory of the handler, all rounds",
                "unit": "MiB",
                "n": len(values),
                "quantiles": {"p50": pick(0.5), "p99": pick(0.99)},
                "min": values[0] if values else None,
                "max": values[-1] if values else None,
            }
        ],
        "notes": [
            "a round is one handler process; all its sessions but the last end by SIGKILL of the exchange; what died "
            "with them counts as unrecovered",
            "resident memory grows while the reorder window is touched for the first time, by 64 MiB at most",
        ],
        "summary": {
            "passed": all(not one["problems"] for one in rounds),
            "seconds": options.seconds,
            "sessions": sum(one["sessions"] for one in rounds),
            "crashes": options.crashes * len(rounds),
            "messages": sum(one["messages"] or 0 for one in rounds),
            "digests_compared": sum(one["digests_compared"] or 0 for one in rounds),
            "digest_mismatches": sum(one["digest_mismatches"] or 0 for one in rounds),
            "line_outages": sum(one["line_outages"] for one in rounds),
            "faults": {name: sum(one["faults"][name] for one in rounds) for name in rounds[0]["faults"]},
            "rounds": rounds,
        },
    }


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the stack unwinds
    options = arguments()
    rounds, curves, report = [], [], {}
    for number in range(options.rounds):
        with contextlib.ExitStack() as stack:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="lln-soak-"))
            outcome, points, report = Round(options, number, options.seconds / options.rounds, stack, directory).run()
        rounds.append(outcome)
        curves.append(points)
        verdict = "; ".join(outcome["problems"]) or "books equal"
        memory = outcome["resident_mib"]
        print(
            f"round {number + 1} of {options.rounds}: {outcome['sessions']} sessions, {outcome['messages']} messages, "
            f"{outcome['snapshots']} snapshots, {outcome['requests_sent']} requests, memory {memory['first']} to "
            f"{memory['last']} MiB: {verdict}",
            flush=True,
        )
    result = result_file(options, rounds, curves, report)
    if options.summary:
        with open(options.summary, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    print("passed" if result["summary"]["passed"] else "failed", flush=True)
    return 0 if result["summary"]["passed"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)

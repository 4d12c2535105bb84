#!/usr/bin/env python3
"""Measures, on this machine, from a packet to a decision in another process, and what publishing costs the handler.

Rounds with and without --shm take turns. The result is the round with the median p50; all rounds stand in its summary.

    final_project/publishing/tick_to_decision.py --report solutions/final_project/results/tick-to-decision.json
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/default/bin"), help="where the programs are")
    parser.add_argument("--rate", type=int, default=200_000, help="messages a second")
    parser.add_argument("--seconds", type=int, default=5, help="of each round")
    parser.add_argument("--rounds", type=int, default=5, help="with --shm, and as many without")
    parser.add_argument("--report", help="write the result here")
    return parser.parse_args()


def one_round(options, folder, shared):
    """The reports (handler, strategy) of one day; the strategy's is None without shared memory."""
    third, port = random.randrange(1, 255), random.randrange(20000, 32000, 2)
    lines = ["--line-a", f"239.194.{third}.1:{port}", "--line-b", f"239.194.{third}.2:{port + 1}"]
    report, decisions = os.path.join(folder, "handler.json"), os.path.join(folder, "strategy.json")
    name = f"tick-{os.getpid()}"
    programs = []

    def start(program, *words, ready="ready"):
        process = subprocess.Popen(
            [os.path.join(options.bin, program), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        programs.append(process)
        if not next((line for line in process.stdout if line.startswith(ready)), None):
            raise SystemExit(f"{program} did not begin")
        return process

    try:
        day = ["--rate", str(options.rate), "--seconds", str(options.seconds), "--end-ms", "60000"]
        exchange = start("lln-exchange", "--hold", *lines, *day)
        words = ["--quiet", "--report", report, "--idle-exit", "20"]
        handler = start("lln-handler", *lines, *words, *(["--shm", name] if shared else []))
        strategy = start("lln-strategy-example", name, "--report", decisions) if shared else None
        exchange.stdin.write("\n")
        exchange.stdin.flush()
        for process in [handler] + ([strategy] if shared else []):
            process.stdout.read()
            process.wait()
    finally:
        for process in reversed(programs):
            process.kill()
            process.wait()
    with open(report) as file:
        handled = json.load(file)
    if not shared:
        return handled, None
    with open(decisions) as file:
        return handled, json.load(file)


def p50(report, name):
    return next(s["quantiles"].get("p50", 0) for s in report["series"] if s["name"] == name)


def main():
    options = arguments()
    with_shm, without = [], []
    with tempfile.TemporaryDirectory(prefix="lln-tick-") as folder:
        for number in range(options.rounds):
            for shared in (True, False) if number % 2 == 0 else (False, True):
                (with_shm if shared else without).append(one_round(options, folder, shared))
    decisions = [decided for _, decided in with_shm]
    result = sorted(decisions, key=lambda r: p50(r, "rx_to_decision"))[len(decisions) // 2]
    result["command"] = "final_project/publishing/tick_to_decision.py " + " ".join(
        f"--{key} {getattr(options, key)}" for key in ("rate", "seconds", "rounds")
    )
    result["load"]["rate"] = options.rate
    book = "kernel_rx_to_book"
    summary = result["summary"]
    summary["rounds"] = [r["series"] for r in decisions]
    summary["handler_rx_to_book_p50"] = {
        "with_shm": [p50(handled, book) for handled, _ in with_shm],
        "without": [p50(handled, book) for handled, _ in without],
    }
    summary["handler_ratio"] = statistics.median(
        a / b for a, b in zip(*summary["handler_rx_to_book_p50"].values()) if b
    )
    result["notes"].append("Rounds with and without --shm took turns; handler_ratio is the median of the paired ratios of "
                           "the handler's own p50 from kernel RX to book.")
    for decided in decisions:
        print("  ".join(f"{s['title']} p50 {s['quantiles'].get('p50')} ns, p99 {s['quantiles'].get('p99')} ns"
                        for s in decided["series"]), f" lost {decided['summary']['events_lost']}")
    print(f"handler's own p50 with --shm over without: {summary['handler_ratio']:.3f}")
    if options.report:
        with open(options.report, "w") as file:
            file.write(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

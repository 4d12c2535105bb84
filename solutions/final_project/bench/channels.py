#!/usr/bin/env python3
"""One day over one pair of lines, and over two: the same messages, split by ranges of symbols.

  python3 solutions/final_project/bench/channels.py --rate 200000,400000 --runs 4 --json FILE

Each channel has an exchange and a handler of its own. Exchanges share the first CPU of the machine and handlers the
second, however many there are, so that both ways have the same means. Runs alternate (1 2 2 1). A run counts only when every
message has arrived, every book is equal to the exchange's, and the day of the channels together has as many messages.
"""

import argparse
import datetime
import json
import os
import random
import resource
import statistics
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BIN = os.environ.get("LLN_BIN_DIR", os.path.join(ROOT, "build/default/bin"))
LATENCY = "kernel_rx_to_book_undisturbed"


class Channel:
    """An exchange that holds, and a handler that has joined its lines."""

    def __init__(self, number, count, rate, options, folder):
        third, port = random.randrange(1, 255), random.randrange(20000, 32000, 2)
        self.digests = os.path.join(folder, f"digests-{number}")
        self.file = os.path.join(folder, f"handler-{number}.json")
        lines = ["--line-a", f"239.194.{third}.1:{port}", "--line-b", f"239.194.{third}.2:{port + 1}"]
        day = ["--channel", f"{number}/{count}", "--rate", str(rate), "--seconds", str(options.seconds)]
        day += ["--symbols", str(options.symbols), "--live-orders", str(options.live_orders)]
        end = ["--digests", self.digests, "--end-ms", "5000", "--cpu", "0", "--hold", "--quiet"]
        self.exchange = start("lln-exchange", [*lines, *day, *end], stdin=subprocess.PIPE)
        self.ready = json.loads(self.exchange.stdout.readline().split(" ", 1)[1])
        servers = ["--rerequest", self.ready["rerequest"], "--glimpse", self.ready["glimpse"]]
        check = ["--expect-digests", self.digests, "--report", self.file, "--idle-exit", "10", "--cpu", "1", "--quiet"]
        self.handler = start("lln-handler", [*lines, *servers, *check])
        while line := self.handler.stdout.readline():
            if "ready" in line:
                return
        raise SystemExit(f"channels.py: lln-handler did not start: {self.handler.stderr.read()}")

    def go(self):
        self.exchange.stdin.write("\n")
        self.exchange.stdin.flush()

    def end(self):
        """What the handler reports, with its largest resident memory."""
        self.handler.communicate()
        self.exchange.terminate()
        self.exchange.communicate()
        if self.handler.returncode != 0:
            raise SystemExit(f"channels.py: lln-handler ended with {self.handler.returncode}: the run does not count")
        with open(self.file, encoding="utf-8") as file:
            return json.load(file)

    def kill(self):
        for process in (self.handler, self.exchange):
            if process.poll() is None:
                process.kill()
                process.wait()


def start(program, arguments, **more):
    command = [os.path.join(BIN, program), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def run(count, rate, options):
    """One day over `count` channels."""
    channels = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="lln-channels-") as folder:
        try:
            for number in range(1, count + 1):
                channels.append(Channel(number, count, rate, options, folder))
            for channel in channels:
                channel.go()
            reports = [channel.end() for channel in channels]
        finally:
            for channel in channels:
                channel.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summaries = [report["summary"] for report in reports]
    for summary in summaries:
        if summary["unrecovered"] or summary["digest_mismatches"]:
            raise SystemExit("channels.py: messages or books are wrong: the run does not count")
    return {
        "report": reports[0],
        "messages": sum(summary["messages"] for summary in summaries),
        "packets": sum(summary["packets"] for summary in summaries),
        "kernel_drops": sum(summary["kernel_drops"] for summary in summaries),
        "gaps": sum(summary["gaps"] for summary in summaries),
        "disturbed_share": max(summary["disturbed_share"] for summary in summaries),
        "p50": max(summary["latency_ns"][LATENCY]["p50"] for summary in summaries),
        "p99": max(summary["latency_ns"][LATENCY]["p99"] for summary in summaries),
        "raw_p50": max(summary["latency_ns"]["kernel_rx_to_book"]["p50"] for summary in summaries),
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def series_of(name, title, values):
    return {
        "name": name,
        "title": title,
        "unit": "ns",
        "n": len(values),
        "quantiles": {"p50": statistics.median(values)},
        "min": min(values),
        "max": max(values),
    }


def line_about(rate, count, result):
    return (
        f"{rate:>9,} a second over {count}: p50 {result['p50'] / 1e3:.1f} us, p99 {result['p99'] / 1e3:.1f} us"
        f" undisturbed ({100 * result['disturbed_share']:.0f} % left out),"
        f" raw p50 {result['raw_p50'] / 1e3:.1f} us, {result['packets']:,} packets,"
        f" {result['gaps']} gaps, {result['kernel_drops']} dropped"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", default="200000", help="messages a second of the whole day; several: 200000,400000")
    parser.add_argument("--runs", type=int, default=4, help="of each number of channels and each rate")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--symbols", type=int, default=8000)
    parser.add_argument("--live-orders", type=int, default=200000)
    parser.add_argument("--json", help="write the result here")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("channels.py: needs two CPUs, one for the exchanges and one for the handlers")
    rates = [int(rate) for rate in options.rate.split(",")]
    done = {(rate, count): [] for rate in rates for count in (1, 2)}
    for rate in rates:
        for pair in range(options.runs):
            for count in (1, 2) if pair % 2 == 0 else (2, 1):
                result = run(count, rate, options)
                done[rate, count].append(result)
                print(line_about(rate, count, result), flush=True)
    if options.json:
        write(options, done)


def write(options, done):
    first = next(iter(done.values()))[0]["report"]
    table, series = {}, []
    for (rate, count), results in done.items():
        name = f"{count}_channels_{rate}"
        title = f"{count} channel{'s' if count > 1 else ''}, {rate:,} messages/s"
        series.append(series_of(f"{name}_p50", f"{title}: p50 of a run", [r["p50"] for r in results]))
        series.append(series_of(f"{name}_p99", f"{title}: p99 of a run", [r["p99"] for r in results]))
        keys = ("messages", "packets", "kernel_drops", "gaps", "disturbed_share", "p50", "p99", "raw_p50")
        table[name] = {key: statistics.median(r[key] for r in results) for key in keys}
    result = {key: first[key] for key in ("machine", "build", "commit")}
    result = {
        "schema": "lln/result/v1",
        "what": "one feed over one pair of lines and over two: kernel RX to book, the slower of two handlers",
        "command": (
            f"python3 solutions/final_project/bench/channels.py --rate {options.rate} --runs {options.runs}"
            f" --seconds {options.seconds:g} --symbols {options.symbols} --live-orders {options.live_orders}"
        ),
        "commit": result["commit"],
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": result["machine"],
        "build": result["build"],
        "load": {"kind": "open", "rate": None},
        "series": series,
        "notes": [
            "Each value is of one whole day; with two channels, of the slower handler. Runs alternate 1 2 2 1.",
            "Exchanges share CPU 0 and handlers share CPU 1, however many there are.",
            "In every run every message arrived and all books were equal to the exchanges'.",
        ],
        "summary": {"runs": options.runs, "median_of_runs": table},
    }
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    print(f"written: {options.json}")


if __name__ == "__main__":
    main()

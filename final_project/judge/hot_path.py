"""Counts from outside what a handler asks the operating system for on its hot path: allocations, page faults, calls.

  python3 final_project/judge/hot_path.py [--handler PROGRAM] [--rate N] [--seconds S] [--rounds N] [--json FILE]

Each round is a day of lln-exchange over two lossy lines, with the handler under lln-watch.so. What is counted lies between
datagram number --skip and the last one. PROGRAM takes the options of lln-handler; default: the reference. Counts, no
times: another program beside it changes how often the handler looks in vain, and nothing else.
"""

import argparse
import ctypes
import json
import os
import random
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds beyond the day's length
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
TITLES = {
    "receives": "receive calls that brought datagrams",
    "idle": "receive calls that brought nothing, yields",
    "sends": "sends",
    "writes": "writes",
    "waits": "waits for an event",
    "memory": "mmap, munmap, madvise and the like",
    "other": "other system calls",
    "allocations": "allocations",
    "faults": "page faults of the receiving threads",
}


def main() -> int:
    options = parse()
    rounds = [one_day(options) for _ in range(options.rounds)]
    report = result(rounds, options)
    print(f"{'per 1,000 messages, median of the rounds':45} {'median':>9} {'least':>9} {'most':>9}")
    for series in report["series"]:
        spread = series["quantiles"]["p50"], series["min"], series["max"]
        print(f"{series['title']:45} " + " ".join(f"{value:9.3f}" for value in spread))
    for note in report["notes"]:
        print(note)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if options.no_allocation and report["summary"]["allocations"] > 0 else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=Path, default=Path("build/default/bin"), help="where lln-exchange lies")
    parser.add_argument("--handler", type=Path, help="the program to watch; default: lln-handler beside lln-exchange")
    parser.add_argument("--rate", type=int, default=200_000, help="messages a second")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip", type=int, default=10_000, help="datagrams before the count begins")
    parser.add_argument("--no-allocation", action="store_true", help="exit 1 when there was one")
    parser.add_argument("--json", type=Path, help="result file to write")
    options = parser.parse_args()
    options.handler = options.handler or options.bin / "lln-handler"
    for program in (options.handler, options.bin / "lln-exchange", options.bin / "lln-watch.so"):
        if not (ROOT / program).exists():
            sys.exit(f"hot_path: there is no {program}: build it first, or name it with --handler or --bin")
    return options


def one_day(options: argparse.Namespace) -> tuple[dict, dict]:
    """The counts between two datagrams, and the handler's own report."""
    third, port = random.randrange(1, 255), random.randrange(20000, 32000, 2)
    lines = ["--line-a", f"239.194.{third}.11:{port}", "--line-b", f"239.194.{third}.12:{port + 1}"]
    day = ["--rate", str(options.rate), "--seconds", str(options.seconds), "--loss-a", "0.001", "--loss-b", "0.001"]
    with tempfile.TemporaryDirectory(prefix="lln-hot-path-") as folder:
        counts, report = Path(folder) / "counts", Path(folder) / "report.json"
        watched = os.environ | {
            "LD_PRELOAD": str((ROOT / options.bin / "lln-watch.so").resolve()),
            "LLN_WATCH_FILE": str(counts),
            "LLN_WATCH_SKIP": str(options.skip),
        }
        exchange = start([options.bin / "lln-exchange", "--hold", "--end-ms", "60000", *lines, *day])
        handler = None
        try:
            servers = json.loads(wait_for(exchange, "ready {", "lln-exchange")[len("ready ") :])
            asked = [word for name in ("rerequest", "glimpse") for word in (f"--{name}", servers[name])]
            handler = start([options.handler, *lines, *asked, "--idle-exit", "20", "--quiet", "--report", report], env=watched)
            wait_for(handler, "ready", str(options.handler))
            exchange.stdin.write("\n")
            exchange.stdin.flush()
            handler.communicate(timeout=options.seconds + PATIENCE)
            return counted(counts, options), json.loads(report.read_text(encoding="utf-8"))
        finally:
            for process in (handler, exchange):
                if process is not None and process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()


def start(command: list, env: dict | None = None) -> subprocess.Popen:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    words = [str(word) for word in command]
    return subprocess.Popen(words, cwd=ROOT, env=env, text=True, preexec_fn=die_with_parent, **pipes)


def die_with_parent() -> None:
    """In a child, before it becomes another program: who kills this script must not leave it behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def wait_for(process: subprocess.Popen, beginning: str, name: str) -> str:
    for line in process.stdout:
        if line.startswith(beginning):
            return line
    sys.exit(f"hot_path: {name} ended before it was ready")


def counted(path: Path, options: argparse.Namespace) -> dict[str, int]:
    words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    counts = {name: int(number) for name, number in words}
    if counts["datagrams"] == 0:
        came = f"{counts['received']:,} datagrams came, and the first {options.skip:,} are not counted: a longer day, a smaller --skip?"
        sys.exit("hot_path: " + ("the handler received no datagram" if counts["received"] == 0 else came))
    return counts


def result(rounds: list[tuple[dict, dict]], options: argparse.Namespace) -> dict:
    """A result file; machine, commit and build as the last round's handler reports them."""
    report = rounds[-1][1]
    series = []
    for name, title in TITLES.items():
        # The day's messages, by the share of the datagrams that were counted.
        values = [
            counts[name] * 1000 * counts["received"] / (told["summary"]["messages"] * counts["datagrams"])
            for counts, told in rounds
        ]
        entry = {"name": name, "title": title, "unit": "per 1,000 messages", "n": len(values)}
        series.append(entry | {"quantiles": {"p50": statistics.median(values)}, "min": min(values), "max": max(values)})
    messages = sum(told["summary"]["messages"] for _, told in rounds)
    lost = sum(told["summary"]["unrecovered"] for _, told in rounds)
    kept = ("schema", "commit", "time", "machine", "build")
    return {key: report[key] for key in kept} | {
        "what": "hot path of a feed handler: what it asks the operating system for, counted from outside",
        "command": shlex.join(["python3", "final_project/judge/hot_path.py", *sys.argv[1:]]),
        "load": {"kind": "open", "rate": options.rate},
        "series": series,
        "notes": [
            f"{len(rounds)} days of {options.seconds} s at {options.rate:,} messages/s, 0.1 % lost on each line: {messages:,} "
            f"messages applied, {lost:,} unrecovered. The first {options.skip:,} datagrams are not counted.",
            "n counts days. System calls are those made through libc's functions; clock_gettime makes none.",
        ],
        "summary": {
            "messages": messages,
            "unrecovered": lost,
            "allocations": sum(counts["allocations"] for counts, _ in rounds),
            "page_faults": sum(counts["faults"] for counts, _ in rounds),
        },
    }


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The handler's transports side by side: the same day through each of them, in turn, several rounds.

    sudo solutions/final_project/bench/transports.py --output solutions/final_project/results/transports.json

Two places: the loopback interface, and a cable (a veth pair between two network namespaces, with GRO on, so that the
driver has NAPI). Each round runs every transport of both places once, from left to right and in the next round from right
to left; `socket-again` is a second contestant that is the first. Each run is an exchange on CPU 0 and a handler on CPU 1
for some seconds; its books must equal the exchange's, or the script fails. A figure is the median of the rounds; a ratio is
that of the same round's `socket`.

Needs root (namespaces, AF_XDP, and --fifo if the machine is not quiet). Leaves nothing: the namespaces have no names and
go with the script.
"""

import argparse
import ctypes
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BIN = os.path.join(ROOT, "build/default/bin")
PLACES = {
    "lo": ["socket", "socket-again", "io_uring", "xdp-generic"],
    "veth": ["socket", "socket-again", "busy-poll", "io_uring", "xdp-generic", "xdp"],
}
SERIES = ["kernel_rx_to_book", "sender_to_book", "stage_receive"]


def ip(*words, inside=None):
    prefix = ["nsenter", f"--net=/proc/{inside}/ns/net"] if inside else []
    subprocess.run([*prefix, *words], check=True, stdout=subprocess.DEVNULL)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Cable:
    """Two namespaces, each held by a process that sleeps until we are gone, and a veth pair between them."""

    def __init__(self):
        self.sides = {}
        self.holders = []
        for side in ("near", "far"):
            holder = subprocess.Popen(
                ["unshare", "--net", "sh", "-c", "echo; exec cat"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                preexec_fn=die_with_parent,
            )
            holder.stdout.readline()
            self.holders.append(holder)
            self.sides[side] = holder.pid
        near, far = self.sides["near"], self.sides["far"]
        queues = ["numrxqueues", "1", "numtxqueues", "1"]
        peer = ["peer", "name", "far0", *queues, "netns", str(far)]
        ip("ip", "link", "add", "near0", *queues, "type", "veth", *peer, inside=near)
        for side, number in (("near", 1), ("far", 2)):
            inside = self.sides[side]
            ip("ip", "addr", "add", f"10.77.0.{number}/24", "dev", f"{side}0", inside=inside)
            ip("ip", "link", "set", f"{side}0", "up", inside=inside)
            ip("ip", "link", "set", "lo", "up", inside=inside)
            ip("ip", "route", "add", "224.0.0.0/4", "dev", f"{side}0", inside=inside)
            ip("ethtool", "-K", f"{side}0", "gro", "on", "tso", "off", inside=inside)

    def enter(self, side):
        return ["nsenter", f"--net=/proc/{self.sides[side]}/ns/net"]

    def close(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()


def run(place, transport, cable, options, directory):
    """One day; the handler's report."""
    third, port = random.randrange(1, 255), random.randrange(20000, 32000, 2)
    lines = ["--line-a", f"239.194.{third}.1:{port}", "--line-b", f"239.194.{third}.2:{port + 1}"]
    digests, report = os.path.join(directory, "digests"), os.path.join(directory, "report.json")
    prefix = ["chrt", "--fifo", str(options.fifo)] if options.fifo else []
    near, far = (cable.enter("near"), cable.enter("far")) if place == "veth" else ([], [])
    exchange = subprocess.Popen(
        [*near, *prefix, os.path.join(BIN, "lln-exchange"), "--hold", "--quiet", "--no-glimpse"]
        + [*lines, "--interface", "near0" if place == "veth" else "lo", "--cpu", "0", "--digests", digests]
        + ["--symbols", "1000", "--live-orders", "50000", "--pack-us", "0", "--rate", str(options.rate)]
        + ["--seconds", str(options.seconds), "--end-ms", "30000"]
        + ["--rerequest", "10.77.0.1:0" if place == "veth" else "127.0.0.1:0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    ready = json.loads(exchange.stdout.readline().removeprefix("ready "))
    handler = subprocess.Popen(
        [*far, *prefix, os.path.join(BIN, "lln-handler"), "--transport", transport.removesuffix("-again"), *lines]
        + ["--interface", "far0" if place == "veth" else "lo", "--cpu", "1", "--one-way", "--quiet"]
        + ["--rerequest", ready["rerequest"]]
        + ["--idle-exit", "10", "--expect-digests", digests, "--report", report],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,
    )
    said = handler.stdout.readline()
    exchange.stdin.write("\n")
    exchange.stdin.flush()
    said += handler.stdout.read()
    handler.wait()
    exchange.send_signal(signal.SIGINT)
    exchange.wait()
    if handler.returncode != 0:
        raise SystemExit(f"{place} {transport}: exit {handler.returncode}\n{said}")
    with open(report) as file:
        return json.load(file)


def collect(options, runs):
    directory = tempfile.mkdtemp(prefix="lln-transports-")
    cable = Cable()
    try:
        plan = [(place, transport) for place, transports in PLACES.items() for transport in transports]
        for number in range(options.rounds):
            for place, transport in plan if number % 2 == 0 else reversed(plan):
                report = run(place, transport, cable, options, directory)
                runs.setdefault((place, transport), []).append(report)
                p50 = value(report, "sender_to_book", "p50")
                if p50 is None:
                    raise SystemExit("the machine is too busy: hardly a message was undisturbed (try --fifo 10)")
                print(f"round {number + 1}  {place:5} {transport:13} sender to book p50 {p50 / 1e3:.2f} us", flush=True)
    finally:
        cable.close()
        subprocess.run(["rm", "-r", directory], check=False)


def value(report, series, percentile):
    summary = report["summary"]["latency_ns"]
    return summary.get(series + "_undisturbed", summary.get(series, {})).get(percentile)


def median(values):
    there = [each for each in values if each is not None]
    return statistics.median(there) if there else None


def interval(values):
    """Bootstrap 95 % interval of the median."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(2000))
    return [round(medians[50], 4), round(medians[1949], 4)]


def figures(place, transport, runs):
    own, base = runs[place, transport], runs[place, "socket"]
    result = {"left_out_share": median([r["summary"]["disturbed_share"] for r in own])}
    result["kernel_drops"] = sum(r["summary"]["kernel_drops"] for r in own)
    result["ring_drops"] = sum(r["summary"]["more"].get("xdp_ring_drops", 0) for r in own)
    for series in SERIES:
        for percentile in ("p50", "p90", "p99"):
            result[f"{series}_{percentile}"] = median([value(r, series, percentile) for r in own])
    ratios = [value(a, "sender_to_book", "p50") / value(b, "sender_to_book", "p50") for a, b in zip(own, base)]
    result["ratio_to_socket"] = round(statistics.median(ratios), 4)
    result["ratio_ci95"] = interval(ratios)
    return result


def result_of(runs, options):
    any_report = next(iter(runs.values()))[0]
    summary, series = {}, []
    for place, transport in runs:
        key = transport.replace("-", "_")
        summary.setdefault(place, {})[key] = figures(place, transport, runs)
        own = runs[place, transport]
        for name in SERIES:
            quantiles = {p: median([value(r, name, p) for r in own]) for p in ("p50", "p90", "p99")}
            count = sum(r["summary"]["messages"] for r in own)
            entry = {"name": f"{place}-{transport}-{name}", "unit": "ns", "n": count, "quantiles": quantiles}
            series.append({**entry, "title": f"{place}, {transport}: {name}"})
    command = "solutions/final_project/bench/transports.py " + " ".join(sys.argv[1:])
    return {
        "schema": "lln/result/v1",
        "what": "final project: the reference handler's transports side by side",
        "command": command.strip(),
        **{key: any_report[key] for key in ("commit", "time", "machine", "build")},
        "load": {"kind": "open", "rate": options.rate},
        "series": series,
        "notes": [
            f"Each figure is the median of {options.rounds} rounds of {options.seconds} s; every transport once a round, "
            "the order turned round each time. Books equal to the exchange's in every run.",
            "Percentiles leave out what was in hand or queued while the handler was off its core, except stage_receive, "
            "which leaves out nothing.",
            "kernel_rx_to_book begins at the stamp of each transport: the kernel's for sockets, busy polling and io_uring; "
            "the XDP program's for xdp, which in generic mode is later. Compare sender_to_book.",
            "ratio_to_socket: sender_to_book p50, run by run against the socket of the same round; socket_again is the "
            "noise floor.",
        ],
        "summary": {"rounds": options.rounds, "seconds": options.seconds, "rate": options.rate, **summary},
    }


def order_of(key):
    place, transport = key
    return list(PLACES).index(place), PLACES[place].index(transport)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rate", type=float, default=100_000, help="messages a second")
    parser.add_argument("--fifo", type=int, help="SCHED_FIFO priority of exchange and handler")
    parser.add_argument("--output", help="result file")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("transports.py needs root: it makes network namespaces and loads an XDP program")
    runs = {}
    # The kernel stamps packets while any socket wants it, and switches that on in the background, which takes a while:
    # on for all runs.
    stamps = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stamps.setsockopt(socket.SOL_SOCKET, 37, (1 << 3) | (1 << 4))  # SO_TIMESTAMPING: RX_SOFTWARE, SOFTWARE
    time.sleep(1)
    collect(options, runs)
    result = result_of({key: runs[key] for key in sorted(runs, key=order_of)}, options)
    if options.output:
        with open(options.output, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    for place in PLACES:
        for key, own in result["summary"][place].items():
            print(
                f"{place:5} {key:13} sender to book p50 {own['sender_to_book_p50'] / 1e3:6.2f} us, "
                f"{own['ratio_to_socket']:.3f} of socket ({own['ratio_ci95'][0]:.3f} to {own['ratio_ci95'][1]:.3f})"
            )


if __name__ == "__main__":
    main()

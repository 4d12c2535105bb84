"""Stand-ins for lln-exchange and lln-handler: the same command line, handshake and files, no network."""

from __future__ import annotations

from pathlib import Path

from support import FakeMachine

EXCHANGE = '''\
import json, os, sys, time
options = dict(zip(sys.argv[1:], sys.argv[2:]))
here = os.environ["FAKE"]
open(here + "/exchange.pid", "w").write(str(os.getpid()))
open(here + "/exchange.args", "w").write(" ".join(sys.argv[1:]))
{before_ready}
print("ready " + json.dumps({{"line_a": options["--line-a"], "line_b": options["--line-b"], "interface": "lo",
                            "rerequest": "127.0.0.1:41234", "glimpse": "127.0.0.1:41235"}}), flush=True)
if sys.stdin.readline() != "\\n":
    sys.exit(0)
{after_go}
open(options["--digests"], "w").write("1 A 0 cbf29ce484222325\\n")
'''

HANDLER = '''\
import json, os, sys, time
options = dict(zip(sys.argv[1:], sys.argv[2:]))
here = os.environ["FAKE"]
open(here + "/handler.pid", "w").write(str(os.getpid()))
open(here + "/handler.args", "w").write(" ".join(sys.argv[1:]))
{before_ready}
print("ready", flush=True)
print("1,000,000 messages/s", file=sys.stderr, flush=True)
{after_ready}
while not os.path.exists(options["--expect-digests"]):
    time.sleep(0.005)
series = [{{"name": "kernel_rx_to_book", "unit": "ns", "n": 10000, "quantiles": {{"p50": 900, "p99": 4000, "p99_9": None}},
           "min": 500, "max": 90000}}]
result = {{"schema": "lln/result/v1", "what": "fake feed", "command": "lln-handler", "commit": "0" * 40,
          "time": "2026-01-02T03:04:05Z", "machine": {{"cpu": "none", "cores": 2, "kernel": "6"}},
          "build": {{"compiler": "cc", "flags": "-O2"}}, "load": {{"kind": "open", "rate": 1e6}}, "series": series,
          "notes": [], "summary": {{"messages": 5000000, "unrecovered": 0}}}}
json.dump(result, open(options["--report"], "w"))
os.mkdir(options["--hgrm"])
open(options["--hgrm"] + "/kernel_rx_to_book.hgrm", "w").write("0.5 0.0 1 1.0\\n0.9 0.5 5000 2.0\\n90.0 1.0 10000\\n")
print("the handler's report")
{at_end}
'''

HANG = "time.sleep(3600)"


class FakeFeed(FakeMachine):
    """Makes the two stand-ins; each hole in them takes a line of Python."""

    def exchange(self, path: Path | None = None, before_ready: str = "", after_go: str = "") -> Path:
        text = EXCHANGE.format(before_ready=before_ready, after_go=after_go)
        return self.python(path or self.directory / "lln-exchange", text)

    def handler(
        self, path: Path | None = None, before_ready: str = "", after_ready: str = "", at_end: str = ""
    ) -> Path:
        text = HANDLER.format(before_ready=before_ready, after_ready=after_ready, at_end=at_end)
        return self.python(path or self.directory / "lln-handler", text)

    def pid(self, name: str) -> int:
        """The process of a stand-in, as soon as it has started."""
        file = self.directory / f"{name}.pid"
        self.wait_for(lambda: file.exists() and file.read_text() != "", f"{name} has started")
        return int(file.read_text())

"""Runs the two real programs against each other, on random groups and ports of the loopback interface."""

import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("LLN_BIN_DIR", os.path.join(ROOT, "build/default/bin"))
PATIENCE = 120  # seconds for anything; a loaded machine is slow, not wrong

# A day that is long enough for everything to happen, and small enough for a busy two-core machine.
DAY = ["--symbols", "200", "--live-orders", "5000", "--rate", "50000", "--seconds", "1"]
# Its servers stay until nobody needs them: a handler that gets no CPU for a while can still catch up.
DAY += ["--end-ms", "60000"]


def with_defaults(arguments, defaults):
    """The arguments, and of the `--option value` defaults those that they do not give."""
    pairs = zip(defaults[::2], defaults[1::2])
    return [word for pair in pairs if pair[0] not in arguments for word in pair] + list(arguments)


def random_lines():
    third, fourth, port = random.randrange(1, 255), random.randrange(0, 250), random.randrange(20000, 32000, 2)
    return f"239.194.{third}.{fourth}:{port}", f"239.194.{third}.{fourth + 1}:{port + 1}"


_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """In a child, before it becomes another program: who kills the test must not leave it behind."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Program:
    """A child process whose output is collected, and which is gone when the test is over."""

    def __init__(self, case, name, arguments, environment=None):
        self.command = [os.path.join(BIN, name)] + [str(a) for a in arguments]
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=die_with_parent,
        )
        self.pid = self.process.pid
        self.lines = {"out": [], "err": []}
        self.changed = threading.Condition()
        self.threads = [
            threading.Thread(target=self._collect, args=(which, stream), daemon=True)
            for which, stream in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for thread in self.threads:
            thread.start()
        case.addCleanup(self.end)

    def _collect(self, which, stream):
        for line in stream:
            with self.changed:
                self.lines[which].append(line.rstrip("\n"))
                self.changed.notify_all()

    def wait_for_line(self, which, text):
        """The first line that contains `text`; fails when the program ends without it."""

        def find():
            return next((line for line in self.lines[which] if text in line), None)

        with self.changed:
            self.changed.wait_for(lambda: find() or self.process.poll() is not None, PATIENCE)
        for thread in self.threads if find() is None else []:
            thread.join(PATIENCE)
        if find() is None:
            raise AssertionError(f"no line with {text!r} from {self}")
        return find()

    def wait(self):
        self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        return self.process.returncode

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    @property
    def out(self):
        return "\n".join(self.lines["out"])

    @property
    def err(self):
        return "\n".join(self.lines["err"])

    def __str__(self):
        return f"{' '.join(self.command)}\nexit {self.process.returncode}\n{self.out}\n{self.err}"


class Exchange(Program):
    """An lln-exchange that holds until go()."""

    def __init__(self, case, *arguments):
        self.line_a, self.line_b = random_lines()
        self.digests = case.new_path("digests")
        self.report_file = self.digests + ".json"
        super().__init__(
            case,
            "lln-exchange",
            ["--hold", "--line-a", self.line_a, "--line-b", self.line_b, "--digests", self.digests]
            + ["--report", self.report_file, *with_defaults(arguments, DAY)],
        )
        self.ready = json.loads(self.wait_for_line("out", "ready {")[len("ready ") :])

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def report(self):
        with open(self.report_file) as file:
            return json.load(file)


class Handler(Program):
    """An lln-handler that has joined both groups."""

    def __init__(self, case, arguments, expect_ready=True):
        self.report_file = case.new_path("handler.json")
        super().__init__(case, "lln-handler", ["--report", self.report_file, *arguments])
        if expect_ready:
            self.wait_for_line("out", "ready")

    def report(self):
        with open(self.report_file) as file:
            return json.load(file)

    def summary(self):
        return self.report()["summary"]


class FeedTest(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="lln-e2e-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def new_path(self, name):
        self.paths = getattr(self, "paths", 0) + 1
        return os.path.join(self.directory, f"{self.paths}-{name}")

    def exchange(self, *arguments):
        return Exchange(self, *arguments)

    def handler(self, exchange, *arguments, rerequest=True, glimpse=True, compare=True):
        options = with_defaults(arguments, ["--idle-exit", "20"])
        options += ["--line-a", exchange.line_a, "--line-b", exchange.line_b]
        if rerequest and "rerequest" in exchange.ready:
            options += ["--rerequest", exchange.ready["rerequest"]]
        if glimpse and "glimpse" in exchange.ready:
            options += ["--glimpse", exchange.ready["glimpse"]]
        if compare:
            options += ["--expect-digests", exchange.digests]
        return Handler(self, options)

    def run_day(self, exchange, *arguments, **options):
        """A whole day; the handler has joined before the first message."""
        handler = self.handler(exchange, *arguments, **options)
        exchange.go()
        handler.wait()
        self.close(exchange)
        return handler

    def close(self, exchange):
        """Ends the exchange's announcements of the end of the day; returns its report."""
        exchange.interrupt()
        self.assertEqual(exchange.wait(), 0, str(exchange))
        return exchange.report()

    def assert_complete(self, handler, exchange):
        """Every book equal to the exchange's, nothing missing."""
        self.assertEqual(handler.process.returncode, 0, str(handler))
        summary = handler.summary()
        self.assertEqual(summary["unrecovered"], 0, str(handler))
        self.assertEqual(summary["digest_mismatches"], 0, str(handler))
        self.assertEqual(summary["digests_compared"], exchange.ready["symbols"])
        self.assertEqual(summary["invalid_packets"], 0, str(handler))
        self.assertTrue(summary["ended"])
        return summary

    def assert_one_sentence(self, program, *words):
        lines = [line for line in program.err.splitlines() if line]
        self.assertEqual(len(lines), 1, f"one sentence, not {lines}")
        for word in words:
            self.assertIn(word, lines[0])

    def assert_no_socket(self, *endpoints):
        """No UDP socket of any process is bound to these."""
        with open("/proc/net/udp") as file:
            bound = {line.split()[1] for line in file.readlines()[1:]}
        for endpoint in endpoints:
            address, port = endpoint.split(":")
            key = socket.inet_aton(address)[::-1].hex().upper() + f":{int(port):04X}"
            self.assertNotIn(key, bound, f"{endpoint} is still bound")


def process_exists(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

"""Echo servers and clients as child processes: for lab 07 and the bench of module 07.

A server says where it listens and then `ready`, so nobody sleeps and hopes. It ends with the block that started it, and
with this process however that ends.
"""

from __future__ import annotations

import ctypes
import json
import random
import signal
import statistics
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

END_LIMIT_S = 10.0
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For preexec_fn: the kernel kills the child when this process is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Failed(Exception):
    """A program did not do what it was started for; the text says what it said."""


class Server:
    """`with Server(command) as server: server.addresses["tcp"]` is 127.0.0.1:40123."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self.addresses: dict[str, str] = {}
        self.complaints = ""  # what it said on stderr
        self.report = ""  # what it said at its end

    def __enter__(self) -> Server:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (a pipe that nobody reads would fill up)
        self._child = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._errors, text=True, preexec_fn=die_with_parent
        )
        assert self._child.stdout is not None
        said = []
        for line in self._child.stdout:
            said.append(line)
            kind, _, rest = line.strip().partition(" ")
            if kind in ("tcp", "udp", "unix"):
                self.addresses[kind] = rest
            if line.startswith("ready"):
                self._read_complaints()
                return self
        self._child.wait()
        self._read_complaints()
        raise Failed(f"{' '.join(self._command)}: {self.complaints or ''.join(said) or 'ended and said nothing'}".strip())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.terminate()
        try:
            self.report, _ = self._child.communicate(timeout=END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self.report, _ = self._child.communicate()
        self._read_complaints()
        self._errors.close()

    def _read_complaints(self) -> None:
        self._errors.seek(0)
        self.complaints = self._errors.read().strip()


class ClientRun:
    """What one run of lln-echo-client said: its text, its result file's content, its curves."""

    def __init__(self, command: list[str], curves: Path | None = None) -> None:
        with tempfile.TemporaryDirectory() as directory:
            result = Path(directory) / "result.json"
            done = subprocess.run(
                [*command, "--json", str(result)],
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=die_with_parent,
            )
            if done.returncode != 0:
                raise Failed(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
            self.text = done.stdout
            self.complaints = done.stderr.strip()
            self.data: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
            curve = result.with_suffix("") / "closed.hgrm"
            self.curve = curve.read_text(encoding="utf-8") if curve.is_file() else ""

    @property
    def series(self) -> dict[str, Any]:
        """The first one: the round trip."""
        return self.data["series"][0]

    @property
    def p50_ns(self) -> float:
        """Of the round trip."""
        return self.series["quantiles"].get("p50", 0.0)

    @property
    def per_second(self) -> float:
        """Answers."""
        return next(iter(self.data["summary"].values()))["per_second"]


def quantiles(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Of several runs: the median of each quantile that all of them have."""
    shared = [name for name in runs[0]["quantiles"] if all(name in run["quantiles"] for run in runs)]
    return {name: statistics.median(run["quantiles"][name] for run in runs) for name in shared}


def ratio(values: list[float], to: list[float]) -> tuple[float, list[float]] | None:
    """Median of the rounds' ratios and a bootstrap 95 % interval of it; None of less than three rounds."""
    ratios = [a / b for a, b in zip(values, to) if b > 0]
    if len(ratios) < 3:
        return None
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(1000))
    return statistics.median(ratios), [round(medians[25], 4), round(medians[974], 4)]

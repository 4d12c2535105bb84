"""The final project as one run: exchange and handler started, joined, watched, and never left behind.

Used by ./course start and by the end-to-end tests. The handshake has no sleeps: the exchange binds everything and
says `ready {json}`; the handler joins the groups and says `ready`; only then does the exchange begin to publish.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from course.layout import command_line
from course.multicast_lines import choose_lines
from course.problem import Problem
from course.processes import TAIL_LINES, Child, LineReader, describe_exit

NEXT_COMMAND = "./course doctor"


@dataclass(frozen=True)
class FeedRunOptions:
    """What to run. `directory` receives the logs, digests and reports."""

    exchange: Path
    handler: Path
    directory: Path
    exchange_args: list[str] = field(default_factory=list)
    handler_args: list[str] = field(default_factory=list)
    exchange_cpu: int | None = None
    handler_cpu: int | None = None
    interface: str = "lo"
    ready_limit_s: float = 60.0  # for each of the two to say `ready`
    run_limit_s: float = 120.0  # from the go to the end of both
    recovery: bool = True  # hand the re-request and snapshot servers to the handler
    root: Path | None = None  # where the programs are started; a report's command then has no one's home in it

    def told(self, path: Path) -> str:
        """The path as the programs get it."""
        if self.root is None or not path.is_relative_to(self.root):
            return str(path)
        below = path.relative_to(self.root)
        return str(below) if len(below.parts) > 1 else f"./{below}"  # a bare name would be looked for in PATH


@dataclass(frozen=True)
class FeedRunResult:
    """How it ended. The handler's exit code is not 0 when its own checks failed; then its report says which."""

    exchange_code: int
    handler_code: int
    report: Path
    hgrm: Path
    ready: dict[str, object]
    handler_output: list[str]


def run(
    options: FeedRunOptions,
    on_progress: Callable[[str], None] = lambda _line: None,
    around: Callable[[int, dict[str, object]], contextlib.AbstractContextManager] = lambda *_: contextlib.nullcontext(),
) -> FeedRunResult:
    """Runs both to their end. Raises Problem when one fails to start, dies early or does not end in time.

    `on_progress` gets what the handler says on stderr while it runs. `around` gets the handler's process and what the
    exchange said when it was ready; it is entered before the go and left when both have ended.
    """
    options.directory.mkdir(parents=True, exist_ok=True)
    programs: list[_Program] = []
    try:
        exchange = _Program("exchange", _exchange_command(options), options, programs)
        greeting = exchange.wait_ready(options.ready_limit_s, programs)
        ready = _parse_ready(greeting, exchange)
        handler = _Program("handler", _handler_command(options, ready), options, programs)
        handler.on_stderr = on_progress
        handler.wait_ready(options.ready_limit_s, programs)
        with around(handler.child.process.pid, ready):
            exchange.go()
            _wait_for_both(exchange, handler, options.run_limit_s)
        return FeedRunResult(
            exchange_code=exchange.child.stop(),
            handler_code=handler.child.stop(),
            report=options.directory / "handler.json",
            hgrm=options.directory / "hgrm",
            ready=ready,
            handler_output=list(handler.output),
        )
    finally:
        for program in programs:
            program.close()


def _exchange_command(options: FeedRunOptions) -> list[str]:
    line_a, line_b = choose_lines(2)
    command = [options.told(options.exchange), "--hold", "--quiet", "--interface", options.interface]
    command += ["--line-a", line_a, "--line-b", line_b]
    command += ["--rerequest", "127.0.0.1:0", "--glimpse", "127.0.0.1:0"]
    command += ["--digests", options.told(options.directory / "exchange-digests.txt")]
    command += ["--report", options.told(options.directory / "exchange.json")]
    if options.exchange_cpu is not None:
        command += ["--cpu", str(options.exchange_cpu)]
    return command + options.exchange_args


def _handler_command(options: FeedRunOptions, ready: dict[str, object]) -> list[str]:
    command = [options.told(options.handler), "--interface", options.interface]
    command += ["--line-a", str(ready["line_a"]), "--line-b", str(ready["line_b"])]
    if options.recovery:
        for server in ("rerequest", "glimpse"):
            if ready.get(server):
                command += ["--" + server, str(ready[server])]
    command += ["--expect-digests", options.told(options.directory / "exchange-digests.txt")]
    command += ["--report", options.told(options.directory / "handler.json")]
    command += ["--hgrm", options.told(options.directory / "hgrm")]
    # A handler without CPU time can miss even the end of the day: then silence ends it, with its report.
    command += ["--idle-exit", "10"]
    if options.handler_cpu is not None:
        command += ["--cpu", str(options.handler_cpu)]
    return command + options.handler_args


def _parse_ready(line: str, exchange: "_Program") -> dict[str, object]:
    try:
        ready = json.loads(line.removeprefix("ready").strip())
        if not {"line_a", "line_b"} <= ready.keys():
            raise ValueError("line_a or line_b is missing")
        return ready
    except (ValueError, AttributeError) as error:
        raise exchange.problem(f"said something other than `ready {{json}}` ({error}): {line!r}") from error


def _wait_for_both(exchange: "_Program", handler: "_Program", limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    programs = [exchange, handler]
    while not (exchange.ended and handler.ended):
        _pump(programs, 0.1)
        if exchange.ended and exchange.code() != 0:
            raise exchange.problem(f"{describe_exit(exchange.code())} in the middle of the run")
        if handler.ended and handler.code() < 0:
            raise handler.problem(f"{describe_exit(handler.code())} in the middle of the run")
        if handler.ended and not handler.has_report():
            raise handler.problem(f"{describe_exit(handler.code())} and left no report")
        if time.monotonic() > deadline:
            late = next(program for program in programs if not program.ended)
            raise late.problem(f"did not end within {limit_s:g} s of the start")


def _pump(programs: list["_Program"], timeout_s: float) -> None:
    """Reads what the programs print, waiting at most `timeout_s` for something."""
    running = [program for program in programs if not program.ended]
    readers = [reader for program in running for reader in program.readers if not reader.at_end]
    select.select([reader.fd for reader in readers], [], [], timeout_s)
    for program in running:
        program.read()
        # A closed pipe alone is not the end; an end with the pipe held open by a grandchild is.
        if program.child.exited():
            program.read()
            program.ended = True


class _Program:
    """One of the two, with its log and the last lines it printed."""

    def __init__(self, name: str, command: list[str], options: FeedRunOptions, programs: list["_Program"]) -> None:
        self.name = name
        self.log = options.directory / f"{name}.log"
        self.report = options.directory / f"{name}.json"
        self.report.unlink(missing_ok=True)
        self.output: list[str] = []
        self.ended = False
        self.ready_line: str | None = None
        self.on_stderr: Callable[[str], None] = lambda _line: None
        self._log_file = self.log.open("w", encoding="utf-8", errors="replace")
        self._log_file.write("$ " + command_line(command) + "\n")
        try:
            self.child = Child(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=options.root)
        except OSError as error:
            self._log_file.close()
            raise Problem(
                f"the {name} could not be started: {command[0]}: {os.strerror(error.errno or 0)}.",
                next_command="./course start",
            ) from error
        self._stdout = LineReader(self.child.process.stdout)
        self._stderr = LineReader(self.child.process.stderr)
        self.readers = (self._stdout, self._stderr)
        programs.append(self)

    def wait_ready(self, limit_s: float, programs: list["_Program"]) -> str:
        """The line that begins with `ready`; any program that ends meanwhile is a failure."""
        deadline = time.monotonic() + limit_s
        while self.ready_line is None:
            for program in programs:
                if program.ended:
                    raise program.problem(f"{describe_exit(program.code())} before the {self.name} was ready")
            if time.monotonic() > deadline:
                raise self.problem(f"did not get ready within {limit_s:g} s")
            _pump(programs, 0.1)
        return self.ready_line

    def read(self) -> None:
        """Takes what is there from both pipes into the log."""
        for line in self._stdout.lines():
            self._log_file.write(line + "\n")
            if self.ready_line is None and line.split(" ")[0] == "ready":
                self.ready_line = line
            else:
                self.output.append(line)
        for line in self._stderr.lines():
            self._log_file.write(line + "\n")
            self.on_stderr(line)

    def go(self) -> None:
        """Tells the exchange to publish. Its stdin stays open: the end of it means quit."""
        try:
            os.write(self.child.process.stdin.fileno(), b"\n")
        except BrokenPipeError as error:
            raise self.problem("closed its standard input instead of waiting for the go") from error

    def code(self) -> int:
        return self.child.stop()

    def has_report(self) -> bool:
        return self.report.exists()

    def problem(self, what: str) -> Problem:
        """A Problem with the end of this program's log, stderr included."""
        self._log_file.flush()
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
        details = "\n".join(lines[-TAIL_LINES:])
        return Problem(f"the {self.name} {what}.", details=details, log=self.log, next_command=NEXT_COMMAND)

    def close(self) -> None:
        self.child.stop()
        self._log_file.close()

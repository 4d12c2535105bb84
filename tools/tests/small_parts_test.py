"""CPU choice, multicast lines, progress lines, child processes."""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import subprocess
import unittest
from unittest import mock

from course import cpus, multicast_lines, terminal
from course.processes import run_logged
from support import ROOT, FakeMachine, alive


class TwoCores(FakeMachine):
    def siblings(self, cpu: int, text: str) -> None:
        directory = self.directory / f"cpu{cpu}" / "topology"
        directory.mkdir(parents=True)
        (directory / "thread_siblings_list").write_text(text)

    def test_one_is_not_enough(self) -> None:
        self.assertIsNone(cpus.two_cores({3}, self.directory))

    def test_two(self) -> None:
        self.assertEqual(cpus.two_cores({0, 5}, self.directory), (0, 5))

    def test_cpu_0_is_left_alone_when_there_are_others(self) -> None:
        self.assertEqual(cpus.two_cores({0, 1, 2}, self.directory), (1, 2))

    def test_not_two_threads_of_one_core(self) -> None:
        self.siblings(1, "1,2")
        self.assertEqual(cpus.two_cores({0, 1, 2, 3}, self.directory), (1, 3))

    def test_unless_there_is_nothing_else(self) -> None:
        self.siblings(0, "0-1")
        self.assertEqual(cpus.two_cores({0, 1}, self.directory), (0, 1))

    def test_lists(self) -> None:
        self.assertEqual(cpus.parse_list("0-3,8\n"), {0, 1, 2, 3, 8})
        self.assertEqual(cpus.parse_list(""), set())


class Lines(unittest.TestCase):
    def test_different_groups_and_ports(self) -> None:
        seed = random.SystemRandom().getrandbits(32)
        for line_a, line_b in (multicast_lines.choose_lines(2, random.Random(seed + i)) for i in range(50)):
            self.assertNotEqual(line_a.split(":")[0], line_b.split(":")[0], f"seed {seed}")
            self.assertNotEqual(line_a.split(":")[1], line_b.split(":")[1], f"seed {seed}")
            self.assertRegex(line_a, r"^239\.19[2-5]\.\d+\.\d+:[23]\d{4}$")

    def test_a_port_in_use_is_not_chosen(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("", 0))
            port = taken.getsockname()[1]
            with mock.patch.object(multicast_lines, "_PORTS", range(port, port + 1)):
                with self.assertRaises(OSError):
                    multicast_lines.choose_lines(1)


class Screen(io.StringIO):
    def __init__(self, live: bool) -> None:
        super().__init__()
        self._live = live

    def isatty(self) -> bool:
        return self._live


class Progress(FakeMachine):
    def run_progress(self, live: bool) -> str:
        screen, now = Screen(live), [0.0]
        progress = terminal.Progress("build", screen, clock=lambda: now[0])
        for step in range(250):  # 25 s, ten updates a second
            now[0] = step / 10
            progress.update(f"{step}/250")
        progress.done("250 steps")
        return screen.getvalue()

    def test_without_a_terminal_one_line_in_ten_seconds(self) -> None:
        self.assertEqual(
            self.run_progress(live=False), "build: 100/250\nbuild: 200/250\nbuild: 250 steps (24.9 s)\n"
        )

    def test_on_a_terminal_one_line_in_all(self) -> None:
        with mock.patch.dict(os.environ, {"TERM": "xterm"}):
            text = self.run_progress(live=True)
        self.assertEqual(text.count("\n"), 1)
        self.assertGreater(text.count("\r"), 100)

    def test_colours(self) -> None:
        with mock.patch.dict(os.environ, {"TERM": "xterm"}):
            self.assertIn("\033[31m", terminal.paint("x", "red", Screen(True)))
            self.assertEqual(terminal.paint("x", "red", Screen(False)), "x")
            with mock.patch.dict(os.environ, {"NO_COLOR": "1"}):
                self.assertEqual(terminal.paint("x", "red", Screen(True)), "x")
        with mock.patch.dict(os.environ, {"TERM": "dumb"}):
            self.assertEqual(terminal.paint("x", "red", Screen(True)), "x")


class RunLogged(FakeMachine):
    def test_output_goes_to_the_log_and_to_the_caller(self) -> None:
        lines: list[str] = []
        log = self.directory / "logs" / "x.log"
        code, tail = run_logged(["sh", "-c", "echo one; printf two >&2; exit 3"], log, on_line=lines.append)
        self.assertEqual((code, lines, tail), (3, ["one", "two"], "one\ntwo"))
        self.assertEqual(log.read_text(), "one\ntwo\n")

    def test_a_child_of_the_child_that_holds_the_pipe_does_not_hold_us(self) -> None:
        pid_file = self.directory / "pid"
        command = ["sh", "-c", f"sleep 3600 & echo $! > {pid_file}; echo done"]
        code, tail = run_logged(command, self.directory / "x.log")
        self.assertEqual((code, tail), (0, "done"))
        self.wait_for(lambda: not alive(int(pid_file.read_text())), "the sleeper is gone")


class Foreground(FakeMachine):
    CALLER = """
        import sys
        from pathlib import Path
        sys.dont_write_bytecode = True
        sys.path.insert(0, {package!r})
        from course import foreground, signals
        from course.problem import Interrupted
        foreground._GRACE_S = {grace_s}
        signals.raise_on_ending_signals()
        try:
            foreground.run([{program!r}], Path("."))
        except Interrupted:
            sys.exit(3)
        """

    def left_alive(self, program: str, grace_s: float = 60) -> tuple[bool, int]:
        """Starts a program by foreground.run(), which starts another; SIGTERM once that is there."""
        lab = self.script(self.directory / "lab", program)
        text = self.CALLER.format(package=str(ROOT / "tools"), program=str(lab), grace_s=grace_s)
        caller = self.python(self.directory / "caller", text)
        with subprocess.Popen([str(caller)], stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
            grandchild = int(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            code = process.wait()
        return alive(grandchild), code

    def test_what_the_program_started_is_asked_to_end_as_well(self) -> None:
        tidy = """sh -c 'trap "echo > $FAKE/tidied; exit" TERM; echo $$; while :; do sleep 0.01; done' & wait"""
        self.assertEqual(self.left_alive(tidy), (False, 3))
        self.assertTrue((self.directory / "tidied").exists())

    def test_by_force_when_it_does_not_listen(self) -> None:
        deaf = """sh -c 'trap "" TERM; echo $$; exec sleep 1000' & wait"""
        self.assertEqual(self.left_alive(deaf, grace_s=0.1), (False, 3))


if __name__ == "__main__":
    unittest.main()

"""The run of exchange and handler: its handshake, and everything that can go wrong in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unittest

from course import feed_run
from course.problem import Problem
from fake_feed import HANG, FakeFeed
from support import ROOT, alive


class FeedRun(FakeFeed):
    def options(self, **changes) -> feed_run.FeedRunOptions:
        exchange, handler = self.directory / "lln-exchange", self.directory / "lln-handler"
        if not exchange.exists():
            self.exchange()
        if not handler.exists():
            self.handler()
        directory = self.directory / "run"
        return feed_run.FeedRunOptions(exchange=exchange, handler=handler, directory=directory, **changes)

    def fails(self, **changes) -> Problem:
        with self.assertRaises(Problem) as caught:
            feed_run.run(self.options(**changes))
        for file in self.directory.glob("*.pid"):
            if text := file.read_text():
                self.assertFalse(alive(int(text)), f"the {file.stem} stayed behind")
        return caught.exception

    def test_a_good_run(self) -> None:
        progress: list[str] = []
        result = feed_run.run(self.options(exchange_args=["--rate", "7"], handler_cpu=1), progress.append)
        self.assertEqual((result.exchange_code, result.handler_code), (0, 0))
        self.assertEqual(result.handler_output, ["the handler's report"], "stderr and the ready line are not in it")
        self.assertEqual(progress, ["1,000,000 messages/s"])
        self.assertTrue(result.report.exists() and list(result.hgrm.glob("*.hgrm")))
        self.assertIn("--rate 7", (self.directory / "exchange.args").read_text())
        said = (self.directory / "handler.args").read_text()
        self.assertIn(f"--line-a {result.ready['line_a']} --line-b {result.ready['line_b']}", said)
        self.assertIn("--rerequest 127.0.0.1:41234 --glimpse 127.0.0.1:41235", said)
        self.assertIn("--cpu 1", said)
        self.assertIn("--idle-exit 10", said, "a handler that missed the end of the day must end")

    def test_paths_are_told_from_the_root(self) -> None:
        result = feed_run.run(self.options(root=self.directory))
        self.assertTrue(result.report.exists() and list(result.hgrm.glob("*.hgrm")), "and are the same files")
        said = (self.directory / "handler.args").read_text()
        self.assertIn("--report run/handler.json", said)
        self.assertNotIn(str(self.directory), said, "no one's home stands in a report's command")

    def test_the_exchange_gets_its_go_after_the_handler_is_ready(self) -> None:
        self.exchange(after_go="open(here + '/went', 'w')")
        self.handler(before_ready="if os.path.exists(here + '/went'): sys.exit('published before anyone listened')")
        self.assertEqual(feed_run.run(self.options()).handler_code, 0)

    def test_without_recovery_the_servers_are_not_handed_over(self) -> None:
        feed_run.run(self.options(recovery=False))
        self.assertNotIn("--rerequest", (self.directory / "handler.args").read_text())

    def test_the_handlers_bad_verdict_is_a_result(self) -> None:
        self.handler(at_end="sys.exit(3)")
        self.assertEqual(feed_run.run(self.options()).handler_code, 3)

    def test_exchange_dies_before_it_is_ready(self) -> None:
        self.exchange(before_ready='sys.exit("lln-exchange: no interface lo")')
        problem = self.fails()
        self.assertEqual(problem.sentence, "the exchange ended with exit code 1 before the exchange was ready.")
        self.assertIn("lln-exchange: no interface lo", problem.details)
        self.assertTrue(problem.next_command and problem.log.exists())
        self.assertFalse((self.directory / "handler.pid").exists(), "the handler was started for nothing")

    def test_exchange_says_nonsense(self) -> None:
        self.exchange(before_ready='print("ready or not", flush=True)')
        self.assertIn("said something other than", self.fails().sentence)

    def test_exchange_dies_while_the_handler_gets_ready(self) -> None:
        self.exchange(
            before_ready="def die():\n"
            "    while not os.path.exists(here + '/handler.pid'): time.sleep(0.005)\n"
            "    os._exit(9)\n"
            "import threading; threading.Thread(target=die).start()"
        )
        self.handler(before_ready=HANG)
        self.assertIn("exchange ended with exit code 9 before the handler was ready", self.fails().sentence)

    def test_handler_dies_before_it_is_ready(self) -> None:
        self.handler(before_ready='sys.exit("lln-handler: busy port")')
        problem = self.fails()
        self.assertIn("the handler ended with exit code 1 before the handler was ready", problem.sentence)
        self.assertIn("busy port", problem.details)

    def test_handler_is_never_ready(self) -> None:
        self.handler(before_ready=HANG)
        self.assertEqual(self.fails(ready_limit_s=0.5).sentence, "the handler did not get ready within 0.5 s.")

    def test_exchange_is_killed_in_the_middle(self) -> None:
        self.exchange(after_go="os.kill(os.getpid(), 9)")
        self.assertIn("the exchange was killed by SIGKILL in the middle", self.fails().sentence)

    def test_handler_is_killed_in_the_middle(self) -> None:
        self.exchange(after_go=HANG)
        self.handler(after_ready="os.kill(os.getpid(), 11)")
        self.assertIn("the handler was killed by SIGSEGV in the middle", self.fails().sentence)

    def test_handler_ends_without_a_report(self) -> None:
        self.handler(after_ready="sys.exit(0)")
        self.assertIn("left no report", self.fails().sentence)

    def test_handler_does_not_end(self) -> None:
        self.handler(at_end=HANG)
        self.assertIn("the handler did not end within", self.fails(run_limit_s=1).sentence)

    def test_a_handler_that_ignores_sigterm_is_killed(self) -> None:
        self.handler(after_ready="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + HANG)
        self.fails(run_limit_s=0.5)

    def test_grandchildren_go_too(self) -> None:
        self.handler(
            before_ready="import subprocess; child = subprocess.Popen(['sleep', '3600'])\n"
            "open(here + '/grandchild', 'w').write(str(child.pid))",
            after_ready=HANG,
        )
        self.fails(run_limit_s=0.5)
        grandchild = int((self.directory / "grandchild").read_text())
        self.wait_for(lambda: not alive(grandchild), "the handler's child is gone")

    def test_a_program_that_is_not_there(self) -> None:
        options = self.options()
        options.handler.unlink()
        with self.assertRaisesRegex(Problem, "the handler could not be started"):
            feed_run.run(options)
        self.assertFalse(alive(self.pid("exchange")))

    def test_exchange_that_closes_its_input(self) -> None:
        self.exchange(before_ready="os.close(0); sys.stdin = open(os.pipe()[0])")
        self.assertIn("the exchange closed its standard input", self.fails(run_limit_s=5).sentence)

    def test_two_runs_at_once_use_different_lines(self) -> None:
        lines = [feed_run.run(self.options()).ready["line_a"] for _ in range(3)]
        self.assertEqual(len(set(lines)), 3, lines)


class Killed(FakeFeed):
    """What happens to the two when the process that runs them is ended from outside."""

    def run_in_background(self, ignoring: int | None = None) -> subprocess.Popen:
        self.exchange(after_go="open(here + '/went', 'w'); " + HANG)
        self.handler(after_ready=HANG)
        program = (
            "import sys; from pathlib import Path; from course import cli, feed_run;"
            "here = Path(sys.argv[1]);"
            "options = feed_run.FeedRunOptions(here / 'lln-exchange', here / 'lln-handler', here / 'run');"
            "cli._dispatch = lambda _arguments: feed_run.run(options) and 0;"
            "sys.exit(cli.main([]))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(self.directory)],
            env={**self.environment, "PYTHONPATH": str(ROOT / "tools")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: ignoring and signal.signal(ignoring, signal.SIG_IGN),
        )
        self.addCleanup(self._finish, process)
        return process

    def ended_by(self, number: int, ignoring: int | None = None) -> tuple[int, str]:
        process = self.run_in_background(ignoring)
        pids = [self.pid("exchange"), self.pid("handler")]
        self.wait_for((self.directory / "went").exists, "the exchange publishes")
        os.kill(process.pid, number)
        output = process.communicate(timeout=30)[0]
        self.wait_for(lambda: not any(alive(pid) for pid in pids), "exchange and handler are gone")
        return process.returncode, output

    def test_ctrl_c(self) -> None:
        code, output = self.ended_by(signal.SIGINT)
        self.assertEqual(code, 130, output)
        self.assertIn("ended by SIGINT", output)
        self.assertNotIn("Traceback", output)

    def test_sigint_to_a_background_job(self) -> None:
        self.assertEqual(self.ended_by(signal.SIGINT, ignoring=signal.SIGINT)[0], 130)

    def test_sigterm(self) -> None:
        self.assertEqual(self.ended_by(signal.SIGTERM)[0], 143)

    def test_a_closed_terminal(self) -> None:
        self.assertEqual(self.ended_by(signal.SIGHUP)[0], 129)

    def test_sigkill_leaves_nothing_behind_either(self) -> None:
        self.assertEqual(self.ended_by(signal.SIGKILL)[0], -9)


if __name__ == "__main__":
    unittest.main()

"""./course leaderboard: verdicts of pairs, the board, and what is read from the kernel."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

from course import schema
from course.cli import _dispatch
from course.layout import ROOT
from course.leaderboard import board, catching_up, command, paired
from course.problem import Problem
from support import FakeMachine

SCHEMA = json.loads((ROOT / "tools/schema/leaderboard.schema.json").read_text())
UDP = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 0111C0EF:791A 00000000:0000 07 00000000:00000900 00:00000000 00000000     0        0 1 2 0 0
  101: 0211C0EF:791B 00000000:0000 07 00000000:00001000 00:00000000 00000000     0        0 2 2 0 0
  102: 0100007F:0035 00000000:0000 07 00000000:00070000 00:00000000 00000000     0        0 3 2 0 0
"""


def around(centre: float, spread: float = 0.01, count: int = 15) -> list[float]:
    source = random.Random(7)
    return [centre * (1 + source.uniform(-spread, spread)) for _ in range(count)]


class Verdicts(unittest.TestCase):
    def word(self, ratios: list[float], twins: list[float], limit: float = 2.0) -> tuple[str, str]:
        verdict = paired.judge(ratios, twins, limit)
        return verdict.word, verdict.reason

    def test_three_words(self) -> None:
        self.assertEqual(self.word(around(0.8), around(1))[0], "faster")
        self.assertEqual(self.word(around(2.5), around(1))[0], "slower")
        self.assertEqual(self.word(around(1), around(1))[0], "inconclusive")

    def test_slower_is_only_who_is_surely_beyond_the_limit(self) -> None:
        self.assertIn("costs more than the reference", self.word(around(1.5), around(1))[1])
        self.assertEqual(self.word(around(2, 0.2), around(1))[0], "inconclusive")
        self.assertEqual(self.word(around(1.5), around(1), limit=1.2)[0], "slower")

    def test_the_noise_floor_forbids_verdicts(self) -> None:
        word, reason = self.word(around(0.8), around(1.3))
        self.assertEqual(word, "inconclusive")
        self.assertIn("differs by up to", reason)
        self.assertEqual(self.word(around(2.5), around(3))[0], "inconclusive")

    def test_too_few_pairs(self) -> None:
        self.assertIn("fewer than 15 pairs", self.word(around(0.5, count=14), around(1, count=14))[1])

    def test_no_difference_is_inconclusive(self) -> None:
        source = random.Random(1)
        for _ in range(20):
            ratios = [source.lognormvariate(0, 0.05) for _ in range(15)]
            twins = [source.lognormvariate(0, 0.05) for _ in range(15)]
            self.assertEqual(self.word(ratios, twins)[0], "inconclusive")


def run_of(cost: float, right: bool = True) -> catching_up.Run:
    return catching_up.Run(right, "" if right else "messages were lost for good", cost, {"p50": 4000.0, "p99": 9000.0})


class NowhereToWrite(unittest.TestCase):
    def test_is_said_before_the_measurement(self) -> None:
        with self.assertRaisesRegex(Problem, "cannot be written"):
            board.require_writable(Path(__file__) / "board.json")


class Board(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.directory / "class.json"
        self.costs = {"/fast": 300.0, "/slow": 2000.0, "/lln-handler": 500.0}

    def leaderboard(self, *words: str) -> int:
        """In this process, with a stand-in for what takes minutes."""

        def once(handler: Path, _exchange: Path, _directory: Path) -> catching_up.Run:
            return run_of(self.costs[str(handler)] * random.uniform(0.99, 1.01))

        def programs(options, _layout) -> dict[str, Path]:
            return {"exchange": Path("/x"), "candidate": options.candidate, "reference": Path("/lln-handler")}

        with (
            mock.patch.object(catching_up, "once", once),
            mock.patch.object(command, "_programs", programs),
            mock.patch.object(command, "commit", lambda _root: ""),
            open(os.devnull, "w") as nowhere,
            mock.patch.object(sys, "stdout", nowhere),
        ):
            return _dispatch(["leaderboard", "--file", str(self.file), *words])

    def test_runs_are_appended_and_sorted(self) -> None:
        self.assertEqual(self.leaderboard("--run", "--name", "slow", "--candidate", "/slow"), 0)
        self.assertEqual(self.leaderboard("--run", "--name", "fast|er", "--candidate", "/fast"), 0)
        data = json.loads(self.file.read_text())
        self.assertEqual(schema.errors(data, SCHEMA), [])
        self.assertEqual([(e["name"], e["verdict"]) for e in data["entries"]], [("slow", "slower"), ("fast|er", "faster")])
        lines = self.file.with_suffix(".md").read_text().split("\n")
        self.assertRegex(lines[6], r"^\| 1 \| fast\\\|er \| 0\.(59|60|61) \|.* faster \| \d+ \| \d+ \| 4\.0 us \| 9\.0 us \|")
        self.assertRegex(lines[7], r"^\| 2 \| slow \| [34]\.\d\d \|")

    def test_only_the_newest_of_a_name_is_shown_and_none_is_lost(self) -> None:
        for program in ("/slow", "/fast"):
            self.leaderboard("--run", "--name", "one", "--candidate", program)
        data = board.load(self.file)
        self.assertEqual(len(data["entries"]), 2)
        self.assertEqual([entry["verdict"] for entry in board.latest(data)], ["faster"])

    def test_exit_codes_without_a_file(self) -> None:
        self.costs["/same"] = 500.0
        for program, code in (("/fast", 0), ("/slow", 1), ("/same", 77)):
            self.assertEqual(self.leaderboard("--run", "--no-file", "--candidate", program), code, program)
        self.assertFalse(self.file.exists())

    def test_first_right_then_fast(self) -> None:
        with mock.patch(f"{__name__}.run_of", lambda cost: catching_up.Run(False, "a book differs", cost, {})):
            with self.assertRaisesRegex(Problem, "does not come through the day: a book differs. First right, then fast"):
                self.leaderboard("--run", "--candidate", "/fast")
        self.assertFalse(self.file.exists())

    def test_what_is_no_board_is_left_alone(self) -> None:
        for text in ("{", '{"schema": "lln/result/v1", "entries": []}', '{"schema": "lln/leaderboard/v1", "entries": [{}]}'):
            self.file.write_text(text)
            with self.assertRaisesRegex(Problem, "is no leaderboard"):
                self.leaderboard("--run", "--candidate", "/fast")
            self.assertEqual(self.file.read_text(), text)

    def test_an_empty_board(self) -> None:
        code, output = self.course("leaderboard", "--file", str(self.file))
        self.assertEqual(code, 0, output)
        self.assertIn("Nobody is on it yet.", output)
        self.assertIn("Next:  ./course leaderboard --run", output)


class Kernel(FakeMachine):
    def test_bytes_that_wait(self) -> None:
        table = self.directory / "udp"
        table.write_text(UDP)
        self.assertEqual(catching_up.queued({0x791A, 0x791B}, table), 0x1900)
        self.assertEqual(catching_up.queued({1}, table), 0)

    def test_cpu_time_of_a_process(self) -> None:
        self.assertGreater(catching_up.cpu_s(os.getpid()), 0)
        self.assertEqual(catching_up.cpu_s(0), 0)

    def test_a_process_runs_again_however_it_is_left(self) -> None:
        sleeper = subprocess.Popen(["sleep", "60"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        stopper = catching_up._Stopper(None)
        with self.assertRaises(KeyboardInterrupt):
            with stopper.around(sleeper.pid, {"line_a": "239.0.0.1:1", "line_b": "239.0.0.2:2"}):
                raise KeyboardInterrupt
        state = Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()[0]
        self.assertNotEqual(state, "T")


if __name__ == "__main__":
    unittest.main()

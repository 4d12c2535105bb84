"""./course watch on a terminal of its own: saves and keys."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
import unittest

from fake_students import FakeStudents

_LIMIT_S = 60


class Watch(FakeStudents):
    def setUp(self) -> None:
        super().setUp()
        self.terminal, inner = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(self.main), "watch"],
            env={**self.environment, "TERM": "xterm", "NO_COLOR": "1"},
            stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
        )  # fmt: skip
        os.close(inner)
        self.addCleanup(self._finish, self.process)
        self.seen = ""

    def expect(self, words: str) -> str:
        """Reads until `words` come; returns what was printed since the last call."""
        deadline = time.monotonic() + _LIMIT_S
        while words not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], deadline - time.monotonic())
            self.assertTrue(ready, f"waited for {words!r} in vain; on the screen: {self.seen}")
            try:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:
                self.fail(f"it ended before {words!r}; on the screen: {self.seen}")
        before, _, self.seen = self.seen.partition(words)
        return before

    def press(self, key: str) -> None:
        os.write(self.terminal, key.encode())

    def test_saves(self) -> None:
        self.assertIn("Every exercise is red at the start", self.expect("Waiting for a save"))
        self.write(self.ring, "pass order")
        screen = self.expect("Waiting for a save")
        self.assertIn("02-01 A ring: 1 of 2 groups pass so far", screen)
        self.assertIn("FAIL           -/3  wrap", screen)
        self.assertIn("Only release was run; tsan once it is green.", screen)
        self.write(self.ring, "pass order.release", "pass wrap")
        screen = self.expect("Waiting for a save")
        self.assertIn("release: 2 of 2 groups pass", screen)
        self.assertIn("FAIL           0/2  order  tsan", screen)
        self.write(self.ring, "pass order", "pass wrap")
        self.assertIn("02-01 is done.", self.expect("Waiting for a save"))
        self.write(self.counter, "#error")
        screen = self.expect("Waiting for a save of exercises/02-queues/02-counter")
        self.assertIn("NOT BUILT", screen)
        self.assertEqual(
            self.built(),
            ["02-01.student.release"] * 2
            + ["02-01.student.release", "02-01.student.release 02-01.student.tsan"] * 2
            + ["02-02.student.release"],
        )

    def test_keys(self) -> None:
        self.expect("Waiting for a save")
        self.press("h")
        self.assertIn("02-01 hint 1 of 3", self.expect("Waiting for a save"))
        self.press("n")
        self.assertIn("about 45 minutes", self.expect("Waiting for a save"))
        self.press("\r")
        screen = self.expect("Waiting for a save")
        self.assertIn("02-01 A ring: 0 of 2 groups pass so far", screen)
        self.assertNotIn("Every exercise is red", screen, "said once, at the beginning")
        self.press("xyq")
        self.assertIn("Next:  ./course progress", self.expect("how far you are"))
        self.assertEqual(self.process.wait(_LIMIT_S), 0)

    def test_an_editor_that_replaces_the_file(self) -> None:
        self.expect("Waiting for a save")
        self.ring.unlink()
        new = self.ring.with_suffix(".new")
        self.write(new, "pass order")
        new.rename(self.ring)
        self.assertIn("FAIL           -/3  wrap", self.expect("Waiting for a save"))

    def test_ctrl_c(self) -> None:
        self.expect("Waiting for a save")
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(_LIMIT_S), 130)


if __name__ == "__main__":
    unittest.main()

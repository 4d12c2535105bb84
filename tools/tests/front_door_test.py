"""./course without or with a wrong command, and on a machine without Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unittest

from support import ROOT, FakeMachine


class FrontDoor(FakeMachine):
    def test_help_lists_the_commands(self) -> None:
        for arguments, expected in (((), 2), (("--help",), 0), (("help",), 0)):
            code, output = self.course(*arguments)
            self.assertEqual(code, expected)
            for name in ("start", "test", "doctor", "report", "next", "check", "watch", "grade", "dev", "notes"):
                self.assertRegex(output, rf"(?m)^  {name} ")

    def test_an_unknown_command_suggests_the_nearest(self) -> None:
        code, output = self.course("docter")
        self.assertEqual(code, 2)
        self.assertIn("Did you mean  ./course doctor ?", output)
        self.assertNotIn("Did you mean", self.course("xyzzy")[1])

    def test_wrong_options_are_refused(self) -> None:
        for arguments in (("start", "--rate", "0"), ("start", "--loss", "100"), ("test", "--preset", "none")):
            self.assertEqual(self.course(*arguments)[0], 2, arguments)

    def printing_to(self, output: int, *arguments: str, **options) -> subprocess.CompletedProcess:
        """./course with this standard output."""
        command = [sys.executable, "-B", str(self.main), *arguments]
        return subprocess.run(
            command, env=self.environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False, **options
        )

    def test_a_full_disk_behind_standard_output(self) -> None:
        said = (
            "course: cannot write standard output: No space left on device; "
            "what was printed is incomplete, direct it elsewhere.\n"
        )
        problem = "course: there is no exercise 'nosuch'.\n  next:       ./course list\n"
        cases = (
            (("help",), 1, said),  # printed in one go
            (("lab",), 1, said),  # line by line
            (("list", "--help"), 1, said),  # by argparse
            (("check", "nosuch"), 2, problem),  # nothing was printed
        )
        for arguments, expected, sentence in cases:
            with open("/dev/full", "w") as full:
                done = self.printing_to(full.fileno(), *arguments)
            self.assertEqual((done.returncode, done.stderr), (expected, sentence), arguments)

    def test_standard_output_that_is_closed(self) -> None:
        for arguments in (("help",), ("lab",), ("check", "nosuch")):
            done = self.printing_to(subprocess.DEVNULL, *arguments, preexec_fn=lambda: os.close(1))
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(
                done.stderr, "course: standard output is closed; direct it to a terminal, a file or a pipe.\n"
            )

    def test_a_reader_that_has_gone_is_no_news(self) -> None:
        for arguments in (("help",), ("lab",), ("list", "--help")):
            reader, writer = os.pipe()
            os.close(reader)
            done = self.printing_to(writer, *arguments)
            os.close(writer)
            self.assertEqual((done.returncode, done.stderr), (128 + signal.SIGPIPE, ""), arguments)

    def test_the_launcher_without_python(self) -> None:
        (self.bin / "python3").unlink()
        done = subprocess.run(
            [str(ROOT / "course"), "doctor"], env=self.environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get install python3", done.stderr)

    def launch_without_python(self, command: str, uid: int, brings: str = "true") -> subprocess.CompletedProcess:
        """The launcher on a bare machine; `uid` is what id says, `brings` what apt-get install does."""
        (self.bin / "python3").unlink()
        self.script("id", f"echo {uid}")
        self.script("apt-get", f"""\
            echo "apt-get $*" >> "$FAKE/calls"
            if [ "$1" = install ]; then {brings}; fi
            """)
        return subprocess.run(
            [str(ROOT / "course"), command], env=self.environment, capture_output=True, text=True, check=False
        )

    def test_root_gets_python_first(self) -> None:
        self.python("the-python", "import sys; print('python3 runs', *sys.argv[2:])")
        done = self.launch_without_python("test", uid=0, brings='cp "$FAKE/bin/the-python" "$FAKE/bin/python3"')
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "python3 runs test"), done)

    def test_apt_that_fails_is_named(self) -> None:
        done = self.launch_without_python("test", uid=0, brings="exit 100")
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get could not install python3", done.stderr)

    def test_without_rights_python_is_named(self) -> None:
        done = self.launch_without_python("start", uid=1000)
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get install python3", done.stderr)
        self.assertFalse((self.directory / "calls").exists())


if __name__ == "__main__":
    unittest.main()

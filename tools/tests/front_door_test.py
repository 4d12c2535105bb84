"""./course without or with a wrong command, and on a machine without Python."""

from __future__ import annotations

import subprocess
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

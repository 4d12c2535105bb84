"""Which packages are missing, and what is done about it by root, with sudo, and with neither."""

from __future__ import annotations

import contextlib
import io
import sys
import unittest
from unittest import mock

from course import install
from course.packages import PACKAGES, Package, bpftool_packages, packages_for
from course.problem import Problem
from support import FakeMachine

NEEDED = Package("needed-dev", "the build", True, ("needed.h",))
WANTED = Package("wanted", "plots", False, ("wanted-program",))


class Install(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.state = self.directory / "installed.txt"
        self.state.write_text("")
        self.calls = self.directory / "calls.txt"
        self.calls.write_text("")
        self.script("dpkg-query", '''\
            for name in "$@"; do
              case "$name" in -*|'$'*) continue ;; esac
              if grep -qx "$name" "$FAKE/installed.txt"; then echo "$name installed"; else missing=1; fi
            done
            [ -z "${missing:-}" ]
            ''')
        self.apt()
        self.enterContext(mock.patch.object(install, "_have_lists", return_value=True))
        self.enterContext(mock.patch.object(sys, "stdin", mock.Mock(isatty=lambda: False)))

    def apt(self, refuses: str = "nothing-at-all", needs_update: bool = False) -> None:
        self.script("apt-get", f'''\
            echo "apt-get $*" >> "$FAKE/calls.txt"
            case "$1" in
              update) echo yes > "$FAKE/updated" ;;
              install)
                {'[ -e "$FAKE/updated" ] || exit 100' if needs_update else ':'}
                for name in "$@"; do [ "$name" = "{refuses}" ] && {{ echo "E: Unable to locate package $name"; exit 100; }}; done
                for name in "$@"; do echo "$name" >> "$FAKE/installed.txt"; done ;;
            esac
            [ "$DEBIAN_FRONTEND" = noninteractive ]
            ''')

    def sudo(self, passwordless: bool) -> None:
        self.script("sudo", f'''\
            echo "sudo $*" >> "$FAKE/calls.txt"
            [ "$1" = -n ] && exit {0 if passwordless else 1}
            exec "$@"
            ''')

    def ensure(self, *packages: Package, uid: int = 0) -> tuple[bool, str]:
        said = io.StringIO()
        with mock.patch("os.geteuid", return_value=uid), contextlib.redirect_stdout(said):
            changed = install.ensure(packages, self.directory / "logs")
        return changed, said.getvalue()

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines()

    def test_nothing_missing_calls_no_apt(self) -> None:
        self.state.write_text("needed-dev\nwanted\n")
        changed, said = self.ensure(NEEDED, WANTED)
        self.assertEqual((changed, said, self.called()), (False, "", []))

    def test_root_installs_directly(self) -> None:
        changed, said = self.ensure(NEEDED, WANTED)
        self.assertTrue(changed)
        self.assertEqual(len(self.called()), 1, "one call: no update where the lists are there")
        self.assertTrue(self.called()[0].startswith("apt-get install -y"), self.called())
        self.assertTrue(self.called()[0].endswith("needed-dev wanted"), self.called())
        self.assertIn("needed-dev", said)

    def test_only_the_missing_ones_are_installed(self) -> None:
        self.state.write_text("needed-dev\n")
        self.ensure(NEEDED, WANTED)
        self.assertNotIn("needed-dev", self.called()[0])

    def test_lists_are_fetched_when_the_first_try_fails(self) -> None:
        self.apt(needs_update=True)
        self.assertTrue(self.ensure(NEEDED)[0])
        self.assertEqual([call.split()[1] for call in self.called()], ["install", "update", "install"])

    def test_lists_are_fetched_first_when_there_are_none(self) -> None:
        self.apt(needs_update=True)
        with mock.patch.object(install, "_have_lists", return_value=False):
            self.ensure(NEEDED)
        self.assertEqual([call.split()[1] for call in self.called()], ["update", "install"])

    def test_an_unknown_optional_package_does_not_block(self) -> None:
        self.apt(refuses="wanted")
        changed, said = self.ensure(NEEDED, WANTED)
        self.assertTrue(changed)
        self.assertIn("Going on without optional packages: wanted (plots).", said)

    def test_an_unknown_required_package_is_a_problem(self) -> None:
        self.apt(refuses="needed-dev")
        with self.assertRaises(Problem) as caught:
            self.ensure(NEEDED, WANTED)
        self.assertIn("needed-dev", caught.exception.sentence)
        self.assertIn("Unable to locate package", caught.exception.details)
        self.assertTrue(caught.exception.log.exists())

    def test_a_broken_off_installation_is_repaired_first(self) -> None:
        self.script("apt-get", "echo \"E: you must manually run 'sudo dpkg --configure -a' to correct it\"; exit 100")
        with self.assertRaises(Problem) as caught:
            self.ensure(NEEDED)
        self.assertEqual(caught.exception.next_command, "dpkg --configure -a")

    def test_passwordless_sudo(self) -> None:
        self.sudo(passwordless=True)
        changed, said = self.ensure(NEEDED, uid=1000)
        self.assertTrue(changed)
        self.assertIn("Installing with sudo: needed-dev", said)
        self.assertIn("sudo env DEBIAN_FRONTEND=noninteractive apt-get install", "\n".join(self.called()))

    def test_sudo_that_asks_without_a_terminal_is_not_used(self) -> None:
        self.sudo(passwordless=False)
        with self.assertRaises(Problem) as caught:
            self.ensure(NEEDED, WANTED, uid=1000)
        self.assertEqual(self.called(), ["sudo -n true"])
        self.assertEqual(caught.exception.next_command, "sudo apt-get install needed-dev wanted")

    def test_sudo_that_asks_at_a_terminal_is_used(self) -> None:
        self.sudo(passwordless=False)
        with mock.patch.object(sys, "stdin", mock.Mock(isatty=lambda: True)):
            changed, _ = self.ensure(NEEDED, uid=1000)
        self.assertTrue(changed)

    def test_neither_root_nor_sudo(self) -> None:
        with self.assertRaises(Problem) as caught:
            self.ensure(NEEDED, WANTED, uid=1000)
        self.assertEqual(caught.exception.status, 1)
        self.assertIn("needed-dev", caught.exception.sentence)
        self.assertNotIn("wanted", caught.exception.sentence, "only required ones stop the work")
        self.assertEqual(self.called(), [])

    def test_neither_but_only_optional_ones_are_missing(self) -> None:
        self.state.write_text("needed-dev\n")
        changed, said = self.ensure(NEEDED, WANTED, uid=1000)
        self.assertFalse(changed)
        self.assertIn("sudo apt-get install wanted", said)
        self.assertEqual(self.called(), [])

    def test_a_removed_package_with_its_configuration_left_is_missing(self) -> None:
        self.script("dpkg-query", "echo needed-dev config-files; echo wanted installed")
        self.assertEqual(install.missing([NEEDED, WANTED]), [NEEDED])

    def test_without_dpkg_programs_and_headers_are_looked_for(self) -> None:
        (self.bin / "dpkg-query").unlink()
        include = self.directory / "include"
        include.mkdir()
        with mock.patch.object(install, "_INCLUDE_DIRS", (str(include),)):
            self.assertEqual(install.missing([NEEDED, WANTED]), [NEEDED, WANTED])
            (include / "needed.h").write_text("")
            self.script("wanted-program", "true")
            self.assertEqual(install.missing([NEEDED, WANTED]), [])

    def test_the_list_is_complete_and_has_no_name_twice(self) -> None:
        names = [package.name for package in packages_for("clang-16")]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue({"cmake", "ninja-build", "g++", "libgtest-dev"} <= {p.name for p in PACKAGES if p.required})
        self.assertTrue(all(package.why and package.probes for package in PACKAGES))

    def test_bpftool_is_named_as_each_distribution_has_it(self) -> None:
        ubuntu = bpftool_packages('NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n')
        self.assertEqual([package.name for package in ubuntu], ["linux-tools-common", "linux-tools-generic"])
        for other in ("ID=debian\n", 'ID="somebody"\nID_LIKE="ubuntu debian"\n', ""):
            self.assertEqual([package.name for package in bpftool_packages(other)], ["bpftool"])
        self.assertFalse(any(package.required for package in ubuntu))


if __name__ == "__main__":
    unittest.main()

"""./course start and ./course test from outside, with stand-ins for cmake, ctest and the two programs."""

from __future__ import annotations

import json
import os
import signal
import unittest

from course.packages import PACKAGES
from fake_feed import HANG, FakeFeed
from junit_test import CONSOLE, XML
from support import alive

ALL_INSTALLED = "".join(f"{package.name} installed\\n" for package in PACKAGES)
GREEN_XML = '<testsuite tests="1"><testcase name="a" time="0.1" status="run"><system-out/></testcase></testsuite>'


class Commands(FakeFeed):
    def setUp(self) -> None:
        super().setUp()
        self.build = self.directory / "build"
        self.programs = self.directory / "programs"
        self.exchange(self.programs / "lln-exchange")
        self.handler(self.programs / "lln-handler")
        self.script("dpkg-query", f"printf '{ALL_INSTALLED}'")
        self.script("apt-get", 'echo called > "$FAKE/apt-was-called"')
        self.cmake()

    def cmake(self, configures: bool = True, compiles: bool = True) -> None:
        error = "exit 1" if not configures else ":"
        failure = (
            r"""printf '[1/2] Building a\nFAILED: b.o\nc++ b.cpp\nb.cpp:1: error: no\n'; cat "$FAKE/noise"; exit 1"""
        )
        (self.directory / "noise").write_text("[2/2] Building d\n" * 30)
        self.script("cmake", f'''\
            case "$1" in
              --preset)
                echo "-- Configuring"; echo configure >> "$FAKE/cmake-calls"
                {error}
                while [ "$1" != -B ]; do shift; done
                mkdir -p "$2"; : > "$2/build.ninja" ;;
              --build)
                echo build >> "$FAKE/cmake-calls"
                {":" if compiles else failure}
                mkdir "$FAKE/compiling" || {{ echo "two builds at once"; exit 1; }}
                mkdir -p "$2/bin"; cp "$FAKE"/programs/* "$2/bin/"; sleep 0.1; echo "[2/2] Linking"
                rm -r "$FAKE/compiling" ;;
            esac
            ''')

    def ctest(self, xml: str, console: str = "", code: int = 0) -> None:
        (self.directory / "tests.xml").write_text(xml)
        (self.directory / "console.txt").write_text(console)
        self.script("ctest", f'''\
            cat "$FAKE/console.txt"
            echo "$*" > "$FAKE/ctest-arguments"
            while [ "$1" != --output-junit ]; do shift; done
            [ -s "$FAKE/tests.xml" ] && cp "$FAKE/tests.xml" "$2"
            exit {code}
            ''')

    def start(self, *arguments: str) -> tuple[int, str]:
        return self.course("start", "--build-dir", str(self.build), *arguments)

    def run_test(self) -> tuple[int, list[str]]:
        code, output = self.course("test", "--build-dir", str(self.build))
        return code, output.rstrip("\n").split("\n")

    # ---- start

    def test_start_ends_with_report_and_what_next(self) -> None:
        code, output = self.start("--rate", "500000", "--loss", "0.5", "--seed", "7", "--seconds", "2")
        self.assertEqual(code, 0, output)
        self.assertIn("the handler's report", output)
        self.assertIn("./course test", output.split("What next")[1])
        report = self.build / "reports" / "final-project.json"
        self.assertEqual(json.loads(report.read_text())["summary"]["unrecovered"], 0)
        self.assertIn("fake feed", report.with_suffix(".html").read_text())
        self.assertTrue((report.with_suffix("") / "kernel_rx_to_book.hgrm").exists())
        arguments = (self.directory / "exchange.args").read_text()
        for wanted in ("--rate 500000", "--loss-a 0.005 --loss-b 0.005", "--seed 7", "--seconds 2", "--symbols 8000"):
            self.assertIn(wanted, arguments)
        self.assertFalse((self.directory / "apt-was-called").exists(), "nothing was missing")
        self.assertNotIn("\033", output, "no colours without a terminal")

    def test_start_gives_each_program_a_core_of_its_own(self) -> None:
        _, output = self.start()
        cpus = [
            arguments.split("--cpu ")[1].split()[0] if "--cpu " in arguments else None
            for arguments in ((self.directory / f"{name}.args").read_text() for name in ("exchange", "handler"))
        ]
        if len(os.sched_getaffinity(0)) > 1:
            self.assertNotEqual(cpus[0], cpus[1])
            self.assertIn("--rate 1000000", (self.directory / "exchange.args").read_text())
        else:
            self.assertEqual(cpus, [None, None])

    def test_start_on_one_core_lowers_the_rate_and_says_so(self) -> None:
        before = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, before)
        os.sched_setaffinity(0, {min(before)})
        code, output = self.start()
        self.assertEqual(code, 0, output)
        self.assertIn("Only one CPU is allowed here", output)
        arguments = (self.directory / "exchange.args").read_text()
        self.assertIn("--rate 20000 ", arguments)
        self.assertNotIn("--cpu", arguments)

    def test_second_start_does_not_configure_again(self) -> None:
        for _ in range(2):
            self.assertEqual(self.start()[0], 0)
        self.assertEqual((self.directory / "cmake-calls").read_text().split(), ["configure", "build", "build"])

    def test_start_stops_at_a_missing_package(self) -> None:
        self.script("dpkg-query", "exit 1")
        (self.bin / "apt-get").unlink()
        code, output = self.start()
        self.assertEqual(code, 1)
        self.assertIn("these are missing: cmake ninja-build g++", output)
        self.assertFalse((self.directory / "cmake-calls").exists())

    def test_start_shows_the_first_compile_error(self) -> None:
        self.cmake(compiles=False)
        code, output = self.start()
        self.assertEqual(code, 1)
        self.assertIn("b.cpp:1: error: no", output)
        self.assertIn("next:", output)

    def test_start_shows_why_cmake_failed(self) -> None:
        self.cmake(configures=False)
        code, output = self.start()
        self.assertEqual(code, 1)
        self.assertIn("CMake could not configure", output)
        self.assertIn("-- Configuring", output)

    def test_start_refuses_the_tree_of_other_sources(self) -> None:
        self.build.mkdir()
        (self.build / "CMakeCache.txt").write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n")
        code, output = self.start()
        self.assertEqual(code, 1)
        self.assertIn("rm -rf", output)

    def test_start_fails_when_the_handler_is_not_content(self) -> None:
        self.handler(self.programs / "lln-handler", at_end='print("3 messages unrecovered."); sys.exit(3)')
        code, output = self.start()
        self.assertEqual(code, 1)
        self.assertIn("the handler is not content: 3 messages unrecovered (exit code 3).", output)
        self.assertIn("the handler's report", output, "the report is shown all the same")
        self.assertNotIn("What next", output)

    def test_ctrl_c_during_start_leaves_nothing_behind(self) -> None:
        self.exchange(self.programs / "lln-exchange", after_go=HANG)
        process = self.start_course("start", "--build-dir", str(self.build))
        pids = [self.pid("exchange"), self.pid("handler")]
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)[0]
        self.assertEqual(process.returncode, 130, output)
        self.assertFalse([pid for pid in pids if alive(pid)])

    def test_two_starts_at_once(self) -> None:
        processes = [self.start_course("start", "--build-dir", str(self.build)) for _ in range(2)]
        outputs = [process.communicate(timeout=120)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], outputs)
        json.loads((self.build / "reports" / "final-project.json").read_text())

    # ---- test

    def test_all_green(self) -> None:
        self.ctest(GREEN_XML, " 1/1 Test #1: a ....   Passed    0.10 sec")
        code, lines = self.run_test()
        self.assertEqual((code, lines[-1]), (0, "1 passed, 0 failed, 0 skipped"))
        self.assertIn("-LE ^(student|perf|soak)$", (self.directory / "ctest-arguments").read_text())

    def test_failures_skips_and_timeouts_are_shown(self) -> None:
        self.ctest(XML, CONSOLE, code=8)
        code, lines = self.run_test()
        output = "\n".join(lines)
        self.assertEqual((code, lines[-1]), (1, "1 passed, 4 failed, 4 skipped"))
        self.assertIn("FAILED slow (Timeout", output)
        self.assertIn("FAILED crash (Exception: SegFault", output)
        self.assertIn("why <x>", output)
        self.assertIn("a.A.skip: no hardware timestamps here, eth0 refuses", output)

    def test_a_build_failure_counts_and_the_rest_is_tested(self) -> None:
        self.cmake(compiles=False)
        self.ctest(GREEN_XML)
        code, lines = self.run_test()
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))
        self.assertIn("  | b.cpp:1: error: no", lines)

    def test_no_tests_at_all_is_a_failure(self) -> None:
        for xml, code in (('<testsuite tests="0"/>', 8), ('<testsuite tests="0"/>', 0), ("", 0), ("<test", 0)):
            with self.subTest(xml=xml, code=code):
                self.ctest(xml, "No tests were found!!!", code)
                result, lines = self.run_test()
                self.assertEqual((result, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))

    def test_only_skips_is_a_failure(self) -> None:
        self.ctest('<testsuite><testcase name="a" time="0" status="disabled"/></testsuite>')
        self.assertEqual(self.run_test()[0], 1)

    def test_results_of_an_earlier_run_do_not_count(self) -> None:
        self.ctest(GREEN_XML)
        self.assertEqual(self.run_test()[0], 0)
        self.ctest("", "no results", code=0)
        self.assertEqual(self.run_test()[0], 1)

    def test_missing_packages_still_end_in_the_count(self) -> None:
        self.script("dpkg-query", "exit 1")
        (self.bin / "apt-get").unlink()
        code, lines = self.run_test()
        self.assertEqual((code, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))


if __name__ == "__main__":
    unittest.main()

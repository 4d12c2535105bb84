"""Wrong input is one sentence and an exit code; ending at any moment leaves nothing behind."""

import json
import os
import signal
import socket
import time
import unittest

from programs import BIN, PATIENCE, FeedTest, Handler, Program, process_exists, random_lines


class WrongInput(FeedTest):
    def refused(self, *arguments):
        handler = Program(self, "lln-handler", arguments)
        handler.wait()
        self.assertEqual(handler.process.returncode, 2, str(handler))
        return handler

    def test_group_that_is_not_multicast(self):
        self.assert_one_sentence(self.refused("--line-a", "10.0.0.1:31001"), "10.0.0.1:31001", "not a multicast group")

    def test_unknown_interface_lists_those_there_are(self):
        self.assert_one_sentence(self.refused("--interface", "nosuch0"), "nosuch0", "lo")

    def test_busy_port(self):
        line_a, line_b = random_lines()
        address, port = line_b.split(":")
        blocker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(blocker.close)
        blocker.bind((address, int(port)))
        self.assert_one_sentence(self.refused("--line-a", line_a, "--line-b", line_b), "line B", line_b, "in use")

    def test_transport_that_the_interface_has_not(self):
        self.assert_one_sentence(self.refused("--transport", "busy-poll"), "transport busy-poll", "lo is no device")

    def test_nothing_arrives(self):
        line_a, line_b = random_lines()
        handler = Handler(self, ["--line-a", line_a, "--line-b", line_b, "--idle-exit", "0.2"])
        self.assertEqual(handler.wait(), 6, str(handler))
        self.assertIn("check group, port and interface", handler.out)
        self.assertEqual(handler.summary()["packets"], 0)

    def test_report_in_a_missing_directory_is_found_at_once(self):
        handler = Program(self, "lln-handler", ["--report", "/nonexistent/report.json"])
        self.assertEqual(handler.wait(), 1, str(handler))
        self.assert_one_sentence(handler, "/nonexistent/report.json")

    def test_unreadable_digests_cost_neither_report_nor_code(self):
        exchange = self.exchange()
        missing = os.path.join(self.directory, "missing")
        handler = self.handler(exchange, "--quiet", "--expect-digests", missing, compare=False)
        exchange.go()
        self.assertEqual(handler.wait(), 1, str(handler))
        self.assertIn(missing, handler.err)
        self.assertGreater(handler.summary()["messages"], 0, "the report is written all the same")

    def test_full_disk(self):
        line_a, line_b = random_lines()
        arguments = ["--line-a", line_a, "--line-b", line_b, "--idle-exit", "0.2", "--report", "/dev/full"]
        handler = Program(self, "lln-handler", arguments)
        self.assertEqual(handler.wait(), 1, str(handler))
        # Who may not write into /dev at all meets that first.
        reason = "No space left on device" if os.access("/dev", os.W_OK) else "directory /dev: Permission denied"
        self.assertIn(f"cannot write /dev/full: {reason}", handler.err)

    def test_full_disk_behind_standard_output(self):
        line_a, line_b = random_lines()
        report = self.new_path("report")
        silent_day = ["--line-a", line_a, "--line-b", line_b, "--idle-exit", "0.2", "--quiet", "--report", report]
        dry_day = ["--dry-run", "--symbols", "50", "--messages", "3000", "--live-orders", "1000"]
        for name, arguments in (("lln-handler", silent_day), ("lln-exchange", dry_day)):
            redirected = ["-c", 'exec "$0" "$@" >/dev/full', os.path.join(BIN, name), *arguments]
            program = Program(self, "/bin/sh", redirected)
            self.assertEqual(program.wait(), 1, str(program))
            self.assert_one_sentence(program, f"{name}: cannot write standard output", "direct it elsewhere")
        with open(report) as file:
            self.assertEqual(json.load(file)["summary"]["packets"], 0, "the report is written all the same")

    def test_find_limit_without_an_exchange(self):
        handler = Program(self, "lln-handler", ["--find-limit", "--exchange", "/nonexistent/lln-exchange"])
        self.assertEqual(handler.wait(), 1, str(handler))
        self.assert_one_sentence(handler, "/nonexistent/lln-exchange")


class Ending(FeedTest):
    def test_interrupted_handler_reports_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            exchange = self.exchange("--seconds", "60", "--end-ms", "100")
            handler = self.handler(exchange, compare=False)
            exchange.go()
            handler.wait_for_line("err", "live")
            handler.interrupt(number)
            self.assertEqual(handler.wait(), 0, str(handler))
            self.assertFalse(handler.summary()["ended"])
            self.assertGreater(handler.summary()["messages"], 0)
            self.assert_no_socket(exchange.line_a, exchange.line_b)
            exchange.interrupt(number)
            self.assertEqual(exchange.wait(), 0, str(exchange))

    def test_interrupted_exchange_ends_the_day_properly(self):
        exchange = self.exchange("--seconds", "60", "--end-ms", "2000")
        handler = self.handler(exchange)
        exchange.go()
        handler.wait_for_line("err", "live")
        exchange.interrupt()
        self.assertEqual(exchange.wait(), 0, str(exchange))
        handler.wait()
        self.assert_complete(handler, exchange)
        self.assert_no_socket(exchange.line_a, exchange.line_b, exchange.ready["rerequest"])

    def test_killed_exchange_is_noticed(self):
        exchange = self.exchange("--seconds", "60", "--end-ms", "100")
        handler = self.handler(exchange, "--idle-exit", "1")
        exchange.go()
        handler.wait_for_line("err", "live")
        exchange.interrupt(signal.SIGKILL)
        self.assertEqual(handler.wait(), 5, str(handler))
        self.assertIn("The day had not ended", handler.out)

    def test_killed_handler_leaves_nothing(self):
        exchange = self.exchange("--seconds", "60", "--end-ms", "100")
        handler = self.handler(exchange)
        exchange.go()
        handler.wait_for_line("err", "live")
        handler.interrupt(signal.SIGKILL)
        handler.wait()
        self.assert_no_socket(exchange.line_a, exchange.line_b)

    def test_find_limit_takes_its_exchange_with_it(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            handler = Program(self, "lln-handler", ["--find-limit", "--quiet"])
            child = self.child_of(handler)
            handler.interrupt(number)
            handler.wait()
            deadline = time.monotonic() + PATIENCE
            while process_exists(child) and time.monotonic() < deadline:
                pass
            self.assertFalse(process_exists(child), f"lln-exchange {child} outlived its owner")

    def child_of(self, handler):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and handler.process.poll() is None:
            with open(f"/proc/{handler.pid}/task/{handler.pid}/children") as file:
                children = file.read().split()
            for child in children:
                if os.readlink(f"/proc/{child}/exe").endswith("lln-exchange"):
                    return int(child)
        self.fail(f"no exchange was started by {handler}")


if __name__ == "__main__":
    unittest.main(verbosity=2)

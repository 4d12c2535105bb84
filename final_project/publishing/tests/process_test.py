"""A handler and its consumers as processes of their own: what they see, and what they see when it dies."""

import json
import os
import random
import signal
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests"))
from programs import FeedTest, Program  # noqa: E402

BEST = struct.Struct(">HIQIIQQ")  # of a record B, from its locate on


def decimal(price):
    return f"{price // 10000}.{price % 10000:04}"


class Publishing(FeedTest):
    def setUp(self):
        super().setUp()
        self.name = f"e2e-{os.getpid()}-{random.randrange(1 << 30)}"
        self.addCleanup(self.remove_what_was_killed)

    def remove_what_was_killed(self):
        if os.path.exists(self.file()):
            os.unlink(self.file())

    def file(self):
        return "/dev/shm/lln-" + self.name

    def view(self, *arguments):
        return Program(self, "lln-book-view", [self.name, *arguments])

    def rows(self, table):
        """{symbol: (bid shares, bid, ask, ask shares)} of a table that lln-book-view printed."""
        rows = {}
        for line in table.splitlines():
            left, bar, right = line.partition(" | ")
            if bar and not line.startswith("symbol"):
                symbol, bid_shares, bid = left.split()
                ask, ask_shares = right.split()[:2]
                rows[symbol] = (int(bid_shares.replace(",", "")), bid, ask, int(ask_shares.replace(",", "")))
        return rows

    def best_prices(self, path):
        """The last ones of each locate in a stream of SPEC.md section 11, as rows() has them."""
        latest = {}
        with open(path, "rb") as file:
            data = file.read()
        for at in range(0, len(data), 40):
            if data[at : at + 1] == b"B":
                locate, _, _, bid, ask, bid_shares, ask_shares = BEST.unpack_from(data, at + 2)
                latest[locate] = (
                    bid_shares,
                    decimal(bid) if bid_shares else "-",
                    decimal(ask) if ask_shares else "-",
                    ask_shares,
                )
        return latest

    def test_every_consumer_ends_with_the_books_of_the_handler(self):
        exchange = self.exchange()
        stream = self.new_path("stream")
        handler = self.handler(exchange, "--shm", self.name, "--publish", stream)
        view = self.view("--rows", "1000")
        report = self.new_path("strategy.json")
        strategy = Program(self, "lln-strategy-example", [self.name, "--report", report])
        strategy.wait_for_line("out", "ready")
        exchange.go()
        handler.wait()
        self.close(exchange)
        summary = self.assert_complete(handler, exchange)
        self.assertEqual(view.wait(), 0, str(view))
        self.assertEqual(strategy.wait(), 0, str(strategy))
        self.assertFalse(os.path.exists(self.file()), "the handler removes what it has published")

        last = view.out.rpartition("\n\n")[2]
        self.assertIn("publisher closed", last)
        self.assertIn(f"messages {summary['messages']:,}", last)
        expected = self.best_prices(stream)
        self.assertGreater(len(expected), 100)
        shown = list(self.rows(last).values())
        for locate, prices in expected.items():
            self.assertIn(prices, shown, f"locate {locate}")
        with open(report) as file:
            figures = json.load(file)
        self.assertGreater(figures["summary"]["quotes"] + figures["summary"]["events_lost"], 10000)
        self.assertEqual({series["name"] for series in figures["series"]}, {"rx_to_decision", "published_to_decision"})

    def test_a_consumer_follows_the_successor_of_a_killed_handler(self):
        exchange = self.exchange("--seconds", "60", "--end-ms", "100")
        handler = self.handler(exchange, "--shm", self.name, compare=False)
        view = self.view()
        exchange.go()
        view.wait_for_line("out", "  live  ")
        handler.interrupt(signal.SIGKILL)
        handler.wait()
        view.wait_for_line("out", "publisher SILENT")
        exchange.interrupt()
        exchange.wait()

        successor = self.handler(self.exchange(), "--shm", self.name, compare=False)
        view.wait_for_line("out", f"(pid {successor.pid})")
        successor.interrupt()
        self.assertEqual(view.wait(), 0, str(view))
        self.assertIn("publisher closed", view.out)
        self.assertFalse(os.path.exists(self.file()))

    def test_one_handler_a_name(self):
        self.handler(self.exchange(), "--shm", self.name, compare=False)
        refused = Program(self, "lln-handler", ["--shm", self.name])
        self.assertEqual(refused.wait(), 2, str(refused))
        self.assert_one_sentence(refused, self.name, "another process publishes")
        once = self.view("--once")
        self.assertEqual(once.wait(), 0, str(once))
        self.assertIn("publisher alive", once.out)

    def test_nothing_to_read(self):
        for program in ("lln-book-view", "lln-strategy-example"):
            consumer = Program(self, program, [self.name])
            self.assertEqual(consumer.wait(), 2, str(consumer))
            self.assert_one_sentence(consumer, "nobody publishes as " + self.name)

    def catches_interrupts(self, program):
        with open(f"/proc/{program.pid}/status") as file:
            caught = next(line for line in file if line.startswith("SigCgt:"))
        return int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1

    def test_who_waits_can_be_interrupted(self):
        for program in ("lln-book-view", "lln-strategy-example"):
            consumer = Program(self, program, [self.name, "--wait"])
            while not self.catches_interrupts(consumer):
                self.assertIsNone(consumer.process.poll(), str(consumer))
            consumer.interrupt()
            self.assertEqual(consumer.wait(), 0, str(consumer))


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Days with and without trouble on the wire: the handler's books must equal the exchange's in the end."""

import os
import socket
import unittest

from programs import FeedTest


class CleanDay(FeedTest):
    def test_books_equal_and_report_complete(self):
        exchange = self.exchange()
        hgrm = os.path.join(self.directory, "hgrm")
        digests = os.path.join(self.directory, "ours")
        handler = self.run_day(exchange, "--one-way", "--hgrm", hgrm, "--digests", digests)
        summary = self.assert_complete(handler, exchange)
        self.assertEqual(summary["messages"], exchange.report()["messages"])
        self.assertGreater(summary["rate_msgs_per_s"], 0)
        latency = summary["latency_ns"]
        for name in ("kernel_rx_to_book", "sender_to_book"):
            self.assertEqual(latency[name]["n"], summary["messages"], f"{name}: one value a message")
            self.assertGreater(latency[name]["p50"], 0)
        for key in ("p50", "p90", "p99", "p99_9", "max"):
            self.assertIn(key, latency["kernel_rx_to_book_undisturbed"])
        self.assertEqual(
            latency["kernel_rx_to_book_undisturbed"]["n"] + summary["disturbed_messages"], summary["messages"]
        )
        self.assertLess(
            latency["kernel_rx_to_book"]["p50"], latency["sender_to_book"]["p50"], "a part is shorter than the whole"
        )
        self.assertIn("kernel_rx_to_book.hgrm", os.listdir(hgrm))
        with open(digests) as ours, open(exchange.digests) as theirs:
            self.assertEqual(ours.read(), theirs.read())
        self.assertIn("books equal to the exchange's", handler.out)

    def test_two_threads(self):
        exchange = self.exchange("--loss-a", "0.01", "--loss-b", "0.01")
        handler = self.run_day(exchange, "--threads", "2")
        self.assert_complete(handler, exchange)
        self.assertIn("book_thread_gaps", handler.summary()["thread_gaps"])

    def test_two_pairs_at_once(self):
        exchanges = [self.exchange(), self.exchange("--seed", "2")]
        handlers = [self.handler(exchange) for exchange in exchanges]
        for exchange in exchanges:
            exchange.go()
        for handler, exchange in zip(handlers, exchanges):
            handler.wait()
            self.assert_complete(handler, exchange)

    def test_two_handlers_of_one_feed(self):
        exchange = self.exchange()
        handlers = [self.handler(exchange), self.handler(exchange)]
        exchange.go()
        for handler in handlers:
            handler.wait()
            self.assert_complete(handler, exchange)

    def test_ladder(self):
        exchange = self.exchange("--seconds", "2")  # drawn once a second
        with_names = [line.split() for line in self.day_digests()]
        symbol = max(with_names, key=lambda fields: int(fields[2]))[1]
        handler = self.run_day(exchange, "--watch", symbol)
        self.assert_complete(handler, exchange)
        self.assertIn("shares", handler.err, "a ladder was drawn")
        self.assertIn(f"{symbol}   last", handler.err)

    def day_digests(self):
        """The digests of the same day, made without a network."""
        from programs import DAY, Program

        path = os.path.join(self.directory, "dry")
        dry = Program(self, "lln-exchange", ["--dry-run", "--digests", path, *DAY])
        self.assertEqual(dry.wait(), 0, str(dry))
        with open(path) as file:
            return file.readlines()


class Loss(FeedTest):
    def test_a_little_on_both_lines(self):
        exchange = self.exchange("--loss-a", "0.001", "--loss-b", "0.001")
        self.assert_complete(self.run_day(exchange), exchange)

    def test_five_percent_on_both_lines_with_duplicates_and_reordering(self):
        trouble = []
        for line in "ab":
            trouble += [f"--loss-{line}", "0.05", f"--duplicate-{line}", "0.02", f"--reorder-{line}", "0.02"]
        exchange = self.exchange(*trouble, "--skew-b", "50")
        summary = self.assert_complete(self.run_day(exchange), exchange)
        for line in "ab":
            self.assertGreater(summary["lines"][line]["lost"], 0, f"line {line} lost something")
        self.assertGreater(summary["recovered"]["rerequest"], 0, "some were lost on both lines")

    def test_snapshots_alone_repair_loss(self):
        exchange = self.exchange("--loss-a", "0.01", "--loss-b", "0.01", "--no-rerequest")
        summary = self.assert_complete(self.run_day(exchange), exchange)
        self.assertGreater(summary["more"]["snapshots"], 0)
        self.assertEqual(summary["recovered"]["rerequest"], 0)

    def test_without_servers_loss_is_counted_and_said(self):
        exchange = self.exchange("--loss-a", "0.05", "--loss-b", "0.05", "--no-rerequest", "--no-glimpse")
        handler = self.run_day(exchange)
        self.assertEqual(handler.process.returncode, 3, str(handler))
        summary = handler.summary()
        self.assertGreater(summary["unrecovered"], 0)
        self.assertEqual(
            summary["messages"] + summary["unrecovered"], exchange.report()["messages"], "each message is accounted for"
        )
        self.assertIn("lost on both lines", handler.out)

    def test_a_rerequest_server_that_never_answers(self):
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        exchange = self.exchange("--loss-a", "0.01", "--loss-b", "0.01")
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        handler = self.run_day(exchange, "--rerequest", address, rerequest=False)
        summary = self.assert_complete(handler, exchange)
        self.assertGreater(summary["more"]["requests_sent"], 0)
        self.assertEqual(summary["recovered"]["rerequest"], 0)


class Outage(FeedTest):
    def test_line_a_alone(self):
        exchange = self.exchange("--outage-a", "300:600")
        summary = self.assert_complete(self.run_day(exchange), exchange)
        self.assertGreater(summary["lines"]["a"]["lost"], 0)
        self.assertGreater(summary["lines"]["b"]["first"], summary["lines"]["a"]["lost"] - 1)

    def test_both_lines_longer_than_the_history(self):
        exchange = self.exchange("--outage-a", "300:600", "--outage-b", "300:600", "--history", "2000")
        summary = self.assert_complete(self.run_day(exchange), exchange)
        self.assertGreater(summary["more"]["snapshots"], 0)
        self.assertGreater(summary["recovered"]["snapshot"], 0)

    def test_joining_in_the_middle_of_the_day(self):
        exchange = self.exchange("--seconds", "600", "--end-ms", "5000")
        early = self.handler(exchange, compare=False)
        exchange.go()
        early.wait_for_line("err", "live")
        late = self.handler(exchange)
        late.wait_for_line("err", "live")
        exchange.interrupt()
        late.wait()
        summary = self.assert_complete(late, exchange)
        self.assertGreater(summary["recovered"]["snapshot"] + summary["recovered"]["rerequest"], 0)
        self.assertEqual(early.wait(), 0, str(early))
        self.assertLess(late.summary()["packets"], early.summary()["packets"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

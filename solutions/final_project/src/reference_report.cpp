// What the reference handler reports of a run.
#include <lln/handler/reference_handler.hpp>

#include <string>
#include <utility>

namespace lln::handler {
namespace {

app::LineReport line_report(const LineCounters& counters, const Receive& receive, Line line) {
  return {.packets = counters.packets,
          .messages = counters.messages,
          .first = counters.first,
          .duplicates = counters.duplicates,
          .lost = counters.lost,
          .kernel_drops = kernel_drops(receive, line),
          .unstamped = unstamped(receive, line)};
}

std::vector<app::Count> invalid_by_reason(const FeedCounters& counters) {
  std::vector<app::Count> counts;
  for (std::size_t i = 1; i < counters.invalid.size(); ++i) {
    const auto error = static_cast<feed::PacketError>(i);
    counts.push_back({std::string(feed::to_string(error)), counters.invalid[i]});
  }
  counts.push_back({"foreign session", counters.foreign_session});
  return counts;
}

std::vector<app::Count> more_counts(const Pipeline& pipeline, const FeedCounters& feed) {
  const BookCounters& books = pipeline.books().counters();
  return {{"session_changes", feed.session_changes},
          {"implausible_packets", feed.implausible},
          {"reordered_messages", feed.reordered},
          {"covered_by_snapshot", feed.covered_by_snapshot},
          {"rewound", feed.rewound},
          {"held_packets", feed.held_packets},
          {"window_overflows", feed.window_overflows},
          {"evicted_packets", feed.evicted_packets},
          {"requests_sent", feed.requests_sent},
          {"request_retries", feed.request_retries},
          {"requests_failed", feed.requests_failed},
          {"replies", feed.replies},
          {"snapshots_started", feed.snapshots_started},
          {"snapshots", feed.snapshots},
          {"snapshots_failed", feed.snapshots_failed},
          {"snapshot_messages", feed.snapshot_messages},
          {"feed_lost", feed.feed_lost},
          {"heartbeats", feed.lines[0].heartbeats + feed.lines[1].heartbeats},
          {"book_unknown_type", books.unknown_type},
          {"book_truncated", books.truncated},
          {"book_unknown_reference", books.unknown_reference},
          {"book_duplicate_reference", books.duplicate_reference},
          {"book_over_reduced", books.over_reduced},
          {"book_bad_locate", books.bad_locate},
          {"book_capacity_exhausted", books.capacity_exhausted},
          {"live_orders", pipeline.books().order_count()},
          {"bbo_changes", pipeline.sink().bbo_changes()},
          {"trades", pipeline.sink().trades()},
          {"negative_times", pipeline.metrics().negative()}};
}

void add_split(std::vector<app::Series>& series, const std::string& name, const std::string& title,
               const SplitHistogram& histogram) {
  series.push_back({name, title + ", raw", histogram.all()});
  series.push_back({name + app::series_undisturbed_suffix, title + ", undisturbed", histogram.undisturbed});
}

std::vector<app::Series> all_series(const LatencyMetrics& metrics, bool one_way) {
  std::vector<app::Series> series;
  add_split(series, app::series_kernel_rx_to_book, "kernel RX to book", metrics.message_rx_to_book);
  add_split(series, app::series_packet_rx_to_book, "same, per packet", metrics.packet_rx_to_book);
  if (one_way) add_split(series, app::series_sender_to_book, "sender to book", metrics.sender_to_book);
  if (metrics.recovered.count() > 0) {
    series.push_back({app::series_recovered, "waited for a gap", metrics.recovered});
  }
  series.push_back({"stage_receive", "stage receive, per packet", metrics.stage_receive});
  series.push_back({"stage_arbitrate", "stage arbitrate, per packet", metrics.stage_arbitrate});
  series.push_back({"stage_book", "stage book, per packet", metrics.stage_book});
  series.push_back({"stage_decode", "of it decoding, sampled", metrics.stage_decode});
  return series;
}

}  // namespace

app::HandlerReport ReferenceHandler::report() const {
  const FeedCounters feed = pipeline_.session().counters();
  const LatencyMetrics& metrics = pipeline_.metrics();
  app::HandlerReport report;
  report.ended = pipeline_.ended();
  report.seconds = clock_.to_ns(metrics.last_message_ticks() - metrics.first_message_ticks()) * 1e-9;
  report.running_seconds = pipeline_.running_seconds();
  report.packets = pipeline_.packets();
  report.messages = metrics.messages();
  for (const Line line : {Line::a, Line::b}) {
    const auto i = static_cast<std::size_t>(line);
    report.lines[i] = line_report(feed.lines[i], receive_, line);
    report.out_of_order += feed.lines[i].out_of_order;
  }
  report.gaps = feed.gaps;
  report.recovered_by_other_line = feed.recovered_by_other_line;
  report.recovered_by_rerequest = feed.recovered_by_rerequest;
  report.recovered_by_snapshot = feed.recovered_by_snapshot;
  report.unrecovered = feed.unrecovered;
  report.invalid_by_reason = invalid_by_reason(feed);
  for (const app::Count& count : report.invalid_by_reason) report.invalid_packets += count.value;
  report.more = more_counts(pipeline_, feed);
  for (app::Count& count : counts(receive_)) report.more.push_back(std::move(count));
  report.disturbed_messages = metrics.message_rx_to_book.disturbed.count();
  report.page_faults = book_usage_.page_faults + receive_usage_.page_faults;
  report.involuntary_switches = book_usage_.involuntary_switches + receive_usage_.involuntary_switches;
  report.yielding = yield_;
  report.series = all_series(metrics, config_.one_way);
  const bool two_threads = config_.threads > 1;
  report.series.push_back({app::series_receiver_gaps,
                           two_threads ? "receive thread off its core" : "off its core",
                           two_threads ? receive_watch_.gaps() : metrics.watch().gaps()});
  if (two_threads) {
    report.series.push_back({"book_thread_gaps", "book thread off its core", metrics.watch().gaps()});
    report.more.push_back({"ring_full", ring_full_});
  }
  report.setup = setup_;
  report.notes = notes();
  return report;
}

std::vector<std::string> ReferenceHandler::notes() const {
  std::vector<std::string> notes{
      "kernel_rx_to_book: from the kernel's software RX stamp of the packet (CLOCK_REALTIME) to the message "
      "applied to "
      "its book (TSC), one value a message that came in a packet; snapshots are not in it.",
      "A message that waited for a gap to be filled keeps the stamp of its packet, stays in the raw and "
      "undisturbed "
      "series, and is shown once more in recovered_rx_to_book; one that a re-request brought counts from the "
      "reply.",
      "_undisturbed leaves out messages whose time overlaps a jump of 10 us or more between two clock "
      "readings of the "
      "spinning thread, or that queued up behind one until its sockets were empty. Our own recovery work is "
      "no excuse.",
      "stage_decode is a decode-only walk over one run of messages in 64, after the run has been applied.",
      "page_faults and involuntary_switches count from the 10,000th message on (the receive thread of two: "
      "from its "
      "start)."};
  if (yield_) {
    notes.push_back(
        "Fewer CPUs than spinning threads: idle turns yield, so the times measure the scheduler too.");
  }
  return notes;
}

std::vector<feed::SymbolDigest> ReferenceHandler::digests() const {
  const OrderBooks& books = pipeline_.books();
  std::vector<feed::SymbolDigest> digests;
  for (std::uint32_t i = 1; i <= books.capacity().symbols && i <= 0xFFFF; ++i) {
    const Locate locate{static_cast<std::uint16_t>(i)};
    const std::string_view symbol = books.symbol(locate);
    if (symbol.empty() && books.order_count(locate) == 0) continue;
    digests.push_back({locate, symbol.empty() ? "-" : std::string(symbol), books.order_count(locate),
                       books.digest(locate)});
  }
  return digests;
}

}  // namespace lln::handler

// Does a handler measure itself honestly? Judged by its report, for days whose truth the test knows. No time is graded:
// each bound holds on the slowest machine.
#include "../07-pipeline/processes.hpp"

#include <lln/testkit/testkit.hpp>

#include <charconv>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace {

using namespace lln::stage7;
using lln::testkit::Story;
using Clock = std::chrono::steady_clock;

constexpr const char* chapter = "final_project/feed-handlers.md#measuring-a-handler";

double seconds_since(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

// What lln-handler --report wrote; looked up as text, by the names of its keys.
class Report {
 public:
  Report() = default;
  explicit Report(const std::string& path) {
    std::ifstream file(path);
    text_.assign(std::istreambuf_iterator<char>(file), {});
  }
  bool there() const { return !text_.empty(); }
  // The first number with this key behind `section`; 0 when there is none.
  double number(std::string_view section, std::string_view key) const {
    std::size_t at = text_.find('"' + std::string(section) + '"');
    if (at == std::string::npos) return 0;
    at = text_.find('"' + std::string(key) + "\":", at);
    if (at == std::string::npos) return 0;
    at = text_.find_first_not_of(' ', at + key.size() + 3);
    double value = 0;
    std::from_chars(text_.data() + at, text_.data() + text_.size(), value);
    return value;
  }
  std::uint64_t count(std::string_view section, std::string_view key) const {
    return static_cast<std::uint64_t>(number(section, key));
  }

 private:
  std::string text_;
};

constexpr const char* series = "kernel_rx_to_book";

// The program that is judged. Of its stream nothing is looked at but whether there is one.
class Reporter {
 public:
  Reporter(const Folder& folder, const Exchange& exchange)
      : report_(folder / "report.json"), stream_(folder / "stream"), process_(command(exchange)) {
    wait_for_ready(process_, "the handler");
  }
  pid_t pid() const { return process_.pid(); }
  // The exit code; nothing when it had to be stopped: it published nothing at all, or it went on for ever.
  std::optional<int> finish(const Exchange& exchange) {
    std::optional<Clock::time_point> over;
    while (true) {
      if (const auto code = process_.wait(5ms)) return code;
      if (!over && exchange.day_is_over()) over = Clock::now();
      if (!over) continue;
      const bool silent = std::filesystem::file_size(stream_) == 0;
      if (Clock::now() - *over > (silent ? std::chrono::seconds(2s) : patience)) break;
    }
    ::kill(process_.pid(), SIGINT);
    process_.wait(patience);
    return std::nullopt;
  }
  Report report() const { return Report(report_); }

 private:
  Words command(const Exchange& exchange) const {
    return Words{required("LLN_PROGRAM"), "--quiet"} +
           Words{"--line-a", exchange.line_a(), "--line-b", exchange.line_b()} +
           Words{"--rerequest", exchange.server("rerequest"), "--glimpse", exchange.server("glimpse")} +
           Words{"--publish", stream_, "--report", report_, "--expect-digests", exchange.digests()};
  }

  std::string report_;
  std::string stream_;
  lln::app::ChildProcess process_;
};

struct Measured {
  std::uint64_t day = 0;  // messages
  std::optional<int> exit_code;
  double until_exit_s = 0;  // from the go
  double stopped_s = 0;     // from the first packet that came while it was stopped until it ran again
  Report report;
};

void expect_right(Story& story, const Measured& measured) {
  story.step("the handler has ended and compared its books");
  story.expect(measured.exit_code.value_or(-1)).equals(0).named("its exit code (lln-handler --help)");
  story.expect(measured.report.there()).is_true().named("a report was written");
}

Measured run(Story& story, const Words& day, std::chrono::milliseconds idle = 0ms) {
  const Folder folder;
  story.step("start lln-exchange and the handler");
  Exchange exchange(folder, day);
  Reporter handler(folder, exchange);
  // Not a wait for anything: time in which nothing comes, and which must not be counted.
  std::this_thread::sleep_for(idle);
  story.step("the day");
  const auto since = Clock::now();
  exchange.go();
  Measured measured;
  measured.exit_code = handler.finish(exchange);
  measured.until_exit_s = seconds_since(since);
  measured.report = handler.report();
  measured.day = exchange.close().size();
  return measured;
}

// 200,000 messages/s for 0.4 s.
const Words full_day{"--symbols", "200",        "--live-orders", "5000",      "--rate",
                     "200000",    "--messages", "80000",         "--pack-us", "100"};

TEST(Rate, IsThatOfTheDay) {
  Story story("a day at 200,000 messages a second");
  story.notes(chapter).think("from which message to which did the time run, and was a copy counted?");
  const Measured measured = run(story, full_day, 700ms);
  expect_right(story, measured);
  story.step("read what it says about its rate");
  const std::uint64_t messages = measured.report.count("summary", "messages");
  story.expect(messages).at_most(measured.day).named("messages in its report").units("messages");
  story.expect(messages).at_least(measured.day / 2).named("messages in its report").units("messages");
  const double seconds = measured.report.number("summary", "seconds");
  story.expect(seconds).at_least(0.01).named("the seconds in which they came").units("s");
  story.expect(seconds).at_most(measured.until_exit_s).named("the seconds in which they came").units("s");
}

TEST(Samples, OneForEachMessage) {
  Story story("a day at 200,000 messages a second, on two lines without loss");
  story.notes(chapter).think(
      "for what was the time recorded: for each read, each packet, each copy, each message?");
  const Measured measured = run(story, full_day);
  expect_right(story, measured);
  story.step("count the samples of kernel_rx_to_book");
  const std::uint64_t samples = measured.report.count(series, "n");
  story.expect(samples).at_least(measured.day / 2).named("samples").units("samples");
  story.expect(samples).at_most(measured.day).named("samples, of which none is a copy's").units("samples");
}

Measured run_with_a_stop(Story& story) {
  // 10,000 messages/s in packets of 30: a quarter of a second of them fits into the smallest socket.
  const Words day{"--symbols", "50",         "--live-orders", "2000",      "--rate",
                  "10000",     "--messages", "8000",          "--pack-us", "3000"};
  const Folder folder;
  story.step("start lln-exchange and the handler, and the day");
  Exchange exchange(folder, day);
  Reporter handler(folder, exchange);
  auto line = listen(exchange.line_a());
  exchange.go();
  wait_for_message(line, 2'000);
  story.step("stop the handler (SIGSTOP) while 2,500 messages come");
  ::kill(handler.pid(), SIGSTOP);
  wait_for_message(line, 3'000);
  const auto since = Clock::now();
  wait_for_message(line, 5'500);
  Measured measured;
  measured.stopped_s = seconds_since(since);
  ::kill(handler.pid(), SIGCONT);
  story.step("let it run again, to the end of the day");
  measured.exit_code = handler.finish(exchange);
  measured.report = handler.report();
  measured.day = exchange.close().size();
  return measured;
}

TEST(Waiting, CountsFromTheKernelsStampOn) {
  Story story("a handler that gets no CPU for a while");
  story.notes(chapter).think("a packet waits in the socket: who knows since when?");
  const Measured measured = run_with_a_stop(story);
  expect_right(story, measured);
  story.step("read kernel_rx_to_book");
  // Of 8,000 messages 2,500 came meanwhile; those of the first half have waited for half of the time or longer.
  const double half_ms = measured.stopped_s * 1e3 / 2;
  story.expect(measured.report.number(series, "max") * 1e-6)
      .at_least(half_ms)
      .named("the longest time")
      .units("ms");
  story.expect(measured.report.number(series, "p99") * 1e-6).at_least(half_ms).named("p99").units("ms");
}

}  // namespace

// lln-book-view: the best prices that a handler publishes (lln-handler --shm NAME), on the terminal or as plain text.
#include "book_table.hpp"
#include "waiting.hpp"

#include <lln/app/signals.hpp>
#include <lln/latency/checked_stdout.hpp>
#include <lln/publishing/market_view.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace lln::publishing;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::atomic<bool> stop{false};  // outlives main: the signal handler stores to it

struct Options {
  std::string name;
  std::vector<std::string> symbols;
  std::size_t rows = 20;
  std::optional<double> seconds;
  bool once = false;
  bool wait = false;
};

// Draws over what it drew before on a terminal; elsewhere tables one below the other.
class Screen {
 public:
  void show(const std::string& text) {
    if (in_place_) {
      std::string lines;
      for (const char c : text) lines += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
      std::cout << (drawn_ ? "\x1b[H" : "\x1b[2J\x1b[H") << lines << "\x1b[J" << std::flush;
    } else {
      std::cout << (drawn_ ? "\n" : "") << text << std::flush;
    }
    drawn_ = true;
  }
  Clock::duration interval() const { return in_place_ ? 100ms : 1000ms; }

 private:
  bool in_place_ = ::isatty(STDOUT_FILENO) != 0;
  bool drawn_ = false;
};

std::string lines_of(const std::string& sentence) { return sentence.empty() ? "" : sentence + "\n"; }

// One publisher, until it ends, another takes its name, or we are told to stop. True: there is another.
bool follow(Subscriber& subscriber, const Options& options, Screen& screen, Clock::time_point begin) {
  BookTable table(subscriber, options.symbols, options.rows);
  MarketView view(subscriber, table);
  auto next = Clock::now() + (options.once ? 0ms : screen.interval());
  for (;;) {
    // Looked at before the ring: what was published before the end is then shown.
    const PublisherLife life = subscriber.publisher();
    while (view.poll(4096) != 0 && !stop) {
    }
    const auto now = Clock::now();
    const bool over = options.seconds && now - begin >= std::chrono::duration<double>(*options.seconds);
    if (life == PublisherLife::closed || options.once || over || stop || !std::cout) {
      screen.show(table.text(options.name) + lines_of(subscriber.obituary()));
      return false;
    }
    if (now >= next) {
      next = now + screen.interval();
      screen.show(table.text(options.name) + lines_of(subscriber.obituary()));
      if (life == PublisherLife::silent && !subscriber.still_current()) return true;
    }
    std::this_thread::sleep_for(5ms);
  }
}

int run(const Options& options) {
  Screen screen;
  const auto begin = Clock::now();
  for (bool again = true; again;) {
    const auto subscriber = subscribe(options.name, options.wait, stop);
    if (subscriber == nullptr) return 0;
    again = follow(*subscriber, options, screen, begin);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-book-view");
  Options options;
  CLI::App app(
      "Shows the best bid and offer and the last trade of each symbol that a handler publishes.\n"
      "On a terminal it redraws itself; elsewhere it prints a table a second.",
      "lln-book-view");
  app.footer(
      "Exit code: 0 the publisher has ended, or we were stopped; 1 standard output cannot be written; 2 "
      "wrong command line, or nothing to read.");
  app.add_option("name", options.name, "the NAME of lln-handler --shm NAME")->required();
  app.add_option("--symbols", options.symbols, "A,B,...: these, in this order; else the busiest")
      ->delimiter(',');
  app.add_option("--rows", options.rows, "how many of the busiest")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "stop after this long")->check(CLI::PositiveNumber);
  app.add_flag("--once", options.once, "one table, and out");
  app.add_flag("--wait", options.wait, "wait for the publisher");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  lln::app::stop_on_signals(stop);
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "lln-book-view: " << error.what() << '\n';
    return 2;
  }
}

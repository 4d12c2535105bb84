// lln-round-trip: how long a message of 64 bytes takes to another thread and back, mechanism by mechanism.
#include "../contest/report.hpp"
#include "mechanisms.hpp"
#include "sockets.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <optional>

namespace {

using namespace lln;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

const bool terminal = ::isatty(STDERR_FILENO) == 1;

void show_progress(int turn, int of) {
  if (terminal) std::cerr << "\rturn " << turn << " of " << of << "   " << std::flush;
}

constexpr int bad_arguments = 2;
constexpr int nothing_measured = 77;

const std::vector<std::string> remarks{
    "The two threads are pinned: one CPU means that both share it, so only mechanisms that sleep can run "
    "there.",
    "sockperf runs in two processes, at least one second a turn (it knows only whole ones); its log of all "
    "round trips is "
    "read into the same histogram.",
    "SO_BUSY_POLL has no effect on lo: the device has no NAPI instance."};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Sends 64 bytes to another thread and back, over and over, by each mechanism that the machine has, "
      "beside "
      "sockperf and Boost.Asio. Mechanisms take turns in random order; ratios are of rounds. Ctrl-C ends "
      "early with "
      "what there is.");
  int rounds = 3;
  double milliseconds = 250;
  std::string only;
  std::string json;
  bool list = false;
  app.add_option("--rounds", rounds, "so many turns each; three or more give ratios")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--milliseconds", milliseconds, "a turn of one mechanism")
      ->check(CLI::Range(1.0, 60000.0))
      ->capture_default_str();
  app.add_option("--only", only,
                 "these, and what they are compared with; a part of a name means all that have it: "
                 "udp,unix-stream-spin");
  app.add_flag("--list", list, "show the names and end");
  app.add_option("--json", json, "write a result file (lln/result/v1)");
  try {
    app.parse(argc, argv);
    const round_trip::Plan plan{jitter::allowed_cpus(),
                                std::chrono::milliseconds(static_cast<long>(milliseconds)),
                                latency::TscClock::calibrate()};
    const std::string no_cable = net::TestNet::why_not();
    std::optional<round_trip::Cable> cable;
    if (no_cable.empty()) cable.emplace();
    round_trip::Contestants contestants;
    round_trip::add_memory(contestants, plan);
    round_trip::add_sockets(contestants, plan);
    round_trip::add_busy_polling(contestants, plan, cable ? &*cable : nullptr, no_cable);
    round_trip::add_io_uring(contestants, plan);
    round_trip::add_sockperf(contestants, plan);
    round_trip::add_asio(contestants, plan);
    contestants = contest::chosen(std::move(contestants), only);
    if (list) {
      for (const auto& contestant : contestants)
        std::cout << contestant.name << "  " << contestant.title << '\n';
      return 0;
    }
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    std::signal(SIGPIPE, SIG_IGN);
    contest::play(contestants, rounds, stop, show_progress);
    if (terminal) std::cerr << "\r                         \r";
    const contest::Words words{"round trips of 64 bytes between two threads", "us", "median", true};
    contest::print_table(std::cout, words, contestants);
    if (!json.empty()) {
      const auto result = contest::result_json(words, contestants, report::command_line(argc, argv), remarks);
      report::write_file(json, result.dump(1) + "\n");
      std::cout << "result file: " << json << '\n';
    }
    for (const auto& contestant : contestants) {
      if (!contestant.rounds.empty()) return 0;
    }
    return nothing_measured;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : bad_arguments;
  } catch (const std::invalid_argument& error) {
    std::cerr << "lln-round-trip: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "lln-round-trip: " << error.what() << '\n';
    return 1;
  }
}

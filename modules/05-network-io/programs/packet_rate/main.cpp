// lln-packet-rate: how many small messages a second get from one thread to another, and what a batch is worth.
#include "../contest/report.hpp"
#include "flow.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <iostream>

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
    "Millions of messages a second that arrived and were checked for gaps, on lo, sender and receiver pinned "
    "to a CPU "
    "each, both spinning. Unicast: 64 bytes a packet; multicast: 40 bytes a message.",
    "per_sender_second: millions received by second of processor time of the sending thread; where other "
    "programs take "
    "the processor away, the rate falls and this does not.",
    "lost_percent: of what was sent. per_send_call and per_receive_call: messages a system call, counted.",
    "iperf3 runs in two processes, whole seconds, and counts its losses itself.",
    "On lo the sender does the receiver's work in the kernel too: sending is the bottleneck."};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Sends numbered packets from one thread to another as fast as it can: one a system call, in batches, "
      "cut by the "
      "kernel (GSO, GRO), and as multicast with one and with thirty messages a packet; beside iperf3. "
      "Contestants take "
      "turns in random order; ratios are of rounds. Ctrl-C ends early with what there is.");
  int rounds = 3;
  double milliseconds = 250;
  std::string only;
  std::string json;
  bool list = false;
  app.add_option("--rounds", rounds, "so many turns each; three or more give ratios")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--milliseconds", milliseconds, "a turn of one contestant")
      ->check(CLI::Range(1.0, 60000.0))
      ->capture_default_str();
  app.add_option("--only", only,
                 "these, and what they are compared with; a part of a name means all that have it");
  app.add_flag("--list", list, "show the names and end");
  app.add_option("--json", json, "write a result file (lln/result/v1)");
  try {
    app.parse(argc, argv);
    const packet_rate::Plan plan{jitter::allowed_cpus(),
                                 std::chrono::milliseconds(static_cast<long>(milliseconds))};
    packet_rate::Contestants contestants;
    packet_rate::add_unicast(contestants, plan);
    packet_rate::add_multicast(contestants, plan);
    packet_rate::add_iperf(contestants, plan);
    contestants = contest::chosen(std::move(contestants), only);
    if (list) {
      for (const auto& contestant : contestants)
        std::cout << contestant.name << "  " << contestant.title << '\n';
      return 0;
    }
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    contest::play(contestants, rounds, stop, show_progress);
    if (terminal) std::cerr << "\r                         \r";
    const contest::Words words{"messages a second between two threads", "M/s", "rate", false};
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
    std::cerr << "lln-packet-rate: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "lln-packet-rate: " << error.what() << '\n';
    return 1;
  }
}

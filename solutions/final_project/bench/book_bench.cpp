// lln-book-bench: how fast the books are built from memory, beside the machine's limit and the book that everybody
// writes first.
//
// A day of the simulator lies in memory. Its steady state is cut into rounds; in each round every contestant plays the
// same messages, in random order, and goes on with its own books where it left off. Ratios are taken inside a round.
// At the end all books must have the same digest for every symbol: a wrong book gets no figure.
#include "campaign.hpp"

#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

using namespace lln;

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-book-bench", 2);
  book_bench::Options options;
  CLI::App app(
      "Order books built from memory: throughput and latency, beside the machine's limit and a map-based "
      "book.");
  app.add_option("--messages", options.messages, "of the simulated day, build-up included")
      ->capture_default_str();
  app.add_option("--symbols", options.symbols)->capture_default_str()->check(CLI::Range(1, 65535));
  app.add_option("--live-orders", options.live_orders)
      ->capture_default_str()
      ->check(CLI::Range(1, 1'900'000));
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--packet-bytes", options.packet_bytes, "largest UDP payload: how far look-ahead can look")
      ->capture_default_str()
      ->check(CLI::Range(128, 65507));
  app.add_option("--cpu", options.cpu, "run on this CPU");
  app.add_flag("--cpu-time", options.cpu_time,
               "measure CPU time: for a look on a busy machine, not for results");
  app.add_flag("--tables", options.tables, "the other ways to find an order as well");
  app.add_flag("--no-maps", options.no_maps, "leave the slow one out");
  app.add_option("--json", options.json, "write the result here");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const jitter::ThreadSetup setup({.cpu = options.cpu});
    for (const jitter::SetupStep& step : setup.steps())
      if (!step.ok) std::fprintf(stderr, "lln-book-bench: %s: %s\n", step.name.c_str(), step.detail.c_str());
    std::string command;
    for (int i = 0; i < argc; ++i) command += (i == 0 ? "" : " ") + std::string(argv[i]);
    const book_bench::Outcome outcome = book_bench::play(options);
    book_bench::print(options, outcome);
    if (!options.json.empty()) book_bench::write_json(options, outcome, command);
    return outcome.wrong.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lln-book-bench: %s\n", error.what());
    return 2;
  }
}

// lln-jitter: what a spinning thread loses, and how late a sleeping one is woken; CPU by CPU and set-up by set-up.
#include "measure.hpp"
#include "output.hpp"

#include <lln/jitter/disturbance.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>

namespace {

using namespace lln::jitter_program;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

const bool terminal = ::isatty(STDERR_FILENO) == 1;

void show_progress(int turn, int of) {
  if (terminal) std::cerr << "\rturn " << turn << " of " << of << "   " << std::flush;
}

constexpr int bad_arguments = 2;
constexpr int nothing_measured = 77;

struct Arguments {
  double seconds = 5;
  int rounds = 1;
  std::string set_ups = "pinned";
  std::string cpus;
  double threshold_us = 1;
  std::optional<double> sleep_us;
  std::string disturb;
  std::string json;
  std::string picture;
};

Plan plan_of(const Arguments& arguments) {
  using namespace std::chrono;
  Plan plan;
  const auto allowed = lln::jitter::allowed_cpus();
  plan.set_ups = parse_set_ups(arguments.set_ups);
  plan.cpus = parse_cpus(arguments.cpus.empty() ? std::to_string(allowed.back()) : arguments.cpus, allowed);
  if (arguments.cpus.empty() && plan.set_ups.size() == 1 && arguments.disturb.empty()) plan.cpus = allowed;
  plan.rounds = arguments.rounds;
  plan.turn = nanoseconds(static_cast<std::int64_t>(arguments.seconds * 1e9 / arguments.rounds));
  plan.threshold = nanoseconds(static_cast<std::int64_t>(arguments.threshold_us * 1e3));
  if (arguments.sleep_us) plan.sleep = nanoseconds(static_cast<std::int64_t>(*arguments.sleep_us * 1e3));
  return plan;
}

int run(const Arguments& arguments, const Plan& plan, const std::string& command) {
  std::optional<lln::jitter::Disturbance> disturbance;
  if (!arguments.disturb.empty()) {
    using Kind = lln::jitter::DisturbanceKind;
    static const std::map<std::string, Kind> kinds{
        {"rival", Kind::rival}, {"timers", Kind::timers}, {"network", Kind::network}};
    disturbance.emplace(kinds.at(arguments.disturb), plan.cpus.front());
  }
  const auto cells = measure(plan, stop, show_progress);
  disturbance.reset();
  if (terminal) std::cerr << "\r                         \r";
  print_table(std::cout, plan, cells);
  if (!arguments.json.empty()) {
    lln::report::write_file(arguments.json,
                            result_json(plan, cells, command, arguments.disturb).dump(1) + "\n");
    write_curves(std::filesystem::path(arguments.json).replace_extension().string(), cells);
    std::cout << "result file: " << arguments.json << '\n';
  }
  if (!arguments.picture.empty() && plot(std::cerr, plot_script(plan, cells, arguments.picture)))
    std::cout << "picture: " << arguments.picture << '\n';
  for (const Cell& cell : cells) {
    if (!cell.rounds.empty()) return 0;
  }
  return nothing_measured;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-jitter");
  CLI::App app(
      "Spins on the clock and shows what was taken from the thread, CPU by CPU; or compares set-ups of the "
      "thread in "
      "interleaved rounds. Set-ups: parts joined by + (plain, pinned, fifo[=priority], slack[=ns], locked, "
      "nothp, "
      "noidle), separated by commas; the same one twice shows the noise. Ctrl-C ends early with what there "
      "is.");
  Arguments a;
  app.add_option("--seconds", a.seconds, "for each set-up on each CPU, all rounds together")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  app.add_option("--rounds", a.rounds, "so many turns; three or more give ratios to the first set-up")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--set-ups", a.set_ups, "for example plain,pinned,pinned+fifo=10")->capture_default_str();
  app.add_option(
      "--cpus", a.cpus,
      "of the pinned set-ups, for example 1 or 0,2-3 (default: all for one set-up, the last for several)");
  app.add_option("--threshold", a.threshold_us, "us: a gap is longer")
      ->check(CLI::Range(0.05, 1e6))
      ->capture_default_str();
  app.add_option("--sleep", a.sleep_us, "us: sleep so long over and over, and show how late the kernel wakes")
      ->check(CLI::Range(1.0, 1e6));
  app.add_option("--disturb", a.disturb,
                 "disturb the first of the CPUs meanwhile: rival, timers (root) or network (root)")
      ->check(CLI::IsMember({"rival", "timers", "network"}));
  app.add_option("--json", a.json,
                 "write a result file (lln/result/v1), and .hgrm curves into a folder of its name");
  app.add_option("--plot", a.picture, "draw an SVG, with gnuplot");
  Plan plan;
  try {
    app.parse(argc, argv);
    plan = plan_of(a);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-jitter: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  try {
    return run(a, plan, lln::report::command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "lln-jitter: " << error.what() << '\n';
    return 1;
  }
}

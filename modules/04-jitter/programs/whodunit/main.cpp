// lln-whodunit: who took the CPU from a pinned thread, by name.
#include "output.hpp"

#include <lln/jitter/disturbance.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <map>
#include <optional>

namespace {

using namespace lln::whodunit;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

constexpr int failed = 1;
constexpr int bad_arguments = 2;
constexpr int not_possible_here = 77;

struct Arguments {
  int cpu = lln::jitter::allowed_cpus().back();
  double seconds = 5;
  double threshold_us = 2;
  std::optional<int> fifo;
  std::string provoke;
  std::size_t top = 15;
  std::size_t timeline = 10;
  std::string json;
  std::string html;
};

Case case_of(const Arguments& arguments) {
  const auto allowed = lln::jitter::allowed_cpus();
  if (std::find(allowed.begin(), allowed.end(), arguments.cpu) == allowed.end())
    throw std::invalid_argument("CPU " + std::to_string(arguments.cpu) +
                                " is not one that this process may use");
  Case what;
  what.cpu = arguments.cpu;
  what.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(arguments.seconds * 1e9));
  what.threshold = std::chrono::nanoseconds(static_cast<std::int64_t>(arguments.threshold_us * 1e3));
  what.fifo_priority = arguments.fifo;
  return what;
}

void run(const Arguments& arguments, const Case& what, const std::string& command) {
  std::optional<lln::jitter::Disturbance> disturbance;
  if (!arguments.provoke.empty()) {
    using Kind = lln::jitter::DisturbanceKind;
    static const std::map<std::string, Kind> kinds{
        {"rival", Kind::rival}, {"timers", Kind::timers}, {"network", Kind::network}};
    disturbance.emplace(kinds.at(arguments.provoke), what.cpu);
  }
  const Findings findings = investigate(what, stop);
  disturbance.reset();
  print_ranking(std::cout, what, findings, arguments.top);
  if (arguments.timeline > 0) print_timeline(std::cout, findings, arguments.timeline);
  if (!arguments.json.empty()) {
    lln::report::write_file(arguments.json,
                            result_json(what, findings, command, arguments.provoke).dump(1) + "\n");
    std::cout << "result file: " << arguments.json << '\n';
  }
  if (!arguments.html.empty()) {
    lln::report::write_file(arguments.html, html_page(what, findings, command));
    std::cout << "page: " << arguments.html << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-whodunit");
  CLI::App app(
      "Spins on one CPU, and charges every gap to what the kernel did there meanwhile: a task, an interrupt, "
      "a softirq, "
      "a timer, a page fault; what nobody in the kernel did is the hypervisor's, or unknown. Needs CAP_BPF "
      "and "
      "CAP_PERFMON (root). Ctrl-C ends early with what there is. Exit codes: 0, 1 something failed, 2 bad "
      "arguments, "
      "77 this user or kernel cannot.");
  Arguments a;
  app.add_option("--cpu", a.cpu, "where to spin (default: the last one allowed)");
  app.add_option("--seconds", a.seconds, "how long")->check(CLI::Range(0.01, 3600.0))->capture_default_str();
  app.add_option("--threshold", a.threshold_us, "us: a gap is longer")
      ->check(CLI::Range(0.2, 1e6))
      ->capture_default_str();
  app.add_option("--fifo", a.fifo,
                 "spin with SCHED_FIFO and this priority, so that no ordinary task is a culprit")
      ->check(CLI::Range(1, 99));
  app.add_option("--provoke", a.provoke,
                 "disturb the CPU meanwhile, to see that it is found: rival, timers or network")
      ->check(CLI::IsMember({"rival", "timers", "network"}));
  app.add_option("--top", a.top, "so many lines of the ranking")->capture_default_str();
  app.add_option("--timeline", a.timeline, "so many of the longest gaps, one by one")->capture_default_str();
  app.add_option("--json", a.json, "write a result file (lln/result/v1)");
  app.add_option("--html", a.html, "write a page with the picture of the timeline");
  Case what;
  try {
    app.parse(argc, argv);
    what = case_of(a);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-whodunit: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    std::cerr << "lln-whodunit: " << missing << '\n';
    return not_possible_here;
  }
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  try {
    run(a, what, lln::report::command_line(argc, argv));
  } catch (const CannotTrace& error) {
    std::cerr << "lln-whodunit: " << error.what() << '\n';
    return not_possible_here;
  } catch (const std::exception& error) {
    std::cerr << "lln-whodunit: " << error.what() << '\n';
    return failed;
  }
  return 0;
}

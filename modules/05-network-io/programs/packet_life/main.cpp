// lln-packet-life: where a message is at which time between two programs, by the kernel's own stamps.
#include "cable.hpp"
#include "output.hpp"

#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>

namespace {

using namespace lln::packet_life;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

const bool terminal = ::isatty(STDERR_FILENO) == 1;

void show_progress(int turn, int of) {
  if (terminal) std::cerr << "\rturn " << turn << " of " << of << "   " << std::flush;
}

constexpr int failed = 1;
constexpr int bad_arguments = 2;
constexpr int nothing_measured = 77;

struct Arguments {
  std::vector<std::string> cases;
  int rounds = 5;
  std::size_t messages = 2000;
  std::string json;
  std::string html;
  bool no_cable = false;
};

Plan plan_of(const Arguments& arguments) {
  Plan plan;
  plan.rounds = arguments.rounds;
  plan.messages = arguments.messages;
  plan.cases = all_cases();
  if (arguments.cases.empty()) return plan;
  std::vector<Case> chosen;
  for (const std::string& name : arguments.cases) {
    const auto found = std::find_if(plan.cases.begin(), plan.cases.end(),
                                    [&](const Case& what) { return what.name == name; });
    if (found == plan.cases.end()) throw std::invalid_argument("there is no case " + name);
    chosen.push_back(*found);
  }
  plan.cases = chosen;
  return plan;
}

std::vector<std::string> notes() {
  std::vector<std::string> notes;
  if (lln::jitter::allowed_cpus().size() < 2)
    notes.push_back(
        "Only one CPU: both programs share it and sleep, in all cases, so the last leg is that of a sleeping "
        "receiver");
  const auto support = lln::net::timestamp_support(lln::net::Interface::loopback());
  notes.push_back("Stamps are software's, taken by the kernel on CLOCK_REALTIME: " + support.detail +
                  ". With a network card that stamps, the wire's ends would be its own clock's");
  return notes;
}

int measure(const Arguments& arguments, const Plan& plan, const std::string& command) {
  lln::report::require_writable(arguments.json);
  lln::report::require_writable(arguments.html);
  const CableBox cable(arguments.no_cable ? "switched off by --no-cable" : "");
  const auto results = run(plan, cable.cable(), stop, show_progress);
  if (terminal) std::cerr << "\r                    \r";
  print_table(std::cout, results);
  const Facts facts{command, notes()};
  std::cout << '\n';
  if (const std::string price = price_of_looking(results); !price.empty()) std::cout << price << ".\n";
  for (const std::string& note : facts.notes) std::cout << note << ".\n";
  if (!arguments.json.empty()) {
    lln::report::write_file(arguments.json, result_json(results, facts).dump(1) + "\n");
    write_curves(std::filesystem::path(arguments.json).replace_extension().string(), results);
    std::cout << "result file: " << arguments.json << '\n';
  }
  if (!arguments.html.empty()) {
    lln::report::write_file(arguments.html, html_page(results, facts));
    std::cout << "page: " << arguments.html << '\n';
  }
  for (const Result& result : results) {
    if (result.found.whole.count() > 0) return 0;
  }
  return nothing_measured;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-packet-life");
  CLI::App app(
      "Sends messages from one thread to another, and has the kernel stamp each at its stations: handed to "
      "the queue, "
      "handed to the device, out of the other device. The table shows what each leg took, for a typical and "
      "for a slow "
      "message. Needs no privileges on the loopback; the cases on a virtual cable need network namespaces. "
      "Exit "
      "codes: 0, 1 something failed, 2 bad arguments, 77 nothing could be measured.");
  Arguments a;
  std::string names;
  for (const Case& what : all_cases()) names += (names.empty() ? "" : ", ") + what.name;
  app.add_option("--cases", a.cases, "some of: " + names)->delimiter(',');
  app.add_option("--rounds", a.rounds, "each case so often, in changing order")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--messages", a.messages, "of a case in a round")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--no-cable", a.no_cable, "the loopback only");
  app.add_option("--json", a.json, "write a result file (lln/result/v1), and beside it the .hgrm curves");
  app.add_option("--html", a.html, "write a page with the picture");
  Plan plan;
  try {
    app.parse(argc, argv);
    plan = plan_of(a);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-packet-life: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  try {
    return measure(a, plan, lln::report::command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "lln-packet-life: " << error.what() << '\n';
    return failed;
  }
}

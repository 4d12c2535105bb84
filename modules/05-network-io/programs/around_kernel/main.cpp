// lln-around-kernel: a message across one cable and back, by the kernel's whole way and by those that leave parts of it out.
#include "page.hpp"
#include "ways.hpp"

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

constexpr int failed = 1;
constexpr int bad_arguments = 2;
constexpr int not_possible_here = 77;

struct Arguments {
  int rounds = 15;
  double milliseconds = 100;
  std::string only;
  bool list = false;
  bool no_napi = false;
  std::string json;
  std::string html;
};

const std::vector<std::string> remarks{
    "One veth pair between two network namespaces, generic receive offload on, so that its devices have "
    "NAPI.",
    "udp-spin-again is udp-spin a second time: no smaller difference than theirs means anything.",
    "A veth pair is software at both ends: native XDP and DPDK cost more here than on a network card."};

round_trip::Plan plan_of(const Arguments& arguments) {
  return {jitter::allowed_cpus(), std::chrono::milliseconds(static_cast<long>(arguments.milliseconds)),
          latency::TscClock::calibrate()};
}

int report_all(const Arguments& arguments, const around_kernel::Contestants& contestants,
               const std::string& command) {
  const contest::Words words{"round trips of 64 bytes across a veth pair", "us", "median", true};
  contest::print_table(std::cout, words, contestants);
  if (!arguments.json.empty()) {
    report::write_file(arguments.json,
                       contest::result_json(words, contestants, command, remarks).dump(1) + "\n");
    std::cout << "result file: " << arguments.json << '\n';
  }
  if (!arguments.html.empty()) {
    report::write_file(arguments.html, around_kernel::html_page(contestants, command));
    std::cout << "page: " << arguments.html << '\n';
  }
  const bool any = std::any_of(contestants.begin(), contestants.end(),
                               [](const auto& contestant) { return !contestant.rounds.empty(); });
  return any ? 0 : not_possible_here;
}

int run(const Arguments& arguments, const std::string& command) {
  const round_trip::Plan plan = plan_of(arguments);
  if (const std::string why = net::TestNet::why_not(); !why.empty()) {
    std::cerr << "lln-around-kernel: " << why << '\n';
    return not_possible_here;
  }
  const round_trip::Cable cable(!arguments.no_napi);
  const around_kernel::Course course{plan, cable};
  around_kernel::Contestants contestants;
  around_kernel::add_sockets(contestants, course);
  around_kernel::add_io_uring(contestants, course);
  around_kernel::add_raw_packets(contestants, course);
  around_kernel::add_xdp(contestants, course);
  around_kernel::add_dpdk(contestants, course);
  contestants = contest::chosen(std::move(contestants), arguments.only);
  if (arguments.list) {
    for (const auto& contestant : contestants)
      std::cout << contestant.name << "  " << contestant.title << '\n';
    return 0;
  }
  contest::play(contestants, arguments.rounds, stop, show_progress);
  if (terminal) std::cerr << "\r                         \r";
  return report_all(arguments, contestants, command);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Sends 64 bytes across a veth pair and back, over and over: through UDP sockets, io_uring, AF_PACKET, "
      "AF_XDP and "
      "DPDK, as far as this machine and this user can. They take turns in random order; ratios are of "
      "rounds. AF_XDP "
      "needs root. Ctrl-C ends early with what there is. Exit codes: 0, 1 something failed, 2 bad arguments, "
      "77 nothing "
      "could be measured.");
  Arguments a;
  app.add_option("--rounds", a.rounds, "so many turns each; three or more give ratios")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--milliseconds", a.milliseconds, "a turn of one way")
      ->check(CLI::Range(1.0, 60000.0))
      ->capture_default_str();
  app.add_option(
      "--only", a.only,
      "these, and what they are compared with; a part of a name means all that have it: xdp,udp-busy-poll");
  app.add_flag(
      "--no-napi", a.no_napi,
      "leave the cable as veth comes, without NAPI: shorter for AF_XDP, and busy polling polls nothing");
  app.add_flag("--list", a.list, "show the names and end");
  app.add_option("--json", a.json, "write a result file (lln/result/v1)");
  app.add_option("--html", a.html, "write a page with the picture");
  try {
    app.parse(argc, argv);
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    return run(a, report::command_line(argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : bad_arguments;
  } catch (const std::invalid_argument& error) {
    std::cerr << "lln-around-kernel: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "lln-around-kernel: " << error.what() << '\n';
    return failed;
  }
}

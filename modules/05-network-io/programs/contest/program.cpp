#include "program.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <iostream>

namespace lln::contest {
namespace {

constexpr int failed = 1;
constexpr int bad_arguments = 2;
constexpr int nothing_measured = 77;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

const bool terminal = ::isatty(STDERR_FILENO) == 1;

void show_progress(int turn, int of) {
  if (terminal) std::cerr << "\rturn " << turn << " of " << of << "   " << std::flush;
}

struct Files {
  std::string json;
  std::string html;
};

int report_all(const Program& program, const Files& files, const std::vector<Contestant>& contestants,
               const std::string& command) {
  print_table(std::cout, program.words, contestants);
  if (!files.json.empty()) {
    report::write_file(files.json,
                       result_json(program.words, contestants, command, program.remarks).dump(1) + "\n");
    std::cout << "result file: " << files.json << '\n';
  }
  if (!files.html.empty()) {
    report::write_file(files.html, program.page(contestants, command));
    std::cout << "page: " << files.html << '\n';
  }
  const bool any = std::any_of(contestants.begin(), contestants.end(),
                               [](const Contestant& contestant) { return !contestant.rounds.empty(); });
  return any ? 0 : nothing_measured;
}

int play_and_report(const Program& program, const std::string& only, bool list, const Files& files,
                    const std::string& command) {
  const std::chrono::milliseconds turn(static_cast<long>(program.milliseconds));
  auto contestants = chosen(program.contestants(turn), only);
  if (list) {
    for (const Contestant& contestant : contestants)
      std::cout << contestant.name << "  " << contestant.title << '\n';
    return 0;
  }
  report::require_writable(files.json);
  report::require_writable(files.html);
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  std::signal(SIGPIPE, SIG_IGN);
  play(contestants, program.rounds, stop, show_progress);
  if (terminal) std::cerr << "\r                         \r";
  return report_all(program, files, contestants, command);
}

}  // namespace

int run(int argc, char** argv, Program program) {
  CLI::App app(
      program.purpose +
      " They take turns in random order; ratios are of rounds. Ctrl-C ends early with what there is. "
      "Exit codes: 0, 1 something failed, 2 bad arguments, 77 nothing could be measured.");
  std::string only;
  bool list = false;
  Files files;
  app.add_option("--rounds", program.rounds, "so many turns each; three or more give ratios")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--milliseconds", program.milliseconds, "a turn of one contestant")
      ->check(CLI::Range(1.0, 60000.0))
      ->capture_default_str();
  app.add_option("--only", only,
                 "these, separated by commas, and what they are compared with; a part of a name means all "
                 "that have it");
  for (const Program::Flag& flag : program.flags) app.add_flag(flag.name, *flag.set, flag.help);
  app.add_flag("--list", list, "show the names and end");
  app.add_option("--json", files.json, "write a result file (lln/result/v1)");
  if (program.page) app.add_option("--html", files.html, "write a page with the picture");
  const auto say = [&program](const std::exception& error, int code) {
    std::cerr << program.name << ": " << error.what() << '\n';
    return code;
  };
  try {
    app.parse(argc, argv);
    if (std::isnan(program.milliseconds)) throw std::invalid_argument("--milliseconds: nan is no time");
    return play_and_report(program, only, list, files, report::command_line(argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : bad_arguments;
  } catch (const std::invalid_argument& error) {
    return say(error, bad_arguments);
  } catch (const Unavailable& error) {
    return say(error, nothing_measured);
  } catch (const std::exception& error) {
    return say(error, failed);
  }
}

}  // namespace lln::contest

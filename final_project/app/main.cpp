// lln-handler: receives the feed, keeps the books, measures itself, reports. The handler behind it is whatever
// library implements lln/handler_api.hpp.
#include <lln/app/files.hpp>
#include <lln/app/find_limit.hpp>
#include <lln/app/monitor.hpp>
#include <lln/app/options.hpp>
#include <lln/app/output_stream.hpp>
#include <lln/app/process.hpp>
#include <lln/app/report.hpp>
#include <lln/app/signals.hpp>
#include <lln/feed/digest_file.hpp>
#include <lln/latency/checked_stdout.hpp>
#include <lln/publishing/publisher.hpp>

#include <unistd.h>

#include <atomic>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using namespace lln::app;

std::atomic<bool> stop{false};  // outlives main: the signal handler stores to it

// The handler could not be made: a wrong group, interface or port.
class SetupFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A file that fails must cost neither the report nor the other files.
template <class Action>
void attempt(Outcome& outcome, const std::string& path, Action&& action) {
  if (path.empty()) return;
  try {
    action();
  } catch (const std::exception& error) {
    outcome.problems.emplace_back(error.what());
  }
}

std::unique_ptr<lln::publishing::Publisher> make_shared_memory(const std::string& name) {
  if (name.empty()) return nullptr;
  try {
    lln::publishing::PublisherOptions options;
    options.name = name;
    return std::make_unique<lln::publishing::Publisher>(options);
  } catch (const std::exception& error) {
    throw SetupFailure(error.what());
  }
}

std::unique_ptr<Handler> make(const HandlerConfig& config) {
  try {
    return make_handler(config);
  } catch (const std::exception& error) {
    throw SetupFailure(error.what());
  }
}

Outcome run_once(const Options& options) {
  Outcome outcome;
  HandlerConfig config = options.handler;
  std::unique_ptr<OutputStream> output;
  if (!options.publish.empty()) output = std::make_unique<OutputStream>(options.publish);
  config.output = output.get();
  auto shared = make_shared_memory(options.shm);
  config.shared = shared.get();
  const std::unique_ptr<Handler> handler = make(config);
  outcome.startup_ms = process_age_ms();
  std::cout << "ready" << std::endl;
  {
    const MonitorOptions show{.seconds = options.seconds,
                              .idle_exit = options.idle_exit,
                              .watch_symbol = options.handler.watch_symbol,
                              .quiet = options.quiet,
                              .in_place = ::isatty(STDERR_FILENO) != 0};
    const Monitor monitor(*handler, stop, show, std::cerr);
    handler->run(stop);
  }
  shared.reset();  // the consumers need not wait for the report
  outcome.resident_bytes = resident_bytes();
  outcome.handler = handler->report();
  attempt(outcome, options.publish, [&] { output->close(); });
  attempt(outcome, options.digests, [&] { lln::feed::write_digests(options.digests, handler->digests()); });
  if (outcome.handler.ended) {
    attempt(outcome, options.expect_digests,
            [&] { outcome.digests = compare_with_file(handler->digests(), options.expect_digests); });
  }
  return outcome;
}

ExitCode run(const Options& options) {
  check_writable(options);
  Outcome outcome = options.find_limit ? find_limit(options, stop, std::cerr) : run_once(options);
  outcome.command = options.command;
  outcome.interrupted = signal_came();
  outcome.digests_asked = !options.expect_digests.empty();
  print_report(std::cout, outcome);
  std::cout << std::flush;
  attempt(outcome, options.hgrm, [&] { write_hgrm_files(options.hgrm, outcome.handler); });
  attempt(outcome, options.report, [&] { write_file(options.report, report_json(outcome)); });
  const ExitCode code = exit_code(outcome);
  if (const std::string why = explain(code, outcome); !why.empty()) std::cout << '\n' << why << std::endl;
  for (const std::string& problem : outcome.problems) std::cerr << "lln-handler: " << problem << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-handler");
  const ParsedOptions parsed = parse_options(argc, argv);
  if (!parsed.options) return static_cast<int>(parsed.exit);
  stop_on_signals(stop);
  ExitCode code = ExitCode::failed;
  try {
    return static_cast<int>(run(*parsed.options));
  } catch (const SetupFailure& error) {
    std::cerr << "lln-handler: " << error.what() << '\n';
    code = ExitCode::usage;
  } catch (const std::exception& error) {
    std::cerr << "lln-handler: " << error.what() << '\n';
  }
  return static_cast<int>(code);
}

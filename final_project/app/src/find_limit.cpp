#include "text.hpp"

#include <lln/app/child_process.hpp>
#include <lln/app/find_limit.hpp>
#include <lln/app/monitor.hpp>
#include <lln/app/process.hpp>
#include <lln/app/signals.hpp>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <random>
#include <stdexcept>

namespace lln::app {
namespace {

using namespace std::chrono_literals;

constexpr double trial_seconds = 2;
constexpr double most_messages = 8e6;  // 64 bytes each, generated beforehand
constexpr double kept_schedule = 0.97;

// Files of one trial, gone with it.
class TrialFiles {
 public:
  TrialFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "lln-limit-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "cannot make a directory like " + name);
    }
    directory_ = name;
  }
  ~TrialFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TrialFiles(const TrialFiles&) = delete;
  TrialFiles& operator=(const TrialFiles&) = delete;

  std::string digests() const { return directory_ + "/digests"; }
  std::string report() const { return directory_ + "/exchange.json"; }

 private:
  std::string directory_;
};

std::string exchange_program(const Options& options) {
  if (!options.exchange.empty()) return options.exchange;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "lln-exchange";
}

// A CPU for the exchange that the handler does not use.
std::optional<int> free_cpu(const std::vector<int>& taken) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (taken.empty() || ::sched_getaffinity(0, sizeof set, &set) != 0) return std::nullopt;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set) && std::find(taken.begin(), taken.end(), cpu) == taken.end()) return cpu;
  }
  return std::nullopt;
}

class Trials {
 public:
  Trials(const Options& options, std::atomic<bool>& stop, std::ostream& out)
      : options_(options), stop_(stop), out_(out), program_(exchange_program(options)) {}

  LimitTrial operator()(double rate) {
    LimitTrial trial = once(rate);
    if (!trial.passed && !trial.stopped) trial = once(rate);
    if (!trial.stopped) {
      out_ << formatted("%14s msg/s  ", grouped(static_cast<std::uint64_t>(rate)).c_str())
           << (trial.passed ? "ok" : trial.reason) << std::endl;
    }
    return trial;
  }

  Outcome best;  // of the fastest passing trial; before one passed, of the newest

 private:
  LimitTrial once(double rate);
  std::vector<std::string> command(double rate, const TrialFiles& files);
  HandlerConfig config(const nlohmann::json& ready) const;
  std::string what_failed(const Outcome& outcome, const nlohmann::json& exchange, double rate) const;

  const Options& options_;
  std::atomic<bool>& stop_;
  std::ostream& out_;
  std::string program_;
  std::mt19937 random_{std::random_device{}()};
  double best_rate_ = 0;
};

std::vector<std::string> Trials::command(double rate, const TrialFiles& files) {
  const auto messages = static_cast<std::uint64_t>(std::min(rate * trial_seconds, most_messages));
  const auto pick = [&](unsigned below) {
    return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
  };
  const unsigned third = pick(254);
  const unsigned fourth = 2 * pick(127);
  const unsigned port = 20'000 + 2 * pick(6'000);  // below the ephemeral ports
  const auto line = [&](unsigned last, unsigned at) {
    return formatted("239.193.%u.%u:%u", third, fourth + last, at);
  };
  std::vector<std::string> command{program_,
                                   "--hold",
                                   "--quiet",
                                   "--line-gbit",
                                   "0",
                                   "--rate",
                                   std::to_string(static_cast<std::uint64_t>(rate)),
                                   "--messages",
                                   std::to_string(messages),
                                   "--work-ahead",
                                   std::to_string(messages),
                                   "--line-a",
                                   line(0, port),
                                   "--line-b",
                                   line(1, port + 1),
                                   "--interface",
                                   options_.handler.interface.name,
                                   "--digests",
                                   files.digests(),
                                   "--report",
                                   files.report()};
  if (const auto cpu = free_cpu(options_.handler.cpus)) {
    command.insert(command.end(), {"--cpu", std::to_string(*cpu)});
  }
  return command;
}

HandlerConfig Trials::config(const nlohmann::json& ready) const {
  HandlerConfig config = options_.handler;
  config.line_a = net::Endpoint::parse(ready.at("line_a").get<std::string>());
  config.line_b = net::Endpoint::parse(ready.at("line_b").get<std::string>());
  config.rerequest = net::Endpoint::parse(ready.at("rerequest").get<std::string>());
  config.glimpse = net::Endpoint::parse(ready.at("glimpse").get<std::string>());
  return config;
}

std::string Trials::what_failed(const Outcome& outcome, const nlohmann::json& exchange, double rate) const {
  const HandlerReport& r = outcome.handler;
  const std::uint64_t drops = r.lines[0].kernel_drops + r.lines[1].kernel_drops;
  if (drops > 0) return "handler: " + grouped(drops) + " packets dropped by the kernel, its buffer was full";
  const double published = exchange.at("rate_msgs_per_s").get<double>();
  if (published < kept_schedule * rate)
    return "exchange: published only " + rate_text(published) + " messages/s";
  if (r.unrecovered > 0) return "handler: " + grouped(r.unrecovered) + " messages unrecovered";
  if (!r.ended) return "handler: did not reach the end of the day";
  if (!outcome.digests || outcome.digests->mismatches > 0) return "handler: books differ from the exchange's";
  return "";
}

LimitTrial Trials::once(double rate) {
  const TrialFiles files;
  ChildProcess exchange(command(rate, files));
  LimitTrial trial{.asked_rate = rate, .reason = {}};
  // Generating the flow takes a while before the exchange is ready.
  std::optional<std::string> line;
  for (int waited = 0; !line && waited < 120 && !stop_.load(std::memory_order_relaxed); ++waited) {
    line = exchange.read_line(1s);
    if (!line && exchange.wait(0ms)) throw std::runtime_error(program_ + " ended before it was ready");
  }
  trial.stopped = stop_.load(std::memory_order_relaxed);
  if (trial.stopped) return trial;
  if (!line || line->rfind("ready {", 0) != 0) throw std::runtime_error(program_ + " did not get ready");

  Outcome outcome;
  const auto making = std::chrono::steady_clock::now();
  const auto handler = make_handler(config(nlohmann::json::parse(line->substr(6))));
  outcome.startup_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - making).count();
  exchange.write_line("");
  {
    const MonitorOptions limits{.seconds = 30, .idle_exit = 5, .watch_symbol = {}, .quiet = true};
    const Monitor monitor(*handler, stop_, limits, out_);
    handler->run(stop_);
  }
  trial.stopped = signal_came();
  if (trial.stopped) return trial;
  stop_.store(false, std::memory_order_relaxed);  // raised by the monitor at most
  if (!exchange.wait(30s)) throw std::runtime_error(program_ + " did not end after its day");

  outcome.handler = handler->report();
  outcome.resident_bytes = resident_bytes();
  if (outcome.handler.ended) outcome.digests = compare_with_file(handler->digests(), files.digests());
  std::ifstream report(files.report());
  trial.reason = what_failed(outcome, nlohmann::json::parse(report), rate);
  trial.passed = trial.reason.empty();
  const HandlerReport& r = outcome.handler;
  trial.handled_rate = r.seconds > 0 ? static_cast<double>(r.messages) / r.seconds : 0;
  if ((trial.passed && rate > best_rate_) || best_rate_ == 0) {
    if (trial.passed) best_rate_ = rate;
    best = std::move(outcome);
  }
  return trial;
}

}  // namespace

Outcome find_limit(const Options& options, std::atomic<bool>& stop, std::ostream& out) {
  Trials trials(options, stop, out);
  LimitResult result = search_limit({}, [&](double rate) { return trials(rate); });
  Outcome outcome = std::move(trials.best);
  outcome.limit = std::move(result);
  return outcome;
}

}  // namespace lln::app

// lln-impair: a bad network between UDP programs, the same each time.
#include "arguments.hpp"
#include "output.hpp"
#include "words.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <thread>

namespace {

using lln::impair::Arguments;
using lln::net::Impairment;
using lln::net::ImpairmentRelay;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

constexpr int failed = 1;
constexpr int bad_arguments = 2;

void run(const ImpairmentRelay::Options& options, double seconds) {
  ImpairmentRelay relay(options);
  std::cout << "relay: " << relay.local_endpoint().to_string() << " -> " << options.server.to_string()
            << "; Ctrl-C ends it" << std::endl;
  std::thread clock;
  if (seconds > 0) {
    clock = std::thread([seconds] {
      const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
      while (!stop.load() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      stop.store(true);
    });
  }
  try {
    relay.run(stop);
  } catch (...) {
    stop.store(true);
    if (clock.joinable()) clock.join();
    throw;
  }
  if (clock.joinable()) clock.join();
  lln::impair::print_report(std::cout, relay.report());
}

void add_options(CLI::App& app, Arguments& a) {
  app.add_option("--listen", a.listen, "where clients send to; port 0: a free one, printed")
      ->capture_default_str();
  app.add_option("--to", a.to, "the server, a.b.c.d:port");
  app.add_option("--seed", a.seed, "the same seed, the same losses; answers use the next one")
      ->capture_default_str();
  app.add_option("--loss", a.loss, "share that is lost: 5% or 0.05")->capture_default_str();
  app.add_option("--loss-burst", a.loss_burst, "losses in runs of this mean length; 0: independent")
      ->capture_default_str();
  app.add_option("--duplicate", a.duplicate, "share that comes twice")->capture_default_str();
  app.add_option("--reorder", a.reorder, "share that is held back, and overtaken")->capture_default_str();
  app.add_option("--reorder-by", a.reorder_by, "by how long")->capture_default_str();
  app.add_option("--delay", a.delay, "one way: 20ms, 150us")->capture_default_str();
  app.add_option("--jitter", a.jitter, "besides, at random, 0 to this; the order stays")
      ->capture_default_str();
  app.add_option("--rate", a.rate, "of the link: 10mbit, 64kbit (default: no limit)");
  app.add_option("--queue", a.queue, "with --rate: longest wait for the link, or dropped")
      ->capture_default_str();
  app.add_flag("--one-way", a.one_way, "answers come back untouched");
  app.add_option("--clients", a.clients, "so many at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--seconds", a.seconds, "end after this long (default: at Ctrl-C)")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--plan", a.plan, "no relay: print what would happen to so many packets")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--bytes", a.bytes, "of each packet of the plan, headers included")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--every", a.every, "a packet of the plan each so often")->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-impair");
  CLI::App app(
      "A bad network for UDP programs: point the clients at the relay, and the relay at the server. What is "
      "lost, "
      "doubled, delayed or held back is decided from a seed, so that a failure can be had again. Needs no "
      "privileges. "
      "Ctrl-C prints what happened. Exit codes: 0, 1 something failed, 2 bad arguments.");
  Arguments a;
  add_options(app, a);
  Impairment::Options impairment;
  ImpairmentRelay::Options relay;
  try {
    app.parse(argc, argv);
    impairment = lln::impair::impairment_of(a);
    if (a.plan > 0) {
      lln::impair::print_plan(std::cout, impairment, a.plan, a.bytes, lln::impair::parse_time(a.every));
      return 0;
    }
    relay = lln::impair::relay_of(a, impairment);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-impair: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  try {
    run(relay, a.seconds);
  } catch (const std::exception& error) {
    std::cerr << "lln-impair: " << error.what() << '\n';
    return failed;
  }
  return 0;
}

// lln-echo-client: asks an echo server and measures how long it takes.
#include "output.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>
#include <sys/prctl.h>

#include <cmath>
#include <csignal>
#include <iostream>

namespace {

using namespace lln::echo_client;

std::atomic<bool> stop{false};
extern "C" void ask_to_stop(int) { stop.store(true); }

constexpr int bad_arguments = 2;

constexpr const char* what_for = R"(Asks an echo server and measures how long its answers take.

Closed loop (no --rate): each connection has --pipeline requests on their way and sends the next when an answer is there.
Good for the time of an undisturbed round trip and for throughput; useless for what users wait, because a server that
stops for a second makes one slow answer and nobody else was allowed to ask.
Open loop (--rate): requests are sent when they are due, whether or not others are answered, and their time counts from
when they were due. Several rates (--rate 1000,2000 or 1000:64000:7) show where the server stops keeping up.

SERVER is tcp:ADDRESS:PORT, udp:ADDRESS:PORT, unix:PATH (unix:@NAME: no file), or shared-memory: then a server of its own
is started, and the two talk through a page of memory.

  lln-echo-client tcp:127.0.0.1:7000                        round trips, spinning
  lln-echo-client udp:127.0.0.1:7000 --block                ... sleeping in the kernel meanwhile
  lln-echo-client tcp:127.0.0.1:7000 --connections 64 --pipeline 16
  lln-echo-client tcp:127.0.0.1:7000 --rate 1000:256000:9 --arrivals poisson
  lln-echo-client shared-memory --cpu 0 --server-cpu 1

Ctrl-C ends early with what there is. Spinning wants a processor for itself: give client and server different ones.)";

struct Arguments {
  std::string server;
  std::string rates;
  std::string arrivals = "even";
  double under_us = 1000;
  int cpu = -1;
  int server_cpu = -1;
  int fifo = 0;
  int server_fifo = 0;
  bool lock = false;
  std::string json;
};

void add_options(CLI::App& app, Arguments& a, Campaign& c) {
  app.add_option("server", a.server, "where the server listens; see above")->required();
  app.add_option("--rate", a.rates, "open loop, requests a second; several: 1000,2000 or FROM:TO:STEPS");
  app.add_option("--arrivals", a.arrivals, "of an open loop")
      ->check(CLI::IsMember({"even", "poisson"}))
      ->capture_default_str();
  app.add_option("--connections", c.port.connections, "sockets")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str();
  app.add_option("--pipeline", c.pipeline, "closed loop: requests on their way on each connection")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--size", c.port.connection.message_size, "bytes of a message, 40 of them the header")
      ->capture_default_str();
  app.add_option("--seconds", c.seconds, "of each load")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  app.add_option("--warm-up", c.warm_up_seconds, "seconds before, not recorded")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app.add_flag("--block", c.port.block,
               "sleep in the kernel while there is nothing to do, instead of spinning");
  app.add_option("--busy-poll", c.port.connection.busy_poll_us,
                 "SO_BUSY_POLL, us: needs a device with NAPI, does nothing elsewhere")
      ->check(CLI::Range(0, 1'000'000));
  app.add_flag("--raw", c.port.connection.raw,
               "the server sends back what it gets, and knows nothing of our protocol");
  app.add_option("--under", a.under_us, "us: tell the share of answers within it")
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  app.add_option("--cpu", a.cpu, "run on this processor only")->check(CLI::Range(0, CPU_SETSIZE - 1));
  app.add_option("--fifo", a.fifo, "SCHED_FIFO with this priority")->check(CLI::Range(1, 99));
  app.add_flag("--lock", a.lock, "lock all memory");
  app.add_option("--server-cpu", a.server_cpu, "of the server of shared-memory")
      ->check(CLI::Range(0, CPU_SETSIZE - 1));
  app.add_option("--server-fifo", a.server_fifo, "of the server of shared-memory")->check(CLI::Range(1, 99));
  app.add_option("--json", a.json,
                 "write a result file (lln/result/v1), and .hgrm curves into a folder of its name");
}

void complete(const Arguments& a, Campaign& c) {
  if (a.server != "shared-memory") {
    c.server = ServerAddress::parse(a.server);
    if (a.server_cpu >= 0 || a.server_fifo > 0)
      throw std::invalid_argument(
          "--server-cpu and --server-fifo are for shared-memory; other servers have options of their own");
  } else if (c.port.connections > 1 || c.pipeline > 1) {
    throw std::invalid_argument("shared-memory has one mailbox with room for one message");
  } else if (c.port.block) {
    throw std::invalid_argument("shared-memory has nothing to sleep on: both ends spin");
  }
  if (std::isnan(c.seconds + c.warm_up_seconds + a.under_us))
    throw std::invalid_argument("nan is no number of seconds");
  if (!a.rates.empty()) c.rates = parse_rates(a.rates);
  // 8 bytes each are held from the start.
  for (const double rate : c.rates)
    if (rate * c.seconds > 1e8)
      throw std::invalid_argument("a load has at most 100 million requests: rate times seconds");
  c.poisson = a.arrivals == "poisson";
  // A stream takes all that may be on its way at once; more could not be sent anyway.
  c.port.connection.room_messages = std::min<std::size_t>(std::max<std::size_t>(c.pipeline, 256), 4096);
  if (a.cpu >= 0) c.client_thread.cpu = a.cpu;
  if (a.fifo > 0) c.client_thread.fifo_priority = a.fifo;
  c.client_thread.lock_memory = a.lock;
  if (a.server_cpu >= 0) c.server_thread.cpu = a.server_cpu;
  if (a.server_fifo > 0) c.server_thread.fifo_priority = a.server_fifo;
}

int run_and_report(const Arguments& a, const Campaign& campaign, const std::string& command) {
  // An open loop that sleeps until a request is due would be woken 50 us late.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const lln::jitter::ThreadSetup setup(campaign.client_thread);
  for (const auto& step : setup.steps()) {
    if (!step.ok) std::cerr << "client: " << step.name << ": " << step.detail << '\n';
  }
  lln::report::require_writable(a.json);
  const auto under = static_cast<std::uint64_t>(a.under_us * 1e3);
  const auto results = run(campaign, stop);
  print(std::cout, campaign, results, under);
  if (!a.json.empty()) {
    auto json = result_json(campaign, results, under, command);
    for (const auto& step : setup.steps()) {
      if (!step.ok) json["notes"].push_back("client: " + step.name + ": " + step.detail);
    }
    lln::report::write_file(a.json, json.dump(1) + "\n");
    write_curves(std::filesystem::path(a.json).replace_extension().string(), results);
    std::cout << "result file: " << a.json << '\n';
  }
  for (const auto& result : results) {
    if (!result.error.empty() || result.outcome.recorded == 0) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-echo-client");
  CLI::App app(what_for);
  Arguments arguments;
  Campaign campaign;
  add_options(app, arguments, campaign);
  try {
    app.parse(argc, argv);
    complete(arguments, campaign);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-echo-client: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  // No restart of system calls: who sleeps in one is to wake up and look.
  struct sigaction action = {};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  try {
    return run_and_report(arguments, campaign, lln::report::command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "lln-echo-client: " << error.what() << '\n';
    return 1;
  }
}

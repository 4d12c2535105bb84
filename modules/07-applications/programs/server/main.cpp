// lln-echo-server: EchoServer from the command line.
#include "report.hpp"

#ifdef LLN_HAS_DPDK
#include <lln/app/echo/dpdk.hpp>
#endif
#include <lln/app/echo/server.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>

namespace {

using namespace lln;

constexpr int bad_arguments = 2;
constexpr int cannot = 77;

std::atomic<app::EchoServer*> running{nullptr};
extern "C" void ask_to_stop(int) {
  if (app::EchoServer* const server = running.load()) server->stop();
}

struct Arguments {
  std::string tcp;
  std::string udp;
  std::string back_end = "epoll";
  std::string stamps = "program";
  std::string dpdk;
  int fifo = 0;
  long busy_poll_us = 0;
  bool no_idle = false;
  double stall_s = 5;
  double idle_s = 0;
  double linger_s = 1;
  double drain_s = 2;
  std::string json;
  app::EchoOptions options;
};

const std::map<std::string, app::EchoBackend> back_ends{{"epoll", app::EchoBackend::epoll},
                                                        {"epoll-spin", app::EchoBackend::epoll_spin},
                                                        {"spin", app::EchoBackend::spin},
                                                        {"io_uring", app::EchoBackend::io_uring}};

const std::map<std::string, app::EchoStamps> all_stamps{{"program", app::EchoStamps::program},
                                                        {"kernel", app::EchoStamps::kernel},
                                                        {"hardware", app::EchoStamps::hardware}};

std::chrono::milliseconds ms(double seconds) {
  return std::chrono::milliseconds(static_cast<long>(seconds * 1e3));
}

app::EchoOptions options_of(const Arguments& a) {
  app::EchoOptions options = a.options;
  if (!a.tcp.empty()) options.tcp = net::Endpoint::parse(a.tcp);
  if (!a.udp.empty()) options.udp = net::Endpoint::parse(a.udp);
  if (!options.tcp && !options.udp && options.unix_path.empty())
    options.tcp = options.udp = net::Endpoint::parse("127.0.0.1:7007");
  options.backend = back_ends.at(a.back_end);
  options.stamps = all_stamps.at(a.stamps);
  if (a.fifo > 0) options.thread.fifo_priority = a.fifo;
  if (a.no_idle) options.thread.idle_exit_latency = std::chrono::microseconds(0);
  if (a.busy_poll_us > 0) options.busy_poll = std::chrono::microseconds(a.busy_poll_us);
  options.stall_timeout = ms(a.stall_s);
  options.idle_timeout = ms(a.idle_s);
  options.linger = ms(a.linger_s);
  options.drain = ms(a.drain_s);
  return options;
}

// A connection is a descriptor. What the limit does not allow, accept(2) refuses in the middle of the work:
// better to know now.
void allow_descriptors(app::EchoOptions& options) {
  const rlim_t wanted = options.max_connections + 128;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return;
  options.max_connections = limit.rlim_cur > 256 ? limit.rlim_cur - 128 : 128;
  std::cerr << "lln-echo-server: this process may open " << limit.rlim_cur << " files (ulimit -n): at most "
            << options.max_connections << " connections\n";
}

int serve(app::EchoOptions options, const std::string& json) {
  allow_descriptors(options);
  app::EchoServer server(options);
  running.store(&server);
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, ask_to_stop);

  if (server.tcp()) std::cout << "tcp " << server.tcp()->to_string() << '\n';
  if (server.udp()) std::cout << "udp " << server.udp()->to_string() << '\n';
  if (!server.stamps().empty()) std::cout << "stamps " << server.stamps() << '\n';
  if (!options.unix_path.empty()) std::cout << "unix " << options.unix_path << '\n';
  std::cout << "ready: " << name_of(options.backend) << ", " << options.threads
            << (options.threads == 1 ? " thread" : " threads") << "; Ctrl-C ends it" << std::endl;

  const app::EchoReport report = server.run();
  running.store(nullptr);
  echo_server_program::print_report(std::cout, report);
  if (!json.empty()) {
    std::ofstream file(json);
    file << echo_server_program::report_json(report) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + json);
  }
  return 0;
}

int serve_by_dpdk([[maybe_unused]] app::EchoOptions options, [[maybe_unused]] const Arguments& a) {
#ifdef LLN_HAS_DPDK
  net::DpdkRuntime dpdk;
  use_dpdk(options, dpdk, a.dpdk);
  return serve(options, a.json);
#else
  std::cerr << "lln-echo-server: no DPDK here: built without it (apt: dpdk-dev)\n";
  return cannot;
#endif
}

const char* const description =
    "Answers the echo protocol (40 bytes of header, then a payload) over TCP, UDP and Unix sockets.\n"
    "\n"
    "Which back end?\n"
    "  epoll       sleeps until the kernel has something. Any number of clients, no CPU when idle; each "
    "wake-up\n"
    "              costs a turn of the scheduler, by far the longest part of a round trip between two CPUs.\n"
    "  io_uring    the same with fewer system calls: requests and completions go through shared rings.\n"
    "  epoll-spin  asks epoll without ever sleeping. No wake-up; a whole CPU is busy, also with no client.\n"
    "  spin        asks each socket in turn. The shortest way for a handful of clients; each client more "
    "makes\n"
    "              every round longer.\n"
    "Datagrams can go around the kernel's network stack: --xdp (root), or --dpdk with --back-end spin, where "
    "this program\n"
    "is built with DPDK.\n"
    "A spinning server wants a CPU of its own (--cpus), and its client another one: two that spin on one "
    "CPU\n"
    "wait for each other's time slice, far longer than any wake-up takes.\n"
    "\n"
    "What makes answers late, in the order in which to look: the wake-up (spin), a neighbour on the CPU\n"
    "(--cpus, --fifo), page faults (--lock-memory), an idle CPU that has to be woken (--no-idle), the "
    "network\n"
    "stack (on one host: --unix instead of --tcp).\n"
    "\n"
    "What a client cannot do: keep more than one buffer of 32 KiB (there are --buffers for all; who has made "
    "no\n"
    "progress for longest loses his first), hold up others, or stay for ever with half a request\n"
    "(--stall-timeout). Ctrl-C or SIGTERM: what has arrived is answered, each client gets a goodbye; that "
    "takes\n"
    "at most --drain seconds. Then the report.\n";

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-echo-server");
  CLI::App app(description);
  Arguments a;
  app::EchoOptions& o = a.options;
  app.add_option("--tcp", a.tcp, "address:port; port 0: any free one, printed before 'ready'");
  app.add_option("--udp", a.udp, "address:port; without any of --tcp, --udp, --unix: both on 127.0.0.1:7007");
  app.add_option("--unix", o.unix_path, "a path, or @name for a socket without a file");
  app.add_option(
      "--xdp", o.xdp_interface,
      "an interface whose UDP frames for the port of --udp go around the kernel's network stack (root)");
  app.add_flag("--xdp-native", o.xdp_native, "in the interface's driver instead of behind it");
  app.add_option(
      "--dpdk", a.dpdk,
      "a DPDK device, for example net_af_packet0,iface=far0,qdisc_bypass=1, that serves --udp instead of "
      "a socket; with --back-end spin");
  app.add_option("--back-end", a.back_end)
      ->check(CLI::IsMember({"epoll", "io_uring", "epoll-spin", "spin"}))
      ->capture_default_str();
  app.add_option("--threads", o.threads, "workers; connections are dealt to them in turn")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--cpus", o.cpus, "one for each worker, for example 0,1")->delimiter(',');
  app.add_option("--fifo", a.fifo, "SCHED_FIFO with this priority (root)")->check(CLI::Range(1, 99));
  app.add_flag("--lock-memory", o.thread.lock_memory, "no page of the server is ever absent");
  app.add_flag("--no-idle", a.no_idle, "no CPU of the machine goes to sleep meanwhile (root)");
  app.add_option("--busy-poll", a.busy_poll_us,
                 "us: the kernel asks the device itself (real only where the device has NAPI)");
  app.add_option(
         "--stamps", a.stamps,
         "UDP: a request is received when the program has read it, when the kernel got it, or when the "
         "NIC did; without a NIC that stamps it says why and takes the kernel's")
      ->check(CLI::IsMember({"program", "kernel", "hardware"}))
      ->capture_default_str();
  app.add_option("--interface", o.interface, "the NIC of --stamps hardware, where --udp is 0.0.0.0");
  app.add_flag("--departures", o.departures,
               "with --stamps: report when answers left, too; a system call more for each");
  app.add_option("--max-connections", o.max_connections, "one more gets a goodbye")->capture_default_str();
  app.add_option("--buffers", o.buffers, "of 32 KiB, for all clients that are in the middle of something")
      ->capture_default_str();
  app.add_option("--max-payload", o.max_payload, "bytes")->capture_default_str();
  app.add_option("--stall-timeout", a.stall_s, "s: to finish a request, to fetch the answers that wait")
      ->capture_default_str();
  app.add_option("--idle-timeout", a.idle_s, "s: without any request; 0: for ever")->capture_default_str();
  app.add_option("--linger", a.linger_s, "s: between a goodbye and the client's own end")
      ->capture_default_str();
  app.add_option("--drain", a.drain_s, "s: the end takes no longer")->capture_default_str();
  app.add_option("--json", a.json, "write the report there as well");
  app::EchoOptions options;
  try {
    app.parse(argc, argv);
    options = options_of(a);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "lln-echo-server: " << error.what() << "; --help shows the options\n";
    return bad_arguments;
  }
  if (const std::string why = why_not(options.backend); !why.empty()) {
    std::cerr << "lln-echo-server: no " << name_of(options.backend) << " here: " << why << '\n';
    return cannot;
  }
  try {
    return a.dpdk.empty() ? serve(options, a.json) : serve_by_dpdk(options, a);
  } catch (const std::exception& error) {
    std::cerr << "lln-echo-server: " << error.what() << '\n';
    return 1;
  }
}

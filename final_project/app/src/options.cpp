#include <lln/app/options.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace lln::app {
namespace {

const std::map<std::string, Transport> transports{{"socket", Transport::socket},
                                                  {"busy-poll", Transport::busy_poll},
                                                  {"io_uring", Transport::io_uring},
                                                  {"xdp", Transport::xdp},
                                                  {"xdp-generic", Transport::xdp_generic}};

constexpr const char* exit_codes =
    "Exit code: 0 all good; 1 a file or a thread failed; 2 wrong command line, group, interface or port;\n"
    "3 messages unrecovered; 4 a digest differs; 5 digests not compared because the day did not end;\n"
    "6 nothing received. Needs no root; refused wishes (--fifo, --lock-memory) are reported, not fatal.";

struct Texts {
  std::string line_a = "239.192.17.1:31001";
  std::string line_b = "239.192.17.2:31002";
  std::string interface = "lo";
  std::string transport = "socket";
  std::string source;
  std::string rerequest;
  std::string glimpse;
};

net::Endpoint multicast_group(const char* option, const std::string& text) {
  const net::Endpoint group = net::Endpoint::parse(text);
  if (!group.address.is_multicast()) {
    throw std::invalid_argument(std::string(option) + " " + text +
                                " is not a multicast group; groups are 224.0.0.0 to 239.255.255.255");
  }
  if (group.port == 0) throw std::invalid_argument(std::string(option) + " " + text + " needs a port");
  return group;
}

net::Endpoint server(const char* option, const std::string& text) {
  const net::Endpoint endpoint = net::Endpoint::parse(text);
  if (endpoint.port == 0 || endpoint.address.is_multicast() || endpoint.address.is_any()) {
    throw std::invalid_argument(std::string(option) + " " + text + " is not the address of a server");
  }
  return endpoint;
}

void resolve(const Texts& texts, bool find_limit, HandlerConfig& config) {
  config.interface = net::Interface::named(texts.interface);
  config.transport = transports.at(texts.transport);
  if (find_limit) return;  // each trial has its own groups
  config.line_a = multicast_group("--line-a", texts.line_a);
  config.line_b = multicast_group("--line-b", texts.line_b);
  if (config.line_a == config.line_b) {
    throw std::invalid_argument("--line-a and --line-b are both " + texts.line_a +
                                "; every message would count as a duplicate");
  }
  if (!texts.source.empty()) config.source = net::Ipv4Address::parse(texts.source);
  if (!texts.rerequest.empty()) config.rerequest = server("--rerequest", texts.rerequest);
  if (!texts.glimpse.empty()) config.glimpse = server("--glimpse", texts.glimpse);
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  Options options;
  Texts texts;
  long busy_poll_us = 0;
  CLI::App app(
      "Receives an ITCH feed from two multicast lines, repairs it, keeps all order books, measures itself.",
      "lln-handler");
  app.footer(exit_codes);
  auto& handler = options.handler;
  app.add_option("--line-a", texts.line_a, "group:port of line A")->capture_default_str();
  app.add_option("--line-b", texts.line_b, "group:port of line B")->capture_default_str();
  app.add_option("--interface", texts.interface, "name or address of the interface")->capture_default_str();
  app.add_option("--source", texts.source, "accept this sender only (source-specific join)");
  app.add_option("--rerequest", texts.rerequest, "address:port of the MoldUDP64 re-request server");
  app.add_option("--glimpse", texts.glimpse, "address:port of the GLIMPSE snapshot server");
  app.add_option("--threads", handler.threads, "1: run to completion; 2: receive thread and book thread")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  app.add_option("--cpu", handler.cpus, "N or N,M: CPU of the book thread, then of the receive thread")
      ->delimiter(',')
      ->expected(1, 2)
      ->check(CLI::Range(0, 1023));
  app.add_option("--fifo", handler.fifo_priority, "SCHED_FIFO priority")->check(CLI::Range(1, 99));
  app.add_option("--transport", texts.transport,
                 "how datagrams come in: socket, busy-poll, io_uring, xdp (AF_XDP), xdp-generic")
      ->check(CLI::IsMember(transports))
      ->capture_default_str();
  app.add_flag("--lock-memory", handler.lock_memory, "mlockall");
  app.add_option("--busy-poll", busy_poll_us, "SO_BUSY_POLL, microseconds")->check(CLI::Range(1, 1'000'000));
  app.add_option("--watch", handler.watch_symbol, "show the live ladder of this symbol");
  app.add_option("--report", options.report, "write the report as JSON");
  app.add_option("--hgrm", options.hgrm, "write one .hgrm a series into this directory");
  app.add_option("--digests", options.digests, "write the digests of our books");
  app.add_option("--expect-digests", options.expect_digests, "compare our books with these, after the day");
  app.add_option("--publish", options.publish, "write the output stream to this file, FIFO or /dev/fd/N");
  app.add_option("--shm", options.shm, "best prices and trades in shared memory, for lln-book-view NAME");
  app.add_flag("--one-way", handler.one_way, "message timestamps are wall clock UTC: measure sender to book");
  app.add_option("--seconds", options.seconds, "stop after this long")->check(CLI::PositiveNumber);
  app.add_option("--idle-exit", options.idle_exit, "stop when nothing arrived for this many seconds")
      ->check(CLI::PositiveNumber);
  app.add_flag("--quiet", options.quiet, "no progress line");
  app.add_flag("--find-limit", options.find_limit, "search the highest loss-free rate, with an own exchange");
  app.add_option("--exchange", options.exchange, "the lln-exchange for --find-limit");

  for (int i = 0; i < argc; ++i) options.command += (i == 0 ? "" : " ") + std::string(argv[i]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = app.exit(error) == 0;
    return {std::nullopt, asked_for_help ? ExitCode::ok : ExitCode::usage};
  }
  try {
    if (busy_poll_us > 0) handler.busy_poll = std::chrono::microseconds(busy_poll_us);
    resolve(texts, options.find_limit, handler);
  } catch (const std::exception& error) {
    std::cerr << "lln-handler: " << error.what() << '\n';
    return {std::nullopt, ExitCode::usage};
  }
  return {std::move(options), ExitCode::ok};
}

void check_writable(const Options& options) {
  for (const std::string& path : {options.report, options.digests, options.publish}) {
    if (path.empty()) continue;
    const std::string directory = std::filesystem::absolute(path).parent_path();
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
      throw std::system_error(errno, std::generic_category(),
                              "cannot write " + path + ": directory " + directory);
    }
  }
}

}  // namespace lln::app

// The command line of lln-exchange as a value.
#pragma once

#include <lln/exchange/channel_source.hpp>
#include <lln/exchange/flow_options.hpp>
#include <lln/exchange/line.hpp>
#include <lln/exchange/publisher.hpp>
#include <lln/net/endpoint.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace lln::exchange {

struct Options {
  FlowOptions flow;
  double rate = 1'000'000;          // of a replay 0 = as in the file
  std::uint64_t most_messages = 0;  // of a replay; 0 = all
  std::string replay;
  Channel channel;

  net::Endpoint group_a;
  net::Endpoint group_b;
  std::string interface = "lo";
  LineOptions line_a;
  LineOptions line_b;
  bool serve_rerequests = true;
  bool serve_glimpse = true;
  net::Endpoint rerequest;
  net::Endpoint glimpse;
  double rerequest_limit = 10'000;
  PublisherOptions publisher;
  std::string session;
  bool day_clock = false;

  std::string digests;
  std::string report;
  std::string write_itch;
  std::string write_pcap;
  bool dry_run = false;
  bool hold = false;
  bool quiet = false;
  std::optional<int> cpu;
  std::string command;  // as typed, for the report
};

/// A mistake on the command line; the text is one sentence.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Nothing when --help was asked for (and printed). Throws UsageError.
std::optional<Options> parse_command_line(int argc, char** argv);

}  // namespace lln::exchange

// lln-exchange: puts the parts together. Exit code: 0 = the day ended (or was stopped by a signal, or stdin closed while
// held), 1 = something failed while running, 2 = the command line is wrong.
#include "options.hpp"
#include "report.hpp"
#include "wire_sink.hpp"

#include <lln/exchange/channel_source.hpp>
#include <lln/exchange/flow_generator.hpp>
#include <lln/exchange/publisher.hpp>
#include <lln/exchange/replay_source.hpp>
#include <lln/feed/digest_file.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>
#include <lln/net/interface.hpp>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>

namespace lln::exchange {
namespace {

// Written by the signal handler: the one global of the program.
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch lock-free atomics only");

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop.store(true, std::memory_order_relaxed); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second signal ends the process at once
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

std::optional<net::MulticastSender> make_sender(const Options& options, const net::Endpoint& group,
                                                const net::Interface& interface) {
  if (options.dry_run) return std::nullopt;
  net::MulticastSender::Options sender;
  sender.group = group;
  sender.interface = interface;
  sender.max_datagram = options.publisher.max_datagram;
  return net::MulticastSender(sender);
}

// True: go; false: quit. Waits for a newline on stdin.
bool released() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!stop.load(std::memory_order_relaxed)) {
    // Short waits: a signal that comes just before poll() would otherwise be noticed only with the next input.
    if (::poll(&input, 1, 50) <= 0) continue;
    char byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) <= 0) return false;
    if (byte == '\n') return true;
  }
  return false;
}

void print_ready(const Options& options, const RerequestServer* rerequest, const GlimpseServer* glimpse,
                 std::uint32_t symbols, std::uint64_t messages) {
  nlohmann::ordered_json json{{"line_a", options.group_a.to_string()},
                              {"line_b", options.group_b.to_string()},
                              {"interface", options.interface},
                              {"session", options.session}};
  if (rerequest != nullptr) json["rerequest"] = rerequest->local_endpoint().to_string();
  if (glimpse != nullptr) json["glimpse"] = glimpse->local_endpoint().to_string();
  json["symbols"] = symbols;
  json["messages"] = messages;
  std::cout << "ready " << json.dump() << std::endl;
}

struct Source {
  std::unique_ptr<MessageSource> messages;
  std::uint64_t count = 0;
  std::uint32_t symbols = 0;
};

Source make_day(const Options& options) {
  if (options.replay.empty())
    return {std::make_unique<FlowGenerator>(options.flow), options.flow.messages, options.flow.symbols};
  auto replay = std::make_unique<ReplaySource>(options.replay, options.rate, options.most_messages);
  const std::uint64_t count = replay->messages();
  const std::uint32_t symbols = replay->symbols();
  return {std::move(replay), count, symbols};
}

// A channel with the day that it is taken from.
class ChannelOfDay final : public MessageSource {
 public:
  ChannelOfDay(std::unique_ptr<MessageSource> day, const LocateRange& range)
      : day_(std::move(day)), channel_(*day_, range) {}
  bool next(FlowMessage& message) override { return channel_.next(message); }
  std::uint64_t taken() const noexcept { return channel_.taken(); }

 private:
  std::unique_ptr<MessageSource> day_;
  ChannelSource channel_;
};

// The day once to count the channel's messages, and once to publish them.
Source make_source(const Options& options) {
  Source day = make_day(options);
  if (options.channel.whole()) return day;
  const LocateRange range = range_of(options.channel, day.symbols);
  ChannelOfDay counted(std::move(day.messages), range);
  FlowMessage message;
  while (!stop.load(std::memory_order_relaxed) && counted.next(message)) {
  }
  return {std::make_unique<ChannelOfDay>(make_day(options).messages, range), counted.taken(),
          std::min(range.last, day.symbols) - range.first + 1};
}

void run(Options& options) {
  const jitter::ThreadSetup setup({.cpu = options.cpu, .timer_slack = std::chrono::nanoseconds{1}});
  for (const jitter::SetupStep& step : setup.steps())
    if (step.name == "cpu" && !step.ok) throw UsageError("--cpu: " + step.detail);

  // Set-up in the order in which mistakes are cheapest to find: interface and ports, files, then the work.
  net::Interface interface;
  if (!options.dry_run) interface = net::Interface::named(options.interface);
  std::unique_ptr<RerequestServer> rerequest;
  if (options.serve_rerequests)
    rerequest = std::make_unique<RerequestServer>(
        RerequestServer::Options{options.rerequest, options.publisher.session, options.publisher.max_datagram,
                                 options.rerequest_limit});
  std::unique_ptr<GlimpseServer> glimpse;
  if (options.serve_glimpse) {
    GlimpseServer::Options glimpse_options;
    glimpse_options.local = options.glimpse;
    glimpse_options.session = options.publisher.session;
    glimpse = std::make_unique<GlimpseServer>(glimpse_options);
  }
  std::unique_ptr<PcapWriter> pcap;
  if (!options.write_pcap.empty()) pcap = std::make_unique<PcapWriter>(options.write_pcap);
  std::unique_ptr<feed::BinaryFileWriter> itch;
  if (!options.write_itch.empty()) itch = std::make_unique<feed::BinaryFileWriter>(options.write_itch);

  const net::Endpoint dry_from_a{net::Ipv4Address{0x0A000001}, 31001};  // 10.0.0.1 and 10.0.0.2
  const net::Endpoint dry_from_b{net::Ipv4Address{0x0A000002}, 31002};
  WireSink sink_a(make_sender(options, options.group_a, interface), pcap.get(), options.group_a, dry_from_a);
  WireSink sink_b(make_sender(options, options.group_b, interface), pcap.get(), options.group_b, dry_from_b);
  Line line_a(options.line_a, options.flow.seed, 10, sink_a);
  Line line_b(options.line_b, options.flow.seed, 11, sink_b);

  Source source = make_source(options);
  options.publisher.messages = source.count;
  Publisher publisher(options.publisher, *source.messages, line_a, line_b, rerequest.get(), glimpse.get(),
                      itch.get());
  publisher.fill(stop);
  std::optional<latency::TscClock> tsc;
  if (!options.dry_run) tsc = latency::TscClock::calibrate();

  if (options.hold) {
    print_ready(options, rerequest.get(), glimpse.get(), source.symbols, source.count);
    if (!released()) return;
  }

  std::unique_ptr<PublishClock> clock;
  if (options.dry_run)
    clock = std::make_unique<VirtualClock>(Stamps{false, 1'735'810'200'000'000'000});  // 2025-01-02 09:30
  else
    clock = std::make_unique<TscPublishClock>(*tsc, !options.day_clock);
  const std::int64_t start_ns = clock->stamps().start_ns;
  sink_a.set_start(start_ns);
  sink_b.set_start(start_ns);

  publisher.run(*clock, stop);
  if (!options.digests.empty()) feed::write_digests(options.digests, publisher.books().digests());
  publisher.end(*clock, stop);
  if (pcap) pcap->close();
  if (itch) itch->close();

  const Outcome outcome{options, publisher,       line_a,        line_b,     sink_a,
                        sink_b,  rerequest.get(), glimpse.get(), stop.load()};
  if (!options.report.empty()) write_report(options.report, outcome);
  if (!options.quiet) std::cout << summary_line(outcome) << std::endl;
}

}  // namespace
}  // namespace lln::exchange

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-exchange");
  try {
    auto options = lln::exchange::parse_command_line(argc, argv);
    if (!options) return 0;
    lln::exchange::stop_on_signals();
    lln::exchange::run(*options);
    return 0;
  } catch (const lln::exchange::UsageError& error) {
    std::cerr << "lln-exchange: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "lln-exchange: " << error.what() << '\n';
    return 1;
  }
}

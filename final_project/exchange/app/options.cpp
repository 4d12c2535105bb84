#include "options.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <vector>

namespace lln::exchange {
namespace {

constexpr double ns_per_us = 1e3;
constexpr double ns_per_ms = 1e6;

std::int64_t whole_ns(double value, double unit) { return static_cast<std::int64_t>(value * unit + 0.5); }

net::Endpoint endpoint(const std::string& option, const std::string& text, bool group) {
  net::Endpoint result;
  try {
    result = net::Endpoint::parse(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(option + ": " + error.what());
  }
  if (group && !result.address.is_multicast())
    throw UsageError(
        option + ": " + text +
        " is no multicast group; use 224.0.0.0 to 239.255.255.255, for example 239.192.17.1:31001");
  if (group && result.port == 0)
    throw UsageError(option + ": " + text + ": a group needs a port of its own, not 0");
  return result;
}

std::vector<Outage> outages(const std::string& option, const std::vector<std::string>& texts) {
  std::vector<Outage> result;
  for (const std::string& text : texts) {
    std::int64_t start = 0;
    std::int64_t length = 0;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, start);
    const bool colon = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':';
    const auto second = colon ? std::from_chars(first.ptr + 1, end, length) : first;
    if (!colon || second.ec != std::errc{} || second.ptr != end || start < 0 || length <= 0)
      throw UsageError(option + ": '" + text + "' is no outage; use START_MS:LENGTH_MS, for example 2000:50");
    result.push_back({start * 1'000'000, (start + length) * 1'000'000});
  }
  return result;
}

Channel channel_of(const std::string& text) {
  Channel channel;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, channel.number);
  const bool slash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, channel.count) : first;
  if (!slash || second.ec != std::errc{} || second.ptr != end || channel.number < 1 ||
      channel.number > channel.count || channel.count > 65'535)
    throw UsageError("--channel: '" + text +
                     "' is no channel; use K/N, for example 1/2 for the first of two");
  return channel;
}

// Ten hex digits of the time in microseconds and the process: another one for every run, at the same time as well.
std::string fresh_session() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  std::string text = "0000000000";
  auto rest = static_cast<std::uint64_t>(now.count()) ^ (static_cast<std::uint64_t>(::getpid()) << 18);
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest /= 16)
    *digit = "0123456789ABCDEF"[rest % 16];
  return text;
}

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv) {
  Options o;
  CLI::App app(
      "A simulated NASDAQ: publishes an ITCH 5.0 day over MoldUDP64 on two multicast lines, answers "
      "re-requests and GLIMPSE "
      "snapshot logins, and leaves the digests of its books.",
      "lln-exchange");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // so that scripts can append
  std::string line_a = "239.192.17.1:31001";
  std::string line_b = "239.192.17.2:31002";
  std::string rerequest = "127.0.0.1:0";
  std::string glimpse = "127.0.0.1:0";
  std::vector<std::string> outages_a;
  std::vector<std::string> outages_b;
  double seconds = 10;
  double pack_us = 10;
  double line_gbit = 1;
  double heartbeat_ms = 1000;
  double end_ms = 500;
  double skew_us = 0;
  std::uint64_t messages = 0;
  int cpu = 0;
  std::string channel = "1/1";
  bool no_rerequest = false;
  bool no_glimpse = false;

  const std::string flow = "The day";
  app.add_option("--symbols", o.flow.symbols, "instruments, 1..65535")->capture_default_str()->group(flow);
  app.add_option("--rate", o.rate, "messages/s on average; with --replay 0 = as in the file")
      ->capture_default_str()
      ->group(flow);
  auto* const seconds_option =
      app.add_option("--seconds", seconds, "length of the day")->capture_default_str()->group(flow);
  app.add_option("--messages", messages, "length of the day, instead of --seconds")
      ->excludes(seconds_option)
      ->group(flow);
  app.add_option("--seed", o.flow.seed, "another seed, another day")->capture_default_str()->group(flow);
  app.add_option("--live-orders", o.flow.live_orders, "orders in the books, all symbols")
      ->capture_default_str()
      ->group(flow);
  app.add_option("--replay", o.replay, "replay this ITCH 5.0 BinaryFILE (gzip or plain) instead")
      ->group(flow);
  app.add_option(
         "--channel", channel,
         "K/N: publish only the K-th of N ranges of symbols; --rate and --messages are of the whole day")
      ->capture_default_str()
      ->group(flow);
  app.add_flag("--day-clock", o.day_clock,
               "keep the time stamps of the simulated day; default: intended send time, UTC")
      ->group(flow);

  const std::string wire = "The wire";
  app.add_option("--line-a", line_a, "multicast group and port")->capture_default_str()->group(wire);
  app.add_option("--line-b", line_b, "multicast group and port")->capture_default_str()->group(wire);
  app.add_option("--interface", o.interface, "name or address of the interface")
      ->capture_default_str()
      ->group(wire);
  app.add_option("--session", o.session, "MoldUDP64 session, at most 10 characters; default: from the clock")
      ->group(wire);
  app.add_option("--line-gbit", line_gbit,
                 "wire speed of a line, Gbit/s; 0 = packets leave as fast as they can")
      ->capture_default_str()
      ->group(wire);
  app.add_option("--pack-us", pack_us, "longest time that a message waits for others")
      ->capture_default_str()
      ->group(wire);
  app.add_option("--max-datagram", o.publisher.max_datagram, "bytes of UDP payload")
      ->capture_default_str()
      ->check(CLI::Range(76, 65'507))
      ->group(wire);
  app.add_option("--heartbeat-ms", heartbeat_ms, "silence before a heartbeat")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e6))
      ->group(wire);
  app.add_option("--end-ms", end_ms, "how long the end of session is repeated")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6))
      ->group(wire);

  const std::string faults = "What goes wrong, by line and seed";
  const auto probability = CLI::Range(0.0, 1.0);
  app.add_option("--loss-a", o.line_a.loss, "share of packets lost, 0..1")->check(probability)->group(faults);
  app.add_option("--loss-b", o.line_b.loss)->check(probability)->group(faults);
  app.add_option("--duplicate-a", o.line_a.duplicate, "share sent twice")->check(probability)->group(faults);
  app.add_option("--duplicate-b", o.line_b.duplicate)->check(probability)->group(faults);
  app.add_option("--reorder-a", o.line_a.reorder, "share that leaves behind 1 to 3 later ones")
      ->check(probability)
      ->group(faults);
  app.add_option("--reorder-b", o.line_b.reorder)->check(probability)->group(faults);
  app.add_option("--skew-b", skew_us, "line B leaves so many us later")
      ->check(CLI::Range(0.0, 1e6))
      ->group(faults);
  app.add_option("--outage-a", outages_a, "START_MS:LENGTH_MS; may be repeated")->take_all()->group(faults);
  app.add_option("--outage-b", outages_b)->take_all()->group(faults);

  const std::string recovery = "Recovery";
  app.add_option("--rerequest", rerequest, "address of the re-request server, port 0 = any")
      ->capture_default_str()
      ->group(recovery);
  app.add_option("--glimpse", glimpse, "address of the snapshot server, port 0 = any")
      ->capture_default_str()
      ->group(recovery);
  app.add_flag("--no-rerequest", no_rerequest, "no re-request server")->group(recovery);
  app.add_flag("--no-glimpse", no_glimpse, "no snapshot server")->group(recovery);
  app.add_option("--history", o.publisher.history, "published messages kept for re-requests")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e9))
      ->group(recovery);
  app.add_option("--rerequest-limit", o.rerequest_limit, "requests/s answered")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9))
      ->group(recovery);
  app.add_option("--work-ahead", o.publisher.work_ahead,
                 "messages generated before they are due, 64 bytes each")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e9))
      ->group(recovery);

  const std::string files = "Files and running";
  app.add_option("--digests", o.digests, "write the digests of all books before the end of session")
      ->group(files);
  app.add_option("--report", o.report, "write the final report as JSON")->group(files);
  app.add_option("--write-itch", o.write_itch, "write the day as BinaryFILE (.gz: compressed)")->group(files);
  app.add_option("--write-pcap", o.write_pcap, "write what leaves on both lines, for Wireshark")
      ->group(files);
  app.add_flag("--dry-run", o.dry_run, "no network, no waiting: files only, the same for the same seed")
      ->group(files);
  app.add_flag("--hold", o.hold, "print 'ready {...}', then wait for a newline on stdin (end of file: quit)")
      ->group(files);
  auto* const cpu_option = app.add_option("--cpu", cpu, "run on this CPU only")->group(files);
  app.add_flag("--quiet", o.quiet, "no summary line")->group(files);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see lln-exchange --help");
  }

  const bool replay = !o.replay.empty();
  const bool sized = messages != 0 || seconds_option->count() > 0;
  if (!(o.rate >= 0) || o.rate > 1e9 || (o.rate == 0 && !replay))
    throw UsageError("--rate: " + std::to_string(o.rate) +
                     " messages/s is out of range; use more than 0 (0 only with --replay), at most 1e9");
  if (!(seconds > 0)) throw UsageError("--seconds must be more than 0");
  o.flow.rate = o.rate;
  o.flow.messages = messages != 0 ? messages : static_cast<std::uint64_t>(o.rate * seconds);
  if (replay) {
    if (sized) o.most_messages = o.flow.messages;
  } else {
    try {
      o.flow.check();
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }
  o.channel = channel_of(channel);
  if (!replay && o.channel.count > o.flow.symbols)
    throw UsageError("--channel: " + std::to_string(o.channel.count) + " channels for " +
                     std::to_string(o.flow.symbols) + " symbols leave some of them empty; use fewer");
  o.group_a = endpoint("--line-a", line_a, true);
  o.group_b = endpoint("--line-b", line_b, true);
  if (o.group_a == o.group_b)
    throw UsageError("--line-a and --line-b are the same group and port; the lines must differ");
  o.rerequest = endpoint("--rerequest", rerequest, false);
  o.glimpse = endpoint("--glimpse", glimpse, false);
  o.serve_rerequests = !no_rerequest && !o.dry_run;
  o.serve_glimpse = !no_glimpse && !o.dry_run;
  if (o.session.size() > 10) throw UsageError("--session: '" + o.session + "' has more than 10 characters");
  if (o.session.empty()) o.session = o.dry_run ? "DRYRUN0001" : fresh_session();
  if (o.dry_run && o.hold)
    throw UsageError("--hold and --dry-run do not go together: a dry run waits for nothing");
  o.line_a.outages = outages("--outage-a", outages_a);
  o.line_b.outages = outages("--outage-b", outages_b);
  o.line_b.skew_ns = whole_ns(skew_us, ns_per_us);
  if (!(pack_us >= 0) || pack_us > 1e6) throw UsageError("--pack-us is out of range; use 0 to 1000000");
  o.publisher.session = feed::session_id(o.session);
  if (!(line_gbit >= 0) || line_gbit > 1e6) throw UsageError("--line-gbit is out of range; use 0 to 1000000");
  o.publisher.line_gbit = line_gbit;
  o.publisher.pack_ns = whole_ns(pack_us, ns_per_us);
  o.publisher.heartbeat_ns = whole_ns(heartbeat_ms, ns_per_ms);
  o.publisher.end_ns = whole_ns(end_ms, ns_per_ms);
  if (cpu_option->count() > 0) o.cpu = cpu;
  for (int i = 0; i < argc; ++i) o.command += (i == 0 ? "" : " ") + std::string(argv[i]);
  return o;
}

}  // namespace lln::exchange

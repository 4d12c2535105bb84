// iperf3 as its users start it: a server for one test on one CPU, a client without a rate limit on the other.
#include "../contest/child.hpp"
#include "flow.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace lln::packet_rate {
namespace {

contest::Turn turn(const Plan& plan) {
  const Place place = two_cpus(plan);
  const std::string port = std::to_string(contest::free_port());
  const auto seconds = std::max<long>(1, std::chrono::duration_cast<std::chrono::seconds>(plan.turn).count());
  contest::Child server(
      {"iperf3", "--server", "--one-off", "--forceflush", "--bind", "127.0.0.1", "--port", port},
      place.receiver);
  if (!server.read_until("Server listening")) throw std::runtime_error("iperf3 server: " + server.output());
  contest::Child client(
      {"iperf3", "--client", "127.0.0.1", "--port", port, "--udp", "--bitrate", "0", "--length",
       std::to_string(packet_bytes), "--window", "4M", "--time", std::to_string(seconds), "--json"},
      place.sender);
  return read_iperf_report(client.finish());
}

}  // namespace

contest::Turn read_iperf_report(const std::string& json) {
  const auto report = nlohmann::json::parse(json, nullptr, false);
  if (report.is_discarded() || !report.contains("end") || !report["end"].contains("sum"))
    throw std::runtime_error("iperf3 says: " + json);
  const auto& sum = report["end"]["sum"];
  const double packets = sum.at("packets");
  const double lost = sum.at("lost_packets");
  const double seconds = sum.at("seconds");
  if (packets <= 0 || seconds <= 0) throw std::runtime_error("iperf3 received nothing");
  return {(packets - lost) / seconds * 1e-6, {{"lost_percent", 100 * lost / packets}}};
}

void add_iperf(Contestants& contestants, const Plan& plan) {
  contest::add(contestants, "iperf3", "iperf3, UDP", "plain", [&plan](auto&) { return turn(plan); });
}

}  // namespace lln::packet_rate

// sockperf as its users start it: a server on one CPU, `ping-pong --full-rtt` on the other, whole seconds only. Its log
// of all single round trips goes into our histogram, so that percentiles mean the same.
#include "../contest/child.hpp"
#include "mechanisms.hpp"

#include <lln/net/file_descriptor.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <system_error>

namespace lln::round_trip {
namespace {

std::string contents_of(int fd) {
  std::string text;
  char buffer[1 << 16];
  ssize_t size = 0;
  while ((size = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0)
    text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

contest::Turn run(const Plan& plan, Place place, latency::Histogram& values,
                  const std::vector<std::string>& options) {
  // A file without a name, inherited by the child: nothing to clean up.
  const net::FileDescriptor log(::memfd_create("sockperf log", 0));
  if (!log) throw std::system_error(errno, std::generic_category(), "memfd for sockperf's log");
  const std::string port = std::to_string(contest::free_port());
  std::vector<std::string> server{"sockperf", "server", "-i", "127.0.0.1", "-p", port};
  const auto seconds = std::max<long>(1, std::chrono::duration_cast<std::chrono::seconds>(plan.turn).count());
  std::vector<std::string> client{"sockperf",
                                  "ping-pong",
                                  "-i",
                                  "127.0.0.1",
                                  "-p",
                                  port,
                                  "-m",
                                  std::to_string(message_bytes),
                                  "-t",
                                  std::to_string(seconds),
                                  "--full-rtt",
                                  "--full-log",
                                  "/proc/self/fd/" + std::to_string(log.get())};
  server.insert(server.end(), options.begin(), options.end());
  client.insert(client.end(), options.begin(), options.end());
  contest::Child serving(server, place.far);
  if (!serving.read_until("to block on socket(s)"))
    throw std::runtime_error("sockperf server: " + serving.output());
  // Its warm-up eats 0.4 s of the first second: on a busy machine nothing may be left, and it is asked again.
  for (int tries = 0; tries < 10; ++tries) {
    contest::Child asking(client, place.near);
    asking.finish();
    if (read_sockperf_log(contents_of(log.get()), values) > 0) return median_of(values);
    if (asking.output().find("No valid observations") == std::string::npos)
      throw std::runtime_error("sockperf: " + asking.output());
  }
  throw std::runtime_error("sockperf found no valid observations, ten times");
}

}  // namespace

std::size_t read_sockperf_log(const std::string& text, latency::Histogram& values) {
  std::istringstream lines(text);
  bool table = false;
  std::size_t read = 0;
  for (std::string line; std::getline(lines, line);) {
    if (table) {
      const auto comma = line.rfind(", ");  // packet, txTime(sec), rxTime(sec), rtt(usec)
      if (comma == std::string::npos) break;
      values.record(static_cast<std::uint64_t>(std::stod(line.substr(comma + 2)) * 1e3));
      ++read;
    }
    table = table || line.starts_with("packet, ");
  }
  return read;
}

void add_sockperf(Contestants& contestants, const Plan& plan) {
  const auto add = [&](const std::string& name, const std::string& title, const std::string& rival,
                       std::vector<std::string> options) {
    contest::add(
        contestants, "sockperf-" + name, "sockperf " + title, rival,
        [=, &plan](latency::Histogram& values) { return run(plan, two_cpus(plan), values, options); });
  };
  add("udp-blocking", "UDP, two CPUs, blocking", "udp-blocking", {});
  add("tcp-blocking", "TCP, two CPUs, blocking", "tcp-blocking", {"--tcp"});
  add("udp-spin", "UDP, two CPUs, --nonblocked", "udp-spin", {"--nonblocked"});
  add("tcp-spin", "TCP, two CPUs, --nonblocked", "tcp-spin", {"--nonblocked", "--tcp"});
}

}  // namespace lln::round_trip

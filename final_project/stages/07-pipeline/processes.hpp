// What the tests start: the exchange, and the handler that is judged, each a process of its own, on random groups of the
// loopback interface. Nothing is waited for by time: "ready" says that a program is there, the digests file that the
// exchange's day is over.
#pragma once

#include <lln/app/child_process.hpp>
#include <lln/judge/stream_judge.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace lln::stage7 {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// Far beyond what a busy machine takes: who is not done by then hangs.
inline constexpr auto patience = 25s;

inline std::string required(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr)
    throw std::runtime_error(std::string(variable) +
                             " is not set: run this by ctest or ./course check 08-07");
  return value;
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "lln-stage7-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::string wait_for_ready(app::ChildProcess& program, const char* name) {
  while (const auto line = program.read_line(patience))
    if (line->starts_with("ready")) return *line;
  throw std::runtime_error(std::string(name) + " ended before it was ready, or never was");
}

/// Holds until go().
class Exchange {
 public:
  Exchange(const Folder& folder, const Words& more)
      : day_(folder / "day.itch"),
        digests_(folder / "digests"),
        lines_(random_lines()),
        process_(command(more)) {
    ready_ = wait_for_ready(process_, "lln-exchange");
  }

  void go() { process_.write_line(""); }
  /// The day has been published; its end is repeated until close().
  bool day_is_over() const { return std::filesystem::exists(digests_); }
  /// Ends the exchange, after its day, and returns that day. A signal before would only cut the day short.
  judge::Day close() {
    const auto since = std::chrono::steady_clock::now();
    while (!day_is_over() && std::chrono::steady_clock::now() - since < patience)
      std::this_thread::sleep_for(5ms);
    ::kill(process_.pid(), SIGINT);
    if (process_.wait(patience) != 0) throw std::runtime_error("lln-exchange did not end as it should");
    return judge::Day(day_);
  }

  const std::string& line_a() const { return lines_[0]; }
  const std::string& line_b() const { return lines_[1]; }
  const std::string& digests() const { return digests_; }
  /// "rerequest" or "glimpse": the address, from the line that it prints when it is ready.
  std::string server(const std::string& name) const {
    const std::string key = "\"" + name + "\":\"";
    const std::size_t at = ready_.find(key);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + key.size();
    return ready_.substr(begin, ready_.find('"', begin) - begin);
  }

 private:
  static Words random_lines() {
    std::array<unsigned, 3> random{};
    if (::getrandom(random.data(), sizeof random, 0) != sizeof random)
      throw std::system_error(errno, std::generic_category(), "getrandom");
    const std::string net = "239.194." + std::to_string(1 + random[0] % 254) + ".";
    const unsigned last = random[1] % 250;
    const unsigned port = 20'000 + random[2] % 6'000 * 2;
    return {net + std::to_string(last) + ":" + std::to_string(port),
            net + std::to_string(last + 1) + ":" + std::to_string(port + 1)};
  }
  Words command(const Words& more) const {
    return Words{required("LLN_BIN_DIR") + "/lln-exchange", "--hold", "--quiet", "--day-clock"} +
           Words{"--line-a", lines_[0], "--line-b", lines_[1], "--digests", digests_, "--write-itch", day_} +
           Words{"--end-ms", "60000", "--heartbeat-ms", "50"} + more;
  }

  std::string day_;
  std::string digests_;
  Words lines_;
  app::ChildProcess process_;
  std::string ready_;
};

/// The program that is judged. It has joined both lines when the constructor returns.
class Handler {
 public:
  struct Servers {
    bool rerequest = true;
    bool glimpse = true;
  };

  Handler(const Folder& folder, const Exchange& exchange, Servers servers, const Words& before = {})
      : stream_(folder / "stream"), process_(before + command(exchange, servers, stream_)) {
    wait_for_ready(process_, "the handler");
  }

  /// The exit code once the program has ended by itself; nothing when it had to be stopped: it published nothing at
  /// all, seconds after the day had ended, or it went on for ever.
  std::optional<int> finish(const Exchange& exchange) {
    constexpr auto nothing_yet = 2s;
    std::optional<std::chrono::steady_clock::time_point> over;
    while (true) {
      if (const auto code = process_.wait(5ms)) return code;
      const auto now = std::chrono::steady_clock::now();
      if (!over && exchange.day_is_over()) over = now;
      if (!over) continue;
      const bool silent = std::filesystem::file_size(stream_) == 0;
      if (now - *over > (silent ? std::chrono::seconds(nothing_yet) : patience)) break;
    }
    interrupt();
    return std::nullopt;
  }
  /// SIGINT, and the exit code; nothing when it does not help.
  std::optional<int> interrupt() {
    ::kill(process_.pid(), SIGINT);
    return process_.wait(patience);
  }
  const std::string& stream() const { return stream_; }

 private:
  static Words command(const Exchange& exchange, Servers servers, const std::string& stream) {
    Words words{required("LLN_PROGRAM"), "--quiet",  "--line-a",
                exchange.line_a(),       "--line-b", exchange.line_b()};
    if (servers.rerequest) words = words + Words{"--rerequest", exchange.server("rerequest")};
    if (servers.glimpse) words = words + Words{"--glimpse", exchange.server("glimpse")};
    return words + Words{"--publish", stream, "--expect-digests", exchange.digests()};
  }

  std::string stream_;
  app::ChildProcess process_;
};

/// Listens on line A until message `sequence` has been sent: the middle of the day, without looking at a clock.
inline void wait_for_message(net::MulticastReceiver& line, std::uint64_t sequence) {
  const auto since = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - since < patience) {
    line.wait(100ms);
    for (const auto& datagram : line.receive()) {
      std::uint64_t first = 0;
      for (std::size_t i = 10; i < 18 && i < datagram.bytes.size(); ++i)
        first = first << 8 | std::to_integer<std::uint64_t>(datagram.bytes[i]);
      if (first >= sequence) return;
    }
  }
  throw std::runtime_error("the exchange never sent message " + std::to_string(sequence));
}

inline net::MulticastReceiver listen(const std::string& group) {
  net::MulticastReceiver::Options options;
  options.group = net::Endpoint::parse(group);
  options.interface = net::Interface::named("lo");
  return net::MulticastReceiver(options);
}

/// What lln-watch.so wrote: name and number in each line.
inline std::map<std::string, std::uint64_t> read_counts(const std::string& path) {
  std::map<std::string, std::uint64_t> counts;
  std::ifstream file(path);
  std::string name;
  for (std::uint64_t number = 0; file >> name >> number;) counts[name] = number;
  return counts;
}

}  // namespace lln::stage7

#include "set_up.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

namespace lln::jitter_program {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const auto end = text.find(separator, start);
    parts.push_back(text.substr(start, end == std::string::npos ? end : end - start));
    if (end == std::string::npos) return parts;
    start = end + 1;
  }
}

int number(const std::string& text, int least, int most, const std::string& what) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw std::invalid_argument(what + " wants a number from " + std::to_string(least) + " to " +
                                std::to_string(most) + ", not '" + text + "'");
  return value;
}

}  // namespace

SetUp parse_set_up(const std::string& text) {
  SetUp result{text, false, {}};
  for (const std::string& part : split(text, '+')) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const bool has_value = equals != std::string::npos;
    const std::string value = has_value ? part.substr(equals + 1) : "";
    if (name == "fifo") {
      result.options.fifo_priority = has_value ? number(value, 1, 99, "fifo") : 10;
    } else if (name == "slack") {
      result.options.timer_slack =
          std::chrono::nanoseconds(has_value ? number(value, 1, 1'000'000'000, "slack") : 1);
    } else if (has_value) {
      throw std::invalid_argument("'" + name + "' takes no value; only fifo and slack do");
    } else if (name == "pinned") {
      result.pinned = true;
    } else if (name == "locked") {
      result.options.lock_memory = true;
    } else if (name == "nothp") {
      result.options.no_huge_pages = true;
    } else if (name == "noidle") {
      result.options.idle_exit_latency = std::chrono::microseconds(0);
    } else if (name != "plain") {
      throw std::invalid_argument(
          "there is no set-up '" + name +
          "'; parts are plain, pinned, fifo, slack, locked, nothp, noidle, joined by +");
    }
  }
  return result;
}

std::vector<SetUp> parse_set_ups(const std::string& text) {
  std::vector<SetUp> set_ups;
  std::set<std::string> names;
  for (const std::string& part : split(text, ',')) {
    SetUp set_up = parse_set_up(part);
    while (!names.insert(set_up.name).second) set_up.name += "-again";
    set_ups.push_back(std::move(set_up));
  }
  return set_ups;
}

std::vector<int> parse_cpus(const std::string& text, const std::vector<int>& allowed) {
  std::set<int> cpus;
  for (const std::string& part : split(text, ',')) {
    const auto dash = part.find('-');
    const int first = number(part.substr(0, dash), 0, CPU_SETSIZE - 1, "--cpus");
    const int last =
        dash == std::string::npos ? first : number(part.substr(dash + 1), first, CPU_SETSIZE - 1, "--cpus");
    for (int cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
  }
  for (const int cpu : cpus) {
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end())
      throw std::invalid_argument("CPU " + std::to_string(cpu) + " is not one that this process may use");
  }
  return {cpus.begin(), cpus.end()};
}

}  // namespace lln::jitter_program

// What all items of a plan have in common: a present value, an advised one, and the writes between them.
#pragma once

#include "plan.hpp"

#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lln::tune {

struct Text {
  const char* id;
  const char* title;
  const char* why;
  const char* risk;
};

inline std::string joined(const std::set<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

// "nohz,domain,1-3" is 1-3: flags come before the CPUs.
inline std::string_view cpus_in(std::string_view parameter) {
  const std::size_t digit = parameter.find_first_of("0123456789");
  return digit == std::string_view::npos ? "" : parameter.substr(digit);
}

class PlanBuilder {
 protected:
  PlanBuilder(const Facts& facts, std::map<std::string, std::string> chosen)
      : facts_(facts), chosen_(std::move(chosen)) {}

  // What the user wants instead, if anything.
  std::string wanted(const std::string& id, std::string advised) {
    const auto found = chosen_.find(id);
    if (found == chosen_.end()) return advised;
    std::string value = found->second;
    chosen_.erase(found);
    return value;
  }

  Advice& add(const Text& text, State state, std::string present, std::string advised, std::string command) {
    plan_.push_back({text.id,
                     text.title,
                     state,
                     std::move(present),
                     std::move(advised),
                     text.why,
                     text.risk,
                     std::move(command),
                     {},
                     {}});
    return plan_.back();
  }

  // An item that is one value in one or many files.
  Advice& files(const Text& text, const std::vector<std::string>& paths, const std::string& advised) {
    const std::string value = wanted(text.id, advised);
    std::set<std::string> present;
    std::vector<Write> writes;
    for (const std::string& path : paths) {
      const std::string& now = *facts_.file(path);
      present.insert(std::string(chosen(now)));
      if (!same_value(now, value)) writes.push_back({path, value});
    }
    if (paths.empty()) return add(text, State::absent, "not on this machine", value, "");
    std::string command;
    if (!writes.empty()) {
      command = writes.size() == 1 ? "echo " + value + " > /" + writes[0].path
                                   : "for f in" + list_of(writes) + "; do echo " + value + " > $f; done";
    }
    Advice& advice = add(text, writes.empty() ? State::good : State::change, joined(present), value, command);
    advice.writes = std::move(writes);
    return advice;
  }
  static std::string list_of(const std::vector<Write>& writes) {
    std::string text;
    for (const Write& write : writes) text += " /" + write.path;
    return text;
  }
  Advice& file(const Text& text, const std::string& path, const std::string& advised) {
    return files(text, facts_.file(path) != nullptr ? std::vector{path} : std::vector<std::string>{},
                 advised);
  }

  void boot(const Text& text, const std::string& key) {
    std::istringstream words(facts_.file("proc/cmdline") != nullptr ? *facts_.file("proc/cmdline") : "");
    std::string present = "not set";
    for (std::string word; words >> word;)
      if (word.starts_with(key + "=")) present = word.substr(key.size() + 1);
    if (facts_.latency.empty()) {
      add(text, State::absent, present, "nothing: one CPU cannot be kept from the only work there is", "");
      return;
    }
    const std::string advised = to_list(facts_.latency);
    const bool good = same_value(cpus_in(present), advised);
    add(text, good ? State::good : State::reboot, present, advised,
        good ? ""
             : "add " + key + "=" + advised +
                   " to GRUB_CMDLINE_LINUX in /etc/default/grub, update-grub, reboot");
  }

  // A set of CPUs; the value is a list, also where the kernel wants a mask.
  void cpus_item(const Text& text, const std::vector<std::string>& paths, bool mask) {
    const Cpus cpus = parse_cpu_list(wanted(text.id, to_list(facts_.housekeeping())));
    if (!contains_all(facts_.online, cpus))
      throw std::invalid_argument(std::string(text.id) + ": CPUs " + to_list(without(cpus, facts_.online)) +
                                  " are not online; online are " + to_list(facts_.online));
    files(text, paths, mask ? to_mask(cpus) : to_list(cpus));
  }

  const Facts& facts_;
  std::map<std::string, std::string> chosen_;
  std::vector<Advice> plan_;
};

}  // namespace lln::tune

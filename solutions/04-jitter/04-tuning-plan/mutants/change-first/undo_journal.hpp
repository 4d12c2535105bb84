// mutant: crashes release: the change is made before its line is in the journal
#pragma once

#include <tuning.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace lln::exercise {

namespace detail {

inline bool is_named(const std::vector<std::string>& named, const std::string& setting) {
  return std::find(named.begin(), named.end(), setting) != named.end();
}

// True: the setting has its old value, or never had another.
inline bool put_back(System& system, const std::string& path, const std::string& found,
                     const std::string& written) {
  try {
    const std::string present = system.read(path);
    if (present == found) return true;  // the crash was before the change, or behind its undoing
    if (present != written) return false;
    system.write(path, found);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace detail

inline void apply(System& system, const std::vector<Item>& plan, const std::vector<std::string>& named) {
  for (const std::string& name : named) {
    const auto item =
        std::find_if(plan.begin(), plan.end(), [&](const Item& each) { return each.setting == name; });
    if (item == plan.end()) throw std::invalid_argument("no such setting: " + name);
    if (item->verdict == Verdict::refuse) throw std::invalid_argument(name + " is refused: " + item->why);
  }
  if (!system.journal().empty()) throw std::logic_error("the journal is not empty: undo first");
  for (const Item& item : plan) {
    if (item.verdict != Verdict::change || !detail::is_named(named, item.setting)) continue;
    const std::string found = system.read(item.path);
    if (found == item.advised) continue;
    system.write(item.path, item.advised);
    system.append_to_journal(item.path + '\t' + found + '\t' + item.advised + '\n');
  }
}

inline std::vector<std::string> undo(System& system) {
  std::vector<std::string> left;
  std::string journal = system.journal();
  while (!journal.empty()) {
    const bool complete = journal.back() == '\n';
    const std::size_t end = journal.size() - (complete ? 1 : 0);
    const std::size_t newline = end == 0 ? std::string::npos : journal.rfind('\n', end - 1);
    const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
    if (complete) {
      const std::string line = journal.substr(start, end - start);
      const std::size_t first = line.find('\t');
      const std::size_t second = line.find('\t', first + 1);
      const std::string path = line.substr(0, first);
      if (!detail::put_back(system, path, line.substr(first + 1, second - first - 1),
                            line.substr(second + 1)))
        left.push_back(path);
    }
    system.cut_journal(start);  // behind the change: until then a crash finds the line
    journal.resize(start);
  }
  return left;
}

}  // namespace lln::exercise

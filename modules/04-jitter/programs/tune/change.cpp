#include "change.hpp"

#include <algorithm>
#include <system_error>

namespace lln::tune {
namespace {

using Kind = Outcome::Kind;

std::string now_in(const Tree& tree, const std::string& path) {
  const auto text = tree.read(path);
  return text ? std::string(chosen(*text)) : "unreadable";
}

std::string why_not(const std::system_error& error) {
  std::string text = error.what();
  if (error.code() == std::errc::permission_denied || error.code() == std::errc::operation_not_permitted ||
      error.code() == std::errc::read_only_file_system)
    text += "; it takes root (sudo), and a container may not do it at all";
  return text;
}

}  // namespace

Outcome apply(const Advice& advice, const Tree& tree, Journal& journal) {
  switch (advice.state) {
    case State::good:
      return {Kind::nothing_to_do, advice.id, "is " + advice.present + " already"};
    case State::absent:
      return {Kind::refused, advice.id, advice.present + "; there is nothing to change"};
    case State::reboot:
    case State::by_hand:
      return {Kind::refused, advice.id, "not done by this program; the command is: " + advice.command};
    case State::change:
      break;
  }
  if (!advice.refusal.empty()) return {Kind::refused, advice.id, "refused: " + advice.refusal};
  std::size_t done = 0;
  std::string
      trouble;  // the first; an interrupt that cannot be moved must not keep the others where they are
  for (const Write& write : advice.writes) {
    const std::string before = now_in(tree, write.path);
    try {
      journal.append({advice.id, write.path, before, write.value});
    } catch (const std::system_error& error) {
      trouble =
          std::string("the undo journal cannot be written, so nothing more was changed: ") + error.what();
      break;
    }
    try {
      tree.write(write.path, write.value);
      const std::string now = now_in(tree, write.path);
      if (same_value(now, write.value)) {
        ++done;
      } else if (trouble.empty()) {
        trouble = "the kernel took " + write.value + " for /" + write.path + " and made it " + now;
      }
    } catch (const std::system_error& error) {
      if (trouble.empty()) trouble = why_not(error);
    }
  }
  const std::size_t all = advice.writes.size();
  if (!trouble.empty())
    return {Kind::failed, advice.id,
            std::to_string(done) + " of " + std::to_string(all) + " done; " + trouble};
  const std::string files = all == 1 ? "/" + advice.writes[0].path : std::to_string(all) + " files";
  return {Kind::done, advice.id, advice.present + " -> " + advice.advised + "  (" + files + ")"};
}

std::vector<Outcome> undo(const Tree& tree, Journal& journal) {
  std::vector<Outcome> outcomes;
  std::vector<Entry> left;
  std::vector<Entry> entries = journal.entries();
  // Who was killed before the first line was whole left a file with nothing in it.
  if (entries.empty()) journal.keep({});
  while (!entries.empty()) {
    const Entry entry = entries.back();
    entries.pop_back();
    const std::string now = now_in(tree, entry.path);
    Outcome outcome{Kind::done, entry.item, "/" + entry.path + ": " + now + " -> " + entry.before};
    if (same_value(now, entry.before)) {
      outcome = {Kind::nothing_to_do, entry.item, "/" + entry.path + " is " + now + ", as before"};
    } else if (!same_value(now, entry.after)) {
      outcome = {Kind::changed_by_others, entry.item,
                 "/" + entry.path + " is " + now + ": we made it " + entry.after +
                     ", so somebody else has changed it; left alone (before us it was " + entry.before + ")"};
    } else {
      try {
        tree.write(entry.path, entry.before);
      } catch (const std::system_error& error) {
        outcome = {Kind::failed, entry.item, why_not(error)};
      }
    }
    if (outcome.kind == Kind::failed || outcome.kind == Kind::changed_by_others)
      left.insert(left.begin(), entry);
    // The journal shrinks as the changes go: whoever is stopped half way goes on from there.
    std::vector<Entry> still = entries;
    still.insert(still.end(), left.begin(), left.end());
    journal.keep(still);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace lln::tune

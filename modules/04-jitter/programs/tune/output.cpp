#include "output.hpp"

#include <ostream>
#include <string_view>

namespace lln::tune {
namespace {

using Json = nlohmann::ordered_json;

std::string_view word(State state) {
  switch (state) {
    case State::good:
      return "good";
    case State::change:
      return "change";
    case State::reboot:
      return "reboot";
    case State::by_hand:
      return "by hand";
    case State::absent:
      return "not here";
  }
  return "";
}

std::string_view word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return "done";
    case Outcome::Kind::nothing_to_do:
      return "nothing to do";
    case Outcome::Kind::refused:
      return "refused";
    case Outcome::Kind::failed:
      return "FAILED";
    case Outcome::Kind::changed_by_others:
      return "changed by others";
  }
  return "";
}

std::string cpus(const Cpus& set) { return set.empty() ? "none" : to_list(set); }

}  // namespace

void print_plan(std::ostream& out, const Facts& facts, const std::vector<Advice>& plan, bool all) {
  out << "CPUs online: " << cpus(facts.online) << ";  for low latency: " << cpus(facts.latency)
      << ";  for everything else: " << cpus(facts.housekeeping()) << '\n';
  std::size_t good = 0;
  std::size_t absent = 0;
  for (const Advice& advice : plan) {
    good += advice.state == State::good;
    absent += advice.state == State::absent;
    if (!all && (advice.state == State::good || advice.state == State::absent)) continue;
    out << '\n' << advice.id << "  [" << word(advice.state) << "]  " << advice.title << '\n';
    out << "  now      " << advice.present << '\n' << "  advised  " << advice.advised << '\n';
    out << "  why      " << advice.why << '\n' << "  risk     " << advice.risk << '\n';
    if (!advice.command.empty()) out << "  command  " << advice.command << '\n';
    if (!advice.refusal.empty()) out << "  refused  " << advice.refusal << '\n';
  }
  out << '\n'
      << good << " of " << plan.size() << " items are as advised, " << absent << " are not on this machine";
  out << (all || good + absent == 0 ? ".\n" : " (--all shows them).\n");
}

void print_facts(std::ostream& out, const Facts& facts) {
  for (const auto& [path, text] : facts.files) {
    out << '/' << path << ": " << text.substr(0, text.find('\n'))
        << (text.find('\n') < text.size() ? " ..." : "") << '\n';
  }
  for (const auto& [name, says] : facts.nics) out << "card " << name << ": " << says << '\n';
  for (const RealtimeTask& task : facts.realtime)
    out << "real-time thread " << task.name << ", pid " << task.pid << ", CPUs " << cpus(task.cpus) << '\n';
  out << "irqbalance: " << (facts.irqbalance ? "running" : "not running") << '\n';
}

void print_outcomes(std::ostream& out, const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes)
    out << outcome.item << "  [" << word(outcome.kind) << "]  " << outcome.sentence << '\n';
}

void print_journal(std::ostream& out, const Tree& tree, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const auto text = tree.read(entry.path);
    out << entry.item << "  /" << entry.path << ": " << entry.before << " -> " << entry.after << ", now "
        << (text ? std::string(chosen(*text)) : "unreadable") << '\n';
  }
}

Json plan_json(const Facts& facts, const std::vector<Advice>& plan) {
  Json items = Json::array();
  for (const Advice& advice : plan) {
    Json writes = Json::array();
    for (const Write& write : advice.writes)
      writes.push_back({{"path", "/" + write.path}, {"value", write.value}});
    items.push_back({{"id", advice.id},
                     {"title", advice.title},
                     {"state", word(advice.state)},
                     {"present", advice.present},
                     {"advised", advice.advised},
                     {"why", advice.why},
                     {"risk", advice.risk},
                     {"command", advice.command},
                     {"refusal", advice.refusal},
                     {"writes", writes}});
  }
  return {{"online", cpus(facts.online)}, {"latency_cpus", cpus(facts.latency)}, {"items", items}};
}

Json facts_json(const Facts& facts) {
  Json realtime = Json::array();
  for (const RealtimeTask& task : facts.realtime)
    realtime.push_back({{"pid", task.pid}, {"name", task.name}, {"cpus", cpus(task.cpus)}});
  return {{"online", cpus(facts.online)},
          {"files", facts.files},
          {"cards", facts.nics},
          {"realtime", realtime},
          {"irqbalance", facts.irqbalance}};
}

Json outcomes_json(const std::vector<Outcome>& outcomes) {
  Json all = Json::array();
  for (const Outcome& outcome : outcomes)
    all.push_back({{"item", outcome.item}, {"outcome", word(outcome.kind)}, {"sentence", outcome.sentence}});
  return all;
}

Json journal_json(const Tree& tree, const std::vector<Entry>& entries) {
  Json all = Json::array();
  for (const Entry& entry : entries) {
    const auto text = tree.read(entry.path);
    all.push_back({{"item", entry.item},
                   {"path", "/" + entry.path},
                   {"before", entry.before},
                   {"after", entry.after},
                   {"now", text ? Json(std::string(chosen(*text))) : Json(nullptr)}});
  }
  return all;
}

}  // namespace lln::tune

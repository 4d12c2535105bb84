#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace lln::contest {
namespace {

std::string text(const char* format, double value) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// In us; "-" with less than ten values beyond it.
std::string percentile(const Contestant& contestant, double p) {
  if (static_cast<double>(contestant.values.count()) * (100 - p) / 100 < 10) return "-";
  return text("%.1f", static_cast<double>(contestant.values.value_at_percentile(p)) * 1e-3);
}

const Contestant* rival_of(const Contestant& contestant, const std::vector<Contestant>& contestants) {
  const auto rival = std::find_if(contestants.begin(), contestants.end(),
                                  [&](const Contestant& other) { return other.name == contestant.rival; });
  return rival == contestants.end() || rival->rounds.empty() ? nullptr : &*rival;
}

std::string reason(const Contestant& contestant) {
  return contestant.refusal.empty() ? "ended before its turn" : contestant.refusal;
}

void columns(std::ostream& out, const std::vector<std::string>& cells) {
  char buffer[96];
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::snprintf(buffer, sizeof buffer, i == 0 ? "%-*s" : "%*s", i == 0 ? 50 : 9, cells[i].c_str());
    out << buffer;
  }
}

report::Json series_of(const Words& words, const Contestant& contestant) {
  report::Json series = {{"name", words.value + "." + contestant.name},
                         {"title", contestant.title},
                         {"unit", words.unit},
                         {"n", contestant.rounds.size()},
                         {"quantiles", {{"p50", report::median(contestant.rounds)}}},
                         {"min", report::quantile(contestant.rounds, 0)},
                         {"max", report::quantile(contestant.rounds, 1)},
                         {"rounds", contestant.rounds}};
  return series;
}

}  // namespace

void print_table(std::ostream& out, const Words& words, const std::vector<Contestant>& contestants) {
  std::vector<std::string> head{words.value + ", " + words.unit, "median", "least", "most"};
  if (words.latencies) head.insert(head.end(), {"p99", "p99.9"});
  columns(out, head);
  out << "   ratio [95 %] to\n";
  for (const Contestant& contestant : contestants) {
    if (contestant.rounds.empty()) {
      columns(out, {contestant.title});
      out << "  not measured: " << reason(contestant) << '\n';
      continue;
    }
    std::vector<std::string> cells{contestant.title, text("%.3g", report::median(contestant.rounds)),
                                   text("%.3g", report::quantile(contestant.rounds, 0)),
                                   text("%.3g", report::quantile(contestant.rounds, 1))};
    if (words.latencies)
      cells.insert(cells.end(), {percentile(contestant, 99), percentile(contestant, 99.9)});
    columns(out, cells);
    report::Ratio ratio{};
    const Contestant* const rival = rival_of(contestant, contestants);
    if (rival != nullptr && report::ratio_of(contestant.rounds, rival->rounds, ratio)) {
      out << "   " << text("%.2f", ratio.median) << " [" << text("%.2f", ratio.low) << " .. "
          << text("%.2f", ratio.high) << "] " << rival->name;
    }
    for (const auto& [name, rounds] : contestant.extras)
      out << "   " << name << " " << text("%.3g", report::median(rounds));
    out << '\n';
  }
}

report::Json result_json(const Words& words, const std::vector<Contestant>& contestants,
                         const std::string& command, const std::vector<std::string>& notes) {
  report::Json result = report::begin_result(words.what, command, "closed");
  report::Json& summary = result["summary"];
  for (const Contestant& contestant : contestants) {
    if (contestant.rounds.empty()) {
      result["notes"].push_back(contestant.name + " was not measured: " + reason(contestant));
      continue;
    }
    report::Json rounds = series_of(words, contestant);
    report::Ratio ratio{};
    const Contestant* const rival = rival_of(contestant, contestants);
    if (rival != nullptr && report::ratio_of(contestant.rounds, rival->rounds, ratio)) {
      rounds["ratio_to"] = {{"name", words.value + "." + rival->name}, {"median", ratio.median}};
      rounds["ci95"] = {ratio.low, ratio.high};
      summary["ratio"][contestant.name] = ratio.median;
    }
    result["series"].push_back(std::move(rounds));
    if (contestant.values.count() > 0) {
      result["series"].push_back({{"name", contestant.name},
                                  {"title", contestant.title + ", all rounds"},
                                  {"unit", "ns"},
                                  {"n", contestant.values.count()},
                                  {"quantiles", report::quantiles_of(contestant.values)},
                                  {"min", contestant.values.min()},
                                  {"max", contestant.values.max()}});
    }
    summary[words.value][contestant.name] = report::median(contestant.rounds);
    for (const auto& [name, values] : contestant.extras)
      summary[name][contestant.name] = report::median(values);
  }
  result["notes"].push_back(
      "Each n of a series of rounds is one turn; each round plays all once, in a random order.");
  for (const std::string& note : notes) result["notes"].push_back(note);
  return result;
}

}  // namespace lln::contest

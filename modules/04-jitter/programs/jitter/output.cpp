#include "output.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

namespace lln::jitter_program {
namespace {

std::string text(const char* format, double value) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// In us; "-" with less than ten values beyond it.
std::string percentile(const Cell& cell, double p) {
  if (static_cast<double>(cell.values.count()) * (100 - p) / 100 < 10) return "-";
  return text("%.1f", static_cast<double>(cell.values.value_at_percentile(p)) * 1e-3);
}

std::string ratio_text(const Cell& cell, const Cell& base) {
  report::Ratio ratio{};
  if (&cell == &base || !report::ratio_of(cell.rounds, base.rounds, ratio)) return "";
  return text("%.2f", ratio.median) + " [" + text("%.2f", ratio.low) + " .. " + text("%.2f", ratio.high) +
         "]";
}

void line(std::ostream& out, const std::vector<std::string>& columns) {
  static constexpr int widths[] = {26, 5, 9, 10, 10, 10, 8, 8, 9};
  char buffer[96];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == 9) {
      out << "  " << columns[i];
      continue;
    }
    std::snprintf(buffer, sizeof buffer, i == 0 ? "%-*s" : "%*s", widths[i], columns[i].c_str());
    out << buffer;
  }
  out << '\n';
}

double per_second(const Cell& cell) {
  return cell.observed_ns > 0 ? static_cast<double>(cell.values.count()) / (cell.observed_ns * 1e-9) : 0;
}

}  // namespace

void print_table(std::ostream& out, const Plan& plan, const std::vector<Cell>& cells) {
  const double turn = std::chrono::duration<double>(plan.turn).count();
  if (plan.sleep) {
    out << "sleeping " << text("%g", std::chrono::duration<double, std::micro>(*plan.sleep).count())
        << " us at a time, " << plan.rounds << " x " << turn << " s each; how late it was woken, in us\n";
  } else {
    out << "spinning " << plan.rounds << " x " << turn << " s each; gaps longer than "
        << text("%g", std::chrono::duration<double, std::micro>(plan.threshold).count()) << " us\n";
  }
  line(out, {"set-up", "CPU", plan.sleep ? "wakes/s" : "gaps/s", plan.sleep ? "median" : "lost us/s", "least",
             "most", "p50 us", "p99 us", "max us", "ratio to the first [95 %]"});
  for (const Cell& cell : cells) {
    const std::string cpu = cell.cpu ? std::to_string(*cell.cpu) : "any";
    if (cell.rounds.empty()) {
      line(out, {cell.set_up.name, cpu});
      out << "    not measured: " << (cell.refusal.empty() ? "ended before its turn" : cell.refusal) << '\n';
      continue;
    }
    line(out, {cell.set_up.name, cpu, text("%.0f", per_second(cell)),
               text("%.1f", report::median(cell.rounds)), text("%.1f", report::quantile(cell.rounds, 0)),
               text("%.1f", report::quantile(cell.rounds, 1)), percentile(cell, 50), percentile(cell, 99),
               text("%.1f", static_cast<double>(cell.values.max()) * 1e-3), ratio_text(cell, cells.front())});
  }
}

report::Json result_json(const Plan& plan, const std::vector<Cell>& cells, const std::string& command,
                         const std::string& disturbance) {
  using report::Json;
  Json result = report::begin_result(
      plan.sleep ? "how late a sleeping thread is woken" : "gaps of a spinning thread", command, "closed");
  const std::string unit = plan.sleep ? "us" : "us lost/s";
  const std::string kind = plan.sleep ? "median" : "lost";
  for (const Cell& cell : cells) {
    if (cell.rounds.empty()) {
      result["notes"].push_back(cell.name() + " was not measured: " +
                                (cell.refusal.empty() ? "ended before its turn" : cell.refusal));
      continue;
    }
    const double median = report::median(cell.rounds);
    Json rounds = {
        {"name", kind + "." + cell.name()},
        {"title", cell.set_up.name + (cell.cpu ? ", CPU " + std::to_string(*cell.cpu) : ", any CPU")},
        {"unit", unit},
        {"n", cell.rounds.size()},
        {"quantiles", {{"p50", median}}},
        {"min", report::quantile(cell.rounds, 0)},
        {"max", report::quantile(cell.rounds, 1)},
        {"rounds", cell.rounds}};
    report::Ratio ratio{};
    if (cells.size() > 1 && report::ratio_of(cell.rounds, cells.front().rounds, ratio)) {
      rounds["ratio_to"] = {{"name", kind + "." + cells.front().name()}, {"median", ratio.median}};
      rounds["ci95"] = {ratio.low, ratio.high};
      result["summary"]["ratio"][cell.name()] = ratio.median;
    }
    result["series"].push_back(std::move(rounds));
    result["series"].push_back({{"name", cell.name()},
                                {"title", (plan.sleep ? "lateness: " : "gaps: ") + cell.name()},
                                {"unit", "ns"},
                                {"n", cell.values.count()},
                                {"quantiles", report::quantiles_of(cell.values)},
                                {"min", cell.values.min()},
                                {"max", cell.values.max()}});
    result["summary"][plan.sleep ? "median_us" : "lost_us_per_s"][cell.name()] = median;
    result["summary"]["per_s"][cell.name()] = per_second(cell);
    result["summary"]["max_us"][cell.name()] = static_cast<double>(cell.values.max()) * 1e-3;
    result["summary"]["p99_us"][cell.name()] =
        static_cast<double>(cell.values.value_at_percentile(99)) * 1e-3;
    result["summary"]["observed_s"][cell.name()] = cell.observed_ns * 1e-9;
  }
  if (!disturbance.empty()) result["notes"].push_back("disturbed on purpose: " + disturbance);
  result["notes"].push_back(
      "The series of rounds: each n is one turn; turns of all set-ups are interleaved.");
  return result;
}

void write_curves(const std::string& folder, const std::vector<Cell>& cells) {
  std::filesystem::create_directories(folder);
  for (const Cell& cell : cells) {
    if (cell.values.count() == 0) continue;
    std::ostringstream curve;
    cell.values.write_hgrm(curve, 1000.0);
    report::write_file(folder + "/" + cell.name() + ".hgrm", curve.str());
  }
}

}  // namespace lln::jitter_program

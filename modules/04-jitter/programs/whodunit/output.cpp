#include "output.hpp"

#include <lln/latency/histogram.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <numeric>
#include <ostream>

namespace lln::whodunit {
namespace {

template <class... Arguments>
std::string text(const char* format, Arguments... arguments) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  return buffer;
}

double us(double ns) { return ns * 1e-3; }
double us(std::uint64_t ns) { return static_cast<double>(ns) * 1e-3; }

double seconds(const Findings& findings) { return std::max(findings.observed_ns * 1e-9, 1e-9); }

// "task lln-rival" as a name of a series, without what a file name cannot have.
std::string series_name(const jitter::Cause& cause) {
  std::string name = to_string(cause);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '.';
  }
  return name;
}

}  // namespace

void print_ranking(std::ostream& out, const Case& what, const Findings& findings, std::size_t most) {
  const auto& found = findings.attribution;
  out << text("CPU %d watched for %.2f s: %llu gaps longer than %g us, %.0f us lost a second (%.2f %%)\n\n",
              what.cpu, findings.observed_ns * 1e-9, static_cast<unsigned long long>(findings.gaps),
              us(static_cast<double>(what.threshold.count())), us(findings.lost_ns) / seconds(findings),
              100 * findings.lost_ns / std::max(findings.observed_ns, 1.0));
  out << text("%12s %7s %9s %12s  %s\n", "us lost/s", "share", "gaps/s", "longest us", "culprit");
  std::size_t shown = 0;
  for (const std::size_t index : found.ranking()) {
    if (shown++ == most) break;
    const jitter::Culprit& culprit = found.culprits[index];
    out << text("%12.1f %6.1f%% %9.1f %12.1f  ", us(culprit.lost_ns) / seconds(findings),
                100 * found.share(culprit), static_cast<double>(culprit.gaps) / seconds(findings),
                us(culprit.longest_ns))
        << to_string(culprit.cause) << '\n';
  }
  if (findings.steal_ns)
    out << text(
        "\nThe hypervisor says that it took %.0f ms of this CPU meanwhile (/proc/stat, in steps of 10 ms).\n",
        *findings.steal_ns * 1e-6);
  if (findings.cost.runs == 0) {
    out << "Cost of looking: not measured; the kernel tells it to CAP_SYS_ADMIN only.";
  } else {
    out << text("Cost of looking: %.0f BPF runs a second on all CPUs, %.0f ns each, %.3f %% of one CPU.",
                static_cast<double>(findings.cost.runs) / (findings.traced_ns * 1e-9),
                static_cast<double>(findings.cost.ns) / static_cast<double>(findings.cost.runs),
                100 * static_cast<double>(findings.cost.ns) / std::max(findings.traced_ns, 1.0));
  }
  out << text(" %zu events, %llu lost.\n", findings.events,
              static_cast<unsigned long long>(findings.events_lost));
  for (const std::string& remark : findings.remarks) out << "Note: " << remark << ".\n";
}

void print_timeline(std::ostream& out, const Findings& findings, std::size_t most) {
  const auto& gaps = findings.attribution.gaps;
  std::vector<std::size_t> order(gaps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto length = [&](std::size_t i) { return gaps[i].gap.end - gaps[i].gap.start; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return length(a) > length(b); });
  order.resize(std::min(order.size(), most));
  std::sort(order.begin(), order.end());
  out << text("\nThe %zu longest gaps\n%12s %12s  what, in us\n", order.size(), "at ms", "us");
  constexpr std::size_t slices_shown = 6;
  for (const std::size_t index : order) {
    const jitter::AttributedGap& gap = gaps[index];
    out << text("%12.3f %12.1f  ", static_cast<double>(gap.gap.start - findings.start_ns) * 1e-6,
                us(length(index)));
    for (std::size_t i = 0; i < std::min(gap.slices.size(), slices_shown); ++i) {
      const jitter::Slice& slice = gap.slices[i];
      out << (i == 0 ? "" : ", ") << to_string(findings.attribution.culprits[slice.cause].cause) << ' '
          << text("%.1f", us(slice.end - slice.start));
    }
    if (gap.slices.size() > slices_shown) out << ", and " << gap.slices.size() - slices_shown << " more";
    out << '\n';
  }
}

report::Json result_json(const Case& what, const Findings& findings, const std::string& command,
                         const std::string& provoked) {
  using report::Json;
  Json result = report::begin_result("who takes a CPU from a pinned thread", command, "closed");
  const auto& found = findings.attribution;
  Json ranking = Json::array();
  for (const std::size_t index : found.ranking()) {
    const jitter::Culprit& culprit = found.culprits[index];
    latency::Histogram taken(60'000'000'000);  // in each gap in which it had a part
    for (const jitter::AttributedGap& gap : found.gaps) {
      std::uint64_t ns = 0;
      for (const jitter::Slice& slice : gap.slices) ns += slice.cause == index ? slice.end - slice.start : 0;
      if (ns > 0) taken.record(ns);
    }
    const std::string name = series_name(culprit.cause);
    result["series"].push_back({{"name", name},
                                {"title", to_string(culprit.cause)},
                                {"unit", "ns a gap"},
                                {"n", taken.count()},
                                {"quantiles", report::quantiles_of(taken)},
                                {"min", taken.min()},
                                {"max", taken.max()}});
    ranking.push_back({{"culprit", to_string(culprit.cause)},
                       {"lost_us_per_s", us(culprit.lost_ns) / seconds(findings)},
                       {"share", found.share(culprit)},
                       {"gaps", culprit.gaps},
                       {"longest_us", us(culprit.longest_ns)}});
  }
  Json bpf;  // null: not measured
  if (findings.cost.runs > 0)
    bpf = {{"runs_per_s", static_cast<double>(findings.cost.runs) / (findings.traced_ns * 1e-9)},
           {"ns_a_run", static_cast<double>(findings.cost.ns) / static_cast<double>(findings.cost.runs)},
           {"percent_of_a_cpu",
            100 * static_cast<double>(findings.cost.ns) / std::max(findings.traced_ns, 1.0)}};
  result["summary"] = {
      {"cpu", what.cpu},
      {"observed_s", findings.observed_ns * 1e-9},
      {"threshold_us", us(static_cast<double>(what.threshold.count()))},
      {"gaps", findings.gaps},
      {"lost_us_per_s", us(findings.lost_ns) / seconds(findings)},
      {"steal_us_per_s", findings.steal_ns ? Json(us(*findings.steal_ns) / seconds(findings)) : Json()},
      {"ranking", ranking},
      {"events", findings.events},
      {"events_lost", findings.events_lost},
      {"bpf", bpf}};
  if (!provoked.empty()) result["notes"].push_back("disturbed on purpose: " + provoked);
  for (const std::string& remark : findings.remarks) result["notes"].push_back(remark);
  result["notes"].push_back(
      "Each series: what this culprit took in a gap, over the gaps in which it had a part.");
  return result;
}

}  // namespace lln::whodunit

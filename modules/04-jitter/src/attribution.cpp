#include "trace_contexts.hpp"

#include <lln/jitter/attribution.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace lln::jitter {
namespace {

using detail::ContextInterval;

class Charger {
 public:
  explicit Charger(Attribution& result) : result_(result) {}

  std::size_t index_of(const Cause& cause) {
    const auto [place, is_new] = known_.try_emplace({cause.kind, cause.name}, result_.culprits.size());
    if (is_new) result_.culprits.push_back({cause});
    return place->second;
  }

  // Neighbours with the same cause become one slice.
  static void add(AttributedGap& gap, Interval part, std::size_t cause) {
    if (part.start >= part.end) return;
    if (!gap.slices.empty() && gap.slices.back().cause == cause && gap.slices.back().end == part.start) {
      gap.slices.back().end = part.end;
    } else {
      gap.slices.push_back({part.start, part.end, cause});
    }
  }

  void count(AttributedGap gap) {
    std::map<std::size_t, std::uint64_t> taken;
    for (const Slice& slice : gap.slices) taken[slice.cause] += slice.end - slice.start;
    for (const auto& [cause, ns] : taken) {
      Culprit& culprit = result_.culprits[cause];
      culprit.lost_ns += ns;
      ++culprit.gaps;
      culprit.longest_ns = std::max(culprit.longest_ns, ns);
    }
    result_.lost_ns += gap.gap.end - gap.gap.start;
    result_.gaps.push_back(std::move(gap));
  }

 private:
  Attribution& result_;
  std::map<std::pair<CauseKind, std::string>, std::size_t> known_;
};

// The contexts that overlap a gap, cut to it.
std::vector<ContextInterval> cut(const std::vector<ContextInterval>& contexts, std::size_t first,
                                 Interval gap) {
  std::vector<ContextInterval> parts;
  for (std::size_t i = first; i < contexts.size() && contexts[i].when.start < gap.end; ++i) {
    ContextInterval part = contexts[i];
    part.when = {std::max(part.when.start, gap.start), std::min(part.when.end, gap.end)};
    if (part.when.start < part.when.end) parts.push_back(std::move(part));
  }
  return parts;
}

// A stretch without a context, between two causes (or none at the gap's ends).
void charge_bare(AttributedGap& gap, Interval bare, const std::size_t* before, const std::size_t* after,
                 std::size_t rest, std::uint64_t edge) {
  std::uint64_t first = bare.start;
  std::uint64_t last = bare.end;
  const std::uint64_t length = last - first;
  if (before != nullptr && after != nullptr) {
    first += std::min(edge, (length + 1) / 2);
    last -= std::min(edge, last - first);
  } else if (before != nullptr) {
    first += std::min(edge, length);
  } else if (after != nullptr) {
    last -= std::min(edge, length);
  }
  if (before != nullptr) Charger::add(gap, {bare.start, first}, *before);
  Charger::add(gap, {first, last}, rest);
  if (after != nullptr) Charger::add(gap, {last, bare.end}, *after);
}

}  // namespace

Attribution attribute(std::span<const TraceEvent> events, std::span<const Interval> gaps,
                      const AttributionOptions& options) {
  const detail::Contexts contexts = detail::contexts_of(events, options);
  Attribution result;
  Charger charger(result);
  std::size_t first = 0;
  std::size_t fault = 0;
  for (const Interval& when : gaps) {
    while (first < contexts.intervals.size() && contexts.intervals[first].when.end <= when.start) ++first;
    while (fault < contexts.page_faults.size() && contexts.page_faults[fault] < when.start) ++fault;
    const bool faulted = fault < contexts.page_faults.size() && contexts.page_faults[fault] <= when.end;
    const std::uint64_t fault_time = faulted ? contexts.page_faults[fault] : when.end;
    AttributedGap gap{when, {}};
    std::uint64_t at = when.start;
    std::size_t previous = 0;
    bool has_previous = false;
    const auto bare = [&](std::uint64_t until, const std::size_t* after) {
      if (at >= until) return;
      const std::size_t rest =
          charger.index_of({faulted && fault_time <= until ? CauseKind::page_fault : CauseKind::unknown, {}});
      charge_bare(gap, {at, until}, has_previous ? &previous : nullptr, after, rest,
                  faulted ? 0 : options.edge_ns);
    };
    for (const ContextInterval& part : cut(contexts.intervals, first, when)) {
      const std::size_t cause = charger.index_of(part.cause);
      bare(part.when.start, &cause);
      Charger::add(gap, part.when, cause);
      at = part.when.end;
      previous = cause;
      has_previous = true;
    }
    bare(when.end, nullptr);
    charger.count(std::move(gap));
  }
  return result;
}

std::vector<std::size_t> Attribution::ranking() const {
  std::vector<std::size_t> order(culprits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return culprits[a].lost_ns > culprits[b].lost_ns;
  });
  while (!order.empty() && culprits[order.back()].lost_ns == 0) order.pop_back();
  return order;
}

double Attribution::share(const Culprit& culprit) const {
  return lost_ns == 0 ? 0 : static_cast<double>(culprit.lost_ns) / static_cast<double>(lost_ns);
}

std::string to_string(const Cause& cause) {
  static constexpr const char* kinds[] = {"task",
                                          "interrupt",
                                          "softirq",
                                          "timer interrupt",
                                          "inter-processor interrupt",
                                          "page fault",
                                          "unknown (hypervisor?)"};
  const std::string kind = kinds[static_cast<std::size_t>(cause.kind)];
  return cause.name.empty() ? kind : kind + " " + cause.name;
}

}  // namespace lln::jitter

// From tracepoints to stretches of time in which the CPU did something else than the thread.
#pragma once

#include <lln/jitter/attribution.hpp>

#include <span>
#include <vector>

namespace lln::jitter::detail {

struct ContextInterval {
  Interval when;
  Cause cause;
};

struct Contexts {
  std::vector<ContextInterval> intervals;  // in order, disjoint; where none is, the thread itself ran
  std::vector<std::uint64_t> page_faults;  // of the thread itself
};

Contexts contexts_of(std::span<const TraceEvent> events, const AttributionOptions& options);

}  // namespace lln::jitter::detail

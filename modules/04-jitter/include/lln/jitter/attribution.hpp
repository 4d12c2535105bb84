// Who took the time: charges each gap of a thread to what its CPU did meanwhile.
//
// Threads: pure functions of what they are given.
// Guarantees: the slices of a gap cover it without overlap, so that what all culprits lost adds up to the gaps' length.
//   Lost or unpaired events make single slices wrong, never the sum.
// Rule: at each moment the innermost context is charged: an interrupt in a softirq in a task is the interrupt's. What no
//   context covers is the kernel's way in and out as far as it borders on one, up to `edge` on each side, and is charged
//   to that; the rest is `page_fault` after a fault of the thread itself, and otherwise `unknown`. A hypervisor that
//   takes the CPU leaves no event: it is in `unknown`, or it makes another culprit look slower.
// Source: the idea of osnoise and timerlat, Documentation/trace/osnoise-tracer.rst.
#pragma once

#include <lln/jitter/detail/trace_event.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lln::jitter {

using TraceEvent = ::lln_trace_event;
static_assert(sizeof(TraceEvent) == 48 && offsetof(TraceEvent, name) == 28);

enum class CauseKind { task, irq, softirq, timer, ipi, page_fault, unknown };

struct Cause {
  CauseKind kind;
  std::string
      name;  // "lln-rival", "27 virtio0-rx", "NET_RX", "tick_nohz_handler"; empty where the kind says all
  friend bool operator==(const Cause&, const Cause&) = default;
};

std::string to_string(const Cause& cause);  // "task lln-rival"

struct Interval {  // in ns of the events' clock
  std::uint64_t start;
  std::uint64_t end;
};

struct Slice {
  std::uint64_t start;
  std::uint64_t end;
  std::size_t cause;  // index into Attribution::culprits
};

struct Culprit {
  Cause cause;
  std::uint64_t lost_ns = 0;
  std::uint64_t gaps = 0;        // in how many it had a part
  std::uint64_t longest_ns = 0;  // the most that it took in one gap
};

struct AttributedGap {
  Interval gap;
  std::vector<Slice> slices;  // in order of time
};

struct Attribution {
  std::vector<Culprit> culprits;
  std::vector<AttributedGap> gaps;
  std::uint64_t lost_ns = 0;  // in all gaps

  // Indices into culprits, the one that took most first.
  std::vector<std::size_t> ranking() const;
  // Share of all that was lost, 0..1.
  double share(const Culprit& culprit) const;
};

struct AttributionOptions {
  int thread = 0;                // the thread whose gaps these are
  std::uint64_t edge_ns = 5000;  // so much on each side of a context belongs to it
  // What timer function is at this address; empty when unknown.
  std::function<std::string(std::uint64_t)> symbol = {};
};

// `events` of the thread's CPU in order of time, `gaps` in order of time and disjoint.
Attribution attribute(std::span<const TraceEvent> events, std::span<const Interval> gaps,
                      const AttributionOptions& options);

}  // namespace lln::jitter

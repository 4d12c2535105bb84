#include "trace_contexts.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace lln::jitter::detail {
namespace {

std::string name_of(const TraceEvent& event) {
  return std::string(event.name, ::strnlen(event.name, sizeof event.name));
}

// The order is that of the kernel's enum, include/linux/interrupt.h.
std::string softirq_name(int vector) {
  static constexpr const char* names[] = {"HI",       "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
                                          "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU"};
  return vector >= 0 && vector < 10 ? names[vector] : std::to_string(vector);
}

std::string ipi_name(int kind) {
  static constexpr const char* names[] = {"reschedule", "call function", "call function single", "irq work"};
  return kind >= 0 && kind < 4 ? names[kind] : std::to_string(kind);
}

// What the CPU is doing: a task, and the handlers that interrupted it, the innermost last.
class Machine {
 public:
  explicit Machine(const AttributionOptions& options) : options_(options) {}

  void pass(const TraceEvent& event) {
    emit(event.time);
    switch (event.kind) {
      case LLN_TRACE_SWITCH:
        switch_to(event);
        break;
      case LLN_TRACE_IRQ_ENTRY:
        push(CauseKind::irq, event.id, std::to_string(event.id) + " " + name_of(event));
        break;
      case LLN_TRACE_IRQ_EXIT:
        pop(CauseKind::irq, event.id);
        break;
      case LLN_TRACE_SOFTIRQ_ENTRY:
        push(CauseKind::softirq, event.id, softirq_name(event.id));
        break;
      case LLN_TRACE_SOFTIRQ_EXIT:
        pop(CauseKind::softirq, event.id);
        break;
      case LLN_TRACE_TIMER_ENTRY:
        push(CauseKind::timer, 0, "");
        break;
      case LLN_TRACE_TIMER_EXIT:
        pop(CauseKind::timer, 0);
        break;
      case LLN_TRACE_HRTIMER:
        name_timer(event.address);
        break;
      case LLN_TRACE_IPI_ENTRY:
        push(CauseKind::ipi, event.id, ipi_name(event.id));
        break;
      case LLN_TRACE_IPI_EXIT:
        pop(CauseKind::ipi, event.id);
        break;
      case LLN_TRACE_PAGE_FAULT:
        if (!task_ && handlers_.empty()) result_.page_faults.push_back(event.time);
        break;
      default:
        break;
    }
  }

  Contexts finish() && { return std::move(result_); }

 private:
  struct Handler {
    Cause cause;
    int id;
    std::size_t first_interval;  // where its first one is, if it gets one
  };

  // #region emit
  // What went on since the last event is now known to have lasted until this one.
  void emit(std::uint64_t now) {
    const Cause* const cause = !handlers_.empty() ? &handlers_.back().cause : task_ ? &*task_ : nullptr;
    if (cause != nullptr && now > since_) {
      auto& intervals = result_.intervals;
      if (!intervals.empty() && intervals.back().when.end == since_ && intervals.back().cause == *cause) {
        intervals.back().when.end = now;
      } else {
        intervals.push_back({{since_, now}, *cause});
      }
    }
    since_ = std::max(since_, now);
  }
  // #endregion emit

  // The first switch tells what ran before it: there was no other since the trace began.
  void switch_to(const TraceEvent& event) {
    handlers_.clear();
    task_.reset();
    if (event.id != options_.thread) task_ = Cause{CauseKind::task, name_of(event)};
  }

  void push(CauseKind kind, int id, std::string name) {
    handlers_.push_back({{kind, std::move(name)}, id, result_.intervals.size()});
  }

  // Handlers nest. An exit without its entry (an event was lost) ends nothing; one that skips entries ends those, too.
  void pop(CauseKind kind, int id) {
    const auto same = [&](const Handler& handler) { return handler.cause.kind == kind && handler.id == id; };
    const auto found = std::find_if(handlers_.rbegin(), handlers_.rend(), same);
    if (found != handlers_.rend()) handlers_.erase(std::next(found).base(), handlers_.end());
  }

  // The interrupt is known by the first timer that expires in it, from its beginning on.
  void name_timer(std::uint64_t address) {
    if (handlers_.empty() || handlers_.back().cause.kind != CauseKind::timer || !options_.symbol) return;
    Handler& handler = handlers_.back();
    if (!handler.cause.name.empty()) return;
    handler.cause.name = options_.symbol(address);
    for (std::size_t i = handler.first_interval; i < result_.intervals.size(); ++i) {
      if (result_.intervals[i].cause == Cause{CauseKind::timer, ""})
        result_.intervals[i].cause = handler.cause;
    }
  }

  const AttributionOptions& options_;
  Contexts result_;
  std::uint64_t since_ = 0;
  std::optional<Cause> task_;  // none: the thread itself
  std::vector<Handler> handlers_;
};

}  // namespace

Contexts contexts_of(std::span<const TraceEvent> events, const AttributionOptions& options) {
  Machine machine(options);
  for (const TraceEvent& event : events) machine.pass(event);
  return std::move(machine).finish();
}

}  // namespace lln::jitter::detail

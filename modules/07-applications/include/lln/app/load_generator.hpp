// Many requests on their way at once, in an open loop (at times fixed beforehand) or a closed one (a fixed number on
// their way), with the latency of each.
//
// Threads    One: the caller's sends, receives and keeps the time. One call at a time on one port.
// Guarantee  Open loop: request i is due at start + schedule.due_ns(i), whatever happens to the others. It does not wait
//            for answers; when the port has no room it waits for room, and that wait counts: `latency` is answer minus
//            *due* (no coordinated omission), `service` is answer minus sent. Nothing is dropped: what was sent and
//            never answered is in `lost`, what was not even sent is the difference of `sent` to the schedule.
//            Closed loop: as many requests are on their way as there are slots; the next one of a slot is sent when its
//            answer is there. A slow answer delays the requests behind it, and nobody counts that: use it for throughput
//            and for the time of an undisturbed round trip, never for what users wait.
//            An answer with an id that nobody waits for counts as `unexpected` and changes nothing else.
// Allocation Before the first request only: 8 bytes a request (open), 16 a slot (closed). What the port, the clock and
//            the sinks do is theirs.
// Cost       Per round of the loop one or two readings of the clock: 25 to 50 ns, shared by all answers of that round.
// Source     G. Tene, "How NOT to Measure Latency", 2013; B. Schroeder, A. Wierman, M. Harchol-Balter, "Open Versus
//            Closed: A Cautionary Tale", NSDI 2006.
#pragma once

#include <lln/latency/open_loop_load.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace lln::app {

// Where requests go and answers come from: connections, or a test's simulation.
template <class P>
concept EchoPort = requires(P& port, std::uint64_t id, std::int64_t ns) {
  { port.send(id) } noexcept -> std::same_as<bool>;  // taken; false: no room now
  { port.flush() } noexcept;                         // what was taken goes out, as far as there is room
  // Calls back for each answer that is here, and returns without waiting; true: there was one.
  {
    port.receive([](std::uint64_t) noexcept {})
  } noexcept -> std::same_as<bool>;
  { port.wait(ns) } noexcept;  // at most so long for an answer or for room; may return at once
  { port.open() } noexcept -> std::same_as<bool>;  // false: no answer will ever come
};

struct LoadLimits {
  std::size_t warm_up = 0;                  // the first so many answers are not recorded
  std::int64_t give_up_ns = 1'000'000'000;  // an answer that takes longer is lost
  const std::atomic<bool>* stop = nullptr;  // ends early, with what there is, when it becomes true
  std::size_t burst = 32;                   // sent at most before answers are looked at again
};

struct LoadOutcome {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  std::uint64_t unexpected = 0;
  std::uint64_t late = 0;      // open loop: sent after they were due by more than OpenLoopLoad::late_after_ns
  std::int64_t latest_ns = 0;  // the worst of those delays
  std::uint64_t recorded = 0;  // answered after the warm-up
  std::int64_t duration_ns = 0;  // of the recorded part, to its last answer

  double per_second() const noexcept {
    return duration_ns > 0 ? static_cast<double>(recorded) * 1e9 / static_cast<double>(duration_ns) : 0;
  }
};

namespace detail {

inline bool asked_to_stop(const LoadLimits& limits) noexcept {
  return limits.stop != nullptr && limits.stop->load(std::memory_order_relaxed);
}

inline std::uint64_t not_negative(std::int64_t ns) noexcept {
  return ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
}

// Counts an answer; true when it is to be recorded.
inline bool count_answer(LoadOutcome& outcome, const LoadLimits& limits, std::int64_t now,
                         std::int64_t& recording_since) noexcept {
  ++outcome.answered;
  if (outcome.answered <= limits.warm_up) {
    recording_since = now;
    return false;
  }
  ++outcome.recorded;
  outcome.duration_ns = now - recording_since;
  return true;
}

}  // namespace detail

// #region open-loop
template <latency::LoadClock Clock, EchoPort Port, latency::LatencySink Latency, latency::LatencySink Service>
LoadOutcome run_open_loop(const latency::OpenLoopLoad& schedule, const LoadLimits& limits, Clock& clock,
                          Port& port, Latency& latency, Service& service) {
  constexpr std::int64_t answered = -1;
  LoadOutcome outcome;
  std::vector<std::int64_t> sent_at(schedule.requests());
  const std::int64_t start = clock.now_ns();
  std::int64_t recording_since = start;
  std::int64_t last_progress = start;
  std::size_t next = 0;
  while ((next < sent_at.size() || outcome.answered < next) && port.open() &&
         !detail::asked_to_stop(limits)) {
    std::int64_t now = clock.now_ns();
    std::size_t sent_now = 0;
    for (; sent_now < limits.burst && next < sent_at.size(); ++sent_now, ++next) {
      const std::int64_t due = start + schedule.due_ns(next);
      if (due > now || !port.send(next)) break;
      sent_at[next] = last_progress = now;
      if (now - due > latency::OpenLoopLoad::late_after_ns) ++outcome.late;
      outcome.latest_ns = std::max(outcome.latest_ns, now - due);
    }
    port.flush();
    bool first = true;
    const bool some = port.receive([&](std::uint64_t id) noexcept {
      if (first) last_progress = now = clock.now_ns();
      first = false;
      if (id >= next || sent_at[id] == answered) {
        ++outcome.unexpected;
        return;
      }
      if (detail::count_answer(outcome, limits, now, recording_since)) {
        latency.record(detail::not_negative(now - start - schedule.due_ns(id)));  // since it was due
        service.record(detail::not_negative(now - sent_at[id]));
      }
      sent_at[id] = answered;
    });
    if (some || sent_now == limits.burst) continue;
    const bool waits_for_its_time = next < sent_at.size() && start + schedule.due_ns(next) > now;
    if (!waits_for_its_time && now - last_progress > limits.give_up_ns) break;
    port.wait(waits_for_its_time ? start + schedule.due_ns(next) - now
                                 : last_progress + limits.give_up_ns + 1 - now);
  }
  outcome.sent = next;
  outcome.lost = next - outcome.answered;
  return outcome;
}
// #endregion open-loop

struct ClosedLoop {
  std::size_t slots = 1;                                                // requests on their way
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();   // ends after so many, or
  std::int64_t duration_ns = std::numeric_limits<std::int64_t>::max();  // after so long, whichever is first
};

// The id of a request is turn * slots + slot. A slot whose answer is lost is used again after `give_up_ns`
// and up to a quarter of it more.
template <latency::LoadClock Clock, EchoPort Port, latency::LatencySink Latency>
LoadOutcome run_closed_loop(const ClosedLoop& load, const LoadLimits& limits, Clock& clock, Port& port,
                            Latency& latency) {
  struct Slot {
    std::uint64_t id;  // of its next request when it is idle, else of the one on its way
    std::int64_t sent_at;
  };
  constexpr std::int64_t idle = -1;
  LoadOutcome outcome;
  std::vector<Slot> slots(load.slots);
  std::vector<std::size_t> ready(load.slots);  // a stack of idle slots, the first on top
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i] = {i, idle};
    ready[slots.size() - 1 - i] = i;
  }
  std::size_t ready_count = ready.size();
  const auto make_ready = [&](std::size_t slot) {
    slots[slot] = {slots[slot].id + slots.size(), idle};
    ready[ready_count++] = slot;
  };
  const std::int64_t start = clock.now_ns();
  std::int64_t recording_since = start;
  std::int64_t looked_for_lost = start;
  const std::int64_t look_every = limits.give_up_ns / 4;
  while (port.open() && !detail::asked_to_stop(limits)) {
    std::int64_t now = clock.now_ns();
    const bool more = outcome.sent < load.requests && now - start < load.duration_ns;
    if (!more && ready_count == slots.size()) break;
    std::size_t sent_now = 0;
    while (more && sent_now < limits.burst && ready_count > 0 && outcome.sent < load.requests) {
      Slot& slot = slots[ready[ready_count - 1]];
      if (!port.send(slot.id)) break;
      slot.sent_at = now;
      --ready_count;
      ++sent_now;
      ++outcome.sent;
    }
    port.flush();
    bool first = true;
    const bool some = port.receive([&](std::uint64_t id) noexcept {
      if (first) now = clock.now_ns();
      first = false;
      Slot& slot = slots[id % slots.size()];
      if (slot.id != id || slot.sent_at == idle) {
        ++outcome.unexpected;
        return;
      }
      if (detail::count_answer(outcome, limits, now, recording_since))
        latency.record(detail::not_negative(now - slot.sent_at));
      make_ready(id % slots.size());
    });
    if (now - looked_for_lost > look_every) {
      looked_for_lost = now;
      for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].sent_at == idle || now - slots[i].sent_at <= limits.give_up_ns) continue;
        ++outcome.lost;
        make_ready(i);
      }
    }
    if (some || sent_now == limits.burst) continue;
    port.wait(looked_for_lost + look_every + 1 - now);
  }
  for (const Slot& slot : slots) {
    if (slot.sent_at != idle) ++outcome.lost;
  }
  return outcome;
}

}  // namespace lln::app

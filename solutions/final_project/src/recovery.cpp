#include <lln/handler/recovery.hpp>

#include <algorithm>

namespace lln::handler {

Recovery::Recovery(const RecoveryOptions& options) noexcept : options_(options) {
  options_.chunk = std::clamp<std::uint16_t>(options_.chunk, 1, feed::max_message_count);
  options_.outstanding = std::clamp(options_.outstanding, 1u, max_outstanding);
  options_.attempts = std::max(options_.attempts, 1u);
  options_.timeout = std::max<std::uint64_t>(options_.timeout, 1);
  options_.timeout_limit = std::max(options_.timeout_limit, options_.timeout);
}

void Recovery::reset() noexcept {
  requests_.fill({});
  active_ = 0;
}

Recovery::Step Recovery::next(const GapView& gaps, std::uint64_t now) noexcept {
  const SequenceRange first = gaps.first_lost(gaps.next);
  if (first.empty()) {
    if (active_ != 0) reset();
    return {};
  }
  const bool snapshot_possible = options_.can_snapshot && snapshots_allowed_;
  if (!options_.can_request || (snapshot_possible && first.size() > options_.snapshot_threshold))
    return escalate();

  for (Request& request : std::span(requests_).first(options_.outstanding)) {
    if (request.attempts == 0) continue;
    const SequenceRange missing = gaps.first_lost(request.range.begin);
    if (missing.empty() || missing.begin >= request.range.end) {
      request = {};
      --active_;
    } else if (missing.begin > request.range.begin) {  // an answer, but not the whole of it
      request.range.begin = missing.begin;
      request.attempts = 0;
      request.timeout = options_.timeout;
      return send(request, false, now);
    } else if (static_cast<std::int64_t>(now - request.deadline) >= 0) {
      if (request.attempts >= options_.attempts) return escalate();
      request.timeout = std::min(request.timeout * 2, options_.timeout_limit);
      return send(request, true, now);
    }
  }
  for (Request& request : std::span(requests_).first(options_.outstanding)) {
    if (request.attempts != 0) continue;
    const SequenceRange range = uncovered(gaps);
    if (range.empty()) break;
    const std::uint64_t size = std::min<std::uint64_t>(range.size(), options_.chunk);
    request = {{range.begin, range.begin + size}, 0, options_.timeout, 0};
    ++active_;
    return send(request, false, now);
  }
  return {};
}

Recovery::Step Recovery::send(Request& request, bool repeated, std::uint64_t now) noexcept {
  ++request.attempts;
  request.deadline = now + request.timeout;
  return {Action::request, request.range, repeated};
}

Recovery::Step Recovery::escalate() noexcept {
  reset();
  return {options_.can_snapshot && snapshots_allowed_ ? Action::snapshot : Action::give_up, {}, false};
}

// The first lost run, or part of one, that no outstanding request asks for.
SequenceRange Recovery::uncovered(const GapView& gaps) const noexcept {
  SequenceRange range = gaps.first_lost(gaps.next);
  while (!range.empty()) {
    std::uint64_t past = 0;
    for (const Request& request : requests_) {
      if (request.attempts == 0 || request.range.end <= range.begin) continue;
      if (request.range.begin <= range.begin) {
        past = std::max(past, request.range.end);
      } else {
        range.end = std::min(range.end, request.range.begin);
      }
    }
    if (past == 0) return range;
    range = gaps.first_lost(past);
  }
  return range;
}

}  // namespace lln::handler

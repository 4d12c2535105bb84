// The reference handler's recovery behind the interface of stage 5: it looks at all holes at once, through a view of the
// arbiter's window, keeps requests as they were sent, and passes the same tests.
//
// The window of this view is empty: what is missing is one hole. Requests are cut to it, and what is given up is kept
// here.
#pragma once

#include <lln/handler/recovery.hpp>
#include <lln/project/packet.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lln::project {

struct RecoveryOptions {
  std::uint64_t chunk = 48;
  std::size_t outstanding = 4;
  std::uint64_t timeout_ns = 2'000'000;
  std::uint64_t timeout_limit_ns = 50'000'000;
  unsigned attempts = 5;
  std::uint64_t max_gap = 20'000;
};

struct Request {
  Gap range;
  bool repeated = false;
};

class GapRecovery {
 public:
  explicit GapRecovery(const RecoveryOptions& options)
      : window_(handler::ReorderWindow::Options{.bytes = 1, .messages = 1}),
        recovery_({.can_request = true,
                   .can_snapshot = true,
                   .chunk = static_cast<std::uint16_t>(options.chunk),
                   .outstanding = static_cast<unsigned>(options.outstanding),
                   .timeout = options.timeout_ns,
                   .timeout_limit = options.timeout_limit_ns,
                   .attempts = options.attempts,
                   .snapshot_threshold = options.max_gap}) {}

  std::optional<Request> poll(const std::optional<Gap>& missing, std::uint64_t now_ns) noexcept {
    if (given_up_ && missing && missing->begin == *given_up_) return std::nullopt;
    given_up_.reset();
    const Gap gap = missing.value_or(Gap{1, 1});
    const auto step = recovery_.next({window_, gap.begin, gap.end, gap.end}, now_ns);
    if (step.action == handler::Recovery::Action::snapshot) given_up_ = gap.begin;
    if (step.action != handler::Recovery::Action::request) return std::nullopt;
    return Request{{step.range.begin, std::min(step.range.end, gap.end)}, step.repeated};
  }

  bool gave_up() const noexcept { return given_up_.has_value(); }

 private:
  handler::ReorderWindow window_;
  handler::Recovery recovery_;
  std::optional<std::uint64_t> given_up_;
};

inline std::array<std::byte, 20> encode_request(const SessionId& session, const Gap& range) noexcept {
  feed::SessionId id;
  std::copy(session.begin(), session.end(), id.begin());
  std::array<std::byte, feed::header_size> bytes;
  feed::encode_request({id, range.begin, static_cast<std::uint16_t>(range.size())}, bytes);
  return bytes;
}

}  // namespace lln::project

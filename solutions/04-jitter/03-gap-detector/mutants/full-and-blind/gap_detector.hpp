// mutant: timeline release: when the timeline is full, nothing is counted any more
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace lln::exercise {

// Whole seconds and the rest apart: no product leaves 64 bits.
inline std::uint64_t to_ns(std::uint64_t ticks, std::uint64_t ticks_per_second) noexcept {
  return ticks / ticks_per_second * 1'000'000'000 +
         ticks % ticks_per_second * 1'000'000'000 / ticks_per_second;
}
inline std::uint64_t to_ticks(std::uint64_t ns, std::uint64_t ticks_per_second) noexcept {
  return ns / 1'000'000'000 * ticks_per_second + ns % 1'000'000'000 * ticks_per_second / 1'000'000'000;
}

struct Gap {
  std::uint64_t start_ns = 0;
  std::uint64_t length_ns = 0;
};

template <class Clock>
class GapDetector {
 public:
  GapDetector(Clock& clock, std::uint64_t threshold_ns, std::size_t timeline)
      : clock_(clock),
        rate_(clock.ticks_per_second()),
        threshold_(to_ticks(threshold_ns, rate_)),
        timeline_(timeline) {
    if (threshold_ == 0) throw std::invalid_argument("GapDetector: the threshold is under one tick");
  }

  void run(std::uint64_t duration_ns) noexcept {
    const std::uint64_t duration = to_ticks(duration_ns, rate_);
    const std::uint64_t start = clock_.now();
    if (!first_) first_ = start;
    std::uint64_t last = start;
    while (last - start < duration) {
      const std::uint64_t now = clock_.now();
      if (now - last > threshold_) note(last, now - last);
      last = now;
    }
    observed_ += last - start;
  }

  std::span<const Gap> timeline() const noexcept { return {timeline_.data(), kept_}; }
  std::uint64_t not_in_timeline() const noexcept { return gaps_ - kept_; }
  std::uint64_t gaps() const noexcept { return gaps_; }
  std::uint64_t lost_ns() const noexcept { return to_ns(lost_, rate_); }
  std::uint64_t longest_ns() const noexcept { return to_ns(longest_, rate_); }
  std::uint64_t observed_ns() const noexcept { return to_ns(observed_, rate_); }
  double lost_share() const noexcept {
    return observed_ == 0 ? 0 : static_cast<double>(lost_) / static_cast<double>(observed_);
  }

 private:
  void note(std::uint64_t start, std::uint64_t length) noexcept {
    if (kept_ == timeline_.size()) return;
    ++gaps_;
    lost_ += length;
    longest_ = std::max(longest_, length);
    timeline_[kept_] = {to_ns(start - *first_, rate_), to_ns(length, rate_)};
    ++kept_;
  }

  Clock& clock_;
  std::uint64_t rate_;
  std::uint64_t threshold_;  // all times in ticks: rounded once, when somebody asks
  std::optional<std::uint64_t> first_;
  std::uint64_t gaps_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t longest_ = 0;
  std::uint64_t observed_ = 0;
  std::vector<Gap> timeline_;  // written to by the constructor: no allocation and no page fault later
  std::size_t kept_ = 0;
};

}  // namespace lln::exercise

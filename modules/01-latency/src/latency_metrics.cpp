#include <lln/latency/latency_metrics.hpp>

#include <algorithm>
#include <utility>

namespace lln::latency {

LatencyMetrics::Recorder::Recorder(std::string name) : name_(std::move(name)), taken_(layout.cells()) {}

std::uint64_t LatencyMetrics::Recorder::extreme(std::uint64_t ns) noexcept {
  if (ns < min_.load(std::memory_order_relaxed)) min_.store(ns, std::memory_order_relaxed);
  if (ns > max_.load(std::memory_order_relaxed)) max_.store(ns, std::memory_order_relaxed);
  if (ns > highest) {
    increment(overflow_);
    ns = highest;
  }
  // Bounds of at most `highest`: a value above it comes here each time.
  const std::uint64_t end = width_ == 0 ? ns + 1 : std::max(least_ + width_, ns + 1);
  least_ = width_ == 0 ? ns : std::min(least_, ns);
  width_ = end - least_;
  return ns;
}

LatencyMetrics::Recorder& LatencyMetrics::attach(std::string name) {
  auto recorder = std::make_unique<Recorder>(std::move(name));
  const std::lock_guard lock(mutex_);
  recorders_.push_back(std::move(recorder));
  return *recorders_.back();
}

void LatencyMetrics::add(const Recorder& recorder, Histogram& to) {
  std::uint64_t counted = 0;
  for (std::size_t cell = 0; cell < to.cells_.size(); ++cell) {
    const std::uint64_t count = recorder.cells_[cell].load(std::memory_order_acquire);
    to.cells_[cell] += count;
    counted += count;
  }
  if (counted == 0) return;
  to.count_ += counted;
  // Every overflow counted here was stored before its cell, so it is seen; one more may be under way.
  to.overflow_ += recorder.overflow_.load(std::memory_order_acquire);
  const std::uint64_t max = recorder.max_.load(std::memory_order_relaxed);
  to.min_ = std::min(to.min_, recorder.min_.load(std::memory_order_relaxed));
  to.fitting_max_ = std::max(to.fitting_max_, std::min(max, highest));
  if (max > highest) to.overflow_max_ = std::max(to.overflow_max_, max);
}

Histogram LatencyMetrics::total() const {
  Histogram all(highest, significant_digits);
  const std::lock_guard lock(mutex_);
  for (const auto& recorder : recorders_) add(*recorder, all);
  return all;
}

std::vector<LatencyMetrics::Named> LatencyMetrics::by_thread() const {
  std::vector<Named> result;
  const std::lock_guard lock(mutex_);
  result.reserve(recorders_.size());
  for (const auto& recorder : recorders_) {
    Histogram histogram(highest, significant_digits);
    add(*recorder, histogram);
    result.push_back({recorder->name(), std::move(histogram)});
  }
  return result;
}

Histogram LatencyMetrics::interval() {
  Histogram news(highest, significant_digits);
  const std::lock_guard lock(mutex_);
  for (const auto& recorder : recorders_) {
    for (std::size_t cell = 0; cell < recorder->taken_.size(); ++cell) {
      const std::uint64_t count = recorder->cells_[cell].load(std::memory_order_acquire);
      const std::uint64_t fresh = count - std::exchange(recorder->taken_[cell], count);
      if (fresh == 0) continue;
      news.record(layout.lowest_in(cell), fresh);
      news.fitting_max_ = std::max(news.fitting_max_, std::min(layout.highest_in(cell), highest));
    }
    const std::uint64_t overflow = recorder->overflow_.load(std::memory_order_acquire);
    if (const std::uint64_t fresh = overflow - std::exchange(recorder->taken_overflow_, overflow);
        fresh != 0) {
      news.overflow_ += fresh;
      news.overflow_max_ = std::max(news.overflow_max_, recorder->max_.load(std::memory_order_relaxed));
    }
  }
  return news;
}

}  // namespace lln::latency

#include <lln/exchange/schedule.hpp>

#include <algorithm>
#include <cmath>

namespace lln::exchange {

BurstSchedule::BurstSchedule(const Options& options, std::uint64_t seed)
    : options_(options), random_(seed, 2) {
  double sum = 0;
  for (std::size_t i = 0; i < exponential_.size(); ++i) {
    const double u = (static_cast<double>(i) + 0.5) / static_cast<double>(exponential_.size());
    exponential_[i] = static_cast<float>(-std::log(1.0 - u));
    sum += exponential_[i];
  }
  for (float& quantile : exponential_)
    quantile = static_cast<float>(quantile * static_cast<double>(exponential_.size()) / sum);
}

void BurstSchedule::begin_cycle() noexcept {
  scheduled_ += cycle_messages_;
  cycle_begin_ = static_cast<double>(scheduled_) * 1e9 / options_.rate;
  const double mean_messages = options_.rate * options_.burst_cycle_ms * 1e-3;
  const double wanted = mean_messages * exponential_[random_.below(1024)];
  cycle_messages_ =
      static_cast<std::uint64_t>(std::clamp(wanted, 0.2 * mean_messages, 3 * mean_messages)) + 1;
  cycle_ns_ = static_cast<double>(cycle_messages_) * 1e9 / options_.rate;

  const auto total = static_cast<double>(cycle_messages_);
  const auto burst = static_cast<std::uint64_t>(total * options_.burst_share * options_.burst_factor);
  const std::uint64_t quiet = cycle_messages_ - burst;
  const auto before = static_cast<std::uint64_t>(static_cast<double>(quiet) * random_.unit());
  const double quiet_ns = cycle_ns_ * (1.0 - options_.burst_share);
  const double burst_begin = cycle_begin_ + quiet_ns * static_cast<double>(before) /
                                                static_cast<double>(std::max<std::uint64_t>(quiet, 1));
  const double burst_end = burst_begin + cycle_ns_ * options_.burst_share;
  phases_[0] = {cycle_begin_, burst_begin, before};
  phases_[1] = {burst_begin, burst_end, burst};
  phases_[2] = {burst_end, cycle_begin_ + cycle_ns_, quiet - before};
  phase_ = 0;
}

void BurstSchedule::begin_phase() noexcept {
  while (left_ == 0) {
    if (phase_ == phases_.size()) begin_cycle();
    const Phase& phase = phases_[phase_++];
    left_ = phase.messages;
    if (left_ == 0) continue;
    time_ = phase.begin;
    gap_ = (phase.end - phase.begin) / static_cast<double>(left_);
  }
}

std::int64_t BurstSchedule::next() noexcept {
  if (left_ == 0) begin_phase();
  --left_;
  // A phase that runs over its end gives its last messages the end as their time.
  const double result = std::min(time_, phases_[phase_ - 1].end);
  time_ += gap_ * exponential_[random_.next() >> 54];
  return static_cast<std::int64_t>(result);
}

}  // namespace lln::exchange

// The time by which the exchange publishes: of this machine, or simulated for dry runs and tests.
//
// Threads: one thread an object.
#pragma once

#include <lln/exchange/packer.hpp>
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <cstdint>

namespace lln::exchange {

class PublishClock {
 public:
  virtual ~PublishClock() = default;
  /// ns since the start of publishing.
  virtual std::int64_t now_ns() noexcept = 0;
  /// There is nothing to do before `until_ns`; returns then or earlier.
  virtual void pause(std::int64_t until_ns) noexcept = 0;
  /// How to turn offsets into time of day; asked every few milliseconds.
  virtual Stamps stamps() noexcept = 0;

 protected:
  PublishClock() = default;
  PublishClock(const PublishClock&) = default;
  PublishClock& operator=(const PublishClock&) = default;
};

/// Starts when it is constructed. Spins while the next deadline is near, sleeps while it is far.
class TscPublishClock final : public PublishClock {
 public:
  TscPublishClock(const latency::TscClock& clock, bool wall_clock);
  std::int64_t now_ns() noexcept override;
  void pause(std::int64_t until_ns) noexcept override;
  Stamps stamps() noexcept override;

 private:
  latency::TscClock clock_;
  latency::RealtimeAnchor anchor_;
  bool wall_clock_;
  std::uint64_t start_;
};

/// Jumps from one deadline to the next.
class VirtualClock final : public PublishClock {
 public:
  explicit VirtualClock(Stamps stamps = {false, 0}) : stamps_(stamps) {}
  std::int64_t now_ns() noexcept override { return now_ns_; }
  void pause(std::int64_t until_ns) noexcept override {
    if (until_ns > now_ns_) now_ns_ = until_ns;
  }
  Stamps stamps() noexcept override { return stamps_; }

 private:
  Stamps stamps_;
  std::int64_t now_ns_ = 0;
};

}  // namespace lln::exchange

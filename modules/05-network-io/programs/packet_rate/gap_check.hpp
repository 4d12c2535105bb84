// Looks at the number in every message: what is missing was lost, what comes late or twice is a fault.
//
// Threads: one. Nothing is skipped and nothing sampled; that is part of the rates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lln::packet_rate {

class GapCheck {
 public:
  void take(const std::byte* message) noexcept {
    std::uint64_t number;
    std::memcpy(&number, message, sizeof number);
    ++received_;
    if (number < expected_) {
      ++disordered_;
      return;
    }
    lost_ += number - expected_;
    expected_ = number + 1;
  }

  // No more will come: those after the last one received are lost too.
  void end(std::uint64_t sent) noexcept {
    if (sent > expected_) lost_ += sent - expected_;
  }

  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t lost() const noexcept { return lost_; }
  std::uint64_t disordered() const noexcept { return disordered_; }

 private:
  std::uint64_t expected_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t disordered_ = 0;
};

inline void put_number(std::byte* message, std::uint64_t number) noexcept {
  std::memcpy(message, &number, sizeof number);
}

}  // namespace lln::packet_rate

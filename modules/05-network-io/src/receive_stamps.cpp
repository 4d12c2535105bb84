#include <lln/net/receive_stamps.hpp>

#include <exception>

namespace lln::net {

ReceiveStamps::ReceiveStamps(const TimestampSupport& support, bool hardware_wanted, const OpenClock& open)
    : detail_("software, by the kernel; " + support.detail) {
  if (!hardware_wanted || !support.hardware_enabled || support.phc_index < 0) return;
  try {
    clock_ = open(support.phc_index);
    detail_ = "hardware, by the NIC; " + support.detail;
  } catch (const std::exception& error) {
    detail_ = std::string("software, by the kernel; ") + error.what();
  }
}

bool ReceiveStamps::keep_up(std::int64_t now_ns) noexcept {
  constexpr std::int64_t interval_ns = 100'000'000;
  if (!clock_ || (now_ns - kept_up_ns_ < interval_ns && now_ns >= kept_up_ns_)) return false;
  kept_up_ns_ = now_ns;
  clock_->refresh();
  return true;
}

}  // namespace lln::net

#include <lln/net/file_descriptor.hpp>
#include <lln/net/hardware_clock.hpp>

#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace lln::net {
namespace {

std::int64_t to_ns(const ptp_clock_time& time) noexcept {
  return time.sec * 1'000'000'000 + static_cast<std::int64_t>(time.nsec);
}

std::optional<HardwareClock::Reading> read_device(int fd) noexcept {
  ptp_sys_offset_extended samples{};
  samples.n_samples = 5;
  if (::ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &samples) != 0) return std::nullopt;
  std::optional<HardwareClock::Reading> best;
  std::int64_t least = 0;
  for (unsigned i = 0; i < samples.n_samples; ++i) {
    const std::int64_t before = to_ns(samples.ts[i][0]);
    const std::int64_t width = to_ns(samples.ts[i][2]) - before;
    if (best && width >= least) continue;
    least = width;
    best = HardwareClock::Reading{to_ns(samples.ts[i][1]), before + width / 2};
  }
  return best;
}

}  // namespace

HardwareClock HardwareClock::open(int phc_index) {
  const std::string device = "/dev/ptp" + std::to_string(phc_index);
  auto fd = std::make_shared<FileDescriptor>(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*fd) throw std::system_error(errno, std::generic_category(), "opening " + device);
  if (!read_device(fd->get()))
    throw std::system_error(errno, std::generic_category(), "PTP_SYS_OFFSET_EXTENDED of " + device);
  return HardwareClock([fd] { return read_device(fd->get()); });
}

HardwareClock::HardwareClock(Read read) : read_(std::move(read)) {
  const auto first = read_();
  if (!first) throw std::runtime_error("the NIC's clock cannot be read");
  last_ = *first;
}

bool HardwareClock::refresh() noexcept {
  const auto now = read_();
  if (!now) return false;
  const std::int64_t passed = now->hardware_ns - last_.hardware_ns;
  const std::int64_t real = now->realtime_ns - last_.realtime_ns;
  // A step of either clock is no drift; and over a short time a microsecond of uncertainty would look like much.
  constexpr double most = 1e-3;
  constexpr std::int64_t long_enough_ns = 10'000'000;
  if (passed >= long_enough_ns) {
    const double drift = static_cast<double>(real - passed) / static_cast<double>(passed);
    if (drift > -most && drift < most) drift_ = drift;
  }
  last_ = *now;
  return true;
}

}  // namespace lln::net

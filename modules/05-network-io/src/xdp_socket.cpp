#include "xdp_attachment.hpp"
#include "xdp_memory.hpp"
#include "xdp_setup.hpp"

#include <lln/net/xdp_socket.hpp>

#include <linux/bpf.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace lln::net {
namespace {

constexpr std::uint64_t nowhere = ~std::uint64_t{0};

std::uint32_t checked(std::uint32_t frames) {
  if (frames < 64 || !std::has_single_bit(frames))
    throw std::invalid_argument("frames is " + std::to_string(frames) +
                                ", must be a power of two, 64 or more");
  return frames;
}

// Whole seconds; settled when the machine starts, if anybody settles it.
std::int64_t tai_ahead_ns() {
  timespec tai{};
  timespec utc{};
  ::clock_gettime(CLOCK_REALTIME, &utc);
  ::clock_gettime(CLOCK_TAI, &tai);
  return (tai.tv_sec - utc.tv_sec - (tai.tv_nsec < utc.tv_nsec ? 1 : 0)) * 1'000'000'000;
}

}  // namespace

const char* to_string(XdpMode mode) noexcept { return mode == XdpMode::native ? "native" : "generic"; }

// Destroyed from the last member to the first: frames stop coming before there is no place for them.
struct XdpSocket::Parts {
  explicit Parts(const Options& options)
      : fd(detail::open_xdp_socket()),
        most_receiving(checked(options.frames) / 2),
        memory(fd.get(), options.frames, frame_size, most_receiving),
        got{options.mode, detail::bind_xdp_socket(fd.get(), options)},
        skeleton(detail::load_xdp_program(options, fd.get())),
        stamps(options.stamps) {
    free.reserve(options.frames);
    for (std::uint32_t i = options.frames; i > 0; --i) free.push_back((i - 1) * std::uint64_t{frame_size});
    refill();
    link = detail::attach_xdp(bpf_program__fd(skeleton->progs.to_socket), options.interface, options.mode);
  }

  // Lays memory out for frames to come, no more than half of it: the other half is for sending.
  void refill() noexcept {
    bool any = false;
    while (receiving < most_receiving && !free.empty() && memory.fill.push(free.back())) {
      free.pop_back();
      ++receiving;
      any = true;
    }
    if (!any) return;
    memory.fill.publish();
    if (memory.fill.needs_wakeup()) ::recvfrom(fd.get(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
  }

  // The program's stamp lies in front of the frame. Whether there is room is the device's, the same for all frames.
  std::int64_t stamp_of(std::uint64_t address) const noexcept {
    if (!stamps || std::atomic_ref(skeleton->bss->no_room).load(std::memory_order_relaxed) != 0) return 0;
    std::int64_t tai = 0;
    std::memcpy(&tai, memory.area.data() + address - sizeof tai, sizeof tai);
    return tai - tai_ahead;
  }

  // Memory is filled in the order in which it was laid out: where the next frame lies is known before its descriptor
  // has come from the other CPU, and both can be on their way at once (a round trip of 64 bytes: 3 % less). A frame
  // that the kernel dropped breaks the order; the hint is wasted then.
  void ask_for_next_frame() const noexcept {
    const std::byte* const frame =
        memory.area.data() + memory.fill.pushed(memory.receive.position()) + XDP_PACKET_HEADROOM;
    __builtin_prefetch(frame);
    __builtin_prefetch(frame + 64);
  }

  void take_back(std::uint64_t address) noexcept { free.push_back(address & ~std::uint64_t{frame_size - 1}); }

  void collect_sent() noexcept {
    std::uint64_t address = 0;
    bool any = false;
    while (memory.completion.pop(address)) {
      take_back(address);
      any = true;
    }
    if (any) memory.completion.release();
  }

  FileDescriptor fd;
  std::uint32_t most_receiving;
  detail::XdpMemory memory;
  Got got;
  detail::XdpSkeleton skeleton;
  FileDescriptor link;
  bool stamps;
  std::int64_t tai_ahead = tai_ahead_ns();

  std::vector<std::uint64_t> free;  // never more than there are frames: no push_back allocates
  std::uint32_t receiving = 0;      // in the fill or the receive ring
  std::array<XdpFrame, batch> frames;
  std::size_t count = 0;
  std::uint64_t loaned = nowhere;
};

std::string XdpSocket::why_not() {
  const FileDescriptor fd(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd) {
    const std::string error = std::generic_category().message(errno);
    return errno == EPERM ? "an AF_XDP socket needs CAP_NET_RAW (root): " + error
                          : "this kernel opens no AF_XDP socket (CONFIG_XDP_SOCKETS): " + error;
  }
  return detail::why_no_xdp();
}

XdpSocket::XdpSocket(const Options& options) : parts_(std::make_unique<Parts>(options)) {}
XdpSocket::~XdpSocket() = default;
XdpSocket::XdpSocket(XdpSocket&&) noexcept = default;
XdpSocket& XdpSocket::operator=(XdpSocket&&) noexcept = default;

std::span<XdpFrame> XdpSocket::receive() noexcept {
  Parts& parts = *parts_;
  for (std::size_t i = 0; i < parts.count; ++i) {
    if (parts.frames[i].address != nowhere) parts.take_back(parts.frames[i].address);
  }
  parts.count = 0;
  xdp_desc descriptor;
  if (parts.memory.receive.ready()) parts.ask_for_next_frame();
  while (parts.count < batch && parts.memory.receive.pop(descriptor)) {
    parts.frames[parts.count++] = {{parts.memory.area.data() + descriptor.addr, descriptor.len},
                                   descriptor.addr,
                                   parts.stamp_of(descriptor.addr)};
  }
  if (parts.count > 0) {
    parts.memory.receive.release();
    parts.receiving -= static_cast<std::uint32_t>(parts.count);
  }
  // By the quarter: the fill ring's cache lines travel to the CPU on which frames arrive, and not for each of them.
  if (parts.receiving <= parts.most_receiving - parts.most_receiving / 4) {
    if (parts.free.empty()) parts.collect_sent();
    parts.refill();
  }
  return {parts.frames.data(), parts.count};
}

bool XdpSocket::wait(std::chrono::milliseconds timeout) noexcept {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24);
  pollfd entry{fd(), POLLIN, 0};
  const int ms = timeout.count() < 0 ? -1 : static_cast<int>(std::min(timeout, longest).count());
  return ::poll(&entry, 1, ms) > 0;
}

bool XdpSocket::send_back(XdpFrame& frame) noexcept {
  if (frame.address == nowhere) return false;
  const auto at = static_cast<std::uint64_t>(frame.bytes.data() - parts_->memory.area.data());
  if (!parts_->memory.transmit.push({at, static_cast<std::uint32_t>(frame.bytes.size()), 0})) return false;
  frame.address = nowhere;
  return true;
}

std::span<std::byte> XdpSocket::loan() noexcept {
  Parts& parts = *parts_;
  if (parts.loaned == nowhere) {
    if (parts.free.empty()) parts.collect_sent();
    if (parts.free.empty()) return {};
    parts.loaned = parts.free.back();
    parts.free.pop_back();
  }
  return {parts.memory.area.data() + parts.loaned, frame_size};
}

// The transmit ring has a place for every frame there is: it is never full here.
void XdpSocket::commit(std::size_t size) noexcept {
  Parts& parts = *parts_;
  if (parts.loaned == nowhere) return;
  parts.memory.transmit.push({parts.loaned, static_cast<std::uint32_t>(std::min(size, frame_size)), 0});
  parts.loaned = nowhere;
}

int XdpSocket::flush() noexcept {
  Parts& parts = *parts_;
  parts.memory.transmit.publish();
  int error = 0;
  // The kernel takes up to 32 frames a call and says EAGAIN when more are there.
  for (std::uint32_t before = parts.memory.transmit.pending();
       before > 0 && parts.memory.transmit.needs_wakeup();) {
    error = ::sendto(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 ? errno : 0;
    const std::uint32_t after = parts.memory.transmit.pending();
    if (after == before) break;
    if (after == 0) error = 0;
    before = after;
  }
  parts.collect_sent();
  return error;
}

XdpSocket::Got XdpSocket::got() const noexcept { return parts_->got; }

XdpSocket::Statistics XdpSocket::statistics() const {
  xdp_statistics all{};
  socklen_t size = sizeof all;
  if (::getsockopt(fd(), SOL_XDP, XDP_STATISTICS, &all, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "XDP_STATISTICS on fd " + std::to_string(fd()));
  return {all.rx_dropped + all.rx_ring_full, all.rx_fill_ring_empty_descs, all.tx_invalid_descs};
}

int XdpSocket::fd() const noexcept { return parts_->fd.get(); }

}  // namespace lln::net

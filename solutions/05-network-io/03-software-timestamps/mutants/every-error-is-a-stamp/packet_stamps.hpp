// mutant: parse release: whatever is on the error queue is taken for a stamp
#pragma once

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace lln::exercise {

// The way of a packet. Times are ns since 1970, as the kernel's software stamps are; 0: none.
enum class Station : std::uint8_t { app_send, scheduler, driver, receive, app_receive };
inline constexpr std::size_t stations = 5;

struct TxStamp {
  std::uint32_t id = 0;
  Station station = Station::app_send;
  std::int64_t ns = 0;
};

namespace detail {

inline constexpr std::int64_t second = 1'000'000'000;

inline std::int64_t as_ns(const timespec& time) noexcept { return time.tv_sec * second + time.tv_nsec; }

inline std::int64_t now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return as_ns(time);
}

// The first control message of this kind, copied: it lies at any address.
template <class T>
std::optional<T> find(msghdr& message, int level, int type) noexcept {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != level || one->cmsg_type != type || one->cmsg_len < CMSG_LEN(sizeof(T))) continue;
    T copy;
    std::memcpy(&copy, CMSG_DATA(one), sizeof copy);
    return copy;
  }
  return std::nullopt;
}

// Room for what comes with a message of either queue.
struct alignas(cmsghdr) Control {
  char bytes[256];
};

}  // namespace detail

inline std::int64_t parse_rx(msghdr& message) noexcept {
  const auto stamps = detail::find<scm_timestamping>(message, SOL_SOCKET, SCM_TIMESTAMPING);
  return stamps ? detail::as_ns(stamps->ts[0]) : 0;
}

inline std::optional<TxStamp> parse_tx(msghdr& message) noexcept {
  const auto error = detail::find<sock_extended_err>(message, IPPROTO_IP, IP_RECVERR);
  if (!error) return std::nullopt;
  const std::int64_t ns = parse_rx(message);
  if (ns == 0) return std::nullopt;
  if (error->ee_info == SCM_TSTAMP_SCHED) return TxStamp{error->ee_data, Station::scheduler, ns};
  if (error->ee_info == SCM_TSTAMP_SND) return TxStamp{error->ee_data, Station::driver, ns};
  return std::nullopt;
}

// A packet as far as it is known.
struct Packet {
  std::uint32_t id = 0;
  std::array<std::int64_t, stations> ns = {};
};

// What one leg, from one station to a later one, took for the packets of a journal.
struct Leg {
  std::uint64_t packets = 0;    // that are in the figures below
  std::uint64_t missing = 0;    // one of the two stamps is not there
  std::uint64_t backwards = 0;  // the second is earlier than the first: somebody set the clock
  std::int64_t least = 0;       // ns; all 0 without packets
  std::int64_t median = 0;      // of an even number the lower one
  std::int64_t most = 0;
};

struct Report {
  std::uint64_t packets = 0;
  std::array<Leg, stations - 1> legs = {};  // each from one station to the next
  Leg whole;                                // from the first to the last
};

class Journal {
 public:
  // A power of two divides 2^32: only so do ids in a row have slots in a row where they wrap, too.
  explicit Journal(std::size_t packets) : room_(packets), slots_(std::bit_ceil(packets)) {}

  void note(std::uint32_t id, Station station, std::int64_t ns) noexcept {
    if (ns == 0) return;
    if (!begun_ || newer(id, newest_)) newest_ = id;
    begun_ = true;
    if (newest_ - id >= room_) return;  // late
    Slot& slot = slots_[id % slots_.size()];
    if (!slot.used || slot.packet.id != id) slot = {true, {id, {}}};
    std::int64_t& stamp = slot.packet.ns[static_cast<std::size_t>(station)];
    if (stamp == 0) stamp = ns;
  }

  std::optional<Packet> find(std::uint32_t id) const noexcept {
    const Slot& slot = slots_[id % slots_.size()];
    if (!known(slot) || slot.packet.id != id) return std::nullopt;
    return slot.packet;
  }

  Report report() const {
    Report made;
    for (const Slot& slot : slots_) made.packets += known(slot);
    for (std::size_t i = 0; i + 1 < stations; ++i) made.legs[i] = leg(i, i + 1);
    made.whole = leg(0, stations - 1);
    return made;
  }

 private:
  struct Slot {
    bool used = false;
    Packet packet;
  };

  // Of ids that wrap, as long as they are less than half of the circle apart.
  static bool newer(std::uint32_t one, std::uint32_t other) noexcept {
    return static_cast<std::int32_t>(one - other) > 0;
  }
  bool known(const Slot& slot) const noexcept { return slot.used && newest_ - slot.packet.id < room_; }

  Leg leg(std::size_t from, std::size_t to) const {
    Leg made;
    std::vector<std::int64_t> times;
    for (const Slot& slot : slots_) {
      if (!known(slot)) continue;
      const std::int64_t begin = slot.packet.ns[from];
      const std::int64_t end = slot.packet.ns[to];
      if (begin == 0 || end == 0) {
        ++made.missing;
      } else if (end < begin) {
        ++made.backwards;
      } else {
        times.push_back(end - begin);
      }
    }
    made.packets = times.size();
    if (times.empty()) return made;
    std::sort(times.begin(), times.end());
    made.least = times.front();
    made.median = times[(times.size() - 1) / 2];
    made.most = times.back();
    return made;
  }

  std::size_t room_;
  std::vector<Slot> slots_;
  std::uint32_t newest_ = 0;
  bool begun_ = false;
};

inline void enable_stamps(int socket) {
  const unsigned flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
                         SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_OPT_ID |
                         SOF_TIMESTAMPING_OPT_TSONLY;
  if (::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "SO_TIMESTAMPING on fd " + std::to_string(socket));
}

inline bool send_noted(int socket, std::span<const std::byte> bytes, std::uint32_t id,
                       Journal& journal) noexcept {
  journal.note(id, Station::app_send, detail::now());
  return ::send(socket, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

inline std::size_t collect(int socket, Journal& journal) noexcept {
  std::size_t stamps = 0;
  for (;;) {
    detail::Control control;
    msghdr message{};
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket, &message, MSG_ERRQUEUE) < 0) {
      if (errno == EINTR) continue;
      return stamps;
    }
    if (const auto stamp = parse_tx(message)) {
      journal.note(stamp->id, stamp->station, stamp->ns);
      ++stamps;
    }
  }
}

struct Received {
  std::size_t bytes = 0;
  std::int64_t kernel_ns = 0;  // 0: the kernel has just begun to stamp
  std::int64_t app_ns = 0;     // the time when the program had it
};

inline std::optional<Received> receive_noted(int socket, std::span<std::byte> buffer) noexcept {
  for (;;) {
    detail::Control control;
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    const ssize_t length = ::recvmsg(socket, &message, MSG_DONTWAIT);
    const std::int64_t now = detail::now();
    if (length >= 0) return Received{static_cast<std::size_t>(length), parse_rx(message), now};
    if (errno != EINTR) return std::nullopt;
  }
}

}  // namespace lln::exercise

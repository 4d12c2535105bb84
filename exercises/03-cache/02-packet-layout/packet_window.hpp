// Exercise 03-02: packets that arrived too early and wait for those before them. The brief is in README.md.
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::exercise {

inline constexpr std::size_t max_payload = 1472;  // bytes of a UDP datagram that fits an Ethernet frame

// What is known of a packet when it arrives.
struct Arrival {
  std::uint64_t sequence = 0;  // of its first message
  std::uint16_t count = 0;     // its messages, at least 1
  std::uint64_t received_ns = 0;
  std::uint64_t hardware_ns = 0;
  std::uint32_t source = 0;  // IPv4
  std::uint16_t port = 0;
  std::uint8_t line = 0;  // A or B
  std::uint8_t flags = 0;
};

template <class T>
using Plain = T;

// TODO 2: all fields of an Arrival and the payload's length are kept, under these names, each once: in Hot, what the
//         search needs, in 16 bytes without padding; in Cold the rest, without padding. The tests put a field that
//         records its use in the place of Field.
template <template <class> class Field>
struct Hot {  // as it grew: one structure for everything
  Field<std::uint8_t> line{};
  Field<std::uint64_t> received_ns{};
  Field<std::uint16_t> count{};
  Field<std::uint64_t> sequence{};
  Field<std::uint16_t> length{};
  Field<std::uint64_t> hardware_ns{};
  Field<std::uint8_t> flags{};
  Field<std::uint32_t> source{};
  Field<std::uint16_t> port{};
  std::array<std::byte, max_payload> payload{};
};

template <template <class> class Field>
struct Cold {};

// A fixed number of slots. One thread. Nothing is allocated after construction.
template <template <class> class Field = Plain>
class PacketWindow {
 public:
  explicit PacketWindow(std::size_t slots) : hot_(slots) {}

  // Keeps a packet: the slot in which it lies now, or nothing when all are taken. payload: at most max_payload bytes.
  std::optional<std::size_t> hold(const Arrival& arrival, std::span<const std::byte> payload) {
    static_cast<void>(arrival);  // TODO 1
    static_cast<void>(payload);
    return std::nullopt;
  }

  // The slot of a packet that contains the message with this number. It looks at the sequence and the count of the
  // packets, and at nothing else.
  std::optional<std::size_t> find(std::uint64_t sequence) const {
    static_cast<void>(sequence);  // TODO 1
    return std::nullopt;
  }

  // Frees the slots of all packets whose messages are all below `sequence`; returns how many. Looks at what find()
  // looks at.
  std::size_t drop_below(std::uint64_t sequence) {
    static_cast<void>(sequence);  // TODO 1
    return 0;
  }

  // Of a slot that holds a packet. The payload begins a cache line, and shares its lines with nothing.
  std::span<const std::byte> payload(std::size_t slot) const {
    static_cast<void>(slot);  // TODO 1, TODO 3
    return {};
  }
  Arrival arrival(std::size_t slot) const {
    static_cast<void>(slot);  // TODO 1
    return {};
  }

 private:
  std::vector<Hot<Field>> hot_;
};

}  // namespace lln::exercise

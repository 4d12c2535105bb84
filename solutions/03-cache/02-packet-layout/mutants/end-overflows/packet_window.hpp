// mutant: holds asan: first + count is 0 for a packet that ends with the last number
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::exercise {

inline constexpr std::size_t max_payload = 1472;  // bytes of a UDP datagram that fits an Ethernet frame

struct Arrival {
  std::uint64_t sequence = 0;
  std::uint16_t count = 0;
  std::uint64_t received_ns = 0;
  std::uint64_t hardware_ns = 0;
  std::uint32_t source = 0;
  std::uint16_t port = 0;
  std::uint8_t line = 0;
  std::uint8_t flags = 0;
};

template <class T>
using Plain = T;

template <template <class> class Field>
struct Hot {
  Field<std::uint64_t> sequence{};
  Field<std::uint16_t> count{};  // 0: the slot is free
  Field<std::uint16_t> length{};
  Field<std::uint32_t> source{};
};

template <template <class> class Field>
struct Cold {
  Field<std::uint64_t> received_ns{};
  Field<std::uint64_t> hardware_ns{};
  Field<std::uint16_t> port{};
  Field<std::uint8_t> line{};
  Field<std::uint8_t> flags{};
};

template <template <class> class Field = Plain>
class PacketWindow {
 public:
  explicit PacketWindow(std::size_t slots) : hot_(slots), cold_(slots), payloads_(slots) {}

  std::optional<std::size_t> hold(const Arrival& arrival, std::span<const std::byte> payload) {
    for (std::size_t slot = 0; slot < hot_.size(); ++slot) {
      if (hot_[slot].count != 0) continue;
      Hot<Field>& hot = hot_[slot];
      hot.sequence = arrival.sequence;
      hot.count = arrival.count;
      hot.length = static_cast<std::uint16_t>(payload.size());
      hot.source = arrival.source;
      Cold<Field>& cold = cold_[slot];
      cold.received_ns = arrival.received_ns;
      cold.hardware_ns = arrival.hardware_ns;
      cold.port = arrival.port;
      cold.line = arrival.line;
      cold.flags = arrival.flags;
      std::copy_n(payload.data(), payload.size(), payloads_[slot].bytes.data());
      return slot;
    }
    return std::nullopt;
  }

  std::optional<std::size_t> find(std::uint64_t sequence) const {
    for (std::size_t slot = 0; slot < hot_.size(); ++slot) {
      const Hot<Field>& hot = hot_[slot];
      // Below the first, the difference wraps to more than any count; a free slot has none.
      const std::uint64_t first = hot.sequence;
      if (first <= sequence && sequence < first + hot.count) return slot;
    }
    return std::nullopt;
  }

  std::size_t drop_below(std::uint64_t sequence) {
    std::size_t dropped = 0;
    for (Hot<Field>& hot : hot_) {
      const std::uint16_t count = hot.count;
      const std::uint64_t first = hot.sequence;
      if (count == 0 || first >= sequence || sequence - first < count) continue;
      hot.count = 0;
      ++dropped;
    }
    return dropped;
  }

  std::span<const std::byte> payload(std::size_t slot) const {
    return std::span(payloads_[slot].bytes).first(hot_[slot].length);
  }

  Arrival arrival(std::size_t slot) const {
    const Hot<Field>& hot = hot_[slot];
    const Cold<Field>& cold = cold_[slot];
    return {.sequence = hot.sequence,
            .count = hot.count,
            .received_ns = cold.received_ns,
            .hardware_ns = cold.hardware_ns,
            .source = hot.source,
            .port = cold.port,
            .line = cold.line,
            .flags = cold.flags};
  }

 private:
  struct alignas(cache::cache_line) Payload {
    std::array<std::byte, max_payload> bytes;
  };

  std::vector<Hot<Field>> hot_;
  std::vector<Cold<Field>> cold_;
  std::vector<Payload> payloads_;
};

}  // namespace lln::exercise

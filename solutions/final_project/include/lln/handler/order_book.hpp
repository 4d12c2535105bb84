// All order books of the feed: full depth, every order in its place in the queue (L3), best bid and offer
// events.
//
// Interface first; see book_types.hpp for the values. One thread; nothing blocks; no allocation after
// construction.
#pragma once

#include <lln/handler/book_types.hpp>
#include <lln/handler/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lln::handler {

// What a sink has to offer:
//   void on_bbo(Locate, const Bbo&) noexcept;           after a message that changed the best bid or offer
//   void on_trade(Locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match, bool printable)
//   noexcept; void on_applied(const std::byte* message) noexcept; after every message, good or bad
// NullSink does nothing and costs nothing.
struct NullSink {
  void on_bbo(Locate, const Bbo&) noexcept {}
  void on_trade(Locate, std::uint32_t, std::uint64_t, std::uint64_t, bool) noexcept {}
  void on_applied(const std::byte*) noexcept {}
};

class OrderBooks {
 public:
  explicit OrderBooks(const Capacity& capacity = {});

  // Applies a run of blocks with look-ahead prefetch: the same result as apply_one() on each.
  template <class Sink>
  void apply(const BlockRun& run, Sink& sink) noexcept;

  // Applies one message (without its length prefix).
  template <class Sink>
  void apply_one(std::span<const std::byte> message, Sink& sink) noexcept;

  Bbo bbo(Locate locate) const noexcept;
  // Best first; returns how many were written.
  std::size_t levels(Locate locate, Side side, std::span<LevelView> out) const noexcept;
  // In the order of the digest: bids from the best down, then asks from the best up, first in first out in a
  // level.
  std::size_t orders(Locate locate, std::span<OrderView> out) const noexcept;
  std::uint64_t digest(Locate locate) const noexcept;
  std::size_t order_count(Locate locate) const noexcept;
  std::size_t order_count() const noexcept;
  std::string_view symbol(
      Locate locate) const noexcept;  // without padding; empty when the directory has not named it
  std::optional<Locate> find_symbol(std::string_view symbol) const noexcept;
  const SymbolStatistics& statistics(Locate locate) const noexcept;
  const BookCounters& counters() const noexcept;
  const Capacity& capacity() const noexcept;
  void clear() noexcept;  // no orders, no statistics, no symbols; counters stay
};

}  // namespace lln::handler

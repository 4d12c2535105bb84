// The bytes of a published file: a header, the latest state of each symbol, the ring of events.
//
//   0        Header, 4096 bytes
//   4096     symbols x Seqlock<SymbolState>            indexed by locate
//   then     ring_events x BroadcastSlot<BookEvent>
//
// Everything is written by one process and read by any number of others, which map it read-only. Nothing in it is an
// address. A reader believes nothing before check() has: sizes come from here, and the file must agree.
#pragma once

#include <lln/lock_free/broadcast_ring.hpp>
#include <lln/lock_free/seqlock.hpp>
#include <lln/publishing/book_event.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lln::publishing {

inline constexpr std::uint64_t magic = 0x534B4F4F424E4C4C;  // "LLNBOOKS" in a little-endian file
inline constexpr std::uint32_t layout_version = 1;

enum class PublisherState : std::uint32_t { open = 1, closed = 2 };

using SymbolCell = lock_free::Seqlock<SymbolState>;
using EventSlot = lock_free::BroadcastSlot<BookEvent>;

struct alignas(4096) Header {
  // Written before anybody can see the file, never again.
  std::uint64_t magic = publishing::magic;
  std::uint32_t version = layout_version;
  std::uint32_t header_bytes = 0;
  std::uint32_t cell_bytes = 0;
  std::uint32_t slot_bytes = 0;
  std::uint64_t symbols = 0;      // cells; locates 0 .. symbols - 1
  std::uint64_t ring_events = 0;  // a power of two
  std::uint64_t file_bytes = 0;
  std::int64_t pid = 0;

  // Written by the publisher while it runs, each on a line of its own.
  alignas(lock_free::cache_line) std::atomic<std::int64_t> heartbeat_ns{0};  // CLOCK_MONOTONIC
  std::atomic<PublisherState> state{PublisherState::open};
  lock_free::Seqlock<FeedStatus> feed;
  alignas(lock_free::cache_line) std::atomic<std::uint64_t> published{0};  // events
};
static_assert(sizeof(Header) == 4096);
static_assert(sizeof(SymbolCell) == 64 && sizeof(EventSlot) == 64);
// Only lock-free atomics work between processes.
static_assert(std::atomic<std::int64_t>::is_always_lock_free &&
              std::atomic<PublisherState>::is_always_lock_free);

constexpr std::size_t file_bytes(std::uint64_t symbols, std::uint64_t ring_events) noexcept {
  return sizeof(Header) + symbols * sizeof(SymbolCell) + ring_events * sizeof(EventSlot);
}

/// What is wrong with a file of `size` bytes that begins with this header; empty: nothing.
std::string check(const Header& header, std::uint64_t size);

}  // namespace lln::publishing

// Packets that came too early, kept until their turn, with their own time stamps.
//
// Threads: one. Guarantees: bounded and preallocated (bytes and sequence span); noexcept and no allocation
// after construction, and no page fault until it holds more than 4 MiB, as in an outage or a snapshot; a message is held once, whichever packets bring it, however they overlap.
// Cost: a copy of the packet, one table entry and one bit a message. Nothing for packets in order: they never
// come here.
//
// Three arrays. An arena of bytes, used as a ring, holds whole packets in order of arrival, each with a
// record in front. A bitmap has one bit for each sequence number in the span: held or not; holes are found 64
// numbers at a time. A table says in which record a number lies. A record goes when none of its numbers is
// held any more.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::handler {

/// Sequence numbers [begin, end).
struct SequenceRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const noexcept { return end - begin; }
  bool empty() const noexcept { return begin >= end; }
  bool operator==(const SequenceRange&) const = default;
};

class ReorderWindow {
 public:
  struct Options {
    std::size_t bytes =
        std::size_t{64}
        << 20;  // of packets, with up to 112 bytes more for each; rounded up to a power of two
    std::uint64_t messages = std::uint64_t{1}
                             << 21;  // from the first to the last number held; rounded up likewise
  };
  struct HeldPacket {
    BlockRun run;  // in the arena; valid until the next insert()
    PacketStamp stamp;
    std::uint64_t arrival = 0;  // ticks
    Line line = Line::a;
  };
  enum class Insert : std::uint8_t { held, duplicate, full };
  struct Inserted {
    Insert result;
    std::uint64_t fresh;  // messages that were not held yet
  };

  /// std::system_error when there is no memory.
  explicit ReorderWindow(const Options& options);

  /// Copies the packet. `size`: bytes of the run. `base`: nothing below will ever be asked for; the run ends
  /// above.
  Inserted insert(const BlockRun& run, std::size_t size, const Packet& packet, std::uint64_t arrival,
                  std::uint64_t base) noexcept;

  bool empty() const noexcept { return held_ == 0; }
  std::uint64_t held() const noexcept { return held_; }  // messages
  bool contains(std::uint64_t sequence) const noexcept {
    return in_span(sequence) && ((bits_[word_of(sequence)] >> (sequence % 64)) & 1) != 0;
  }
  /// The packet that holds this message. contains(sequence) must be true.
  HeldPacket at(std::uint64_t sequence) const noexcept;

  /// First number in [from, to) that is held (not held); `to` when there is none.
  std::uint64_t next_held(std::uint64_t from, std::uint64_t to) const noexcept { return find(from, to, 0); }
  std::uint64_t next_missing(std::uint64_t from, std::uint64_t to) const noexcept {
    return find(from, to, ~std::uint64_t{0});
  }
  std::uint64_t count_held(std::uint64_t from, std::uint64_t to) const noexcept;

  /// Drops everything below `base`.
  void release_below(std::uint64_t base) noexcept;
  /// Lowers the base to `base` (only possible while what is held stays within the span; false otherwise).
  bool rewind(std::uint64_t base) noexcept;
  /// Drops the packet that came first; false when nothing is held.
  bool evict_oldest() noexcept;
  void clear() noexcept;

  std::uint64_t span_messages() const noexcept { return table_.size(); }
  std::size_t bytes() const noexcept { return arena_.bytes() + bits_.bytes() + table_.bytes(); }

 private:
  struct Record;
  static constexpr std::size_t unit = 64;  // records begin at multiples of this; room for a Record

  bool in_span(std::uint64_t sequence) const noexcept { return sequence >= base_ && sequence < top_; }
  std::size_t word_of(std::uint64_t s) const noexcept {
    return static_cast<std::size_t>(s / 64) & word_mask_;
  }
  std::size_t cell_of(std::uint64_t s) const noexcept { return static_cast<std::size_t>(s) & cell_mask_; }
  Record& record_at(std::uint64_t position) noexcept;
  const Record& record_at(std::uint64_t position) const noexcept;
  Record& record_of(std::uint64_t sequence) noexcept;
  const Record& record_of(std::uint64_t sequence) const noexcept;
  std::uint64_t find(std::uint64_t from, std::uint64_t to, std::uint64_t flip) const noexcept;
  Record* make_room(std::size_t bytes) noexcept;
  void drop(std::uint64_t sequence) noexcept;
  void reclaim() noexcept;

  HugeArray<std::byte> arena_;
  HugeArray<std::uint64_t> bits_;
  HugeArray<std::uint32_t> table_;  // in units, by number
  std::size_t arena_mask_;
  std::size_t word_mask_;
  std::size_t cell_mask_;
  std::uint64_t head_ = 0;  // position of the oldest record: bytes since the beginning, never wrapped
  std::uint64_t tail_ = 0;  // where the next one goes
  std::uint64_t base_ = 1;  // lowest number that may be held
  std::uint64_t top_ = 1;   // one above the highest number held
  std::uint64_t held_ = 0;
};

}  // namespace lln::handler

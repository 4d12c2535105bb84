// Exercise 02-04: one producer that never waits, readers that see every item or learn how many they missed. The brief
// is in README.md.
//
// Use Atomic<std::uint64_t> for all that threads share, the items included. No stand-alone fences.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

namespace lln::exercise {

enum class ReadResult {
  item,    // read one
  empty,   // nothing new yet
  lapped,  // what came next is overwritten, or is being overwritten: lost() has grown, read again
};

template <class T, template <class> class Atomic = std::atomic>
class BroadcastRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // capacity: a power of two, at least 2.
  explicit BroadcastRing(std::size_t capacity) : capacity_(capacity), slots_(new Slot[capacity]) {}

  // The producer's thread. Never waits, and touches nothing that a reader writes.
  void publish(const T& value) {
    static_cast<void>(value);  // TODO 1
  }

  // Each reader belongs to one thread.
  class Reader {
   public:
    // The next item. value: changed only when the answer is `item`. After `lapped` the next read asks for the oldest
    // item that is neither overwritten nor being overwritten.
    ReadResult read(T& value) {
      static_cast<void>(value);  // TODO 2, and TODO 3 for lapped
      return ReadResult::empty;
    }

    // Skips to the newest whole item; the ones passed over count as lost. Empty when there is nothing new.
    ReadResult read_newest(T& value) {
      static_cast<void>(value);  // TODO 4
      return ReadResult::empty;
    }

    std::uint64_t lost() const { return lost_; }

   private:
    friend class BroadcastRing;
    explicit Reader(const BroadcastRing& ring) : ring_(&ring) {}

    const BroadcastRing* ring_;
    std::uint64_t position_ = 0;  // number of the item that comes next
    std::uint64_t lost_ = 0;
  };

  // A reader of all items from the first one on.
  Reader reader() const { return Reader(*this); }

 private:
  static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  struct Slot {
    Atomic<std::uint64_t> version{0};  // which item is in it, and whether it is whole; 0: none yet
    std::array<Atomic<std::uint64_t>, words> item;
  };

  std::size_t capacity_;
  std::unique_ptr<Slot[]> slots_;
  alignas(64) Atomic<std::uint64_t> next_{0};  // items published so far
};

}  // namespace lln::exercise

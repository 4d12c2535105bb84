// mutant: every-interleaving model: the words are loaded relaxed, and the second look may be older than they are
#pragma once

#include <algorithm>
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
  explicit BroadcastRing(std::size_t capacity) : capacity_(capacity), slots_(new Slot[capacity]) {}

  void publish(const T& value) {
    const std::uint64_t number = next_.load(std::memory_order_relaxed);
    Slot& slot = slots_[number & (capacity_ - 1)];
    std::array<std::uint64_t, words> copy{};
    std::memcpy(copy.data(), &value, sizeof value);
    slot.version.store(2 * number + 1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < words; ++i) slot.item[i].store(copy[i], std::memory_order_release);
    slot.version.store(2 * number + 2, std::memory_order_release);
    next_.store(number + 1, std::memory_order_release);
  }

  class Reader {
   public:
    ReadResult read(T& value) {
      const Slot& slot = ring_->slots_[position_ & (ring_->capacity_ - 1)];
      const std::uint64_t whole = 2 * position_ + 2;
      const std::uint64_t before = slot.version.load(std::memory_order_acquire);
      if (before < whole) return ReadResult::empty;
      if (before > whole) return lapped(before);
      std::array<std::uint64_t, words> copy;
      for (std::size_t i = 0; i < words; ++i) copy[i] = slot.item[i].load(std::memory_order_relaxed);
      const std::uint64_t after = slot.version.load(std::memory_order_relaxed);
      if (after != before) return lapped(after);
      std::memcpy(static_cast<void*>(&value), copy.data(), sizeof value);
      ++position_;
      return ReadResult::item;
    }

    ReadResult read_newest(T& value) {
      const std::uint64_t published = ring_->next_.load(std::memory_order_acquire);
      if (published > position_) {
        lost_ += published - 1 - position_;
        position_ = published - 1;
      }
      return read(value);
    }

    std::uint64_t lost() const { return lost_; }

   private:
    friend class BroadcastRing;
    explicit Reader(const BroadcastRing& ring) : ring_(&ring) {}

    // version: of a later item in our slot, at least begun.
    ReadResult lapped(std::uint64_t version) {
      const std::uint64_t begun = (version + 1) / 2;  // items begun so far, as this slot knows
      const std::uint64_t published = ring_->next_.load(std::memory_order_acquire);
      const std::uint64_t oldest = std::max(begun, published) - ring_->capacity_;
      lost_ += oldest - position_;
      position_ = oldest;
      return ReadResult::lapped;
    }

    const BroadcastRing* ring_;
    std::uint64_t position_ = 0;  // number of the item that comes next
    std::uint64_t lost_ = 0;
  };

  Reader reader() const { return Reader(*this); }

 private:
  static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  // version == 2n + 1: item n is being written; 2n + 2: item n is whole
  struct Slot {
    Atomic<std::uint64_t> version{0};
    std::array<Atomic<std::uint64_t>, words> item;
  };

  std::size_t capacity_;
  std::unique_ptr<Slot[]> slots_;
  alignas(64) Atomic<std::uint64_t> next_{0};  // items published so far
};

}  // namespace lln::exercise

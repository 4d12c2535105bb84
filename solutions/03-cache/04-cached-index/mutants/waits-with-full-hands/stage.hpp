// mutant: publishes-in-batches release: a stage that finds nothing keeps back what it has done: all wait for each other
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lln::exercise {

template <class T>
using Plain = T;

template <template <class> class Atomic = std::atomic, template <class> class Field = Plain>
class Stage {
 public:
  Stage(std::size_t lead, std::size_t publish_every, std::uint64_t first = 0)
      : published_(std::in_place, first), lead_(lead), publish_every_(publish_every) {
    position_ = first;
    limit_ = first + lead;
    announced_ = first;
  }

  void follow(const Stage& other) { other_ = &other; }

  std::size_t available() {
    if (limit_ == position_) {
      limit_ = other_->published_->load(std::memory_order_acquire) + lead_;
    }
    return limit_ - position_;
  }

  void done(std::size_t count) {
    position_ += count;
    if (position_ - announced_ >= publish_every_) flush();
  }

  void flush() {
    if (announced_ == position_) return;
    published_->store(position_, std::memory_order_release);
    announced_ = position_;
  }

  std::uint64_t position() const { return position_; }
  std::uint64_t published() const { return published_->load(std::memory_order_relaxed); }

 private:
  cache::CacheAligned<Atomic<std::uint64_t>> published_;

  // Of the own thread, in lines of its own: they change with each item.
  alignas(cache::cache_line) Field<std::uint64_t> position_{};
  Field<std::uint64_t> limit_{};      // the other's index plus lead, as it was at the last look
  Field<std::uint64_t> announced_{};  // what published_ holds
  std::size_t lead_;
  std::size_t publish_every_;
  const Stage* other_ = nullptr;
};

}  // namespace lln::exercise

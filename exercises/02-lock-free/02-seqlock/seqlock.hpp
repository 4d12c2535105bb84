// Exercise 02-02: a sequence lock with several writers. The brief is in README.md.
//
// Use Atomic<std::uint64_t> for all that threads share, the value included: reading plain memory while it is being
// written is undefined behaviour even if the result is thrown away. No stand-alone fences: ThreadSanitizer does not
// understand them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lln::exercise {

template <class T, template <class> class Atomic = std::atomic>
class Seqlock {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Writer, any thread. False, and nothing changed, when another writer is in the middle of a store.
  bool try_store(const T& value) {
    static_cast<void>(value);  // TODO 1, and TODO 3 for several writers
    return false;
  }

  // Reader, any thread. False, and value untouched, when a store is going on or came in between. Writes nothing
  // that another thread can see.
  bool try_load(T& value) const {
    static_cast<void>(value);  // TODO 2
    return false;
  }

 private:
  static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  Atomic<std::uint64_t> version_{0};                // even: the value is whole; odd: it is being written
  std::array<Atomic<std::uint64_t>, words> value_;  // T's bytes, all zero at first
};

}  // namespace lln::exercise

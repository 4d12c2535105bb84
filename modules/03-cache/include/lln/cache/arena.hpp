// Arena: memory handed out by moving one pointer forward, and taken back all at once.
//
// Threads    One at a time.
// Allocation Arena(bytes) takes its memory in the constructor and touches every page; Arena(span) takes none: the
//            caller's memory (a HugePageBuffer's, a stack array) must outlive it. No system call after that.
// Failure    What does not fit is answered with nullptr, and nothing changes. Never throws after construction.
// Lifetimes  None: destructors do not run, so make() takes only types that need none. Under AddressSanitizer what has
//            not been handed out, and what rewind() took back, is poisoned; the bytes between two allocations, too.
// Cost       An addition, a comparison and a store.
#pragma once

#include <lln/cache/cache_aligned.hpp>
#include <lln/cache/detail/poison.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lln::cache {

class Arena {
 public:
  // bytes: at least 1, else std::invalid_argument. They begin with a cache line.
  explicit Arena(std::size_t bytes) : Arena(std::span(own_memory(bytes), bytes)) { owned_.reset(begin_); }

  // Any number of bytes at any address, none included.
  explicit Arena(std::span<std::byte> memory) noexcept
      : begin_(memory.data()), next_(memory.data()), end_(memory.data() + memory.size()) {
    detail::poison(begin_, memory.size());
  }

  ~Arena() { detail::unpoison(begin_, capacity()); }  // the memory is its owner's again
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // #region allocate
  // alignment: a power of two. Zero bytes have an address, too, which may be that of the next allocation.
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0);
    const std::size_t padding = (0 - reinterpret_cast<std::uintptr_t>(next_)) & (alignment - 1);
    // Two comparisons, not one sum: a sum of a huge number would wrap.
    const std::size_t left = available();
    if (padding > left || bytes > left - padding) return nullptr;
    std::byte* const result = next_ + padding;
    next_ = result + bytes;
    detail::unpoison(result, bytes);
    return result;
  }
  // #endregion allocate

  // A T in the arena, or nullptr.
  template <class T, class... Args>
  [[nodiscard]] T* make(Args&&... args) noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "nobody would run its destructor");
    static_assert(std::is_nothrow_constructible_v<T, Args...>);
    void* const memory = allocate(sizeof(T), alignof(T));
    return memory == nullptr ? nullptr : ::new (memory) T(std::forward<Args>(args)...);
  }

  // So many value-initialised Ts in a row; empty with a null data() when they do not fit. None at all fit always.
  template <class T>
  [[nodiscard]] std::span<T> make_array(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T> && std::is_nothrow_default_constructible_v<T>);
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) return {};
    auto* const memory = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    if (memory == nullptr) return {};
    std::uninitialized_value_construct_n(memory, count);
    return {memory, count};
  }

  // A place to go back to.
  class Marker {
    friend class Arena;
    explicit Marker(std::byte* at) noexcept : at_(at) {}
    std::byte* at_;
  };
  Marker mark() const noexcept { return Marker(next_); }

  // Takes back all that was handed out since mark(). Markers between are worthless then; so is one of another arena.
  void rewind(Marker marker) noexcept {
    assert(marker.at_ >= begin_ && marker.at_ <= next_ && "not a marker of what is handed out here");
    next_ = marker.at_;
    detail::poison(next_, available());
  }
  // Takes back everything.
  void reset() noexcept { rewind(Marker(begin_)); }

  std::size_t capacity() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
  std::size_t used() const noexcept {
    return static_cast<std::size_t>(next_ - begin_);
  }  // with what alignment costs
  std::size_t available() const noexcept { return static_cast<std::size_t>(end_ - next_); }

 private:
  static constexpr std::align_val_t line{cache_line};
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete(memory, line); }
  };
  static std::byte* own_memory(std::size_t bytes) {
    if (bytes == 0) throw std::invalid_argument("Arena: 0 bytes; at least 1");
    void* const memory = ::operator new(bytes, line);
    return static_cast<std::byte*>(std::memset(memory, 0, bytes));  // page faults happen now
  }

  std::byte* begin_;
  std::byte* next_;
  std::byte* end_;
  std::unique_ptr<std::byte, Free> owned_;  // destroyed first: after ~Arena() has unpoisoned it
};

// Takes back what was handed out during its life.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) noexcept : arena_(arena), marker_(arena.mark()) {}
  ~ArenaScope() { arena_.rewind(marker_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  Arena::Marker marker_;
};

}  // namespace lln::cache

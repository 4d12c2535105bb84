// CacheAligned: a value that shares its cache lines with nothing else.
//
// Threads    Those of T. Two threads that write two CacheAligned values never take a line from each other.
// Allocation None. An array of them, or a container, needs C++17's aligned new, which all containers use.
// Cost       Memory: whole lines, also for one byte.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace lln::cache {

// Bytes that move between cores as one. Not std::hardware_destructive_interference_size: that one follows the
// compiler's tuning flags, and a layout that two programs share must not.
#if defined(__powerpc64__) || (defined(__APPLE__) && defined(__aarch64__))
inline constexpr std::size_t cache_line = 128;
#else
inline constexpr std::size_t cache_line = 64;
#endif

template <class T>
struct alignas(cache_line) CacheAligned {
  T value{};

  constexpr CacheAligned() = default;
  template <class... Args>
  constexpr explicit CacheAligned(std::in_place_t,
                                  Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>)
      : value(std::forward<Args>(args)...) {}

  constexpr T& operator*() noexcept { return value; }
  constexpr const T& operator*() const noexcept { return value; }
  constexpr T* operator->() noexcept { return &value; }
  constexpr const T* operator->() const noexcept { return &value; }
};

static_assert(sizeof(CacheAligned<char>) == cache_line && alignof(CacheAligned<char>) == cache_line);
static_assert(sizeof(CacheAligned<char[cache_line + 1]>) == 2 * cache_line);

}  // namespace lln::cache

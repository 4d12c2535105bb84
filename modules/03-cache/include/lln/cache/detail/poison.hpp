// Memory that nobody may touch for now, as AddressSanitizer sees it. In other builds all of this is nothing.
//
// Threads    Any; as with the memory itself, one at a time for the same bytes.
// Guarantee  Poison covers whole units of 8 bytes: ends that share a unit with a neighbour are left readable.
// Source     sanitizer/asan_interface.h
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define LLN_CACHE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LLN_CACHE_HAS_ASAN 1
#endif
#endif

#if defined(LLN_CACHE_HAS_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace lln::cache::detail {

#if defined(LLN_CACHE_HAS_ASAN)
inline constexpr bool has_poison = true;

inline void poison(void* memory, std::size_t bytes) noexcept {
  // A unit that begins before or ends behind the range belongs to a neighbour, too.
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + 7) / 8 * 8;
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / 8 * 8;
  if (begin < end) __asan_poison_memory_region(reinterpret_cast<void*>(begin), end - begin);
}
inline void unpoison(void* memory, std::size_t bytes) noexcept {
  __asan_unpoison_memory_region(memory, bytes);
}
inline bool poisoned(const void* address) noexcept { return __asan_address_is_poisoned(address) != 0; }
#else
inline constexpr bool has_poison = false;
inline void poison(void*, std::size_t) noexcept {}
inline void unpoison(void*, std::size_t) noexcept {}
inline bool poisoned(const void*) noexcept { return false; }
#endif

}  // namespace lln::cache::detail

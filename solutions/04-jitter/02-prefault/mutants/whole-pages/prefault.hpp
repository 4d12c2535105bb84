// mutant: ends asan: the beginning is rounded down to its page: writes before the memory
#pragma once

#include <alloca.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace lln::exercise {

namespace detail {

inline std::size_t page_size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// Bytes between this frame and the end of the thread's stack.
inline std::size_t stack_left() noexcept {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  std::size_t size = 0;
  const bool known = ::pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto end = reinterpret_cast<std::uintptr_t>(lowest);
  return known && here > end ? here - end : 0;
}

}  // namespace detail

inline std::size_t prefault(void* memory, std::size_t bytes) noexcept {
  const std::size_t page = detail::page_size();
  std::size_t pages = 0;
  for (std::size_t offset = 0; offset < bytes; ++pages) {
    // volatile: a value that is written back unchanged would not be written at all.
    volatile char* byte = static_cast<volatile char*>(memory) + offset;
    byte -= reinterpret_cast<std::uintptr_t>(byte) % page;
    *byte = *byte;
    offset +=
        page - (reinterpret_cast<std::uintptr_t>(memory) + offset) % page;  // the first byte of the next page
  }
  return pages;
}

// Not inlined: the memory is given back at its end, and lies where the caller's next callee has its own.
[[gnu::noinline]] inline std::size_t prefault_stack(std::size_t bytes) noexcept {
  constexpr std::size_t reserve = 64 << 10;
  const std::size_t left = detail::stack_left();
  if (left <= reserve) return 0;
  const std::size_t wanted = std::min(bytes, left - reserve);
  if (wanted == 0) return 0;
  volatile char* const lowest = static_cast<volatile char*>(alloca(wanted));
  // From the top down, as a stack grows. alloca's memory has no value, so there is none to keep.
  for (std::size_t rest = wanted; rest > 0; rest -= std::min(rest, detail::page_size())) lowest[rest - 1] = 0;
  lowest[0] = 0;
  return wanted;
}

inline bool prefault_heap(std::size_t bytes) noexcept {
  // Large blocks from the heap as well, and no giving back of its top.
  if (::mallopt(M_MMAP_MAX, 0) != 1 || ::mallopt(M_TRIM_THRESHOLD, -1) != 1) return false;
  void* const block = std::malloc(bytes);
  if (block == nullptr) return false;
  prefault(block, bytes);
  std::free(block);
  return true;
}

}  // namespace lln::exercise

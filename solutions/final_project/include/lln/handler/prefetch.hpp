// Asks for the cache line at an address ahead of its use.
//
// Threads: any. Guarantees: a hint only; any address is allowed, even one that is not mapped. Cost: one instruction,
// and one of the line fill buffers (16 on this project's machines) until the line has arrived.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lln::handler {

inline void prefetch(const void* line) noexcept {
  __builtin_prefetch(line, 1);
  // GCC 12 counts a prefetch as no effect, takes a function that does nothing else for pure, and drops calls to it
  // (-fipa-pure-const, on at -O2). The figures then say that prefetching does not help. A volatile asm is an effect.
  asm volatile("" : : "r"(line));
}

/// Asks for the line so many bytes behind an address, wherever that is: a number, not a pointer, which may not leave its
/// array.
inline void prefetch_behind(const void* from, std::size_t bytes) noexcept {
  prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(from) + bytes));
}

}  // namespace lln::handler

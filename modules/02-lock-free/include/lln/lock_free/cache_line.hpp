// The distance that keeps two variables of two threads from sharing a cache line. A constant of ours and not
// std::hardware_destructive_interference_size: that one may differ between two compilers, or two -mtune
// options, and then two halves of one program disagree about the layout of a shared object (GCC warns:
// -Winterference-size).
#pragma once

#include <cstddef>

namespace lln::lock_free {

#if defined(__powerpc64__) || (defined(__APPLE__) && defined(__aarch64__))
inline constexpr std::size_t cache_line = 128;  // bytes
#else
inline constexpr std::size_t cache_line = 64;  // bytes
#endif

}  // namespace lln::lock_free

#include <lln/jitter/prefaulted.hpp>

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace lln::jitter {

#if defined(__GLIBC__)

namespace {

void back_to_documented_defaults() noexcept {
  constexpr int mmap_max = 65536;
  constexpr int trim_threshold = 128 * 1024;
  ::mallopt(M_MMAP_MAX, mmap_max);
  ::mallopt(M_TRIM_THRESHOLD, trim_threshold);
}

}  // namespace

// #region heap
PrefaultedHeap::PrefaultedHeap(std::size_t bytes) {
  const bool set = ::mallopt(M_MMAP_MAX, 0) == 1 &&              // large blocks from the heap, too
                   ::mallopt(M_TRIM_THRESHOLD, INT_MAX) == 1 &&  // what is free stays with us
                   ::mallopt(M_ARENA_MAX, 1) == 1;               // one heap, this one
  if (!set) throw std::system_error(ENOTSUP, std::generic_category(), "setting malloc's options");
  // One block, so that it is one range at the top of the heap; volatile, or the compiler drops writes to memory that
  // is freed at once.
  auto* const block = static_cast<volatile char*>(std::malloc(bytes));
  if (block == nullptr) {
    back_to_documented_defaults();
    throw std::system_error(ENOMEM, std::generic_category(), "reserving heap");
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t offset = 0; offset < bytes; offset += page) block[offset] = 0;
  if (bytes > 0) block[bytes - 1] = 0;
  std::free(const_cast<char*>(block));
}
// #endregion heap

PrefaultedHeap::~PrefaultedHeap() {
  back_to_documented_defaults();
  ::malloc_trim(0);
}

#else

PrefaultedHeap::PrefaultedHeap(std::size_t) {
  throw std::system_error(ENOTSUP, std::generic_category(), "keeping malloc's memory: needs glibc");
}
PrefaultedHeap::~PrefaultedHeap() = default;

#endif

}  // namespace lln::jitter

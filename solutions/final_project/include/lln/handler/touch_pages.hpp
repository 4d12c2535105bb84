// Asks the kernel for all pages of some memory now, so that nobody waits for one later.
//
// Threads: the caller waits; as many helpers as it may use CPUs share the pages, because the time goes into the kernel's
// (and a hypervisor's) handing out of pages, a few microseconds each, which two CPUs do side by side. Errors: when a
// helper cannot be started the others do its share. Cost: see the start-up times in the README.
// Source: mmap(2), MADV_POPULATE_WRITE would do it on Linux 5.14 and later, on one CPU.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

namespace lln::handler {

/// The bytes must be zero: each page gets one written.
inline void touch_pages(std::span<const std::span<std::byte>> areas) {
  constexpr std::size_t page = 4096;
  constexpr std::size_t piece = std::size_t{2} << 20;  // a huge page belongs to one thread
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (;;) {
      // Relaxed: only who takes which piece is decided here; join() orders the rest.
      std::size_t at = next.fetch_add(1, std::memory_order_relaxed);
      const std::span<std::byte>* area = nullptr;
      for (const std::span<std::byte>& candidate : areas) {
        const std::size_t pieces = (candidate.size() + piece - 1) / piece;
        if (at < pieces) {
          area = &candidate;
          break;
        }
        at -= pieces;
      }
      if (area == nullptr) return;
      const std::size_t end = std::min((at + 1) * piece, area->size());
      for (std::size_t byte = at * piece; byte < end; byte += page)
        static_cast<volatile std::byte&>((*area)[byte]) = std::byte{0};
    }
  };
  std::vector<std::jthread> helpers;
  try {
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // No thread to be had: slower, not wrong.
  }
  work();
}

}  // namespace lln::handler

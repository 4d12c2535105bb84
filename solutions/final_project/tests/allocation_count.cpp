#include "allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

// The sanitizers bring an operator new of their own, which must stay.
#if defined(__SANITIZE_ADDRESS__)
#define LLN_COUNT_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LLN_COUNT_ALLOCATIONS 0
#endif
#endif
#ifndef LLN_COUNT_ALLOCATIONS
#define LLN_COUNT_ALLOCATIONS 1
#endif

namespace {
std::atomic<std::size_t> allocations = 0;  // relaxed: a count, nothing is published through it
}

namespace lln::handler::testkit {

bool allocations_are_counted() { return LLN_COUNT_ALLOCATIONS != 0; }
std::size_t allocation_count() { return allocations.load(std::memory_order_relaxed); }

}  // namespace lln::handler::testkit

#if LLN_COUNT_ALLOCATIONS
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

// The counting malloc. Without a sanitizer ours takes libc's place and passes on to it; a sanitizer has its
// own malloc, which tells us through a hook.
#include <lln/testkit/allocations.hpp>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace lln::testkit {
namespace {

std::atomic<int> counters{0};
std::atomic<std::uint64_t> allocations_made{0};
std::atomic<std::uint64_t> bytes_asked{0};

void note(std::size_t bytes) noexcept {
  if (counters.load(std::memory_order_relaxed) == 0) return;
  allocations_made.fetch_add(1, std::memory_order_relaxed);
  bytes_asked.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace

AllocationCounter::AllocationCounter() {
  counters.fetch_add(1);
  allocations_before_ = allocations_made;
  bytes_before_ = bytes_asked;
}
AllocationCounter::~AllocationCounter() { counters.fetch_sub(1); }
std::uint64_t AllocationCounter::allocations() const { return allocations_made - allocations_before_; }
std::uint64_t AllocationCounter::bytes() const { return bytes_asked - bytes_before_; }

}  // namespace lln::testkit

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LLN_HAS_MALLOC_HOOK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LLN_HAS_MALLOC_HOOK 1
#endif
#endif

extern "C" {

#if defined(LLN_HAS_MALLOC_HOOK)

int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));

static void lln_on_malloc(const volatile void*, std::size_t bytes) { lln::testkit::note(bytes); }
static void lln_on_free(const volatile void*) {}

[[gnu::constructor]] static void lln_install_malloc_hook() {
  __sanitizer_install_malloc_and_free_hooks(lln_on_malloc, lln_on_free);
}

#else

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) {
  lln::testkit::note(bytes);
  return __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) {
  lln::testkit::note(count * bytes);
  return __libc_calloc(count, bytes);
}

void* realloc(void* memory, std::size_t bytes) {
  if (bytes != 0 || memory == nullptr) lln::testkit::note(bytes);
  return __libc_realloc(memory, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  lln::testkit::note(bytes);
  return __libc_memalign(alignment, bytes);
}

void* memalign(std::size_t alignment, std::size_t bytes) {
  lln::testkit::note(bytes);
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  lln::testkit::note(bytes);
  void* const made = __libc_memalign(alignment, bytes);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

#endif

}  // extern "C"

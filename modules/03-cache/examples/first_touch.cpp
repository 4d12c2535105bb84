// Asks for 64 MiB, writes a byte to each page, and counts what that cost the kernel.
#include "timed.hpp"

#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>

namespace {

constexpr std::size_t bytes = 64U << 20;
constexpr std::size_t huge_page = 2U << 20;
constexpr std::size_t page = 4096;

long faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

void touch(const char* what, std::byte* memory) {
  const long before = faults();
  const double ns = example::best_ns(1, [&] {
    for (std::size_t at = 0; at < bytes; at += page) memory[at] = std::byte{1};
    example::keep(memory);
  });
  std::printf("%-28s %8ld faults %10.0f us\n", what, faults() - before, ns / 1000);
}

class Mapping {
 public:
  Mapping()
      : base_(mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (base_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap of 66 MiB");
  }
  ~Mapping() { munmap(base_, bytes + huge_page); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // Where a huge page could begin.
  std::byte* aligned() const {
    auto* const base = static_cast<std::byte*>(base_);
    const std::size_t to_next = (0 - reinterpret_cast<std::size_t>(base)) % huge_page;
    return base + to_next;
  }

 private:
  void* base_;
};

}  // namespace

int main() {
  const Mapping small;
  madvise(small.aligned(), bytes, MADV_NOHUGEPAGE);  // refused where there are no huge pages: as good
  touch("4 KiB pages, first touch", small.aligned());
  touch("4 KiB pages, second touch", small.aligned());
  const Mapping huge;
  const bool advised = madvise(huge.aligned(), bytes, MADV_HUGEPAGE) == 0;
  touch(advised ? "MADV_HUGEPAGE, first touch" : "(no huge pages) first touch", huge.aligned());
}

// HugePageBuffer: memory on the largest pages that the kernel gives, and the truth about which those are.
//
// Threads    Making one: any. The memory is its user's affair.
// Allocation Constructor and destructor only. The constructor touches every page: what faults, faults there.
// Failure    Huge pages refused are no failure: the buffer then lies on smaller pages, and refusals() says why. Only when
//            there is no memory at all: std::system_error. Zero bytes: std::invalid_argument.
// Guarantee  pages() says what /proc/self/smaps said after the last page was touched; a buffer that is huge only in part
//            is called plain. The kernel may split transparent huge pages later: huge_bytes() asks again.
// Cost       bench/huge_pages_bench.cpp. Up to one huge page of bytes more than asked for.
// Source     mmap(2), madvise(2), Documentation/admin-guide/mm/transhuge.rst and hugetlbpage.rst of the kernel.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lln::cache {

enum class PageKind {
  reserved,     // MAP_HUGETLB: from the pool that /proc/sys/vm/nr_hugepages fills
  transparent,  // ordinary memory that the kernel backs with huge pages
  plain,
};
const char* name_of(PageKind kind) noexcept;

class HugePageBuffer {
 public:
  // Which kinds are tried, from the first to the last. Plain pages are always the last resort; `only_plain` asks the
  // kernel for no huge pages even where its setting is "always".
  enum class Want { any, transparent, only_plain };

  struct Refusal {
    PageKind kind;
    std::string reason;  // what was attempted, what the kernel said, and the setting that decides
  };

  explicit HugePageBuffer(std::size_t bytes, Want want = Want::any);
  ~HugePageBuffer();
  HugePageBuffer(HugePageBuffer&& other) noexcept;
  HugePageBuffer& operator=(HugePageBuffer&& other) noexcept;

  // All zeros at first, and at least as many as were asked for: whole huge pages, where huge ones were wanted and the
  // kernel has any. Empty after a move.
  std::span<std::byte> bytes() noexcept { return bytes_; }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  PageKind pages() const noexcept { return pages_; }
  std::size_t page_size() const noexcept { return page_size_; }
  const std::vector<Refusal>& refusals() const noexcept { return refusals_; }

  // How many of the bytes lie on huge pages now, by /proc/self/smaps. Opens and reads it: not for hot paths.
  std::size_t huge_bytes() const;

  // "64 MiB on transparent huge pages of 2 MiB; reserved: ..."
  std::string describe() const;

 private:
  bool map_reserved(std::size_t bytes);
  void map_ordinary(std::size_t bytes, bool transparent);
  void ask_for_huge_pages();
  void release() noexcept;

  std::span<std::byte> mapping_;  // with a page that nobody may touch at either end; what is unmapped
  std::span<std::byte> bytes_;
  PageKind pages_ = PageKind::plain;
  std::size_t page_size_ = 0;
  std::vector<Refusal> refusals_;
};

}  // namespace lln::cache

#include "page_settings.hpp"

#include <lln/cache/huge_page_buffer.hpp>

#include <sys/mman.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#ifndef MADV_POPULATE_WRITE  // Linux 5.14
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE  // Linux 6.1
#define MADV_COLLAPSE 25
#endif

namespace lln::cache {
namespace {

constexpr int access = PROT_READ | PROT_WRITE;

std::size_t round_up(std::size_t bytes, std::size_t to) {
  if (bytes > std::numeric_limits<std::size_t>::max() / 2) {
    throw std::system_error(ENOMEM, std::generic_category(), "mapping a buffer of " + size_text(bytes));
  }
  return (bytes + to - 1) / to * to;
}

std::string error_text(int error) { return std::generic_category().message(error); }

// Touches every page. Where the kernel knows how, it answers a shortage with an error instead of a signal.
int populate(std::span<std::byte> bytes, std::size_t page) noexcept {
  if (::madvise(bytes.data(), bytes.size(), MADV_POPULATE_WRITE) == 0) return 0;
  if (errno != EINVAL) return errno;
  auto* const memory = reinterpret_cast<volatile char*>(bytes.data());
  for (std::size_t at = 0; at < bytes.size(); at += page) memory[at] = 0;
  return 0;
}

}  // namespace

const char* name_of(PageKind kind) noexcept {
  switch (kind) {
    case PageKind::reserved:
      return "reserved huge";
    case PageKind::transparent:
      return "transparent huge";
    case PageKind::plain:
      break;
  }
  return "plain";
}

HugePageBuffer::HugePageBuffer(std::size_t bytes, Want want) {
  if (bytes == 0) throw std::invalid_argument("HugePageBuffer: 0 bytes; at least 1");
  if (want == Want::any && map_reserved(bytes)) return;
  map_ordinary(bytes, want != Want::only_plain);
}

bool HugePageBuffer::map_reserved(std::size_t bytes) {
  const auto refuse = [&](const std::string& reason) {
    release();
    refusals_.push_back({PageKind::reserved, reason});
    return false;
  };
  const std::size_t page = reserved_page_size();
  if (page == 0) return refuse("/proc/meminfo has no Hugepagesize: this kernel has none");
  const std::size_t size = round_up(bytes, page);
  // This takes the pages out of the pool, so that there will be one for each address.
  void* const memory = ::mmap(nullptr, size, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  const std::string attempt = "mmap(MAP_HUGETLB) of " + size_text(size);
  if (memory == MAP_FAILED) {
    const int error = errno;
    return refuse(attempt + ": " + error_text(error) + "; " + reserved_pool());
  }
  mapping_ = bytes_ = {static_cast<std::byte*>(memory), size};
  if (const int error = populate(bytes_, page); error != 0) {
    return refuse("touching " + attempt + ": " + error_text(error) + "; a cgroup's limit?");
  }
  if (const std::size_t huge = huge_bytes(); huge < size) {
    return refuse(attempt + ": /proc/self/smaps confirms only " + size_text(huge));
  }
  pages_ = PageKind::reserved;
  page_size_ = page;
  return true;
}

void HugePageBuffer::map_ordinary(std::size_t bytes, bool transparent) {
  const std::size_t page = plain_page_size();
  const std::size_t huge = transparent ? transparent_page_size() : 0;
  const std::size_t step = huge == 0 ? page : huge;
  const std::size_t size = round_up(bytes, step);
  // The buffer begins with a huge page; the inaccessible rest keeps it apart from its neighbours, with which the kernel
  // would otherwise merge it, and smaps would tell of all together.
  const std::size_t whole = size + step + 2 * page;
  void* const memory = ::mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "mapping a buffer of " + size_text(size));
  }
  mapping_ = {static_cast<std::byte*>(memory), whole};
  const auto first = reinterpret_cast<std::uintptr_t>(memory) + page;
  const std::size_t offset = page + (0 - first) % step;
  bytes_ = mapping_.subspan(offset, size);
  page_size_ = page;
  try {
    if (::mprotect(bytes_.data(), size, access) != 0) {
      throw std::system_error(errno, std::generic_category(), "mapping a buffer of " + size_text(size));
    }
    if (!transparent) {
      ::madvise(bytes_.data(), size, MADV_NOHUGEPAGE);  // fails only where there are none anyway
    } else if (huge == 0) {
      refusals_.push_back(
          {PageKind::transparent, "no /sys/kernel/mm/transparent_hugepage: this kernel has none"});
    } else {
      ask_for_huge_pages();
    }
    if (const int error = populate(bytes_, page); error != 0) {
      throw std::system_error(error, std::generic_category(), "touching a buffer of " + size_text(size));
    }
  } catch (...) {
    release();
    throw;
  }
}

void HugePageBuffer::ask_for_huge_pages() {
  const auto refuse = [&](const std::string& reason) {
    refusals_.push_back({PageKind::transparent, reason});
  };
  const std::string attempt = "madvise(MADV_HUGEPAGE) for " + size_text(bytes_.size());
  if (::madvise(bytes_.data(), bytes_.size(), MADV_HUGEPAGE) != 0) {
    const int error = errno;
    return refuse(attempt + ": " + error_text(error));
  }
  if (const int error = populate(bytes_, plain_page_size()); error != 0)
    return;  // the caller tries and reports
  const bool never = transparent_setting() == "never";
  std::size_t huge = huge_bytes();
  if (huge < bytes_.size() && !never) {
    ::madvise(bytes_.data(), bytes_.size(),
              MADV_COLLAPSE);  // what was fragmented a moment ago may not be now
    huge = huge_bytes();
  }
  if (huge >= bytes_.size()) {
    pages_ = PageKind::transparent;
    page_size_ = transparent_page_size();
    return;
  }
  std::string why = "the kernel found no free run of memory for the rest";
  if (never) {
    why = "/sys/kernel/mm/transparent_hugepage/enabled is never";
  } else if (::prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) > 0) {
    why = "this process has them switched off: prctl(PR_SET_THP_DISABLE)";
  }
  refuse(attempt + ": accepted, but /proc/self/smaps has " + size_text(huge) + " of it on huge pages; " +
         why);
}

std::size_t HugePageBuffer::huge_bytes() const { return huge_bytes_between(bytes_); }

std::string HugePageBuffer::describe() const {
  std::string text =
      size_text(bytes_.size()) + " on " + name_of(pages_) + " pages of " + size_text(page_size_);
  for (const Refusal& refusal : refusals_)
    text += "; no " + std::string(name_of(refusal.kind)) + " pages: " + refusal.reason;
  return text;
}

HugePageBuffer::~HugePageBuffer() { release(); }

HugePageBuffer::HugePageBuffer(HugePageBuffer&& other) noexcept
    : mapping_(std::exchange(other.mapping_, {})),
      bytes_(std::exchange(other.bytes_, {})),
      pages_(other.pages_),
      page_size_(other.page_size_),
      refusals_(std::move(other.refusals_)) {}

HugePageBuffer& HugePageBuffer::operator=(HugePageBuffer&& other) noexcept {
  if (this == &other) return *this;
  release();
  mapping_ = std::exchange(other.mapping_, {});
  bytes_ = std::exchange(other.bytes_, {});
  pages_ = other.pages_;
  page_size_ = other.page_size_;
  refusals_ = std::move(other.refusals_);
  return *this;
}

void HugePageBuffer::release() noexcept {
  if (!mapping_.empty()) ::munmap(mapping_.data(), mapping_.size());
  mapping_ = bytes_ = {};
}

}  // namespace lln::cache

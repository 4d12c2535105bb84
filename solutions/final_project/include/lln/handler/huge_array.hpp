// A fixed array of zero bytes, mapped once, in 2 MiB pages where the kernel grants them, every page touched, or left to
// touch_pages() for those who have several arrays.
//
// Threads: as a plain array. Guarantees: after construction no page fault and no system call; elements start as zero
// bytes (T must mean something then); the address never changes. Cost: one mmap and one write a page, about 0.1 ms a
// MiB. Errors: std::system_error naming the size. Source: mmap(2), madvise(2) MADV_HUGEPAGE.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace lln::handler {

template <class T>
class HugeArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  enum class Pages { touched, untouched };

  explicit HugeArray(std::size_t size, Pages pages = Pages::touched)
      : size_(size), bytes_(round_up(size * sizeof(T), page_bytes(size))) {
    void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(), "mmap of " + std::to_string(bytes_) + " bytes");
#if defined(MADV_HUGEPAGE)
    // Only a wish: with small pages everything works, at a few more TLB misses.
    (void)::madvise(memory, bytes_, MADV_HUGEPAGE);
#endif
    data_ = static_cast<T*>(memory);
    if (pages == Pages::untouched) return;
    auto* bytes = static_cast<volatile std::byte*>(memory);
    for (std::size_t at = 0; at < bytes_; at += small_page) bytes[at] = std::byte{0};
  }
  ~HugeArray() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }
  HugeArray(HugeArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(other.size_), bytes_(other.bytes_) {}
  HugeArray& operator=(HugeArray&&) = delete;

  T& operator[](std::size_t at) noexcept { return data_[at]; }
  const T& operator[](std::size_t at) const noexcept { return data_[at]; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::span<std::byte> memory() noexcept { return {reinterpret_cast<std::byte*>(data_), bytes_}; }
  /// Of the first so many elements, at most all.
  std::span<std::byte> memory(std::size_t elements) noexcept {
    return memory().first(std::min(elements, size_) * sizeof(T));
  }

 private:
  static constexpr std::size_t small_page = 4096;
  static constexpr std::size_t huge_page = std::size_t{2} << 20;

  static constexpr std::size_t page_bytes(std::size_t size) noexcept {
    return size * sizeof(T) >= huge_page ? huge_page : small_page;
  }
  static constexpr std::size_t round_up(std::size_t bytes, std::size_t page) noexcept {
    return bytes == 0 ? page : (bytes + page - 1) / page * page;
  }

  T* data_ = nullptr;
  std::size_t size_;
  std::size_t bytes_;
};

}  // namespace lln::handler

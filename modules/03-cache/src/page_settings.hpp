// What the kernel says about pages: their sizes, the settings that decide who gets which, and where a range lies.
//
// Threads    Any.
// Failure    What cannot be read is 0 or empty.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lln::cache {

std::size_t plain_page_size() noexcept;
std::size_t reserved_page_size();     // Hugepagesize in /proc/meminfo
std::size_t transparent_page_size();  // of those that one entry of the middle table maps: 2 MiB on x86-64

// The chosen word of /sys/kernel/mm/transparent_hugepage/enabled: always, madvise or never.
std::string transparent_setting();

// "of 0 in the pool 0 are free: /proc/sys/vm/nr_hugepages"
std::string reserved_pool();

// How many bytes of the mappings that overlap this range lie on huge pages, by /proc/self/smaps; at most its size.
std::size_t huge_bytes_between(std::span<const std::byte> range);

// "64 MiB", "3 KiB" or "17 bytes".
std::string size_text(std::size_t bytes);

}  // namespace lln::cache

#include "xdp_memory.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace lln::net::detail {
namespace {

[[noreturn]] void fail(const std::string& attempt) {
  throw std::system_error(errno, std::generic_category(), attempt);
}

void register_area(int fd, std::byte* area, std::size_t size, std::uint32_t frame_size) {
  xdp_umem_reg registration{};
  registration.addr = reinterpret_cast<std::uintptr_t>(area);
  registration.len = size;
  registration.chunk_size = frame_size;
  if (::setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &registration, sizeof registration) != 0)
    fail("XDP_UMEM_REG of " + std::to_string(size) + " bytes (they count as locked memory)");
}

xdp_mmap_offsets offsets_of(int fd) {
  xdp_mmap_offsets all{};
  socklen_t size = sizeof all;
  if (::getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &all, &size) != 0) fail("XDP_MMAP_OFFSETS");
  return all;
}

void ask_for_ring(int fd, int option, std::uint32_t entries, const char* what) {
  if (::setsockopt(fd, SOL_XDP, option, &entries, sizeof entries) != 0)
    fail(std::string("the ") + what + " ring of " + std::to_string(entries) + " entries");
}

template <class Entry>
XdpRingMemory<Entry> ring(const Mapping& map, const xdp_ring_offset& at, std::uint32_t entries) {
  const auto word = [&](std::uint64_t offset) {
    return reinterpret_cast<std::uint32_t*>(map.data() + offset);
  };
  return {word(at.producer), word(at.consumer), word(at.flags),
          reinterpret_cast<Entry*>(map.data() + at.desc), entries};
}

}  // namespace

Mapping::Mapping(std::size_t size, int fd, off_t offset, const char* what) : size_(size) {
  const int flags = MAP_POPULATE | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
  void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (address == MAP_FAILED) fail(std::string("mapping ") + what);
  data_ = static_cast<std::byte*>(address);
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

XdpMemory::XdpMemory(int fd, std::uint32_t frames, std::uint32_t frame_size, std::uint32_t receive_entries)
    : area(std::size_t{frames} * frame_size, -1, 0, "memory for frames"),
      offsets_([&] {
        register_area(fd, area.data(), std::size_t{frames} * frame_size, frame_size);
        ask_for_ring(fd, XDP_UMEM_FILL_RING, receive_entries, "fill");
        ask_for_ring(fd, XDP_UMEM_COMPLETION_RING, frames, "completion");
        ask_for_ring(fd, XDP_RX_RING, receive_entries, "receive");
        ask_for_ring(fd, XDP_TX_RING, frames, "transmit");
        return offsets_of(fd);
      }()),
      fill_map_(offsets_.fr.desc + receive_entries * sizeof(std::uint64_t), fd,
                static_cast<off_t>(XDP_UMEM_PGOFF_FILL_RING), "the fill ring"),
      completion_map_(offsets_.cr.desc + frames * sizeof(std::uint64_t), fd,
                      static_cast<off_t>(XDP_UMEM_PGOFF_COMPLETION_RING), "the completion ring"),
      receive_map_(offsets_.rx.desc + receive_entries * sizeof(xdp_desc), fd, XDP_PGOFF_RX_RING,
                   "the receive ring"),
      transmit_map_(offsets_.tx.desc + frames * sizeof(xdp_desc), fd, XDP_PGOFF_TX_RING, "the transmit ring"),
      fill(ring<std::uint64_t>(fill_map_, offsets_.fr, receive_entries)),
      completion(ring<std::uint64_t>(completion_map_, offsets_.cr, frames)),
      receive(ring<xdp_desc>(receive_map_, offsets_.rx, receive_entries)),
      transmit(ring<xdp_desc>(transmit_map_, offsets_.tx, frames)) {}

}  // namespace lln::net::detail

// An AF_XDP socket's shared memory: the area of the frames, and the four rings.
#pragma once

#include <lln/net/detail/xdp_ring.hpp>

#include <linux/if_xdp.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace lln::net::detail {

class Mapping {
 public:
  Mapping() = default;
  // Anonymous memory with fd -1. Throws std::system_error.
  Mapping(std::size_t size, int fd, off_t offset, const char* what);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::byte* data() const noexcept { return data_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// `size` bytes of memory in `frames` of `frame_size`, registered with the socket, and rings for as many as asked.
struct XdpMemory {
  XdpMemory(int fd, std::uint32_t frames, std::uint32_t frame_size, std::uint32_t receive_entries);

  Mapping area;

 private:
  xdp_mmap_offsets offsets_;
  Mapping fill_map_;
  Mapping completion_map_;
  Mapping receive_map_;
  Mapping transmit_map_;

 public:
  XdpProducer<std::uint64_t> fill;
  XdpConsumer<std::uint64_t> completion;
  XdpConsumer<xdp_desc> receive;
  XdpProducer<xdp_desc> transmit;
};

}  // namespace lln::net::detail

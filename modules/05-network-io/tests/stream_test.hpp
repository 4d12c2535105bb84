// Common ground of the stream tests: two connected ends, contents that show a lost or doubled byte.
#pragma once

#include "test_support.hpp"

#include <lln/net/stream_socket.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lln::net::test {

inline std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> result(size);
  std::uint32_t state = 1;
  for (std::byte& byte : result) byte = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  return result;
}

// Two ends of a Unix stream: nothing is under way, what is sent is there.
inline std::pair<StreamSocket, StreamSocket> unix_pair() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {StreamSocket(FileDescriptor(ends[0])), StreamSocket(FileDescriptor(ends[1]))};
}

// Sockets that keep the borders between writes: each receive() shows what one write was.
inline std::pair<StreamSocket, StreamSocket> pair_with_borders() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  return {StreamSocket(FileDescriptor(ends[0])), StreamSocket(FileDescriptor(ends[1]))};
}

}  // namespace lln::net::test

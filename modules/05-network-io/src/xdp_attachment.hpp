// An XDP program on an interface for as long as this object lives.
//
// The attachment is a BPF link: a descriptor that nobody else holds. It goes with the process, however that ends.
#pragma once

#include <lln/net/file_descriptor.hpp>
#include <lln/net/xdp_socket.hpp>

#include <string>

namespace lln::net::detail {

// Throws std::system_error that names the interface and the mode.
FileDescriptor attach_xdp(int program, const std::string& interface, XdpMode mode);

// Tries to load the smallest XDP program; empty, or why not.
std::string why_no_xdp();

// libbpf writes to stderr while it loads; what it says is in our exceptions, in our words.
class SilentLibbpf {
 public:
  SilentLibbpf() noexcept;
  ~SilentLibbpf();
  SilentLibbpf(const SilentLibbpf&) = delete;
  SilentLibbpf& operator=(const SilentLibbpf&) = delete;

 private:
  void* before_;
};

}  // namespace lln::net::detail

// XdpSocket where the tools for BPF programs are missing: it says so, and is never made.
#include <lln/net/xdp_socket.hpp>

#include <stdexcept>

namespace lln::net {

struct XdpSocket::Parts {};

const char* to_string(XdpMode mode) noexcept { return mode == XdpMode::native ? "native" : "generic"; }

std::string XdpSocket::why_not() {
  return "built without the tools for BPF programs (apt: clang libbpf-dev bpftool)";
}

XdpSocket::XdpSocket(const Options&) { throw std::runtime_error("no AF_XDP socket: " + why_not()); }
XdpSocket::~XdpSocket() = default;
XdpSocket::XdpSocket(XdpSocket&&) noexcept = default;
XdpSocket& XdpSocket::operator=(XdpSocket&&) noexcept = default;

std::span<XdpFrame> XdpSocket::receive() noexcept { return {}; }
bool XdpSocket::wait(std::chrono::milliseconds) noexcept { return false; }
bool XdpSocket::send_back(XdpFrame&) noexcept { return false; }
std::span<std::byte> XdpSocket::loan() noexcept { return {}; }
void XdpSocket::commit(std::size_t) noexcept {}
int XdpSocket::flush() noexcept { return 0; }
XdpSocket::Got XdpSocket::got() const noexcept { return {}; }
XdpSocket::Statistics XdpSocket::statistics() const { return {}; }
int XdpSocket::fd() const noexcept { return -1; }

}  // namespace lln::net

// UringLoop where liburing is missing: it says so, and is never made.
#include <lln/net/uring_loop.hpp>

#include <stdexcept>

namespace lln::net {

struct UringLoop::Parts {};

std::string UringLoop::why_not() { return "built without liburing (apt: liburing-dev)"; }

UringLoop::UringLoop(const Options&) { throw std::runtime_error("no io_uring: " + why_not()); }
UringLoop::~UringLoop() = default;
UringLoop::UringLoop(UringLoop&&) noexcept = default;
UringLoop& UringLoop::operator=(UringLoop&&) noexcept = default;

std::optional<UringLoop::Source> UringLoop::accept(int, std::uint64_t) noexcept { return {}; }
std::optional<UringLoop::Source> UringLoop::receive_stream(int, std::uint64_t) noexcept { return {}; }
std::optional<UringLoop::Source> UringLoop::receive_datagrams(int, std::uint64_t) noexcept { return {}; }
void UringLoop::stop(Source) noexcept {}
std::span<std::byte> UringLoop::loan() noexcept { return {}; }
bool UringLoop::send(int, std::size_t, std::uint64_t) noexcept { return false; }
bool UringLoop::send_to(int, const Endpoint&, std::size_t, std::uint64_t) noexcept { return false; }
bool UringLoop::send_registered(int, std::size_t, std::uint64_t) noexcept { return false; }
std::span<const UringEvent> UringLoop::poll() noexcept { return {}; }
std::span<const UringEvent> UringLoop::wait(std::chrono::milliseconds) noexcept { return {}; }
bool UringLoop::set_busy_poll(std::chrono::microseconds) noexcept { return false; }

}  // namespace lln::net

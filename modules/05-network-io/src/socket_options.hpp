// Set-up calls shared by the sockets of this module. Each throws std::system_error with what was attempted.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/interface.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace lln::net::detail {

// Throws errno as "<attempt> on fd <fd>: <errno's text>".
[[noreturn]] void throw_errno(const std::string& attempt, int fd);

FileDescriptor open_udp();

template <class T>
bool try_option(int fd, int level, int name, const T& value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

template <class T>
void set_option(int fd, int level, int name, const T& value, const std::string& attempt) {
  if (!try_option(fd, level, name, value)) throw_errno(attempt, fd);
}

int get_int_option(int fd, int level, int name, const char* attempt);

void bind_socket(int fd, const Endpoint& local);
Endpoint local_endpoint_of(int fd);

// SO_RCVBUFFORCE / SO_SNDBUFFORCE first, then the capped variant; returns what the kernel reports afterwards.
int grant_receive_buffer(int fd, int bytes);
int grant_send_buffer(int fd, int bytes);

void set_tos(int fd, int tos);
void set_busy_poll(int fd, std::chrono::microseconds time);

constexpr std::size_t max_sent_datagram = 65'507;  // IPv4's 65535 without the headers of IP and UDP

// From `source` only when one is given (SSM). The interface and the group have been checked by the caller.
void join_group(int fd, Ipv4Address group, const Interface& interface,
                const std::optional<Ipv4Address>& source);
void send_multicast_through(int fd, const Interface& interface, int ttl, bool loop);

// Datagrams that the kernel dropped for this socket, modulo 2^32 (see DropCounter); empty: it does not say.
std::optional<std::uint32_t> kernel_drops(int fd) noexcept;

// NAPI instance through which the newest packet came; 0 = none yet or none there.
unsigned napi_id(int fd) noexcept;

// poll(2) that goes on after signals; negative = for ever. Errors end it whatever the events asked for.
bool wait_for(int fd, short events, std::chrono::milliseconds timeout) noexcept;
bool wait_readable(int fd, std::chrono::milliseconds timeout) noexcept;

inline std::int64_t to_ns(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// std::invalid_argument unless the address is a multicast group / the interface has an index / lo <= value <=
// hi.
void require_group(const Endpoint& group);
void require_interface(int index);
void require_range(std::string_view what, long long value, long long low, long long high);

}  // namespace lln::net::detail

// A bad network between UDP programs, in user space: clients talk to the relay, the relay talks to the server, and what
// passes is impaired in both directions. No privileges, no kernel module, the same losses for the same seed.
//
//   client  -->  local_endpoint()  -- forward -->   server
//           <--                    <-- backward --
//
// Each client gets a socket of its own towards the server, which so sees as many peers as there are, and answers them.
// The two directions are two links that all clients share, each with its Impairment.
//
// Threads: run() belongs to one thread; any other may set `stop`, and read the report when run() has ended.
// Guarantees: datagrams leave no earlier than due. They leave later by what the scheduler takes to wake a sleeper;
//   Report::lateness_ns says how much that was. No allocation per datagram; one for each new client.
// Errors: what the kernel refuses to send (nobody listens) is counted, as on a wire.
// Limits: UDP over IPv4, unicast. Replies of another address than the server's are dropped by the kernel.
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/net/impaired_line.hpp>
#include <lln/net/udp_socket.hpp>

#include <poll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::net {

class ImpairmentRelay {
 public:
  struct Options {
    Endpoint listen{Ipv4Address{0x7F000001}, 0};
    Endpoint server = {};
    Impairment::Options forward = {};
    Impairment::Options backward = {};
    std::size_t max_clients = 64;     // further ones are not served, and counted
    std::size_t under_way = 4096;     // datagrams in each direction
    std::size_t max_datagram = 2048;  // longer ones are dropped, and counted
  };

  struct Direction {
    Impairment::Counters fates;
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;   // by the kernel
    std::uint64_t too_many = 0;  // found `under_way` others
    std::uint64_t too_long = 0;
    latency::Histogram lateness_ns{10'000'000'000};  // sent after it was due
  };

  struct Report {
    Direction forward;
    Direction backward;
    std::size_t clients = 0;
    std::uint64_t not_served = 0;  // datagrams of clients beyond max_clients
  };

  // Binds; from here on datagrams are taken in, and passed on by run(). Throws std::system_error and
  // std::invalid_argument.
  explicit ImpairmentRelay(const Options& options);

  Endpoint local_endpoint() const { return door_.local_endpoint(); }

  // Until `stop` is true, which it looks at 20 times a second. May be called again.
  void run(const std::atomic<bool>& stop);

  Report report() const;

 private:
  struct Client {
    Endpoint address;
    UdpSocket socket;
  };

  static constexpr std::uint32_t nobody = 0xffff'ffff;
  std::uint32_t client_at(const Endpoint& address);
  void take_in();
  void take_in_from(std::uint32_t client);
  void pass_on();
  void wait() noexcept;

  Options options_;
  UdpSocket door_;
  ImpairedLine forward_;
  ImpairedLine backward_;
  std::vector<Client> clients_;
  std::uint32_t last_client_ = 0;
  std::vector<std::byte> buffer_;
  std::vector<pollfd> polled_;
  Report report_;
};

}  // namespace lln::net

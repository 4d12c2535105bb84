// The GLIMPSE server: snapshots of the exchange's books over SoupBinTCP, one client after the other.
//
// The owner of the books freezes them while a snapshot is being written:
//     server.step(now);                                     accepts, reads logins, drops clients
//     if (server.wanted()) { catch up; server.begin(books, next_sequence); }
//     while (server.active()) server.pump(now);             a slice each; books must not change
// Threads: one thread. Guarantees: never blocks; a client that does not log in, stops reading or sends rubbish is
// dropped. Source: SPEC.md sections 5 and 6.
#pragma once

#include <lln/exchange/snapshot_writer.hpp>
#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace lln::exchange {

struct GlimpseCounters {
  std::uint64_t connections = 0;
  std::uint64_t logins = 0;
  std::uint64_t rejected_logins = 0;
  std::uint64_t snapshots = 0;  ///< completely handed to the kernel
  std::uint64_t dropped = 0;    ///< clients that stalled, misbehaved or went away before the end
};

class GlimpseServer {
 public:
  struct Options {
    net::Endpoint local;  ///< port 0 = any free one
    feed::SessionId session{};
    std::int64_t login_timeout_ns = 30'000'000'000;
    std::int64_t stall_timeout_ns = 5'000'000'000;  ///< without a byte taken by the client
    std::size_t clients = 16;                       ///< at once; more wait in the listening queue
    std::size_t slice_bytes = 8192;                 ///< encoded and written in one pump()
  };

  /// Listens; throws std::system_error.
  explicit GlimpseServer(const Options& options);

  void step(std::int64_t now_ns);
  /// A client waits for a snapshot and none is being written.
  bool wanted() const noexcept { return !writer_ && waiting() != nullptr; }
  /// The books contain every message below next_sequence and stay as they are until active() is false.
  void begin(const feed::SimpleBooks& books, std::uint64_t next_sequence, std::int64_t now_ns);
  bool active() const noexcept { return writer_.has_value(); }
  /// Writes a slice; false when the client's socket takes no more for now.
  bool pump(std::int64_t now_ns);
  /// Gives the snapshot up and drops its client: the books are needed.
  void abort();

  net::Endpoint local_endpoint() const;
  const GlimpseCounters& counters() const noexcept { return counters_; }

 private:
  enum class State { login, waiting, sending, draining, closing };
  struct Client {
    net::FileDescriptor fd;
    State state = State::login;
    feed::SoupParser parser{256};
    std::vector<std::byte> out;
    std::size_t written = 0;       // of out
    std::int64_t progress_ns = 0;  // last time that something moved
    std::int64_t sent_ns = 0;
  };

  const Client* waiting() const noexcept;
  void accept_all(std::int64_t now_ns);
  bool serve(Client& client, std::int64_t now_ns);  // false: drop it
  bool read(Client& client, std::int64_t now_ns);
  bool log_in(Client& client, std::span<const std::byte> payload, std::int64_t now_ns);
  bool flush(Client& client, std::int64_t now_ns);
  void drop_active();

  Options options_;
  net::FileDescriptor listener_;
  std::list<Client> clients_;
  std::optional<SnapshotWriter> writer_;
  Client* active_ = nullptr;  // whom writer_ writes to
  GlimpseCounters counters_;
};

}  // namespace lln::exchange

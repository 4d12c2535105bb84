// The exchange's event loop: one thread that publishes on schedule and does everything else in the time that is left.
//
// Loopback delivers a burst as fast as the sender can write it; a real line delivers it at wire speed. So packets leave
// no closer than the wire allows (line_gbit), and messages that wait for it go together in fuller packets.
//
// In this order: send what is due; release skewed packets; serve re-requests and logins (every 50 us); write a slice of a
// snapshot; apply published messages to the books; generate ahead; pause. So bursts are served from work done ahead, in
// bounded memory. The schedule is open loop: a late message is sent as soon as possible and its lateness recorded, but
// nothing is ever shifted. If the books cannot follow, the log fills, generation stops, and that shows as lateness too.
//
// Threads: one thread. Cost (busy 2-core machine): a message takes 0.12 to 0.2 us to generate and 0.2 to 0.35 us to apply
// (exchange_flow_bench), a datagram 1.7 us to send while nobody listens; at 1 M messages/s about 90,000 leave a second
// and line. The books are what limits the rate: a longer --pack-us or a larger --work-ahead gives them room.
#pragma once

#include <lln/exchange/glimpse_server.hpp>
#include <lln/exchange/line.hpp>
#include <lln/exchange/message_log.hpp>
#include <lln/exchange/packer.hpp>
#include <lln/exchange/publish_clock.hpp>
#include <lln/exchange/rerequest_server.hpp>
#include <lln/feed/binary_file.hpp>
#include <lln/feed/simple_book.hpp>
#include <lln/latency/histogram.hpp>

#include <atomic>
#include <cstdint>

namespace lln::exchange {

struct PublisherOptions {
  feed::SessionId session{};
  std::size_t max_datagram = 1472;
  std::int64_t pack_ns = 10'000;
  std::int64_t heartbeat_ns = 1'000'000'000;
  std::int64_t end_ns = 500'000'000;     ///< how long the end of session is repeated
  std::uint64_t history = 2'000'000;     ///< published messages kept for re-requests
  std::uint64_t work_ahead = 2'000'000;  ///< messages generated before they are due
  std::uint64_t messages = 0;            ///< of the whole day if known (0 = not): the log need not be larger
  double line_gbit = 0;  ///< Gbit/s of each line's wire: how close packets follow each other; 0 = no limit
};

struct PublisherCounters {
  std::uint64_t messages = 0;
  std::uint64_t packets = 0;  ///< with messages; each goes to both lines
  std::uint64_t heartbeats = 0;
  std::uint64_t late_100us = 0;          ///< messages that left more than 100 us after their intended time
  std::uint64_t snapshots_given_up = 0;  ///< because the log would have overflowed
  std::int64_t first_ns = 0;             ///< when the first and the last packet with messages left
  std::int64_t last_ns = 0;
};

class Publisher {
 public:
  /// Servers and file may be nullptr; everything must outlive the publisher.
  Publisher(const PublisherOptions& options, MessageSource& source, Line& line_a, Line& line_b,
            RerequestServer* rerequest, GlimpseServer* glimpse, feed::BinaryFileWriter* file);

  /// Generates ahead until the log is as full as it may be, the day is complete, or `stop`.
  void fill(const std::atomic<bool>& stop);
  /// Publishes the day, or until `stop`; returns with the books caught up.
  void run(PublishClock& clock, const std::atomic<bool>& stop);
  /// Repeats the end of session, or until `stop` comes (not when it had come before: then the day ended early, and the
  /// end of session is due all the same). Re-requests and snapshots are still served.
  void end(PublishClock& clock, const std::atomic<bool>& stop);

  const feed::SimpleBooks& books() const noexcept { return books_; }
  const PublisherCounters& counters() const noexcept { return counters_; }
  /// Intended send time to leaving, packing included, ns a message.
  const latency::Histogram& lateness() const noexcept { return lateness_; }
  std::uint64_t published() const noexcept { return packer_.published(); }
  std::uint64_t generated() const noexcept { return log_.next() - 1; }

 private:
  bool generate(unsigned messages);
  void generate_full_packet();
  bool apply(unsigned messages);
  void send(const PackedRun& run, std::int64_t now_ns, PublishClock& clock);
  void occupy_wire(std::size_t payload, std::int64_t sent_ns) noexcept;
  void announce(std::uint16_t count, std::int64_t now_ns);
  void serve(std::int64_t now_ns);
  bool work(std::int64_t now_ns);
  bool starving() noexcept;
  std::uint64_t first_served() const noexcept;

  PublisherOptions options_;
  MessageSource& source_;
  Line& line_a_;
  Line& line_b_;
  RerequestServer* rerequest_;
  GlimpseServer* glimpse_;
  feed::BinaryFileWriter* file_;

  MessageLog log_;
  Packer packer_;
  feed::SimpleBooks books_;
  std::uint64_t applied_ = 1;  // first message not in the books
  bool complete_ = false;      // the source has no more
  std::int64_t serve_at_ns_ = 0;
  std::int64_t stamps_at_ns_ = 0;
  std::int64_t sent_at_ns_ = 0;
  std::int64_t wire_free_ns_ = 0;  // the previous packet has left the wire
  Stamps stamps_;
  latency::Histogram lateness_;
  PublisherCounters counters_;
};

}  // namespace lln::exchange

// The seam between the program lln-handler and a feed handler.
//
// main.cpp, the report, the progress line and the search for the limit are given; they know a handler only through
// this header. A handler library implements `lln::app::Handler` and defines `make_handler`; how it is built inside
// (threads, rings, books) is its own business.
//
// Threads: one thread makes the handler and calls run(); while run() runs, any other thread may call status() and
// ladder(). report() and digests() belong to the first thread, after run() has returned.
// Cost: nothing here is on the hot path; status() and ladder() must not slow run() down by more than a store now and
// then.
#pragma once

#include <lln/feed/digest.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/interface.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lln::publishing {
class Publisher;  // lln/publishing/publisher.hpp
}

namespace lln::app {

class OutputStream;  // lln/app/output_stream.hpp

// How datagrams come in. A handler need not have all of them: make_handler refuses one with a sentence.
enum class Transport : std::uint8_t { socket, busy_poll, io_uring, xdp, xdp_generic };

struct HandlerConfig {
  net::Endpoint line_a;
  net::Endpoint line_b;
  net::Interface interface;
  std::optional<net::Ipv4Address> source;  // join this source only (SSM)
  std::optional<net::Endpoint> rerequest;  // MoldUDP64 re-request server; none: gaps go to the snapshot
  std::optional<net::Endpoint>
      glimpse;                       // snapshot server; none: what re-requests do not bring is unrecovered
  int threads = 1;                   // 1: run to completion; 2: a receive thread and a book thread
  std::vector<int> cpus;             // for the thread that calls run(), then the receive thread; may be short
  std::optional<int> fifo_priority;  // SCHED_FIFO 1..99 for the handler's threads
  bool lock_memory = false;
  Transport transport = Transport::socket;
  std::optional<std::chrono::microseconds> busy_poll;
  bool one_way = false;      // message timestamps are wall clock UTC: measure sender to book as well
  std::string watch_symbol;  // ladder() shows this one; empty: no ladder
  OutputStream* output =
      nullptr;  // where to publish (SPEC.md section 11); outlives the handler; nullptr: nowhere
  publishing::Publisher* shared =
      nullptr;  // the same for other processes of this machine; outlives run(); nullptr: nowhere
};

// Where the feed stands, for the progress line.
enum class FeedState : std::uint8_t { waiting, live, gap, snapshot, ended, lost };

struct LiveStatus {
  std::uint64_t packets = 0;      // of both lines
  std::uint64_t messages = 0;     // applied to the books
  std::uint64_t gaps = 0;         // holes in the sequence that neither line filled at once
  std::uint64_t unrecovered = 0;  // messages given up
  std::uint64_t kernel_drops = 0;
  FeedState state = FeedState::waiting;
};

struct LadderLevel {
  std::uint32_t price = 0;  // four decimals: 12345 is 1.2345
  std::uint64_t shares = 0;
  std::uint32_t orders = 0;
};

// One symbol's ten best levels on each side, best first.
struct Ladder {
  static constexpr std::size_t depth = 10;
  std::array<LadderLevel, depth> bids{};
  std::array<LadderLevel, depth> asks{};
  std::uint32_t bid_levels = 0;  // how many of `bids` are filled
  std::uint32_t ask_levels = 0;
  std::uint32_t last_price = 0;  // of the last printed trade, 0: none yet
  std::uint64_t last_shares = 0;
  std::uint64_t volume = 0;  // shares traded so far
  std::uint64_t orders = 0;  // live orders of the symbol
  bool known = false;        // the stock directory has named this symbol
};

// Times of one kind. Values are nanoseconds.
struct Series {
  std::string name;   // snake_case, unique in a report
  std::string title;  // what it is, for people
  latency::Histogram histogram;
};

struct Count {
  std::string name;
  std::uint64_t value;
};

struct LineReport {
  std::uint64_t packets = 0;
  std::uint64_t messages = 0;      // carried by those packets, duplicates included
  std::uint64_t first = 0;         // messages whose first copy came on this line
  std::uint64_t duplicates = 0;    // messages that the other line had brought already
  std::uint64_t lost = 0;          // messages that this line never showed
  std::uint64_t kernel_drops = 0;  // datagrams dropped because the socket's buffer was full
  std::uint64_t unstamped = 0;     // packets without a kernel time stamp; the handler's own clock stood in
};

struct SetupStep {
  std::string name;
  bool ok = false;
  std::string detail;
};

// What one run did; every counter starts at zero when run() is called.
struct HandlerReport {
  bool ended = false;          // End of Session was reached with every earlier message accounted for
  double seconds = 0;          // from the first message to the last
  double running_seconds = 0;  // inside run()
  std::uint64_t packets = 0;
  std::uint64_t messages = 0;  // applied to the books from the lines and re-requests; snapshots not included
  std::array<LineReport, 2> lines{};
  std::uint64_t gaps = 0;
  std::uint64_t recovered_by_other_line = 0;  // messages, as the next two
  std::uint64_t recovered_by_rerequest = 0;
  std::uint64_t recovered_by_snapshot = 0;
  std::uint64_t unrecovered = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t invalid_packets = 0;
  std::vector<Count> invalid_by_reason;
  std::vector<Count> more;                 // further counters, for the JSON
  std::uint64_t disturbed_messages = 0;    // left out of the `_undisturbed` series
  std::uint64_t page_faults = 0;           // minor and major, of the handler's threads inside run()
  std::uint64_t involuntary_switches = 0;  // times the scheduler took the CPU away inside run()
  bool yielding = false;                   // too few CPUs to spin
  std::vector<Series> series;              // see series_* below for the names that the report looks for
  std::vector<SetupStep> setup;
  std::vector<std::string> notes;  // how the figures were made, one sentence each
};

// Names that the report looks for. A handler that does not measure one leaves it out.
inline constexpr const char* series_kernel_rx_to_book = "kernel_rx_to_book";  // per message
inline constexpr const char* series_packet_rx_to_book =
    "packet_rx_to_book";                                                 // per packet, last message applied
inline constexpr const char* series_sender_to_book = "sender_to_book";   // one way, same host
inline constexpr const char* series_recovered = "recovered_rx_to_book";  // the messages that waited for a gap
inline constexpr const char* series_receiver_gaps = "receiver_gaps";  // jumps of the receiving thread's clock
inline constexpr const char* series_undisturbed_suffix = "_undisturbed";

class Handler {
 public:
  virtual ~Handler() = default;
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  // Receives until End of Session or until `stop` is true (looked at at least every 100 ms). Call once.
  virtual void run(const std::atomic<bool>& stop) = 0;

  // The state at most 100 ms ago. Any thread, lock-free.
  virtual LiveStatus status() const noexcept = 0;

  // Copies the newest ladder into `out` and asks run() for a fresh one; false: none yet. One other thread.
  virtual bool ladder(Ladder& out) noexcept = 0;

  virtual HandlerReport report() const = 0;

  // One entry for each symbol of the stock directory, sorted by locate.
  virtual std::vector<feed::SymbolDigest> digests() const = 0;
};

// Allocates everything, binds, joins both groups: when it returns, no later packet is missed.
// Throws std::system_error or std::runtime_error with one sentence that names what was attempted.
std::unique_ptr<Handler> make_handler(const HandlerConfig& config);

}  // namespace lln::app

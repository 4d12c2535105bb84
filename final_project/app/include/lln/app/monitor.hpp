// The side show while the handler runs: a thread that prints the progress line or the ladder, and raises `stop` at
// --seconds and at --idle-exit. It sleeps nearly always: ten wake-ups a second, each reading copies that the handler
// publishes for it in idle moments; it never touches the books, so the hot path does not notice it.
#pragma once

#include <lln/handler_api.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lln::app {

struct MonitorOptions {
  std::optional<double> seconds;    // stop after this long
  std::optional<double> idle_exit;  // stop when no packet came for this long
  std::string watch_symbol;
  bool quiet = false;
  bool in_place = false;  // a terminal: rewrite the line instead of adding one
};

class Monitor {
 public:
  // Starts the thread; `handler`, `stop` and `out` must outlive the monitor.
  Monitor(Handler& handler, std::atomic<bool>& stop, const MonitorOptions& options, std::ostream& out);
  ~Monitor();  // ends the thread, and the line that was rewritten in place
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void tick(Clock::time_point now);
  void check_limits(Clock::time_point now, const LiveStatus& status);
  void show(Clock::time_point now, const LiveStatus& status);
  void print(const std::string& text);

  Handler& handler_;
  std::atomic<bool>& stop_;
  MonitorOptions options_;
  std::ostream& out_;

  Clock::time_point started_ = Clock::now();
  Clock::time_point last_packet_ = started_;
  Clock::time_point last_second_ = started_;
  std::uint64_t packets_ = 0;
  LiveStatus second_;  // the status at last_second_
  std::string rates_;  // the progress line of the last full second
  bool printed_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // last: it uses everything above
};

std::string progress_line(const LiveStatus& before, const LiveStatus& now, double seconds);
// Lines, each with its newline.
std::string draw_ladder(const std::string& symbol, const Ladder& ladder);

}  // namespace lln::app

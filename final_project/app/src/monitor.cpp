#include <lln/app/monitor.hpp>

#include <ostream>

namespace lln::app {

using namespace std::chrono_literals;

namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Monitor::Monitor(Handler& handler, std::atomic<bool>& stop, const MonitorOptions& options, std::ostream& out)
    : handler_(handler), stop_(stop), options_(options), out_(out), thread_([this] { run(); }) {}

Monitor::~Monitor() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
  if (printed_ && options_.in_place) out_ << '\n' << std::flush;
}

void Monitor::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, 100ms, [this] { return done_; })) {
    lock.unlock();
    tick(Clock::now());
    lock.lock();
  }
}

void Monitor::tick(Clock::time_point now) {
  const LiveStatus status = handler_.status();
  check_limits(now, status);
  if (!options_.quiet) show(now, status);
}

void Monitor::check_limits(Clock::time_point now, const LiveStatus& status) {
  if (status.packets != packets_) {
    packets_ = status.packets;
    last_packet_ = now;
  }
  if ((options_.seconds && seconds_between(started_, now) >= *options_.seconds) ||
      (options_.idle_exit && seconds_between(last_packet_, now) >= *options_.idle_exit)) {
    stop_.store(true, std::memory_order_relaxed);  // a flag alone: no data stands behind it
  }
}

void Monitor::show(Clock::time_point now, const LiveStatus& status) {
  const bool second_over = now - last_second_ >= 1s;
  if (second_over) {
    rates_ = progress_line(second_, status, seconds_between(last_second_, now));
    second_ = status;
    last_second_ = now;
  }
  if (options_.watch_symbol.empty()) {
    if (second_over) print(rates_);
    return;
  }
  Ladder ladder;
  const bool have_one = handler_.ladder(ladder);  // asked for at each tick, so that the next one is fresh
  if (have_one && (options_.in_place || second_over))
    print(draw_ladder(options_.watch_symbol, ladder) + rates_);
}

void Monitor::print(const std::string& text) {
  if (!options_.in_place) {
    out_ << text << '\n' << std::flush;
  } else if (options_.watch_symbol.empty()) {
    out_ << '\r' << text << "\x1b[K" << std::flush;
  } else {
    std::string screen = printed_ ? "\x1b[H" : "\x1b[2J\x1b[H";  // home; the first time clear the screen too
    for (const char c : text) screen += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
    out_ << screen << "\x1b[K" << std::flush;
  }
  printed_ = true;
}

}  // namespace lln::app

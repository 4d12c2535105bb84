#include <lln/app/signals.hpp>

#include <csignal>
#include <initializer_list>

namespace lln::app {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<std::atomic<bool>*> stop_flag{nullptr};
std::atomic<bool> came{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void on_signal(int number) {
  if (came.exchange(true, std::memory_order_relaxed)) {  // one flag, no data behind it
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  if (auto* flag = stop_flag.load(std::memory_order_acquire)) flag->store(true, std::memory_order_relaxed);
}

}  // namespace

void stop_on_signals(std::atomic<bool>& stop) {
  // Release: the handler must see the flag's object made before it sees the pointer to it.
  stop_flag.store(&stop, std::memory_order_release);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a closed terminal or pipe must not cost the report file
}

bool signal_came() noexcept { return came.load(std::memory_order_relaxed); }

}  // namespace lln::app

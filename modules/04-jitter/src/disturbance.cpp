#include "udp_flood.hpp"

#include <lln/jitter/disturbance.hpp>
#include <lln/jitter/thread_setup.hpp>

#include <linux/perf_event.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace lln::jitter {
namespace {

using namespace std::chrono_literals;

// Our own thread, ordinary whatever its creator was.
void become(const char* name, const std::vector<int>& cpus) {
  ::pthread_setname_np(::pthread_self(), name);
  const sched_param parameters{};
  ::sched_setscheduler(0, SCHED_OTHER, &parameters);
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::generic_category(), "pinning the disturbance");
}

}  // namespace

std::string_view to_string(DisturbanceKind kind) noexcept {
  switch (kind) {
    case DisturbanceKind::rival:
      return "rival";
    case DisturbanceKind::timers:
      return "timers";
    case DisturbanceKind::network:
      return "network";
  }
  return "?";
}

Disturbance::Disturbance(DisturbanceKind kind, int cpu) {
  const auto allowed = allowed_cpus();
  if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end())
    throw std::invalid_argument("CPU " + std::to_string(cpu) + " is not one that this process may use");
  switch (kind) {
    case DisturbanceKind::rival:
      start_rival(cpu);
      break;
    case DisturbanceKind::timers:
      start_timers(cpu);
      break;
    case DisturbanceKind::network:
      start_network(cpu);
      break;
  }
}

Disturbance::~Disturbance() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
  if (event_ >= 0) ::close(event_);
}

void Disturbance::start_rival(int cpu) {
  std::promise<void> started;
  auto ready = started.get_future();
  thread_ = std::thread([this, cpu, started = std::move(started)]() mutable {
    try {
      become("lln-rival", {cpu});
      started.set_value();
    } catch (...) {
      started.set_exception(std::current_exception());
      return;
    }
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), -10);  // for a thread; refused: an equal, then
    while (!stop_.load(std::memory_order_relaxed)) {
      const auto end = std::chrono::steady_clock::now() + 500us;
      while (std::chrono::steady_clock::now() < end) {
      }
      std::this_thread::sleep_for(500us);
    }
  });
  try {
    ready.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

// A counter of CPU time that "overflows" every 20 us: the kernel runs a high-resolution timer for it on that CPU.
void Disturbance::start_timers(int cpu) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.sample_period = 20'000;
  event_ = static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
  if (event_ < 0)
    throw std::system_error(errno, std::generic_category(),
                            "opening a timer event on a CPU (needs CAP_PERFMON or root)");
}

void Disturbance::start_network(int cpu) {
  auto others = allowed_cpus();
  std::erase(others, cpu);
  if (others.empty())
    throw std::system_error(ENODEV, std::generic_category(),
                            "flooding one CPU from another: there is only one");
  std::promise<void> started;
  auto ready = started.get_future();
  thread_ = std::thread([this, cpu, others, started = std::move(started)]() mutable {
    std::unique_ptr<detail::UdpFlood> flood;
    try {
      become("lln-flood", others);
      flood = std::make_unique<detail::UdpFlood>(cpu);
      started.set_value();
    } catch (...) {
      started.set_exception(std::current_exception());
      return;
    }
    flood->run_until(stop_);
  });
  try {
    ready.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

}  // namespace lln::jitter

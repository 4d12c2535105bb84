// Disturbance: takes time from one CPU in a known way, so that a measurement can be seen to find it.
//
// Threads: made and destroyed by any one thread; the disturbing goes on in a thread (or in the kernel) meanwhile.
// Guarantees: when the constructor returns, the disturbance is going on; when the destructor returns, it is over and
//   nothing of it is left: the flood lives in a network namespace of its own, which ends with its thread, also when the
//   process is killed. What is refused: std::system_error that says what was attempted and which right it needs.
// Cost: for others, that is what it is for. Not for production machines.
// Source: perf_event_open(2), network_namespaces(7), Documentation/networking/scaling.rst (RPS).
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

namespace lln::jitter {

enum class DisturbanceKind {
  rival,   // a thread named lln-rival that wants the CPU half of the time, at nice -10 where that is granted
  timers,  // 50,000 timer interrupts a second (a software perf event; needs CAP_PERFMON)
  network  // received UDP packets: NET_RX softirqs (loopback and RPS in a namespace; needs CAP_SYS_ADMIN, two CPUs)
};

std::string_view to_string(DisturbanceKind kind) noexcept;

class Disturbance {
 public:
  // Throws std::system_error, and std::invalid_argument for a CPU that this process may not use.
  Disturbance(DisturbanceKind kind, int cpu);
  ~Disturbance();
  Disturbance(const Disturbance&) = delete;
  Disturbance& operator=(const Disturbance&) = delete;

 private:
  void start_rival(int cpu);
  void start_timers(int cpu);
  void start_network(int cpu);

  std::atomic<bool> stop_{false};
  std::thread thread_;
  int event_ = -1;
};

}  // namespace lln::jitter

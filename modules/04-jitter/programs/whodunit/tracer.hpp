// The BPF programs, loaded and attached for as long as this object lives.
//
// Threads: one. Undo: programs, links and maps belong to file descriptors of this process; the destructor closes them,
// and so does the kernel when the process ends in any other way, kill -9 included. Nothing is pinned.
#pragma once

#include <lln/jitter/attribution.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace lln::whodunit {

// What this process lacks to trace the kernel, in one sentence; empty when nothing.
std::string what_is_missing();

// The kernel refused: no right, no such feature, a sandbox. what() says what was attempted.
class CannotTrace : public std::system_error {
 public:
  using std::system_error::system_error;
};

struct TracerCost {
  std::uint64_t runs = 0;  // of BPF programs, on all CPUs
  std::uint64_t ns = 0;    // spent in them, as the kernel counts it
};

class Tracer {
 public:
  // Watches one CPU from now on. Throws CannotTrace.
  explicit Tracer(int cpu);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Moves what has been written so far to `events`, up to `most` events in it altogether.
  void read(std::vector<jitter::TraceEvent>& events, std::size_t most);
  // Events that are missing in the stream: no room in the kernel's buffer, or above `most`.
  std::uint64_t lost() const;
  TracerCost cost() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lln::whodunit

// What the operating system knows about this process and machine.
#pragma once

#include <cstdint>
#include <string>

namespace lln::app {

// Since the kernel started this process; up to 10 ms too much (the kernel's resolution). Milliseconds.
double process_age_ms();
std::uint64_t resident_bytes();

struct Machine {
  std::string cpu;
  int cores = 0;  // that this process may use
  std::string kernel;
  std::string governor;  // "none" where the kernel scales no frequency
  bool vm = false;
  std::string tsc;  // the clock source of the kernel, and whether the TSC is invariant
};
Machine machine();

struct Build {
  std::string compiler;
  std::string flags;
  std::string commit;  // "unknown" outside a git checkout
};
Build build();

std::string utc_now();  // 2026-01-31T12:34:56Z

}  // namespace lln::app

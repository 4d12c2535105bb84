// What a plan is made from and made of, and the system that it changes. Used by both files of exercise 04-04.
#pragma once

#include <string>
#include <vector>

namespace lln::exercise {

struct Irq {
  int number = 0;
  std::vector<int> cpus;  // on which it may be handled, ascending
  bool managed = false;   // the kernel has placed it and lets nobody else do so
};

// What was read from the machine.
struct Facts {
  std::vector<int> online;       // CPUs, ascending
  std::vector<int> isolated;     // those of them that the scheduler leaves alone (isolcpus)
  std::string governor;          // of cpufreq; empty: this machine has none
  std::string huge_pages;        // "always", "madvise" or "never"
  long rt_runtime_us = 950'000;  // real-time threads may have so much of each second; -1: all of it
  std::vector<Irq> irqs;         // by ascending number
};

enum class Verdict {
  keep,    // the present value is the advised one
  change,  // advised; can be applied
  refuse,  // would be good for latency, and can hang the machine, or the kernel does not let us
  absent   // the machine has no such setting
};

struct Item {
  std::string setting;  // "governor", "huge pages", "irq 42", "rt throttling"
  std::string path;     // the file that holds it
  std::string present;
  std::string advised;  // of `change` and `refuse`: what would have to be written; else as present
  Verdict verdict = Verdict::keep;
  std::string why;  // a sentence; never empty
};

// The machine, as far as applying and undoing touch it. All may throw std::system_error: the kernel refuses.
struct System {
  virtual ~System() = default;
  virtual std::string read(const std::string& path) = 0;
  virtual void write(const std::string& path, const std::string& value) = 0;

  // One file on the disk, which outlives a crash.
  virtual std::string journal() = 0;
  virtual void append_to_journal(
      const std::string& text) = 0;                // a crash in it may leave the first part of the text
  virtual void cut_journal(std::size_t size) = 0;  // keeps the first `size` bytes; happens or does not
};

}  // namespace lln::exercise

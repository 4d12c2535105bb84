// What an EchoServer has to say about its life: counters, how long requests took inside it, and what did not work.
#pragma once

#include <lln/app/echo/reason.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/histogram.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::app {

// Datagrams' way out, ns. Answers whose stamps are incomplete, or go backwards because a clock was set, are counted only.
struct EchoDepartures {
  // From the answer (server_tx) to its sent stamp: stack, queue, driver.
  latency::Histogram out{10'000'000'000};
  // From the request's receive stamp to the sent stamp.
  latency::Histogram through{10'000'000'000};
  std::uint64_t unstamped = 0;
  std::uint64_t backwards = 0;

  void add(const EchoDepartures& other);
};

struct EchoReport {
  std::uint64_t accepted = 0;   // connections
  std::uint64_t most_open = 0;  // at one time (of several threads: the sum of their greatest)
  std::uint64_t requests = 0;   // answered, streams and datagrams together
  std::uint64_t bytes = 0;      // of these requests, headers included
  std::uint64_t reads = 0;      // that brought something; requests / writes is how well answers were batched
  std::uint64_t writes = 0;
  std::uint64_t most_buffers = 0;  // in use at one time

  std::array<std::uint64_t, echo_reason_count> ended{};    // connections, by why they ended
  std::array<std::uint64_t, echo_reason_count> refused{};  // datagrams without an answer, by why
  std::uint64_t unsent = 0;                // answers that the kernel had no room for (datagrams)
  std::uint64_t cut_off = 0;               // connections still open when the time to drain was over
  std::chrono::nanoseconds drained_in{0};  // from stop() to the end

  // From the read that brought a request's last byte (or the stamp of EchoOptions) to its answer, ns.
  latency::Histogram service{10'000'000'000};
  // Datagrams without the stamp that was asked for: the program's clock stood in.
  std::uint64_t unstamped = 0;
  std::optional<EchoDepartures> departures;  // EchoOptions::departures

  std::vector<jitter::SetupStep> steps;  // what each thread asked of the machine, and whether it got it
  std::vector<std::string> notes;        // "io_uring: ..."

  std::uint64_t ended_by(EchoReason reason) const { return ended[static_cast<std::size_t>(reason)]; }
  std::uint64_t refused_by(EchoReason reason) const { return refused[static_cast<std::size_t>(reason)]; }
  void add(const EchoReport& other);
};

}  // namespace lln::app

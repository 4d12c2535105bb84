// StreamJudge: is an output stream (SPEC.md section 11) what this day makes a right handler publish? If not: the first
// difference, told with the message that it is about.
//
// A stream may hold snapshots (R) and losses (L): the books that are compared with follow the same way. What may not
// happen in a given test is for that test to say, by the counts.
//
// Threads: one. Allocates freely. Guarantees: any bytes are safe.
#pragma once

#include <lln/judge/day.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lln::judge {

struct StreamVerdict {
  std::string difference;       ///< several lines; empty: the stream is right as far as it goes
  std::string session;          ///< of the O record
  std::uint64_t records = 0;    ///< that were right
  std::uint64_t prices = 0;     ///< B
  std::uint64_t trades = 0;     ///< T
  std::uint64_t snapshots = 0;  ///< R
  std::uint64_t lost = 0;       ///< messages in L
  std::uint64_t next = 1;       ///< the first message that the stream has said nothing about
  bool ended = false;           ///< with E, after the last message of the day

  bool right() const noexcept { return difference.empty(); }
};

StreamVerdict judge_stream(const Day& day, std::span<const std::byte> stream);

/// Reads the file first. Throws std::system_error.
StreamVerdict judge_stream_file(const Day& day, const std::string& path);

}  // namespace lln::judge

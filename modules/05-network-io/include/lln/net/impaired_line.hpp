// A line with an Impairment in it: packets are put in at one end, and come out at the other when and if they should.
//
// Time is what the caller says it is: a test walks it by hand, a relay asks a clock. Packets come out by their due time,
// those of one time in the order in which they went in.
//
// Threads: one. Guarantees: put() and take() are noexcept, allocate nothing, and copy each packet once; O(log n) of the
// packets under way. A packet that finds the line full is dropped and counted, as is one too long for it.
#pragma once

#include <lln/net/impairment.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::net {

class ImpairedLine {
 public:
  using Time = Impairment::Time;

  struct Packet {
    std::span<const std::byte> bytes;
    std::uint32_t tag;  // what put() was given
    Time due;
  };

  // Room for so many packets at a time, each of at most so many bytes.
  ImpairedLine(const Impairment::Options& options, std::size_t capacity, std::size_t max_packet);

  // `overhead`: bytes of headers that take time on the link, and are not in `bytes`.
  void put(Time now, std::span<const std::byte> bytes, std::uint32_t tag = 0,
           std::size_t overhead = 0) noexcept;

  // The next packet that is due at `now`; valid until the next put().
  std::optional<Packet> take(Time now) noexcept;

  // When take() will have one; empty when none is under way.
  std::optional<Time> next_due() const noexcept;
  std::size_t under_way() const noexcept { return heap_.size(); }

  const Impairment::Counters& counters() const noexcept { return impairment_.counters(); }
  std::uint64_t too_many() const noexcept { return too_many_; }  // copies that found no room
  std::uint64_t too_long() const noexcept { return too_long_; }

 private:
  struct Entry {
    Time due;
    std::uint64_t order;
    std::uint32_t slot;
    std::uint32_t tag;
    std::size_t size;
    friend bool operator<(const Entry& a, const Entry& b) noexcept {  // the heap's top is the greatest
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };

  void keep(Time due, std::span<const std::byte> bytes, std::uint32_t tag) noexcept;

  Impairment impairment_;
  std::size_t max_packet_;
  std::vector<std::byte> storage_;
  std::vector<std::uint32_t> free_;
  std::vector<Entry> heap_;
  std::uint64_t order_ = 0;
  std::uint64_t too_many_ = 0;
  std::uint64_t too_long_ = 0;
};

}  // namespace lln::net

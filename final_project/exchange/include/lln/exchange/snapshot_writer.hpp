// A GLIMPSE snapshot in slices: the messages of feed::for_each_snapshot_message, a few at a time, so that publishing
// goes on meanwhile.
//
// Threads: one thread. The books must not change between construction and done(). Source: SPEC.md section 6.
#pragma once

#include <lln/feed/simple_book.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

namespace lln::exchange {

class SnapshotWriter {
 public:
  SnapshotWriter(const feed::SimpleBooks& books, std::uint64_t next_sequence);

  /// Appends SoupBinTCP packets until `to` holds at least `bytes` or the snapshot is complete.
  void append(std::vector<std::byte>& to, std::size_t bytes);
  bool done() const noexcept { return phase_ == Phase::done; }

 private:
  enum class Phase { event, directory, orders, end, done };

  void one(std::vector<std::byte>& to);
  void put(const feed::Message& message, std::vector<std::byte>& to) const;
  void begin_symbol();

  const feed::SimpleBooks& books_;
  std::uint64_t next_sequence_;
  std::vector<feed::Locate> locates_;
  Phase phase_ = Phase::event;
  std::size_t type_ = 0;   // of the directory phase
  std::size_t place_ = 0;  // in locates_
  feed::Symbol stock_{};
  std::list<feed::BookOrder>::const_iterator order_{};
};

}  // namespace lln::exchange

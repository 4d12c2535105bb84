// What lies behind the splice: messages become books (stages 1 and 3), and what the books tell becomes the output stream
// (SPEC.md section 11). The brief is in README.md.
#pragma once

#include <lln/app/output_stream.hpp>
#include <lln/project/book_types.hpp>
#include <lln/project/snapshot.hpp>

#include <cstdint>

namespace lln::project {

class BookSide final : public SnapshotSink {
 public:
  // output: where to publish; nullptr: nowhere.
  BookSide(const Capacity& capacity, app::OutputStream* output) {
    static_cast<void>(capacity);  // TODO 1
    static_cast<void>(output);
  }

  void on_message(std::uint64_t sequence, Message message) noexcept override {
    static_cast<void>(sequence);  // TODO 1
    static_cast<void>(message);
  }
  void on_end_of_session(std::uint64_t next) noexcept override {
    static_cast<void>(next);  // TODO 5
  }
  void on_snapshot_begin() noexcept override {}  // TODO 4
  void on_snapshot_message(Message message) noexcept override {
    static_cast<void>(message);  // TODO 4
  }
  void on_snapshot_end(std::uint64_t next) noexcept override {
    static_cast<void>(next);  // TODO 4
  }

  bool ended() const noexcept { return true; }  // TODO 5: here the day is over before it has begun
};

}  // namespace lln::project

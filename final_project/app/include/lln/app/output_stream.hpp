// OutputStream: writes what a handler publishes (SPEC.md section 11) to a file, a FIFO or /dev/fd/N.
//
// Threads: one writes. Guarantees: put() and flush() are noexcept and allocate nothing; put() makes a system call when
// the buffer is full only, once in 1,638 records. A write that fails is remembered, the records after it are dropped, and
// close() throws it: a full disk must not stop the books.
// A FIFO whose reader is slow makes flush() wait: give it a reader that only reads.
#pragma once

#include <lln/feed/output_stream.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lln::app {

class OutputStream {
 public:
  /// Creates the file, or empties it; a FIFO waits for its reader. Throws std::system_error.
  explicit OutputStream(const std::string& path);
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;
  ~OutputStream();

  /// One of the records of lln/feed/output_stream.hpp.
  template <class Record>
  void put(const Record& record) noexcept {
    if (used_ + feed::output_record_size > buffer_.size()) flush();
    feed::encode(record, feed::OutputBytes(&buffer_[used_], feed::output_record_size));
    used_ += feed::output_record_size;
    ++records_;
  }

  /// Hands on what has been put. For idle moments and for the end: on the hot path it would be a system call a record.
  void flush() noexcept;

  /// Flushes and closes; throws std::system_error for the first write that failed. The destructor does the same and is
  /// silent.
  void close();

  std::uint64_t records() const noexcept { return records_; }
  /// Nothing waits for a flush().
  bool flushed() const noexcept { return used_ == 0; }

 private:
  static constexpr std::size_t buffer_records = 1638;  // 64 KiB

  std::string path_;
  int fd_ = -1;
  int error_ = 0;  // errno of the first write that failed
  std::size_t used_ = 0;
  std::uint64_t records_ = 0;
  std::array<std::byte, buffer_records * feed::output_record_size>
      buffer_{};  // in use from the first page on
};

}  // namespace lln::app

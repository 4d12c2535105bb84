// BinaryFILE: ITCH messages in a file, each behind a 16-bit big-endian length; plain or gzip.
//
// Threads: one thread an object. Guarantees: reads in large chunks; next() returns views that last until the next call.
// Errors: std::system_error when the file cannot be opened, read or written; std::runtime_error naming file, record
// and offset when its content is wrong. A cross build has no zlib: gzip is then refused at run time.
// Source: SPEC.md section 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace lln::feed {

class BinaryFileReader {
 public:
  /// gzip is recognised by content, not by name.
  explicit BinaryFileReader(const std::filesystem::path& path);
  ~BinaryFileReader();
  BinaryFileReader(BinaryFileReader&&) noexcept;
  BinaryFileReader& operator=(BinaryFileReader&&) noexcept;

  /// The next record (1 to 65535 bytes), valid until the next call; false at the end of the file.
  /// Throws std::runtime_error at a record of length 0 or one that the file ends within.
  bool next(std::span<const std::byte>& message);

  std::uint64_t records() const noexcept;  ///< returned so far
  std::uint64_t offset() const noexcept;   ///< of the next record, in uncompressed bytes

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class BinaryFileWriter {
 public:
  /// Creates or empties the file; gzip when the name ends in ".gz".
  explicit BinaryFileWriter(const std::filesystem::path& path);
  ~BinaryFileWriter();  ///< closes; errors are lost: call close() to see them
  BinaryFileWriter(BinaryFileWriter&&) noexcept;
  BinaryFileWriter& operator=(BinaryFileWriter&&) noexcept;

  /// Throws std::invalid_argument unless the message has 1 to 65535 bytes.
  void write(std::span<const std::byte> message);
  /// Flushes and closes; nothing can be written afterwards.
  void close();

  std::uint64_t records() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lln::feed

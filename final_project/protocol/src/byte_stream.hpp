// A file of bytes, plain or gzip, behind one small interface: what BinaryFileReader and BinaryFileWriter stand on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace lln::feed {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills as much of `to` as the file still has; less than asked only at its end. Throws on errors.
  virtual std::size_t read(std::span<std::byte> to) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::span<const std::byte> bytes) = 0;
  virtual void close() = 0;
};

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& path);
std::unique_ptr<ByteSink> open_sink(const std::filesystem::path& path);

}  // namespace lln::feed

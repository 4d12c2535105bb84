#include "byte_stream.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#if defined(LLN_FEED_HAS_ZLIB)
#include <zlib.h>
#endif

namespace lln::feed {
namespace {

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* f) { std::fclose(f); })>;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

File open(const std::filesystem::path& path, const char* mode, const char* purpose) {
  errno = 0;
  File file(std::fopen(path.c_str(), mode));
  if (!file) fail(std::string(purpose) + " " + path.string());
  return file;
}

class PlainSource final : public ByteSource {
 public:
  PlainSource(File file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  std::size_t read(std::span<std::byte> to) override {
    const std::size_t got = std::fread(to.data(), 1, to.size(), file_.get());
    if (got < to.size() && std::ferror(file_.get())) fail("reading " + name_);
    return got;
  }

 private:
  File file_;
  std::string name_;
};

class PlainSink final : public ByteSink {
 public:
  PlainSink(File file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  void write(std::span<const std::byte> bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail("writing " + name_);
  }
  void close() override {
    if (file_ && std::fclose(file_.release()) != 0) fail("closing " + name_);
  }

 private:
  File file_;
  std::string name_;
};

#if defined(LLN_FEED_HAS_ZLIB)

using GzFile = std::unique_ptr<gzFile_s, decltype([](gzFile f) { gzclose(f); })>;

GzFile open_gz(const std::filesystem::path& path, const char* mode, const char* purpose) {
  errno = 0;
  GzFile file(gzopen(path.c_str(), mode));
  if (!file) fail(std::string(purpose) + " " + path.string());
  gzbuffer(file.get(), 1 << 18);
  return file;
}

class GzSource final : public ByteSource {
 public:
  explicit GzSource(const std::filesystem::path& path)
      : file_(open_gz(path, "rb", "opening")), name_(path.string()) {}
  std::size_t read(std::span<std::byte> to) override {
    const int got = gzread(file_.get(), to.data(), static_cast<unsigned>(to.size()));
    int error = Z_OK;
    const char* const text = gzerror(file_.get(), &error);
    // A file that was cut off gives what it has and leaves Z_BUF_ERROR behind.
    if (got < 0 || (error != Z_OK && error != Z_STREAM_END))
      throw std::runtime_error(name_ + ": the gzip data is damaged or cut off (" + text +
                               "). Fetch or make the file again.");
    return static_cast<std::size_t>(got);
  }

 private:
  GzFile file_;
  std::string name_;
};

class GzSink final : public ByteSink {
 public:
  explicit GzSink(const std::filesystem::path& path)
      : file_(open_gz(path, "wb6", "creating")), name_(path.string()) {}
  void write(std::span<const std::byte> bytes) override {
    if (bytes.empty()) return;
    errno = 0;
    if (gzwrite(file_.get(), bytes.data(), static_cast<unsigned>(bytes.size())) == 0)
      fail("writing " + name_);
  }
  void close() override {
    errno = 0;
    if (file_ && gzclose(file_.release()) != Z_OK) fail("closing " + name_);
  }

 private:
  GzFile file_;
  std::string name_;
};

std::unique_ptr<ByteSource> gz_source(const std::filesystem::path& path) {
  return std::make_unique<GzSource>(path);
}
std::unique_ptr<ByteSink> gz_sink(const std::filesystem::path& path) {
  return std::make_unique<GzSink>(path);
}

#else

[[noreturn]] void refuse_gzip(const std::filesystem::path& path) {
  throw std::runtime_error(
      path.string() +
      ": gzip is not available in this cross-compiled build. Use a file without compression.");
}
std::unique_ptr<ByteSource> gz_source(const std::filesystem::path& path) { refuse_gzip(path); }
std::unique_ptr<ByteSink> gz_sink(const std::filesystem::path& path) { refuse_gzip(path); }

#endif

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& path) {
  File file = open(path, "rb", "opening");
  struct stat status {};
  if (::fstat(::fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fail("opening " + path.string());
  }
  unsigned char magic[2]{};
  const bool gzip = std::fread(magic, 1, 2, file.get()) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  if (gzip) return gz_source(path);
  std::rewind(file.get());
  return std::make_unique<PlainSource>(std::move(file), path.string());
}

std::unique_ptr<ByteSink> open_sink(const std::filesystem::path& path) {
  if (path.extension() == ".gz") return gz_sink(path);
  return std::make_unique<PlainSink>(open(path, "wb", "creating"), path.string());
}

}  // namespace lln::feed

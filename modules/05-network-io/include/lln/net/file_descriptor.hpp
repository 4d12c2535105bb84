// The one owner of a file descriptor: closed when the owner goes, never twice, never copied.
//
// Threads: like an int; a descriptor that two threads use must outlive both.
// Guarantees: no allocation; one close(2) in the destructor. An error of close(2) is ignored: the descriptor
// is
//   gone either way on Linux, and nothing can be done about it.
// Source: close(2).
#pragma once

#include <unistd.h>

#include <utility>

namespace lln::net {

class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  // Takes ownership; a negative value means "none".
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~FileDescriptor() { reset(); }

  // The descriptor, or -1.
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  // Gives the descriptor away without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  // Closes what is owned and takes `fd` instead.
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace lln::net

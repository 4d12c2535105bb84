// SharedFile: a file in memory (/dev/shm/lln-NAME) that one process writes and others map.
//
// A publisher's file appears under its name whole, by a rename, and only when no other publisher holds the name: it
// carries a lock (flock) that the kernel takes away when the process dies, however it dies. What a dead publisher left
// is replaced; who had mapped the old one keeps it, unchanged, and can ask still_current(). A publisher that ends
// removes its file.
//
// Threads: none; set-up code. Errors: std::system_error or std::runtime_error in one sentence with the name.
// Source: flock(2), rename(2), shm_open(3), which opens files of the same folder.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <utility>

namespace lln::publishing {

class SharedFile {
 public:
  /// A new file of zeros, writable, not yet visible under its name. name: 1 to 64 letters, digits, '.', '_', '-'.
  static SharedFile create(const std::string& name, std::size_t bytes);
  /// Makes it visible: readable by whom `mode` lets (0644 for instance).
  void publish(mode_t mode);

  /// The file that is published under this name, read-only.
  static SharedFile open(const std::string& name);

  SharedFile(SharedFile&& other) noexcept;
  SharedFile& operator=(SharedFile&&) = delete;
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  ~SharedFile();

  /// The name still leads to this file: no other publisher has taken it, and ours has not ended.
  bool still_current() const noexcept;

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  const std::string& path() const noexcept { return path_; }

 private:
  explicit SharedFile(std::string path) : path_(std::move(path)) {}
  void map(int protection, int flags);

  std::string path_;
  std::string unpublished_;  // where it lies until publish()
  int fd_ = -1;
  int replaced_fd_ = -1;  // a dead publisher's file, locked until ours is in its place
  bool owner_ = false;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lln::publishing

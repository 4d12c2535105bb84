// The files of /proc and /sys, or of a copy of them under another root: what lln-tune reads and the only place where it
// writes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lln::tune {

class Tree {
 public:
  explicit Tree(std::filesystem::path root = "/") : root_(std::move(root)) {}

  // path: relative to the root ("proc/sys/vm/swappiness"). Without the newline at its end; nothing when there is no such
  // file or it cannot be read.
  std::optional<std::string> read(const std::string& path) const;

  // One write(2), as these files want it. Throws std::system_error naming the file.
  void write(const std::string& path, const std::string& value) const;

  // Names in a directory, sorted; none when it cannot be read.
  std::vector<std::string> names(const std::string& directory) const;

  std::filesystem::path full(const std::string& path) const { return root_ / path; }
  bool is_real() const { return root_ == "/"; }

 private:
  std::filesystem::path root_;
};

}  // namespace lln::tune

#include "tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace lln::tune {
namespace {

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::optional<std::string> Tree::read(const std::string& path) const {
  // Some files only say yes or block: what is no plain file is none of ours.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(full(path), ignored)) return {};
  const Descriptor file(full(path), O_RDONLY);
  if (file.get() < 0) return {};
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

void Tree::write(const std::string& path, const std::string& value) const {
  const auto fail = [&] { throw std::system_error(errno, std::generic_category(), full(path).string()); };
  const Descriptor file(full(path), O_WRONLY);
  if (file.get() < 0) fail();
  const std::string line = value + "\n";
  if (::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) fail();
  // For a copy of the tree; the kernel's own files have no length. Cut afterwards, so that it is never empty.
  (void)!::ftruncate(file.get(), static_cast<off_t>(line.size()));
}

std::vector<std::string> Tree::names(const std::string& directory) const {
  std::vector<std::string> result;
  std::error_code error;
  for (std::filesystem::directory_iterator at(full(directory), error), end; !error && at != end;
       at.increment(error))
    result.push_back(at->path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace lln::tune

#include <lln/feed/whole_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace lln::feed {
namespace {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path) : path_(std::move(path) + ".XXXXXX") {
    fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
  }
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool made() const { return fd_ >= 0; }

  bool write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  bool become(const std::string& path) {
    if (::fchmod(fd_, 0644) != 0 || ::fsync(fd_) != 0) return false;
    if (::close(std::exchange(fd_, -1)) != 0) return false;  // NFS and quotas report here
    if (::rename(path_.c_str(), path.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace

void write_file(const std::string& path, std::string_view text) {
  // A device such as /dev/stdout or /dev/full is written, not replaced.
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0;
    while (ok && !text.empty()) {
      const ssize_t written = ::write(fd, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      ok = written >= 0;
      if (ok) text.remove_prefix(static_cast<std::size_t>(written));
    }
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!ok) throw std::system_error(error, std::generic_category(), "cannot write " + path);
    return;
  }
  TemporaryFile file(path);
  if (!file.made() || !file.write(text) || !file.become(path)) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + path);
  }
}

}  // namespace lln::feed

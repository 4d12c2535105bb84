#include <lln/publishing/shared_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lln::publishing {
namespace {

constexpr const char* folder = "/dev/shm/";

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string path_of(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), allowed)) {
    throw std::invalid_argument("\"" + name +
                                "\" is no name for shared memory: 1 to 64 letters, digits, '.', '_', '-'");
  }
  return std::string(folder) + "lln-" + name;
}

bool same_file(int fd, const std::string& path) noexcept {
  struct stat ours {};
  struct stat named {};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

// The dead publisher's file under this path, locked; -1: there is none. Throws when its publisher lives.
int lock_what_is_left(const std::string& path) {
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) return -1;
    if (fd < 0) fail(errno, "cannot take the place of " + path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(fd);
      if (error == EWOULDBLOCK) {
        throw std::runtime_error("another process publishes as " + path + ": end it or choose another name");
      }
      fail(error, "cannot lock " + path);
    }
    // Only who holds the lock of the file that bears the name may replace it; meanwhile somebody else may have.
    if (same_file(fd, path)) return fd;
    ::close(fd);
  }
}

}  // namespace

SharedFile SharedFile::create(const std::string& name, std::size_t bytes) {
  SharedFile file(path_of(name));
  file.replaced_fd_ = lock_what_is_left(file.path_);
  std::string beside = file.path_ + "." + std::to_string(::getpid()) + ".new";
  ::unlink(beside.c_str());  // of an earlier process with our number
  file.fd_ = ::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file.fd_ < 0) fail(errno, "cannot create " + beside);
  file.unpublished_ = std::move(beside);
  if (::flock(file.fd_, LOCK_EX | LOCK_NB) != 0) fail(errno, "cannot lock " + file.unpublished_);
  // Takes the memory now: without it, a full /dev/shm would be a SIGBUS in the middle of the day.
  if (const int error = ::posix_fallocate(file.fd_, 0, static_cast<off_t>(bytes)); error != 0) {
    fail(error, "cannot get " + std::to_string(bytes) + " bytes of shared memory for " + file.path_);
  }
  file.size_ = bytes;
  file.map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE);
  return file;
}

void SharedFile::publish(mode_t mode) {
  if (::fchmod(fd_, mode) != 0) fail(errno, "cannot set the mode of " + path_);
  const bool replaces = replaced_fd_ >= 0;
  struct stat left {};
  if (replaces && ::fstat(replaced_fd_, &left) != 0) fail(errno, "cannot look at " + path_);
  if (::renameat2(AT_FDCWD, unpublished_.c_str(), AT_FDCWD, path_.c_str(), replaces ? 0 : RENAME_NOREPLACE) !=
      0) {
    if (errno == EEXIST) throw std::runtime_error("another process has just begun to publish as " + path_);
    fail(errno, replaces ? "cannot replace what a dead publisher of user " + std::to_string(left.st_uid) +
                               " left as " + path_
                         : "cannot publish " + path_);
  }
  unpublished_.clear();
  owner_ = true;
  if (replaces) ::close(std::exchange(replaced_fd_, -1));
}

SharedFile SharedFile::open(const std::string& name) {
  SharedFile file(path_of(name));
  file.fd_ = ::open(file.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file.fd_ < 0 && errno == ENOENT) {
    throw std::runtime_error("nobody publishes as " + name + ": " + file.path_ + " does not exist");
  }
  struct stat status {};
  if (file.fd_ < 0) {
    const int error = errno;
    const bool seen = ::stat(file.path_.c_str(), &status) == 0;
    fail(error, "cannot read " + file.path_ +
                    (seen ? ", which belongs to user " + std::to_string(status.st_uid) : std::string()));
  }
  if (::fstat(file.fd_, &status) != 0) fail(errno, "cannot look at " + file.path_);
  file.size_ = static_cast<std::size_t>(status.st_size);
  if (file.size_ == 0) throw std::runtime_error(file.path_ + " is empty");
  file.map(PROT_READ, MAP_SHARED);
  return file;
}

void SharedFile::map(int protection, int flags) {
  void* memory = ::mmap(nullptr, size_, protection, flags, fd_, 0);
  if (memory == MAP_FAILED) fail(errno, "cannot map " + path_);
  data_ = static_cast<std::byte*>(memory);
}

bool SharedFile::still_current() const noexcept { return same_file(fd_, path_); }

SharedFile::SharedFile(SharedFile&& other) noexcept
    : path_(std::move(other.path_)),
      unpublished_(std::exchange(other.unpublished_, {})),
      fd_(std::exchange(other.fd_, -1)),
      replaced_fd_(std::exchange(other.replaced_fd_, -1)),
      owner_(std::exchange(other.owner_, false)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedFile::~SharedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
  if (!unpublished_.empty()) ::unlink(unpublished_.c_str());
  // Our lock is still held: nobody can have put another file there between the look and the removal.
  if (owner_ && still_current()) ::unlink(path_.c_str());
  if (fd_ >= 0) ::close(fd_);
  if (replaced_fd_ >= 0) ::close(replaced_fd_);
}

}  // namespace lln::publishing

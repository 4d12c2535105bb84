#include <lln/app/output_stream.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lln::app {

OutputStream::OutputStream(const std::string& path) : path_(path) {
  do {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot publish to " + path);
}

OutputStream::~OutputStream() {
  if (fd_ < 0) return;
  flush();
  ::close(fd_);
}

void OutputStream::flush() noexcept {
  for (std::size_t done = 0; done < used_ && error_ == 0;) {
    const ssize_t written = ::write(fd_, &buffer_[done], used_ - done);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  used_ = 0;
}

void OutputStream::close() {
  if (fd_ < 0) return;
  flush();
  if (::close(fd_) != 0 && error_ == 0) error_ = errno;
  fd_ = -1;
  if (error_ != 0) throw std::system_error(error_, std::generic_category(), "cannot write " + path_);
}

}  // namespace lln::app

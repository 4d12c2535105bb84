#include "journal.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace lln::tune {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string line_of(const Entry& entry) {
  const nlohmann::ordered_json json{
      {"item", entry.item}, {"path", entry.path}, {"before", entry.before}, {"after", entry.after}};
  return json.dump() + "\n";
}

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail(path.string());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(fd_); }

  off_t size() const {
    struct stat info {};
    return ::fstat(fd_, &info) == 0 ? info.st_size : 0;
  }
  void write_and_sync(const std::string& text) {
    const off_t before = size();
    if (::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd_) == 0)
      return;
    const int error = errno != 0 ? errno : ENOSPC;
    (void)!::ftruncate(fd_, before);  // half a line would do no harm, but none is clearer
    errno = error;
    fail(path_.string());
  }
  void sync() {
    if (::fsync(fd_) != 0) fail(path_.string());
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

// A new name is on disk only when its directory is.
void sync_directory(const std::filesystem::path& file) {
  File(file.parent_path(), O_RDONLY | O_DIRECTORY).sync();
}

}  // namespace

Journal::Journal(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code error;
  if (std::filesystem::exists(file_, error) && !std::filesystem::is_regular_file(file_, error))
    throw std::runtime_error("the undo journal " + file_.string() + " is no plain file; nothing was changed");
  std::filesystem::create_directories(file_.parent_path(), error);
  const std::string lock = file_.string() + ".lock";
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0)
    throw std::runtime_error("cannot keep the undo journal in " + file_.parent_path().string() + ": " +
                             std::strerror(errno) + "; nothing was changed");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw std::runtime_error("another lln-tune is at work with " + file_.string() + "; wait for it");
  }
}

Journal::~Journal() { ::close(lock_); }

std::vector<Entry> Journal::read(const std::filesystem::path& file) {
  std::vector<Entry> entries;
  if (!std::filesystem::is_regular_file(file)) return entries;  // a device may have no end
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (in.eof()) break;  // no end of line: never finished
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded() || !json.is_object())
      throw std::runtime_error(file.string() + ": line " + std::to_string(entries.size() + 1) +
                               " is no entry of a journal: " + line);
    entries.push_back(
        {json.value("item", ""), json.value("path", ""), json.value("before", ""), json.value("after", "")});
  }
  return entries;
}

void Journal::append(const Entry& entry) {
  const bool is_new = !std::filesystem::exists(file_);
  File file(file_, O_WRONLY | O_CREAT | O_APPEND);
  std::string line = line_of(entry);
  // Behind half a line of a machine that stopped, a new one begins.
  if (file.size() > 0) {
    std::ifstream in(file_, std::ios::binary);
    in.seekg(-1, std::ios::end);
    if (in.get() != '\n') {
      keep(entries());
      return append(entry);
    }
  }
  file.write_and_sync(line);
  if (is_new) sync_directory(file_);
}

void Journal::keep(const std::vector<Entry>& entries) {
  if (entries.empty()) {
    std::filesystem::remove(file_);
  } else {
    const std::filesystem::path next = file_.string() + ".new";
    std::string text;
    for (const Entry& entry : entries) text += line_of(entry);
    {
      File file(next, O_WRONLY | O_CREAT | O_TRUNC);
      file.write_and_sync(text);
    }
    std::filesystem::rename(next, file_);
  }
  sync_directory(file_);
}

}  // namespace lln::tune

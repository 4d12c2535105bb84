// What lln-tune has changed, on disk before it is changed: one JSON object a line.
//
// A line that has no end, because the machine stopped while it was written, belongs to a change that was never made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lln::tune {

struct Entry {
  std::string item;
  std::string path;  // below the root
  std::string before;
  std::string after;
};

class Journal {
 public:
  // Makes the directory, and takes the lock beside the file; throws std::runtime_error, in one sentence, when another
  // lln-tune has it or the place cannot be written.
  explicit Journal(std::filesystem::path file);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // What stands there, oldest first. For reading alone no lock is needed.
  static std::vector<Entry> read(const std::filesystem::path& file);
  std::vector<Entry> entries() const { return read(file_); }

  // On disk when it returns. Throws std::system_error; then nothing of the entry remains.
  void append(const Entry& entry);

  // Leaves these only; none: the file goes. On disk when it returns.
  void keep(const std::vector<Entry>& entries);

  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  int lock_ = -1;
};

}  // namespace lln::tune

#include "run_program.hpp"

#include <lln/net/file_descriptor.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace lln::net {
namespace {

// Where ip(8) and its kin live, also for users whose PATH has no /usr/sbin.
const char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", nullptr};
const char* const folders[] = {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};

std::string path_of(const std::string& program) {
  for (const char* folder : folders) {
    if (const std::string path = folder + program; ::access(path.c_str(), X_OK) == 0) return path;
  }
  throw std::runtime_error("the program '" + program + "' is not installed");
}

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void open(int as, const char* path, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, as, path, flags, 0);
  }
  // The same number twice: the descriptor survives exec.
  void copy(int from, int as) { ::posix_spawn_file_actions_adddup2(&actions_, from, as); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// A process group of its own: Ctrl-C means whoever started it, who then ends it in order.
class OwnGroup {
 public:
  OwnGroup() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
  }
  ~OwnGroup() { ::posix_spawnattr_destroy(&attributes_); }
  OwnGroup(const OwnGroup&) = delete;
  OwnGroup& operator=(const OwnGroup&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

void run_program(const std::vector<std::string>& words, int inherited) {
  std::string command;
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    command += (command.empty() ? "" : " ") + word;
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "making a pipe");
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  FileActions actions;
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDOUT_FILENO, "/dev/null", O_WRONLY);
  actions.copy(to.get(), STDERR_FILENO);
  if (inherited >= 0) actions.copy(inherited, inherited);

  const OwnGroup group;
  pid_t child = 0;
  const int error = ::posix_spawn(&child, path_of(words.front()).c_str(), actions.get(), group.get(),
                                  arguments.data(), const_cast<char* const*>(environment));
  if (error != 0) throw std::system_error(error, std::generic_category(), "running '" + command + "'");
  to.reset();
  std::string said;
  char part[512];
  for (ssize_t size; (size = ::read(from.get(), part, sizeof part)) > 0 || (size < 0 && errno == EINTR);)
    if (size > 0) said.append(part, static_cast<std::size_t>(size));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("'" + command + "' failed: " + (said.empty() ? "without a word" : said));
}

}  // namespace lln::net

// The test program, started once more under callgrind.
#include <lln/testkit/detail/run.hpp>
#include <lln/testkit/instructions.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LLN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LLN_SANITIZED 1
#endif
#endif

#if defined(LLN_SANITIZED)

namespace lln::testkit {

InstructionCounts count_instructions(const std::vector<std::function<void()>>& functions) {
  for (const auto& function : functions) function();
  return {{}, "instructions are counted in lane release only: valgrind cannot run a sanitized program"};
}

}  // namespace lln::testkit

#else

// Callgrind counts inside this function, by its name, and writes the count whenever it is left.
extern "C" {
[[gnu::noinline, gnu::used]] void lln_testkit_counted(const std::function<void()>* function);
void lln_testkit_counted(const std::function<void()>* function) {
  (*function)();
  asm volatile("" ::: "memory");  // no tail call: it would leave this function before the work begins
}
}

namespace lln::testkit {
namespace {

constexpr const char* under_callgrind = "LLN_UNDER_CALLGRIND";

InstructionCounts not_counted(std::string why_not) { return {{}, std::move(why_not)}; }

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "lln-callgrind-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    }
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The line "totals: 1234" of a profile; 0 when there is none.
std::uint64_t total_of(const std::filesystem::path& profile) {
  std::ifstream in(profile);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("totals:", 0) == 0) return std::strtoull(line.c_str() + 7, nullptr, 10);
  }
  return 0;
}

// What valgrind said last, without its "==1234== " before each line.
std::string last_words_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("==", 0) == 0) line.erase(0, std::min(line.find("== ") + 3, line.size()));
    if (!line.empty()) last = line;
  }
  return last;
}

// The exit code, or -1 when the program cannot be started or was ended by a signal.
int run_and_wait(std::vector<std::string> words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  char mark[] = "LLN_UNDER_CALLGRIND=1";
  std::string seed = "LLN_SEED=" + std::to_string(detail::run_seed());
  environment.push_back(mark);
  environment.push_back(seed.data());
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

InstructionCounts count_instructions(const std::vector<std::function<void()>>& functions) {
  const bool counting = std::getenv(under_callgrind) != nullptr;
  for (const auto& function : functions) {
    if (counting) {
      lln_testkit_counted(&function);
    } else {
      function();
    }
  }
  if (counting) ::_exit(0);
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  const ScratchDirectory scratch;
  const auto profile = scratch.file("profile");
  const auto output = scratch.file("output");
  if (run_and_wait({"valgrind", "--version"}, output) != 0) {
    return not_counted(
        "valgrind, which counts instructions, is not installed (sudo apt-get install valgrind)");
  }
  // Without its debug information, which an older valgrind may not understand; it is not needed here.
  const std::string itself = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string stripped = scratch.file("program").string();
  const bool bare = run_and_wait({"objcopy", "--strip-debug", itself, stripped}, output) == 0;
  const int code =
      run_and_wait({"valgrind", "--tool=callgrind", "--vgdb=no", "--collect-atstart=no",
                    "--toggle-collect=lln_testkit_counted", "--dump-after=lln_testkit_counted",
                    "--callgrind-out-file=" + profile.string(), bare ? stripped : itself,
                    std::string("--gtest_filter=") + test->test_suite_name() + '.' + test->name()},
                   output);
  InstructionCounts result;
  for (std::size_t i = 1; code == 0 && i <= functions.size(); ++i) {
    result.counts.push_back(total_of(profile.string() + '.' + std::to_string(i)));
    if (result.counts.back() == 0) result.counts.clear(), i = functions.size();
  }
  if (!result) result.why_not = "the program does not run under valgrind here: " + last_words_of(output);
  return result;
}

}  // namespace lln::testkit

#endif

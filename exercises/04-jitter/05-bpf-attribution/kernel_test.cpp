// The same in the kernel: compiled by clang, loaded through libbpf, run by BPF_PROG_TEST_RUN; not attached to anything.
#include <lln/testkit/testkit.hpp>

#include <attribution.h>
#include <dlfcn.h>
#include <linux/bpf.h>
#include <recorded.hpp>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace kernel_test {
namespace {

using lln::exercise::notes_on_attribution;
using lln::exercise::Recording;
using lln::exercise::told;
using lln::testkit::Story;

long bpf(int command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

__u64 address(const void* memory) { return reinterpret_cast<__u64>(memory); }

// Output of a command, and whether it succeeded.
std::pair<bool, std::string> run(const std::string& command) {
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {false, "no shell"};
  std::string output;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  return {::pclose(pipe) == 0, output};
}

std::string find_clang() {
  for (const char* name :
       {"clang", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14"}) {
    if (run(std::string("command -v ") + name).first) return name;
  }
  return {};
}

// What libbpf is needed for: to open an object, and to have the kernel verify its programs.
struct Libbpf {
  void* library = ::dlopen("libbpf.so.1", RTLD_NOW);
  template <class Function>
  Function* find(const char* name) const {
    return reinterpret_cast<Function*>(::dlsym(library, name));
  }
};

// The verifier's last words are at the end of its log, behind thousands of lines.
std::string verifier_log;
int keep_log(int, const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(static_cast<std::size_t>(std::max(size, 0)) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, arguments);
  text.pop_back();
  verifier_log += text;
  if (verifier_log.size() > 2000) verifier_log.erase(0, verifier_log.size() - 2000);
  return 0;
}

// Empty when this process may load a program of two instructions, and the kernel runs it.
std::string why_not_permitted() {
  const bpf_insn program[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = address(program);
  attributes.insn_cnt = 2;
  attributes.license = address("GPL");
  const long loaded = bpf(BPF_PROG_LOAD, attributes);
  if (loaded < 0)
    return "this process may not load BPF programs (" + std::generic_category().message(errno) + ")";
  attributes = {};
  const std::array<__u64, 3> context{};
  attributes.test.prog_fd = static_cast<__u32>(loaded);
  attributes.test.ctx_in = address(context.data());
  attributes.test.ctx_size_in = sizeof context;
  const bool runs = bpf(BPF_PROG_TEST_RUN, attributes) == 0;
  ::close(static_cast<int>(loaded));
  return runs ? "" : "this kernel has no BPF_PROG_TEST_RUN for raw tracepoints (Linux 5.10 has)";
}

class InTheKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_permitted(); !reason.empty()) GTEST_SKIP() << reason;
    clang_ = find_clang();
    if (clang_.empty()) GTEST_SKIP() << "there is no clang (apt: clang)";
    if (!std::filesystem::exists("/usr/include/bpf/bpf_helpers.h"))
      GTEST_SKIP() << "no headers of libbpf (apt: libbpf-dev)";
    if (libbpf_.library == nullptr) GTEST_SKIP() << "there is no libbpf.so.1 (apt: libbpf1)";
  }

  void TearDown() override {
    if (object_ != nullptr) libbpf_.find<void(void*)>("bpf_object__close")(object_);
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // False, and the story is told why, when it does not compile or the verifier refuses it.
  bool load(Story& story) {
    std::string name = (std::filesystem::temp_directory_path() / "attribution-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "making " + name);
    folder_ = name;
    const std::string object = name + "/attribution.bpf.o";
    const std::filesystem::path here = std::filesystem::path(__FILE__).parent_path();
    const std::filesystem::path candidate = std::filesystem::path(lln_attribution_file()).parent_path();
    story.step("clang compiles it for the kernel");
    // Debian keeps <asm/types.h> in a folder of the architecture, which -target bpf does not know.
    const auto [compiled, message] =
        run(clang_ + " -target bpf -O2 -g -Wall -idirafter /usr/include/$(uname -m)-linux-gnu -I'" +
            candidate.string() + "' -I'" + here.string() + "' -c '" + (here / "attribution.bpf.c").string() +
            "' -o '" + object + "'");
    if (!compiled) {
      story.fail("clang refuses it:\n" + message);
      return false;
    }
    story.step("the kernel's verifier reads it");
    libbpf_.find<void*(int (*)(int, const char*, va_list))>("libbpf_set_print")(keep_log);
    object_ = libbpf_.find<void*(const char*, const void*)>("bpf_object__open_file")(object.c_str(), nullptr);
    if (object_ == nullptr || libbpf_.find<int(void*)>("bpf_object__load")(object_) != 0) {
      story.fail("the verifier refuses it; the end of its log:\n" + verifier_log);
      return false;
    }
    const auto map = libbpf_.find<int(const void*, const char*)>("bpf_object__find_map_fd_by_name");
    states_ = map(object_, "states");
    verdicts_ = map(object_, "verdicts");
    note_ = program("note");
    judge_ = program("judge");
    return true;
  }

  std::string verdict_on(const std::vector<lln_event>& events, __u64 start, __u64 end) {
    const __u32 first = 0;
    const lln_state state = lln::exercise::at_the_start(1000);
    bpf_attr attributes{};
    attributes.map_fd = static_cast<__u32>(states_);
    attributes.key = address(&first);
    attributes.value = address(&state);
    check(bpf(BPF_MAP_UPDATE_ELEM, attributes), "writing the state");
    for (const lln_event& event : events) test_run(note_, {event.time, event.kind, event.id});
    test_run(judge_, {start, end, 0});
    lln_verdict verdict{};
    attributes.map_fd = static_cast<__u32>(verdicts_);
    attributes.value = address(&verdict);
    check(bpf(BPF_MAP_LOOKUP_ELEM, attributes), "reading the verdict");
    return told(verdict);
  }

 private:
  static void check(long result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  int program(const char* name) const {
    void* const found =
        libbpf_.find<void*(const void*, const char*)>("bpf_object__find_program_by_name")(object_, name);
    return libbpf_.find<int(const void*)>("bpf_program__fd")(found);
  }
  static void test_run(int program, const std::array<__u64, 3>& arguments) {
    bpf_attr attributes{};
    attributes.test.prog_fd = static_cast<__u32>(program);
    attributes.test.ctx_in = address(arguments.data());
    attributes.test.ctx_size_in = sizeof arguments;
    check(bpf(BPF_PROG_TEST_RUN, attributes), "BPF_PROG_TEST_RUN");
  }

  Libbpf libbpf_;
  std::string clang_;
  std::filesystem::path folder_;
  void* object_ = nullptr;
  int states_ = -1;
  int verdicts_ = -1;
  int note_ = -1;
  int judge_ = -1;
};

TEST_F(InTheKernel, TheSameVerdicts) {
  Story story("the recorded events, in the kernel");
  story.notes(notes_on_attribution)
      .think("the verifier knows nothing of your invariants: what does it see of each index?");
  if (!load(story)) return;
  for (const Recording& recording : lln::exercise::recordings()) {
    story.step(recording.name);
    story.expect(verdict_on(recording.events, recording.start, recording.end))
        .equals(recording.verdict)
        .named("the verdict");
  }
  story.step("40 spans, of which 16 are kept");
  story.expect(verdict_on(lln::exercise::one_after_another(40), 26'000, 26'100))
      .equals("thread 25, 100 ns, complete")
      .named("the oldest that is kept");
}

}  // namespace
}  // namespace kernel_test

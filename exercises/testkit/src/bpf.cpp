#include <lln/testkit/bpf.hpp>
#include <lln/testkit/story.hpp>

#include <dlfcn.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace lln::testkit {
namespace {

long bpf(int command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

__u64 address(const void* memory) { return reinterpret_cast<__u64>(memory); }

void check(long result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

// Whether a command succeeded, and its output.
std::pair<bool, std::string> run_command(const std::string& command) {
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
    if (run_command(std::string("command -v ") + name).first) return name;
  }
  return {};
}

// A function of libbpf; the library is opened once and stays.
template <class Function>
Function* libbpf(const char* name) {
  static void* const library = ::dlopen("libbpf.so.1", RTLD_NOW);
  return library == nullptr ? nullptr : reinterpret_cast<Function*>(::dlsym(library, name));
}

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

// Empty when the kernel takes a program of two instructions.
std::string why_not_permitted(std::uint32_t program_type) {
  const bpf_insn program[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_attr attributes{};
  attributes.prog_type = program_type;
  attributes.insns = address(program);
  attributes.insn_cnt = 2;
  attributes.license = address("GPL");
  const long loaded = bpf(BPF_PROG_LOAD, attributes);
  if (loaded < 0)
    return "this process may not load BPF programs (" + std::generic_category().message(errno) + ")";
  // Packets are run by every kernel that has XDP; raw tracepoints since Linux 5.10.
  attributes = {};
  const std::array<__u64, 3> context{};
  attributes.test.prog_fd = static_cast<__u32>(loaded);
  attributes.test.ctx_in = address(context.data());
  attributes.test.ctx_size_in = sizeof context;
  const bool runs = program_type != BPF_PROG_TYPE_RAW_TRACEPOINT || bpf(BPF_PROG_TEST_RUN, attributes) == 0;
  ::close(static_cast<int>(loaded));
  return runs ? "" : "this kernel has no BPF_PROG_TEST_RUN for raw tracepoints (Linux 5.10 has)";
}

}  // namespace

std::string why_no_bpf(std::uint32_t program_type) {
  if (std::string reason = why_not_permitted(program_type); !reason.empty()) return reason;
  if (find_clang().empty()) return "there is no clang (apt: clang)";
  if (!std::filesystem::exists("/usr/include/bpf/bpf_helpers.h"))
    return "no headers of libbpf (apt: libbpf-dev)";
  if (libbpf<void(void*)>("bpf_object__close") == nullptr) return "there is no libbpf.so.1 (apt: libbpf1)";
  return {};
}

BpfObject::~BpfObject() {
  if (object_ != nullptr) libbpf<void(void*)>("bpf_object__close")(object_);
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

bool BpfObject::load(Story& story, const std::string& source, const std::vector<std::string>& folders,
                     std::source_location where) {
  folder_ = (std::filesystem::temp_directory_path() / "lln-bpf-XXXXXX").string();
  if (::mkdtemp(folder_.data()) == nullptr) check(-1, "making a folder " + std::exchange(folder_, ""));
  const std::string object = folder_ + "/program.o";
  story.step("clang compiles it for the kernel");
  // Debian keeps <asm/types.h> in a folder of the architecture, which -target bpf does not know.
  std::string command =
      find_clang() + " -target bpf -O2 -g -Wall -idirafter /usr/include/$(uname -m)-linux-gnu";
  for (const std::string& folder : folders) command += " -I'" + folder + "'";
  const auto [compiled, message] = run_command(command + " -c '" + source + "' -o '" + object + "'");
  if (!compiled) {
    story.fail("clang refuses it:\n" + message, where);
    return false;
  }
  story.step("the kernel's verifier reads it");
  verifier_log.clear();
  libbpf<void*(int (*)(int, const char*, va_list))>("libbpf_set_print")(keep_log);
  object_ = libbpf<void*(const char*, const void*)>("bpf_object__open_file")(object.c_str(), nullptr);
  if (object_ == nullptr || libbpf<int(void*)>("bpf_object__load")(object_) != 0) {
    story.fail("the verifier refuses it; the end of its log:\n" + verifier_log, where);
    return false;
  }
  return true;
}

int BpfObject::descriptor(const char* map) const {
  const int found = libbpf<int(const void*, const char*)>("bpf_object__find_map_fd_by_name")(object_, map);
  if (found < 0)
    throw std::system_error(-found, std::generic_category(), std::string("finding the map ") + map);
  return found;
}

void BpfObject::write(const char* map, const void* value) const {
  const __u32 first = 0;
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(descriptor(map));
  attributes.key = address(&first);
  attributes.value = address(value);
  check(bpf(BPF_MAP_UPDATE_ELEM, attributes), std::string("writing the map ") + map);
}

void BpfObject::read(const char* map, void* value) const {
  const __u32 first = 0;
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(descriptor(map));
  attributes.key = address(&first);
  attributes.value = address(value);
  check(bpf(BPF_MAP_LOOKUP_ELEM, attributes), std::string("reading the map ") + map);
}

int BpfObject::program(const char* name) const {
  void* const found =
      libbpf<void*(const void*, const char*)>("bpf_object__find_program_by_name")(object_, name);
  if (found == nullptr)
    throw std::system_error(ENOENT, std::generic_category(), std::string("finding the program ") + name);
  return libbpf<int(const void*)>("bpf_program__fd")(found);
}

std::uint32_t BpfObject::run(const char* program, const void* packet, std::size_t bytes) const {
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<__u32>(this->program(program));
  attributes.test.data_in = address(packet);
  attributes.test.data_size_in = static_cast<__u32>(bytes);
  check(bpf(BPF_PROG_TEST_RUN, attributes), std::string("BPF_PROG_TEST_RUN of ") + program);
  return attributes.test.retval;
}

std::uint32_t BpfObject::run_with_context(const char* program, const void* context, std::size_t bytes) const {
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<__u32>(this->program(program));
  attributes.test.ctx_in = address(context);
  attributes.test.ctx_size_in = static_cast<__u32>(bytes);
  check(bpf(BPF_PROG_TEST_RUN, attributes), std::string("BPF_PROG_TEST_RUN of ") + program);
  return attributes.test.retval;
}

}  // namespace lln::testkit

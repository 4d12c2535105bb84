// Programs that the verifier lets in, and one that it does not. Needs the right to load BPF programs; skips without.
#include <lln/testkit/bpf.hpp>
#include <lln/testkit/testkit.hpp>

#include <gtest/gtest-spi.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace {

using lln::testkit::BpfObject;
using lln::testkit::Story;

class Bpf : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = lln::testkit::why_no_bpf(BPF_PROG_TYPE_XDP); !why.empty())
      GTEST_SKIP() << why;
    folder_ = (std::filesystem::temp_directory_path() / "lln-bpf-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // A program that counts its runs in a map, and returns `value`.
  std::string source(const std::string& value) const {
    const std::string file = folder_ + "/program.bpf.c";
    std::ofstream(file) << R"(#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "Dual MIT/GPL";
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} runs SEC(".maps");
SEC("xdp")
int program(struct xdp_md* frame) {
  __u32 first = 0;
  __u64* count = bpf_map_lookup_elem(&runs, &first);
  const unsigned char* data = (const unsigned char*)(long)frame->data;
  const unsigned char* end = (const unsigned char*)(long)frame->data_end;
  if (count) *count += 1;
  return )" << value << ";\n}\n";
    return file;
  }

  std::string folder_;
};

TEST_F(Bpf, RunsOnAPacketAndKeepsItsMap) {
  Story story("a program returns the packet's first byte");
  BpfObject object;
  ASSERT_TRUE(object.load(story, source("data + 1 > end ? 99 : data[0]"), {folder_}));
  const std::uint64_t before = 40;
  object.write("runs", &before);
  std::array<unsigned char, 64> packet{};
  packet[0] = 7;
  EXPECT_EQ(object.run("program", packet.data(), packet.size()), 7U);
  EXPECT_EQ(object.run("program", packet.data(), packet.size()), 7U);
  std::uint64_t after = 0;
  object.read("runs", &after);
  EXPECT_EQ(after, 42U);
  EXPECT_THROW(object.run("other", packet.data(), packet.size()), std::system_error);
  EXPECT_THROW(object.read("other", &after), std::system_error);
}

TEST_F(Bpf, TellsWhatTheVerifierSays) {
  const std::string file = source("data[0]");
  EXPECT_NONFATAL_FAILURE(
      {
        Story story("a program reads a byte that may not be there");
        BpfObject object;
        static_cast<void>(object.load(story, file, {}));
      },
      "invalid access to packet");
}

TEST_F(Bpf, TellsWhatClangSays) {
  const std::string file = source("no_such_name");
  EXPECT_NONFATAL_FAILURE(
      {
        Story story("a program that is none");
        BpfObject object;
        static_cast<void>(object.load(story, file, {}));
      },
      "no_such_name");
}

}  // namespace

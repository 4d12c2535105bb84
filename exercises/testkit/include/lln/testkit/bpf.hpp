// BPF programs in tests: compiled by clang, read by the kernel's verifier, run by BPF_PROG_TEST_RUN. Nothing is attached, and
// all is gone with the object.
//
//   if (const std::string why = why_no_bpf(BPF_PROG_TYPE_XDP); !why.empty()) GTEST_SKIP() << why;
//   BpfObject object;
//   if (!object.load(story, "filter.bpf.c", {candidate, here})) return;   // the story has failed, with clang's or the verifier's words
//   object.write("states", &state, sizeof state);
//   story.expect(object.run("filter", frame, size)).equals(XDP_PASS);
//
// libbpf is opened when it is needed: a test program that skips runs without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

namespace lln::testkit {

class Story;

// Empty when this process may load programs of this type (bpf_prog_type) and has what load() needs; else one sentence.
std::string why_no_bpf(std::uint32_t program_type);

// The functions but load() throw std::system_error where the kernel refuses.
class BpfObject {
 public:
  BpfObject() = default;
  ~BpfObject();
  BpfObject(const BpfObject&) = delete;
  BpfObject& operator=(const BpfObject&) = delete;

  // The folders are for #include, the first one first. False, and the story has failed, when clang or the verifier refuses it.
  bool load(Story& story, const std::string& source, const std::vector<std::string>& folders,
            std::source_location where = std::source_location::current());

  // The one element of an array map.
  void write(const char* map, const void* value) const;
  void read(const char* map, void* value) const;

  // One run, on a packet or on a context (the arguments of a raw tracepoint): what the program returns.
  std::uint32_t run(const char* program, const void* packet, std::size_t bytes) const;
  std::uint32_t run_with_context(const char* program, const void* context, std::size_t bytes) const;

 private:
  int descriptor(const char* map) const;
  int program(const char* name) const;

  std::string folder_;
  void* object_ = nullptr;
};

}  // namespace lln::testkit

// The same in the kernel: compiled by clang, loaded through libbpf, run by BPF_PROG_TEST_RUN; not attached to any device.
#include <lln/testkit/bpf.hpp>
#include <lln/testkit/testkit.hpp>

#include <frames.hpp>
#include <xdp_filter.h>

namespace kernel_test {
namespace {

using lln::exercise::Bytes;
using lln::exercise::Frame;
using lln::testkit::BpfObject;
using lln::testkit::Story;

std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/')); }

TEST(InTheKernel, TheSameOutcomes) {
  if (const std::string why = lln::testkit::why_no_bpf(BPF_PROG_TYPE_XDP); !why.empty()) GTEST_SKIP() << why;
  Story story("the same frames, in the kernel");
  story.notes(lln::exercise::notes_on_xdp)
      .think("the verifier learns from `pointer + n > end` alone: which access has no such line before it?");
  const std::string here = folder_of(__FILE__);
  BpfObject object;
  if (!object.load(story, here + "/xdp_filter.bpf.c", {folder_of(lln_xdp_filter_file()), here})) return;

  const auto outcome = [&object](const std::vector<Bytes>& frames) {
    lln_feed feed = lln::exercise::the_feed();
    object.write("feeds", &feed);
    unsigned returned = 0;
    for (const Bytes& frame : frames) returned = object.run("filter", frame.data(), frame.size());
    object.read("feeds", &feed);
    return lln::exercise::told(returned, feed);
  };
  auto cases = lln::exercise::feed_cases();
  for (const auto& each : lln::exercise::malformed_cases()) cases.push_back(each);
  for (const auto& each : cases) {
    story.step(each.name);
    story.expect(outcome({each.frame.bytes()})).equals(each.outcome).named("the outcome");
  }
  for (const auto& each : lln::exercise::number_cases()) {
    story.step(each.name);
    std::vector<Bytes> frames;
    for (const unsigned number : each.numbers) frames.push_back(Frame{.number = number}.bytes());
    story.expect(outcome(frames)).equals(each.outcome).named("the outcome");
  }
}

}  // namespace
}  // namespace kernel_test

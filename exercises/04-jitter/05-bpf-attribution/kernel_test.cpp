// The same in the kernel: compiled by clang, loaded through libbpf, run by BPF_PROG_TEST_RUN; not attached to anything.
#include <lln/testkit/bpf.hpp>
#include <lln/testkit/testkit.hpp>

#include <attribution.h>
#include <linux/bpf.h>
#include <recorded.hpp>

#include <array>

namespace kernel_test {
namespace {

using lln::exercise::notes_on_attribution;
using lln::exercise::Recording;
using lln::exercise::told;
using lln::testkit::BpfObject;
using lln::testkit::Story;

std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/')); }

void run(const BpfObject& object, const char* program, const std::array<__u64, 3>& arguments) {
  static_cast<void>(object.run_with_context(program, arguments.data(), sizeof arguments));
}

std::string verdict_on(const BpfObject& object, const std::vector<lln_event>& events, __u64 start,
                       __u64 end) {
  const lln_state state = lln::exercise::at_the_start(1000);
  object.write("states", &state);
  for (const lln_event& event : events) run(object, "note", {event.time, event.kind, event.id});
  run(object, "judge", {start, end, 0});
  lln_verdict verdict{};
  object.read("verdicts", &verdict);
  return told(verdict);
}

TEST(InTheKernel, TheSameVerdicts) {
  if (const std::string why = lln::testkit::why_no_bpf(BPF_PROG_TYPE_RAW_TRACEPOINT); !why.empty())
    GTEST_SKIP() << why;
  Story story("the recorded events, in the kernel");
  story.notes(notes_on_attribution)
      .think("the verifier knows nothing of your invariants: what does it see of each index?");
  const std::string here = folder_of(__FILE__);
  BpfObject object;
  if (!object.load(story, here + "/attribution.bpf.c", {folder_of(lln_attribution_file()), here})) return;
  for (const Recording& recording : lln::exercise::recordings()) {
    story.step(recording.name);
    story.expect(verdict_on(object, recording.events, recording.start, recording.end))
        .equals(recording.verdict)
        .named("the verdict");
  }
  story.step("40 spans, of which 16 are kept");
  story.expect(verdict_on(object, lln::exercise::one_after_another(40), 26'000, 26'100))
      .equals("thread 25, 100 ns, complete")
      .named("the oldest that is kept");
}

}  // namespace
}  // namespace kernel_test

// The tc dropper on a cable of its own: what the seed says is lost, and nothing is left behind. Needs root; label root.
#include "../src/xdp_attachment.hpp"
#include "xdp_test.hpp"

#include <lln/net/impairment.hpp>
#include <lln/net/packet_dropper.hpp>

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <thread>

namespace lln::net::test {
namespace {

using Choice = PacketDropper::Choice;
using Hook = PacketDropper::Hook;

template <class Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  return condition();
}

bool exists(std::uint32_t program) {
  const FileDescriptor fd(bpf_prog_get_fd_by_id(program));
  return bool{fd};
}

std::uint32_t id_of(int program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  return bpf_obj_get_info_by_fd(program, &info, &size) == 0 ? info.id : 0;
}

bool has_clsact(const Interface& interface) {
  const detail::SilentLibbpf silence;
  bpf_tc_hook hook = bpf_tc_hook();
  hook.sz = sizeof hook;
  hook.ifindex = interface.index;
  hook.attach_point = BPF_TC_INGRESS;
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.handle = 1;
  options.priority = 1;
  // Asks for a filter: without the qdisc the question itself is wrong.
  return bpf_tc_query(&hook, &options) != -EINVAL;
}

class Dropper : public XdpTest, public testing::WithParamInterface<Choice> {
 protected:
  void SetUp() override {
    XdpTest::SetUp();
    if (IsSkipped()) return;
    far_.emplace();  // made on the far side
    far_->bind(far_end);
    if (GetParam() == Choice::link) {
      try {
        const PacketDropper probe({.interface = "far0"});
      } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
      }
    }
  }
  PacketDropper::Options options(double loss) const {
    return {.interface = "far0", .seed = 9, .loss = loss, .hook = GetParam()};
  }
  // Sends `count` numbered datagrams; the numbers of the first `expected` that come, and of one more if it is there.
  std::vector<unsigned> exchange(unsigned count, std::size_t expected) {
    for (unsigned i = 0; i < count; ++i) EXPECT_TRUE(near_->send(std::as_bytes(std::span(&i, 1))));
    std::vector<unsigned> numbers;
    unsigned number = 0;
    const auto receive = [&](std::chrono::milliseconds wait) {
      const bool came = far_->receive(std::as_writable_bytes(std::span(&number, 1)), wait).has_value();
      if (came) numbers.push_back(number);
      return came;
    };
    while (numbers.size() < expected && receive(patience)) {
    }
    receive(0ms);
    return numbers;
  }
  // What is sent may come later on a busy machine: dropped is only what has been dropped.
  static bool becomes_dropped(const PacketDropper& dropper, std::uint64_t count) {
    return becomes_true([&] { return dropper.counts().dropped == count; });
  }

  std::optional<UdpSocket> far_;
};

TEST_P(Dropper, LosesExactlyWhatTheSeedSays) {
  constexpr unsigned count = 200;
  Impairment oracle({.seed = 9, .loss = 0.3});
  std::vector<unsigned> expected;
  for (unsigned i = 0; i < count; ++i) {
    if (oracle.decide({}, 0).copies == 1) expected.push_back(i);
  }
  const PacketDropper dropper(options(0.3));
  EXPECT_EQ(dropper.hook() == Hook::clsact, GetParam() == Choice::clsact);
  EXPECT_EQ(exchange(count, expected.size()), expected);
  EXPECT_TRUE(becomes_dropped(dropper, oracle.counters().lost));
  EXPECT_EQ(dropper.counts().seen, count);
}

TEST_P(Dropper, OneAndZeroAreAllAndNone) {
  {
    const PacketDropper all(options(1));
    exchange(20, 0);
    EXPECT_TRUE(becomes_dropped(all, 20));
  }
  const PacketDropper none(options(0));
  EXPECT_EQ(exchange(20, 20).size(), 20U) << "and none of those before";
  EXPECT_EQ(none.counts().seen, 20U);
}

TEST_P(Dropper, OtherPortsPassAndHaveNoNumber) {
  auto others = options(1);
  others.port = far_end.port + 1;
  const PacketDropper dropper(others);
  EXPECT_EQ(exchange(5, 5).size(), 5U);
  EXPECT_EQ(dropper.counts().seen, 0U);
  auto ours = options(1);
  ours.port = far_end.port;
  const PacketDropper second(ours);  // several go beside each other
  exchange(5, 0);
  EXPECT_TRUE(becomes_dropped(second, 5));
}

TEST_P(Dropper, LeavesNothingWhenItGoes) {
  std::uint32_t program = 0;
  {
    const PacketDropper dropper(options(1));
    program = id_of(dropper.program_fd());
    EXPECT_TRUE(exists(program));
    EXPECT_EQ(has_clsact(net_->interface(Side::far)), GetParam() == Choice::clsact);
  }
  EXPECT_FALSE(has_clsact(net_->interface(Side::far)));
  EXPECT_EQ(exchange(5, 5).size(), 5U);
  EXPECT_TRUE(becomes_true([&] { return !exists(program); }));
}

// The child makes a cable of its own. A clsact filter stays with the interface, and that goes with the namespace.
TEST_P(Dropper, LeavesNothingAfterKill9) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      const TestNet net;
      net.enter(Side::far);
      const PacketDropper dropper(options(1));
      const std::uint32_t program = id_of(dropper.program_fd());
      if (::write(to.get(), &program, sizeof program) == sizeof program) ::pause();
    } catch (...) {
    }
    ::_exit(1);
  }
  to.reset();
  std::uint32_t program = 0;
  const bool told = ::read(from.get(), &program, sizeof program) == sizeof program;
  const bool was_there = told && exists(program);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(told);
  EXPECT_TRUE(was_there);
  EXPECT_TRUE(becomes_true([&] { return !exists(program); }));
}

INSTANTIATE_TEST_SUITE_P(Hooks, Dropper, testing::Values(Choice::link, Choice::clsact),
                         [](const auto& one) { return one.param == Choice::link ? "link" : "clsact"; });

TEST(DropperOptions, AreChecked) {
  EXPECT_THROW(PacketDropper({.interface = "lo", .loss = 1.5}), std::invalid_argument);
  EXPECT_THROW(PacketDropper({.interface = "gone0"}), std::system_error);
}

}  // namespace
}  // namespace lln::net::test

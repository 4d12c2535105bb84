// A DpdkPort on AF_PACKET at the far end of a cable, an ordinary socket at the near one. Each test in a child: DPDK
// starts once a process. Needs CAP_NET_RAW there, which a plain user has in a TestNet.
#include "dpdk_test.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

namespace lln::net::test {
namespace {

class DpdkPortTest : public testing::Test {
 protected:
  void SetUp() override {
    static const std::string obstacle = TestNet::why_not();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  // The child's expectations that fail are printed by it and fail the test.
  template <class Body>
  static void in_child(Body body) {
    std::cout.flush();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        body();
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
      std::cout.flush();
      ::_exit(HasFailure() ? 1 : 0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
};

TEST_F(DpdkPortTest, EchoesInTheMemoryInWhichFramesCameForEver) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort port(dpdk, {.device = far_device, .frames = 256});
    scene.expect_round_trips(port, 600);  // more than there are frames
    EXPECT_TRUE(port.receive().empty());
    const auto statistics = port.statistics();
    EXPECT_EQ(statistics.no_memory, 0U);
    EXPECT_EQ(statistics.failed_sends, 0U);
  });
}

TEST_F(DpdkPortTest, LendsSixtyFourFramesAFlushForEver) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort port(dpdk, {.device = far_device, .frames = 256});
    EXPECT_EQ(port.flush(), 0) << "nothing queued";
    for (std::uint64_t round = 0; round < 10; ++round) {
      std::uint64_t queued = 0;
      while (scene.queue(port, payload(round + queued, 40))) ++queued;
      ASSERT_EQ(queued, DpdkPort::batch);
      ASSERT_EQ(port.flush(), 0);
      for (std::uint64_t i = 0; i < queued; ++i) ASSERT_EQ(scene.received_near(), payload(round + i, 40));
    }
  });
}

TEST_F(DpdkPortTest, ALoanThatIsNotCommittedIsTheSameAgain) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort port(dpdk, {.device = far_device});
    const auto first = port.loan();
    EXPECT_EQ(first.size(), DpdkPort::frame_size);
    EXPECT_EQ(port.loan().data(), first.data());
    ASSERT_TRUE(scene.queue(port, payload(1, 40)));
    EXPECT_NE(port.loan().data(), first.data());
    port.commit(0);
    port.commit(60);  // nothing is lent: nothing is queued
    EXPECT_EQ(port.flush(), 0);
    EXPECT_EQ(scene.received_near(), payload(1, 40));
  });
}

TEST_F(DpdkPortTest, AFullQueueRefusesAFrameAndKeepsIt) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort port(dpdk, {.device = far_device});
    ASSERT_TRUE(scene.send(payload(7, 100)));
    const auto frames = Scene::receive(port);
    ASSERT_EQ(frames.size(), 1U);
    while (scene.queue(port, payload(1, 40))) {
    }
    EXPECT_FALSE(port.send_back(frames[0]));
    EXPECT_EQ(port.flush(), 0);
    const auto request = parse_udp_frame(frames[0].bytes);
    ASSERT_TRUE(request);
    write_udp_headers(frames[0].bytes, request->path.reversed(), request->payload.size());
    EXPECT_TRUE(port.send_back(frames[0]));
    EXPECT_EQ(port.flush(), 0);
    for (std::size_t i = 0; i < DpdkPort::batch; ++i) ASSERT_EQ(scene.received_near(), payload(1, 40));
    EXPECT_EQ(scene.received_near(), payload(7, 100));
  });
}

TEST_F(DpdkPortTest, FramesThatAreOnlyReadComeBackToo) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort port(dpdk, {.device = far_device, .frames = 256});
    for (std::uint64_t i = 0; i < 600; ++i) {
      ASSERT_TRUE(scene.send(payload(i, 40)));
      const auto frames = Scene::receive(port);
      ASSERT_EQ(frames.size(), 1U) << "message " << i;
      const auto message = parse_udp_frame(frames[0].bytes);
      ASSERT_TRUE(message);
      ASSERT_EQ(Bytes(message->payload.begin(), message->payload.end()), payload(i, 40));
    }
  });
}

TEST_F(DpdkPortTest, AFrameMadeShorterGoesOutShorterToAPortOfTheOtherNamespace) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    DpdkPort far(dpdk, {.device = far_device});
    ASSERT_TRUE(scene.send(payload(1, 100)));
    const auto frames = Scene::receive(far);
    ASSERT_EQ(frames.size(), 1U);
    scene.enter(Side::near);
    DpdkPort near(dpdk, {.device = "net_af_packet1,iface=near0"});
    scene.enter(Side::far);
    const auto request = parse_udp_frame(frames[0].bytes);
    ASSERT_TRUE(request);
    frames[0].bytes = frames[0].bytes.first(write_udp_headers(frames[0].bytes, request->path.reversed(), 30));
    ASSERT_TRUE(far.send_back(frames[0]));
    EXPECT_EQ(far.flush(), 0);
    const auto back = Scene::receive(near);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].bytes.size(), udp_frame_headers + 30);
  });
}

TEST_F(DpdkPortTest, PortsComeAndGoWhileTheRuntimeStays) {
  in_child([] {
    Scene scene;
    DpdkRuntime dpdk;
    for (int i = 0; i < 3; ++i) {
      DpdkPort first(dpdk, {.device = far_device});
      ASSERT_TRUE(scene.send(payload(1, 10)));
      DpdkPort port(std::move(first));
      EXPECT_EQ(Scene::echo(port), 1U);
      EXPECT_EQ(scene.received_near(), payload(1, 10));
      const DpdkPort beside(dpdk, {.device = "net_af_packet1,iface=far0"});
      EXPECT_THROW(DpdkPort(dpdk, {.device = far_device}), std::runtime_error) << "the name is taken";
    }
  });
}

TEST_F(DpdkPortTest, StartsOnceAProcessAndLeavesTheThreadItsCpus) {
  in_child([] {
    cpu_set_t before{};
    cpu_set_t after{};
    ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
    {
      const DpdkRuntime dpdk;
      ASSERT_EQ(::sched_getaffinity(0, sizeof after, &after), 0);
      EXPECT_TRUE(CPU_EQUAL(&before, &after));
      EXPECT_THROW(DpdkRuntime(), std::logic_error);
    }
    EXPECT_THROW(DpdkRuntime(), std::logic_error);
  });
}

TEST_F(DpdkPortTest, SaysWhatItCannotDo) {
  in_child([] {
    const Scene scene;
    DpdkRuntime dpdk;
    const auto error_of = [&dpdk](const DpdkPort::Options& wrong) -> std::string {
      try {
        const DpdkPort port(dpdk, wrong);
      } catch (const std::exception& error) {
        return error.what();
      }
      return {};
    };
    EXPECT_NE(error_of({.device = "net_af_packet0,iface=nowhere0"}).find("iface=nowhere0"),
              std::string::npos);
    EXPECT_NE(error_of({.device = "no_such_driver0"}).find("no_such_driver0"), std::string::npos);
    EXPECT_NE(error_of({.device = ",iface=far0"}).find("has no name"), std::string::npos);
    EXPECT_NE(error_of({.device = far_device, .frames = 100}).find("256 to 8192"), std::string::npos);
    EXPECT_EQ(error_of({.device = far_device}), "") << "and nothing of them is left in its way";
  });
}

}  // namespace
}  // namespace lln::net::test

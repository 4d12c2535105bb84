// Which stamp counts, with an invented clock: the machines of the course have no NIC that stamps.
#include <lln/net/interface.hpp>
#include <lln/net/receive_stamps.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::net {
namespace {

constexpr std::int64_t second = 1'000'000'000;

class ReceiveStampsTest : public ::testing::Test {
 protected:
  ReceiveStamps stamps(bool wanted = true) {
    return ReceiveStamps(support_, wanted, [this](int index) {
      opened_ = index;
      return HardwareClock([this] {
        ++readings_;
        return next_;
      });
    });
  }

  TimestampSupport support_{.software_receive = true,
                            .hardware_receive = true,
                            .hardware_enabled = true,
                            .phc_index = 3,
                            .detail = "what the driver said"};
  std::optional<HardwareClock::Reading> next_ = HardwareClock::Reading{1'000, 50 * second};
  int opened_ = -1;
  int readings_ = 0;
};

TEST_F(ReceiveStampsTest, TheNicsWhereItStampsOnTheWallClock) {
  const ReceiveStamps s = stamps();
  EXPECT_TRUE(s.hardware());
  EXPECT_EQ(opened_, 3);
  EXPECT_EQ(s.detail(), "hardware, by the NIC; what the driver said");
  EXPECT_EQ(s.stamp(50 * second + 900, 1'500), 50 * second + 500);
  EXPECT_EQ(s.stamp(0, 1'500), 50 * second + 500) << "no need for the kernel's beside it";
}

TEST_F(ReceiveStampsTest, ADatagramWithoutItHasTheKernels) {
  const ReceiveStamps s = stamps();
  EXPECT_EQ(s.stamp(50 * second + 900, 0), 50 * second + 900);
  EXPECT_EQ(s.stamp(0, 0), 0) << "none is none";
}

TEST_F(ReceiveStampsTest, TheKernelsWhereTheFilterIsOff) {
  support_.hardware_enabled = false;
  ReceiveStamps s = stamps();
  EXPECT_FALSE(s.hardware());
  EXPECT_EQ(opened_, -1);
  EXPECT_EQ(s.detail(), "software, by the kernel; what the driver said");
  EXPECT_EQ(s.stamp(7, 1'500), 7) << "another socket may have asked for hardware stamps: of no known clock";
  EXPECT_FALSE(s.keep_up());
  EXPECT_FALSE(s.keep_up(60 * second));
  EXPECT_EQ(readings_, 0);
}

TEST_F(ReceiveStampsTest, TheKernelsWhereTheNicHasNoClockOrNobodyWantsIt) {
  EXPECT_FALSE(stamps(false).hardware());
  support_.phc_index = -1;
  EXPECT_FALSE(stamps().hardware());
  EXPECT_EQ(opened_, -1);
}

TEST_F(ReceiveStampsTest, AClockThatCannotBeReadIsSaidAndNoError) {
  next_.reset();
  const ReceiveStamps unreadable = stamps();
  EXPECT_FALSE(unreadable.hardware());
  EXPECT_EQ(unreadable.detail(), "software, by the kernel; the NIC's clock cannot be read");
  EXPECT_EQ(unreadable.stamp(7, 1'500), 7);
  const ReceiveStamps refused(support_, true, [](int) -> HardwareClock {
    throw std::system_error(EACCES, std::generic_category(), "opening /dev/ptp3");
  });
  EXPECT_FALSE(refused.hardware());
  EXPECT_NE(refused.detail().find("software, by the kernel; opening /dev/ptp3"), std::string::npos)
      << refused.detail();
  support_.phc_index = 9999;
  EXPECT_NE(ReceiveStamps(support_, true).detail().find("/dev/ptp9999"), std::string::npos)
      << "the real device, where no other is given";
}

TEST_F(ReceiveStampsTest, TheClocksAreComparedEveryTenthOfASecond) {
  ReceiveStamps s = stamps();
  EXPECT_TRUE(s.keep_up(50 * second)) << "the first time it is asked";
  EXPECT_FALSE(s.keep_up(50 * second));
  EXPECT_FALSE(s.keep_up(50 * second + 99'999'999));
  next_ = HardwareClock::Reading{1'000 + 100'000'000, 50 * second + 100'001'000};  // 10 ppm behind
  EXPECT_TRUE(s.keep_up(50 * second + 100'000'000));
  EXPECT_EQ(s.stamp(0, next_->hardware_ns), next_->realtime_ns);
  EXPECT_EQ(readings_, 3);
}

TEST_F(ReceiveStampsTest, AClockThatDoesNotAnswerIsAskedAgainInTheNextTenth) {
  ReceiveStamps s = stamps();
  next_.reset();
  EXPECT_TRUE(s.keep_up(51 * second));
  EXPECT_EQ(s.stamp(0, 2'000), 50 * second + 1'000) << "what was known stands";
  EXPECT_FALSE(s.keep_up(51 * second + 1));
}

TEST_F(ReceiveStampsTest, TheWallClockSteppingBackIsNoticedAtOnce) {
  ReceiveStamps s = stamps();
  ASSERT_TRUE(s.keep_up(50 * second));
  next_ = HardwareClock::Reading{2'000, 40 * second};
  EXPECT_TRUE(s.keep_up(40 * second));
  EXPECT_EQ(s.stamp(0, 2'500), 40 * second + 500) << "the step, and no drift from it";
}

TEST_F(ReceiveStampsTest, TheNicsClockSteppingBackIsFollowed) {
  ReceiveStamps s = stamps();
  next_ = HardwareClock::Reading{200, 50 * second + 100'000'000};
  ASSERT_TRUE(s.keep_up(51 * second));
  EXPECT_EQ(s.stamp(0, 1'000'000'200), 51 * second + 100'000'000);
}

TEST_F(ReceiveStampsTest, LoopbackSaysWhyItHasNone) {
  const ReceiveStamps s(timestamp_support(Interface::loopback()), true);
  EXPECT_FALSE(s.hardware());
  EXPECT_TRUE(s.detail().starts_with("software, by the kernel; " + Interface::loopback().name)) << s.detail();
}

}  // namespace
}  // namespace lln::net

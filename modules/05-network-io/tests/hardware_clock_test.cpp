#include <lln/net/hardware_clock.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <system_error>

namespace lln::net {
namespace {

using Reading = HardwareClock::Reading;

class HardwareClockTest : public ::testing::Test {
 protected:
  HardwareClock clock() {
    return HardwareClock([this] { return next; });
  }
  std::optional<Reading> next = Reading{1'000, 5'000'000'001'000};
};

TEST_F(HardwareClockTest, AddsTheDifference) {
  const HardwareClock c = clock();
  EXPECT_EQ(c.realtime_ns(1'000), 5'000'000'001'000);
  EXPECT_EQ(c.realtime_ns(4'500), 5'000'000'004'500);
  EXPECT_EQ(c.realtime_ns(500), 5'000'000'000'500) << "a stamp may be older than the reading";
}

TEST_F(HardwareClockTest, GoesOnDriftingAsBefore) {
  HardwareClock c = clock();
  next = Reading{1'000 + 100'000'000, 5'000'000'001'000 + 100'001'000};  // 10 ppm
  ASSERT_TRUE(c.refresh());
  EXPECT_EQ(c.realtime_ns(next->hardware_ns), next->realtime_ns);
  EXPECT_NEAR(static_cast<double>(c.realtime_ns(next->hardware_ns + 50'000'000) - next->realtime_ns),
              50'000'500.0, 1.0);
}

TEST_F(HardwareClockTest, AStepOfEitherClockIsFollowedAndIsNoDrift) {
  HardwareClock c = clock();
  next = Reading{1'000 + 100'000'000, 5'000'000'001'000 + 100'001'000};  // 10 ppm
  ASSERT_TRUE(c.refresh());
  for (const Reading stepped :
       {Reading{1'000 + 200'000'000, 9'000'000'000'000}, Reading{1'000 + 300'000'000, 4'000'000'000'000},
        Reading{500, 4'100'000'000'000}}) {
    next = stepped;
    ASSERT_TRUE(c.refresh());
    EXPECT_EQ(c.realtime_ns(stepped.hardware_ns), stepped.realtime_ns);
    EXPECT_NEAR(static_cast<double>(c.realtime_ns(stepped.hardware_ns + 100'000'000) - stepped.realtime_ns),
                100'001'000.0, 1.0)
        << "as known before";
  }
}

TEST_F(HardwareClockTest, ReadingsCloseTogetherSayNothingOfDrift) {
  HardwareClock c = clock();
  next = Reading{1'000 + 2'000'000, 5'000'000'001'000 + 2'001'000};  // 1 us of uncertainty, 500 ppm
  ASSERT_TRUE(c.refresh());
  EXPECT_EQ(c.realtime_ns(next->hardware_ns + 100'000'000), next->realtime_ns + 100'000'000);
}

TEST_F(HardwareClockTest, KeepsWhatItKnowsWhenTheDeviceDoesNotAnswer) {
  HardwareClock c = clock();
  next.reset();
  EXPECT_FALSE(c.refresh());
  EXPECT_EQ(c.realtime_ns(2'000), 5'000'000'002'000);
  EXPECT_THROW(clock(), std::runtime_error);
}

TEST_F(HardwareClockTest, NoSuchDeviceIsSaid) {
  try {
    HardwareClock::open(9999);
    FAIL() << "there is no /dev/ptp9999";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("/dev/ptp9999"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lln::net

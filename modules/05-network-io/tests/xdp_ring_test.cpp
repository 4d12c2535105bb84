// The rings alone, both sides in user space.
#include <lln/net/detail/xdp_ring.hpp>

#include <gtest/gtest.h>

#include <array>

namespace lln::net::detail {
namespace {

struct Shared {
  explicit Shared(std::uint32_t position) : producer(position), consumer(position) {}
  XdpRingMemory<std::uint64_t> memory() { return {&producer, &consumer, &flags, entries.data(), 8}; }

  std::uint32_t producer;
  std::uint32_t consumer;
  std::uint32_t flags = 0;
  std::array<std::uint64_t, 8> entries{};
};

class XdpRing : public testing::TestWithParam<std::uint32_t> {
 protected:
  Shared shared_{GetParam()};
  XdpProducer<std::uint64_t> in_{shared_.memory()};
  XdpConsumer<std::uint64_t> out_{shared_.memory()};
};

TEST_P(XdpRing, KeepsOrderForManyRounds) {
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < 1000; i += 3) {
    for (std::uint64_t j = i; j < i + 3; ++j) ASSERT_TRUE(in_.push(j));
    in_.publish();
    for (std::uint64_t entry = 0; out_.ready(); ++next) {
      ASSERT_EQ(in_.pushed(out_.position()), next);
      ASSERT_TRUE(out_.pop(entry));
      ASSERT_EQ(entry, next);
    }
    out_.release();
  }
  EXPECT_EQ(next, 1002U);
}

TEST_P(XdpRing, TakesAsManyAsItHasPlaces) {
  for (std::uint64_t i = 0; i < 8; ++i) ASSERT_TRUE(in_.push(i));
  EXPECT_FALSE(in_.push(8));
  in_.publish();
  EXPECT_EQ(in_.pending(), 8U);
  std::uint64_t entry = 0;
  ASSERT_TRUE(out_.pop(entry));
  EXPECT_FALSE(in_.push(8)) << "popped, but its place is not given back";
  out_.release();
  EXPECT_EQ(in_.pending(), 7U);
  EXPECT_TRUE(in_.push(8));
}

TEST_P(XdpRing, NothingIsSeenBeforeItIsPublished) {
  std::uint64_t entry = 0;
  ASSERT_TRUE(in_.push(1));
  EXPECT_FALSE(out_.ready());
  EXPECT_FALSE(out_.pop(entry));
  in_.publish();
  EXPECT_TRUE(out_.ready());
  EXPECT_TRUE(out_.pop(entry));
}

// Positions wrap at 32 bits: begin far from it, just before it, and at it.
INSTANTIATE_TEST_SUITE_P(From, XdpRing, testing::Values(0U, 0xFFFFFFFDU, 0xFFFFFFFFU));

TEST(XdpRingFlags, WakeUpIsAskedForInOneBit) {
  Shared shared(0);
  const XdpProducer<std::uint64_t> ring(shared.memory());
  EXPECT_FALSE(ring.needs_wakeup());
  shared.flags = 2;
  EXPECT_FALSE(ring.needs_wakeup());
  shared.flags = 3;
  EXPECT_TRUE(ring.needs_wakeup());
}

}  // namespace
}  // namespace lln::net::detail

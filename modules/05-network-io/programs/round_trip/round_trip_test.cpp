// The parts of lln-round-trip that could be wrong without anybody seeing it in the table.
#include "mechanisms.hpp"
#include "sockets.hpp"
#include "turns.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lln::round_trip {
namespace {

Plan short_plan() {
  return {jitter::allowed_cpus(), std::chrono::milliseconds(1),
          latency::TscClock::calibrate(std::chrono::milliseconds(2))};
}

TEST(SockperfLog, OnlyTheTableOfRoundTripsIsRead) {
  latency::Histogram values;
  EXPECT_EQ(read_sockperf_log("sockperf: ---> percentile 50.000 = 4.879\n"
                              "------------------------------\n"
                              "packet, txTime(sec), rxTime(sec), rtt(usec)\n"
                              "0, 2.416920868, 2.416926087, 5.219\n"
                              "1, 2.416926117, 2.420995613, 4069.496\n"
                              "------------------------------\n"
                              "2, 2.420995613, 2.420997613, 2.000\n",
                              values),
            2U);
  EXPECT_EQ(values.min(), 5219U);
  EXPECT_EQ(values.max(), 4069496U);
  EXPECT_EQ(read_sockperf_log("", values), 0U);
}

// An end that answers out of its own pocket.
struct Liar {
  Message last{};
  bool send(std::span<const std::byte> message) noexcept {
    take_time();
    ++sent;
    std::memcpy(last.data(), message.data(), message.size());
    return true;
  }
  bool receive(std::span<std::byte> message) noexcept {
    take_time();
    std::memcpy(message.data(), last.data(), message.size());
    if (number_in(last) == wrong_at) message[0] ^= std::byte{1};
    return number_in(last) != silent_at;
  }
  std::uint64_t wrong_at = last_message - 1;
  std::uint64_t silent_at = last_message - 1;
  std::chrono::microseconds slow{0};
  std::uint64_t sent = 0;

 private:
  void take_time() const noexcept {
    const auto end = std::chrono::steady_clock::now() + slow;
    while (std::chrono::steady_clock::now() < end) {
    }
  }
};

TEST(PingPong, AWrongAnswerOrNoneIsSeen) {
  const Plan plan = short_plan();
  latency::Histogram values;
  Liar honest;
  EXPECT_TRUE(ask(honest, plan, values));
  EXPECT_GE(values.count(), least_trips - unmeasured_trips);
  EXPECT_EQ(values.count(), honest.sent - unmeasured_trips - 1) << "without the first ones and the goodbye";
  Liar wrong{{}, 7};
  EXPECT_FALSE(ask(wrong, plan, values));
  Liar silent{{}, last_message - 1, 7};
  EXPECT_FALSE(ask(silent, plan, values));
  Liar silent_at_once{{}, last_message - 1, 0};
  EXPECT_THROW(ping_pong(silent_at_once, silent_at_once, plan, one_cpu(plan), values), std::runtime_error);
}

TEST(PingPong, ThereAndBackIsOneTime) {
  latency::Histogram values;
  Liar slow{{}, last_message - 1, last_message - 1, std::chrono::microseconds(20)};
  ASSERT_TRUE(ask(slow, short_plan(), values));
  EXPECT_GE(values.min(), 35'000U) << "20 us of sending and 20 of receiving";
}

TEST(PingPong, TheRoundsValueIsTheMedianInMicroseconds) {
  latency::Histogram values;
  values.record(2'000, 60);
  values.record(900'000, 40);
  EXPECT_NEAR(median_of(values).value, 2, 0.01);
}

TEST(PingPong, EachThreadIsWhereItBelongs) {
  const Plan plan = short_plan();
  EXPECT_EQ(one_cpu(plan).near, one_cpu(plan).far);
  if (plan.cpus.size() < 2) GTEST_SKIP() << "needs two CPUs, and this process may use one";
  EXPECT_NE(two_cpus(plan).near, two_cpus(plan).far);
  int far = -1;
  int near = -1;
  run_both(
      two_cpus(plan), [&] { far = ::sched_getcpu(); }, [&] { return near = ::sched_getcpu(), true; });
  EXPECT_EQ(near, two_cpus(plan).near);
  EXPECT_EQ(far, two_cpus(plan).far);
}

// Takes one byte at a time from a socket in which a whole message waits.
struct Dribbling {
  UnixEnd socket;
  int fd() const noexcept { return socket.fd(); }
  bool send(std::span<const std::byte> message) noexcept { return socket.send(message); }
  std::size_t try_receive(std::span<std::byte> message) noexcept {
    return socket.try_receive(message.first(1));
  }
};

TEST(Waiting, AMessageInPartsIsPutTogether) {
  auto [near, far] = unix_pair(SOCK_STREAM);
  Message sent{};
  put_number(sent, 0x1122334455667788);
  ASSERT_TRUE(far.send(sent));
  Message received{};
  Spinning end(Dribbling{std::move(near)});
  ASSERT_TRUE(end.receive(received));
  EXPECT_EQ(received, sent);
}

// In a child: a plain user's process stays in its namespaces.
TEST(BusyPolling, WithoutNapiItIsNotCalledSo) {
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  const pid_t child = ::fork();
  if (child == 0) {
    const Cable cable(false);
    const Plan plan = short_plan();
    Contestants contestants;
    add_busy_polling(contestants, plan, &cable, "");
    for (contest::Contestant& contestant : contestants) {
      if (contestant.name != "veth-udp-busy-poll") continue;
      try {
        contestant.turn(contestant.values);
      } catch (const contest::Unavailable&) {
        ::_exit(0);
      } catch (const std::exception&) {
      }
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "a device without NAPI was measured as busy polling";
}

TEST(Waiting, EachWayCarriesMessages) {
  const Plan plan = short_plan();
  const Place place = one_cpu(plan);
  latency::Histogram values;
  EXPECT_GT(block(plan, place, values, [] { return tcp_pair(); }).value, 0);
  EXPECT_GT(epoll(plan, place, values, false, [] { return udp_pair(); }).value, 0);
  EXPECT_GE(values.count(), 2 * (least_trips - unmeasured_trips));
}

}  // namespace
}  // namespace lln::round_trip

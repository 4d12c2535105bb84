// EchoSession: whatever pieces the bytes come and go in, the answers are the same, and memory is one buffer.
#include "echo_messages.hpp"

#include <lln/app/echo/session.hpp>

#include <gtest/gtest.h>

#include <random>

namespace lln::app {
namespace {

using namespace lln::app::test;

// A clock that ticks once a reading, and a count.
struct Meter {
  std::uint64_t time = 5000;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t now() noexcept { return ++time; }
  void answered(std::uint64_t, std::uint64_t, std::size_t size) noexcept {
    ++requests;
    bytes += size;
  }
};
static_assert(EchoMeter<Meter>);

struct Server {
  explicit Server(std::size_t size = 1024, std::size_t max_payload = 100)
      : memory(size), session(max_payload) {
    session.lend(memory);
  }
  // As much as there is space for; returns how much.
  std::size_t put(std::span<const std::byte> bytes) {
    const auto space = session.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    if (count > 0) session.received(count, 4000, meter);
    return count;
  }
  std::size_t fetch(Bytes& to, std::size_t most = ~std::size_t{0}) {
    const auto out = session.output().first(std::min(most, session.output().size()));
    to.insert(to.end(), out.begin(), out.end());
    const std::size_t count = out.size();
    session.sent(count);
    return count;
  }
  // The whole conversation, in pieces that `in` and `out` choose.
  template <class In, class Out>
  Bytes talk(std::span<const std::byte> bytes, In in, Out out) {
    Bytes answers;
    while (true) {
      const std::size_t took = put(bytes.first(std::min(bytes.size(), std::size_t{in()})));
      bytes = bytes.subspan(took);
      const std::size_t gave = fetch(answers, out());
      if (bytes.empty() && session.output().empty()) return answers;
      if (session.finished()) return answers;
      if (took + gave == 0) return answers;  // stuck: the test will see what is missing
    }
  }
  Bytes memory;
  EchoSession session;
  Meter meter;
};

std::size_t all() { return ~std::size_t{0}; }

TEST(EchoSession, AnswersARequestInPlaceWithBothStamps) {
  Server server;
  Bytes answers;
  const Bytes asked = request(7);
  ASSERT_EQ(server.put(asked), asked.size());
  server.fetch(answers);
  EXPECT_EQ(answers, message(EchoType::response, 7, 24, 4000, 5001));
  EXPECT_EQ(server.meter.requests, 1U);
  EXPECT_EQ(server.meter.bytes, asked.size());
  EXPECT_TRUE(server.session.idle());
}

TEST(EchoSession, ManyRequestsAreOnePieceOfOutput) {
  Server server;
  Bytes asked;
  for (std::uint64_t id = 1; id <= 10; ++id) append(asked, request(id));
  ASSERT_EQ(server.put(asked), asked.size());
  EXPECT_EQ(server.session.output().size(), asked.size()) << "ten answers, one write";
  const auto answers = split(server.session.output());
  ASSERT_EQ(answers.size(), 10U);
  for (std::uint64_t id = 1; id <= 10; ++id) EXPECT_TRUE(answers[id - 1].answers(id)) << id;
}

TEST(EchoSession, TheAnswersDoNotDependOnWhereTheBytesAreCut) {
  Bytes asked;
  for (const std::size_t payload : {0UL, 1UL, 24UL, 100UL}) append(asked, request(payload + 1, payload));
  for (std::size_t cut = 1; cut < asked.size(); ++cut) {
    Server server;
    std::size_t call = 0;
    const Bytes out = server.talk(
        asked, [&] { return call++ == 0 ? cut : all(); }, all);
    const auto answers = split(out);
    ASSERT_EQ(answers.size(), 4U) << "cut at " << cut;
    for (const auto& answer : answers) EXPECT_TRUE(answer.answers(answer.header.length + 1)) << cut;
  }
}

TEST(EchoSession, RandomPiecesInBothDirections) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto up_to = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(1, most)(random);
  };
  for (int round = 0; round < 50; ++round) {
    Bytes asked;
    std::uint64_t count = 0;
    while (asked.size() < 20'000) append(asked, request(++count, up_to(101) - 1));
    Server server(EchoSession::least_buffer + up_to(800));
    const std::size_t in = up_to(400);
    const std::size_t out = up_to(400);
    std::size_t rest = 0;
    const auto answers = split(server.talk(
                                   asked, [&] { return up_to(in); }, [&] { return up_to(out); }),
                               &rest);
    ASSERT_EQ(answers.size(), count) << "seed " << seed << ", round " << round;
    EXPECT_EQ(rest, 0U);
    for (std::uint64_t id = 1; id <= count; ++id)
      ASSERT_TRUE(answers[id - 1].answers(id))
          << "seed " << seed << ", round " << round << ", request " << id;
    EXPECT_TRUE(server.session.idle());
  }
}

TEST(EchoSession, AClientThatDoesNotReadGetsNoNewAnswers) {
  Server server;
  Bytes answers;
  server.put(request(1));
  EXPECT_TRUE(server.session.space().empty());
  server.fetch(answers, 10);
  EXPECT_TRUE(server.session.space().empty()) << "54 bytes still wait";
  server.fetch(answers);
  EXPECT_EQ(server.session.space().size(), 1024U);
}

TEST(EchoSession, ABegunRequestKeepsItsBufferAndAnIdleClientDoesNot) {
  Server server;
  EXPECT_TRUE(server.session.idle());
  const Bytes asked = request(1);
  server.put(std::span(asked).first(5));
  EXPECT_FALSE(server.session.idle());
  EXPECT_TRUE(server.session.begun());
  server.put(std::span(asked).subspan(5));
  EXPECT_FALSE(server.session.begun());
  EXPECT_FALSE(server.session.idle()) << "an answer waits";
  Bytes answers;
  server.fetch(answers);
  ASSERT_TRUE(server.session.idle());
  server.session.give_back();
  EXPECT_FALSE(server.session.has_buffer());
}

TEST(EchoSession, GarbageEndsTheStreamBehindTheAnswersBeforeIt) {
  const struct {
    std::size_t offset;
    int value;
    EchoReason reason;
  } cases[] = {{0, 'G', EchoReason::bad_magic},   {4, 9, EchoReason::bad_version},
               {5, 77, EchoReason::bad_type},     {6, 1, EchoReason::too_long},
               {5, 2, EchoReason::not_a_request}, {5, 3, EchoReason::not_a_request}};
  for (const auto& [offset, value, reason] : cases) {
    Server server;
    Bytes asked = request(1);
    append(asked, request(2));
    Bytes wrong = request(3);
    wrong[offset] = static_cast<std::byte>(value);
    append(asked, wrong);
    append(asked, request(4));
    const auto answers = split(server.talk(asked, all, all));
    ASSERT_EQ(answers.size(), 3U) << name_of(reason);
    EXPECT_TRUE(answers[0].answers(1) && answers[1].answers(2));
    EXPECT_TRUE(answers[2].is_goodbye(reason)) << name_of(reason);
    EXPECT_EQ(answers[2].header.id, 3U) << "the request that is objected to";
    EXPECT_EQ(server.session.reason(), reason);
    EXPECT_TRUE(server.session.finished());
    EXPECT_TRUE(server.session.space().empty()) << "nothing more is read";
    EXPECT_EQ(server.meter.requests, 2U);
  }
}

TEST(EchoSession, OneWrongByteIsEnough) {
  Server server;
  const Bytes hello{std::byte{'G'}};
  server.put(hello);
  EXPECT_EQ(server.session.reason(), EchoReason::bad_magic);
}

TEST(EchoSession, AGoodbyeThatFindsNoRoomComesWhenThereIsSome) {
  Server server(EchoSession::least_buffer);
  Bytes asked;
  for (std::uint64_t id = 1; id <= 3; ++id) append(asked, request(id));
  append(asked, Bytes(40, std::byte{'?'}));
  ASSERT_EQ(server.put(asked), asked.size());
  Bytes answers;
  server.fetch(answers, 100);
  EXPECT_FALSE(server.session.finished());
  EXPECT_FALSE(server.session.idle());
  server.fetch(answers);
  EXPECT_FALSE(server.session.finished()) << "the goodbye waits";
  server.fetch(answers);
  EXPECT_TRUE(server.session.finished());
  const auto messages = split(answers);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_TRUE(messages[2].answers(3));
  EXPECT_TRUE(messages[3].is_goodbye(EchoReason::bad_magic));
}

TEST(EchoSession, HalfCloseGetsItsAnswers) {
  Server server;
  Bytes asked = request(1);
  const Bytes begun = request(2);
  asked.insert(asked.end(), begun.begin(), begun.begin() + 50);
  server.put(asked);
  server.session.end_of_input();
  EXPECT_FALSE(server.session.finished());
  const auto answers = split(server.session.output());
  ASSERT_EQ(answers.size(), 1U) << "what only began is dropped";
  EXPECT_TRUE(answers[0].answers(1));
  server.session.sent(server.session.output().size());
  EXPECT_TRUE(server.session.finished());
  EXPECT_EQ(server.session.reason(), EchoReason::peer_closed);
}

TEST(EchoSession, ShuttingDownAnswersThenSaysGoodbye) {
  Server server;
  server.put(request(1));
  server.session.close(EchoReason::shutting_down);
  server.session.close(EchoReason::slow_reader);
  const auto answers = split(server.session.output());
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].answers(1));
  EXPECT_TRUE(answers[1].is_goodbye(EchoReason::shutting_down)) << "the first reason counts";
}

TEST(EchoDatagram, IsAnsweredInPlaceOrNotAtAll) {
  Meter meter;
  Bytes datagram = request(9, 5);
  EXPECT_EQ(answer_echo_datagram(datagram, 4000, 100, meter), EchoReason::ok);
  EXPECT_EQ(datagram, message(EchoType::response, 9, 5, 4000, 5001));
  EXPECT_EQ(answer_echo_datagram(datagram, 4000, 100, meter), EchoReason::not_a_request)
      << "two servers would never stop";
  Bytes longer = request(9, 101);
  EXPECT_EQ(answer_echo_datagram(longer, 4000, 100, meter), EchoReason::too_long);
  longer.pop_back();
  EXPECT_EQ(answer_echo_datagram(longer, 4000, 200, meter), EchoReason::size_mismatch);
  EXPECT_EQ(meter.requests, 1U);
}

}  // namespace
}  // namespace lln::app

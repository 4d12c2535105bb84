// Requests and their answers: whole, many at once, in pieces.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>
#include <lln/testkit/testkit.hpp>

#include <client.hpp>

namespace lln::exercise::requests_test {
namespace {

using testkit::at_most;
using testkit::fails_with;
using testkit::ShortIo;
using testkit::Story;

// ---- requests ----

TEST(Requests, AreAnswered) {
  Story story("requests with a payload of 5 bytes, of none and of the most");
  story.notes(notes_on_echo).think("which bytes of an answer differ from its request?");
  Client client;
  EchoConnection connection(client.server(), 300, 400);
  expect_wish(story, connection.turn(), "read");
  for (const std::string& payload : {std::string("hello"), std::string(), std::string(300, 'm')}) {
    story.step("a payload of " + std::to_string(payload.size()) + " bytes");
    client.say(request(0xdeadbeef, payload));
    expect_wish(story, connection.turn(), "read");
    story.expect_bytes(client.hear(), answer(0xdeadbeef, payload));
  }
}

TEST(Requests, TenInOneRead) {
  Story story("ten requests lie in the socket");
  story.notes(notes_on_echo).think("how many requests can one read bring, and how many writes do they need?");
  Client client;
  EchoConnection connection(client.server(), 100, 1000);
  std::string asked;
  std::string wanted;
  for (std::uint32_t i = 0; i < 10; ++i) {
    asked += request(i, std::string(i, 'p'));
    wanted += answer(i, std::string(i, 'p'));
  }
  client.say(asked);
  const testkit::SyscallCounter calls;
  const testkit::AllocationCounter memory;
  const Wish wish = connection.turn();
  const auto allocated = memory.allocations();  // first: the other counter's answer allocates
  const auto sent = calls.of("send") + calls.of("sendmsg") + calls.of("write") + calls.of("writev");
  const auto all = calls.all();
  expect_wish(story, wish, "read");
  story.expect_bytes(client.hear(), wanted);
  story.expect(sent).equals(1U).named("the writes: " + calls.told()).units("calls");
  story.expect(all).at_most(3U).named("the system calls: " + calls.told()).units("calls");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
}

TEST(Requests, MoreThanThereIsRoomFor) {
  Story story("forty requests of 108 bytes, with room for two and a half");
  story.notes(notes_on_echo).think("you are told once that the socket is readable: when have you read all?");
  Client client;
  EchoConnection connection(client.server(), 100, 270);
  std::string asked;
  std::string wanted;
  for (std::uint32_t i = 0; i < 40; ++i) {
    asked += request(i, std::string(100, static_cast<char>('a' + i % 26)));
    wanted += answer(i, std::string(100, static_cast<char>('a' + i % 26)));
  }
  story.expect(client.say(asked)).equals(asked.size()).named("what the kernel took").units("bytes");
  expect_wish(story, connection.turn(), "read");
  story.expect_bytes(client.hear(), wanted);
}

// ---- partial ----

TEST(Partial, ARequestInPieces) {
  Story story("a request comes byte by byte, the next one in two pieces together with its end");
  story.notes(notes_on_echo);
  Client client;
  EchoConnection connection(client.server(), 100, 108);
  const std::string first = request(1, "first");
  for (const char byte : first.substr(0, first.size() - 1)) {
    client.say(std::string(1, byte));
    expect_wish(story, connection.turn(), "read");
  }
  story.expect_bytes(client.hear(), "");
  client.say(first.substr(first.size() - 1) + request(2, "second").substr(0, 11));
  expect_wish(story, connection.turn(), "read");
  story.expect_bytes(client.hear(), answer(1, "first"));
  client.say(request(2, "second").substr(11));
  expect_wish(story, connection.turn(), "read");
  story.expect_bytes(client.hear(), answer(2, "second"));
}

TEST(Partial, ShortCallsAndSignals) {
  Story story("reads and writes are short and interrupted");
  story.notes(notes_on_echo).think("the kernel took 3 bytes of an answer: where does the next write begin?");
  Client client;
  EchoConnection connection(client.server(), 100, 300);
  ShortIo io(client.server());
  io.reads({fails_with(EINTR), at_most(3), at_most(6), fails_with(EINTR)});
  io.writes({at_most(3), fails_with(EINTR), at_most(1)});
  client.say(request(7, "hello") + request(8, "world"));
  expect_wish(story, connection.turn(), "read");
  story.expect_bytes(client.hear(), answer(7, "hello") + answer(8, "world"));
  story.expect(io.turns_left()).equals(0U).named("turns of the script that are left");
}

TEST(Partial, AtRandom) {
  Story story(
      "300 requests of 0 to 60 bytes; every call short or interrupted; the client reads now and then");
  story.notes(notes_on_echo);
  auto random = testkit::random();
  Client client;
  EchoConnection connection(client.server(), 60, 100);
  ShortIo io(client.server());
  io.at_random(random, 50);
  std::string asked;
  std::string wanted;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const std::string payload(random() % 61, static_cast<char>('a' + i % 26));
    asked += request(i, payload);
    wanted += answer(i, payload);
  }
  std::string heard;
  for (std::size_t said = 0; said < asked.size();) {
    said += client.say(std::string_view(asked).substr(said, 1 + random() % 200));
    const Wish wish = connection.turn();
    if (told(wish) != "read") {
      expect_wish(story, wish, "read");
      return;
    }
    if (random() % 4 == 0) heard += client.hear();
  }
  heard += client.hear();
  story.expect_bytes(heard, wanted);
}

}  // namespace
}  // namespace lln::exercise::requests_test

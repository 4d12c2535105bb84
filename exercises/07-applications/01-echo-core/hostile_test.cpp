// Clients who send what is no request, end, vanish, or do not read.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/testkit.hpp>

#include <client.hpp>

namespace lln::exercise::hostile_test {
namespace {

using testkit::at_most;
using testkit::fails_with;
using testkit::ShortIo;
using testkit::Story;

// ---- malformed ----

void expect_goodbye(Story& story, const Header& wrong, Reason reason) {
  Client client;
  EchoConnection connection(client.server(), 100, 200);
  client.say(request(1, "one") + request(2, "two") + message(wrong, "") + request(3, "three"));
  expect_wish(story, connection.turn(), "close");
  story.expect_bytes(client.hear(), answer(1, "one") + answer(2, "two") + goodbye(wrong.id, reason));
  expect_wish(story, connection.turn(), "close");
  story.expect_bytes(client.hear(), "");
}

TEST(Malformed, EndsWithAGoodbye) {
  Story story("two requests, a header that is wrong, and one more request");
  story.notes(notes_on_protection).think("what has the client a right to, that asked before it was wrong?");
  story.step("version 2");
  expect_goodbye(story, {2, 1, 0, 77}, Reason::bad_version);
  story.step("version 0, and all else wrong too");
  expect_goodbye(story, {0, 0, 0xffff, 78}, Reason::bad_version);
  story.step("type 2: an answer");
  expect_goodbye(story, {1, 2, 0, 0xffffffff}, Reason::bad_type);
  story.step("type 0, and too long");
  expect_goodbye(story, {1, 0, 101, 79}, Reason::bad_type);
  story.step("101 bytes, where 100 are the most");
  expect_goodbye(story, {1, 1, 101, 80}, Reason::too_long);
  story.step("65535 bytes");
  expect_goodbye(story, {1, 1, 0xffff, 81}, Reason::too_long);
}

TEST(Malformed, AGoodbyeThatTheKernelRefuses) {
  Story story("an answer and a goodbye, of which the kernel takes 10 bytes, then 3, then the rest");
  story.notes(notes_on_protection);
  Client client;
  EchoConnection connection(client.server(), 100, 200);
  ShortIo io(client.server());
  io.writes({at_most(10), fails_with(EAGAIN), at_most(3), fails_with(EAGAIN)});
  client.say(request(1, "one") + message({1, 9, 0, 5}, "") + request(2, "two"));
  expect_wish(story, connection.turn(), "write");
  expect_wish(story, connection.turn(), "write");
  expect_wish(story, connection.turn(), "close");
  story.expect_bytes(client.hear(), answer(1, "one") + goodbye(5, Reason::bad_type));
}

TEST(Malformed, AsMuchAsThereIsRoomFor) {
  Story story("the room is filled to its last byte, by a request and a wrong header");
  story.notes(notes_on_protection);
  Client client;
  EchoConnection connection(client.server(), 100, 108);
  client.say(request(1, std::string(92, 'x')) + message({3, 1, 0, 9}, "") + std::string(500, 'z'));
  expect_wish(story, connection.turn(), "close");
  story.expect_bytes(client.hear(), answer(1, std::string(92, 'x')) + goodbye(9, Reason::bad_version));
}

TEST(Malformed, AnEndIsNoError) {
  Story story("a client says no more; before that it asked, and began to ask");
  story.notes(notes_on_protection);
  for (const std::size_t begun : {0U, 5U, 8U, 10U}) {
    story.step(std::to_string(begun) + " bytes of a third request");
    Client client;
    EchoConnection connection(client.server(), 100, 200);
    client.say(request(1, "one") + request(2, "two") + request(3, "three").substr(0, begun));
    client.says_no_more();
    expect_wish(story, connection.turn(), "close");
    story.expect_bytes(client.hear(), answer(1, "one") + answer(2, "two"));
  }
}

TEST(Malformed, AnEndWhileAnswersWait) {
  Story story("a client says no more, and the kernel does not take the answers at once");
  story.notes(notes_on_protection).think("who has said all, and who has not?");
  Client client;
  EchoConnection connection(client.server(), 100, 200);
  ShortIo io(client.server());
  io.writes({at_most(4), fails_with(EAGAIN)});
  client.say(request(1, "one") + request(2, "two"));
  client.says_no_more();
  expect_wish(story, connection.turn(), "write");
  expect_wish(story, connection.turn(), "close");
  story.expect_bytes(client.hear(), answer(1, "one") + answer(2, "two"));
}

TEST(Malformed, OrGone) {
  Story story("a client asks and vanishes; another one's connection is reset");
  story.notes(notes_on_protection);
  Client client;
  EchoConnection connection(client.server(), 100, 200);
  client.say(request(1, "one"));
  client.vanishes();
  expect_wish(story, connection.turn(), "close");
  Client other;
  EchoConnection second(other.server(), 100, 200);
  ShortIo io(other.server());
  io.reads({fails_with(ECONNRESET)});
  expect_wish(story, second.turn(), "close");
}

// ---- slow-reader ----

TEST(SlowReader, NothingIsReadWhileAnswersWait) {
  Story story("the kernel refuses the answers; the client goes on asking");
  story.notes(notes_on_protection).think("where do the requests stay that you do not read?");
  Client client;
  EchoConnection connection(client.server(), 100, 200);
  ShortIo io(client.server());
  io.writes({at_most(20), fails_with(EAGAIN), fails_with(EAGAIN), fails_with(EAGAIN), at_most(5)});
  std::string asked;
  std::string wanted;
  for (std::uint32_t i = 0; i < 20; ++i) {
    asked += request(i, std::string(90, 'q'));
    wanted += answer(i, std::string(90, 'q'));
  }
  client.say(asked);
  expect_wish(story, connection.turn(), "write");
  const std::size_t unread = client.unread();
  story.expect(unread).at_least(asked.size() - 400).named("what the server has not read").units("bytes");
  story.step("told that it is readable, twice");
  client.say(request(20, "more"));
  expect_wish(story, connection.turn(), "write");
  expect_wish(story, connection.turn(), "write");
  story.expect(client.unread()).equals(unread + 12).named("what the server has not read").units("bytes");
  story.step("told that it is writable: once, and not that it is readable");
  expect_wish(story, connection.turn(), "read");
  story.expect_bytes(client.hear(), wanted + answer(20, "more"));
}

TEST(SlowReader, AClientWhoNeverReads) {
  Story story("a client asks until nothing is taken any more, and does not read");
  story.notes(notes_on_protection).think("what grows when answers wait, and how far?");
  Client client;
  EchoConnection connection(client.server(), 1000, 3000);
  std::string asked;
  std::uint32_t id = 0;
  const testkit::AllocationCounter memory;
  std::uint64_t allocated = 0;
  Wish wish{true, false, false};
  std::string said;
  for (bool more = true; more && id < 100'000;) {
    if (asked.empty()) {
      asked = request(id, std::string(1000, static_cast<char>('a' + id % 26)));
      ++id;
    }
    const std::size_t took = client.say(asked);
    said += asked.substr(0, took);
    asked.erase(0, took);
    const std::uint64_t before = memory.allocations();
    wish = connection.turn();
    allocated += memory.allocations() - before;
    more = took > 0;
  }
  expect_wish(story, wish, "write");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.step("the client reads after all");
  std::string heard;
  for (unsigned i = 0; i < 10'000; ++i) {
    const std::string part = client.hear();
    if (part.empty()) break;
    heard += part;
    wish = connection.turn();
  }
  expect_wish(story, wish, "read");
  // Answers are requests with another type: the whole ones of what was said.
  std::string wanted = said.substr(0, said.size() / 1008 * 1008);
  for (std::size_t at = 1; at < wanted.size(); at += 1008) wanted[at] = 2;
  story.expect(heard.size()).equals(wanted.size()).named("what the client has heard").units("bytes");
  story.expect(heard == wanted).is_true().named("and these are the answers");
}

}  // namespace
}  // namespace lln::exercise::hostile_test

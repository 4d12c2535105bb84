// Stage 6: the conversation with the server.
#include <lln/testkit/random.hpp>

#include <snapshot_rig.hpp>

#include <algorithm>

namespace lln::project::rig {
namespace {

using State = SnapshotState;
using Failure = SnapshotFailure;

// ---- login ----

TEST(Login, TheBytes) {
  Rig rig("the login leaves in two parts");
  rig.story.expect(rig.splice.to_send().size())
      .equals(0U)
      .named("what waits to be sent before the connection")
      .units("bytes");
  rig.splice.connected(day, rig.now);
  rig.story.step("a connection is open");
  const std::string login = std::string("\0\x2fL", 3) + std::string(45, ' ') + "1";
  rig.story.expect_bytes(text(rig.splice.to_send()), login);
  rig.story.step("the kernel takes 20 bytes");
  rig.splice.sent(20, rig.now);
  rig.story.expect_bytes(text(rig.splice.to_send()), login.substr(20));
  rig.story.step("and the rest");
  rig.splice.sent(29, rig.now);
  rig.story.expect_bytes(text(rig.splice.to_send()), "");
  rig.expect("", State::loading);
}

TEST(Login, AServerThatRefusesDoesNotCostTheBooks) {
  Rig rig("messages 4 to 9 are lost; the server lets nobody in, then it does");
  rig.story.think("from when on are the books void?");
  rig.live(1, 3);
  rig.live(10, 12);
  rig.expect("1..3", State::stale);
  rig.connect();
  rig.story.step("J");
  rig.serve(soup('J', "A"));
  rig.expect_failure(Failure::rejected);
  rig.story.expect(rig.splice.next_sequence()).equals(4U).named("the first message that the books miss");
  rig.expect("", State::stale);
  rig.story.step("the second connection");
  rig.splice.connected(day, rig.now);
  rig.story.expect(rig.splice.to_send().size()).equals(49U).named("the login").units("bytes");
  rig.story.expect(rig.splice.failure()).equals(Failure::none).named("the failure");
  rig.serve(whole_snapshot(10));
  rig.expect("begin; 'R one'; 'A two'; end 10", State::catching_up);
}

TEST(Login, AnotherSession) {
  Rig rig("the server has the books of another day");
  rig.live(10, 12);
  rig.connect();
  rig.serve(accepted("    DAY002"));
  rig.expect_failure(Failure::wrong_session);
  rig.serve(sequenced("A old") + end_of_snapshot(11));
  rig.expect("", State::stale);
  rig.story.step("another connection, and a name with spaces on the right");
  rig.connect();
  rig.serve(accepted("DAY001    "));
  rig.expect("begin", State::loading);
}

TEST(Login, Heartbeats) {
  Rig rig("a heartbeat after a second of our silence, and one only",
          {.hold = 64, .login_timeout_ns = 60'000 * ms, .silence_timeout_ns = 60'000 * ms});
  rig.splice.connected(day, rig.now);
  rig.splice.sent(20, rig.now);
  rig.now += 5000 * ms;
  rig.splice.on_time(rig.now);
  rig.story.step("5 s after 20 bytes of the login have left");
  rig.story.expect(rig.splice.to_send().size()).equals(29U).named("what waits to be sent").units("bytes");
  rig.splice.sent(29, rig.now);
  rig.now += 999 * ms;
  rig.splice.on_time(rig.now);
  rig.story.expect_bytes(text(rig.splice.to_send()), "");
  rig.now += 1 * ms;
  rig.splice.on_time(rig.now);
  rig.story.step("1000 ms after the login");
  rig.story.expect_bytes(text(rig.splice.to_send()), soup('R'));
  rig.now += 5000 * ms;
  rig.splice.on_time(rig.now);
  rig.story.step("5 s later, and the kernel has not taken it yet");
  rig.story.expect_bytes(text(rig.splice.to_send()), soup('R'));
  rig.splice.sent(3, rig.now);
  rig.splice.on_time(rig.now + 999 * ms);
  rig.story.step("999 ms after it has left");
  rig.story.expect_bytes(text(rig.splice.to_send()), "");
}

TEST(Login, TimeOuts) {
  Rig rig("a server that does not answer the login, but sends heartbeats; then one that falls silent");
  rig.story.think("which of the two times do the server's heartbeats put off?");
  rig.connect();
  for (int i = 0; i < 9; ++i) {
    rig.now += 100 * ms;
    rig.serve(soup('H'));
    rig.splice.on_time(rig.now);
  }
  rig.expect("", State::loading);
  rig.now += 100 * ms;
  rig.splice.on_time(rig.now);
  rig.story.step("a second without an answer");
  rig.expect_failure(Failure::timeout);
  rig.connect();
  rig.serve(accepted() + sequenced("A"));
  for (int i = 0; i < 3; ++i) {
    rig.now += 4999 * ms;
    rig.splice.on_time(rig.now);
    rig.serve(soup('H'));
  }
  rig.story.step("let in, and a heartbeat every 4999 ms");
  rig.expect("begin; 'A'", State::loading);
  rig.now += 5000 * ms;
  rig.splice.on_time(rig.now);
  rig.story.step("5 s without a byte");
  rig.expect_failure(Failure::timeout);
  rig.story.expect(rig.splice.to_send().size()).equals(0U).named("what waits to be sent").units("bytes");
}

// ---- stream ----

// Everything that may stand in a stream, and what the books are told of it.
std::string rich_stream() {
  return soup('+', "hello") + soup('H') + accepted() + sequenced("R1") + soup('H') + sequenced("") +
         soup('?', "new") + soup('U', "aside") + sequenced("A22") + end_of_snapshot(10) + soup('Z');
}
constexpr const char* rich_told = "begin; 'R1'; ''; 'A22'; end 10";

TEST(Stream, AtOnce) {
  Rig rig("a snapshot in one read, with heartbeats and types that nobody knows");
  rig.connect();
  rig.serve(rich_stream());
  rig.expect(rich_told, State::live);
  rig.story.step("more bytes and the end of the connection");
  rig.serve(sequenced("A late"));
  rig.splice.disconnected();
  rig.expect("", State::live);
}

TEST(Stream, EveryByteAlone) {
  Rig rig("a snapshot of which every byte comes alone");
  rig.story.think("what is left of a read that ends within a packet?");
  rig.connect();
  for (const char byte : rich_stream()) rig.serve({&byte, 1});
  rig.expect(rich_told, State::live);
}

TEST(Stream, PiecesOfAnySize) {
  Rig rig("packets of up to 65537 bytes in pieces of random sizes, then all in one");
  auto random = testkit::random();
  std::string stream = accepted();
  std::string told = "begin; ";
  for (int i = 0; i < 30; ++i) {
    const std::size_t size = i % 10 == 0 ? 0xFFFE : random() % 200;
    const std::string message(size, static_cast<char>('a' + i % 26));
    stream += sequenced(message);
    told += "'" + message + "'; ";
  }
  stream += end_of_snapshot(10);
  told += "end 10";
  rig.connect();
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size =
        std::min<std::size_t>(stream.size() - at, 1 + random() % (random() % 2 ? 30 : 30'000));
    rig.serve(std::string_view(stream).substr(at, size));
    at += size;
  }
  rig.story.expect(rig.diary.told() == told).is_true().named("the books were told all of it");
  rig.connect();
  rig.serve(stream);
  rig.story.step("in one piece");
  rig.story.expect(rig.diary.told() == told).is_true().named("the books were told all of it");
}

TEST(Stream, EndsEarly) {
  Rig rig("the connection ends within a packet; the server ends before the snapshot does");
  rig.live(10, 12);
  rig.connect();
  rig.serve(accepted() + sequenced("A one") + end_of_snapshot(10).substr(0, 20));
  rig.expect("begin; 'A one'", State::loading);
  rig.splice.disconnected();
  rig.expect_failure(Failure::cut_off);
  rig.connect();
  rig.serve(accepted() + sequenced("A two") + soup('Z'));
  rig.story.step("the second attempt, ended by Z");
  rig.expect_failure(Failure::cut_off);
  rig.expect("begin; 'A two'", State::stale);
  rig.connect();
  rig.serve(whole_snapshot(10));
  rig.story.step("the third");
  rig.expect("begin; 'R one'; 'A two'; end 10", State::catching_up);
}

TEST(Stream, NoGlimpse) {
  const struct {
    const char* what;
    std::string stream;
  } cases[] = {
      {"a packet of length 0", std::string(2, '\0')},
      {"a message before the login was answered", sequenced("A")},
      {"a login accepted twice", accepted() + accepted()},
      {"an A of 29 bytes", soup('A', "    DAY001" + number(1).substr(1))},
      {"an A whose number is none", soup('A', "    DAY001" + std::string(20, ' '))},
      {"a J of two bytes", soup('J', "AA")},
      {"a J after the A", accepted() + soup('J', "A")},
      {"a G of 20 bytes", accepted() + sequenced("G" + number(10).substr(1))},
      {"a G without a number", accepted() + sequenced("G" + std::string(20, ' '))},
      {"a G with a letter in its number", accepted() + sequenced("G" + number(10).substr(1) + "x")},
      {"a G with the number 0", accepted() + end_of_snapshot(0)},
      {"a G with the number 2^64 + 5", accepted() + sequenced("G18446744073709551621")},
  };
  for (const auto& c : cases) {
    Rig rig(std::string("the server sends ") + c.what);
    rig.connect();
    rig.serve(c.stream);
    rig.expect_failure(Failure::protocol);
    static_cast<void>(rig.diary.told());
    rig.serve(whole_snapshot(1));
    rig.story.step("more comes on the same connection");
    rig.expect("", State::stale);
  }
}

TEST(Stream, Rubbish) {
  Rig rig("2000 streams with bytes that have flipped");
  auto random = testkit::random();
  for (int i = 0; i < 2000; ++i) {
    std::string stream = rich_stream();
    for (int flips = 0; flips < 1 + i % 4; ++flips)
      stream[random() % stream.size()] = static_cast<char>(random());
    rig.connect();
    const std::size_t cut = random() % stream.size();
    rig.serve(std::string_view(stream).substr(0, cut));
    rig.serve(std::string_view(stream).substr(cut));
    rig.splice.disconnected();
  }
  rig.connect();
  static_cast<void>(rig.splice.give_up());
  rig.story.expect(rig.splice.state()).equals(State::live).named("the state");
}

}  // namespace
}  // namespace lln::project::rig

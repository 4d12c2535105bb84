// What is handed on: lengths, senders, and the datagrams of packets that hold several.
#include <lln/testkit/syscalls.hpp>

#include <mailbox.hpp>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

TEST(Content, LengthsFromNothingToASlot) {
  const OneCpu one_cpu;
  Story story("datagrams of 2, 0, 8 and 1 bytes, in slots of 8");
  story.notes(notes).think("is a datagram without bytes a datagram?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 8);
  const Sender sender(socket);
  for (const char* text : {"ab", "", "12345678", "c"}) sender.send(text);
  Mailbox mail;
  const std::size_t datagrams = receiver.receive(mail);
  expect_mail(story, mail, "[ab][][12345678][c]");
  story.expect(datagrams).equals(4U).named("the answer").units("datagrams");
}

TEST(Content, LongerThanASlot) {
  const OneCpu one_cpu;
  Story story("9 bytes in a slot of 8, between two that fit");
  story.notes(notes).think("which flag of a received message tells that it was longer?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 8);
  const Sender sender(socket);
  for (const char* text : {"before", "123456789", "after"}) sender.send(text);
  Mailbox mail;
  receiver.receive(mail);
  expect_mail(story, mail, "[before][12345678]cut[after]");
  story.step("the same slots again");
  for (const char* text : {"one", "two", "three"}) sender.send(text);
  Mailbox again;
  receiver.receive(again);
  expect_mail(story, again, "[one][two][three]");
}

TEST(Content, TheSenderOfEach) {
  const OneCpu one_cpu;
  Story story("two senders by turns");
  story.notes(notes);
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 64);
  const Sender first(socket);
  const Sender second(socket);
  first.send("1");
  second.send("2");
  first.send("1");
  Mailbox mail;
  receiver.receive(mail);
  expect_mail(story, mail, "[1][2][1]");
  if (!story.ok()) return;
  story.expect(mail[0].sender).equals(INADDR_LOOPBACK).named("the sender, as a number in host order");
  story.expect(mail[0].port).equals(first.port()).named("the port of the first");
  story.expect(mail[1].port).equals(second.port()).named("the port of the second");
  story.expect(mail[2].port).equals(first.port()).named("the port of the third");
}

TEST(Content, InTheirOrder) {
  const OneCpu one_cpu;
  Story story("50 datagrams by 7 slots");
  story.notes(notes);
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 7, 64);
  const Sender sender(socket);
  std::string wanted;
  for (int i = 0; i < 50; ++i) {
    sender.send(std::to_string(i));
    wanted += '[' + std::to_string(i) + ']';
  }
  Mailbox mail;
  const std::size_t datagrams = receiver.drain(mail, 100);
  expect_mail(story, mail, wanted);
  story.expect(datagrams).equals(50U).named("the answer").units("datagrams");
}

// ---- segments ----

class Segments : public testing::Test {
 protected:
  // Does a packet of two datagrams come over the loopback as one? The kernel's affair, so no matter of grading.
  void SetUp() override {
    const OneCpu one_cpu;
    const Socket socket = lln::testkit::bind_udp_on_loopback();
    const int on = 1;
    const Sender sender(socket);
    const int length = 2;
    if (::setsockopt(socket.get(), SOL_UDP, UDP_GRO, &on, sizeof on) != 0 ||
        ::setsockopt(sender.fd(), SOL_UDP, UDP_SEGMENT, &length, sizeof length) != 0) {
      GTEST_SKIP() << "This kernel has no UDP_GRO or no UDP_SEGMENT: " << std::strerror(errno) << '.';
    }
    sender.send("abcd");
    char text[8];
    if (::recv(socket.get(), text, sizeof text, 0) != 4)
      GTEST_SKIP() << "This kernel cuts packets of several datagrams on the loopback before they arrive.";
  }
};

TEST_F(Segments, TheLastIsShorter) {
  const OneCpu one_cpu;
  Story story("one packet: three datagrams of 4 bytes and one of 2");
  story.notes(notes).think("how long is the last one?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 2048);
  const Sender sender(socket);
  sender.send_as_one("aaaabbbbccccdd", 4);
  Mailbox mail;
  const std::size_t datagrams = receiver.receive(mail);
  expect_mail(story, mail, "[aaaa][bbbb][cccc][dd]");
  story.expect(datagrams).equals(4U).named("the answer").units("datagrams");
  if (!story.ok()) return;
  story.expect(mail[3].port).equals(sender.port()).named("the port of the last");
}

TEST_F(Segments, AmongOthers) {
  const OneCpu one_cpu;
  Story story("batches of single datagrams, of packets with several, and of both, in the same slots");
  story.notes(notes).think("what does the kernel leave in msg_controllen when there was no control message?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 4, 2048);
  const Sender sender(socket);
  for (const char* text : {"one", "two", "three"}) sender.send(text);
  Mailbox singles;
  receiver.receive(singles);
  expect_mail(story, singles, "[one][two][three]");
  story.step("two packets with several");
  sender.send_as_one("aabbc", 2);
  sender.send_as_one("ddddee", 4);
  Mailbox several;
  receiver.receive(several);
  expect_mail(story, several, "[aa][bb][c][dddd][ee]");
  story.step("a single one, an empty one, and one with several");
  sender.send("longer than the others");
  sender.send("");
  sender.send_as_one("ffgg", 2);
  Mailbox both;
  receiver.receive(both);
  expect_mail(story, both, "[longer than the others][][ff][gg]");
}

TEST_F(Segments, LongerThanASlot) {
  const OneCpu one_cpu;
  Story story("one packet of three datagrams of 4 bytes, in a slot of 10");
  story.notes(notes).think("which of the three is whole?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 4, 10);
  const Sender sender(socket);
  sender.send_as_one("aaaabbbbcccc", 4);
  Mailbox mail;
  receiver.receive(mail);
  expect_mail(story, mail, "[aaaa][bbbb][cc]cut");
}

TEST_F(Segments, EightHundredByOneCall) {
  const OneCpu one_cpu;
  Story story("16 packets of 50 datagrams, and 32 slots");
  story.notes(notes).think("how many system calls is that for each datagram?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 2048);
  const Sender sender(socket);
  for (int packet = 0; packet < 16; ++packet) {
    std::string text;
    for (int i = 0; i < 50; ++i) text += std::to_string(10'000 + packet * 50 + i);
    sender.send_as_one(text, 5);
  }
  int next = 10'000;
  int wrong = 0;
  const lln::testkit::SyscallCounter calls;
  const std::size_t datagrams = receiver.drain(
      [&](const Datagram& one) {
        char wanted[8];
        const int length = std::snprintf(wanted, sizeof wanted, "%d", next++);
        wrong += one.bytes.size() != static_cast<std::size_t>(length) ||
                 std::memcmp(one.bytes.data(), wanted, one.bytes.size()) != 0;
      },
      100);
  const std::string told = calls.told();
  story.expect(datagrams).equals(800U).named("the answer").units("datagrams");
  story.expect(wrong).equals(0).named("datagrams that are not the next number");
  expect_calls(story, told, "recvmmsg 1");
}

}  // namespace

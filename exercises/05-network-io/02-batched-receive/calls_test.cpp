// System calls and allocations, and what a signal or an error changes.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>

#include <mailbox.hpp>
#include <poll.h>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;
using lln::testkit::fails_with;
using lln::testkit::ShortIo;
using lln::testkit::SyscallCounter;

// Drains, and tells the system calls of it.
std::string calls_of_draining(BatchReceiver& receiver, std::size_t batches, std::size_t& datagrams) {
  const SyscallCounter calls;
  datagrams = receiver.drain([](const Datagram&) {}, batches);
  return calls.told();
}

void send_numbers(const Sender& sender, int from, int to) {
  for (int i = from; i < to; ++i) sender.send("number " + std::to_string(i));
}

TEST(Calls, AHundredDatagramsOf32Slots) {
  const OneCpu one_cpu;
  Story story("100 datagrams wait, the receiver has 32 slots");
  story.notes(notes).think("what does a batch of 4 tell about the queue?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 256);
  send_numbers(Sender(socket), 0, 100);
  std::size_t datagrams = 0;
  const std::string calls = calls_of_draining(receiver, 1000, datagrams);
  story.expect(datagrams).equals(100U).named("the answer").units("datagrams");
  expect_calls(story, calls, "recvmmsg 4");
}

TEST(Calls, FullBatchesOnly) {
  const OneCpu one_cpu;
  Story story("64 datagrams wait, the receiver has 32 slots");
  story.notes(notes).think("the second batch was full: is the queue empty?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 256);
  send_numbers(Sender(socket), 0, 64);
  std::size_t datagrams = 0;
  const std::string calls = calls_of_draining(receiver, 1000, datagrams);
  story.expect(datagrams).equals(64U).named("the answer").units("datagrams");
  expect_calls(story, calls, "recvmmsg 3");
}

TEST(Calls, NothingThere) {
  Story story("nothing was sent");
  story.notes(notes);
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 256);
  const SyscallCounter calls;
  const std::size_t datagrams = receiver.receive([](const Datagram&) {});
  const std::string told = calls.told();
  story.expect(datagrams).equals(0U).named("the answer").units("datagrams");
  expect_calls(story, told, "recvmmsg 1");
}

TEST(Calls, NoMoreBatchesThanAllowed) {
  const OneCpu one_cpu;
  Story story("100 datagrams wait; two batches of 32 are allowed, then two more");
  story.notes(notes).think("a sender that never stops: when would drain() come back?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 256);
  send_numbers(Sender(socket), 0, 100);
  std::size_t datagrams = 0;
  std::string calls = calls_of_draining(receiver, 2, datagrams);
  story.expect(datagrams).equals(64U).named("the answer").units("datagrams");
  expect_calls(story, calls, "recvmmsg 2");
  calls = calls_of_draining(receiver, 2, datagrams);
  story.expect(datagrams).equals(36U).named("the second answer").units("datagrams");
}

TEST(Calls, NoAllocation) {
  const OneCpu one_cpu;
  Story story("1000 datagrams, ten at a time");
  story.notes(notes);
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 32, 256);
  const Sender sender(socket);
  std::size_t datagrams = 0;
  const lln::testkit::AllocationCounter count;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 10; ++i) sender.send("ten of them");
    datagrams += receiver.receive([](const Datagram&) {});
  }
  const std::uint64_t allocations = count.allocations();
  story.expect(datagrams).equals(1000U).named("received").units("datagrams");
  story.expect(allocations).equals(0U).named("allocations");
}

// ---- trouble ----

TEST(Trouble, ASignalInBetween) {
  const OneCpu one_cpu;
  Story story("two signals, then three datagrams");
  story.notes(notes).think("did the socket do anything wrong?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 256);
  send_numbers(Sender(socket), 0, 3);
  ShortIo io(socket.get());
  io.reads({fails_with(EINTR), fails_with(EINTR)});
  Mailbox mail;
  receiver.receive(mail);
  expect_mail(story, mail, "[number 0][number 1][number 2]");
  story.expect(receiver.errors()).equals(0U).named("errors");
}

TEST(Trouble, AnErrorIsInFrontOfTheDatagrams) {
  const OneCpu one_cpu;
  Story story("three datagrams wait; then we send, and nobody listens any more");
  story.notes(notes).think("whose failure does the first recvmmsg tell of?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 256);
  const Sender peer(socket);
  connect_to(socket, peer.port());
  send_numbers(peer, 0, 3);
  peer.become_deaf();
  check(::send(socket.get(), "?", 1, 0) == 1, "send to nobody");
  pollfd refused{socket.get(), 0, 0};
  check(::poll(&refused, 1, 8000) == 1, "the loopback refuses a datagram");
  Mailbox mail;
  receiver.receive(mail);
  expect_mail(story, mail, "[number 0][number 1][number 2]");
  story.expect(receiver.errors()).equals(1U).named("errors");
}

TEST(Trouble, ADescriptorThatIsNone) {
  Story story("the socket is closed behind the receiver's back");
  story.notes(notes).think("which errors go away when the call is repeated?");
  Socket socket = lln::testkit::bind_udp_on_loopback();
  BatchReceiver receiver(socket.get(), 8, 256);
  socket.reset();
  std::size_t datagrams = receiver.receive([](const Datagram&) {});
  story.expect(datagrams).equals(0U).named("the answer").units("datagrams");
  datagrams = receiver.drain([](const Datagram&) {}, 10);
  story.expect(datagrams).equals(0U).named("the answer of drain()").units("datagrams");
  story.expect(receiver.errors()).at_least(2U).named("errors");
  story.step("a receiver of no socket");
  bool thrown = false;
  try {
    const BatchReceiver none(-1, 8, 256);
  } catch (const std::system_error&) {
    thrown = true;
  }
  story.expect(thrown).is_true().named("std::system_error was thrown");
}

}  // namespace

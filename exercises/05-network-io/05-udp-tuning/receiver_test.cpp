// Strangers in the queue, a peer who is gone, and what there was no room for. On the loopback.
#include <lln/testkit/net.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/testkit.hpp>

#include <sched.h>
#include <sockets.hpp>
#include <udp_tuning.hpp>

namespace lln::exercise {
namespace receiver_test {
namespace {

using testkit::Story;

// ---- peer ----

TEST(Peer, NothingFromOthers) {
  Story story("a stranger's datagram lies in the socket, another comes later, then the peer's");
  story.notes(notes_on_udp).think("when does the kernel decide whose socket a datagram is for?");
  const Socket stranger = bind_udp_on_loopback();
  const Socket peer = bind_udp_on_loopback();
  const Socket socket = bind_udp_on_loopback();
  Receiver receiver(socket.get());
  send_to(stranger, address_of(socket), "stranger");
  story.expect(arrived(socket)).is_true().named("an arrival");
  only_from(socket.get(), address_of(peer));
  story.expect(receive(receiver).text).equals("").named("what is there");
  story.step("the stranger sends again, then the peer");
  if (!story.ok()) return;
  try {
    send_to(stranger, address_of(socket), "stranger");
  } catch (const std::system_error&) {  // refused: nobody listens to him
  }
  send_to(peer, address_of(socket), "peer");
  story.expect(arrived(socket)).is_true().named("an arrival");
  story.expect(receive(receiver).text).equals("peer").named("what came");
  story.expect(receive(receiver).datagram.has_value()).is_false().named("anything more");
  story.step("what the peer sends before he is the peer");
  const Socket other = bind_udp_on_loopback();
  Receiver other_receiver(other.get());
  send_to(peer, address_of(other), "before");
  story.expect(arrived(other)).is_true().named("an arrival");
  only_from(other.get(), address_of(peer));
  story.expect(receive(other_receiver).text).equals("").named("what is there");
}

TEST(Peer, WhoIsGoneLeavesWhatHeSent) {
  Story story("the peer sends, then ends; an answer to him is refused by his host");
  story.notes(notes_on_udp).think("whose error does a receive tell, and how often?");
  Socket peer = bind_udp_on_loopback();
  const Socket socket = bind_udp_on_loopback();
  Receiver receiver(socket.get());
  only_from(socket.get(), address_of(peer));
  send_to(peer, address_of(socket), "last words");
  story.expect(arrived(socket)).is_true().named("an arrival");
  const sockaddr_in gone = address_of(peer);
  peer.reset();
  static_cast<void>(::sendto(socket.get(), "?", 1, 0, reinterpret_cast<const sockaddr*>(&gone), sizeof gone));
  pollfd one{socket.get(), 0, 0};
  story.expect(::poll(&one, 1, 8000)).equals(1).named("the error, seen by poll");
  if (!story.ok()) return;
  story.expect(receive(receiver).text).equals("last words").named("what came");
  story.expect(receive(receiver).datagram.has_value()).is_false().named("anything more");
}

// ---- losses ----

// On one CPU nothing overtakes anything on the loopback.
struct OnOneCpu {
  OnOneCpu() {
    ::sched_getaffinity(0, sizeof before, &before);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(std::max(::sched_getcpu(), 0)), &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~OnOneCpu() { ::sched_setaffinity(0, sizeof before, &before); }
  cpu_set_t before{};
};

// Sends `count` datagrams to a socket that nobody reads, then reads. Adds up what came and what was lost.
void burst(Story& story, const Socket& from, const Socket& to, Receiver& receiver, unsigned count) {
  story.step(std::to_string(count) + " datagrams of 50 bytes, and nobody reads");
  const std::string text(50, 'x');
  for (unsigned i = 0; i < count; ++i) send_to(from, address_of(to), text);
  unsigned came = 0;
  unsigned lost = 0;
  for (;; ++came) {
    const Got got = receive(receiver);
    if (!got.datagram || got.text != text) break;
    lost += got.datagram->lost;
  }
  // One that finds room tells of those before it that did not; what the burst still had on its way comes before it.
  story.step("one more, when there is room");
  for (unsigned tries = 0; tries < 4 && story.ok(); ++tries) {
    send_to(from, address_of(to), "one more");
    if (!arrived(to)) break;
    Got got;
    while ((got = receive(receiver)).datagram && got.text == text) {
      lost += got.datagram->lost;
      ++came;
    }
    if (got.text == "one more") {
      lost += got.datagram->lost;
      story.expect(lost).at_least(1U).named("lost").units("datagrams");
      story.expect(lost)
          .equals(count - came)
          .named("lost, where " + std::to_string(came) + " came")
          .units("datagrams");
      return;
    }
  }
  story.fail("A datagram that was sent when there was room should have come, and did not.");
}

TEST(Losses, AreCounted) {
  const OnOneCpu here;
  Story story("a socket with a small receive buffer");
  story.notes(notes_on_udp)
      .think("the kernel counts from the socket's birth: what does the second answer mean?");
  const Socket from = bind_udp_on_loopback();
  const Socket to = bind_udp_on_loopback();
  const int small = 4096;
  ::setsockopt(to.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  Receiver receiver(to.get());
  story.step("one datagram, and none lost");
  send_to(from, address_of(to), "first");
  story.expect(arrived(to)).is_true().named("an arrival");
  const Got first = receive(receiver);
  story.expect(first.text).equals("first").named("what came");
  if (!story.ok()) return;
  story.expect(first.datagram->lost).equals(0U).named("lost").units("datagrams");
  story.expect(first.datagram->cut).is_false().named("cut");
  burst(story, from, to, receiver, 150);
  if (story.ok()) burst(story, from, to, receiver, 70);
}

TEST(Losses, CutAndInterrupted) {
  Story story("a datagram of 100 bytes for a buffer of 64; a signal; then one of 0 bytes, and none");
  story.notes(notes_on_udp);
  const Socket from = bind_udp_on_loopback();
  const Socket to = bind_udp_on_loopback();
  Receiver receiver(to.get());
  send_to(from, address_of(to), std::string(100, 'y'));
  story.expect(arrived(to)).is_true().named("an arrival");
  testkit::ShortIo io(to.get());
  io.reads({testkit::fails_with(EINTR)});
  const Got long_one = receive(receiver);
  story.expect(long_one.text).equals(std::string(64, 'y')).named("what came");
  if (!story.ok()) return;
  story.expect(long_one.datagram->cut).is_true().named("cut");
  story.step("0 bytes");
  send_to(from, address_of(to), "");
  story.expect(arrived(to)).is_true().named("an arrival");
  const Got empty = receive(receiver);
  story.expect(empty.datagram.has_value()).is_true().named("a datagram");
  if (!story.ok()) return;
  story.expect(empty.datagram->bytes).equals(0U).named("its size").units("bytes");
  story.expect(empty.datagram->cut).is_false().named("cut");
  story.step("nothing more");
  story.expect(receive(receiver).datagram.has_value()).is_false().named("a datagram");
}

}  // namespace
}  // namespace receiver_test
}  // namespace lln::exercise

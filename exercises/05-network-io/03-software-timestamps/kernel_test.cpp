// Stamps that the kernel takes on the loopback.
#include <lln/testkit/net.hpp>
#include <lln/testkit/one_cpu.hpp>
#include <lln/testkit/patience.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>

#include <control_message.hpp>
#include <poll.h>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;
using lln::testkit::fails_with;
using lln::testkit::OneCpu;
using lln::testkit::Patience;
using lln::testkit::ShortIo;
using lln::testkit::Socket;

constexpr std::int64_t an_hour = 3'600'000'000'000;

void connect_to(const Socket& from, std::uint16_t port) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(from.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
}

// Two sockets of the loopback with stamps on; the first is connected to the second, its ids begin at 0.
struct Line {
  Line() : from(lln::testkit::bind_udp_on_loopback()), to(lln::testkit::bind_udp_on_loopback()) {
    connect_to(from, lln::testkit::port(to));
    enable_stamps(from.get());
    enable_stamps(to.get());
    warm_up();
  }

  // The kernel switches its receive stamps on in the background: the first packets may have none. They come from somebody
  // else, so that our ids still begin at 0.
  void warm_up() {
    const Socket stranger = lln::testkit::bind_udp_on_loopback();
    connect_to(stranger, lln::testkit::port(to));
    for (Patience patience; patience.step(false);) {
      if (::send(stranger.get(), "?", 1, 0) != 1) return;
      wait_for_one();
      std::array<std::byte, 8> bytes{};
      const std::optional<Received> got = receive_noted(to.get(), bytes);
      if (got && got->kernel_ns != 0) return;
    }
  }
  void wait_for_one() const {
    pollfd readable{to.get(), POLLIN, 0};
    ::poll(&readable, 1, 1000);
  }
  // Sends one and receives it.
  bool pass(std::uint32_t id, Journal& journal) const {
    const std::array<std::byte, 4> bytes{};
    if (!send_noted(from.get(), bytes, id, journal)) return false;
    wait_for_one();
    std::array<std::byte, 8> buffer{};
    const std::optional<Received> got = receive_noted(to.get(), buffer);
    if (!got || got->bytes != bytes.size()) return false;
    journal.note(id, Station::receive, got->kernel_ns);
    journal.note(id, Station::app_receive, got->app_ns);
    return true;
  }

  Socket from;
  Socket to;
};

// Stamps of sent packets are made when they are sent, or soon afterwards. How many there are in the end.
std::size_t collect_all(const Line& line, Journal& journal, std::size_t wanted) {
  std::size_t stamps = 0;
  for (Patience patience(std::chrono::seconds(2)); stamps < wanted;) {
    const std::size_t now = collect(line.from.get(), journal);
    stamps += now;
    if (!patience.step(now > 0)) break;
  }
  return stamps + collect(line.from.get(), journal);
}

TEST(Kernel, FiftyPackets) {
  const OneCpu one_cpu;
  Story story("50 packets over the loopback, the stamps collected at the end");
  story.notes(notes).think("how many messages are on the error queue by then?");
  const Line line;
  Journal journal(64);
  bool passed = true;
  for (std::uint32_t id = 0; id < 50; ++id) passed = passed && line.pass(id, journal);
  story.expect(passed).is_true().named("all were sent and received");
  story.step("collect");
  story.expect(collect_all(line, journal, 100)).equals(100U).named("stamps, two for each packet,");
  const Report report = journal.report();
  story.expect(report.packets).equals(50U).named("packets of the report");
  story.expect(report.whole.packets).equals(50U).named("packets from app to app");
  for (const Leg& leg : report.legs) story.expect(leg.missing).equals(0U).named("missing stamps of a leg");
  for (const Leg& leg : report.legs) {
    story.expect(leg.backwards).equals(0U).named("packets that go backwards on a leg");
    story.expect(leg.most).at_most(an_hour).named("the longest time of a leg").units("ns");
  }
}

TEST(Kernel, OneCallEmptiesTheQueue) {
  const OneCpu one_cpu;
  Story story("ten packets, all stamps there; one call of collect(), and two signals in it");
  story.notes(notes).think("how does the error queue say that it is empty?");
  const Line line;
  Journal journal(64);
  for (std::uint32_t id = 0; id < 10; ++id) line.pass(id, journal);
  ShortIo io(line.from.get());
  io.reads({fails_with(EINTR), fails_with(EINTR)});
  const std::size_t stamps = collect(line.from.get(), journal);
  story.expect(stamps).equals(20U).named("stamps");
  story.expect(collect(line.from.get(), journal)).equals(0U).named("stamps of a second call");
}

TEST(Kernel, AnErrorAmongTheStamps) {
  const OneCpu one_cpu;
  Story story("one packet arrives, the next is refused by ICMP, one more arrives");
  story.notes(notes).think("what else comes by the error queue?");
  const Line line;
  const int on = 1;
  ::setsockopt(line.from.get(), IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  Journal journal(64);
  story.expect(line.pass(0, journal)).is_true().named("packet 0 passed");
  // Hears nobody but itself, and keeps the port from others.
  const Socket deaf = lln::testkit::bind_udp_on_loopback();
  connect_to(deaf, lln::testkit::port(deaf));
  connect_to(line.from, lln::testkit::port(deaf));
  const std::array<std::byte, 4> bytes{};
  send_noted(line.from.get(), bytes, 1, journal);
  int error = 0;
  for (Patience patience(std::chrono::seconds(2)); error == 0 && patience.step(false);) {
    socklen_t length = sizeof error;
    ::getsockopt(line.from.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  }
  story.expect(error).equals(ECONNREFUSED).named("the socket's error");
  if (!story.ok()) return;
  connect_to(line.from, lln::testkit::port(line.to));
  story.expect(line.pass(2, journal)).is_true().named("packet 2 passed");
  const std::size_t stamps = collect_all(line, journal, 6);
  story.expect(stamps).equals(6U).named("stamps of three packets that were sent");
  const Report report = journal.report();
  story.expect(report.legs[1].packets).equals(3U).named("packets from scheduler to driver");
  story.expect(report.legs[2].packets).equals(2U).named("packets from driver to receive");
  story.expect(report.legs[2].missing).equals(1U).named("packets that did not arrive");
}

TEST(Kernel, WhatWasAskedFor) {
  Story story("the options of the socket");
  story.notes(notes).think("what does the error queue hold for each packet, unless it is told not to?");
  const Socket socket = lln::testkit::bind_udp_on_loopback();
  enable_stamps(socket.get());
  unsigned flags = 0;
  socklen_t length = sizeof flags;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPING, &flags, &length);
  story.expect((flags & SOF_TIMESTAMPING_OPT_ID) != 0).is_true().named("SOF_TIMESTAMPING_OPT_ID is on");
  story.expect((flags & SOF_TIMESTAMPING_OPT_TSONLY) != 0)
      .is_true()
      .named("SOF_TIMESTAMPING_OPT_TSONLY is on");
  story.step("a descriptor that is none");
  bool thrown = false;
  try {
    enable_stamps(-1);
  } catch (const std::system_error&) {
    thrown = true;
  }
  story.expect(thrown).is_true().named("std::system_error was thrown");
}

}  // namespace

#include <lln/testkit/allocations.hpp>

#include <cable.hpp>

#include <cstdio>
#include <cstring>
#include <memory>

namespace xdp_receive_test {
namespace {

using namespace lln::exercise;
using lln::net::XdpMode;
using lln::project::XdpReceive;
using lln::testkit::AllocationCounter;
using lln::testkit::Story;

class OnTheCable : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Cable::why_not(); !why.empty()) GTEST_SKIP() << why;
    cable = std::make_unique<Cable>();
  }

  // Whether the far end's kernel tells the network that it wants the group.
  static bool is_member(const Endpoint& group) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/thread-self/net/igmp", "r"),
                                                               std::fclose);
    char wanted[9];
    std::snprintf(wanted, sizeof wanted, "%08X", __builtin_bswap32(group.address.value));
    for (char line[200]; file && std::fgets(line, sizeof line, file.get()) != nullptr;) {
      if (std::strstr(line, wanted) != nullptr) return true;
    }
    return false;
  }

  std::unique_ptr<Cable> cable;
  Collector seen;
};

using TakesTheFeed = OnTheCable;
using LeavesTheRest = OnTheCable;
using TheLongWayRound = OnTheCable;
using TrustsNobody = OnTheCable;

TEST_F(TakesTheFeed, BothLinesInOrder) {
  for (const XdpMode mode : {XdpMode::generic, XdpMode::native}) {
    Story story(std::string("two groups on one port, the XDP program in ") + to_string(mode) + " mode");
    story.notes(notes_around_the_kernel).think("which field of which header says which line it is?");
    auto options = cable->options();
    options.mode = mode;
    XdpReceive receive(options);
    Collector both;
    std::vector<Bytes> sent;
    for (std::uint64_t i = 0; i < 20; ++i) sent.push_back(datagram(i, 20 + 70 * i));
    story.step("each of 20 datagrams of 20 to 1350 bytes is sent on A and then on B");
    for (const Bytes& bytes : sent) {
      cable->send(Cable::line_a, bytes);
      cable->send(Cable::line_b, bytes);
    }
    cable->settle();
    story.expect(Cable::poll(receive, both)).equals(40U).named("what poll() returned, added up");
    story.expect(both.lines[0].size()).equals(20U).named("what came on A").units("datagrams");
    story.expect(both.lines[1].size()).equals(20U).named("what came on B").units("datagrams");
    story.expect(both.lines[0] == sent).is_true().named("\"A is as it was sent\"");
    story.expect(both.lines[1] == sent).is_true().named("\"B is as it was sent\"");
    story.expect(receive.malformed()).equals(0U).named("malformed()");
    story.expect(receive.lost()).equals(0U).named("lost()");
  }
}

TEST_F(TakesTheFeed, JoinsAndLeaves) {
  Story story("the network sends a group only to who has asked for it");
  story.notes(notes_around_the_kernel).think("XDP takes frames that arrive. Who makes them come?");
  {
    const XdpReceive receive(cable->options());
    story.step("while it lives, look for the groups in /proc/net/igmp");
    story.expect(is_member(Cable::line_a)).is_true().named("membership of line A");
    story.expect(is_member(Cable::line_b)).is_true().named("membership of line B");
  }
  story.step("when it is gone");
  story.expect(is_member(Cable::line_a)).is_false().named("membership of line A");
}

TEST_F(TakesTheFeed, ForEverInTheSameMemory) {
  Story story("3,200 datagrams through 64 frames of memory");
  story.notes(notes_around_the_kernel).think("when does a frame's memory go back to the kernel?");
  auto options = cable->options();
  options.frames = 64;
  XdpReceive receive(options);
  for (std::uint64_t round = 0; round < 200 && story.ok(); ++round) {
    story.step("round " + std::to_string(round) + ": 16 datagrams, then poll until they are there");
    for (std::uint64_t i = 0; i < 16; ++i) cable->send(Cable::line_a, datagram(round + i, 200));
    cable->settle();
    Collector now;
    for (int i = 0; i < 20; ++i) receive.poll(now);
    story.expect(now.count()).equals(16U).named("what came").units("datagrams");
    story.expect(!now.lines[0].empty() && now.lines[0].back() == datagram(round + 15, 200))
        .is_true()
        .named("\"the last one is as it was sent\"");
  }
  story.step("poll 1,000 times with nothing there");
  const AllocationCounter count;
  for (int i = 0; i < 1'000; ++i) receive.poll(seen);
  story.expect(count.allocations()).equals(0U).units("allocations");
}

TEST_F(LeavesTheRest, OtherGroupsPortsAndPrograms) {
  Story story("the feed among datagrams that are not the feed's");
  story.notes(notes_around_the_kernel).think("what tells the XDP program to take a frame: one field or two?");
  const Endpoint other_group{Ipv4Address{Cable::line_a.address.value + 9}, Cable::line_a.port};
  const Endpoint other_port{Cable::line_b.address, 31009};
  const auto interface = cable->net().interface(Side::far);
  lln::net::MulticastReceiver group({.group = other_group, .interface = interface});
  lln::net::MulticastReceiver port({.group = other_port, .interface = interface});
  lln::net::UdpSocket unicast;
  unicast.bind(Cable::far_end);
  XdpReceive receive(cable->options());
  story.step(
      "to another group on A's port, to B's group on another port, to this machine on A's port; then to B");
  for (const Endpoint& to : {other_group, other_port, Cable::far_end, Cable::line_b})
    cable->send(to, datagram(1, 100));
  cable->settle();
  story.expect(Cable::poll(receive, seen)).equals(1U).named("what you handed on").units("datagrams");
  Bytes buffer(200);
  story.expect(group.receive().size()).equals(1U).named("what the other group's program got");
  story.expect(port.receive().size()).equals(1U).named("what the other port's program got");
  story.expect(unicast.receive(buffer).value_or(0))
      .equals(100U)
      .named("what the unicast program got")
      .units("bytes");
}

TEST_F(LeavesTheRest, OtherSenders) {
  for (const bool other : {false, true}) {
    Story story("a feed that is wanted from one sender only");
    story.notes(notes_around_the_kernel).think("both ways in have to know the sender");
    lln::net::MulticastReceiver anybody(
        {.group = Cable::line_a, .interface = cable->net().interface(Side::far)});
    auto options = cable->options();
    options.source = other ? Ipv4Address::parse("10.77.0.9") : lln::net::TestNet::address(Side::near);
    XdpReceive receive(options);
    story.step("wanted from " + options.source->to_string() + ", 10.77.0.1 sends a datagram to line A");
    cable->send(Cable::line_a, datagram(1, 100));
    cable->settle();
    const std::size_t ours = other ? 0 : 1;
    story.expect(Cable::poll(receive, seen)).equals(ours).named("what you handed on").units("datagrams");
    story.expect(anybody.receive().size())
        .equals(1 - ours)
        .named("what a program got that takes it from anybody");
  }
}

TEST_F(TheLongWayRound, Fragments) {
  for (const std::size_t size : {1'600U, 5'000U}) {
    Story story("a datagram of " + std::to_string(size) + " bytes on a cable that carries 1,500");
    story.notes(notes_around_the_kernel)
        .think("only its first fragment has a port. Who puts fragments together, and who asks there?");
    XdpReceive receive(cable->options());
    Collector both;
    cable->send(Cable::line_b, datagram(7, size));
    cable->settle();
    Cable::poll(receive, both);
    story.expect(both.lines[1].size())
        .equals(1U)
        .named("what came on B after 4,000 polls")
        .units("datagrams");
    if (!story.ok()) return;
    story.expect(both.lines[1][0].size()).equals(size).named("its length").units("bytes");
    story.expect(both.lines[1][0] == datagram(7, size)).is_true().named("\"it is as it was sent\"");
  }
}

TEST_F(TheLongWayRound, BesideTheShortOne) {
  Story story("while one in ten is too long for the cable, the others go on");
  story.notes(notes_around_the_kernel);
  XdpReceive receive(cable->options());
  for (std::uint64_t i = 0; i < 40; ++i) cable->send(Cable::line_a, datagram(i, i % 10 == 9 ? 1'900 : 300));
  cable->settle();
  Cable::poll(receive, seen);
  story.expect(seen.lines[0].size()).equals(40U).named("what came on A").units("datagrams");
  story.expect(seen.lines[1].size()).equals(0U).named("what came on B").units("datagrams");
}

TEST_F(TrustsNobody, PaddingIsNoPayload) {
  Story story("5 bytes in a frame that was padded to Ethernet's 60");
  story.notes(notes_around_the_kernel).think("which header knows how long the payload is?");
  XdpReceive receive(cable->options());
  Bytes frame = Cable::frame(Cable::line_a, datagram(3, 5));
  frame.resize(60);
  cable->send_frame(frame);
  cable->settle();
  Cable::poll(receive, seen);
  story.expect(seen.lines[0].size()).equals(1U).named("what came on A").units("datagrams");
  if (!story.ok()) return;
  story.expect(seen.lines[0][0].size()).equals(5U).named("its length").units("bytes");
}

TEST_F(TrustsNobody, WhatIsNotValidIsCountedAndDropped) {
  Story story("frames for line A whose headers do not fit together");
  story.notes(notes_around_the_kernel)
      .think("the kernel would have checked. Who does, when it is not asked?");
  XdpReceive receive(cable->options());
  Bytes checksum = Cable::frame(Cable::line_a, datagram(1, 40));
  checksum[24] ^= std::byte{1};
  Bytes ip_length = Cable::frame(Cable::line_a, datagram(2, 40));
  ip_length.resize(ip_length.size() - 10);
  Bytes udp_length = Cable::frame(Cable::line_a, datagram(3, 40));
  udp_length[39] = std::byte{200};
  story.step("a wrong IP checksum, an IP length beyond the frame, a UDP length beyond IP's; then a good one");
  for (const Bytes& frame : {checksum, ip_length, udp_length, Cable::frame(Cable::line_a, datagram(4, 40))})
    cable->send_frame(frame);
  cable->settle();
  Cable::poll(receive, seen);
  story.expect(receive.malformed()).equals(3U).named("malformed()").units("frames");
  story.expect(seen.lines[0].size()).equals(1U).named("what came on A").units("datagrams");
  story.expect(!seen.lines[0].empty() && seen.lines[0][0] == datagram(4, 40))
      .is_true()
      .named("\"it is the good one\"");
}

TEST_F(TrustsNobody, LossIsTold) {
  Story story("200 datagrams while nobody calls poll()");
  story.notes(notes_around_the_kernel)
      .think("the rings of XDP have an end. Where does the kernel say what fell off?");
  auto options = cable->options();
  options.frames = 64;
  XdpReceive receive(options);
  for (std::uint64_t i = 0; i < 200; ++i) cable->send(Cable::line_a, datagram(i, 100));
  cable->settle();
  const std::size_t handed_on = Cable::poll(receive, seen);
  story.expect(handed_on).at_least(1U).named("what was handed on").units("datagrams");
  story.expect(receive.lost()).at_least(1U).named("lost()").units("datagrams");
  story.expect(handed_on + receive.lost()).equals(200U).named("both together").units("datagrams");
}

}  // namespace
}  // namespace xdp_receive_test

// Which groups and which senders arrive, on the loopback.
#include <traffic.hpp>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

// ---- delivery ----

TEST(Delivery, TwoGroupsOfOneSocket) {
  const OneCpu one_cpu;
  Story story("two groups are joined on the loopback");
  story.notes(notes).think("which control message tells where a datagram was sent to?");
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo")});
  receiver.join({group_b, index_of("lo")});
  const std::uint16_t port = port_of(receiver.fd());
  story.expect(port).differs_from(0).named("the port");
  if (!story.ok()) return;
  story.step("nothing was sent");
  story.expect(receive_now(receiver).has_value()).is_false().named("a datagram");
  story.step("one to each");
  send(host_2, "lo", group_b, port, "to b");
  send(host_2, "lo", group_a, port, "to a");
  const std::optional<Got> first = receive_soon(receiver);
  story.expect(first.has_value()).is_true().named("a datagram");
  if (!first) return;
  story.expect(first->text).equals("to b").named("the first");
  story.expect(first->arrival.group).equals(group_b).named("its group, as a number in host order");
  story.expect(first->arrival.interface).equals(index_of("lo")).named("its interface's index");
  story.expect(first->arrival.sender).equals(host_2).named("its sender, as a number in host order");
  expect_from(story, receiver, "to a", group_a, index_of("lo"));
  story.step("and no third");
  story.expect(receive_now(receiver).has_value()).is_false().named("a datagram");
}

TEST(Delivery, NotWhatOthersJoined) {
  const OneCpu one_cpu;
  Story story("a neighbour has joined another group and has the same port");
  story.notes(notes).think("what is IP_MULTICAST_ALL when nobody sets it?");
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo")});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) {
    const Neighbour neighbour(group_c, "lo", port);
    send(host_1, "lo", group_c, port, "the neighbour's");
    story.expect(neighbour.got("the neighbour's")).is_true().named("the neighbour got it");
    send(host_1, "lo", group_a, port, "mine");
  }
  expect_text(story, receiver, "mine", "the first datagram");
}

TEST(Delivery, NotWhatIsSentToTheHost) {
  const OneCpu one_cpu;
  Story story("somebody sends to 127.0.0.1 and the port, by unicast");
  story.notes(notes).think("to which addresses is the socket bound?");
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo")});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) {
    send(host_1, "lo", host_1, port, "unicast");
    send(host_1, "lo", group_a, port, "multicast");
  }
  expect_text(story, receiver, "multicast", "the first datagram");
  story.step("unicast alone");
  if (port != 0) send(host_1, "lo", host_1, port, "unicast");
  story.expect(receive_now(receiver).has_value()).is_false().named("a datagram");
}

TEST(Delivery, TwoReceiversOfOnePort) {
  const OneCpu one_cpu;
  Story story("two receivers of one port and one group");
  story.notes(notes).think("which option lets two sockets have one port?");
  GroupReceiver first(0);
  const std::uint16_t port = port_of(first.fd());
  story.expect(port).differs_from(0).named("the port");
  if (!story.ok()) return;
  GroupReceiver second(port);
  first.join({group_a, index_of("lo")});
  second.join({group_a, index_of("lo")});
  send(host_1, "lo", group_a, port, "both");
  expect_text(story, first, "both", "the first receiver's datagram");
  expect_text(story, second, "both", "the second receiver's datagram");
}

TEST(Delivery, NothingMoreAfterLeaving) {
  const OneCpu one_cpu;
  Story story("two groups are joined, one is left");
  story.notes(notes);
  GroupReceiver receiver(0);
  const std::uint16_t port = port_of(receiver.fd());
  receiver.join({group_a, index_of("lo")});
  receiver.join({group_b, index_of("lo")});
  receiver.leave({group_a, index_of("lo")});
  if (port != 0) {
    const Neighbour neighbour(group_a, "lo", port);
    send(host_1, "lo", group_a, port, "to a");
    story.expect(neighbour.got("to a")).is_true().named("the neighbour got it");
    send(host_1, "lo", group_b, port, "to b");
  }
  expect_text(story, receiver, "to b", "the first datagram");
}

// ---- source ----

TEST(Source, OnlyFromTheOneWanted) {
  const OneCpu one_cpu;
  Story story("only what 127.0.0.2 sends; a neighbour takes everything");
  story.notes(notes).think("which structure has a group and a source?");
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo"), host_2});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) {
    const Neighbour neighbour(group_a, "lo", port);
    send(host_1, "lo", group_a, port, "from 1");
    story.expect(neighbour.got("from 1")).is_true().named("the neighbour got it");
    send(host_2, "lo", group_a, port, "from 2");
  }
  const std::optional<Got> got = receive_soon(receiver);
  story.expect(got ? got->text : "nothing").equals("from 2").named("the first datagram");
  if (got) story.expect(got->arrival.sender).equals(host_2).named("its sender, as a number in host order");
}

TEST(Source, SeveralAndOneIsLeft) {
  const OneCpu one_cpu;
  Story story("two sources of one group; then one of them is left");
  story.notes(notes).think("what is still joined when one source of a group is left?");
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo"), host_1});
  receiver.join({group_a, index_of("lo"), host_2});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) {
    send(host_1, "lo", group_a, port, "from 1");
    send(host_2, "lo", group_a, port, "from 2");
  }
  expect_text(story, receiver, "from 1");
  expect_text(story, receiver, "from 2");
  story.step("leave the first");
  receiver.leave({group_a, index_of("lo"), host_1});
  if (port != 0) {
    const Neighbour neighbour(group_a, "lo", port);
    send(host_1, "lo", group_a, port, "from 1 again");
    story.expect(neighbour.got("from 1 again")).is_true().named("the neighbour got it");
    send(host_2, "lo", group_a, port, "from 2 again");
  }
  expect_text(story, receiver, "from 2 again");
}

TEST(Source, OneGroupFromAnybodyAnotherFromOne) {
  const OneCpu one_cpu;
  Story story("a from anybody, b from 127.0.0.2 only");
  story.notes(notes);
  GroupReceiver receiver(0);
  receiver.join({group_a, index_of("lo")});
  receiver.join({group_b, index_of("lo"), host_2});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) {
    const Neighbour neighbour(group_b, "lo", port);
    send(host_1, "lo", group_b, port, "b from 1");
    story.expect(neighbour.got("b from 1")).is_true().named("the neighbour got it");
    send(host_1, "lo", group_a, port, "a from 1");
    send(host_2, "lo", group_b, port, "b from 2");
  }
  expect_text(story, receiver, "a from 1", "the first datagram");
  expect_text(story, receiver, "b from 2", "the second datagram");
}

}  // namespace

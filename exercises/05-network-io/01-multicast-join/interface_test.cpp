// The same group on two lines: near0 and near1 are ours, what far0 and far1 send comes in there.
#include <lln/testkit/veth.hpp>

#include <traffic.hpp>

#include <functional>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

class Interface : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = lln::testkit::why_no_veth_pair(); !why.empty()) GTEST_SKIP() << why;
  }
  static void with_two_lines(const std::function<void()>& body) {
    lln::testkit::in_network_namespace([&body] {
      const OneCpu one_cpu;
      lln::testkit::add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
      lln::testkit::add_veth_pair({"near1", "10.77.1.1"}, {"far1", "10.77.1.2"});
      lln::testkit::add_multicast_route("near0");
      body();
    });
  }
};

TEST_F(Interface, IsTheOneThatWasNamed) {
  with_two_lines([] {
    Story story("the group is joined on near1; the multicast route points to near0");
    story.notes(notes).think("which interface does the kernel take for index 0?");
    GroupReceiver receiver(0);
    receiver.join({group_a, index_of("near1")});
    const std::uint16_t port = port_of(receiver.fd());
    if (port != 0) send(0, "far1", group_a, port, "line 1");
    expect_from(story, receiver, "line 1", group_a, index_of("near1"));
  });
}

TEST_F(Interface, TheSameGroupElsewhereIsAnotherOne) {
  with_two_lines([] {
    Story story("the group is joined on near1, and by a neighbour on near0");
    story.notes(notes).think("is a membership a group, or a group on an interface?");
    GroupReceiver receiver(0);
    receiver.join({group_a, index_of("near1")});
    const std::uint16_t port = port_of(receiver.fd());
    if (port != 0) {
      const Neighbour neighbour(group_a, "near0", port);
      send(0, "far0", group_a, port, "line 0");
      story.expect(neighbour.got("line 0")).is_true().named("the neighbour got it");
      send(0, "far1", group_a, port, "line 1");
    }
    expect_text(story, receiver, "line 1", "the first datagram");
  });
}

TEST_F(Interface, OneGroupOnBothLines) {
  with_two_lines([] {
    Story story("one group on two lines, a datagram on each");
    story.notes(notes).think("which control message tells the interface of a datagram?");
    GroupReceiver receiver(0);
    receiver.join({group_a, index_of("near0")});
    receiver.join({group_a, index_of("near1")});
    const std::uint16_t port = port_of(receiver.fd());
    if (port != 0) {
      send(0, "far1", group_a, port, "line 1");
      send(0, "far0", group_a, port, "line 0");
    }
    expect_from(story, receiver, "line 1", group_a, index_of("near1"));
    expect_from(story, receiver, "line 0", group_a, index_of("near0"));
    story.step("line 0 is left");
    receiver.leave({group_a, index_of("near0")});
    if (port != 0) {
      const Neighbour neighbour(group_a, "near0", port);
      send(0, "far0", group_a, port, "line 0 again");
      story.expect(neighbour.got("line 0 again")).is_true().named("the neighbour got it");
      send(0, "far1", group_a, port, "line 1 again");
    }
    expect_text(story, receiver, "line 1 again");
  });
}

}  // namespace

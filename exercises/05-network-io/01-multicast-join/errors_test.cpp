// What is refused, and what is left behind.
#include <fcntl.h>
#include <traffic.hpp>

#include <functional>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

struct Thrown {
  std::string kind = "nothing";  // "invalid_argument", or "system_error" with its number
  std::string text;
};

Thrown thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return {"invalid_argument", error.what()};
  } catch (const std::system_error& error) {
    return {"system_error " + std::to_string(error.code().value()), error.what()};
  }
  return {};
}

std::string system_error(int number) { return "system_error " + std::to_string(number); }

int lowest_free_descriptor() {
  const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(lowest);
  return lowest;
}

TEST(Errors, WhatIsNoMembership) {
  const OneCpu one_cpu;
  Story story("memberships that make no sense, then one that does");
  story.notes(notes);
  GroupReceiver receiver(0);
  const std::uint32_t no_group = 0xC0A80101;  // 192.168.1.1
  Thrown thrown = thrown_by([&] { receiver.join({no_group, index_of("lo")}); });
  story.expect(thrown.kind).equals("invalid_argument").named("thrown for 192.168.1.1");
  thrown = thrown_by([&] { receiver.join({group_a, 0}); });
  story.expect(thrown.kind).equals("invalid_argument").named("thrown for interface 0");
  story.step("an interface that is not there");
  thrown = thrown_by([&] { receiver.join({group_b, 1'000'000}); });
  story.expect(thrown.kind)
      .equals(system_error(ENODEV))
      .named("thrown (ENODEV is " + std::to_string(ENODEV) + ")");
  story.expect(thrown.text.find("239.192.17.2") != std::string::npos)
      .is_true()
      .named("the group 239.192.17.2 in the text \"" + thrown.text + "\"");
  story.step("leave what was not joined");
  thrown = thrown_by([&] { receiver.leave({group_a, index_of("lo")}); });
  story.expect(thrown.kind.starts_with("system_error")).is_true().named("std::system_error was thrown");
  story.step("join");
  receiver.join({group_a, index_of("lo")});
  const std::uint16_t port = port_of(receiver.fd());
  if (port != 0) send(host_1, "lo", group_a, port, "text");
  expect_text(story, receiver, "text");
}

TEST(Errors, APortThatIsTaken) {
  Story story("a port of somebody who does not share it, ten times");
  story.notes(notes).think("whose destructor runs when a constructor throws?");
  const Socket owner = lln::testkit::bind_udp_on_loopback();
  const int before = lowest_free_descriptor();
  for (int i = 0; i < 10; ++i) {
    const Thrown thrown = thrown_by([&] { const GroupReceiver receiver(port_of(owner.get())); });
    story.expect(thrown.kind)
        .equals(system_error(EADDRINUSE))
        .named("thrown (EADDRINUSE is " + std::to_string(EADDRINUSE) + ")");
  }
  story.expect(lowest_free_descriptor()).equals(before).named("the lowest free descriptor afterwards");
}

TEST(Errors, DescriptorsAreClosed) {
  Story story("ten receivers, one after the other");
  story.notes(notes);
  const int before = lowest_free_descriptor();
  for (int i = 0; i < 10; ++i) {
    const GroupReceiver receiver(0);
    story.expect(receiver.fd()).at_least(0).named("its descriptor");
  }
  story.expect(lowest_free_descriptor()).equals(before).named("the lowest free descriptor afterwards");
}

}  // namespace

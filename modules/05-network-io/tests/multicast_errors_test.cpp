// Bad input: one clear sentence each.
#include "loopback_test.hpp"

#include <lln/net/udp_socket.hpp>

namespace lln::net::test {
namespace {

class MulticastErrors : public LoopbackTest {
 protected:
  static void expect(const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts) {
      EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is missing in: " << text;
    }
  }
};

TEST_F(MulticastErrors, NotAMulticastGroup) {
  const Endpoint wrong = Endpoint::parse("127.0.0.1:5000");
  expect(error_of([&] { MulticastReceiver receiver(from(wrong)); }),
         {"127.0.0.1:5000 is not a multicast group", "224"});
  expect(error_of([&] { MulticastSender sender(to(wrong)); }),
         {"127.0.0.1:5000 is not a multicast group", "224"});
}

TEST_F(MulticastErrors, NoInterface) {
  expect(error_of([&] { MulticastReceiver receiver({.group = {group_, 0}}); }), {"no interface given"});
  expect(error_of([&] { MulticastSender sender({.group = {group_, 5000}}); }), {"no interface given"});
}

TEST_F(MulticastErrors, AnInterfaceThatHasGone) {
  const Interface gone{"gone0", 1 << 20, lo_.address};
  expect(error_of([&] {
           MulticastReceiver receiver({.group = {group_, 0}, .interface = gone});
         }),
         {"joining ", group_.to_string().c_str(), "interface gone0", " on fd "});
  expect(error_of([&] {
           MulticastSender sender({.group = {group_, 5000}, .interface = gone});
         }),
         {"IP_MULTICAST_IF gone0", " on fd "});
}

TEST_F(MulticastErrors, APortThatAnotherSocketHoldsForItself) {
  UdpSocket selfish;
  selfish.bind({{}, 0});
  const Endpoint taken{group_, selfish.local_endpoint().port};
  expect(error_of([&] { MulticastReceiver receiver(from(taken)); }),
         {"bind to ", taken.to_string().c_str(), "another socket holds this port", "in use"});
}

TEST_F(MulticastErrors, ASenderNeedsAPort) {
  expect(error_of([&] { MulticastSender sender(to({group_, 0})); }), {"has port 0"});
}

TEST_F(MulticastErrors, ASourceAddressOfAnotherHost) {
  auto options = to({group_, 5000});
  options.source = Ipv4Address::parse("192.0.2.1");
  expect(error_of([&] { MulticastSender sender(options); }),
         {"bind to 192.0.2.1:0", "not an address of this host"});
}

TEST_F(MulticastErrors, SizesOutOfRange) {
  auto receive = any_port();
  receive.batch = 0;
  expect(error_of([&] { MulticastReceiver receiver(receive); }), {"batch is 0, must be 1 .. 1024"});
  receive.batch = 1;
  receive.max_datagram = 0;
  expect(error_of([&] { MulticastReceiver receiver(receive); }), {"max_datagram is 0"});
  auto send = to({group_, 5000});
  send.batch = 1025;
  expect(error_of([&] { MulticastSender sender(send); }), {"batch is 1025"});
  send.batch = 1;
  send.ttl = 256;
  expect(error_of([&] { MulticastSender sender(send); }), {"ttl is 256"});
  send.ttl = 1;
  send.max_datagram = 70'000;
  expect(error_of([&] { MulticastSender sender(send); }), {"max_datagram is 70000"});
}

TEST(InterfaceTest, LoopbackByAnyName) {
  const Interface lo = Interface::loopback();
  EXPECT_GT(lo.index, 0);
  EXPECT_TRUE(lo.address.is_loopback()) << lo.address.to_string();
  const Interface by_name = Interface::named(lo.name);
  EXPECT_EQ(by_name.index, lo.index);
  const Interface by_address = Interface::named(lo.address.to_string());
  EXPECT_EQ(by_address.index, lo.index);
  EXPECT_EQ(by_address.address, lo.address);
}

TEST(InterfaceTest, AnUnknownOneListsThoseThereAre) {
  for (const char* wrong : {"lo0x", "", "192.0.2.77"}) {
    const auto text = error_of([&] { Interface::named(wrong); });
    EXPECT_NE(text.find("'" + std::string(wrong) + "'"), std::string::npos) << text;
    EXPECT_NE(text.find(Interface::loopback().name + " (127.0.0.1)"), std::string::npos) << text;
  }
}

TEST(InterfaceTest, AllListsEachOnce) {
  const auto all = Interface::all();
  int last = 0;
  bool loopback = false;
  for (const Interface& interface : all) {
    EXPECT_GT(interface.index, last) << interface.name << " comes twice or out of order";
    last = interface.index;
    loopback |= interface.name == Interface::loopback().name;
  }
  EXPECT_TRUE(loopback);
}

}  // namespace
}  // namespace lln::net::test

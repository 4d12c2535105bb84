// The filter and the counter, frame by frame through BPF_PROG_TEST_RUN, then on a cable. Needs root; label root.
#include "xdp_test.hpp"

#include <lln/net/xdp_filter.hpp>

#include <linux/bpf.h>

namespace lln::net::test {
namespace {

using Kind = XdpCounter::Kind;

// What the program says of a frame; nothing is sent anywhere.
unsigned verdict(int program, const Bytes& frame) {
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  EXPECT_EQ(bpf_prog_test_run_opts(program, &options), 0) << errno;
  return options.retval;
}

Bytes udp_frame(const char* from, std::uint16_t port, std::size_t size = 4) {
  Bytes frame(udp_frame_headers + size);
  write_udp_headers(frame, {{}, {}, Endpoint::parse(from), {TestNet::address(Side::far), port}}, size);
  return frame;
}

Bytes changed(Bytes frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::byte>(value);
  return frame;
}

class XdpPrograms : public XdpTest {};

TEST_F(XdpPrograms, FilterDropsBlockedNetworks) {
  XdpFilter filter;
  const Bytes inside = udp_frame("10.9.255.1:5", 80);
  EXPECT_EQ(verdict(filter.program_fd(), inside), XDP_PASS);
  filter.block(Ipv4Address::parse("10.9.0.0"), 16);
  EXPECT_EQ(verdict(filter.program_fd(), inside), XDP_DROP);
  EXPECT_EQ(verdict(filter.program_fd(), udp_frame("10.10.0.1:5", 80)), XDP_PASS);
  EXPECT_EQ(verdict(filter.program_fd(), changed(inside, 23, 6)), XDP_DROP) << "TCP too";
  EXPECT_EQ(verdict(filter.program_fd(), changed(inside, 13, 6)), XDP_PASS) << "ARP has no such address";
  EXPECT_EQ(filter.counts().from_blocked, 2U);
  EXPECT_EQ(filter.counts().passed, 3U);
  filter.unblock(Ipv4Address::parse("10.9.0.0"), 16);
  EXPECT_EQ(verdict(filter.program_fd(), inside), XDP_PASS);
  EXPECT_THROW(filter.unblock(Ipv4Address::parse("10.9.0.0"), 16), std::system_error);
  EXPECT_THROW(filter.block({}, 33), std::system_error);
}

TEST_F(XdpPrograms, FilterDropsDatagramsToClosedPorts) {
  XdpFilter filter;
  filter.close_port(0x1234);
  const Bytes closed = udp_frame("10.0.0.1:4660", 0x1234);
  EXPECT_EQ(verdict(filter.program_fd(), closed), XDP_DROP);
  EXPECT_EQ(verdict(filter.program_fd(), udp_frame("10.0.0.1:4660", 0x3412)), XDP_PASS) << "byte order";
  EXPECT_EQ(verdict(filter.program_fd(), changed(closed, 23, 6)), XDP_PASS) << "TCP has ports of its own";
  EXPECT_EQ(verdict(filter.program_fd(), changed(closed, 21, 1)), XDP_PASS)
      << "a later fragment has no ports";
  EXPECT_EQ(verdict(filter.program_fd(), changed(closed, 14, 0x46)), XDP_PASS) << "ports are elsewhere";
  EXPECT_EQ(filter.counts().to_closed, 1U);
  filter.open_port(0x1234);
  EXPECT_EQ(verdict(filter.program_fd(), closed), XDP_PASS);
}

TEST_F(XdpPrograms, FramesCutShortPass) {
  XdpFilter filter;
  filter.close_port(80);
  const Bytes whole = udp_frame("10.0.0.1:5", 80, 0);
  for (std::size_t size = 14; size <= whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(verdict(filter.program_fd(), part), size < whole.size() ? XDP_PASS : XDP_DROP)
        << size << " bytes";
  }
}

TEST_F(XdpPrograms, CounterTellsKindsApart) {
  XdpCounter counter;
  const Bytes udp = udp_frame("10.0.0.1:5", 80);
  Bytes ipv6 = changed(udp, 12, 0x86);
  ipv6[13] = std::byte{0xDD};
  for (const Bytes& frame : {udp, udp, changed(udp, 23, 6), changed(udp, 23, 1), ipv6, changed(udp, 13, 6),
                             changed(udp, 12, 0x81), Bytes(udp.begin(), udp.begin() + 20)})
    EXPECT_EQ(verdict(counter.program_fd(), frame), XDP_PASS);
  EXPECT_EQ(counter.amount(Kind::udp).frames, 2U);
  EXPECT_EQ(counter.amount(Kind::udp).bytes, 2 * udp.size());
  for (const Kind kind : {Kind::tcp, Kind::other_ipv4, Kind::ipv6, Kind::arp})
    EXPECT_EQ(counter.amount(kind).frames, 1U) << static_cast<unsigned>(kind);
  EXPECT_EQ(counter.amount(Kind::other).frames, 2U) << "a VLAN tag, and an IPv4 header cut short";
}

TEST_F(XdpPrograms, OnACableInBothModes) {
  UdpSocket far;
  far.bind(far_end);
  Bytes buffer(64);
  for (const XdpMode mode : {XdpMode::generic, XdpMode::native}) {
    XdpFilter filter;
    filter.close_port(7001);
    filter.attach("far0", mode);
    ASSERT_TRUE(near_->send_to(payload(1, 9), {TestNet::address(Side::far), 7001}));
    ASSERT_TRUE(near_->send(payload(2, 10)));
    EXPECT_EQ(far.receive(buffer, patience), 10U);
    EXPECT_EQ(filter.counts().to_closed, 1U);
    filter.detach();
    EXPECT_EQ(program_on(net_->interface(Side::far)), 0U);
    XdpCounter counter;
    counter.attach("far0", mode);
    ASSERT_TRUE(near_->send(payload(2, 10)));
    EXPECT_EQ(far.receive(buffer, patience), 10U);
    EXPECT_EQ(counter.amount(Kind::udp).frames, 1U);
    EXPECT_EQ(counter.amount(Kind::udp).bytes, udp_frame_headers + 10);
  }
  EXPECT_EQ(program_on(net_->interface(Side::far)), 0U);
}

}  // namespace
}  // namespace lln::net::test

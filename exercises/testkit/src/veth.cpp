#include <lln/testkit/net.hpp>
#include <lln/testkit/veth.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace lln::testkit {
namespace {

[[noreturn]] void refuse(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// One request to the kernel's routing tables: a header, and attributes that lie within attributes.
class Request {
 public:
  explicit Request(std::uint16_t type, std::uint16_t flags) {
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header().nlmsg_len = NLMSG_HDRLEN;
  }

  void add(const void* bytes, std::size_t size) {
    const std::size_t at = header().nlmsg_len;
    if (at + NLMSG_ALIGN(size) > bytes_.size()) refuse(EMSGSIZE, "a netlink request of a test");
    std::memcpy(bytes_.data() + at, bytes, size);
    header().nlmsg_len = static_cast<std::uint32_t>(at + NLMSG_ALIGN(size));
  }
  void add_text(std::uint16_t type, const std::string& text) {
    const std::size_t at = begin(type);
    add(text.c_str(), text.size() + 1);
    end(at);
  }
  std::size_t begin(std::uint16_t type) {
    const std::size_t at = header().nlmsg_len;
    const rtattr attribute{0, type};
    add(&attribute, sizeof attribute);
    return at;
  }
  void end(std::size_t at) {
    const auto length = static_cast<std::uint16_t>(header().nlmsg_len - at);
    std::memcpy(bytes_.data() + at + offsetof(rtattr, rta_len), &length, sizeof length);
  }

  // Zero, or what the kernel says.
  int send() {
    const Socket kernel(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (kernel.get() < 0 || ::send(kernel.get(), bytes_.data(), header().nlmsg_len, 0) < 0) return errno;
    alignas(nlmsghdr) std::array<char, 4096> answer{};
    if (::recv(kernel.get(), answer.data(), answer.size(), 0) < 0) return errno;
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    return -error.error;
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }

  alignas(nlmsghdr) std::array<char, 512> bytes_{};
};

void set(const char* file, const std::string& interface) {
  const std::string path = "/proc/sys/net/ipv4/conf/" + interface + '/' + file;
  const int setting = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (setting < 0) refuse(errno, "opening " + path);
  const bool accept = std::strcmp(file, "accept_local") == 0;
  const bool written = ::write(setting, accept ? "1" : "0", 1) == 1;
  const int error = errno;
  ::close(setting);
  if (!written) refuse(error, "writing " + path);
}

sockaddr as_sockaddr(const std::string& address) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) != 1) refuse(EINVAL, "the address " + address);
  sockaddr generic{};
  std::memcpy(&generic, &ipv4, sizeof generic);
  return generic;
}

void bring_up(const VethEnd& end) {
  const Socket any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  end.name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  request.ifr_addr = as_sockaddr(end.address);
  if (::ioctl(any.get(), SIOCSIFADDR, &request) != 0) refuse(errno, "the address of " + end.name);
  request.ifr_netmask = as_sockaddr("255.255.255.0");
  if (::ioctl(any.get(), SIOCSIFNETMASK, &request) != 0) refuse(errno, "the mask of " + end.name);
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_MULTICAST | IFF_BROADCAST;
  if (::ioctl(any.get(), SIOCSIFFLAGS, &request) != 0) refuse(errno, "bringing up " + end.name);
  // A packet whose sender is this host itself is a forgery, unless told otherwise.
  set("accept_local", end.name);
  set("rp_filter", end.name);
}

}  // namespace

void add_veth_pair(const VethEnd& one, const VethEnd& other) {
  const ifinfomsg nothing_particular{};
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.add(&nothing_particular, sizeof nothing_particular);
  request.add_text(IFLA_IFNAME, one.name);
  const std::size_t info = request.begin(IFLA_LINKINFO);
  request.add_text(IFLA_INFO_KIND, "veth");
  const std::size_t data = request.begin(IFLA_INFO_DATA);
  const std::size_t peer = request.begin(VETH_INFO_PEER);
  request.add(&nothing_particular, sizeof nothing_particular);
  request.add_text(IFLA_IFNAME, other.name);
  request.end(peer);
  request.end(data);
  request.end(info);
  if (const int error = request.send(); error != 0)
    refuse(error, "a veth pair of " + one.name + " and " + other.name);
  set("rp_filter", "all");
  bring_up(one);
  bring_up(other);
}

void add_multicast_route(const std::string& interface) {
  const Socket any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  std::string name = interface;
  rtentry route{};
  route.rt_dst = as_sockaddr("224.0.0.0");
  route.rt_genmask = as_sockaddr("240.0.0.0");
  route.rt_flags = RTF_UP;
  route.rt_dev = name.data();
  if (::ioctl(any.get(), SIOCADDRT, &route) != 0) refuse(errno, "the route of multicast to " + interface);
}

std::string why_no_veth_pair() {
  if (std::string why = why_no_network_namespace(); !why.empty()) return why;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) refuse(errno, "pipe2");
  const Socket from(ends[0]);
  Socket to(ends[1]);
  in_network_namespace([&to] {
    std::string why;
    try {
      add_veth_pair({"one", "10.77.0.1"}, {"other", "10.77.0.2"});
    } catch (const std::system_error& error) {
      why = std::string("No veth pair in a network namespace here: ") + error.what() + '.';
    }
    if (::write(to.get(), why.data(), why.size()) < 0)
      throw std::system_error(errno, std::generic_category());
  });
  to.reset();
  char text[256];
  const ssize_t length = ::read(from.get(), text, sizeof text);
  return {text, length < 0 ? 0 : static_cast<std::size_t>(length)};
}

}  // namespace lln::testkit

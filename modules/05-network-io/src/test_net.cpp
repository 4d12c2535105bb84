#include "run_program.hpp"

#include <lln/net/test_net.hpp>

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace lln::net {
namespace {

[[noreturn]] void refuse(const std::string& attempted) {
  throw std::system_error(errno, std::generic_category(), attempted);
}

FileDescriptor this_threads_namespace() {
  const char* path = "/proc/thread-self/ns/net";
  FileDescriptor result(::open(path, O_RDONLY | O_CLOEXEC));
  if (!result) refuse(std::string("opening ") + path);
  return result;
}

void write_file(const std::string& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    refuse("writing '" + text + "' to " + path);
}

// A user namespace in which this user is root.
void become_root_inside() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) {
    refuse(errno == EINVAL ? "making a user namespace (the process may have one thread only at that moment)"
                           : "making a user namespace (without one only root can make a network)");
  }
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + user + " 1");
  write_file("/proc/self/gid_map", "0 " + group + " 1");
}

void ioctl_on(const std::string& interface, unsigned long request, ifreq& argument,
              const std::string& attempted) {
  const FileDescriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) refuse("opening a socket for " + attempted);
  std::strncpy(argument.ifr_name, interface.c_str(), sizeof argument.ifr_name - 1);
  if (::ioctl(any.get(), request, &argument) != 0) refuse(attempted + " on " + interface);
}

void switch_offload(const std::string& interface, unsigned command, bool on, const char* name) {
  ethtool_value value{.cmd = command, .data = on ? 1U : 0U};
  ifreq argument{};
  argument.ifr_data = reinterpret_cast<char*>(&value);
  ioctl_on(interface, SIOCETHTOOL, argument, std::string(name) + (on ? " on" : " off"));
}

void ip(std::vector<std::string> words, int inherited = -1) {
  words.insert(words.begin(), "ip");
  run_program(words, inherited);
}

std::string text(const TestNet::MacAddress& mac) {
  std::string result;
  constexpr const char* digits = "0123456789abcdef";
  for (const std::uint8_t byte : mac) {
    if (!result.empty()) result += ':';
    result += {digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

FileDescriptor empty_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) refuse("making a network namespace");
  // Best effort: a kernel without IPv6 has nothing to switch off.
  std::ofstream("/proc/sys/net/ipv6/conf/all/disable_ipv6") << 1;
  std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
  ifreq up{};
  up.ifr_flags = IFF_UP | IFF_RUNNING;
  ioctl_on("lo", SIOCSIFFLAGS, up, "switching up");
  return this_threads_namespace();
}

struct End {
  std::string device;
  TestNet::Side side;
  TestNet::Side other;
};

const End near_end{"near0", TestNet::Side::near, TestNet::Side::far};
const End far_end{"far0", TestNet::Side::far, TestNet::Side::near};

Interface set_up(const End& end, bool napi) {
  const Ipv4Address address = TestNet::address(end.side);
  ip({"address", "add", address.to_string() + "/24", "dev", end.device});
  if (napi) {
    switch_offload(end.device, ETHTOOL_STSO, false, "TSO");
    switch_offload(end.device, ETHTOOL_SGRO, true, "GRO");
  }
  ip({"link", "set", end.device, "up"});
  ip({"route", "add", "224.0.0.0/4", "dev", end.device});
  ip({"neighbour", "add", TestNet::address(end.other).to_string(), "lladdr", text(TestNet::mac(end.other)),
      "dev", end.device, "nud", "permanent"});
  return {end.device, static_cast<int>(::if_nametoindex(end.device.c_str())), address};
}

// The kernel activates a device's queue some time after both ends are up; until then it loses what is sent, and says
// nothing. RUNNING is set just before that, by a worker that holds the lock which the second call waits for.
void wait_until_running(const End& end) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  ifreq flags{};
  for (ioctl_on(end.device, SIOCGIFFLAGS, flags, "flags"); (flags.ifr_flags & IFF_RUNNING) == 0;
       ioctl_on(end.device, SIOCGIFFLAGS, flags, "flags")) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(end.device + " is not running 20 s after both ends were switched up");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ioctl_on(end.device, SIOCSIFFLAGS, flags, "switching up");
}

}  // namespace

TestNet::TestNet(const Options& options) {
  if (::geteuid() != 0) {
    become_root_inside();
    empty_namespace();  // the first one is not ours: who leaves it does not get back
  }
  // From here on the thread moves; whatever fails, it goes back.
  home_ = this_threads_namespace();
  try {
    namespaces_[index(Side::far)] = empty_namespace();
    namespaces_[index(Side::near)] = empty_namespace();
    ip({"link",
        "add",
        near_end.device,
        "address",
        text(mac(Side::near)),
        "numtxqueues",
        "1",
        "numrxqueues",
        "1",
        "type",
        "veth",
        "peer",
        "name",
        far_end.device,
        "address",
        text(mac(Side::far)),
        "numtxqueues",
        "1",
        "numrxqueues",
        "1"});
    const int far = namespaces_[index(Side::far)].get();
    ip({"link", "set", far_end.device, "netns", "/proc/self/fd/" + std::to_string(far)}, far);
    ends_[index(Side::near)] = set_up(near_end, options.napi);
    enter(Side::far);
    ends_[index(Side::far)] = set_up(far_end, options.napi);
    wait_until_running(far_end);
    enter(Side::near);
    wait_until_running(near_end);
  } catch (...) {
    ::setns(home_.get(), CLONE_NEWNET);
    throw;
  }
  leave();
}

void TestNet::enter(Side side) const {
  if (::setns(namespaces_[index(side)].get(), CLONE_NEWNET) != 0) refuse("entering a network namespace");
}

void TestNet::leave() const {
  if (::setns(home_.get(), CLONE_NEWNET) != 0) refuse("going back to the first network namespace");
}

std::string TestNet::why_not() {
#if defined(__SANITIZE_THREAD__)
  if (::geteuid() != 0)
    return "ThreadSanitizer runs a thread of its own, and user namespaces need a process with one.";
#endif
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) refuse("making a pipe");
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) refuse("forking");
  if (child == 0) {
    std::string why;
    try {
      const TestNet net(Options{.napi = true});
    } catch (const std::exception& error) {
      why = error.what();
    }
    const bool told = ::write(to.get(), why.data(), why.size()) >= 0;
    ::_exit(told ? 0 : 1);
  }
  to.reset();
  std::string why;
  char part[512];
  for (ssize_t size; (size = ::read(from.get(), part, sizeof part)) > 0;)
    why.append(part, static_cast<std::size_t>(size));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (why.empty() && status != 0) why = "a child that tried it died";
  return why.empty() ? why : "No network of our own can be made here: " + why + ".";
}

}  // namespace lln::net

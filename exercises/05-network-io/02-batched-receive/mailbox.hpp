// Senders, and what comes out of the receiver under test: copies, so that a test can look at them in peace.
#pragma once

#include <lln/testkit/net.hpp>
#include <lln/testkit/one_cpu.hpp>
#include <lln/testkit/patience.hpp>
#include <lln/testkit/testkit.hpp>

#include <batch_receiver.hpp>
#include <linux/sock_diag.h>

#include <array>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace lln::exercise::test {

using lln::testkit::OneCpu;
using lln::testkit::Socket;
using lln::testkit::Story;

inline constexpr const char* notes = "modules/05-network-io/README.md#batches";

inline void check(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

inline void connect_to(const Socket& from, std::uint16_t port) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(from.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0, "connect");
}

// A socket of the loopback that sends to another one. What was sent is in the other's queue when the call returns,
// or was dropped there because the queue was full.
class Sender {
 public:
  explicit Sender(const Socket& to) : socket_(lln::testkit::bind_udp_on_loopback()), to_(to.get()) {
    connect_to(socket_, lln::testkit::port(to));
  }
  void send(std::string_view text) const {
    const Queue before = queue();
    check(::send(socket_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "send");
    for (lln::testkit::Patience patience; queue() == before && patience.step(false);) {
    }
  }
  // One packet of datagrams that are `length` long, the last one shorter if the text says so.
  void send_as_one(std::string_view text, int length) const {
    check(::setsockopt(socket_.get(), SOL_UDP, UDP_SEGMENT, &length, sizeof length) == 0, "UDP_SEGMENT");
    send(text);
    const int off = 0;
    check(::setsockopt(socket_.get(), SOL_UDP, UDP_SEGMENT, &off, sizeof off) == 0, "UDP_SEGMENT 0");
  }
  // Hears nobody but itself from now on, so that what is sent to it is refused; the port is still taken.
  void become_deaf() const { connect_to(socket_, port()); }
  std::uint16_t port() const { return lln::testkit::port(socket_); }
  int fd() const { return socket_.get(); }

 private:
  struct Queue {
    std::uint32_t bytes;
    std::uint32_t drops;
    bool operator==(const Queue&) const = default;
  };
  Queue queue() const {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    check(::getsockopt(to_, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) == 0, "SO_MEMINFO");
    return {memory[SK_MEMINFO_RMEM_ALLOC], memory[SK_MEMINFO_DROPS]};
  }

  Socket socket_;
  int to_;
};

struct Copy {
  std::string text;
  std::uint32_t sender;
  std::uint16_t port;
  bool cut;
};

class Mailbox {
 public:
  void operator()(const Datagram& one) {
    const auto* const letters = reinterpret_cast<const char*>(one.bytes.data());
    copies_.push_back({std::string(letters, one.bytes.size()), one.sender, one.port, one.cut});
  }
  std::size_t size() const { return copies_.size(); }
  const Copy& operator[](std::size_t i) const { return copies_[i]; }

  // The texts, each in brackets; the mark of a cut one behind it.
  std::string told() const {
    std::string all;
    for (const Copy& one : copies_) all += '[' + one.text + (one.cut ? "]cut" : "]");
    return all;
  }

 private:
  std::vector<Copy> copies_;
};

inline void expect_mail(Story& story, const Mailbox& mail, std::string_view wanted,
                        std::source_location where = std::source_location::current()) {
  story.expect(mail.told(), where).equals(wanted).named("what was received");
}

inline void expect_calls(Story& story, const std::string& calls, std::string_view wanted,
                         std::source_location where = std::source_location::current()) {
  story.expect(calls, where).equals(wanted).named("the system calls");
}

}  // namespace lln::exercise::test

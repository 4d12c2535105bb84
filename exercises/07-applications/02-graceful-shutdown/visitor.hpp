// What the tests hold at the server's two ends: clients on the loopback, and a service that answers when it is told to.
#pragma once

#include <lln/testkit/net.hpp>
#include <lln/testkit/patience.hpp>
#include <lln/testkit/story.hpp>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <server.hpp>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace lln::exercise {

constexpr const char* notes_on_shutdown = "modules/07-applications/README.md#protecting-a-server";

// The answer to a request is ten times it.
class SlowService : public Service {
 public:
  void submit(std::uint64_t ticket, std::uint64_t request) override { open_.push_back({ticket, request}); }
  std::vector<Answer> finished() override { return std::exchange(done_, {}); }

  std::size_t submitted() const { return answered_ + open_.size(); }
  // The last request first: answers need not come in order.
  void answer(std::size_t count) {
    for (; count > 0 && !open_.empty(); --count) {
      done_.push_back({open_.back().ticket, 10 * open_.back().answer});
      open_.pop_back();
      ++answered_;
    }
  }
  void answer_all() { answer(open_.size()); }
  // This one request, whoever asked it.
  void answer_request(std::uint64_t request) {
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const Answer& each) { return each.answer == request; });
    if (found == open_.end()) return;
    done_.push_back({found->ticket, 10 * request});
    open_.erase(found);
    ++answered_;
  }

 private:
  std::vector<Answer> open_;  // with the request in the answer's place
  std::vector<Answer> done_;
  std::size_t answered_ = 0;
};

// A server on a free port of the loopback, and the time that it is told.
struct House {
  House() : listener(testkit::listen_on_loopback()) {
    const int small = 4096;  // for who wants to fill it
    ::setsockopt(listener.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    ::fcntl(listener.get(), F_SETFL, O_NONBLOCK);
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    descriptor = listener.get();
    server = std::make_unique<Server>(listener.release(), service);
  }

  // Turns until something is so, or for too long.
  template <class Condition>
  bool turn_until(Condition so) {
    testkit::Patience patience;
    while (!so()) {
      server->turn(now);
      if (!patience.step(false)) return false;
    }
    return true;
  }
  bool turn_until_submitted(std::size_t count) {
    return turn_until([&] { return service.submitted() >= count; });
  }
  // Connections that wait to be accepted; the listener has to be there.
  bool has_waiting(unsigned count) const {
    testkit::Patience patience;
    for (;;) {
      tcp_info info{};
      socklen_t size = sizeof info;
      ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size);
      if (info.tcpi_unacked >= count) return true;  // of a listener: the length of its queue
      if (!patience.step(false)) return false;
    }
  }

  testkit::Socket listener;
  int descriptor = -1;
  sockaddr_in address{};
  SlowService service;
  std::unique_ptr<Server> server;
  std::int64_t now = 0;
};

class Visitor {
 public:
  explicit Visitor(const House& house, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&house.address), sizeof house.address) !=
        0)
      error_ = errno;
  }

  int error() const { return error_; }

  // Sends, and waits until it has arrived at the server's kernel. False: it cannot.
  bool say(std::string_view bytes) {
    if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      return false;
    return has_arrived();
  }
  bool ask(std::initializer_list<std::uint64_t> requests) {
    return say({reinterpret_cast<const char*>(requests.begin()), 8 * requests.size()});
  }
  bool has_arrived() const {
    testkit::Patience patience;
    int on_the_way = 1;
    while (::ioctl(socket_.get(), SIOCOUTQ, &on_the_way) == 0 && on_the_way > 0) {
      tcp_info info{};
      socklen_t size = sizeof info;
      ::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
      if (info.tcpi_state == TCP_CLOSE || !patience.step(false)) return false;  // closed: it was reset
    }
    return on_the_way == 0;
  }
  void end() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

  // Takes what has come: "10 20 goodbye end", or "reset" at its end. Once at the end it stays there.
  std::string heard() {
    listen();
    std::string text;
    for (std::size_t i = 0; i + 8 <= bytes_.size(); i += 8) {
      std::uint64_t number = 0;
      std::memcpy(&number, bytes_.data() + i, sizeof number);
      text += (number == goodbye ? "goodbye" : std::to_string(number)) + ' ';
    }
    if (bytes_.size() % 8 != 0) text += "and a part ";
    text += over_;
    if (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  }
  std::size_t answers() {
    listen();
    return bytes_.size() / 8;
  }
  bool is_over() {
    listen();
    return !over_.empty();
  }

 private:
  void listen() {
    char part[4096];
    while (over_.empty()) {
      const ssize_t got = ::recv(socket_.get(), part, sizeof part, MSG_DONTWAIT);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got > 0) {
        bytes_.append(part, static_cast<std::size_t>(got));
      } else {
        over_ = got == 0 ? "end" : "reset";
      }
    }
  }

  testkit::Socket socket_;
  int error_ = 0;
  std::string bytes_;
  std::string over_;
};

// What the visitor has heard once it is `wanted`, or when that takes too long.
inline void expect_heard(testkit::Story& story, House& house, Visitor& visitor, const std::string& wanted) {
  static_cast<void>(house.turn_until([&] { return visitor.heard() == wanted || visitor.is_over(); }));
  story.expect(visitor.heard()).equals(wanted).named("what the client has heard");
}

inline void expect_stopped(testkit::Story& story, House& house, std::size_t lost) {
  static_cast<void>(house.turn_until([&] { return house.server->stopped(); }));
  story.expect(house.server->stopped()).is_true().named("stopped()");
  story.expect(house.server->lost()).equals(lost).named("lost()").units("requests");
}

}  // namespace lln::exercise

// The other end of the tested connection: a client that sends and reads whatever a test wants.
#pragma once

#include <lln/testkit/net.hpp>
#include <lln/testkit/story.hpp>

#include <echo_connection.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lln::exercise {

constexpr const char* notes_on_echo = "modules/07-applications/README.md#the-echo-server";
constexpr const char* notes_on_protection = "modules/07-applications/README.md#protecting-a-server";

inline std::string message(const Header& header, std::string_view payload) {
  std::byte bytes[header_size];
  encode(header, bytes);
  return std::string(reinterpret_cast<const char*>(bytes), header_size).append(payload);
}
inline std::string request(std::uint32_t id, std::string_view payload) {
  return message({1, 1, static_cast<std::uint16_t>(payload.size()), id}, payload);
}
inline std::string answer(std::uint32_t id, std::string_view payload) {
  return message({1, 2, static_cast<std::uint16_t>(payload.size()), id}, payload);
}
inline std::string goodbye(std::uint32_t id, Reason reason) {
  return message({1, 3, 1, id}, std::string(1, static_cast<char>(reason)));
}

// Two ends of a stream: the server's is the blocking socket that an accept gives.
class Client {
 public:
  Client() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::system_error(errno, std::generic_category(), "a pair of stream sockets");
    server_ = testkit::Socket(ends[0]);
    client_ = testkit::Socket(ends[1]);
  }

  int server() const { return server_.get(); }

  // As much as the kernel takes now; how much.
  std::size_t say(std::string_view bytes) {
    const ssize_t took = ::send(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return took < 0 ? 0 : static_cast<std::size_t>(took);
  }
  // All that is there.
  std::string hear() {
    std::string all;
    char part[4096];
    for (;;) {
      const ssize_t got = ::recv(client_.get(), part, sizeof part, MSG_DONTWAIT);
      if (got <= 0) return all;
      all.append(part, static_cast<std::size_t>(got));
    }
  }
  void says_no_more() { ::shutdown(client_.get(), SHUT_WR); }
  void vanishes() { client_.reset(); }

  // What the server has not read yet.
  std::size_t unread() const {
    int bytes = 0;
    ::ioctl(server_.get(), SIOCINQ, &bytes);
    return static_cast<std::size_t>(bytes);
  }

 private:
  testkit::Socket server_;
  testkit::Socket client_;
};

inline std::string told(const Wish& wish) {
  std::string text;
  if (wish.read) text += "read ";
  if (wish.write) text += "write ";
  if (wish.close) text += "close ";
  return text.empty() ? "nothing" : text.substr(0, text.size() - 1);
}

inline void expect_wish(testkit::Story& story, const Wish& wish, std::string_view wanted) {
  story.expect(told(wish)).equals(wanted).named("the wish");
}

}  // namespace lln::exercise

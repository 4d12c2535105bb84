// Pairs of connected streams, and a listener that writes down what it hears.
#pragma once

#include <lln/testkit/net.hpp>
#include <lln/testkit/testkit.hpp>

#include <edge_reader.hpp>
#include <sys/socket.h>

#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace lln::exercise::test {

using lln::testkit::Socket;
using lln::testkit::Story;
using std::chrono::milliseconds;

inline constexpr const char* notes = "modules/05-network-io/README.md#waiting-for-data";
inline constexpr milliseconds at_once{0};
inline constexpr std::size_t plenty = 1'000'000;

// What is written at one end is at the other one when the call returns.
struct Pair {
  Pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::system_error(errno, std::generic_category(), "socketpair");
    near = Socket(fds[0]);
    far = Socket(fds[1]);
  }
  int fd() const { return near.get(); }
  void write(std::string_view text) const {
    if (::send(far.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
        static_cast<ssize_t>(text.size()))
      throw std::system_error(errno, std::generic_category(), "writing to a pair");
  }

  Socket near;  // is read by the reader under test
  Socket far;
};

class Recorder final : public Listener {
 public:
  explicit Recorder(std::function<void(int)> then = {}) : then_(std::move(then)) {}

  void on_bytes(int fd, std::span<const std::byte> bytes) override {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    ++calls_;
    if (bytes.empty()) text_ += "(nothing)";
    if (!ends_.empty()) text_ += "(after the end)";
    if (then_) then_(fd);
  }
  void on_end(int fd, int error) override {
    ends_.push_back(error);
    if (then_) then_(fd);
  }

  const std::string& text() const { return text_; }
  int calls() const { return calls_; }
  std::size_t bytes() const { return text_.size(); }
  const std::vector<int>& ends() const { return ends_; }

 private:
  std::function<void(int)> then_;
  std::string text_;
  int calls_ = 0;
  std::vector<int> ends_;
};

inline void expect_text(Story& story, const Recorder& recorder, std::string_view wanted,
                        std::string_view name = "what the listener got",
                        std::source_location where = std::source_location::current()) {
  story.expect(recorder.text(), where).equals(wanted).named(name);
}

// Text of which every piece is different.
inline std::string numbers(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ',';
  text.resize(bytes);
  return text;
}

inline void expect_numbers(Story& story, const Recorder& recorder, std::size_t bytes,
                           std::source_location where = std::source_location::current()) {
  story.expect(recorder.bytes(), where).equals(bytes).named("what the listener got").units("bytes");
  story.expect(recorder.text() == numbers(bytes), where).is_true().named("they are those that were sent");
}

}  // namespace lln::exercise::test

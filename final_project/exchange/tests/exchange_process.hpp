// lln-exchange as a process, and somebody who listens to one of its lines.
#pragma once

#include "test_support.hpp"

#include <lln/net/file_descriptor.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace lln::exchange::testing {

using Arguments = std::vector<std::string>;

// Until a test gives up; never waited for when all is well.
inline constexpr std::chrono::seconds patience{60};

// A child with pipes to its stdin, stdout and stderr; killed when it is forgotten.
class Process {
 public:
  explicit Process(Arguments arguments) {
    arguments.insert(arguments.begin(), LLN_EXCHANGE);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int in[2];
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC) | ::pipe2(err, O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    in_.reset(in[1]);
    out_.reset(out[0]);
    err_.reset(err[0]);
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string line() {
    std::string text;
    char byte = 0;
    while (readable(out_.get()) && ::read(out_.get(), &byte, 1) == 1 && byte != '\n') text += byte;
    return text;
  }
  nlohmann::json ready() {
    const std::string text = line();
    EXPECT_TRUE(text.starts_with("ready {")) << text;
    return text.starts_with("ready ") ? nlohmann::json::parse(text.substr(6)) : nlohmann::json{};
  }
  void release() { EXPECT_EQ(::write(in_.get(), "\n", 1), 1); }
  void close_input() { in_.reset(); }
  void signal(int number) const { ::kill(pid_, number); }

  // Exit code; -1 when it was killed by a signal. Reads what it still prints.
  int wait() {
    output = drain(out_.get());
    errors = drain(err_.get());
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string output;
  std::string errors;

 private:
  static bool readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    const int n = ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
    EXPECT_EQ(n, 1) << "the process says nothing";
    return n == 1;
  }
  static std::string drain(int fd) {
    std::string text;
    std::array<char, 4096> buffer;
    while (readable(fd)) {
      const ssize_t size = ::read(fd, buffer.data(), buffer.size());
      if (size <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  pid_t pid_ = -1;
  net::FileDescriptor in_;
  net::FileDescriptor out_;
  net::FileDescriptor err_;
};

// Everything of one line up to the end of session, in order of arrival.
class Listener {
 public:
  Listener() : receiver_(options()) {}
  std::string group() const { return receiver_.local_endpoint().to_string(); }

  // False: patience is over.
  template <class Done>
  bool receive_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      receiver_.wait(std::chrono::milliseconds(100));
      for (const auto& datagram : receiver_.receive()) take(datagram.bytes);
    }
    return true;
  }
  bool receive_day() {
    return receive_until([this] { return end.has_value(); });
  }

  std::vector<Bytes> messages;
  std::string session;
  std::optional<std::uint64_t> end;
  std::uint64_t gaps = 0;

 private:
  static net::MulticastReceiver::Options options() {
    net::MulticastReceiver::Options options;
    // The port is ephemeral, the group this process's own.
    options.group = {net::Ipv4Address{0xEFC0'0000U + (static_cast<std::uint32_t>(::getpid()) & 0xFFFF)}, 0};
    options.interface = net::Interface::loopback();
    return options;
  }
  void take(std::span<const std::byte> bytes) {
    const feed::ValidatedPacket packet = feed::validate(bytes);
    ASSERT_EQ(packet.error, feed::PacketError::none);
    session = std::string(feed::text_of(packet.header.session));
    if (packet.header.is_end_of_session()) end = packet.header.sequence;
    if (packet.header.sequence != messages.size() + 1) ++gaps;
    feed::BlockCursor cursor(packet);
    std::span<const std::byte> message;
    while (cursor.next(message)) messages.push_back(copy(message));
  }

  net::MulticastReceiver receiver_;
};

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ExchangeProcess : ::testing::Test {
  ExchangeProcess() {
    std::string text = (std::filesystem::temp_directory_path() / "lln_exchange_XXXXXX").string();
    EXPECT_NE(::mkdtemp(text.data()), nullptr);
    directory = text;
  }
  ~ExchangeProcess() override { std::filesystem::remove_all(directory); }

  std::string file(const std::string& name) const { return (directory / name).string(); }
  // A small day; what a test adds comes last.
  static Arguments day(const Listener& a, const Listener& b, Arguments more) {
    Arguments arguments{"--symbols", "50",      "--messages", "20000",     "--live-orders", "2000",
                        "--line-a",  a.group(), "--line-b",   b.group(),   "--end-ms",      "200",
                        "--hold",    "--seed",  "3",          "--history", "100000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::filesystem::path directory;
};

}  // namespace lln::exchange::testing

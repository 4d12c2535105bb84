// A UDP round trip over loopback, both ends blocking: a closed loop of one.
#include "figure.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace lln::numbers {
namespace {

int socket_on_loopback(sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return -1;
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, raw, size) != 0 || getsockname(fd, raw, &size) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

void round_trips(const Settings& settings, Figure& figure, std::size_t echo_cpu) {
  constexpr int rounds = 1'000;
  sockaddr_in echo_address{};
  sockaddr_in ask_address{};
  const int echo = socket_on_loopback(echo_address);
  const int ask = socket_on_loopback(ask_address);
  if (echo < 0 || ask < 0) {
    figure.problem = std::string("no UDP socket: ") + std::strerror(errno);
  } else {
    connect(echo, reinterpret_cast<const sockaddr*>(&ask_address), sizeof ask_address);
    connect(ask, reinterpret_cast<const sockaddr*>(&echo_address), sizeof echo_address);
    std::thread answering([&] {
      pin_this_thread(echo_cpu);
      char byte = 0;
      while (recv(echo, &byte, 1, 0) == 1 && byte != 'q') (void)send(echo, &byte, 1, 0);
    });
    std::thread asking([&] {
      pin_this_thread(0);
      bool lost = false;
      repeat(settings, figure, rounds, [&] {
        char byte = 'a';
        const double from = now_ns();
        for (int i = 0; i < rounds && !lost; ++i) {
          lost = send(ask, &byte, 1, 0) != 1 || recv(ask, &byte, 1, 0) != 1;
        }
        return now_ns() - from;
      });
      if (lost) {
        figure.runs.clear();
        figure.problem = "an answer was lost";
      }
      (void)send(ask, "q", 1, 0);
    });
    asking.join();
    answering.join();
  }
  if (echo >= 0) close(echo);
  if (ask >= 0) close(ask);
}

}  // namespace

void measure_network(const Settings& settings, std::vector<Figure>& figures) {
  Figure same{"loopback_one_cpu",
              "UDP round trip on loopback, one processor",
              {},
              "two threads, blocking send and recv, both on one processor",
              {},
              {}};
  round_trips(settings, same, 0);
  figures.push_back(same);
  Figure two{"loopback_two_cpus",
             "UDP round trip on loopback, two processors",
             {},
             "the same, each on a processor of its own",
             {},
             {}};
  if (processors() < 2) {
    two.problem = "needs two processors";
  } else {
    round_trips(settings, two, 1);
  }
  figures.push_back(two);
}

}  // namespace lln::numbers

#include "life_case.hpp"

namespace lln::packet_life {

std::vector<Case> all_cases() {
  using std::chrono::microseconds;
  const Case plain{
      .name = "udp",
      .title = "UDP, spinning",
      .lesson =
          "The reference: 64 bytes, two CPUs, a receiver that never sleeps. On the loopback interface "
          "nothing waits in a queue, and the wire is a function call."};
  std::vector<Case> cases{plain};
  const auto add = [&](const char* name, const char* title, const char* lesson) -> Case& {
    cases.push_back(plain);
    cases.back().name = name;
    cases.back().title = title;
    cases.back().lesson = lesson;
    return cases.back();
  };
  add("unstamped", "UDP, spinning, no stamps",
      "The same without any stamp of the kernel, only the programs' own clocks: the difference is the price "
      "of looking.")
      .stamps = false;
  add("tcp", "TCP, spinning",
      "Another protocol, the same way. Messages that wait together in the receiver's buffer are merged "
      "there, and only "
      "the last of them keeps a stamp: the others are left out.")
      .protocol = Protocol::tcp;
  add("large", "32 kB datagrams",
      "The stack copies what it is given: the first leg grows with the message, and so "
      "does the last, where it is copied out again.")
      .bytes = 32 * 1024;
  add("sleeping", "receiver sleeps",
      "The packet is there; the thread is not. All of the difference is in the last leg: waking a sleeper on "
      "another "
      "CPU that has gone idle.")
      .receiver_sleeps = true;
  Case& shared = add(
      "one-cpu", "receiver sleeps, one CPU",
      "No CPU has to be woken, but the receiver runs only when the sender lets go of the one they share.");
  shared.receiver_sleeps = true;
  shared.one_cpu = true;
  Case& burst = add("burst", "bursts of 16, 5 us of work",
                    "The legs of the kernel stay as they were. What the later ones of a burst wait for is "
                    "the program: each lies "
                    "in the socket's buffer while the receiver works, 5 us a message, on those before it.");
  burst.burst = 16;
  burst.interval = microseconds(400);
  burst.work = microseconds(5);
  add("veth", "a virtual cable",
      "Two network namespaces, and a pair of virtual devices instead of the loopback.")
      .place = Place::veth;
  Case& queue =
      add("queue", "a cable with a queue",
          "Bursts of 8 into a token bucket of 200 Mbit/s (tc qdisc tbf): the packets wait in the queueing "
          "discipline, so the second leg grows, and no other. On a real device a full transmit ring shows "
          "in the same place.");
  queue.place = Place::slow_veth;
  queue.bytes = 1000;
  queue.burst = 8;
  queue.interval = microseconds(1000);
  return cases;
}

}  // namespace lln::packet_life

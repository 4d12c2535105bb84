// Makes reads and writes of one descriptor short, interrupted or refused, as kernels do on a bad day.
//
//   ShortIo io(socket);
//   io.reads({at_most(1), fails_with(EINTR), at_most(3), fails_with(EAGAIN)});
//   read_message(socket);
//   story.expect(io.turns_left()).equals(0);
//
// Each call on the descriptor takes the next turn of its direction; behind the last one calls are as they
// were. `at_most(n)` lets n bytes through; from recvmmsg and sendmmsg, n messages. For streams and pipes: of
// a datagram the rest would be lost. `at_random` makes every call short or interrupted, by a seed. Other
// descriptors are untouched. Reads are read, readv, recv, recvfrom, recvmsg, recvmmsg; writes the same. `waits` is for
// the descriptor of an epoll: epoll_wait and epoll_pwait are interrupted, or report `at_most(n)` events. `longest_wait`
// tells how long the newest of them was ready to wait, so that no test has to wait itself.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>

namespace lln::testkit {

struct IoTurn {
  std::size_t most;  // bytes
  int error;         // 0: none
};
constexpr IoTurn at_most(std::size_t bytes) { return {bytes, 0}; }
constexpr IoTurn fails_with(int error) { return {0, error}; }

class ShortIo {
 public:
  explicit ShortIo(int descriptor);
  ~ShortIo();
  ShortIo(const ShortIo&) = delete;
  ShortIo& operator=(const ShortIo&) = delete;

  ShortIo& reads(std::initializer_list<IoTurn> turns);
  ShortIo& writes(std::initializer_list<IoTurn> turns);
  ShortIo& waits(std::initializer_list<IoTurn> turns);
  // One call in four is interrupted, the others pass 1 to `most` bytes.
  ShortIo& at_random(std::mt19937_64 random, std::size_t most = 7);

  std::size_t turns_left() const;
  std::optional<int> longest_wait() const;  // ms, -1: for ever; nothing when there was no wait

  struct Script;  // for the implementation

 private:
  std::shared_ptr<Script> script_;
};

}  // namespace lln::testkit

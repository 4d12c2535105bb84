// mutant: ends release: the event says that the peer is done, and nobody reads what is left
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lln::exercise {

// Who hears of a descriptor. Both may call add() and remove(), for this descriptor and for others, and close what they removed.
class Listener {
 public:
  virtual void on_bytes(int fd, std::span<const std::byte> bytes) = 0;  // never without bytes
  // No more will come: 0 when the peer said so, else the error. The descriptor is removed already, and still open.
  virtual void on_end(int fd, int error) = 0;

 protected:
  ~Listener() = default;
};

class EdgeReader {
 public:
  explicit EdgeReader(std::size_t budget) : budget_(budget), fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  ~EdgeReader() { ::close(fd_); }
  EdgeReader(const EdgeReader&) = delete;
  EdgeReader& operator=(const EdgeReader&) = delete;

  void add(int fd, Listener& listener) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) refuse("O_NONBLOCK on fd ", fd);
    const auto number = static_cast<std::size_t>(fd);
    if (number >= slots_.size()) slots_.resize(number + 1);
    const Entry entry{fd, slots_[number].generation + 1};
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    wanted.data.u64 = std::uint64_t{entry.generation} << 32 | static_cast<std::uint32_t>(fd);
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &wanted) != 0) refuse("watching fd ", fd);
    slots_[number] = {&listener, entry.generation, false};
  }

  void remove(int fd) noexcept {
    const auto number = static_cast<std::size_t>(fd);
    if (fd < 0 || number >= slots_.size() || slots_[number].listener == nullptr) return;
    slots_[number].listener = nullptr;
    ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
  }

  std::size_t turn(std::chrono::milliseconds timeout) {
    fetch(unfinished_.empty() ? timeout : std::chrono::milliseconds(0));
    // What is put onto the list from now on is for the next turn.
    current_.clear();
    std::swap(current_, unfinished_);
    std::size_t bytes = 0;
    for (const Entry entry : current_) bytes += read(entry);
    return bytes;
  }

  int fd() const noexcept { return fd_; }

 private:
  // One registration: a number alone may belong to somebody else by the time it is looked up.
  struct Entry {
    int fd;
    std::uint32_t generation;
  };
  struct Slot {
    Listener* listener = nullptr;
    std::uint32_t generation = 0;
    bool listed = false;  // in unfinished_
  };

  [[noreturn]] static void refuse(const char* what, int fd) {
    throw std::system_error(errno, std::generic_category(), what + std::to_string(fd));
  }

  // Its slot as long as it is registered. Not to be kept over a callback, which may add and so move the slots.
  Slot* find(Entry entry) noexcept {
    Slot& slot = slots_[static_cast<std::size_t>(entry.fd)];
    return slot.listener != nullptr && slot.generation == entry.generation ? &slot : nullptr;
  }

  void list(Entry entry) {
    Slot* const slot = find(entry);
    if (slot == nullptr || slot->listed) return;
    slot->listed = true;
    unfinished_.push_back(entry);
  }

  void fetch(std::chrono::milliseconds timeout) {
    std::array<epoll_event, 64> events;
    // -1, with EINTR, is no event.
    const int number =
        ::epoll_wait(fd_, events.data(), static_cast<int>(events.size()), static_cast<int>(timeout.count()));
    for (int i = 0; i < number; ++i) {
      const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
      const Entry entry{static_cast<int>(data & 0xffffffff), static_cast<std::uint32_t>(data >> 32)};
      Slot* const slot = find(entry);
      if (slot != nullptr && (events[static_cast<std::size_t>(i)].events & EPOLLRDHUP) != 0) {
        Listener* const listener = slot->listener;
        remove(entry.fd);
        listener->on_end(entry.fd, 0);
      }
      list(entry);
    }
  }

  std::size_t read(Entry entry) {
    Slot* slot = find(entry);
    if (slot == nullptr) return 0;
    slot->listed = false;
    std::size_t left = budget_;
    while (slot != nullptr && left > 0) {
      const ssize_t got = ::read(entry.fd, buffer_.data(), std::min(left, buffer_.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return budget_ - left;
      if (got <= 0) {
        const int error = got == 0 ? 0 : errno;
        Listener* const listener = slot->listener;
        remove(entry.fd);
        listener->on_end(entry.fd, error);
        return budget_ - left;
      }
      const auto bytes = static_cast<std::size_t>(got);
      left -= bytes;
      slot->listener->on_bytes(entry.fd, {buffer_.data(), bytes});
      slot = find(entry);
    }
    list(entry);  // the budget is spent: there may be more, and no event will say so
    return budget_ - left;
  }

  std::size_t budget_;
  int fd_;
  std::vector<Slot> slots_;  // by descriptor
  std::vector<Entry> unfinished_;
  std::vector<Entry> current_;
  std::array<std::byte, 16'384> buffer_;
};

}  // namespace lln::exercise

#include "uring_memory.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::net::detail {
namespace {

constexpr unsigned register_napi = 27;  // IORING_REGISTER_NAPI, newer than liburing 2.3

struct Napi {  // struct io_uring_napi
  std::uint32_t busy_poll_us;
  std::uint8_t prefer;
  std::uint8_t unused[3];
  std::uint64_t reserved;
};

unsigned checked(unsigned count) {
  if (!std::has_single_bit(count) || count > 32768)
    throw std::invalid_argument("buffers is " + std::to_string(count) +
                                ", must be a power of two up to 32768");
  return count;
}

}  // namespace

UringRing::UringRing(unsigned entries, std::optional<int> sqpoll_cpu) {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER;
  parameters.cq_entries = entries * 4;  // receives finish without having been asked for each time
  if (sqpoll_cpu) {
    parameters.flags |= IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF;
    parameters.sq_thread_cpu = static_cast<unsigned>(*sqpoll_cpu);
    parameters.sq_thread_idle = 1000;  // ms, then it sleeps
  } else {
    parameters.flags |= IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
  }
  if (const int error = io_uring_queue_init_params(entries, &ring, &parameters); error != 0) {
    std::string attempt = "an io_uring of " + std::to_string(entries) + " entries";
    if (sqpoll_cpu) attempt += ", polled by CPU " + std::to_string(*sqpoll_cpu);
    throw std::system_error(-error, std::generic_category(), attempt);
  }
}

UringRing::~UringRing() { io_uring_queue_exit(&ring); }

void UringRing::cancel_all() noexcept {
  io_uring_sync_cancel_reg what{};
  what.flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
  what.timeout = {5, 0};
  io_uring_register_sync_cancel(&ring, &what);
}

bool UringRing::busy_poll(std::chrono::microseconds time) noexcept {
  Napi napi{};
  napi.busy_poll_us = static_cast<std::uint32_t>(time.count());
  return ::syscall(__NR_io_uring_register, ring.ring_fd, register_napi, &napi, 1) == 0;
}

UringBuffers::UringBuffers(io_uring& ring, unsigned count, std::size_t size)
    : ring_(ring), count_(checked(count)), size_(size), memory_(new std::byte[count * size]) {
  void* const pages = ::mmap(nullptr, count * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "memory for a ring of buffers");
  buffers_ = static_cast<io_uring_buf_ring*>(pages);
  io_uring_buf_ring_init(buffers_);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(pages);
  registration.ring_entries = count;
  registration.bgid = group;
  if (const int error = io_uring_register_buf_ring(&ring, &registration, 0); error != 0) {
    ::munmap(pages, count * sizeof(io_uring_buf));
    throw std::system_error(-error, std::generic_category(), "registering a ring of buffers (Linux 5.19)");
  }
  for (unsigned id = 0; id < count; ++id) {
    io_uring_buf_ring_add(buffers_, at(id), static_cast<unsigned>(size), static_cast<unsigned short>(id),
                          io_uring_buf_ring_mask(count), static_cast<int>(id));
  }
  io_uring_buf_ring_advance(buffers_, static_cast<int>(count));
}

UringBuffers::~UringBuffers() {
  io_uring_unregister_buf_ring(&ring_, group);
  ::munmap(buffers_, count_ * sizeof(io_uring_buf));
}

void UringBuffers::give_back(std::span<const unsigned short> ids) noexcept {
  int offset = 0;
  for (const unsigned short id : ids) {
    io_uring_buf_ring_add(buffers_, at(id), static_cast<unsigned>(size_), id, io_uring_buf_ring_mask(count_),
                          offset++);
  }
  io_uring_buf_ring_advance(buffers_, offset);
}

UringSends::UringSends(io_uring& ring, unsigned count, std::size_t size)
    : size_(size), memory_(new std::byte[count * size]()), slots_(count) {
  free_.reserve(count);
  for (unsigned slot = count; slot > 0; --slot) free_.push_back(slot - 1);
  const iovec all{memory_.get(), count * size};
  if (const int error = io_uring_register_buffers(&ring, &all, 1); error != 0)
    throw std::system_error(-error, std::generic_category(),
                            "registering " + std::to_string(all.iov_len) + " bytes (RLIMIT_MEMLOCK?)");
}

}  // namespace lln::net::detail

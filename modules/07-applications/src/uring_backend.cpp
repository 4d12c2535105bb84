// io_uring: what is to be done is written into a ring, what is done is read from another; one system call for both.
//
// One receive or one send of a connection is on its way at a time: nothing is read while answers wait, which is what
// bounds a client's memory. (A multishot receive, as UringLoop makes, goes on reading whatever becomes of the answers.)
// An idle connection's receive has no buffer: the kernel takes one from the ring of provided buffers when bytes come.
// The requests are answered in that buffer, and it is sent from there. A connection that has a request begun keeps its
// buffer, and its next receive continues in it.
#include "uring_backend.hpp"

#include "acceptor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace lln::app::detail {
namespace {

constexpr std::size_t page = 4096;
constexpr unsigned ring_entries = 512;
constexpr unsigned most_provided = 64;

[[noreturn]] void fail(int error, const char* attempt) {
  throw std::system_error(error, std::generic_category(), attempt);
}

io_uring_params parameters() noexcept {
  io_uring_params result{};
  // The kernel works for this ring only when its one thread asks for results. Disabled until that thread comes.
  result.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED |
                 IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  result.cq_entries = ring_entries * 8;
  return result;
}

}  // namespace

std::string uring_why_not() {
  io_uring ring;
  io_uring_params params = parameters();
  const int error = ::io_uring_queue_init_params(ring_entries, &ring, &params);
  if (error < 0)
    return "io_uring_setup: " + std::generic_category().message(-error) +
           " (kernel.io_uring_disabled, seccomp, or a kernel before 6.1)";
  ::io_uring_queue_exit(&ring);
  return "";
}

UringBackend::UringBackend(Worker& worker, const EchoOptions& options)
    : worker_(worker), waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), waste_(64 * 1024) {
  if (!waker_) fail(errno, "eventfd");
  io_uring_params params = parameters();
  if (const int error = ::io_uring_queue_init_params(ring_entries, &ring_, &params); error < 0)
    fail(-error, "io_uring_queue_init_params");
  const std::size_t share = std::max<std::size_t>(options.buffers / options.threads / 2, 1);
  provided_.resize(std::min<std::size_t>(std::bit_floor(share), most_provided));
  buffers_ = static_cast<io_uring_buf_ring*>(
      std::aligned_alloc(page, (provided_.size() * sizeof(io_uring_buf) + page - 1) / page * page));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uint64_t>(buffers_);
  registration.ring_entries = static_cast<unsigned>(provided_.size());
  if (const int error = ::io_uring_register_buf_ring(&ring_, &registration, 0); error < 0) {
    std::free(buffers_);
    ::io_uring_queue_exit(&ring_);
    fail(-error, "io_uring_register_buf_ring");
  }
  ::io_uring_buf_ring_init(buffers_);
  starving_.reserve(options.max_connections + 64);
}

UringBackend::~UringBackend() {
  ::io_uring_queue_exit(&ring_);
  std::free(buffers_);
  take_back_provided();
}

void UringBackend::take_back_provided() noexcept {
  for (Block*& block : provided_)
    if (block != nullptr) worker_.give_back(std::exchange(block, nullptr));
}

io_uring_sqe* UringBackend::next() noexcept {
  io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
  while (entry == nullptr) {
    ::io_uring_submit(&ring_);
    entry = ::io_uring_get_sqe(&ring_);
  }
  ++in_flight_;
  return entry;
}

void UringBackend::tag(io_uring_sqe* entry, const void* what, Tag tag) noexcept {
  ::io_uring_sqe_set_data64(entry, reinterpret_cast<std::uint64_t>(what) | static_cast<std::uint64_t>(tag));
}

// ---- what is watched ----

void UringBackend::listen(Acceptor& acceptor) {
  listening_[0].fd = acceptor.tcp_fd();
  listening_[1].fd = acceptor.unix_fd();
  for (const Listening& listening : listening_) {
    if (listening.fd >= 0) accept_on(listening);
  }
}

void UringBackend::accept_on(const Listening& listening) noexcept {
  io_uring_sqe* const entry = next();
  ::io_uring_prep_multishot_accept(entry, listening.fd, nullptr, nullptr, SOCK_CLOEXEC);
  tag(entry, &listening, Tag::accept);
}

void UringBackend::watch(DatagramPort& port) { look_at(port.fd(), &port, Tag::datagrams); }

// Once; asked again after each time, so that what is left over is reported again.
void UringBackend::look_at(int fd, const void* what, Tag why) noexcept {
  io_uring_sqe* const entry = next();
  ::io_uring_prep_poll_add(entry, fd, POLLIN);
  tag(entry, what, why);
}

bool UringBackend::watch(Connection& connection) noexcept {
  if (!stopping_) receive(connection);
  return true;
}

// ---- the rounds ----

void UringBackend::provide() noexcept {
  int added = 0;
  const int mask = ::io_uring_buf_ring_mask(static_cast<unsigned>(provided_.size()));
  for (std::size_t i = 0; i < provided_.size(); ++i) {
    if (provided_[i] != nullptr) continue;
    provided_[i] = worker_.take_block_by_force(nullptr);
    if (provided_[i] == nullptr) break;
    ::io_uring_buf_ring_add(buffers_, provided_[i]->bytes, echo_buffer_size, static_cast<unsigned short>(i),
                            mask, added++);
  }
  if (added > 0) ::io_uring_buf_ring_advance(buffers_, added);
  if (starving_.empty() || added == 0) return;
  fed_.swap(starving_);
  for (Connection* const c : fed_) {
    c->backend_state = 0;
    go_on(*c, false);
  }
  fed_.clear();
}

void UringBackend::poll(std::chrono::milliseconds timeout) noexcept {
  if (!enabled_) {
    // Declared by liburing 2.3, but not exported by Debian's library.
    ::syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    look_at(waker_.get(), nullptr, Tag::wake);
    enabled_ = true;
  }
  provide();
  if (!starving_.empty()) timeout = std::chrono::milliseconds(1);
  reap(timeout);
}

void UringBackend::reap(std::chrono::milliseconds timeout) noexcept {
  io_uring_cqe* first = nullptr;
  if (timeout.count() < 0) {
    ::io_uring_submit_and_wait(&ring_, 1);
  } else {
    __kernel_timespec time{timeout.count() / 1000, timeout.count() % 1000 * 1'000'000};
    ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
  }
  unsigned head;
  unsigned count = 0;
  io_uring_for_each_cqe(&ring_, head, first) {
    const io_uring_cqe result = *first;
    ++count;
    if ((result.flags & IORING_CQE_F_MORE) == 0) --in_flight_;
    completed(result);
  }
  ::io_uring_cq_advance(&ring_, count);
}

void UringBackend::completed(const io_uring_cqe& result) noexcept {
  const auto what = static_cast<Tag>(result.user_data & tag_mask);
  auto* const address = reinterpret_cast<void*>(result.user_data & ~tag_mask);
  switch (what) {
    case Tag::receive:
      return received(*static_cast<Connection*>(address), result);
    case Tag::send:
      return sent(*static_cast<Connection*>(address), result.res);
    case Tag::accept:
      return accepted(*static_cast<const Listening*>(address), result);
    case Tag::datagrams:
      if (stopping_) return;
      worker_.serve_datagrams();
      return look_at(static_cast<DatagramPort*>(address)->fd(), address, Tag::datagrams);
    case Tag::wake: {
      std::uint64_t count;
      [[maybe_unused]] const auto size = ::read(waker_.get(), &count, sizeof count);
      if (!stopping_) look_at(waker_.get(), nullptr, Tag::wake);
      return;
    }
    case Tag::cancel:
      return;
  }
}

void UringBackend::accepted(const Listening& listening, const io_uring_cqe& result) noexcept {
  if (result.res >= 0) worker_.accepted(net::StreamSocket(net::FileDescriptor(result.res)));
  if (result.flags & IORING_CQE_F_MORE) return;
  if (result.res == -EMFILE || result.res == -ENFILE) worker_.refuse_one(listening.fd);
  if (!stopping_) accept_on(listening);
}

void UringBackend::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(waker_.get(), &one, sizeof one);
}

void UringBackend::stop() noexcept {
  if (!enabled_) poll(std::chrono::milliseconds(0));
  stopping_ = true;
  io_uring_sqe* const entry = next();
  ::io_uring_prep_cancel(entry, nullptr, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
  tag(entry, nullptr, Tag::cancel);
  for (Connection* const c : starving_) c->backend_state = 0;
  starving_.clear();
  while (in_flight_ > 0) reap(std::chrono::milliseconds(100));
  take_back_provided();
}

std::unique_ptr<Backend> make_uring_backend(Worker& worker, const EchoOptions& options) {
  return std::make_unique<UringBackend>(worker, options);
}

}  // namespace lln::app::detail

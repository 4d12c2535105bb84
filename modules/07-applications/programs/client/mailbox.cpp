#include "mailbox.hpp"

#include <lln/net/file_descriptor.hpp>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <system_error>

namespace lln::echo_client {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

MailboxMemory* map_shared() {
  const net::FileDescriptor file(::memfd_create("lln-mailbox", MFD_CLOEXEC));
  if (!file) fail("memfd_create for a mailbox");
  if (::ftruncate(file.get(), sizeof(MailboxMemory)) != 0) fail("ftruncate of the mailbox");
  // The mapping keeps the memory; populated now, so that no message takes a page fault.
  void* const memory = ::mmap(nullptr, sizeof(MailboxMemory), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_POPULATE, file.get(), 0);
  if (memory == MAP_FAILED) fail("mapping the mailbox");
  return new (memory) MailboxMemory{};
}

void serve(MailboxMemory& memory, std::size_t message_size, const jitter::ThreadOptions& options,
           pid_t client) {
  // The parent may have died before the request for a signal was made.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != client) ::_exit(1);
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C goes to both; the client decides
  const jitter::ThreadSetup setup(options);
  for (const auto& step : setup.steps()) {
    if (!step.ok) std::fprintf(stderr, "server: %s: %s\n", step.name.c_str(), step.detail.c_str());
  }
  serve_mailbox(memory, message_size);
}

}  // namespace

void serve_mailbox(MailboxMemory& memory, std::size_t message_size) noexcept {
  lock_free::SpinWait spin;
  for (std::uint64_t next = 1; !memory.stop.load(std::memory_order_relaxed);) {
    if (memory.request.written.load(std::memory_order_acquire) != next) {
      spin.wait();
      continue;
    }
    std::memcpy(memory.answer.message, memory.request.message, message_size);
    app::make_echo_response(memory.answer.message, 0, 0);
    memory.answer.written.store(next++, std::memory_order_release);
    spin.reset();
  }
}

Mailbox::Mailbox(std::size_t message_size, const jitter::ThreadOptions& server)
    : request_(message_size), answer_(message_size) {
  if (message_size < app::echo_header_size || message_size > MailboxMemory::most_bytes)
    throw std::invalid_argument("a mailbox holds messages of " + std::to_string(app::echo_header_size) +
                                " to " + std::to_string(MailboxMemory::most_bytes) + " bytes, not " +
                                std::to_string(message_size));
  const auto payload = static_cast<std::uint16_t>(message_size - app::echo_header_size);
  app::encode_echo({.length = payload},
                   std::span<std::byte, app::echo_header_size>(request_.data(), app::echo_header_size));
  memory_ = map_shared();
  const pid_t client = ::getpid();
  server_ = ::fork();
  if (server_ < 0) {
    const int error = errno;
    ::munmap(memory_, sizeof(MailboxMemory));
    errno = error;
    fail("fork of the mailbox's server");
  }
  if (server_ == 0) {
    serve(*memory_, message_size, server, client);
    ::_exit(0);
  }
}

Mailbox::~Mailbox() {
  memory_->stop.store(true, std::memory_order_relaxed);
  while (::waitpid(server_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::munmap(memory_, sizeof(MailboxMemory));
}

}  // namespace lln::echo_client

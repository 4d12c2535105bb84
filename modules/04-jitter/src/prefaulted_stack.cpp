#include <lln/jitter/prefaulted.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lln::jitter {
namespace {

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

[[noreturn]] void fail(int error, const char* attempt) {
  throw std::system_error(error, std::generic_category(), attempt);
}

}  // namespace

PrefaultedStack::PrefaultedStack(std::size_t bytes) {
  const std::size_t page = page_size();
  const auto least = static_cast<std::size_t>(std::max<long>(::sysconf(_SC_THREAD_STACK_MIN), 16 * 1024));
  size_ = (std::max(bytes, least) + page - 1) / page * page;
  mapped_ = size_ + page;
  mapping_ = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapping_ == MAP_FAILED) fail(errno, "mapping a stack");
  lowest_ = static_cast<char*>(mapping_) + page;
  // pthread_attr_setstacksize() gives a guard page, pthread_attr_setstack() does not.
  if (::mprotect(mapping_, page, PROT_NONE) != 0) {
    const int error = errno;
    ::munmap(mapping_, mapped_);
    fail(error, "protecting the page below a stack");
  }
  for (std::size_t offset = 0; offset < size_; offset += page)
    static_cast<volatile char*>(lowest_)[offset] = 0;
}

PrefaultedStack::~PrefaultedStack() {
  if (running_) ::pthread_join(thread_, nullptr);
  ::munmap(mapping_, mapped_);
}

void* PrefaultedStack::enter(void* self) noexcept {
  auto& stack = *static_cast<PrefaultedStack*>(self);
  try {
    stack.body_();
  } catch (...) {
    stack.thrown_ = std::current_exception();
  }
  return nullptr;
}

void PrefaultedStack::start(std::function<void()> body) {
  if (running_) throw std::logic_error("this stack is in use: join its thread first");
  body_ = std::move(body);
  thrown_ = nullptr;
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  int error = ::pthread_attr_setstack(&attributes, lowest_, size_);
  if (error == 0) error = ::pthread_create(&thread_, &attributes, &PrefaultedStack::enter, this);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) fail(error, "starting a thread on a stack of ours");
  running_ = true;
}

void PrefaultedStack::join() {
  if (!running_) return;
  ::pthread_join(thread_, nullptr);
  running_ = false;
  body_ = nullptr;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

}  // namespace lln::jitter

#include <lln/testkit/detail/interpose.hpp>
#include <lln/testkit/syscalls.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace lln::testkit {
namespace {

constexpr auto number = static_cast<std::size_t>(detail::Call::number_of_calls);

constexpr std::array<std::string_view, number> names = {
#define LLN_NAME(name) #name,
    LLN_COUNTED_CALLS(LLN_NAME)
#undef LLN_NAME
};

std::atomic<int> counters{0};
std::array<std::atomic<std::uint64_t>, number> calls{};

std::vector<std::uint64_t> now() { return {calls.begin(), calls.end()}; }

}  // namespace

void detail::note_call(Call call) noexcept {
  if (counters.load(std::memory_order_relaxed) == 0) return;
  calls[static_cast<std::size_t>(call)].fetch_add(1, std::memory_order_relaxed);
}

SyscallCounter::SyscallCounter() : before_(now()) { counters.fetch_add(1); }
SyscallCounter::~SyscallCounter() { counters.fetch_sub(1); }

std::uint64_t SyscallCounter::all() const {
  const std::vector<std::uint64_t> after = now();
  return std::accumulate(after.begin(), after.end(), std::uint64_t{0}) -
         std::accumulate(before_.begin(), before_.end(), std::uint64_t{0});
}

std::uint64_t SyscallCounter::of(std::string_view function) const {
  for (std::size_t i = 0; i < number; ++i) {
    if (names[i] == function) return calls[i] - before_[i];
  }
  throw std::invalid_argument("SyscallCounter does not count " + std::string(function));
}

std::string SyscallCounter::told() const {
  std::string text;
  for (std::size_t i = 0; i < number; ++i) {
    const std::uint64_t count = calls[i] - before_[i];
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(names[i]) + ' ' + std::to_string(count);
  }
  return text.empty() ? "none" : text;
}

}  // namespace lln::testkit

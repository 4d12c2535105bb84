#include <lln/testkit/detail/interpose.hpp>
#include <lln/testkit/short_io.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <vector>

namespace lln::testkit {

struct ShortIo::Script {
  int descriptor = -1;
  std::deque<IoTurn> in;
  std::deque<IoTurn> out;
  std::deque<IoTurn> waits;

  std::deque<IoTurn>& turns(detail::Direction direction) {
    if (direction == detail::Direction::wait) return waits;
    return direction == detail::Direction::in ? in : out;
  }
  std::optional<std::mt19937_64> random;
  std::size_t most = 0;
  std::optional<int> longest_wait;
};

namespace {

std::mutex scripts_mutex;
std::vector<std::shared_ptr<ShortIo::Script>>& scripts() {
  static std::vector<std::shared_ptr<ShortIo::Script>> all;
  return all;
}

}  // namespace

std::atomic<int> detail::active_scripts{0};

std::optional<IoTurn> detail::next_turn(int descriptor, Direction direction) noexcept {
  const std::lock_guard lock(scripts_mutex);
  for (const auto& script : scripts()) {
    if (script->descriptor != descriptor) continue;
    std::deque<IoTurn>& turns = script->turns(direction);
    if (!turns.empty()) {
      const IoTurn turn = turns.front();
      turns.pop_front();
      return turn;
    }
    if (script->random && direction != Direction::wait) {
      const std::uint64_t drawn = (*script->random)();
      return drawn % 4 == 0 ? fails_with(EINTR) : at_most(1 + (drawn >> 2) % script->most);
    }
  }
  return std::nullopt;
}

void detail::note_wait(int descriptor, int ms) noexcept {
  if (active_scripts.load(std::memory_order_acquire) == 0) return;
  const std::lock_guard lock(scripts_mutex);
  for (const auto& script : scripts()) {
    if (script->descriptor == descriptor) script->longest_wait = ms;
  }
}

ShortIo::ShortIo(int descriptor) : script_(std::make_shared<Script>()) {
  script_->descriptor = descriptor;
  const std::lock_guard lock(scripts_mutex);
  scripts().push_back(script_);
  detail::active_scripts.fetch_add(1, std::memory_order_release);
}

ShortIo::~ShortIo() {
  const std::lock_guard lock(scripts_mutex);
  detail::active_scripts.fetch_sub(1, std::memory_order_release);
  std::erase(scripts(), script_);
}

ShortIo& ShortIo::reads(std::initializer_list<IoTurn> turns) {
  const std::lock_guard lock(scripts_mutex);
  script_->in.insert(script_->in.end(), turns);
  return *this;
}

ShortIo& ShortIo::writes(std::initializer_list<IoTurn> turns) {
  const std::lock_guard lock(scripts_mutex);
  script_->out.insert(script_->out.end(), turns);
  return *this;
}

ShortIo& ShortIo::waits(std::initializer_list<IoTurn> turns) {
  const std::lock_guard lock(scripts_mutex);
  script_->waits.insert(script_->waits.end(), turns);
  return *this;
}

ShortIo& ShortIo::at_random(std::mt19937_64 random, std::size_t most) {
  const std::lock_guard lock(scripts_mutex);
  script_->random = random;
  script_->most = std::max<std::size_t>(most, 1);
  return *this;
}

std::size_t ShortIo::turns_left() const {
  const std::lock_guard lock(scripts_mutex);
  return script_->in.size() + script_->out.size() + script_->waits.size();
}

std::optional<int> ShortIo::longest_wait() const {
  const std::lock_guard lock(scripts_mutex);
  return script_->longest_wait;
}

}  // namespace lln::testkit

#include <lln/publishing/subscriber.hpp>

#include <signal.h>
#include <time.h>

#include <cerrno>
#include <stdexcept>

namespace lln::publishing {
namespace {

const Header* checked_header(const SharedFile& file) {
  if (file.size() < sizeof(Header)) {
    throw std::runtime_error("cannot read " + file.path() + ": it is too short for published books");
  }
  const auto* header = reinterpret_cast<const Header*>(file.data());
  if (const std::string wrong = check(*header, file.size()); !wrong.empty()) {
    throw std::runtime_error("cannot read " + file.path() + ": " + wrong);
  }
  return header;
}

}  // namespace

Subscriber::Subscriber(const std::string& name)
    : file_(SharedFile::open(name)),
      header_(checked_header(file_)),
      cells_(reinterpret_cast<const SymbolCell*>(file_.data() + sizeof(Header))),
      slots_(reinterpret_cast<const EventSlot*>(cells_ + header_->symbols)),
      symbols_(static_cast<std::uint32_t>(header_->symbols)),
      // Acquire: the states read after this are at least as new as the events before it.
      reader_(slots_, header_->ring_events, header_->published,
              header_->published.load(std::memory_order_acquire)) {}

ReadResult Subscriber::read(BookEvent& event) noexcept { return reader_.read(event); }

void Subscriber::resume_now() noexcept {
  const std::uint64_t lost_so_far = lost();
  const std::uint64_t from = reader_.position();
  const std::uint64_t now = header_->published.load(std::memory_order_acquire);
  if (now <= from) return;
  reader_ = {slots_, header_->ring_events, header_->published, now};
  skipped_ = lost_so_far + (now - from);
}

bool Subscriber::load_state(std::uint16_t locate, SymbolState& state) const noexcept {
  return locate < symbols_ && cells_[locate].try_load(state);
}

PublisherLife Subscriber::publisher() const noexcept {
  // Acquire: everything that was published before the end is visible.
  if (header_->state.load(std::memory_order_acquire) == PublisherState::closed) return PublisherLife::closed;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t now_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  // Relaxed: a time alone.
  const std::int64_t silence = now_ns - header_->heartbeat_ns.load(std::memory_order_relaxed);
  return silence > patience.count() ? PublisherLife::silent : PublisherLife::alive;
}

std::string Subscriber::obituary() const {
  if (publisher() != PublisherLife::silent) return {};
  const std::string process = "process " + std::to_string(publisher_pid());
  if (::kill(static_cast<pid_t>(publisher_pid()), 0) == 0 || errno != ESRCH)
    return process + " has published nothing for a second: it is stopped or hangs";
  return process + " was killed; its books stay until a successor takes the name, or until: rm " +
         file_.path();
}

}  // namespace lln::publishing

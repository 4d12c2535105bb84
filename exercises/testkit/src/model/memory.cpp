// The memory model: who may read which store, and which plain accesses are ordered.
#include <lln/model/engine.hpp>

#include <algorithm>

namespace lln::model::detail {

bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

const char* text(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
      return "consume";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      break;
  }
  return "seq_cst";
}

std::size_t Engine::new_location() {
  const std::size_t location = locations_.size();
  locations_.emplace_back();
  locations_.back().stores.emplace_back();
  return location;
}

std::size_t& Engine::view(std::size_t thread, std::size_t location) {
  View& view = threads_[thread].view;
  if (view.size() <= location) view.resize(locations_.size(), 0);
  return view[location];
}

void Engine::join(Clock& clock, View& view, const Clock& other_clock, const View& other_view) const {
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other_clock[i]);
  if (view.size() < other_view.size()) view.resize(other_view.size(), 0);
  for (std::size_t i = 0; i < other_view.size(); ++i) view[i] = std::max(view[i], other_view[i]);
}

std::size_t Engine::oldest(std::size_t location, std::memory_order order) const {
  const View& view = threads_[running_].view;
  const std::size_t seen = location < view.size() ? view[location] : 0;
  const std::vector<Stale>& stale = threads_[running_].stale;
  if (location < stale.size() && stale[location].reads >= patience) return newest(location);
  if (order != std::memory_order_seq_cst) return seen;
  return std::max(seen, locations_[location].last_seq_cst);
}

void Engine::has_read(std::size_t location, std::size_t index, std::memory_order order) {
  view(running_, location) = std::max(view(running_, location), index);
  std::vector<Stale>& stale = threads_[running_].stale;
  if (stale.size() <= location) stale.resize(locations_.size());
  if (index == newest(location)) {
    stale[location].reads = 0;
  } else if (stale[location].reads++ == 0 || stale[location].index != index) {
    stale[location] = {index, 1};
  }
  if (!acquires(order)) return;
  const Message& message = locations_[location].stores[index];
  join(threads_[running_].clock, threads_[running_].view, message.clock, message.view);
}

void Engine::has_written(std::size_t location, std::memory_order order, bool rmw) {
  ++writes_;
  Location& target = locations_[location];
  Thread& thread = threads_[running_];
  Message message;
  if (rmw) message = target.stores.back();  // a release sequence goes on through read-modify-writes
  view(running_, location) = target.stores.size();
  if (order == std::memory_order_seq_cst) target.last_seq_cst = target.stores.size();
  if (releases(order)) {
    join(message.clock, message.view, thread.clock, thread.view);
    ++thread.clock[running_];  // what follows is not carried
  }
  target.stores.push_back(std::move(message));
}

void Engine::refuse_race(const Touched& earlier, const char* did, const char* does, const std::string& name) {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (t == running_ || threads_[running_].clock[t] >= earlier.stamp[t]) continue;
    const std::string who = t == 0 ? "the setup" : program_.threads[t - 1].name;
    const std::string here = running_ == 0 ? "the end" : program_.threads[running_ - 1].name;
    fail("Data race: " + here + ' ' + does + ' ' + name + " in step " + std::to_string(told_) + ", " + who +
         ' ' + did + " it in step " + std::to_string(earlier.step[t]) +
         ", and nothing orders the two: no acquire load by " + here + " has read a release store that " +
         who + " made after that.");
  }
}

void Engine::plain_read(Touched& writes, Touched& reads, const std::string& name) {
  if (over_) return;
  tell("reads " + name);
  refuse_race(writes, "wrote", "reads", name);
  reads.stamp[running_] = threads_[running_].clock[running_];
  reads.step[running_] = told_;
}

void Engine::plain_write(Touched& writes, Touched& reads, const std::string& name) {
  if (over_) return;
  tell("writes " + name);
  refuse_race(writes, "wrote", "writes", name);
  refuse_race(reads, "read", "writes", name);
  writes.stamp[running_] = threads_[running_].clock[running_];
  writes.step[running_] = told_;
}

}  // namespace lln::model::detail

#include "fibers.hpp"

#include <lln/model/engine.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace lln::model {

namespace detail {

namespace {
Engine* current_engine = nullptr;
}

Engine* Engine::current() { return current_engine; }

Engine::Engine(const Limits& limits) : limits_(limits), fibers_(std::make_unique<Fibers>()) {
  if (current_engine != nullptr) throw std::logic_error("model::explore inside model::explore");
  current_engine = this;
}

Engine::~Engine() { current_engine = nullptr; }

Result Engine::explore(const Setup& setup) {
  Result result;
  do {
    const End end = execute(setup);
    if (end == End::finished || end == End::failed) ++result.executions;
    if (end == End::pruned) ++result.pruned;
    if (end == End::cut) ++result.cut;
    if (end == End::failed) {
      path_.resize(depth_);
      recording_ = true;  // once more, the same way, and told
      execute(setup);
      result.failed = true;
      result.story = "Execution " + std::to_string(result.executions + result.pruned + result.cut) +
                     " of those that the model allows:\n" + story_;
      return result;
    }
    if (result.executions + result.pruned + result.cut >= limits_.executions || result.cut >= limits_.cut) {
      return result;
    }
  } while (next_path());
  result.complete = result.cut == 0;
  return result;
}

bool Engine::next_path() {
  path_.resize(depth_);
  while (!path_.empty() && path_.back().taken + 1 == path_.back().alternatives) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::size_t Engine::choose(std::size_t alternatives) {
  if (alternatives < 2 || running_ == 0) return 0;
  if (depth_ == path_.size()) path_.push_back({0, alternatives});
  if (path_[depth_].alternatives != alternatives) {
    throw std::logic_error(
        "model::explore: the program did not repeat itself; is anything kept between executions?");
  }
  return path_[depth_++].taken;
}

Engine::End Engine::execute(const Setup& setup) {
  depth_ = steps_ = writes_ = told_ = running_ = 0;
  over_ = failed_ = false;
  story_.clear();
  locations_.clear();
  program_ = {};
  threads_.assign(1, Thread{});
  threads_[0].clock[0] = 1;
  End end = End::finished;
  try {
    program_ = setup();
    if (program_.threads.size() > max_threads) throw std::length_error("model::explore: at most 4 threads");
    for (std::size_t t = 1; t <= program_.threads.size(); ++t) {
      threads_.push_back(threads_[0]);
      threads_[t].clock[t] = 1;
    }
    ++threads_[0].clock[0];
    for (std::size_t t = 1; t < threads_.size() && !failed_; ++t) {
      running_ = t;
      fibers_->start(t - 1, [this, t] { run_body(t); });
    }
    end = schedule();
    running_ = 0;
    if (end == End::finished && program_.finally) {
      for (const Thread& thread : threads_) {
        join(threads_[0].clock, threads_[0].view, thread.clock, thread.view);
      }
      program_.finally();
    }
  } catch (const Abandon&) {
  }
  running_ = 0;
  over_ = true;  // the destructors of the program's state are no part of it
  program_ = {};
  return failed_ ? End::failed : end;
}

Engine::End Engine::schedule() {
  unsigned asleep = 0;  // threads whose next operation was explored here already, and nothing changed since
  End end = End::finished;
  std::size_t last = 1;
  for (;;) {
    if (failed_) {
      end = End::failed;
      break;
    }
    std::vector<std::size_t> candidates;
    bool unfinished = false;
    bool any_enabled = false;
    for (std::size_t i = 0; i + 1 < threads_.size(); ++i) {
      const std::size_t t = (last - 1 + i) % (threads_.size() - 1) + 1;
      unfinished = unfinished || !threads_[t].finished;
      if (threads_[t].finished || !enabled(t)) continue;
      any_enabled = true;
      if ((asleep >> t & 1U) == 0) candidates.push_back(t);
    }
    if (!unfinished) break;
    if (candidates.empty()) {
      end = any_enabled ? End::pruned : End::failed;
      if (end == End::failed) {
        failed_ = true;
        story_ += "All threads that are left wait in model::yield() for a store that nobody will do.\n";
      }
      break;
    }
    if (++steps_ > limits_.steps) {
      end = End::cut;
      break;
    }
    const std::size_t taken = choose(candidates.size());
    for (std::size_t i = 0; i < taken; ++i) asleep |= 1U << candidates[i];
    last = running_ = candidates[taken];
    for (std::size_t t = 1; t < threads_.size(); ++t) {
      if (dependent(threads_[t].pending, threads_[running_].pending)) asleep &= ~(1U << t);
    }
    fibers_->resume(running_ - 1);
  }
  return end;
}

bool Engine::enabled(std::size_t thread) const {
  const Thread& t = threads_[thread];
  return t.pending.kind != Kind::yield || t.writes_at_yield != writes_;
}

bool Engine::dependent(const Pending& a, const Pending& b) {
  const auto writes = [](const Pending& p) { return p.kind == Kind::store || p.kind == Kind::rmw; };
  if (a.kind == Kind::yield || b.kind == Kind::yield) return writes(a) || writes(b);
  return a.location == b.location && (writes(a) || writes(b));
}

void Engine::run_body(std::size_t thread) {
  try {
    program_.threads[thread - 1].body();
  } catch (const std::exception& error) {
    failed_ = true;
    story_ += program_.threads[thread - 1].name + " ends with an exception: " + error.what() + "\n";
  }
  threads_[thread].finished = true;
}

void Engine::announce(Kind kind, std::size_t location) {
  if (running_ == 0) return;
  Thread& thread = threads_[running_];
  if (kind == Kind::yield && thread.pending.kind == Kind::yield) {  // nothing done since: still the same wait
    if (++thread.idle_yields > limits_.steps) {
      fail(program_.threads[running_ - 1].name +
           " waits in model::yield() and looks at no atomic in between.");
    }
    return;
  }
  thread.idle_yields = 0;
  thread.pending = {kind, location};
  fibers_->suspend(running_ - 1);
  if (kind != Kind::yield) return;
  for (std::size_t l = 0; l < locations_.size(); ++l) view(running_, l) = newest(l);
  thread.writes_at_yield = writes_;
  tell("yields");
}

void Engine::tell(const std::string& what) {
  ++told_;
  if (!recording_ || over_) return;
  const std::string who = running_ == 0 ? "setup" : program_.threads[running_ - 1].name;
  story_ += "  " + std::to_string(told_) + ". " + who + ": " + what + '\n';
}

void Engine::fail(const std::string& why) {
  failed_ = true;
  story_ += why + '\n';
  if (running_ == 0) throw Abandon{};
  for (;;)
    fibers_->suspend(running_ - 1);  // not resumed: nothing is unwound, so that noexcept code can fail too
}

}  // namespace detail

Result explore(const Setup& setup, const Limits& limits) { return detail::Engine(limits).explore(setup); }

void check(bool holds, const std::string& what) {
  detail::Engine* const engine = detail::Engine::current();
  if (holds) return;
  if (engine == nullptr) throw std::logic_error("model::check outside model::explore: " + what);
  engine->fail("This should hold, and does not: " + what);
}

void yield() {
  if (detail::Engine* engine = detail::Engine::current()) engine->announce(detail::Kind::yield, 0);
}

}  // namespace lln::model

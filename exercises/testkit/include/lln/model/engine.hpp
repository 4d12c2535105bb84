// What Atomic, Var and yield ask of the model checker; the programs under test use <lln/model/model.hpp>.
//
// Memory model: the modification order of an atomic is the order in which its stores are executed, and each
// thread has a view: for each atomic, the oldest store that it may still read. Reading or writing raises the
// view, a release store carries it, an acquire load takes it over. Vector clocks travel the same way and tell
// whether two plain accesses are ordered.
#pragma once

#include <lln/model/explore.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lln::model::detail {

inline constexpr std::size_t max_threads = 4;  // beside thread 0, which prepares and inspects

using Clock = std::array<std::uint32_t, max_threads + 1>;
using View = std::vector<std::size_t>;  // by location

// A store becomes visible in finite time: so often may a thread read the same one while a newer one exists.
inline constexpr std::size_t patience = 6;

struct Stale {
  std::size_t index = 0;
  std::size_t reads = 0;  // in a row
};

enum class Kind { load, store, rmw, yield };

bool acquires(std::memory_order order);
bool releases(std::memory_order order);
const char* text(std::memory_order order);

struct Message {  // what a store hands to those who acquire it
  Clock clock{};
  View view;
};

struct Location {
  std::vector<Message> stores;  // in modification order
  std::size_t last_seq_cst = 0;
};

// A plain variable's history: when it was last touched, and in which step of the story.
struct Touched {
  std::array<std::uint32_t, max_threads + 1> stamp{};
  std::array<std::size_t, max_threads + 1> step{};
};

struct Abandon {};  // leaves the setup or the end of an execution that has failed

class Fibers;

class Engine {
 public:
  static Engine* current();

  explicit Engine(const Limits& limits);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Result explore(const Setup& setup);

  std::size_t new_location();
  // The thread's next visible operation; returns when it is this thread's turn.
  void announce(Kind kind, std::size_t location);
  // Stores of a location that the running thread may read: from oldest(), the newest being newest().
  std::size_t oldest(std::size_t location, std::memory_order order) const;
  std::size_t newest(std::size_t location) const { return locations_[location].stores.size() - 1; }
  std::size_t choose(std::size_t alternatives);
  void has_read(std::size_t location, std::size_t index, std::memory_order order);
  void has_written(std::size_t location, std::memory_order order, bool rmw);

  void plain_read(Touched& writes, Touched& reads, const std::string& name);
  void plain_write(Touched& writes, Touched& reads, const std::string& name);

  bool recording() const { return recording_; }
  void tell(const std::string& what);
  [[noreturn]] void fail(const std::string& why);

 private:
  friend class Fibers;
  struct Choice {
    std::size_t taken;
    std::size_t alternatives;
  };
  struct Pending {
    Kind kind;
    std::size_t location;
  };
  struct Thread {
    Clock clock{};
    View view;
    std::vector<Stale> stale;  // by location
    Pending pending{};
    std::size_t writes_at_yield = SIZE_MAX;
    std::size_t idle_yields = 0;  // in a row, without an operation in between
    bool finished = false;
  };
  enum class End { finished, pruned, cut, failed };

  End execute(const Setup& setup);
  End schedule();
  bool next_path();
  bool enabled(std::size_t thread) const;
  static bool dependent(const Pending& a, const Pending& b);
  void run_body(std::size_t thread);
  std::size_t& view(std::size_t thread, std::size_t location);
  void join(Clock& clock, View& view, const Clock& other_clock, const View& other_view) const;
  void refuse_race(const Touched& earlier, const char* did, const char* does, const std::string& name);

  Limits limits_;
  Program program_;
  std::unique_ptr<Fibers> fibers_;
  std::vector<Choice> path_;
  std::size_t depth_ = 0;
  std::vector<Thread> threads_;
  std::vector<Location> locations_;
  std::size_t running_ = 0;
  std::size_t steps_ = 0;
  std::size_t writes_ = 0;
  bool over_ = false;
  bool failed_ = false;
  bool recording_ = false;
  std::size_t told_ = 0;
  std::string story_;
};

}  // namespace lln::model::detail

// Which bytes code touches, in which order, and which cache lines move between cores for it. For code that takes its
// fields, its atomics or its prefetch as a parameter:
//
//   template <template <class> class Field> struct Order { Field<std::uint64_t> price; Field<std::uint32_t> size; };
//
//   std::vector<Order<Recorded>> orders(100);     // the layout is that of Order<Plain>: Recorded<T> is as large as T
//   AccessRecorder recorder;
//   best_of(orders);
//   story.expect(recorder.bytes_read()).at_most(100 * 8).units("bytes");
//   story.expect(recorder.lines()).at_most(25).units("lines");
//
// | type              | stands for   | records                                                              |
// |-------------------|--------------|----------------------------------------------------------------------|
// | Recorded<T>       | T            | a read for each use of the value, a write for each assignment        |
// | RecordedAtomic<T> | std::atomic  | a read for a load, a write for a store and a read-modify-write       |
// | RecordingSpan<T>  | std::span<T> | the same for elements that are plain                                 |
// | RecordedPrefetch  | a function   | the address that is asked for                                        |
//
// A recorder concerns the thread that made it, until it goes out of scope; the innermost one records. One thread plays
// all cores, one after the other (on_core), so that each run gives the same counts. What one core has to fetch or take
// from another is counted as a coherent cache without evictions would have it:
//
//   read   its copy is gone because another core has written to the line since
//   write  another core has a copy, which must be invalidated
//
// Nobody's first touch is counted: memory has to come from somewhere.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace lln::testkit {

struct Access {
  enum Kind { prefetch, read, write };

  Kind kind;
  std::uintptr_t address;
  std::size_t bytes;
  unsigned core;
};

class AccessRecorder {
 public:
  explicit AccessRecorder(std::size_t line_bytes = 64)
      : line_bytes_(line_bytes), outer_(std::exchange(current(), this)) {}
  ~AccessRecorder() { current() = outer_; }
  AccessRecorder(const AccessRecorder&) = delete;
  AccessRecorder& operator=(const AccessRecorder&) = delete;

  // The core, 0 to 63, that does what follows.
  void on_core(unsigned core) { core_ = core; }

  // Forgets what was counted; the cores keep the lines that they have.
  void clear() {
    accesses_.clear();
    transfers_.clear();
  }

  const std::vector<Access>& accesses() const { return accesses_; }
  std::size_t bytes_read() const { return bytes(Access::read); }
  std::size_t bytes_written() const { return bytes(Access::write); }
  std::size_t count(Access::Kind kind) const {
    std::size_t sum = 0;
    for (const Access& access : accesses_) sum += access.kind == kind;
    return sum;
  }
  // Distinct lines that were read or written.
  std::size_t lines() const {
    std::set<std::uintptr_t> seen;
    for (const Access& access : accesses_) {
      if (access.kind == Access::prefetch) continue;
      for (std::uintptr_t line = first_line(access); line <= last_line(access); ++line) seen.insert(line);
    }
    return seen.size();
  }
  // Lines that this core had to fetch or take from another one.
  std::size_t transfers(unsigned core) const {
    const auto found = transfers_.find(core);
    return found == transfers_.end() ? 0 : found->second;
  }

  static void note(Access::Kind kind, const volatile void* address, std::size_t bytes) {
    if (current() != nullptr) current()->add(kind, reinterpret_cast<std::uintptr_t>(address), bytes);
  }

 private:
  struct Line {
    std::uint64_t valid = 0;  // the cores that have a good copy, one bit each
    bool written = false;
  };

  static AccessRecorder*& current() {
    thread_local AccessRecorder* recorder = nullptr;
    return recorder;
  }

  std::uintptr_t first_line(const Access& access) const { return access.address / line_bytes_; }
  std::uintptr_t last_line(const Access& access) const {
    return (access.address + access.bytes - 1) / line_bytes_;
  }
  std::size_t bytes(Access::Kind kind) const {
    std::size_t sum = 0;
    for (const Access& access : accesses_) sum += access.kind == kind ? access.bytes : 0;
    return sum;
  }

  void add(Access::Kind kind, std::uintptr_t address, std::size_t bytes) {
    const Access& access = accesses_.emplace_back(Access{kind, address, bytes, core_});
    if (kind == Access::prefetch) return;
    const std::uint64_t mine = std::uint64_t{1} << core_;
    for (std::uintptr_t number = first_line(access); number <= last_line(access); ++number) {
      Line& line = lines_[number];
      if (kind == Access::write) {
        transfers_[core_] += (line.valid & ~mine) != 0;
        line = {mine, true};
      } else if ((line.valid & mine) == 0) {
        transfers_[core_] += line.written;
        line.valid |= mine;
      }
    }
  }

  std::size_t line_bytes_;
  AccessRecorder* outer_;
  unsigned core_ = 0;
  std::vector<Access> accesses_;
  std::map<std::uintptr_t, Line> lines_;
  std::map<unsigned, std::size_t> transfers_;
};

// The ordinary field, for whom nobody records.
template <class T>
using Plain = T;

template <class T>
class Recorded {
 public:
  Recorded() = default;
  Recorded(T value) : value_(value) { wrote(); }  // NOLINT: implicit as T itself
  Recorded(const Recorded& other) : Recorded(static_cast<T>(other)) {}
  ~Recorded() = default;

  operator T() const {  // NOLINT: implicit as T itself
    AccessRecorder::note(Access::read, &value_, sizeof value_);
    return value_;
  }
  Recorded& operator=(T value) {
    value_ = value;
    wrote();
    return *this;
  }
  Recorded& operator=(const Recorded& other) { return *this = static_cast<T>(other); }

  Recorded& operator+=(T by) { return *this = static_cast<T>(static_cast<T>(*this) + by); }
  Recorded& operator-=(T by) { return *this = static_cast<T>(static_cast<T>(*this) - by); }
  Recorded& operator++() { return *this += T{1}; }
  Recorded& operator--() { return *this -= T{1}; }
  T operator++(int) {
    const T old = *this;
    *this = static_cast<T>(old + T{1});
    return old;
  }

 private:
  void wrote() const { AccessRecorder::note(Access::write, &value_, sizeof value_); }

  T value_{};
};

// As large as std::atomic<T>, so that what lies in one line with what stays true.
template <class T>
class RecordedAtomic {
  using Order = std::memory_order;
  static constexpr Order seq_cst = std::memory_order_seq_cst;

 public:
  using value_type = T;

  constexpr RecordedAtomic() noexcept = default;
  constexpr RecordedAtomic(T value) noexcept : value_(value) {}  // NOLINT: implicit as in std::atomic
  RecordedAtomic(const RecordedAtomic&) = delete;
  RecordedAtomic& operator=(const RecordedAtomic&) = delete;

  T load(Order order = seq_cst) const { return noted(Access::read).load(order); }
  operator T() const { return load(); }  // NOLINT: implicit as in std::atomic
  void store(T value, Order order = seq_cst) { noted(Access::write).store(value, order); }
  T operator=(T value) { return store(value), value; }
  T exchange(T value, Order order = seq_cst) { return noted(Access::write).exchange(value, order); }
  T fetch_add(T by, Order order = seq_cst) { return noted(Access::write).fetch_add(by, order); }
  T fetch_sub(T by, Order order = seq_cst) { return noted(Access::write).fetch_sub(by, order); }
  T operator+=(T by) { return fetch_add(by) + by; }
  T operator-=(T by) { return fetch_sub(by) - by; }
  T operator++() { return fetch_add(T{1}) + T{1}; }
  T operator++(int) { return fetch_add(T{1}); }

 private:
  std::atomic<T>& noted(Access::Kind kind) const {
    AccessRecorder::note(kind, &value_, sizeof value_);
    return value_;
  }

  mutable std::atomic<T> value_{};
};

// A span whose elements record: elements are small values, used and assigned as a whole.
template <class T>
class RecordingSpan {
 public:
  class Reference {
   public:
    explicit Reference(T* element) : element_(element) {}
    Reference(const Reference&) = default;
    operator T() const {  // NOLINT: stands for T&
      AccessRecorder::note(Access::read, element_, sizeof(T));
      return *element_;
    }
    const Reference& operator=(T value) const {
      AccessRecorder::note(Access::write, element_, sizeof(T));
      *element_ = value;
      return *this;
    }
    const Reference& operator=(const Reference& other) const { return *this = static_cast<T>(other); }

   private:
    T* element_;
  };

  explicit RecordingSpan(std::span<T> elements) : elements_(elements) {}
  Reference operator[](std::size_t i) const { return Reference(&elements_[i]); }
  std::size_t size() const { return elements_.size(); }

 private:
  std::span<T> elements_;
};

struct RecordedPrefetch {
  void operator()(const void* address) const { AccessRecorder::note(Access::prefetch, address, 1); }
};

}  // namespace lln::testkit

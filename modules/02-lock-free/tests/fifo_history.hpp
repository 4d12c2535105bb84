// Decides whether what two threads saw of a bounded FIFO could have been seen of the sequential one
// (linearizability, M. Herlihy and J. Wing, 1990): is there one moment for every operation, between its
// call and its return, such that the operations done in the order of these moments on an ordinary queue
// give the same answers?
//
// For one producer and one consumer this needs no search. Each thread's operations have an order, items are
// numbered, and an answer says exactly which operations of the other thread come before it and which after:
//
//   items n .. n+c-1 were pushed   after the pop of item n+c-1-capacity (there was room)
//   items m .. m+c-1 were popped   after the push of item m+c-1 (they were there)
//   a push that wanted more        at a moment when the ring was full but for the c that it took: after the
//   than the c it could do         pop of item n+c-1-capacity, before the pop of item n+c-capacity
//   a pop that wanted more         at a moment when the ring held only the c that it got: after the push of
//   than the c it could do         item m+c-1, before the push of item m+c
//
// A refused push (c = 0) is thus legal only if the ring could have been full at some moment between call
// and return, an empty pop likewise. Moments exist if these "before" relations have no cycle, and if the
// earliest moment that they leave to each operation (its call, or the earliest moment of any predecessor)
// is not after its return. A partial batch has two moments: when it saw how much there was, and when it
// took effect; it takes effect as a whole.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace lln::test {

struct Operation {
  std::uint64_t called;    // stamps of one common counter
  std::uint64_t returned;  // after called
  std::size_t wanted;      // items asked for, at least 1
  std::size_t done;        // items pushed or popped
};

class FifoHistory {
 public:
  // The operations of each thread in its order. Items are numbered by the order of their push; that they
  // also come out in this order, the caller has checked.
  FifoHistory(std::span<const Operation> pushes, std::span<const Operation> pops, std::size_t capacity)
      : capacity_(capacity) {
    add_thread(pushes, push_of_item_, "push");
    add_thread(pops, pop_of_item_, "pop");
    if (pop_of_item_.size() > push_of_item_.size()) violation_ = "more items were popped than pushed";
    for (std::size_t node = 0; node < nodes_.size() && !violation_; ++node) add_relations(node);
    if (!violation_) order_them();
  }

  // What no sequential queue could have answered; nothing if all is well.
  const std::optional<std::string>& violation() const { return violation_; }

 private:
  // A moment to be found: of an operation's effect, or of its observation that there was no more.
  struct Node {
    Operation operation;
    const char* kind;
    std::size_t items_after;  // items this thread has pushed (popped) when the operation is over
    bool observed_limit;
    std::size_t predecessors = 0;
    std::vector<std::size_t> successors;
  };

  void add_thread(std::span<const Operation> operations, std::vector<std::size_t>& node_of_item,
                  const char* kind) {
    std::size_t items = 0;
    bool first = true;
    const auto add = [&](const Operation& operation, bool observed_limit) {
      nodes_.push_back({operation, kind, items, observed_limit, 0, {}});
      if (!first) before(nodes_.size() - 2, nodes_.size() - 1);
      first = false;
    };
    for (const Operation& operation : operations) {
      items += operation.done;
      if (operation.done < operation.wanted) add(operation, true);
      if (operation.done > 0) add(operation, false);
      node_of_item.resize(items, nodes_.size() - 1);
    }
  }

  void add_relations(std::size_t node) {
    const bool is_push = nodes_[node].kind == std::string_view("push");
    const std::size_t items = nodes_[node].items_after;
    const auto& others = is_push ? pop_of_item_ : push_of_item_;
    // The other thread's items that must be through before: all but a ringful, or all that we took.
    if (is_push && items < capacity_) {
      if (nodes_[node].observed_limit)
        violation_ = describe(node) + ": refused, though the ring was never full yet";
      return;
    }
    const std::size_t needed = is_push ? items - capacity_ : items;
    if (needed > others.size()) {
      violation_ = describe(node) + (is_push ? ": overfull" : ": popped what was never pushed");
      return;
    }
    if (needed > 0) before(others[needed - 1], node);
    if (nodes_[node].observed_limit && needed < others.size()) before(node, others[needed]);
  }

  void before(std::size_t first, std::size_t second) {
    nodes_[first].successors.push_back(second);
    ++nodes_[second].predecessors;
  }

  void order_them() {
    std::vector<std::uint64_t> earliest;
    std::vector<std::size_t> ready;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      earliest.push_back(nodes_[node].operation.called);
      if (nodes_[node].predecessors == 0) ready.push_back(node);
    }
    std::size_t ordered = 0;
    while (!ready.empty()) {
      const std::size_t node = ready.back();
      ready.pop_back();
      ++ordered;
      if (earliest[node] > nodes_[node].operation.returned) {
        violation_ = describe(node) + ": what it depends on came only at " + std::to_string(earliest[node]);
        return;
      }
      for (const std::size_t next : nodes_[node].successors) {
        earliest[next] = std::max(earliest[next], earliest[node]);
        if (--nodes_[next].predecessors == 0) ready.push_back(next);
      }
    }
    if (ordered == nodes_.size()) return;
    const auto stuck =
        std::find_if(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.predecessors > 0; });
    violation_ = describe(static_cast<std::size_t>(stuck - nodes_.begin())) + ": comes before itself";
  }

  std::string describe(std::size_t node) const {
    const auto& [operation, kind, items, observed_limit, predecessors, successors] = nodes_[node];
    std::ostringstream text;
    text << kind << " [" << operation.called << ", " << operation.returned << "] of " << operation.done
         << " of " << operation.wanted << " items, up to item " << items
         << (observed_limit ? " (its limit)" : "");
    return text.str();
  }

  std::size_t capacity_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> push_of_item_;
  std::vector<std::size_t> pop_of_item_;
  std::optional<std::string> violation_;
};

}  // namespace lln::test

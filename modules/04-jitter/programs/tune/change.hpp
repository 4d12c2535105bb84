// Doing what a plan advises, and undoing it.
#pragma once

#include "journal.hpp"
#include "plan.hpp"
#include "tree.hpp"

#include <string>
#include <vector>

namespace lln::tune {

struct Outcome {
  enum class Kind { done, nothing_to_do, refused, failed, changed_by_others };
  Kind kind;
  std::string item;
  std::string sentence;
};

// Each write: journal, then file, then read back. A file that refuses does not keep the item's other files from it; a
// journal that refuses does.
Outcome apply(const Advice& advice, const Tree& tree, Journal& journal);

// Takes everything in the journal back, the latest first. What somebody else has changed since is left alone and stays in
// the journal; so is what cannot be written.
std::vector<Outcome> undo(const Tree& tree, Journal& journal);

}  // namespace lln::tune

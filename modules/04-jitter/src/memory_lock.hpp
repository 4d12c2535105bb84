// Locking all memory of the process, and knowing beforehand what would go wrong.
#pragma once

#include <string>

namespace lln::jitter::detail {

struct LockResult {
  bool locked;
  bool ours_to_undo;   // nothing was locked before
  std::string detail;  // one sentence
};

LockResult lock_all_memory();

// Touches `bytes` of the stack below the caller; returns why not, or an empty text.
std::string touch_stack(std::size_t bytes);

}  // namespace lln::jitter::detail

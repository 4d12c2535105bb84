// Counts what all threads of the process allocate while a counter exists: malloc and its family, and with
// them operator new. (ThreadSanitizer does not tell of aligned_alloc and posix_memalign; of new it does.)
//
//   AllocationCounter count;
//   for (...) ring.try_push(message);
//   story.expect(count.allocations()).equals(0).units("allocations");
#pragma once

#include <cstdint>

namespace lln::testkit {

class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  std::uint64_t allocations() const;  // since construction; a realloc counts as one
  std::uint64_t bytes() const;        // as asked for

 private:
  std::uint64_t allocations_before_;
  std::uint64_t bytes_before_;
};

}  // namespace lln::testkit

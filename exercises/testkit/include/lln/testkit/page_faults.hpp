// Counts the page faults of the process since the counter's construction, as getrusage tells them.
//
// minor: the page was in memory and only had to be mapped (first touch). major: it was read from disk. The
// kernel may map neighbours along with a page, so a count proves "no fault" or "at least one", never "n
// pages".
#pragma once

#include <sys/resource.h>

namespace lln::testkit {

class PageFaultCounter {
 public:
  long minor() const { return now().ru_minflt - before_.ru_minflt; }
  long major() const { return now().ru_majflt - before_.ru_majflt; }

 private:
  static rusage now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage;
  }

  rusage before_ = now();
};

}  // namespace lln::testkit

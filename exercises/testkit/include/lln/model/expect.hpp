// A test of one program: no execution fails, and all of them were seen.
#pragma once

#include <lln/model/explore.hpp>
#include <lln/testkit/story.hpp>

namespace lln::model {

// At least ten executions: fewer mean that the threads do not meet in any Atomic.
inline void expect_correct(testkit::Story& story, const Setup& setup) {
  const Result result = explore(setup);
  if (result.failed) {
    story.fail(result.story);
    return;
  }
  if (result.cut > 0) {
    story.fail("Executions that do not end: a loop reads a stale value again and again, or does not wait.\n");
    return;
  }
  story.expect(result.complete).is_true().named("every execution ended within the model's limits");
  story.expect(result.executions).at_least(10).named("executions: code on Atomic<T> has").units("executions");
}

}  // namespace lln::model

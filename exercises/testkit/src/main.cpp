// The main of every exercise's test program. Exit codes: 0 passed, 1 failed, 2 the filter selects no test,
// 3 the program ended before its tests did, 4 it did not end in time, 77 all selected tests were skipped.
#include <lln/testkit/detail/run.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

constexpr int no_tests = 2;
constexpr int skipped = 77;

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return matches(pattern.substr(1), name) || (!name.empty() && matches(pattern, name.substr(1)));
  }
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) &&
         matches(pattern.substr(1), name.substr(1));
}

bool selects_a_test(std::string_view pattern) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (test.should_run() && matches(pattern, std::string(suite.name()) + '.' + test.name())) return true;
    }
  }
  return false;
}

// Each part of the filter names tests that a points group counts on; one that selects nothing is a renamed
// or lost test. Parts after a '-' exclude.
bool whole_filter_selects() {
  const std::string filter = testing::GTEST_FLAG(filter);
  bool good = true;
  std::string_view rest = std::string_view(filter).substr(0, filter.find('-'));
  while (good && !rest.empty()) {
    const std::string_view pattern = rest.substr(0, rest.find(':'));
    if (!pattern.empty() && !selects_a_test(pattern)) {
      std::printf("The filter's part %.*s selects no test of this program.\n",
                  static_cast<int>(pattern.size()), pattern.data());
      good = false;
    }
    rest.remove_prefix(std::min(rest.size(), pattern.size() + 1));
  }
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::printf("The filter %s selects no test of this program: nothing was tested.\n", filter.c_str());
    good = false;
  }
  return good;
}

void print_skips() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      for (int p = 0; p < test.result()->total_part_count(); ++p) {
        const testing::TestPartResult& part = test.result()->GetTestPartResult(p);
        if (part.skipped()) std::printf("Skipped %s.%s: %s\n", suite.name(), test.name(), part.message());
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  lln::testkit::detail::start_run(argv[0]);
  lln::testkit::detail::arm_last_words();
  int result = RUN_ALL_TESTS();
  lln::testkit::detail::tests_are_over();
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  if (testing::GTEST_FLAG(list_tests)) return result;
  print_skips();
  if (!whole_filter_selects()) {
    result = no_tests;
  } else if (result == 0 && all.skipped_test_count() == all.test_to_run_count()) {
    result = skipped;
  }
  return result;
}

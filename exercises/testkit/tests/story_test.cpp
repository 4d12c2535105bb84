// Story's words, one test a sentence; failures are caught with gtest-spi and compared with what they must say.
#include <lln/testkit/testkit.hpp>

#include <gtest/gtest-spi.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using lln::testkit::Story;

// The message of the only failure that the function produces; "" when there is none, or several.
template <class Function>
std::string failure_of(Function function) {
  testing::TestPartResultArray failures;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &failures);
    function();
  }
  if (failures.size() != 1) return "";
  return failures.GetTestPartResult(0).message();
}

bool holds(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

TEST(Story, TellsTitleStepsSentenceQuestionNotesAndCommandInThatOrder) {
  const std::string message = failure_of([] {
    Story story("the producer laps the consumer");
    story.notes("modules/02-lock-free/README.md#wrap").think("which index wraps first?");
    story.step("push 1..8 into a ring of 8");
    const int size = 7;
    story.expect(7).equals(7);
    story.step("count them");
    story.expect(size).equals(8).units("items");
  });
  const std::string wanted =
      "Story: the producer laps the consumer\n"
      "  1. push 1..8 into a ring of 8: done\n"
      "  2. count them: failed\n"
      "size should have been 8 items, was 7 items.\n"
      "Think about: which index wraps first?\n"
      "Read: modules/02-lock-free/README.md#wrap\n"
      "Rerun: ";
  EXPECT_EQ(message.substr(0, wanted.size()), wanted);
  EXPECT_TRUE(holds(message, "--gtest_filter='Story.TellsTitle")) << message;
}

TEST(Story, IsSilentWhenAllExpectationsHold) {
  testing::TestPartResultArray failures;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &failures);
    Story story("all is well");
    story.step("one");
    story.expect(1).equals(1U);
    story.expect(1).differs_from(2);
    story.expect(1).at_most(1);
    story.expect(1).at_least(1);
    story.expect(true).is_true();
    story.expect(false).is_false();
    story.expect("text").equals(std::string("text"));
    story.expect(std::optional(3)).equals(3);
    story.expect_bytes("abc", "abc");
    story.expect_bytes("", "");
    EXPECT_TRUE(story.ok());
  }
  EXPECT_EQ(failures.size(), 0);
}

TEST(Story, TellsOnlyItsFirstFailure) {
  bool ok = true;
  const std::string message = failure_of([&ok] {
    Story story("twenty failures have one cause");
    story.expect(1).equals(2);
    ok = story.ok();
    story.step("never told");
    story.expect(3).equals(4);
    story.expect_bytes("a", "b");
    story.fail("Nor this.");
  });
  EXPECT_FALSE(ok);
  EXPECT_TRUE(holds(message, "1 should have been 2, was 1.")) << message;
  EXPECT_FALSE(holds(message, "never told")) << message;
}

TEST(Story, EachComparisonHasItsSentence) {
  const auto told = [](auto&& expectation) {
    return failure_of([&] {
      Story story("words");
      expectation(story);
    });
  };
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(5).named("x").at_most(4).units("ns"); }),
                    "x should have been at most 4 ns, was 5 ns."));
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(5).named("x").at_least(6); }),
                    "x should have been at least 6, was 5."));
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(5).named("x").differs_from(5); }),
                    "x should have differed from 5, was 5."));
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(false).named("x").is_true(); }),
                    "x should have been true, was false."));
  const int pointed = 0;
  EXPECT_TRUE(holds(told([&](Story& s) { s.expect(&pointed).named("x").is_false(); }),
                    "x should have been false, was true."));
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(1).named("x").equals(0).units("entries"); }),
                    "x should have been 0 entries, was 1 entry."));
  EXPECT_TRUE(
      holds(told([](Story& s) { s.expect(std::optional<int>()).named("x").equals(4).units("items"); }),
            "x should have been 4 items, was nothing."));
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(std::uint8_t{65}).named("x").equals(66); }),
                    "x should have been 66, was 65."))
      << "a byte is a number, not a letter";
  EXPECT_TRUE(holds(told([](Story& s) { s.expect(0.1).named("x").equals(0.25); }),
                    "x should have been 0.25, was 0.1."));
  EXPECT_TRUE(holds(told([](Story& s) {
                      s.expect(std::vector<int>{1, 2}).named("x").equals(std::vector<int>{1});
                    }),
                    "x should have been { 1 }, was { 1, 2 }."));
}

TEST(Story, KeepsANameThatIsGoneBeforeTheSentence) {
  const std::string message = failure_of([] {
    Story story("temporaries");
    const auto text = [](const char* words) { return std::string(words); };
    story.expect(1).named(text("a name too long to be kept in a string's own memory")).equals(2);
  });
  EXPECT_TRUE(
      holds(message, "a name too long to be kept in a string's own memory should have been 2, was 1."))
      << message;
}

TEST(Story, ComparesIntegersByValueWhateverTheirSign) {
  std::string message = failure_of([] {
    Story story("signs");
    story.expect(-1).equals(std::numeric_limits<unsigned>::max());
  });
  EXPECT_TRUE(holds(message, "-1 should have been 4294967295, was -1.")) << message;
  message = failure_of([] {
    Story story("signs");
    story.expect(-1).at_most(1U);
    story.expect(1U).at_least(-1);
  });
  EXPECT_EQ(message, "");
}

TEST(Story, AnExpectationThatComparesNothingFails) {
  const std::string message = failure_of([] {
    Story story("half a sentence");
    const int x = 5;
    static_cast<void>(story.expect(x));
  });
  EXPECT_TRUE(holds(message, "The test compares x with nothing")) << message;
}

TEST(Story, AnExceptionThatLeavesTheTestEndsItsStory) {
  const std::string message = failure_of([] {
    try {
      Story story("it throws");
      story.step("throw");
      throw std::runtime_error("no");
    } catch (const std::runtime_error&) {
    }
  });
  EXPECT_TRUE(holds(message, "  1. throw: failed\nAn exception left the test")) << message;
}

TEST(Story, NamesTheValueAsTheSourceDoes) {
  std::string message = failure_of([] {
    Story story("quotes");
    const std::string text = "a,b";
    story.expect(std::string(text).substr(1, 2).find(")")).equals(7U);
  });
  EXPECT_TRUE(holds(
      message, "std::string(text).substr(1, 2).find(\")\") should have been 7, was 18446744073709551615."))
      << message;
  // clang-format off
  message = failure_of([] {
    Story story("two on one line: no quoting, rather than the wrong one");
    story.expect(1).equals(1); story.expect(2).equals(3);
  });
  // clang-format on
  EXPECT_TRUE(holds(message, "the value should have been 3, was 2.")) << message;
}

TEST(Bytes, ShowBothSidesAndMarkWhatDiffers) {
  const std::array<unsigned char, 20> wanted{'S', 0,   0, 1, 'A', 'A', 'P', 'L', ' ', ' ',
                                             ' ', ' ', 0, 0, 39,  16,  7,   8,   9,   10};
  auto was = wanted;
  was[17] = 0;
  const std::string message = failure_of([&] {
    Story story("bytes");
    story.expect_bytes(was, wanted);
  });
  EXPECT_TRUE(holds(message,
                    "was should have been 08 at byte 17 of 20, was 00.\n"
                    "  both       0000  53 00 00 01 41 41 50 4c 20 20 20 20 00 00 27 10  |S...AAPL    ..'.|\n"
                    "  should be  0010  07 08 09 0a"))
      << message;
  EXPECT_TRUE(holds(message,
                    "  was        0010  07 00 09 0a                                      |....|\n"
                    "                      ^^\n"))
      << message;
}

TEST(Bytes, SayWhenOnlyTheLengthDiffers) {
  const std::string message = failure_of([] {
    Story story("bytes");
    story.expect_bytes("ab", "abc");
  });
  EXPECT_TRUE(holds(message, "\"ab\" should have been 3 bytes, was 2 bytes.\n")) << message;
  EXPECT_TRUE(holds(message, "|abc|")) << message;
}

TEST(Bytes, LeaveOutWhatNobodyReads) {
  const std::string message = failure_of([] {
    Story story("bytes");
    story.expect_bytes(std::string(4096, 'x'), std::string(4096, 'y'));
  });
  EXPECT_TRUE(holds(message, "... 3840 more bytes")) << message;
}

}  // namespace

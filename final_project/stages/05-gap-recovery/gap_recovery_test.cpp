// What is asked for, when, how often, and when no more.
#include <lln/testkit/testkit.hpp>

#include <asking.hpp>
#include <gap_recovery.hpp>

namespace lln::project::gap_recovery_test {
namespace {

using testkit::Story;

// ---- pieces ----

TEST(Pieces, ASmallGap) {
  Story story("four messages are missing");
  Asking asking(story);
  asking.asks("nothing");
  asking.missing(5, 8);
  asking.asks("5-8");
  asking.asks("nothing");
  asking.expect_gave_up(false);
}

TEST(Pieces, OneDatagramEach) {
  Story story("100 messages are missing; 48 are about what fits a datagram");
  Asking asking(story);
  story.think("what does a server do with the part of a wish that does not fit its datagram?");
  asking.missing(1, 100);
  asking.asks("1-48 49-96 97-100");
  asking.asks("nothing");
}

TEST(Pieces, FewAtATime) {
  Story story("300 messages are missing; four requests may be out");
  Asking asking(story);
  story.think("what happens to a link that has just lost packets when all is asked for at once?");
  asking.missing(1, 300);
  asking.asks("1-48 49-96 97-144 145-192");
  asking.at(100);
  asking.asks("nothing");
  asking.missing(49, 300);
  asking.asks("193-240");
  asking.missing(145, 300);
  asking.asks("241-288 289-300");
  asking.asks("nothing");
}

TEST(Pieces, AsManyAsAllowed) {
  Story story("one request at a time, and sixteen");
  Asking one(story, {.chunk = 10, .outstanding = 1});
  one.missing(1, 25);
  one.asks("1-10");
  one.missing(11, 25);
  one.asks("11-20");
  one.missing(21, 25);
  one.asks("21-25");
  Asking sixteen(story, {.chunk = 1, .outstanding = 16});
  sixteen.missing(1, 20);
  sixteen.asks("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
}

TEST(Pieces, AtTheEndOfTheNumbers) {
  Story story("the last 100 numbers that 64 bits have");
  Asking asking(story);
  const std::uint64_t last = ~std::uint64_t{0} - 1;
  asking.missing(last - 99, last);
  asking.asks(told(Gap{last - 99, last - 51}) + " " + told(Gap{last - 51, last - 3}) + " " +
              told(Gap{last - 3, last + 1}));
}

TEST(Pieces, TheLargest) {
  Story story("65534 messages, the most that a request can say");
  Asking asking(story, {.chunk = 65'534, .max_gap = 100'000});
  asking.missing(1, 65'540);
  asking.asks("1-65534 65535-65540");
}

// ---- answers ----

TEST(Answers, Whole) {
  Story story("everything comes, and then something else is missing");
  Asking asking(story);
  asking.missing(5, 8);
  asking.asks("5-8");
  asking.at(300);
  asking.nothing_missing();
  asking.asks("nothing");
  asking.at(400);
  asking.missing(50, 51);
  asking.asks("50-51");
  asking.missing(90, 95);
  asking.asks("90-95");
}

TEST(Answers, Short) {
  Story story("the server's datagram had room for 20 of 48 messages");
  Asking asking(story);
  story.think("is the server silent? how long should the rest wait?");
  asking.missing(1, 48);
  asking.asks("1-48");
  asking.at(500);
  asking.missing(21, 48);
  asking.asks("21-48");
  asking.asks("nothing");
  asking.at(2400);
  asking.asks("nothing");
  asking.at(2500);
  asking.asks("again(21-48)");
}

TEST(Answers, InAnotherOrder) {
  Story story("the second of two answers overtakes the first");
  Asking asking(story);
  asking.missing(1, 96);
  asking.asks("1-48 49-96");
  asking.at(500);
  asking.missing(1, 48);
  asking.asks("nothing");
  asking.at(600);
  asking.nothing_missing();
  asking.asks("nothing");
}

TEST(Answers, FromTheEnd) {
  Story story("the other line brings the last messages of what was asked for");
  Asking asking(story);
  story.think("which of them are still missing when the time is over?");
  asking.missing(1, 48);
  asking.asks("1-48");
  asking.at(500);
  asking.missing(1, 29);
  asking.asks("nothing");
  asking.at(2000);
  asking.asks("again(1-29)");
}

TEST(Answers, LateAndTwice) {
  Story story("the answer comes when the request was repeated already, and then once more");
  Asking asking(story);
  asking.missing(1, 96);
  asking.asks("1-48 49-96");
  asking.at(2000);
  asking.asks("again(1-48) again(49-96)");
  asking.at(2100);
  asking.missing(49, 96);
  asking.asks("nothing");
  asking.at(4200);
  asking.asks("nothing");
  asking.missing(60, 96);
  asking.asks("60-96");
  asking.nothing_missing();
  asking.asks("nothing");
  asking.expect_gave_up(false);
}

TEST(Answers, AGapThatGrows) {
  Story story("the end of the hole is not known yet: heartbeats tell of more");
  Asking asking(story);
  story.think("what of the hole is on its way already?");
  asking.missing(5, 8);
  asking.asks("5-8");
  asking.at(500);
  asking.missing(5, 20);
  asking.asks("9-20");
  asking.at(1000);
  asking.missing(9, 70);
  asking.asks("21-68 69-70");
  asking.at(2499);
  asking.asks("nothing");
  asking.at(2500);
  asking.asks("again(9-20)");
}

TEST(Answers, ManyAtOnce) {
  Story story("the other line brings two and a bit of four requests");
  Asking asking(story);
  asking.missing(1, 300);
  asking.asks("1-48 49-96 97-144 145-192");
  asking.at(500);
  asking.missing(100, 300);
  asking.asks("100-144 193-240 241-288");
  asking.asks("nothing");
}

// ---- silence ----

TEST(Silence, TwiceAsLong) {
  Story story("nobody answers; 2 ms, then twice as long, at most 5 ms, five attempts");
  Asking asking(story, {.timeout_ns = 2'000'000, .timeout_limit_ns = 5'000'000, .attempts = 5});
  story.think("how many packets a second does a dead server get from a hundred handlers?");
  asking.missing(7, 9);
  asking.asks("7-9");
  for (const std::uint64_t due : {2000U, 6000U, 11'000U, 16'000U}) {
    asking.at(due - 1);
    asking.asks("nothing");
    asking.at(due);
    asking.asks("again(7-9)");
    asking.asks("nothing");
    asking.expect_gave_up(false);
  }
  asking.at(20'999);
  asking.asks("nothing");
  asking.expect_gave_up(false);
  asking.at(21'000);
  asking.asks("nothing");
  asking.expect_gave_up(true);
}

TEST(Silence, GivenUp) {
  Story story("after it was given up, the gap grows, shrinks, closes");
  Asking asking(story, {.timeout_ns = 1'000'000, .attempts = 1});
  asking.missing(7, 9);
  asking.asks("7-9");
  asking.at(1000);
  asking.asks("nothing");
  asking.expect_gave_up(true);
  asking.at(9000);
  asking.missing(7, 30);
  asking.asks("nothing");
  asking.expect_gave_up(true);
  asking.at(9100);
  asking.missing(9, 30);
  asking.asks("9-30");
  asking.expect_gave_up(false);
  asking.at(10'100);
  asking.asks("nothing");
  asking.expect_gave_up(true);
  asking.nothing_missing();
  asking.asks("nothing");
  asking.expect_gave_up(false);
  asking.missing(9, 30);
  asking.asks("9-30");
}

TEST(Silence, AnAnswerBetween) {
  Story story("a short answer comes after the second attempt; three attempts are allowed");
  Asking asking(story, {.timeout_ns = 1'000'000, .timeout_limit_ns = 8'000'000, .attempts = 3});
  story.think("is a server that answers in part a server that does not answer?");
  asking.missing(1, 40);
  asking.asks("1-40");
  asking.at(1000);
  asking.asks("again(1-40)");
  asking.at(1500);
  asking.missing(11, 40);
  asking.asks("11-40");
  asking.at(2500);
  asking.asks("again(11-40)");
  asking.at(4500);
  asking.asks("again(11-40)");
  asking.at(8499);
  asking.asks("nothing");
  asking.expect_gave_up(false);
  asking.at(8500);
  asking.asks("nothing");
  asking.expect_gave_up(true);
}

TEST(Silence, EachForItself) {
  Story story("of two requests one is answered, later one more is made");
  Asking asking(story, {.chunk = 10, .outstanding = 2});
  asking.missing(1, 30);
  asking.asks("1-10 11-20");
  asking.at(1200);
  asking.missing(11, 30);
  asking.asks("21-30");
  asking.at(2000);
  asking.asks("again(11-20)");
  asking.at(3200);
  asking.asks("again(21-30)");
  asking.at(6000);
  asking.asks("again(11-20)");
}

TEST(Silence, TooLarge) {
  Story story("20000 messages are asked for, 20001 are not");
  Asking asking(story);
  story.think("what is cheaper than 417 requests?");
  asking.missing(1, 20'001);
  asking.asks("nothing");
  asking.expect_gave_up(true);
  asking.missing(2, 20'001);
  asking.asks("2-49 50-97 98-145 146-193");
  asking.expect_gave_up(false);
  asking.missing(2, 20'002);
  asking.asks("nothing");
  asking.expect_gave_up(true);
}

}  // namespace
}  // namespace lln::project::gap_recovery_test

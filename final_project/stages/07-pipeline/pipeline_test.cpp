// The handler as a process: what it publishes, on days with and without trouble, against what the day demands.
#include "processes.hpp"

#include <lln/feed/binary_file.hpp>
#include <lln/feed/itch.hpp>
#include <lln/testkit/testkit.hpp>

#include <array>

namespace {

using namespace lln::stage7;
using lln::judge::Day;
using lln::judge::StreamVerdict;
using lln::testkit::Story;

constexpr const char* chapter = "final_project/feed-handlers.md#the-pipeline";

// 0.3 seconds: 6,000 messages.
const Words short_day{"--symbols", "50", "--live-orders", "1500", "--rate", "20000", "--messages", "6000"};

struct Judged {
  Day day;
  StreamVerdict stream;
  std::optional<int> exit_code;
};

void expect_right(Story& story, const Judged& judged) {
  if (!judged.stream.right())
    story.fail("The output stream is not what this day demands: " + judged.stream.difference);
  story.expect(judged.stream.records).at_least(1U).named("what the handler published").units("records");
  story.expect(judged.exit_code.has_value())
      .is_true()
      .named("the handler ended by itself after the end of session");
}

void expect_whole_day(Story& story, const Judged& judged) {
  expect_right(story, judged);
  story.expect(judged.stream.lost).equals(0U).named("what the stream reports as lost").units("messages");
  story.expect(judged.stream.ended).is_true().named("the stream ends with a record E");
  story.step("the handler compares its books with the exchange's");
  story.expect(judged.exit_code.value_or(-1)).equals(0).named("its exit code (lln-handler --help)");
}

Judged run(Story& story, const Words& exchange_options, Handler::Servers servers = {}) {
  const Folder folder;
  story.step("start lln-exchange and the handler");
  Exchange exchange(folder, exchange_options);
  Handler handler(folder, exchange, servers);
  story.step("the day");
  exchange.go();
  Judged judged;
  judged.exit_code = handler.finish(exchange);
  judged.day = exchange.close();
  story.step("read what the handler published");
  judged.stream = judge_stream_file(judged.day, handler.stream());
  return judged;
}

TEST(CleanDay, EachChangeIsPublishedOnce) {
  Story story("a day without trouble");
  story.notes(chapter).think("which message caused the record: the one at hand, or the first of its packet?");
  expect_whole_day(story, run(story, short_day));
}

// What a generated day has not: messages that name the wrong order, the wrong symbol, too much.
void write_odd_day(const std::string& path) {
  using namespace lln::feed;
  BinaryFileWriter file(path);
  const Header one{Locate{1}, 0, 34'200'000'000'000};
  const Header two{Locate{2}, 0, 34'200'000'000'000};
  const auto put = [&](const Message& message, std::size_t cut = 0) {
    std::array<std::byte, max_message_length> bytes;
    const std::size_t size = encode(message, bytes);
    file.write(std::span<const std::byte>(bytes).first(size - cut));
  };
  StockDirectory directory;
  directory.header = one;
  directory.stock = symbol("ODD");
  put(directory);
  const auto add = [&](std::uint64_t reference, Side side, std::uint32_t shares, std::uint32_t price) {
    put(AddOrder{one, reference, side, shares, symbol("ODD"), {price}});
  };
  add(1, Side::buy, 300, 1'000'000);
  add(2, Side::buy, 100, 1'000'000);
  add(3, Side::sell, 100, 1'010'000);
  add(2, Side::buy, 777, 1'005'000);                              // its reference is live
  put(OrderExecuted{two, 1, 10, 90});                             // another symbol's locate
  put(OrderExecuted{one, 1, 500, 91});                            // more than remains
  put(OrderCancel{one, 1, 10});                                   // gone
  put(OrderExecutedWithPrice{one, 2, 40, 92, 'N', {1'000'500}});  // no volume
  put(OrderReplace{one, 2, 4, 60, {1'000'000}});                  // leaves the best as it was
  put(OrderReplace{one, 4, 5, 60, {1'020'000}});                  // crosses the book
  put(OrderDelete{one, 3}, 1);                                    // cut short
  put(OrderExecuted{one, 5, 0, 93});                              // nothing
  put(AddOrderMpid{one, 6, Side::sell, 5, symbol("ODD"), {0}, alpha<4>("MPID")});  // price 0
  put(OrderDelete{one, 6});
  CrossTrade cross;
  cross.header = one;
  cross.shares = 0x1'0000'0001;  // more than 32 bits
  cross.stock = symbol("ODD");
  cross.price = {1'005'000};
  cross.match = 94;
  put(cross);
  const std::array unknown{std::byte{'z'}, std::byte{1}};
  file.write(unknown);
  put(OrderDelete{one, 5});
  file.close();
}

TEST(CleanDay, OddMessagesHaveTheEffectThatTheSpecificationSays) {
  Story story("a short day of messages that are wrong or rare");
  story.notes(chapter).think("which row of SPEC.md 9.3, and which of section 11, is the message about?");
  const Folder folder;
  write_odd_day(folder / "odd.itch");
  expect_whole_day(story, run(story, {"--replay", folder / "odd.itch", "--rate", "1000"}));
}

TEST(LossyLines, TwoBadLinesMakeOneGoodOne) {
  Story story("both lines lose, repeat and reorder packets, and B comes later");
  story.notes("final_project/feed-handlers.md#two-lines")
      .think("which of the two lines has a message first?");
  Words trouble;
  for (const std::string line : {"a", "b"})
    trouble =
        trouble + Words{"--loss-" + line, "0.03", "--duplicate-" + line, "0.03", "--reorder-" + line, "0.03"};
  expect_whole_day(story, run(story, short_day + trouble + Words{"--skew-b", "50"}));
}

TEST(LossyLines, EitherLineAloneIsEnough) {
  Story story("line A is silent in the first half of the day, line B in the second; there are no servers");
  story.notes("final_project/feed-handlers.md#two-lines").think("who brings what line A does not?");
  const Words outages{"--outage-a", "0:200", "--outage-b", "220:300", "--no-rerequest", "--no-glimpse"};
  expect_whole_day(story, run(story, short_day + outages, {.rerequest = false, .glimpse = false}));
}

TEST(Recovery, WhatBothLinesLoseIsAskedFor) {
  Story story(
      "both lines lose a fifth of their packets and are silent for 50 ms; there is a re-request server");
  story.notes("final_project/feed-handlers.md#recovery")
      .think("who asks, for which messages, and where do replies go?");
  const Words trouble{"--loss-a", "0.2", "--loss-b", "0.2", "--outage-a", "150:50", "--outage-b", "150:50"};
  const Judged judged = run(story, short_day + trouble + Words{"--no-glimpse"}, {.glimpse = false});
  expect_whole_day(story, judged);
  story.expect(judged.stream.snapshots).equals(0U).named("snapshots taken");
}

TEST(Snapshots, AnOutageLongerThanTheHistory) {
  Story story("both lines are silent for 80 ms, and the re-request server remembers 500 messages");
  story.notes("final_project/feed-handlers.md#snapshots")
      .think("what has to be published when the books are new?");
  const Words outages{"--outage-a", "120:80", "--outage-b", "120:80", "--history", "500"};
  // On a busy machine the exchange may be late and the outage hit nothing: hence no word about how many snapshots.
  expect_whole_day(story, run(story, short_day + outages));
}

TEST(Snapshots, JoinsInTheMiddleOfTheDay) {
  Story story("the handler comes when the day has begun");
  story.notes("final_project/feed-handlers.md#snapshots")
      .think("which message is the first that the snapshot lacks?");
  const Folder folder;
  story.step("start lln-exchange, and the day");
  Exchange exchange(folder, short_day + Words{"--messages", "10000", "--history", "1000"});
  auto line = listen(exchange.line_a());
  exchange.go();
  wait_for_message(line, 2'000);
  story.step("start the handler");
  Handler handler(folder, exchange, {});
  Judged judged;
  judged.exit_code = handler.finish(exchange);
  judged.day = exchange.close();
  story.step("read what the handler published");
  judged.stream = judge_stream_file(judged.day, handler.stream());
  expect_whole_day(story, judged);
  story.expect(judged.stream.snapshots).at_least(1U).named("snapshots taken");
}

TEST(CleanEnd, TheLastMessagesAreLostOnBothLines) {
  Story story("nothing but the end of session comes after a loss on both lines");
  story.notes(chapter).think(
      "when is the day over: when its end is announced, or when all before it is there?");
  const Words outages{"--outage-a", "100:300", "--outage-b", "100:300", "--no-glimpse"};
  expect_whole_day(story, run(story, short_day + outages, {.glimpse = false}));
}

TEST(CleanEnd, WhatNobodyBringsIsReportedInItsPlace) {
  Story story("both lines lose a third of their packets, and there is no server");
  story.notes(chapter).think(
      "the messages behind the hole were held: what comes first, they or the record L?");
  const Words loss{"--loss-a", "0.3", "--loss-b", "0.3", "--no-rerequest", "--no-glimpse"};
  const Judged judged = run(story, short_day + loss, {.rerequest = false, .glimpse = false});
  expect_right(story, judged);
  story.expect(judged.stream.lost).at_least(1U).named("what the stream reports as lost").units("messages");
  story.expect(judged.stream.ended).is_true().named("the stream ends with a record E");
  story.expect(judged.exit_code.value_or(-1)).equals(3).named("its exit code: messages unrecovered");
}

TEST(CleanEnd, StopsWhenToldTo) {
  Story story("an interrupt in the middle of the day");
  story.notes(chapter).think("who looks at `stop`, and how often?");
  const Folder folder;
  story.step("start lln-exchange and the handler, and the day");
  Exchange exchange(folder, short_day);
  Handler handler(folder, exchange, {});
  auto line = listen(exchange.line_a());
  exchange.go();
  wait_for_message(line, 2'000);
  story.step("send SIGINT to the handler");
  Judged judged;
  judged.exit_code = handler.interrupt();
  judged.day = exchange.close();
  story.step("read what the handler published");
  judged.stream = judge_stream_file(judged.day, handler.stream());
  expect_right(story, judged);
}

TEST(HotPath, AsksTheOperatingSystemForNothingButPackets) {
  Story story("allocations, system calls and page faults while messages come");
  story.notes(chapter).think("what happens for each record, for each message, for each packet?");
  const Folder folder;
  story.step("start lln-exchange, and the handler with lln-watch.so in it");
  Exchange exchange(folder, short_day + Words{"--pack-us", "100", "--max-datagram", "250"});
  const Words watch{"/usr/bin/env", "LD_PRELOAD=" + required("LLN_BIN_DIR") + "/lln-watch.so",
                    "LLN_WATCH_FILE=" + folder / "counts", "LLN_WATCH_SKIP=200"};
  Handler handler(folder, exchange, {}, watch);
  story.step("the day");
  exchange.go();
  Judged judged;
  judged.exit_code = handler.finish(exchange);
  judged.day = exchange.close();
  judged.stream = judge_stream_file(judged.day, handler.stream());
  expect_whole_day(story, judged);
  story.step("read what lln-watch.so has counted, from the 200th datagram to the last");
  auto counts = read_counts(folder / "counts");
  story.expect(counts["received"]).at_least(1U).named("what it saw received in all").units("datagrams");
  if (!story.ok()) return;
  const std::uint64_t datagrams = counts["datagrams"];
  story.expect(datagrams)
      .at_least(400U)
      .named("what it saw received by recv(2) and its relatives")
      .units("datagrams");
  story.expect(counts["allocations"]).equals(0U).named("memory allocated").units("times");
  story.expect(counts["frees"]).equals(0U).named("memory freed").units("times");
  story.expect(counts["memory"]).equals(0U).named("mmap, munmap and madvise").units("calls");
  const std::uint64_t messages = judged.day.size() * datagrams / counts["received"];
  const std::uint64_t others = counts["writes"] + counts["sends"] + counts["other"];
  story.expect(others)
      .at_most(messages / 20)
      .named("system calls that neither receive nor wait, in " + std::to_string(messages) + " messages")
      .units("calls");
  story.expect(counts["receives"] + counts["waits"])
      .at_most(2 * datagrams)
      .named("receives that brought something, and waits for it")
      .units("calls");
  // The kernel may take a page of code away on a machine that is short of memory; memory that is touched for the first
  // time shows by hundreds.
  story.expect(counts["faults"]).at_most(8U).named("page faults");
}

}  // namespace
